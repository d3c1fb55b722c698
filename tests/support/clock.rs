//! A clock on the wall that a test sets, for one program alone.

use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use tempfile::TempDir;

use crate::{Setup, tools};

/// What a program that is started with it takes for the time of day. Clocks that only count, by which
/// waits are measured, go on as they are.
#[derive(Debug)]
pub struct WallClock {
    ahead: fs::File,
    folder: TempDir,
}

impl WallClock {
    /// One that is right.
    ///
    /// # Panics
    /// If there is no C compiler, which the build needs too, or no place for temporary files.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = folder.path().join("clock.c");
        fs::write(&source, include_str!("clock.c")).expect("a folder of our own");
        tools::run(
            Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
                .arg(folder.path().join("clock.so"))
                .arg(&source),
        );
        let ahead = folder.path().join("ahead");
        fs::write(&ahead, 0_i64.to_ne_bytes()).expect("a folder of our own");
        let ahead = fs::File::options().write(true).open(ahead).expect("it was just written");
        Self { ahead, folder }
    }

    /// Has a program look at it.
    #[must_use]
    pub fn given_to(&self, setup: Setup) -> Setup {
        setup
            .variable("LD_PRELOAD", self.file("clock.so"))
            .variable("SPILLWAY_TEST_CLOCK", self.file("ahead"))
    }

    /// Sets it so many seconds ahead of the right time, or behind it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_ahead_s(&self, seconds: i64) -> io::Result<()> {
        self.ahead.write_all_at(&seconds.to_ne_bytes(), 0)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::new()
    }
}
