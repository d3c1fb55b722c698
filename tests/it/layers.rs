//! The invariants of ARCHITECTURE.md that a machine can check: who knows whom, and what appears
//! nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use spillway_tests::tools;

#[test]
fn media_depends_on_nothing_that_speaks_http() {
    let forbidden = ["axum", "h2", "http", "http-body", "hyper", "hyper-util", "tower-http"];
    let found: Vec<_> = everything_needed_by("spillway-media")
        .into_iter()
        .filter(|name| forbidden.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "spillway-media needs {found:?}, and it must know nothing of HTTP");
}

#[test]
fn nothing_that_is_shipped_depends_on_the_tests_or_the_benches() {
    let needed = everything_needed_by("spillway");
    for name in ["spillway-tests", "spillway-benches", "tempfile", "proptest"] {
        assert!(!needed.contains(name), "the program needs {name}");
    }
}

#[test]
fn sql_appears_only_in_the_catalog() {
    for source in rust_sources(&["media/src", "server/src"]) {
        if source.is_below("media/src/catalog") {
            continue;
        }
        for (line, text) in source.code_lines() {
            let is_sql = text.contains("sqlx::")
                || ["\"select ", "\"insert into", "\"update ", "\"delete from", "\"pragma "]
                    .iter()
                    .any(|start| text.to_ascii_lowercase().contains(start));
            assert!(!is_sql, "{}:{line}: SQL outside media/src/catalog: {text}", source.name);
        }
    }
}

#[test]
fn unsafe_appears_only_in_the_transport() {
    for source in rust_sources(&["media", "server", "tests", "benches"]) {
        if source.is_below("server/src/transport") || source.is_below("tests/it/layers.rs") {
            continue;
        }
        for (line, text) in source.code_lines() {
            let is_unsafe =
                ["unsafe {", "unsafe fn", "unsafe impl", "unsafe trait", "unsafe extern"]
                    .iter()
                    .any(|start| text.contains(start))
                    || text.contains("allow(unsafe_code");
            assert!(!is_unsafe, "{}:{line}: unsafe outside server/src/transport", source.name);
        }
    }
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    for source in rust_sources(&["server/src/transport"]) {
        let lines: Vec<&str> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let opens = line.contains("unsafe {") || line.contains("unsafe impl");
            let reason = lines[index.saturating_sub(8)..=index].join("\n");
            assert!(
                !opens || reason.contains("SAFETY:"),
                "{}:{}: unsafe without a SAFETY comment above it",
                source.name,
                index + 1
            );
        }
    }
}

#[test]
fn routes_do_not_import_each_other() {
    let routes = rust_sources(&["server/src/routes"]);
    let nouns: BTreeSet<String> = routes.iter().map(Source::module).collect();
    for source in &routes {
        let own = source.module();
        for (line, text) in source.code_lines().filter(|_| own != "mod") {
            for noun in nouns.iter().filter(|noun| **noun != own && *noun != "mod") {
                let imports = [format!("routes::{noun}"), format!("super::{noun}")]
                    .iter()
                    .any(|path| contains_word(text, path));
                assert!(!imports, "{}:{line}: a route imports {noun}: {text}", source.name);
            }
        }
    }
}

#[test]
fn nothing_below_startup_reads_the_environment() {
    for source in rust_sources(&["media/src", "server/src"]) {
        let may_read = ["server/src/main.rs", "server/src/startup.rs", "server/src/startup"]
            .iter()
            .any(|place| source.is_below(place))
            || source.is_below("server/src/command")
            || source.is_below("server/src/config")
            // Starts itself again as the process that is to be killed, and tells it so.
            || source.is_below("media/src/catalog/tests/crash.rs");
        for (line, text) in source.code_lines().filter(|_| !may_read) {
            let reads = ["env::var", "env::vars", "env::temp_dir", "env::current_dir", "env::args"]
                .iter()
                .any(|call| text.contains(call));
            assert!(!reads, "{}:{line}: reads the environment: {text}", source.name);
        }
    }
}

#[test]
fn no_time_limit_follows_the_clock_on_the_wall() {
    // It jumps: by hand, by a time server, after a sleep. Dates that people or caches see come from
    // it, and nothing waits by it.
    let dates = [
        "server/src/delivery/entity.rs",
        "server/src/middleware/request_log.rs",
        "server/src/state.rs",
        "server/src/transport/date.rs",
        // Whether a certificate is valid is a question of dates.
        "server/src/transport/tls.rs",
        "media/src/catalog/codes.rs",
        "media/src/scan/mod.rs",
        // When a picture was used last, told by its file to whoever starts next.
        "media/src/thumbnail/store.rs",
        // How old a file is.
        "media/src/scan/phase_2_probe.rs",
    ];
    for source in rust_sources(&["media/src", "server/src"]) {
        let may_read = dates.iter().any(|place| source.is_below(place));
        for (line, text) in source.code_lines().filter(|_| !may_read) {
            let reads = text.contains("SystemTime::now") || text.contains("CLOCK_REALTIME");
            assert!(!reads, "{}:{line}: reads the clock on the wall: {text}", source.name);
        }
    }
}

#[test]
fn layers_of_the_server_know_only_those_below() {
    // From the bottom; a module may name itself and what stands before it.
    let order = [
        ("server/src/transport", &["delivery", "state", "routes", "middleware", "router"][..]),
        ("server/src/delivery", &["state", "routes", "middleware", "router", "startup"][..]),
        ("server/src/routes", &["router", "startup", "command", "main"][..]),
    ];
    for (folder, above) in order {
        for source in rust_sources(&[folder]) {
            for (line, text) in source.code_lines() {
                for layer in above {
                    assert!(
                        !contains_word(text, &format!("crate::{layer}")),
                        "{}:{line}: {folder} knows {layer}: {text}",
                        source.name
                    );
                }
            }
        }
    }
}

