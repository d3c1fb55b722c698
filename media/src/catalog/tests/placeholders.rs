//! Pictures from films, and what is seen until a picture is there.

use super::support::{Shelf, episode, film, found, poster, version};
use crate::catalog::{
    ArtworkKind, ArtworkPlace, FoundArtwork, FoundFile, Identity, StillRef, TitleItem, TitleQuery,
};
use crate::ids::FileId;

async fn item(shelf: &Shelf, name: &str) -> TitleItem {
    let items = shelf.list(TitleQuery::default()).await;
    items.into_iter().find(|item| item.name == name).expect("is listed")
}

async fn still(shelf: &Shelf, name: &str) -> Option<StillRef> {
    item(shelf, name).await.still
}

async fn still_file(shelf: &Shelf, name: &str) -> Option<FileId> {
    still(shelf, name).await.map(|still| still.file)
}

/// Without moving pictures.
fn silenced(mut file: FoundFile) -> FoundFile {
    file.info.tracks.remove(0);
    file
}

#[tokio::test]
async fn a_title_has_a_still_of_its_first_file_in_which_something_moves() {
    let shelf = Shelf::new().await;
    let mut files = vec![
        silenced(shelf.file("a.mkv", film("Alien"))),
        found(shelf.roots[1], "b.mkv", film("Alien")),
        shelf.file("c.mkv", film("Alien")),
        silenced(shelf.file("intro.mp3", Identity::Audio { name: "Intro".to_owned() })),
    ];
    files[2].part = Some(2);
    shelf.commit(files).await;
    let first = shelf.id_below(shelf.roots[1], "b.mkv").await;
    assert_eq!(still_file(&shelf, "Alien").await, first);
    assert_eq!(still(&shelf, "Intro").await, None);
    // One that can be reached comes before others.
    shelf.catalog.set_root_available(shelf.roots[1], false).await.expect("noted");
    assert_eq!(still_file(&shelf, "Alien").await, Some(shelf.id_of("c.mkv").await));
    shelf.catalog.set_root_available(shelf.roots[0], false).await.expect("noted");
    assert_eq!(still_file(&shelf, "Alien").await, first, "none can be reached");
}

#[tokio::test]
async fn a_series_has_the_still_of_its_first_episode_and_specials_come_last() {
    let shelf = Shelf::new().await;
    let file =
        |season, number| shelf.file(&format!("{season}x{number}"), episode("Dark", season, number));
    shelf.commit(vec![file(0, 1)]).await;
    assert_eq!(still_file(&shelf, "Dark").await, Some(shelf.id_of("0x1").await));
    shelf.commit(vec![file(2, 1), file(1, 2), silenced(file(1, 1))]).await;
    assert_eq!(still_file(&shelf, "Dark").await, Some(shelf.id_of("1x2").await));
    let gone = shelf.id_of("1x2").await;
    shelf.catalog.mark_gone(shelf.roots[0], &[gone]).await.expect("marked");
    assert_eq!(still_file(&shelf, "Dark").await, Some(shelf.id_of("2x1").await));
}

#[tokio::test]
async fn a_still_s_hash_stands_until_the_file_changes() {
    let mut shelf = Shelf::new().await;
    let mut alien = shelf.film("Alien");
    shelf.commit(vec![alien.clone()]).await;
    let file = shelf.id_of("Alien.mkv").await;
    let hash = async |shelf: &Shelf| still(shelf, "Alien").await.and_then(|still| still.hash);
    assert_eq!(hash(&shelf).await, None);
    let put = async |shelf: &Shelf, n: i64, hash: &str| {
        shelf.catalog.put_still_hash(file, version(n), hash).await.expect("noted");
    };
    put(&shelf, 2, "of another version").await;
    assert_eq!(hash(&shelf).await, None);
    put(&shelf, 1, "first").await;
    put(&shelf, 1, "first").await;
    assert_eq!(hash(&shelf).await.as_deref(), Some("first"));

    shelf.next_scan().await;
    alien.surroundings = 3;
    shelf.commit(vec![alien.clone()]).await;
    assert_eq!(hash(&shelf).await.as_deref(), Some("first"), "the same file");
    let before = still(&shelf, "Alien").await.expect("has one").tag;
    shelf.next_scan().await;
    alien.version = version(2);
    shelf.commit(vec![alien]).await;
    let after = still(&shelf, "Alien").await.expect("has one");
    assert_eq!((after.file, after.hash), (file, None));
    assert_ne!(after.tag, before);
    put(&shelf, 1, "late").await;
    assert_eq!(hash(&shelf).await, None);
}

