//! Decodes the first key frames of films, and compares each with what `ffmpeg` makes of it.
//!
//! `cargo run -p spillway-media --example key_frames -- FILE…` prints a table in Markdown.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use spillway_media::probe::probe_object;
use spillway_media::storage::{Key, Root};
use spillway_media::thumbnail::{
    Chroma, Film, Frame, KeyframeDecoder, NativeDecoder, Sample, Samples, Wanted, decode_sample,
};

/// Key frames of each film that are looked at.
const FRAMES: usize = 3;

#[allow(clippy::print_stdout, reason = "a table is what it is for")]
fn main() {
    println!("| file | codec | picture | key bytes | result | ms |");
    println!("| --- | --- | --- | ---: | --- | ---: |");
    for name in std::env::args().skip(1) {
        let path = Path::new(&name);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match row(path) {
            Ok(row) => println!("| {file} | {row} |"),
            Err(error) => println!("| {file} | | | | {} | |", error.replace('|', "/")),
        }
    }
}

/// The cells behind the name of the file.
fn row(path: &Path) -> Result<String, String> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let root = Root::new(folder);
    let key = path.file_name().ok_or("no file")?;
    let object = root.open(&Key::new(key).map_err(|e| e.to_string())?).map_err(|e| e.chain())?;
    let info = probe_object(&object, "it", None).map_err(|e| format!("no film: {}", e.chain()))?;
    let film = Film::open(object, &info).map_err(|e| format!("{:?}: {}", e.kind(), e.chain()))?;
    let mut results: Vec<String> = Vec::new();
    let (mut picture, mut key_bytes, mut least) = (String::new(), 0, Duration::MAX);
    for index in 0..film.key_frames().len().clamp(1, FRAMES) {
        let frame = match film.key_frames().get(index) {
            Some(frame) => Sample::read(&film, frame).and_then(|sample| {
                key_bytes = key_bytes.max(sample.bytes.len());
                let started = Instant::now();
                let frame = decode_sample(&sample);
                least = least.min(started.elapsed());
                frame
            }),
            None => NativeDecoder::default().decode(
                &film,
                Wanted { position_ms: 0, width: u32::MAX },
                &|| false,
            ),
        };
        let result = match frame {
            Ok(frame) => {
                let (width, height) = (frame.width, frame.height);
                picture = format!("{width}x{height} {:?} {}", frame.chroma, frame.bit_depth);
                let at = film.key_frames()[index].position_ms;
                // ffmpeg seeks by the times of decoding, which come before those of showing, and so
                // may land on the key frame before.
                let shifts: &[u64] = if index == 0 { &[0] } else { &[0, 20, 100, 500] };
                let compared = shifts
                    .iter()
                    .map(|shift| compare(&frame, &ffmpeg(path, (index > 0).then_some(at + shift))));
                let compared: Vec<String> = compared.collect();
                let is_exact = compared.iter().any(|result| result == "exact");
                if is_exact { "exact".to_owned() } else { compared[0].clone() }
            }
            Err(error) => format!("{:?}: {}", error.kind(), error.chain()),
        };
        match results.last_mut() {
            Some(before) if before.split(" ×").next() == Some(&result) => {
                let times = before.split_once(" ×").and_then(|(_, n)| n.parse().ok()).unwrap_or(1);
                *before = format!("{result} ×{}", times + 1);
            }
            _ => results.push(result),
        }
    }
    let ms = if least == Duration::MAX { 0.0 } else { least.as_secs_f64() * 1e3 };
    let result = results.join("; ").replace('|', "/");
    Ok(format!("{} | {picture} | {key_bytes} | {result} | {ms:.1}", film.codec()))
}

/// The samples of a key frame, plane after plane, in the pixel format of the film: `ffmpeg` cuts it
/// out, for next to other pictures it would give those as well, and decodes it.
fn ffmpeg(path: &Path, at_ms: Option<u64>) -> Vec<u8> {
    let mut cut = Command::new("ffmpeg");
    cut.args(["-v", "error", "-nostdin"]);
    if let Some(ms) = at_ms {
        cut.args(["-ss", &format!("{}.{:03}", ms / 1000, ms % 1000)]);
    }
    cut.arg("-i").arg(path).args(["-map", "0:V:0", "-c", "copy", "-frames:v", "1"]);
    cut.args(["-f", "matroska", "-"]).stdout(Stdio::piped());
    let Ok(mut cut) = cut.spawn() else { return Vec::new() };
    let Some(pipe) = cut.stdout.take() else { return Vec::new() };
    let mut decode = Command::new("ffmpeg");
    decode.args(["-v", "error", "-noautorotate", "-i", "-", "-f", "rawvideo", "-"]).stdin(pipe);
    let output = decode.output();
    let _ = cut.wait();
    output.map(|output| output.stdout).unwrap_or_default()
}

fn compare(frame: &Frame, expected: &[u8]) -> String {
    let mut bytes = Vec::new();
    for plane in &frame.planes {
        match &plane.samples {
            Samples::Eight(samples) => bytes.extend_from_slice(samples),
            Samples::Sixteen(samples) => bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes())),
        }
    }
    // ffmpeg gives films without colour planes of one grey.
    let expected = if frame.chroma == Chroma::Monochrome {
        &expected[..bytes.len().min(expected.len())]
    } else {
        expected
    };
    if expected.is_empty() {
        return "decoded; ffmpeg gives nothing".to_owned();
    }
    if expected.len() != bytes.len() {
        return format!("decoded; ffmpeg gives {} bytes, not {}", expected.len(), bytes.len());
    }
    if bytes == expected {
        return "exact".to_owned();
    }
    let squares: f64 = bytes
        .iter()
        .zip(expected)
        .map(|(ours, theirs)| (f64::from(*ours) - f64::from(*theirs)).powi(2))
        .sum();
    let psnr = 10.0 * (255.0 * 255.0 * bytes.len() as f64 / squares).log10();
    format!("differs, {psnr:.1} dB")
}
