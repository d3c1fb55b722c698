//! Catalogs of earlier versions.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::support::{Shelf, episode};
use crate::catalog::{Catalog, Person, PersonRole};
use crate::probe::{Hdr, TrackDetails};

/// What the migration makes of what was there before.
const MADE: [&str; 9] = [
    "select title_id, genre_id, told from listing join facets on facets.id = facets_id order by 1, 2",
    "select told, titles, 0 from facets where titles > 0 order by 1",
    "select id, episodes_listed, facets from titles where is_listed = 1 order by 1",
    "select id, audio_languages, 0 from files order by 1",
    "select name, titles, 0 from people where titles > 0 order by 1",
    "select name, title_id, 0 from credits join people on people.id = person_id order by 1, 2",
    "select name, title_id, is_editable from collections c
     join collection_titles m on m.collection_id = c.id order by 1, 2",
    "select title_id, state || ' ' || kind, episodes_watched || ' ' || updated_at_ms
     from watching order by 1",
    "select p.name, 0, 0 from people_search s join people p on p.id = s.rowid
     where people_search match 'sig*' and p.titles > 0 order by 1",
];

async fn rows(catalog: &Catalog, sql: &'static str) -> Vec<[String; 3]> {
    // Columns by place, whatever they hold, as text.
    let sql = format!("with s(a, b, c) as ({sql}) select a || '', b || '', c || '' from s");
    let rows: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(&catalog.engine().readers)
        .await
        .expect("answers");
    rows.into_iter().map(|(a, b, c)| [a, b, c]).collect()
}

async fn run(connection: &mut SqliteConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(connection).await.expect("runs");
}

#[tokio::test]
async fn what_is_migrated_is_what_a_scan_would_have_made() {
    let shelf = Shelf::new().await;
    let mut files = Vec::new();
    for number in 0..12 {
        let mut file = match number % 3 {
            0 => shelf.file(&format!("{number}"), episode("Dark", 1, number)),
            _ => shelf.film(&format!("Film {}", number / 2)),
        };
        file.key = super::support::key(&format!("{number}.mkv"));
        file.facts.genres = vec!["Drama".to_owned(), format!("Genre {}", number % 2)];
        file.facts.collection = (number % 4 > 0).then(|| format!("Set {}", number % 4));
        file.facts.people = ["Sigourney Weaver", "", "Sigourney Weaver"]
            .map(|name| Person {
                name: format!(
                    "{name}{}",
                    if name.is_empty() { String::new() } else { format!(" {number}") }
                ),
                character: String::new(),
                role: PersonRole::Actor,
            })
            .into();
        for track in &mut file.info.tracks {
            match &mut track.details {
                TrackDetails::Video(video) => {
                    (video.width, video.height) = (400 * number, 200 * number);
                    video.hdr = (number % 5 == 0).then_some(Hdr::Hdr10);
                    track.codec = format!("codec{}", number % 3);
                }
                _ => track.language = (number % 2 == 0).then(|| format!("l{}", number % 4)),
            }
        }
        files.push(file);
    }
    shelf.commit(files).await;
    let gone = shelf.id_of("1.mkv").await;
    shelf.catalog.mark_gone(shelf.roots[0], &[gone]).await.expect("noted");
    for (n, item) in shelf.list(crate::catalog::TitleQuery::default()).await.iter().enumerate() {
        if item.kind != crate::catalog::TitleKind::Series {
            let viewer = shelf.catalog.viewer();
            let put = shelf.catalog.put_progress(viewer, item.id, n as u64 * 20, 100, None).await;
            put.expect("noted");
        }
    }
    let mut expected = Vec::new();
    for sql in MADE {
        expected.push(rows(&shelf.catalog, sql).await);
    }
    assert!(expected.iter().all(|rows| !rows.is_empty()), "everything is covered: {expected:#?}");

    // The same rows in a catalog of the version before, as far as it had their columns.
    let Shelf { dir, catalog, .. } = shelf;
    catalog.close().await;
    let old = tempfile::tempdir().expect("a new folder");
    let path = old.path().join("catalog.sqlite3");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.foreign_keys(false).connect().await.expect("opens");
    let mut before = sqlx::migrate!();
    before.migrations = before.iter().filter(|it| it.version <= 2).cloned().collect();
    before.run(&mut connection).await.expect("migrated");
    let new = dir.path().join("catalog.sqlite3");
    run(&mut connection, format!("attach '{}' as new", new.display())).await;
    for table in [
        "viewers",
        "libraries",
        "roots",
        "titles",
        "genres",
        "listing",
        "files",
        "file_details",
        "progress",
    ] {
        let columns: Vec<String> =
            sqlx::query_scalar("select name from pragma_table_info(?, 'main')")
                .bind(table)
                .fetch_all(&mut connection)
                .await
                .expect("answers");
        let columns = columns.join(", ");
        let copy = format!(
            "delete from main.{table}; insert into main.{table} ({columns}) select {columns} from new.{table}"
        );
        run(&mut connection, copy).await;
    }
    connection.close().await.expect("closes");
    let migrated = Catalog::open(old.path()).await.expect("is migrated");
    for (sql, expected) in MADE.into_iter().zip(expected) {
        assert_eq!(rows(&migrated, sql).await, expected, "{sql}");
    }
}
