//! The list of titles, in any order, at any depth.
//!
//! Every page is one stretch of one index for each kind asked for: the table `listing` holds a row
//! for each title and genre, and the stretches are merged here. Nothing is sorted or skipped by
//! SQLite, so the last page of 100,000 titles costs what the first does.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Catalog;
use super::codes::{from_json, to_sql};
use super::engine::failed;
use super::items::TitleItem;
use super::model::TitleKind;
use super::page::{Cursor, Page, PageRequest, cut};
use super::search;
use crate::error::{Error, Kind, Result};
use crate::ids::ViewerId;

/// By what titles are sorted; equal ones by identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// Name, without case, marks and leading article.
    Name,
    /// When it was first found.
    Added,
    /// Year of release; unknown counts as 0.
    Year,
    /// Playing time; unknown counts as 0.
    Duration,
}

/// An order of titles. As text: `name`, `added`, `year`, `duration`, with `-` in front for the
/// largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Largest or latest first.
    pub is_descending: bool,
}

impl Sort {
    fn name(self) -> &'static str {
        match (self.by, self.is_descending) {
            (SortBy::Name, false) => "name",
            (SortBy::Name, true) => "-name",
            (SortBy::Added, false) => "added",
            (SortBy::Added, true) => "-added",
            (SortBy::Year, false) => "year",
            (SortBy::Year, true) => "-year",
            (SortBy::Duration, false) => "duration",
            (SortBy::Duration, true) => "-duration",
        }
    }
}

impl FromStr for Sort {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [SortBy::Name, SortBy::Added, SortBy::Year, SortBy::Duration]
            .into_iter()
            .flat_map(|by| [false, true].map(|is_descending| Self { by, is_descending }))
            .find(|sort| sort.name() == text)
            .ok_or_else(|| {
                let doing = "titles are sorted by name, added, year or duration, largest first \
                             with - in front";
                Error::new(Kind::Invalid, doing)
            })
    }
}

/// Which titles are asked for.
#[derive(Clone, Debug, Default)]
pub struct TitleQuery {
    /// Words that must all begin a word of name, original name, people or genres.
    pub text: Option<String>,
    /// Kinds wanted; empty for all.
    pub kinds: Vec<TitleKind>,
    /// Exact name of a genre that they must have.
    pub genre: Option<String>,
    /// The order; without one by name, or the best match first where there is a text.
    pub sort: Option<Sort>,
    /// Which page.
    pub page: PageRequest,
}

/// What a title is sorted by: one of the two is empty or zero.
pub(super) type SortValue = (String, i64);

/// Where a title stands in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) value: SortValue,
    pub(super) id: i64,
}

impl Place {
    pub(super) fn order(&self, other: &Self, sort: Sort) -> Ordering {
        let ascending = (&self.value, self.id).cmp(&(&other.value, other.id));
        if sort.is_descending { ascending.reverse() } else { ascending }
    }
}

macro_rules! stretches {
    ($column:literal, $beyond:literal, $order:literal) => {
        concat!(
            "select (select json_group_array(json_array(title_id, ",
            $column,
            ")) from (select title_id, ",
            $column,
            " from listing where genre_id = ?1 and kind = k.value and (",
            $column,
            ", title_id) ",
            $beyond,
            " (?3, ?4) order by ",
            $column,
            " ",
            $order,
            ", title_id ",
            $order,
            " limit ?5)) from json_each(?2) k"
        )
    };
}

/// Of one genre (?1) and some kinds (?2) the first titles after a place (?3, ?4). A row for each kind:
/// rows are what costs on the way from the thread that holds the connection.
pub(super) fn stretches(sort: Sort) -> &'static str {
    match (sort.by, sort.is_descending) {
        (SortBy::Name, false) => stretches!("name_key", ">", "asc"),
        (SortBy::Name, true) => stretches!("name_key", "<", "desc"),
        (SortBy::Added, false) => stretches!("added_at_ms", ">", "asc"),
        (SortBy::Added, true) => stretches!("added_at_ms", "<", "desc"),
        (SortBy::Year, false) => stretches!("year", ">", "asc"),
        (SortBy::Year, true) => stretches!("year", "<", "desc"),
        (SortBy::Duration, false) => stretches!("duration_ms", ">", "asc"),
        (SortBy::Duration, true) => stretches!("duration_ms", "<", "desc"),
    }
}

