//! Titles as lists show them. A page costs the same few statements however many titles are on it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::json;
use sqlx::FromRow;

use super::Catalog;
use super::codes::{VersionRow, from_sql, key_of, small, version_of};
use super::engine::failed;
use super::model::{ArtworkKind, TitleKind};
use super::watching::Progress;
use crate::error::Result;
use crate::ids::{FileId, RootId, TitleId, ViewerId};

/// A title as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct TitleItem {
    /// Its identifier.
    pub id: TitleId,
    /// What it is.
    pub kind: TitleKind,
    /// Its name.
    pub name: String,
    /// Year of release.
    pub year: Option<u16>,
    /// Playing time of the longest version or of all parts, in milliseconds; absent for a series.
    pub duration_ms: Option<u64>,
    /// Genres in the order told.
    pub genres: Vec<String>,
    /// One line from the poster.
    pub tagline: Option<String>,
    /// What happens.
    pub plot: Option<String>,
    /// When it was first found, in milliseconds since 1970.
    pub added_at_ms: i64,
    /// One of its files lies below a root that can be reached.
    pub is_available: bool,
    /// The series of an episode or of an extra.
    pub series: Option<SeriesRef>,
    /// Season of an episode; 0 holds specials.
    pub season_number: Option<u32>,
    /// First episode; `yyyymmdd` for a series by date.
    pub episode_number: Option<u32>,
    /// Last episode; the same as the first for most.
    pub episode_number_end: Option<u32>,
    /// How far the viewer watched it.
    pub progress: Option<Progress>,
    /// Its poster, else the season's, else the one of what it belongs to.
    pub poster: Option<ArtworkRef>,
    /// Its backdrop, else the one of what it belongs to.
    pub backdrop: Option<ArtworkRef>,
    /// Its logo, else the one of what it belongs to.
    pub logo: Option<ArtworkRef>,
    /// A picture of an episode.
    pub thumb: Option<ArtworkRef>,
    /// Its files, by part; none for a series.
    pub files: Vec<FileSummary>,
}

/// A series by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRef {
    /// Its identifier.
    pub id: TitleId,
    /// Its name.
    pub name: String,
}

/// A picture, as [`Catalog::artwork`] finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtworkRef {
    /// The title it is filed under; the series' for an episode without one of its own.
    pub title: TitleId,
    /// What it shows.
    pub kind: ArtworkKind,
    /// The season whose poster it is.
    pub season: Option<u32>,
    /// Another number when the picture is another one, for URLs that are cached for good.
    pub tag: u64,
}

/// A file as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// Its identifier.
    pub id: FileId,
    /// The root it lies below.
    pub root: RootId,
    /// Its name, for people.
    pub file_name: String,
    /// Its length when it was scanned.
    pub size_bytes: u64,
    /// When its content changed last, in milliseconds since 1970.
    pub modified_at_ms: i64,
    /// How its streams are wrapped: [`crate::probe::Container::name`].
    pub container: String,
    /// Codec of the picture that a player shows, as `ffprobe` names it.
    pub video_codec: Option<String>,
    /// Codec of the sound that a player plays.
    pub audio_codec: Option<String>,
    /// The `codecs` parameter of RFC 6381 for both; absent unless it is known for both.
    pub codecs: Option<String>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Playing time in milliseconds.
    pub duration_ms: Option<u64>,
    /// `hdr10`, `hdr10_plus`, `hlg` or `dolby_vision`.
    pub hdr: Option<String>,
    /// `Director's Cut` and the like.
    pub edition: Option<String>,
    /// Number of this part of a film in several files, from 1.
    pub part: Option<u32>,
}

#[derive(FromRow)]
struct ItemRow {
    id: i64,
    kind: i64,
    name: String,
    year: Option<i64>,
    duration_ms: Option<i64>,
    genres: String,
    tagline: Option<String>,
    plot: Option<String>,
    added_at_ms: i64,
    season_number: Option<i64>,
    episode_number: Option<i64>,
    episode_number_end: Option<i64>,
    parent_id: Option<i64>,
    parent_kind: Option<i64>,
    parent_name: Option<String>,
    is_series_available: bool,
    position_ms: Option<i64>,
    watched_ms: Option<i64>,
    is_watched: Option<bool>,
    updated_at_ms: Option<i64>,
}

