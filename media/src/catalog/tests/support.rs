//! A catalog in a folder of its own, and files that read as data.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::catalog::{
    ArtworkKind, ArtworkSource, Catalog, Facts, FoundArtwork, FoundFile, Identity, LibrarySpec,
    PageRequest, ScanTrigger, TitleItem, TitleQuery,
};
use crate::ids::{FileId, RootId, ScanId};
use crate::probe::{AudioDetails, Container, MediaInfo, Track, TrackDetails, VideoDetails};
use crate::storage::{Key, Version};

/// A catalog with one library of two roots.
pub(super) struct Shelf {
    pub(super) dir: TempDir,
    pub(super) catalog: Catalog,
    pub(super) roots: Vec<RootId>,
    pub(super) scan: ScanId,
}

impl Shelf {
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a new folder");
        let catalog = Catalog::open(dir.path()).await.expect("opens");
        Self::with(dir, catalog).await
    }

    async fn with(dir: TempDir, catalog: Catalog) -> Self {
        let libraries = catalog.set_libraries(&[library("Films", &["/a", "/b"])]).await;
        let libraries = libraries.expect("configured");
        let roots = libraries[0].roots.iter().map(|root| root.id).collect();
        let scan = catalog.begin_scan(ScanTrigger::Request).await.expect("begun");
        Self { dir, catalog, roots, scan }
    }

    pub(super) async fn reopened(self) -> Self {
        let Self { dir, catalog, .. } = self;
        catalog.close().await;
        drop(catalog);
        let catalog = Catalog::open(dir.path()).await.expect("opens again");
        Self::with(dir, catalog).await
    }

    pub(super) fn file(&self, key: &str, identity: Identity) -> FoundFile {
        found(self.roots[0], key, identity)
    }

    pub(super) fn film(&self, name: &str) -> FoundFile {
        self.file(&format!("{name}.mkv"), film(name))
    }

    pub(super) async fn commit(&self, files: Vec<FoundFile>) -> u64 {
        self.catalog.commit(self.scan, files).await.expect("committed").titles_added
    }

    pub(super) async fn next_scan(&mut self) {
        self.scan = self.catalog.begin_scan(ScanTrigger::Request).await.expect("begun");
    }

    pub(super) async fn list(&self, query: TitleQuery) -> Vec<TitleItem> {
        let page = PageRequest { limit: 200, ..query.page.clone() };
        let query = TitleQuery { page, ..query };
        self.catalog.titles(self.catalog.viewer(), &query).await.expect("listed").items
    }

    pub(super) async fn names(&self) -> Vec<String> {
        names(&self.list(TitleQuery::default()).await)
    }

    pub(super) async fn search(&self, text: &str) -> Vec<String> {
        names(&self.list(TitleQuery { text: Some(text.to_owned()), ..Default::default() }).await)
    }

    pub(super) async fn id_of(&self, key: &str) -> FileId {
        self.id_below(self.roots[0], key).await.expect("known")
    }

    pub(super) async fn id_below(&self, root: RootId, key: &str) -> Option<FileId> {
        let files = self.catalog.known_files(root).await.expect("known");
        files.into_iter().find(|file| file.key == self::key(key)).map(|file| file.id)
    }
}

pub(super) fn library(name: &str, roots: &[&str]) -> LibrarySpec {
    LibrarySpec { name: name.to_owned(), roots: roots.iter().map(PathBuf::from).collect() }
}

pub(super) fn names(items: &[TitleItem]) -> Vec<String> {
    items.iter().map(|item| item.name.clone()).collect()
}

pub(super) fn key(path: &str) -> Key {
    Key::new(path).expect("a key")
}

pub(super) fn film(name: &str) -> Identity {
    Identity::Film { name: name.to_owned(), year: Some(2000) }
}

pub(super) fn episode(series: &str, season: u32, episode: u32) -> Identity {
    Identity::Episode {
        series: series.to_owned(),
        series_year: None,
        season,
        episode,
        episode_end: episode,
    }
}

pub(super) fn version(n: i64) -> Version {
    Version { len_bytes: 1000, modified_ns: n * 1_000_000, changed_ns: n, inode: 7 }
}

pub(super) fn poster(path: &str, season: Option<u32>) -> FoundArtwork {
    FoundArtwork {
        kind: ArtworkKind::Poster,
        season,
        key: key(path),
        version: version(1),
        source: ArtworkSource::File,
    }
}

pub(super) fn facts(name: &str, genres: &[&str]) -> Facts {
    Facts {
        name: Some(name.to_owned()),
        genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
        ..Facts::default()
    }
}

/// A film of 100 seconds in H.264 and AAC.
pub(super) fn found(root: RootId, path: &str, identity: Identity) -> FoundFile {
    let track = |codec: &str, codec_string: &str, details| Track {
        number: 1,
        codec: codec.to_owned(),
        codec_string: Some(codec_string.to_owned()),
        language: None,
        name: None,
        duration_ms: None,
        is_default: true,
        is_forced: false,
        is_encrypted: false,
        details,
    };
    let video = VideoDetails { width: 1920, height: 1080, ..VideoDetails::default() };
    FoundFile {
        root,
        key: key(path),
        version: version(1),
        fingerprint: u64::MAX,
        surroundings: 1 << 63,
        moved_from: None,
        info: MediaInfo {
            container: Container::Matroska,
            duration_ms: Some(100_000),
            tracks: vec![
                track("h264", "avc1.64001f", TrackDetails::Video(video)),
                track("aac", "mp4a.40.2", TrackDetails::Audio(AudioDetails::default())),
            ],
            ..MediaInfo::default()
        },
        identity,
        facts: Facts::default(),
        series_facts: None,
        edition: None,
        part: None,
        artwork: Vec::new(),
        series_artwork: Vec::new(),
        subtitles: Vec::new(),
    }
}
