//! How far a viewer watched a title.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::SqliteConnection;

use super::Catalog;
use super::codes::{from_sql, now_ms, to_sql};
use super::engine::failed;
use crate::error::{Error, Kind, Result};
use crate::ids::{TitleId, ViewerId};
use crate::limits::PROGRESS_SESSIONS_MAX;

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

/// Where a report of progress stands among those of one player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPlace {
    /// What the player calls itself for as long as it plays the title.
    pub session: String,
    /// Greater than that of every report it sent before.
    pub sequence: u64,
}

const DOING: &str = "noting how far a title was watched";

impl Catalog {
    /// Notes how far `viewer` watched `title`, and answers with what is stored. Once this returns it
    /// survives a crash of the machine.
    ///
    /// With a place, a report that is not later than the latest known of its session changes nothing:
    /// reports that come late, twice or not at all leave what the last one said. The last
    /// [`PROGRESS_SESSIONS_MAX`] sessions of a title are remembered, also when its progress is
    /// forgotten; where nothing is stored then, the answer is all zeros.
    ///
    /// # Errors
    /// [`Kind::NotFound`] for a title that does not exist or holds nothing to watch, such as a series.
    pub async fn put_progress(
        &self,
        viewer: ViewerId,
        title: TitleId,
        position_ms: u64,
        duration_ms: u64,
        place: Option<&ReportPlace>,
    ) -> Result<Progress> {
        let progress = Progress::new(position_ms, duration_ms);
        let mut tx = self.engine().write().await?;
        if let Some(place) = place
            && !is_latest(&mut tx, viewer, title, place).await?
        {
            return stored(&mut tx, viewer, title).await;
        }
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
        .execute(&mut *tx)
        .await
        .map_err(failed(DOING))?;
        if written.rows_affected() == 0 {
            return Err(Error::new(Kind::NotFound, format!("no title {title} can be watched")));
        }
        if let Some(place) = place {
            note_place(&mut tx, viewer, title, place).await?;
        }
        refresh_with_series(&mut tx, &BTreeSet::from([title.get()])).await?;
        tx.commit().await.map_err(failed(DOING))?;
        Ok(progress)
    }

    /// Forgets how far `viewer` watched `title`; nothing to forget is fine.
    pub async fn delete_progress(&self, viewer: ViewerId, title: TitleId) -> Result<()> {
        let failed = failed("forgetting how far a title was watched");
        let mut tx = self.engine().write().await?;
        sqlx::query("delete from progress where viewer_id = ? and title_id = ?")
            .bind(viewer.get())
            .bind(title.get())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        refresh_with_series(&mut tx, &BTreeSet::from([title.get()])).await?;
        tx.commit().await.map_err(&failed)
    }
}

async fn is_latest(
    connection: &mut SqliteConnection,
    viewer: ViewerId,
    title: TitleId,
    place: &ReportPlace,
) -> Result<bool> {
    let greatest: Option<i64> = sqlx::query_scalar(
        "select sequence from progress_sessions where viewer_id = ? and title_id = ? and session = ?",
    )
    .bind(viewer.get())
    .bind(title.get())
    .bind(&place.session)
    .fetch_optional(connection)
    .await
    .map_err(failed(DOING))?;
    Ok(greatest.is_none_or(|greatest| place.sequence > greatest.cast_unsigned()))
}

/// Remembers a report, and forgets the sessions that were silent longest.
async fn note_place(
    connection: &mut SqliteConnection,
    viewer: ViewerId,
    title: TitleId,
    place: &ReportPlace,
) -> Result<()> {
    sqlx::query(
        "insert into progress_sessions (viewer_id, title_id, session, sequence, heard_number)
         select ?1, ?2, ?3, ?4, 1 + ifnull(max(heard_number), 0) from progress_sessions
         where viewer_id = ?1 and title_id = ?2
         on conflict (viewer_id, title_id, session)
         do update set sequence = ?4, heard_number = excluded.heard_number",
    )
    .bind(viewer.get())
    .bind(title.get())
    .bind(&place.session)
    .bind(place.sequence.cast_signed())
    .execute(&mut *connection)
    .await
    .map_err(failed(DOING))?;
    sqlx::query(
        "delete from progress_sessions where viewer_id = ?1 and title_id = ?2 and session not in (
             select session from progress_sessions where viewer_id = ?1 and title_id = ?2
             order by heard_number desc limit ?3)",
    )
    .bind(viewer.get())
    .bind(title.get())
    .bind(to_sql(PROGRESS_SESSIONS_MAX as u64))
    .execute(connection)
    .await
    .map_err(failed(DOING))?;
    Ok(())
}

async fn stored(
    connection: &mut SqliteConnection,
    viewer: ViewerId,
    title: TitleId,
) -> Result<Progress> {
    let row: Option<(i64, i64, bool, i64)> = sqlx::query_as(
        "select position_ms, duration_ms, is_watched, updated_at_ms from progress
         where viewer_id = ? and title_id = ?",
    )
    .bind(viewer.get())
    .bind(title.get())
    .fetch_optional(connection)
    .await
    .map_err(failed(DOING))?;
    Ok(Progress::of_row(row.unwrap_or_default()))
}

/// What `watching` says of some titles (?1), for every viewer.
const STEPS: [&str; 3] = [
    "delete from watching where title_id in (select value from json_each(?1))",
    "insert into watching (viewer_id, title_id, kind, state, episodes_watched, updated_at_ms)
     select w.viewer_id, t.id, t.kind, 1 + w.is_watched, 0, w.updated_at_ms
     from json_each(?1) j cross join titles t on t.id = j.value
     cross join progress w on w.title_id = t.id where t.is_listed = 1 and t.kind <> 2",
    "insert into watching (viewer_id, title_id, kind, state, episodes_watched, updated_at_ms)
     select w.viewer_id, t.id, 2, iif(sum(w.is_watched) = t.episodes_listed, 2, 1),
     sum(w.is_watched), max(w.updated_at_ms)
     from json_each(?1) j cross join titles t on t.id = j.value
     cross join titles e on e.parent_id = t.id and e.kind = 4
     cross join progress w on w.title_id = e.id
     where t.kind = 2 and t.is_listed = 1 and e.is_listed = 1 group by t.id, w.viewer_id",
];

/// Brings `watching` up to date for the titles in a JSON array.
pub(super) async fn refresh(connection: &mut SqliteConnection, titles_json: &str) -> Result<()> {
    for step in STEPS {
        sqlx::query(step)
            .bind(titles_json)
            .execute(&mut *connection)
            .await
            .map_err(failed("noting what a viewer has begun"))?;
    }
    Ok(())
}

/// The same for titles and the series that they are episodes of.
pub(super) async fn refresh_with_series(
    connection: &mut SqliteConnection,
    titles: &BTreeSet<i64>,
) -> Result<()> {
    if titles.is_empty() {
        return Ok(());
    }
    let with_series: String = sqlx::query_scalar(
        "select json_group_array(id) from (
             select value as id from json_each(?1)
             union select t.parent_id from json_each(?1) j cross join titles t on t.id = j.value
             where t.kind = 4)",
    )
    .bind(json!(titles).to_string())
    .fetch_one(&mut *connection)
    .await
    .map_err(failed("noting what a viewer has begun"))?;
    refresh(connection, &with_series).await
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
