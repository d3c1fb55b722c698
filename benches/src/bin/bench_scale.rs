//! `make bench-scale`: very many viewers at the speed of their films, what each costs, answers that
//! take as long as a timer of TCP, and how fair greedy clients are served.
//!
//! `bench-scale 20` takes a twentieth of the viewers, answers and clients, and keeps nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use spillway_benches::audience::{
    ARRIVALS, Audience, CHUNK_SECONDS, PLAYED_AHEAD, SIP_BYTES, SIPPER_BUFFER_BYTES, Watched,
};
use spillway_benches::cpu;
use spillway_benches::exchange::{Exchange, Range, Scratch, Target};
use spillway_benches::memory::{Memory, sockets_pressure_bytes};
use spillway_benches::random::Random;
use spillway_benches::range_client::{CHECK_EVERY, Load};
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{Cubic, FILE_BYTES, Measured, Media, Server, pin_to_processor};
use spillway_benches::statistics::{jain_index, percentile};
use spillway_tests::spillway_binary;

const FILES: usize = 4;
/// What the server may open, and we.
const DESCRIPTORS: u64 = 20_000;
const FEW: usize = 64;
const MANY: usize = 19_000;
/// Viewers of better films.
const FAST: usize = 10_000;
const BYTES_PER_MEGABIT: u64 = 125_000;
/// What is measured of an audience, once all have arrived.
const WINDOW: Duration = Duration::from_secs(24);

const ANSWERS: usize = 100_000;
/// Around what one segment, one buffer and one turn of the server hold.
const ANSWER_BYTES: [u64; 4] = [1_000, 10_000, 64 << 10, 100_000];
/// Each on a connection of its own.
const ASKING_AT_ONCE: usize = 8;
/// Every second answer, more or less, is asked for after a pause of up to this: a connection between
/// two turns of its player.
const PAUSE_US_MAX: u64 = 4_000;
/// Delayed acknowledgements (40 ms), and the shortest retransmission and cork (200 ms).
const BANDS_MS: [(f64, f64); 2] = [(35.0, 50.0), (195.0, 215.0)];

/// Answers that are listed one by one.
const SLOW_MS: f64 = 20.0;

const GREEDY: usize = 1_000;
const GREEDY_RANGES_KIB: [u64; 2] = [64, 8192];
const GREEDY_DURATION: Duration = Duration::from_secs(12);

/// Viewers of one kind of film, all of one server.
struct Crowd {
    server: &'static str,
    viewers: usize,
    megabits: u64,
    before: Memory,
    /// One a second, from when all had arrived.
    samples: Vec<Sample>,
    watched: Watched,
}

#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    bytes: u64,
    server_cpu_seconds: f64,
    client_cpu_seconds: f64,
    /// Of the server's processor, whoever used it.
    busy_seconds: f64,
    memory: Memory,
}

/// How long answers of one length took.
struct Answers {
    len_bytes: u64,
    times_ms: Vec<f64>,
    /// When each was asked for, since the first of all.
    asked_at_s: Vec<f64>,
}

/// Clients who take what they can get.
struct Greedy {
    range_kib: u64,
    measured: Measured,
    /// Of one processor, while they were served.
    server_share: f64,
    busy_share: f64,
    megabytes: Vec<f64>,
}

struct Results {
    crowds: Vec<Crowd>,
    tails: Vec<Answers>,
    greedy: Vec<Greedy>,
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn main() {
    let divisor = std::env::args().nth(1).map(|divisor| divisor.parse().expect("a number"));
    raise_descriptor_limit();
    let media = Media::new(FILES);
    let run = divisor.is_none().then(|| {
        let spillway = said_by(&spillway_binary().to_string_lossy(), &["--version"]);
        let nginx = said_by("nginx", &["-v"]);
        RunFolder::create("scale", &setting(), &[("nginx", nginx), ("spillway", spillway)])
    });
    pin_to_processor(1);
    let results = measure(&media, divisor.unwrap_or(1));
    let summary = summary(&results);
    println!("{summary}");
    if let Some(run) = run {
        run.write("raw.csv", &raw_csv(&results));
        run.write("summary.md", &summary);
        println!("{}", run.path().display());
    }
}

/// The server takes the limit from us.
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    assert!(maximum.is_none_or(|maximum| maximum >= DESCRIPTORS), "{maximum:?} descriptors");
    let limit = Rlimit { current: Some(DESCRIPTORS), maximum: Some(DESCRIPTORS) };
    setrlimit(Resource::Nofile, limit).expect("it is no higher than it was");
}

