//! `make bench-pictures`: what the pictures of a film cost, against the `ffmpeg` processes that other
//! servers start for them: the storyboard of a film of two hours, and single pictures.
//!
//! `bench-pictures 10` takes a tenth of the film and keeps nothing.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use rustix::fs::Advice;
use spillway_benches::feature_film::{FeatureFilm, KeyFrames, SCENE_MS_MAX};
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{Media, Server, get_by, pin_to_processor};
use spillway_benches::spent::{self, Account, Spent};
use spillway_benches::statistics::{Median, median};
use spillway_tests::spillway_binary;
use spillway_tests::wire::Connection;

const FILM_SECONDS: u32 = 7_200;
/// A shorter one has no place for each picture.
const FILM_SECONDS_MIN: u32 = 720;

/// Rounds of storyboards; in each ours twice, to see how much the same differs.
const STORYBOARDS: usize = 6;

/// Rounds of single pictures, and pictures of each way in one.
const ROUNDS: usize = 10;
const PICTURES: usize = 12;

/// Places that are this far apart have pictures of their own.
const STEP_MS: u64 = SCENE_MS_MAX + 500;

/// What other servers run for a storyboard: a picture every ten seconds, 25 on a sheet like ours.
const TILES: &str = "fps=1/10,scale=320:-2,tile=5x5";

/// Ways in which `ffmpeg` may be told to make one picture, the common one first. Before `-i`.
const WAYS: [(&str, &[&str]); 5] = [
    ("-ss", &[]),
    ("-ss, -noaccurate_seek", &["-noaccurate_seek"]),
    ("-ss, -noaccurate_seek, -skip_frame nokey", &["-noaccurate_seek", "-skip_frame", "nokey"]),
    (
        "-ss, -noaccurate_seek, -skip_frame nokey, -threads 1",
        &["-noaccurate_seek", "-skip_frame", "nokey", "-threads", "1"],
    ),
    (
        "-ss, -noaccurate_seek, -skip_frame nokey, -threads 1, -probesize 32, -analyzeduration 0",
        &[
            "-noaccurate_seek",
            "-skip_frame",
            "nokey",
            "-threads",
            "1",
            "-probesize",
            "32",
            "-analyzeduration",
            "0",
        ],
    ),
];

/// A storyboard, and what it cost.
#[derive(Clone, Copy)]
struct Storyboard {
    spent: Spent,
    pictures: usize,
    sheets: usize,
    sheet_bytes: u64,
    /// Before it, where that is known, and the most while it was made.
    before_bytes: u64,
    peak_bytes: u64,
    /// Until it was known what there will be.
    plan_seconds: f64,
}

/// One way in which `ffmpeg` makes storyboards.
#[derive(Clone)]
struct Way {
    name: String,
    /// Before `-i`.
    arguments: Vec<&'static str>,
}

struct Storyboards {
    key_frames: KeyFrames,
    film_bytes: u64,
    /// What decodes every picture in each way that was tried, with its CPU-seconds.
    tried: Vec<(Way, f64)>,
    /// Every picture decoded, once.
    every: (Way, Storyboard),
    key: Way,
    rounds: Vec<Round>,
    /// Ours and that of key frames, with nothing of the film in memory.
    cold: [Storyboard; 2],
}

struct Round {
    ours: Storyboard,
    again: Storyboard,
    key: Storyboard,
}

/// Single pictures of one way in one round.
#[derive(Default)]
struct Batch {
    milliseconds: Vec<f64>,
    cpu_seconds: f64,
    jpeg_bytes: u64,
}

