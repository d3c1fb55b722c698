//! The words in which a file is described.

use serde::{Deserialize, Serialize};

/// What is known of one media file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// How the streams are wrapped.
    pub container: Container,
    /// Who read the headers.
    pub probed_by: ProbedBy,
    /// Playing time in milliseconds; absent where the file does not say and it cannot be computed.
    pub duration_ms: Option<u64>,
    /// The streams in the file's order.
    pub tracks: Vec<Track>,
    /// Chapters in time order.
    pub chapters: Vec<Chapter>,
    /// Words that the file carries about itself.
    pub tags: Tags,
    /// An embedded picture, where its bytes stand in the file as they are.
    pub cover: Option<Cover>,
    /// What was wrong but did not keep the file from being described, one sentence each.
    pub faults: Vec<String>,
}

/// How the streams of a file are wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4, MOV, M4V, M4A, 3GP: ISO/IEC 14496-12 and what it grew from.
    Mp4,
    /// Matroska.
    Matroska,
    /// Matroska's subset for the web.
    Webm,
    /// AVI.
    Avi,
    /// MPEG transport stream, also M2TS.
    MpegTs,
    /// MPEG program stream.
    MpegPs,
    /// Ogg.
    Ogg,
    /// Flash video.
    Flv,
    /// ASF, WMV, WMA.
    Asf,
    /// MPEG audio without a container.
    Mp3,
    /// Native FLAC.
    Flac,
    /// RIFF WAVE, also RF64.
    Wav,
    /// Something else that was recognised by `ffprobe` alone, or not at all.
    #[default]
    Other,
}

impl Container {
    /// The short name that the API shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
            Self::Webm => "webm",
            Self::Avi => "avi",
            Self::MpegTs => "mpegts",
            Self::MpegPs => "mpegps",
            Self::Ogg => "ogg",
            Self::Flv => "flv",
            Self::Asf => "asf",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Wav => "wav",
            Self::Other => "other",
        }
    }
}

/// Who read the headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbedBy {
    /// Our own walkers.
    Spillway,
    /// An `ffprobe` process.
    Ffprobe,
    /// Nobody: only name and size are known.
    #[default]
    Nobody,
}

/// One stream of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The number by which the container names the track; unique within the file.
    pub number: u64,
    /// Short lower-case codec name as ffprobe writes it: `h264`, `hevc`, `aac`, `opus`, `subrip`.
    pub codec: String,
    /// The `codecs` parameter of RFC 6381, `avc1.64001f`; absent where none is defined or known.
    pub codec_string: Option<String>,
    /// Language tag (BCP 47, shortest form: `en`, `de`); absent where undetermined.
    pub language: Option<String>,
    /// What the author called the track.
    pub name: Option<String>,
    /// Playing time of this track in milliseconds, where the file tells it apart.
    pub duration_ms: Option<u64>,
    /// To be chosen when nothing else is asked for.
    pub is_default: bool,
    /// Subtitles to be shown even when none are asked for.
    pub is_forced: bool,
    /// Samples are encrypted: nothing here can show them.
    pub is_encrypted: bool,
    /// What only this kind of track has.
    pub details: TrackDetails,
}

/// What only one kind of track has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrackDetails {
    /// Moving pictures.
    Video(VideoDetails),
    /// Sound.
    Audio(AudioDetails),
    /// Text or pictures of text.
    Subtitle(SubtitleDetails),
    /// Time code, metadata, fonts and whatever else.
    Other,
}

/// What only a video track has. Sizes in pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VideoDetails {
    /// Width of the coded picture after cropping, before rotation and sample aspect.
    pub width: u32,
    /// Height of the coded picture after cropping, before rotation and sample aspect.
    pub height: u32,
    /// Width as shown: after sample aspect ratio and rotation.
    pub display_width: u32,
    /// Height as shown: after sample aspect ratio and rotation.
    pub display_height: u32,
    /// Clockwise turn to show it upright: 0, 90, 180 or 270 degrees.
    pub rotation_degrees: u16,
    /// Pictures in 1000 seconds (23.976/s = 23976); absent where not constant or not told.
    pub frames_per_1000_s: Option<u32>,
    /// Bits per sample: 8, 10, 12; absent where the headers do not tell.
    pub bit_depth: Option<u8>,
    /// High dynamic range, where the picture has it.
    pub hdr: Option<Hdr>,
}

