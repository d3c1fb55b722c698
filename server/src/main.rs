//! The `spillway` program.

fn main() {}
