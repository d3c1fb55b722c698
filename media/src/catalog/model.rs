//! What a scan tells the catalog.

use serde::{Deserialize, Serialize};

use crate::ids::{FileId, RootId};
use crate::probe::{Cover, MediaInfo};
use crate::storage::{Key, Version};

/// Kinds of titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleKind {
    /// A film, or any video that nothing better is known of.
    Film,
    /// A series; holds no files itself.
    Series,
    /// An episode of a series.
    Episode,
    /// A trailer, a deleted scene, an interview: belongs to another title.
    Extra,
    /// Sound without moving pictures.
    Audio,
}

/// What a name, an NFO file and the tags together say about which title a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Identity {
    /// A film: same name and year in the same library are the same title.
    Film {
        /// Name without year and edition.
        name: String,
        /// Year of release, where told.
        year: Option<u16>,
    },
    /// A series, only ever as what an extra belongs to.
    Series {
        /// Name of the series.
        name: String,
        /// Year in which it began, where the name tells it apart.
        year: Option<u16>,
    },
    /// One or more episodes of a series in one file.
    Episode {
        /// Name of the series.
        series: String,
        /// Year in which the series began, where the name tells it apart.
        series_year: Option<u16>,
        /// Season; 0 holds specials. Absolute numbers count as season 1.
        season: u32,
        /// First episode in this file. For a series by date the date as yyyymmdd, season the year.
        episode: u32,
        /// Last episode in this file; equals `episode` for most.
        episode_end: u32,
    },
    /// Belongs to the film or series of the folder above it.
    Extra {
        /// The title it belongs to.
        of: Box<Identity>,
        /// `trailer`, `featurette`, `deleted scene` …
        what: String,
        /// Its own name.
        name: String,
    },
    /// Sound alone: the same name in the same folder is the same title.
    Audio {
        /// Name of the piece.
        name: String,
    },
}

/// What is told about a title beyond its identity. Absent or empty where unknown; a later source
/// fills what an earlier one left open (NFO before tags before the name).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Name to show, where an NFO tells a better one than the identity.
    pub name: Option<String>,
    /// Name to sort by.
    pub sort_name: Option<String>,
    /// Name in the original language.
    pub original_name: Option<String>,
    /// Year of release.
    pub year: Option<u16>,
    /// Day of release, `yyyy-mm-dd`.
    pub premiered: Option<String>,
    /// What happens.
    pub plot: Option<String>,
    /// One line from the poster.
    pub tagline: Option<String>,
    /// Genres in the order told.
    pub genres: Vec<String>,
    /// Who made it.
    pub people: Vec<Person>,
    /// Studios or broadcasters.
    pub studios: Vec<String>,
    /// Age rating as told: `PG-13`, `FSK 12`.
    pub content_rating: Option<String>,
    /// Mean vote, 0 to 10.
    pub rating: Option<f32>,
    /// Collection or box set.
    pub collection: Option<String>,
}

/// Somebody who made a title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// The part an actor plays; empty for others.
    pub character: String,
    /// What they did.
    pub role: PersonRole,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonRole {
    /// Plays a part.
    Actor,
    /// Directs.
    Director,
    /// Writes.
    Writer,
}

/// Kinds of artwork.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtworkKind {
    /// Upright, 2:3.
    Poster,
    /// Wide, behind a page.
    Backdrop,
    /// The title's lettering on nothing.
    Logo,
    /// Wide, of an episode.
    Thumb,
}

/// Where a picture's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ArtworkSource {
    /// A picture file as it is.
    File,
    /// A stretch of a media file.
    Embedded(Cover),
}

/// A picture that belongs to a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundArtwork {
    /// What it shows.
    pub kind: ArtworkKind,
    /// Season whose poster this is; absent for the title's own.
    pub season: Option<u32>,
    /// The file that holds it, below the same root as the media file.
    pub key: Key,
    /// That file's version, so that its URL changes with it.
    pub version: Version,
    /// Where in that file.
    pub source: ArtworkSource,
}

/// A text subtitle beside a media file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSubtitle {
    /// The file below the same root, as the catalog stores keys.
    pub key_bytes: Vec<u8>,
    /// Language tag (BCP 47), where the name tells one.
    pub language: Option<String>,
    /// To be shown even when none are asked for.
    pub is_forced: bool,
    /// Written for those who do not hear.
    pub is_hearing_impaired: bool,
    /// `srt`, `vtt`, `ass`, `ssa`, `sub`.
    pub format: String,
}

/// One media file as phase 4 commits it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFile {
    /// The root it lies below.
    pub root: RootId,
    /// Its name below the root.
    pub key: Key,
    /// The state that was probed.
    pub version: Version,
    /// Hash over length and a few stretches of the content: the same for a moved or copied file.
    pub fingerprint: u64,
    /// Hash over names and versions of the files beside it that this was made from (NFO, pictures,
    /// subtitles); another value in the next scan means that something there changed.
    pub surroundings: u64,
    /// The file that this one was before it was renamed or moved, also from another root: it keeps
    /// its identifier. Ignored where a file is already known under this root and key.
    pub moved_from: Option<FileId>,
    /// What it is made of; the container alone where nothing could be read.
    pub info: MediaInfo,
    /// Which title it holds; never [`Identity::Series`], which holds no files.
    pub identity: Identity,
    /// What is told about that title.
    pub facts: Facts,
    /// What is told about the series, of an episode.
    pub series_facts: Option<Facts>,
    /// Edition of a film (`Director's Cut`), where the name tells one.
    pub edition: Option<String>,
    /// Number of this part of a film in several files, from 1.
    pub part: Option<u32>,
    /// Pictures of the title.
    pub artwork: Vec<FoundArtwork>,
    /// Pictures of the series, of an episode.
    pub series_artwork: Vec<FoundArtwork>,
    /// Subtitles beside the file.
    pub subtitles: Vec<FoundSubtitle>,
}