#[test]
fn siblings_in_media_do_not_know_what_stands_above_them() {
    let order = [
        ("media/src/storage", &["probe", "catalog", "scan"][..]),
        ("media/src/probe", &["catalog", "scan"][..]),
        ("media/src/catalog", &["scan"][..]),
    ];
    for (folder, above) in order {
        for source in rust_sources(&[folder]) {
            for (line, text) in source.code_lines() {
                for layer in above {
                    assert!(
                        !contains_word(text, &format!("crate::{layer}")),
                        "{}:{line}: {folder} knows {layer}: {text}",
                        source.name
                    );
                }
            }
        }
    }
}

#[test]
fn the_page_calls_the_server_only_through_api_ts() {
    let callers = ["fetch(", "new EventSource(", "new XMLHttpRequest(", "navigator.sendBeacon("];
    for path in files_below(&top().join("web/src")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_page_code = ["ts", "tsx"].iter().any(|kind| path.extension() == Some(kind.as_ref()));
        if !is_page_code || name == "api.ts" || name.contains(".test.") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source is text");
        for caller in callers {
            assert!(!text.contains(caller), "{}: {caller} outside api.ts", path.display());
        }
    }
}

#[test]
fn every_relative_link_in_the_documents_leads_somewhere() {
    let mut checked = 0;
    for document in
        tracked_files().into_iter().filter(|path| path.extension() == Some("md".as_ref()))
    {
        let text = fs::read_to_string(&document).expect("a document is text");
        for target in link_targets(&text) {
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            let path = target.split(['#', '?']).next().unwrap_or_default();
            if is_elsewhere || path.is_empty() {
                continue;
            }
            let folder = document.parent().expect("a file has a folder");
            assert!(
                folder.join(path).exists(),
                "{}: the link to {target} leads nowhere",
                document.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} links were found: the check has gone blind");
}

#[test]
fn no_file_names_the_place_where_it_was_written() {
    // In pieces, so that this file does not find itself.
    let places = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat()];
    for path in tracked_files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for place in &places {
            assert!(!text.contains(place), "{} names {place}", path.display());
        }
    }
}

#[test]
fn no_file_in_the_repository_is_larger_than_five_megabytes() {
    for path in tracked_files() {
        let size_bytes = path.metadata().map_or(0, |metadata| metadata.len());
        assert!(size_bytes <= 5 << 20, "{} has {size_bytes} bytes", path.display());
    }
}

/// A Rust source file of ours.
struct Source {
    /// Its path from the top, with `/`.
    name: String,
    text: String,
}

impl Source {
    fn is_below(&self, place: &str) -> bool {
        self.name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn module(&self) -> String {
        let stem = Path::new(&self.name).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Numbered lines without comments, up to the tests at the end of the file; none of a file
    /// that holds tests alone.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let holds_tests = self.module().ends_with("tests") || self.name.contains("/tests/");
        let code = if holds_tests { "" } else { &*self.text };
        code.lines()
            .enumerate()
            .take_while(|(_, text)| !text.starts_with("#[cfg(test)]"))
            .map(|(index, text)| (index + 1, text.split("//").next().unwrap_or_default()))
    }
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_owned()
}

fn rust_sources(folders: &[&str]) -> Vec<Source> {
    let top = top();
    let mut sources = Vec::new();
    for path in folders.iter().flat_map(|folder| files_below(&top.join(folder))) {
        if path.extension() == Some("rs".as_ref()) {
            let name = path.strip_prefix(&top).expect("it is below the top").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a source is text");
            sources.push(Source { name: name.into_owned(), text });
        }
    }
    sources
}

/// Everything below a folder that is ours: nothing that was built or installed.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("a folder of ours can be listed").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && !["target", "node_modules", "dist"].iter().any(|built| name == *built) {
            files.extend(files_below(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}

/// What git keeps, or would keep with the next commit.
fn tracked_files() -> Vec<PathBuf> {
    let output = tools::run(
        Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(top()),
    );
    let names = String::from_utf8(output.stdout).expect("our names are UTF-8");
    let paths = names.split_terminator('\0').map(|name| top().join(name));
    paths.filter(|path| path.is_file()).collect()
}

/// The packages that a package of ours needs to run, directly or not, by name.
fn everything_needed_by(package: &str) -> BTreeSet<String> {
    let output = tools::run(
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .args(["--filter-platform", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)])
            .current_dir(top()),
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("cargo resolves")
        .iter()
        .map(|node| (node["id"].as_str().expect("a node has an id"), node))
        .collect();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .expect("cargo lists packages")
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let start = names.iter().find(|(_, name)| **name == package).expect("the package is ours").0;
    let mut waiting = vec![*start];
    let mut needed = BTreeSet::new();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        needed.insert(names[id].to_owned());
        for dependency in nodes[id]["deps"].as_array().expect("a node has deps") {
            // A null kind is a plain dependency; the others are "dev" and "build".
            let kinds = dependency["dep_kinds"].as_array().expect("a dep has kinds");
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                waiting.push(dependency["pkg"].as_str().expect("a dep has a package"));
            }
        }
    }
    needed
}

/// What stands in the round brackets of `[text](target)`, and in `src="…"`.
fn link_targets(text: &str) -> Vec<&str> {
    let in_brackets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let in_quotes = text.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    in_brackets.chain(in_quotes).collect()
}

/// Whether `path` stands in `text` and does not go on.
fn contains_word(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(start, _)| {
        let next = text[start + path.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}
