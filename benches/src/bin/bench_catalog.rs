//! `make bench-catalog`: a catalog of 100,000 titles, asked over HTTP while a scan writes to it,
//! and how soon a server with it sends its first byte.

use std::fmt::Write as _;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use spillway_benches::many_files::{film_name, items, start_and_scan, write_films};
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::statistics::{median, percentile};
use spillway_tests::wire::{Connection, Response};
use spillway_tests::{Library, ServerProcess, TestServer, spillway_binary};

const TITLES: usize = 100_000;
/// Files whose bytes change for each scan that writes.
const CHANGED_FILES: usize = 20_000;
const SEARCHES: usize = 2000;
const STARTS: usize = 11;
/// What a page of the interface holds.
const PAGE: usize = 50;

fn main() {
    let setting = format!(
        "{TITLES} films; every page of {PAGE} from first to last in four orders, then {SEARCHES} searches, \
         each over HTTP on one connection while {CHANGED_FILES} changed files are scanned and \
         committed again and again; {STARTS} starts with that catalog to the first byte of a film"
    );
    let run = RunFolder::create(
        "catalog",
        &setting,
        &[("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"]))],
    );
    let library = Library::new();
    write_films(library.path(), TITLES);
    let (server, _) = start_and_scan(TestServer::with(&library));

    let mut csv = String::from("what,while_writing,number,milliseconds\n");
    let mut figures = Vec::new();
    for while_writing in [false, true] {
        let writer = Writer::new(&library);
        thread::scope(|scope| {
            if while_writing {
                scope.spawn(|| writer.keep_scanning(&server));
            }
            let pages = page_times(&server);
            let searches = search_times(&server);
            writer.stop();
            for (what, times) in [("page", &pages), ("search", &searches)] {
                for (number, milliseconds) in times.iter().enumerate() {
                    writeln!(csv, "{what},{while_writing},{number},{milliseconds:.3}")
                        .expect("a string can be written");
                }
            }
            figures.push((while_writing, pages, searches));
        });
    }

    let url = server.titles()[TITLES / 2]["files"][0]["url"].as_str().expect("a URL").to_owned();
    let data = server.stop_and_set_up(&library);
    let starts: Vec<f64> =
        (0..STARTS).map(|_| start_to_first_byte(&data, &library, &url)).collect();
    for (number, milliseconds) in starts.iter().enumerate() {
        writeln!(csv, "start to first byte,false,{number},{milliseconds:.3}")
            .expect("a string can be written");
    }

    let mut summary = format!(
        "# A catalog of 100,000 titles\n\n{setting}.\n\n\
         | what | scan writing | count | median ms | 95th percentile ms | longest ms |\n\
         | --- | --- | --- | --- | --- | --- |\n"
    );
    for (while_writing, pages, searches) in &figures {
        for (what, times) in [("a page, any depth, any order", pages), ("a search", searches)] {
            writeln!(
                summary,
                "| {what} | {} | {} | {:.2} | {:.2} | {:.2} |",
                if *while_writing { "yes" } else { "no" },
                times.len(),
                percentile(times, 0.5),
                percentile(times, 0.95),
                percentile(times, 1.0),
            )
            .expect("a string can be written");
        }
    }
    let (_, pages, searches) = figures.last().expect("two were measured");
    let starts = median(&starts);
    write!(
        summary,
        "\nFrom start to the first byte of a film: {starts} ms.\n\n\
         - a page in at most 5 ms (95th percentile, while a scan writes): {}\n\
         - a search in at most 20 ms (the same): {}\n\
         - the first byte within 100 ms of the start: {}\n\n\
         Unfair to us: the figures are a client's, with HTTP and JSON in them, and client, server and scan \
         share the machine. Unfair to real life: names are made of 24 words and a number.\n",
        holds(percentile(pages, 0.95) <= 5.0),
        holds(percentile(searches, 0.95) <= 20.0),
        holds(starts.value <= 100.0),
    )
    .expect("a string can be written");
    run.write("raw.csv", &csv);
    run.write("summary.md", &summary);
    report(&summary, &run);
}

/// Keeps a scan writing until it is stopped.
struct Writer<'a> {
    library: &'a Library,
    is_stopped: AtomicBool,
}

