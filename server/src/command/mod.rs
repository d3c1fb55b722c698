//! The command line: arguments to command to exit code.
//!
//! 0: done. 1: it could not be started or failed. 2: what was typed or configured cannot be meant.

mod demo;
mod serve;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use spillway_media::thumbnail::Av1Process;

use crate::config::{ConfigError, LogFormat, Overrides, TlsFile};
use crate::startup::{DECODE_AV1, StartError};

/// Self-hosted video: browse a folder of films and series in a web page, play them anywhere.
#[derive(Debug, Parser)]
#[command(
    name = "spillway",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        spillway demo                            a small library to look around in\n  \
        spillway serve --media ~/Videos          serve one folder at http://127.0.0.1:8080\n  \
        spillway serve --config /etc/spillway.toml"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    /// Decode the key frame of AV1 on standard input; the server starts this by itself
    #[command(name = DECODE_AV1, hide = true)]
    DecodeAv1,
}

/// What every command that serves takes.
#[derive(Debug, Args)]
struct ServerArgs {
    /// Folder for the catalog, the only place that is written to [default: the platform's data
    /// folder, such as ~/.local/share/spillway]
    #[arg(long, value_name = "DIR", env = "SPILLWAY_DATA")]
    data: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    /// Beyond 127.0.0.1 everybody in the network can browse and play: there are no accounts yet
    #[arg(long, value_name = "ADDR:PORT", env = "SPILLWAY_LISTEN")]
    listen: Option<SocketAddr>,

    /// Certificate to serve HTTPS with, PEM; the server's own first, then those between it and the
    /// authority. Read again when it changes
    #[arg(long, value_name = "FILE", env = "SPILLWAY_TLS_CERTIFICATE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// Private key of the certificate, PEM, without a passphrase
    #[arg(long, value_name = "FILE", env = "SPILLWAY_TLS_KEY", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// What is logged: error, warn, info, debug, trace, or a filter such as
    /// `info,spillway=debug`
    #[arg(long, value_name = "FILTER", env = "SPILLWAY_LOG", default_value = "info")]
    log: String,

    /// How log lines are written to standard error [default: text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    log_format: Option<LogFormat>,
}

impl ServerArgs {
    fn overrides(&self, media: Vec<PathBuf>) -> Overrides {
        Overrides {
            media,
            data_dir: self.data.clone(),
            listen: self.listen,
            tls: self
                .tls_certificate
                .clone()
                .zip(self.tls_key.clone())
                .map(|(certificate, key)| TlsFile { certificate, key }),
            log_format: self.log_format,
        }
    }
}

/// Why a command ended before its time.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot put the demo library at {folder}: {source}")]
    Demo { folder: PathBuf, source: std::io::Error },
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Demo(args) => demo::run(&args),
        Command::DecodeAv1 => return decode_av1(),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    // Nothing better is left to do if standard error is gone.
    let _ = writeln!(std::io::stderr(), "spillway: {error}");
    match error {
        CommandError::Config(_) => ExitCode::from(2),
        CommandError::Start(error) if error.is_of_the_configuration() => ExitCode::from(2),
        CommandError::Start(_) | CommandError::Demo { .. } => ExitCode::FAILURE,
    }
}

/// What [`Av1Process`] starts, and reads what is said of.
fn decode_av1() -> ExitCode {
    let Err(said) = Av1Process::answer(std::io::stdin(), std::io::stdout()) else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(std::io::stderr(), "{said}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (line, word) in [
            ("spillway serve --meda /a", "--meda"),
            ("spillway sevre", "sevre"),
            ("spillway serve --listen localhost", "localhost"),
            ("spillway serve --media", "--media"),
            ("spillway serve --tls-key /a", "--tls-certificate"),
            ("spillway serve --tls-certificate /a", "--tls-key"),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
            assert!(error.to_string().contains(word), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn folders_may_be_given_several_times() {
        let line = "spillway serve --media /a --media /b --data /c --listen [::1]:0";
        let Command::Serve(args) = Cli::try_parse_from(line.split(' ')).expect("parses").command
        else {
            panic!("not serve")
        };
        assert_eq!(args.media, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(args.server.listen, "[::1]:0".parse().ok());
    }
}
