//! `make bench-storm`: what viewers feel while pictures are made: 64 requests for pictures that were
//! never made before are always in flight, or a backlog of 10,000 films without pictures is worked on.
//! And that it is the pool which keeps it from them: the same storm over two servers that make pictures
//! as they must not be made (feature `counter-proof`).
//!
//! `bench-storm 10` takes a tenth of the viewers and of the time, and keeps nothing.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use spillway_benches::audience::{ARRIVALS, Audience, PLAYED_AHEAD, Watched};
use spillway_benches::exchange::{Exchange, Range, Scratch, Target};
use spillway_benches::feature_film::{FeatureFilm, SCENE_MS_MAX};
use spillway_benches::random::Random;
use spillway_benches::run_folder::{RunFolder, holds, said_by, top};
use spillway_benches::servers::{Cubic, FILE_BYTES, Media, Server, pinned};
use spillway_benches::spent::{Account, Spent};
use spillway_benches::statistics::{Median, median, percentile};
use spillway_benches::undo::Undo;
use spillway_benches::witness::Witness;
use spillway_tests::spillway_binary;
use spillway_tests::wire::Connection;

/// What viewers watch.
const FILES: usize = 4;
const VIEWERS: usize = 2_000;
const MEGABITS: u64 = 2;
const BYTES_PER_MEGABIT: u64 = 125_000;

/// What pictures are made of, under so many names: pictures of each are its own.
const FILM_SECONDS: u32 = 2_400;
const FILM_SECONDS_MIN: u32 = 600;
const NAMES: usize = 12;
const WIDTHS: [u32; 4] = [160, 320, 640, 1280];

/// Places that are this far apart have pictures of their own.
const STEP_MS: u64 = SCENE_MS_MAX + 500;

/// Requests for pictures at one time.
const IN_FLIGHT: usize = 64;

/// Films that nobody asks for, of which a server makes all pictures that it can.
const BACKLOG: usize = 10_000;

/// After a refusal, before the next is asked for.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// Without and with the storm.
const PAIRS: usize = 6;
/// Of those servers that are to fail.
const COUNTER_PAIRS: usize = 2;
const WINDOW: Duration = Duration::from_secs(20);
const WINDOW_MIN: Duration = Duration::from_secs(4);

/// Who see how soon an answer begins, each on its connection.
const PROBES: usize = 8;
const PROBE_BYTES: u64 = 64 << 10;
const PROBE_PAUSE: Duration = Duration::from_millis(40);

/// Which all share.
const PROCESSORS: usize = 2;

/// Where the program with the feature is, if not in `target/counter-proof`.
const COUNTER_PROOF: &str = "SPILLWAY_COUNTER_PROOF_BIN";

/// What goes on beside the viewers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// [`IN_FLIGHT`] requests for pictures.
    Requests,
    /// Nothing that is asked for; the server works on its backlog.
    Backlog,
}

/// The pictures that were not asked for yet.
struct Pictures {
    films: Vec<String>,
    places: usize,
    next: AtomicUsize,
}

/// Where a run is.
#[derive(Default)]
struct Phase {
    is_measured: AtomicBool,
    is_over: AtomicBool,
}

/// What was seen in one run, once all viewers had arrived.
struct Run {
    bytes: u64,
    /// By the server.
    spent: Spent,
    watched: Watched,
    /// How late the event loops were at worst, one number a second.
    lag_ms: Vec<f64>,
    /// How late the machine woke somebody who goes before all others at worst, one number a second.
    machine_late_ms: Vec<f64>,
    first_byte_ms: Vec<f64>,
    pictures: Drawn,
    /// Films, pictures and sheets that the pool made, by the server's own count.
    made: f64,
}

/// What became of the requests for pictures.
#[derive(Default)]
struct Drawn {
    milliseconds: Vec<f64>,
    refused: usize,
    failed: Vec<String>,
}

struct Pair {
    quiet: Run,
    storm: Run,
}

/// One of a pair's runs.
type Of = fn(&Pair) -> &Run;

