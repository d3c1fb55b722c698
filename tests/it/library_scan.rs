//! From folders to lists: what is found, what survives, and what is reported.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use spillway_tests::{Library, TestServer, eventually, sample_video, tools};

#[test]
fn what_a_scan_reads_does_not_push_out_what_is_watched() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let trace = folder.path().join("calls.txt");
    let library = Library::new();
    let film = library.film("Alien (1979)");
    TestServer::with(&library).traced("fadvise64", &trace).start().stop();
    let is_said = || {
        let calls = fs::read_to_string(&trace).unwrap_or_default();
        let name = film.path().to_string_lossy().into_owned();
        calls.lines().any(|call| call.contains(&name) && call.contains("POSIX_FADV_NOREUSE"))
    };
    eventually("the film is read in passing", Duration::from_secs(10), is_said);
}

#[test]
fn films_series_editions_and_extras_are_told_apart_by_their_names() {
    let library = Library::new();
    let bytes = sample_video::mp4(60_000, 100);
    for name in [
        "Alien (1979)/Alien (1979).mp4",
        "Alien (1979)/Alien (1979) {edition-Director's Cut}.mp4",
        "Alien (1979)/Trailers/First Trailer.mp4",
        "Dark/Season 01/Dark S01E01.mp4",
        "Dark/Season 01/Dark S01E02-E03.mp4",
        "Dark/Season 02/Dark 2x01.mp4",
        "Dark/Specials/Dark S00E01.mp4",
    ] {
        library.file(name, &bytes);
    }
    let server = TestServer::with(&library).start();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for title in server.titles() {
        *kinds
            .entry(title["kind"].as_str().expect("a title has a kind").to_owned())
            .or_default() += 1;
    }
    let expected = [("episode", 4), ("extra", 1), ("film", 1), ("series", 1)];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());

    let film = only(&server.all_items("/api/v1/titles?kind=film"));
    assert_eq!((&film["name"], &film["year"]), (&"Alien".into(), &1979.into()));
    assert_eq!(film["files"].as_array().map(Vec::len), Some(2));
    assert_eq!(film["files"][0]["duration_ms"], 60_000);

    let series = only(&server.all_items("/api/v1/titles?kind=series"));
    let detail = server.get(&format!("/api/v1/titles/{}", id(&series))).json();
    let seasons: Vec<_> = detail["seasons"]
        .as_array()
        .expect("a series has seasons")
        .iter()
        .map(|season| season["number"].clone())
        .collect();
    assert_eq!(seasons.len(), 3, "{seasons:?}");
    let two_in_one = server
        .all_items("/api/v1/titles?kind=episode")
        .into_iter()
        .find(|episode| episode["episode_number_end"] == 3)
        .expect("one file holds two episodes");
    assert_eq!(two_in_one["episode_number"], 2);
}

#[test]
fn several_libraries_of_several_folders_are_one_catalog() {
    let (films, more_films, series) = (Library::new(), Library::new(), Library::new());
    films.film("Alien (1979)");
    more_films.film("Solaris (1972)");
    series.file("Dark/Season 01/Dark S01E01.mp4", &sample_video::mp4(1000, 100));
    series.file("Dark/Season 01/Dark S01E02.mp4", b"no video");
    let path = |library: &Library| library.path().to_str().expect("ASCII").to_owned();
    let configuration = format!(
        "[[library]]\nname = \"Films\"\npaths = [\"{}\", \"{}\"]\n\
         [[library]]\nname = \"Series\"\npaths = [\"{}\"]\n",
        path(&films),
        path(&more_films),
        path(&series),
    );
    let server = TestServer::configured(&configuration).start();
    for name in ["Alien", "Solaris", "Dark"] {
        named(&server, name);
    }
    let status = server.get("/api/v1/status").json();
    let libraries: Vec<_> = status["libraries"]
        .as_array()
        .expect("libraries are listed")
        .iter()
        .map(|library| (library["name"].as_str(), library["roots"].as_array().map(Vec::len)))
        .collect();
    assert_eq!(libraries, [(Some("Films"), Some(2)), (Some("Series"), Some(1))]);
    assert_eq!(only(&server.all_items("/api/v1/findings"))["library"], "Series");
}

