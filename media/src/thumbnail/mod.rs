//! Pictures from films: key frames decoded, drawn small, and kept (`docs/design/thumbnails.md`).

mod decode;
mod film;
mod frame;
mod pool;
mod sample;
mod store;
mod artwork;
mod colour;
mod frame;
mod jpeg;
mod picture;
mod placeholder;
mod poster;
mod render;
mod scale;
mod sheet;

#[cfg(test)]
mod against_ffmpeg;
#[cfg(test)]
mod testing;

pub use decode::{FfmpegProcess, KeyframeDecoder, NativeDecoder, decode_sample};
pub use film::Film;
pub use artwork::{Artwork, artwork_width, make_artwork};
pub use frame::{Chroma, Colour, Frame, Plane, Samples};
pub use pool::{Cancel, JobSeconds, Pool, PoolSettings, PoolState, Priority, Ticket};
pub use sample::{Codec, Sample};
pub use store::{Failure, PictureKey, Store};
pub use jpeg::encode_jpeg;
pub use picture::Picture;
pub use placeholder::thumb_hash;
pub use poster::{Fault, Judgement, choose_poster, judge, poster_positions_ms};
pub use render::{Presentation, render};
pub use sheet::{Layout, Scene, compose_sheet, storyboard_vtt};
