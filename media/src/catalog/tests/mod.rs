//! The catalog as a scan and a viewer use it, on real files.

mod commits;
mod support;
