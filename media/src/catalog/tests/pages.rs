//! The home page, the page of a title, and what was watched.

use super::support::{Shelf, episode, facts, names, poster};
use crate::catalog::{
    ArtworkKind, FoundArtwork, FoundSubtitle, Home, HomeRowKind, TitleItem, TitleQuery,
};
use crate::error::Kind;
use crate::ids::TitleId;

async fn home(shelf: &Shelf) -> Home {
    shelf.catalog.home(shelf.catalog.viewer()).await.expect("a page")
}

fn row(home: &Home, kind: &HomeRowKind) -> Vec<String> {
    home.rows.iter().find(|row| row.kind == *kind).map_or(Vec::new(), |row| names(&row.items))
}

async fn watch(shelf: &Shelf, title: TitleId, position_ms: u64) {
    let put =
        shelf.catalog.put_progress(shelf.catalog.viewer(), title, position_ms, 100, None).await;
    put.expect("noted");
    // Times have milliseconds; the order of two watched titles must show.
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

/// Two seasons of two episodes and a special.
async fn dark(shelf: &Shelf) -> Vec<TitleItem> {
    let numbers = [(1, 1), (1, 2), (2, 1), (2, 2), (0, 1)];
    let files = numbers.map(|(season, number)| {
        let mut file = shelf.file(&format!("{season}x{number}"), episode("Dark", season, number));
        file.facts.name = Some(format!("S{season}E{number}"));
        file
    });
    shelf.commit(files.into()).await;
    shelf.list(TitleQuery::default()).await
}

fn id(items: &[TitleItem], name: &str) -> TitleId {
    items.iter().find(|item| item.name == name).map(|item| item.id).expect("is listed")
}

#[tokio::test]
async fn an_empty_catalog_has_an_empty_home() {
    let shelf = Shelf::new().await;
    let home = home(&shelf).await;
    assert!(home.featured.is_empty() && home.rows.is_empty());
}

#[tokio::test]
async fn home_shows_what_is_new_and_what_to_go_on_with() {
    let shelf = Shelf::new().await;
    let mut alien = shelf.film("Alien");
    alien.facts = facts("Alien", &["Horror", "Space"]);
    alien.artwork = vec![FoundArtwork { kind: ArtworkKind::Backdrop, ..poster("b.jpg", None) }];
    let mut brazil = shelf.film("Brazil");
    brazil.facts = facts("Brazil", &["Space"]);
    shelf.commit(vec![alien, brazil]).await;
    let items = dark(&shelf).await;
    let page = home(&shelf).await;
    assert_eq!(names(&page.featured), ["Alien"]);
    let kinds: Vec<_> = page.rows.iter().map(|row| row.kind.clone()).collect();
    let space = HomeRowKind::Genre("Space".to_owned());
    let expected = [
        HomeRowKind::Recent,
        HomeRowKind::Unwatched,
        HomeRowKind::Films,
        HomeRowKind::Series,
        space.clone(),
    ];
    assert_eq!(kinds, expected);
    // A series once, however many episodes came.
    assert_eq!(row(&page, &HomeRowKind::Recent), ["Dark", "Brazil", "Alien"]);
    assert_eq!(row(&page, &space).len(), 2);

    watch(&shelf, id(&items, "S1E1"), 50).await;
    watch(&shelf, id(&items, "Brazil"), 50).await;
    let going_on = async || row(&home(&shelf).await, &HomeRowKind::Continue);
    assert_eq!(going_on().await, ["Brazil", "S1E1"]);
    watch(&shelf, id(&items, "S1E2"), 95).await;
    watch(&shelf, id(&items, "Brazil"), 95).await;
    assert_eq!(going_on().await, ["S2E1"]);
    watch(&shelf, id(&items, "S2E2"), 95).await;
    assert!(going_on().await.is_empty());
    shelf.catalog.delete_progress(shelf.catalog.viewer(), id(&items, "S2E2")).await.expect("done");
    assert_eq!(going_on().await, ["S2E1"]);
}

#[tokio::test]
async fn a_series_tells_its_seasons_and_where_to_go_on() {
    let shelf = Shelf::new().await;
    let items = dark(&shelf).await;
    let viewer = shelf.catalog.viewer();
    let detail = async |name: &str| {
        shelf.catalog.title(viewer, id(&items, name)).await.expect("answers").expect("is there")
    };
    let next = async |name: &str| detail(name).await.next_episode.map(|item| item.name);
    let seasons = detail("Dark").await.seasons;
    assert_eq!(seasons.iter().map(|season| season.number).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(names(&seasons[1].episodes), ["S2E1", "S2E2"]);
    for (episode, expected) in
        [("S1E1", Some("S1E2")), ("S1E2", Some("S2E1")), ("S2E2", None), ("Dark", Some("S1E1"))]
    {
        assert_eq!(next(episode).await.as_deref(), expected, "after {episode}");
    }
    watch(&shelf, id(&items, "S1E2"), 50).await;
    assert_eq!(next("Dark").await.as_deref(), Some("S1E2"));
    watch(&shelf, id(&items, "S1E2"), 95).await;
    assert_eq!(next("Dark").await.as_deref(), Some("S2E1"));
    watch(&shelf, id(&items, "S2E2"), 95).await;
    assert_eq!(next("Dark").await, None);
}

#[tokio::test]
async fn progress_is_kept_for_titles_that_can_be_watched() {
    let shelf = Shelf::new().await;
    let items = dark(&shelf).await;
    let viewer = shelf.catalog.viewer();
    let put =
        shelf.catalog.put_progress(viewer, id(&items, "S1E1"), u64::MAX, u64::MAX, None).await;
    assert!(put.expect("noted").is_watched);
    let unknown = TitleId::new(999).expect("positive");
    for title in [id(&items, "Dark"), unknown] {
        let refused =
            shelf.catalog.put_progress(viewer, title, 1, 2, None).await.expect_err("refused");
        assert_eq!(refused.kind(), Kind::NotFound);
        shelf.catalog.delete_progress(viewer, title).await.expect("nothing to forget");
    }
    assert_eq!(shelf.catalog.title(viewer, unknown).await.expect("answers"), None);
    let none = shelf.catalog.artwork(unknown, ArtworkKind::Poster, None).await;
    assert_eq!(none.expect("answers"), None);
}

#[tokio::test]
async fn a_subtitle_is_found_by_its_place_in_the_list() {
    let shelf = Shelf::new().await;
    let mut alien = shelf.film("Alien");
    alien.subtitles = vec![FoundSubtitle {
        key_bytes: b"Alien.caf\xe9.srt".to_vec(),
        language: Some("en".to_owned()),
        is_forced: false,
        is_hearing_impaired: false,
        format: "srt".to_owned(),
    }];
    shelf.commit(vec![alien.clone()]).await;
    let file = shelf.id_of("Alien.mkv").await;
    let found = shelf.catalog.subtitle(file, 0).await.expect("answers").expect("is there");
    assert_eq!(found.key.as_bytes(), b"Alien.caf\xe9.srt");
    assert_eq!(found.subtitle, alien.subtitles[0]);
    assert_eq!(shelf.catalog.subtitle(file, 1).await.expect("answers"), None);
}
