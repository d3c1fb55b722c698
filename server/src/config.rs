//! Configuration: first as typed, then as meant.
//!
//! [`ConfigFile`] is the TOML file word for word, [`Overrides`] what the command line or the
//! environment said. [`Config::resolve`] puts them together (command line, then environment, then
//! file, then default) and is the last place where a value can be missing or wrong. From there on
//! it is passed, never global.

mod limits;
mod thumbnails;

use std::fmt::Display;
use std::fs;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use http::uri::Authority;
use serde::Deserialize;

pub use limits::{Limits, LimitsFile};
pub use thumbnails::{Thumbnails, ThumbnailsFile};

/// Where the server listens unless told otherwise: this machine alone can reach it.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// Time between two scans of everything unless told otherwise. File watching finds changes at
/// once; this catches what a watcher cannot see (network folders, lost events).
pub const DEFAULT_SCAN_INTERVAL_S: u64 = 3600;

/// The shortest and the longest time between two scans.
const SCAN_INTERVAL_S: RangeInclusive<u64> = 60..=30 * 24 * 3600;

/// What cannot be meant. The text says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read the configuration file {path}: {source}. Check the path given by --config"
    )]
    Unreadable {
        /// The file that was asked for.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or has a key or value that is not known here.
    #[error(
        "{path} is not a valid configuration: {source}See docs/configuration.md for every key."
    )]
    Malformed {
        /// The file that was read.
        path: PathBuf,
        /// Line, key and what is allowed.
        source: toml::de::Error,
    },
    /// Nothing to serve.
    #[error(
        "no media folder is given: add --media DIR (once for each folder), or [[library]] \
         sections to a file given by --config. To look around first, run `spillway demo`"
    )]
    NoLibraries,
    /// No place for the catalog.
    #[error(
        "there is no home folder to keep the catalog in: say where with --data DIR \
         (or `data` in the configuration file)"
    )]
    NoDataDir,
    /// A value that is well formed but not allowed.
    #[error("{0}")]
    Meaningless(String),
}

/// The configuration file as typed. Unknown keys are refused by name, with what is allowed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Address and port to listen on.
    pub listen: Option<SocketAddr>,
    /// Names by which the server is reached.
    pub hosts: Option<Vec<String>>,
    /// The only folder written to.
    pub data: Option<PathBuf>,
    /// The `ffprobe` program, by name or path; an empty string never runs one.
    pub ffprobe: Option<String>,
    /// The `ffmpeg` program, by name or path; an empty string never runs one.
    pub ffmpeg: Option<String>,
    /// Seconds between two scans of everything.
    pub scan_interval_s: Option<u64>,
    /// How log lines are written.
    pub log_format: Option<LogFormat>,
    /// The certificate to serve HTTPS with.
    pub tls: Option<TlsFile>,
    /// What is shared out to how many.
    #[serde(default)]
    pub limits: LimitsFile,
    /// Pictures made from films.
    #[serde(default)]
    pub thumbnails: ThumbnailsFile,
    /// Named collections of folders.
    #[serde(default, rename = "library")]
    pub libraries: Vec<LibraryFile>,
}

/// `[tls]`: files of the operator's own, in PEM. There is no sense in one without the other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFile {
    /// The server's certificate, then those between it and the authority.
    pub certificate: PathBuf,
    /// The private key, without a passphrase.
    pub key: PathBuf,
}

/// One `[[library]]` as typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryFile {
    /// What people call it.
    pub name: String,
    /// The folders it is made of.
    pub paths: Vec<PathBuf>,
}

impl ConfigFile {
    /// Reads the file at `path`. Blocks on the disk.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source })
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What was said on the command line or in the environment; wins over the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Media folders; where there are any, the file's libraries are not used.
    pub media: Vec<PathBuf>,
    /// The only folder written to.
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on.
    pub listen: Option<SocketAddr>,
    /// The certificate to serve HTTPS with.
    pub tls: Option<TlsFile>,
    /// How log lines are written.
    pub log_format: Option<LogFormat>,
}

