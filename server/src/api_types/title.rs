//! Titles.

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize, de};
use spillway_media::catalog::{
    self, ArtworkKind, ArtworkRef, HomeRowKind, PersonRole, ReportPlace, StillRef, TitleKind,
};
use utoipa::ToSchema;

use super::collection::CollectionRef;
use super::file::{FileDetails, FileItem};
use crate::error::ApiError;
use crate::limits::{SESSION_CHARS_MAX, WATCHED_MS_MAX};

/// Kinds of titles and what clients call them.
pub const KINDS: [(TitleKind, &str); 5] = [
    (TitleKind::Film, "film"),
    (TitleKind::Series, "series"),
    (TitleKind::Episode, "episode"),
    (TitleKind::Extra, "extra"),
    (TitleKind::Audio, "audio"),
];

/// Kinds of artwork and what clients call them.
pub const ARTWORK_KINDS: [(ArtworkKind, &str); 4] = [
    (ArtworkKind::Poster, "poster"),
    (ArtworkKind::Backdrop, "backdrop"),
    (ArtworkKind::Logo, "logo"),
    (ArtworkKind::Thumb, "thumb"),
];

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
    /// Upright picture; may be cached for good. Like all pictures of titles it comes as it was found,
    /// and smaller with `&width=`.
    #[schema(example = "/api/v1/titles/42/artwork/poster?v=1f3c")]
    pub poster_url: Option<String>,
    /// What is seen until the poster is there: its ThumbHash (<https://evanw.github.io/thumbhash/>) in
    /// base64. Absent until the poster was asked for in some width.
    #[schema(example = "3/cBBIBmRFRmRYRSVA5VWpC3CQ==")]
    pub poster_hash: Option<String>,
    /// The files that hold it; none for a series.
    pub files: Vec<FileItem>,
    /// Wide picture; may be cached for good.
    pub backdrop_url: Option<String>,
    /// The backdrop's ThumbHash, as the poster's.
    pub backdrop_hash: Option<String>,
    /// The title's lettering; may be cached for good.
    pub logo_url: Option<String>,
    /// The lettering's ThumbHash, as the poster's.
    pub logo_hash: Option<String>,
    /// Wide picture of an episode; may be cached for good.
    pub thumb_url: Option<String>,
    /// The ThumbHash of the episode's picture, as the poster's.
    pub thumb_hash: Option<String>,
    /// A picture from the film itself, for titles without artwork of their own; of a series from its
    /// first episode. May be cached for good; add `&width=`. Absent where nothing moves.
    #[schema(example = "/api/v1/files/7/still?v=1f3c")]
    pub still_url: Option<String>,
    /// The ThumbHash of the picture from the film, as the poster's.
    pub still_hash: Option<String>,
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
    /// It is a favourite.
    pub is_favourite: bool,
    /// How many episodes there are, of a series.
    pub episodes: Option<EpisodeCounts>,
}

/// How many episodes a series has.
#[derive(Debug, Serialize, ToSchema)]
pub struct EpisodeCounts {
    /// Episodes that are listed.
    pub listed: u64,
    /// Of these, those that were watched.
    pub watched: u64,
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
    /// Where the player is; at most ten years.
    #[serde(deserialize_with = "watched_ms")]
    pub position_ms: u64,
    /// How long the player finds the title to be; 0 where it does not know.
    #[serde(deserialize_with = "watched_ms")]
    pub duration_ms: u64,
    /// What the player calls itself for as long as it plays the title, 1 to 64 characters; goes with
    /// `sequence`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    pub session: Option<String>,
    /// Counts up within the session. A report that is not later than the latest known one changes
    /// nothing, so that reports may come late, twice or never.
    #[serde(default)]
    pub sequence: Option<u64>,
}

impl ProgressUpdate {
    /// Where the report stands among those of its session, checked.
    pub fn place(&self) -> Result<Option<ReportPlace>, ApiError> {
        let refused = |detail: String| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        match (&self.session, self.sequence) {
            (None, None) => Ok(None),
            (Some(session), Some(sequence)) => {
                let session = session.clone();
                if session.is_empty() || session.chars().count() > SESSION_CHARS_MAX {
                    return Err(refused(format!(
                        "A session has 1 to {SESSION_CHARS_MAX} characters."
                    )));
                }
                Ok(Some(ReportPlace { session, sequence }))
            }
            _ => Err(refused("A session and a sequence go together: give both or none.".into())),
        }
    }
}

