//! Which titles and files keep their identity through changes of folders.

use super::support::{Shelf, episode, facts, film, found, key, library, names, poster, version};
use crate::catalog::{Facts, Identity, Person, PersonRole, TitleItem, TitleQuery};
use crate::error::Kind;
use crate::ids::RootId;
use crate::limits::FILES_PER_TITLE_MAX;

#[tokio::test]
async fn what_was_committed_is_listed_found_and_located_also_after_a_restart() {
    let shelf = Shelf::new().await;
    let mut file = shelf.film("Élan Vital");
    file.facts = facts("Élan Vital", &["Drama", "Art"]);
    file.facts.people = vec![Person {
        name: "Zoë Kravitz".to_owned(),
        character: "Ann".to_owned(),
        role: PersonRole::Actor,
    }];
    file.artwork = vec![poster("poster.jpg", None)];
    assert_eq!(shelf.commit(vec![file.clone()]).await, 1);
    let shelf = shelf.reopened().await;

    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!(names(&items), ["Élan Vital"]);
    let item = &items[0];
    assert_eq!(item.genres, ["Drama", "Art"]);
    assert_eq!(item.duration_ms, Some(100_000));
    assert!(item.is_available);
    assert_eq!(item.files[0].codecs.as_deref(), Some("avc1.64001f, mp4a.40.2"));
    assert_eq!(item.files[0].width, Some(1920));
    assert_eq!(item.files[0].modified_at_ms, 1);
    for text in ["elan", "ÉLAN", "vit el", "zoe", "drama", "élan kravitz"] {
        assert_eq!(shelf.search(text).await, ["Élan Vital"], "{text}");
    }
    assert!(shelf.search("lan").await.is_empty());

    let id = shelf.id_of("Élan Vital.mkv").await;
    assert_eq!(item.files[0].id, id);
    let place = shelf.catalog.locate(id).await.expect("answers").expect("is there");
    assert_eq!((place.key.clone(), place.version), (file.key, file.version));
    assert_eq!(&*place.root_path, std::path::Path::new("/a"));

    let picture = item.poster.clone().expect("has one");
    let found = shelf.catalog.artwork(picture.title, picture.kind, picture.season).await;
    assert_eq!(found.expect("answers").expect("is there").key, key("poster.jpg"));

    let known = shelf.catalog.known_files(shelf.roots[0]).await.expect("known");
    assert_eq!((known[0].fingerprint, known[0].surroundings), (u64::MAX, 1 << 63));
    let detail = shelf.catalog.title(shelf.catalog.viewer(), item.id).await;
    let detail = detail.expect("answers").expect("is there");
    assert_eq!(detail.people[0].name, "Zoë Kravitz");
    assert_eq!(detail.file_details[0].info, file.info);
}

#[tokio::test]
async fn two_versions_are_one_title_and_a_series_comes_with_its_first_episode() {
    let shelf = Shelf::new().await;
    let mut uncut = shelf.file("alien-uncut.mkv", film("Alien"));
    uncut.edition = Some("Uncut".to_owned());
    let files = vec![
        shelf.film("Alien"),
        uncut,
        shelf.file("dark/1.mkv", episode("Dark", 1, 1)),
        shelf.file("dark/2.mkv", episode("Dark", 1, 2)),
    ];
    assert_eq!(shelf.commit(files).await, 4); // Alien, Dark and two episodes
    assert_eq!(shelf.names().await, ["Alien", "Dark", "Episode 1", "Episode 2"]);
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!(items[0].files.len(), 2);
    assert_eq!(items[2].series.as_ref().map(|series| &*series.name), Some("Dark"));
    assert_eq!((items[3].season_number, items[3].episode_number), (Some(1), Some(2)));
}

#[tokio::test]
async fn parts_add_up_and_versions_do_not() {
    let shelf = Shelf::new().await;
    let mut parts = vec![shelf.film("one"), shelf.film("two"), shelf.film("three")];
    for (file, part) in parts.iter_mut().zip([Some(2), Some(1), None]) {
        file.identity = film("Ben Hur");
        file.part = part;
    }
    shelf.commit(parts).await;
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!((items.len(), items[0].duration_ms), (1, Some(200_000)));
    let names: Vec<_> = items[0].files.iter().map(|file| &*file.file_name).collect();
    assert_eq!(names, ["three.mkv", "two.mkv", "one.mkv"]);
}