/// One server's pairs.
struct Trial {
    name: &'static str,
    pairs: Vec<Pair>,
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn main() {
    let divisor: Option<u32> =
        std::env::args().nth(1).map(|divisor| divisor.parse().expect("a number"));
    let by = divisor.unwrap_or(1);
    let film = FeatureFilm::of_seconds((FILM_SECONDS / by).max(FILM_SECONDS_MIN));
    let mut media = Media::new(FILES);
    media.add_film(film.path(), NAMES);
    media.add_backlog(film.path(), BACKLOG / by as usize);
    let run = divisor.is_none().then(|| {
        let spillway = said_by(&spillway_binary().to_string_lossy(), &["--version"]);
        RunFolder::create("storm", &setting(), &[("spillway", spillway)])
    });
    let window = (WINDOW / by).max(WINDOW_MIN);
    let viewers = VIEWERS / by as usize;
    let _cubic = Cubic::new();
    let trial = |name: &'static str, way: Option<&str>, pairs: usize| {
        let mut command = pinned("0,1", way.map_or_else(spillway_binary, |_| counter_proof()));
        command.envs(way.map(|way| ("SPILLWAY_COUNTER_PROOF", way)));
        let server = Server::spillway_by(command, name, &media);
        let pictures = Pictures::new(&server, &film);
        // What the first of all costs once is not asked of either side.
        pictures.warm_up(&server);
        let run = |beside| measure(&server, beside, &pictures, viewers, window);
        let pair = |number: usize| {
            if number.is_multiple_of(2) {
                let quiet = run(Beside::Nothing);
                Pair { quiet, storm: run(Beside::Requests) }
            } else {
                let storm = run(Beside::Requests);
                Pair { quiet: run(Beside::Nothing), storm }
            }
        };
        Trial { name, pairs: (0..pairs).map(pair).collect() }
    };
    let backlog = backlog(&media, viewers, window);
    let ours = trial("spillway", None, PAIRS);
    let others = [
        trial("decoding in the handler", Some("event-loop"), COUNTER_PAIRS),
        trial("a thread for each request", Some("threads"), COUNTER_PAIRS),
    ];
    let summary = summary(&ours, &backlog, &others);
    println!("{summary}");
    if let Some(run) = run {
        run.write("raw.csv", &raw_csv(&ours, &backlog, &others));
        run.write("summary.md", &summary);
        println!("{}", run.path().display());
    }
}

/// A server without anything to make, and one with a backlog that stands still meanwhile.
fn backlog(media: &Media, viewers: usize, window: Duration) -> Trial {
    let command = || pinned("0,1", spillway_binary());
    let idle = Server::spillway_by(command(), "without a backlog", media);
    let busy = Server::spillway_making_ahead(command(), "with a backlog", media);
    let none = Pictures { films: Vec::new(), places: 0, next: AtomicUsize::new(0) };
    let halted = Halted::new(&busy);
    let quiet = || measure(&idle, Beside::Nothing, &none, viewers, window);
    let storm = || {
        halted.go_on();
        let run = measure(&busy, Beside::Backlog, &none, viewers, window);
        halted.halt();
        run
    };
    let pair = |number: usize| {
        if number.is_multiple_of(2) {
            let quiet = quiet();
            Pair { quiet, storm: storm() }
        } else {
            let storm = storm();
            Pair { quiet: quiet(), storm }
        }
    };
    let pairs = (0..PAIRS).map(pair).collect();
    drop(halted);
    Trial { name: "spillway with a backlog", pairs }
}

/// A server that is stopped by SIGSTOP; it goes on at the end, or it could not end.
struct Halted {
    pid: Pid,
    _going_on: Undo,
}

impl Halted {
    fn new(server: &Server) -> Self {
        let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.expect("a process has a number");
        let going_on = Undo::with(move || {
            // It may have ended.
            let _ = kill_process(pid, Signal::CONT);
        });
        let halted = Self { pid, _going_on: going_on };
        halted.halt();
        halted
    }

    fn halt(&self) {
        kill_process(self.pid, Signal::STOP).expect("it is ours");
    }

