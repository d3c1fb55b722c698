//! `spillway demo`: a small library of its own, carried inside the binary.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{CommandError, ServerArgs};
use crate::config::{Config, ConfigFile, Library};
use crate::startup;

/// Serve a small library that comes with the program, to look around
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    spillway demo --listen 127.0.0.1:0     on a free port; the line on standard output says which")]
pub(super) struct DemoArgs {
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(RustEmbed)]
#[folder = "../media/demo/films"]
#[prefix = "films/"]
#[allow_missing = true]
struct Films;

#[derive(RustEmbed)]
#[folder = "../media/demo/series"]
#[prefix = "series/"]
#[allow_missing = true]
struct Series;

/// The folder below the data folder that holds the clips.
const FOLDER: &str = "demo-media";

/// The file that says which state of the library lies in the folder.
const STAMP: &str = ".stamp";

pub(super) fn run(args: &DemoArgs) -> Result<(), CommandError> {
    // The demo's catalog is its own, so that it never mixes with the operator's library.
    let data_dir = startup::platform_data_dir("spillway-demo");
    let overrides = args.server.overrides(vec![PathBuf::from(FOLDER)]);
    let mut config = Config::resolve(overrides, ConfigFile::default(), data_dir)?;
    let folder = config.data_dir.join(FOLDER);
    let clips: Vec<_> = embedded_clips().collect();
    lay_out(&folder, &clips)
        .map_err(|source| CommandError::Demo { folder: folder.clone(), source })?;
    config.libraries = vec![
        Library { name: "Films".to_owned(), paths: vec![folder.join("films")] },
        Library { name: "Series".to_owned(), paths: vec![folder.join("series")] },
    ];
    startup::run(&config, &args.server.log)?;
    Ok(())
}

/// A file of the library.
struct Clip {
    /// Its path below the library's folder.
    name: Cow<'static, str>,
    bytes: Cow<'static, [u8]>,
    sha256: [u8; 32],
}

fn embedded_clips() -> impl Iterator<Item = Clip> {
    let clip = |name: Cow<'static, str>, file: EmbeddedFile| Clip {
        name,
        sha256: file.metadata.sha256_hash(),
        bytes: file.data,
    };
    let films = Films::iter().filter_map(move |name| Some(clip(name.clone(), Films::get(&name)?)));
    let series =
        Series::iter().filter_map(move |name| Some(clip(name.clone(), Series::get(&name)?)));
    films.chain(series)
}

/// Puts the clips at `folder`, unless they are there in this state already. Blocks on the disk.
fn lay_out(folder: &Path, clips: &[Clip]) -> io::Result<()> {
    if clips.is_empty() {
        return Err(io::Error::other(
            "this program was built without it; build it from a complete checkout",
        ));
    }
    let stamp = stamp(clips);
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|there| there == stamp) {
        return Ok(());
    }
    // Beside the final place and renamed when complete: a process killed half-way leaves no half
    // library that looks whole.
    let new = folder.with_extension("new");
    remove_if_there(&new)?;
    for clip in clips {
        let path = new.join(&*clip.name);
        fs::create_dir_all(path.parent().expect("every clip lies in a folder"))?;
        fs::write(path, &clip.bytes)?;
    }
    fs::write(new.join(STAMP), stamp)?;
    remove_if_there(folder)?;
    fs::rename(new, folder)
}

fn remove_if_there(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Every name with the hash of its content: another state of the library has another stamp.
fn stamp(clips: &[Clip]) -> String {
    let mut stamp = String::new();
    for clip in clips {
        for byte in clip.sha256 {
            write!(stamp, "{byte:02x}").expect("writing to a string cannot fail");
        }
        writeln!(stamp, " {}", clip.name).expect("writing to a string cannot fail");
    }
    stamp
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(name: &'static str, sha256: u8) -> Clip {
        Clip { name: name.into(), bytes: name.as_bytes().into(), sha256: [sha256; 32] }
    }

    #[test]
    fn the_library_is_laid_out_once_and_put_right_when_it_differs() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().join(FOLDER);
        let clips = [clip("films/A (2001)/A.mp4", 1), clip("series/B/B S01E01.mkv", 2)];
        lay_out(&folder, &clips).expect("laid out");
        for clip in &clips {
            assert_eq!(fs::read(folder.join(&*clip.name)).expect("is there"), &*clip.bytes);
        }
        let mark = folder.join("mark");
        fs::write(&mark, "").expect("written");
        lay_out(&folder, &clips).expect("is there");
        assert!(mark.exists(), "the same state is left alone");

        lay_out(&folder, &[clip("films/A (2001)/A.mp4", 3)]).expect("laid out again");
        assert!(!mark.exists() && !folder.join("series").exists());
    }

    #[test]
    fn a_program_without_the_library_says_so() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let error = lay_out(&dir.path().join(FOLDER), &[]).expect_err("nothing to lay out");
        assert!(error.to_string().contains("complete checkout"));
    }
}
