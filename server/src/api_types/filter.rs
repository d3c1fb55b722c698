//! What lists are narrowed by.

use serde::{Deserialize, Serialize};
use spillway_media::catalog::{self, Filter, Resolution, TitleKind, TitleQuery, WatchState};
use utoipa::{IntoParams, ToSchema};

use super::title::{KINDS, name_of};
use crate::error::ApiError;
use crate::extract::parse_id;

/// Resolutions and what clients call them.
pub const RESOLUTIONS: [(Resolution, &str); 4] = [
    (Resolution::Sd, "sd"),
    (Resolution::Hd, "hd"),
    (Resolution::FullHd, "full_hd"),
    (Resolution::UltraHd, "ultra_hd"),
];

/// How far a viewer is with a title, and what clients call it.
pub const WATCH_STATES: [(WatchState, &str); 3] = [
    (WatchState::Unwatched, "unwatched"),
    (WatchState::Started, "started"),
    (WatchState::Watched, "watched"),
];

/// What titles must be; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterQuery {
    /// One or several kinds, comma-separated: `film`, `series`, `episode`, `extra`, `audio`. Every
    /// title without it, so that a walk through the list sees each file exactly once.
    #[param(example = "film,series")]
    pub kind: Option<String>,
    /// Exact name of a genre.
    #[param(example = "Drama")]
    pub genre: Option<String>,
    /// Released in this year or later.
    #[param(value_type = Option<u16>, example = 1970)]
    pub year_min: Option<String>,
    /// Released in this year or earlier.
    #[param(value_type = Option<u16>, example = 1979)]
    pub year_max: Option<String>,
    /// `unwatched`, `started` or `watched`. A series is watched when each listed episode is, and
    /// unwatched when none was begun.
    #[param(example = "unwatched")]
    pub watched: Option<String>,
    /// One or several, comma-separated: `sd`, `hd` (720 lines), `full_hd` (1080), `ultra_hd` (2160 and
    /// more). The best version of a title counts; of a series any episode.
    #[param(example = "full_hd,ultra_hd")]
    pub resolution: Option<String>,
    /// `true`: a version or an episode has high dynamic range; `false`: none has.
    #[param(value_type = Option<bool>)]
    pub hdr: Option<String>,
    /// One or several of a file's `video_codec`, comma-separated.
    #[param(example = "hevc,av1")]
    pub video_codec: Option<String>,
    /// A language of the sound, as in tracks.
    #[param(example = "ja")]
    pub language: Option<String>,
    /// `true`: favourites only.
    #[param(value_type = Option<bool>)]
    pub favourite: Option<String>,
    /// A collection's identifier.
    pub collection: Option<String>,
    /// Exact name of somebody who made it.
    #[param(example = "Sigourney Weaver")]
    pub person: Option<String>,
}

impl FilterQuery {
    /// The query with every value checked; without text, order and page.
    pub fn meant(self) -> Result<TitleQuery, ApiError> {
        let filter = Filter {
            year_min: given(self.year_min).map(|text| parse_year("year_min", &text)).transpose()?,
            year_max: given(self.year_max).map(|text| parse_year("year_max", &text)).transpose()?,
            watched: given(self.watched)
                .map(|text| parse_word("watched", &WATCH_STATES, &text))
                .transpose()?,
            resolutions: parse_words("resolution", &RESOLUTIONS, given(self.resolution))?,
            is_hdr: given(self.hdr)
                .map(|text| parse_word("hdr", &[(true, "true"), (false, "false")], &text))
                .transpose()?,
            video_codecs: parse_names("video_codec", given(self.video_codec))?,
            language: given(self.language),
            is_favourite: given(self.favourite)
                .map(|text| parse_word("favourite", &[(true, "true")], &text))
                .transpose()?
                .is_some(),
            collection: given(self.collection).map(|id| parse_id(&id)).transpose()?,
            person: given(self.person),
        };
        Ok(TitleQuery {
            kinds: parse_kinds(self.kind)?,
            genre: given(self.genre),
            filter,
            ..TitleQuery::default()
        })
    }
}

/// A form sends what was left empty as an empty value.
pub fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// One or several kinds, comma-separated; none if nothing is given.
pub fn parse_kinds(text: Option<String>) -> Result<Vec<TitleKind>, ApiError> {
    parse_words("kind", &KINDS, given(text))
}

fn parse_words<V: Copy>(
    field: &str,
    words: &[(V, &str)],
    text: Option<String>,
) -> Result<Vec<V>, ApiError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    text.split(',').map(|word| parse_word(field, words, word)).collect()
}

fn parse_word<V: Copy>(field: &str, words: &[(V, &str)], text: &str) -> Result<V, ApiError> {
    let word = text.trim();
    words.iter().find(|(_, known)| *known == word).map(|(value, _)| *value).ok_or_else(|| {
        let allowed: Vec<&str> = words.iter().map(|(_, known)| *known).collect();
        ApiError::bad_request(format!(
            "There is no {field} {word:?}. Allowed: {}.",
            allowed.join(", ")
        ))
    })
}

fn parse_names(field: &str, text: Option<String>) -> Result<Vec<String>, ApiError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let name = |name: &str| match name.trim() {
        "" => Err(ApiError::bad_request(format!(
            "{field} has an empty name among others. Allowed: names with a comma between."
        ))),
        name => Ok(name.to_owned()),
    };
    text.split(',').map(name).collect()
}

fn parse_year(field: &str, text: &str) -> Result<u16, ApiError> {
    text.trim().parse().map_err(|_| {
        ApiError::bad_request(format!(
            "{field}={text:?} is no year. Allowed: whole numbers from 0 to {}.",
            u16::MAX
        ))
    })
}

