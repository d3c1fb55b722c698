//! Finding titles by words.
//!
//! SQLite's full-text index tells which titles match; the order is our own and depends on the title
//! and the words alone, not on what else is in the catalog, so that pages fit together while a scan
//! adds titles: the name itself first, then names that begin with the text, then words in names,
//! then people and genres.

use serde::Deserialize;

use super::Catalog;
use super::codes::{from_json, to_sql};
use super::engine::failed;
use super::identity::{fold, name_key};
use super::list::{Narrowed, Place, Sort, SortBy, after, page_of};
use super::page::{Cursor, Page, PageRequest, cut};
use crate::error::Result;
use crate::limits::{PAGE_ITEMS_MAX, SEARCH_CHARS_MAX, SEARCH_MATCHES_MAX, SEARCH_WORDS_MAX};

/// The list that cursors of best matches belong to.
const BEST: &str = "match";

/// A title that matches.
#[derive(Clone, Debug)]
pub(super) struct Match {
    /// 0 the name itself, 1 the name begins so, 2 words of a name, 3 people or genres.
    tier: u8,
    row: MatchRow,
}

#[derive(Clone, Debug, Deserialize)]
struct MatchRow {
    title_id: i64,
    kind: i64,
    name_key: String,
    added_at_ms: i64,
    year: i64,
    duration_ms: i64,
}

/// Where a match stands: tier, kind, name, identifier.
type MatchPlace = (u8, i64, String, i64);

impl Match {
    fn place(&self) -> MatchPlace {
        (self.tier, self.row.kind, self.row.name_key.clone(), self.row.title_id)
    }

    fn place_by(self, sort: Sort) -> Place {
        let value = match sort.by {
            SortBy::Name => (self.row.name_key, 0),
            SortBy::Added => (String::new(), self.row.added_at_ms),
            SortBy::Year => (String::new(), self.row.year),
            SortBy::Duration => (String::new(), self.row.duration_ms),
        };
        Place { value, id: self.row.title_id }
    }
}

/// A JSON array in one row: matches of the full-text index, then the first titles whose names begin with the text: the words
/// of a very common text are cut off at a bound, and what is named so must not be among those lost.
pub(super) const BY_WORDS: &str =
    "select json_group_array(json_array(l.title_id, l.kind, l.name_key, l.added_at_ms, l.year,
         l.duration_ms))
     from (select rowid from search where search match ?1 limit ?4) s
     cross join listing l on l.title_id = s.rowid and l.genre_id = ?2
     where l.kind in (select value from json_each(?3))";

pub(super) const BY_NAME: &str =
    "select json_group_array(json_array(title_id, kind, name_key, added_at_ms, year, duration_ms))
     from (select * from listing
         where genre_id = ?1 and kind = ?2 and name_key >= ?3 and name_key < ?4
         order by name_key, title_id limit ?5)";

