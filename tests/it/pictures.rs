//! Pictures made from films, by the whole program over real films.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use spillway_tests::{Library, TestServer, eventually, spillway_binary};

/// The identifiers of all files with moving pictures, and how long each plays.
fn films(server: &TestServer) -> Vec<(String, u64)> {
    let titles = server.titles();
    let files = titles.iter().flat_map(|title| title["files"].as_array().expect("a list"));
    let moving = files.filter(|file| file["width"].as_u64().is_some_and(|width| width > 0));
    moving
        .map(|file| {
            let id = file["id"].as_str().expect("an identifier").to_owned();
            (id, file["duration_ms"].as_u64().expect("it is known"))
        })
        .collect()
}

/// Width and height of a JPEG, from its frame header (ITU-T T.81 §B.2.2).
fn jpeg_size(bytes: &[u8]) -> (u32, u32) {
    assert!(bytes.starts_with(&[0xff, 0xd8]) && bytes.ends_with(&[0xff, 0xd9]), "no JPEG");
    let header = bytes.windows(4).position(|found| found == [0xff, 0xc0, 0, 17]);
    let at = header.expect("a baseline frame") + 5;
    let side = |at: usize| u32::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    (side(at + 2), side(at))
}

#[test]
fn every_film_has_pictures_and_a_storyboard() {
    let server = TestServer::demo().start();
    let films = films(&server);
    assert!(films.len() > 5, "the demo has some: {films:?}");
    for (id, duration_ms) in &films {
        let path =
            format!("/api/v1/files/{id}/thumbnail?position_ms={}&width=160", duration_ms / 2);
        let picture = server.get(&path);
        assert_eq!(picture.status, 200, "{id}: {}", picture.text());
        assert_eq!(picture.header("content-type"), Some("image/jpeg"));
        assert_eq!(jpeg_size(&picture.body).0, 160, "{id}");
        let etag = picture.header("etag").expect("a tag").to_owned();
        let again = server.request("GET", &path, &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0));

        let storyboard = server.get(&format!("/api/v1/files/{id}/storyboard.vtt"));
        assert_eq!(storyboard.status, 200, "{id}: {}", storyboard.text());
        assert_eq!(storyboard.header("content-type"), Some("text/vtt; charset=utf-8"));
        let text = storyboard.text().to_owned();
        let cues: Vec<&str> = text.lines().filter(|line| line.contains("#xywh=")).collect();
        assert!(text.starts_with("WEBVTT\n") && !cues.is_empty(), "{text}");
        let sheet = server.get(&format!("/api/v1/files/{id}/storyboard/0"));
        assert_eq!(sheet.status, 200, "{id}: {}", sheet.text());
        let (width, height) = jpeg_size(&sheet.body);
        for cue in cues.iter().filter(|cue| cue.starts_with("storyboard/0#")) {
            let place: Vec<u32> = cue
                .split_once("xywh=")
                .expect("a place")
                .1
                .split(',')
                .map(|number| number.parse().expect("a number"))
                .collect();
            assert!(place[0] + place[2] <= width && place[1] + place[3] <= height, "{cue}");
        }
    }
    let done = server.metric(r#"spillway_thumbnails_total{how="done"}"#);
    assert!(done >= 3.0 * films.len() as f64, "{done}: the film, a picture and a sheet of each");
    server.stop();
}

