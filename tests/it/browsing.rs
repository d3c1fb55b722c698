//! Filters, outlines, favourites, collections, search and progress, as a page uses them.

use std::thread;

use proptest::prelude::*;
use serde_json::{Value, json};
use spillway_tests::{Library, TestServer};

fn id(title: &Value) -> &str {
    title["id"].as_str().expect("a string")
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| item["name"].as_str().expect("a string")).collect()
}

#[test]
fn what_a_list_cannot_be_narrowed_by_is_refused_with_what_is_allowed() {
    let library = Library::new();
    let server = TestServer::with(&library).start();
    for (query, allowed) in [
        ("kind=movie", "film, series, episode, extra, audio"),
        ("watched=yes", "unwatched, started, watched"),
        ("resolution=4k", "sd, hd, full_hd, ultra_hd"),
        ("resolution=sd,", "sd, hd, full_hd, ultra_hd"),
        ("hdr=maybe", "true, false"),
        ("favourite=no", "true"),
        ("year_min=last", "0 to 65535"),
        ("year_max=99999", "0 to 65535"),
        ("video_codec=h264,,av1", "a comma between"),
        ("sort=size", "name, added, year and duration"),
    ] {
        for path in ["/api/v1/titles", "/api/v1/titles/outline"] {
            let answer = server.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, 400, "{path} {query}");
            let detail = answer.json()["detail"].as_str().expect("a text").to_owned();
            assert!(detail.contains(allowed), "{query}: {detail}");
        }
    }
    for (path, status) in [
        ("/api/v1/titles/outline?every=0", 400),
        ("/api/v1/titles/outline?every=201", 400),
        ("/api/v1/filters?kind=movie", 400),
        (&*format!("/api/v1/search?q={}", "x".repeat(501)), 400),
        ("/api/v1/collections/0", 404),
        ("/api/v1/collections/999", 404),
        ("/api/v1/titles?collection=x", 404),
        ("/api/v1/search", 200),
        ("/api/v1/search?q=%00%22*", 200),
        ("/api/v1/titles?person=%22%00&language=%25&video_codec=%27--", 200),
        ("/api/v1/titles?collection=999", 200),
    ] {
        assert_eq!(server.get(path).status, status, "{path}");
    }
}

#[test]
fn any_place_of_a_long_list_is_one_request_away() {
    let library = Library::new();
    for number in 0..120 {
        library.film(&format!("Film {number:03} (2001)"));
    }
    let server = TestServer::with(&library).start();
    let outline = server.get("/api/v1/titles/outline?kind=film&sort=-name&every=50").json();
    assert_eq!((&outline["total"], &outline["every"]), (&json!(120), &json!(50)));
    for (cursor, first) in outline["cursors"].as_array().expect("a list").iter().zip([69, 19]) {
        let cursor = cursor.as_str().expect("a text");
        let page =
            server.get(&format!("/api/v1/titles?sort=-name&limit=50&cursor={cursor}")).json();
        assert_eq!(names(&page)[0], format!("Film {first:03}"));
    }
    let filters = server.get("/api/v1/filters").json();
    assert_eq!(
        (&filters["total"], &filters["years"]),
        (&json!(120), &json!({"min": 2001, "max": 2001}))
    );
    assert_eq!(filters["watched"], json!({"unwatched": 120, "started": 0, "watched": 0}));
    let codec = filters["video_codecs"][0]["value"].as_str().expect("films have a codec");
    let query = format!("/api/v1/titles?video_codec={codec}&year_min=2001&year_max=2001&limit=200");
    assert_eq!(names(&server.get(&query).json()).len(), 120);
}