#[test]
fn a_file_s_own_cover_and_tags_serve_where_nothing_beside_it_says_more() {
    let (library, elsewhere) = (Library::new(), Library::new());
    let cover = elsewhere.path().join("cover.png");
    let clip = tools::make_clip(elsewhere.path(), "clip.mp4", 1);
    let bytes = fs::read(tools::tag(&clip, "ALIEN.1979.RIP", &cover)).expect("it was made");
    library.file("Alien (1979)/Alien (1979).mp4", &bytes);
    library.file("Solaris (1972)/Solaris (1972).mp4", &bytes);
    library.file("Solaris (1972)/poster.jpg", b"\xff\xd8\xff\xe0 a picture beside it");
    let nfo = b"<movie><title>Solyaris</title><genre>Mystery</genre></movie>";
    library.file("Solaris (1972)/Solaris (1972).nfo", nfo);
    let server = TestServer::with(&library).start();

    let alien = named(&server, "Alien");
    assert_eq!(alien["genres"], serde_json::json!(["Drama"]));
    let poster = server.get(alien["poster_url"].as_str().expect("its cover"));
    assert_eq!(poster.header("content-type"), Some("image/png"));
    assert!(poster.body == fs::read(&cover).expect("it was made"), "the very picture");

    let solaris = named(&server, "Solyaris");
    assert_eq!(solaris["genres"], serde_json::json!(["Mystery"]));
    let poster = server.get(solaris["poster_url"].as_str().expect("the one beside it"));
    assert!(poster.body.starts_with(b"\xff\xd8\xff\xe0 a picture"), "{}", poster.status);
}

#[test]
fn a_file_that_is_renamed_or_moved_stays_the_same() {
    let library = Library::new();
    let film = library.film("Alien (1979)").lasting_ms(7_020_000).with_payload_bytes(100_000);
    library.film("Stalker (1979)").lasting_ms(9_660_000);
    let server = TestServer::with(&library).start();
    let before = named(&server, "Alien");
    for place in ["Alien (1979)/Alien.1979.1080p.mp4", "Science Fiction/Alien (1979).mp4"] {
        let moved_to = library.file(place, b"");
        let from = library.listing();
        let from = from.iter().find(|(path, size_bytes)| {
            *size_bytes > 100_000 && path.to_string_lossy().contains("lien")
        });
        fs::rename(&from.expect("it is somewhere").0, &moved_to).expect("our own folder");
        server.scan();
        let after = named(&server, "Alien");
        assert_eq!(after["files"][0]["id"], before["files"][0]["id"], "{place}");
        assert_eq!(id(&after), id(&before), "{place}");
        let name = moved_to.file_name().map(|name| name.to_string_lossy().into_owned());
        assert_eq!(after["files"][0]["file_name"].as_str(), name.as_deref());
    }
    assert!(!film.path().exists());
    assert_eq!(server.titles().len(), 2);
}

#[test]
fn a_root_that_is_away_deletes_nothing_and_comes_back() {
    let library = Library::new();
    library.film("Alien (1979)");
    let disk = Library::new();
    disk.film("Stalker (1979)");
    let server = TestServer::with(&library).media(disk.path()).start();
    let before = named(&server, "Stalker");
    assert_eq!(before["is_available"], true);

    let elsewhere = disk.path().with_extension("away");
    fs::rename(disk.path(), &elsewhere).expect("our own folder");
    server.scan();
    let away = named(&server, "Stalker");
    assert_eq!((id(&away), &away["is_available"]), (id(&before), &false.into()));
    assert_eq!(named(&server, "Alien")["is_available"], true);

    // Where a disk is not mounted, its mount point is an empty folder.
    fs::create_dir(disk.path()).expect("our own folder");
    server.scan();
    assert_eq!(id(&named(&server, "Stalker")), id(&before));
    fs::remove_dir(disk.path()).expect("our own folder");

    fs::rename(&elsewhere, disk.path()).expect("our own folder");
    server.scan();
    let back = named(&server, "Stalker");
    assert_eq!((id(&back), &back["is_available"]), (id(&before), &true.into()));
}

