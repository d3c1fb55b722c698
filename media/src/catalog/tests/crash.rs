//! A process killed at any moment loses nothing that it acknowledged, and needs no repair.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::support::{film, found, library};
use crate::catalog::{Catalog, PageRequest, ScanState, ScanTrigger, TitleQuery, engine};

const FOLDER: &str = "SPILLWAY_TEST_CRASH_FOLDER";

/// Commits until it is killed, telling each batch once it is acknowledged. Does something only as
/// the child of the test below.
#[tokio::test]
async fn child_of_the_test_below() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let catalog = Catalog::open(Path::new(&folder)).await.expect("opens after a kill");
    let libraries = catalog.set_libraries(&[library("Films", &["/a"])]).await.expect("configured");
    let root = libraries[0].roots[0].id;
    let scan = catalog.begin_scan(ScanTrigger::Start).await.expect("begun");
    let known = catalog.known_files(root).await.expect("known").len();
    for n in known.. {
        let path = format!("{n}.mkv");
        catalog.commit(scan, vec![found(root, &path, film(&path))]).await.expect("committed");
        let viewer = catalog.viewer();
        let query = TitleQuery { text: Some(path), ..TitleQuery::default() };
        let title = catalog.titles(viewer, &query).await.expect("found").items[0].id;
        catalog.put_progress(viewer, title, n as u64, 1_000_000, None).await.expect("put");
        writeln!(std::io::stdout(), "\nacknowledged {n}").expect("the parent listens");
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_it_acknowledged() {
    let dir = tempfile::tempdir().expect("a new folder");
    let mut acknowledged = BTreeSet::new();
    for wanted in [1, 4, 9] {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["catalog::tests::crash::child_of_the_test_below", "--exact", "--nocapture"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut told = 0;
        for line in lines {
            let line = line.expect("text");
            if let Some(n) = line.strip_prefix("acknowledged ") {
                acknowledged.insert(n.parse::<u64>().expect("a number"));
                told += 1;
            }
            // What it wrote before it died is still read to the end.
            if told == wanted {
                child.kill().expect("killed");
            }
        }
        child.wait().expect("ended");

        let catalog = Catalog::open(dir.path()).await.expect("opens without repair");
        assert_eq!(engine::damage(catalog.engine()).await, None);
        let root = catalog.libraries()[0].roots[0].id;
        let known = catalog.known_files(root).await.expect("known").len();
        let query =
            TitleQuery { page: PageRequest { limit: 200, cursor: None }, ..TitleQuery::default() };
        let titles = catalog.titles(catalog.viewer(), &query).await.expect("listed").items;
        assert_eq!(titles.len(), known);
        // Where it was killed between the two, there is a file without a progress.
        let mut lost = acknowledged.clone();
        for item in titles {
            let n: u64 = item.name.trim_end_matches(".mkv").parse().expect("a number");
            let position_ms = item.progress.map(|progress| progress.position_ms);
            assert!(position_ms.is_none_or(|position_ms| position_ms == n), "{n}: {position_ms:?}");
            if position_ms.is_some() {
                lost.remove(&n);
            }
        }
        assert_eq!(lost, BTreeSet::new(), "of {acknowledged:?}");
        let scans = catalog.scans(&PageRequest::default()).await.expect("listed");
        assert_eq!(scans.items[0].state, ScanState::Interrupted);
        catalog.close().await;
    }
}
