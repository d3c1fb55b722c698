//! Pictures from films: key frames decoded, drawn small, and kept (`docs/design/thumbnails.md`).

mod frame;

pub use frame::{Chroma, Colour, Frame, Plane, Samples};
