//! How long a catalog of many titles takes to fill, open, list and search.
//!
//! `cargo run --release -p spillway-media --example measure_catalog -- [FILES] [FOLDER]`
//!
//! The catalog (100,000 files unless told) is made in FOLDER, a new temporary one by default; pages
//! and searches are measured alone and again while another task commits changed files without a
//! pause. Times are wall clock of one caller at a time.
#![allow(clippy::print_stdout, reason = "the figures are what this program is for")]
#![allow(clippy::cast_possible_wrap, reason = "counts of a made-up library are small")]
#![allow(clippy::cast_possible_truncation, reason = "counts of a made-up library are small")]
#![allow(clippy::cast_sign_loss, reason = "percentiles are positive")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use spillway_media::Result;
use spillway_media::catalog::{
    ArtworkKind, ArtworkSource, Catalog, Facts, FoundArtwork, FoundFile, Identity, LibrarySpec,
    PageRequest, Person, PersonRole, ScanTrigger, Sort, TitleKind, TitleQuery,
};
use spillway_media::ids::{RootId, ScanId};
use spillway_media::probe::{
    AudioDetails, Container, MediaInfo, Track, TrackDetails, VideoDetails,
};
use spillway_media::storage::{Key, Version};

const BATCH: usize = 500;
const EPISODES_PER_SERIES: usize = 100;

const WORDS: [&str; 48] = [
    "the",
    "of",
    "love",
    "night",
    "dark",
    "star",
    "war",
    "city",
    "man",
    "girl",
    "house",
    "river",
    "last",
    "first",
    "blood",
    "moon",
    "sun",
    "king",
    "queen",
    "road",
    "home",
    "time",
    "élan",
    "château",
    "ångström",
    "über",
    "señor",
    "crème",
    "space",
    "alien",
    "ghost",
    "train",
    "winter",
    "summer",
    "red",
    "blue",
    "silent",
    "broken",
    "golden",
    "lost",
    "wild",
    "hidden",
    "island",
    "ocean",
    "mountain",
    "dream",
    "fire",
    "stone",
];
const GENRES: [&str; 16] = [
    "Drama",
    "Comedy",
    "Action",
    "Horror",
    "Romance",
    "Thriller",
    "Crime",
    "Family",
    "War",
    "Western",
    "Music",
    "History",
    "Mystery",
    "Fantasy",
    "Documentary",
    "Animation",
];

/// A small generator (splitmix64), so that every run makes the same library.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn name(&mut self) -> String {
        let words = 1 + self.below(4);
        let words: Vec<&str> = (0..words).map(|_| WORDS[self.below(WORDS.len())]).collect();
        format!("{} {}", words.join(" "), self.below(10_000))
    }
}

fn version(n: usize) -> Version {
    let at_ns = 1_700_000_000_000_000_000 + n as i64;
    Version { len_bytes: 4 << 30, modified_ns: at_ns, changed_ns: at_ns, inode: n as u64 }
}

fn info(n: usize) -> MediaInfo {
    let track = |codec: &str, codec_string: &str, details| Track {
        number: 1,
        codec: codec.to_owned(),
        codec_string: Some(codec_string.to_owned()),
        language: Some("en".to_owned()),
        name: None,
        duration_ms: None,
        is_default: true,
        is_forced: false,
        is_encrypted: false,
        details,
    };
    let video = VideoDetails { width: 1920, height: 1080, ..VideoDetails::default() };
    MediaInfo {
        container: Container::Matroska,
        duration_ms: Some(1_200_000 + 977 * (n as u64 % 5_000)),
        tracks: vec![
            track("h264", "avc1.64001f", TrackDetails::Video(video)),
            track("aac", "mp4a.40.2", TrackDetails::Audio(AudioDetails::default())),
        ],
        ..MediaInfo::default()
    }
}

