//! What people get wrong and what breaks under them: each a clear message that says what to do, a
//! proper status, and nothing lost.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use serde_json::json;
use spillway_tests::{Finished, Library, ServerProcess, TestServer, eventually, tools};

use crate::leftovers::Baseline;
use crate::one_film::OneFilm;

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let library = Library::new();
    let media = library.path().to_string_lossy().into_owned();
    let configuration = library.file("spillway.toml", b"listn = \"127.0.0.1:0\"\n");
    let configuration = configuration.to_string_lossy().into_owned();
    let torn = library.file("torn.toml", b"listen = \"127");
    let torn = torn.to_string_lossy().into_owned();
    for (arguments, word) in [
        (vec!["serve", "--meda", &media], "--meda"),
        (vec!["serv"], "serve"),
        (vec!["serve"], "--media"),
        (vec!["serve", "--media", &media, "--listen", "here"], "--listen"),
        (vec!["serve", "--media", &media, "--listen", "127.0.0.1:99999"], "99999"),
        (vec!["serve", "--media", &media, "--config", &configuration], "listn"),
        (vec!["serve", "--media", &media, "--config", &torn], "torn.toml"),
        (vec!["serve", "--config", "/nowhere/spillway.toml"], "/nowhere/spillway.toml"),
    ] {
        let Err(finished) = ServerProcess::start(&arguments) else {
            panic!("{arguments:?} was taken")
        };
        assert!(finished.exited_with(2), "{arguments:?}: {}", finished.status);
        assert_refusal(&finished, word);
    }
}

#[test]
fn a_media_folder_that_is_not_there_is_named() {
    let library = Library::new();
    let file = library.file("film.mp4", b"");
    for folder in [library.path().join("missing"), file] {
        let finished = TestServer::with(&library).media(&folder).refuse();
        assert_refusal(&finished, &folder.to_string_lossy());
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let library = Library::new();
    let file = library.file("film.mp4", b"");
    let data = file.join("data");
    let arguments = [
        OsString::from("serve"),
        "--media".into(),
        library.path().into(),
        "--data".into(),
        data.clone().into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
    ];
    let Err(finished) = ServerProcess::start(arguments) else { panic!("it started") };
    assert_refusal(&finished, &data.to_string_lossy());
}

#[test]
fn an_occupied_port_is_named() {
    let library = Library::new();
    let occupant = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = occupant.local_addr().expect("it is bound").to_string();
    let data = library.path().join("data");
    let arguments = [
        OsString::from("serve"),
        "--media".into(),
        library.path().into(),
        "--data".into(),
        data.into(),
        "--listen".into(),
        address.clone().into(),
    ];
    let Err(finished) = ServerProcess::start(arguments) else { panic!("it started") };
    assert_refusal(&finished, &address);
    assert!(finished.stderr.contains("--listen"), "{}", finished.stderr);
}

#[test]
fn listening_beyond_loopback_is_warned_of() {
    let library = Library::new();
    let data = library.path().join("data");
    let arguments = [
        OsString::from("serve"),
        "--media".into(),
        library.path().into(),
        "--data".into(),
        data.into(),
        "--listen".into(),
        "0.0.0.0:0".into(),
    ];
    let server = ServerProcess::start(arguments).expect("it starts");
    let finished = server.stop();
    assert!(finished.stderr.contains("accounts"), "{}", finished.stderr);
    let beside = TestServer::with(&library).start().stop();
    assert!(!beside.stderr.contains("accounts"), "{}", beside.stderr);
}

#[test]
fn a_damaged_catalog_is_neither_used_nor_deleted() {
    for damage in ["noise", "torn page"] {
        let library = Library::new();
        library.film("Alien (1979)");
        let setup = TestServer::with(&library).start().stop_and_set_up(&library);
        let catalog = catalog_in(setup.data());
        let mut bytes = fs::read(&catalog).expect("the catalog is there");
        match damage {
            "noise" => bytes.fill(0x5a),
            _ => bytes[..8192].fill(0),
        }
        fs::write(&catalog, &bytes).expect("the data folder can be written");
        let finished = setup.refuse();
        assert_refusal(&finished, "catalog");
        assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    }
}

#[test]
fn a_catalog_of_a_newer_version_is_refused_and_left_alone() {
    let library = Library::new();
    library.film("Alien (1979)");
    let setup = TestServer::with(&library).start().stop_and_set_up(&library);
    let catalog = catalog_in(setup.data());
    tools::run(Command::new("sqlite3").arg(&catalog).arg(
        "insert into _sqlx_migrations values (99990101, 'later', current_timestamp, 1, x'00', 1)",
    ));
    let before = fs::read(&catalog).expect("the catalog is there");
    let finished = setup.refuse();
    assert!(fs::read(&catalog).expect("it is still there") == before, "it was written to");
    assert_refusal(&finished, "newer");
}

#[test]
fn malformed_requests_get_a_4xx_and_nothing_else() {
    let one = OneFilm::with_payload_bytes(1000);
    let (folder, _) = one.url.rsplit_once('/').expect("a URL has slashes");
    let overlong = format!("/{}", "x".repeat(30_000));
    let longer_than_any_head = format!("/{}", "x".repeat(200_000));
    let many_headers = "X-Header: 1\r\n".repeat(5000);
    for (name, request_line, headers) in [
        ("dots", "GET /../../../../etc/passwd HTTP/1.1".to_owned(), ""),
        ("dots below files", format!("GET {folder}/../../../etc/passwd HTTP/1.1"), ""),
        ("encoded slashes", "GET /files/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1".into(), ""),
        ("encoded dots", "GET /files/%2e%2e/%2e%2e/etc/passwd HTTP/1.1".into(), ""),
        ("a NUL", "GET /files/%00/%00 HTTP/1.1".into(), ""),
        ("a NUL in an identifier", "GET /api/v1/titles/1%00 HTTP/1.1".into(), ""),
        ("half an escape", "GET /files/%/x HTTP/1.1".into(), ""),
        ("no UTF-8", "GET /api/v1/titles/%ff%fe HTTP/1.1".into(), ""),
        ("no UTF-8 in a query", "GET /api/v1/titles?limit=%ff HTTP/1.1".into(), ""),
        ("an overlong path", format!("GET {overlong} HTTP/1.1"), ""),
        ("a path longer than any head", format!("GET {longer_than_any_head} HTTP/1.1"), ""),
        ("more headers than anybody sends", "GET / HTTP/1.1".into(), &*many_headers),
        ("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}".into(), ""),
        ("an unknown version", "GET / HTTP/7.3".into(), ""),
        ("a number as a method", "1 / HTTP/1.1".into(), ""),
    ] {
        let mut connection = one.server.connect();
        let host = one.server.address();
        // A server that refuses early may close before all is written.
        let _ = connection.send(format!("{request_line}\r\nHost: {host}\r\n{headers}\r\n"));
        match connection.read_response() {
            Ok(response) => {
                assert!((400..500).contains(&response.status), "{name}: {}", response.status);
                assert!(!response.body.starts_with(b"root:"), "{name}");
            }
            // Closing without an answer is an answer to what is not HTTP or has no end.
            Err(error) => assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "{name}"),
        }
    }
    assert!(one.server.get(&one.url).body == one.bytes, "and films go on");
}