#[derive(FromRow)]
struct FileSummaryRow {
    id: i64,
    title_id: i64,
    root_id: i64,
    key: Vec<u8>,
    len_bytes: i64,
    modified_ns: i64,
    container: String,
    video_codec: Option<String>,
    audio_codec: Option<String>,
    codecs: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    duration_ms: Option<i64>,
    hdr: Option<String>,
    edition: Option<String>,
    part: Option<i64>,
}

impl FileSummaryRow {
    fn summary(self) -> Result<FileSummary> {
        Ok(FileSummary {
            id: super::file_id(self.id)?,
            root: super::root_id(self.root_id)?,
            file_name: key_of(&self.key)?.file_name(),
            size_bytes: self.len_bytes.cast_unsigned(),
            modified_at_ms: self.modified_ns.div_euclid(1_000_000),
            container: self.container,
            video_codec: self.video_codec,
            audio_codec: self.audio_codec,
            codecs: self.codecs,
            width: self.width.map(small).transpose()?,
            height: self.height.map(small).transpose()?,
            duration_ms: self.duration_ms.map(from_sql),
            hdr: self.hdr,
            edition: self.edition,
            part: self.part.map(small).transpose()?,
        })
    }
}

/// Pictures of some titles, by title, kind and season (-1 for the title's own).
pub(super) struct Pictures {
    by_place: HashMap<(i64, i64, i64), ArtworkRef>,
}

impl Pictures {
    pub(super) fn of(&self, title: i64, kind: ArtworkKind, season: i64) -> Option<ArtworkRef> {
        self.by_place.get(&(title, kind.code(), season)).copied()
    }
}

