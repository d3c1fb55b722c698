//! What happens when the database cannot be used: a clear word, and nothing lost.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::support::Shelf;
use crate::catalog::{Catalog, TitleQuery};
use crate::error::Kind;

async fn refusal(dir: &Path) -> (Kind, String) {
    let error = Catalog::open(dir).await.expect_err("refused");
    (error.kind(), error.chain())
}

#[tokio::test]
async fn a_file_that_is_no_catalog_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a new folder");
    let path = dir.path().join("catalog.sqlite3");
    let junk = b"this is not a catalog. ".repeat(1000);
    std::fs::write(&path, &junk).expect("written");
    let (kind, text) = refusal(dir.path()).await;
    assert_eq!(kind, Kind::BadCatalog);
    for word in ["catalog.sqlite3", "damaged", "move the file away", "watch progress", "backup"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert_eq!(std::fs::read(&path).expect("still there"), junk);
}

#[tokio::test]
async fn a_catalog_damaged_in_the_middle_is_told_after_an_unclean_stop() {
    let shelf = Shelf::new().await;
    shelf.commit((0..200).map(|n| shelf.film(&format!("{n}"))).collect()).await;
    shelf.catalog.close().await;
    let Shelf { dir, catalog, .. } = shelf;
    drop(catalog);
    let path = dir.path().join("catalog.sqlite3");
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40_000].fill(0x5a);
    std::fs::write(&path, &bytes).expect("written");
    std::fs::write(dir.path().join("catalog.sqlite3-wal"), b"cut short").expect("written");
    match Catalog::open(dir.path()).await {
        Err(error) => assert_eq!(error.kind(), Kind::BadCatalog),
        Ok(catalog) => {
            let told = async {
                while catalog.damage().is_none() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), told).await.expect("told in time");
            assert!(catalog.damage().is_some_and(|text| text.contains("move the file away")));
        }
    }
}

#[tokio::test]
async fn a_sound_catalog_is_not_called_damaged_after_an_unclean_stop() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    assert_eq!(crate::catalog::engine::damage(shelf.catalog.engine()).await, None);
}

#[tokio::test]
async fn a_catalog_of_a_newer_version_is_refused() {
    let shelf = Shelf::new().await;
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&shelf.catalog.engine().writer)
    .await
    .expect("written");
    shelf.catalog.close().await;
    let Shelf { dir, catalog, .. } = shelf;
    drop(catalog);
    let (kind, text) = refusal(dir.path()).await;
    assert_eq!(kind, Kind::BadCatalog);
    assert!(text.contains("newer Spillway"), "{text}");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().expect("a new folder");
    let file = dir.path().join("file");
    std::fs::write(&file, b"").expect("written");
    let (kind, text) = refusal(&file.join("data")).await;
    assert_eq!(kind, Kind::NotFound);
    assert!(text.contains("creating the data folder"), "{text}");
    // /proc refuses also those who may write everywhere.
    let (_, text) = refusal(Path::new("/proc/spillway")).await;
    assert!(text.contains("creating the data folder /proc/spillway"), "{text}");
    std::fs::create_dir_all(dir.path().join("data/catalog.sqlite3")).expect("a folder");
    let (kind, text) = refusal(&dir.path().join("data")).await;
    assert_eq!(kind, Kind::Denied);
    assert!(text.contains("--data"), "{text}");
}

#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused() {
    let shelf = Shelf::new().await;
    let (kind, text) = refusal(shelf.dir.path()).await;
    assert_eq!(kind, Kind::Unavailable);
    assert!(text.contains("another Spillway"), "{text}");
}

#[tokio::test]
async fn a_full_disk_refuses_the_batch_and_keeps_what_was_there() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let id = shelf.id_of("Alien.mkv").await;
    let limit = async |pages: &'static str| {
        sqlx::query(pages).execute(&shelf.catalog.engine().writer).await.expect("limited");
    };
    limit("pragma max_page_count = 1").await;
    let many: Vec<_> = (0..500).map(|n| shelf.film(&format!("{n}"))).collect();
    let error = shelf.catalog.commit(shelf.scan, many.clone()).await.expect_err("full");
    assert_eq!(error.kind(), Kind::DiskFull, "{}", error.chain());
    assert_eq!(shelf.names().await, ["Alien"]);
    assert!(shelf.catalog.locate(id).await.expect("answers").is_some());
    let known = shelf.catalog.known_files(shelf.roots[0]).await.expect("known");
    assert_eq!(known.len(), 1);
    limit("pragma max_page_count = 1000000").await;
    assert_eq!(shelf.commit(many).await, 500);
}

#[tokio::test]
async fn files_are_located_while_the_database_is_locked_and_after_it_is_closed() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let id = shelf.id_of("Alien.mkv").await;
    let path = shelf.dir.path().join("catalog.sqlite3");
    let mut other = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path))
        .await
        .expect("connected");
    sqlx::query("begin exclusive").execute(&mut other).await.expect("locked");
    let located = async || shelf.catalog.locate(id).await.expect("answers").is_some();
    assert!(located().await);
    sqlx::query("rollback").execute(&mut other).await.expect("unlocked");

    shelf.catalog.close().await;
    std::fs::write(&path, b"broken").expect("written");
    assert!(located().await);
    let unknown = crate::ids::FileId::new(999).expect("positive");
    assert_eq!(shelf.catalog.locate(unknown).await.expect("answers"), None);
    let query = TitleQuery::default();
    let error = shelf.catalog.titles(shelf.catalog.viewer(), &query).await.expect_err("closed");
    assert_eq!(error.kind(), Kind::Unavailable);
}

#[tokio::test]
async fn readers_do_not_wait_for_a_writer() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let transaction = shelf.catalog.engine().write().await.expect("begun");
    let read = tokio::time::timeout(Duration::from_secs(2), shelf.names()).await;
    assert_eq!(read.expect("at once"), ["Alien"]);
    drop(transaction);
}
