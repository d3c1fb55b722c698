//! Taking over what a scan found: one short transaction for a batch of files.
//!
//! Who keeps which identifier:
//!
//! - A file known under its root and key keeps its own, whatever it now holds.
//! - A file that was moved takes over the one of the file it was ([`FoundFile::moved_from`]).
//! - A title that every file of a batch leaves for one and the same new name takes on that name, so
//!   that renaming a film's or a series' folder changes no identifier.
//! - Where a title is left without a file for another one that was already there, what was watched
//!   of it goes along.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::json;
use sqlx::SqliteConnection;

use super::Catalog;
use super::codes::{now_ms, season_code, to_hex, to_sql};
use super::engine::failed;
use super::files::FileRow;
use super::identity::{TitleShape, name_key};
use super::model::{Facts, FoundArtwork, FoundFile, TitleKind};
use super::refresh::Refresh;
use super::roots::Roots;
use super::watching;
use crate::error::{Error, Kind, Result};
use crate::ids::{FileId, RootId, ScanId};
use crate::limits::{
    CATALOG_BATCH_MAX, FILES_PER_TITLE_MAX, GENRES_PER_TITLE_MAX, LANGUAGES_PER_TITLE_MAX,
    PEOPLE_PER_TITLE_MAX,
};
use crate::probe::{Hdr, MediaInfo, TrackDetails};

/// What a commit changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Titles that were not known before, series included.
    pub titles_added: u64,
}

const DOING: &str = "committing what a scan found";

impl Catalog {
    /// Takes over files that `scan` found, in transactions of at most [`CATALOG_BATCH_MAX`] files.
    ///
    /// Once this returns, the files are listed, found and located, and stay so after a crash. If its
    /// future is dropped, a transaction under way is finished.
    ///
    /// # Errors
    /// [`Kind::DiskFull`], [`Kind::Busy`] and what else keeps a transaction from being committed:
    /// then nothing of its batch was changed. [`Kind::Invalid`] for a root that is not configured.
    pub async fn commit(&self, scan: ScanId, files: Vec<FoundFile>) -> Result<Committed> {
        self.memory().load(self.engine()).await?;
        let mut rest = files;
        let mut committed = Committed::default();
        while !rest.is_empty() {
            let batch = rest.drain(..rest.len().min(CATALOG_BATCH_MAX)).collect();
            let catalog = self.clone();
            committed.titles_added +=
                super::detached(async move { catalog.commit_batch(scan, batch).await }).await?;
        }
        Ok(committed)
    }

    async fn commit_batch(&self, scan: ScanId, files: Vec<FoundFile>) -> Result<u64> {
        let roots = self.roots();
        let mut tx = self.engine().write().await?;
        let mut batch = Batch::new(&mut tx, scan);
        let places = batch.places(&roots, files).await?;
        batch.rename_titles(&places).await?;
        batch.look_up_titles(&places).await?;
        let mut rows = Vec::with_capacity(places.len());
        for place in &places {
            rows.push(batch.put(place).await?);
        }
        let titles_added = batch.refresh.created.len() as u64;
        batch.finish().await?;
        tx.commit().await.map_err(failed(DOING))?;
        self.memory().apply(rows, &[]);
        Ok(titles_added)
    }
}

/// A file of the batch: what was found, which title it holds, and the row it had before.
struct Place {
    found: FoundFile,
    library: i64,
    shape: TitleShape,
    before: Option<Before>,
}

#[derive(Clone, Copy)]
struct Before {
    file: i64,
    title: i64,
}

struct Batch<'t> {
    connection: &'t mut SqliteConnection,
    scan: ScanId,
    now_ms: i64,
    /// Titles looked up or made in this batch, by library and identity; `None` where there is none.
    titles: HashMap<(i64, String), Option<i64>>,
    /// The last number tried for a name that has more files than fit in one title.
    numbers: HashMap<(i64, String), u32>,
    /// Facts and pictures of series, which come with every episode.
    series_told: HashSet<i64>,
    /// Titles that a file left, and for which one.
    left: Vec<(i64, i64)>,
    refresh: Refresh,
}

