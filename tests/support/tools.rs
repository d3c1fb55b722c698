//! The programs of other people that the tests use, installed by `make test`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Sees that a program is there.
///
/// # Panics
/// If it is not, with what to do.
pub fn require(program: &str) {
    let is_there = std::env::var_os("PATH").is_some_and(|folders| {
        std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
    });
    assert!(is_there, "{program} is missing: `make needs-test` installs what the tests need");
}

/// Runs a program to its end and gives what it said.
///
/// # Panics
/// If it is missing or fails, with what it said.
pub fn run(command: &mut Command) -> Output {
    require(&command.get_program().to_string_lossy());
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Puts a picture of one colour and a title into a clip, as taggers do.
///
/// # Panics
/// If ffmpeg is missing or fails.
pub fn tag(clip: &Path, title: &str, cover: &Path) -> PathBuf {
    run(Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=red:size=64x96"])
        .args(["-frames:v", "1"])
        .arg(cover));
    let tagged = clip.with_extension("tagged.mp4");
    run(Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(clip)
        .arg("-i")
        .arg(cover)
        .args(["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"])
        .args(["-metadata", &format!("title={title}"), "-metadata", "genre=Drama"])
        .arg(&tagged));
    tagged
}

/// Makes a clip that plays: H.264 and AAC, a key frame a second, `seconds` long, in the container
/// that the name's ending asks for.
///
/// # Panics
/// If ffmpeg is missing or fails.
pub fn make_clip(folder: &Path, file_name: &str, seconds: u32) -> PathBuf {
    std::fs::create_dir_all(folder).expect("the media folder can be written");
    let path = folder.join(file_name);
    run(Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i"])
        .arg(format!("testsrc2=size=320x180:rate=25:duration={seconds}"))
        .args(["-f", "lavfi", "-i"])
        .arg(format!("sine=frequency=440:duration={seconds}"))
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-shortest"])
        .arg(&path));
    path
}