#[test]
fn every_title_that_moves_has_a_still_and_its_hash_comes_with_the_next_list() {
    let library = Library::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/demo");
    // Films and episodes without the pictures beside them.
    for name in [
        "films/The Weight of Morning (2022)/The Weight of Morning (2022).mp4",
        "films/Perihelion (2024)/Perihelion (2024).mkv",
        "films/Rule 110 (2017)/Rule 110 (2017) {edition-Director's Cut}.webm",
        "series/Night Trams (2020)/Season 02/Night Trams - S02E01 - Snow Line.mkv",
    ] {
        let bytes = std::fs::read(demo.join(name)).expect("the demo has it");
        library.file(name, &bytes);
    }
    let server = TestServer::with(&library).start();
    let titles = server.titles();
    assert_eq!(titles.len(), 5, "three films, a series and its episode: {titles:#?}");
    for title in &titles {
        let name = &title["name"];
        assert!(title["poster_url"].is_null() && title["still_hash"].is_null(), "{title:#}");
        let url = title["still_url"].as_str().expect("something moves in all of them");
        for (asked, made) in [("", 320), ("&width=160", 160), ("&width=640", 640)] {
            let still = server.get(&format!("{url}{asked}"));
            assert_eq!(still.status, 200, "{name}: {}", still.text());
            assert_eq!(still.header("content-type"), Some("image/jpeg"));
            assert_eq!(
                still.header("cache-control"),
                Some("public, max-age=31536000, immutable"),
                "{name}"
            );
            assert_eq!(jpeg_size(&still.body).0, made, "{name}");
            let etag = still.header("etag").expect("a tag").to_owned();
            let known = format!("If-None-Match: {etag}\r\n");
            let again = server.request("GET", &format!("{url}{asked}"), &known);
            assert_eq!((again.status, again.body.len()), (304, 0));
            let head = server.request("HEAD", &format!("{url}{asked}"), "");
            assert_eq!((head.status, head.header("etag")), (200, Some(&*etag)));
        }
        let (path, _) = url.split_once('?').expect("a version");
        for other in ["", "?v=0", "?v="] {
            let still = server.get(&format!("{path}{other}"));
            assert_eq!(still.header("cache-control"), Some("no-cache"), "{name}: {other}");
        }
    }
    eventually("all hashes are noted", Duration::from_secs(20), || {
        server.titles().iter().all(|title| {
            title["still_hash"].as_str().is_some_and(|hash| (20..=36).contains(&hash.len()))
        })
    });
    let after = server.titles();
    for (before, after) in titles.iter().zip(&after) {
        assert_eq!(before["still_url"], after["still_url"]);
    }
    let of = |kind: &str| after.iter().find(|title| title["kind"] == kind).expect("is listed");
    assert_eq!(of("series")["still_hash"], of("episode")["still_hash"]);

    // A server that starts again knows them, and makes no picture.
    let server = server.kill_and_set_up(&library).start();
    let known = server.titles();
    for title in &known {
        let hash = after.iter().find(|other| other["id"] == title["id"]).expect("the same");
        assert_eq!(title["still_hash"], hash["still_hash"]);
        let url = title["still_url"].as_str().expect("as before");
        assert_eq!(server.get(url).status, 200);
    }
    assert!(server.metric(r#"spillway_thumbnails_total{how="done"}"#).abs() < 0.5);
    server.stop();
}

#[test]
fn artwork_of_every_title_is_made_smaller() {
    let server = TestServer::demo().start();
    let titles = server.titles();
    let mut seen = 0;
    for title in &titles {
        for kind in ["poster", "backdrop", "logo", "thumb"] {
            let Some(url) = title[format!("{kind}_url")].as_str() else { continue };
            let whole = server.get(url);
            let small = server.get(&format!("{url}&width=160"));
            assert_eq!((whole.status, small.status), (200, 200), "{url}: {}", small.text());
            let media_type = small.header("content-type").expect("is told").to_owned();
            match &*media_type {
                "image/jpeg" => assert_eq!(jpeg_size(&small.body).0, 160, "{url}"),
                "image/png" => {
                    assert_eq!(kind, "logo", "{url}");
                    assert_eq!(small.body[16..20], 160_u32.to_be_bytes(), "{url}");
                }
                other => panic!("{url}: {other}"),
            }
            assert!(small.body.len() < whole.body.len(), "{url}");
            seen += 1;
        }
    }
    assert!(seen > 15, "the demo has more pictures than {seen}");
    eventually("all hashes are noted", Duration::from_secs(20), || {
        server.titles().iter().all(|title| {
            ["poster", "backdrop", "logo", "thumb"].iter().all(|kind| {
                title[format!("{kind}_url")].is_null() == title[format!("{kind}_hash")].is_null()
            })
        })
    });
    server.stop();
}

#[test]
fn a_replaced_poster_is_another_picture() {
    let library = Library::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/demo/films");
    let demo = |name: &str| std::fs::read(demo.join(name)).expect("the demo has it");
    library.film("Alien (1979)");
    library.file("Alien (1979)/poster.jpg", &demo("Rule 110 (2017)/poster.jpg"));
    let server = TestServer::with(&library).start();
    let url = || server.titles()[0]["poster_url"].as_str().expect("a poster").to_owned();
    let before = url();
    let first = server.get(&format!("{before}&width=320"));
    eventually("its hash is noted", Duration::from_secs(20), || {
        server.titles()[0]["poster_hash"].is_string()
    });
    library.file("Alien (1979)/poster.jpg", &demo("Perihelion (2024)/poster.jpg"));
    server.scan();
    let after = url();
    assert_ne!(before, after);
    assert!(server.titles()[0]["poster_hash"].is_null(), "that was the other one's");
    let second = server.get(&format!("{after}&width=320"));
    assert_eq!((first.status, second.status), (200, 200));
    assert_ne!(first.body, second.body);
    assert_ne!(first.header("etag"), second.header("etag"));
    server.stop();
}

#[test]
fn what_has_no_picture_says_so() {
    let server = TestServer::demo().start();
    let (film, _) = films(&server).swap_remove(0);
    for (path, status) in [
        ("/api/v1/files/999999/thumbnail".to_owned(), 404),
        ("/api/v1/files/x/storyboard.vtt".to_owned(), 404),
        (format!("/api/v1/files/{film}/storyboard/99999"), 404),
        (format!("/api/v1/files/{film}/storyboard/x"), 404),
        (format!("/api/v1/files/{film}/thumbnail?width=x"), 400),
        (format!("/api/v1/files/{film}/thumbnail?position_ms=-1"), 400),
        ("/api/v1/files/999999/still".to_owned(), 404),
        (format!("/api/v1/files/{film}/still?width=99999999999"), 400),
    ] {
        let response = server.get(&path);
        assert_eq!(response.status, status, "{path}: {}", response.text());
    }
    server.stop();
}

#[test]
fn storyboards_are_there_before_anybody_asks() {
    let server = TestServer::demo().start();
    let films = films(&server);
    let count = films.len() as f64;
    eventually("every film was looked at", Duration::from_mins(5), || {
        server.metric("spillway_thumbnails_ahead_films") >= count
            && server.metric("spillway_thumbnails_ahead_films_seen") >= count
    });
    let made = server.metric(r#"spillway_thumbnails_total{how="done"}"#);
    assert!(made >= 2.0 * count, "{made}: the film and a sheet of each");
    assert!(server.metric("spillway_thumbnails_processor_seconds") > 0.0);
    assert!(server.metric("spillway_thumbnails_read_bytes_total") > 0.0);
    for (id, _) in &films {
        assert_eq!(server.get(&format!("/api/v1/files/{id}/storyboard.vtt")).status, 200, "{id}");
        assert_eq!(server.get(&format!("/api/v1/files/{id}/storyboard/0")).status, 200, "{id}");
    }
    let made_since = server.metric(r#"spillway_thumbnails_total{how="done"}"#) - made;
    assert!(made_since < 1.0, "{made_since} were made when they were asked for");
}

/// What the program says of a key frame that it starts itself for: its answer, its complaint.
fn decoded_aside(units: &[u8]) -> (Vec<u8>, String) {
    let mut program = Command::new(spillway_binary())
        .arg("decode-av1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // Closed when it is written.
    program.stdin.take().expect("a pipe").write_all(units).expect("read");
    let output = program.wait_with_output().expect("ends");
    assert_eq!(output.status.success(), output.stderr.is_empty());
    (output.stdout, String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn a_key_frame_of_av1_is_decoded_by_the_program_itself() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/decode_av1/av1_mp4");
    let seed = std::fs::read(seed).expect("there");
    // How long the configuration of its track is, that (four bytes, then units), and the sample.
    let units = [&seed[6..2 + usize::from(seed[1])], &seed[2 + usize::from(seed[1])..]].concat();
    let (picture, complaint) = decoded_aside(&units);
    let header: &[u8] = b"YUV4MPEG2 W64 H64 C420jpeg\nFRAME\n";
    assert!(picture.starts_with(header), "{complaint}");
    assert_eq!(picture.len(), header.len() + 64 * 64 * 3 / 2);
    for damaged in [&units[..units.len() / 2], &[0; 100], &[]] {
        let (picture, complaint) = decoded_aside(damaged);
        assert!(picture.is_empty() && !complaint.is_empty(), "{complaint}");
    }
}
