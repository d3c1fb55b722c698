//! `make bench-serve`: CPU-seconds per gigabyte of hot payload, Spillway against its peers.
//!
//! Every server and the client are pinned to processor 0: on two, the client would disturb the
//! server through caches and execution units that virtual processors share without saying so, and
//! waking it would be part of the server's work; both differ from minute to minute. In each round every server is loaded once, forwards and backwards in turn, so that whatever else the machine does meets all
//! alike; ratios are taken within a round. Spillway runs twice, under two names: how far the two
//! differ is what the method cannot tell apart.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::Advice;
use spillway_benches::cpu;
use spillway_benches::range_client::{Client, Load, Received, Target};
use spillway_benches::run_folder::{RunFolder, said_by, top};
use spillway_benches::statistics::{Median, median};
use spillway_tests::{ServerProcess, sample_video, spillway_binary, wire};

/// At least ten pairs, by our own rule for a claim.
const ROUNDS: usize = 12;
const CONNECTIONS: usize = 16;
const LOAD: Load = Load { range_bytes: 8 << 20, duration: Duration::from_secs(3) };
const FILES: usize = 4;
const FILE_BYTES: usize = 256 << 20;

const CONGESTION_CONTROL: &str = "/proc/sys/net/ipv4/tcp_congestion_control";