/// Kinds of high dynamic range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hdr {
    /// Perceptual quantiser (SMPTE ST 2084) with or without static metadata.
    Hdr10,
    /// HDR10 with dynamic metadata (SMPTE ST 2094-40), where a header tells it.
    Hdr10Plus,
    /// Hybrid log-gamma (ARIB STD-B67).
    Hlg,
    /// Dolby Vision, by its configuration record.
    DolbyVision,
}

/// What only an audio track has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AudioDetails {
    /// Number of channels; 6 is 5.1.
    pub channels: u16,
    /// Samples per second.
    pub sample_rate_hz: u32,
}

/// What only a subtitle track has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SubtitleDetails {
    /// Written for those who do not hear: names sounds and speakers.
    pub is_hearing_impaired: bool,
}

/// A named stretch of the film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// Where it begins, in milliseconds.
    pub start_ms: u64,
    /// Where it ends, where the file says.
    pub end_ms: Option<u64>,
    /// Its name; empty where it has none.
    pub name: String,
}

/// Words that a file carries about itself. Each is bounded in length by the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// The title.
    pub title: Option<String>,
    /// The series that an episode belongs to.
    pub series: Option<String>,
    /// Season number.
    pub season: Option<u32>,
    /// Episode number.
    pub episode: Option<u32>,
    /// Year of release.
    pub year: Option<u16>,
    /// A plot or description.
    pub description: Option<String>,
    /// Genres, in the file's order.
    pub genres: Vec<String>,
    /// Artist or director.
    pub artist: Option<String>,
}

/// A picture embedded in a file, whose bytes stand in it as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Where it begins in the file.
    pub offset_bytes: u64,
    /// How long it is.
    pub len_bytes: u64,
    /// Its media type, by its first bytes: `image/jpeg`, `image/png`.
    pub media_type: String,
}

impl MediaInfo {
    /// The track that a player shows: the default one, else the first that is not a still picture.
    pub fn main_video(&self) -> Option<(&Track, &VideoDetails)> {
        let videos = || {
            self.tracks.iter().filter_map(|track| match &track.details {
                TrackDetails::Video(video) => Some((track, video)),
                _ => None,
            })
        };
        videos().find(|(track, _)| track.is_default).or_else(|| videos().next())
    }

    /// How many video tracks the file has before the one of this number.
    pub fn video_index(&self, number: u64) -> usize {
        let is_video = |track: &&Track| matches!(track.details, TrackDetails::Video(_));
        self.tracks.iter().filter(is_video).take_while(|track| track.number != number).count()
    }

    /// The track that a player plays: the default one, else the first.
    pub fn main_audio(&self) -> Option<(&Track, &AudioDetails)> {
        let audios = || {
            self.tracks.iter().filter_map(|track| match &track.details {
                TrackDetails::Audio(audio) => Some((track, audio)),
                _ => None,
            })
        };
        audios().find(|(track, _)| track.is_default).or_else(|| audios().next())
    }
}

/// A picture that can be decoded without any other.
///
/// Computed when asked for and not stored: a film has thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFrame {
    /// When it is shown, in milliseconds from the beginning of the film.
    pub position_ms: u64,
    /// Where its bytes begin in the file: the sample's in MP4; in Matroska the cluster's whose
    /// index entry names it, for there the index does not tell more.
    pub offset_bytes: u64,
    /// How many bytes it has, where the index tells.
    pub len_bytes: Option<u64>,
    /// In Matroska, how far behind the head of that cluster its block begins, where the index tells.
    pub block_offset_bytes: Option<u64>,
}
