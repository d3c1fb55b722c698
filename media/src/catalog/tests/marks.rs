//! What viewers mark: favourites, what was watched, and what players report.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use proptest::prelude::*;

use super::support::{Shelf, episode, facts, names, poster};
use crate::catalog::{
    ArtworkKind, Filter, FoundArtwork, HomeRowKind, Person, PersonRole, ReportPlace, TitleItem,
    TitleQuery, WatchState,
};
use crate::error::Kind;
use crate::ids::TitleId;
use crate::limits::{CATALOG_READERS, HOME_PARTS, PROGRESS_SESSIONS_MAX};

async fn row(shelf: &Shelf, kind: &HomeRowKind) -> Vec<String> {
    let home = shelf.catalog.home(shelf.catalog.viewer()).await.expect("a page");
    home.rows.iter().find(|row| row.kind == *kind).map_or(Vec::new(), |row| names(&row.items))
}

async fn item(shelf: &Shelf, name: &str) -> TitleItem {
    let items = shelf.list(TitleQuery::default()).await;
    items.into_iter().find(|item| item.name == name).expect("is listed")
}

async fn next(shelf: &Shelf, name: &str) -> Option<String> {
    let title = item(shelf, name).await.id;
    let detail = shelf.catalog.title(shelf.catalog.viewer(), title).await.expect("answers");
    detail.expect("is there").next_episode.map(|item| item.name)
}

/// Two seasons of three episodes.
async fn dark(shelf: &Shelf) {
    let numbers = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)];
    let files = numbers.map(|(season, number)| {
        let mut file = shelf.file(&format!("{season}x{number}"), episode("Dark", season, number));
        file.facts.name = Some(format!("S{season}E{number}"));
        file
    });
    shelf.commit(files.into()).await;
}

#[tokio::test]
async fn favourites_come_latest_first_and_go_again() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Brazil")]).await;
    let viewer = shelf.catalog.viewer();
    let alien = item(&shelf, "Alien").await.id;
    for name in ["Alien", "Brazil", "Alien"] {
        let title = item(&shelf, name).await.id;
        shelf.catalog.put_favourite(viewer, title).await.expect("marked");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(item(&shelf, "Alien").await.is_favourite);
    assert_eq!(row(&shelf, &HomeRowKind::Favourites).await, ["Brazil", "Alien"]);
    for _ in 0..2 {
        shelf.catalog.delete_favourite(viewer, alien).await.expect("unmarked");
        assert_eq!(row(&shelf, &HomeRowKind::Favourites).await, ["Brazil"]);
    }
    // Nothing is forgotten of what is not there for a while.
    let file = shelf.id_of("Brazil.mkv").await;
    let brazil = item(&shelf, "Brazil").await.id;
    shelf.catalog.mark_gone(shelf.roots[0], &[file]).await.expect("noted");
    assert!(row(&shelf, &HomeRowKind::Favourites).await.is_empty());
    let unknown = TitleId::new(999).expect("positive");
    for title in [brazil, unknown] {
        let refused = shelf.catalog.put_favourite(viewer, title).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound);
    }
    let refused = shelf.catalog.delete_favourite(viewer, unknown).await.expect_err("refused");
    assert_eq!(refused.kind(), Kind::NotFound);
    shelf.commit(vec![shelf.film("Brazil")]).await;
    assert_eq!(row(&shelf, &HomeRowKind::Favourites).await, ["Brazil"]);
}

#[tokio::test]
async fn what_is_marked_as_watched_is_not_gone_on_with_but_what_follows_it_is() {
    let shelf = Shelf::new().await;
    dark(&shelf).await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let viewer = shelf.catalog.viewer();
    let catalog = &shelf.catalog;
    let series = item(&shelf, "Dark").await.id;
    let alien = item(&shelf, "Alien").await.id;
    let counts = async || item(&shelf, "Dark").await.episodes.expect("a series has some");
    assert_eq!((counts().await.listed, counts().await.watched), (6, 0));
    assert_eq!(row(&shelf, &HomeRowKind::Unwatched).await, ["Alien"]);

    catalog.put_watched(viewer, alien, None).await.expect("marked");
    assert!(row(&shelf, &HomeRowKind::Unwatched).await.is_empty());
    assert!(row(&shelf, &HomeRowKind::Continue).await.is_empty());
    let progress = item(&shelf, "Alien").await.progress.expect("is kept");
    assert_eq!((progress.position_ms, progress.is_watched), (0, true));

    catalog.put_watched(viewer, series, Some(1)).await.expect("marked");
    assert_eq!(row(&shelf, &HomeRowKind::Continue).await, ["S2E1"]);
    assert_eq!(next(&shelf, "Dark").await.as_deref(), Some("S2E1"));
    assert_eq!(counts().await.watched, 3);
    let state = async |state| {
        let filter = Filter { watched: Some(state), ..Filter::default() };
        let kinds = vec![crate::catalog::TitleKind::Series];
        shelf.list(TitleQuery { kinds, filter, ..TitleQuery::default() }).await.len()
    };
    assert_eq!(state(WatchState::Started).await, 1);

    catalog.put_watched(viewer, series, None).await.expect("marked");
    assert!(row(&shelf, &HomeRowKind::Continue).await.is_empty());
    assert_eq!(next(&shelf, "Dark").await, None);
    assert_eq!((state(WatchState::Watched).await, counts().await.watched), (1, 6));

    // An episode that comes makes it a series that was begun.
    let mut late = shelf.file("2x4", episode("Dark", 2, 4));
    late.facts.name = Some("S2E4".to_owned());
    shelf.commit(vec![late]).await;
    assert_eq!((state(WatchState::Started).await, counts().await.listed), (1, 7));
    assert_eq!(row(&shelf, &HomeRowKind::Continue).await, ["S2E4"]);

    catalog.delete_watched(viewer, series, Some(2)).await.expect("unmarked");
    assert_eq!(row(&shelf, &HomeRowKind::Continue).await, ["S2E1"]);
    catalog.delete_watched(viewer, series, None).await.expect("unmarked");
    catalog.delete_watched(viewer, alien, None).await.expect("unmarked");
    assert_eq!((state(WatchState::Unwatched).await, counts().await.watched), (1, 0));
    assert_eq!(item(&shelf, "Alien").await.progress, None);

    let unknown = TitleId::new(999).expect("positive");
    for (title, season) in
        [(unknown, None), (series, Some(3)), (series, Some(u32::MAX)), (alien, Some(1))]
    {
        let refused = catalog.put_watched(viewer, title, season).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound, "{title} {season:?}");
        let refused = catalog.delete_watched(viewer, title, season).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound, "{title} {season:?}");
    }
}

