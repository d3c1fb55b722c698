//! An `ffprobe` process for the containers that we do not read ourselves.
//!
//! The file goes in as an open descriptor, so that no name of ours is ever parsed, and the demuxer
//! is forced to what the first bytes are: left to itself, ffmpeg follows a playlist in a file named
//! `.mp4` to other files and to the network.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::bytes::invalid;
use super::codecs;
use super::info::{
    AudioDetails, Chapter, Hdr, MediaInfo, ProbedBy, SubtitleDetails, Tags, Track, TrackDetails,
    VideoDetails,
};
use super::language;
use super::sniff::Sniffed;
use super::tag_words;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::process::{self, Allowance, Answer, Input};
use crate::storage::Object;

/// The `ffprobe` program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffprobe {
    program: PathBuf,
}

impl Ffprobe {
    /// The program at this path, or of this name in `/bin` or `/usr/bin`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into() }
    }

    /// Lets the process describe the file. Blocks until it has, or until its time is over; then it
    /// is killed. One process a call: who calls from one thread runs one at a time.
    pub(super) fn probe(&self, object: &Object, sniffed: Sniffed) -> Result<MediaInfo> {
        let wait = Duration::from_millis(limits::FFPROBE_WAIT_MS_MAX);
        self.probe_within(object, sniffed, wait)
    }

    fn probe_within(&self, object: &Object, sniffed: Sniffed, wait: Duration) -> Result<MediaInfo> {
        let (answer, complaint) = self.run(object, sniffed.demuxer, wait)?;
        let answer: Description = serde_json::from_slice(&answer).map_err(|error| {
            let said = complaint.map(|said| format!(" and says \"{said}\"")).unwrap_or_default();
            let text = format!("ffprobe gave no answer that can be read{said}");
            Error::with_source(Kind::Invalid, text, error)
        })?;
        if let Some(error) = answer.error {
            return Err(invalid(format!("ffprobe cannot describe it: {}", error.string)));
        }
        let mut info = answer.into_info();
        if info.tracks.is_empty() {
            return Err(invalid("ffprobe finds no track in it"));
        }
        info.container = sniffed.container;
        Ok(info)
    }

    /// Returns what the process answers, and the first line that it complains with.
    fn run(
        &self,
        object: &Object,
        demuxer: &str,
        wait: Duration,
    ) -> Result<(Vec<u8>, Option<String>)> {
        let arguments = [
            &["-v", "error", "-print_format", "json", "-show_error"][..],
            &["-show_format", "-show_streams", "-show_chapters"],
            &["-protocol_whitelist", "file", "-format_whitelist", demuxer, "-f", demuxer],
            // A path and not a pipe: opened anew, so that seeking moves no position of ours.
            &["-i", "file:/dev/fd/0"],
        ];
        let allowance = Allowance {
            wait,
            memory_bytes_max: limits::FFPROBE_MEMORY_BYTES_MAX,
            output_bytes_max: limits::FFPROBE_OUTPUT_BYTES_MAX,
            complaint_bytes_max: limits::PROBE_TEXT_BYTES_MAX as u64,
        };
        // Its wait is short enough to be waited for when a scan is stopped.
        let input = Input::File(object);
        let answer = process::run(&self.program, &arguments.concat(), input, allowance, &|| false);
        let Answer { output, complaints } = answer.map_err(|error| match error.kind() {
            // A scan waits for nobody else's work: the file makes it long.
            Kind::Busy => invalid(error.to_string()),
            _ => error,
        })?;
        let first = complaints.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first = super::bytes::text(first, limits::PROBE_TEXT_BYTES_MAX);
        // "[ogg @ 0x55d0…]" names the demuxer and an address, which differs each time.
        let first = first.map(|line| match line.split_once("] ") {
            Some((head, said)) if head.starts_with('[') => said.to_owned(),
            _ => line,
        });
        Ok((output, first))
    }
}

/// What `ffprobe -print_format json` writes, as far as we read it.
#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    chapters: Vec<DescriptionChapter>,
    #[serde(default)]
    format: Format,
    error: Option<DescriptionError>,
}

#[derive(Deserialize)]
struct DescriptionError {
    string: String,
}

