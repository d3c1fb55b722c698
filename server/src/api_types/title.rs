//! Titles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::{FileDetails, FileItem};

/// Something to watch, or a series that holds such things.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleItem {
    /// Opaque identifier; survives rescans, renames and restarts.
    #[schema(example = "42")]
    pub id: String,
    /// `film`, `series`, `episode`, `extra` or `audio`.
    #[schema(example = "film")]
    pub kind: &'static str,
    /// Name to show.
    #[schema(example = "Alien")]
    pub name: String,
    /// Year of release.
    #[schema(example = 1979)]
    pub year: Option<u16>,
    /// Playing time in milliseconds.
    #[schema(example = 7_020_000)]
    pub duration_ms: Option<u64>,
    /// Upright picture; may be cached for good.
    #[schema(example = "/api/v1/titles/42/artwork/poster?v=1f3c")]
    pub poster_url: Option<String>,
    /// The files that hold it; none for a series.
    pub files: Vec<FileItem>,
    /// Wide picture; may be cached for good.
    pub backdrop_url: Option<String>,
    /// The title's lettering; may be cached for good.
    pub logo_url: Option<String>,
    /// Genres in the order told.
    pub genres: Vec<String>,
    /// One line from the poster.
    pub tagline: Option<String>,
    /// When it came into the catalog, in milliseconds since 1970.
    pub added_at_ms: i64,
    /// False while the folder that holds it is not mounted.
    pub is_available: bool,
    /// The series, of an episode.
    pub series: Option<SeriesRef>,
    /// Season, of an episode; 0 holds specials.
    pub season_number: Option<u32>,
    /// First episode in the file.
    pub episode_number: Option<u32>,
    /// Last episode in the file.
    pub episode_number_end: Option<u32>,
    /// How far it was watched.
    pub progress: Option<Progress>,
}

/// The series that an episode belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesRef {
    /// The series' title.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// How far a title was watched.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// Where to go on.
    pub position_ms: u64,
    /// How long the player found it to be.
    pub duration_ms: u64,
    /// 90 % or more were seen.
    pub watched: bool,
    /// When this was stored, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

/// How far somebody watched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressUpdate {
    /// Where the player is.
    pub position_ms: u64,
    /// How long the player finds the title to be; not 0.
    pub duration_ms: u64,
}

/// A title with its plot, as the home page and seasons show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleWithPlot {
    /// The title.
    #[serde(flatten)]
    pub title: TitleItem,
    /// What happens.
    pub plot: Option<String>,
}

/// All that is known of a title.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleDetail {
    /// The title.
    #[serde(flatten)]
    pub title: TitleItem,
    /// What happens.
    pub plot: Option<String>,
    /// Name in the original language.
    pub original_name: Option<String>,
    /// Day of release, `yyyy-mm-dd`.
    #[schema(example = "1979-05-25")]
    pub premiered: Option<String>,
    /// Age rating as told.
    #[schema(example = "FSK 16")]
    pub content_rating: Option<String>,
    /// Mean vote, 0 to 10.
    #[schema(example = 8.5)]
    pub rating: Option<f32>,
    /// Studios or broadcasters.
    pub studios: Vec<String>,
    /// Who made it.
    pub people: Vec<PersonItem>,
    /// Collection or box set.
    pub collection: Option<String>,
    /// Seasons, of a series.
    pub seasons: Vec<SeasonItem>,
    /// Trailers, interviews and other extras.
    pub extras: Vec<TitleItem>,
    /// Of a series: where to go on. Of an episode: what follows it.
    pub next_episode: Option<TitleItem>,
    /// What each file is made of.
    pub file_details: Vec<FileDetails>,
}

/// Somebody who made a title.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonItem {
    /// Name.
    #[schema(example = "Sigourney Weaver")]
    pub name: String,
    /// The part an actor plays; empty for others.
    #[schema(example = "Ripley")]
    pub role: String,
    /// `actor`, `director` or `writer`.
    #[schema(example = "actor")]
    pub kind: &'static str,
}

/// A season of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeasonItem {
    /// Its number; 0 holds specials.
    pub number: u32,
    /// What people read.
    #[schema(example = "Season 1")]
    pub name: String,
    /// Its poster; may be cached for good.
    pub poster_url: Option<String>,
    /// Its episodes in order.
    pub episodes: Vec<TitleWithPlot>,
}

/// The home page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Home {
    /// Titles to show large.
    pub featured: Vec<TitleWithPlot>,
    /// Rows of titles; empty ones are left out.
    pub rows: Vec<HomeRow>,
}

/// A row of the home page.
#[derive(Debug, Serialize, ToSchema)]
pub struct HomeRow {
    /// `continue`, `recent`, `films`, `series` or `genre:NAME`.
    #[schema(example = "recent")]
    pub id: String,
    /// What people read.
    #[schema(example = "Recently added")]
    pub name: String,
    /// The titles.
    pub items: Vec<TitleItem>,
}

/// All genres.
#[derive(Debug, Serialize, ToSchema)]
pub struct Genres {
    /// The genres by name.
    pub items: Vec<GenreItem>,
}

/// A genre.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenreItem {
    /// Its name.
    #[schema(example = "Drama")]
    pub name: String,
    /// How many titles have it.
    pub titles: u64,
}
