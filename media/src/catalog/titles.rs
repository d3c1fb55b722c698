//! Everything about one title, and where its pictures and subtitles are.

use std::path::Path;
use std::sync::Arc;

use sqlx::FromRow;

use super::Catalog;
use super::codes::{from_json, key_of, season_code, version_of};
use super::collections::CollectionRef;
use super::engine::failed;
use super::items::{ArtworkRef, TitleItem};
use super::model::{ArtworkKind, ArtworkSource, FoundSubtitle, Person, TitleKind};
use super::roots::Roots;
use crate::error::Result;
use crate::ids::{FileId, RootId, TitleId, ViewerId};
use crate::limits::CHILDREN_PER_TITLE_MAX;
use crate::probe::MediaInfo;
use crate::storage::{Key, Version};

/// Everything about one title.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleDetail {
    /// What lists show of it.
    pub item: TitleItem,
    /// Name in the original language.
    pub original_name: Option<String>,
    /// Day of release, `yyyy-mm-dd`.
    pub premiered: Option<String>,
    /// Age rating as told.
    pub content_rating: Option<String>,
    /// Mean vote, 0 to 10.
    pub rating: Option<f64>,
    /// Studios or broadcasters.
    pub studios: Vec<String>,
    /// Who made it, in the order told.
    pub people: Vec<Person>,
    /// Collection or box set, as told.
    pub collection: Option<String>,
    /// Collections that it belongs to, by name.
    pub collections: Vec<CollectionRef>,
    /// Seasons of a series in order, specials last.
    pub seasons: Vec<Season>,
    /// Trailers, deleted scenes and the like.
    pub extras: Vec<TitleItem>,
    /// Of a series: where to go on, nothing when the last episode was watched. Of an episode: what
    /// follows it.
    pub next_episode: Option<TitleItem>,
    /// What only this page shows of the files, in the order of `item.files`.
    pub file_details: Vec<FileDetail>,
}

/// A season of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Season {
    /// Its number; 0 holds specials.
    pub number: u32,
    /// Its own poster.
    pub poster: Option<ArtworkRef>,
    /// Its episodes in order.
    pub episodes: Vec<TitleItem>,
}

/// What only a title's own page shows of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileDetail {
    /// The file.
    pub id: FileId,
    /// What its headers tell.
    pub info: MediaInfo,
    /// Text subtitles beside it; [`Catalog::subtitle`] takes the place in this list.
    pub subtitles: Vec<FoundSubtitle>,
    /// What a scan could not read or understand of it.
    pub findings: Vec<String>,
}

/// Where a picture's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtworkLocation {
    /// The media file beside or in which it was found.
    pub file: FileId,
    /// The root it lies below.
    pub root: RootId,
    /// The path of that root.
    pub root_path: Arc<Path>,
    /// The file that holds it.
    pub key: Key,
    /// The state of that file when it was scanned.
    pub version: Version,
    /// Where in that file.
    pub source: ArtworkSource,
}

/// Where a subtitle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubtitleLocation {
    /// The root it lies below.
    pub root: RootId,
    /// The path of that root.
    pub root_path: Arc<Path>,
    /// The file.
    pub key: Key,
    /// What is known of it.
    pub subtitle: FoundSubtitle,
}

#[derive(FromRow)]
struct DetailRow {
    original_name: Option<String>,
    premiered: Option<String>,
    content_rating: Option<String>,
    rating: Option<f64>,
    studios: String,
    people: String,
    collection: Option<String>,
    parent_id: Option<i64>,
    season_number: Option<i64>,
    episode_number_end: Option<i64>,
}

/// Where a picture is, as far as a row of `artwork` tells.
#[derive(FromRow)]
pub(super) struct ArtworkRow {
    file_id: i64,
    root_id: i64,
    key: Vec<u8>,
    len_bytes: i64,
    modified_ns: i64,
    changed_ns: i64,
    inode: i64,
    source: String,
}