    fn go_on(&self) {
        kill_process(self.pid, Signal::CONT).expect("it is ours");
    }
}

fn counter_proof() -> PathBuf {
    let built = || top().join("target/counter-proof/release/spillway");
    let binary = std::env::var_os(COUNTER_PROOF).map_or_else(built, PathBuf::from);
    assert!(binary.is_file(), "{} is missing: `make bench-storm` builds it", binary.display());
    binary
}

impl Pictures {
    fn new(server: &Server, film: &FeatureFilm) -> Self {
        let places = usize::try_from(film.duration_ms() / STEP_MS).expect("few");
        Self { films: server.films().to_vec(), places, next: AtomicUsize::new(0) }
    }

    /// The path of one that nobody has asked for.
    fn take(&self) -> String {
        let number = self.next.fetch_add(1, Relaxed);
        let (width, number) = (WIDTHS[number % WIDTHS.len()], number / WIDTHS.len());
        let (film, place) = (&self.films[number % self.films.len()], number / self.films.len());
        assert!(place < self.places, "all pictures were made: a longer film is needed");
        format!("{film}/thumbnail?position_ms={}&width={width}", place as u64 * STEP_MS)
    }

    /// Opens every film.
    fn warm_up(&self, server: &Server) {
        let mut connection = Connection::open(server.address());
        for _ in 0..self.films.len() * WIDTHS.len() {
            let answer = spillway_benches::servers::get_by(&mut connection, &self.take());
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
    }
}

fn measure(
    server: &Server,
    beside: Beside,
    pictures: &Pictures,
    viewers: usize,
    window: Duration,
) -> Run {
    let rate = MEGABITS * BYTES_PER_MEGABIT;
    let targets = server.targets().to_vec();
    let audience =
        Audience::connect(server.address(), targets, viewers, rate).expect("the server takes them");
    server.assert_congestion_control(viewers);
    let phase = Phase::default();
    thread::scope(|scope| {
        let following = scope.spawn(|| follow_lag(server, &phase));
        let probing: Vec<_> =
            (0..PROBES).map(|number| probe(scope, server, number, &phase)).collect();
        let askers = if beside == Beside::Requests { IN_FLIGHT } else { 0 };
        let asking: Vec<_> =
            (0..askers).map(|_| scope.spawn(|| ask(server, pictures, &phase))).collect();

        let all_there = ARRIVALS.as_secs() + 1;
        let mut seconds = 0;
        let mut begin = None;
        let mut witness = None;
        let (mut bytes_measured, mut spent) = (0, Spent::default());
        let made_before = made_by(server);
        let watched = audience.watch(Duration::from_secs(all_there) + window, |bytes| {
            seconds += 1;
            if seconds >= all_there {
                phase.is_measured.store(true, Relaxed);
                witness.get_or_insert_with(|| Witness::start(PROCESSORS));
                // Threads for one request each have ended by then: this account has them.
                let (account, bytes_before) =
                    begin.get_or_insert_with(|| (Account::of(server.pid()), bytes));
                (bytes_measured, spent) = (bytes - *bytes_before, account.spent());
            }
        });
        phase.is_measured.store(false, Relaxed);
        phase.is_over.store(true, Relaxed);

        let mut drawn = Drawn::default();
        for asker in asking {
            drawn.add(asker.join().expect("who asks does not panic"));
        }
        let first_byte_ms = probing.into_iter().flat_map(|probe| probe.join().expect("a probe"));
        Run {
            bytes: bytes_measured,
            spent,
            watched,
            first_byte_ms: first_byte_ms.collect(),
            lag_ms: following.join().expect("the server tells its lag"),
            machine_late_ms: witness.map(Witness::late_ms).unwrap_or_default(),
            pictures: drawn,
            made: made_by(server) - made_before,
        }
    })
}

/// What the pool of a server has made since its start.
fn made_by(server: &Server) -> f64 {
    const COUNT: &str = r#"spillway_thumbnails_total{how="done"} "#;
    let answer = spillway_benches::servers::get(server.address(), "/metrics");
    let line = answer.text().lines().find_map(|line| line.strip_prefix(COUNT));
    line.and_then(|number| number.parse().ok()).expect("the server counts them")
}

/// What the server says of its event loops, once a second: the number that `/metrics` has. It asks them
/// a hundred times a second as long as somebody follows.
fn follow_lag(server: &Server, phase: &Phase) -> Vec<f64> {
    let mut connection = Connection::open(server.address());
    connection
        .send("GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .expect("the server takes a request");
    let mut lag_ms = Vec::new();
    let lines = BufReader::new(connection.stream()).lines();
    for line in lines.map(|line| line.expect("an event comes each second")) {
        if phase.is_over.load(Relaxed) {
            break;
        }
        let told = line.split_once("\"event_loop_lag_ms\":").map(|(_, rest)| rest);
        let number = told.and_then(|rest| rest.split(',').next()?.parse().ok());
        lag_ms.extend(number.filter(|_: &f64| phase.is_measured.load(Relaxed)));
    }
    lag_ms
}

/// Asks for a little of a file in memory, again and again, and sees how soon the answer begins.
fn probe<'scope>(
    scope: &'scope Scope<'scope, '_>,
    server: &'scope Server,
    number: usize,
    phase: &'scope Phase,
) -> ScopedJoinHandle<'scope, Vec<f64>> {
    scope.spawn(move || {
        let mut exchange = Exchange::connect(server.address()).expect("the server takes it");
        let mut scratch = Scratch::new();
        let mut random = Random::new();
        let mut times_ms = Vec::new();
        // Not all at once.
        thread::sleep(PROBE_PAUSE * u32::try_from(number).expect("few") / 8);
        while !phase.is_over.load(Relaxed) {
            let target = &server.targets()[random.index_below(server.targets().len())];
            let first = random.number() % (target.size_bytes - PROBE_BYTES);
            let took =
                first_byte(&mut exchange, target, first, &mut scratch).expect("the server answers");
            if phase.is_measured.load(Relaxed) {
                times_ms.push(took.as_secs_f64() * 1000.0);
            }
            thread::sleep(PROBE_PAUSE);
        }
        times_ms
    })
}

