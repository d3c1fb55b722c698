//! Pictures by request: kept from before, or made by the pool now.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use moka::sync::Cache;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::decode::{Decoders, KeyframeDecoder as _, Wanted};
use super::film::Film;
use super::jpeg::encode_jpeg;
use super::manners::{DiskDemand, Polite};
use super::picture::Picture;
use super::pool::{Cancel, Pool, PoolSettings, PoolState, Priority};
use super::render::render;
use super::spent::{Account, Spent};
use super::store::{PictureKey, Store};
use super::storyboard::Storyboard;
use crate::catalog::FileLocation;
use crate::error::{Error, Kind, Result};
use crate::ids::FileId;
use crate::limits;
use crate::probe::{Ffprobe, probe_object};
use crate::storage::{Key, Root, Version};

/// How pictures are made and where they are kept.
#[derive(Debug)]
pub struct ThumbnailSettings {
    /// The folder for what was made; nobody else's.
    pub folder: PathBuf,
    /// Bytes that it may take on the disk.
    pub bytes_max: u64,
    /// What decodes.
    pub decoders: Decoders,
    /// What describes containers that our walkers do not read.
    pub ffprobe: Option<Arc<Ffprobe>>,
    /// Tells when viewers wait for disks, to let them go first.
    pub disk_demand: DiskDemand,
    /// The measures of the pool.
    pub pool: PoolSettings,
}

/// A file that pictures are asked of.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its identifier.
    pub file: FileId,
    /// The folder that it lies below.
    pub root: Root,
    /// Its name below that.
    pub key: Key,
    /// The state that is known of it; it may have changed since.
    pub version: Version,
}

impl From<&FileLocation> for Source {
    fn from(location: &FileLocation) -> Self {
        Self {
            file: location.id,
            root: Root::new(&*location.root_path),
            key: location.key.clone(),
            version: location.version,
        }
    }
}

/// A picture, ready to be sent.
#[derive(Clone, Debug)]
pub struct Thumbnail {
    jpeg: Arc<[u8]>,
    /// What it is a picture of.
    key: PictureKey,
}

impl Thumbnail {
    /// A JPEG.
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// A name for these bytes: another version of the file, place or width has another.
    pub fn tag(&self) -> String {
        self.key.tag()
    }
}

/// Makes pictures of films and keeps them. Clones are the same.
#[derive(Clone)]
pub struct Thumbnails {
    pool: Pool<PictureKey, Made>,
    maker: Arc<Maker>,
}

/// What the pool's work gives.
pub(super) enum Made {
    Film(Arc<Film>),
    /// As it is kept: a JPEG, or any picture behind its [`Label`](super::hashed::Label).
    Jpeg {
        bytes: Arc<[u8]>,
        is_kept: AtomicBool,
    },
}

/// What the pool's work needs.
pub(super) struct Maker {
    pub(super) decoders: Polite,
    ffprobe: Option<Arc<Ffprobe>>,
    store: Store,
    films: Cache<FileId, Arc<Film>>,
    spent: Account,
}

impl Thumbnails {
    /// Opens the folder and starts the pool. Blocks on the disk.
    ///
    /// # Errors
    /// Those of [`Store::open`] and [`Pool::start`].
    pub fn start(settings: ThumbnailSettings) -> Result<Self> {
        let store = Store::open(settings.folder, settings.bytes_max)?;
        let films = Cache::builder()
            .max_capacity(limits::FILMS_OPEN_MAX)
            .time_to_idle(limits::FILMS_OPEN_IDLE_MAX)
            .build();
        let ThumbnailSettings { decoders, ffprobe, disk_demand, .. } = settings;
        let decoders = Polite { decoders, disk_demand };
        let spent = Account::default();
        let maker = Arc::new(Maker { decoders, ffprobe, store, films, spent });
        Ok(Self { pool: Pool::start(settings.pool)?, maker })
    }

