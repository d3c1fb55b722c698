//! Marking titles as watched or not, without playing them.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::SqliteConnection;

use super::Catalog;
use super::codes::now_ms;
use super::engine::failed;
use super::watching::refresh_with_series;
use crate::error::{Error, Kind, Result};
use crate::ids::{TitleId, ViewerId};

const DOING: &str = "marking what was watched";

impl Catalog {
    /// Marks a title as watched by `viewer`, from its beginning; of a series every listed episode, or
    /// those of one season. What a viewer goes on with then is the episode after them.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a title that does not exist or is not listed, and for a season without
    /// episodes.
    pub async fn put_watched(
        &self,
        viewer: ViewerId,
        title: TitleId,
        season: Option<u32>,
    ) -> Result<()> {
        let mut tx = self.engine().write().await?;
        let titles = marked(&mut tx, title, season).await?;
        sqlx::query(
            "insert into progress
             (viewer_id, title_id, position_ms, duration_ms, is_watched, updated_at_ms)
             select ?1, t.id, 0, ifnull(t.duration_ms, 0), 1, ?3
             from json_each(?2) j cross join titles t on t.id = j.value where true
             on conflict (viewer_id, title_id)
             do update set position_ms = 0, is_watched = 1, updated_at_ms = ?3",
        )
        .bind(viewer.get())
        .bind(json!(titles).to_string())
        .bind(now_ms())
        .execute(&mut *tx)
        .await
        .map_err(failed(DOING))?;
        refresh_with_series(&mut tx, &titles).await?;
        tx.commit().await.map_err(failed(DOING))
    }

    /// Forgets how far `viewer` watched a title; of a series every listed episode, or those of one
    /// season. Nothing to forget is fine.
    ///
    /// # Errors
    /// As [`Catalog::put_watched`].
    pub async fn delete_watched(
        &self,
        viewer: ViewerId,
        title: TitleId,
        season: Option<u32>,
    ) -> Result<()> {
        let mut tx = self.engine().write().await?;
        let titles = marked(&mut tx, title, season).await?;
        sqlx::query(
            "delete from progress where viewer_id = ?1
             and title_id in (select value from json_each(?2))",
        )
        .bind(viewer.get())
        .bind(json!(titles).to_string())
        .execute(&mut *tx)
        .await
        .map_err(failed(DOING))?;
        refresh_with_series(&mut tx, &titles).await?;
        tx.commit().await.map_err(failed(DOING))
    }
}

/// What there is to watch of a listed title.
async fn marked(
    connection: &mut SqliteConnection,
    title: TitleId,
    season: Option<u32>,
) -> Result<BTreeSet<i64>> {
    let titles: Vec<i64> = sqlx::query_scalar(
        "select id from titles where id = ?1 and kind <> 2 and is_listed = 1
         and (?2 is null or season_number = ?2)
         union all
         select id from titles where parent_id = ?1 and kind = 4 and is_listed = 1
         and (?2 is null or season_number = ?2)",
    )
    .bind(title.get())
    .bind(season)
    .fetch_all(connection)
    .await
    .map_err(failed(DOING))?;
    if titles.is_empty() {
        return Err(Error::new(Kind::NotFound, format!("no title {title} can be watched")));
    }
    Ok(titles.into_iter().collect())
}