#[test]
fn favourites_collections_and_marks_survive_a_crash() {
    let library = Library::new();
    for name in ["Alien (1979)", "Brazil (1985)", "Dark/Dark S01E01", "Dark/Dark S01E02"] {
        library.film(name);
    }
    let server = TestServer::with(&library).start();
    let title = |name: &str| {
        let page = server.get("/api/v1/titles").json();
        let items = page["items"].as_array().expect("a list").clone();
        items
            .into_iter()
            .find(|item| item["name"] == name)
            .unwrap_or_else(|| panic!("{name}: {page}"))
    };
    let change = |method: &str, path: &str| server.request(method, path, "").status;
    let alien = format!("/api/v1/titles/{}", id(&title("Alien")));
    for _ in 0..2 {
        assert_eq!(change("PUT", &format!("{alien}/favourite")), 204);
    }
    assert_eq!(change("PUT", "/api/v1/titles/999/favourite"), 404);
    assert_eq!(change("PUT", "/api/v1/titles/999/watched"), 404);
    let dark = format!("/api/v1/titles/{}", id(&title("Dark")));
    assert_eq!(change("PUT", &format!("{dark}/watched?season=2")), 404);
    assert_eq!(change("PUT", &format!("{dark}/watched?season=x")), 400);
    assert_eq!(change("PUT", &format!("{dark}/watched?season=1")), 204);
    assert_eq!(title("Dark")["episodes"], json!({"listed": 2, "watched": 2}));
    assert_eq!(title("Alien")["episodes"], Value::Null);

    let made = server.send_json("POST", "/api/v1/collections", &json!({"name": "Mine"}));
    assert_eq!(made.status, 201, "{}", made.text());
    let collection = format!("/api/v1/collections/{}", id(&made.json()));
    for (method, path, body, status) in [
        ("POST", "/api/v1/collections", json!({"name": "Mine"}), 409),
        ("POST", "/api/v1/collections", json!({"name": " "}), 400),
        ("POST", "/api/v1/collections", json!({"name": "x".repeat(201)}), 400),
        ("POST", "/api/v1/collections", json!({"name": 7}), 422),
        ("POST", "/api/v1/collections", json!({"name": "x", "more": 1}), 422),
        ("PATCH", &*collection, json!({"name": "Yours"}), 200),
        ("PATCH", "/api/v1/collections/999", json!({"name": "Yours"}), 404),
    ] {
        let answer = server.send_json(method, path, &body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text());
    }
    let in_it = format!("{collection}/titles/{}", id(&title("Alien")));
    assert_eq!(change("PUT", &in_it), 204);
    assert_eq!(change("PUT", &format!("{collection}/titles/999")), 404);
    let foreign = "Sec-Fetch-Site: cross-site\r\n";
    for (method, path) in [("PATCH", &*collection), ("DELETE", &collection), ("PUT", &in_it)] {
        assert_eq!(server.request(method, path, foreign).status, 403, "{method} {path}");
    }

    let again = server.kill_and_set_up(&library).start();
    let found = again.get("/api/v1/search?q=your").json();
    assert_eq!(found["collections"][0]["titles"], 1);
    let id = found["collections"][0]["id"].as_str().expect("a text");
    let query = format!("/api/v1/titles?collection={id}&favourite=true&watched=unwatched");
    assert_eq!(names(&again.get(&query).json()), ["Alien"]);
    let watched = again.get("/api/v1/titles?kind=series&watched=watched").json();
    assert_eq!(names(&watched), ["Dark"]);
    let detail = again.get(&alien).json();
    assert_eq!(detail["collections"], json!([{"id": id, "name": "Yours"}]));
    let home = again.get("/api/v1/home").json();
    let rows: Vec<&str> = home["rows"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["id"].as_str())
        .collect();
    assert_eq!(rows[0], "favourites", "{rows:?}");
    assert!(rows.contains(&"unwatched"), "{rows:?}");
}

#[test]
fn reports_of_progress_in_any_order_from_several_connections_leave_the_greatest() {
    let library = Library::new();
    library.film("Alien (1979)").lasting_ms(100_000);
    let server = TestServer::with(&library).start();
    let titles = server.titles();
    let path = format!("/api/v1/titles/{}/progress", id(&titles[0]));
    let put = |session: &str, sequence: u64, position_ms: u64| {
        let body = json!({"position_ms": position_ms, "duration_ms": 100_000,
                          "session": session, "sequence": sequence});
        server.send_json("PUT", &path, &body)
    };
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 12, ..Default::default() });
    let number = std::sync::atomic::AtomicUsize::new(0);
    let arriving = proptest::collection::vec(0u64..12, 1..12);
    runner
        .run(&arriving, |arriving| {
            let session = format!("s{}", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            let (one, other) = arriving.split_at(arriving.len() / 2);
            thread::scope(|scope| {
                let (put, session) = (&put, &session);
                for part in [one, other] {
                    scope.spawn(move || {
                        for sequence in part {
                            let answer = put(session, *sequence, sequence * 1_000);
                            assert_eq!(answer.status, 200, "{}", answer.text());
                            let stored = answer.json()["position_ms"].as_u64().expect("a number");
                            assert!(stored >= sequence * 1_000, "an answer is what is stored");
                        }
                    });
                }
            });
            let greatest = arriving.iter().max().expect("one arrived at least");
            let stored = server.get(path.trim_end_matches("/progress")).json();
            prop_assert_eq!(&stored["progress"]["position_ms"], &json!(greatest * 1_000));
            Ok(())
        })
        .expect("they converge");
    for (body, status) in [
        (json!({"position_ms": 1, "duration_ms": 2, "session": "x"}), 422),
        (json!({"position_ms": 1, "duration_ms": 2, "sequence": 1}), 422),
        (json!({"position_ms": 1, "duration_ms": 2, "session": "", "sequence": 1}), 422),
        (
            json!({"position_ms": 1, "duration_ms": 2, "session": "x".repeat(65), "sequence": 1}),
            422,
        ),
        (json!({"position_ms": 1, "duration_ms": 2, "session": "x", "sequence": -1}), 422),
        (json!({"position_ms": 1, "duration_ms": 2, "session": "x", "sequence": u64::MAX}), 200),
    ] {
        assert_eq!(server.send_json("PUT", &path, &body).status, status, "{body}");
    }
}