    /// The key frame that is shown at a position or last before it, as a JPEG of
    /// [`thumbnail_width`] pixels. Never blocks the calling thread. Dropping the future gives up the
    /// place in the queue; what runs for nobody else is told so.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if nothing moves in the file; [`Kind::Invalid`] and [`Kind::Unsupported`] if
    /// no picture can be made of it, which is remembered; [`Kind::Busy`] if the queue is full or it
    /// takes too long; those of [`Root::open`].
    pub async fn thumbnail(
        &self,
        source: &Source,
        position_ms: u64,
        width: u32,
    ) -> Result<Thumbnail, Arc<Error>> {
        let film = self.film(source, Priority::Waiting).await?;
        let at_ms = picture_position_ms(&film, position_ms);
        let width = thumbnail_width(width);
        let name = format!("frame-{at_ms}-{width}");
        let key = PictureKey::new(source.file, film.object().version(), name);
        if let Some(kept) = self.kept(key.clone()).await? {
            return Ok(Thumbnail { jpeg: kept.into(), key });
        }
        self.picture(key, &film.clone(), Priority::Waiting, move |maker, cancel| {
            let wanted = Wanted { position_ms: at_ms, width };
            let frame = maker.decoders.decode(&film, wanted, &|| cancel.is_cancelled())?;
            cancel.check()?;
            render(&frame, film.video().into(), width)
        })
        .await
    }

    /// What a film's storyboard is made of. Never blocks the calling thread.
    ///
    /// # Errors
    /// Those of [`Self::thumbnail`], and [`Storyboard::of`].
    pub async fn storyboard(&self, source: &Source) -> Result<Storyboard, Arc<Error>> {
        self.plan(source, Priority::Waiting).await
    }

    /// A sheet of a film's storyboard, counted from 0, as a JPEG. Never blocks the calling thread.
    ///
    /// # Errors
    /// Those of [`Self::thumbnail`], and [`Storyboard::sheet`].
    pub async fn sheet(&self, source: &Source, index: usize) -> Result<Thumbnail, Arc<Error>> {
        self.sheet_for(source, index, Priority::Waiting).await
    }

    /// The plan that was kept, or a new one.
    pub(super) async fn plan(
        &self,
        source: &Source,
        priority: Priority,
    ) -> Result<Storyboard, Arc<Error>> {
        let (_, kept) = self.look_up(source, Storyboard::name()).await?;
        if let Some(plan) = kept.and_then(|bytes| Storyboard::from_bytes(&bytes).ok()) {
            return Ok(plan);
        }
        let film = self.film(source, priority).await?;
        let plan = Storyboard::of(&film)?;
        let key = PictureKey::new(source.file, film.object().version(), Storyboard::name());
        let (maker, bytes) = (Arc::clone(&self.maker), plan.to_bytes());
        spawn_blocking(move || maker.put(&key, &bytes)).await.map_err(ended)?;
        Ok(plan)
    }

    /// The sheet that was kept, or a new one.
    pub(super) async fn sheet_for(
        &self,
        source: &Source,
        index: usize,
        priority: Priority,
    ) -> Result<Thumbnail, Arc<Error>> {
        let (key, kept) = self.look_up(source, Storyboard::sheet_name(index)).await?;
        if let Some(jpeg) = kept {
            return Ok(Thumbnail { jpeg: jpeg.into(), key });
        }
        let film = self.film(source, priority).await?;
        let storyboard = Storyboard::of(&film)?;
        if index >= storyboard.sheet_count() {
            return Err(Arc::new(Error::new(Kind::NotFound, "the storyboard has no such sheet")));
        }
        let name = Storyboard::sheet_name(index);
        let key = PictureKey::new(source.file, film.object().version(), name);
        self.picture(key, &film.clone(), priority, move |maker, cancel| {
            storyboard.sheet(&film, index, &maker.decoders, &|| cancel.is_cancelled())
        })
        .await
    }

