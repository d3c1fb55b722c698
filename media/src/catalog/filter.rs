//! What a list is narrowed by, and how little that costs.
//!
//! What files are made of stands in `facets`, each combination once. A library has some hundred, so
//! they are looked through first; then the list is walked along its index, which holds the year and
//! which combination a title has, and whatever does not belong there is passed over in the index
//! itself. What a viewer marked, a collection or a person are sets of titles: a small one is looked
//! up title by title, of a large one the titles stand close together in any order.

use std::collections::HashSet;

use sqlx::query::QueryScalar;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::Catalog;
use super::codes::{from_json, from_sql, to_sql};
use super::engine::failed;
use crate::error::Result;
use crate::ids::{CollectionId, ViewerId};
use crate::limits::MARKED_LOOKED_THROUGH_MAX;

/// What titles must be; all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Released in this year or later.
    pub year_min: Option<u16>,
    /// Released in this year or earlier. An unknown year is never within bounds.
    pub year_max: Option<u16>,
    /// How far the viewer is with it.
    pub watched: Option<WatchState>,
    /// One of these; any where empty.
    pub resolutions: Vec<Resolution>,
    /// Whether a file has high dynamic range.
    pub is_hdr: Option<bool>,
    /// One of these, as [`super::FileSummary::video_codec`]; any where empty.
    pub video_codecs: Vec<String>,
    /// Has sound in this language, as [`crate::probe::Track::language`].
    pub language: Option<String>,
    /// Is a favourite of the viewer's.
    pub is_favourite: bool,
    /// Belongs to this collection.
    pub collection: Option<CollectionId>,
    /// Exact name of somebody who made it.
    pub person: Option<String>,
}

/// How far a viewer is with a title. A series is watched when each of its listed episodes is, and
/// unwatched when none of them was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// Never begun.
    Unwatched,
    /// Begun.
    Started,
    /// Watched.
    Watched,
}

/// How many pixels the best version of a title has; what is cropped in one direction counts by the
/// other. A series has those of all its episodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// Less than 720 lines and less than 1280 columns.
    Sd,
    /// 720 lines or 1280 columns.
    Hd,
    /// 1080 lines or 1920 columns.
    FullHd,
    /// 2160 lines or 3840 columns and more.
    UltraHd,
}

impl Resolution {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Sd, Self::Hd, Self::FullHd, Self::UltraHd];

    pub(super) fn code(self) -> i64 {
        match self {
            Self::Sd => 1,
            Self::Hd => 2,
            Self::FullHd => 3,
            Self::UltraHd => 4,
        }
    }
}

/// A row of `facets`.
pub(super) struct Facets {
    pub(super) id: i64,
    pub(super) kind: i64,
    pub(super) is_hdr: bool,
    pub(super) resolutions: Vec<i64>,
    pub(super) video_codecs: Vec<String>,
    pub(super) languages: Vec<String>,
    /// Listed titles that have it.
    pub(super) titles: u64,
}

impl Facets {
    fn fit(&self, filter: &Filter) -> bool {
        let has_resolution = |it: &Resolution| self.resolutions.contains(&it.code());
        let has_codec = |it: &String| self.video_codecs.contains(it);
        (filter.resolutions.is_empty() || filter.resolutions.iter().any(has_resolution))
            && filter.is_hdr.is_none_or(|is_hdr| is_hdr == self.is_hdr)
            && (filter.video_codecs.is_empty() || filter.video_codecs.iter().any(has_codec))
            && filter.language.as_ref().is_none_or(|it| self.languages.contains(it))
    }
}

/// A set of titles that a list can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marked {
    Favourite,
    InCollection,
    WithPerson,
    InState,
}

impl Marked {
    /// The rows of the set, `m`.
    fn rows(self) -> &'static str {
        match self {
            Self::Favourite => "favourites m where m.viewer_id = ?9",
            Self::InCollection => "collection_titles m where m.collection_id = ?10",
            Self::WithPerson => "credits m where m.person_id = ?11",
            Self::InState => "watching m where m.viewer_id = ?9 and m.state = ?12",
        }
    }
}

/// A [`Filter`] as statements ask it of a row `l` of `listing`.
#[derive(Clone, Debug, Default)]
pub(super) struct Tests {
    /// To be put behind a condition; empty where nothing is asked.
    pub(super) conditions: String,
    /// A set small enough to be looked through, as a table with one column `title_id`.
    pub(super) from_set: Option<String>,
    facets_json: String,
    year_min: i64,
    year_max: i64,
    viewer: i64,
    collection: i64,
    person: i64,
    state: i64,
}

/// A statement that gives one value of SQL after the other.
pub(super) type Scalars<'q, T> = QueryScalar<'q, Sqlite, T, SqliteArguments>;

impl Tests {
    /// Titles that a viewer never began.
    pub(super) fn unwatched(viewer: ViewerId) -> Self {
        let conditions = UNWATCHED.to_owned();
        Self { conditions, viewer: viewer.get(), ..Self::default() }
    }

    /// Whether anything is asked.
    pub(super) fn is_any(&self) -> bool {
        !self.conditions.is_empty() || self.from_set.is_some()
    }

    /// Binds what the conditions need, ?6 to ?12, after the first five.
    pub(super) fn bind<'q, T>(&'q self, query: Scalars<'q, T>) -> Scalars<'q, T> {
        query
            .bind(&self.facets_json)
            .bind(self.year_min)
            .bind(self.year_max)
            .bind(self.viewer)
            .bind(self.collection)
            .bind(self.person)
            .bind(self.state)
    }
}

const UNWATCHED: &str = " and not exists (select 1 from watching m
     where m.viewer_id = ?9 and m.title_id = l.title_id)";

