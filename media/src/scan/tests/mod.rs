//! Whole scans: real folders, real catalog.

mod library;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio_util::sync::CancellationToken;

use self::library::{Library, eventually, request, wait_for_first};
use super::{Requested, ScanSettings, Scanner, WatchState};
use crate::catalog::{ScanState, ScanTrigger};

#[tokio::test]
async fn an_unchanged_library_is_not_read_again() {
    let library = Library::new().await;
    library.film("one/Alien (1979).mkv").film("one/Show/Season 1/Show S01E01.mkv");
    let first = library.scan().await;
    assert_eq!((first.state, first.counts.files_committed), (ScanState::Done, 2));
    assert_eq!(library.finding_keys().await, Vec::<String>::new());
    let second = library.scan().await;
    assert_eq!((second.counts.files_found, second.counts.files_changed), (2, 0));
}

#[tokio::test]
async fn a_renamed_file_keeps_its_identifier() {
    let library = Library::new().await;
    library.film("one/alien.mkv").film("one/other.mkv");
    library.scan().await;
    let before = library.id("one/alien.mkv").await;
    library.rename("one/alien.mkv", "one/Alien (1979)/Alien (1979).mkv");
    let scan = library.scan().await;
    assert_eq!(library.id("one/Alien (1979)/Alien (1979).mkv").await, before);
    assert_eq!(library.present().await, ["one/Alien (1979)/Alien (1979).mkv", "one/other.mkv"]);
    assert_eq!(scan.counts.files_gone, 0);
}

#[tokio::test]
async fn a_file_moved_to_another_root_keeps_its_identifier() {
    let library = Library::new().await;
    library.film("two/alien.mkv").film("one/stays.mkv").film("two/stays too.mkv");
    library.scan().await;
    let before = library.id("two/alien.mkv").await;
    library.rename("two/alien.mkv", "one/alien.mkv");
    library.scan().await;
    assert_eq!(library.id("one/alien.mkv").await, before);
}

#[tokio::test]
async fn a_copy_is_a_new_file_and_the_original_keeps_its_identifier() {
    let library = Library::new().await;
    library.film("one/alien.mkv");
    library.scan().await;
    let before = library.id("one/alien.mkv").await;
    std::fs::copy(library.path("one/alien.mkv"), library.path("one/copy.mkv")).expect("copied");
    library.scan().await;
    assert_eq!(library.id("one/alien.mkv").await, before);
    assert_ne!(library.id("one/copy.mkv").await, before);
}

