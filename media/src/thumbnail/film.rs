//! A film that pictures are made from.

use std::fmt;

use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::stream_headers;
use crate::probe::{self, Colour, Container, KeyFrame, MediaInfo, VideoDetails, VideoStream};
use crate::storage::Object;

/// An open file, its video track and where its key frames are: made once for many pictures.
///
/// Holds the index of the track, 40 bytes for each of at most [`limits::KEY_FRAMES_MAX`] key
/// frames, and of the pictures nothing.
pub struct Film {
    object: Object,
    container: Container,
    duration_ms: Option<u64>,
    track_number: u64,
    video_index: usize,
    codec: String,
    video: VideoDetails,
    pub(super) stream: VideoStream,
}

impl Film {
    /// Reads what pictures of the file's main video track take: the headers once more and its
    /// index, up to some megabytes. `info` is what the scan found in this version of the file.
    /// Blocks on the disk.
    ///
    /// Of a file that our walkers do not read, or whose index is damaged, the film has no key
    /// frames; whoever seeks by itself may still find some.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if nothing moves in it, [`Kind::Invalid`] if it is encrypted: no decoder
    /// may see its samples, for they would become noise. What reading failed with.
    pub fn open(object: Object, info: &MediaInfo) -> Result<Self> {
        let object = object.read_in_passing();
        let (track, video) = info
            .main_video()
            .ok_or_else(|| Error::new(Kind::NotFound, "the file has no moving pictures"))?;
        let stream = match probe::video_stream(&object, track.number) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Unsupported) => {
                VideoStream::default()
            }
            // ffprobe has numbers of its own for tracks of containers that are not read by us.
            Err(error) if error.kind() == Kind::NotFound => VideoStream::default(),
            Err(error) => return Err(error),
        };
        if track.is_encrypted || stream.is_encrypted {
            return Err(Error::new(Kind::Invalid, "the video track is encrypted"));
        }
        let mut film = Self {
            object,
            container: info.container,
            duration_ms: info.duration_ms,
            track_number: track.number,
            video_index: info.video_index(track.number),
            codec: track.codec.clone(),
            video: video.clone(),
            stream,
        };
        // Pictures are stored in the order in which they are decoded, which may not be that in
        // which they are shown.
        film.stream.key_frames.sort_by_key(|frame| frame.position_ms);
        Ok(film)
    }

    /// The file, for whoever reads it in another way.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// How the streams are wrapped.
    pub fn container(&self) -> Container {
        self.container
    }

    /// Playing time in milliseconds, where it is known.
    pub fn duration_ms(&self) -> Option<u64> {
        self.duration_ms
    }

    /// The number by which the container names the track.
    pub fn track_number(&self) -> u64 {
        self.track_number
    }

    /// Which of the file's video tracks it is, from 0, covers not counted.
    pub fn video_index(&self) -> usize {
        self.video_index
    }

    /// Short lower-case codec name, as [`probe::Track::codec`].
    pub fn codec(&self) -> &str {
        &self.codec
    }

    /// Size, rotation, depth and dynamic range, as the headers tell them.
    pub fn video(&self) -> &VideoDetails {
        &self.video
    }

    /// What the container says of its colours.
    pub fn colour(&self) -> Colour {
        self.stream.colour
    }

    /// The key frames in the order in which they are shown; none where there is no index.
    pub fn key_frames(&self) -> &[KeyFrame] {
        &self.stream.key_frames
    }

    /// The key frame that is shown at a position or last before it, else the first; `None` where
    /// there is no index.
    pub fn key_frame_at(&self, position_ms: u64) -> Option<&KeyFrame> {
        let frames = &self.stream.key_frames;
        let behind = frames.partition_point(|frame| frame.position_ms <= position_ms);
        frames.get(behind.saturating_sub(1))
    }

    /// Samples of luma that a picture has, by the container and by the stream's configuration, each
    /// side rounded up to blocks of 64, the largest of any codec. A sample that turns out larger is
    /// not decoded by us.
    pub fn pixels(&self) -> u64 {
        let configuration = self.stream.configuration.as_slice();
        let in_stream = match self.stream.codec.as_str() {
            "h264" => stream_headers::avc(configuration).size,
            "hevc" => stream_headers::hevc(configuration).size,
            "av1" => stream_headers::av1(configuration).size,
            _ => None,
        };
        let blocks = |side: u64| side.checked_next_multiple_of(64).unwrap_or(u64::MAX);
        let pixels = |(width, height)| blocks(width).saturating_mul(blocks(height));
        let told = pixels((self.video.width.into(), self.video.height.into()));
        told.max(in_stream.map_or(0, pixels)).min(limits::PICTURE_PIXELS_MAX)
    }
}

impl fmt::Debug for Film {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Film")
            .field("container", &self.container)
            .field("codec", &self.codec)
            .field("key_frames", &self.stream.key_frames.len())
            .finish_non_exhaustive()
    }
}