    /// What `draw` makes of a film.
    async fn picture(
        &self,
        key: PictureKey,
        film: &Film,
        priority: Priority,
        draw: impl FnOnce(&Maker, &Cancel) -> Result<Picture> + Send + 'static,
    ) -> Result<Thumbnail, Arc<Error>> {
        let bytes = self.cost_bytes(film);
        let made = self.ask(&key, priority, bytes, move |maker, cancel| {
            let bytes = encode_jpeg(&draw(maker, cancel)?)?;
            Ok(Made::Jpeg { bytes: bytes.into(), is_kept: AtomicBool::new(false) })
        });
        match &*made.await? {
            Made::Jpeg { bytes, .. } => Ok(Thumbnail { jpeg: Arc::clone(bytes), key }),
            Made::Film(_) => Err(Arc::new(mixed_up())),
        }
    }

    /// Bytes of memory that a picture of a film may take while it is made.
    pub(super) fn cost_bytes(&self, film: &Film) -> u64 {
        self.maker.decoders.cost_bytes(film)
    }

    /// How the pool is doing. Does not block.
    pub fn state(&self) -> PoolState {
        self.pool.state()
    }

    /// Bytes that pictures take on the disk.
    pub fn kept_bytes(&self) -> u64 {
        self.maker.store.len_bytes()
    }

    /// Bytes that they may take.
    pub fn kept_bytes_max(&self) -> u64 {
        self.maker.store.bytes_max()
    }

    /// What all that was made has cost since the start. Never blocks.
    pub fn spent(&self) -> Spent {
        self.maker.spent.total()
    }

    /// Whether viewers wait for disks now.
    pub(super) fn is_disk_wanted(&self) -> bool {
        self.maker.decoders.disk_demand.is_there()
    }

    /// Whether a sheet is kept of the version that is known of a file. Never blocks for long.
    pub(super) fn has_sheet(&self, source: &Source, index: usize) -> bool {
        let name = Storyboard::sheet_name(index);
        self.has(&PictureKey::new(source.file, source.version, name))
    }

    /// Whether anything is kept under a key. Never blocks for long.
    pub(super) fn has(&self, key: &PictureKey) -> bool {
        self.maker.store.contains(key)
    }

    /// Takes nothing on any more and waits for what runs, as [`Pool::drain`].
    pub async fn drain(&self, time_max: Duration) {
        self.pool.drain(time_max).await;
    }

    /// The film of a file, open and with its index; of a file that was changed or replaced, anew.
    pub(super) async fn film(
        &self,
        source: &Source,
        priority: Priority,
    ) -> Result<Arc<Film>, Arc<Error>> {
        if let Some(film) = self.maker.films.get(&source.file) {
            if film.object().is_current() {
                return Ok(film);
            }
            self.maker.films.invalidate(&source.file);
        }
        let key = PictureKey::new(source.file, source.version, "film");
        let source = source.clone();
        let made = self.ask(&key, priority, limits::FILM_BYTES_MAX, move |maker, _| {
            let object = source.root.open(&source.key)?;
            let file_name = source.key.file_name();
            let info = probe_object(&object, &file_name, maker.ffprobe.as_deref())?;
            Ok(Made::Film(Arc::new(Film::open(object, &info)?)))
        });
        match &*made.await? {
            Made::Film(film) => Ok(Arc::clone(film)),
            Made::Jpeg { .. } => Err(Arc::new(mixed_up())),
        }
    }

    /// Has something made, unless it is remembered that it cannot be.
    ///
    /// What comes of it is kept by who asked, not by the pool's threads: those are of the lowest
    /// priority, and nobody may wait for a lock that one of them holds.
    pub(super) async fn ask(
        &self,
        key: &PictureKey,
        priority: Priority,
        bytes: u64,
        work: impl FnOnce(&Maker, &Cancel) -> Result<Made> + Send + 'static,
    ) -> Result<Arc<Made>, Arc<Error>> {
        if let Some(failure) = self.maker.store.failure(key) {
            return Err(Arc::new(Error::new(failure.kind, failure.text)));
        }
        let maker = Arc::clone(&self.maker);
        let work = move |cancel: &Cancel| maker.spent.of(|| work(&maker, cancel));
        #[cfg(not(feature = "counter-proof"))]
        let made = self.pool.ask(key.clone(), priority, bytes, work)?.await;
        #[cfg(feature = "counter-proof")]
        let made = super::counter_proof::ask(&self.pool, key.clone(), priority, bytes, work).await;
        match &made {
            Ok(made) => {
                let keeping = self.keep(key, made);
                // Nobody waits for it now, and who makes ahead must know how much is kept.
                if let (Some(keeping), Priority::Background) = (keeping, priority) {
                    let _ = keeping.await;
                }
            }
            Err(error) => self.maker.store.put_failure(key, error),
        }
        made
    }