/// What a list can be narrowed by, and how many titles of these kinds have each of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Filters {
    /// Titles in the whole list.
    pub total: u64,
    /// Genres, those with most titles first.
    pub genres: Vec<ValueCount>,
    /// Years of release, where any is known.
    pub years: Option<Years>,
    /// Resolutions, the least first.
    pub resolutions: Vec<ValueCount>,
    /// Codecs of the picture, those with most titles first.
    pub video_codecs: Vec<ValueCount>,
    /// Languages of the sound, those with most titles first.
    pub languages: Vec<ValueCount>,
    /// Titles with high dynamic range.
    pub hdr: u64,
    /// Favourites.
    pub favourites: u64,
    /// How far the viewer is with them.
    pub watched: WatchedCounts,
}

/// A value to narrow a list by.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueCount {
    /// What to give.
    #[schema(example = "Drama")]
    pub value: String,
    /// How many titles have it.
    pub titles: u64,
}

/// Years of release.
#[derive(Debug, Serialize, ToSchema)]
pub struct Years {
    /// The first.
    #[schema(example = 1902)]
    pub min: u16,
    /// The last.
    #[schema(example = 2026)]
    pub max: u16,
}

/// How many titles a viewer never began, began and watched.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchedCounts {
    /// Never begun.
    pub unwatched: u64,
    /// Begun and not watched to the end.
    pub started: u64,
    /// Watched.
    pub watched: u64,
}

/// Where the pages of a list begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outline {
    /// How many titles the list has.
    pub total: u64,
    /// How many titles lie between two cursors; more than asked for where there would be too many
    /// cursors.
    #[schema(example = 100)]
    pub every: usize,
    /// The `cursor` of the page that begins with title number `every`, `2 * every` and so on, counted
    /// from 0.
    pub cursors: Vec<String>,
}

impl From<catalog::Outline> for Outline {
    fn from(outline: catalog::Outline) -> Self {
        Self { total: outline.total, every: outline.every, cursors: outline.cursors }
    }
}

impl From<catalog::ValueCount<String>> for ValueCount {
    fn from(count: catalog::ValueCount<String>) -> Self {
        Self { value: count.value, titles: count.titles }
    }
}

impl From<catalog::ValueCount<Resolution>> for ValueCount {
    fn from(count: catalog::ValueCount<Resolution>) -> Self {
        Self { value: name_of(&RESOLUTIONS, count.value).to_owned(), titles: count.titles }
    }
}

impl From<catalog::Filters> for Filters {
    fn from(filters: catalog::Filters) -> Self {
        Self {
            total: filters.total,
            genres: filters.genres.into_iter().map(ValueCount::from).collect(),
            years: filters.years.map(|(min, max)| Years { min, max }),
            resolutions: filters.resolutions.into_iter().map(ValueCount::from).collect(),
            video_codecs: filters.video_codecs.into_iter().map(ValueCount::from).collect(),
            languages: filters.languages.into_iter().map(ValueCount::from).collect(),
            hdr: filters.hdr,
            favourites: filters.favourites,
            watched: WatchedCounts {
                unwatched: filters.watched.unwatched,
                started: filters.watched.started,
                watched: filters.watched.watched,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(query: &str) -> Result<TitleQuery, ApiError> {
        let uri = format!("/?{query}").parse().expect("a query");
        let query = axum::extract::Query::<FilterQuery>::try_from_uri(&uri).expect("parses");
        query.0.meant()
    }

    #[test]
    fn empty_values_mean_nothing_was_asked() {
        let query = "kind=&genre=&year_min=&year_max=&watched=&resolution=&hdr=&video_codec=\
                     &language=&favourite=&collection=&person=";
        let query = meant(query).expect("is meant");
        assert!(query.kinds.is_empty() && query.genre.is_none());
        assert_eq!(query.filter, Filter::default());
    }

    #[test]
    fn several_values_may_be_asked_for() {
        let query = meant("kind=film,%20series&resolution=sd,ultra_hd&video_codec=hevc,%20av1")
            .expect("is meant");
        assert_eq!(query.kinds, [TitleKind::Film, TitleKind::Series]);
        assert_eq!(query.filter.resolutions, [Resolution::Sd, Resolution::UltraHd]);
        assert_eq!(query.filter.video_codecs, ["hevc", "av1"]);
        let query = meant("year_min=0&year_max=65535&hdr=false&favourite=true&collection=7");
        let filter = query.expect("is meant").filter;
        assert_eq!((filter.year_min, filter.year_max), (Some(0), Some(65_535)));
        assert_eq!((filter.is_hdr, filter.is_favourite), (Some(false), true));
        assert_eq!(filter.collection, "7".parse().ok());
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_is_allowed() {
        for (query, allowed) in [
            ("kind=movie", "film, series, episode, extra, audio"),
            ("kind=film,", "film, series"),
            ("watched=yes", "unwatched, started, watched"),
            ("watched=started,watched", "unwatched, started, watched"),
            ("resolution=8k", "sd, hd, full_hd, ultra_hd"),
            ("hdr=1", "true, false"),
            ("favourite=false", "true"),
            ("year_min=-1", "0 to 65535"),
            ("year_max=65536", "0 to 65535"),
            ("year_max=1e3", "0 to 65535"),
            ("video_codec=,", "a comma between"),
        ] {
            let refused = meant(query).expect_err(query);
            assert_eq!(refused.status(), http::StatusCode::BAD_REQUEST, "{query}");
            assert!(format!("{refused:?}").contains(allowed), "{query}: {refused:?}");
        }
        // An identifier that could never be names nothing.
        let refused = meant("collection=x").expect_err("names nothing");
        assert_eq!(refused.status(), http::StatusCode::NOT_FOUND);
    }
}
