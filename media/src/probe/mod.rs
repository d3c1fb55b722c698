//! What a file is made of, as its headers tell it.
//!
//! [`MediaInfo`] is the answer for every container; who reads it knows no box or element.

mod info;

pub use info::{
    AudioDetails, Chapter, Container, Cover, Hdr, MediaInfo, ProbedBy, SubtitleDetails, Tags,
    Track, TrackDetails, VideoDetails,
};
