//! Titles as lists show them. A page costs the same few statements however many titles are on it.

use std::collections::HashMap;

use serde_json::json;
use sqlx::FromRow;

use super::Catalog;
use super::codes::{VersionRow, from_sql, key_of, season_of, small, version_of};
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
    /// The viewer likes it.
    pub is_favourite: bool,
    /// Of a series, its episodes.
    pub episodes: Option<EpisodeCounts>,
    /// Its poster, else the season's, else the one of what it belongs to.
    pub poster: Option<ArtworkRef>,
    /// Its backdrop, else the one of what it belongs to.
    pub backdrop: Option<ArtworkRef>,
    /// Its logo, else the one of what it belongs to.
    pub logo: Option<ArtworkRef>,
    /// A picture of an episode.
    pub thumb: Option<ArtworkRef>,
    /// A picture from the first of its files in which something moves, one that can be reached
    /// before others; of a series from its first episode, specials last.
    pub still: Option<StillRef>,
    /// Its files, by part; none for a series.
    pub files: Vec<FileSummary>,
}

/// How many episodes a series has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpisodeCounts {
    /// Episodes that are listed.
    pub listed: u64,
    /// Of these, those that the viewer watched.
    pub watched: u64,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtworkRef {
    /// The title it is filed under; the series' for an episode without one of its own.
    pub title: TitleId,
    /// What it shows.
    pub kind: ArtworkKind,
    /// The season whose poster it is.
    pub season: Option<u32>,
    /// Another number when the picture is another one, for URLs that are cached for good.
    pub tag: u64,
    /// Its ThumbHash in base64, once it was made small.
    pub hash: Option<String>,
}

/// The picture that stands for a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillRef {
    /// The file that it is taken from.
    pub file: FileId,
    /// [`crate::storage::Version::tag`] of that file.
    pub tag: u64,
    /// Its ThumbHash in base64, once it was made.
    pub hash: Option<String>,
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
    is_favourite: bool,
    episodes_listed: i64,
    episodes_watched: Option<i64>,
}

#[derive(FromRow)]
struct FileSummaryRow {
    id: i64,
    title_id: i64,
    root_id: i64,
    key: Vec<u8>,
    len_bytes: i64,
    modified_ns: i64,
    changed_ns: i64,
    inode: i64,
    still_hash: Option<String>,
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
    /// The picture that stands for it, where anything moves.
    fn still(&self) -> Result<Option<StillRef>> {
        if self.width.is_none_or(|width| width <= 0) {
            return Ok(None);
        }
        let version = (self.len_bytes, self.modified_ns, self.changed_ns, self.inode);
        Ok(Some(still(self.id, version, self.still_hash.clone())?))
    }

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

/// The files of a title in order, each with the picture that stands for it.
type Files = Vec<(FileSummary, Option<StillRef>)>;

/// Pictures of some titles, by title, kind and season (-1 for the title's own).
pub(super) struct Pictures {
    by_place: HashMap<(i64, i64, i64), ArtworkRef>,
}

impl Pictures {
    pub(super) fn of(&self, title: i64, kind: ArtworkKind, season: i64) -> Option<ArtworkRef> {
        self.by_place.get(&(title, kind.code(), season)).cloned()
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
             w.position_ms, w.duration_ms as watched_ms, w.is_watched, w.updated_at_ms,
             exists (select 1 from favourites m where m.viewer_id = ?2 and m.title_id = t.id)
                 as is_favourite,
             t.episodes_listed, s.episodes_watched
             from json_each(?1) j cross join titles t on t.id = j.value
             left join titles p on p.id = t.parent_id
             left join progress w on w.viewer_id = ?2 and w.title_id = t.id
             left join watching s on s.viewer_id = ?2 and s.title_id = t.id
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
        let series: Vec<i64> = rows
            .iter()
            .filter(|row| row.kind == TitleKind::Series.code())
            .map(|row| row.id)
            .collect();
        let (mut files, pictures, mut stills) = tokio::try_join!(
            self.files_of(&ids_json),
            self.pictures(&with_parents),
            self.stills_of_series(&series)
        )?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let files = files.remove(&row.id).unwrap_or_default();
            let of_series = stills.remove(&row.id);
            items.push(self.item(row, files, of_series, &pictures)?);
        }
        Ok(items)
    }

    /// Files that are there, by title.
    async fn files_of(&self, titles: &str) -> Result<HashMap<i64, Files>> {
        let rows: Vec<FileSummaryRow> = sqlx::query_as(
            "select f.id, f.title_id, f.root_id, f.key, f.len_bytes, f.modified_ns, f.changed_ns,
             f.inode, f.still_hash, f.container, f.video_codec, f.audio_codec, f.codecs, f.width,
             f.height, f.duration_ms, f.hdr, f.edition, f.part
             from json_each(?) j cross join files f on f.title_id = j.value
             where f.gone_at_ms is null",
        )
        .bind(titles)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the files of titles"))?;
        let mut files: HashMap<i64, Files> = HashMap::new();
        for row in rows {
            let (title, still) = (row.title_id, row.still()?);
            files.entry(title).or_default().push((row.summary()?, still));
        }
        for files in files.values_mut() {
            files.sort_by_key(|(file, _)| (file.part, file.id));
        }
        Ok(files)
    }