impl<'t> Batch<'t> {
    fn new(connection: &'t mut SqliteConnection, scan: ScanId) -> Self {
        Self {
            connection,
            scan,
            now_ms: now_ms(),
            titles: HashMap::new(),
            numbers: HashMap::new(),
            series_told: HashSet::new(),
            left: Vec::new(),
            refresh: Refresh::default(),
        }
    }

    /// Finds the rows that the files had before.
    async fn places(&mut self, roots: &Roots, files: Vec<FoundFile>) -> Result<Vec<Place>> {
        // Of a file found twice the later state counts.
        let mut by_key: HashMap<(RootId, Vec<u8>), FoundFile> = HashMap::new();
        let mut order = Vec::new();
        for file in files {
            let key = (file.root, file.key.as_bytes().to_vec());
            if by_key.insert(key.clone(), file).is_none() {
                order.push(key);
            }
        }
        let keys: Vec<_> =
            order.iter().map(|(root, key)| json!([root.get(), to_hex(key)])).collect();
        let known: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select j.key, f.id, f.title_id from json_each(?) j
             cross join files f on f.root_id = j.value ->> 0 and f.key = unhex(j.value ->> 1)",
        )
        .bind(json!(keys).to_string())
        .fetch_all(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        let known: HashMap<i64, Before> =
            known.into_iter().map(|(at, file, title)| (at, Before { file, title })).collect();
        let mut taken: HashSet<i64> = known.values().map(|before| before.file).collect();
        let mut places = Vec::with_capacity(order.len());
        for (at, key) in (0..).zip(&order) {
            let Some(found) = by_key.remove(key) else { continue };
            let root = roots.configured(found.root).ok_or_else(|| {
                Error::new(Kind::Invalid, format!("no media folder has number {}", found.root))
            })?;
            let mut before = known.get(&at).copied();
            if let (None, Some(moved_from)) = (before, found.moved_from) {
                before = self.before_move(moved_from).await?.filter(|it| taken.insert(it.file));
            }
            let shape = TitleShape::of(&found.identity, found.root, &found.key);
            places.push(Place { found, library: root.library.get(), shape, before });
        }
        Ok(places)
    }

