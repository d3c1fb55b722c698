//! Libraries of very many very small files, and how long a server takes to scan them.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use spillway_tests::{TestServer, sample_video, tools};

/// Words that names are made of; the number behind makes each name its own.
const WORDS: [&str; 24] = [
    "Amber", "Bridge", "Canyon", "Drift", "Ember", "Falcon", "Glacier", "Harbour", "Island",
    "Juniper", "Kingdom", "Lantern", "Meadow", "Northern", "Orchard", "Paper", "Quiet", "River",
    "Silver", "Tide", "Umbra", "Valley", "Winter", "Yonder",
];

/// How a scan went, by the server's own account.
#[derive(Debug, Clone, Copy)]
pub struct ScanTime {
    /// From its start to its end.
    pub seconds: f64,
    /// Files whose headers were read.
    pub files_probed: u64,
}

/// Writes `count` films, half MP4 and half Matroska, 100 to a folder, each with bytes of its own.
///
/// # Panics
/// If ffmpeg is missing or the disk is full.
pub fn write_films(media: &Path, count: usize) {
    let matroska = small_matroska();
    for number in 0..count {
        let name = film_name(number);
        let folder = media.join(format!("{:04}", number / 100));
        fs::create_dir_all(&folder).expect("the media folder can be written");
        let (ending, bytes) = if number % 2 == 0 {
            ("mp4", sample_video::mp4(60_000 + number as u64, 4096 + number % 4096))
        } else {
            ("mkv", with_void(&matroska, number))
        };
        fs::write(folder.join(format!("{name}.{ending}")), bytes)
            .expect("the media folder can be written");
    }
}

/// The name of the film with this number, with its year.
pub fn film_name(number: usize) -> String {
    let first = WORDS[number % WORDS.len()];
    let second = WORDS[number / WORDS.len() % WORDS.len()];
    format!("{first} {second} {number} ({})", 1930 + number % 95)
}

impl ScanTime {
    /// Reads it from an item of `GET /api/v1/scans`.
    ///
    /// # Panics
    /// If the scan has not ended well.
    pub fn of(scan: &Value) -> Self {
        assert_eq!(scan["state"], "done", "{scan}");
        let at = |field: &str| scan[field].as_u64().unwrap_or_else(|| panic!("{field} in {scan}"));
        Self {
            seconds: (at("finished_at_ms") - at("started_at_ms")) as f64 / 1000.0,
            files_probed: at("files_probed"),
        }
    }
}

/// Starts a server and waits until its first scan of very many files has ended.
///
/// # Panics
/// If it has not in ten minutes.
pub fn start_and_scan(setup: spillway_tests::Setup) -> (TestServer, Duration) {
    let started = Instant::now();
    let server = setup.start_unready();
    spillway_tests::eventually("the first scan ends", Duration::from_mins(10), || {
        server.get("/readyz").status == 200
    });
    (server, started.elapsed())
}

/// A second of picture and sound that ffprobe and Spillway both understand.
fn small_matroska() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let path = folder.path().join("small.mkv");
    tools::run(
        std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i"])
            .args(["testsrc2=size=64x36:rate=5:duration=1", "-c:v", "libx264", "-g", "5"])
            .arg(&path),
    );
    read(&path)
}

/// The same file with an element behind it that means nothing (EBML Void, RFC 8794 §11.3.2), of
/// varying length and content.
fn with_void(matroska: &[u8], number: usize) -> Vec<u8> {
    let mut content = number.to_le_bytes().to_vec();
    content.resize(8 + number % 100, 0);
    let size = 0x80 | u8::try_from(content.len()).expect("one byte tells up to 126");
    [matroska, &[0xec, size], &content].concat()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it was just written")
}

/// A list's items.
///
/// # Panics
/// If it is not a page.
pub fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a page has items")
}