impl ArtworkRow {
    /// `None` if its folder is no longer configured.
    pub(super) fn location(self, roots: &Roots) -> Result<Option<ArtworkLocation>> {
        let root = super::root_id(self.root_id)?;
        let Some(known) = roots.configured(root) else { return Ok(None) };
        Ok(Some(ArtworkLocation {
            file: super::file_id(self.file_id)?,
            root,
            root_path: known.path.clone(),
            key: key_of(&self.key)?,
            version: version_of((self.len_bytes, self.modified_ns, self.changed_ns, self.inode)),
            source: from_json(&self.source)?,
        }))
    }
}

/// The first listed episode after a place (?2, ?3) of a series.
pub(super) const NEXT_EPISODE: &str = "select id from titles
     where parent_id = ?1 and kind = 4 and is_listed = 1
     and (season_number, episode_number) > (?2, ?3)
     order by season_number, episode_number, id limit 1";

impl Catalog {
    /// Everything about a title; `None` if there is none or none of its files is there any more.
    pub async fn title(&self, viewer: ViewerId, id: TitleId) -> Result<Option<TitleDetail>> {
        let number = id.get();
        let row: Option<DetailRow> = sqlx::query_as(
            "select original_name, premiered, content_rating, rating, studios, people, collection,
             parent_id, season_number, episode_number_end
             from titles where id = ? and is_listed = 1",
        )
        .bind(number)
        .fetch_optional(&self.engine().readers)
        .await
        .map_err(failed("reading a title"))?;
        let Some(row) = row else { return Ok(None) };
        let Some(item) = self.items(viewer, &[number]).await?.pop() else { return Ok(None) };
        let next_episode = match (item.kind, row.parent_id) {
            (TitleKind::Series, _) => self.where_to_go_on(viewer, number).await?,
            (TitleKind::Episode, Some(series)) => {
                self.next_episode(series, row.season_number, row.episode_number_end).await?
            }
            _ => None,
        };
        let next_episode: Vec<i64> = next_episode.into_iter().collect();
        let (seasons, extras, next_episode, file_details, collections) = tokio::try_join!(
            self.seasons(viewer, number, item.kind),
            self.children(viewer, number, TitleKind::Extra),
            self.items(viewer, &next_episode),
            self.file_details(&item),
            self.collections_of(number),
        )?;
        Ok(Some(TitleDetail {
            item,
            original_name: row.original_name,
            premiered: row.premiered,
            content_rating: row.content_rating,
            rating: row.rating,
            studios: from_json(&row.studios)?,
            people: from_json(&row.people)?,
            collection: row.collection,
            collections,
            seasons,
            extras,
            next_episode: next_episode.into_iter().next(),
            file_details,
        }))
    }

    /// Where a title's picture is, for a reference in one of its items.
    pub async fn artwork(
        &self,
        title: TitleId,
        kind: ArtworkKind,
        season: Option<u32>,
    ) -> Result<Option<ArtworkLocation>> {
        let row: Option<ArtworkRow> = sqlx::query_as(
            "select file_id, root_id, key, len_bytes, modified_ns, changed_ns, inode, source
             from artwork where title_id = ? and kind = ? and season = ?",
        )
        .bind(title.get())
        .bind(kind.code())
        .bind(season_code(season))
        .fetch_optional(&self.engine().readers)
        .await
        .map_err(failed("looking up a picture"))?;
        row.map_or(Ok(None), |row| row.location(&self.roots()))
    }

