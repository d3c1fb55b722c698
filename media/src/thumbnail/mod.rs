//! Pictures from films: key frames decoded, drawn small, and kept (`docs/design/thumbnails.md`).

mod artwork;
mod colour;
#[cfg(feature = "counter-proof")]
mod counter_proof;
mod decode;
mod film;
mod frame;
mod jpeg;
mod picture;
mod placeholder;
mod pool;
mod poster;
mod render;
mod sample;
mod scale;
mod sheet;
mod store;
mod storyboard;
mod thumbnails;

#[cfg(test)]
mod against_ffmpeg;
#[cfg(test)]
mod testing;

pub use artwork::{Artwork, artwork_width, make_artwork};
pub use decode::{Decoders, FfmpegProcess, KeyframeDecoder, NativeDecoder, decode_sample};
pub use film::Film;
pub use frame::{Chroma, Colour, Frame, Plane, Samples};
pub use jpeg::encode_jpeg;
pub use picture::Picture;
pub use placeholder::thumb_hash;
pub use pool::{Cancel, JobSeconds, Pool, PoolSettings, PoolState, Priority, Ticket};
pub use poster::{Fault, Judgement, choose_poster, judge, poster_positions_ms};
pub use render::{Presentation, render};
pub use sample::{Codec, Sample};
pub use sheet::{Layout, Scene, compose_sheet, storyboard_vtt};
pub use store::{Failure, PictureKey, Store};
pub use storyboard::Storyboard;
pub use thumbnails::{Source, Thumbnail, ThumbnailSettings, Thumbnails, thumbnail_width};
