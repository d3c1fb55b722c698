//! `make bench-cold`: what viewers of films on a slow disk cost those whose films are in memory, and
//! how much of the disk's bandwidth many viewers get out of it.
//!
//! The disk is throttled for each server alike to what a spinning one gives.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::Advice;
use spillway_benches::range_client::Target;
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{Cubic, FILE_BYTES, Media, Server, pin_to_processor};
use spillway_benches::slow_disk::{DefaultReadAhead, SlowDisk};
use spillway_benches::statistics::{median, percentile};
use spillway_tests::spillway_binary;

const ROUNDS: usize = 6;
/// So much that nobody comes to where somebody else has been.
const FILES: usize = 12;
const READS_PER_SECOND: u32 = 100;
const DISK_BYTES_PER_SECOND: u64 = 100_000_000;
/// Five of a hundred viewers watch what is not in memory.
const WARM_VIEWERS: u64 = 95;
const COLD_VIEWERS: u64 = 5;
const WARM_RANGE_BYTES: u64 = 64 << 10;
const WARM_PAUSE: Duration = Duration::from_millis(100);
/// All watch what is not in memory, each another place.
const GOODPUT_VIEWERS: u64 = 200;
const COLD_RANGE_BYTES: u64 = 8 << 20;
const PHASE: Duration = Duration::from_secs(6);
const ANSWER_WAIT: Duration = Duration::from_mins(1);

/// What one server did in one round.
struct Figures {
    warm_first_byte_ms: Vec<f64>,
    cold_bytes_per_second: f64,
}

