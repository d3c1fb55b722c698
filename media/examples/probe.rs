//! Prints what the headers of media files say, one JSON object a line.
//!
//! ```text
//! cargo run --release -p spillway-media --example probe -- films/*.mkv
//! ```
#![allow(clippy::print_stdout, reason = "printing is what the program does")]

use std::path::Path;
use std::time::Instant;

use serde_json::json;
use spillway_media::probe::{Ffprobe, probe_object};
use spillway_media::storage::{Key, Root};

fn main() {
    let ffprobe = Some(Ffprobe::new("ffprobe"));
    for path in std::env::args().skip(1) {
        let began = Instant::now();
        let answer = describe(Path::new(&path), ffprobe.as_ref());
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let line = match answer {
            Ok(info) => json!({"path": path, "took_us": took_us, "info": info}),
            Err(error) => json!({"path": path, "took_us": took_us, "error": error}),
        };
        println!("{line}");
    }
}

fn describe(path: &Path, ffprobe: Option<&Ffprobe>) -> Result<serde_json::Value, String> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("not a file's name")?;
    let key = Key::new(name).map_err(|error| error.to_string())?;
    let object = Root::new(folder).open(&key).map_err(|error| error.chain())?;
    let info = probe_object(&object, name, ffprobe).map_err(|error| error.chain())?;
    serde_json::to_value(info).map_err(|error| error.to_string())
}
