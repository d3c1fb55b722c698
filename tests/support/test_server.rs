//! A whole server in one line: port 0, folders of its own, nothing left when it is dropped.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::param::clock_ticks_per_second;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::encryption::{Certificate, Trust};
use crate::http_2::Http2;
use crate::server_process::{Finished, ServerProcess, spillway_binary};
use crate::wire::{Connection, Response};
use crate::{Library, tools};

/// From the ready line to the end of the first scan of a test's small folder.
const SCAN_PATIENCE: Duration = Duration::from_mins(1);

/// A server with a library of its own.
///
/// Dropping it sends SIGTERM and sees that it ends well: exit code 0, no panic in its log, no
/// process left.
#[derive(Debug)]
pub struct TestServer {
    /// Only a dropped server has none.
    process: Option<ServerProcess>,
    /// How clients know it, where it has a certificate.
    trust: Option<Trust>,
    /// A successor reads it again.
    _configuration_folder: TempDir,
    data: TempDir,
}

/// How the server will be started.
#[derive(Debug)]
pub struct Setup {
    command: &'static str,
    media: Vec<PathBuf>,
    more: Vec<OsString>,
    /// What runs the program, and its own arguments.
    runner: Vec<OsString>,
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    /// What the program finds at descriptor 0; nothing unless said.
    stdin: Option<OwnedFd>,
    trust: Option<Trust>,
    /// What its configuration file says, where it gets one from here.
    configuration: Option<String>,
    configuration_folder: TempDir,
    data: TempDir,
}

/// Pictures made ahead would be one more reader of each film, at moments of their own.
const NOTHING_AHEAD: &str = "[thumbnails]\nahead_processor_s_per_hour = 0\n";

impl TestServer {
    /// A server of this library, not started yet. It makes no pictures before it is asked for them.
    ///
    /// # Panics
    /// If there is no place for temporary files.
    pub fn with(library: &Library) -> Setup {
        let setup = Setup::of("serve", vec![library.path().to_owned()]);
        Setup { configuration: Some(NOTHING_AHEAD.to_owned()), ..setup }
    }

    /// A server of what this configuration file says, otherwise as [`Self::with`].
    ///
    /// # Panics
    /// If there is no place for temporary files.
    pub fn configured(text: &str) -> Setup {
        let setup = Setup::of("serve", Vec::new());
        Setup { configuration: Some(NOTHING_AHEAD.to_owned()), ..setup }.configured(text)
    }

    /// A server of the demo library, not started yet.
    ///
    /// # Panics
    /// If there is no place for temporary files.
    pub fn demo() -> Setup {
        Setup::of("demo", Vec::new())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.process().address()
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.process().scheme(), self.address())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// Where it keeps its data.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What its open descriptors lead to, as `/proc` names it.
    ///
    /// # Panics
    /// If it is gone.
    pub fn descriptors(&self) -> Vec<String> {
        let folder = format!("/proc/{}/fd", self.pid());
        let entries = fs::read_dir(folder).expect("the server runs");
        // One may close while the list is read.
        let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
        links.map(|link| link.to_string_lossy().into_owned()).collect()
    }