#[tokio::test]
async fn a_renamed_film_keeps_file_title_and_progress() {
    let mut shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Allien")]).await;
    let title = shelf.list(TitleQuery::default()).await[0].id;
    let file = shelf.id_of("Allien.mkv").await;
    shelf
        .catalog
        .put_progress(shelf.catalog.viewer(), title, 5_000, 9_000, None)
        .await
        .expect("put");

    shelf.next_scan().await;
    let mut moved = found(shelf.roots[1], "films/Alien.mkv", film("Alien"));
    moved.moved_from = Some(file);
    assert_eq!(shelf.commit(vec![moved]).await, 0);
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!((items.len(), items[0].id, &*items[0].name), (1, title, "Alien"));
    assert_eq!(items[0].progress.map(|progress| progress.position_ms), Some(5_000));
    assert_eq!(shelf.id_below(shelf.roots[1], "films/Alien.mkv").await, Some(file));
    assert_eq!(shelf.id_below(shelf.roots[0], "Allien.mkv").await, None);
    assert_eq!(shelf.search("allien").await, [""; 0]);
    assert_eq!(shelf.search("alien").await, ["Alien"]);
}

#[tokio::test]
async fn a_renamed_series_keeps_every_identifier() {
    let mut shelf = Shelf::new().await;
    let folder = |shelf: &Shelf, name: &str| -> Vec<_> {
        (1..=3).map(|n| shelf.file(&format!("{name}/{n}.mkv"), episode(name, 1, n))).collect()
    };
    shelf.commit(folder(&shelf, "Drak")).await;
    let before: Vec<_> = shelf.list(TitleQuery::default()).await.iter().map(|it| it.id).collect();
    shelf.next_scan().await;
    let mut moved = folder(&shelf, "Dark");
    for (n, file) in moved.iter_mut().enumerate() {
        file.moved_from = Some(shelf.id_of(&format!("Drak/{}.mkv", n + 1)).await);
    }
    assert_eq!(shelf.commit(moved).await, 0);
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!(names(&items), ["Dark", "Episode 1", "Episode 2", "Episode 3"]);
    assert_eq!(items.iter().map(|it| it.id).collect::<Vec<_>>(), before);
}

#[tokio::test]
async fn an_episode_that_moves_to_another_series_leaves_the_first_as_it_is() {
    let mut shelf = Shelf::new().await;
    let files = (1..=2).map(|n| shelf.file(&format!("a/{n}.mkv"), episode("A", 1, n))).collect();
    shelf.commit(files).await;
    shelf.next_scan().await;
    shelf.commit(vec![shelf.file("a/2.mkv", episode("B", 1, 2))]).await;
    let items = shelf.list(TitleQuery::default()).await;
    let series = |item: &TitleItem| item.series.as_ref().map(|series| series.name.clone());
    assert_eq!(names(&items), ["A", "B", "Episode 1", "Episode 2"]);
    assert_eq!(series(&items[2]).as_deref(), Some("A"));
    assert_eq!(series(&items[3]).as_deref(), Some("B"));

    shelf.next_scan().await;
    shelf.commit(vec![shelf.file("a/1.mkv", episode("B", 1, 1))]).await;
    assert_eq!(shelf.names().await, ["B", "Episode 1", "Episode 2"]);
}

#[tokio::test]
async fn progress_goes_along_when_a_title_turns_out_to_be_another_one() {
    let mut shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Alien 1979")]).await;
    let items = shelf.list(TitleQuery::default()).await;
    let viewer = shelf.catalog.viewer();
    shelf.catalog.put_progress(viewer, items[1].id, 7_000, 9_000, None).await.expect("put");
    shelf.next_scan().await;
    shelf.commit(vec![shelf.file("Alien 1979.mkv", film("Alien"))]).await;
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!((items.len(), items[0].files.len()), (1, 2));
    assert_eq!(items[0].progress.map(|progress| progress.position_ms), Some(7_000));
}

