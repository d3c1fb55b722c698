//! Pictures made from films, by the whole program over real films.

use std::time::Duration;

use spillway_tests::{TestServer, eventually};

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