    /// Memory that it has for itself: without the pages of files it has mapped.
    ///
    /// # Panics
    /// If it is gone.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("the server runs");
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kibibytes: Option<u64> =
            kibibytes.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        1024 * kibibytes.expect("it has memory")
    }

    /// Processor time it has taken, of all its threads.
    ///
    /// # Panics
    /// If it is gone.
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid()));
        let stat = stat.expect("the server runs");
        // The name, in brackets, may hold anything; utime and stime are fields 14 and 15 (proc(5)).
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks =
            after_name.split(' ').skip(11).take(2).filter_map(|text| text.parse::<u64>().ok());
        Duration::from_secs(ticks.sum()) / u32::try_from(clock_ticks_per_second()).expect("100")
    }

    /// The value of a metric without labels.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/metrics");
        let value =
            metrics.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.and_then(|value| value.parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in {}", metrics.text()))
    }

    /// From now on clients know it by this certificate.
    pub fn trust(&mut self, certificate: &Certificate) {
        self.trust = Some(certificate.trust());
    }

    /// A new connection, encrypted where the server has a certificate.
    pub fn connect(&self) -> Connection {
        match &self.trust {
            None => Connection::open(self.address()),
            Some(trust) => Connection::open_encrypted(self.address(), trust),
        }
    }

    /// A new connection that speaks HTTP/2.
    ///
    /// # Panics
    /// If the server has no certificate.
    pub fn connect_by_http_2(&self) -> Http2 {
        let trust = self.trust.as_ref().expect("HTTP/2 is spoken over TLS alone");
        Http2::open(self.address(), trust)
    }

    /// `GET`s a path on a connection of its own.
    ///
    /// # Panics
    /// If no whole answer comes.
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, "")
    }

    /// Sends a request with more header lines (each ending in CR LF) and no body.
    ///
    /// # Panics
    /// If no whole answer comes.
    pub fn request(&self, method: &str, path: &str, more_headers: &str) -> Response {
        let mut connection = self.connect();
        let host = self.address();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more_headers}\r\n"
        );
        connection.send(request).expect("the server takes a request");
        let response = match method {
            "HEAD" => connection.read_head(),
            _ => connection.read_response(),
        };
        response.unwrap_or_else(|error| panic!("no answer to {method} {path}: {error}"))
    }

    /// Sends a request with a JSON body, or with none for `null`.
    ///
    /// # Panics
    /// If no whole answer comes.
    pub fn send_json(&self, method: &str, path: &str, body: &Value) -> Response {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut connection = self.connect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address(),
            body.len()
        );
        connection.send(request).expect("the server takes a request");
        connection
            .read_response()
            .unwrap_or_else(|error| panic!("no answer to {method} {path}: {error}"))
    }

    /// Every item of a list, page after page.
    ///
    /// # Panics
    /// If a page is not what docs/api.md says, or the list has no end.
    pub fn all_items(&self, path: &str) -> Vec<Value> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut next = format!("{path}{joint}limit=200");
        for _ in 0..1000 {
            let page = self.get(&next);
            assert_eq!(page.status, 200, "{next}: {}", page.text());
            let page = page.json();
            items.extend(page["items"].as_array().expect("a page has items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}{joint}limit=200&cursor={cursor}"),
                None => return items,
            }
        }
        panic!("{path} has no last page");
    }

    /// Every title, as `GET /api/v1/titles` lists them.
    pub fn titles(&self) -> Vec<Value> {
        self.all_items("/api/v1/titles")
    }

    /// The path of the only file whose name is this.
    ///
    /// # Panics
    /// If no title has it.
    pub fn file_url(&self, file_name: &str) -> String {
        let titles = self.titles();
        let url = titles
            .iter()
            .flat_map(|title| title["files"].as_array().expect("a title has files"))
            .find(|file| file["file_name"] == file_name)
            .and_then(|file| file["url"].as_str());
        url.unwrap_or_else(|| panic!("{file_name} is not listed in {titles:#?}")).to_owned()
    }

    /// Asks for a scan, waits until it has ended and gives it as `GET /api/v1/scans` does.
    ///
    /// # Panics
    /// If it has not ended in a minute.
    pub fn scan(&self) -> Value {
        let newest = || {
            let scans = self.all_items("/api/v1/scans");
            scans.into_iter().find(|scan| scan["trigger"] == "request")
        };
        let before = newest();
        // One that waits already may be another's, begun because of a change.
        eventually("a scan is taken on", SCAN_PATIENCE, || {
            let answer = self.send_json("POST", "/api/v1/scans", &Value::Null);
            assert_eq!(answer.status, 202, "{}", answer.text());
            answer.json()["state"] != "already_waiting"
        });
        let mut scan = before.clone();
        eventually("the scan ends", SCAN_PATIENCE, || {
            scan = newest();
            let id = |scan: &Option<Value>| scan.as_ref().map(|scan| scan["id"].clone());
            id(&scan) != id(&before) && scan.as_ref().is_some_and(|scan| scan["state"] != "running")
        });
        let scan = scan.expect("it was just seen");
        assert_eq!(scan["state"], "done", "{scan}");
        scan
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If it is gone already.
    pub fn signal(&self, signal: Signal) {
        self.process().signal(signal);
    }

    /// Stops it as a service manager does.
    ///
    /// # Panics
    /// If it does not end well.
    pub fn stop(self) -> Finished {
        self.stop_by(Signal::TERM)
    }

    /// Stops it by this signal.
    ///
    /// # Panics
    /// If it does not end well.
    pub fn stop_by(mut self, signal: Signal) -> Finished {
        let process = self.process.take().expect("it runs until it is dropped");
        process.signal(signal);
        let finished = process.wait();
        assert_ended_well(&finished);
        finished
    }

    /// Asks it to stop and, a moment later, once more, as somebody does who will not wait.
    ///
    /// # Panics
    /// If it does not end at all.
    pub fn stop_at_once(mut self) -> Finished {
        let process = self.process.take().expect("it runs until it is dropped");
        process.signal(Signal::TERM);
        thread::sleep(Duration::from_millis(300));
        process.signal(Signal::TERM);
        process.wait()
    }

    /// Ends it as a power failure does and gives its data to another start with this library.
    ///
    /// # Panics
    /// If it is gone already.
    pub fn kill_and_set_up(mut self, library: &Library) -> Setup {
        self.process.take().expect("it runs until it is dropped").kill();
        self.set_up_again(library)
    }

    /// Stops it and gives its data to another start with this library.
    ///
    /// # Panics
    /// If it does not end well.
    pub fn stop_and_set_up(mut self, library: &Library) -> Setup {
        assert_ended_well(&self.process.take().expect("it runs until it is dropped").stop());
        self.set_up_again(library)
    }

    fn set_up_again(&mut self, library: &Library) -> Setup {
        let mut setup = Self::with(library);
        std::mem::swap(&mut setup.data, &mut self.data);
        setup
    }

    fn process(&self) -> &ServerProcess {
        self.process.as_ref().expect("it runs until it is dropped")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let Some(process) = self.process.take() else { return };
        let finished = process.stop();
        if thread::panicking() {
            // What the server said is most of what a failed test has to tell.
            #[allow(clippy::print_stderr, reason = "a failed test shows the server's log")]
            {
                eprintln!("--- the server's log\n{}---", finished.stderr);
            }
        } else {
            assert_ended_well(&finished);
        }
    }
}

