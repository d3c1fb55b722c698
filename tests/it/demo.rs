//! `spillway demo`: what a newcomer sees first must be whole.

use std::collections::BTreeSet;

use serde_json::Value;
use spillway_tests::TestServer;

#[test]
fn the_demo_library_is_complete_and_every_byte_of_it_can_be_had() {
    let server = TestServer::demo().start();
    let titles = server.titles();
    let of_kind = |kind: &str| titles.iter().filter(|title| title["kind"] == kind).count();
    assert!(of_kind("film") >= 5, "{} films", of_kind("film"));
    assert_eq!(of_kind("series"), 1);

    let series = titles.iter().find(|title| title["kind"] == "series").expect("it was counted");
    let id = series["id"].as_str().expect("an identifier is a string");
    let detail = server.get(&format!("/api/v1/titles/{id}")).json();
    assert_eq!(detail["seasons"].as_array().map(Vec::len), Some(2));

    for title in titles.iter().filter(|title| title["kind"] == "film") {
        for picture in ["poster_url", "backdrop_url"] {
            let url = title[picture].as_str().unwrap_or_else(|| panic!("{picture} of {title}"));
            let answer = server.get(url);
            assert_eq!(answer.status, 200, "{url}");
            assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("image/")));
        }
        let has_genres = title["genres"].as_array().is_some_and(|genres| !genres.is_empty());
        assert!(has_genres && title["year"].is_number(), "{title}");
    }

    for file in files_of(&titles) {
        let answer = server.get(file["url"].as_str().expect("a file has a URL"));
        assert_eq!(answer.status, 200, "{file}");
        assert_eq!(Some(answer.body.len() as u64), file["size_bytes"].as_u64(), "{file}");
        assert!(file["duration_ms"].as_u64().is_some_and(|ms| ms >= 1000), "{file}");
    }
    assert_eq!(server.all_items("/api/v1/findings"), Vec::<Value>::new());
}

#[test]
fn between_them_its_files_cover_what_people_have() {
    let server = TestServer::demo().start();
    let titles = server.titles();
    let files = files_of(&titles);
    let all = |field: &str| -> BTreeSet<&str> {
        files.iter().filter_map(|file| file[field].as_str()).collect()
    };
    for (field, expected) in [
        ("container", &["mp4", "matroska", "webm"][..]),
        ("video_codec", &["h264", "hevc", "vp9", "av1"][..]),
        ("audio_codec", &["aac", "opus", "mp3", "flac"][..]),
    ] {
        let found = all(field);
        for one in expected {
            assert!(found.contains(one), "no {one} among the demo's {field}s: {found:?}");
        }
    }
}

fn files_of(titles: &[Value]) -> Vec<&Value> {
    titles.iter().flat_map(|title| title["files"].as_array().expect("a title has files")).collect()
}
