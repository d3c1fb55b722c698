//! `spillway serve`: serve the operator's own library.

use std::path::PathBuf;

use clap::Args;

use super::{CommandError, ServerArgs};
use crate::config::{Config, ConfigFile};
use crate::startup;

/// Serve media folders
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    spillway serve --media /srv/Films --media /srv/Series\n  \
    spillway serve --media ~/Videos --listen 0.0.0.0:8080     for the whole home network\n  \
    spillway serve --config spillway.toml\n\n\
    Each folder is a library called as the folder is; folders of the same name are one library.\n\
    Once it answers, one line on standard output says where: `listening on http://…`, or\n\
    `https://…` with a certificate.")]
pub(super) struct ServeArgs {
    /// Folder with films or series; give it once for each folder
    #[arg(long, value_name = "DIR")]
    pub(super) media: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) server: ServerArgs,

    /// Configuration file (config.example.toml shows every option)
    #[arg(long, value_name = "FILE", env = "SPILLWAY_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

pub(super) fn run(args: ServeArgs) -> Result<(), CommandError> {
    let file = args.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
    let overrides = args.server.overrides(args.media);
    let config = Config::resolve(overrides, file, startup::platform_data_dir("spillway"))?;
    startup::run(&config, &args.server.log)?;
    Ok(())
}
