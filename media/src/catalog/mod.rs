//! What is known of titles, files, viewers and scans, kept in SQLite.
//!
//! SQL stands in this folder and nowhere else, so that another engine can stand behind the same
//! methods.

mod model;

pub use model::{
    ArtworkKind, ArtworkSource, Facts, FoundArtwork, FoundFile, FoundSubtitle, Identity, Person,
    PersonRole, TitleKind,
};