#[test]
fn a_broken_file_is_a_finding_and_harms_nothing_else() {
    let library = Library::new();
    library.film("Alien (1979)");
    let cut = sample_video::mp4(60_000, 100);
    library.file("Cut (2001).mp4", &cut[..300]);
    library.file("Empty (2002).mkv", b"");
    library.file("Noise (2003).mkv", &sample_video::payload(100_000).collect::<Vec<_>>());
    library.file("Deep (2004).mp4", &b"\0\0\0\x08moov".repeat(10_000));
    // A box that says it is longer than the file, and one that says it is nothing.
    library.file("Long (2005).mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isomavc1\xff\xff\xff\xffmoov");
    let server = TestServer::with(&library).start();
    let findings = server.all_items("/api/v1/findings");
    for name in ["Cut", "Empty", "Noise", "Deep", "Long"] {
        let about = |finding: &&Value| {
            finding["path"].as_str().is_some_and(|path| path.contains(name))
                && finding["message"].as_str().is_some_and(|message| !message.is_empty())
        };
        assert!(findings.iter().any(|finding| about(&finding)), "{name} is not in {findings:#?}");
    }
    assert_eq!(named(&server, "Alien")["files"][0]["duration_ms"], 1000);

    // Put right, it is a finding no more.
    library.file("Cut (2001).mp4", &cut);
    server.scan();
    let still = server.all_items("/api/v1/findings");
    let mentions =
        |finding: &&Value| finding["path"].as_str().is_some_and(|path| path.contains("Cut"));
    assert!(!still.iter().any(|finding| mentions(&finding)), "{still:#?}");
}

#[test]
fn killed_at_any_moment_it_starts_again_without_repair() {
    let library = Library::new();
    let bytes = sample_video::mp4(60_000, 100);
    for number in 0..1500 {
        library.file(&format!("Film {number} (2001).mp4"), &bytes);
    }
    let mut setup = TestServer::with(&library);
    for after_ms in [0, 60, 250, 700] {
        let server = setup.start_unready();
        thread::sleep(Duration::from_millis(after_ms));
        setup = server.kill_and_set_up(&library);
    }
    let server = setup.start();
    assert_eq!(server.titles().len(), 1500);
    assert_eq!(server.all_items("/api/v1/findings"), Vec::<Value>::new());
}

#[test]
fn a_new_film_is_found_without_being_asked_for() {
    let library = Library::new();
    library.film("Alien (1979)");
    let server = TestServer::with(&library).start();
    library.film("Stalker (1979)");
    eventually("the watcher sees it", Duration::from_secs(30), || server.titles().len() == 2);
}

#[test]
fn a_symlink_cannot_lead_out_of_a_root() {
    let library = Library::new();
    library.film("Alien (1979)");
    let elsewhere = Library::new();
    let secret = elsewhere.film("Secret (2020)");
    symlink(secret.path(), library.path().join("Secret (2020).mp4")).expect("our own folder");
    symlink(elsewhere.path(), library.path().join("Elsewhere")).expect("our own folder");
    // And a circle, which must not hold the walk.
    symlink(library.path(), library.path().join("Again")).expect("our own folder");
    let server = TestServer::with(&library).start();
    let reachable: Vec<Value> = server
        .titles()
        .iter()
        .flat_map(|title| title["files"].as_array().expect("a title has files").clone())
        .filter(|file| server.get(file["url"].as_str().expect("a URL")).status == 200)
        .collect();
    assert_eq!(reachable.len(), 1, "{reachable:#?}");
    assert_eq!(reachable[0]["file_name"], "Alien (1979).mp4");
}