impl Catalog {
    /// At most some thousand titles that match, by identifier.
    pub(super) async fn matches(&self, text: &str, narrowed: &Narrowed) -> Result<Vec<Match>> {
        let genre = narrowed.genre;
        let text: String = text.chars().take(SEARCH_CHARS_MAX).collect();
        let Some(words) = match_words(&text) else { return Ok(Vec::new()) };
        let codes: Vec<i64> = narrowed.kinds.iter().map(|kind| kind.code()).collect();
        let kinds_json = serde_json::json!(codes).to_string();
        let in_names = format!("{{name original_name}} : ({words})");
        let in_names = self.by_words(&in_names, genre, &kinds_json).await?;
        let is_cut = in_names.len() >= SEARCH_MATCHES_MAX;
        // Where names alone are too many, people and genres would only come after them.
        let anywhere =
            if is_cut { Vec::new() } else { self.by_words(&words, genre, &kinds_json).await? };
        let (key, prefix) = (name_key(&text), fold(&text));
        let mut matches = Vec::with_capacity(in_names.len() + anywhere.len());
        let tiers = [(in_names, 2), (anywhere, 3)];
        for (row, tier) in
            tiers.into_iter().flat_map(|(rows, t)| rows.into_iter().map(move |r| (r, t)))
        {
            let tier = match tier {
                2 if row.name_key == key => 0,
                2 if row.name_key.starts_with(&key) => 1,
                tier => tier,
            };
            matches.push(Match { tier, row });
        }
        if is_cut {
            for kind in codes {
                for row in self.by_name(&prefix, genre, kind).await? {
                    let tier = u8::from(row.name_key != key);
                    matches.push(Match { tier, row });
                }
            }
        }
        matches.sort_by_key(|it| (it.row.title_id, it.tier));
        matches.dedup_by_key(|it| it.row.title_id);
        if narrowed.tests.is_any() {
            let ids: Vec<i64> = matches.iter().map(|it| it.row.title_id).collect();
            let fitting = self.fitting(&ids, &narrowed.tests).await?;
            matches.retain(|it| fitting.contains(&it.row.title_id));
        }
        Ok(matches)
    }

    async fn by_words(&self, words: &str, genre: i64, kinds: &str) -> Result<Vec<MatchRow>> {
        let rows: String = sqlx::query_scalar(BY_WORDS)
            .bind(words)
            .bind(genre)
            .bind(kinds)
            .bind(to_sql(SEARCH_MATCHES_MAX as u64))
            .fetch_one(&self.engine().readers)
            .await
            .map_err(failed("searching titles"))?;
        from_json(&rows)
    }

    async fn by_name(&self, prefix: &str, genre: i64, kind: i64) -> Result<Vec<MatchRow>> {
        let rows: String = sqlx::query_scalar(BY_NAME)
            .bind(genre)
            .bind(kind)
            .bind(prefix)
            .bind(format!("{prefix}\u{10ffff}"))
            .bind(to_sql(PAGE_ITEMS_MAX as u64))
            .fetch_one(&self.engine().readers)
            .await
            .map_err(failed("searching titles"))?;
        from_json(&rows)
    }
}

/// A page of matches, the best first.
pub(super) fn page_by_match(mut matches: Vec<Match>, page: &PageRequest) -> Result<Page<i64>> {
    matches.sort_by_cached_key(Match::place);
    let after = page.cursor.as_deref().map(|text| Cursor::<MatchPlace>::decode(BEST, text));
    if let Some(after) = after.transpose()? {
        matches.retain(|it| it.place() > after);
    }
    matches.truncate(page.limit() + 1);
    let page = cut(BEST, matches, page.limit(), Match::place);
    let items = page.items.into_iter().map(|it| it.row.title_id).collect();
    Ok(Page { items, next_cursor: page.next_cursor })
}

/// A page of matches in another order.
pub(super) fn page_by(matches: Vec<Match>, sort: Sort, page: &PageRequest) -> Result<Page<i64>> {
    let after = after(sort, page)?;
    let mut places: Vec<Place> = matches.into_iter().map(|it| it.place_by(sort)).collect();
    if let Some(after) = &after {
        places.retain(|place| place.order(after, sort).is_gt());
    }
    places.sort_by(|a, b| a.order(b, sort));
    places.truncate(page.limit() + 1);
    Ok(page_of(places, sort, page.limit()))
}

/// What a viewer typed, as an expression of the full-text index in which nothing is an operator:
/// each word in quotes, as the beginning of a word, all of them wanted (<https://sqlite.org/fts5.html> §3).
/// `None` if there is nothing to look for.
pub(super) fn match_words(text: &str) -> Option<String> {
    // A NUL would end the expression inside its quotes.
    let text = text.replace(char::is_control, " ");
    let words: Vec<String> = text
        .split_whitespace()
        .take(SEARCH_WORDS_MAX)
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" AND "))
}
