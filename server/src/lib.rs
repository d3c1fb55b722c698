//! HTTP in front of `spillway-media`.