#[test]
fn names_in_any_encoding_and_length_are_served() {
    let library = Library::new();
    let bytes = sample_video::mp4(60_000, 100);
    let longest = format!("{}.mp4", "x".repeat(251));
    let names: [&[u8]; 6] = [
        "Été 85 (2020).mp4".as_bytes(),
        "\u{4e03}人の侍 (1954).mp4".as_bytes(),
        b"Latin \xe9t\xe9 (1999).mp4",
        b"percent %2f %00 # ? & (2000).mp4",
        b"new\nline (2001).mp4",
        longest.as_bytes(),
    ];
    for name in names {
        fs::write(library.path().join(OsStr::from_bytes(name)), &bytes).expect("our own folder");
    }
    let server = TestServer::with(&library).start();
    let titles = server.titles();
    let urls: Vec<&str> = titles
        .iter()
        .flat_map(|title| title["files"].as_array().expect("a title has files"))
        .map(|file| file["url"].as_str().expect("a file has a URL"))
        .collect();
    assert_eq!(urls.len(), names.len(), "{titles:#?}");
    for url in urls {
        let answer = server.get(url);
        assert_eq!((answer.status, answer.body.len()), (200, bytes.len()), "{url}");
    }
}

#[test]
fn ignore_files_are_respected() {
    let library = Library::new();
    library.film("Alien (1979)");
    library.film("Private (2020)");
    library.file("Private (2020)/.ignore", b"");
    library.file(".ignore", b"Hidden*\n");
    library.film("Hidden (2021)");
    let server = TestServer::with(&library).start();
    let names: Vec<Value> = server.titles().iter().map(|title| title["name"].clone()).collect();
    assert!(names.contains(&"Alien".into()), "{names:?}");
    assert!(!names.contains(&"Hidden".into()), "{names:?}");
}

#[test]
fn nothing_is_written_to_a_media_folder() {
    let library = Library::new();
    library.film("Alien (1979)");
    library.file("Noise (2003).mkv", b"noise");
    let before = library.listing();
    let server = TestServer::with(&library).start();
    server.scan();
    server.get(&server.file_url("Alien (1979).mp4"));
    drop(server);
    assert_eq!(library.listing(), before);
}

#[test]
fn search_finds_words_by_their_beginning_and_without_their_accents() {
    let library = Library::new();
    for name in ["Amélie (2001)", "Alien (1979)", "Das Boot (1981)"] {
        library.film(name);
    }
    let server = TestServer::with(&library).start();
    for (query, expected) in [("amel", "Amélie"), ("boot", "Das Boot"), ("ALI", "Alien")] {
        let found = only(&server.all_items(&format!("/api/v1/titles?q={query}")));
        assert_eq!(found["name"], expected, "{query}");
    }
    assert_eq!(server.all_items("/api/v1/titles?q=%22%2A%28").len(), 0, "no syntax of the index");
}

#[test]
fn pages_show_each_title_exactly_once() {
    let library = Library::new();
    let bytes = sample_video::mp4(60_000, 100);
    for number in 0..130 {
        library.file(&format!("Film {} (20{:02}).mp4", number % 40, number % 30), &bytes);
    }
    let server = TestServer::with(&library).start();
    let all: Vec<String> = server.titles().iter().map(id).collect();
    for sort in ["name", "-name", "added", "-added", "year", "-year", "duration", "-duration"] {
        let mut seen = Vec::new();
        let mut next = format!("/api/v1/titles?limit=7&sort={sort}");
        for _ in 0..100 {
            let page = server.get(&next).json();
            seen.extend(page["items"].as_array().expect("a page has items").iter().map(id));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("/api/v1/titles?limit=7&sort={sort}&cursor={cursor}");
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((count, seen.len()), (all.len(), all.len()), "{sort}");
    }
}

fn id(title: &Value) -> String {
    title["id"].as_str().expect("an identifier is a string").to_owned()
}

fn named(server: &TestServer, name: &str) -> Value {
    let titles = server.titles();
    let found = titles.iter().find(|title| title["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is not in {titles:#?}")).clone()
}

fn only(items: &[Value]) -> Value {
    assert_eq!(items.len(), 1, "{items:#?}");
    items[0].clone()
}