    /// Where the subtitle at `index` of a file's list is.
    pub async fn subtitle(&self, file: FileId, index: usize) -> Result<Option<SubtitleLocation>> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "select f.root_id, d.subtitles from files f join file_details d on d.file_id = f.id
             where f.id = ? and f.gone_at_ms is null",
        )
        .bind(file.get())
        .fetch_optional(&self.engine().readers)
        .await
        .map_err(failed("looking up a subtitle"))?;
        let Some((root, subtitles)) = row else { return Ok(None) };
        let root = super::root_id(root)?;
        let subtitles: Vec<FoundSubtitle> = from_json(&subtitles)?;
        let roots = self.roots();
        let (Some(known), Some(subtitle)) =
            (roots.configured(root), subtitles.into_iter().nth(index))
        else {
            return Ok(None);
        };
        let key = key_of(&subtitle.key_bytes)?;
        Ok(Some(SubtitleLocation { root, root_path: known.path.clone(), key, subtitle }))
    }

    async fn next_episode(
        &self,
        series: i64,
        season: Option<i64>,
        episode: Option<i64>,
    ) -> Result<Option<i64>> {
        sqlx::query_scalar(NEXT_EPISODE)
            .bind(series)
            .bind(season)
            .bind(episode)
            .fetch_optional(&self.engine().readers)
            .await
            .map_err(failed("looking for the next episode"))
    }

    /// The episode a viewer of a series watches next: the one last watched if it was not watched to
    /// its end, else the one after it, and at the beginning the first that is no special.
    async fn where_to_go_on(&self, viewer: ViewerId, series: i64) -> Result<Option<i64>> {
        let last: Option<(i64, bool, i64, i64)> = sqlx::query_as(
            "select e.id, w.is_watched, e.season_number, e.episode_number_end
             from titles e join progress w on w.viewer_id = ?2 and w.title_id = e.id
             where e.parent_id = ?1 and e.kind = 4 and e.is_listed = 1
             order by w.updated_at_ms desc, e.season_number desc, e.episode_number desc, e.id desc
             limit 1",
        )
        .bind(series)
        .bind(viewer.get())
        .fetch_optional(&self.engine().readers)
        .await
        .map_err(failed("looking for where to go on"))?;
        match last {
            Some((id, false, _, _)) => Ok(Some(id)),
            Some((_, true, season, episode)) => {
                self.next_episode(series, Some(season), Some(episode)).await
            }
            None => match self.next_episode(series, Some(1), Some(-1)).await? {
                Some(first) => Ok(Some(first)),
                None => self.next_episode(series, Some(0), Some(-1)).await,
            },
        }
    }

    /// Listed episodes or extras of a title, in order.
    async fn children(
        &self,
        viewer: ViewerId,
        parent: i64,
        kind: TitleKind,
    ) -> Result<Vec<TitleItem>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id from titles where parent_id = ?1 and kind = ?2 and is_listed = 1
             order by season_number, episode_number, id limit ?3",
        )
        .bind(parent)
        .bind(kind.code())
        .bind(CHILDREN_PER_TITLE_MAX)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading what belongs to a title"))?;
        self.items(viewer, &ids).await
    }

    async fn seasons(&self, viewer: ViewerId, id: i64, kind: TitleKind) -> Result<Vec<Season>> {
        if kind != TitleKind::Series {
            return Ok(Vec::new());
        }
        let (episodes, pictures) =
            tokio::try_join!(self.children(viewer, id, TitleKind::Episode), async {
                self.pictures(&[id]).await
            },)?;
        let mut seasons: Vec<Season> = Vec::new();
        for episode in episodes {
            let number = episode.season_number.unwrap_or(0);
            if seasons.last().is_none_or(|season| season.number != number) {
                let poster = pictures.of(id, ArtworkKind::Poster, i64::from(number));
                seasons.push(Season { number, poster, episodes: Vec::new() });
            }
            if let Some(season) = seasons.last_mut() {
                season.episodes.push(episode);
            }
        }
        seasons.sort_by_key(|season| (season.number == 0, season.number));
        Ok(seasons)
    }

    async fn file_details(&self, item: &TitleItem) -> Result<Vec<FileDetail>> {
        let ids: Vec<i64> = item.files.iter().map(|file| file.id.get()).collect();
        let rows: Vec<(i64, String, String, Option<String>)> = sqlx::query_as(
            "select f.id, d.info, d.subtitles, n.message
             from json_each(?) j cross join files f on f.id = j.value
             join file_details d on d.file_id = f.id
             left join findings n on n.root_id = f.root_id and n.key = f.key",
        )
        .bind(serde_json::json!(ids).to_string())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading what files are made of"))?;
        let mut details = Vec::with_capacity(rows.len());
        for (id, info, subtitles, finding) in rows {
            details.push(FileDetail {
                id: super::file_id(id)?,
                info: from_json(&info)?,
                subtitles: from_json(&subtitles)?,
                findings: finding.into_iter().collect(),
            });
        }
        Ok(details)
    }
}
