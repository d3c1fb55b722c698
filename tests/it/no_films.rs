//! What stands where a film stood, and is none: refused at once, whoever waits behind it.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use spillway_tests::{Library, TestServer, tools};

use crate::leftovers::Baseline;

/// On a machine that does other things too.
const AT_ONCE: Duration = Duration::from_secs(5);

/// More than there are threads that may wait for files being opened.
const CLIENTS: usize = 100;

/// In a file that is not of the library.
const CANARY: &[u8] = b"nobody may read this";

#[test]
fn what_is_no_file_is_refused_at_once_and_holds_up_nobody() {
    type Put<'a> = &'a dyn Fn(&Path);
    let outside = tempfile::tempdir().expect("a temporary folder");
    let secret = outside.path().join("secret.mp4");
    fs::write(&secret, CANARY).expect("written");
    let make_fifo = |path: &Path| drop(tools::run(Command::new("mkfifo").arg(path)));
    let cases: [(&str, Put<'_>); 7] = [
        ("Pipe (1971)", &make_fifo),
        ("Folder (1972)", &|path| fs::create_dir(path).expect("made")),
        ("Socket (1973)", &|path| drop(UnixListener::bind(path).expect("made"))),
        ("Link out (1974)", &|path| symlink(&secret, path).expect("made")),
        ("Loop (1975)", &|path| symlink(path, path).expect("made")),
        ("Device (1976)", &|path| symlink("/dev/zero", path).expect("made")),
        ("Nothing (1977)", &|_| {}),
    ];
    let library = Library::new();
    let other = library.film("Brazil (1985)").with_payload_bytes(1 << 20).bytes();
    let paths = cases.map(|(name, _)| library.film(name).path().to_owned());
    let server = TestServer::with(&library).start();
    let before = Baseline::of(&server);
    let other_url = server.file_url("Brazil (1985).mp4");
    let urls = cases.map(|(name, _)| server.file_url(&format!("{name}.mp4")));
    for (((name, put), path), url) in cases.iter().zip(&paths).zip(&urls) {
        fs::remove_file(path).expect("it is there");
        put(path);
        let begun = Instant::now();
        let request = format!("GET {url} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
        let mut clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut client = server.connect();
                client.send(&request).expect("it is taken");
                client
            })
            .collect();
        assert!(server.get(&other_url).body == other, "{name}: films go on");
        for client in &mut clients {
            let answer = client.read_response().expect("an answer");
            // 403 for what leads out of the library, until a scan has found it gone.
            assert!([403, 404].contains(&answer.status), "{name}: {}", answer.text());
            assert!(!answer.body.windows(CANARY.len()).any(|part| part == CANARY), "{name}");
        }
        assert!(begun.elapsed() < AT_ONCE, "{name}: {:?}", begun.elapsed());
    }
    before.assert_met_again(&server);
}