#[tokio::test]
async fn a_picture_s_hash_stands_until_the_picture_changes() {
    let mut shelf = Shelf::new().await;
    let mut first = shelf.file("dark/1.mkv", episode("Dark", 1, 1));
    first.series_artwork = vec![poster("dark/poster.jpg", None), poster("dark/s1.jpg", Some(1))];
    first.artwork = vec![FoundArtwork { kind: ArtworkKind::Thumb, ..poster("dark/1.jpg", None) }];
    shelf.commit(vec![first.clone()]).await;
    let title = item(&shelf, "Dark").await.id;
    for season in [None, Some(1)] {
        let place = ArtworkPlace { title, kind: ArtworkKind::Poster, season };
        for (n, hash) in [(2, "of another version"), (1, "first")] {
            shelf.catalog.put_artwork_hash(place, version(n), hash).await.expect("noted");
        }
    }
    let hashes = async |shelf: &Shelf| {
        let (series, episode) = (item(shelf, "Dark").await, item(shelf, "Episode 1").await);
        let of = |picture: Option<crate::catalog::ArtworkRef>| picture.expect("has one").hash;
        [of(series.poster), of(episode.poster), of(episode.thumb)]
    };
    let noted = [Some("first".to_owned()), Some("first".to_owned()), None];
    assert_eq!(hashes(&shelf).await, noted);

    // A scan that finds the same pictures again, by another episode as well.
    shelf.next_scan().await;
    first.surroundings = 3;
    let second = FoundFile {
        key: super::support::key("dark/2.mkv"),
        identity: episode("Dark", 1, 2),
        ..first.clone()
    };
    shelf.commit(vec![first.clone(), second]).await;
    assert_eq!(hashes(&shelf).await, noted);

    // The season's poster was replaced, and the series' is now another file of the same age.
    shelf.next_scan().await;
    first.series_artwork = vec![poster("dark/folder.jpg", None), poster("dark/s1.jpg", Some(1))];
    first.series_artwork[1].version = version(2);
    shelf.commit(vec![first]).await;
    assert_eq!(hashes(&shelf).await, [None, None, None]);
}

#[tokio::test]
async fn pictures_without_a_hash_are_listed_page_by_page() {
    let shelf = Shelf::new().await;
    let mut files: Vec<FoundFile> = (0..5).map(|n| shelf.film(&format!("Film {n}"))).collect();
    for file in &mut files {
        let backdrop = FoundArtwork { kind: ArtworkKind::Backdrop, ..poster("b.jpg", None) };
        file.artwork = vec![poster("p.jpg", None), backdrop];
    }
    let mut away = found(shelf.roots[1], "away.mkv", film("Away"));
    away.artwork = vec![poster("p.jpg", None)];
    files.push(away);
    shelf.commit(files).await;
    shelf.catalog.set_root_available(shelf.roots[1], false).await.expect("noted");
    let walk = async |shelf: &Shelf, limit| {
        let (mut places, mut after) = (Vec::new(), None);
        loop {
            let page = shelf.catalog.artwork_without_hash(after, limit).await.expect("a page");
            assert!(page.len() <= limit);
            let Some((last, _)) = page.last() else { return places };
            after = Some(*last);
            for (place, location) in page {
                assert_eq!(location.root, shelf.roots[0]);
                let known = shelf.catalog.artwork(place.title, place.kind, place.season).await;
                assert_eq!(known.expect("answers"), Some(location));
                places.push(place);
            }
        }
    };
    let all = walk(&shelf, 100).await;
    assert_eq!(all.len(), 10);
    assert_eq!(walk(&shelf, 3).await, all);
    for place in &all[2..9] {
        shelf.catalog.put_artwork_hash(*place, version(1), "hash").await.expect("noted");
    }
    assert_eq!(walk(&shelf, 1).await, [all[0], all[1], all[9]]);
}
