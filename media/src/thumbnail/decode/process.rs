//! Key frames from an `ffmpeg` process, for what our own decoders and demuxers do not read.
//!
//! The process is confined by `process.rs` of this crate: it sees the one file, and has neither
//! network nor disk.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{KeyframeDecoder, Wanted, y4m};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::{self, Demuxer};
use crate::process::{self, Allowance, Answer, Input};
use crate::storage::Object;
use crate::thumbnail::film::Film;
use crate::thumbnail::frame::{Colour, Frame};

/// What may come out; anything else is made into the nearest of these. The `j` ones have full range
/// and would be squeezed if they were missing.
const PIXEL_FORMATS: &str = "gray|gray10le|gray12le\
    |yuv420p|yuvj420p|yuv420p10le|yuv420p12le\
    |yuv422p|yuvj422p|yuv422p10le|yuv422p12le\
    |yuv444p|yuvj444p|yuv444p10le|yuv444p12le";

/// How much earlier than asked a search begins where a file has no index and ffmpeg's search ends
/// between two key frames: broadcasts and discs have one every half to two seconds.
const WITHOUT_INDEX_BACK_MS: u64 = 2_000;

/// How far behind a key frame of the index is sought: more than decoding runs ahead of showing.
const BEHIND_KEY_FRAME_MS: u64 = 500;

/// How much earlier the search begins again if no key frame follows.
const AGAIN_BACK_MS: u64 = 30_000;

/// The `ffmpeg` program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FfmpegProcess {
    program: PathBuf,
}

