//! Pictures that nobody has asked for yet, made before people do: what cards show, then storyboards.
//!
//! The films come in the order in which they are likely to be wanted: what somebody is watching, what
//! the home page shows, then all others, the newest first. There is no list of what was made: what is
//! kept tells, so that a start goes on where the last one stopped.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::budget::{Budget, Purse};
use super::pool::Priority;
use super::resized::Original;
use super::thumbnails::{Source, Thumbnails};
use crate::catalog::{Catalog, FileLocation};
use crate::error::{Error, Kind, Result};
use crate::ids::FileId;
use crate::limits;
use crate::scan::ScanProgress;

/// How often it is looked again whether viewers have what they wait for.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Pixels across of what is made for cards.
const CARD_WIDTH: u32 = 320;

/// How far making ahead has come. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct AheadState(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    films: AtomicU64,
    films_seen: AtomicU64,
}

impl AheadState {
    /// Films of the library, as it was when this pass over it began.
    pub fn films(&self) -> u64 {
        self.0.films.load(Relaxed)
    }

    /// Of these, those whose pictures this pass has made or found made, or cannot make.
    pub fn films_seen(&self) -> u64 {
        self.0.films_seen.load(Relaxed)
    }
}

/// Making ahead, and all that it needs.
#[derive(Debug)]
pub struct Background {
    /// Makes the pictures.
    pub thumbnails: Thumbnails,
    /// Knows the films, and is told of those that no picture can be made of.
    pub catalog: Catalog,
    /// How far a scan has come; nothing is begun while one runs.
    pub scans: watch::Receiver<Option<ScanProgress>>,
    /// What may be spent.
    pub budget: Budget,
    /// Is told how far it has come.
    pub state: AheadState,
}