impl Catalog {
    /// The titles with these identifiers, in this order; those that are not listed are left out.
    pub(super) async fn items(&self, viewer: ViewerId, ids: &[i64]) -> Result<Vec<TitleItem>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let failed = failed("reading titles");
        let ids_json = json!(ids).to_string();
        let rows: Vec<ItemRow> = sqlx::query_as(
            "select t.id, t.kind, t.name, t.year, t.duration_ms, t.genres, t.tagline, t.plot,
             t.added_at_ms, t.season_number, t.episode_number, t.episode_number_end,
             t.parent_id, p.kind as parent_kind, p.name as parent_name,
             t.kind = 2 and exists (
                 select 1 from titles e join files f on f.title_id = e.id
                 where e.parent_id = t.id and e.kind = 4 and f.gone_at_ms is null
                 and f.root_id in (select value from json_each(?3))) as is_series_available,
             w.position_ms, w.duration_ms as watched_ms, w.is_watched, w.updated_at_ms
             from json_each(?1) j cross join titles t on t.id = j.value
             left join titles p on p.id = t.parent_id
             left join progress w on w.viewer_id = ?2 and w.title_id = t.id
             where t.is_listed = 1",
        )
        .bind(&ids_json)
        .bind(viewer.get())
        .bind(self.roots().available_json())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(&failed)?;
        let with_parents: Vec<i64> =
            rows.iter().flat_map(|row| [Some(row.id), row.parent_id]).flatten().collect();
        let (files, pictures) =
            tokio::try_join!(self.files_of(&ids_json), self.pictures(&with_parents))?;
        let mut files = files;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let files = files.remove(&row.id).unwrap_or_default();
            items.push(self.item(row, files, &pictures)?);
        }
        Ok(items)
    }

    /// Files that are there, by title.
    async fn files_of(&self, titles: &str) -> Result<HashMap<i64, Vec<FileSummary>>> {
        let rows: Vec<FileSummaryRow> = sqlx::query_as(
            "select f.id, f.title_id, f.root_id, f.key, f.len_bytes, f.modified_ns, f.container,
             f.video_codec, f.audio_codec, f.codecs, f.width, f.height, f.duration_ms, f.hdr,
             f.edition, f.part
             from json_each(?) j cross join files f on f.title_id = j.value
             where f.gone_at_ms is null",
        )
        .bind(titles)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the files of titles"))?;
        let mut files: HashMap<i64, Vec<FileSummary>> = HashMap::new();
        for row in rows {
            files.entry(row.title_id).or_default().push(row.summary()?);
        }
        for files in files.values_mut() {
            files.sort_by_key(|file| (file.part, file.id));
        }
        Ok(files)
    }

    pub(super) async fn pictures(&self, titles: &[i64]) -> Result<Pictures> {
        let mut titles = titles.to_vec();
        titles.sort_unstable();
        titles.dedup();
        let rows: Vec<(i64, i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
            "select a.title_id, a.kind, a.season, a.len_bytes, a.modified_ns, a.changed_ns, a.inode
             from json_each(?) j cross join artwork a on a.title_id = j.value",
        )
        .bind(json!(titles).to_string())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the pictures of titles"))?;
        let mut by_place = HashMap::with_capacity(rows.len());
        for (title, kind, season, len_bytes, modified_ns, changed_ns, inode) in rows {
            let picture = ArtworkRef {
                title: super::title_id(title)?,
                kind: ArtworkKind::of_code(kind)?,
                season: if season < 0 { None } else { Some(small(season)?) },
                tag: tag((len_bytes, modified_ns, changed_ns, inode)),
            };
            by_place.insert((title, kind, season), picture);
        }
        Ok(Pictures { by_place })
    }

    fn item(
        &self,
        row: ItemRow,
        files: Vec<FileSummary>,
        pictures: &Pictures,
    ) -> Result<TitleItem> {
        let own = |kind| pictures.of(row.id, kind, -1);
        let inherited = |kind| row.parent_id.and_then(|parent| pictures.of(parent, kind, -1));
        let of_season = row
            .parent_id
            .zip(row.season_number)
            .and_then(|(parent, season)| pictures.of(parent, ArtworkKind::Poster, season));
        let roots = self.roots();
        let series = match (row.parent_id, row.parent_name) {
            (Some(id), Some(name)) if row.parent_kind == Some(TitleKind::Series.code()) => {
                Some(SeriesRef { id: super::title_id(id)?, name })
            }
            _ => None,
        };
        let progress = match (row.position_ms, row.watched_ms, row.is_watched, row.updated_at_ms) {
            (Some(position), Some(duration), Some(is_watched), Some(at_ms)) => {
                Some(Progress::of_row((position, duration, is_watched, at_ms)))
            }
            _ => None,
        };
        Ok(TitleItem {
            id: super::title_id(row.id)?,
            kind: TitleKind::of_code(row.kind)?,
            name: row.name,
            year: row.year.map(small).transpose()?,
            duration_ms: row.duration_ms.map(from_sql),
            genres: serde_json::from_str(&row.genres).unwrap_or_default(),
            tagline: row.tagline,
            plot: row.plot,
            added_at_ms: row.added_at_ms,
            is_available: row.is_series_available
                || files.iter().any(|file| roots.is_available(file.root)),
            series,
            season_number: row.season_number.map(small).transpose()?,
            episode_number: row.episode_number.map(small).transpose()?,
            episode_number_end: row.episode_number_end.map(small).transpose()?,
            progress,
            poster: own(ArtworkKind::Poster)
                .or(of_season)
                .or_else(|| inherited(ArtworkKind::Poster)),
            backdrop: own(ArtworkKind::Backdrop).or_else(|| inherited(ArtworkKind::Backdrop)),
            logo: own(ArtworkKind::Logo).or_else(|| inherited(ArtworkKind::Logo)),
            thumb: own(ArtworkKind::Thumb),
            files,
        })
    }
}

/// A number that is another one when the picture's file changed.
fn tag(version: VersionRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    version_of(version).hash(&mut hasher);
    hasher.finish()
}
