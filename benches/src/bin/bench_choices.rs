//! `make bench-choices`: what two choices of the streaming engine rest on.
//!
//! - One runtime that moves work between processors, or one for each processor that keeps what it
//!   has: one server on two processors against two servers on one each, with the same clients.
//! - From which length on `sendfile` costs less than to copy through memory: one thread that does
//!   either, and nothing else.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, SendFlags};
use spillway_benches::cpu;
use spillway_benches::range_client::Load;
use spillway_benches::run_folder::{RunFolder, said_by};
use spillway_benches::servers::{Connected, Cubic, FILE_BYTES, Media, Server, pin_to_processor};
use spillway_benches::statistics::{Median, median};
use spillway_tests::spillway_binary;

const ROUNDS: usize = 7;
const FILES: usize = 4;
const LOAD_DURATION: Duration = Duration::from_secs(1);
/// By all clients together, half of them on each processor.
const CONNECTIONS: [usize; 2] = [32, 256];
const RANGES_KIB: [u64; 3] = [64, 1024, 8192];

/// Lengths of answers for which both ways are tried.
const LENGTHS_KIB: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// How many answers of each length are sent in a round, in turn by either way.
const ANSWERS: usize = 4000;
const HEAD: [u8; 700] = [b'h'; 700];
const REQUEST_BYTES: usize = 80;

fn main() {
    let media = Media::new(FILES);
    let run = RunFolder::create(
        "choices",
        &setting(),
        &[("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"]))],
    );
    let copying = Copying::measure(&media);
    let runtimes = Runtimes::measure(&media);
    run.write("raw.csv", &format!("{}{}", copying.raw_csv(), runtimes.raw_csv()));
    let summary =
        format!("# Choices\n\n{}.\n\n{}\n{}", setting(), runtimes.summary(), copying.summary());
    run.write("summary.md", &summary);
    report(&summary, &run);
}

fn setting() -> String {
    format!(
        "{ROUNDS} rounds, {FILES} hot files of {} MiB, cubic for all.\nRuntimes: {} s for each way a \
         round, a client thread on each processor with half of the connections.\nCopies: {ANSWERS} \
         answers of each length by either way a round, a head of {} bytes, one connection, both ends \
         on processor 0",
        FILE_BYTES >> 20,
        LOAD_DURATION.as_secs(),
        HEAD.len(),
    )
}

/// One runtime against one for each processor.
struct Runtimes(Vec<RuntimeCell>);

/// By round: one server on both processors; one on each, whose clients run beside it; one on each,
/// whose clients run on the other.
struct RuntimeCell {
    range_kib: u64,
    connections: usize,
    rounds: Vec<[Cost; 3]>,
}

#[derive(Clone, Copy)]
struct Cost {
    cpu_seconds: f64,
    bytes: u64,
    seconds: f64,
}

impl Cost {
    fn cpu_seconds_per_gb(self) -> f64 {
        self.cpu_seconds / (self.bytes as f64 / 1e9)
    }
}

impl Runtimes {
    fn measure(media: &Media) -> Self {
        let both = Server::spillway_on("0,1", "both", media);
        let each =
            [Server::spillway_on("0", "first", media), Server::spillway_on("1", "second", media)];
        let mut cells = Vec::new();
        for connections in CONNECTIONS {
            let half = connections / 2;
            let mut ways: [[Connected; 2]; 3] = {
                let _cubic = Cubic::new();
                [[&both, &both], [&each[0], &each[1]], [&each[1], &each[0]]].map(|servers| {
                    [connect_from(0, servers[0], half), connect_from(1, servers[1], half)]
                })
            };
            for range_kib in RANGES_KIB {
                let load = Load { range_bytes: range_kib << 10, duration: LOAD_DURATION };
                for way in &mut ways {
                    load_both(way, load);
                }
                let rounds = (0..ROUNDS).map(|round| load_in_turn(&mut ways, round, load));
                cells.push(RuntimeCell { range_kib, connections, rounds: rounds.collect() });
            }
        }
        Self(cells)
    }

