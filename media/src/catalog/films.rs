//! Files with moving pictures, in the order in which somebody is likely to want to see them.

use super::Catalog;
use super::codes::{from_sql, to_sql};
use super::engine::failed;
use super::files::FileLocation;
use super::scans::{Severity, shortened};
use crate::error::Result;
use crate::ids::FileId;

/// Titles that are looked at for what is being watched: those on several screens of one household.
const WATCHED_MAX: usize = 8;

impl Catalog {
    /// How many files with moving pictures are there.
    pub async fn count_films(&self) -> Result<u64> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from files where width > 0 and gone_at_ms is null")
                .fetch_one(&self.engine().readers)
                .await
                .map_err(failed("counting films"))?;
        Ok(from_sql(count))
    }

    /// Files with moving pictures, the newest first: those with an identifier below `before`, `limit`
    /// at most; none when there are no more.
    pub async fn films_before(&self, before: Option<FileId>, limit: usize) -> Result<Vec<FileId>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id from files where id < ? and width > 0 and gone_at_ms is null
             order by id desc limit ?",
        )
        .bind(before.map_or(i64::MAX, FileId::get))
        .bind(to_sql(limit as u64))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("listing films"))?;
        ids.into_iter().map(super::file_id).collect()
    }

    /// The files of the titles that the viewer goes on with, the latest first.
    pub async fn films_being_watched(&self) -> Result<Vec<FileId>> {
        let mut titles = self.to_go_on_with(self.viewer()).await?;
        titles.truncate(WATCHED_MAX);
        self.films_of(&titles).await
    }

    /// The files of the titles on the home page, in its order.
    pub async fn films_on_home(&self) -> Result<Vec<FileId>> {
        let home = self.home(self.viewer()).await?;
        let items = home.featured.iter().chain(home.rows.iter().flat_map(|row| &row.items));
        let titles: Vec<i64> = items.map(|item| item.id.get()).collect();
        self.films_of(&titles).await
    }

    async fn films_of(&self, titles: &[i64]) -> Result<Vec<FileId>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select f.id from json_each(?) j cross join files f on f.title_id = j.value
             where f.width > 0 and f.gone_at_ms is null order by j.key, f.part, f.id",
        )
        .bind(serde_json::json!(titles).to_string())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("listing the films of titles"))?;
        ids.into_iter().map(super::file_id).collect()
    }

    /// Records that a file can have no pictures, unless something worse is known of it. A scan that
    /// finds the file changed forgets it.
    pub async fn note_missing_pictures(
        &self,
        location: &FileLocation,
        message: &str,
    ) -> Result<()> {
        sqlx::query(
            "insert into findings (root_id, key, severity, message, first_seen_at_ms,
             last_seen_at_ms) values (?1, ?2, ?3, ?4, ?5, ?5) on conflict (root_id, key) do nothing",
        )
        .bind(location.root.get())
        .bind(location.key.as_bytes())
        .bind(Severity::Warning.name())
        .bind(shortened(message))
        .bind(super::codes::now_ms())
        .execute(&self.engine().writer)
        .await
        .map_err(failed("recording a finding"))?;
        Ok(())
    }
}