/// The configuration as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names that are answered to; empty for those that suit the address.
    pub hosts: Vec<String>,
    /// The only folder written to.
    pub data_dir: PathBuf,
    /// At least one, each with at least one folder and a name of its own.
    pub libraries: Vec<Library>,
    /// The folders were typed just now: one that is missing is a mistake, not a disk that is away.
    pub folders_must_exist: bool,
    /// The `ffprobe` program, where one may be run.
    pub ffprobe: Option<PathBuf>,
    /// The `ffmpeg` program, where one may be run.
    pub ffmpeg: Option<PathBuf>,
    /// Time between two scans of everything.
    pub scan_interval: Duration,
    /// The certificate to serve HTTPS with; without one, plain HTTP is served.
    pub tls: Option<TlsFile>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is shared out to how many.
    pub limits: Limits,
    /// Pictures made from films.
    pub thumbnails: Thumbnails,
}

/// A named collection of folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// What people call it.
    pub name: String,
    /// The folders it is made of.
    pub paths: Vec<PathBuf>,
}

impl Config {
    /// Puts together what was said where. `platform_data_dir` is used where nobody named a folder.
    pub fn resolve(
        overrides: Overrides,
        file: ConfigFile,
        platform_data_dir: Option<PathBuf>,
    ) -> Result<Self, ConfigError> {
        let folders_must_exist = !overrides.media.is_empty();
        let libraries = if overrides.media.is_empty() {
            file.libraries
                .into_iter()
                .map(|library| Library { name: library.name, paths: library.paths })
                .collect()
        } else {
            libraries_of_folders(overrides.media)
        };
        check_libraries(&libraries)?;
        Ok(Self {
            listen: overrides.listen.or(file.listen).unwrap_or_else(default_listen),
            hosts: hosts(file.hosts.unwrap_or_default())?,
            data_dir: overrides
                .data_dir
                .or(file.data)
                .or(platform_data_dir)
                .ok_or(ConfigError::NoDataDir)?,
            libraries,
            folders_must_exist,
            ffprobe: program(file.ffprobe, "ffprobe"),
            ffmpeg: program(file.ffmpeg, "ffmpeg"),
            scan_interval: scan_interval(file.scan_interval_s.unwrap_or(DEFAULT_SCAN_INTERVAL_S))?,
            tls: overrides.tls.or(file.tls),
            log_format: overrides.log_format.or(file.log_format).unwrap_or_default(),
            limits: file.limits.resolve()?,
            thumbnails: file.thumbnails.resolve()?,
        })
    }
}

/// A program that may be run: as it was typed, or of its usual name; none where that is empty.
fn program(typed: Option<String>, usual: &str) -> Option<PathBuf> {
    let program = typed.unwrap_or_else(|| usual.to_owned());
    (!program.is_empty()).then(|| PathBuf::from(program))
}

/// The default address, parsed.
pub fn default_listen() -> SocketAddr {
    DEFAULT_LISTEN.parse().expect("the default address is an address")
}

/// A library for each folder, called as the folder is. Folders of the same name on several disks
/// (`/disk1/Films`, `/disk2/Films`) are one library: that is what their owner means.
fn libraries_of_folders(folders: Vec<PathBuf>) -> Vec<Library> {
    let mut libraries: Vec<Library> = Vec::new();
    for path in folders {
        // `.` and `..` have no name of their own until they are resolved.
        let named = path.canonicalize().unwrap_or_else(|_| path.clone());
        let name = named
            .file_name()
            .map_or_else(|| named.to_string_lossy(), |name| name.to_string_lossy())
            .into_owned();
        match libraries.iter_mut().find(|library| library.name == name) {
            Some(library) => library.paths.push(path),
            None => libraries.push(Library { name, paths: vec![path] }),
        }
    }
    libraries
}

fn check_libraries(libraries: &[Library]) -> Result<(), ConfigError> {
    if libraries.is_empty() {
        return Err(ConfigError::NoLibraries);
    }
    for (at, library) in libraries.iter().enumerate() {
        let name = &library.name;
        if name.trim().is_empty() {
            return Err(ConfigError::Meaningless(
                "a [[library]] has an empty name: give it one that people will read".to_owned(),
            ));
        }
        if library.paths.is_empty() {
            return Err(ConfigError::Meaningless(format!(
                "the library {name:?} has no folders: list at least one in `paths`"
            )));
        }
        if libraries[..at].iter().any(|other| other.name == *name) {
            return Err(ConfigError::Meaningless(format!(
                "two libraries are called {name:?}: put their folders into one `paths`, or \
                 rename one"
            )));
        }
    }
    Ok(())
}

