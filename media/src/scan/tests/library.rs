//! A library in a temporary folder, its catalog and its scanner.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::catalog::{
    ArtworkKind, Catalog, KnownFile, KnownFinding, LibraryRoot, LibrarySpec, PageRequest, Scan,
    ScanTrigger, TitleKind, TitleQuery,
};
use crate::ids::ViewerId;
use crate::scan::{ScanSettings, Scanner};

/// No scan of a test takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Library {
    pub(super) dir: tempfile::TempDir,
    pub(super) catalog: Catalog,
}

impl Library {
    /// Two empty roots, `one` and `two`.
    pub(super) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let roots = ["one", "two"].map(|name| dir.path().join(name));
        for root in &roots {
            std::fs::create_dir(root).expect("a new folder");
        }
        let catalog = Catalog::open(&dir.path().join("data")).await.expect("a new catalog");
        let spec = LibrarySpec { name: "Library".to_owned(), roots: roots.to_vec() };
        catalog.set_libraries(&[spec]).await.expect("configured");
        Self { dir, catalog }
    }

    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a film of a length that tells it from others.
    pub(super) fn film(&self, name: impl AsRef<Path>) -> &Self {
        let duration_s = name.as_ref().as_os_str().as_bytes().iter().map(|b| f64::from(*b)).sum();
        self.write(name, &matroska(duration_s))
    }

    pub(super) fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
        self
    }

    pub(super) fn rename(&self, from: &str, to: &str) {
        let to = self.path(to);
        std::fs::create_dir_all(to.parent().expect("a file in a folder")).expect("a folder");
        std::fs::rename(self.path(from), to).expect("renamed");
    }

    pub(super) fn settings() -> ScanSettings {
        ScanSettings { is_watching: false, ..ScanSettings::default() }
    }

    /// Scans once and tells what the catalog remembers of it.
    pub(super) async fn scan(&self) -> Scan {
        let stop = CancellationToken::new();
        let scanner = Scanner::start(self.catalog.clone(), Self::settings(), stop.clone());
        wait_for_first(&scanner).await;
        stop.cancel();
        scanner.stopped().await;
        self.newest_scan().await
    }

    pub(super) async fn newest_scan(&self) -> Scan {
        let page = PageRequest { limit: 1, cursor: None };
        let scans = self.catalog.scans(&page).await.expect("scans");
        scans.items.into_iter().next().expect("a scan")
    }

    pub(super) async fn findings(&self) -> Vec<KnownFinding> {
        let page = PageRequest { limit: 200, cursor: None };
        self.catalog.findings(&page).await.expect("findings").items
    }

    /// Paths of findings, sorted.
    pub(super) async fn finding_keys(&self) -> Vec<String> {
        let mut keys: Vec<_> =
            self.findings().await.iter().map(|it| it.finding.key.to_string()).collect();
        keys.sort();
        keys
    }

    pub(super) fn roots(&self) -> Vec<LibraryRoot> {
        self.catalog.libraries().into_iter().flat_map(|library| library.roots).collect()
    }

    async fn known(&self) -> Vec<(usize, KnownFile)> {
        let mut known = Vec::new();
        for (at, root) in self.roots().iter().enumerate() {
            let files = self.catalog.known_files(root.id).await.expect("known files");
            known.extend(files.into_iter().map(|file| (at, file)));
        }
        known
    }

    /// Files that are there, by root and key, sorted: `one/film.mkv`.
    pub(super) async fn present(&self) -> Vec<String> {
        let known = self.known().await;
        let mut names: Vec<_> = known
            .iter()
            .filter(|(_, file)| !file.is_gone)
            .map(|(root, file)| format!("{}/{}", ["one", "two"][*root], file.key))
            .collect();
        names.sort();
        names
    }

    /// The identifier under which a name is known, be it there or gone.
    pub(super) async fn id(&self, name: &str) -> i64 {
        let known = self.known().await;
        let found = known
            .iter()
            .find(|(root, file)| format!("{}/{}", ["one", "two"][*root], file.key) == name);
        found.unwrap_or_else(|| panic!("{name} is not known")).1.id.get()
    }

    /// Films and series with the pictures they have: `Heat: poster, poster 1`.
    pub(super) async fn titles_with_artwork(&self) -> Vec<String> {
        let query = TitleQuery {
            kinds: vec![TitleKind::Film, TitleKind::Series],
            page: PageRequest { limit: 200, cursor: None },
            ..TitleQuery::default()
        };
        let viewer = ViewerId::new(1).expect("positive");
        let titles = self.catalog.titles(viewer, &query).await.expect("titles").items;
        let mut written = Vec::new();
        for title in titles {
            let mut pictures = Vec::new();
            for (kind, word) in [
                (ArtworkKind::Backdrop, "backdrop"),
                (ArtworkKind::Logo, "logo"),
                (ArtworkKind::Poster, "poster"),
                (ArtworkKind::Thumb, "thumb"),
            ] {
                for (season, suffix) in [(None, ""), (Some(1), " 1")] {
                    let found = self.catalog.artwork(title.id, kind, season).await;
                    if found.expect("looked up").is_some() {
                        pictures.push(format!("{word}{suffix}"));
                    }
                }
            }
            written.push(format!("{}: {}", title.name, pictures.join(", ")));
        }
        written.sort();
        written
    }
}

pub(super) async fn wait_for_first(scanner: &Scanner) {
    let mut first = scanner.first_scan_done();
    timeout(PATIENCE, first.wait_for(|is_done| *is_done))
        .await
        .expect("the scan ends")
        .expect("the scanner lives");
}

/// Waits until what `is_so` asks for is so.
pub(super) async fn eventually(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it becomes so");
}

pub(super) fn request(scanner: &Scanner) -> crate::scan::Requested {
    scanner.request(ScanTrigger::Request)
}

/// The smallest Matroska file that describes a film: one VP9 track and a playing time.
pub(super) fn matroska(duration_s: f64) -> Vec<u8> {
    let duration = element(&[0x44, 0x89], &(duration_s * 1000.0).to_be_bytes());
    let scale = element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes());
    let info = element(&[0x15, 0x49, 0xa9, 0x66], &[scale, duration].concat());
    let size = element(&[0xe0], &[element(&[0xb0], &[64]), element(&[0xba], &[36])].concat());
    let track = [
        element(&[0xd7], &[1]),
        element(&[0x73, 0xc5], &[1]),
        element(&[0x83], &[1]),
        element(&[0x86], b"V_VP9"),
        size,
    ];
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track.concat()));
    let block = element(&[0xa3], &[0x81, 0, 0, 0x80, 1, 2, 3]);
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[element(&[0xe7], &[0]), block].concat());
    let header = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], b"matroska"));
    [header, element(&[0x18, 0x53, 0x80, 0x67], &[info, tracks, cluster].concat())].concat()
}

/// An EBML element with a size of eight bytes (RFC 8794 §4).
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u64) | 1 << 56;
    [id, &len.to_be_bytes(), body].concat()
}
