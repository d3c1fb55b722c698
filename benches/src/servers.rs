//! The servers that are compared: Spillway and its peers over the same files.
//!
//! Servers and client share processor 0. On two processors the client would disturb the servers
//! through caches and execution units that virtual processors share without saying so, and waking
//! it would be part of the servers' work; both differ from minute to minute.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::Advice;
use serde_json::Value;
use spillway_tests::{ServerProcess, sample_video, spillway_binary, wire};

use crate::cpu;
use crate::range_client::{Client, Load, Received, Target};
use crate::run_folder::top;
use crate::undo::Undo;

/// The length of each.
pub const FILE_BYTES: usize = 256 << 20;

/// The folder of the backlog, and what the names in it begin with.
const BACKLOG: &str = "backlog";

const CONGESTION_CONTROL: &str = "/proc/sys/net/ipv4/tcp_congestion_control";

/// The same files for all: valid MP4s, so that Spillway lists them, and hot, because they were
/// just read. Pages that a write left in memory lie scattered and are on their way to the disk.
#[derive(Debug)]
pub struct Media {
    folder: PathBuf,
    files: usize,
    /// Names of films that were added.
    films: Vec<String>,
    /// Removes everything that the servers keep, too.
    _removal: Undo,
}

/// A server, running until it is dropped.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    address: SocketAddr,
    targets: Vec<Target>,
    films: Vec<String>,
    running: Running,
}

#[derive(Debug)]
enum Running {
    Spillway(ServerProcess),
    Peer(Child),
}

/// Connections to a server, to put a load on it.
#[derive(Debug)]
pub struct Connected {
    name: &'static str,
    pid: u32,
    client: Client,
}

/// What a load cost the server and brought the client.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Processor time of the server and all its descendants.
    pub cpu_seconds: f64,
    /// What came.
    pub received: Received,
}

impl Measured {
    /// The cost of a gigabyte of payload.
    pub fn cpu_seconds_per_gb(&self) -> f64 {
        self.cpu_seconds / (self.received.bytes as f64 / 1e9)
    }

    /// The rate of payload.
    pub fn gb_per_second(&self) -> f64 {
        self.received.bytes as f64 / 1e9 / self.received.seconds
    }
}

impl Media {
    /// Writes so many files of [`FILE_BYTES`] and reads them.
    ///
    /// # Panics
    /// If they do not fit on the disk.
    pub fn new(files: usize) -> Self {
        let folder = tempfile::tempdir_in(top().join("target")).expect("target can be written");
        let folder = folder.keep();
        let removal = Undo::with({
            let folder = folder.clone();
            // A server that is still ending may keep it from being empty.
            move || drop(fs::remove_dir_all(folder))
        });
        let media = Self { folder, files, films: Vec::new(), _removal: removal };
        fs::create_dir_all(media.path()).expect("the folder can be written");
        for number in 1..=files {
            let bytes = sample_video::mp4(7_200_000, FILE_BYTES);
            let path = media.path().join(file_name(number));
            fs::write(&path, bytes).expect("there is room");
            let mut file = File::open(&path).expect("it was written");
            file.sync_all().expect("the disk takes it");
            rustix::fs::fadvise(&file, 0, None, Advice::DontNeed).expect("a file takes advice");
            io::copy(&mut file, &mut io::sink()).expect("it can be read");
        }
        media
    }

    /// Adds a film under so many names, each of which is another file to a server.
    ///
    /// # Panics
    /// If the film is on another file system.
    pub fn add_film(&mut self, film: &Path, names: usize) {
        for _ in 0..names {
            let name = format!("feature{}.mp4", self.films.len() + 1);
            fs::hard_link(film, self.path().join(&name))
                .expect("films and target are on one file system");
            self.films.push(name);
        }
    }

    /// Adds a folder that only [`Server::spillway_making_ahead`] serves, of a film under so many names.
    ///
    /// # Panics
    /// If the film is on another file system.
    pub fn add_backlog(&mut self, film: &Path, names: usize) {
        fs::create_dir_all(self.backlog()).expect("the folder can be written");
        for number in 1..=names {
            fs::hard_link(film, self.backlog().join(format!("{BACKLOG}{number}.mp4")))
                .expect("films and target are on one file system");
        }
    }

    /// The folder they are in.
    pub fn path(&self) -> PathBuf {
        self.folder.join("media")
    }

    fn backlog(&self) -> PathBuf {
        self.folder.join(BACKLOG)
    }

    /// A configuration file for Spillway, without which it would make pictures of what it finds.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn configuration(&self) -> PathBuf {
        self.configuration_of("nothing-ahead", 0)
    }

    fn configuration_of(&self, name: &str, ahead_processor_s_per_hour: u64) -> PathBuf {
        let path = self.folder.join(name).with_extension("toml");
        let text = format!(
            "[thumbnails]\nahead_processor_s_per_hour = {ahead_processor_s_per_hour}\n\
             ahead_read_bytes_per_hour = {}\n",
            1_u64 << 44
        );
        fs::write(&path, text).expect("the folder can be written");
        path
    }

    fn target(&self, file_name: &str, url_path: String) -> Target {
        let file = self.path().join(file_name);
        let size_bytes = file.metadata().expect("the file was written").len();
        Target { url_path, file, size_bytes }
    }
}