fn measure(media: &Media, divisor: usize) -> Results {
    let server = Server::spillway("spillway", media);
    let few = watch(&server, FEW.min(MANY / divisor), 1);
    let many = watch(&server, MANY / divisor, 1);
    drop(server);
    let server = Server::spillway("spillway fast", media);
    let fast = watch(&server, FAST / divisor, 5);
    drop(server);
    // They need nearly all that a processor of most machines can send: what does this one give?
    let peer = Server::nginx("nginx", "", media);
    let fast_of_peer = watch(&peer, FAST / divisor, 5);
    drop(peer);
    let server = Server::spillway("spillway tails", media);
    let tails = ask_for_short_answers(&server, ANSWERS / divisor);
    drop(server);
    let server = Server::spillway("spillway greedy", media);
    let greedy =
        GREEDY_RANGES_KIB.map(|range_kib| serve_greedy(&server, range_kib, GREEDY / divisor));
    Results { crowds: vec![few, many, fast, fast_of_peer], tails, greedy: greedy.into() }
}

fn watch(server: &Server, viewers: usize, megabits: u64) -> Crowd {
    let before = Memory::of(server.pid());
    let audience = {
        let _cubic = Cubic::new();
        let rate = megabits * BYTES_PER_MEGABIT;
        let audience =
            Audience::connect(server.address(), server.targets().to_vec(), viewers, rate)
                .expect("the server takes them");
        server.assert_congestion_control(viewers);
        audience
    };
    let mut seconds = 0;
    let mut samples = Vec::new();
    let all_there = ARRIVALS.as_secs() + 1;
    let watched = audience.watch(Duration::from_secs(all_there) + WINDOW, |bytes| {
        seconds += 1;
        if seconds >= all_there {
            samples.push(Sample {
                at: Instant::now(),
                bytes,
                server_cpu_seconds: cpu::used_seconds(server.pid()),
                client_cpu_seconds: cpu::used_seconds_here(),
                busy_seconds: cpu::busy_seconds(0),
                memory: Memory::of(server.pid()),
            });
        }
    });
    Crowd { server: server.name(), viewers, megabits, before, samples, watched }
}

impl Crowd {
    /// What a figure grew by in the window.
    fn growth(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        let last = self.samples.last().expect("the window has several seconds");
        figure(last) - figure(&self.samples[0])
    }

    fn gigabytes(&self) -> f64 {
        self.growth(|sample| sample.bytes as f64) / 1e9
    }

    fn seconds(&self) -> f64 {
        self.growth(|sample| (sample.at - self.samples[0].at).as_secs_f64())
    }

    fn cpu_seconds_per_gb(&self) -> f64 {
        self.growth(|sample| sample.server_cpu_seconds) / self.gigabytes()
    }

    /// What came, of what the films' speed demands.
    fn delivered(&self) -> f64 {
        let bytes_per_second = self.viewers as f64 * (self.megabits * BYTES_PER_MEGABIT) as f64;
        self.gigabytes() * 1e9 / (bytes_per_second * self.seconds())
    }

    /// The most that a figure was above what it was before, in KiB for each viewer.
    fn kib_per_viewer(&self, figure: impl Fn(&Memory) -> u64) -> f64 {
        let most = self.samples.iter().map(|sample| figure(&sample.memory)).max();
        let more = most.expect("there are samples").saturating_sub(figure(&self.before));
        more as f64 / 1024.0 / self.viewers as f64
    }

    fn is_smooth(&self) -> bool {
        self.watched.stalls == 0 && self.watched.errors.is_empty()
    }
}

