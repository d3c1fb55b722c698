//! What several tests here need.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::hashed::HashedPicture;
use super::picture::Picture;
use super::store::PictureKey;
use super::thumbnails::{Source, ThumbnailSettings, Thumbnails};
use super::{Decoders, DiskDemand, NativeDecoder, PoolSettings};
use crate::ids::FileId;
use crate::probe::Ffprobe;
use crate::storage::{Key, Root};

/// What makes pictures with our decoders alone and keeps them in a folder.
pub(super) fn thumbnails_in(folder: &Path) -> Thumbnails {
    let settings = ThumbnailSettings {
        folder: folder.join("pictures"),
        bytes_max: 1 << 20,
        decoders: Decoders::new(NativeDecoder::default(), None, false),
        ffprobe: Some(Arc::new(Ffprobe::new("ffprobe"))),
        disk_demand: DiskDemand::none(),
        pool: PoolSettings::default(),
    };
    Thumbnails::start(settings).expect("starts")
}

/// A file of that folder as it is now.
pub(super) fn source_in(folder: &Path, name: &str) -> Source {
    let root = Root::new(folder);
    let key = Key::new(name).expect("a key");
    let version = root.open(&key).expect("opens").version();
    Source { file: FileId::new(7).expect("an identifier"), root, key, version }
}

/// Waits until a picture that was made is kept: nobody who asked for it does.
pub(super) async fn until_kept(thumbnails: &Thumbnails, key: &PictureKey) -> HashedPicture {
    let asked = Instant::now();
    loop {
        if let Some(kept) = thumbnails.kept_hashed(key).await.expect("read") {
            return kept;
        }
        assert!(asked.elapsed() < Duration::from_secs(10), "it is not kept");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A picture with edges, slopes and colours everywhere, not too fine for chroma of half as many.
pub(super) fn detailed(width: u32, height: u32) -> Picture {
    let wave = |x: u32, y: u32, a: f64, b: f64| (f64::from(x) * a + f64::from(y) * b).sin();
    let pixel = |x: u32, y: u32| {
        let tile = if (x / 24 + y / 16).is_multiple_of(2) { 60.0 } else { 0.0 };
        let value = |offset: f64| 96.0 + tile + 48.0 * wave(x, y, 0.11 + offset, 0.07 - offset);
        [value(0.0), value(0.02) + 20.0 * wave(x, y, 0.9, 0.7), value(-0.03)].map(byte)
    };
    let rgb = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
    Picture::new(width, height, rgb).expect("has the bytes of its pixels")
}

/// The nearest byte.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Cut to the range before.
pub(super) fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// How alike two runs of bytes are, in decibels; 99 if they are the same.
pub(super) fn psnr_db(left: &[u8], right: &[u8]) -> f64 {
    assert_eq!(left.len(), right.len(), "pictures of one size are compared");
    let squares: f64 = left
        .iter()
        .zip(right)
        .map(|(left, right)| (f64::from(*left) - f64::from(*right)).powi(2))
        .sum();
    let mean = squares / left.len() as f64;
    if mean == 0.0 { 99.0 } else { 10.0 * (255.0 * 255.0 / mean).log10() }
}

/// What ffmpeg writes to its standard output.
pub(super) fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-threads", "1"])
        .args(arguments)
        .arg("-")
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is there: `make needs-test` installs what the tests need");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg {arguments:?}: {complaints}");
    output.stdout
}

/// Has ffmpeg write a file.
pub(super) fn ffmpeg_to(path: &Path, arguments: &[&str]) {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-threads", "1", "-y"])
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is there: `make needs-test` installs what the tests need");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg {arguments:?}: {complaints}");
}
