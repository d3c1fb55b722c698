//! HTTP in front of `spillway-media`.

pub mod delivery;
pub mod limits;
pub mod transport;