/// By length, in the order of [`ANSWER_BYTES`].
fn ask_for_short_answers(server: &Server, answers: usize) -> Vec<Answers> {
    let connections: Vec<Exchange> = {
        let _cubic = Cubic::new();
        let connect = |_| Exchange::connect(server.address()).expect("the server takes them");
        let connections = (0..ASKING_AT_ONCE).map(connect).collect();
        server.assert_congestion_control(ASKING_AT_ONCE);
        connections
    };
    let mut lengths = ANSWER_BYTES.map(|len_bytes| Answers {
        len_bytes,
        times_ms: Vec::new(),
        asked_at_s: Vec::new(),
    });
    let start = Instant::now();
    thread::scope(|scope| {
        let asking: Vec<_> = (0..ASKING_AT_ONCE)
            .zip(connections)
            .map(|(number, connection)| {
                let targets = server.targets();
                scope.spawn(move || time_answers(connection, targets, number, answers))
            })
            .collect();
        for thread in asking {
            for (length, asked_at, took) in thread.join().expect("the answers are right") {
                lengths[length].times_ms.push(took.as_secs_f64() * 1000.0);
                lengths[length].asked_at_s.push((asked_at - start).as_secs_f64());
            }
        }
    });
    lengths.into()
}

/// Asks for a connection's share of so many answers; for each an index of [`ANSWER_BYTES`], when
/// it was asked for, and how long it took to the last byte.
fn time_answers(
    mut connection: Exchange,
    targets: &[Target],
    number: usize,
    answers: usize,
) -> Vec<(usize, Instant, Duration)> {
    let mut scratch = Scratch::new();
    let mut random = Random::new();
    // Each connection goes its own way.
    for _ in 0..number * 1000 {
        random.number();
    }
    let ask = |_| {
        let length = random.index_below(ANSWER_BYTES.len());
        let target = &targets[random.index_below(targets.len())];
        let len_bytes = ANSWER_BYTES[length];
        let range = Range {
            first: random.number() % (target.size_bytes - len_bytes),
            len_bytes: Some(len_bytes),
        };
        let is_compared = random.number().is_multiple_of(CHECK_EVERY);
        if random.number().is_multiple_of(2) {
            thread::sleep(Duration::from_micros(random.number() % PAUSE_US_MAX));
        }
        let asked_at = Instant::now();
        connection.ask(target, range, is_compared).expect("the server takes a request");
        while !connection.is_idle() {
            connection.take(len_bytes, &mut scratch).expect("the server answers");
        }
        (length, asked_at, asked_at.elapsed())
    };
    (0..answers / ASKING_AT_ONCE).map(ask).collect()
}

fn serve_greedy(server: &Server, range_kib: u64, clients: usize) -> Greedy {
    let mut connected = {
        let _cubic = Cubic::new();
        server.connect(clients)
    };
    let range_bytes = range_kib << 10;
    connected.load(Load { range_bytes, duration: Duration::from_secs(1) });
    let busy_before = cpu::busy_seconds(0);
    let measured = connected.load(Load { range_bytes, duration: GREEDY_DURATION });
    let busy_share = (cpu::busy_seconds(0) - busy_before) / measured.received.seconds;
    let megabytes = connected.bytes_of_each().into_iter().map(|bytes| bytes as f64 / 1e6).collect();
    let server_share = measured.cpu_seconds / measured.received.seconds;
    Greedy { range_kib, measured, server_share, busy_share, megabytes }
}

impl Greedy {
    fn fairness(&self) -> f64 {
        jain_index(&self.megabytes)
    }
}

fn setting() -> String {
    format!(
        "{FILES} hot files of {} MiB, one server process on processor 0, the client on processor 1, cubic, \
         {DESCRIPTORS} descriptors for each.\n\
         Viewers: {FEW} and {MANY} at 1 Mb/s, {FAST} at 5 Mb/s, arriving in {} s and then watched for {} s; \
         half ask for\nchunks of {CHUNK_SECONDS:?} s, half read one long answer {} KiB at a time as it is \
         played, with a receive buffer of {} KiB.\nA film stalls when a piece comes more than {} s after it \
         was due; who asks late counts from when it should have asked.\n\
         Tails: {ANSWERS} ranges of {ANSWER_BYTES:?} bytes at random places on {ASKING_AT_ONCE} kept \
         connections, half after a pause\nof up to {} ms. Fairness: {GREEDY} clients for {} s, ranges of \
         {GREEDY_RANGES_KIB:?} KiB.\nOne viewer, or answer, in {CHECK_EVERY} is compared with the file",
        FILE_BYTES >> 20,
        ARRIVALS.as_secs(),
        WINDOW.as_secs(),
        SIP_BYTES >> 10,
        SIPPER_BUFFER_BYTES >> 10,
        PLAYED_AHEAD.as_secs(),
        PAUSE_US_MAX / 1000,
        GREEDY_DURATION.as_secs(),
    )
}