#[tokio::test]
async fn a_series_marked_as_watched_leaves_room_for_what_else_was_begun() {
    let shelf = Shelf::new().await;
    let episodes = 1..=300;
    let files = episodes.map(|n| shelf.file(&format!("{n}"), episode("Along", 1, n)));
    shelf.commit(files.chain([shelf.film("Alien")]).collect()).await;
    let viewer = shelf.catalog.viewer();
    let alien = item(&shelf, "Alien").await.id;
    shelf.catalog.put_progress(viewer, alien, 5, 100, None).await.expect("noted");
    tokio::time::sleep(Duration::from_millis(2)).await;
    let long = item(&shelf, "Along").await.id;
    shelf.catalog.put_watched(viewer, long, None).await.expect("marked");
    assert_eq!(row(&shelf, &HomeRowKind::Continue).await, ["Alien"]);
}

#[tokio::test]
async fn marks_go_along_when_a_title_becomes_another() {
    let mut shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Aliens")]).await;
    let viewer = shelf.catalog.viewer();
    let alien = item(&shelf, "Alien").await.id;
    let mine = shelf.catalog.make_collection("Mine").await.expect("made").id;
    shelf.catalog.put_favourite(viewer, alien).await.expect("marked");
    shelf.catalog.put_watched(viewer, alien, None).await.expect("marked");
    shelf.catalog.put_into_collection(mine, alien).await.expect("taken in");
    // The file turns out to hold what another one holds.
    shelf.next_scan().await;
    let mut same = shelf.film("Alien");
    same.identity = super::support::film("Aliens");
    shelf.commit(vec![same]).await;
    let aliens = item(&shelf, "Aliens").await;
    assert!(aliens.is_favourite && aliens.progress.expect("went along").is_watched);
    let filter = Filter {
        watched: Some(WatchState::Watched),
        collection: Some(mine),
        is_favourite: true,
        ..Filter::default()
    };
    let query = TitleQuery { filter, ..TitleQuery::default() };
    assert_eq!(names(&shelf.list(query).await), ["Aliens"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_arrives_of_a_session_the_greatest_sequence_stands(
        // Each pair is a report that arrives: some are missing, some come twice, none in order.
        arriving in proptest::collection::vec((0usize..2, 0usize..9), 1..24),
    ) {
        let sequences = [0, 1, 2, 3, 1 << 32, i64::MAX as u64, 1 << 63, u64::MAX - 1, u64::MAX];
        let position_of = |session: usize, sequence: usize| (10 * session + sequence) as u64;
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let shelf = Shelf::new().await;
            shelf.commit(vec![shelf.film("Alien")]).await;
            let viewer = shelf.catalog.viewer();
            let title = item(&shelf, "Alien").await.id;
            let mut greatest = [None; 2];
            let mut expected = None;
            for (session, sequence) in arriving {
                let place =
                    ReportPlace { session: format!("{session}"), sequence: sequences[sequence] };
                let position_ms = position_of(session, sequence);
                let answer = shelf
                    .catalog
                    .put_progress(viewer, title, position_ms, 1_000, Some(&place))
                    .await
                    .expect("noted");
                if greatest[session].is_none_or(|greatest| sequence > greatest) {
                    greatest[session] = Some(sequence);
                    expected = Some(position_ms);
                }
                assert_eq!(Some(answer.position_ms), expected);
            }
            let stored = item(&shelf, "Alien").await.progress.expect("is stored");
            assert_eq!(Some(stored.position_ms), expected);
        });
    }
}

