#!/usr/bin/env bash
# Runs make targets one after the other, quietly: run-sections.sh TARGET …
#
# Prints a line for each, its whole output only if it fails, and a summary at the end. A failed
# section does not hide what the later ones would say, except where nothing later can work:
# a target followed by "!" must succeed.
set -uo pipefail
cd "$(dirname "$0")/.."
# Elsewhere cargo's progress is welcome: the release build takes minutes.
export CARGO_TERM_QUIET=true

log=$(mktemp)
trap 'rm -f "$log"' EXIT
summary=()
failed=0
began=$SECONDS

finish() {
    printf '\n== summary, %d s in all\n' $((SECONDS - began))
    printf '%s\n' "${summary[@]}"
    exit "$failed"
}

for section in "$@"; do
    target=${section%!}
    printf '== %s\n' "$target"
    section_began=$SECONDS
    if make --no-print-directory "$target" >"$log" 2>&1; then
        summary+=("$(printf 'ok      %-16s %4d s' "$target" $((SECONDS - section_began)))")
        # What a section counted (tests run, tests passed) stands in its last lines.
        tail -n 3 "$log" | sed 's/^/   /'
    else
        failed=1
        summary+=("$(printf 'FAILED  %-16s %4d s' "$target" $((SECONDS - section_began)))")
        cat "$log"
        if [ "$section" != "$target" ]; then
            summary+=("what comes after $target needs it and was not run")
            finish
        fi
    fi
done
finish