fn hosts(names: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let is_name = |name: &str| {
        Authority::try_from(name).is_ok_and(|authority| authority.host() == name && name != "*")
    };
    match names.iter().find(|name| !is_name(name)) {
        Some(wrong) => Err(ConfigError::Meaningless(format!(
            "hosts: {wrong:?} is not a host name: give names as they stand in the browser's \
             address, without http:// and without a port"
        ))),
        None => Ok(names),
    }
}

fn scan_interval(seconds: u64) -> Result<Duration, ConfigError> {
    within("scan_interval_s", seconds, &SCAN_INTERVAL_S).map(Duration::from_secs)
}

fn within<T: PartialOrd + Display>(
    key: &str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<T, ConfigError> {
    if !allowed.contains(&value) {
        return Err(ConfigError::Meaningless(format!(
            "{key} = {value} is out of bounds: {} to {} are allowed",
            allowed.start(),
            allowed.end()
        )));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    fn resolve(overrides: Overrides, text: &str) -> Result<Config, String> {
        Config::resolve(overrides, parse(text)?, Some("/data/spillway".into()))
            .map_err(|error| error.to_string())
    }

    fn media(folders: &[&str]) -> Overrides {
        Overrides { media: folders.iter().map(PathBuf::from).collect(), ..Overrides::default() }
    }

    const ONE_LIBRARY: &str = "[[library]]\nname = \"Films\"\npaths = [\"/srv/films\"]\n";

    #[test]
    fn the_example_shows_every_key_at_its_default() {
        let text = include_str!("../../config.example.toml");
        // Keys without a default of their own stand behind `#`; as a user would, take it away.
        let all: String = text
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let file = parse(&all).expect("the example is valid with every key in use");
        assert!(file.data.is_some() && file.tls.is_some() && !file.libraries.is_empty());
        let config = Config::resolve(Overrides::default(), file.clone(), None).expect("resolves");
        let defaults =
            resolve(media(&["/absent/Films"]), "").expect("nothing but a folder is needed");
        let with_defaults = Config {
            data_dir: defaults.data_dir.clone(),
            libraries: defaults.libraries.clone(),
            folders_must_exist: defaults.folders_must_exist,
            limits: Limits {
                bytes_per_second_per_connection_max: None,
                bytes_per_second_per_address_max: None,
                ..config.limits
            },
            thumbnails: Thumbnails { threads: None, ..config.thumbnails },
            tls: None,
            ..config
        };
        assert_eq!(with_defaults, defaults);
        // And nothing is left out of it.
        assert!(
            file.listen.is_some()
                && file.hosts.is_some()
                && file.ffprobe.is_some()
                && file.ffmpeg.is_some()
                && file.scan_interval_s.is_some()
                && file.log_format.is_some()
        );
        let limits = serde_json::to_value(&file.limits).expect("numbers");
        let documented = include_str!("../../docs/configuration.md");
        for (key, value) in limits.as_object().expect("keys") {
            assert!(!value.is_null(), "limits.{key} is left out");
            let value = if key.starts_with("bytes_per_second") {
                "none".to_owned()
            } else {
                format!("`{value}`")
            };
            let row = format!("| `limits.{key}` | {value} |");
            assert!(documented.contains(&row), "docs/configuration.md has no {row}");
        }
        let thumbnails = serde_json::to_value(&file.thumbnails).expect("values");
        for (key, value) in thumbnails.as_object().expect("keys") {
            assert!(!value.is_null(), "thumbnails.{key} is left out");
            let is_by_machine = key == "threads";
            let value =
                if is_by_machine { "processors less one".into() } else { format!("`{value}`") };
            let row = format!("| `thumbnails.{key}` | {value} |");
            assert!(documented.contains(&row), "docs/configuration.md has no {row}");
        }
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let text = format!("listen = \"127.0.0.1:1\"\ndata = \"/file\"\n{ONE_LIBRARY}");
        let overrides = Overrides {
            data_dir: Some("/line".into()),
            listen: Some("127.0.0.1:2".parse().expect("an address")),
            ..media(&["/absent/Other"])
        };
        let config = resolve(overrides, &text).expect("resolves");
        assert_eq!(config.data_dir, Path::new("/line"));
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.libraries[0].name, "Other");
        let config = resolve(Overrides::default(), &text).expect("resolves");
        assert_eq!((config.listen.port(), config.libraries[0].name.as_str()), (1, "Films"));
    }

    #[test]
    fn folders_of_one_name_are_one_library() {
        let config = resolve(media(&["/absent/1/Films", "/absent/Series", "/absent/2/Films"]), "");
        let names: Vec<_> = config
            .expect("resolves")
            .libraries
            .into_iter()
            .map(|library| (library.name, library.paths.len()))
            .collect();
        assert_eq!(names, [("Films".to_owned(), 2), ("Series".to_owned(), 1)]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_what_is_allowed() {
        let message = parse("listen = \"127.0.0.1:1\"\nlissten = 1\n").expect_err("refused");
        for part in ["line 2", "lissten", "listen", "scan_interval_s"] {
            assert!(message.contains(part), "{part} is not in {message}");
        }
        let message = parse("[[library]]\nname = \"a\"\npath = \"b\"\n").expect_err("refused");
        assert!(message.contains("line 3") && message.contains("paths"), "{message}");
        let message = parse("listen = \"localhost\"\n").expect_err("refused");
        assert!(message.contains("line 1"), "{message}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_do() {
        for (text, part) in [
            ("", "--media DIR"),
            ("[[library]]\nname = \" \"\npaths = [\"/a\"]\n", "empty name"),
            ("[[library]]\nname = \"a\"\npaths = []\n", "at least one"),
            (
                "[[library]]\nname=\"a\"\npaths=[\"/a\"]\n[[library]]\nname=\"a\"\npaths=[\"/b\"]\n",
                "two libraries",
            ),
            (&format!("scan_interval_s = 59\n{ONE_LIBRARY}"), "60"),
        ] {
            let message = resolve(Overrides::default(), text).expect_err(text);
            assert!(message.contains(part), "{part} is not in {message}");
        }
    }

    fn limited(limits: &str) -> Result<Limits, String> {
        resolve(media(&["/absent"]), &format!("[limits]\n{limits}")).map(|config| config.limits)
    }

    #[test]
    fn a_limit_out_of_bounds_is_refused_with_its_name_and_what_is_allowed() {
        for (key, wrong, allowed) in [
            ("connections_max", &[0][..], "at least 1"),
            ("connections_per_address_max", &[0], "at least 1"),
            ("streams_per_address_max", &[0], "at least 1"),
            ("api_requests_per_second_per_address_max", &[0], "at least 1"),
            ("api_burst_s", &[0, 3601], "1 to 3600"),
            ("api_requests_max", &[0, 10_001], "1 to 10000"),
            ("api_timeout_s", &[0, 3601], "1 to 3600"),
            ("live_clients_max", &[0, 10_001], "1 to 10000"),
            ("bytes_per_second_per_connection_max", &[0, 65_535], "at least 65536"),
            ("bytes_per_second_per_address_max", &[0, 65_535], "at least 65536"),
            ("unsent_bytes_max", &[1_048_575], "1048576 to"),
            ("request_head_bytes_max", &[8191, 65_537], "8192 to 65536"),
            ("request_headers_max", &[31, 1001], "32 to 1000"),
            ("uri_bytes_max", &[4095, 65_537], "4096 to 65536"),
            ("request_body_bytes_max", &[1023, 65_537], "1024 to 65536"),
            ("tls_handshake_timeout_s", &[0, 3601], "1 to 3600"),
            ("head_timeout_s", &[0, 3601], "1 to 3600"),
            ("idle_timeout_s", &[0, 3601], "1 to 3600"),
            ("write_stall_timeout_s", &[0, 3601], "1 to 3600"),
            ("drain_timeout_s", &[0, 3601], "1 to 3600"),
            ("hand_over_timeout_s", &[0, 604_801], "1 to 604800"),
            ("http_2_streams_max", &[0, 257], "1 to 256"),
            ("http_2_resets_max", &[0, 1001], "1 to 1000"),
            ("http_2_faults_max", &[0, 1001], "1 to 1000"),
            ("open_files_max", &[15, 4097], "16 to 4096"),
        ] {
            for value in wrong {
                let typed = format!("{key} = {value}");
                let message = limited(&typed).expect_err(&typed);
                assert!(message.contains(&format!("limits.{typed}")), "{message}");
                assert!(message.contains(allowed), "{allowed} is not in {message}");
            }
        }
        let message = limited("idle_timeout_s = -1").expect_err("refused");
        assert!(message.contains("line 2"), "{message}");
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused_with_both_their_names() {
        for (limits, one, other) in [
            (
                "connections_max = 99\nconnections_per_address_max = 51",
                "connections_max = 99",
                "connections_per_address_max = 51",
            ),
            (
                "connections_per_address_max = 8\nstreams_per_address_max = 9",
                "connections_per_address_max = 8",
                "streams_per_address_max = 9",
            ),
            (
                "connections_max = 100\nunsent_bytes_max = 3276799",
                "connections_max = 100",
                "unsent_bytes_max = 3276799",
            ),
            ("uri_bytes_max = 32769", "uri_bytes_max = 32769", "request_head_bytes_max = 32768"),
            (
                "api_requests_per_second_per_address_max = 22",
                "api_requests_per_second_per_address_max = 22",
                "api_burst_s = 20",
            ),
            (
                "bytes_per_second_per_address_max = 65536\nstreams_per_address_max = 44\n\
                 write_stall_timeout_s = 1",
                "bytes_per_second_per_address_max = 65536",
                "write_stall_timeout_s = 1",
            ),
        ] {
            let message = limited(limits).expect_err(limits);
            for part in [one, other] {
                assert!(message.contains(&format!("limits.{part}")), "{part} is not in {message}");
            }
        }
        for limits in [
            "connections_max = 99\nconnections_per_address_max = 50",
            "connections_per_address_max = 8\nstreams_per_address_max = 8",
            "connections_max = 100\nunsent_bytes_max = 6553600",
            "connections_max = 100000",
            "uri_bytes_max = 32768",
            "api_requests_per_second_per_address_max = 23",
            "bytes_per_second_per_address_max = 65536\nstreams_per_address_max = 43\n\
             write_stall_timeout_s = 1",
        ] {
            assert!(limited(limits).is_ok(), "{limits}");
        }
    }

    #[test]
    fn a_default_gives_way_to_what_was_said_of_another_limit() {
        for (limits, all, per_address, streams) in [
            ("", 19_500, 1_000, 250),
            ("connections_max = 100", 100, 50, 50),
            ("connections_max = 1", 1, 1, 1),
            ("connections_per_address_max = 8", 19_500, 8, 8),
        ] {
            let resolved = limited(limits).expect(limits);
            assert_eq!(
                (
                    resolved.connections_max,
                    resolved.connections_per_address_max,
                    resolved.streams_per_address_max
                ),
                (all, per_address, streams),
                "{limits}"
            );
        }
    }

    #[test]
    fn pictures_have_bounds_and_nothing_need_be_made_ahead() {
        let thumbnails = |text: &str| {
            let text = format!("[thumbnails]\n{text}\n{ONE_LIBRARY}");
            resolve(Overrides::default(), &text).map(|config| config.thumbnails)
        };
        for (text, allowed) in [
            ("threads = 0", "1 to 64"),
            ("threads = 65", "1 to 64"),
            ("bytes_max = 67108863", "67108864 to"),
            ("ahead_processor_s_per_hour = 230401", "0 to 230400"),
            ("ahead_read_bytes_per_hour = 17592186044417", "0 to 17592186044416"),
        ] {
            let message = thumbnails(text).expect_err(text);
            assert!(message.contains(&format!("thumbnails.{text}")), "{message}");
            assert!(message.contains(allowed), "{allowed} is not in {message}");
        }
        for (text, is_ahead) in [
            ("", true),
            ("ahead_processor_s_per_hour = 0", false),
            ("ahead_read_bytes_per_hour = 0", false),
            ("ahead_read_bytes_per_hour = 1", true),
        ] {
            assert_eq!(thumbnails(text).expect(text).ahead.is_some(), is_ahead, "{text}");
        }
    }

    #[test]
    fn no_home_asks_for_a_data_folder() {
        let error = Config::resolve(media(&["/absent"]), ConfigFile::default(), None);
        assert!(matches!(error, Err(ConfigError::NoDataDir)));
    }

    #[test]
    fn an_empty_ffprobe_runs_none() {
        let text = format!("ffprobe = \"\"\n{ONE_LIBRARY}");
        let config = resolve(Overrides::default(), &text).expect("resolves");
        assert_eq!(config.ffprobe, None);
    }
}
