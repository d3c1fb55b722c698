//! What a viewer likes.

use super::Catalog;
use super::codes::{now_ms, to_sql};
use super::engine::failed;
use crate::error::{Error, Kind, Result};
use crate::ids::{TitleId, ViewerId};
use crate::limits::HOME_ROW_ITEMS_MAX;

impl Catalog {
    /// Makes a listed title a favourite of `viewer`'s; one that is already stays where it is among
    /// them.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a title that does not exist or is not listed.
    pub async fn put_favourite(&self, viewer: ViewerId, title: TitleId) -> Result<()> {
        let written = sqlx::query(
            "insert into favourites (viewer_id, title_id, added_at_ms)
             select ?1, id, ?3 from titles where id = ?2 and is_listed = 1
             on conflict (viewer_id, title_id) do update set added_at_ms = added_at_ms",
        )
        .bind(viewer.get())
        .bind(title.get())
        .bind(now_ms())
        .execute(&self.engine().writer)
        .await
        .map_err(failed("noting a favourite"))?;
        if written.rows_affected() == 0 {
            return Err(Error::new(Kind::NotFound, format!("there is no title {title}")));
        }
        Ok(())
    }

    /// Makes a listed title no favourite of `viewer`'s; one that is none is fine.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a title that does not exist or is not listed.
    pub async fn delete_favourite(&self, viewer: ViewerId, title: TitleId) -> Result<()> {
        let deleted = sqlx::query("delete from favourites where viewer_id = ? and title_id = ?")
            .bind(viewer.get())
            .bind(title.get())
            .execute(&self.engine().writer)
            .await
            .map_err(failed("forgetting a favourite"))?;
        if deleted.rows_affected() == 0 && !self.is_listed(title).await? {
            return Err(Error::new(Kind::NotFound, format!("there is no title {title}")));
        }
        Ok(())
    }

    /// Whether a title is listed.
    pub(super) async fn is_listed(&self, title: TitleId) -> Result<bool> {
        let found: i64 = sqlx::query_scalar(
            "select exists (select 1 from titles where id = ? and is_listed = 1)",
        )
        .bind(title.get())
        .fetch_one(&self.engine().readers)
        .await
        .map_err(failed("looking up a title"))?;
        Ok(found != 0)
    }

    /// The latest favourites, for a row of the home page.
    pub(super) async fn favourites(&self, viewer: ViewerId) -> Result<Vec<i64>> {
        sqlx::query_scalar(
            "select m.title_id from favourites m
             cross join listing l on l.title_id = m.title_id and l.genre_id = 0
             where m.viewer_id = ? order by m.added_at_ms desc, m.title_id desc limit ?",
        )
        .bind(viewer.get())
        .bind(to_sql(HOME_ROW_ITEMS_MAX as u64))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the favourites"))
    }
}