impl Background {
    /// Makes pictures until `stop`; rests when all are made, until a scan has ended. Blocks no
    /// thread.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut purse = Purse::new(self.budget, self.thumbnails.spent(), Instant::now());
        let passes = async {
            loop {
                if let Err(error) = self.pass(&mut purse).await {
                    // A catalog that is closed or locked; the next pass may find it better.
                    tracing::debug!("making pictures ahead: {}", error.chain());
                }
                self.rest().await;
            }
        };
        stop.run_until_cancelled(passes).await;
    }

    /// Looks at every film once.
    async fn pass(&mut self, purse: &mut Purse) -> Result<()> {
        self.scan_ended().await;
        let counters = Arc::clone(&self.state.0);
        counters.films.store(self.catalog.count_films().await?, Relaxed);
        counters.films_seen.store(0, Relaxed);
        self.artwork(purse).await?;
        let mut seen = HashSet::new();
        self.films(self.catalog.films_on_home().await?, &mut seen, purse).await?;
        let mut before = None;
        loop {
            let files = self.catalog.films_before(before, limits::AHEAD_FILES_MAX).await?;
            let Some(last) = files.last() else { return Ok(()) };
            before = Some(*last);
            self.films(files, &mut seen, purse).await?;
        }
    }

    /// Makes artwork as small as cards show it, where nothing is noted yet to be seen until it is
    /// there. What cannot be decoded is shown as it is.
    async fn artwork(&mut self, purse: &mut Purse) -> Result<()> {
        let thumbnails = self.thumbnails.clone();
        let mut after = None;
        loop {
            let page = self.catalog.artwork_without_hash(after, limits::AHEAD_FILES_MAX).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(*last);
            for (place, location) in page {
                if self.is_full() {
                    return Ok(());
                }
                let original = Original::from(&location);
                let making = || thumbnails.artwork_for(&original, CARD_WIDTH, Priority::Background);
                if let Ok(made) = self.make(purse, making).await {
                    let (version, hash) = (made.version(), made.thumb_hash());
                    self.catalog.put_artwork_hash(place, version, hash).await?;
                }
            }
        }
    }

    /// Makes what some films lack, and first of all what those lack that are being watched.
    async fn films(
        &mut self,
        files: Vec<FileId>,
        seen: &mut HashSet<FileId>,
        purse: &mut Purse,
    ) -> Result<()> {
        for file in files {
            for watched in self.catalog.films_being_watched().await? {
                self.film(watched, seen, purse).await?;
            }
            self.film(file, seen, purse).await?;
        }
        Ok(())
    }

    /// Makes what a film lacks, unless this pass has looked at it already.
    async fn film(
        &mut self,
        file: FileId,
        seen: &mut HashSet<FileId>,
        purse: &mut Purse,
    ) -> Result<()> {
        if !seen.insert(file) {
            return Ok(());
        }
        if let Some(location) = self.catalog.locate(file).await? {
            match self.pictures(&Source::from(&*location), purse).await {
                Ok(()) => {}
                Err(Trouble::Picture(error)) => self.note(&location, &error).await?,
                Err(Trouble::Catalog(error)) => return Err(error),
            }
        }
        self.state.0.films_seen.store(seen.len() as u64, Relaxed);
        Ok(())
    }

    /// The picture that stands for a film, and its storyboard.
    async fn pictures(&mut self, source: &Source, purse: &mut Purse) -> Result<(), Trouble> {
        if self.is_full() {
            return Ok(());
        }
        let thumbnails = self.thumbnails.clone();
        if !thumbnails.has_still(source) {
            let making = || thumbnails.still_for(source, CARD_WIDTH, Priority::Background);
            let still = self.make(purse, making).await?;
            let (version, hash) = (still.version(), still.thumb_hash());
            let noted = self.catalog.put_still_hash(source.file, version, hash).await;
            noted.map_err(Trouble::Catalog)?;
        }
        let plan = self.make(purse, || thumbnails.plan(source, Priority::Background)).await?;
        for index in 0..plan.sheet_count() {
            if thumbnails.has_sheet(source, index) {
                continue;
            }
            if self.is_full() {
                return Ok(());
            }
            let making = || thumbnails.sheet_for(source, index, Priority::Background);
            self.make(purse, making).await?;
        }
        Ok(())
    }

    /// Has something made when its turn has come. What is being made when somebody else comes to wait
    /// is given up, and tried again when nobody does.
    async fn make<T, F: Future<Output = Result<T, Arc<Error>>>>(
        &mut self,
        purse: &mut Purse,
        making: impl Fn() -> F,
    ) -> Result<T, Arc<Error>> {
        loop {
            self.turn(purse).await;
            tokio::select! {
                made = making() => return made,
                () = somebody_waits(&self.thumbnails) => sleep(limits::AHEAD_RETRY).await,
            }
        }
    }

    fn is_full(&self) -> bool {
        let bytes_max = self.thumbnails.kept_bytes_max() / 100 * limits::AHEAD_KEPT_PERCENT_MAX;
        self.thumbnails.kept_bytes() >= bytes_max
    }

    /// Returns when something may be begun: no scan runs, the budget allows it, nobody waits for a
    /// picture, and viewers do not wait for disks, though of the last no longer than
    /// [`limits::AHEAD_GIVE_WAY_MAX`].
    async fn turn(&mut self, purse: &mut Purse) {
        self.scan_ended().await;
        loop {
            let wait = purse.wait(self.thumbnails.spent(), Instant::now());
            if wait.is_zero() {
                break;
            }
            sleep(wait).await;
        }
        while self.thumbnails.state().queued_waiting > 0 {
            sleep(LOOK_EVERY).await;
        }
        let quiet = async {
            while self.thumbnails.is_disk_wanted() {
                sleep(LOOK_EVERY).await;
            }
        };
        // What takes this long is a busy evening; then each key frame makes way for itself.
        let _ = timeout(limits::AHEAD_GIVE_WAY_MAX, quiet).await;
    }

    /// Tells whoever looks after the library which film has no pictures, and why.
    async fn note(&self, location: &FileLocation, error: &Error) -> Result<()> {
        match error.kind() {
            Kind::Invalid | Kind::Unsupported | Kind::Internal => {
                let message = format!("no pictures can be made of it: {}", error.chain());
                self.catalog.note_missing_pictures(location, &message).await
            }
            Kind::Busy => {
                // It is asked again in the next pass; others now.
                sleep(limits::AHEAD_RETRY).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn scan_ended(&mut self) {
        // An error is a scanner that has ended, and so has its scan.
        let _ = self.scans.wait_for(Option::is_none).await;
    }

    /// Returns when there may be something new to do.
    async fn rest(&mut self) {
        let scanned = async {
            if self.scans.wait_for(Option::is_some).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let _ = timeout(limits::AHEAD_REST, scanned).await;
    }
}

/// Why a film does not get its pictures.
enum Trouble {
    /// They cannot be made of it.
    Picture(Arc<Error>),
    /// The catalog could not be written; the film may be good.
    Catalog(Error),
}

impl From<Arc<Error>> for Trouble {
    fn from(error: Arc<Error>) -> Self {
        Self::Picture(error)
    }
}

/// Returns when somebody waits for a picture that no thread is free to make.
async fn somebody_waits(thumbnails: &Thumbnails) {
    loop {
        sleep(LOOK_EVERY).await;
        if thumbnails.state().queued_waiting > 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::catalog::{LibrarySpec, PageRequest, ScanTrigger};
    use crate::scan::{ScanSettings, Scanner};
    use crate::thumbnail::{Decoders, DiskDemand, NativeDecoder, PoolSettings, ThumbnailSettings};

    const PLENTY: Budget =
        Budget { processor_time_per_hour: Duration::from_hours(64), read_bytes_per_hour: 1 << 44 };

    /// A library that was scanned.
    struct Shelf {
        folder: tempfile::TempDir,
        catalog: Catalog,
        scanner: Scanner,
        stop: CancellationToken,
    }

    impl Shelf {
        /// Films of forty seconds, a key frame every so many fifths of a second.
        async fn of(films: &[&str], distance: u32) -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let media = folder.path().join("films");
            fs::create_dir(&media).expect("made");
            for name in films {
                make_film(&media.join(name), distance);
            }
            let catalog = Catalog::open(&folder.path().join("data")).await.expect("opens");
            let library = LibrarySpec { name: "Films".to_owned(), roots: vec![media] };
            catalog.set_libraries(&[library]).await.expect("configured");
            let stop = CancellationToken::new();
            let settings = ScanSettings { is_watching: false, ..ScanSettings::default() };
            let scanner = Scanner::start(catalog.clone(), settings, stop.clone());
            scanner.first_scan_done().wait_for(|is_done| *is_done).await.expect("it ends");
            Self { folder, catalog, scanner, stop }
        }

        /// Scans once more.
        async fn scan(&self) {
            let mut scans = self.scanner.progress();
            self.scanner.request(ScanTrigger::Request);
            scans.wait_for(Option::is_some).await.expect("it begins");
            scans.wait_for(Option::is_none).await.expect("it ends");
        }

        fn thumbnails(&self, bytes_max: u64) -> Thumbnails {
            let settings = ThumbnailSettings {
                folder: self.folder.path().join("pictures"),
                bytes_max,
                decoders: Decoders::new(NativeDecoder::default(), None, false),
                ffprobe: None,
                disk_demand: DiskDemand::none(),
                pool: PoolSettings::default(),
            };
            Thumbnails::start(settings).expect("starts")
        }

        /// Makes ahead until every film was looked at, or `time_max` is over.
        async fn make_ahead(&self, thumbnails: &Thumbnails, budget: Budget, time_max: Duration) {
            let state = AheadState::default();
            let background = Background {
                thumbnails: thumbnails.clone(),
                catalog: self.catalog.clone(),
                scans: self.scanner.progress(),
                budget,
                state: state.clone(),
            };
            let stop = self.stop.child_token();
            let running = tokio::spawn(background.run(stop.clone()));
            let all_seen = async {
                while state.films() == 0 || state.films_seen() < state.films() {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            let _ = timeout(time_max, all_seen).await;
            stop.cancel();
            running.await.expect("it ends when it is told to");
        }

        async fn films(&self) -> Vec<Source> {
            let files = self.catalog.films_before(None, 100).await.expect("a list");
            let mut sources = Vec::new();
            for file in files {
                let location = self.catalog.locate(file).await.expect("it is there");
                sources.push(Source::from(&*location.expect("it is there")));
            }
            sources
        }
    }

    fn make_film(path: &Path, distance: u32) {
        let mut command = Command::new("ffmpeg");
        command.args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=size=320x180:rate=5:duration=40",
        ]);
        command.args(["-c:v", "libx264", "-preset", "ultrafast", "-sc_threshold", "0", "-g"]);
        command.arg(distance.to_string());
        assert!(command.arg(path).status().expect("ffmpeg runs").success());
    }

    /// Threads of the lowest priority make them, beside other tests.
    const LONG: Duration = Duration::from_mins(5);

    #[tokio::test]
    async fn every_film_gets_its_storyboard_once_and_a_start_goes_on_where_the_last_stopped() {
        let shelf = Shelf::of(&["Alien (1979).mp4", "Brazil (1985).mkv"], 6).await;
        let thumbnails = shelf.thumbnails(64 << 20);
        shelf.make_ahead(&thumbnails, PLENTY, LONG).await;
        let films = shelf.films().await;
        assert_eq!(films.len(), 2);
        let spent = thumbnails.spent();
        assert!(spent.read_bytes > 0 && !spent.processor_time.is_zero(), "{spent:?}");
        let made = thumbnails.state().done_total;
        assert_eq!(made, 8, "two films, a still and two sheets of each");
        for film in &films {
            assert!((0..2).all(|sheet| thumbnails.has_sheet(film, sheet)));
        }

        thumbnails.drain(LONG).await;
        let next = shelf.thumbnails(64 << 20);
        shelf.make_ahead(&next, PLENTY, LONG).await;
        assert_eq!(next.state().done_total, 0, "all of it was kept");
    }

    #[tokio::test]
    async fn what_is_being_watched_comes_first_then_the_newest() {
        let shelf = Shelf::of(&["A (1979).mp4"], 25).await;
        for name in ["B (1985).mp4", "C (1997).mp4"] {
            make_film(&shelf.folder.path().join("films").join(name), 25);
            shelf.scan().await;
        }
        let [c, b, a] = shelf.films().await.try_into().expect("three films");
        let title = shelf.catalog.locate(a.file).await.expect("found").expect("it is there").title;
        let viewer = shelf.catalog.viewer();
        shelf.catalog.put_progress(viewer, title, 10_000, 40_000, None).await.expect("noted");
        assert_eq!(shelf.catalog.films_being_watched().await.expect("a list"), [a.file]);
        assert_eq!(shelf.catalog.count_films().await.expect("a number"), 3);
        let after = shelf.catalog.films_before(Some(c.file), 1).await.expect("a list");
        assert_eq!(after, [b.file]);
        let home = shelf.catalog.films_on_home().await.expect("a list");
        assert!([a.file, b.file, c.file].iter().all(|file| home.contains(file)), "{home:?}");

        // So little that one film's index and still overdraw it for hours.
        let budget = Budget { processor_time_per_hour: LONG, read_bytes_per_hour: 10_000 };
        let thumbnails = shelf.thumbnails(64 << 20);
        let until = Instant::now() + LONG;
        let has_any = || [&a, &b, &c].into_iter().any(|film| thumbnails.has_still(film));
        while !has_any() && Instant::now() < until {
            shelf.make_ahead(&thumbnails, budget, Duration::from_secs(1)).await;
        }
        assert!(thumbnails.has_still(&a), "the film being watched comes first");
        assert!(!thumbnails.has_still(&b) && !thumbnails.has_still(&c));
    }

    #[tokio::test]
    async fn nothing_is_removed_for_what_nobody_asked_for() {
        let names: Vec<String> = (1980..1994).map(|year| format!("Film ({year}).mp4")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shelf = Shelf::of(&names, 25).await;
        let thumbnails = shelf.thumbnails(800_000);
        shelf.make_ahead(&thumbnails, PLENTY, LONG).await;
        let films = shelf.films().await;
        let kept = films.iter().filter(|film| thumbnails.has_sheet(film, 0)).count();
        let state = thumbnails.state();
        assert!((5..14).contains(&kept), "{kept} sheets, {} bytes", thumbnails.kept_bytes());
        // Each film's index, still and sheet; the last may have got no further than its still.
        let made = 3 * kept as u64;
        assert!((made..made + 3).contains(&state.done_total), "{kept}: {state:?}");
        shelf.make_ahead(&thumbnails, PLENTY, LONG).await;
        assert_eq!(thumbnails.state(), state, "and it is not tried again and again");
    }

    #[tokio::test]
    async fn a_film_without_pictures_is_a_finding_that_says_why() {
        let shelf = Shelf::of(&["Alien (1979).mp4"], 25).await;
        let path = shelf.folder.path().join("films/Alien (1979).mp4");
        let mut bytes = fs::read(&path).expect("read");
        let data = bytes.windows(4).position(|found| found == b"mdat").expect("media data") + 4;
        let index = bytes.windows(4).position(|found| found == b"moov").expect("an index");
        let end = if index > data { index - 4 } else { bytes.len() };
        bytes[data..end].fill(0xa5);
        fs::write(&path, bytes).expect("written");
        shelf.scan().await;

        let thumbnails = shelf.thumbnails(64 << 20);
        shelf.make_ahead(&thumbnails, PLENTY, LONG).await;
        let page = PageRequest { limit: 10, cursor: None };
        let findings = shelf.catalog.findings(&page).await.expect("a list").items;
        let messages: Vec<&str> = findings.iter().map(|it| it.finding.message.as_str()).collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with("no pictures can be made of it: "), "{messages:?}");
    }
}