fn first_byte(
    exchange: &mut Exchange,
    target: &Target,
    first: u64,
    scratch: &mut Scratch,
) -> io::Result<Duration> {
    let asked_at = Instant::now();
    exchange.ask(target, Range { first, len_bytes: Some(PROBE_BYTES) }, false)?;
    while exchange.take(1, scratch)? == 0 {}
    let took = asked_at.elapsed();
    while !exchange.is_idle() {
        exchange.take(PROBE_BYTES, scratch)?;
    }
    Ok(took)
}

/// Asks for one picture after the other.
fn ask(server: &Server, pictures: &Pictures, phase: &Phase) -> Drawn {
    let mut drawn = Drawn::default();
    let mut connection = Connection::open(server.address());
    while !phase.is_over.load(Relaxed) {
        let path = pictures.take();
        let began = Instant::now();
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        let answer = connection.send(request).and_then(|()| connection.read_response());
        let is_measured = phase.is_measured.load(Relaxed);
        match answer {
            Ok(answer) if answer.status == 200 => {
                if is_measured {
                    drawn.milliseconds.push(began.elapsed().as_secs_f64() * 1000.0);
                }
            }
            Ok(answer) if answer.status == 503 => {
                drawn.refused += usize::from(is_measured);
                thread::sleep(REFUSED_PAUSE);
            }
            Ok(answer) => drawn.failed.push(format!("{path}: {}", answer.status)),
            Err(error) => {
                drawn.failed.push(format!("{path}: {error}"));
                connection = Connection::open(server.address());
            }
        }
    }
    drawn
}

impl Drawn {
    fn add(&mut self, other: Self) {
        self.milliseconds.extend(other.milliseconds);
        self.refused += other.refused;
        self.failed.extend(other.failed);
    }
}

impl Run {
    fn megabytes_per_second(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.spent.seconds
    }

