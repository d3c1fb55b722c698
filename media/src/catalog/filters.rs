//! What there is to narrow a list by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Catalog;
use super::codes::{from_sql, small};
use super::engine::failed;
use super::filter::Resolution;
use super::model::TitleKind;
use crate::error::Result;
use crate::ids::ViewerId;
use crate::limits::GENRES_LISTED_MAX;

/// What a list of some kinds can be narrowed by, and how many titles each choice leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Titles in the whole list.
    pub total: u64,
    /// Genres, those with most titles first.
    pub genres: Vec<ValueCount<String>>,
    /// The first and last year of release that is known.
    pub years: Option<(u16, u16)>,
    /// Resolutions, the least first.
    pub resolutions: Vec<ValueCount<Resolution>>,
    /// Codecs of the picture, those with most titles first.
    pub video_codecs: Vec<ValueCount<String>>,
    /// Languages of the sound, likewise.
    pub languages: Vec<ValueCount<String>>,
    /// Titles with high dynamic range.
    pub hdr: u64,
    /// The viewer's favourites.
    pub favourites: u64,
    /// How far the viewer is with them.
    pub watched: WatchCounts,
}

/// A value and how many titles have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueCount<V> {
    /// What to narrow by.
    pub value: V,
    /// Titles that have it.
    pub titles: u64,
}

/// How many titles a viewer never began, began and watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchCounts {
    /// Never begun.
    pub unwatched: u64,
    /// Begun.
    pub started: u64,
    /// Watched.
    pub watched: u64,
}

impl Catalog {
    /// What a list of `kinds`, of all kinds if empty, can be narrowed by.
    pub async fn filters(&self, viewer: ViewerId, kinds: &[TitleKind]) -> Result<Filters> {
        let kinds = if kinds.is_empty() { &TitleKind::ALL[..] } else { kinds };
        // Each once, or its titles would count as often as it was named.
        let codes: BTreeSet<i64> = kinds.iter().map(|kind| kind.code()).collect();
        let kinds_json = json!(codes).to_string();
        let (facets, genres, years, (favourites, started, watched)) = tokio::try_join!(
            self.facets(),
            self.genres_of(&kinds_json),
            self.years_of(&kinds_json),
            self.marked_of(viewer, &kinds_json),
        )?;
        let mut filters = Filters { genres, years, favourites, ..Filters::default() };
        let mut resolutions: BTreeMap<i64, u64> = BTreeMap::new();
        let mut video_codecs: BTreeMap<String, u64> = BTreeMap::new();
        let mut languages: BTreeMap<String, u64> = BTreeMap::new();
        for facets in facets.into_iter().filter(|facets| codes.contains(&facets.kind)) {
            let titles = facets.titles;
            filters.total += titles;
            filters.hdr += if facets.is_hdr { titles } else { 0 };
            for code in facets.resolutions {
                *resolutions.entry(code).or_default() += titles;
            }
            for codec in facets.video_codecs {
                *video_codecs.entry(codec).or_default() += titles;
            }
            for language in facets.languages {
                *languages.entry(language).or_default() += titles;
            }
        }
        let of_resolution = |value: Resolution| {
            let titles = *resolutions.get(&value.code())?;
            Some(ValueCount { value, titles })
        };
        filters.resolutions = Resolution::ALL.into_iter().filter_map(of_resolution).collect();
        filters.video_codecs = most_first(video_codecs);
        filters.languages = most_first(languages);
        let unwatched = filters.total.saturating_sub(started + watched);
        filters.watched = WatchCounts { unwatched, started, watched };
        Ok(filters)
    }

    async fn genres_of(&self, kinds_json: &str) -> Result<Vec<ValueCount<String>>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select * from (select g.name, (select count(*) from json_each(?1) k
                 cross join listing l on l.genre_id = g.id and l.kind = k.value) as titles
             from genres g where g.id <> 0 and g.titles > 0) s
             where s.titles > 0 order by s.titles desc, s.name limit ?2",
        )
        .bind(kinds_json)
        .bind(GENRES_LISTED_MAX)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("counting genres"))?;
        let rows = rows.into_iter();
        Ok(rows.map(|(value, titles)| ValueCount { value, titles: from_sql(titles) }).collect())
    }

    async fn years_of(&self, kinds_json: &str) -> Result<Option<(u16, u16)>> {
        let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(
            "select min(first), max(last) from (select
                 (select min(year) from listing
                  where genre_id = 0 and kind = k.value and year > 0) as first,
                 (select max(year) from listing
                  where genre_id = 0 and kind = k.value and year > 0) as last
             from json_each(?) k)",
        )
        .bind(kinds_json)
        .fetch_one(&self.engine().readers)
        .await
        .map_err(failed("looking for the first year"))?;
        first.zip(last).map(|(first, last)| Ok((small(first)?, small(last)?))).transpose()
    }

    /// Favourites, titles begun and titles watched.
    async fn marked_of(&self, viewer: ViewerId, kinds_json: &str) -> Result<(u64, u64, u64)> {
        let (favourites, started, watched): (i64, i64, i64) = sqlx::query_as(
            "select
             (select count(*) from favourites m
              cross join listing l on l.title_id = m.title_id and l.genre_id = 0
              where m.viewer_id = ?1 and l.kind in (select value from json_each(?2))),
             (select count(*) from watching where viewer_id = ?1 and state = 1
              and kind in (select value from json_each(?2))),
             (select count(*) from watching where viewer_id = ?1 and state = 2
              and kind in (select value from json_each(?2)))",
        )
        .bind(viewer.get())
        .bind(kinds_json)
        .fetch_one(&self.engine().readers)
        .await
        .map_err(failed("counting what a viewer marked"))?;
        Ok((from_sql(favourites), from_sql(started), from_sql(watched)))
    }
}

fn most_first(counts: BTreeMap<String, u64>) -> Vec<ValueCount<String>> {
    let mut counts: Vec<_> =
        counts.into_iter().map(|(value, titles)| ValueCount { value, titles }).collect();
    // Stable: of equally many the first by name.
    counts.sort_by_key(|count| std::cmp::Reverse(count.titles));
    counts
}