struct Singles {
    /// CPU-milliseconds for a picture by each of [`WAYS`].
    tried: Vec<f64>,
    way: usize,
    /// Ours, another server of ours, `ffmpeg`.
    rounds: Vec<[Batch; 3]>,
    peak_bytes: u64,
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn main() {
    let divisor: Option<u32> =
        std::env::args().nth(1).map(|divisor| divisor.parse().expect("a number"));
    let seconds = FILM_SECONDS / divisor.unwrap_or(1);
    let film = FeatureFilm::of_seconds(seconds.max(FILM_SECONDS_MIN));
    let mut media = Media::new(0);
    media.add_film(film.path(), 1);
    let run = divisor.is_none().then(|| {
        let spillway = said_by(&spillway_binary().to_string_lossy(), &["--version"]);
        let ffmpeg = said_by("ffmpeg", &["-version"]);
        RunFolder::create("pictures", &setting(), &[("ffmpeg", ffmpeg), ("spillway", spillway)])
    });
    let storyboards = Storyboards::measure(&film, &media);
    let singles = Singles::measure(&film, &media);
    let summary = summary(&storyboards, &singles);
    println!("{summary}");
    if let Some(run) = run {
        run.write("raw.csv", &raw_csv(&storyboards, &singles));
        run.write("summary.md", &summary);
        println!("{}", run.path().display());
    }
}

impl Storyboards {
    fn measure(film: &FeatureFilm, media: &Media) -> Self {
        heat(film.path());
        let tried = try_every_picture(film);
        let cheapest = tried.iter().min_by(|one, other| one.1.total_cmp(&other.1));
        let way = cheapest.expect("several were tried").0.clone();
        let every = Storyboard::by_ffmpeg(film, &way, None);
        let key = Way {
            name: "-skip_frame nokey".to_owned(),
            arguments: [&way.arguments[..], &["-skip_frame", "nokey"]].concat(),
        };
        let rounds = (0..STORYBOARDS)
            .map(|round| {
                let mut made = [None; 3];
                for turn in 0..made.len() {
                    let which = (turn + round) % made.len();
                    made[which] = Some(match which {
                        0 | 1 => Storyboard::by_us(media),
                        _ => Storyboard::by_ffmpeg(film, &key, None),
                    });
                }
                let [ours, again, key] = made.map(|made| made.expect("all had their turn"));
                Round { ours, again, key }
            })
            .collect();
        chill(film.path());
        let ours_cold = Storyboard::by_us(media);
        chill(film.path());
        let key_cold = Storyboard::by_ffmpeg(film, &key, None);
        Self {
            key_frames: film.key_frames(),
            film_bytes: film.size_bytes(),
            tried,
            every: (way, every),
            key,
            rounds,
            cold: [ours_cold, key_cold],
        }
    }

    fn cpu(&self, of: impl Fn(&Round) -> &Storyboard) -> Median {
        median(&self.rounds.iter().map(|round| of(round).spent.cpu_seconds).collect::<Vec<_>>())
    }

    fn ratio(&self, to: impl Fn(&Round) -> f64) -> Median {
        let ratios = self.rounds.iter().map(|round| round.ours.spent.cpu_seconds / to(round));
        median(&ratios.collect::<Vec<_>>())
    }

    /// The most that the program read, of the film's length.
    fn read_share(&self) -> f64 {
        let ours = self.rounds.iter().flat_map(|round| [&round.ours, &round.again]);
        let read = ours.map(|ours| ours.spent.read_bytes).chain([self.cold[0].spent.disk_bytes]);
        read.max().expect("there are rounds") as f64 / self.film_bytes as f64
    }

    fn peak_bytes(&self) -> u64 {
        let ours = self.rounds.iter().flat_map(|round| [&round.ours, &round.again]);
        ours.map(|ours| ours.peak_bytes).max().expect("there are rounds")
    }

    fn grown_bytes(&self) -> u64 {
        let ours = self.rounds.iter().flat_map(|round| [&round.ours, &round.again]);
        let grown = ours.map(|ours| ours.peak_bytes.saturating_sub(ours.before_bytes));
        grown.max().expect("there are rounds")
    }
}

/// What the choice of threads is tried on.
const TRIED_SECONDS: &str = "180";

/// How many threads cost least, by the CPU time of the film's first minutes.
fn try_every_picture(film: &FeatureFilm) -> Vec<(Way, f64)> {
    let ways = [("threads as it chooses", Vec::new()), ("-threads 1", vec!["-threads", "1"])];
    ways.into_iter()
        .map(|(name, arguments)| {
            let way = Way { name: name.to_owned(), arguments };
            let made = Storyboard::by_ffmpeg(film, &way, Some(TRIED_SECONDS));
            (way, made.spent.cpu_seconds)
        })
        .collect()
}

impl Storyboard {
    /// By a server that knows nothing of the film yet but what the first scan found.
    fn by_us(media: &Media) -> Self {
        let server = Server::spillway_on("0,1", "spillway", media);
        let [film] = server.films() else { panic!("there is one film") };
        let mut connection = Connection::open(server.address());
        let pid = server.pid();
        spent::forget_peak(pid);
        let before_bytes = spent::resident_bytes(pid);
        let before = Account::of(pid);
        let began = Instant::now();
        let plan = get_by(&mut connection, &format!("{film}/storyboard.vtt"));
        let plan_seconds = began.elapsed().as_secs_f64();
        assert_eq!(plan.status, 200, "{}", plan.text());
        let mut urls: Vec<&str> =
            plan.text().lines().filter_map(|line| Some(line.split_once("#xywh=")?.0)).collect();
        let pictures = urls.len();
        urls.dedup();
        let mut sheet_bytes = 0;
        for url in &urls {
            sheet_bytes += jpeg_at(&mut connection, &format!("{film}/{url}"));
        }
        let spent = before.spent();
        let (sheets, peak_bytes) = (urls.len(), spent::peak_bytes(pid));
        Self { spent, pictures, sheets, sheet_bytes, before_bytes, peak_bytes, plan_seconds }
    }