#[tokio::test]
async fn an_unmounted_root_loses_nothing_and_comes_back() {
    let library = Library::new().await;
    library.film("one/a.mkv").film("one/b.mkv").film("two/c.mkv");
    library.scan().await;
    let before = library.id("one/a.mkv").await;
    // A mount point without its disk is an empty folder; one on a disk that is gone is not there.
    library.rename("one", "disk");
    for is_mount_point in [true, false] {
        if is_mount_point {
            std::fs::create_dir(library.path("one")).expect("a new folder");
        } else {
            std::fs::remove_dir(library.path("one")).expect("removed");
        }
        let scan = library.scan().await;
        assert_eq!((scan.state, scan.counts.files_gone), (ScanState::Done, 0));
        assert!(scan.message.is_some_and(|message| message.contains("/one")));
        assert_eq!(
            library.roots().iter().map(|r| r.is_available).collect::<Vec<_>>(),
            [false, true]
        );
        assert_eq!(library.present().await.len(), 3);
    }
    library.rename("disk", "one");
    let scan = library.scan().await;
    assert_eq!((scan.counts.files_changed, scan.counts.files_gone), (0, 0));
    assert_eq!(library.id("one/a.mkv").await, before);
    assert!(library.roots().iter().all(|root| root.is_available));
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_known_again_when_it_returns() {
    let library = Library::new().await;
    library.film("one/a.mkv").film("one/b.mkv");
    library.scan().await;
    let before = library.id("one/a.mkv").await;
    library.rename("one/a.mkv", "away.mkv");
    assert_eq!(library.scan().await.counts.files_gone, 1);
    assert_eq!(library.present().await, ["one/b.mkv"]);
    library.rename("away.mkv", "one/back.mkv");
    library.scan().await;
    assert_eq!(library.id("one/back.mkv").await, before);
}

#[tokio::test]
async fn links_are_not_followed_and_those_to_films_are_told() {
    let library = Library::new().await;
    library.film("secret/film.mkv").film("one/real.mkv");
    let link = |target: &Path, name: &str| symlink(target, library.path(name)).expect("linked");
    link(&library.path("secret/film.mkv"), "one/out.mkv");
    link(Path::new("real.mkv"), "one/in.mkv");
    link(&library.path("secret"), "one/folder");
    link(&library.path("one"), "one/circle");
    link(Path::new("/absent"), "one/dangling");
    library.scan().await;
    assert_eq!(library.present().await, ["one/real.mkv"]);
    assert_eq!(library.finding_keys().await, ["circle", "folder", "in.mkv", "out.mkv"]);
}

#[tokio::test]
async fn a_fifo_a_folder_and_a_hidden_file_named_like_films_are_passed_over() {
    let library = Library::new().await;
    library.film("one/.hidden.mkv").film("one/.trash/film.mkv").film("one/folder.mkv/inside.mkv");
    mknodat(CWD, library.path("one/fifo.mkv"), FileType::Fifo, Mode::RUSR, 0).expect("a FIFO");
    mknodat(CWD, library.path("one/.ignore"), FileType::Fifo, Mode::RUSR, 0).expect("a FIFO");
    library.scan().await;
    assert_eq!(library.present().await, ["one/folder.mkv/inside.mkv"]);
}

#[tokio::test]
async fn ignore_files_are_respected_in_their_folder_and_below() {
    let library = Library::new().await;
    library
        .film("one/keep.mkv")
        .film("one/sub/drop.mkv")
        .film("one/sub/deep/drop.mkv")
        .film("one/sub/deep/but-keep.mkv")
        .film("one/private/film.mkv")
        .film("two/drop.mkv")
        .write("one/.ignore", b"# not these\ndrop.mkv\n/private/\n")
        .write("one/sub/deep/.ignore", b"!but-keep.mkv\n")
        // Only `.ignore` has a say here.
        .write("one/.gitignore", b"*.mkv\n");
    library.scan().await;
    assert_eq!(
        library.present().await,
        ["one/keep.mkv", "one/sub/deep/but-keep.mkv", "two/drop.mkv"]
    );
}

#[tokio::test]
async fn names_in_any_encoding_and_length_are_listed() {
    let library = Library::new().await;
    let long = format!("{}.mkv", "a".repeat(251));
    let names: [&[u8]; 8] = [
        b"caf\xe9.mkv",
        b"\xff\xfe.mkv",
        "Am\u{e9}lie.mkv".as_bytes(),
        "Ame\u{301}lie.mkv".as_bytes(),
        b"line\nbreak.mkv",
        b"UPPER.MKV",
        b"..mkv",
        long.as_bytes(),
    ];
    for name in names {
        library.film(Path::new("one").join(OsStr::from_bytes(name)));
    }
    let scan = library.scan().await;
    assert_eq!((scan.counts.files_committed, scan.counts.findings), (8, 0));
    assert_eq!(library.scan().await.counts.files_changed, 0);
}

#[tokio::test]
async fn a_broken_file_is_a_finding_until_it_is_repaired() {
    let library = Library::new().await;
    library.write("one/broken.mkv", b"<html>not found</html>").film("one/good.mkv");
    let scan = library.scan().await;
    assert_eq!((scan.counts.files_committed, scan.counts.findings), (1, 1));
    assert_eq!(library.finding_keys().await, ["broken.mkv"]);
    library.scan().await;
    assert_eq!(library.finding_keys().await, ["broken.mkv"]);
    library.film("one/broken.mkv");
    library.scan().await;
    assert_eq!(library.finding_keys().await, Vec::<String>::new());
    assert_eq!(library.present().await, ["one/broken.mkv", "one/good.mkv"]);
    // And back: what was listed is gone, with its reason.
    library.write("one/broken.mkv", b"");
    library.scan().await;
    assert_eq!(library.present().await, ["one/good.mkv"]);
    assert_eq!(library.finding_keys().await, ["broken.mkv"]);
    std::fs::remove_file(library.path("one/broken.mkv")).expect("removed");
    library.scan().await;
    assert_eq!(library.finding_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_warning_stays_while_its_file_is_unchanged() {
    let library = Library::new().await;
    library.film("one/film.mkv").write("one/film.nfo", b"<movie><title>cut");
    library.scan().await;
    assert_eq!(library.finding_keys().await, ["film.mkv"]);
    assert_eq!(library.scan().await.counts.files_changed, 0);
    assert_eq!(library.finding_keys().await, ["film.mkv"]);
    library.write("one/film.nfo", b"<movie><title>whole</title></movie>");
    library.scan().await;
    assert_eq!(library.finding_keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn only_the_files_that_a_side_file_speaks_of_are_looked_at_again() {
    let library = Library::new().await;
    library.film("one/a.mkv").film("one/b.mkv").film("one/Show/Season 1/Show S01E01.mkv");
    library.scan().await;
    library.write("one/a.en.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n");
    assert_eq!(library.scan().await.counts.files_changed, 1);
    library.write("one/Subs/b/2_English.srt", b"");
    assert_eq!(library.scan().await.counts.files_changed, 1);
    library.write("one/Show/tvshow.nfo", b"<tvshow><title>Show</title></tvshow>");
    assert_eq!(library.scan().await.counts.files_changed, 1);
    library.write("one/Show/season01-poster.jpg", b"\xff\xd8\xff\xe0");
    assert_eq!(library.scan().await.counts.files_changed, 1);
    assert_eq!(library.scan().await.counts.files_changed, 0);
}

#[tokio::test]
async fn the_files_of_a_folder_that_cannot_be_read_are_kept() {
    let library = Library::new().await;
    library.film("one/open.mkv").film("one/closed/film.mkv");
    library.scan().await;
    let closed = library.path("one/closed");
    let permit = |mode| {
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(mode)).expect("set");
    };
    permit(0o000);
    let is_refused = std::fs::read_dir(&closed).is_err();
    let scan = library.scan().await;
    permit(0o755);
    assert_eq!(scan.counts.files_gone, 0);
    assert_eq!(library.present().await.len(), 2);
    // Whoever may read everything (root) was not refused.
    let expected: &[&str] = if is_refused { &["closed"] } else { &[] };
    assert_eq!(library.finding_keys().await, expected);
}

#[tokio::test]
async fn folders_end_at_a_depth_and_what_was_below_is_kept() {
    let library = Library::new().await;
    let deep = "d/".repeat(crate::limits::FOLDER_DEPTH_MAX + 1);
    library.film("one/top.mkv").film(format!("one/{deep}film.mkv"));
    let scan = library.scan().await;
    assert_eq!((scan.state, scan.counts.files_found), (ScanState::Done, 1));
    assert_eq!(library.finding_keys().await, [deep.trim_end_matches('/')]);
}

#[tokio::test]
async fn at_most_one_scan_waits() {
    let library = Library::new().await;
    for number in 0..50 {
        library.film(format!("one/{number}.mkv"));
    }
    let stop = CancellationToken::new();
    let scanner = Scanner::start(library.catalog.clone(), Library::settings(), stop.clone());
    assert_eq!(request(&scanner), Requested::Waiting);
    assert_eq!(request(&scanner), Requested::AlreadyWaiting);
    wait_for_first(&scanner).await;
    eventually(async || library.newest_scan().await.counts.files_found == 50).await;
    eventually(async || request(&scanner) == Requested::Started).await;
    stop.cancel();
    scanner.stopped().await;
}

#[tokio::test]
async fn a_scan_that_is_stopped_keeps_what_it_committed_and_the_next_goes_on() {
    let library = Library::new().await;
    for number in 0..2_000 {
        library.film(format!("one/{number}.mkv"));
    }
    let stop = CancellationToken::new();
    let scanner = Scanner::start(library.catalog.clone(), Library::settings(), stop.clone());
    let mut progress = scanner.progress();
    let has_begun = |progress: &Option<super::ScanProgress>| {
        progress.as_ref().is_some_and(|it| it.counts.files_committed > 0)
    };
    let _ = tokio::time::timeout(Duration::from_mins(1), progress.wait_for(has_begun)).await;
    stop.cancel();
    scanner.stopped().await;
    let stopped = library.newest_scan().await;
    let kept = library.present().await.len();
    assert_eq!(stopped.state, ScanState::Interrupted);
    assert_eq!((kept as u64, stopped.counts.files_gone), (stopped.counts.files_committed, 0));
    let next = library.scan().await;
    assert_eq!(next.counts.files_changed, 2_000 - kept as u64);
    assert_eq!(library.present().await.len(), 2_000);
}

#[tokio::test]
async fn without_watching_a_new_file_is_found_after_the_period() {
    let library = Library::new().await;
    library.film("one/a.mkv");
    let stop = CancellationToken::new();
    let period = Duration::from_millis(50);
    let settings = ScanSettings { period, polling_period: period, ..Library::settings() };
    let scanner = Scanner::start(library.catalog.clone(), settings, stop.clone());
    wait_for_first(&scanner).await;
    library.film("one/new/b.mkv");
    eventually(async || library.present().await.len() == 2).await;
    stop.cancel();
    scanner.stopped().await;
    assert_eq!(library.newest_scan().await.trigger, ScanTrigger::Period);
}

#[tokio::test]
async fn a_new_file_is_seen_without_asking() {
    let library = Library::new().await;
    library.film("one/a.mkv");
    let stop = CancellationToken::new();
    let settings = ScanSettings::default();
    let scanner = Scanner::start(library.catalog.clone(), settings, stop.clone());
    wait_for_first(&scanner).await;
    // Temporary folders may lie where no watch is possible; then that must be said.
    match scanner.watch_state() {
        WatchState::Watching => {
            library.film("one/new/b.mkv");
            eventually(async || library.present().await.len() == 2).await;
        }
        state => assert!(matches!(state, WatchState::Polling { .. }), "{state:?}"),
    }
    stop.cancel();
    scanner.stopped().await;
}

#[tokio::test]
async fn pictures_and_nfo_files_reach_the_titles_they_are_for() {
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0";
    let library = Library::new().await;
    library
        .film("one/Heat (1995)/Heat (1995).mkv")
        .film("one/Heat (1995)/Heat (1995)-trailer.mkv")
        .write("one/Heat (1995)/poster.jpg", JPEG)
        .write("one/Heat (1995)/movie.nfo", b"<movie><title>Heat</title><plot>Told</plot></movie>")
        .film("two/Flat One (2001).mkv")
        .film("two/Flat Two (2002).mkv")
        .write("two/folder.jpg", JPEG)
        .write("two/movie.nfo", b"<movie><title>Wrong</title></movie>")
        .write("two/Flat Two (2002)-fanart.jpg", JPEG)
        .write("two/Flat Two (2002).jpg", b"<html>")
        .film("two/Show/Season 1/Show S01E01.mkv")
        .write("two/Show/Season 1/Show S01E01-thumb.jpg", JPEG)
        .write("two/Show/season01-poster.jpg", JPEG)
        .write("two/Show/fanart.jpg", JPEG)
        .write("two/Show/tvshow.nfo", b"<tvshow><title>The Show</title></tvshow>");
    library.scan().await;
    let titles = library.titles_with_artwork().await;
    assert_eq!(
        titles,
        ["Flat One: ", "Flat Two: backdrop", "Heat: poster", "The Show: backdrop, poster 1",]
    );
    assert_eq!(library.finding_keys().await, ["Flat Two (2002).mkv"]);
}
