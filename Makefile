# Every recurring command of the project. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# What `make run` serves; empty means the demo library.
MEDIA ?=
# Where `make run` listens and what it keeps; both have sensible defaults of their own.
LISTEN ?=
DATA ?=
# How long `make fuzz` runs each target.
FUZZ_SECONDS ?= 600

release_binary := target/release/spillway
debug_binary := target/debug/spillway
web_files = docs/openapi.json $(shell find web \( -name node_modules -o -name dist -o -name api-types.ts \) -prune -o -type f -print)
fuzz_targets = $(basename $(notdir $(wildcard tests/fuzz/fuzz_targets/*.rs)))
run_options = $(if $(LISTEN),--listen "$(LISTEN)") $(if $(DATA),--data "$(DATA)")

# Lists what make can do.
.PHONY: help
help:
	@awk '/^# / { comment = comment substr($$0, 2) } \
	  /^[a-z][a-z-]*:/ && comment { split($$1, name, ":"); printf "  %-15s%s\n", name[1], comment } \
	  !/^# / && !/^\.PHONY/ { comment = "" }' Makefile

# Builds and serves: the demo library, or your own with MEDIA=/path/to/videos (also LISTEN=addr:port, DATA=dir).
.PHONY: run
run: build
ifeq ($(MEDIA),)
	@exec $(release_binary) demo $(run_options)
else
	@exec $(release_binary) serve --media "$(MEDIA)" $(run_options)
endif

# Leaves the release binary, web page embedded, at target/release/spillway.
.PHONY: build
build: needs-build web
	cargo build --locked --release --package spillway

# Runs everything that can fail: lints, Rust tests, web tests, browser tests, the release build.
.PHONY: test
test:
	@scripts/run-sections.sh needs-test! web! lint-web lint-rust test-web build-debug! test-rust build! test-browser

# Checks formatting and lints of Rust and of the web page.
.PHONY: lint
lint: lint-rust lint-web

# Checks the formatting and lints of the Rust code.
.PHONY: lint-rust
lint-rust: web
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- --deny warnings

# Checks the formatting, lints and types of the web page and the browser tests.
.PHONY: lint-web
lint-web: web/node_modules/.installed
	cd web && npm run --silent lint

# Formats Rust and the web page.
.PHONY: fmt
fmt: web/node_modules/.installed
	cargo fmt --all
	cd web && npm run --silent fmt

# Runs the Rust tests, with cargo-nextest where it is installed.
.PHONY: test-rust
test-rust: build-debug
	@if cargo nextest --version >/dev/null 2>&1; then \
	  cargo nextest run --locked --workspace --no-fail-fast --status-level fail --show-progress none; \
	else \
	  cargo test --quiet --locked --workspace --lib --bins --tests; \
	fi

# Runs the web page's unit tests.
.PHONY: test-web
test-web: web/node_modules/.installed
	cd web && npm test --silent

# Runs the browser tests against a real server with the system's Chromium.
.PHONY: test-browser
test-browser: build tests/browser/node_modules/.installed
	cd tests/browser && SPILLWAY_BIN=$(CURDIR)/$(release_binary) npm test --silent

# Runs each target of tests/fuzz for FUZZ_SECONDS, 600 unless given (needs cargo-fuzz). The decoder of AV1
# leaves 48 bytes behind each picture, which costs the program nothing: it decodes in a process of its own.
.PHONY: fuzz
fuzz:
	cp Cargo.lock tests/fuzz/Cargo.lock
	for target in $(fuzz_targets); do \
	  mkdir -p tests/fuzz/corpus/$$target; \
	  case $$target in decode_av1|key_frames) leaks=0;; *) leaks=1;; esac; \
	  RUSTC_BOOTSTRAP=1 RUST_BACKTRACE=0 cargo fuzz run --fuzz-dir tests/fuzz $$target \
	    tests/fuzz/corpus/$$target tests/fuzz/seeds/$$target \
	    -- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -detect_leaks=$$leaks; \
	done

# Hands over to another process while 1,000 people watch, by HTTP and by HTTPS.
.PHONY: test-hand-over
test-hand-over: build build-debug
	SPILLWAY_BIN=$(CURDIR)/$(release_binary) SPILLWAY_HAND_OVER_VIEWERS=1000 \
	  cargo test --quiet --locked --package spillway-tests --test it -- --nocapture --test-threads 1 hand_over::nobody_

# Runs the tests of kernel TLS in a virtual machine whose kernel has it (Debian, x86-64).
.PHONY: test-ktls
test-ktls: needs-test-ktls web
	scripts/test-ktls.sh

# Takes the pictures in docs/images from the running demo.
.PHONY: screenshots
screenshots: build tests/browser/node_modules/.installed
	cd tests/browser && SPILLWAY_BIN=$(CURDIR)/$(release_binary) node screenshots.mjs

# Draws the page's icons of web/public/icons from favicon.svg.
.PHONY: icons
icons: tests/browser/node_modules/.installed
	cd tests/browser && node icons.mjs

# Measures CPU-seconds per GB against nginx, tower-http's ServeDir and a bare sendfile loop.
.PHONY: bench-serve
bench-serve: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-serve

# Measures the same for short and long ranges, few and many clients, and nginx with threads for disks.
.PHONY: bench-hot
bench-hot: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-hot

# Measures what films on a slow disk cost those in memory, and what many viewers get from it (root, blkio).
.PHONY: bench-cold
bench-cold: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-cold

# Measures 19,000 viewers of one server, answers that wait for a timer, and how fair greedy clients are served.
.PHONY: bench-scale
bench-scale: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-scale

# Measures what two choices rest on: one runtime or one for each processor, sendfile or copies.
.PHONY: bench-choices
bench-choices: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-choices

# Measures CPU-seconds per GB of HTTPS against nginx with OpenSSL.
.PHONY: bench-tls
bench-tls: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-tls

# Measures how many media files a scan reads in a second, and against an ffprobe for each.
.PHONY: bench-scan
bench-scan: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-scan

# Measures list, search and start with 100,000 titles in the catalog.
.PHONY: bench-catalog
bench-catalog: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-catalog

# Measures what pictures of a film of two hours cost, against ffmpeg processes (8 GB of disk meanwhile).
.PHONY: bench-pictures
bench-pictures: needs-bench build
	cargo run --quiet --locked --release --package spillway-benches --bin bench-pictures

# Measures what viewers feel of 64 pictures always being asked for, and of two ways in which ours are not made.
.PHONY: bench-storm
bench-storm: needs-bench build
	cargo build --locked --release --package spillway --features counter-proof --target-dir target/counter-proof
	cargo run --quiet --locked --release --package spillway-benches --bin bench-storm

# Measures how soon the home page can be used, cold, with a processor four times slower.
.PHONY: bench-page
bench-page: build tests/browser/node_modules/.installed
	SPILLWAY_BIN=$(CURDIR)/$(release_binary) node benches/page/bench-page.mjs

# Measures how smoothly a list of 100,000 films scrolls, and what the page holds of it.
.PHONY: bench-scroll
bench-scroll: needs-bench build tests/browser/node_modules/.installed
	cargo build --quiet --locked --release --package spillway-benches --bin write-films
	SPILLWAY_BIN=$(CURDIR)/$(release_binary) WRITE_FILMS_BIN=$(CURDIR)/target/release/write-films \
	  node benches/page/bench-scroll.mjs

# Audits home, a title and a film being watched with Lighthouse; fails below 95.
.PHONY: lighthouse
lighthouse: build benches/lighthouse/node_modules/.installed
	SPILLWAY_BIN=$(CURDIR)/$(release_binary) node benches/lighthouse/lighthouse.mjs

# Builds the web page into web/dist, which the binary embeds.
.PHONY: web
web: web/dist/index.html

# Builds the tests and the unoptimised binary that they start, all in one: alone the binary has fewer features.
.PHONY: build-debug
build-debug: web
	cargo build --quiet --locked --workspace --all-targets

# Installs what the build needs and is missing (Debian; root or sudo).
.PHONY: needs-build
needs-build:
	@scripts/install-needs.sh build

# Installs what the tests need and is missing (Debian; root or sudo).
.PHONY: needs-test
needs-test:
	@scripts/install-needs.sh test

# Installs what the tests of kernel TLS need and is missing (Debian; root or sudo).
.PHONY: needs-test-ktls
needs-test-ktls:
	@scripts/install-needs.sh test-ktls

# Installs what the benchmarks need and is missing (Debian; root or sudo).
.PHONY: needs-bench
needs-bench:
	@scripts/install-needs.sh bench

# Removes everything that was built or installed in this folder.
.PHONY: clean
clean:
	rm -rf target web/dist web/node_modules tests/browser/node_modules tests/browser/results benches/lighthouse/node_modules

web/dist/index.html: web/node_modules/.installed $(web_files)
	cd web && npm run --silent build
	@touch $@

%/node_modules/.installed: %/package.json %/package-lock.json
	cd $* && npm ci --silent --no-audit --no-fund
	@touch $@