impl FfmpegProcess {
    /// The program at this path, or of this name in `/bin` or `/usr/bin`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// Decodes the key frame at or before `position_ms`, which is counted from the beginning of the
    /// film, of the `video_index`th video track (from 0, covers not counted).
    ///
    /// MPEG transport and program streams have no index, and ffmpeg finds a place in them only
    /// roughly; there it is the first key frame from about two seconds before, which may lie up to
    /// one distance of key frames behind the position. Where nothing follows the position, it is an
    /// earlier one.
    ///
    /// A frame of which one side is longer than [`limits::FFMPEG_PICTURE_SIDE_MAX`] comes scaled
    /// down to that; one of more bits than 12, in RGB or with other planes than [`Frame`] has comes
    /// converted. It is not turned upright.
    ///
    /// Blocks up to [`limits::FFMPEG_WAIT_MS_MAX`], until then asking every 50 ms whether it
    /// `is_unwanted`. When it returns, no process is left. One process at a time for each caller.
    ///
    /// # Errors
    /// [`Kind::Invalid`] if ffmpeg cannot decode it, with its first complaint, or if it has more than
    /// [`limits::FFMPEG_PIXELS_MAX`] pixels; [`Kind::Busy`] if it takes too long;
    /// [`Kind::Unavailable`] once it is unwanted; what starting it failed with.
    pub fn frame_at(
        &self,
        object: &Object,
        demuxer: Demuxer,
        video_index: usize,
        position_ms: u64,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Frame> {
        let ends = Instant::now() + Duration::from_millis(limits::FFMPEG_WAIT_MS_MAX);
        let has_index = !matches!(demuxer.name(), "mpegts" | "mpeg");
        let back_ms = if has_index { 0 } else { WITHOUT_INDEX_BACK_MS };
        let first_ms = position_ms.min(limits::PROBE_DURATION_MS_MAX).saturating_sub(back_ms);
        let mut starts_ms = vec![first_ms, first_ms.saturating_sub(AGAIN_BACK_MS), 0];
        starts_ms.dedup();
        let mut complaint = None;
        for start_ms in starts_ms {
            let wait = ends.saturating_duration_since(Instant::now());
            let answer = self.run(object, demuxer, video_index, start_ms, wait, is_unwanted)?;
            let said = String::from_utf8_lossy(&answer.complaints);
            if let Some(frame) = y4m::read(&answer.output)? {
                return Ok(with_colour(frame, &said));
            }
            complaint = complaint.or_else(|| first_complaint(&said));
        }
        let said = complaint.map(|said| format!(" and says \"{said}\"")).unwrap_or_default();
        Err(Error::new(Kind::Invalid, format!("ffmpeg finds no picture{said}")))
    }

    fn run(
        &self,
        object: &Object,
        demuxer: Demuxer,
        video_index: usize,
        start_ms: u64,
        wait: Duration,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Answer> {
        let start = format!("{}.{:03}", start_ms / 1000, start_ms % 1000);
        let track = format!("0:V:{video_index}");
        let pixels = limits::FFMPEG_PIXELS_MAX.to_string();
        let side = limits::FFMPEG_PICTURE_SIDE_MAX;
        // The key frame lies before the place that was asked for, and would be dropped for its time.
        // The colours are those before a conversion; it changes none but those of RGB.
        let filters = format!(
            "setpts=N,showinfo=checksum=0,scale=w='min(iw,{side})':h='min(ih,{side})'\
             :force_original_aspect_ratio=decrease:flags=area,format={PIXEL_FORMATS}"
        );
        let arguments = [
            &["-hide_banner", "-nostdin", "-nostats", "-v", "level+info"][..],
            &["-filter_threads", "1", "-threads", "1", "-max_pixels", &pixels],
            &["-protocol_whitelist", "file", "-format_whitelist", demuxer.name()],
            &["-f", demuxer.name(), "-an", "-sn", "-dn", "-noautorotate"],
            // Back to the key frame, and from there nothing is decoded to be thrown away. libdav1d
            // does not heed the first of these in ffmpeg 5.1, but is given the key frame first.
            &["-skip_frame", "nokey", "-noaccurate_seek", "-ss", &start],
            // A path and not a pipe: opened anew, so that seeking moves no position of ours.
            &["-i", "file:/dev/fd/0", "-map", &track, "-frames:v", "1", "-vf", &filters],
            // More than 8 bits are no official part of the format.
            &["-strict", "-1", "-f", "yuv4mpegpipe", "pipe:1"],
        ];
        let allowance = Allowance {
            wait,
            memory_bytes_max: limits::FFMPEG_MEMORY_BYTES_MAX,
            output_bytes_max: limits::FFMPEG_OUTPUT_BYTES_MAX,
            complaint_bytes_max: limits::FFMPEG_LOG_BYTES_MAX,
        };
        let input = Input::File(object);
        process::run(&self.program, &arguments.concat(), input, allowance, is_unwanted)
    }
}

impl KeyframeDecoder for FfmpegProcess {
    fn decode(&self, film: &Film, wanted: Wanted, is_unwanted: &dyn Fn() -> bool) -> Result<Frame> {
        let demuxer = probe::demuxer(film.object())?;
        let index = film.video_index();
        let sought_ms = sought_ms(film, wanted.position_ms);
        let mut frame = self.frame_at(film.object(), demuxer, index, sought_ms, is_unwanted)?;
        frame.colour = frame.colour.or(film.colour());
        Ok(frame)
    }

    /// What it takes of this process; its own memory has a limit of its own.
    fn cost_bytes(&self, _: &Film) -> u64 {
        2 * limits::FFMPEG_OUTPUT_BYTES_MAX
    }
}

/// Where to seek for the key frame of a position: behind it where the index tells its place, as ffmpeg
/// seeks by times of decoding, which may lie before those of showing.
fn sought_ms(film: &Film, position_ms: u64) -> u64 {
    let Some(key_frame) = film.key_frame_at(position_ms) else { return position_ms };
    let begins_ms = key_frame.position_ms;
    let following = film.key_frames().iter().find(|other| other.position_ms > begins_ms);
    let half_ms = following.map_or(u64::MAX, |other| (other.position_ms - begins_ms) / 2);
    begins_ms + half_ms.min(BEHIND_KEY_FRAME_MS)
}

/// The picture, with the colours that the log tells of it.
fn with_colour(mut frame: Frame, log: &str) -> Frame {
    let mut colour = colour(log);
    if is_rgb(log) {
        // What ffmpeg makes of it has the coefficients of BT.601.
        colour.matrix = Some(6);
    }
    frame.colour = frame.colour.or(colour);
    frame
}

/// The first thing that went wrong, without the part of ffmpeg that says so and its address.
fn first_complaint(log: &str) -> Option<String> {
    let said = log.lines().find_map(|line| {
        ["[error] ", "[fatal] "].iter().find_map(|mark| line.split_once(mark)).map(|(_, said)| said)
    })?;
    let said = said.chars().filter(|c| !c.is_control()).take(limits::MESSAGE_CHARS_MAX);
    Some(said.collect::<String>().trim().to_owned()).filter(|said| !said.is_empty())
}

/// The words behind `name:` in the lines of the `showinfo` filter, the first picture's first.
fn shown<'a>(log: &'a str, name: &str) -> Option<&'a str> {
    let lines = log.lines().filter(|line| line.starts_with("[Parsed_showinfo"));
    let words = lines.flat_map(str::split_whitespace);
    words.filter_map(|word| word.split_once(':')).find(|(key, _)| *key == name).map(|(_, v)| v)
}

