//! From a configuration to a running server, and back.
//!
//! The one place that reads the environment beside the command line.

mod hand_over;
mod running;
mod service_manager;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;
use std::{env, fs};

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use spillway_media::Kind;
use spillway_media::catalog::LibrarySpec;
use spillway_media::probe::Ffprobe;
use spillway_media::scan::ScanSettings;
use spillway_media::thumbnail::{
    Av1Process, Decoders, DiskDemand, FfmpegProcess, NativeDecoder, PoolSettings,
    ThumbnailSettings, Thumbnails,
};
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;

use self::hand_over::{Inheritance, Successor};
use self::running::{Parts, Running, open_catalog};
use self::service_manager::Notifier;
use crate::config::{Config, LogFormat};
use crate::limits::{BLOCKING_THREADS_MAX, FAREWELL_TIMEOUT, descriptors_kept};
use crate::middleware::known_host::KnownHosts;
use crate::middleware::request_rate::RequestRate;
use crate::transport::{Activity, ConnectionLimits, EventLoops, Listener, Tls, TlsError};

/// Why the server could not be started. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A folder named on the command line cannot be read.
    #[error(
        "cannot read the media folder {path}: {source}. Check the path given by --media, and that \
         the user running spillway may open it"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The log filter is not one.
    #[error("cannot understand the log filter {filter:?}: {message}. `info` is the usual one")]
    LogFilter {
        /// As given.
        filter: String,
        /// Why.
        message: String,
    },
    /// The catalog or the data folder cannot be used.
    #[error("{}. {}", .0.chain(), advice_on_the_catalog(.0))]
    Catalog(#[from] spillway_media::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}. {}", advice_on_binding(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The socket that a service manager passed cannot be listened on.
    #[error(
        "cannot listen on the socket that the service manager passed (LISTEN_FDS): {0}. Its unit \
         must have exactly one ListenStream=, with an address and a port"
    )]
    PassedSocket(io::Error),
    /// The certificate cannot be served with.
    #[error("cannot serve HTTPS: {0}")]
    Tls(#[from] TlsError),
    /// The metrics recorder was installed twice.
    #[error(transparent)]
    Metrics(#[from] BuildError),
    /// Threads, signals or standard output.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// What was typed or configured must change, rather than the machine's state.
    pub fn is_of_the_configuration(&self) -> bool {
        matches!(self, Self::Folder { .. } | Self::LogFilter { .. } | Self::Tls(_))
    }
}

fn advice_on_the_catalog(error: &spillway_media::Error) -> &'static str {
    match error.kind() {
        Kind::BadCatalog => "Nothing was deleted",
        Kind::Unavailable => "Each server needs a data folder of its own",
        Kind::DiskFull => "Free some space on the disk that holds the data folder",
        _ => "Choose a folder that the user running spillway may write to with --data DIR",
    }
}

fn advice_on_binding(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "Another program listens there: stop it, or choose another port with \
             --listen ADDR:PORT (port 0 takes a free one)"
        }
        io::ErrorKind::PermissionDenied => {
            "Ports below 1024 need more rights: choose a higher one with --listen ADDR:PORT"
        }
        io::ErrorKind::AddrNotAvailable => {
            "This machine does not have the address: use one of its own with --listen ADDR:PORT, \
             or 0.0.0.0 for all"
        }
        _ => "Choose another address with --listen ADDR:PORT",
    }
}

/// The folder called `name` among the user's data; none for a user without a home.
pub fn platform_data_dir(name: &str) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        // A relative one is to be ignored (XDG Base Directory Specification).
        .filter(absolute)
        .or_else(|| {
            let home = env::var_os("HOME").map(PathBuf::from).filter(absolute)?;
            Some(home.join(".local/share"))
        })
        .map(|data| data.join(name))
}

/// Serves until SIGTERM or SIGINT, or until SIGUSR2 has let another process take over; then until running
/// answers have ended or their time is over.
///
/// # Errors
/// [`StartError`] while starting; nothing fails later.
pub fn run(config: &Config, log_filter: &str) -> Result<(), StartError> {
    start_logging(log_filter, config.log_format)?;
    // A connection writes to the first page of its buffers; in huge pages all of them is resident,
    // which makes 7 KiB more for each viewer. Where it is refused, that is all that happens.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    // By its number, so before anything else could have got that.
    let passed = service_manager::passed_listener(|name| env::var_os(name))
        .map_err(StartError::PassedSocket)?;
    let inheritance = Inheritance::find(|name| env::var_os(name))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build()?;
    let done = runtime.block_on(serve(config, passed, inheritance));
    // A thread that hangs on a dead disk must not keep the process.
    runtime.shutdown_background();
    done
}