/// File `n` of the library: every fifth a film, the others episodes.
fn file(root: RootId, n: usize) -> FoundFile {
    let mut dice = Dice(n as u64);
    let name = dice.name();
    let mut facts = Facts {
        name: Some(name.clone()),
        plot: Some("What happens is told in two sentences. ".repeat(4)),
        ..Facts::default()
    };
    let (identity, path, picture) = if n.is_multiple_of(5) {
        facts.genres = (0..2).map(|_| GENRES[dice.below(GENRES.len())].to_owned()).collect();
        facts.people = (0..5)
            .map(|_| Person {
                name: format!("{} {}", WORDS[dice.below(48)], WORDS[dice.below(48)]),
                character: "Somebody".to_owned(),
                role: PersonRole::Actor,
            })
            .collect();
        let year = Some(1920 + dice.below(106) as u16);
        let picture = Some(format!("films/{name} {n}/poster.jpg"));
        (Identity::Film { name: format!("{name} {n}"), year }, format!("films/{n}.mkv"), picture)
    } else {
        let of = n / 5 * 4 + n % 5 - 1;
        let (series, at) = (of / EPISODES_PER_SERIES, (of % EPISODES_PER_SERIES) as u32);
        let identity = Identity::Episode {
            series: format!("Series {series}"),
            series_year: None,
            season: 1 + at / 10,
            episode: 1 + at % 10,
            episode_end: 1 + at % 10,
        };
        (identity, format!("series/{series}/{at}.mkv"), None)
    };
    let artwork = picture.map(|picture| FoundArtwork {
        kind: ArtworkKind::Poster,
        season: None,
        key: Key::new(picture).expect("a plain name"),
        version: version(n),
        source: ArtworkSource::File,
    });
    FoundFile {
        root,
        key: Key::new(path).expect("a plain name"),
        version: version(n),
        fingerprint: n as u64,
        surroundings: 1,
        moved_from: None,
        info: info(n),
        identity,
        facts,
        series_facts: None,
        edition: None,
        part: None,
        artwork: artwork.into_iter().collect(),
        series_artwork: Vec::new(),
        subtitles: Vec::new(),
    }
}

/// Processor time of the whole process, in milliseconds to the nearest 10 (proc(5), fields 14 and 15 of
/// `stat`): on a busy machine it tells more than the clock does.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn report(what: &str, cpu_before_ms: f64, mut times: Vec<Duration>) {
    let cpu_each_ms = (cpu_ms() - cpu_before_ms) / times.len() as f64;
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:44} n {:5}  p50 {:7.2} ms  p95 {:7.2} ms  max {:7.2} ms  processor {cpu_each_ms:6.2} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// Walks a whole list and times every page.
async fn walk(catalog: &Catalog, what: &str, query: TitleQuery) -> Result<()> {
    let (mut query, mut times, mut titles) = (query, Vec::new(), 0);
    let cpu = cpu_ms();
    loop {
        let asked_at = Instant::now();
        let page = catalog.titles(catalog.viewer(), &query).await?;
        times.push(asked_at.elapsed());
        titles += page.items.len();
        query.page.cursor = page.next_cursor;
        if query.page.cursor.is_none() {
            break;
        }
    }
    report(&format!("{what} ({titles} titles)"), cpu, times);
    Ok(())
}