fn watched_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let ms = u64::deserialize(deserializer)?;
    if ms > WATCHED_MS_MAX {
        return Err(de::Error::custom(format_args!("{ms} ms is more than {WATCHED_MS_MAX}")));
    }
    Ok(ms)
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
    pub rating: Option<f64>,
    /// Studios or broadcasters.
    pub studios: Vec<String>,
    /// Who made it.
    pub people: Vec<PersonItem>,
    /// Collection or box set, as told.
    pub collection: Option<String>,
    /// Collections that it belongs to, by name.
    pub collections: Vec<CollectionRef>,
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
    /// The poster's ThumbHash, as a title's.
    pub poster_hash: Option<String>,
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
    /// `continue`, `favourites`, `recent`, `unwatched`, `films`, `series`, `collection:ID` or
    /// `genre:NAME`.
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
    /// Those with most titles first.
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

/// What clients call a value, by a table that has every one.
pub fn name_of<K: PartialEq + Copy>(names: &[(K, &'static str)], kind: K) -> &'static str {
    names
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, name)| *name)
        .expect("every kind has a name")
}

/// Where a picture is. `v` changes with the picture, so that the address may be cached for good.
pub fn artwork_url(artwork: &ArtworkRef) -> String {
    let ArtworkRef { title, kind, season, tag, .. } = artwork;
    let kind = name_of(&ARTWORK_KINDS, *kind);
    let season = season.map(|number| format!("season={number}&")).unwrap_or_default();
    format!("/api/v1/titles/{title}/artwork/{kind}?{season}v={tag:x}")
}

/// Where the picture that stands for a film is. `v` changes with the film.
fn still_url(still: &StillRef) -> String {
    format!("/api/v1/files/{}/still?v={:x}", still.file, still.tag)
}

impl From<catalog::TitleItem> for TitleItem {
    fn from(item: catalog::TitleItem) -> Self {
        Self {
            id: item.id.to_string(),
            kind: name_of(&KINDS, item.kind),
            name: item.name,
            year: item.year,
            duration_ms: item.duration_ms,
            poster_url: item.poster.as_ref().map(artwork_url),
            poster_hash: item.poster.and_then(|poster| poster.hash),
            files: item.files.into_iter().map(FileItem::from).collect(),
            backdrop_url: item.backdrop.as_ref().map(artwork_url),
            backdrop_hash: item.backdrop.and_then(|backdrop| backdrop.hash),
            logo_url: item.logo.as_ref().map(artwork_url),
            logo_hash: item.logo.and_then(|logo| logo.hash),
            thumb_url: item.thumb.as_ref().map(artwork_url),
            thumb_hash: item.thumb.and_then(|thumb| thumb.hash),
            still_url: item.still.as_ref().map(still_url),
            still_hash: item.still.and_then(|still| still.hash),
            genres: item.genres,
            tagline: item.tagline,
            added_at_ms: item.added_at_ms,
            is_available: item.is_available,
            series: item
                .series
                .map(|series| SeriesRef { id: series.id.to_string(), name: series.name }),
            season_number: item.season_number,
            episode_number: item.episode_number,
            episode_number_end: item.episode_number_end,
            progress: item.progress.map(Progress::from),
            is_favourite: item.is_favourite,
            episodes: item.episodes.map(|episodes| EpisodeCounts {
                listed: episodes.listed,
                watched: episodes.watched,
            }),
        }
    }
}

impl From<catalog::TitleItem> for TitleWithPlot {
    fn from(mut item: catalog::TitleItem) -> Self {
        Self { plot: item.plot.take(), title: item.into() }
    }
}

impl From<catalog::Progress> for Progress {
    fn from(progress: catalog::Progress) -> Self {
        Self {
            position_ms: progress.position_ms,
            duration_ms: progress.duration_ms,
            watched: progress.is_watched,
            updated_at_ms: progress.updated_at_ms,
        }
    }
}

impl From<catalog::TitleDetail> for TitleDetail {
    fn from(mut detail: catalog::TitleDetail) -> Self {
        Self {
            plot: detail.item.plot.take(),
            title: detail.item.into(),
            original_name: detail.original_name,
            premiered: detail.premiered,
            content_rating: detail.content_rating,
            rating: detail.rating,
            studios: detail.studios,
            people: detail.people.into_iter().map(PersonItem::from).collect(),
            collection: detail.collection,
            collections: detail.collections.into_iter().map(CollectionRef::from).collect(),
            seasons: detail.seasons.into_iter().map(SeasonItem::from).collect(),
            extras: detail.extras.into_iter().map(TitleItem::from).collect(),
            next_episode: detail.next_episode.map(TitleItem::from),
            file_details: detail.file_details.into_iter().map(FileDetails::from).collect(),
        }
    }
}

impl From<catalog::Person> for PersonItem {
    fn from(person: catalog::Person) -> Self {
        let kind = match person.role {
            PersonRole::Actor => "actor",
            PersonRole::Director => "director",
            PersonRole::Writer => "writer",
        };
        Self { name: person.name, role: person.character, kind }
    }
}

impl From<catalog::Season> for SeasonItem {
    fn from(season: catalog::Season) -> Self {
        Self {
            number: season.number,
            name: match season.number {
                0 => "Specials".to_owned(),
                number => format!("Season {number}"),
            },
            poster_url: season.poster.as_ref().map(artwork_url),
            poster_hash: season.poster.and_then(|poster| poster.hash),
            episodes: season.episodes.into_iter().map(TitleWithPlot::from).collect(),
        }
    }
}

impl From<catalog::Home> for Home {
    fn from(home: catalog::Home) -> Self {
        Self {
            featured: home.featured.into_iter().map(TitleWithPlot::from).collect(),
            rows: home.rows.into_iter().map(HomeRow::from).collect(),
        }
    }
}

impl From<catalog::HomeRow> for HomeRow {
    fn from(row: catalog::HomeRow) -> Self {
        let (id, name) = match row.kind {
            HomeRowKind::Continue => ("continue".to_owned(), "Continue watching".to_owned()),
            HomeRowKind::Favourites => ("favourites".to_owned(), "Favourites".to_owned()),
            HomeRowKind::Recent => ("recent".to_owned(), "Recently added".to_owned()),
            HomeRowKind::Unwatched => ("unwatched".to_owned(), "Not watched yet".to_owned()),
            HomeRowKind::Films => ("films".to_owned(), "Films".to_owned()),
            HomeRowKind::Series => ("series".to_owned(), "Series".to_owned()),
            HomeRowKind::Collection(it) => (format!("collection:{}", it.id), it.name),
            HomeRowKind::Genre(genre) => (format!("genre:{genre}"), genre),
        };
        Self { id, name, items: row.items.into_iter().map(TitleItem::from).collect() }
    }
}

impl From<catalog::Genre> for GenreItem {
    fn from(genre: catalog::Genre) -> Self {
        Self { name: genre.name, titles: genre.titles }
    }
}

#[cfg(test)]
mod tests {
    use spillway_media::ids::{FileId, TitleId};

    use super::*;

    #[test]
    fn a_report_has_a_session_of_1_to_64_characters_and_a_sequence_or_neither() {
        for (session, sequence, is_fine) in [
            (None, None, true),
            (Some("a".to_owned()), Some(0), true),
            (Some("é".repeat(64)), Some(u64::MAX), true),
            (Some("é".repeat(65)), Some(1), false),
            (Some(String::new()), Some(1), false),
            (Some("a".to_owned()), None, false),
            (None, Some(1), false),
        ] {
            let update = ProgressUpdate { position_ms: 0, duration_ms: 0, session, sequence };
            assert_eq!(update.place().is_ok(), is_fine, "{update:?}");
        }
    }

    #[test]
    fn a_picture_s_address_changes_with_the_picture() {
        let title = TitleId::new(42).expect("positive");
        for (season, tag, url) in [
            (None, 0x1f3c, "/api/v1/titles/42/artwork/poster?v=1f3c"),
            (Some(0), 1, "/api/v1/titles/42/artwork/poster?season=0&v=1"),
        ] {
            let kind = ArtworkKind::Poster;
            assert_eq!(artwork_url(&ArtworkRef { title, kind, season, tag, hash: None }), url);
        }
        let file = FileId::new(7).expect("positive");
        let still = StillRef { file, tag: 0x1f3c, hash: None };
        assert_eq!(still_url(&still), "/api/v1/files/7/still?v=1f3c");
    }
}
