//! What a run leaves: `benches/runs/<date>-<machine>-<name>/`, kept for good.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of one run.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder and writes what is known before the measurement: command, versions and
    /// machine. A run of the same name on the same day takes the earlier one's place.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn create(name: &str, setting: &str, more_versions: &[(&str, String)]) -> Self {
        let machine = format!("{}vcpu-linux{}", processors(), kernel_series());
        let folder = format!("{}-{machine}-{name}", said_by("date", &["+%F"]));
        let path = top().join("benches/runs").join(folder);
        fs::create_dir_all(&path).expect("benches/runs can be written");
        let run = Self { path };
        run.write("command.txt", &format!("make bench-{name}\n\n{setting}\n"));
        run.write("versions.txt", &versions(more_versions));
        run.write("machine.txt", &machine_facts());
        run
    }

    /// Writes one of its files.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path.join(name), text).expect("the run's folder can be written");
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The first line a program prints, on whichever output; empty if it cannot be run.
pub fn said_by(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).output() else { return String::new() };
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned()
}

/// What a summary says of an objective.
pub fn holds(it_does: bool) -> &'static str {
    if it_does { "holds" } else { "does not hold" }
}

fn versions(more: &[(&str, String)]) -> String {
    let git =
        ["-C", &*top().to_string_lossy(), "rev-parse", "--short=12", "HEAD"].map(str::to_owned);
    let git: Vec<&str> = git.iter().map(String::as_str).collect();
    let mut lines = vec![
        format!("spillway at commit {}", said_by("git", &git)),
        said_by("rustc", &["--version"]),
    ];
    lines.extend(more.iter().map(|(what, version)| format!("{what}: {version}")));
    for package in ["axum", "hyper", "hyper-util", "tokio", "tower-http", "sqlx"] {
        lines.push(format!("{package} {}", locked_version(package)));
    }
    lines.join("\n") + "\n"
}

fn locked_version(package: &str) -> String {
    let lock = fs::read_to_string(top().join("Cargo.lock")).unwrap_or_default();
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split(&entry).nth(1).and_then(|rest| rest.split('"').next());
    version.unwrap_or("unknown").to_owned()
}

fn machine_facts() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = meminfo.lines().next().unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{} processors: {}\n{memory}\nLinux {}\nload average before the run: {load}",
        processors(),
        model.map_or("unknown", |(_, model)| model),
        said_by("uname", &["-r"]).split('-').next().unwrap_or_default(),
    )
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The first two numbers of the kernel's version.
fn kernel_series() -> String {
    let release = said_by("uname", &["-r"]);
    release.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The top of the source tree.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("benches/ has a parent").to_owned()
}
