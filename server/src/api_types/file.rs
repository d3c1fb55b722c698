//! Media files.

use serde::Serialize;
use spillway_media::catalog::{self, FoundSubtitle};
use spillway_media::ids::FileId;
use spillway_media::probe::{Chapter, Hdr, Track, TrackDetails};
use utoipa::ToSchema;

use crate::delivery::media_type;

/// A media file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileItem {
    /// Opaque identifier; survives rescans, renames and restarts.
    #[schema(example = "7")]
    pub id: String,
    /// The file's exact bytes, with ranges and validators.
    #[schema(example = "/files/7/Alien%20%281979%29.mkv")]
    pub url: String,
    /// Its name on the disk; what is not UTF-8 in it is shown as U+FFFD.
    #[schema(example = "Alien (1979).mkv")]
    pub file_name: String,
    /// Length.
    pub size_bytes: u64,
    /// How the streams are wrapped.
    #[schema(example = "matroska")]
    pub container: String,
    /// Codec of the main picture, as ffprobe writes it.
    #[schema(example = "h264")]
    pub video_codec: Option<String>,
    /// Codec of the main sound, as ffprobe writes it.
    #[schema(example = "aac")]
    pub audio_codec: Option<String>,
    /// Width of the main picture as shown, in pixels.
    pub width: Option<u32>,
    /// Height of the main picture as shown, in pixels.
    pub height: Option<u32>,
    /// Playing time in milliseconds.
    pub duration_ms: Option<u64>,
    /// Media type without parameters.
    #[schema(example = "video/x-matroska")]
    pub mime_type: String,
    /// The `codecs` parameter (RFC 6381) of main picture and sound, where each has one.
    #[schema(example = "avc1.64001f, mp4a.40.2")]
    pub codecs: Option<String>,
    /// High dynamic range: `hdr10`, `hdr10_plus`, `hlg`, `dolby_vision`.
    #[schema(example = "hdr10")]
    pub hdr: Option<String>,
    /// Edition of a film.
    #[schema(example = "Director's Cut")]
    pub edition: Option<String>,
    /// Number of this part of a film in several files, from 1.
    pub part: Option<u32>,
    /// Last change of the content, in milliseconds since 1970.
    pub modified_at_ms: i64,
}

/// What a file is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileDetails {
    /// The file's identifier.
    pub id: String,
    /// Its streams in the file's order.
    pub tracks: Vec<TrackItem>,
    /// Its chapters in time order.
    pub chapters: Vec<ChapterItem>,
    /// Text subtitles beside the file.
    pub subtitles: Vec<SubtitleItem>,
    /// What could not be read of it, one sentence each.
    pub findings: Vec<String>,
}

/// One stream of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackItem {
    /// The container's number for it.
    pub number: u64,
    /// `video`, `audio`, `subtitle` or `other`.
    pub kind: &'static str,
    /// Codec as ffprobe writes it.
    #[schema(example = "hevc")]
    pub codec: String,
    /// The codec by RFC 6381.
    #[schema(example = "hvc1.2.4.L120.90")]
    pub codec_string: Option<String>,
    /// Language tag (BCP 47).
    #[schema(example = "en")]
    pub language: Option<String>,
    /// What the author called it.
    pub name: Option<String>,
    /// Chosen when nothing else is asked for.
    pub is_default: bool,
    /// Subtitles to be shown even when none are asked for.
    pub is_forced: bool,
    /// Channels of sound.
    pub channels: Option<u16>,
    /// Width as shown, in pixels.
    pub width: Option<u32>,
    /// Height as shown, in pixels.
    pub height: Option<u32>,
    /// High dynamic range, where the picture has it.
    pub hdr: Option<&'static str>,
}

/// A named stretch of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChapterItem {
    /// Where it begins.
    pub start_ms: u64,
    /// Where it ends, where the file says.
    pub end_ms: Option<u64>,
    /// Its name; empty where it has none.
    pub name: String,
}

/// A text subtitle beside a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubtitleItem {
    /// The subtitle as it is on the disk.
    #[schema(example = "/files/7/subtitles/0")]
    pub url: String,
    /// The same as WebVTT, which browsers read.
    #[schema(example = "/api/v1/files/7/subtitles/0")]
    pub webvtt_url: String,
    /// Language tag (BCP 47), where the name tells one.
    pub language: Option<String>,
    /// What a menu shows.
    #[schema(example = "en (forced)")]
    pub label: String,
    /// To be shown even when none are asked for.
    pub is_forced: bool,
    /// `srt`, `vtt`, `ass`, `ssa`, `sub`.
    pub format: String,
}