fn main() {
    let media = Media::new(FILES);
    let _read_ahead =
        DefaultReadAhead::of_device_with(&media.path()).expect("root, to set what is read ahead");
    let servers = [
        Server::spillway("spillway", &media),
        Server::nginx("nginx", "", &media),
        Server::nginx("nginx aio threads", "aio threads;", &media),
    ];
    let run = RunFolder::create(
        "cold",
        &setting(),
        &[
            ("nginx", said_by("nginx", &["-v"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    pin_to_processor(1);
    let _cubic = Cubic::new();
    let mut csv = String::from("round,server,figure,value\n");
    let mut rounds: Vec<Vec<Figures>> = Vec::new();
    for round in 0..ROUNDS {
        let mut figures: Vec<(usize, Figures)> = Vec::new();
        let mut order: Vec<usize> = (0..servers.len()).collect();
        order.rotate_left(round % servers.len());
        for index in order {
            figures.push((index, measure(&servers[index])));
        }
        figures.sort_by_key(|(index, _)| *index);
        for (index, one) in &figures {
            let name = servers[*index].name();
            let goodput = one.cold_bytes_per_second;
            writeln!(csv, "{round},{name},cold_bytes_per_second,{goodput:.0}")
                .expect("a string can be written");
            for milliseconds in &one.warm_first_byte_ms {
                writeln!(csv, "{round},{name},warm_first_byte_ms,{milliseconds:.3}")
                    .expect("a string can be written");
            }
        }
        rounds.push(figures.into_iter().map(|(_, figures)| figures).collect());
    }
    run.write("raw.csv", &csv);
    let summary = summary(&servers, &rounds);
    run.write("summary.md", &summary);
    report(&summary, &run);
}

fn measure(server: &Server) -> Figures {
    let (warm, cold) = server.targets().split_first().expect("there are several files");
    let folder = warm.file.parent().expect("a file lies in a folder");
    let slow = SlowDisk::for_process(server.pid(), folder, READS_PER_SECOND, DISK_BYTES_PER_SECOND)
        .expect("root, and the blkio controller of cgroup v1");
    heat(warm);
    chill(cold);
    let (warm_first_byte_ms, _) =
        watch(server.address(), Some(warm), cold, WARM_VIEWERS, COLD_VIEWERS);
    chill(cold);
    let (_, cold_bytes) = watch(server.address(), None, cold, 0, GOODPUT_VIEWERS);
    drop(slow);
    Figures { warm_first_byte_ms, cold_bytes_per_second: cold_bytes as f64 / PHASE.as_secs_f64() }
}

/// Brings a file into memory.
fn heat(target: &Target) {
    let mut file = File::open(&target.file).expect("it was written");
    io::copy(&mut file, &mut io::sink()).expect("it can be read");
}

/// Takes files out of memory.
fn chill(targets: &[Target]) {
    for target in targets {
        let file = File::open(&target.file).expect("it was written");
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("a file takes advice");
    }
}

/// Lets viewers watch for [`PHASE`]: the times to the first byte of those of `warm`, in
/// milliseconds, and the bytes that those of `cold` got.
fn watch(
    address: SocketAddr,
    warm: Option<&Target>,
    cold: &[Target],
    warm_viewers: u64,
    cold_viewers: u64,
) -> (Vec<f64>, u64) {
    let is_over = AtomicBool::new(false);
    let cold_bytes = AtomicU64::new(0);
    let first_byte_ms = thread::scope(|scope| {
        let watching: Vec<_> = (0..warm_viewers)
            .filter_map(|viewer| warm.map(|warm| (viewer, warm)))
            .map(|(viewer, warm)| {
                let is_over = &is_over;
                scope.spawn(move || watch_warm(address, warm, viewer, is_over))
            })
            .collect();
        for viewer in 0..cold_viewers {
            let (is_over, cold_bytes) = (&is_over, &cold_bytes);
            scope.spawn(move || {
                watch_cold(address, cold, viewer, cold_viewers, is_over, cold_bytes);
            });
        }
        thread::sleep(PHASE);
        is_over.store(true, Ordering::Relaxed);
        watching
            .into_iter()
            .flat_map(|viewer| viewer.join().expect("a viewer's answers are right"))
            .collect()
    });
    (first_byte_ms, cold_bytes.into_inner())
}

fn watch_warm(address: SocketAddr, target: &Target, viewer: u64, is_over: &AtomicBool) -> Vec<f64> {
    let mut stream = connect(address);
    let mut times = Vec::new();
    let mut place = viewer;
    // Not all at once.
    thread::sleep(WARM_PAUSE / 95 * u32::try_from(viewer).expect("not many"));
    while !is_over.load(Ordering::Relaxed) {
        place = (place + 7919) % (target.size_bytes / WARM_RANGE_BYTES);
        let asked_at = Instant::now();
        ask(&mut stream, target, place * WARM_RANGE_BYTES, WARM_RANGE_BYTES);
        let mut head = [0; 4096];
        let first = stream.read(&mut head).expect("the server answers");
        times.push(asked_at.elapsed().as_secs_f64() * 1000.0);
        let mut left = body_left(&head[..first], WARM_RANGE_BYTES);
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let len_bytes = stream.read(&mut buffer).expect("the server goes on");
            assert!(len_bytes > 0, "the server closed in an answer");
            left -= len_bytes as u64;
        }
        thread::sleep(WARM_PAUSE);
    }
    times
}

/// Watches a stretch of its own, one long range after the other.
fn watch_cold(
    address: SocketAddr,
    targets: &[Target],
    viewer: u64,
    viewers: u64,
    is_over: &AtomicBool,
    cold_bytes: &AtomicU64,
) {
    let mut stream = connect(address);
    let all_bytes = targets.iter().map(|target| target.size_bytes).sum::<u64>();
    let stretch = all_bytes / viewers;
    let mut at = stretch * viewer;
    let end = at + stretch;
    let mut buffer = vec![0; 256 << 10];
    while at < end && !is_over.load(Ordering::Relaxed) {
        let file = usize::try_from(at / FILE_BYTES as u64).expect("not many");
        let target = &targets[file];
        let first = at % FILE_BYTES as u64;
        let len_bytes = COLD_RANGE_BYTES.min(target.size_bytes - first).min(end - at);
        ask(&mut stream, target, first, len_bytes);
        let mut head = [0; 4096];
        let first_read = stream.read(&mut head).expect("the server answers");
        let mut left = body_left(&head[..first_read], len_bytes);
        while left > 0 && !is_over.load(Ordering::Relaxed) {
            let taken = stream.read(&mut buffer).expect("the server goes on");
            assert!(taken > 0, "the server closed in an answer");
            left -= taken as u64;
            cold_bytes.fetch_add(taken as u64, Ordering::Relaxed);
        }
        at += len_bytes;
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server takes connections");
    stream.set_nodelay(true).expect("a socket takes options");
    stream.set_read_timeout(Some(ANSWER_WAIT)).expect("a socket takes options");
    stream
}

fn ask(stream: &mut TcpStream, target: &Target, first: u64, len_bytes: u64) {
    let last = first + len_bytes - 1;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes={first}-{last}\r\n\r\n",
        target.url_path
    );
    stream.write_all(request.as_bytes()).expect("the server takes a request");
}

/// How much payload is still to come behind what holds the head.
fn body_left(received: &[u8], range_bytes: u64) -> u64 {
    assert!(received.starts_with(b"HTTP/1.1 206 "), "{}", String::from_utf8_lossy(received));
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let end = end.expect("a head comes in one piece") + 4;
    range_bytes - (received.len() - end) as u64
}

fn setting() -> String {
    format!(
        "{ROUNDS} rounds of {} s each; {FILES} files of {} MiB, one in memory; a disk of {READS_PER_SECOND} reads and {} MB a \
         second for each server;\nfirst {WARM_VIEWERS} viewers of the file in memory ({} KiB every {} ms) beside {COLD_VIEWERS} greedy \
         ones of the others, then {GOODPUT_VIEWERS} greedy ones of the others alone;\nservers on processor 0, clients on processor 1; the device read ahead what Linux does by default, 128 KiB",
        PHASE.as_secs(),
        FILE_BYTES >> 20,
        DISK_BYTES_PER_SECOND / 1_000_000,
        WARM_RANGE_BYTES >> 10,
        WARM_PAUSE.as_millis(),
    )
}

fn summary(servers: &[Server], rounds: &[Vec<Figures>]) -> String {
    let p99 = |index: usize| {
        let figures = rounds.iter().map(|round| percentile(&round[index].warm_first_byte_ms, 0.99));
        median(&figures.collect::<Vec<_>>())
    };
    let goodput = |index: usize| {
        let figures = rounds.iter().map(|round| round[index].cold_bytes_per_second / 1e6);
        median(&figures.collect::<Vec<_>>())
    };
    let mut text = format!(
        "# Films on a slow disk\n\n{}.\nMedians over rounds with intervals of at least 95 %.\n\n\
         | server | first byte of a warm range, 99th percentile, ms | cold MB/s of {GOODPUT_VIEWERS} viewers |\n\
         | --- | --- | --- |\n",
        setting()
    );
    for (index, server) in servers.iter().enumerate() {
        writeln!(text, "| {} | {} | {} |", server.name(), p99(index), goodput(index))
            .expect("a string can be written");
    }
    let bandwidth = DISK_BYTES_PER_SECOND as f64 / 1e6;
    let times_better = p99(1).value / p99(0).value;
    let goodput_ratio = goodput(0).value / goodput(1).value;
    let to_aio = goodput(0).value / goodput(2).value;
    write!(
        text,
        "\n- the warm first byte within 5 ms (99th percentile): {}\n\
         - at least 20 times sooner than nginx: {times_better:.1}, {}\n\
         - cold goodput at least 4 × nginx: {goodput_ratio:.2}, {}\n\
         - at least 85 % of the disk's bandwidth: {:.0} %, {}\n\
         - at least that of nginx with aio threads: {to_aio:.2}, {}\n",
        holds(p99(0).value <= 5.0),
        holds(times_better >= 20.0),
        holds(goodput_ratio >= 4.0),
        goodput(0).value / bandwidth * 100.0,
        holds(goodput(0).value >= 0.85 * bandwidth),
        holds(to_aio >= 1.0),
    )
    .expect("a string can be written");
    text
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(summary: &str, run: &RunFolder) {
    println!("{summary}\n{}", run.path().display());
}
