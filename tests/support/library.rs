//! A folder of films that reads as data: `library.film("Alien (1979)").lasting_ms(7_020_000)`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::sample_video;

/// A media folder of its own, gone when dropped.
#[derive(Debug)]
pub struct Library {
    folder: TempDir,
}

/// One film in a [`Library`]: a folder with its name and one file in it.
#[derive(Debug)]
pub struct Film {
    path: PathBuf,
    duration_ms: u64,
    payload_bytes: usize,
}

impl Library {
    /// An empty folder.
    ///
    /// # Panics
    /// If there is no place for temporary files.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("spillway-media-").tempdir();
        Self { folder: folder.expect("temporary folders can be made") }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a film of one second: `Alien (1979)/Alien (1979).mp4`.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn film(&self, name: &str) -> Film {
        let path = self.path().join(name).join(format!("{name}.mp4"));
        let film = Film { path, duration_ms: 1000, payload_bytes: 512 };
        fs::create_dir_all(film.path.parent().expect("a film has a folder"))
            .expect("the media folder can be written");
        film.write();
        film
    }

    /// Writes any file, with the folders above it.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file in a folder has one above it"))
            .expect("the media folder can be written");
        fs::write(&path, bytes).expect("the media folder can be written");
        path
    }

    /// Every file below the folder with its length, sorted: to see that nobody touched it.
    ///
    /// # Panics
    /// If the folder cannot be read.
    pub fn listing(&self) -> Vec<(PathBuf, u64)> {
        let mut found = Vec::new();
        collect_files(self.path(), &mut found);
        found.sort();
        found
    }
}

impl Default for Library {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "the film is written to disk at once; what comes back only says where"
)]
impl Film {
    /// Says how long the film lasts.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn lasting_ms(mut self, duration_ms: u64) -> Self {
        self.duration_ms = duration_ms;
        self.write();
        self
    }

    /// Says how many bytes follow the headers.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn with_payload_bytes(mut self, payload_bytes: usize) -> Self {
        self.payload_bytes = payload_bytes;
        self.write();
        self
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in the file.
    ///
    /// # Panics
    /// If it is gone.
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).expect("the film is where it was written")
    }

    fn write(&self) {
        fs::write(&self.path, sample_video::mp4(self.duration_ms, self.payload_bytes))
            .expect("the media folder can be written");
        // What was written a moment ago has no date that can be relied on (RFC 9110 §8.8.2.2).
        let file = fs::File::options().write(true).open(&self.path).expect("it was just written");
        let last_week = SystemTime::now() - Duration::from_hours(7 * 24);
        file.set_modified(last_week).expect("our own file has a date");
    }
}

fn collect_files(folder: &Path, found: &mut Vec<(PathBuf, u64)>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let entry = entry.expect("the folder can be listed");
        let kind = entry.file_type().expect("the entry has a type");
        if kind.is_dir() {
            collect_files(&entry.path(), found);
        } else {
            let len_bytes = entry.metadata().expect("the entry has metadata").len();
            found.push((entry.path(), len_bytes));
        }
    }
}