    /// By one process, of the whole film or its first seconds.
    fn by_ffmpeg(film: &FeatureFilm, way: &Way, seconds: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-hide_banner", "-nostats", "-benchmark"]).args(&way.arguments);
        command.args(seconds.iter().flat_map(|seconds| ["-t", seconds]));
        command.arg("-i").arg(film.path()).args(["-an", "-sn", "-dn", "-vf", TILES, "-q:v", "4"]);
        command.arg(folder.path().join("sheet-%03d.jpg"));
        let (_, said, spent) = spent::run(&mut command);
        let sheets: Vec<u64> = std::fs::read_dir(folder.path())
            .expect("the folder is there")
            .map(|sheet| sheet.and_then(|sheet| sheet.metadata()).expect("a sheet").len())
            .collect();
        let of_ms = seconds.map_or(film.duration_ms(), |seconds| {
            seconds.parse::<u64>().expect("whole seconds") * 1000
        });
        let pictures = usize::try_from(of_ms / 10_000).expect("few");
        assert_eq!(sheets.len(), pictures.div_ceil(25).max(1), "{said}");
        let peak = said.split("maxrss=").nth(1).expect("-benchmark tells the memory");
        let peak: String = peak.chars().take_while(char::is_ascii_digit).collect();
        Self {
            spent,
            pictures,
            sheets: sheets.len(),
            sheet_bytes: sheets.iter().sum(),
            before_bytes: 0,
            peak_bytes: peak.parse::<u64>().expect("kilobytes") << 10,
            plan_seconds: 0.0,
        }
    }

    fn cpu_ms_per_picture(&self) -> f64 {
        self.spent.cpu_seconds * 1000.0 / self.pictures as f64
    }
}

impl Singles {
    fn measure(film: &FeatureFilm, media: &Media) -> Self {
        pin_to_processor(0);
        let servers = ["spillway", "spillway again"].map(|name| Server::spillway(name, media));
        let mut connections =
            [&servers[0], &servers[1]].map(|server| Connection::open(server.address()));
        let places = places(film.duration_ms());
        let mut unseen = places.iter().copied();
        let mut next = || unseen.next().expect("the film is long enough");
        let mut ours = |which: usize, place_ms: u64, batch: &mut Batch| {
            let path =
                format!("{}/thumbnail?position_ms={place_ms}&width=320", servers[which].films()[0]);
            let began = Instant::now();
            batch.jpeg_bytes += jpeg_at(&mut connections[which], &path);
            batch.milliseconds.push(began.elapsed().as_secs_f64() * 1000.0);
        };
        // The film's index is read with the first picture, which is not measured here.
        for which in 0..servers.len() {
            ours(which, next(), &mut Batch::default());
        }
        let tried: Vec<f64> = WAYS
            .iter()
            .map(|(_, arguments)| {
                let pictures = places.iter().take(PICTURES);
                let pictures =
                    pictures.map(|place_ms| by_ffmpeg(film.path(), arguments, *place_ms).1);
                pictures.map(|spent| spent.cpu_seconds * 1000.0).sum::<f64>() / PICTURES as f64
            })
            .collect();
        let cheapest = (0..WAYS.len()).min_by(|one, other| tried[*one].total_cmp(&tried[*other]));
        let way = cheapest.expect("several were tried");
        let rounds = (0..ROUNDS)
            .map(|_| {
                let mut batches = <[Batch; 3]>::default();
                let before = [0, 1].map(|which| Account::of(servers[which].pid()));
                for picture in 0..PICTURES {
                    let place_ms = next();
                    for turn in 0..batches.len() {
                        let which = (turn + picture) % batches.len();
                        let batch = &mut batches[which];
                        if which < servers.len() {
                            ours(which, place_ms, batch);
                        } else {
                            let (len_bytes, spent) = by_ffmpeg(film.path(), WAYS[way].1, place_ms);
                            batch.jpeg_bytes += len_bytes;
                            batch.milliseconds.push(spent.seconds * 1000.0);
                            batch.cpu_seconds += spent.cpu_seconds;
                        }
                    }
                }
                for (batch, before) in batches.iter_mut().zip(before) {
                    batch.cpu_seconds = before.spent().cpu_seconds;
                }
                batches
            })
            .collect();
        Self { tried, way, rounds, peak_bytes: spent::peak_bytes(servers[0].pid()) }
    }