impl Catalog {
    /// A page of titles with `viewer`'s progress. Walking all pages shows each title once that was
    /// there all the time, whatever comes in between.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for a cursor that was not given for this order.
    pub async fn titles(&self, viewer: ViewerId, query: &TitleQuery) -> Result<Page<TitleItem>> {
        let words = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let genre = match &query.genre {
            Some(name) => match self.genre_id(name).await? {
                Some(id) => id,
                None => return Ok(Page { items: Vec::new(), next_cursor: None }),
            },
            None => 0,
        };
        let kinds = if query.kinds.is_empty() { &TitleKind::ALL[..] } else { &query.kinds };
        let sort = query.sort.unwrap_or(Sort { by: SortBy::Name, is_descending: false });
        let page = match (words, query.sort) {
            (None, _) => self.listed(genre, kinds, sort, &query.page).await?,
            (Some(words), Some(sort)) => {
                let matches = self.matches(words, genre, kinds).await?;
                search::page_by(matches, sort, &query.page)?
            }
            (Some(words), None) => {
                let matches = self.matches(words, genre, kinds).await?;
                search::page_by_match(matches, &query.page)?
            }
        };
        let items = self.items(viewer, &page.items).await?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    async fn genre_id(&self, name: &str) -> Result<Option<i64>> {
        sqlx::query_scalar("select id from genres where name = ? and id <> 0")
            .bind(name)
            .fetch_optional(&self.engine().readers)
            .await
            .map_err(failed("looking up a genre"))
    }

    /// Identifiers of a page.
    pub(super) async fn listed(
        &self,
        genre: i64,
        kinds: &[TitleKind],
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<i64>> {
        let failed = failed("listing titles");
        let after = after(sort, page)?;
        let codes: BTreeSet<i64> = kinds.iter().map(|kind| kind.code()).collect();
        let start = if sort.is_descending { i64::MAX } else { i64::MIN };
        let query = sqlx::query_scalar(stretches(sort)).bind(genre).bind(json!(codes).to_string());
        let query = match (sort.by, &after) {
            (SortBy::Name, Some(after)) => query.bind(&after.value.0),
            // SQLite sorts every blob after every text.
            (SortBy::Name, None) if sort.is_descending => query.bind(Vec::<u8>::new()),
            (SortBy::Name, None) => query.bind(""),
            (_, after) => query.bind(after.as_ref().map_or(start, |after| after.value.1)),
        };
        let stretches: Vec<String> = query
            .bind(after.as_ref().map_or(start, |after| after.id))
            .bind(to_sql(page.limit() as u64 + 1))
            .fetch_all(&self.engine().readers)
            .await
            .map_err(failed)?;
        let mut places = Vec::new();
        for stretch in stretches {
            if sort.by == SortBy::Name {
                let rows: Vec<(i64, String)> = from_json(&stretch)?;
                places.extend(rows.into_iter().map(|(id, name)| Place { value: (name, 0), id }));
            } else {
                let rows: Vec<(i64, i64)> = from_json(&stretch)?;
                let rows = rows.into_iter();
                places.extend(rows.map(|(id, n)| Place { value: (String::new(), n), id }));
            }
        }
        places.sort_by(|a, b| a.order(b, sort));
        places.truncate(page.limit() + 1);
        Ok(page_of(places, sort, page.limit()))
    }
}

/// The place after which a page begins.
pub(super) fn after(sort: Sort, page: &PageRequest) -> Result<Option<Place>> {
    page.cursor.as_deref().map(|cursor| Cursor::decode(sort.name(), cursor)).transpose()
}

/// Cuts places, one more than `limit` at most, to the identifiers of a page.
pub(super) fn page_of(places: Vec<Place>, sort: Sort, limit: usize) -> Page<i64> {
    let page = cut(sort.name(), places, limit, Place::clone);
    let items = page.items.into_iter().map(|place| place.id).collect();
    Page { items, next_cursor: page.next_cursor }
}
