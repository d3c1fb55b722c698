//! The handlers, one noun a file. They know the layers below and never each other.

#![allow(clippy::unused_async, reason = "axum takes async functions, whether they wait or not")]

pub mod docs;
pub mod web_files;