    fn median(&self, figure: impl Fn(&[Batch; 3]) -> f64) -> Median {
        median(&self.rounds.iter().map(figure).collect::<Vec<_>>())
    }
}

impl Batch {
    /// The middle of its times.
    fn middle_ms(&self) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
    }

    fn cpu_ms(&self) -> f64 {
        self.cpu_seconds * 1000.0 / self.milliseconds.len() as f64
    }
}

/// Places with key frames of their own, in an order that jumps as viewers do.
fn places(duration_ms: u64) -> Vec<u64> {
    let count = duration_ms / STEP_MS;
    // A stride that has no divisor in common with the count comes past every place.
    let stride =
        (count / 3..=count + 1).find(|stride| greatest_common_divisor(*stride, count) == 1);
    let stride = stride.expect("the count and one more have none");
    (0..count).map(|number| number * stride % count * STEP_MS).collect()
}

fn greatest_common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

/// Makes one picture by a process of its own: its length, and what that took from start to end.
fn by_ffmpeg(film: &Path, arguments: &[&str], place_ms: u64) -> (u64, Spent) {
    let place = format!("{:.3}", place_ms as f64 / 1000.0);
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-ss", &place]).args(arguments).arg("-i").arg(film);
    command.args(["-an", "-sn", "-dn", "-frames:v", "1", "-vf", "scale=320:-2", "-q:v", "4"]);
    let (jpeg, _, spent) = spent::run(command.args(["-f", "mjpeg", "pipe:1"]));
    (checked_jpeg(&jpeg), spent)
}

/// Fetches a JPEG: its length.
fn jpeg_at(connection: &mut Connection, path: &str) -> u64 {
    let answer = get_by(connection, path);
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    checked_jpeg(&answer.body)
}

fn checked_jpeg(bytes: &[u8]) -> u64 {
    assert!(bytes.starts_with(&[0xff, 0xd8]) && bytes.ends_with(&[0xff, 0xd9]), "no JPEG");
    bytes.len() as u64
}

/// Brings a file into memory.
fn heat(path: &Path) {
    let mut file = File::open(path).expect("the film is there");
    io::copy(&mut file, &mut io::sink()).expect("it can be read");
}

/// Takes a file out of memory.
fn chill(path: &Path) {
    let file = File::open(path).expect("the film is there");
    file.sync_all().expect("the disk takes it");
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("a file takes advice");
}

fn setting() -> String {
    format!(
        "A film of {FILM_SECONDS} s, 1920 × 1080, H.264 of about 8 Mb/s with key frames every 2 to 5 s, MP4 with its index \
         in front, in memory.\n\
         Storyboards: ours by a fresh server, storyboard.vtt and then every sheet over one connection; \
         `ffmpeg … -an -sn -dn -vf {TILES} -q:v 4 sheet-%03d.jpg`,\nonce with every picture decoded, and {STORYBOARDS} \
         rounds with -skip_frame nokey; all on both processors, at most one at a time; once more with nothing of the film in memory.\n\
         Pictures: {ROUNDS} rounds of {PICTURES} of 320 pixels, each at a place of its own; ours from the request on a kept connection to the last \
         byte of the answer, never kept before;\n`ffmpeg … -an -sn -dn -frames:v 1 -vf scale=320:-2 -q:v 4 -f mjpeg pipe:1` \
         from its start to its end; all on processor 0.\n\
         CPU is user and system time of the server's process, or of the ffmpeg process; bytes read are rchar \
         of proc(5), from the disk read_bytes"
    )
}