    /// The row of the file that was moved, unless this scan has already found it at a place.
    async fn before_move(&mut self, file: FileId) -> Result<Option<Before>> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("select id, title_id from files where id = ?1 and scan_id <> ?2")
                .bind(file.get())
                .bind(self.scan.get())
                .fetch_optional(&mut *self.connection)
                .await
                .map_err(failed(DOING))?;
        Ok(row.map(|(file, title)| Before { file, title }))
    }

    /// Gives a title its new name in place when all its files go there and nobody is there yet;
    /// first series by all their episodes, then what the files hold themselves.
    async fn rename_titles(&mut self, places: &[Place]) -> Result<()> {
        let mut series: HashMap<i64, Vec<&Place>> = HashMap::new();
        let mut titles: HashMap<i64, Vec<&Place>> = HashMap::new();
        for place in places {
            let Some(before) = place.before else { continue };
            titles.entry(before.title).or_default().push(place);
        }
        let ids: Vec<i64> = titles.keys().copied().collect();
        let rows: Vec<(i64, i64, String, Option<i64>)> = sqlx::query_as(
            "select id, library_id, identity, parent_id from titles
             where id in (select value from json_each(?))",
        )
        .bind(json!(ids).to_string())
        .fetch_all(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        for (id, library, identity, parent) in rows {
            let leaving = |it: &&Place| it.library != library || it.shape.identity != identity;
            let Some(of_title) = titles.get_mut(&id) else { continue };
            if !of_title.iter().any(leaving) {
                titles.remove(&id);
            } else if let Some(parent) = parent {
                series.entry(parent).or_default().extend(of_title.iter());
            }
        }
        for (id, places) in series {
            let targets = places.iter().map(|place| {
                let parent = place.shape.parent.as_deref();
                parent.map(|parent| (place.library, parent))
            });
            if let Some((library, shape)) = same(targets)
                && shape.kind == TitleKind::Series
                && self.all_files_are_in(id, places.len(), FILES_OF_SERIES).await?
            {
                self.rename(id, library, shape, None).await?;
            }
        }
        for (id, places) in titles {
            let targets = places.iter().map(|place| Some((place.library, &place.shape)));
            if let Some((library, shape)) = same(targets)
                && self.all_files_are_in(id, places.len(), FILES_OF_TITLE).await?
            {
                let parent = match &shape.parent {
                    Some(parent) => Some(self.title_named(library, parent).await?.0),
                    None => None,
                };
                self.rename(id, library, shape, parent).await?;
            }
        }
        Ok(())
    }

    /// Looks up in one statement which titles of the batch there are.
    async fn look_up_titles(&mut self, places: &[Place]) -> Result<()> {
        let with_parent = places.iter().flat_map(|place| {
            let shapes = [Some(&place.shape), place.shape.parent.as_deref()];
            shapes.into_iter().flatten().map(|shape| (place.library, shape.identity.clone()))
        });
        let wanted: Vec<(i64, String)> = with_parent.collect::<BTreeSet<_>>().into_iter().collect();
        let found: Vec<(i64, i64)> = sqlx::query_as(
            "select j.key, t.id from json_each(?) j
             cross join titles t on t.library_id = j.value ->> 0 and t.identity = j.value ->> 1",
        )
        .bind(json!(wanted).to_string())
        .fetch_all(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        let found: HashMap<i64, i64> = found.into_iter().collect();
        for (at, name) in (0..).zip(wanted) {
            self.titles.insert(name, found.get(&at).copied());
        }
        Ok(())
    }

    async fn all_files_are_in(
        &mut self,
        title: i64,
        files: usize,
        count: &'static str,
    ) -> Result<bool> {
        let present: i64 = sqlx::query_scalar(count)
            .bind(title)
            .fetch_one(&mut *self.connection)
            .await
            .map_err(failed(DOING))?;
        // A file that was gone and is back counts in the batch but not among those present.
        Ok(usize::try_from(present).is_ok_and(|present| present <= files))
    }

    /// Does nothing if another title has that name, or this one is of another kind.
    async fn rename(
        &mut self,
        title: i64,
        library: i64,
        shape: &TitleShape,
        parent: Option<i64>,
    ) -> Result<()> {
        // The old series of a renamed episode may be left without one.
        let old_parent: Option<i64> =
            sqlx::query_scalar("select parent_id from titles where id = ?")
                .bind(title)
                .fetch_one(&mut *self.connection)
                .await
                .map_err(failed(DOING))?;
        self.refresh.parents.extend(old_parent);
        sqlx::query(
            "update or ignore titles set library_id = ?2, identity = ?3, parent_id = ?4,
             season_number = ?5, episode_number = ?6, episode_number_end = ?7, year = ?8,
             name = ?9, name_key = ?10, facts_told = 0
             where id = ?1 and kind = ?11",
        )
        .bind(title)
        .bind(library)
        .bind(&shape.identity)
        .bind(parent)
        .bind(shape.season)
        .bind(shape.episode)
        .bind(shape.episode_end)
        .bind(shape.year)
        .bind(&shape.name)
        .bind(name_key(&shape.name))
        .bind(shape.kind.code())
        .execute(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }

    /// The title of this shape for the file that was `before`, made if need be.
    async fn title(
        &mut self,
        library: i64,
        shape: &TitleShape,
        before: Option<Before>,
    ) -> Result<i64> {
        let name = (library, shape.identity.clone());
        let mut n = self.numbers.get(&name).copied().unwrap_or(1);
        loop {
            let numbered = if n == 1 { shape.clone() } else { shape.numbered(n) };
            let (id, is_new) = self.title_named(library, &numbered).await?;
            let is_mine = before.is_some_and(|before| before.title == id);
            if is_new || is_mine || self.has_room(id).await? {
                self.numbers.insert(name, n);
                return Ok(id);
            }
            n += 1;
        }
    }

    async fn has_room(&mut self, title: i64) -> Result<bool> {
        let files: i64 = sqlx::query_scalar(FILES_OF_TITLE)
            .bind(title)
            .fetch_one(&mut *self.connection)
            .await
            .map_err(failed(DOING))?;
        Ok(files < FILES_PER_TITLE_MAX)
    }

    /// The title with exactly this identity, and whether it is new.
    async fn title_named(&mut self, library: i64, shape: &TitleShape) -> Result<(i64, bool)> {
        let name = (library, shape.identity.clone());
        let known = match self.titles.get(&name) {
            Some(known) => *known,
            None => sqlx::query_scalar(TITLE_BY_IDENTITY)
                .bind(library)
                .bind(&shape.identity)
                .fetch_optional(&mut *self.connection)
                .await
                .map_err(failed(DOING))?,
        };
        let id = if let Some(id) = known {
            id
        } else {
            let parent = match &shape.parent {
                Some(parent) => Some(Box::pin(self.title_named(library, parent)).await?.0),
                None => None,
            };
            let id: i64 = sqlx::query_scalar(
                "insert into titles (library_id, kind, identity, parent_id, season_number,
                 episode_number, episode_number_end, year, name, name_key, added_at_ms)
                 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id",
            )
            .bind(library)
            .bind(shape.kind.code())
            .bind(&shape.identity)
            .bind(parent)
            .bind(shape.season)
            .bind(shape.episode)
            .bind(shape.episode_end)
            .bind(shape.year)
            .bind(&shape.name)
            .bind(name_key(&shape.name))
            .bind(self.now_ms)
            .fetch_one(&mut *self.connection)
            .await
            .map_err(failed(DOING))?;
            self.refresh.created.insert(id);
            id
        };
        self.titles.insert(name, Some(id));
        Ok((id, known.is_none()))
    }

    /// Writes one file and what it tells of its title.
    async fn put(&mut self, place: &Place) -> Result<FileRow> {
        let Place { found, library, shape, before } = place;
        let title = self.title(*library, shape, *before).await?;
        let id = self.put_file(found, title, *before).await?;
        let parent = match &shape.parent {
            Some(parent) => Some(self.title_named(*library, parent).await?.0),
            None => None,
        };
        self.put_facts(title, id, shape, &found.facts, facts_told(&found.facts)).await?;
        self.put_artwork(title, id, found, &found.artwork).await?;
        let mut shown: Vec<PictureRow> = places(title, &found.artwork).collect();
        if let (Some(series), Some(parent)) = (parent, &shape.parent)
            && shape.kind == TitleKind::Episode
            && self.series_told.insert(series)
        {
            if let Some(facts) = &found.series_facts {
                // Every episode tells the same, so the latest to tell is right.
                self.put_facts(series, id, parent, facts, i64::MAX).await?;
            }
            self.put_artwork(series, id, found, &found.series_artwork).await?;
            shown.extend(places(series, &found.series_artwork));
        }
        if before.is_some() {
            self.drop_artwork_but(id, &shown).await?;
        }
        self.refresh.titles.insert(title);
        self.refresh.parents.extend(parent);
        if let Some(before) = before.filter(|before| before.title != title) {
            self.refresh.titles.insert(before.title);
            self.left.push((before.title, title));
        }
        Ok(FileRow {
            id: super::file_id(id)?,
            title: super::title_id(title)?,
            root: found.root,
            key: found.key.clone(),
            version: found.version,
            fingerprint: found.fingerprint,
            surroundings: found.surroundings,
            is_gone: false,
        })
    }

    async fn put_file(
        &mut self,
        found: &FoundFile,
        title: i64,
        before: Option<Before>,
    ) -> Result<i64> {
        let info = &found.info;
        let video = info.main_video();
        let audio = info.main_audio();
        let id: i64 = sqlx::query_scalar(
            "insert into files (id, root_id, key, title_id, len_bytes, modified_ns, changed_ns,
             inode, fingerprint, surroundings, scan_id, added_at_ms, edition, part, container,
             video_codec, audio_codec, codecs, width, height, duration_ms, hdr, audio_languages)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             on conflict (id) do update set root_id = excluded.root_id, key = excluded.key,
             title_id = excluded.title_id, len_bytes = excluded.len_bytes,
             modified_ns = excluded.modified_ns, changed_ns = excluded.changed_ns,
             inode = excluded.inode, fingerprint = excluded.fingerprint,
             surroundings = excluded.surroundings, scan_id = excluded.scan_id,
             gone_at_ms = null, edition = excluded.edition, part = excluded.part,
             container = excluded.container, video_codec = excluded.video_codec,
             audio_codec = excluded.audio_codec, codecs = excluded.codecs, width = excluded.width,
             height = excluded.height, duration_ms = excluded.duration_ms, hdr = excluded.hdr,
             audio_languages = excluded.audio_languages,
             still_hash = iif((files.len_bytes, files.modified_ns, files.changed_ns, files.inode)
                 = (excluded.len_bytes, excluded.modified_ns, excluded.changed_ns, excluded.inode),
                 files.still_hash, null)
             returning id",
        )
        .bind(before.map(|before| before.file))
        .bind(found.root.get())
        .bind(found.key.as_bytes())
        .bind(title)
        .bind(found.version.len_bytes.cast_signed())
        .bind(found.version.modified_ns)
        .bind(found.version.changed_ns)
        .bind(found.version.inode.cast_signed())
        .bind(found.fingerprint.cast_signed())
        .bind(found.surroundings.cast_signed())
        .bind(self.scan.get())
        .bind(self.now_ms)
        .bind(&found.edition)
        .bind(found.part.filter(|part| *part >= 1))
        .bind(info.container.name())
        .bind(video.map(|(track, _)| &track.codec))
        .bind(audio.map(|(track, _)| &track.codec))
        .bind(codecs(info))
        .bind(video.map(|(_, video)| video.width))
        .bind(video.map(|(_, video)| video.height))
        .bind(info.duration_ms.map(to_sql))
        .bind(video.and_then(|(_, video)| video.hdr).map(hdr_name))
        .bind(json!(audio_languages(info)).to_string())
        .fetch_one(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        let json = |value: serde_json::Result<String>| {
            value.map_err(|error| Error::with_source(Kind::Internal, DOING, error))
        };
        sqlx::query(
            "insert into file_details (file_id, info, subtitles) values (?, ?, ?)
             on conflict (file_id) do update set info = excluded.info,
             subtitles = excluded.subtitles",
        )
        .bind(id)
        .bind(json(serde_json::to_string(info))?)
        .bind(json(serde_json::to_string(&found.subtitles))?)
        .execute(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        Ok(id)
    }

    /// Writes what is told of a title, unless another of its files tells more.
    async fn put_facts(
        &mut self,
        title: i64,
        file: i64,
        shape: &TitleShape,
        facts: &Facts,
        told: i64,
    ) -> Result<()> {
        let name = facts.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&shape.name);
        let mut genres: Vec<&str> = Vec::new();
        for genre in facts.genres.iter().map(|genre| genre.trim()) {
            if !genre.is_empty() && !genres.contains(&genre) && genres.len() < GENRES_PER_TITLE_MAX
            {
                genres.push(genre);
            }
        }
        let people: Vec<_> = facts.people.iter().take(PEOPLE_PER_TITLE_MAX).collect();
        sqlx::query(
            "update titles set name = ?3, name_key = ?4, original_name = ?5, year = ?6,
             premiered = ?7, plot = ?8, tagline = ?9, content_rating = ?10, rating = ?11,
             collection = ?12, genres = ?13, studios = ?14, people = ?15, facts_file_id = ?2,
             facts_told = ?16
             where id = ?1 and (facts_file_id is null or facts_file_id = ?2 or facts_told <= ?16
                 or not exists (select 1 from files f where f.id = facts_file_id
                                and f.title_id = titles.id and f.gone_at_ms is null))",
        )
        .bind(title)
        .bind(file)
        .bind(name)
        .bind(name_key(facts.sort_name.as_deref().unwrap_or(name)))
        .bind(&facts.original_name)
        .bind(facts.year.or(shape.year))
        .bind(&facts.premiered)
        .bind(&facts.plot)
        .bind(&facts.tagline)
        .bind(&facts.content_rating)
        .bind(facts.rating.filter(|rating| rating.is_finite()))
        .bind(&facts.collection)
        .bind(json!(genres).to_string())
        .bind(json!(facts.studios).to_string())
        .bind(json!(people).to_string())
        .bind(told)
        .execute(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }

    async fn put_artwork(
        &mut self,
        title: i64,
        file: i64,
        found: &FoundFile,
        artwork: &[FoundArtwork],
    ) -> Result<()> {
        for picture in artwork {
            sqlx::query(
                "insert into artwork (title_id, kind, season, file_id, root_id, key,
                 len_bytes, modified_ns, changed_ns, inode, source)
                 values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 on conflict (title_id, kind, season) do update set file_id = excluded.file_id,
                 root_id = excluded.root_id, key = excluded.key, len_bytes = excluded.len_bytes,
                 modified_ns = excluded.modified_ns, changed_ns = excluded.changed_ns,
                 inode = excluded.inode, source = excluded.source,
                 hash = iif((artwork.root_id, artwork.key, artwork.len_bytes, artwork.modified_ns,
                     artwork.changed_ns, artwork.inode, artwork.source)
                     = (excluded.root_id, excluded.key, excluded.len_bytes, excluded.modified_ns,
                     excluded.changed_ns, excluded.inode, excluded.source), artwork.hash, null)",
            )
            .bind(title)
            .bind(picture.kind.code())
            .bind(season_code(picture.season))
            .bind(file)
            .bind(found.root.get())
            .bind(picture.key.as_bytes())
            .bind(picture.version.len_bytes.cast_signed())
            .bind(picture.version.modified_ns)
            .bind(picture.version.changed_ns)
            .bind(picture.version.inode.cast_signed())
            .bind(json!(picture.source).to_string())
            .execute(&mut *self.connection)
            .await
            .map_err(failed(DOING))?;
        }
        Ok(())
    }

    /// Forgets the pictures that a file came with before and comes with no more.
    async fn drop_artwork_but(&mut self, file: i64, shown: &[PictureRow]) -> Result<()> {
        sqlx::query(
            "delete from artwork where file_id = ?1 and (title_id, kind, season) not in
             (select value ->> 0, value ->> 1, value ->> 2 from json_each(?2))",
        )
        .bind(file)
        .bind(json!(shown).to_string())
        .execute(&mut *self.connection)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }

    /// Brings lists and search up to date and takes progress along.
    async fn finish(mut self) -> Result<()> {
        let left: BTreeSet<(i64, i64)> = self.left.drain(..).collect();
        if !left.is_empty() {
            let old: Vec<i64> = left.iter().map(|(old, _)| *old).collect();
            let parents: Vec<i64> = sqlx::query_scalar(
                "select parent_id from titles where parent_id is not null
                 and id in (select value from json_each(?))",
            )
            .bind(json!(old).to_string())
            .fetch_all(&mut *self.connection)
            .await
            .map_err(failed(DOING))?;
            self.refresh.parents.extend(parents);
        }
        self.refresh.run(self.connection).await?;
        for (old, new) in &left {
            for step in MOVES {
                sqlx::query(step)
                    .bind(old)
                    .bind(new)
                    .execute(&mut *self.connection)
                    .await
                    .map_err(failed(DOING))?;
            }
        }
        let touched: BTreeSet<i64> = left.into_iter().flat_map(|(old, new)| [old, new]).collect();
        watching::refresh_with_series(self.connection, &touched).await
    }
}

/// What a viewer did with a title (?1) that no file holds any more goes to another one (?2).
const MOVES: [&str; 3] = [
    "update or ignore progress set title_id = ?2 where title_id = ?1
     and exists (select 1 from titles where id = ?1 and is_listed = 0)",
    "update or ignore favourites set title_id = ?2 where title_id = ?1
     and exists (select 1 from titles where id = ?1 and is_listed = 0)",
    "update or ignore collection_titles set title_id = ?2 where title_id = ?1
     and exists (select 1 from titles where id = ?1 and is_listed = 0)
     and collection_id in (select id from collections where is_editable = 1)",
];

/// Title, kind and season: what names a row of `artwork`.
type PictureRow = (i64, i64, i64);

fn places(title: i64, artwork: &[FoundArtwork]) -> impl Iterator<Item = PictureRow> {
    artwork.iter().map(move |it| (title, it.kind.code(), season_code(it.season)))
}

const TITLE_BY_IDENTITY: &str = "select id from titles where library_id = ? and identity = ?";

const FILES_OF_TITLE: &str = "select count(*) from files where title_id = ? and gone_at_ms is null";

const FILES_OF_SERIES: &str = "select count(*) from titles e join files f on f.title_id = e.id
     where e.parent_id = ? and f.gone_at_ms is null";

/// The one target that all have, if they have one.
fn same<'s>(
    mut targets: impl Iterator<Item = Option<(i64, &'s TitleShape)>>,
) -> Option<(i64, &'s TitleShape)> {
    let (library, shape) = targets.next()??;
    let all_alike = targets.all(|target| {
        target.is_some_and(|(other, it)| other == library && it.identity == shape.identity)
    });
    all_alike.then_some((library, shape))
}

/// How many facts are told.
fn facts_told(facts: &Facts) -> i64 {
    let told = [
        facts.name.is_some(),
        facts.sort_name.is_some(),
        facts.original_name.is_some(),
        facts.year.is_some(),
        facts.premiered.is_some(),
        facts.plot.is_some(),
        facts.tagline.is_some(),
        !facts.genres.is_empty(),
        !facts.people.is_empty(),
        !facts.studios.is_empty(),
        facts.content_rating.is_some(),
        facts.rating.is_some(),
        facts.collection.is_some(),
    ];
    i64::from(told.into_iter().map(u8::from).sum::<u8>())
}

/// The `codecs` parameter of RFC 6381 for the tracks that a player would choose; absent where one of
/// them cannot be told, since a wrong one makes a browser refuse what it could play.
fn codecs(info: &MediaInfo) -> Option<String> {
    let tracks = [info.main_video().map(|it| it.0), info.main_audio().map(|it| it.0)];
    let strings: Option<Vec<&str>> =
        tracks.iter().flatten().map(|track| track.codec_string.as_deref()).collect();
    strings.filter(|strings| !strings.is_empty()).map(|strings| strings.join(", "))
}

/// Languages of the sound, each once.
fn audio_languages(info: &MediaInfo) -> BTreeSet<&str> {
    let audio = info.tracks.iter().filter(|it| matches!(it.details, TrackDetails::Audio(_)));
    audio.filter_map(|it| it.language.as_deref()).take(LANGUAGES_PER_TITLE_MAX).collect()
}

fn hdr_name(hdr: Hdr) -> &'static str {
    match hdr {
        Hdr::Hdr10 => "hdr10",
        Hdr::Hdr10Plus => "hdr10_plus",
        Hdr::Hlg => "hlg",
        Hdr::DolbyVision => "dolby_vision",
    }
}
