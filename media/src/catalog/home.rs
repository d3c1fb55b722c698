//! The home page: what is featured, what to go on with, what is new.

use std::collections::{HashMap, HashSet};

use super::Catalog;
use super::codes::{from_json, from_sql, to_sql};
use super::collections::CollectionRef;
use super::engine::failed;
use super::filter::Tests;
use super::items::TitleItem;
use super::list::{Narrowed, Sort, SortBy};
use super::model::TitleKind;
use super::page::PageRequest;
use crate::error::Result;
use crate::ids::ViewerId;
#[cfg(doc)]
use crate::limits::HOME_PARTS;
use crate::limits::{GENRES_LISTED_MAX, HOME_FEATURED_MAX, HOME_GENRES_MAX, HOME_ROW_ITEMS_MAX};

/// A genre and how many titles have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genre {
    /// Its name.
    pub name: String,
    /// Titles listed under it.
    pub titles: u64,
}

/// What the home page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    /// The latest films and series that have a backdrop; without any, the latest at all.
    pub featured: Vec<TitleItem>,
    /// Rows in order; none is empty.
    pub rows: Vec<HomeRow>,
}

/// A row of the home page.
#[derive(Clone, Debug, PartialEq)]
pub struct HomeRow {
    /// What it shows.
    pub kind: HomeRowKind,
    /// At most [`HOME_ROW_ITEMS_MAX`] titles.
    pub items: Vec<TitleItem>,
}

/// What a row of the home page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HomeRowKind {
    /// What the viewer began, or the episode after the last one watched.
    Continue,
    /// The viewer's favourites, the latest first.
    Favourites,
    /// What was added last; a series once, however many episodes came.
    Recent,
    /// Films that the viewer never began, those added last first.
    Unwatched,
    /// Films, the newest first.
    Films,
    /// Series, the newest first.
    Series,
    /// A collection, by year.
    Collection(CollectionRef),
    /// Films and series of a genre that has at least two titles.
    Genre(String),
}

const NEWEST_YEAR: Sort = Sort { by: SortBy::Year, is_descending: true };
const LATEST: Sort = Sort { by: SortBy::Added, is_descending: true };

impl Catalog {
    /// The home page of a viewer. Its [`HOME_PARTS`] parts are read at once, so that it takes as long
    /// as the longest of them; then what is shown of their titles.
    pub async fn home(&self, viewer: ViewerId) -> Result<Home> {
        let never_begun =
            Narrowed { tests: Tests::unwatched(viewer), ..Narrowed::to_kinds(&[TitleKind::Film]) };
        let (films, series) = ([TitleKind::Film], [TitleKind::Series]);
        let (featured, going_on, favourites, recent, unwatched, films, series, collections, genres) =
            tokio::try_join!(
                self.featured(),
                self.to_go_on_with(viewer),
                self.favourites(viewer),
                self.recent(),
                self.first(&never_begun, LATEST, HOME_ROW_ITEMS_MAX),
                self.first_of(&films, NEWEST_YEAR, HOME_ROW_ITEMS_MAX),
                self.first_of(&series, NEWEST_YEAR, HOME_ROW_ITEMS_MAX),
                self.largest_collections(),
                self.genre_rows(),
            )?;
        let mut rows = vec![
            (HomeRowKind::Continue, going_on),
            (HomeRowKind::Favourites, favourites),
            (HomeRowKind::Recent, recent),
            (HomeRowKind::Unwatched, unwatched),
            (HomeRowKind::Films, films),
            (HomeRowKind::Series, series),
        ];
        let collections = collections.into_iter();
        rows.extend(collections.map(|(of, titles)| (HomeRowKind::Collection(of), titles)));
        rows.extend(genres);
        // All rows are read in one go; most titles stand in several.
        let wanted: HashSet<i64> =
            rows.iter().flat_map(|(_, ids)| ids).chain(&featured).copied().collect();
        let wanted: Vec<i64> = wanted.into_iter().collect();
        let items = self.items(viewer, &wanted).await?;
        let items: HashMap<i64, TitleItem> =
            items.into_iter().map(|item| (item.id.get(), item)).collect();
        let pick = |ids: &[i64]| -> Vec<TitleItem> {
            ids.iter().filter_map(|id| items.get(id).cloned()).collect()
        };
        let rows = rows.into_iter().map(|(kind, ids)| HomeRow { kind, items: pick(&ids) });
        Ok(Home {
            featured: pick(&featured),
            rows: rows.filter(|row| !row.items.is_empty()).collect(),
        })
    }

