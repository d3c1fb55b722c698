//! Our decoders against `ffmpeg`, on clips that it makes for the occasion.

use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::probe::probe_object;
use crate::storage::{Key, Root};
use crate::thumbnail::testing::psnr_db;
use crate::thumbnail::{Chroma, Codec, NativeDecoder, Sample, Samples, decode_sample, render};

/// A clip of three seconds with a key frame each second, and what its first key frame is.
struct Clip {
    name: &'static str,
    encoder: &'static str,
    pixels: &'static str,
    options: &'static [&'static str],
    /// `None` for what is left to the process.
    expected: Option<(Chroma, u8)>,
}

const fn clip(
    name: &'static str,
    encoder: &'static str,
    pixels: &'static str,
    options: &'static [&'static str],
    expected: Option<(Chroma, u8)>,
) -> Clip {
    Clip { name, encoder, pixels, options, expected }
}

use Chroma::{Monochrome, Yuv420, Yuv422, Yuv440, Yuv444};

/// Every codec, depth and chroma that the usual encoders write, in each container that carries it.
const CLIPS: &[Clip] = &[
    clip("h264.mp4", "libx264", "yuv420p", &[], Some((Yuv420, 8))),
    clip("h264.mkv", "libx264", "yuv420p", &["-x264-params", "slices=4"], Some((Yuv420, 8))),
    clip("h264_main.mov", "libx264", "yuv420p", &["-profile:v", "main"], Some((Yuv420, 8))),
    clip("h264_base.mp4", "libx264", "yuv420p", &["-profile:v", "baseline"], Some((Yuv420, 8))),
    clip("h264_mbaff.mkv", "libx264", "yuv420p", &["-flags", "+ildct+ilme"], Some((Yuv420, 8))),
    clip("h264_frag.mp4", "libx264", "yuv420p", &["-movflags", "frag_keyframe"], Some((Yuv420, 8))),
    clip("h264_in_band.mp4", "libx264", "yuv420p", &["-tag:v", "avc3"], Some((Yuv420, 8))),
    clip("h264_422.mp4", "libx264", "yuv422p", &[], Some((Yuv422, 8))),
    clip("h264_10.mkv", "libx264", "yuv420p10le", &[], Some((Yuv420, 10))),
    clip("h264_422_10.mp4", "libx264", "yuv422p10le", &[], Some((Yuv422, 10))),
    clip("h264_gray.mp4", "libx264", "gray", &[], Some((Monochrome, 8))),
    clip("h264_444.mp4", "libx264", "yuv444p", &[], None),
    clip("hevc.mp4", "libx265", "yuv420p", &["-tag:v", "hvc1"], Some((Yuv420, 8))),
    clip("hevc_in_band.mp4", "libx265", "yuv420p", &["-tag:v", "hev1"], Some((Yuv420, 8))),
    clip("hevc_10.mkv", "libx265", "yuv420p10le", &[], Some((Yuv420, 10))),
    clip("hevc_12.mkv", "libx265", "yuv420p12le", &[], Some((Yuv420, 12))),
    clip("hevc_444.mkv", "libx265", "yuv444p", &[], Some((Yuv444, 8))),
    clip("hevc_444_10.mp4", "libx265", "yuv444p10le", &[], Some((Yuv444, 10))),
    clip("hevc_422.mkv", "libx265", "yuv422p", &[], None),
    clip("hevc_gray.mkv", "libx265", "gray", &[], None),
    clip("vp8.webm", "libvpx", "yuv420p", &[], Some((Yuv420, 8))),
    clip("vp9.webm", "libvpx-vp9", "yuv420p", &[], Some((Yuv420, 8))),
    clip("vp9.mp4", "libvpx-vp9", "yuv420p", &["-lossless", "1"], Some((Yuv420, 8))),
    clip("vp9_10.webm", "libvpx-vp9", "yuv420p10le", &[], Some((Yuv420, 10))),
    clip("vp9_12.mkv", "libvpx-vp9", "yuv422p12le", &[], Some((Yuv422, 12))),
    clip("vp9_440.webm", "libvpx-vp9", "yuv440p", &[], Some((Yuv440, 8))),
    clip("vp9_444.webm", "libvpx-vp9", "yuv444p", &[], Some((Yuv444, 8))),
    clip("av1.mp4", "libaom-av1", "yuv420p", &["-cpu-used", "8"], Some((Yuv420, 8))),
    clip("av1_10.mkv", "libaom-av1", "yuv420p10le", &["-cpu-used", "8"], Some((Yuv420, 10))),
    clip("av1_444.webm", "libaom-av1", "yuv444p", &["-cpu-used", "8"], Some((Yuv444, 8))),
    clip("av1_422.mkv", "libaom-av1", "yuv422p12le", &["-cpu-used", "8"], Some((Yuv422, 12))),
    clip("av1_gray.mkv", "libaom-av1", "gray", &["-cpu-used", "8"], Some((Monochrome, 8))),
    clip("av1_svt.mp4", "libsvtav1", "yuv420p10le", &["-preset", "12"], Some((Yuv420, 10))),
];

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]);
    command
}