async fn measure(catalog: &Catalog) -> Result<()> {
    let page = |limit| PageRequest { limit, cursor: None };
    let sorts = ["name", "-name", "added", "-added", "year", "-year", "duration", "-duration"];
    for sort in sorts {
        let sort_by: Sort = sort.parse()?;
        let query = TitleQuery { sort: Some(sort_by), page: page(50), ..TitleQuery::default() };
        walk(catalog, &format!("every page of 50 by {sort}"), query).await?;
    }
    let films = vec![TitleKind::Film];
    let query = TitleQuery { kinds: films, page: page(50), ..TitleQuery::default() };
    walk(catalog, "every page of 50 films", query).await?;
    let genre = Some("Drama".to_owned());
    let query = TitleQuery { genre, page: page(50), ..TitleQuery::default() };
    walk(catalog, "every page of 50 dramas", query).await?;
    let query = TitleQuery { page: page(200), ..TitleQuery::default() };
    walk(catalog, "every page of 200 by name", query).await?;
    let texts = [
        "t",
        "th",
        "the",
        "the l",
        "love",
        "lo",
        "l",
        "ela",
        "angstrom",
        "star war",
        "9",
        "99",
        "dark city 1",
        "zzz",
        "s",
        "a b c d",
        "silent mountain dream",
        "chateau",
    ];
    let (cpu, mut times) = (cpu_ms(), Vec::new());
    for _ in 0..20 {
        for text in texts {
            let text = Some(text.to_owned());
            let query = TitleQuery { text, page: page(50), ..TitleQuery::default() };
            let asked_at = Instant::now();
            catalog.titles(catalog.viewer(), &query).await?;
            times.push(asked_at.elapsed());
        }
    }
    for (text, times) in texts.iter().zip(times.chunks(1)) {
        print!("{text:?} {:.1} ms  ", times[0].as_secs_f64() * 1e3);
    }
    println!();
    report("searches, first page of 50", cpu, times);
    let (cpu, mut times) = (cpu_ms(), Vec::new());
    for _ in 0..50 {
        let asked_at = Instant::now();
        catalog.home(catalog.viewer()).await?;
        times.push(asked_at.elapsed());
    }
    report("home", cpu, times);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.next().map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let catalog = Catalog::open(&folder).await?;
    let spec = LibrarySpec { name: "All".to_owned(), roots: vec![PathBuf::from("/media")] };
    let root = catalog.set_libraries(&[spec]).await?[0].roots[0].id;
    let scan = catalog.begin_scan(ScanTrigger::Request).await?;

    let (began_at, cpu, mut times) = (Instant::now(), cpu_ms(), Vec::new());
    for first in (0..count).step_by(BATCH) {
        let batch = (first..count.min(first + BATCH)).map(|n| file(root, n)).collect();
        let asked_at = Instant::now();
        catalog.commit(scan, batch).await?;
        times.push(asked_at.elapsed());
    }
    let rate = count as f64 / began_at.elapsed().as_secs_f64();
    report(&format!("commits of {BATCH} ({rate:.0} files/s)"), cpu, times);
    catalog.close().await;
    drop(catalog);
    let size = std::fs::metadata(folder.join("catalog.sqlite3")).map_or(0, |it| it.len());
    println!("size on disk {} MB", size >> 20);

    let asked_at = Instant::now();
    let catalog = Catalog::open(&folder).await?;
    let opened = asked_at.elapsed();
    let file = spillway_media::ids::FileId::new(count as i64 / 2).expect("positive");
    let located = catalog.locate(file).await?.is_some();
    println!("open {opened:?}, first file located ({located}) after {:?}", asked_at.elapsed());
    let known = catalog.known_files(root).await?.len();
    println!("{known} files known after {:?}", asked_at.elapsed());
    let asked_at = Instant::now();
    catalog.known_files(root).await?;
    println!("known files again: {:?}", asked_at.elapsed());

    println!("-- alone");
    measure(&catalog).await?;
    println!("-- while a scan writes");
    let scan = catalog.begin_scan(ScanTrigger::Request).await?;
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writer =
        tokio::spawn(write(catalog.clone(), scan, root, count, stop.clone(), written.clone()));
    let began_at = Instant::now();
    measure(&catalog).await?;
    let rate = written.load(Ordering::Relaxed) as f64 / began_at.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    writer.await.expect("does not panic")?;
    println!("meanwhile {rate:.0} files/s were committed");
    catalog.close().await;
    Ok(())
}

/// Commits changed files without a pause.
async fn write(
    catalog: Catalog,
    scan: ScanId,
    root: RootId,
    count: usize,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
) -> Result<()> {
    for first in (0..count).step_by(BATCH).cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let batch = (first..count.min(first + BATCH)).map(|n| file(root, n)).collect();
        catalog.commit(scan, batch).await?;
        written.fetch_add(BATCH, Ordering::Relaxed);
    }
    Ok(())
}