#[test]
fn a_name_that_another_site_pointed_here_is_refused() {
    let one = OneFilm::with_payload_bytes(1000);
    for path in ["/", "/api/v1/titles", &one.url] {
        let mut connection = one.server.connect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: films.example.org\r\n\r\n");
        connection.send(request).expect("the server takes a request");
        let answer = connection.read_response().expect("the server answers");
        assert_eq!(answer.status, 421, "{path}");
        assert!(answer.text().contains("films.example.org"), "{}", answer.text());
    }
}

#[test]
fn a_full_disk_stops_no_film_and_loses_nothing() {
    // Some containers let nobody mount anything; whoever runs the tests there has to say so.
    if env::var_os("SPILLWAY_NO_MOUNTS").is_some() {
        return;
    }
    let FullDisk { one, filler } = &FullDisk::start();
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let path = format!("/api/v1/titles/{id}/progress");
    let put = |position_ms: u64| {
        let body = json!({"position_ms": position_ms, "duration_ms": 1_000_000});
        one.server.send_json("PUT", &path, &body)
    };
    assert_eq!(put(1).status, 200);

    let mut chunk_bytes = 1 << 20;
    let mut filling = fs::File::create(filler).expect("there is space left");
    while chunk_bytes > 0 {
        if std::io::Write::write_all(&mut filling, &vec![1; chunk_bytes]).is_err() {
            chunk_bytes /= 2;
        }
    }
    let mut stored = 1;
    let refused = (2..5000).find_map(|position_ms| {
        let answer = put(position_ms);
        if answer.status == 200 {
            stored = position_ms;
        }
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect("a full disk takes no more");
    assert_eq!(refused.status, 507, "{}", refused.text());
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert!(one.server.get(&one.url).body == one.bytes, "films go on");
    let kept = one.server.get(&format!("/api/v1/titles/{id}")).json();
    assert_eq!(kept["progress"]["position_ms"], stored, "what was stored is kept");

    drop(filling);
    fs::remove_file(filler).expect("our own file");
    eventually("with space it goes on", Duration::from_secs(10), || put(9_999).status == 200);
}

#[test]
fn a_catalog_that_somebody_else_locks_stops_no_film_and_is_a_503_in_time() {
    let one = OneFilm::with_payload_bytes(100_000);
    let before = Baseline::of(&one.server);
    let id = one.server.titles()[0]["id"].as_str().expect("a string").to_owned();
    let path = format!("/api/v1/titles/{id}/progress");
    let put = || one.server.send_json("PUT", &path, &json!({"position_ms": 1, "duration_ms": 9}));
    tools::require("sqlite3");
    let mut other = Command::new("sqlite3")
        .arg(catalog_in(one.server.data()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sqlite3 runs");
    let mut orders = other.stdin.take().expect("it is piped");
    orders.write_all(b"BEGIN IMMEDIATE;\nSELECT 'locked';\n").expect("it reads them");
    let mut said = [0; 6];
    other.stdout.take().expect("it is piped").read_exact(&mut said).expect("it is locked");
    let asked_at = Instant::now();
    let refused = put();
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some());
    assert!(asked_at.elapsed() < Duration::from_secs(35), "{:?}", asked_at.elapsed());
    assert!(one.server.get(&one.url).body == one.bytes, "films go on");
    assert_eq!(one.server.titles().len(), 1, "lists too");
    drop(orders);
    other.wait().expect("it ends with its orders");
    assert_eq!(put().status, 200, "and then it goes on");
    before.assert_met_again(&one.server);
}

#[test]
fn names_cannot_write_lines_into_the_log_nor_headers_into_an_answer() {
    const NAME: &str = "Evil\r\nX-Injected: yes\r\n\u{1b}[31m ERROR all is lost (1999).mp4";
    for format in ["text", "json"] {
        let library = Library::new();
        let film = library.film("Alien (1979)");
        library.file(NAME, &film.bytes());
        let server = TestServer::with(&library)
            .argument("--log")
            .argument("warn,spillway=debug")
            .argument("--log-format")
            .argument(format)
            .start();
        let before = Baseline::of(&server);
        let titles = server.titles();
        let files = titles.iter().flat_map(|title| title["files"].as_array().expect("files"));
        let url = files
            .map(|file| file["url"].as_str().expect("a string"))
            .find(|url| url.contains("Evil"))
            .unwrap_or_else(|| panic!("it is not listed: {titles:#?}"));
        let answer = server.get(url);
        assert_eq!((answer.status, answer.header("x-injected")), (200, None));
        assert_eq!(answer.body, film.bytes());
        // What a client says is logged too.
        let mut client = server.connect();
        let request = "GET /api/v1/titles/%0a%1b[31mERROR?%0d%0a HTTP/1.1\r\nHost: localhost\r\n\
                       User-Agent: \x1b[31m\tERROR\r\nConnection: close\r\n\r\n";
        client.send(request).expect("it is taken");
        let _ = client.read_to_end();
        before.assert_met_again(&server);
        let log = server.stop().stderr;
        assert!(log.contains("Evil"), "it is not logged");
        for line in log.lines() {
            assert!(!line.contains('\u{1b}'), "{format}: {}", line.escape_debug());
            assert!(!line.starts_with("X-Injected"), "{format}: {}", line.escape_debug());
            assert!(!line.trim_start().starts_with("ERROR"), "{format}: {}", line.escape_debug());
            let is_json = serde_json::from_str::<serde_json::Value>(line).is_ok();
            assert_eq!(is_json, format == "json", "{}", line.escape_debug());
        }
    }
}

/// A server whose data folder is a small disk of its own.
struct FullDisk {
    one: OneFilm,
    /// A file on that disk, as seen from outside.
    filler: PathBuf,
}

impl FullDisk {
    /// The disk is a tmpfs in the server's own mount namespace, gone with it.
    fn start() -> Self {
        let alone = ["unshare", "--user", "--map-root-user", "--mount"];
        let try_out = Command::new(alone[0])
            .args(&alone[1..])
            .args(["mount", "-t", "tmpfs", "none", "/mnt"])
            .output()
            .expect("unshare is installed");
        assert!(
            try_out.status.success(),
            "no disk can be mounted here ({}): set SPILLWAY_NO_MOUNTS=1 to leave this test out",
            String::from_utf8_lossy(&try_out.stderr)
        );
        let library = Library::new();
        let film = library.film("Alien (1979)").with_payload_bytes(1000);
        let setup = TestServer::with(&library);
        let data = setup.data().to_owned();
        let mount =
            format!("mount -t tmpfs -o size=8m none '{}' && exec \"$@\"", data.to_string_lossy());
        let runner = alone.iter().copied().chain(["sh", "-c", &mount, "sh"]).map(OsString::from);
        let server = setup.run_by(runner).start();
        let inside = data.strip_prefix("/").expect("temporary folders are absolute");
        let filler = Path::new("/proc")
            .join(server.pid().to_string())
            .join("root")
            .join(inside)
            .join("filler");
        Self { one: OneFilm::of(library, film, server), filler }
    }
}

fn catalog_in(data: &Path) -> PathBuf {
    let files = fs::read_dir(data).expect("the data folder is there");
    let paths = files.map(|entry| entry.expect("it can be listed").path());
    paths
        .filter(|path| fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3")))
        .max_by_key(|path| path.metadata().map_or(0, |metadata| metadata.len()))
        .expect("there is a catalog")
}

/// It ended at once, said what about on standard error, and promised nothing on standard output.
fn assert_refusal(finished: &Finished, word: &str) {
    assert!(!finished.status.success(), "it ended well: {}", finished.stderr);
    assert!(finished.stderr.contains(word), "{word:?} is not in {:?}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}