/// The encoders that are installed; none of them where there is no ffmpeg.
fn encoders() -> String {
    let output = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

impl Clip {
    /// Odd sides, so that chroma has a sample more than half of luma's, where the codec may.
    fn size(&self) -> &'static str {
        match self.encoder {
            "libvpx" | "libvpx-vp9" | "libaom-av1" => "163x91",
            _ => "162x92",
        }
    }

    fn make(&self, folder: &Path) {
        // The source itself has even sides only.
        let size = self.size().replace('x', ":");
        let source = format!("testsrc2=rate=12:duration=3,format={},scale={size}", self.pixels);
        let mut command = ffmpeg();
        command.args(["-f", "lavfi", "-i", &source, "-c:v", self.encoder]);
        command.args(["-pix_fmt", self.pixels, "-g", "12", "-keyint_min", "12"]);
        command.args(["-x265-params", "log-level=none:open-gop=0"]);
        command.args(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]);
        command.args(self.options).arg(folder.join(self.name)).stdin(Stdio::null());
        let output = command.output().expect("ffmpeg runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {errors}", self.name);
    }
}

/// The film in a folder.
fn open(folder: &Path, name: &str) -> Film {
    let object = Root::new(folder).open(&Key::new(name).expect("a key")).expect("opens");
    let info = probe_object(&object, name, None).expect("described");
    Film::open(object, &info).expect("a film")
}

/// What ffmpeg makes of the key frame at a second, plane after plane.
fn decoded_by_ffmpeg(path: &Path, second: u64, options: &[&str]) -> Vec<u8> {
    let mut command = ffmpeg();
    command.args(options);
    command.args(["-noautorotate", "-ss", &second.to_string(), "-i"]).arg(path);
    command.args(["-frames:v", "1", "-f", "rawvideo", "-"]);
    command.output().expect("ffmpeg runs").stdout
}

fn bytes_of(frame: &Frame) -> Vec<u8> {
    let bytes = frame.planes.iter().flat_map(|plane| match &plane.samples {
        Samples::Eight(samples) => samples.clone(),
        Samples::Sixteen(samples) => samples.iter().flat_map(|s| s.to_le_bytes()).collect(),
    });
    bytes.collect()
}

/// Clips whose encoder is not installed are passed by: what they would show was shown where it is
/// (`benches/runs/2026-11-21-key-frames`).
fn check(codec: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let installed = encoders();
    let is_installed = |clip: &&Clip| installed.contains(&format!(" {} ", clip.encoder));
    let of_codec = CLIPS.iter().filter(|clip| clip.name.starts_with(codec));
    for clip in of_codec.filter(is_installed) {
        clip.make(folder.path());
        let film = open(folder.path(), clip.name);
        assert_eq!(film.key_frames().len(), 3, "{}", clip.name);
        for second in [0, 2] {
            let wanted = Wanted { position_ms: second * 1000 + 500, width: u32::MAX };
            let decoded = NativeDecoder::default().decode(&film, wanted, &|| false);
            let Some((chroma, bit_depth)) = clip.expected else {
                let kind = decoded.expect_err(clip.name).kind();
                assert_eq!(kind, Kind::Unsupported, "{}", clip.name);
                continue;
            };
            let frame = decoded.unwrap_or_else(|e| panic!("{}: {}", clip.name, e.chain()));
            assert_eq!((frame.chroma, frame.bit_depth), (chroma, bit_depth), "{}", clip.name);
            let size = format!("{}x{}", frame.width, frame.height);
            assert_eq!(size, clip.size(), "{}", clip.name);
            let ours = bytes_of(&frame);
            let theirs = decoded_by_ffmpeg(&folder.path().join(clip.name), second, &[]);
            // ffmpeg fills up the planes of chroma that there are not.
            let theirs = &theirs[..theirs.len().min(ours.len())];
            assert!(ours == theirs, "{} differs at {second} s", clip.name);
            let told = frame.colour.matrix;
            assert_eq!(told, Some(if codec == "vp8" { 6 } else { 1 }), "{}", clip.name);
            let cost = NativeDecoder::default().cost_bytes(&film);
            assert!(cost >= ours.len() as u64 * 4 && cost < 1 << 20, "{}: {cost}", clip.name);
        }
    }
}

#[test]
fn h264_is_what_ffmpeg_makes_of_it() {
    check("h264");
}

