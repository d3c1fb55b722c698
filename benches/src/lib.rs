//! What the benchmarks share: a client that costs little, honest statistics, and the folder that
//! a run leaves behind.

pub mod audience;
pub mod cpu;
pub mod exchange;
pub mod feature_film;
pub mod many_files;
pub mod memory;
pub mod random;
pub mod range_client;
pub mod run_folder;
pub mod servers;
pub mod slow_disk;
pub mod spent;
pub mod statistics;
pub mod undo;
pub mod witness;