#[derive(Default, Deserialize)]
struct Format {
    duration: Option<String>,
    #[serde(default)]
    tags: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct DescriptionChapter {
    start_time: Option<String>,
    end_time: Option<String>,
    #[serde(default)]
    tags: serde_json::Map<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Stream {
    index: u64,
    codec_type: Option<String>,
    codec_name: Option<String>,
    profile: Option<String>,
    level: Option<i64>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    sample_aspect_ratio: Option<String>,
    pix_fmt: Option<String>,
    color_transfer: Option<String>,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    #[serde(default)]
    channels: u16,
    sample_rate: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: serde_json::Map<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    default: u8,
    #[serde(default)]
    forced: u8,
    #[serde(default)]
    hearing_impaired: u8,
    #[serde(default)]
    attached_pic: u8,
}

impl Description {
    fn into_info(self) -> MediaInfo {
        let mut tags = Tags::default();
        for (name, value) in &self.format.tags {
            if let Some(value) = value.as_str() {
                tag_words::set(&mut tags, &name.to_lowercase(), value.as_bytes());
            }
        }
        let chapters =
            self.chapters.iter().take(limits::PROBE_CHAPTERS_MAX).filter_map(|chapter| {
                Some(Chapter {
                    start_ms: milliseconds(chapter.start_time.as_deref())?,
                    end_ms: milliseconds(chapter.end_time.as_deref()),
                    name: word(&chapter.tags, "title").unwrap_or_default(),
                })
            });
        let chapters = chapters.collect();
        let tracks =
            self.streams.into_iter().take(limits::PROBE_TRACKS_MAX).map(Stream::into_track);
        MediaInfo {
            probed_by: ProbedBy::Ffprobe,
            duration_ms: milliseconds(self.format.duration.as_deref()),
            tracks: tracks.collect(),
            chapters,
            tags,
            ..MediaInfo::default()
        }
    }
}

impl Stream {
    fn into_track(self) -> Track {
        let details = match self.codec_type.as_deref() {
            // A cover is no film.
            Some("video") if self.disposition.attached_pic == 0 => {
                TrackDetails::Video(self.video())
            }
            Some("audio") => TrackDetails::Audio(AudioDetails {
                channels: self.channels,
                sample_rate_hz: self
                    .sample_rate
                    .as_deref()
                    .and_then(|rate| rate.parse().ok())
                    .unwrap_or(0),
            }),
            Some("subtitle") => TrackDetails::Subtitle(SubtitleDetails {
                is_hearing_impaired: self.disposition.hearing_impaired != 0,
            }),
            _ => TrackDetails::Other,
        };
        Track {
            number: self.index,
            codec_string: self.codec_string(),
            language: word(&self.tags, "language").and_then(|code| language::shortest_tag(&code)),
            name: word(&self.tags, "title"),
            duration_ms: milliseconds(self.duration.as_deref()),
            is_default: self.disposition.default != 0,
            is_forced: self.disposition.forced != 0,
            is_encrypted: false,
            codec: self.codec_name.unwrap_or_else(|| "unknown".to_owned()),
            details,
        }
    }

    fn video(&self) -> VideoDetails {
        let ratio = self.sample_aspect_ratio.as_deref().and_then(|text| pair(text, ':'));
        let (display_width, display_height) =
            codecs::shown_size(self.width, self.height, ratio.unwrap_or((1, 1)));
        let is_constant = self.avg_frame_rate == self.r_frame_rate;
        let rate = self.avg_frame_rate.as_deref().filter(|_| is_constant);
        let rate = rate.and_then(|text| pair(text, '/')).and_then(|(pictures, seconds)| {
            u64::from(pictures).checked_mul(1000)?.checked_div(seconds.into())
        });
        let pix_fmt = self.pix_fmt.as_deref().unwrap_or_default();
        let deep = [("p10", 10), ("p12", 12), ("p16", 16), ("p9", 9), ("p14", 14)];
        let deep = deep.iter().find(|(mark, _)| pix_fmt.contains(mark)).map(|(_, bits)| *bits);
        VideoDetails {
            width: self.width,
            height: self.height,
            display_width,
            display_height,
            rotation_degrees: 0,
            frames_per_1000_s: rate
                .and_then(|rate| u32::try_from(rate).ok())
                .filter(|rate| *rate > 0),
            bit_depth: (!pix_fmt.is_empty()).then(|| deep.unwrap_or(8)),
            hdr: match self.color_transfer.as_deref() {
                Some("smpte2084") => Some(Hdr::Hdr10),
                Some("arib-std-b67") => Some(Hdr::Hlg),
                _ => None,
            },
        }
    }

    /// The `codecs` parameter of RFC 6381, for the codecs that browsers play.
    fn codec_string(&self) -> Option<String> {
        let profile = self.profile.as_deref().unwrap_or_default();
        let text = match self.codec_name.as_deref()? {
            "h264" => {
                let profile = match profile {
                    "Constrained Baseline" => "42e0",
                    "Baseline" => "4200",
                    "Main" => "4d40",
                    "High" => "6400",
                    "High 10" => "6e00",
                    "High 4:2:2" => "7a00",
                    "High 4:4:4 Predictive" => "f400",
                    _ => return None,
                };
                let level = u8::try_from(self.level?).ok()?;
                return Some(format!("avc1.{profile}{level:02x}"));
            }
            "aac" => match profile {
                "HE-AAC" => "mp4a.40.5",
                "HE-AACv2" => "mp4a.40.29",
                _ => "mp4a.40.2",
            },
            "mp3" => "mp3",
            "opus" => "opus",
            "vorbis" => "vorbis",
            "flac" => "flac",
            "ac3" => "ac-3",
            "eac3" => "ec-3",
            "vp8" => "vp8",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// The value of a tag, its name in any case.
fn word(tags: &serde_json::Map<String, serde_json::Value>, name: &str) -> Option<String> {
    let (_, value) = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    super::bytes::text(value.as_str()?.as_bytes(), limits::PROBE_TEXT_BYTES_MAX)
}

fn pair(text: &str, between: char) -> Option<(u32, u32)> {
    let (first, second) = text.split_once(between)?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

/// Seconds with a fraction, as milliseconds; `None` for what is no time.
fn milliseconds(seconds: Option<&str>) -> Option<u64> {
    let ms = seconds?.parse::<f64>().ok()? * 1000.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was just compared"
    )]
    (ms >= 0.0 && ms <= limits::PROBE_DURATION_MS_MAX as f64).then(|| ms.round() as u64)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;
    use crate::probe::info::Container;
    use crate::storage::{Key, Root};

    const FLV: Sniffed = Sniffed { container: Container::Flv, demuxer: "flv" };
    const LONG: Duration = Duration::from_mins(1);

    /// Describes a file with a shell script in ffprobe's place.
    fn with_script(folder: &Path, script: &str, wait: Duration) -> Result<MediaInfo> {
        let program = folder.join("ffprobe");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
        fs::write(folder.join("film"), b"FLV\x01").expect("written");
        let key = Key::new("film").expect("a name");
        let object = Root::new(folder).open(&key).expect("opened");
        Ffprobe::new(program).probe_within(&object, FLV, wait)
    }

    #[test]
    fn an_answer_becomes_a_description() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = r#"
[ "$(head -c 3 /dev/fd/0)" = FLV ] || exit 1
case "$*" in *"-protocol_whitelist file -format_whitelist flv -f flv -i file:/dev/fd/0") ;; *) exit 1 ;; esac
echo "[flv @ 0x1] a warning" >&2
cat <<END
{"streams": [
  {"index": 0, "codec_type": "video", "codec_name": "h264", "profile": "High", "level": 31,
   "width": 720, "height": 576, "sample_aspect_ratio": "64:45", "pix_fmt": "yuv420p10le",
   "color_transfer": "smpte2084", "avg_frame_rate": "25/1", "r_frame_rate": "25/1"},
  {"index": 1, "codec_type": "audio", "codec_name": "aac", "profile": "LC", "channels": 6,
   "sample_rate": "48000", "duration": "1.5", "disposition": {"default": 1},
   "tags": {"LANGUAGE": "ger", "title": "Kommentar"}},
  {"index": 2, "codec_type": "video", "codec_name": "png", "disposition": {"attached_pic": 1}}],
 "chapters": [{"start_time": "0.5", "end_time": "1.0", "tags": {"title": "One"}},
              {"start_time": "never"}],
 "format": {"duration": "2.25", "tags": {"TITLE": "Alien"}}}
END"#;
        let info = with_script(folder.path(), script, LONG).expect("described");
        assert_eq!((info.container, info.probed_by), (Container::Flv, ProbedBy::Ffprobe));
        assert_eq!((info.duration_ms, info.tags.title.as_deref()), (Some(2250), Some("Alien")));
        let chapters = [Chapter { start_ms: 500, end_ms: Some(1000), name: "One".to_owned() }];
        assert_eq!(info.chapters, chapters);
        let (track, video) = info.main_video().expect("a picture");
        assert_eq!(track.codec_string.as_deref(), Some("avc1.64001f"));
        assert_eq!((video.display_width, video.display_height), (1024, 576));
        assert_eq!((video.frames_per_1000_s, video.bit_depth), (Some(25_000), Some(10)));
        assert_eq!(video.hdr, Some(Hdr::Hdr10));
        let [_, sound, cover] = &info.tracks[..] else { panic!("{} tracks", info.tracks.len()) };
        assert_eq!((sound.language.as_deref(), sound.duration_ms), (Some("de"), Some(1500)));
        assert_eq!((sound.name.as_deref(), sound.is_default), (Some("Kommentar"), true));
        let heard = AudioDetails { channels: 6, sample_rate_hz: 48_000 };
        assert_eq!(sound.details, TrackDetails::Audio(heard));
        assert_eq!(cover.details, TrackDetails::Other);
    }

    #[test]
    fn an_answer_that_is_none_is_told() {
        let cases = [
            ("echo these are words", "gave no answer that can be read"),
            ("echo '[flv @ 0x5d] no such codec' >&2; exit 1", "and says \"no such codec\""),
            ("yes | head -c 300000 >&2; echo '{}'", "finds no track"),
            ("exec yes", "longer than any file should need"),
            (r#"echo '{"error": {"string": "End of file"}}'; exit 1"#, "describe it: End of file"),
            ("echo '{\"streams\": []}'", "finds no track"),
        ];
        for (script, expected) in cases {
            let folder = tempfile::tempdir().expect("a folder");
            let error = with_script(folder.path(), script, LONG).expect_err("no answer").chain();
            assert!(error.contains(expected), "{script}: {error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let object = Root::new(folder.path());
        fs::write(folder.path().join("film"), b"FLV\x01").expect("written");
        let object = object.open(&Key::new("film").expect("a name")).expect("opened");
        let nowhere = Ffprobe::new(folder.path().join("nothing"));
        let error = nowhere.probe(&object, FLV).expect_err("no program").chain();
        assert!(error.contains("starting"), "{error}");
    }
}