impl Catalog {
    /// What `filter` asks; `None` if no title can fit it.
    pub(super) async fn tests(&self, viewer: ViewerId, filter: &Filter) -> Result<Option<Tests>> {
        let mut tests = Tests { viewer: viewer.get(), ..Tests::default() };
        if *filter == Filter::default() {
            return Ok(Some(tests));
        }
        let mut marked = Vec::new();
        if !filter.resolutions.is_empty()
            || filter.is_hdr.is_some()
            || !filter.video_codecs.is_empty()
            || filter.language.is_some()
        {
            let fitting = self.facets().await?.into_iter().filter(|it| it.fit(filter));
            let ids: Vec<i64> = fitting.map(|it| it.id).collect();
            if ids.is_empty() {
                return Ok(None);
            }
            tests.facets_json = serde_json::json!(ids).to_string();
            tests.conditions += " and l.facets_id in (select value from json_each(?6))";
        }
        if filter.year_min.is_some() || filter.year_max.is_some() {
            // 0 is an unknown year.
            tests.year_min = i64::from(filter.year_min.unwrap_or(0).max(1));
            tests.year_max = i64::from(filter.year_max.unwrap_or(u16::MAX));
            tests.conditions += " and l.year between ?7 and ?8";
        }
        if filter.is_favourite {
            marked.push(Marked::Favourite);
        }
        if let Some(collection) = filter.collection {
            tests.collection = collection.get();
            marked.push(Marked::InCollection);
        }
        if let Some(name) = &filter.person {
            let Some(person) = self.person_id(name).await? else { return Ok(None) };
            tests.person = person;
            marked.push(Marked::WithPerson);
        }
        match filter.watched {
            None => {}
            Some(WatchState::Unwatched) => tests.conditions += UNWATCHED,
            Some(state) => {
                tests.state = if state == WatchState::Started { 1 } else { 2 };
                marked.push(Marked::InState);
            }
        }
        self.narrow_to(&mut tests, &marked).await?;
        Ok(Some(tests))
    }

    /// Takes the smallest of the sets to begin with, if it is small, and tests for the others.
    async fn narrow_to(&self, tests: &mut Tests, marked: &[Marked]) -> Result<()> {
        let mut smallest = None;
        for set in marked {
            let titles = self.bounded_count(tests, *set).await?;
            let is_smaller = smallest.is_none_or(|(least, _)| titles < least);
            if titles <= MARKED_LOOKED_THROUGH_MAX as u64 && is_smaller {
                smallest = Some((titles, *set));
            }
        }
        for set in marked {
            let rows = set.rows();
            if smallest.is_some_and(|(_, smallest)| smallest == *set) {
                tests.from_set = Some(format!("(select m.title_id from {rows})"));
            } else {
                let test =
                    format!(" and exists (select 1 from {rows} and m.title_id = l.title_id)");
                tests.conditions += &test;
            }
        }
        Ok(())
    }

    /// How many titles are in a set, counted to one more than are looked through.
    async fn bounded_count(&self, tests: &Tests, set: Marked) -> Result<u64> {
        let sql = format!("select count(*) from (select 1 from {} limit ?5)", set.rows());
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        // ?1 to ?4 are a place in a list.
        let query = query.bind(0).bind(0).bind(0).bind(0);
        let query = query.bind(to_sql(MARKED_LOOKED_THROUGH_MAX as u64 + 1));
        let count: i64 = tests
            .bind(query)
            .fetch_one(&self.engine().readers)
            .await
            .map_err(failed("counting titles"))?;
        Ok(from_sql(count))
    }

    async fn person_id(&self, name: &str) -> Result<Option<i64>> {
        sqlx::query_scalar("select id from people where name = ? and titles > 0")
            .bind(name)
            .fetch_optional(&self.engine().readers)
            .await
            .map_err(failed("looking up a person"))
    }

    /// Every combination that a listed title has.
    pub(super) async fn facets(&self) -> Result<Vec<Facets>> {
        type Told = (i64, i64, Vec<i64>, Vec<String>, Vec<String>);
        let rows: String = sqlx::query_scalar(
            "select json_group_array(json_array(id, titles, json(told))) from facets
             where titles > 0",
        )
        .fetch_one(&self.engine().readers)
        .await
        .map_err(failed("reading what files are made of"))?;
        let rows: Vec<(i64, i64, Told)> = from_json(&rows)?;
        let facets = rows.into_iter().map(|(id, titles, told)| {
            let (kind, is_hdr, resolutions, video_codecs, languages) = told;
            let (is_hdr, titles) = (is_hdr != 0, from_sql(titles));
            Facets { id, kind, is_hdr, resolutions, video_codecs, languages, titles }
        });
        Ok(facets.collect())
    }

    /// Those of some titles that fit.
    pub(super) async fn fitting(&self, ids: &[i64], tests: &Tests) -> Result<HashSet<i64>> {
        let from_set = match &tests.from_set {
            Some(set) => format!(" and l.title_id in {set}"),
            None => String::new(),
        };
        let sql = format!(
            "select json_group_array(l.title_id) from json_each(?1) s
             cross join listing l on l.title_id = s.value and l.genre_id = 0
             where true{}{from_set}",
            tests.conditions
        );
        let ids = serde_json::json!(ids).to_string();
        let query = sqlx::query_scalar(AssertSqlSafe(sql));
        let query = query.bind(ids).bind(0).bind(0).bind(0).bind(0);
        let fitting: String = tests
            .bind(query)
            .fetch_one(&self.engine().readers)
            .await
            .map_err(failed("narrowing a search"))?;
        from_json(&fitting)
    }
}
