//! The catalog as a scan and a viewer use it, on real files.

mod commits;
mod crash;
mod failures;
mod lists;
mod pages;
mod placeholders;
mod scans;
mod support;