    /// Genres with how many titles have them, those with most first.
    pub async fn genres(&self) -> Result<Vec<Genre>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select name, titles from genres where id <> 0 and titles > 0
             order by titles desc, name limit ?",
        )
        .bind(GENRES_LISTED_MAX)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("listing genres"))?;
        Ok(rows
            .into_iter()
            .map(|(name, titles)| Genre { name, titles: from_sql(titles) })
            .collect())
    }

    async fn first_of(&self, kinds: &[TitleKind], sort: Sort, limit: usize) -> Result<Vec<i64>> {
        self.first(&Narrowed::to_kinds(kinds), sort, limit).await
    }

    async fn first(&self, narrowed: &Narrowed, sort: Sort, limit: usize) -> Result<Vec<i64>> {
        let page = PageRequest { limit, cursor: None };
        Ok(self.listed(narrowed, sort, &page).await?.items)
    }

    async fn featured(&self) -> Result<Vec<i64>> {
        let with_backdrop: Vec<i64> = sqlx::query_scalar(
            "select a.title_id from artwork a join titles t on t.id = a.title_id
             where a.kind = 2 and a.season = -1 and t.is_listed = 1 and t.kind in (1, 2)
             order by a.title_id desc limit ?",
        )
        .bind(HOME_FEATURED_MAX)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("choosing what to feature"))?;
        if with_backdrop.is_empty() {
            return self.first_of(&[TitleKind::Film, TitleKind::Series], LATEST, 1).await;
        }
        Ok(with_backdrop)
    }

    /// Of each series one title: the episode that was begun last, or the one after it.
    pub(super) async fn to_go_on_with(&self, viewer: ViewerId) -> Result<Vec<i64>> {
        let titles: Vec<Option<i64>> = sqlx::query_scalar(
            "select case w.kind when 2 then
                 (select case when x.is_watched = 0 then e.id else
                      (select n.id from titles n
                       where n.parent_id = e.parent_id and n.kind = 4 and n.is_listed = 1
                       and (n.season_number, n.episode_number)
                           > (e.season_number, e.episode_number_end)
                       and not exists (select 1 from progress y where y.viewer_id = ?1
                                       and y.title_id = n.id and y.is_watched = 1)
                       order by n.season_number, n.episode_number, n.id limit 1) end
                  from titles e cross join progress x on x.viewer_id = ?1 and x.title_id = e.id
                  where e.parent_id = w.title_id and e.kind = 4 and e.is_listed = 1
                  and (x.position_ms > 0 or x.is_watched = 1)
                  order by x.updated_at_ms desc, e.season_number desc, e.episode_number desc,
                  e.id desc limit 1)
             else
                 (select x.title_id from progress x where x.viewer_id = ?1
                  and x.title_id = w.title_id and x.position_ms > 0) end
             from (select * from watching where viewer_id = ?1 and state = 1 and kind <> 4
                   order by updated_at_ms desc, title_id desc limit ?2) w
             order by w.updated_at_ms desc, w.title_id desc",
        )
        .bind(viewer.get())
        .bind(to_sql(5 * HOME_ROW_ITEMS_MAX as u64))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("looking for what to go on with"))?;
        Ok(titles.into_iter().flatten().take(HOME_ROW_ITEMS_MAX).collect())
    }

    async fn recent(&self) -> Result<Vec<i64>> {
        // Enough episodes that a season added at once leaves room for other things.
        let kinds = [TitleKind::Film, TitleKind::Series, TitleKind::Audio, TitleKind::Episode];
        let latest = self.first_of(&kinds, LATEST, 10 * HOME_ROW_ITEMS_MAX).await?;
        let shown: Vec<(i64, i64)> = sqlx::query_as(
            "select j.key, case t.kind when 4 then t.parent_id else t.id end
             from json_each(?) j cross join titles t on t.id = j.value order by j.key",
        )
        .bind(serde_json::json!(latest).to_string())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("looking for what is new"))?;
        let mut seen = HashSet::new();
        let shown = shown.into_iter().map(|(_, id)| id).filter(|id| seen.insert(*id));
        Ok(shown.take(HOME_ROW_ITEMS_MAX).collect())
    }

    async fn genre_rows(&self) -> Result<Vec<(HomeRowKind, Vec<i64>)>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "select g.name,
             (select json_group_array(title_id) from (select title_id from listing
              where genre_id = g.id and kind = 1 order by year desc, title_id desc limit ?2)),
             (select json_group_array(title_id) from (select title_id from listing
              where genre_id = g.id and kind = 2 order by year desc, title_id desc limit ?2))
             from genres g where g.id <> 0 and g.titles >= 2
             order by g.titles desc, g.name limit ?1",
        )
        .bind(HOME_GENRES_MAX)
        .bind(to_sql(HOME_ROW_ITEMS_MAX as u64))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading genres"))?;
        let mut genres = Vec::new();
        for (name, films, series) in rows {
            let (films, series): (Vec<i64>, Vec<i64>) = (from_json(&films)?, from_json(&series)?);
            // Half of the row is for series, where there are as many.
            let films_max = HOME_ROW_ITEMS_MAX - series.len().min(HOME_ROW_ITEMS_MAX / 2);
            let films = films.into_iter().take(films_max);
            let ids: Vec<i64> = films.chain(series).take(HOME_ROW_ITEMS_MAX).collect();
            if ids.len() >= 2 {
                genres.push((HomeRowKind::Genre(name), ids));
            }
        }
        Ok(genres)
    }
}
