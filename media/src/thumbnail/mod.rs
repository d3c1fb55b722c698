//! Pictures from films: key frames decoded, drawn small, and kept (`docs/design/thumbnails.md`).

mod decode;
mod frame;
mod pool;
mod store;

pub use decode::FfmpegProcess;
pub use frame::{Chroma, Colour, Frame, Plane, Samples};
pub use pool::{Cancel, JobSeconds, Pool, PoolSettings, PoolState, Priority, Ticket};
pub use store::{Failure, PictureKey, Store};