    fn pictures_per_second(&self) -> f64 {
        self.pictures.milliseconds.len() as f64 / self.spent.seconds
    }

    fn first_byte_p99_ms(&self) -> f64 {
        percentile(&self.first_byte_ms, 0.99)
    }
}

impl Pair {
    /// Of what came without the storm, what did not come with it.
    fn loss(&self) -> f64 {
        1.0 - self.storm.megabytes_per_second() / self.quiet.megabytes_per_second()
    }

    fn first_byte_ratio(&self) -> f64 {
        self.storm.first_byte_p99_ms() / self.quiet.first_byte_p99_ms()
    }
}

impl Trial {
    fn all(&self, of: Of, figure: impl Fn(&Run) -> f64) -> Vec<f64> {
        self.pairs.iter().map(|pair| figure(of(pair))).collect()
    }

    fn pooled(&self, of: Of, figure: fn(&Run) -> &Vec<f64>) -> Vec<f64> {
        self.pairs.iter().flat_map(|pair| figure(of(pair)).iter().copied()).collect()
    }

    /// The worst second that the storm made.
    fn lag_max_ms(&self) -> f64 {
        percentile(&self.pooled(storm, lag_ms), 1.0)
    }

    fn stalls(&self) -> u64 {
        self.pairs.iter().map(|pair| pair.storm.watched.stalls).sum()
    }

    /// Stalls, films that broke off and pictures that failed, in all runs.
    fn faults(&self) -> Vec<&String> {
        let runs = self.pairs.iter().flat_map(|pair| [&pair.quiet, &pair.storm]);
        runs.flat_map(|run| run.watched.errors.iter().chain(&run.pictures.failed)).collect()
    }
}

fn quiet(pair: &Pair) -> &Run {
    &pair.quiet
}

fn storm(pair: &Pair) -> &Run {
    &pair.storm
}

fn lag_ms(run: &Run) -> &Vec<f64> {
    &run.lag_ms
}

fn machine_late_ms(run: &Run) -> &Vec<f64> {
    &run.machine_late_ms
}

fn setting() -> String {
    format!(
        "{FILES} hot files of {} MiB, {VIEWERS} viewers at {MEGABITS} Mb/s as in bench-scale, arriving in {} s and then \
         measured for {} s; the server and\nits clients share both processors, cubic. {PROBES} probes of a hot file, {} KiB \
         every {} ms, see how soon an answer begins. The storm: {IN_FLIGHT} requests for pictures in flight,\n\
         of {WIDTHS:?} pixels, each for the first time, of a film of {FILM_SECONDS} s in 1080p (H.264, 8 Mb/s) under {NAMES} names. \
         {PAIRS} pairs of a run without and a run with it, in\nalternating order; the same for a server with {BACKLOG} films to make pictures of, of which each has all that the machine leaves; {COUNTER_PAIRS} pairs for each server that \
         makes pictures as they must not be made. A film stalls when a piece comes more than {} s after it was due",
        FILE_BYTES >> 20,
        ARRIVALS.as_secs(),
        WINDOW.as_secs(),
        PROBE_BYTES >> 10,
        PROBE_PAUSE.as_millis(),
        PLAYED_AHEAD.as_secs(),
    )
}