    /// The pictures that stand for series, by title.
    async fn stills_of_series(&self, series: &[i64]) -> Result<HashMap<i64, StillRef>> {
        type Row = (i64, i64, i64, i64, i64, i64, Option<String>);
        if series.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<Row> = sqlx::query_as(STILLS_OF_SERIES)
            .bind(json!(series).to_string())
            .fetch_all(&self.engine().readers)
            .await
            .map_err(failed("looking for pictures of series"))?;
        let mut stills = HashMap::with_capacity(rows.len());
        for (series, file, len_bytes, modified_ns, changed_ns, inode, hash) in rows {
            let version = (len_bytes, modified_ns, changed_ns, inode);
            stills.insert(series, still(file, version, hash)?);
        }
        Ok(stills)
    }

    pub(super) async fn pictures(&self, titles: &[i64]) -> Result<Pictures> {
        type Row = (i64, i64, i64, i64, i64, i64, i64, Option<String>);
        let mut titles = titles.to_vec();
        titles.sort_unstable();
        titles.dedup();
        let rows: Vec<Row> = sqlx::query_as(
            "select a.title_id, a.kind, a.season, a.len_bytes, a.modified_ns, a.changed_ns, a.inode,
             a.hash
             from json_each(?) j cross join artwork a on a.title_id = j.value",
        )
        .bind(json!(titles).to_string())
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the pictures of titles"))?;
        let mut by_place = HashMap::with_capacity(rows.len());
        for (title, kind, season, len_bytes, modified_ns, changed_ns, inode, hash) in rows {
            let picture = ArtworkRef {
                title: super::title_id(title)?,
                kind: ArtworkKind::of_code(kind)?,
                season: season_of(season)?,
                tag: version_of((len_bytes, modified_ns, changed_ns, inode)).tag(),
                hash,
            };
            by_place.insert((title, kind, season), picture);
        }
        Ok(Pictures { by_place })
    }

    fn item(
        &self,
        row: ItemRow,
        files: Files,
        of_series: Option<StillRef>,
        pictures: &Pictures,
    ) -> Result<TitleItem> {
        let own = |kind| pictures.of(row.id, kind, -1);
        let inherited = |kind| row.parent_id.and_then(|parent| pictures.of(parent, kind, -1));
        let of_season = row
            .parent_id
            .zip(row.season_number)
            .and_then(|(parent, season)| pictures.of(parent, ArtworkKind::Poster, season));
        let roots = self.roots();
        let of_file = files
            .iter()
            .filter(|(_, still)| still.is_some())
            .min_by_key(|(file, _)| !roots.is_available(file.root))
            .and_then(|(_, still)| still.clone());
        let files: Vec<FileSummary> = files.into_iter().map(|(file, _)| file).collect();
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
            is_favourite: row.is_favourite,
            episodes: (row.kind == TitleKind::Series.code()).then(|| EpisodeCounts {
                listed: from_sql(row.episodes_listed),
                watched: row.episodes_watched.map_or(0, from_sql),
            }),
            poster: own(ArtworkKind::Poster)
                .or(of_season)
                .or_else(|| inherited(ArtworkKind::Poster)),
            backdrop: own(ArtworkKind::Backdrop).or_else(|| inherited(ArtworkKind::Backdrop)),
            logo: own(ArtworkKind::Logo).or_else(|| inherited(ArtworkKind::Logo)),
            thumb: own(ArtworkKind::Thumb),
            still: of_file.or(of_series),
            files,
        })
    }
}

macro_rules! first_moving_file {
    ($seasons:literal) => {
        concat!(
            "(select f.id from titles e cross join files f on f.title_id = e.id
              where e.parent_id = j.value and e.kind = 4 and e.season_number ",
            $seasons,
            " and e.is_listed = 1 and f.gone_at_ms is null and f.width > 0
              order by e.season_number, e.episode_number, e.id, f.part, f.id limit 1)"
        )
    };
}

/// Of each series (?1) the first file in which something moves. Two stretches of an index, since one
/// with the specials last would have all episodes sorted.
pub(super) const STILLS_OF_SERIES: &str = concat!(
    "select j.value, f.id, f.len_bytes, f.modified_ns, f.changed_ns, f.inode, f.still_hash
     from json_each(?1) j cross join files f on f.id = coalesce(",
    first_moving_file!(">= 1"),
    ", ",
    first_moving_file!("= 0"),
    ")"
);

fn still(file: i64, version: VersionRow, hash: Option<String>) -> Result<StillRef> {
    Ok(StillRef { file: super::file_id(file)?, tag: version_of(version).tag(), hash })
}