async fn serve(
    config: &Config,
    passed: Option<Listener>,
    inheritance: Option<Inheritance>,
) -> Result<(), StartError> {
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let mut signals = Signals::listen()?;
    let notifier = Notifier::new(|name| env::var_os(name));
    let mut warnings = check_folders(config)?;
    let tls = load_tls(config)?;
    warnings.extend(tls.as_ref().and_then(Tls::warning));
    let (mut predecessor, inherited) = inheritance.map(Inheritance::open).transpose()?.unzip();
    if let Some(predecessor) = &mut predecessor {
        predecessor.released().await;
    }
    let catalog = open_catalog(config).await?;
    let bind = || {
        Listener::bind(config.listen)
            .map_err(|source| StartError::Bind { address: config.listen, source })
    };
    let listener = inherited.or(passed).map_or_else(bind, Ok)?;
    let address = listener.local_addr()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = match tls {
        Some(tls) => listener.with_tls(tls),
        None => listener,
    };
    warnings.extend(warn_of_exposure(address));
    for warning in &warnings {
        tracing::warn!("{warning}");
    }

    let parts = Parts {
        config,
        limits: connection_limits(config),
        known_hosts: KnownHosts::new(address, &config.hosts),
        request_rate: RequestRate::new(
            config.limits.api_requests_per_second_per_address_max,
            config.limits.api_burst,
            config.limits.loopback_is_exempt,
        ),
        metrics,
        warnings,
        activity: Activity::default(),
        event_loops: EventLoops::start(event_loop_count())?,
    };
    let mut servings = JoinSet::new();
    let mut running = Running::start(&parts, catalog, listener.try_clone()?, &mut servings);
    announce(scheme, address, config, &notifier)?;
    let watchdog = start_watchdog(&notifier, &parts.event_loops);
    if let Some(predecessor) = predecessor {
        predecessor.relieve().await;
    }

    loop {
        let asked = tokio::select! {
            asked = signals.next() => asked,
            Some(ended) = servings.join_next() => {
                ended.map_err(io::Error::other)??;
                continue;
            }
        };
        if asked == Asked::Stop {
            break;
        }
        let handed_over = match start_successor(&listener) {
            Err(error) => Err(error),
            Ok(mut successor) => tokio::select! {
                handed_over = hand_over(&mut successor, &running) => handed_over,
                () = signals.stop() => {
                    let _ = successor.end().await;
                    break;
                }
            },
        };
        match handed_over {
            Ok(pid) => {
                tracing::info!(pid, "process {pid} serves now; this one finishes its answers");
                notifier.handed_over(pid);
                watchdog.abort();
                drop(listener);
                finish_handed_over(signals, servings, parts.limits.drain_timeout).await;
                return Ok(());
            }
            Err(error) => {
                tracing::error!(%error, "no other process took over, this one goes on: {error}");
                if running.is_retired() {
                    let catalog = open_catalog(config).await?;
                    running = Running::start(&parts, catalog, listener.try_clone()?, &mut servings);
                }
            }
        }
    }

    tracing::info!(
        "stopping: no new clients, running answers get a moment; once more stops at once"
    );
    notifier.stopping("finishing running answers");
    drop(listener);
    running.stop();
    tokio::spawn(exit_on_signal(signals));
    finish(servings, parts.limits.drain_timeout).await;
    running.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// As many as this process may use processors at a time.
fn event_loop_count() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Says where the server answers to whoever started it.
fn announce(
    scheme: &str,
    address: SocketAddr,
    config: &Config,
    notifier: &Notifier,
) -> io::Result<()> {
    say_ready(scheme, address)?;
    tracing::info!(%address, data_dir = %config.data_dir.display(), "spillway {} is serving", env!("CARGO_PKG_VERSION"));
    notifier.ready(&format!("serving at {scheme}://{address}"));
    Ok(())
}

/// Tells the service manager that all is well, for as long as it is.
fn start_watchdog(notifier: &Notifier, event_loops: &EventLoops) -> AbortHandle {
    let runtimes = event_loops.handles().cloned().chain([Handle::current()]).collect();
    tokio::spawn(notifier.clone().ping_watchdog(runtimes)).abort_handle()
}

/// Starts this program again, as it was started and from where it is now.
fn start_successor(listener: &Listener) -> io::Result<Successor> {
    if std::process::id() == 1 {
        return Err(io::Error::other(
            "a container ends with its first process, which this is: replace the container",
        ));
    }
    let command: Vec<_> = env::args_os().collect();
    let successor = Successor::start(&command, listener)?;
    let pid = successor.pid();
    tracing::info!(pid, "process {pid} was started to take over");
    Ok(successor)
}

/// Lets the successor take over; returns the number of its process.
///
/// # Errors
/// It did not, and has ended. Then this process can go on, with a new [`Running`] if the one there is
/// has retired.
async fn hand_over(successor: &mut Successor, running: &Running) -> io::Result<u32> {
    successor.prepared().await?;
    running.retire().await;
    successor.take_over().await?;
    Ok(successor.pid())
}

/// Waits for the last answer; once asked to stop, no longer than `drain_timeout`.
async fn finish_handed_over(
    mut signals: Signals,
    mut servings: JoinSet<io::Result<()>>,
    drain_timeout: Duration,
) {
    let was_asked = tokio::select! {
        () = async { while servings.join_next().await.is_some() {} } => false,
        () = signals.stop() => true,
    };
    if was_asked {
        tokio::spawn(exit_on_signal(signals));
        finish(servings, drain_timeout).await;
    }
    tracing::info!("stopped");
}

/// Waits for the last answer, at most so long.
async fn finish(mut servings: JoinSet<io::Result<()>>, drain_timeout: Duration) {
    let all = async { while servings.join_next().await.is_some() {} };
    // Connections keep this time themselves; those of a hand-over that failed have a longer one.
    let _ = timeout(drain_timeout + FAREWELL_TIMEOUT, all).await;
}

/// The one line that scripts wait for. From here on connections are accepted by the kernel and
/// answered as soon as the accept loop runs.
fn say_ready(scheme: &str, address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {scheme}://{address}")?;
    out.flush()
}

fn start_logging(filter: &str, format: LogFormat) -> Result<(), StartError> {
    let env_filter = EnvFilter::try_new(filter).map_err(|error| StartError::LogFilter {
        filter: filter.to_owned(),
        message: error.to_string(),
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(env_filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Refuses a folder from the command line that cannot be read; warns of one from the file, whose
/// disk may be mounted later. Blocks on the disk.
fn check_folders(config: &Config) -> Result<Vec<String>, StartError> {
    let mut warnings = Vec::new();
    for path in config.libraries.iter().flat_map(|library| &library.paths) {
        let Err(source) = fs::read_dir(path) else { continue };
        if config.folders_must_exist {
            return Err(StartError::Folder { path: path.clone(), source });
        }
        warnings.push(format!(
            "The media folder {} cannot be read ({source}). Its titles are marked unavailable \
             until it can; nothing is forgotten. Check that its disk is mounted and that the user \
             running spillway may open it.",
            path.display()
        ));
    }
    Ok(warnings)
}

/// The certificate, where one is configured. Blocks on the disk.
fn load_tls(config: &Config) -> Result<Option<Tls>, TlsError> {
    let Some(files) = &config.tls else { return Ok(None) };
    let tls = Tls::load(&files.certificate, &files.key)?;
    metrics::gauge!("spillway_tls_ktls").set(f64::from(u8::from(tls.is_in_kernel())));
    if tls.is_in_kernel() {
        tracing::info!(
            "HTTPS: the kernel encrypts HTTP/1.1 (kTLS), so files are sent without being copied; \
             HTTP/2 is encrypted in this process"
        );
    } else {
        tracing::info!(
            "HTTPS: TLS runs in this process, not in the kernel (kTLS), so each byte that is sent \
             is read and encrypted here. Where the kernel has it, 'modprobe tls' before the start \
             brings it"
        );
    }
    Ok(Some(tls))
}

fn warn_of_exposure(listen: SocketAddr) -> Option<String> {
    let is_loopback = listen.ip().to_canonical().is_loopback();
    (!is_loopback).then(|| {
        format!(
            "Listening on {listen} without accounts: everybody who can reach this machine can \
             browse and play all of it, see who is watching what, and change watch progress. Do \
             this in a network you trust; never forward this port from the Internet. To serve \
             this machine alone, leave --listen out."
        )
    })
}

fn library_specs(config: &Config) -> Vec<LibrarySpec> {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    config
        .libraries
        .iter()
        .map(|library| LibrarySpec {
            name: library.name.clone(),
            roots: library.paths.iter().map(absolute).collect(),
        })
        .collect()
}

fn scan_settings(config: &Config) -> ScanSettings {
    let ffprobe = config.ffprobe.as_deref().and_then(find_program);
    if ffprobe.is_none() {
        tracing::info!(
            "no ffprobe: files other than MP4, Matroska and WebM are listed with what their name tells"
        );
    }
    ScanSettings {
        period: config.scan_interval,
        ffprobe: ffprobe.map(|program| Arc::new(Ffprobe::new(program))),
        ..ScanSettings::default()
    }
}

/// The command that decodes a key frame of AV1.
pub(crate) const DECODE_AV1: &str = "decode-av1";

/// The program that runs, even where another has taken its place on the disk.
const OURSELVES: &str = "/proc/self/exe";

/// What makes pictures of films. Without it everything else goes on. Blocks on the disk.
fn start_thumbnails(config: &Config, activity: &Activity) -> Option<Thumbnails> {
    let ffmpeg = config.ffmpeg.as_deref().and_then(find_program);
    if ffmpeg.is_none() {
        tracing::info!(
            "no ffmpeg: films that are not H.264, HEVC, AV1, VP8 or VP9 in MP4, Matroska or WebM \
             have no pictures"
        );
    }
    let ffprobe = config.ffprobe.as_deref().and_then(find_program);
    let (wanted, usual) = (&config.thumbnails, PoolSettings::default());
    let settings = ThumbnailSettings {
        folder: config.data_dir.join("pictures"),
        bytes_max: wanted.bytes_max,
        decoders: Decoders::new(
            NativeDecoder::new(Some(Av1Process::new(OURSELVES, DECODE_AV1))),
            ffmpeg.map(FfmpegProcess::new),
            wanted.ffmpeg_only,
        ),
        ffprobe: ffprobe.map(|program| Arc::new(Ffprobe::new(program))),
        disk_demand: DiskDemand::new({
            let activity = activity.clone();
            move || activity.is_reading_disks()
        }),
        pool: PoolSettings { threads: wanted.threads.unwrap_or(usual.threads), ..usual },
    };
    Thumbnails::start(settings)
        .inspect_err(|error| tracing::error!("no pictures of films: {}", error.chain()))
        .ok()
}

/// A program by path, or by name in the folders of `PATH`.
fn find_program(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// As many connections as wanted and as the process may hold descriptors for.
fn connection_limits(config: &Config) -> ConnectionLimits {
    let wanted = &config.limits;
    let limits = ConnectionLimits {
        connections_max: wanted.connections_max,
        connections_per_address_max: wanted.connections_per_address_max,
        streams_per_address_max: wanted.streams_per_address_max,
        loopback_is_exempt: wanted.loopback_is_exempt,
        bytes_per_second_per_connection_max: wanted.bytes_per_second_per_connection_max,
        bytes_per_second_per_address_max: wanted.bytes_per_second_per_address_max,
        request_head_bytes_max: wanted.request_head_bytes_max,
        request_headers_max: wanted.request_headers_max,
        unsent_bytes_max: wanted.unsent_bytes_max,
        head_timeout: wanted.head_timeout,
        idle_timeout: wanted.idle_timeout,
        write_stall_timeout: wanted.write_stall_timeout,
        disk_timeout: wanted.disk_timeout,
        handshake_timeout: wanted.tls_handshake_timeout,
        drain_timeout: wanted.drain_timeout,
        hand_over_timeout: wanted.hand_over_timeout,
        http_2_streams_max: wanted.http_2_streams_max,
        http_2_resets_max: wanted.http_2_resets_max,
        http_2_faults_max: wanted.http_2_faults_max,
        ..ConnectionLimits::default()
    };
    let (descriptors_max, kept) =
        (raise_descriptor_limit(), descriptors_kept(wanted.open_files_max, event_loop_count()));
    let limits = limits.within_descriptors(descriptors_max, kept);
    if limits.connections_max < wanted.connections_max {
        tracing::warn!(
            connections_max = limits.connections_max,
            "limits.connections_max = {} takes {} open files, and the system allows this process \
             {descriptors_max}: {} connections are served at one time. Allow more (LimitNOFILE= of \
             a systemd unit, `ulimit -n` of a shell), or lower limits.connections_max",
            wanted.connections_max,
            wanted.connections_max.saturating_add(kept),
            limits.connections_max
        );
    }
    limits
}

/// Raises the soft limit on descriptors to the hard one; returns what holds then.
fn raise_descriptor_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let holds = if raised.is_ok() { maximum } else { current };
    holds.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// To end.
    Stop,
    /// To let another process take over.
    HandOver,
}

/// The signals that are listened to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hand_over: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hand_over: signal(SignalKind::user_defined2())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hand_over.recv() => Asked::HandOver,
        }
    }

    async fn stop(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}

/// The second signal ends the server at once.
async fn exit_on_signal(mut signals: Signals) {
    signals.stop().await;
    tracing::warn!("stopped at once");
    std::process::exit(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_beyond_this_machine_is_warned_of() {
        for (address, is_warned) in [
            ("127.0.0.1:80", false),
            ("127.9.9.9:80", false),
            ("[::1]:80", false),
            ("[::ffff:127.0.0.1]:80", false),
            ("0.0.0.0:80", true),
            ("[::]:80", true),
            ("192.168.1.5:80", true),
        ] {
            let warning = warn_of_exposure(address.parse().expect("an address"));
            assert_eq!(warning.is_some(), is_warned, "{address}");
        }
    }
}