    /// Keeps what was made, once for all who asked for it.
    fn keep(&self, key: &PictureKey, made: &Arc<Made>) -> Option<JoinHandle<()>> {
        let (maker, key, made) = (Arc::clone(&self.maker), key.clone(), Arc::clone(made));
        match &*made {
            Made::Film(film) => {
                maker.films.insert(key.file(), Arc::clone(film));
                None
            }
            Made::Jpeg { is_kept, .. } if is_kept.swap(true, Relaxed) => None,
            Made::Jpeg { .. } => Some(spawn_blocking(move || {
                let Made::Jpeg { bytes, .. } = &*made else { return };
                maker.put(&key, bytes);
            })),
        }
    }

    /// The key of a picture of the file as it is now, and what is kept of it.
    ///
    /// # Errors
    /// Those of [`Root::open`].
    async fn look_up(
        &self,
        source: &Source,
        name: String,
    ) -> Result<(PictureKey, Option<Vec<u8>>)> {
        let (maker, source) = (Arc::clone(&self.maker), source.clone());
        let look = move || {
            let version = source.root.open(&source.key)?.version();
            let key = PictureKey::new(source.file, version, name);
            let kept = maker.get(&key);
            Ok((key, kept))
        };
        spawn_blocking(look).await.map_err(ended)?
    }

    /// What is kept under a key.
    pub(super) async fn kept(&self, key: PictureKey) -> Result<Option<Vec<u8>>> {
        let maker = Arc::clone(&self.maker);
        spawn_blocking(move || maker.get(&key)).await.map_err(ended)
    }
}

impl Maker {
    /// What was made before; what cannot be read is made anew. Blocks on the disk.
    fn get(&self, key: &PictureKey) -> Option<Vec<u8>> {
        self.store.get(key).unwrap_or_default()
    }

    /// Keeps what was made; it is shown all the same if that fails. Blocks on the disk.
    fn put(&self, key: &PictureKey, bytes: &[u8]) {
        if let Err(error) = self.store.put(key, bytes) {
            tracing::warn!("a picture is not kept: {}", error.chain());
        }
    }
}

/// A thread for blocking work ended without an answer.
fn ended(error: JoinError) -> Error {
    Error::with_source(Kind::Internal, "reading or keeping a picture", error)
}

impl fmt::Debug for Thumbnails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thumbnails").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// The width in which pictures are made for who asks for `width`: that or the next larger one of
/// [`limits::THUMBNAIL_WIDTHS`], the largest if none is.
pub fn thumbnail_width(width: u32) -> u32 {
    let [.., largest] = limits::THUMBNAIL_WIDTHS;
    limits::THUMBNAIL_WIDTHS.into_iter().find(|made| *made >= width).unwrap_or(largest)
}

/// Where the picture lies that is shown at a position. Without an index nobody knows; whole seconds
/// then, so that a viewer cannot have one made for each millisecond.
pub(super) fn picture_position_ms(film: &Film, position_ms: u64) -> u64 {
    film.key_frame_at(position_ms).map_or_else(
        || position_ms.min(film.duration_ms().unwrap_or(u64::MAX)) / 1000 * 1000,
        |key_frame| key_frame.position_ms,
    )
}