impl Setup {
    fn of(command: &'static str, media: Vec<PathBuf>) -> Self {
        let folder = |prefix| {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir();
            folder.expect("temporary folders can be made")
        };
        Self {
            command,
            media,
            more: Vec::new(),
            runner: Vec::new(),
            program: spillway_binary(),
            environment: Vec::new(),
            stdin: None,
            trust: None,
            configuration: None,
            configuration_folder: folder("spillway-configuration-"),
            data: folder("spillway-data-"),
        }
    }

    /// Adds to its configuration file.
    #[must_use]
    pub fn configured(mut self, text: &str) -> Self {
        let configuration = self.configuration.get_or_insert_default();
        // What stands before the first section has to stay there.
        *configuration = format!("{text}\n{configuration}");
        self
    }

    /// Adds a media folder.
    #[must_use]
    pub fn media(mut self, folder: impl Into<PathBuf>) -> Self {
        self.media.push(folder.into());
        self
    }

    /// Adds an argument to the command line.
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.more.push(argument.as_ref().to_owned());
        self
    }

    /// Gives it a certificate: it speaks HTTPS alone, as do the clients that it then gives.
    #[must_use]
    pub fn with_certificate(mut self, certificate: &Certificate) -> Self {
        self.trust = Some(certificate.trust());
        self.argument("--tls-certificate")
            .argument(certificate.path())
            .argument("--tls-key")
            .argument(certificate.key_path())
    }

    /// Writes every system call of this set (strace's `--trace`) to a file.
    ///
    /// # Panics
    /// If strace is missing.
    #[must_use]
    pub fn traced(self, calls: &str, to: &Path) -> Self {
        tools::require("strace");
        let calls = format!("--trace={calls}");
        // -DD: the program is our child and the tracer stands aside, in a group of its own.
        let strace = ["strace", "-DD", "-f", "-y", "-q", "--seccomp-bpf", "-s", "0", &calls, "-o"];
        let runner: Vec<OsString> = strace.iter().map(OsString::from).collect();
        self.run_by(runner.into_iter().chain([to.as_os_str().to_owned()]))
    }

    /// Has the program run by another, which takes the program and its arguments at its end and
    /// becomes it.
    #[must_use]
    pub fn run_by(mut self, runner: impl IntoIterator<Item = OsString>) -> Self {
        self.runner = runner.into_iter().collect();
        self
    }

    /// Starts this copy of the program, which the test may replace.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Starts it as systemd does one whose socket it has opened: descriptor 3, and two variables.
    #[must_use]
    pub fn activated_by(mut self, socket: impl Into<OwnedFd>) -> Self {
        // The shell moves descriptors where the standard library cannot, and knows the process' number.
        const MOVE: &str = r#"exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@""#;
        self.stdin = Some(socket.into());
        self.run_by(["sh", "-c", MOVE, "sh"].map(OsString::from))
    }

    /// Where it will keep its data, for tests that put something there first.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Starts it, and waits until its first scan is done.
    ///
    /// # Panics
    /// If it does not start or its first scan does not end.
    pub fn start(self) -> TestServer {
        let server = self.start_unready();
        eventually("the first scan ends", SCAN_PATIENCE, || server.get("/readyz").status == 200);
        server
    }

    /// Starts it and does not wait for the first scan.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_unready(self) -> TestServer {
        match self.try_start() {
            Ok(process) => {
                let Self { trust, configuration_folder, data, .. } = self;
                TestServer {
                    process: Some(process),
                    trust,
                    _configuration_folder: configuration_folder,
                    data,
                }
            }
            Err(finished) => panic!("the server did not start: {}", finished.stderr),
        }
    }

    /// Starts it where it must not start. The data folder stays, to be looked at.
    ///
    /// # Panics
    /// If it starts.
    pub fn refuse(&self) -> Finished {
        match self.try_start() {
            Ok(process) => panic!("it started: {}", process.stop().stderr),
            Err(finished) => finished,
        }
    }

    fn try_start(&self) -> Result<ServerProcess, Finished> {
        let mut words = self.runner.iter();
        let mut command = match words.next() {
            None => Command::new(&self.program),
            Some(runner) => Command::new(runner),
        };
        if !self.runner.is_empty() {
            command.args(words).arg(&self.program);
        }
        command.arg(self.command);
        for folder in &self.media {
            command.arg("--media").arg(folder);
        }
        command.arg("--data").arg(self.data.path());
        if let Some(configuration) = &self.configuration {
            let file = self.configuration_folder.path().join("spillway.toml");
            fs::write(&file, configuration).expect("it can be written");
            command.arg("--config").arg(file);
        }
        command.args(["--listen", "127.0.0.1:0"]).args(&self.more);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let stdin = self.stdin.as_ref().map(|socket| socket.try_clone().expect("a duplicate"));
        command.stdin(stdin.map_or_else(Stdio::null, Stdio::from));
        ServerProcess::start_command(command)
    }
}

/// Waits for something to become true.
///
/// # Panics
/// If it does not in time.
pub fn eventually(what: &str, patience: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in {patience:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn assert_ended_well(finished: &Finished) {
    assert!(finished.exited_with(0), "it ended with {}: {}", finished.status, finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "it panicked: {}", finished.stderr);
}