    fn raw_csv(&self) -> String {
        let mut csv = String::from("range_kib,connections,round,way,cpu_seconds,bytes,seconds\n");
        for RuntimeCell { range_kib, connections, rounds } in &self.0 {
            for (round, costs) in rounds.iter().enumerate() {
                for (way, cost) in ["one", "each, beside", "each, across"].iter().zip(costs) {
                    let Cost { cpu_seconds, bytes, seconds } = cost;
                    writeln!(
                        csv,
                        "{range_kib},{connections},{round},\"{way}\",{cpu_seconds:.6},{bytes},{seconds:.6}"
                    )
                    .expect("a string can be written");
                }
            }
        }
        csv
    }

    fn summary(&self) -> String {
        let mut text = String::from(
            "## One runtime for both processors, or one for each\n\n\
             CPU-s/GB of one; cost of one for each over it, and its rate over that of one; its \
             clients beside it, and on the other processor.\n\n\
             | range | clients | one | each, beside | rate | each, across | rate |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for cell in &self.0 {
            let over_one = |way: usize, figure: fn(Cost) -> f64| -> Median {
                let ratios = cell.rounds.iter().map(|costs| figure(costs[way]) / figure(costs[0]));
                median(&ratios.collect::<Vec<_>>())
            };
            let of_one: Vec<f64> =
                cell.rounds.iter().map(|costs| costs[0].cpu_seconds_per_gb()).collect();
            let rate = |cost: Cost| cost.bytes as f64 / cost.seconds;
            writeln!(
                text,
                "| {} KiB | {} | {} | {} | {} | {} | {} |",
                cell.range_kib,
                cell.connections,
                median(&of_one),
                over_one(1, Cost::cpu_seconds_per_gb),
                over_one(1, rate),
                over_one(2, Cost::cpu_seconds_per_gb),
                over_one(2, rate),
            )
            .expect("a string can be written");
        }
        text
    }
}

/// Connects from where the client will run: a server may look at where a connection comes in.
fn connect_from(processor: usize, server: &Server, connections: usize) -> Connected {
    thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            pin_to_processor(processor);
            server.connect(connections)
        });
        connecting.join().expect("it connects")
    })
}

fn load_in_turn(ways: &mut [[Connected; 2]; 3], round: usize, load: Load) -> [Cost; 3] {
    let mut costs = [None; 3];
    for turn in 0..ways.len() {
        let way = (turn + round) % ways.len();
        costs[way] = Some(load_both(&mut ways[way], load));
    }
    costs.map(|cost| cost.expect("each had its turn"))
}