fn raw_csv(storyboards: &Storyboards, singles: &Singles) -> String {
    let mut csv = String::from("part,what,number,figure,value\n");
    let mut line = |part: &str, what: &str, number: usize, figure: &str, value: f64| {
        writeln!(csv, "{part},\"{what}\",{number},{figure},{value}")
            .expect("a string can be written");
    };
    line("film", "all", 0, "bytes", storyboards.film_bytes as f64);
    line("film", "key frames", 0, "count", storyboards.key_frames.count as f64);
    line("film", "key frames", 0, "mean_bytes", storyboards.key_frames.mean_bytes);
    for (way, cpu_seconds) in &storyboards.tried {
        line("the film's first minutes", &way.name, 0, "cpu_seconds", *cpu_seconds);
    }
    let mut storyboard = |what: &str, number: usize, made: &Storyboard| {
        for (figure, value) in [
            ("cpu_seconds", made.spent.cpu_seconds),
            ("seconds", made.spent.seconds),
            ("read_bytes", made.spent.read_bytes as f64),
            ("disk_bytes", made.spent.disk_bytes as f64),
            ("before_bytes", made.before_bytes as f64),
            ("peak_bytes", made.peak_bytes as f64),
            ("pictures", made.pictures as f64),
            ("sheets", made.sheets as f64),
            ("sheet_bytes", made.sheet_bytes as f64),
            ("plan_seconds", made.plan_seconds),
        ] {
            line("storyboard", what, number, figure, value);
        }
    };
    storyboard("every picture", 0, &storyboards.every.1);
    for (number, round) in storyboards.rounds.iter().enumerate() {
        storyboard("spillway", number, &round.ours);
        storyboard("spillway again", number, &round.again);
        storyboard("key frames", number, &round.key);
    }
    storyboard("spillway, cold", 0, &storyboards.cold[0]);
    storyboard("key frames, cold", 0, &storyboards.cold[1]);
    for ((name, _), cpu_ms) in WAYS.iter().zip(&singles.tried) {
        line("ways of a picture", name, 0, "cpu_ms", *cpu_ms);
    }
    for (number, round) in singles.rounds.iter().enumerate() {
        for (what, batch) in ["spillway", "spillway again", "ffmpeg"].iter().zip(round) {
            line("picture", what, number, "cpu_ms", batch.cpu_ms());
            line("picture", what, number, "jpeg_bytes", batch.jpeg_bytes as f64);
            for milliseconds in &batch.milliseconds {
                line("picture", what, number, "milliseconds", *milliseconds);
            }
        }
    }
    csv
}

fn summary(storyboards: &Storyboards, singles: &Singles) -> String {
    format!(
        "# Pictures of a film\n\n{}.\nMedians with intervals of at least 95 %; ratios within rounds.\n\n{}\n{}",
        setting(),
        storyboards_text(storyboards),
        singles_text(singles),
    )
}

