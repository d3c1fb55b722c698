//! How far a viewer watched a title.

use super::Catalog;
use super::codes::{from_sql, now_ms, to_sql};
use super::engine::failed;
use crate::error::{Error, Kind, Result};
use crate::ids::{TitleId, ViewerId};

/// How far a viewer watched a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where to go on, in milliseconds; never beyond `duration_ms` where that is known.
    pub position_ms: u64,
    /// How long the player said the title is; 0 where it did not know.
    pub duration_ms: u64,
    /// At least nine tenths were watched.
    pub is_watched: bool,
    /// When this was last told, in milliseconds since 1970.
    pub updated_at_ms: i64,
}

impl Progress {
    fn new(position_ms: u64, duration_ms: u64) -> Self {
        let position_ms = if duration_ms > 0 { position_ms.min(duration_ms) } else { position_ms };
        let is_watched =
            duration_ms > 0 && u128::from(position_ms) * 10 >= u128::from(duration_ms) * 9;
        Self { position_ms, duration_ms, is_watched, updated_at_ms: now_ms() }
    }

    /// Four columns of `progress`.
    pub(super) fn of_row(
        (position_ms, duration_ms, is_watched, updated_at_ms): (i64, i64, bool, i64),
    ) -> Self {
        Self {
            position_ms: from_sql(position_ms),
            duration_ms: from_sql(duration_ms),
            is_watched,
            updated_at_ms,
        }
    }
}

impl Catalog {
    /// Notes how far `viewer` watched `title`, and answers with what is stored. Once this returns it
    /// survives a crash of the machine.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a title that does not exist or holds nothing to watch, such as a series.
    pub async fn put_progress(
        &self,
        viewer: ViewerId,
        title: TitleId,
        position_ms: u64,
        duration_ms: u64,
    ) -> Result<Progress> {
        let progress = Progress::new(position_ms, duration_ms);
        let written = sqlx::query(
            "insert into progress
             (viewer_id, title_id, position_ms, duration_ms, is_watched, updated_at_ms)
             select v.id, t.id, ?3, ?4, ?5, ?6 from viewers v, titles t
             where v.id = ?1 and t.id = ?2 and t.kind <> 2
             on conflict (viewer_id, title_id) do update set position_ms = ?3, duration_ms = ?4,
             is_watched = ?5, updated_at_ms = ?6",
        )
        .bind(viewer.get())
        .bind(title.get())
        .bind(to_sql(progress.position_ms))
        .bind(to_sql(progress.duration_ms))
        .bind(progress.is_watched)
        .bind(progress.updated_at_ms)
        .execute(&self.engine().writer)
        .await
        .map_err(failed("noting how far a title was watched"))?;
        if written.rows_affected() == 0 {
            return Err(Error::new(Kind::NotFound, format!("no title {title} can be watched")));
        }
        Ok(progress)
    }

    /// Forgets how far `viewer` watched `title`; nothing to forget is fine.
    pub async fn delete_progress(&self, viewer: ViewerId, title: TitleId) -> Result<()> {
        sqlx::query("delete from progress where viewer_id = ? and title_id = ?")
            .bind(viewer.get())
            .bind(title.get())
            .execute(&self.engine().writer)
            .await
            .map_err(failed("forgetting how far a title was watched"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_watched_from_nine_tenths_on() {
        for (position_ms, duration_ms, is_watched, stored_ms) in [
            (0, 0, false, 0),
            (5, 0, false, 5),
            (0, 10, false, 0),
            (8, 10, false, 8),
            (9, 10, true, 9),
            (11, 10, true, 10),
            (899_999, 1_000_000, false, 899_999),
            (900_000, 1_000_000, true, 900_000),
            (u64::MAX, u64::MAX, true, u64::MAX),
            (u64::MAX / 2, u64::MAX, false, u64::MAX / 2),
        ] {
            let progress = Progress::new(position_ms, duration_ms);
            assert_eq!(
                (progress.is_watched, progress.position_ms),
                (is_watched, stored_ms),
                "{position_ms} of {duration_ms}"
            );
        }
    }
}