fn raw_csv(ours: &Trial, backlog: &Trial, others: &[Trial]) -> String {
    let mut csv = String::from("server,pair,run,number,figure,value\n");
    for trial in [ours, backlog].into_iter().chain(others) {
        for (number, pair) in trial.pairs.iter().enumerate() {
            for (what, run) in [("quiet", &pair.quiet), ("storm", &pair.storm)] {
                let mut line = |index: usize, figure: &str, value: f64| {
                    writeln!(csv, "{},{number},{what},{index},{figure},{value}", trial.name)
                        .expect("a string can be written");
                };
                for (figure, value) in [
                    ("bytes", run.bytes as f64),
                    ("seconds", run.spent.seconds),
                    ("cpu_seconds", run.spent.cpu_seconds),
                    ("stalls", run.watched.stalls as f64),
                    ("errors", run.watched.errors.len() as f64),
                    (
                        "pieces",
                        (run.watched.chunks_late_ms.len() + run.watched.sips_late_ms.len()) as f64,
                    ),
                    ("pictures", run.pictures.milliseconds.len() as f64),
                    ("pictures_refused", run.pictures.refused as f64),
                    ("pictures_failed", run.pictures.failed.len() as f64),
                    ("made", run.made),
                ] {
                    line(0, figure, value);
                }
                for (figure, values) in [
                    ("lag_ms", &run.lag_ms),
                    ("machine_late_ms", &run.machine_late_ms),
                    ("first_byte_ms", &run.first_byte_ms),
                    ("picture_ms", &run.pictures.milliseconds),
                ] {
                    for (index, value) in values.iter().enumerate() {
                        line(index, figure, (value * 1000.0).round() / 1000.0);
                    }
                }
            }
        }
    }
    csv
}

fn summary(ours: &Trial, backlog: &Trial, others: &[Trial]) -> String {
    let mut text = format!(
        "# Pictures while many watch\n\n{}.\nMedians over runs with intervals of at least 95 %; times over all \
         runs together.\n\n{}\n{}",
        setting(),
        table(ours, backlog, others),
        objectives("64 requests in flight", ours)
            + &objectives("a backlog of 10,000 films", backlog),
    );
    text.push_str("\nAs they must not be made, at most so much of any pair:\n\n");
    for trial in others {
        let loss = percentile(&trial.pairs.iter().map(Pair::loss).collect::<Vec<_>>(), 1.0);
        let ratio =
            percentile(&trial.pairs.iter().map(Pair::first_byte_ratio).collect::<Vec<_>>(), 1.0);
        let keeps =
            loss <= 0.05 && trial.stalls() == 0 && trial.lag_max_ms() <= 5.0 && ratio <= 2.0;
        writeln!(
            text,
            "- {}: {:.1} % of the goodput lost, {} stalls, {:.1} ms of lag, {ratio:.1} × the first byte: {}",
            trial.name,
            loss * 100.0,
            trial.stalls(),
            trial.lag_max_ms(),
            if keeps { "keeps the bars, so this benchmark proves nothing" } else { "fails, as it must" },
        )
        .expect("a string can be written");
    }
    for fault in [ours, backlog]
        .into_iter()
        .chain(others)
        .filter_map(|trial| trial.faults().first().copied())
    {
        writeln!(text, "\nThe first error: {}", fault.trim()).expect("a string can be written");
    }
    text
}