/// Loads two servers, or one twice, from a thread on each processor.
fn load_both(ends: &mut [Connected; 2], load: Load) -> Cost {
    let mut pids = ends.each_ref().map(Connected::pid).to_vec();
    pids.dedup();
    let used = || pids.iter().map(|pid| cpu::used_seconds(*pid)).sum::<f64>();
    let (before, began) = (used(), Instant::now());
    let received = thread::scope(|scope| {
        let clients = ends.iter_mut().enumerate().map(|(processor, end)| {
            scope.spawn(move || {
                pin_to_processor(processor);
                end.load(load).received
            })
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().map(|client| client.join().expect("a client")).collect::<Vec<_>>()
    });
    Cost {
        cpu_seconds: used() - before,
        bytes: received.iter().map(|received| received.bytes).sum(),
        seconds: began.elapsed().as_secs_f64(),
    }
}

/// `sendfile` against reading and writing, by length.
struct Copying(Vec<CopyingCell>);

/// Processor seconds of an answer by round: by `sendfile`, and through memory.
struct CopyingCell {
    length_kib: usize,
    rounds: Vec<[f64; 2]>,
}

impl Copying {
    fn measure(media: &Media) -> Self {
        let file = File::open(media.path().join("film1.mp4")).expect("it was made");
        thread::scope(|scope| {
            // A thread of its own: what is pinned stays pinned.
            let measuring = scope.spawn(|| {
                pin_to_processor(0);
                let cells = LENGTHS_KIB.map(|length_kib| CopyingCell::measure(&file, length_kib));
                Self(cells.into())
            });
            measuring.join().expect("it measures")
        })
    }

    fn raw_csv(&self) -> String {
        let mut csv = String::from("length_kib,round,sendfile_cpu_seconds,copy_cpu_seconds\n");
        for CopyingCell { length_kib, rounds } in &self.0 {
            for (round, [sendfile, copy]) in rounds.iter().enumerate() {
                writeln!(csv, "{length_kib},{round},{sendfile:.9},{copy:.9}")
                    .expect("a string can be written");
            }
        }
        csv
    }

    fn summary(&self) -> String {
        let mut text = String::from(
            "## `sendfile`, or copies\n\n\
             | length | µs of an answer by sendfile | through memory, over that |\n| --- | --- | --- |\n",
        );
        for CopyingCell { length_kib, rounds } in &self.0 {
            let sendfile: Vec<f64> = rounds.iter().map(|[sendfile, _]| sendfile * 1e6).collect();
            let ratios: Vec<f64> = rounds.iter().map(|[sendfile, copy]| copy / sendfile).collect();
            writeln!(text, "| {length_kib} KiB | {} | {} |", median(&sendfile), median(&ratios))
                .expect("a string can be written");
        }
        text
    }
}

impl CopyingCell {
    fn measure(file: &File, length_kib: usize) -> Self {
        let len_bytes = length_kib << 10;
        let (mut server, client) = {
            let _cubic = Cubic::new();
            pair().expect("loopback connects")
        };
        let asking = thread::spawn(move || ask(client, HEAD.len() + len_bytes));
        let mut memory = vec![0; HEAD.len() + len_bytes];
        let mut place = 0;
        let mut answer_all = |send: &mut dyn FnMut(&TcpStream, u64) -> io::Result<()>| {
            let before = cpu::used_seconds_here();
            for _ in 0..ANSWERS {
                server.read_exact(&mut [0; REQUEST_BYTES]).expect("the client asks");
                // Odd steps, so that places are spread and no two answers are the same pages.
                place = (place + 7_654_321) % (FILE_BYTES - len_bytes) as u64;
                send(&server, place).expect("the client takes it");
            }
            (cpu::used_seconds_here() - before) / ANSWERS as f64
        };
        let rounds = (0..=ROUNDS).map(|_| {
            let by_sendfile =
                answer_all(&mut |socket, place| send_file(socket, file, place, len_bytes));
            let by_copy = answer_all(&mut |socket, place| {
                memory[..HEAD.len()].copy_from_slice(&HEAD);
                file.read_exact_at(&mut memory[HEAD.len()..], place)?;
                let mut socket = socket;
                socket.write_all(&memory)
            });
            [by_sendfile, by_copy]
        });
        // The first is for the caches.
        let rounds: Vec<[f64; 2]> = rounds.skip(1).collect();
        drop(server);
        asking.join().expect("the client ends with its server");
        Self { length_kib, rounds }
    }
}

fn send_file(socket: &TcpStream, file: &File, place: u64, len_bytes: usize) -> io::Result<()> {
    rustix::net::send(socket, &HEAD, SendFlags::MORE)?;
    let (mut place, mut left) = (place, len_bytes);
    while left > 0 {
        left -= rustix::fs::sendfile(socket, file, Some(&mut place), left)?;
    }
    Ok(())
}

/// The two ends of a connection.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    for end in [&server, &client] {
        end.set_nodelay(true)?;
    }
    Ok((server, client))
}

/// Asks and throws answers away, until the other end closes.
fn ask(mut socket: TcpStream, answer_bytes: usize) {
    let mut memory = vec![0; answer_bytes];
    while socket.write_all(&[b'r'; REQUEST_BYTES]).is_ok() {
        let mut left = answer_bytes;
        while left > 0 {
            let (_, taken) =
                rustix::net::recv(&socket, &mut memory[..left], RecvFlags::TRUNC).unwrap_or((0, 0));
            if taken == 0 {
                return;
            }
            left -= taken;
        }
    }
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(summary: &str, run: &RunFolder) {
    println!("{summary}\n{}", run.path().display());
}