fn storyboards_text(of: &Storyboards) -> String {
    let film_bytes = of.film_bytes as f64;
    let mut text = format!(
        "The film: {:.2} GB, {} key frames of {:.0} KB in the mean.\n\n\
         | storyboard | CPU-s | wall s | pictures | CPU-ms a picture | read, of the film | memory at most |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        film_bytes / 1e9,
        of.key_frames.count,
        of.key_frames.mean_bytes / 1e3,
    );
    let mut row = |name: &str, cpu: String, made: &Storyboard, read_bytes: u64| {
        writeln!(
            text,
            "| {name} | {cpu} | {:.1} | {} | {:.1} | {:.2} % | {:.0} MB |",
            made.spent.seconds,
            made.pictures,
            made.cpu_ms_per_picture(),
            read_bytes as f64 / film_bytes * 100.0,
            made.peak_bytes as f64 / 1e6,
        )
        .expect("a string can be written");
    };
    let first = &of.rounds[0];
    let ours = of.cpu(|round| &round.ours);
    row("spillway", ours.to_string(), &first.ours, first.ours.spent.read_bytes);
    let again = of.cpu(|round| &round.again);
    row("spillway again", again.to_string(), &first.again, first.again.spent.read_bytes);
    let key = of.cpu(|round| &round.key);
    row(
        &format!("ffmpeg {}", of.key.name),
        key.to_string(),
        &first.key,
        first.key.spent.read_bytes,
    );
    let (way, every) = &of.every;
    let every_cpu = every.spent.cpu_seconds;
    row("ffmpeg, every picture, once", format!("{every_cpu:.2}"), every, every.spent.read_bytes);
    for (name, cold) in ["spillway, from the disk", "ffmpeg -skip_frame nokey, from the disk"]
        .into_iter()
        .zip(&of.cold)
    {
        row(name, format!("{:.2}", cold.spent.cpu_seconds), cold, cold.spent.disk_bytes);
    }
    let tried: Vec<String> =
        of.tried.iter().map(|(way, seconds)| format!("{} {seconds:.2} s", way.name)).collect();
    let null = of.ratio(|round| round.again.spent.cpu_seconds);
    let to_key = of.ratio(|round| round.key.spent.cpu_seconds);
    let to_every = of.ratio(|_| every_cpu);
    let per_picture =
        |round: &Round| round.ours.cpu_ms_per_picture() / round.key.cpu_ms_per_picture();
    let per_picture = median(&of.rounds.iter().map(per_picture).collect::<Vec<_>>());
    let plan = of.rounds.iter().map(|round| round.ours.plan_seconds * 1000.0);
    let plan = median(&plan.collect::<Vec<_>>());
    let (peak_mb, grown_mb) = (of.peak_bytes() as f64 / 1e6, of.grown_bytes() as f64 / 1e6);
    write!(
        text,
        "\nffmpeg with {} for both of its ways: its first {TRIED_SECONDS} s cost {}. Wall times, reads and memory \
         are those of the first round.\nOurs has a picture of a key frame every ten seconds or a little more, \
         ffmpeg's one for every ten seconds exactly: {per_picture} × its CPU for each picture. The plan alone (storyboard.vtt, for which \
         the film's index is read) took {plan} ms.\n\n\
         - CPU-seconds at most 1/50 of every picture decoded: 1/{:.0}, {}; at most 1/100 {}\n\
         - at most 0.5 × key frames decoded by ffmpeg: {to_key}, {}; at most 0.25 × {}\n\
         - at most 3 % of the film read: {:.2} % (the most of all rounds, and from the disk), {}\n\
         - the whole server within 100 MB: {peak_mb:.0} MB, of which {grown_mb:.0} MB came while it was made, {}\n\
         - the same twice: {null}\n",
        way.name,
        tried.join(", "),
        1.0 / to_every.value,
        holds(to_every.value <= 1.0 / 50.0),
        holds(to_every.value <= 1.0 / 100.0),
        holds(to_key.value <= 0.5),
        holds(to_key.value <= 0.25),
        of.read_share() * 100.0,
        holds(of.read_share() <= 0.03),
        holds(of.peak_bytes() < 100_000_000),
    )
    .expect("a string can be written");
    text
}

fn singles_text(of: &Singles) -> String {
    let mut text = String::from(
        "| one picture | wall ms, request to JPEG | CPU-ms | JPEG, KB |\n| --- | --- | --- | --- |\n",
    );
    for (which, name) in ["spillway", "spillway again", "ffmpeg"].into_iter().enumerate() {
        let kilobytes = |round: &[Batch; 3]| {
            round[which].jpeg_bytes as f64 / 1e3 / round[which].milliseconds.len() as f64
        };
        writeln!(
            text,
            "| {name} | {} | {} | {:.1} |",
            of.median(|round| round[which].middle_ms()),
            of.median(|round| round[which].cpu_ms()),
            of.median(kilobytes).value,
        )
        .expect("a string can be written");
    }
    let wall = of.median(|round| round[0].middle_ms() / round[2].middle_ms());
    let cpu = of.median(|round| round[0].cpu_ms() / round[2].cpu_ms());
    let null = of.median(|round| round[0].middle_ms() / round[1].middle_ms());
    let null_cpu = of.median(|round| round[0].cpu_ms() / round[1].cpu_ms());
    text.push_str("\nffmpeg, CPU-ms a picture by each way:\n\n");
    for (number, ((name, _), cpu_ms)) in WAYS.iter().zip(&of.tried).enumerate() {
        let chosen = if number == of.way { " (chosen)" } else { "" };
        writeln!(text, "- {name}: {cpu_ms:.1}{chosen}").expect("a string can be written");
    }
    write!(
        text,
        "\n- at most 60 % of the time of an ffmpeg process: {wall}, {}; of its CPU: {cpu}\n\
         - the same twice: {null} of the time, {null_cpu} of the CPU; the server's memory at most {:.0} MB\n\n\
         Unfair to ffmpeg: it reads the film's index for each picture, ours once for as long as the film is \
         asked for; that is what a process for each picture costs.\nUnfair to us: HTTP, the catalog and keeping the picture are in \
         our figures.\n",
        holds(wall.value <= 0.6),
        of.peak_bytes as f64 / 1e6,
    )
    .expect("a string can be written");
    text
}