fn table(ours: &Trial, backlog: &Trial, others: &[Trial]) -> String {
    let trials: Vec<&Trial> = [ours, backlog].into_iter().chain(others).collect();
    let columns: Vec<(&Trial, &str, Of)> = trials
        .iter()
        .flat_map(|trial| {
            let quiet: Of = quiet;
            [(*trial, "quiet", quiet), (*trial, "storm", storm)]
        })
        .collect();
    let mut text = String::from("| |");
    for (trial, what, _) in &columns {
        write!(text, " {}: {what} |", trial.name).expect("a string can be written");
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- |".repeat(columns.len()));
    let mut row = |name: &str, cell: &dyn Fn(&Trial, Of) -> String| {
        let cells: Vec<String> = columns.iter().map(|(trial, _, of)| cell(trial, *of)).collect();
        write!(text, "\n| {name} | {} |", cells.join(" | ")).expect("a string can be written");
    };
    row("goodput, MB/s", &|trial, of| middle(&trial.all(of, Run::megabytes_per_second)));
    row("stalls", &|trial, of| {
        trial.pairs.iter().map(|pair| of(pair).watched.stalls).sum::<u64>().to_string()
    });
    row("lag of the event loops, ms: p50, p90 and worst of all seconds", &|trial, of| {
        spread(&trial.pooled(of, lag_ms), &[0.5, 0.9, 1.0])
    });
    row("the machine's own lateness, ms: p50, p90 and worst of all seconds", &|trial, of| {
        spread(&trial.pooled(of, machine_late_ms), &[0.5, 0.9, 1.0])
    });
    row("first byte, ms: p50, p99, p99.9, most", &|trial, of| {
        spread(&trial.pooled(of, |run| &run.first_byte_ms), &[0.5, 0.99, 0.999, 1.0])
    });
    row("pictures a second", &|trial, of| middle(&trial.all(of, Run::pictures_per_second)));
    row("made by the pool", &|trial, of| middle(&trial.all(of, |run| run.made)));
    row("pictures refused", &|trial, of| {
        trial.pairs.iter().map(|pair| of(pair).pictures.refused).sum::<usize>().to_string()
    });
    row("a picture, ms: p50, p99", &|trial, of| {
        spread(&trial.pooled(of, |run| &run.pictures.milliseconds), &[0.5, 0.99])
    });
    row("server, of a processor", &|trial, of| {
        middle(&trial.all(of, |run| run.spent.cpu_seconds / run.spent.seconds))
    });
    text.push_str(
        "\n\nUnfair: clients and probes run on the same two processors, at the priority of the server's event \
         loops; what a probe\nwaits for its own turn is in its times, without the storm as with it.\nThe lag that the server \
         tells is also that of the threads which answer its interface; those that send films are others, and what a handler\n\
         computes does not hold them up.\nThe machine's own lateness is that of threads which go before all others (SCHED_FIFO) and sleep \
         for 10 ms at a time,\none on each processor: no event loop answers sooner.\n",
    );
    text
}

fn objectives(what: &str, ours: &Trial) -> String {
    let loss = over_pairs(ours, Pair::loss);
    let ratio = over_pairs(ours, Pair::first_byte_ratio);
    let lag = ours.pooled(storm, lag_ms);
    // The server asks its loops a hundred times a second and tells the worst of each second: of a thousand
    // answers the worst is in one of ten seconds, and is no later than the worst of all.
    let (at_least, at_most) = (percentile(&lag, 0.9), percentile(&lag, 1.0));
    let without = spread(&ours.pooled(quiet, lag_ms), &[0.9, 1.0]);
    let machine = spread(&ours.pooled(storm, machine_late_ms), &[0.9, 1.0]);
    let refused: usize = ours.pairs.iter().map(|pair| pair.storm.pictures.refused).sum();
    format!(
        "\nBeside {what}:\n\n- goodput lost to the storm at most 5 %: {:.2} % [{:.2}, {:.2}], {}; at most 2 % {}\n\
         - no stall: {}, {}\n\
         - lag of the event loops at most 5 ms (99.9th percentile): between {at_least:.2} and {at_most:.2} ms, {}; at most 2 ms {} (without the storm {without}; the machine itself {machine})\n\
         - the first byte at most 2 × later (99th percentile): {ratio}, {}\n\
         - made by the pool in a run: {}, refused: {refused}\n",
        loss.value * 100.0,
        loss.low * 100.0,
        loss.high * 100.0,
        holds(loss.value <= 0.05),
        holds(loss.value <= 0.02),
        ours.stalls(),
        holds(ours.stalls() == 0 && ours.faults().is_empty()),
        holds(at_most <= 5.0),
        holds(at_most <= 2.0),
        holds(ratio.value <= 2.0),
        middle(&ours.all(storm, |run| run.made)),
    )
}

fn over_pairs(trial: &Trial, figure: fn(&Pair) -> f64) -> Median {
    median(&trial.pairs.iter().map(figure).collect::<Vec<_>>())
}

/// A median, with its interval where there are enough for one.
fn middle(sample: &[f64]) -> String {
    if sample.len() < PAIRS {
        return spread(sample, &[0.5]);
    }
    let Median { value, low, high } = median(sample);
    format!("{value:.2} [{low:.2}, {high:.2}]")
}

fn spread(sample: &[f64], shares: &[f64]) -> String {
    if sample.is_empty() {
        return String::new();
    }
    let at = shares.iter().map(|share| format!("{:.2}", percentile(sample, *share)));
    at.collect::<Vec<_>>().join(", ")
}