fn main() {
    let folder = tempfile::tempdir_in(top().join("target")).expect("target can be written");
    let media = folder.path().join("media");
    make_files(&media);
    let mut servers = start_servers(folder.path(), &media);
    let run = RunFolder::create(
        "serve",
        &setting(),
        &[
            ("nginx", said_by("nginx", &["-v"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    pin_to_processor_0();
    for server in &mut servers {
        let warm_up = Load { duration: Duration::from_secs(1), ..LOAD };
        server.load(warm_up);
    }
    let rounds: Vec<Vec<Measured>> =
        (0..ROUNDS).map(|round| measure(&mut servers, round)).collect();
    run.write("raw.csv", &raw_csv(&servers, &rounds));
    run.write("summary.md", &summary(&servers, &rounds));
    report(&run);
}

/// A server under load.
struct Server {
    name: &'static str,
    client: Client,
    running: Running,
}

/// Ended when dropped.
enum Running {
    Spillway(ServerProcess),
    Peer(Child),
}

#[derive(Clone, Copy)]
struct Measured {
    cpu_seconds: f64,
    received: Received,
}

impl Measured {
    fn cpu_seconds_per_gb(&self) -> f64 {
        self.cpu_seconds / (self.received.bytes as f64 / 1e9)
    }

    fn gb_per_second(&self) -> f64 {
        self.received.bytes as f64 / 1e9 / self.received.seconds
    }
}

impl Server {
    fn load(&mut self, load: Load) -> Measured {
        let pid = match &self.running {
            Running::Spillway(process) => process.pid(),
            Running::Peer(child) => child.id(),
        };
        let before = cpu::used_seconds(pid);
        let received =
            self.client.run(load).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        // What the kernel still does for the last answers belongs to them.
        thread::sleep(Duration::from_millis(50));
        Measured { cpu_seconds: cpu::used_seconds(pid) - before, received }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Self::Spillway(process) => process.signal(rustix::process::Signal::TERM),
            Self::Peer(child) => {
                let pid = rustix::process::Pid::from_child(child);
                // nginx ends its worker on SIGTERM; the others need no better.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
                let _ = child.wait();
            }
        }
    }
}

fn measure(servers: &mut [Server], round: usize) -> Vec<Measured> {
    let mut order: Vec<usize> = (0..servers.len()).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    let mut measured: Vec<Option<Measured>> = vec![None; servers.len()];
    for index in order {
        measured[index] = Some(servers[index].load(LOAD));
    }
    measured.into_iter().map(|one| one.expect("every server was loaded")).collect()
}

/// The same files for all: valid MP4s, so that Spillway lists them, and hot, because they were
/// just read. Pages that a write left in memory lie scattered and are on their way to the disk.
fn make_files(media: &Path) {
    fs::create_dir_all(media).expect("the folder can be written");
    for number in 1..=FILES {
        let bytes = sample_video::mp4(7_200_000, FILE_BYTES);
        let path = media.join(format!("film{number}.mp4"));
        fs::write(&path, bytes).expect("there is a gigabyte");
        let mut file = File::open(&path).expect("it was written");
        file.sync_all().expect("the disk takes it");
        rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("a file takes advice");
        io::copy(&mut file, &mut io::sink()).expect("it can be read");
    }
}

/// Starts all and connects to all under cubic: a connection keeps the congestion control that the
/// system had when it was made, so that the system's own is changed for a moment only.
fn start_servers(folder: &Path, media: &Path) -> Vec<Server> {
    let _cubic = SetForNow::new(CONGESTION_CONTROL, "cubic");
    vec![
        start_spillway("spillway", folder, media),
        start_nginx(folder, media),
        start_spillway("spillway again", folder, media),
        start_peer("serve_dir", "peer-serve-dir", media),
        start_peer("raw_sendfile", "peer-raw-sendfile", media),
    ]
}

fn start_spillway(name: &'static str, folder: &Path, media: &Path) -> Server {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(spillway_binary()).arg("serve");
    command.arg("--media").arg(media).arg("--data").arg(folder.join(name));
    command.args(["--listen", "127.0.0.1:0"]);
    let process = ServerProcess::start_command(command)
        .unwrap_or_else(|finished| panic!("spillway did not start: {}", finished.stderr));
    let address = process.address();
    wait_until("the first scan ends", || get(address, "/readyz").status == 200);
    let titles = get(address, "/api/v1/titles?limit=200").json();
    let targets = titles["items"]
        .as_array()
        .expect("a page has items")
        .iter()
        .flat_map(|title| title["files"].as_array().expect("a title has files"))
        .map(|file| {
            let file_name = file["file_name"].as_str().expect("a file has a name");
            let url_path = file["url"].as_str().expect("a file has a URL").to_owned();
            target(media, file_name, url_path)
        })
        .collect::<Vec<_>>();
    assert_eq!(targets.len(), FILES, "spillway lists every file");
    Server { name, client: connect(address, targets), running: Running::Spillway(process) }
}

fn start_nginx(folder: &Path, media: &Path) -> Server {
    let own = folder.join("nginx");
    fs::create_dir_all(&own).expect("the folder can be written");
    let address = free_address();
    let configuration = fs::read_to_string(top().join("benches/peers/nginx/nginx.conf"))
        .expect("the configuration is in the source tree")
        .replace("@FOLDER@", &own.to_string_lossy())
        .replace("@ROOT@", &media.to_string_lossy())
        .replace("@PORT@", &address.port().to_string());
    // As root nginx would become nobody, who may not look into the folder.
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let path = own.join("nginx.conf");
    fs::write(&path, format!("{user}{configuration}")).expect("the folder can be written");
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "nginx", "-c"]).arg(&path).arg("-p").arg(&own);
    plain_server("nginx", address, media, command)
}

fn start_peer(name: &'static str, program: &str, media: &Path) -> Server {
    let address = free_address();
    let beside_us = std::env::current_exe().expect("a program knows its path");
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(beside_us.with_file_name(program));
    command.arg(address.port().to_string()).arg(media);
    plain_server(name, address, media, command)
}

fn plain_server(
    name: &'static str,
    address: SocketAddr,
    media: &Path,
    mut command: Command,
) -> Server {
    let child = command
        .stdin(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let running = Running::Peer(child);
    wait_until(name, || TcpStream::connect(address).is_ok());
    let targets = (1..=FILES)
        .map(|number| format!("film{number}.mp4"))
        .map(|file_name| target(media, &file_name, format!("/{file_name}")))
        .collect();
    Server { name, client: connect(address, targets), running }
}

fn target(media: &Path, file_name: &str, url_path: String) -> Target {
    let file = media.join(file_name);
    let size_bytes = file.metadata().expect("the file was written").len();
    Target { url_path, file, size_bytes }
}

/// Opens the connections that will be measured, and sees that the server's ends use cubic.
fn connect(address: SocketAddr, targets: Vec<Target>) -> Client {
    let client = Client::connect(address, targets, CONNECTIONS).expect("the server takes them");
    let source = format!("sport = :{}", address.port());
    let listed = Command::new("ss").args(["-tinH", "state", "established", &source]).output();
    let listed = String::from_utf8(listed.expect("ss is installed").stdout).expect("ss is ASCII");
    let cubic = listed.lines().filter(|line| line.contains(" cubic ")).count();
    assert!(cubic >= CONNECTIONS, "{cubic} of {CONNECTIONS} connections use cubic:\n{listed}");
    client
}

fn get(address: SocketAddr, path: &str) -> wire::Response {
    let mut connection = wire::Connection::open(address);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.send(request).expect("the server takes a request");
    connection.read_response().expect("the server answers")
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound")
}

fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    spillway_tests::eventually(what, Duration::from_mins(1), is_so);
}

fn pin_to_processor_0() {
    let mut only_one = rustix::thread::CpuSet::new();
    only_one.set(0);
    rustix::thread::sched_setaffinity(None, &only_one).expect("there is a processor 0");
}

/// A system setting, put back when dropped.
struct SetForNow {
    path: &'static str,
    before: String,
}

impl SetForNow {
    /// # Panics
    /// If it may not be set: servers under different congestion controls cannot be compared.
    fn new(path: &'static str, value: &str) -> Self {
        let before = fs::read_to_string(path).expect("the setting can be read");
        if before.trim() != value {
            fs::write(path, value)
                .unwrap_or_else(|error| panic!("{path} must be {value}, set it as root: {error}"));
        }
        Self { path, before }
    }
}

impl Drop for SetForNow {
    fn drop(&mut self) {
        fs::write(self.path, self.before.trim()).expect("what could be set can be set back");
    }
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
                server.name
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
            server.name,
            of_server(index, Measured::cpu_seconds_per_gb),
            of_server(index, Measured::gb_per_second).value,
            if index == 0 { "1".to_owned() } else { ratio_to(index).to_string() },
        )
        .expect("a string can be written");
    }
    let index_of =
        |name: &str| servers.iter().position(|server| server.name == name).expect("it was started");
    let verdict = |name: &str, bar: f64| {
        let ratio = ratio_to(index_of(name)).value;
        let verdict = if ratio <= bar { "holds" } else { "does not hold" };
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