fn is_rgb(log: &str) -> bool {
    let format = shown(log, "fmt").unwrap_or_default();
    let marks = ["rgb", "bgr", "gbr", "0rgb", "0bgr", "argb", "abgr", "x2", "pal8", "bayer"];
    marks.iter().any(|mark| format.starts_with(mark))
}

/// What ffmpeg calls the code points of ITU-T H.273.
fn colour(log: &str) -> Colour {
    let number = |name: &str, names: &[(&str, u8)]| {
        let shown = shown(log, name)?;
        names.iter().find(|(name, _)| *name == shown).map(|(_, number)| *number)
    };
    Colour {
        primaries: number("color_primaries", PRIMARIES),
        transfer: number("color_trc", TRANSFERS),
        matrix: number("color_space", MATRICES),
        is_full_range: number("color_range", &[("tv", 0), ("pc", 1)]).map(|range| range == 1),
    }
}

const PRIMARIES: &[(&str, u8)] = &[
    ("bt709", 1),
    ("bt470m", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("film", 8),
    ("bt2020", 9),
    ("smpte428", 10),
    ("smpte431", 11),
    ("smpte432", 12),
    ("ebu3213", 22),
];

const TRANSFERS: &[(&str, u8)] = &[
    ("bt709", 1),
    ("bt470m", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("linear", 8),
    ("log100", 9),
    ("log316", 10),
    ("iec61966-2-4", 11),
    ("bt1361e", 12),
    ("iec61966-2-1", 13),
    ("bt2020-10", 14),
    ("bt2020-12", 15),
    ("smpte2084", 16),
    ("smpte428", 17),
    ("arib-std-b67", 18),
];

const MATRICES: &[(&str, u8)] = &[
    ("gbr", 0),
    ("bt709", 1),
    ("fcc", 4),
    ("bt470bg", 5),
    ("smpte170m", 6),
    ("smpte240m", 7),
    ("ycgco", 8),
    ("bt2020nc", 9),
    ("bt2020c", 10),
    ("smpte2085", 11),
    ("chroma-derived-nc", 12),
    ("chroma-derived-c", 13),
    ("ictcp", 14),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::storage::{Key, Root};
    use crate::thumbnail::frame::{Chroma, Plane, Samples};

    /// Ten seconds of grey, of which each is 20 lighter than the one before. A key frame each second.
    /// Noise below makes the file long enough for a search in it to find more than its beginning.
    const STAIRS: &str = "nullsrc=size=160x120:rate=10:duration=10,\
        geq=lum='if(lt(Y,100),16+20*floor(T),random(1)*255)':cb=128:cr=128";

    struct Clip {
        folder: tempfile::TempDir,
        object: Object,
    }

    impl Clip {
        fn open(folder: tempfile::TempDir, name: &str) -> Self {
            let key = Key::new(name).expect("a name");
            let object = Root::new(folder.path()).open(&key).expect("opened");
            Self { folder, object }
        }

        /// What ffmpeg makes of a picture source, with these words.
        fn made(source: &str, how: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            make(source, how, &folder.path().join("clip"));
            Self::open(folder, "clip")
        }

        fn holding(bytes: &[u8]) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            fs::write(folder.path().join("clip"), bytes).expect("written");
            Self::open(folder, "clip")
        }

        fn frame_at(&self, position_ms: u64) -> Result<Frame> {
            let demuxer = probe::demuxer(&self.object)?;
            self.frame_at_with(demuxer, position_ms)
        }

        fn frame_at_with(&self, demuxer: Demuxer, position_ms: u64) -> Result<Frame> {
            FfmpegProcess::new("ffmpeg").frame_at(&self.object, demuxer, 0, position_ms, &|| false)
        }
    }

    fn make(source: &str, how: &str, to: &Path) {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", source])
            .args(how.split_whitespace())
            // A pipe: what cannot seek writes no index at the end.
            .arg("pipe:1")
            .stdout(fs::File::create(to).expect("made"))
            .output()
            .expect("ffmpeg is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{how}: {said}");
    }

    /// The same for what must be able to seek.
    fn make_file(source: &str, how: &str, to: &Path) {
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", source])
            .args(how.split_whitespace())
            .arg(to)
            .output()
            .expect("ffmpeg is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{how}: {said}");
    }

    /// The middle sample of a plane, as of 8 bits.
    fn middle(plane: &Plane, bit_depth: u8) -> u16 {
        let at = (plane.height / 2 * plane.width + plane.width / 2) as usize;
        match &plane.samples {
            Samples::Eight(samples) => samples[at].into(),
            Samples::Sixteen(samples) => samples[at] >> (bit_depth - 8),
        }
    }

    #[test]
    fn key_frames_come_from_every_container() {
        use Chroma::{Yuv420, Yuv422};
        // Where the last is not 0, the picture may be that many seconds off.
        let cases = [
            ("-c:v libx264 -g 10 -sc_threshold 0 -f mpegts", "ts", Yuv420, 8, 2),
            ("-c:v mpeg2video -g 10 -sc_threshold 0 -f vob", "vob", Yuv420, 8, 3),
            ("-c:v mpeg4 -g 10 -f avi", "avi", Yuv420, 8, 0),
            ("-c:v flv1 -g 10 -f flv", "flv", Yuv420, 8, 0),
            ("-c:v wmv2 -g 10 -f asf", "wmv", Yuv420, 8, 1),
            ("-c:v prores_ks -f mov", "mov", Yuv422, 10, 0),
            ("-c:v libx264 -g 10 -pix_fmt yuv420p10le -f mp4", "mp4", Yuv420, 10, 0),
            ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10 -f webm", "webm", Yuv420, 8, 0),
            ("-c:v libaom-av1 -usage realtime -cpu-used 8 -g 10 -f matroska", "mkv", Yuv420, 8, 0),
        ];
        for (how, name, chroma, bit_depth, seconds_off) in cases {
            let folder = tempfile::tempdir().expect("a folder");
            make_file(STAIRS, how, &folder.path().join(name));
            let clip = Clip::open(folder, name);
            for position_ms in [0, 5_500, 9_900, 60_000] {
                let frame = clip.frame_at(position_ms);
                let frame = frame.unwrap_or_else(|e| panic!("{name}: {}", e.chain()));
                assert_eq!((frame.width, frame.height), (160, 120), "{name}");
                assert_eq!((frame.chroma, frame.bit_depth), (chroma, bit_depth), "{name}");
                if position_ms < 60_000 {
                    let second = u16::try_from(position_ms / 1000).expect("small");
                    let [y, u, v] = [0, 1, 2].map(|n| middle(&frame.planes[n], bit_depth));
                    let off = (i32::from(y) - i32::from(16 + 20 * second)).abs();
                    assert!(off <= 4 + 20 * seconds_off, "{name} at {position_ms}: {y}");
                    assert!(u.abs_diff(128) <= 3 && v.abs_diff(128) <= 3, "{name}: {u} {v}");
                }
            }
        }
    }

    #[test]
    fn a_film_without_an_index_is_read_up_to_the_place() {
        let clip = Clip::made(STAIRS, "-c:v libx264 -g 10 -sc_threshold 0 -f matroska");
        let cues = probe::key_frames(&clip.object, 1).expect("read");
        assert_eq!(cues.len(), 0, "there is an index");
        let frame = clip.frame_at(5_500).expect("decoded");
        assert!(middle(&frame.planes[0], 8).abs_diff(116) <= 3);
    }

    #[test]
    fn colours_are_those_of_the_stream() {
        let red = "color=red:size=64x48:rate=5:duration=1";
        let told = |primaries, transfer, matrix, is_full: bool| Colour {
            primaries,
            transfer,
            matrix,
            is_full_range: Some(is_full),
        };
        let hdr = "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le \
             -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv";
        let full = "-c:v libx264 -pix_fmt yuvj420p -color_primaries smpte170m -color_trc bt709 \
             -colorspace smpte170m";
        let cases = [
            (format!("{hdr} -f matroska"), told(Some(9), Some(16), Some(9), false), 10),
            (format!("{full} -f matroska"), told(Some(6), Some(1), Some(6), true), 8),
            ("-c:v libx264rgb -f matroska".to_owned(), told(None, None, Some(6), false), 8),
            ("-c:v ffv1 -pix_fmt gray -f matroska".to_owned(), Colour::default(), 8),
        ];
        for (how, expected, bit_depth) in cases {
            let frame = Clip::made(red, &how).frame_at(0).expect("decoded");
            assert_eq!(frame.bit_depth, bit_depth, "{how}");
            if how.contains("gray") {
                assert_eq!((frame.chroma, frame.planes.len()), (Chroma::Monochrome, 1));
                continue;
            }
            assert_eq!(frame.colour, expected, "{how}");
            if how.contains("rgb") {
                let samples = [0, 1, 2].map(|n| middle(&frame.planes[n], 8));
                let [y, u, v] = samples;
                let off = y.abs_diff(81).max(u.abs_diff(90)).max(v.abs_diff(240));
                assert!(off <= 1, "red by BT.601 is {samples:?}");
            }
        }
    }

    #[test]
    fn a_large_picture_comes_smaller_and_a_huge_one_not_at_all() {
        let large = "color=red:size=3840x1600:rate=1:duration=1";
        let frame = Clip::made(large, "-c:v mjpeg -f matroska").frame_at(0).expect("decoded");
        assert_eq!((frame.width, frame.height), (2560, 1067));
        let huge = "color=red:size=8192x4354:rate=1:duration=1";
        let error = Clip::made(huge, "-c:v mjpeg -f matroska").frame_at(0).expect_err("too large");
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.chain().contains("ffmpeg finds no picture and says"), "{}", error.chain());
    }

    #[test]
    fn only_the_film_itself_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let sibling = folder.path().join("sibling.ts");
        make(STAIRS, "-c:v libx264 -g 10 -f mpegts", &sibling);
        let sibling = sibling.display();
        let list = format!("#EXTM3U\n#EXTINF:10,\nfile://{sibling}\n#EXT-X-ENDLIST\n");
        let concat = format!("ffconcat version 1.0\nfile 'file:{sibling}'\n");
        for (text, demuxer, free) in
            [(list, "hls", &["-f", "hls"][..]), (concat, "concat", &["-f", "concat", "-safe", "0"])]
        {
            let clip = Clip::holding(text.as_bytes());
            // ffmpeg by itself reads the other film.
            let output = Command::new("ffmpeg")
                .args(["-v", "error", "-protocol_whitelist", "file,crypto"])
                .args(free)
                .args(["-i", "file:/dev/fd/0", "-frames:v", "1", "-f", "rawvideo", "pipe:1"])
                .stdin(fs::File::open(clip.folder.path().join("clip")).expect("opened"))
                .output()
                .expect("ffmpeg is installed");
            assert_eq!(output.stdout.len(), 160 * 120 * 3 / 2, "{demuxer}: {output:?}");
            // It is recognised for what it is,
            assert_eq!(clip.frame_at(0).expect_err("no film").kind(), Kind::Invalid);
            // and held to another demuxer it is no film,
            let error = clip.frame_at_with(Demuxer::of_any_name("mov"), 0).expect_err("no film");
            assert!(error.chain().contains("moov atom not found"), "{}", error.chain());
            // and even with its own it reaches no other file.
            let own = Demuxer::of_any_name(demuxer);
            let error = clip.frame_at_with(own, 0).expect_err("another film was read");
            assert!(error.chain().contains("ffmpeg finds no picture"), "{}", error.chain());
        }
    }

    #[test]
    fn damage_is_told() {
        let whole = Clip::made(STAIRS, "-c:v libx264 -g 10 -f mpegts");
        let mut bytes = fs::read(whole.folder.path().join("clip")).expect("read");
        for (at, byte) in bytes.iter_mut().enumerate() {
            if at % 188 > 3 {
                *byte = byte.wrapping_mul(31).wrapping_add(7);
            }
        }
        let cut = Clip::made(STAIRS, "-c:v libx264 -g 10 -f matroska");
        let cut = fs::read(cut.folder.path().join("clip")).expect("read");
        for bytes in [&bytes[..], &cut[..200], b"FLV\x01\x05\0\0\0\x09\0\0\0\0"] {
            let error = Clip::holding(bytes).frame_at(5_000).expect_err("no picture");
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.chain().contains("ffmpeg finds no picture"), "{}", error.chain());
        }
    }

    #[test]
    fn the_log_tells_colours_and_complaints() {
        let log = "[info]   title: color_trc:smpte2084\n\
            [mov @ 0x5] [warning] odd\n\
            [h264 @ 0x55d0] [error] no \x1bframe!\n\
            [fatal] gone\n\
            [Parsed_showinfo_1 @ 0x5] [info] n:   0 pts:  9 fmt:gbrp10le sar:1/1\n\
            [Parsed_showinfo_1 @ 0x5] [info] color_range:tv color_space:bt2020nc \
            color_primaries:unknown color_trc:arib-std-b67\n\
            [Parsed_showinfo_1 @ 0x5] [info] color_range:pc color_space:bt709\n";
        let expected = Colour {
            primaries: None,
            transfer: Some(18),
            matrix: Some(9),
            is_full_range: Some(false),
        };
        assert_eq!(colour(log), expected);
        assert!(is_rgb(log));
        assert_eq!(first_complaint(log).as_deref(), Some("no frame!"));
        assert_eq!(first_complaint("[info] fine\n"), None);
        assert_eq!(colour("nothing\n"), Colour::default());
    }

    /// A stand-in that says what it was called with.
    #[test]
    fn no_word_of_the_command_line_comes_from_outside() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("ffmpeg");
        fs::write(&program, "#!/bin/sh\necho \"[error] $*\" >&2\n").expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
        let name = "-i $(id) film.flv";
        fs::write(folder.path().join(name), b"FLV\x01").expect("written");
        let clip = Clip::open(folder, name);
        let demuxer = probe::demuxer(&clip.object).expect("known");
        let error = FfmpegProcess::new(&program)
            .frame_at(&clip.object, demuxer, 3, u64::MAX, &|| false)
            .expect_err("no picture");
        let said = error.chain();
        assert!(!said.contains("film.flv") && !said.contains("uid="), "{said}");
        let expected = "-protocol_whitelist file -format_whitelist flv -f flv -an -sn -dn \
            -noautorotate -skip_frame nokey -noaccurate_seek -ss 316224000.000 \
            -i file:/dev/fd/0 -map 0:V:3 -frames:v 1";
        assert!(said.contains(expected), "{said}");
    }
}
