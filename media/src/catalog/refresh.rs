//! Bringing lists and search up to date with the titles that a transaction touched.

use std::collections::{BTreeSet, HashSet};

use serde_json::json;
use sqlx::SqliteConnection;

use super::Catalog;
use super::codes::now_ms;
use super::engine::failed;
use super::watching;
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

/// What lists say of the touched titles, brought up to date statement by statement for all at once.
/// `?1` holds their identifiers, `?2` those of them that lists may already name, both as JSON.
const STEPS: [&str; 16] = [
    "update titles set
     is_listed = case kind
         when 2 then exists (select 1 from titles e where e.parent_id = titles.id
                             and e.kind = 4 and e.is_listed = 1)
         else exists (select 1 from files f where f.title_id = titles.id
                      and f.gone_at_ms is null) end,
     duration_ms = (
         select nullif(max(ifnull(sum(duration_ms) filter (where part is not null), -1),
                           ifnull(max(duration_ms) filter (where part is null), -1)), -1)
         from files f where f.title_id = titles.id and f.gone_at_ms is null)
     where id in (select value from json_each(?1))",
    // Bounds: VIDEO_CODECS_PER_TITLE_MAX, LANGUAGES_PER_TITLE_MAX.
    "update titles set facets = json_array(kind,
         exists (select 1 from files f where f.title_id = titles.id and f.gone_at_ms is null
                 and f.hdr is not null),
         json((select json_group_array(r) from (
             select max(case when f.height >= 2160 or f.width >= 3840 then 4
                             when f.height >= 1080 or f.width >= 1920 then 3
                             when f.height >= 720 or f.width >= 1280 then 2
                             when f.height > 0 and f.width > 0 then 1 end) as r
             from files f where f.title_id = titles.id and f.gone_at_ms is null)
             where r is not null)),
         json((select json_group_array(c) from (
             select distinct f.video_codec as c from files f
             where f.title_id = titles.id and f.gone_at_ms is null and f.video_codec is not null
             order by 1 limit 8))),
         json((select json_group_array(l) from (
             select distinct j.value as l from files f cross join json_each(f.audio_languages) j
             where f.title_id = titles.id and f.gone_at_ms is null order by 1 limit 32))))
     where id in (select value from json_each(?1)) and kind <> 2 and is_listed = 1",
    // Of a series what its episodes have, by the few combinations that they have.
    "update titles set episodes_listed = (
         select count(*) from titles e cross join listing l on l.title_id = e.id and l.genre_id = 0
         where e.parent_id = titles.id and e.kind = 4),
     facets = (
         with own as (
             select f.told from facets f where f.id in (
                 select l.facets_id from titles e
                 cross join listing l on l.title_id = e.id and l.genre_id = 0
                 where e.parent_id = titles.id and e.kind = 4))
         select json_array(2, ifnull((select max(told ->> 1) from own), 0),
             json((select json_group_array(v) from (
                 select distinct j.value as v from own cross join json_each(own.told, '$[2]') j
                 order by 1))),
             json((select json_group_array(v) from (
                 select distinct j.value as v from own cross join json_each(own.told, '$[3]') j
                 order by 1 limit 8))),
             json((select json_group_array(v) from (
                 select distinct j.value as v from own cross join json_each(own.told, '$[4]') j
                 order by 1 limit 32)))))
     where id in (select value from json_each(?1)) and kind = 2",
    "delete from listing where title_id in (select value from json_each(?2))",
    "delete from search where rowid in (select value from json_each(?2))",
    "delete from credits where title_id in (select value from json_each(?2))",
    "delete from collection_titles where title_id in (select value from json_each(?2))
     and collection_id in (select id from collections where is_editable = 0)",
    "insert into genres (name)
     select distinct g.value from json_each(?1) j cross join titles t on t.id = j.value
     cross join json_each(t.genres) g where t.is_listed = 1 on conflict (name) do nothing",
    "insert into facets (told)
     select distinct t.facets from json_each(?1) j cross join titles t on t.id = j.value
     where t.is_listed = 1 on conflict (told) do nothing",
    "insert into listing
     (title_id, genre_id, kind, name_key, added_at_ms, year, duration_ms, facets_id)
     select t.id, 0, t.kind, t.name_key, t.added_at_ms, ifnull(t.year, 0),
     ifnull(t.duration_ms, 0), f.id
     from json_each(?1) j cross join titles t on t.id = j.value
     cross join facets f on f.told = t.facets where t.is_listed = 1",
    "insert into listing
     (title_id, genre_id, kind, name_key, added_at_ms, year, duration_ms, facets_id)
     select t.id, g.id, t.kind, t.name_key, t.added_at_ms, ifnull(t.year, 0),
     ifnull(t.duration_ms, 0), f.id
     from json_each(?1) j cross join titles t on t.id = j.value
     cross join json_each(t.genres) n cross join genres g on g.name = n.value
     cross join facets f on f.told = t.facets
     where t.is_listed = 1",
    "insert into search (rowid, name, original_name, people, genres)
     select t.id, t.name, t.original_name,
     (select group_concat(p.value ->> 'name', char(10)) from json_each(t.people) p),
     (select group_concat(g.value, char(10)) from json_each(t.genres) g)
     from json_each(?1) j cross join titles t on t.id = j.value where t.is_listed = 1",
    "insert into people (name)
     select distinct p.value ->> 'name' from json_each(?1) j
     cross join titles t on t.id = j.value cross join json_each(t.people) p
     where t.is_listed = 1 and p.value ->> 'name' <> '' on conflict (name) do nothing",
    "insert into credits (person_id, title_id)
     select distinct n.id, t.id from json_each(?1) j cross join titles t on t.id = j.value
     cross join json_each(t.people) p cross join people n on n.name = p.value ->> 'name'
     where t.is_listed = 1",
    "insert into collections (name, is_editable)
     select distinct t.collection, 0 from json_each(?1) j cross join titles t on t.id = j.value
     where t.is_listed = 1 and t.collection <> '' on conflict (is_editable, name) do nothing",
    "insert into collection_titles (collection_id, title_id)
     select c.id, t.id from json_each(?1) j cross join titles t on t.id = j.value
     cross join collections c on c.is_editable = 0 and c.name = t.collection
     where t.is_listed = 1",
];

impl Refresh {
    /// Rewrites what lists and search say of the touched titles; parents last, since a series is
    /// listed when one of its episodes is.
    pub(super) async fn run(&self, connection: &mut SqliteConnection) -> Result<()> {
        for titles in [&self.titles - &self.parents, self.parents.clone()] {
            if titles.is_empty() {
                continue;
            }
            let named: Vec<_> = titles.iter().filter(|id| !self.created.contains(id)).collect();
            let (all, named) = (json!(titles).to_string(), json!(named).to_string());
            for step in STEPS {
                sqlx::query(step)
                    .bind(&all)
                    .bind(&named)
                    .execute(&mut *connection)
                    .await
                    .map_err(failed(DOING))?;
            }
            watching::refresh(connection, &all).await?;
        }
        Ok(())
    }
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
