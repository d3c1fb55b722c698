//! Scans and findings.

use super::support::{Shelf, film, key};
use crate::catalog::{
    Finding, PageRequest, Scan, ScanCounts, ScanState, ScanTrigger, Severity, TitleQuery,
};
use crate::error::Kind;
use crate::limits::{MESSAGE_CHARS_MAX, SCANS_KEPT_MAX};

fn first(limit: usize) -> PageRequest {
    PageRequest { limit, cursor: None }
}

async fn scans(shelf: &Shelf) -> Vec<Scan> {
    shelf.catalog.scans(&first(200)).await.expect("listed").items
}

#[tokio::test]
async fn scans_are_listed_newest_first_with_what_they_dealt_with() {
    let mut shelf = Shelf::new().await;
    let counts = ScanCounts {
        files_found: 1,
        files_changed: 2,
        files_probed: 3,
        files_committed: 4,
        titles_added: 5,
        files_gone: 6,
        findings: 7,
    };
    let long = "x".repeat(2 * MESSAGE_CHARS_MAX);
    let ended = [(ScanState::Done, None), (ScanState::Failed, Some(&*long))];
    for (state, message) in ended {
        let finished = shelf.catalog.finish_scan(shelf.scan, state, &counts, message).await;
        finished.expect("noted");
        shelf.next_scan().await;
    }
    let listed = scans(&shelf).await;
    let states: Vec<_> = listed.iter().map(|scan| scan.state).collect();
    assert_eq!(states, [ScanState::Running, ScanState::Failed, ScanState::Done]);
    assert_eq!((listed[2].counts, listed[2].trigger), (counts, ScanTrigger::Request));
    assert_eq!(listed[1].message.as_ref().map(String::len), Some(MESSAGE_CHARS_MAX));
    assert_eq!(listed[0].finished_at_ms, None);

    let page = shelf.catalog.scans(&first(2)).await.expect("listed");
    let next = PageRequest { limit: 2, cursor: page.next_cursor };
    let rest = shelf.catalog.scans(&next).await.expect("listed");
    assert_eq!((rest.items, rest.next_cursor), (listed[2..].to_vec(), None));
    // A cursor of one list is no place in another.
    let refused = shelf.catalog.findings(&next).await.expect_err("refused");
    assert_eq!(refused.kind(), Kind::Invalid);
}

#[tokio::test]
async fn only_so_many_scans_are_remembered() {
    let mut shelf = Shelf::new().await;
    let failed = "insert into scans (trigger, state, started_at_ms)
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 600)
        select 'watch', 'done', i from n";
    sqlx::query(failed).execute(&shelf.catalog.engine().writer).await.expect("written");
    shelf.next_scan().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from scans")
        .fetch_one(&shelf.catalog.engine().readers)
        .await
        .expect("counted");
    assert_eq!(kept, SCANS_KEPT_MAX);
}

#[tokio::test]
async fn a_scan_of_a_process_that_ended_was_interrupted() {
    let shelf = Shelf::new().await.reopened().await;
    let states: Vec<_> = scans(&shelf).await.iter().map(|scan| scan.state).collect();
    assert_eq!(states, [ScanState::Running, ScanState::Interrupted]);
}

#[tokio::test]
async fn a_finding_stays_until_the_file_is_fine_or_gone() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Brazil")]).await;
    let finding = |path: &str, severity, message: &str| Finding {
        root: shelf.roots[0],
        key: key(path),
        severity,
        message: message.to_owned(),
    };
    let found = [
        finding("Alien.mkv", Severity::Error, "cut short"),
        finding("Brazil.mkv", Severity::Warning, "no duration"),
        finding("folder", Severity::Error, "cannot be read"),
    ];
    shelf.catalog.record_findings(&found).await.expect("recorded");
    let listed = async || shelf.catalog.findings(&first(50)).await.expect("listed").items;
    let before = listed().await;
    assert_eq!(before.iter().map(|it| it.finding.clone()).rev().collect::<Vec<_>>(), found);
    assert_eq!(before[2].file, Some(shelf.id_of("Alien.mkv").await));
    assert_eq!((before[0].file, &*before[0].library), (None, "Films"));
    assert_eq!(shelf.catalog.counts().await.expect("counted").findings, 3);

    let again = finding("Alien.mkv", Severity::Error, "still cut short");
    shelf.catalog.record_findings(&[again]).await.expect("recorded");
    let after = listed().await;
    assert_eq!((after.len(), after[2].id), (3, before[2].id));
    let title = shelf.list(TitleQuery::default()).await[0].id;
    let detail = shelf.catalog.title(shelf.catalog.viewer(), title).await.expect("answers");
    assert_eq!(detail.expect("is there").file_details[0].findings, ["still cut short"]);

    let mut keys = shelf.catalog.finding_keys(shelf.roots[0]).await.expect("listed");
    keys.sort();
    assert_eq!(keys, ["Alien.mkv", "Brazil.mkv", "folder"].map(key));
    shelf.catalog.clear_findings(shelf.roots[0], &[key("folder")]).await.expect("cleared");
    let gone = [shelf.id_of("Alien.mkv").await];
    shelf.catalog.mark_gone(shelf.roots[0], &gone).await.expect("marked");
    let left = listed().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].finding.key, key("Brazil.mkv"));
}

#[tokio::test]
async fn counts_tell_titles_files_and_findings() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.file("b.mkv", film("Alien"))]).await;
    let gone = [shelf.id_of("b.mkv").await];
    let counts = shelf.catalog.counts().await.expect("counted");
    assert_eq!((counts.titles, counts.files, counts.findings), (1, 2, 0));
    shelf.catalog.mark_gone(shelf.roots[0], &gone).await.expect("marked");
    let counts = shelf.catalog.counts().await.expect("counted");
    assert_eq!((counts.titles, counts.files, counts.findings), (1, 1, 0));
}