impl From<catalog::FileSummary> for FileItem {
    fn from(file: catalog::FileSummary) -> Self {
        Self {
            id: file.id.to_string(),
            url: format!("/files/{}/{}", file.id, path_segment(&file.file_name)),
            mime_type: mime_type(&file.file_name),
            file_name: file.file_name,
            size_bytes: file.size_bytes,
            container: file.container,
            video_codec: file.video_codec,
            audio_codec: file.audio_codec,
            width: file.width,
            height: file.height,
            duration_ms: file.duration_ms,
            codecs: file.codecs,
            hdr: file.hdr,
            edition: file.edition,
            part: file.part,
            modified_at_ms: file.modified_at_ms,
        }
    }
}

/// The media type that the file's answer will have, without parameters.
fn mime_type(file_name: &str) -> String {
    let media_type = media_type(file_name);
    let text = media_type.to_str().unwrap_or_default();
    text.split(';').next().unwrap_or_default().to_owned()
}

impl From<catalog::FileDetail> for FileDetails {
    fn from(detail: catalog::FileDetail) -> Self {
        let subtitle = |(index, subtitle)| SubtitleItem::new(detail.id, index, subtitle);
        Self {
            id: detail.id.to_string(),
            tracks: detail.info.tracks.into_iter().map(TrackItem::from).collect(),
            chapters: detail.info.chapters.into_iter().map(ChapterItem::from).collect(),
            subtitles: detail.subtitles.into_iter().enumerate().map(subtitle).collect(),
            findings: detail.findings,
        }
    }
}

impl From<Track> for TrackItem {
    fn from(track: Track) -> Self {
        let mut item = Self {
            number: track.number,
            kind: "other",
            codec: track.codec,
            codec_string: track.codec_string,
            language: track.language,
            name: track.name,
            is_default: track.is_default,
            is_forced: track.is_forced,
            channels: None,
            width: None,
            height: None,
            hdr: None,
        };
        match track.details {
            TrackDetails::Video(video) => {
                item.kind = "video";
                item.width = Some(video.display_width);
                item.height = Some(video.display_height);
                item.hdr = video.hdr.map(hdr_name);
            }
            TrackDetails::Audio(audio) => {
                item.kind = "audio";
                item.channels = Some(audio.channels);
            }
            TrackDetails::Subtitle(_) => item.kind = "subtitle",
            TrackDetails::Other => {}
        }
        item
    }
}

fn hdr_name(hdr: Hdr) -> &'static str {
    match hdr {
        Hdr::Hdr10 => "hdr10",
        Hdr::Hdr10Plus => "hdr10_plus",
        Hdr::Hlg => "hlg",
        Hdr::DolbyVision => "dolby_vision",
    }
}

impl From<Chapter> for ChapterItem {
    fn from(chapter: Chapter) -> Self {
        Self { start_ms: chapter.start_ms, end_ms: chapter.end_ms, name: chapter.name }
    }
}

impl SubtitleItem {
    fn new(file: FileId, index: usize, subtitle: FoundSubtitle) -> Self {
        Self {
            url: format!("/files/{file}/subtitles/{index}"),
            webvtt_url: format!("/api/v1/files/{file}/subtitles/{index}"),
            label: subtitle_label(&subtitle),
            language: subtitle.language,
            is_forced: subtitle.is_forced,
            format: subtitle.format,
        }
    }
}

/// The language's tag, which a page can turn into its name, and what sets the subtitle apart.
fn subtitle_label(subtitle: &FoundSubtitle) -> String {
    let mut label = subtitle.language.clone().unwrap_or_else(|| "Subtitles".to_owned());
    for (applies, word) in
        [(subtitle.is_forced, " (forced)"), (subtitle.is_hearing_impaired, " (SDH)")]
    {
        if applies {
            label.push_str(word);
        }
    }
    label
}

/// What stays as it is in a path segment (RFC 3986 §2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A path segment that reads back as `name`, whatever is in it.
pub fn path_segment(name: &str) -> String {
    use std::fmt::Write as _;
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if is_unreserved(byte) {
            segment.push(char::from(byte));
        } else {
            write!(segment, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_path_segment() {
        for (name, segment) in [
            ("Alien.mkv", "Alien.mkv"),
            ("a b", "a%20b"),
            ("a/b?c#d%e", "a%2Fb%3Fc%23d%25e"),
            ("é", "%C3%A9"),
            ("\u{fffd}", "%EF%BF%BD"),
            ("\n\"<", "%0A%22%3C"),
        ] {
            assert_eq!(path_segment(name), segment, "{name:?}");
        }
    }
}