fn raw_csv(results: &Results) -> String {
    let mut csv = String::from("part,of,number,figure,value\n");
    let mut line = |part: &str, of: &str, number: usize, figure: &str, value: f64| {
        writeln!(csv, "{part},{of},{number},{figure},{value}").expect("a string can be written");
    };
    for crowd in &results.crowds {
        let of =
            format!("{} viewers at {} Mb/s of {}", crowd.viewers, crowd.megabits, crowd.server);
        for (second, sample) in crowd.samples.iter().enumerate() {
            let memory = &sample.memory;
            for (figure, value) in [
                ("bytes", sample.bytes as f64),
                ("server_cpu_seconds", sample.server_cpu_seconds),
                ("client_cpu_seconds", sample.client_cpu_seconds),
                ("busy_seconds", sample.busy_seconds),
                ("anonymous_bytes", memory.anonymous_bytes as f64),
                ("private_dirty_bytes", memory.private_dirty_bytes as f64),
                ("sockets_bytes", memory.sockets_bytes as f64),
            ] {
                line("viewers", &of, second, figure, value);
            }
        }
        for (figure, value) in [
            ("anonymous_bytes before", crowd.before.anonymous_bytes as f64),
            ("private_dirty_bytes before", crowd.before.private_dirty_bytes as f64),
            ("sockets_bytes before", crowd.before.sockets_bytes as f64),
            ("stalls", crowd.watched.stalls as f64),
            ("errors", crowd.watched.errors.len() as f64),
        ] {
            line("viewers", &of, 0, figure, value);
        }
        for (number, count) in histogram(&crowd.watched.chunks_late_ms) {
            line("viewers", &of, number, "chunks so many ms late", count as f64);
        }
        for (number, count) in histogram(&crowd.watched.sips_late_ms) {
            line("viewers", &of, number, "sips so many ms late", count as f64);
        }
    }
    for answers in &results.tails {
        let of = format!("{} bytes", answers.len_bytes);
        for (number, count) in histogram(&answers.times_ms) {
            line("tails", &of, number, "answers of so many ms", count as f64);
        }
        for number in slow(answers) {
            line("tails", &of, number, "ms of a slow one", answers.times_ms[number]);
            line(
                "tails",
                &of,
                number,
                "s when a slow one was asked for",
                answers.asked_at_s[number],
            );
        }
    }
    for greedy in &results.greedy {
        let of = format!("ranges of {} KiB", greedy.range_kib);
        for (number, megabytes) in greedy.megabytes.iter().enumerate() {
            line("fairness", &of, number, "megabytes", *megabytes);
        }
    }
    csv
}

/// Those that took longer than turns of a scheduler do. Several at one moment, on several connections,
/// are no timer of TCP: the machine did something else.
fn slow(answers: &Answers) -> impl Iterator<Item = usize> {
    let times = answers.times_ms.iter().enumerate();
    times.filter(|(_, milliseconds)| **milliseconds >= SLOW_MS).map(|(number, _)| number)
}

/// How many took at least so many whole milliseconds and less than one more.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time is positive and shorter than the run"
)]
fn histogram(times_ms: &[f64]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for milliseconds in times_ms {
        *counts.entry(*milliseconds as usize).or_default() += 1;
    }
    counts
}

fn summary(results: &Results) -> String {
    let Results { crowds, tails, greedy } = results;
    format!(
        "# Very many viewers\n\n{}.\n\n{}\n{}\n{}\n{}",
        setting(),
        viewers_table(crowds),
        tails_table(tails),
        greedy_table(greedy),
        objectives(results),
    )
}

