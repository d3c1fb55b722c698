//! The handlers, one noun a file. They know the layers below and never each other.

#![allow(clippy::unused_async, reason = "axum takes async functions, whether they wait or not")]

pub mod artwork;
pub mod collections;
pub mod docs;
pub mod favourites;
pub mod files;
pub mod filters;
pub mod findings;
pub mod genres;
pub mod health;
pub mod home;
pub mod live;
pub mod metrics;
pub mod progress;
pub mod scans;
pub mod search;
pub mod status;
pub mod subtitles;
pub mod thumbnails;
pub mod titles;
pub mod watched;
pub mod web_files;