#[tokio::test]
async fn the_last_sessions_of_a_title_are_remembered() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let viewer = shelf.catalog.viewer();
    let title = item(&shelf, "Alien").await.id;
    let put = async |session: usize, sequence, position_ms| {
        let place = ReportPlace { session: format!("{session}"), sequence };
        let put = shelf.catalog.put_progress(viewer, title, position_ms, 1_000, Some(&place));
        put.await.expect("noted").position_ms
    };
    for session in 0..PROGRESS_SESSIONS_MAX {
        assert_eq!(put(session, 9, 100).await, 100);
    }
    // The first is heard again, and another one more: the second was silent longest.
    assert_eq!(put(0, 10, 200).await, 200);
    assert_eq!(put(PROGRESS_SESSIONS_MAX, 9, 300).await, 300);
    assert_eq!(put(0, 10, 1).await, 300, "is remembered");
    assert_eq!(put(2, 9, 2).await, 300, "is remembered");
    assert_eq!(put(1, 9, 3).await, 3, "is forgotten");
    // What was forgotten stays so: the player that still tells of it is known.
    shelf.catalog.delete_progress(viewer, title).await.expect("forgotten");
    assert_eq!(put(1, 9, 4).await, 0);
    assert_eq!(item(&shelf, "Alien").await.progress, None);
    // Without a session every report counts.
    let put = shelf.catalog.put_progress(viewer, title, 5, 1_000, None).await.expect("noted");
    assert_eq!(put.position_ms, 5);
}

#[tokio::test]
async fn what_is_typed_finds_titles_people_genres_and_collections() {
    let shelf = Shelf::new().await;
    let mut files: Vec<_> = (0..30).map(|n| shelf.film(&format!("Space film {n:02}"))).collect();
    for (number, file) in files.iter_mut().enumerate() {
        file.facts = facts(&format!("Space film {number:02}"), &["Space opera"]);
        let name = if number < 2 { "Kévin Spacey" } else { "Space Someone" };
        file.facts.people = vec![Person {
            name: name.to_owned(),
            character: String::new(),
            role: PersonRole::Actor,
        }];
        file.facts.collection = Some("The space set".to_owned());
    }
    files[0].artwork =
        vec![FoundArtwork { kind: ArtworkKind::Poster, ..poster("poster.jpg", None) }];
    shelf.commit(files).await;
    shelf.catalog.make_collection("Spaceballs & co").await.expect("made");
    let find = async |text: &str| {
        shelf.catalog.find(shelf.catalog.viewer(), text).await.expect("an answer")
    };
    let found = find("SPÄCE").await;
    assert_eq!((found.titles.len(), found.has_more_titles), (24, true));
    let people: Vec<_> = found.people.iter().map(|it| (&*it.value, it.titles)).collect();
    assert_eq!(people, [("Space Someone", 28), ("Kévin Spacey", 2)]);
    assert_eq!((&*found.genres[0].name, found.genres[0].titles), ("Space opera", 30));
    let collections: Vec<_> = found.collections.iter().map(|it| (&*it.name, it.titles)).collect();
    assert_eq!(collections, [("Spaceballs & co", 0), ("The space set", 30)]);
    assert_eq!(found.collections[1].posters.len(), 1);
    assert_eq!(find("kevin spa").await.people.len(), 1);
    assert_eq!(find("opera").await.genres.len(), 1);
    for text in ["", " ", "\"", "nothing of the sort", "\0", "* OR *", &"x".repeat(10_000)] {
        let found = find(text).await;
        assert!(found.titles.is_empty() && found.people.is_empty(), "{text:?}");
        assert!(found.genres.is_empty() && found.collections.is_empty(), "{text:?}");
    }
}

/// Reads that are under way, counted inside the database itself.
#[derive(Default)]
struct Reads {
    running: Mutex<usize>,
    all_run: Condvar,
}

impl Reads {
    /// Holds the read that calls until so many others are under way too, or long enough to see that
    /// they will not be.
    fn wait_for_all(&self) -> bool {
        let mut running = self.running.lock().expect("nobody panicked");
        *running += 1;
        self.all_run.notify_all();
        let patience = Duration::from_secs(10);
        let waited = self
            .all_run
            .wait_timeout_while(running, patience, |running| *running < HOME_PARTS)
            .expect("nobody panicked");
        !waited.1.timed_out()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_parts_of_home_are_read_at_once() {
    let shelf = Shelf::new().await;
    dark(&shelf).await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let reads = Arc::new(Reads::default());
    let mut connections = Vec::new();
    for _ in 0..CATALOG_READERS {
        let mut connection = shelf.catalog.engine().readers.acquire().await.expect("there is one");
        let reads = Arc::clone(&reads);
        let mut is_first = true;
        // Asked while a statement runs. What is interrupted fails, and home with it.
        connection.lock_handle().await.expect("is free").set_progress_handler(1, move || {
            !std::mem::take(&mut is_first) || reads.wait_for_all()
        });
        connections.push(connection);
    }
    drop(connections);
    shelf.catalog.home(shelf.catalog.viewer()).await.expect("no part waited for another");
    assert!(*reads.running.lock().expect("nobody panicked") >= HOME_PARTS);
}