fn viewers_table(crowds: &[Crowd]) -> String {
    let mut text = String::from("| |");
    for crowd in crowds {
        write!(text, " {}: {} at {} Mb/s |", crowd.server, crowd.viewers, crowd.megabits)
            .expect("a string can be written");
    }
    text.push_str("\n| --- |");
    text.push_str(&" --- |".repeat(crowds.len()));
    let mut row = |name: &str, cell: &dyn Fn(&Crowd) -> String| {
        let cells: Vec<String> = crowds.iter().map(cell).collect();
        write!(text, "\n| {name} | {} |", cells.join(" | ")).expect("a string can be written");
    };
    row("GB/s", &|crowd| format!("{:.3}", crowd.gigabytes() / crowd.seconds()));
    row("of what the films need", &|crowd| format!("{:.1} %", crowd.delivered() * 100.0));
    row("stalls, errors", &|crowd| {
        format!("{}, {}", crowd.watched.stalls, crowd.watched.errors.len())
    });
    row("chunks late, ms: p50, p99, p99.9, most", &|crowd| spread(&crowd.watched.chunks_late_ms));
    row("sips late, ms: p50, p99, p99.9, most", &|crowd| spread(&crowd.watched.sips_late_ms));
    row("compared chunks and sippers", &|crowd| crowd.watched.checked.to_string());
    row("server, CPU-s/GB", &|crowd| format!("{:.4}", crowd.cpu_seconds_per_gb()));
    row("server's processor, busy s/GB", &|crowd| {
        format!("{:.4}", crowd.growth(|sample| sample.busy_seconds) / crowd.gigabytes())
    });
    let share = |crowd: &Crowd, figure: &dyn Fn(&Sample) -> f64| {
        format!("{:.0} %", crowd.growth(figure) / crowd.seconds() * 100.0)
    };
    row("server, of a processor", &|crowd| share(crowd, &|sample| sample.server_cpu_seconds));
    row("server's processor, busy", &|crowd| share(crowd, &|sample| sample.busy_seconds));
    row("client, of a processor", &|crowd| share(crowd, &|sample| sample.client_cpu_seconds));
    let kib = |crowd: &Crowd, figure: &dyn Fn(&Memory) -> u64| {
        format!("{:.2} KiB", crowd.kib_per_viewer(figure))
    };
    row("server's memory a viewer, anonymous", &|crowd| {
        kib(crowd, &|memory| memory.anonymous_bytes)
    });
    row("server's memory a viewer, private dirty", &|crowd| {
        kib(crowd, &|memory| memory.private_dirty_bytes)
    });
    row("kernel's memory for both sockets a viewer", &|crowd| {
        kib(crowd, &|memory| memory.sockets_bytes)
    });
    row("kernel's memory for sockets, of where it begins to save", &|crowd| {
        let most = crowd.samples.iter().map(|sample| sample.memory.sockets_bytes).max();
        let most = most.expect("there are samples") as f64;
        format!("{:.0} %", most / sockets_pressure_bytes() as f64 * 100.0)
    });
    text.push_str(
        "\n\nUnfair: with few viewers the server is woken for each piece. What an acknowledgement makes the \
         kernel send\nis sent on the client's processor and in no account of the server; what the kernel \
         does in threads of its own\nis in that of the processor alone, which also holds what else runs \
         there. Both ends share the kernel's memory\nfor sockets (tcp_mem): near 100 % it drops what has \
         come, and answers wait for timers.\n",
    );
    for error in crowds.iter().filter_map(|crowd| crowd.watched.errors.first()) {
        writeln!(text, "\nThe first error: {}", error.trim()).expect("a string can be written");
    }
    text
}

