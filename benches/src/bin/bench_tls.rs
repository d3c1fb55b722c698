//! `make bench-tls`: CPU-seconds per gigabyte of HTTPS, Spillway against nginx with OpenSSL.
//!
//! curl takes whole hot files over four connections at a time, by HTTP/1.1, TLS 1.3 and AES-256-GCM.
//! nginx is measured with the buffers it has by itself and with large ones.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use spillway_benches::cpu;
use spillway_benches::run_folder::{RunFolder, holds, said_by};
use spillway_benches::servers::{Cubic, FILE_BYTES, Media, Server, free_address, pinned};
use spillway_benches::statistics::{Median, median};
use spillway_tests::encryption::Certificate;
use spillway_tests::{ServerProcess, eventually, spillway_binary, tools};

const ROUNDS: usize = 16;
const FILES: usize = 4;
const BAR: f64 = 1.05;

/// A server, and the addresses of the files under it.
struct Https {
    name: &'static str,
    pid: u32,
    urls: Vec<String>,
}

fn main() {
    let media = Media::new(FILES);
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let certificate = Certificate::make();
    let run = RunFolder::create(
        "tls",
        &setting(),
        &[
            ("nginx", said_by("nginx", &["-v"])),
            ("openssl", said_by("openssl", &["version"])),
            ("curl", said_by("curl", &["--version"])),
            ("spillway", said_by(&spillway_binary().to_string_lossy(), &["--version"])),
        ],
    );
    // Each end of a connection takes what the system has when it is made.
    let _cubic = Cubic::new();
    let process = start_spillway(&media, &certificate, folder.path());
    let (_plain, nginx) = start_nginx("nginx", "", &media, &certificate);
    let (_large, nginx_large) =
        start_nginx("nginx, large buffers", "output_buffers 2 512k;", &media, &certificate);
    let servers = [
        Https {
            name: "spillway",
            pid: process.pid(),
            urls: urls_of_spillway(process.address(), &certificate),
        },
        nginx,
        nginx_large,
    ];
    for server in &servers {
        server.check(&media, &certificate);
    }
    let rounds: Vec<Vec<f64>> =
        (0..ROUNDS).map(|round| load_in_turn(&servers, round, &certificate.path())).collect();
    run.write("raw.csv", &raw_csv(&servers, &rounds));
    let summary = summary(&servers, &rounds);
    run.write("summary.md", &summary);
    report(&summary, &run);
}

fn setting() -> String {
    format!(
        "{ROUNDS} rounds, in each {FILES} hot files of {} MiB from each server over as many connections \
         by as many curls,\nHTTP/1.1, TLS 1.3, AES-256-GCM, servers and client on processor 0, cubic for all, \
         every file compared once before",
        FILE_BYTES >> 20,
    )
}

fn start_spillway(media: &Media, certificate: &Certificate, folder: &Path) -> ServerProcess {
    let mut command = pinned("0", spillway_binary());
    command.arg("serve").arg("--config").arg(media.configuration());
    command.arg("--media").arg(media.path());
    command.arg("--data").arg(folder.join("data"));
    command.args(["--listen", "127.0.0.1:0", "--tls-certificate"]).arg(certificate.path());
    command.arg("--tls-key").arg(certificate.key_path());
    let process = ServerProcess::start_command(command)
        .unwrap_or_else(|finished| panic!("spillway did not start: {}", finished.stderr));
    let ready = format!("https://{}/readyz", process.address());
    eventually("the first scan ends", Duration::from_mins(1), || {
        let said = curl(&certificate.path()).args(["--write-out", "%{http_code}", &ready]).output();
        said.is_ok_and(|said| said.stdout.ends_with(b"200"))
    });
    process
}

fn urls_of_spillway(address: SocketAddr, certificate: &Certificate) -> Vec<String> {
    let list = format!("https://{address}/api/v1/titles?limit=200");
    let said = tools::run(curl(&certificate.path()).arg(list));
    let titles: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let titles = titles["items"].as_array().expect("a page has items");
    let mut urls: Vec<String> = titles
        .iter()
        .flat_map(|title| title["files"].as_array().expect("a title has files"))
        .map(|file| format!("https://{address}{}", file["url"].as_str().expect("a URL")))
        .collect();
    urls.sort_by_key(|url| url.rsplit('/').next().map(str::to_owned));
    urls
}

