//! `make bench-scan`: how quickly folders become a catalog, and what an unchanged library costs.
//!
//! The server's own account of its scans (`/api/v1/scans`) is compared with one `ffprobe` process
//! for each file, which is how many programs of this kind work.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use spillway_benches::many_files::{ScanTime, start_and_scan, write_films};
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::statistics::median;
use spillway_tests::{Library, TestServer, spillway_binary, tools};

/// Fresh scans, each into an empty catalog.
const ROUNDS: usize = 7;
const FILES: usize = 6000;
/// An `ffprobe` takes tens of milliseconds: a sample of the same files is enough.
const FFPROBE_SAMPLE: usize = 150;
const UNCHANGED_FILES: usize = 100_000;
const UNCHANGED_ROUNDS: usize = 11;

fn main() {
    let setting = format!(
        "{ROUNDS} scans of {FILES} small files (half MP4, half Matroska) into an empty catalog, \
         hot, alternating with one ffprobe process for each of {FFPROBE_SAMPLE} of them, one after \
         the other and two at a time;\n{UNCHANGED_ROUNDS} rescans of {UNCHANGED_FILES} unchanged \
         files, hot"
    );
    let run = RunFolder::create(
        "scan",
        &setting,
        &[
            ("ffprobe", said_by("ffprobe", &["-version"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    let mut csv = String::from("what,round,files,seconds,files_per_second\n");
    let mut note = |what: &str, round: usize, files: usize, seconds: f64| -> f64 {
        let files_per_second = files as f64 / seconds;
        writeln!(csv, "{what},{round},{files},{seconds:.4},{files_per_second:.1}")
            .expect("a string can be written");
        files_per_second
    };

    let library = Library::new();
    write_films(library.path(), FILES);
    let sample: Vec<PathBuf> = library
        .listing()
        .into_iter()
        .step_by(FILES / FFPROBE_SAMPLE)
        .map(|(path, _)| path)
        .collect();
    let (mut ours, mut one_by_one, mut two_at_a_time) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (server, _) = start_and_scan(TestServer::with(&library));
        let scan = ScanTime::of(&server.get("/api/v1/scans").json()["items"][0]);
        assert_eq!(scan.files_probed, FILES as u64, "every file was read");
        assert_eq!(server.all_items("/api/v1/findings").len(), 0, "and understood");
        drop(server);
        ours.push(note("scan", round, FILES, scan.seconds));
        let seconds = ffprobe_all(&sample, 1);
        one_by_one.push(note("ffprobe", round, sample.len(), seconds));
        let seconds = ffprobe_all(&sample, 2);
        two_at_a_time.push(note("ffprobe two at a time", round, sample.len(), seconds));
    }
    drop(library);

    let library = Library::new();
    write_films(library.path(), UNCHANGED_FILES);
    let (server, first_scan) = start_and_scan(TestServer::with(&library));
    note("first scan of the large library", 0, UNCHANGED_FILES, first_scan.as_secs_f64());
    let mut unchanged = Vec::new();
    for round in 0..UNCHANGED_ROUNDS {
        let asked_at = Instant::now();
        let scan = ScanTime::of(&server.scan());
        assert_eq!(scan.files_probed, 0, "nothing has changed");
        assert!(scan.seconds <= asked_at.elapsed().as_secs_f64() + 0.002, "the account is honest");
        note("unchanged rescan", round, UNCHANGED_FILES, scan.seconds);
        unchanged.push(scan.seconds);
    }
    drop(server);

    let ratio = |others: &[f64]| {
        median(&ours.iter().zip(others).map(|(ours, other)| ours / other).collect::<Vec<_>>())
    };
    let (ours, unchanged) = (median(&ours), median(&unchanged));
    let summary = format!(
        "# Scanning\n\n{setting}.\nMedians with intervals of at least 95 %; ratios within rounds.\n\n\
         | what | files/s | against it |\n| --- | --- | --- |\n\
         | Spillway, from folders to catalog | {ours} | |\n\
         | an ffprobe process for each file | {} | {} |\n\
         | the same, two at a time | {} | {} |\n\n\
         An unchanged rescan of {UNCHANGED_FILES} files: {unchanged} s.\n\n\
         - at least 2,000 files/s: {}\n- at least 100 × ffprobe: {}\n\
         - an unchanged rescan in at most 1 s: {}\n\n\
         Unfair to us: our figure includes names, NFO files, artwork and the catalog's commits; ffprobe's \
         reads headers alone. Unfair to ffprobe: it looks into the first pictures as well, and most of \
         its time is starting a process. The files are as small as files get; on real ones both wait for the disk.\n",
        median(&one_by_one),
        ratio(&one_by_one),
        median(&two_at_a_time),
        ratio(&two_at_a_time),
        holds(ours.value >= 2000.0),
        holds(ratio(&one_by_one).value >= 100.0),
        holds(unchanged.value <= 1.0),
    );
    run.write("raw.csv", &csv);
    run.write("summary.md", &summary);
    report(&summary, &run);
}

/// Runs one `ffprobe` for each file, so many at a time, and says how long that took.
fn ffprobe_all(files: &[PathBuf], at_a_time: usize) -> f64 {
    let started = Instant::now();
    thread::scope(|scope| {
        for share in 0..at_a_time {
            scope.spawn(move || {
                for file in files.iter().skip(share).step_by(at_a_time) {
                    tools::run(
                        Command::new("ffprobe")
                            .args(["-v", "error", "-of", "json", "-show_format", "-show_streams"])
                            .arg(file),
                    );
                }
            });
        }
    });
    started.elapsed().max(Duration::from_millis(1)).as_secs_f64()
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(summary: &str, run: &RunFolder) {
    println!("{summary}\n{}", run.path().display());
}