impl<'a> Writer<'a> {
    fn new(library: &'a Library) -> Self {
        Self { library, is_stopped: AtomicBool::new(false) }
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    fn keep_scanning(&self, server: &TestServer) {
        let files = self.library.listing();
        while !self.is_stopped.load(Ordering::Relaxed) {
            for (path, _) in files.iter().step_by(files.len() / CHANGED_FILES) {
                let mut bytes = fs::read(path).expect("the film is there");
                let last = bytes.last_mut().expect("a film is not empty");
                *last = last.wrapping_add(1);
                fs::write(path, bytes).expect("the film can be written");
            }
            let asked_at = Instant::now();
            server.send_json("POST", "/api/v1/scans", &serde_json::Value::Null);
            let is_running = || {
                let scans = server.get("/api/v1/scans?limit=1").json();
                items(&scans).first().is_some_and(|scan| scan["state"] == "running")
            };
            thread::sleep(Duration::from_millis(100));
            while is_running() && asked_at.elapsed() < Duration::from_mins(2) {
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// The time of every page, in milliseconds, in four orders.
fn page_times(server: &TestServer) -> Vec<f64> {
    let mut connection = server.connect();
    let mut times = Vec::new();
    for sort in ["name", "-added", "year", "-duration"] {
        let mut cursor = String::new();
        let mut seen = 0;
        loop {
            let path = format!("/api/v1/titles?limit={PAGE}&sort={sort}{cursor}");
            let (milliseconds, response) = timed_get(server, &mut connection, &path);
            assert_eq!(response.status, 200, "{}", response.text());
            times.push(milliseconds);
            let page = response.json();
            seen += items(&page).len();
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        // Sorted by what does not change under the scan, each title comes exactly once.
        assert_eq!(seen, TITLES, "sorted by {sort}");
    }
    times
}

/// The time of every search, in milliseconds; each must find the film it is about.
fn search_times(server: &TestServer) -> Vec<f64> {
    let mut connection = server.connect();
    let mut times = Vec::new();
    for search in 0..SEARCHES {
        let number = search * (TITLES / SEARCHES);
        let name = film_name(number);
        let words: Vec<&str> = name.split(' ').collect();
        // As typed: a whole word, the beginning of another, and now and then the number alone.
        let query = match search % 3 {
            0 => format!("{}%20{}", words[0], &words[1][..3]),
            1 => format!("{}%20{}", &words[0][..2].to_lowercase(), words[2]),
            _ => words[0].to_lowercase(),
        };
        let path = format!("/api/v1/titles?limit={PAGE}&q={query}");
        let (milliseconds, response) = timed_get(server, &mut connection, &path);
        assert_eq!(response.status, 200, "{}", response.text());
        assert!(!items(&response.json()).is_empty(), "{query} finds something");
        times.push(milliseconds);
    }
    times
}

fn timed_get(server: &TestServer, connection: &mut Connection, path: &str) -> (f64, Response) {
    let asked_at = Instant::now();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    connection.send(request).expect("the server takes a request");
    let response = connection.read_response().expect("the server answers");
    (asked_at.elapsed().as_secs_f64() * 1000.0, response)
}

/// From starting the program to the first byte of a film that it knows, in milliseconds.
fn start_to_first_byte(data: &spillway_tests::Setup, library: &Library, url: &str) -> f64 {
    let started = Instant::now();
    let arguments = [
        "serve".as_ref(),
        "--media".as_ref(),
        library.path().as_os_str(),
        "--data".as_ref(),
        data.data().as_os_str(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
    ];
    let server = ServerProcess::start(arguments)
        .unwrap_or_else(|finished| panic!("it did not start: {}", finished.stderr));
    let mut connection = Connection::open(server.address());
    let request = format!(
        "GET {url} HTTP/1.1\r\nHost: {}\r\nRange: bytes=0-0\r\nConnection: close\r\n\r\n",
        server.address()
    );
    connection.send(request).expect("the server takes a request");
    let response = connection.read_response().expect("the server answers");
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    assert_eq!((response.status, response.body.len()), (206, 1));
    server.stop();
    milliseconds
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(summary: &str, run: &RunFolder) {
    println!("{summary}\n{}", run.path().display());
}