impl Server {
    /// Starts Spillway and waits until it lists every file. `name` is for the reports.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spillway(name: &'static str, media: &Media) -> Self {
        Self::spillway_on("0", name, media)
    }

    /// The same on these processors, as `taskset` lists them. It starts a worker for each.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spillway_on(processors: &str, name: &'static str, media: &Media) -> Self {
        Self::spillway_by(pinned(processors, spillway_binary()), name, media)
    }

    /// The same by a command that ends up being the program.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spillway_by(mut command: Command, name: &'static str, media: &Media) -> Self {
        command.arg("serve").arg("--config").arg(media.configuration());
        Self::spillway_of(command, name, media)
    }

    /// The same of the backlog too, of which it makes pictures all the time: its budget is all that
    /// there is.
    ///
    /// # Panics
    /// If it does not start.
    pub fn spillway_making_ahead(mut command: Command, name: &'static str, media: &Media) -> Self {
        let configuration = media.configuration_of("ahead", 64 * 3_600);
        command.arg("serve").arg("--config").arg(configuration);
        command.arg("--media").arg(media.backlog());
        Self::spillway_of(command, name, media)
    }

    fn spillway_of(mut command: Command, name: &'static str, media: &Media) -> Self {
        // Each starts with nothing.
        let data = tempfile::Builder::new().prefix("data-").tempdir_in(&media.folder);
        command.arg("--media").arg(media.path());
        command.arg("--data").arg(data.expect("the folder can be written").keep());
        command.args(["--listen", "127.0.0.1:0"]);
        let process = ServerProcess::start_command(command)
            .unwrap_or_else(|finished| panic!("spillway did not start: {}", finished.stderr));
        let address = process.address();
        wait_until("the first scan ends", || get(address, "/readyz").status == 200);
        let listed = listed_files(address);
        let mut targets = Vec::new();
        let mut films = Vec::new();
        for file in listed {
            let text = |field: &str| file[field].as_str().expect("a file has it").to_owned();
            let file_name = text("file_name");
            if file_name.starts_with(BACKLOG) {
                continue;
            }
            if media.films.contains(&file_name) {
                films.push(format!("/api/v1/files/{}", text("id")));
            } else {
                targets.push(media.target(&file_name, text("url")));
            }
        }
        assert_eq!(targets.len(), media.files, "spillway lists every file");
        assert_eq!(films.len(), media.films.len(), "spillway lists every film");
        Self { name, address, targets, films, running: Running::Spillway(process) }
    }

    /// Starts nginx with `benches/peers/nginx/nginx.conf` and, in its `http` block, `more` lines.
    ///
    /// # Panics
    /// If it does not start.
    pub fn nginx(name: &'static str, more: &str, media: &Media) -> Self {
        // nginx takes a space for the end of a path.
        let own = media.folder.join(name.replace(' ', "-"));
        fs::create_dir_all(&own).expect("the folder can be written");
        let address = free_address();
        let configuration = fs::read_to_string(top().join("benches/peers/nginx/nginx.conf"))
            .expect("the configuration is in the source tree")
            .replace("@FOLDER@", &own.to_string_lossy())
            .replace("@ROOT@", &media.path().to_string_lossy())
            .replace("@PORT@", &address.port().to_string())
            .replace("@MORE@", more);
        // As root nginx would become nobody, who may not look into the folder.
        let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
        let path = own.join("nginx.conf");
        fs::write(&path, format!("{user}{configuration}")).expect("the folder can be written");
        let mut command = pinned("0", "nginx");
        command.arg("-c").arg(&path).arg("-p").arg(&own);
        Self::plain(name, address, media, command)
    }

    /// Starts one of the programs of `benches/peers`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn peer(name: &'static str, program: &str, media: &Media) -> Self {
        let address = free_address();
        let beside_us = std::env::current_exe().expect("a program knows its path");
        let mut command = pinned("0", beside_us.with_file_name(program));
        command.arg(address.port().to_string()).arg(media.path());
        Self::plain(name, address, media, command)
    }

    fn plain(name: &'static str, address: SocketAddr, media: &Media, mut command: Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let running = Running::Peer(child);
        wait_until(name, || TcpStream::connect(address).is_ok());
        let targets = (1..=media.files)
            .map(file_name)
            .map(|file_name| media.target(&file_name, format!("/{file_name}")))
            .collect();
        Self { name, address, targets, films: Vec::new(), running }
    }

    /// The process that was started.
    pub fn pid(&self) -> u32 {
        match &self.running {
            Running::Spillway(process) => process.pid(),
            Running::Peer(child) => child.id(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The files as it serves them.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Where Spillway's interface has the pictures of the films that were added.
    pub fn films(&self) -> &[String] {
        &self.films
    }

    /// What the reports call it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Opens connections, and sees that the server's ends use the congestion control that the
    /// system has now.
    ///
    /// # Panics
    /// If they do not, or the server takes no connections.
    pub fn connect(&self, connections: usize) -> Connected {
        let client = Client::connect(self.address, self.targets.clone(), connections)
            .expect("the server takes them");
        self.assert_congestion_control(connections);
        Connected { name: self.name, pid: self.pid(), client }
    }

    /// Sees that so many of the server's connections use the congestion control that the system has
    /// now.
    ///
    /// # Panics
    /// If they do not.
    pub fn assert_congestion_control(&self, connections: usize) {
        let wanted = fs::read_to_string(CONGESTION_CONTROL).expect("the setting can be read");
        let source = format!("sport = :{}", self.address.port());
        let listed = Command::new("ss").args(["-tinH", "state", "established", &source]).output();
        let listed = String::from_utf8(listed.expect("ss is installed").stdout);
        let listed = listed.expect("ss is ASCII");
        let same = listed.matches(&format!(" {} ", wanted.trim())).count();
        assert!(same >= connections, "{same} of {connections} connections use {wanted}:\n{listed}");
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

impl Connected {
    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Puts a load on the server, and says what it cost.
    ///
    /// # Panics
    /// If an answer is wrong.
    pub fn load(&mut self, load: Load) -> Measured {
        let before = cpu::used_seconds(self.pid);
        let received =
            self.client.run(load).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        // What the kernel still does for the last answers belongs to them.
        thread::sleep(Duration::from_millis(50));
        Measured { cpu_seconds: cpu::used_seconds(self.pid) - before, received }
    }

    /// The payload that each connection got in the last load while new answers were asked for.
    pub fn bytes_of_each(&self) -> Vec<u64> {
        self.client.bytes_of_each().collect()
    }
}

/// Loads each once, forwards in one round and backwards in the next, so that whatever else the
/// machine does meets all alike. In the order of `servers`.
pub fn load_in_turn(servers: &mut [Connected], round: usize, load: Load) -> Vec<Measured> {
    let mut order: Vec<usize> = (0..servers.len()).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    let mut measured: Vec<Option<Measured>> = vec![None; servers.len()];
    for index in order {
        measured[index] = Some(servers[index].load(load));
    }
    measured.into_iter().map(|one| one.expect("every server was loaded")).collect()
}

/// Pins this thread, and those it starts, to a processor.
///
/// # Panics
/// If there is none of that number.
pub fn pin_to_processor(number: usize) {
    let mut only_one = rustix::thread::CpuSet::new();
    only_one.set(number);
    rustix::thread::sched_setaffinity(None, &only_one).expect("there is such a processor");
}

/// cubic as the system's congestion control, put back when dropped. A connection keeps what the
/// system had when it was made.
#[derive(Debug)]
pub struct Cubic {
    _put_back: Undo,
}

impl Cubic {
    /// # Panics
    /// If it may not be set: servers under different congestion controls cannot be compared.
    #[allow(clippy::new_without_default, reason = "it changes a system setting")]
    pub fn new() -> Self {
        let before = fs::read_to_string(CONGESTION_CONTROL).expect("the setting can be read");
        let is_cubic = before.trim() == "cubic";
        let put_back = Undo::with(move || {
            if !is_cubic {
                fs::write(CONGESTION_CONTROL, before.trim())
                    .expect("what could be set can be set back");
            }
        });
        if !is_cubic {
            fs::write(CONGESTION_CONTROL, "cubic").unwrap_or_else(|error| {
                panic!("{CONGESTION_CONTROL} must be cubic, set it as root: {error}")
            });
        }
        Self { _put_back: put_back }
    }
}

/// A command that runs a program on these processors, as `taskset` lists them. However the benchmark
/// ends, the program ends with it.
pub fn pinned(processors: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "taskset", "-c", processors]).arg(program);
    command
}

fn file_name(number: usize) -> String {
    format!("film{number}.mp4")
}

/// All files that a server lists.
fn listed_files(address: SocketAddr) -> Vec<Value> {
    let mut files = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor) = next {
        let page = get(address, &format!("/api/v1/titles?limit=200{cursor}")).json();
        for title in page["items"].as_array().expect("a page has items") {
            files.extend(title["files"].as_array().expect("a title has files").iter().cloned());
        }
        next = page["next_cursor"].as_str().map(|cursor| format!("&cursor={cursor}"));
    }
    files
}

/// `GET`s a path on a connection of its own.
///
/// # Panics
/// If no whole answer comes.
pub fn get(address: SocketAddr, path: &str) -> wire::Response {
    get_by(&mut wire::Connection::open(address), path)
}

/// `GET`s a path on a connection that is kept.
///
/// # Panics
/// If no whole answer comes.
pub fn get_by(connection: &mut wire::Connection, path: &str) -> wire::Response {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    connection.send(request).expect("the server takes a request");
    connection.read_response().expect("the server answers")
}

/// A loopback address that nobody listened on a moment ago.
///
/// # Panics
/// If there is none.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound")
}

fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    spillway_tests::eventually(what, Duration::from_mins(5), is_so);
}
