//! `make bench-hot`: CPU-seconds per gigabyte for short and long ranges and for few and many clients,
//! against nginx as it is and with its threads for disks, and a bare loop of `sendfile`.
//!
//! `bench-hot 64 16` measures ranges of 64 KiB by 16 clients alone and keeps nothing.

use std::fmt::Write as _;
use std::time::Duration;

use spillway_benches::range_client::Load;
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{
    Connected, Cubic, FILE_BYTES, Measured, Media, Server, load_in_turn, pin_to_processor,
};
use spillway_benches::statistics::{Median, median};
use spillway_tests::spillway_binary;

const ROUNDS: usize = 7;
const FILES: usize = 4;
const LOAD_DURATION: Duration = Duration::from_secs(1);
const RANGES_KIB: [u64; 4] = [64, 256, 1024, 8192];
const CONNECTIONS: [usize; 3] = [1, 16, 256];

/// One combination of range length and number of clients.
struct Cell {
    range_kib: u64,
    connections: usize,
    /// By round, then by server.
    rounds: Vec<Vec<Measured>>,
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn main() {
    let only = only_cell();
    let media = Media::new(FILES);
    let servers = [
        Server::spillway("spillway", &media),
        Server::nginx("nginx", "", &media),
        Server::nginx("nginx aio threads", "aio threads;", &media),
        Server::peer("raw_sendfile", "peer-raw-sendfile", &media),
    ];
    if let Some((range_kib, connections)) = only {
        pin_to_processor(0);
        let cell = measure(&servers, range_kib, connections);
        return println!("{}", table(&servers, &[cell]));
    }
    let run = RunFolder::create(
        "hot",
        &setting(),
        &[
            ("nginx", said_by("nginx", &["-v"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    pin_to_processor(0);
    let cells: Vec<Cell> = CONNECTIONS
        .into_iter()
        .flat_map(|connections| RANGES_KIB.map(|range_kib| (range_kib, connections)))
        .map(|(range_kib, connections)| measure(&servers, range_kib, connections))
        .collect();
    run.write("raw.csv", &raw_csv(&servers, &cells));
    let summary = summary(&servers, &cells);
    run.write("summary.md", &summary);
    println!("{summary}\n{}", run.path().display());
}

/// The one cell that is asked for on the command line: the length of its ranges in KiB and its clients.
fn only_cell() -> Option<(u64, usize)> {
    let mut arguments = std::env::args().skip(1);
    let range_kib = arguments.next()?.parse().expect("the length of a range in KiB");
    let connections = arguments.next().expect("how many clients").parse().expect("a number");
    Some((range_kib, connections))
}

fn measure(servers: &[Server], range_kib: u64, connections: usize) -> Cell {
    let mut connected: Vec<Connected> = {
        let _cubic = Cubic::new();
        servers.iter().map(|server| server.connect(connections)).collect()
    };
    let load = Load { range_bytes: range_kib << 10, duration: LOAD_DURATION };
    for server in &mut connected {
        server.load(Load { duration: LOAD_DURATION / 2, ..load });
    }
    let rounds = (0..ROUNDS).map(|round| load_in_turn(&mut connected, round, load)).collect();
    Cell { range_kib, connections, rounds }
}

impl Cell {
    fn cost(&self, server: usize) -> Median {
        let costs = self.rounds.iter().map(|round| round[server].cpu_seconds_per_gb());
        median(&costs.collect::<Vec<_>>())
    }

    /// Of Spillway, the first server, to another within each round.
    fn ratio_to(&self, server: usize) -> Median {
        let ratios = self
            .rounds
            .iter()
            .map(|round| round[0].cpu_seconds_per_gb() / round[server].cpu_seconds_per_gb());
        median(&ratios.collect::<Vec<_>>())
    }
}

fn setting() -> String {
    format!(
        "ranges of {RANGES_KIB:?} KiB by {CONNECTIONS:?} connections, {ROUNDS} rounds of {} s each, at \
         random places of {FILES} hot files of {} MiB,\nservers and client on processor 0, cubic for \
         all, one answer in 64 compared with the file",
        LOAD_DURATION.as_secs(),
        FILE_BYTES >> 20,
    )
}

fn raw_csv(servers: &[Server], cells: &[Cell]) -> String {
    let mut csv = String::from("range_kib,connections,round,server,cpu_seconds,bytes,seconds\n");
    for Cell { range_kib, connections, rounds } in cells {
        for (round, measured) in rounds.iter().enumerate() {
            for (server, one) in servers.iter().zip(measured) {
                writeln!(
                    csv,
                    "{range_kib},{connections},{round},{},{:.6},{},{:.6}",
                    server.name(),
                    one.cpu_seconds,
                    one.received.bytes,
                    one.received.seconds,
                )
                .expect("a string can be written");
            }
        }
    }
    csv
}

fn table(servers: &[Server], cells: &[Cell]) -> String {
    let mut text = String::from("| range | clients | CPU-s/GB |");
    for server in &servers[1..] {
        write!(text, " to {} |", server.name()).expect("a string can be written");
    }
    text.push_str("\n| --- | --- | --- |");
    text.push_str(&" --- |".repeat(servers.len() - 1));
    for cell in cells {
        write!(text, "\n| {} KiB | {} | {} |", cell.range_kib, cell.connections, cell.cost(0))
            .expect("a string can be written");
        for server in 1..servers.len() {
            write!(text, " {} |", cell.ratio_to(server)).expect("a string can be written");
        }
    }
    text
}

fn summary(servers: &[Server], cells: &[Cell]) -> String {
    let to_nginx: Vec<f64> = cells.iter().map(|cell| cell.ratio_to(1).value).collect();
    let worst = to_nginx.iter().copied().fold(f64::MIN, f64::max);
    let long = cells.iter().filter(|cell| cell.range_kib == 8192);
    let to_raw = long.map(|cell| cell.ratio_to(3).value).fold(f64::MIN, f64::max);
    let middle = median(&to_nginx).value;
    format!(
        "# CPU-seconds per gigabyte, hot\n\n{}.\nMedians with intervals of at least 95 %; ratios of \
         Spillway's cost within rounds.\n\n{}\n\n- at most 0.97 × nginx in the median cell: {middle:.3}, {}\n\
         - nowhere above 1.05 × nginx: {worst:.3}, {}\n\
         - at most 1.15 × the bare loop at 8 MiB: {to_raw:.3}, {}\n",
        setting(),
        table(servers, cells),
        holds(middle <= 0.97),
        holds(worst <= 1.05),
        holds(to_raw <= 1.15),
    )
}