#[tokio::test]
async fn what_is_gone_is_hidden_and_comes_back_as_it_was() {
    let mut shelf = Shelf::new().await;
    let mut first = shelf.file("dark/1.mkv", episode("Dark", 1, 1));
    first.series_artwork = vec![poster("dark/poster.jpg", None), poster("dark/s1.jpg", Some(1))];
    shelf.commit(vec![first.clone(), shelf.film("Alien")]).await;
    let before = shelf.list(TitleQuery::default()).await;
    let file = shelf.id_of("dark/1.mkv").await;
    shelf.catalog.mark_gone(shelf.roots[0], &[file]).await.expect("marked");

    assert_eq!(shelf.names().await, ["Alien"]);
    assert_eq!(shelf.search("dark").await, [""; 0]);
    assert_eq!(shelf.catalog.locate(file).await.expect("answers"), None);
    let known = shelf.catalog.known_files(shelf.roots[0]).await.expect("known");
    assert!(known.iter().any(|known| known.id == file && known.is_gone));
    let viewer = shelf.catalog.viewer();
    assert_eq!(shelf.catalog.title(viewer, before[1].id).await.expect("answers"), None);

    shelf.next_scan().await;
    assert_eq!(shelf.commit(vec![first]).await, 0);
    assert_eq!(shelf.list(TitleQuery::default()).await, before);
    assert_eq!(before[2].poster.as_ref().and_then(|poster| poster.season), Some(1));
}

#[tokio::test]
async fn an_unmounted_root_hides_nothing() {
    let shelf = Shelf::new().await;
    let other = found(shelf.roots[1], "x.mkv", film("Alien"));
    let there = shelf.file("dark/1.mkv", episode("Dark", 1, 1));
    shelf.commit(vec![there, other]).await;
    let available = async |shelf: &Shelf| -> Vec<bool> {
        shelf.list(TitleQuery::default()).await.iter().map(|item| item.is_available).collect()
    };
    assert_eq!(available(&shelf).await, [true; 3]);
    shelf.catalog.set_root_available(shelf.roots[0], false).await.expect("noted");
    assert_eq!(shelf.names().await, ["Alien", "Dark", "Episode 1"]);
    assert_eq!(available(&shelf).await, [true, false, false]);
    shelf.catalog.set_root_available(shelf.roots[0], true).await.expect("noted");
    assert_eq!(available(&shelf).await, [true; 3]);

    let file = shelf.id_of("dark/1.mkv").await;
    shelf.catalog.set_libraries(&[library("Films", &["/b"])]).await.expect("configured");
    assert_eq!(available(&shelf).await, [true, false, false]);
    // A folder that the operator took away is not served from any more.
    assert_eq!(shelf.catalog.locate(file).await.expect("answers"), None);
}

#[tokio::test]
async fn a_root_that_changes_library_is_looked_at_again_and_keeps_its_titles() {
    let mut shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let before = shelf.list(TitleQuery::default()).await[0].id;
    let specs = [library("Films", &["/b"]), library("Old films", &["/a"])];
    shelf.catalog.set_libraries(&specs).await.expect("configured");
    let known = shelf.catalog.known_files(shelf.roots[0]).await.expect("known");
    assert_eq!(known[0].surroundings, 0);
    shelf.next_scan().await;
    assert_eq!(shelf.commit(vec![shelf.film("Alien")]).await, 0);
    assert_eq!(shelf.list(TitleQuery::default()).await[0].id, before);
}

#[tokio::test]
async fn an_extra_finds_what_it_belongs_to_whichever_comes_first() {
    let shelf = Shelf::new().await;
    let extra = |of| Identity::Extra {
        of: Box::new(of),
        what: "trailer".to_owned(),
        name: "Teaser".to_owned(),
    };
    let of_film = shelf.file("Alien-trailer.mkv", extra(film("Alien")));
    let series = Identity::Series { name: "Dark".to_owned(), year: None };
    let of_series = shelf.file("dark/trailer.mkv", extra(series));
    shelf.commit(vec![of_film, of_series]).await;
    assert_eq!(shelf.names().await, ["Teaser", "Teaser"]);
    shelf.commit(vec![shelf.film("Alien"), shelf.file("dark/1.mkv", episode("Dark", 1, 1))]).await;
    let items = shelf.list(TitleQuery::default()).await;
    assert_eq!(names(&items), ["Alien", "Dark", "Episode 1", "Teaser", "Teaser"]);
    for parent in [0, 1] {
        let viewer = shelf.catalog.viewer();
        let detail = shelf.catalog.title(viewer, items[parent].id).await.expect("answers");
        assert_eq!(names(&detail.expect("is there").extras), ["Teaser"]);
    }
}

