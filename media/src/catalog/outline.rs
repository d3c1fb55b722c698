//! The places of a long list, so that any of them is one request away.

use std::collections::VecDeque;

use sqlx::SqliteConnection;

use super::Catalog;
use super::engine::failed;
use super::list::{Narrowed, Place, Sort, TitleQuery, cursor_after};
use super::model::TitleKind;
use crate::error::Result;
use crate::ids::ViewerId;
use crate::limits::{OUTLINE_CURSORS_MAX, OUTLINE_ROWS_AT_ONCE};

/// Where the pages of a list begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// How many titles the list has.
    pub total: u64,
    /// How many titles lie between two cursors: as asked for, or doubled until they are few enough.
    pub every: usize,
    /// `cursors[i]` is the cursor of the page that begins with the title `(i + 1) * every`, counted
    /// from 0.
    pub cursors: Vec<String>,
}

impl Catalog {
    /// The outline of the list that [`Catalog::titles`] gives for `query`, whose text and page do not
    /// count, with a cursor for each `every` titles (at least one) and at most
    /// [`OUTLINE_CURSORS_MAX`]. The whole list is walked once, as it is at one moment: a tenth of a
    /// second for 100,000 titles.
    pub async fn outline(
        &self,
        viewer: ViewerId,
        query: &TitleQuery,
        every: usize,
    ) -> Result<Outline> {
        let mut outline = Outline { total: 0, every: every.max(1), cursors: Vec::new() };
        let Some(narrowed) = self.narrowed(viewer, query).await? else { return Ok(outline) };
        let sort = query.sort_without_text();
        let mut transaction =
            self.engine().readers.begin().await.map_err(failed("walking a list"))?;
        let mut walk = Walk::new(&narrowed, sort);
        // A place is a cursor only once another title comes after it.
        let mut last: Option<Place> = None;
        while let Some(place) = walk.next(self, &mut transaction).await? {
            if let Some(last) = last.filter(|_| outline.total.is_multiple_of(outline.every as u64))
            {
                outline.push(cursor_after(sort, last));
            }
            outline.total += 1;
            last = Some(place);
        }
        Ok(outline)
    }
}

impl Outline {
    fn push(&mut self, cursor: String) {
        self.cursors.push(cursor);
        if self.cursors.len() > OUTLINE_CURSORS_MAX {
            let mut number = 0;
            self.cursors.retain(|_| {
                number += 1;
                number % 2 == 0
            });
            self.every *= 2;
        }
    }
}

/// The titles of several kinds in one order, each kind a stretch of an index.
struct Walk<'n> {
    narrowed: &'n Narrowed,
    sort: Sort,
    runs: Vec<Run>,
}

struct Run {
    kind: TitleKind,
    read: VecDeque<Place>,
    /// The last that was read; nothing before the first.
    last: Option<Place>,
    is_at_end: bool,
}

impl<'n> Walk<'n> {
    fn new(narrowed: &'n Narrowed, sort: Sort) -> Self {
        let run = |kind: &TitleKind| Run {
            kind: *kind,
            read: VecDeque::new(),
            last: None,
            is_at_end: false,
        };
        Self { narrowed, sort, runs: narrowed.kinds.iter().map(run).collect() }
    }

    async fn next(
        &mut self,
        catalog: &Catalog,
        connection: &mut SqliteConnection,
    ) -> Result<Option<Place>> {
        for run in &mut self.runs {
            if !run.read.is_empty() || run.is_at_end {
                continue;
            }
            let last = run.last.as_ref();
            let places = catalog
                .places(
                    &mut *connection,
                    self.narrowed,
                    &[run.kind],
                    self.sort,
                    last,
                    OUTLINE_ROWS_AT_ONCE,
                )
                .await?;
            run.is_at_end = places.len() < OUTLINE_ROWS_AT_ONCE;
            run.last = places.last().cloned().or(run.last.take());
            run.read = places.into();
        }
        let sort = self.sort;
        let first = self
            .runs
            .iter_mut()
            .filter(|run| !run.read.is_empty())
            .min_by(|a, b| a.read[0].order(&b.read[0], sort));
        Ok(first.and_then(|run| run.read.pop_front()))
    }
}
