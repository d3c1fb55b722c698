//! `make bench-serve`: CPU-seconds per gigabyte of hot payload, Spillway against its peers.
//!
//! In each round every server is loaded once; ratios are taken within a round. Spillway runs twice,
//! under two names: how far the two differ is what the method cannot tell apart.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use spillway_benches::range_client::{Load, Received};
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{
    Connected, Cubic, FILE_BYTES, Measured, Media, Server, load_in_turn, pin_to_processor,
};
use spillway_benches::statistics::{Median, median};
use spillway_tests::spillway_binary;

/// At least ten pairs, by our own rule for a claim.
const ROUNDS: usize = 12;
const FILES: usize = 4;
const CONNECTIONS: usize = 16;
const LOAD: Load = Load { range_bytes: 8 << 20, duration: Duration::from_secs(3) };

fn main() {
    let media = Media::new(FILES);
    let servers = [
        Server::spillway("spillway", &media),
        Server::nginx("nginx", "", &media),
        Server::spillway("spillway again", &media),
        Server::peer("serve_dir", "peer-serve-dir", &media),
        Server::peer("raw_sendfile", "peer-raw-sendfile", &media),
    ];
    let run = RunFolder::create(
        "serve",
        &setting(),
        &[
            ("nginx", said_by("nginx", &["-v"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    pin_to_processor(0);
    let mut connected: Vec<Connected> = {
        let _cubic = Cubic::new();
        servers.iter().map(|server| server.connect(CONNECTIONS)).collect()
    };
    for server in &mut connected {
        let warm_up = Load { duration: Duration::from_secs(1), ..LOAD };
        server.load(warm_up);
    }
    let rounds: Vec<Vec<Measured>> =
        (0..ROUNDS).map(|round| load_in_turn(&mut connected, round, LOAD)).collect();
    run.write("raw.csv", &raw_csv(&servers, &rounds));
    run.write("summary.md", &summary(&servers, &rounds));
    report(&run);
}

fn setting() -> String {
    format!(
        "{ROUNDS} rounds, each server {} s a round, {} connections, ranges of {} MiB at random \
         places of {FILES} hot files of {} MiB,\nservers and client on processor 0, cubic for all, one answer in 64 compared with the file",
        LOAD.duration.as_secs(),
        CONNECTIONS,
        LOAD.range_bytes >> 20,
        FILE_BYTES >> 20,
    )
}

fn raw_csv(servers: &[Server], rounds: &[Vec<Measured>]) -> String {
    let mut csv = String::from("round,server,cpu_seconds,bytes,answers,checked,seconds\n");
    for (round, measured) in rounds.iter().enumerate() {
        for (server, one) in servers.iter().zip(measured) {
            let Received { bytes, answers, checked, seconds } = one.received;
            let cpu_seconds = one.cpu_seconds;
            writeln!(
                csv,
                "{round},{},{cpu_seconds:.6},{bytes},{answers},{checked},{seconds:.6}",
                server.name()
            )
            .expect("a string can be written");
        }
    }
    csv
}

fn summary(servers: &[Server], rounds: &[Vec<Measured>]) -> String {
    let of_server = |index: usize, figure: fn(&Measured) -> f64| -> Median {
        median(&rounds.iter().map(|measured| figure(&measured[index])).collect::<Vec<_>>())
    };
    // Of the first server, which is Spillway, within each round.
    let ratio_to = |index: usize| -> Median {
        let ratios = rounds
            .iter()
            .map(|round| round[0].cpu_seconds_per_gb() / round[index].cpu_seconds_per_gb());
        median(&ratios.collect::<Vec<_>>())
    };
    let mut text = format!(
        "# CPU-seconds per gigabyte\n\n{}.\nMedians with intervals of at least 95 %; ratios within rounds.\n\n\
         | server | CPU-s/GB | GB/s | spillway's cost over this one's |\n| --- | --- | --- | --- |\n",
        setting()
    );
    for (index, server) in servers.iter().enumerate() {
        writeln!(
            text,
            "| {} | {} | {:.2} | {} |",
            server.name(),
            of_server(index, Measured::cpu_seconds_per_gb),
            of_server(index, Measured::gb_per_second).value,
            if index == 0 { "1".to_owned() } else { ratio_to(index).to_string() },
        )
        .expect("a string can be written");
    }
    let index_of = |name: &str| {
        servers.iter().position(|server| server.name() == name).expect("it was started")
    };
    let verdict = |name: &str, bar: f64| {
        let ratio = ratio_to(index_of(name)).value;
        let verdict = holds(ratio <= bar);
        format!("- at most {bar} × {name}: {ratio:.3}, {verdict}\n")
    };
    let null_test = ratio_to(index_of("spillway again"));
    write!(
        text,
        "\n{}{}- the same program twice: {null_test}; differences smaller than this mean nothing\n",
        verdict("nginx", 1.03),
        verdict("serve_dir", 0.2),
    )
    .expect("a string can be written");
    text
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(run: &RunFolder) {
    let summary = fs::read_to_string(run.path().join("summary.md")).expect("it was just written");
    println!("{summary}\n{}", run.path().display());
}