/// nginx with HTTPS beside its plain port; `more` stands in the `http` block.
fn start_nginx(
    name: &'static str,
    more: &str,
    media: &Media,
    certificate: &Certificate,
) -> (Server, Https) {
    let address = free_address();
    let site = format!(
        "{more}\nserver {{ listen {address} ssl reuseport; root {}; ssl_certificate {}; \
         ssl_certificate_key {}; ssl_protocols TLSv1.3; }}",
        media.path().display(),
        certificate.path().display(),
        certificate.key_path().display(),
    );
    let server = Server::nginx(name, &site, media);
    let urls =
        server.targets().iter().map(|target| format!("https://{address}{}", target.url_path));
    let https = Https { name, pid: server.pid(), urls: urls.collect() };
    (server, https)
}

fn curl(certificate: &Path) -> Command {
    let mut command = pinned("0", "curl");
    command.args(["--silent", "--show-error", "--http1.1", "--tlsv1.3"]);
    command.args(["--tls13-ciphers", "TLS_AES_256_GCM_SHA384", "--cacert"]).arg(certificate);
    command
}

impl Https {
    /// Sees that every file arrives as it is.
    fn check(&self, media: &Media, certificate: &Certificate) {
        assert_eq!(self.urls.len(), FILES, "{} serves every file", self.name);
        for url in &self.urls {
            let file_name = url.rsplit('/').next().expect("a path");
            let is = tools::run(curl(&certificate.path()).arg(url)).stdout;
            let should_be = fs::read(media.path().join(file_name)).expect("it was made");
            assert!(is == should_be, "{}: {file_name} differs", self.name);
        }
    }

    /// Takes every file, and says what that cost the server for each gigabyte.
    fn load(&self, certificate: &Path) -> f64 {
        let before = cpu::used_seconds(self.pid);
        thread::scope(|scope| {
            for url in &self.urls {
                scope.spawn(|| {
                    tools::run(curl(certificate).args(["--output", "/dev/null", url]));
                });
            }
        });
        (cpu::used_seconds(self.pid) - before) / ((FILES * FILE_BYTES) as f64 / 1e9)
    }
}

fn load_in_turn(servers: &[Https], round: usize, certificate: &Path) -> Vec<f64> {
    let mut costs = vec![0.0; servers.len()];
    for turn in 0..servers.len() {
        let server = (turn + round) % servers.len();
        costs[server] = servers[server].load(certificate);
    }
    costs
}

fn raw_csv(servers: &[Https], rounds: &[Vec<f64>]) -> String {
    let mut csv = String::from("round,server,cpu_seconds_per_gb\n");
    for (round, costs) in rounds.iter().enumerate() {
        for (server, cost) in servers.iter().zip(costs) {
            writeln!(csv, "{round},\"{}\",{cost:.6}", server.name)
                .expect("a string can be written");
        }
    }
    csv
}

fn summary(servers: &[Https], rounds: &[Vec<f64>]) -> String {
    let mut text = format!(
        "# CPU-seconds per gigabyte of HTTPS\n\n{}.\nMedians with intervals of at least 95 %; ratios \
         within rounds.\n\n| server | CPU-s/GB | spillway's cost over this one's |\n| --- | --- | --- |\n",
        setting()
    );
    let ratio_to = |server: usize| -> Median {
        median(&rounds.iter().map(|costs| costs[0] / costs[server]).collect::<Vec<_>>())
    };
    for (index, server) in servers.iter().enumerate() {
        let costs: Vec<f64> = rounds.iter().map(|costs| costs[index]).collect();
        writeln!(text, "| {} | {} | {} |", server.name, median(&costs), ratio_to(index))
            .expect("a string can be written");
    }
    // Against nginx at its best, whichever that is.
    let worst = (1..servers.len()).map(|server| ratio_to(server).value).fold(0.0, f64::max);
    writeln!(text, "\n- at most {BAR} × nginx: {worst:.3}, {}", holds(worst <= BAR))
        .expect("a string can be written");
    text
}

#[allow(clippy::print_stdout, reason = "a benchmark prints its summary")]
fn report(summary: &str, run: &RunFolder) {
    println!("{summary}\n{}", run.path().display());
}
