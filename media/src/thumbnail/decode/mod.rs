//! From a key frame to its samples.

mod process;
mod y4m;

pub use process::FfmpegProcess;
