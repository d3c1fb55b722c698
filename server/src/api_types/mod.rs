//! The JSON that clients read and write (docs/api.md), and how it is made from what `media` knows.
//!
//! Fields are never missing: absent values are `null`, empty lists `[]`.

pub mod collection;
pub mod file;
pub mod filter;
pub mod finding;
pub mod live;
pub mod page;
pub mod scan;
pub mod search;
pub mod status;
pub mod title;