#[test]
fn h264_that_is_made_small_is_what_ffmpeg_makes_of_it_without_its_filter() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let installed = encoders().contains(" libx264 ");
    let of_codec = CLIPS.iter().filter(|clip| installed && clip.name.starts_with("h264"));
    for clip in of_codec.filter(|clip| clip.expected.is_some()) {
        clip.make(folder.path());
        let film = open(folder.path(), clip.name);
        let decoded = |width| {
            let wanted = Wanted { position_ms: 1500, width };
            NativeDecoder::default().decode(&film, wanted, &|| false).expect(clip.name)
        };
        // The shorter side has 92 rows.
        let (smooth, rough) = (decoded(47), decoded(46));
        let drawn = |frame| render(frame, film.video().into(), 46).expect("drawn");
        let alike_db = psnr_db(drawn(&smooth).rgb(), drawn(&rough).rgb());
        assert!(alike_db > 50.0, "{}: it is seen, {alike_db} dB", clip.name);
        let (smooth, rough) = (bytes_of(&smooth), bytes_of(&rough));
        assert!(smooth != rough, "{}: nothing was left out", clip.name);
        let path = folder.path().join(clip.name);
        let theirs = decoded_by_ffmpeg(&path, 1, &["-skip_loop_filter", "all"]);
        let theirs = &theirs[..theirs.len().min(rough.len())];
        assert!(theirs == rough, "{} differs", clip.name);
    }
}

#[test]
fn hevc_is_what_ffmpeg_makes_of_it() {
    check("hevc");
}

#[test]
fn vp8_is_what_ffmpeg_makes_of_it() {
    check("vp8");
}

#[test]
fn vp9_is_what_ffmpeg_makes_of_it() {
    check("vp9");
}

#[test]
fn av1_is_what_ffmpeg_makes_of_it() {
    check("av1");
}

/// The seeds of the fuzzer: small films, one for each codec and way of wrapping.
fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/key_frames");
    let files = std::fs::read_dir(folder).expect("the seeds").map(|entry| entry.expect("a name"));
    let mut paths: Vec<_> = files.map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// Decodes the first key frame of whatever the bytes are.
fn survive(bytes: &[u8]) -> Option<Result<Frame>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("film"), bytes).expect("written");
    let object = Root::new(folder.path()).open(&Key::new("film").expect("a key")).expect("opens");
    let info = probe_object(&object, "film", None).ok()?;
    let film = Film::open(object, &info).ok()?;
    let wanted = Wanted { position_ms: 0, width: u32::MAX };
    let decoded = NativeDecoder::default().decode(&film, wanted, &|| false);
    if let Err(error) = &decoded {
        assert_ne!(error.kind(), Kind::Internal, "{}", error.chain());
    }
    Some(decoded)
}

#[test]
fn the_seeds_are_decoded() {
    for seed in seeds() {
        let frame = survive(&seed).expect("a film").expect("a picture");
        assert_eq!((frame.width, frame.height), (64, 64));
    }
}

#[test]
fn a_sample_that_is_not_whole_is_not_decoded() {
    let seed = seeds().remove(0);
    for len in [seed.len() / 2, 1, 0] {
        let decoded = survive(&seed[..len]);
        assert!(decoded.is_none_or(|decoded| decoded.is_err()), "{len} of {}", seed.len());
    }
}

#[test]
fn a_picture_of_any_size_is_refused_by_its_header() {
    let cases: [(u64, u64, u64, Result<(), Kind>); 8] = [
        (1920, 1088, 1920 * 1088, Ok(())),
        (8192, 4352, limits::PICTURE_PIXELS_MAX, Ok(())),
        (4352, 8192, limits::PICTURE_PIXELS_MAX, Ok(())),
        (8192, 4353, limits::PICTURE_PIXELS_MAX, Err(Kind::Invalid)),
        (8193, 8, limits::PICTURE_PIXELS_MAX, Err(Kind::Invalid)),
        (u64::MAX, 2, u64::MAX, Err(Kind::Invalid)),
        (0, 8, 1024, Err(Kind::Invalid)),
        (640, 368, 640 * 367, Err(Kind::Unsupported)),
    ];
    for (width, height, pixels_max, expected) in cases {
        let checked = check_size(width, height, pixels_max).map_err(|error| error.kind());
        assert_eq!(checked, expected, "{width}x{height}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn mutated_films_give_a_picture_or_an_error(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let seeds = seeds();
        let mut bytes = which.get(&seeds).clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survive(&bytes);
    }

    #[test]
    fn no_bytes_are_decoded_astray(
        codec in prop::sample::select(vec![Codec::H264, Codec::Hevc, Codec::Vp8, Codec::Vp9, Codec::Av1]),
        configuration in prop::collection::vec(any::<u8>(), 0..60),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = decode_sample(&Sample::new(codec, &configuration, bytes));
    }
}
