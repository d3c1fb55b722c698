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

use sqlx::{AssertSqlSafe, SqliteExecutor};

use super::Catalog;
use super::codes::{from_json, to_sql};
use super::engine::failed;
use super::filter::{Filter, Tests};
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
    /// What else they must be.
    pub filter: Filter,
    /// The order; without one by name, or the best match first where there is a text.
    pub sort: Option<Sort>,
    /// Which page.
    pub page: PageRequest,
}

impl TitleQuery {
    /// The order of the list, if no text is asked for.
    pub(super) fn sort_without_text(&self) -> Sort {
        self.sort.unwrap_or(Sort { by: SortBy::Name, is_descending: false })
    }
}

/// The titles of a query without its text, order and page.
#[derive(Clone, Debug)]
pub(super) struct Narrowed {
    /// 0 for all.
    pub(super) genre: i64,
    /// Each once.
    pub(super) kinds: Vec<TitleKind>,
    pub(super) tests: Tests,
}

impl Narrowed {
    /// All titles of some kinds.
    pub(super) fn to_kinds(kinds: &[TitleKind]) -> Self {
        let codes: BTreeSet<i64> = kinds.iter().map(|kind| kind.code()).collect();
        let is_wanted = |kind: &TitleKind| codes.contains(&kind.code());
        let kinds = TitleKind::ALL.into_iter().filter(is_wanted).collect();
        Self { genre: 0, kinds, tests: Tests::default() }
    }
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

/// What [`SortBy`] is in `listing`.
fn column(by: SortBy) -> &'static str {
    match by {
        SortBy::Name => "name_key",
        SortBy::Added => "added_at_ms",
        SortBy::Year => "year",
        SortBy::Duration => "duration_ms",
    }
}

/// Of one genre (?1) and some kinds (?2) the first titles after a place (?3, ?4) that pass the tests. A
/// row for each kind, or one for all where a small set is looked through: rows are what costs on the
/// way from the thread that holds the connection.
pub(super) fn stretches(sort: Sort, tests: &Tests) -> String {
    let column = column(sort.by);
    let (beyond, order) = if sort.is_descending { ("<", "desc") } else { (">", "asc") };
    let conditions = &tests.conditions;
    match &tests.from_set {
        None => format!(
            "select (select json_group_array(json_array(title_id, {column})) from (
                 select l.title_id, l.{column} from listing l
                 where l.genre_id = ?1 and l.kind = k.value
                 and (l.{column}, l.title_id) {beyond} (?3, ?4){conditions}
                 order by l.{column} {order}, l.title_id {order} limit ?5)) from json_each(?2) k"
        ),
        Some(set) => format!(
            "select json_group_array(json_array(title_id, {column})) from (
                 select l.title_id, l.{column} from {set} s
                 cross join listing l on l.title_id = s.title_id and l.genre_id = ?1
                 where l.kind in (select value from json_each(?2))
                 and (l.{column}, l.title_id) {beyond} (?3, ?4){conditions}
                 order by l.{column} {order}, l.title_id {order} limit ?5)"
        ),
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
        let Some(narrowed) = self.narrowed(viewer, query).await? else {
            return Ok(Page { items: Vec::new(), next_cursor: None });
        };
        let page = match (words, query.sort) {
            (None, _) => self.listed(&narrowed, query.sort_without_text(), &query.page).await?,
            (Some(words), Some(sort)) => {
                let matches = self.matches(words, &narrowed).await?;
                search::page_by(matches, sort, &query.page)?
            }
            (Some(words), None) => {
                let matches = self.matches(words, &narrowed).await?;
                search::page_by_match(matches, &query.page)?
            }
        };
        let items = self.items(viewer, &page.items).await?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    /// What a query asks but its text; `None` if no title can fit it.
    pub(super) async fn narrowed(
        &self,
        viewer: ViewerId,
        query: &TitleQuery,
    ) -> Result<Option<Narrowed>> {
        let kinds = if query.kinds.is_empty() { &TitleKind::ALL[..] } else { &query.kinds };
        let mut narrowed = Narrowed::to_kinds(kinds);
        if let Some(name) = &query.genre {
            let Some(genre) = self.genre_id(name).await? else { return Ok(None) };
            narrowed.genre = genre;
        }
        let Some(tests) = self.tests(viewer, &query.filter).await? else { return Ok(None) };
        narrowed.tests = tests;
        Ok(Some(narrowed))
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
        narrowed: &Narrowed,
        sort: Sort,
        page: &PageRequest,
    ) -> Result<Page<i64>> {
        let after = after(sort, page)?;
        let readers = &self.engine().readers;
        let wanted = page.limit() + 1;
        let kinds = &narrowed.kinds;
        let places = self.places(readers, narrowed, kinds, sort, after.as_ref(), wanted).await?;
        Ok(page_of(places, sort, page.limit()))
    }

    /// The first `limit` titles of some of the kinds after a place, in order.
    pub(super) async fn places(
        &self,
        executor: impl SqliteExecutor<'_>,
        narrowed: &Narrowed,
        kinds: &[TitleKind],
        sort: Sort,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Vec<Place>> {
        let codes: Vec<i64> = kinds.iter().map(|kind| kind.code()).collect();
        let start = if sort.is_descending { i64::MAX } else { i64::MIN };
        let query = sqlx::query_scalar(AssertSqlSafe(stretches(sort, &narrowed.tests)))
            .bind(narrowed.genre)
            .bind(json!(codes).to_string());
        let query = match (sort.by, after) {
            (SortBy::Name, Some(after)) => query.bind(&after.value.0),
            // SQLite sorts every blob after every text.
            (SortBy::Name, None) if sort.is_descending => query.bind(Vec::<u8>::new()),
            (SortBy::Name, None) => query.bind(""),
            (_, after) => query.bind(after.map_or(start, |after| after.value.1)),
        };
        let query = query.bind(after.map_or(start, |after| after.id)).bind(to_sql(limit as u64));
        let stretches: Vec<String> = narrowed
            .tests
            .bind(query)
            .fetch_all(executor)
            .await
            .map_err(failed("listing titles"))?;
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
        places.truncate(limit);
        Ok(places)
    }
}

/// The place after which a page begins.
pub(super) fn after(sort: Sort, page: &PageRequest) -> Result<Option<Place>> {
    page.cursor.as_deref().map(|cursor| Cursor::decode(sort.name(), cursor)).transpose()
}

/// The cursor of the page that begins after a place.
pub(super) fn cursor_after(sort: Sort, place: Place) -> String {
    Cursor { list: sort.name().to_owned(), after: place }.encode()
}

/// Cuts places, one more than `limit` at most, to the identifiers of a page.
pub(super) fn page_of(places: Vec<Place>, sort: Sort, limit: usize) -> Page<i64> {
    let page = cut(sort.name(), places, limit, Place::clone);
    let items = page.items.into_iter().map(|place| place.id).collect();
    Page { items, next_cursor: page.next_cursor }
}
