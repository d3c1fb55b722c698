//! The catalog as a scan and a viewer use it, on real files.

mod collections;
mod commits;
mod crash;
mod failures;
mod filters;
mod lists;
mod marks;
mod migration;
mod pages;
mod placeholders;
mod scans;
mod support;