fn tails_table(tails: &[Answers]) -> String {
    let mut text = String::from(
        "| answer | answers | ms: p50, p99, p99.9, most | 35–50 ms | 195–215 ms |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    let mut moments: Vec<f64> = tails
        .iter()
        .flat_map(|answers| slow(answers).map(|number| answers.asked_at_s[number]))
        .collect();
    moments.sort_by(f64::total_cmp);
    let count = moments.len();
    moments.dedup_by(|later, earlier| *later - *earlier < SLOW_MS / 1000.0);
    for answers in tails {
        let [delayed, retransmitted] = BANDS_MS.map(|band| in_band(&answers.times_ms, band));
        writeln!(
            text,
            "| {} B | {} | {} | {delayed} | {retransmitted} |",
            answers.len_bytes,
            answers.times_ms.len(),
            spread(&answers.times_ms),
        )
        .expect("a string can be written");
    }
    writeln!(
        text,
        "\n{count} answers took more than {SLOW_MS} ms, at {} different moments; several at one moment are \
         no timer of TCP.",
        moments.len(),
    )
    .expect("a string can be written");
    text
}

fn greedy_table(greedy: &[Greedy]) -> String {
    let mut text = String::from(
        "| ranges | Jain's index | MB a client: least, p50, most | GB/s | server, of a processor | its processor, busy |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for one in greedy {
        let at = |share| percentile(&one.megabytes, share);
        writeln!(
            text,
            "| {} KiB | {:.4} | {:.2}, {:.2}, {:.2} | {:.3} | {:.0} % | {:.0} % |",
            one.range_kib,
            one.fairness(),
            at(0.0),
            at(0.5),
            at(1.0),
            one.measured.gb_per_second(),
            one.server_share * 100.0,
            one.busy_share * 100.0,
        )
        .expect("a string can be written");
    }
    text
}

fn objectives(Results { crowds, tails, greedy }: &Results) -> String {
    let [few, many, fast, fast_of_peer] = crowds.as_slice() else {
        unreachable!("four crowds watch")
    };
    let smooth = |crowd: &Crowd| {
        let Watched { stalls, errors, .. } = &crowd.watched;
        format!("{stalls} stalls, {} errors, {}", errors.len(), holds(crowd.is_smooth()))
    };
    let ratio = many.cpu_seconds_per_gb() / few.cpu_seconds_per_gb();
    let kib = many.kib_per_viewer(|memory| memory.anonymous_bytes);
    let [delayed, retransmitted] =
        BANDS_MS.map(|band| tails.iter().map(|one| in_band(&one.times_ms, band)).sum::<usize>());
    let answers: usize = tails.iter().map(|one| one.times_ms.len()).sum();
    let fairness = greedy.iter().map(Greedy::fairness).fold(f64::MAX, f64::min);
    format!(
        "- {} viewers at 1 Mb/s without a stall or an error: {}\n\
         - {} viewers at 5 Mb/s without a stall or an error: {}; beside it, {}: {}; \
         {:.3} × its CPU-seconds per GB\n\
         - CPU-seconds per GB at most 1.4 × those with {} viewers: {ratio:.3}, {}\n\
         - at most 16 KiB of the server's memory a viewer: {kib:.2} KiB, {}; at most 4 KiB {}\n\
         - none of {answers} answers in 35–50 ms: {delayed}, {}\n\
         - none in 195–215 ms: {retransmitted}, {}\n\
         - Jain's index of {} greedy clients at least 0.98: {fairness:.4}, {}\n",
        many.viewers,
        smooth(many),
        fast.viewers,
        smooth(fast),
        fast_of_peer.server,
        smooth(fast_of_peer),
        fast.cpu_seconds_per_gb() / fast_of_peer.cpu_seconds_per_gb(),
        few.viewers,
        holds(ratio <= 1.4),
        holds(kib <= 16.0),
        holds(kib <= 4.0),
        holds(delayed == 0),
        holds(retransmitted == 0),
        greedy[0].megabytes.len(),
        holds(fairness >= 0.98),
    )
}

fn in_band(times_ms: &[f64], (from, to): (f64, f64)) -> usize {
    times_ms.iter().filter(|milliseconds| (from..=to).contains(*milliseconds)).count()
}

fn spread(times_ms: &[f64]) -> String {
    let at = |share| percentile(times_ms, share);
    format!("{:.2}, {:.2}, {:.2}, {:.2}", at(0.5), at(0.99), at(0.999), at(1.0))
}
