//! Pictures from films: key frames decoded, drawn small, and kept (`docs/design/thumbnails.md`).

mod artwork;
mod background;
mod budget;
mod colour;
#[cfg(feature = "counter-proof")]
mod counter_proof;
mod decode;
mod film;
mod frame;
mod hashed;
mod jpeg;
mod manners;
mod picture;
mod placeholder;
mod pool;
mod poster;
mod render;
mod resized;
mod sample;
mod scale;
mod sheet;
mod spent;
mod still;
mod store;
mod storyboard;
mod thumbnails;

#[cfg(test)]
mod against_ffmpeg;
#[cfg(test)]
mod testing;

pub use artwork::{Artwork, artwork_width, make_artwork};
pub use background::{AheadState, Background};
pub use budget::Budget;
pub use decode::{
    Av1Process, Decoders, FfmpegProcess, KeyframeDecoder, NativeDecoder, Wanted, decode_sample,
};
pub use film::Film;
pub use frame::{Chroma, Colour, Frame, Plane, Samples};
pub use hashed::HashedPicture;
pub use jpeg::encode_jpeg;
pub use manners::DiskDemand;
pub use picture::Picture;
pub use placeholder::thumb_hash;
pub use pool::{Cancel, JobSeconds, Pool, PoolSettings, PoolState, Priority, Ticket};
pub use poster::{Fault, Judgement, choose_poster, judge, poster_positions_ms};
pub use render::{Presentation, render};
pub use resized::Original;
pub use sample::{Codec, Sample};
pub use sheet::{Layout, Scene, compose_sheet, storyboard_vtt};
pub use spent::Spent;
pub use store::{Failure, PictureKey, Store};
pub use storyboard::Storyboard;
pub use thumbnails::{Source, Thumbnail, ThumbnailSettings, Thumbnails, thumbnail_width};