/// The same key stands for two kinds of work.
pub(super) fn mixed_up() -> Error {
    Error::new(Kind::Internal, "a film was made where a picture was asked for, or the other way")
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::thumbnail::testing::{ffmpeg, psnr_db};
    use crate::thumbnail::{FfmpegProcess, NativeDecoder};

    /// Six seconds of which each has a grey of its own, a key frame each second.
    const GREYS: &str =
        "nullsrc=size=320x180:rate=10:duration=6,geq=lum='40+30*floor(T)':cb=128:cr=128";

    struct Library {
        folder: tempfile::TempDir,
        thumbnails: Thumbnails,
    }

    impl Library {
        fn new(process: Option<FfmpegProcess>) -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let thumbnails = Self::start(&folder, process);
            Self { folder, thumbnails }
        }

        fn start(folder: &tempfile::TempDir, process: Option<FfmpegProcess>) -> Thumbnails {
            let settings = ThumbnailSettings {
                folder: folder.path().join("pictures"),
                bytes_max: 1 << 20,
                decoders: Decoders::new(NativeDecoder::default(), process, false),
                ffprobe: Some(Arc::new(Ffprobe::new("ffprobe"))),
                disk_demand: DiskDemand::none(),
                pool: PoolSettings::default(),
            };
            Thumbnails::start(settings).expect("starts")
        }

        /// A film, as ffmpeg makes it of [`GREYS`] with these words.
        fn film(&self, name: &str, how: &str) -> Source {
            let mut command = std::process::Command::new("ffmpeg");
            command.args(["-v", "error", "-f", "lavfi", "-i", GREYS]);
            command.args(how.split_whitespace()).arg(self.folder.path().join(name));
            let output = command.stdin(Stdio::null()).output().expect("ffmpeg runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            self.source(name)
        }

        fn source(&self, name: &str) -> Source {
            let root = Root::new(self.folder.path());
            let key = Key::new(name).expect("a key");
            let version = root.open(&key).expect("opens").version();
            Source { file: FileId::new(7).expect("an identifier"), root, key, version }
        }
    }

    const H264: &str = "-c:v libx264 -preset ultrafast -g 10 -sc_threshold 0";

    /// The grey in the middle of a JPEG.
    fn grey(thumbnail: &Thumbnail) -> u8 {
        let decoded = image::load_from_memory(thumbnail.jpeg()).expect("a JPEG").into_rgb8();
        decoded.get_pixel(decoded.width() / 2, decoded.height() / 2).0[1]
    }

    #[tokio::test]
    async fn the_key_frame_of_the_place_is_shown_and_kept() {
        let library = Library::new(None);
        let source = library.film("a.mp4", H264);
        let thumbnails = &library.thumbnails;
        let mut tags = Vec::new();
        for (position_ms, expected) in [(0, 28), (2_999, 98), (3_000, 133), (99_999_999, 203)] {
            let shown = thumbnails.thumbnail(&source, position_ms, 160).await.expect("is made");
            assert!(grey(&shown).abs_diff(expected) < 4, "{} at {position_ms}", grey(&shown));
            tags.push(shown.tag());
        }
        let decoded = image::load_from_memory(
            thumbnails.thumbnail(&source, 0, 161).await.expect("is made").jpeg(),
        );
        assert_eq!(decoded.expect("a JPEG").width(), 320, "the next larger width");
        let made = thumbnails.state().done_total;
        for position_ms in [1, 2_000, 3_500, 5_000] {
            let kept = thumbnails.thumbnail(&source, position_ms, 100).await.expect("is kept");
            assert!(tags.contains(&kept.tag()), "{position_ms}");
        }
        assert_eq!(thumbnails.state().done_total, made, "nothing was made twice");

        // Another server over the same folder makes none either, but opens the film.
        thumbnails.drain(Duration::from_secs(10)).await;
        let next = Library::start(&library.folder, None);
        next.thumbnail(&source, 2_500, 160).await.expect("is kept");
        assert_eq!(next.state().done_total, 1);
    }

    #[tokio::test]
    async fn a_replaced_film_has_other_pictures() {
        let library = Library::new(None);
        let source = library.film("a.mp4", H264);
        let before = library.thumbnails.thumbnail(&source, 0, 160).await.expect("is made");
        library.film("b.mp4", &format!("-vf negate {H264}"));
        let path = |name: &str| library.folder.path().join(name);
        std::fs::rename(path("b.mp4"), path("a.mp4")).expect("replaced");
        let after = library.thumbnails.thumbnail(&source, 0, 160).await.expect("is made");
        assert!(grey(&after).abs_diff(grey(&before)) > 100);
        assert_ne!(after.tag(), before.tag());
    }

    #[tokio::test]
    async fn a_storyboard_shows_each_scene_where_it_is_told() {
        let library = Library::new(None);
        let source = library.film("a.mp4", H264);
        let storyboard = library.thumbnails.storyboard(&source).await.expect("a plan");
        let positions_ms: Vec<u64> = storyboard.scenes().iter().map(|s| s.position_ms).collect();
        assert_eq!(positions_ms, [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!(storyboard.sheet_count(), 1);
        let sheet = library.thumbnails.sheet(&source, 0).await.expect("is made");
        let decoded = image::load_from_memory(sheet.jpeg()).expect("a JPEG").into_rgb8();
        let layout = storyboard.layout();
        assert_eq!((decoded.width(), decoded.height()), (5 * layout.width, 2 * layout.height));
        for (index, expected) in [28_u8, 63, 98, 133, 168, 203].into_iter().enumerate() {
            let index = u32::try_from(index).expect("few");
            let (x, y) = (index % 5 * layout.width, index / 5 * layout.height);
            let grey = decoded.get_pixel(x + layout.width / 2, y + layout.height / 2).0[1];
            assert!(grey.abs_diff(expected) < 4, "{grey} at {index}");
        }
        let error = library.thumbnails.sheet(&source, 1).await.expect_err("there is one");
        assert_eq!(error.kind(), Kind::NotFound);
    }

    #[tokio::test]
    async fn what_we_cannot_decode_comes_from_the_process() {
        for (name, how) in [("a.avi", "-c:v mpeg4 -g 10"), ("b.mkv", "-c:v mpeg2video -g 10")] {
            let alone = Library::new(None);
            let source = alone.film(name, how);
            let error = alone.thumbnails.thumbnail(&source, 3_000, 160).await.expect_err(name);
            assert_eq!(error.kind(), Kind::Unsupported, "{name}: {}", error.chain());
            let library = Library::new(Some(FfmpegProcess::new("ffmpeg")));
            let source = library.film(name, how);
            let shown = library.thumbnails.thumbnail(&source, 3_000, 160).await.expect(name);
            assert!(grey(&shown).abs_diff(133) < 5, "{name}: {}", grey(&shown));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_shown_is_remembered() {
        let library = Library::new(None);
        std::fs::write(library.folder.path().join("a.mkv"), b"no film").expect("written");
        let source = library.source("a.mkv");
        for _ in 0..3 {
            let error = library.thumbnails.thumbnail(&source, 0, 160).await.expect_err("no film");
            assert_eq!(error.kind(), Kind::Invalid, "{}", error.chain());
        }
        assert_eq!(library.thumbnails.state().failed_total, 1, "it was tried once");
    }

    #[tokio::test]
    async fn a_picture_is_what_ffmpeg_makes_of_it() {
        let library = Library::new(None);
        let slopes = "-vf geq=lum=40+X/3+Y/3+9*T:cb=80+X/4:cr=176-Y/4";
        let source = library.film("a.mp4", &format!("{slopes} {H264}"));
        let ours = library.thumbnails.thumbnail(&source, 2_500, 320).await.expect("is made");
        let path = library.folder.path().join("a.mp4");
        let path = path.to_str().expect("UTF-8");
        let arguments = ["-ss", "2", "-i", path, "-frames:v", "1", "-pix_fmt", "rgb24"];
        let theirs = ffmpeg(&[&arguments[..], &["-f", "rawvideo"]].concat());
        let decoded = image::load_from_memory(ours.jpeg()).expect("a JPEG").into_rgb8();
        let picture = Picture::new(320, 180, decoded.into_raw()).expect("its bytes");
        let db = psnr_db(picture.rgb(), &theirs);
        assert!(db > 36.0, "{db:.1} dB");
    }

    #[test]
    fn widths_are_few() {
        for (asked, made) in [(0, 160), (160, 160), (161, 320), (700, 1280), (u32::MAX, 1280)] {
            assert_eq!(thumbnail_width(asked), made);
        }
    }
}