#[tokio::test]
async fn facts_of_one_version_are_not_wiped_out_by_another_that_tells_less() {
    let mut shelf = Shelf::new().await;
    let mut told = shelf.film("Alien");
    told.facts = facts("Alien", &["Horror"]);
    let mut untold = shelf.file("alien-small.mkv", film("Alien"));
    shelf.commit(vec![told.clone(), untold.clone()]).await;
    let genres = async |shelf: &Shelf| shelf.list(TitleQuery::default()).await[0].genres.clone();
    assert_eq!(genres(&shelf).await, ["Horror"]);
    // Who told them may take them back.
    shelf.next_scan().await;
    told.facts = Facts::default();
    untold.surroundings = 2;
    shelf.commit(vec![told]).await;
    assert!(genres(&shelf).await.is_empty());
    assert!(shelf.catalog.genres().await.expect("listed").is_empty());
}

#[tokio::test]
async fn a_picture_that_is_no_longer_found_is_no_longer_shown() {
    let mut shelf = Shelf::new().await;
    let mut file = shelf.film("Alien");
    file.artwork = vec![poster("a.jpg", None)];
    shelf.commit(vec![file.clone()]).await;
    let before = shelf.list(TitleQuery::default()).await.swap_remove(0).poster.expect("has one");
    shelf.next_scan().await;
    file.artwork[0].version = version(2);
    shelf.commit(vec![file.clone()]).await;
    let after = shelf.list(TitleQuery::default()).await.swap_remove(0).poster.expect("has one");
    assert_ne!(before.tag, after.tag);
    shelf.next_scan().await;
    file.artwork.clear();
    shelf.commit(vec![file]).await;
    assert_eq!(shelf.list(TitleQuery::default()).await[0].poster, None);
}

#[tokio::test]
async fn more_files_than_a_title_holds_become_further_titles_of_the_same_name() {
    let shelf = Shelf::new().await;
    let count = usize::try_from(FILES_PER_TITLE_MAX).expect("small") * 2 + 1;
    let files = |shelf: &Shelf| -> Vec<_> {
        (0..count).map(|n| shelf.file(&format!("{n}/video.mp4"), film("video"))).collect()
    };
    for added in [3, 0] {
        assert_eq!(shelf.commit(files(&shelf)).await, added);
        let items = shelf.list(TitleQuery::default()).await;
        assert_eq!(names(&items), ["video"; 3]);
        assert_eq!(items.iter().map(|item| item.files.len()).sum::<usize>(), count);
    }
}

#[tokio::test]
async fn what_is_long_gone_is_forgotten_unless_it_was_watched() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Brazil"), shelf.film("Casino")]).await;
    let items = shelf.list(TitleQuery::default()).await;
    let viewer = shelf.catalog.viewer();
    shelf.catalog.put_progress(viewer, items[1].id, 1, 2, None).await.expect("put");
    let gone = [shelf.id_of("Alien.mkv").await, shelf.id_of("Brazil.mkv").await];
    shelf.catalog.mark_gone(shelf.roots[0], &gone).await.expect("marked");
    shelf.catalog.forget_gone_before(0).await.expect("nothing is so old");
    assert_eq!(shelf.catalog.known_files(shelf.roots[0]).await.expect("known").len(), 3);
    shelf.catalog.forget_gone_before(i64::MAX).await.expect("forgotten");
    assert_eq!(shelf.catalog.known_files(shelf.roots[0]).await.expect("known").len(), 1);
    let titles: Vec<i64> = sqlx::query_scalar("select id from titles order by id")
        .fetch_all(&shelf.catalog.engine().readers)
        .await
        .expect("read");
    assert_eq!(titles, [items[1].id.get(), items[2].id.get()]);
}

#[tokio::test]
async fn a_file_of_no_configured_root_is_refused_and_nothing_else_of_its_batch_is_kept() {
    let shelf = Shelf::new().await;
    let stray = found(RootId::new(99).expect("positive"), "x.mkv", film("Stray"));
    let refused = shelf.catalog.commit(shelf.scan, vec![shelf.film("Alien"), stray]).await;
    assert_eq!(refused.expect_err("refused").kind(), Kind::Invalid);
    assert!(shelf.names().await.is_empty());
    assert!(shelf.catalog.known_files(shelf.roots[0]).await.expect("known").is_empty());
}
