//! Bringing lists and search up to date with the titles that a transaction touched.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;
use serde_json::json;
use sqlx::SqliteConnection;

use super::Catalog;
use super::codes::now_ms;
use super::engine::failed;
use crate::error::Result;
use crate::ids::{FileId, RootId};

const DOING: &str = "bringing the lists up to date";

/// Titles that a transaction touched.
#[derive(Debug, Default)]
pub(super) struct Refresh {
    /// Titles whose files or facts changed.
    pub(super) titles: BTreeSet<i64>,
    /// What such titles belong to; taken after them.
    pub(super) parents: BTreeSet<i64>,
    /// Titles that are new in this transaction, so that no list names them yet.
    pub(super) created: HashSet<i64>,
}

#[derive(sqlx::FromRow)]
struct TitleRow {
    kind: i64,
    name: String,
    name_key: String,
    original_name: Option<String>,
    year: Option<i64>,
    added_at_ms: i64,
    genres: String,
    people: String,
    has_files: bool,
    parts_ms: Option<i64>,
    longest_ms: Option<i64>,
}

#[derive(Deserialize)]
struct NameOnly {
    name: String,
}

impl Refresh {
    /// Rewrites what lists and search say of the touched titles.
    pub(super) async fn run(&self, connection: &mut SqliteConnection) -> Result<()> {
        let mut genre_ids = HashMap::new();
        let alone = self.titles.difference(&self.parents);
        for title in alone.chain(&self.parents) {
            self.title(connection, *title, &mut genre_ids).await?;
        }
        Ok(())
    }

    async fn title(
        &self,
        connection: &mut SqliteConnection,
        title: i64,
        genre_ids: &mut HashMap<String, i64>,
    ) -> Result<()> {
        let row: TitleRow = sqlx::query_as(
            "select kind, name, name_key, original_name, year, added_at_ms, genres, people,
             case kind when 2 then exists (select 1 from titles e where e.parent_id = t.id
                                           and e.kind = 4 and e.is_listed = 1)
             else exists (select 1 from files f where f.title_id = t.id and f.gone_at_ms is null)
             end as has_files,
             (select sum(duration_ms) from files f where f.title_id = t.id
              and f.gone_at_ms is null and f.part is not null) as parts_ms,
             (select max(duration_ms) from files f where f.title_id = t.id
              and f.gone_at_ms is null and f.part is null) as longest_ms
             from titles t where id = ?",
        )
        .bind(title)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
        let duration_ms = row.parts_ms.max(row.longest_ms);
        sqlx::query("update titles set is_listed = ?2, duration_ms = ?3 where id = ?1")
            .bind(title)
            .bind(row.has_files)
            .bind(duration_ms)
            .execute(&mut *connection)
            .await
            .map_err(failed(DOING))?;
        if !self.created.contains(&title) {
            for delete in
                ["delete from listing where title_id = ?", "delete from search where rowid = ?"]
            {
                sqlx::query(delete)
                    .bind(title)
                    .execute(&mut *connection)
                    .await
                    .map_err(failed(DOING))?;
            }
        }
        if !row.has_files {
            return Ok(());
        }
        let genres: Vec<String> = serde_json::from_str(&row.genres).unwrap_or_default();
        let people: Vec<NameOnly> = serde_json::from_str(&row.people).unwrap_or_default();
        let mut ids = BTreeSet::from([0]);
        for genre in &genres {
            ids.insert(genre_id(connection, genre, genre_ids).await?);
        }
        sqlx::query(
            "insert into listing (title_id, genre_id, kind, name_key, added_at_ms, year,
             duration_ms) select ?1, value, ?2, ?3, ?4, ?5, ?6 from json_each(?7)",
        )
        .bind(title)
        .bind(row.kind)
        .bind(&row.name_key)
        .bind(row.added_at_ms)
        .bind(row.year.unwrap_or(0))
        .bind(duration_ms.unwrap_or(0))
        .bind(json!(ids).to_string())
        .execute(&mut *connection)
        .await
        .map_err(failed(DOING))?;
        let people: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        sqlx::query(
            "insert into search (rowid, name, original_name, people, genres)
             values (?, ?, ?, ?, ?)",
        )
        .bind(title)
        .bind(&row.name)
        .bind(row.original_name.unwrap_or_default())
        .bind(people.join("\n"))
        .bind(genres.join("\n"))
        .execute(&mut *connection)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }
}

async fn genre_id(
    connection: &mut SqliteConnection,
    name: &str,
    ids: &mut HashMap<String, i64>,
) -> Result<i64> {
    if let Some(id) = ids.get(name) {
        return Ok(*id);
    }
    let id: i64 = sqlx::query_scalar(
        "insert into genres (name) values (?)
         on conflict (name) do update set name = excluded.name returning id",
    )
    .bind(name)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed(DOING))?;
    ids.insert(name.to_owned(), id);
    Ok(id)
}

impl Catalog {
    /// One transaction of [`Catalog::mark_gone`].
    pub(super) async fn mark_batch_gone(&self, root: RootId, files: &[FileId]) -> Result<()> {
        let failed = failed("noting that files are gone");
        let ids: Vec<i64> = files.iter().map(|id| id.get()).collect();
        let ids = json!(ids).to_string();
        let mut tx = self.engine().write().await?;
        let touched: Vec<(i64, i64, Option<i64>)> = sqlx::query_as(
            "update files set gone_at_ms = ?3 where root_id = ?1 and gone_at_ms is null
             and id in (select value from json_each(?2))
             returning id, title_id, (select parent_id from titles where id = title_id)",
        )
        .bind(root.get())
        .bind(&ids)
        .bind(now_ms())
        .fetch_all(&mut *tx)
        .await
        .map_err(&failed)?;
        sqlx::query(
            "delete from findings where (root_id, key) in
             (select root_id, key from files where id in (select value from json_each(?)))",
        )
        .bind(&ids)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
        // Pictures stay as long as another file of the title is there, which answers for them now.
        sqlx::query(
            "update artwork set file_id = coalesce(
                 (select f.id from files f where f.title_id = artwork.title_id
                  and f.gone_at_ms is null limit 1),
                 (select f.id from titles e join files f on f.title_id = e.id
                  where e.parent_id = artwork.title_id and f.gone_at_ms is null limit 1),
                 file_id)
             where file_id in (select value from json_each(?))",
        )
        .bind(&ids)
        .execute(&mut *tx)
        .await
        .map_err(&failed)?;
        let mut refresh = Refresh::default();
        let mut rows = Vec::with_capacity(touched.len());
        for (file, title, parent) in touched {
            refresh.titles.insert(title);
            refresh.parents.extend(parent);
            let gone = self.memory().get(super::file_id(file)?, Clone::clone);
            rows.extend(gone.map(|mut row| {
                row.is_gone = true;
                row
            }));
        }
        refresh.run(&mut tx).await?;
        tx.commit().await.map_err(&failed)?;
        self.memory().apply(rows, &[]);
        Ok(())
    }
}
