//! The players and downloaders that people have, not our idea of them.

use std::fs;
use std::process::Command;

use spillway_tests::{Library, TestServer, tools};

use crate::one_film::OneFilm;

#[test]
fn curl_resumes_a_download_that_was_cut_off() {
    let one = OneFilm::with_payload_bytes(8 << 20);
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let target = folder.path().join("film.mp4");
    for have in [0, 1, 5_000_000, one.bytes.len() - 1] {
        fs::write(&target, &one.bytes[..have]).expect("the folder can be written");
        let said = tools::run(
            Command::new("curl")
                .args(["--silent", "--show-error", "--fail", "--continue-at", "-"])
                .args(["--write-out", "%{size_download}", "--output"])
                .arg(&target)
                .arg(one.server.url(&one.url)),
        );
        let downloaded = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(downloaded, (one.bytes.len() - have).to_string(), "only the rest is sent");
        assert!(fs::read(&target).expect("curl wrote it") == one.bytes, "not the file's bytes");
    }
}

#[test]
fn ffprobe_reads_a_file_whose_index_is_at_its_end() {
    let (_library, server) = server_of_clip("Stalker (1979).mp4");
    let said = tools::run(
        Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "format=duration:stream=codec_name"])
            .args(["-of", "default=noprint_wrappers=1:nokey=1"])
            .arg(server.url(&server.file_url("Stalker (1979).mp4"))),
    );
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.lines().take(2).collect::<Vec<_>>(), ["h264", "aac"]);
    let seconds: f64 = said.lines().last().and_then(|line| line.parse().ok()).expect("a duration");
    assert!((seconds - 20.0).abs() < 0.5, "{seconds}");
}

#[test]
fn ffmpeg_seeks_and_sees_the_picture_it_would_see_in_the_file() {
    for name in ["Stalker (1979).mp4", "Stalker (1979).mkv"] {
        let (library, server) = server_of_clip(name);
        let picture_at = |source: String, second: &str| {
            let said = tools::run(
                Command::new("ffmpeg")
                    .args(["-nostdin", "-v", "error", "-ss", second, "-i"])
                    .arg(source)
                    .args(["-frames:v", "1", "-f", "framemd5", "-"]),
            );
            String::from_utf8_lossy(&said.stdout).into_owned()
        };
        let path = library.path().join(name).to_string_lossy().into_owned();
        for second in ["0", "9.6", "17", "3.2"] {
            let from_file = picture_at(path.clone(), second);
            let from_server = picture_at(server.url(&server.file_url(name)), second);
            assert_eq!(from_server, from_file, "{name} at {second} s");
        }
    }
}

#[test]
fn mpv_plays_from_the_middle_to_the_end() {
    for name in ["Stalker (1979).mp4", "Stalker (1979).mkv"] {
        let (_library, server) = server_of_clip(name);
        let said = tools::run(
            Command::new("mpv")
                .args(["--no-config", "--vo=null", "--ao=null", "--untimed", "--start=18"])
                .args(["--msg-level=all=error,cplayer=info"])
                .arg(server.url(&server.file_url(name))),
        );
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.contains("Exiting... (End of file)"), "{said}");
    }
}

/// A server of one clip that can be decoded.
fn server_of_clip(name: &str) -> (Library, TestServer) {
    let library = Library::new();
    tools::make_clip(library.path(), name, 20);
    let server = TestServer::with(&library).start();
    (library, server)
}
