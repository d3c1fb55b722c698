//! Narrowing lists, their outlines, and what there is to narrow by.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::lists::every_sort;
use super::support::{Shelf, episode, names};
use crate::catalog::list::{Sort, SortBy};
use crate::catalog::{
    Filter, FoundFile, Identity, Person, PersonRole, Resolution, TitleItem, TitleKind, TitleQuery,
    WatchState,
};
use crate::ids::{CollectionId, TitleId};
use crate::limits::{LANGUAGES_PER_TITLE_MAX, MARKED_LOOKED_THROUGH_MAX, OUTLINE_CURSORS_MAX};
use crate::probe::{Hdr, TrackDetails};

const SIZES: [(u32, u32, Resolution); 6] = [
    (1279, 719, Resolution::Sd),
    (1280, 534, Resolution::Hd),
    (1279, 720, Resolution::Hd),
    (1920, 800, Resolution::FullHd),
    (1440, 1080, Resolution::FullHd),
    (3840, 1600, Resolution::UltraHd),
];
const CODECS: [&str; 3] = ["h264", "hevc", "av1"];
const LANGUAGES: [Option<&str>; 3] = [None, Some("en"), Some("ja")];
const PEOPLE: [&str; 3] = ["", "Sigourney Weaver", "Terry Gilliam"];

/// What a file and its viewer make of a title.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Made {
    is_episode: bool,
    name: String,
    year: Option<u16>,
    minutes: u64,
    size: usize,
    is_hdr: bool,
    codec: usize,
    language: usize,
    person: usize,
    has_genre: bool,
    is_favourite: bool,
    is_collected: bool,
    state: usize,
}

fn made() -> impl Strategy<Value = Made> {
    let facts = (any::<bool>(), "[b-d]{1,2}", proptest::option::of(1990u16..1994), 0u64..3);
    let files = (0..SIZES.len(), any::<bool>(), 0..CODECS.len(), 0..LANGUAGES.len());
    let marks = (0..PEOPLE.len(), any::<bool>(), any::<bool>(), any::<bool>(), 0usize..3);
    (facts, files, marks).prop_map(|(facts, files, marks)| {
        let (is_episode, name, year, minutes) = facts;
        let (size, is_hdr, codec, language) = files;
        let (person, has_genre, is_favourite, is_collected, state) = marks;
        Made {
            is_episode,
            name,
            year,
            minutes,
            size,
            is_hdr,
            codec,
            language,
            person,
            has_genre,
            is_favourite,
            is_collected,
            state,
        }
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let option = |odds| proptest::option::weighted(odds, Just(()));
    let year = || proptest::option::weighted(0.2, 1990u16..1994);
    let resolutions = proptest::sample::subsequence(Resolution::ALL.to_vec(), 0..=2);
    let codecs = proptest::sample::subsequence(CODECS.to_vec(), 0..=2);
    let state = proptest::sample::select(vec![
        WatchState::Unwatched,
        WatchState::Started,
        WatchState::Watched,
    ]);
    let files = (
        (option(0.3), resolutions),
        proptest::option::weighted(0.2, any::<bool>()),
        (option(0.3), codecs),
        proptest::option::weighted(0.2, 0..LANGUAGES.len()),
    );
    let marks = (
        proptest::option::weighted(0.3, state),
        option(0.3),
        option(0.3),
        proptest::option::weighted(0.2, 1..PEOPLE.len()),
    );
    (year(), year(), files, marks).prop_map(|(year_min, year_max, files, marks)| {
        let ((by_size, resolutions), is_hdr, (by_codec, codecs), language) = files;
        let (watched, is_favourite, collection, person) = marks;
        Filter {
            year_min,
            year_max,
            watched,
            resolutions: by_size.map(|()| resolutions).unwrap_or_default(),
            is_hdr,
            video_codecs: by_codec
                .map(|()| codecs.into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            language: language.and_then(|it| LANGUAGES[it]).map(str::to_owned),
            is_favourite: is_favourite.is_some(),
            // The first there is.
            collection: collection.map(|()| CollectionId::new(1).expect("positive")),
            person: person.map(|it| PEOPLE[it].to_owned()),
        }
    })
}

/// A title as this test expects the catalog to see it.
#[derive(Clone, Debug)]
struct Seen {
    item: TitleItem,
    resolutions: BTreeSet<Resolution>,
    is_hdr: bool,
    codecs: BTreeSet<&'static str>,
    languages: BTreeSet<&'static str>,
    person: &'static str,
    is_favourite: bool,
    is_collected: bool,
    state: WatchState,
}

impl Seen {
    fn fits(&self, query: &TitleQuery) -> bool {
        let filter = &query.filter;
        let year = self.item.year;
        (query.kinds.is_empty() || query.kinds.contains(&self.item.kind))
            && query.genre.as_ref().is_none_or(|it| self.item.genres.contains(it))
            && filter.year_min.is_none_or(|min| year.is_some_and(|it| it >= min))
            && filter.year_max.is_none_or(|max| year.is_some_and(|it| it <= max))
            && filter.watched.is_none_or(|state| state == self.state)
            && (filter.resolutions.is_empty()
                || filter.resolutions.iter().any(|it| self.resolutions.contains(it)))
            && filter.is_hdr.is_none_or(|is_hdr| is_hdr == self.is_hdr)
            && (filter.video_codecs.is_empty()
                || filter.video_codecs.iter().any(|it| self.codecs.contains(it.as_str())))
            && filter.language.as_ref().is_none_or(|it| self.languages.contains(it.as_str()))
            && (!filter.is_favourite || self.is_favourite)
            && (filter.collection.is_none() || self.is_collected)
            && filter.person.as_ref().is_none_or(|it| self.person == it)
    }

    fn order(&self, other: &Self, sort: Sort) -> std::cmp::Ordering {
        let value = |it: &Self| match sort.by {
            SortBy::Name => (it.item.name.clone(), 0),
            SortBy::Added => (String::new(), it.item.added_at_ms),
            SortBy::Year => (String::new(), i64::from(it.item.year.unwrap_or(0))),
            SortBy::Duration => {
                (String::new(), i64::try_from(it.item.duration_ms.unwrap_or(0)).expect("small"))
            }
        };
        let ascending = (value(self), self.item.id).cmp(&(value(other), other.item.id));
        if sort.is_descending { ascending.reverse() } else { ascending }
    }
}

impl Made {
    fn found_on(made: &Self, shelf: &Shelf, number: usize) -> FoundFile {
        let name = format!("{} {number} x", made.name);
        let mut file = shelf.film(&name);
        file.identity = if made.is_episode {
            // Two series.
            let series = if number.is_multiple_of(2) { "e x" } else { "f x" };
            episode(series, 1, u32::try_from(number).expect("small"))
        } else {
            Identity::Film { name: name.clone(), year: made.year }
        };
        file.facts.name = Some(name);
        file.facts.year = made.year;
        file.facts.genres = if made.has_genre { vec!["Drama".to_owned()] } else { Vec::new() };
        if made.person > 0 {
            let name = PEOPLE[made.person].to_owned();
            let person = Person { name, character: String::new(), role: PersonRole::Director };
            // Somebody who did two things is still one.
            file.facts.people = vec![person.clone(), person];
        }
        file.info.duration_ms = Some(made.minutes * 60_000);
        for track in &mut file.info.tracks {
            match &mut track.details {
                TrackDetails::Video(video) => {
                    (video.width, video.height, _) = SIZES[made.size];
                    video.hdr = made.is_hdr.then_some(Hdr::Hlg);
                    track.codec = CODECS[made.codec].to_owned();
                }
                _ => track.language = LANGUAGES[made.language].map(str::to_owned),
            }
        }
        file
    }

    fn state(&self) -> WatchState {
        [WatchState::Unwatched, WatchState::Started, WatchState::Watched][self.state]
    }
}

/// Puts titles on the shelf, marks them, and says what is to be seen.
async fn seen(shelf: &Shelf, all: &[Made]) -> Vec<Seen> {
    let files = all.iter().enumerate().map(|(number, made)| Made::found_on(made, shelf, number));
    shelf.commit(files.collect()).await;
    let viewer = shelf.catalog.viewer();
    let collection = shelf.catalog.make_collection("Mine").await.expect("made").id;
    let mut by_name: HashMap<String, TitleItem> = HashMap::new();
    for item in shelf.list(TitleQuery::default()).await {
        by_name.insert(item.name.clone(), item);
    }
    let mut seen = Vec::new();
    let mut series: HashMap<String, Seen> = HashMap::new();
    let mut watched_of: HashMap<String, Vec<WatchState>> = HashMap::new();
    for (number, made) in all.iter().enumerate() {
        let item = by_name[&format!("{} {number} x", made.name)].clone();
        match made.state() {
            WatchState::Unwatched => {}
            WatchState::Started => {
                let put = shelf.catalog.put_progress(viewer, item.id, 1, 100, None).await;
                put.expect("noted");
            }
            WatchState::Watched => {
                shelf.catalog.put_watched(viewer, item.id, None).await.expect("marked");
            }
        }
        if made.is_favourite {
            shelf.catalog.put_favourite(viewer, item.id).await.expect("marked");
        }
        if made.is_collected {
            shelf.catalog.put_into_collection(collection, item.id).await.expect("taken in");
        }
        let one = Seen {
            resolutions: BTreeSet::from([SIZES[made.size].2]),
            is_hdr: made.is_hdr,
            codecs: BTreeSet::from([CODECS[made.codec]]),
            languages: LANGUAGES[made.language].into_iter().collect(),
            person: PEOPLE[made.person],
            is_favourite: made.is_favourite,
            is_collected: made.is_collected,
            state: made.state(),
            item,
        };
        if let Some(of) = &one.item.series {
            let whole = series.entry(of.name.clone()).or_insert_with(|| Seen {
                item: by_name[&of.name].clone(),
                resolutions: BTreeSet::new(),
                is_hdr: false,
                codecs: BTreeSet::new(),
                languages: BTreeSet::new(),
                person: "",
                is_favourite: false,
                is_collected: false,
                state: WatchState::Unwatched,
            });
            whole.resolutions.extend(&one.resolutions);
            whole.is_hdr |= one.is_hdr;
            whole.codecs.extend(&one.codecs);
            whole.languages.extend(&one.languages);
            watched_of.entry(of.name.clone()).or_default().push(one.state);
        }
        seen.push(one);
    }
    for (name, mut whole) in series {
        let states = &watched_of[&name];
        let are_all = |state| states.iter().all(|it| *it == state);
        whole.state = match () {
            () if are_all(WatchState::Watched) => WatchState::Watched,
            () if are_all(WatchState::Unwatched) => WatchState::Unwatched,
            () => WatchState::Started,
        };
        seen.push(whole);
    }
    seen
}

async fn check(shelf: &Shelf, seen: &[Seen], query: &TitleQuery, limit: usize, every: usize) {
    let viewer = shelf.catalog.viewer();
    let sort = query.sort.expect("an order is given");
    let mut expected: Vec<&Seen> = seen.iter().filter(|it| it.fits(query)).collect();
    expected.sort_by(|a, b| a.order(b, sort));
    let expected: Vec<TitleId> = expected.iter().map(|it| it.item.id).collect();
    let mut walked = Vec::new();
    let mut page_query = query.clone();
    page_query.page.limit = limit;
    loop {
        let page = shelf.catalog.titles(viewer, &page_query).await.expect("a page");
        walked.extend(page.items.iter().map(|item| item.id));
        page_query.page.cursor = page.next_cursor;
        if page_query.page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(walked, expected, "{query:?}");
    if query.text.is_some() {
        return;
    }
    let outline = shelf.catalog.outline(viewer, query, every).await.expect("an outline");
    assert_eq!((outline.total, outline.every), (expected.len() as u64, every), "{query:?}");
    assert_eq!(outline.cursors.len(), expected.len().saturating_sub(1) / every, "{query:?}");
    for (number, cursor) in outline.cursors.into_iter().enumerate() {
        page_query.page.limit = 1;
        page_query.page.cursor = Some(cursor);
        let page = shelf.catalog.titles(viewer, &page_query).await.expect("a page");
        assert_eq!(page.items[0].id, expected[(number + 1) * every], "{query:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_narrowed_list_is_what_filtering_and_sorting_everything_gives(
        all in proptest::collection::vec(made(), 1..24),
        asked in proptest::collection::vec(
            (filter(), any::<[bool; 3]>(), proptest::sample::select(every_sort().collect::<Vec<_>>()),
             1usize..6, 1usize..5),
            12,
        ),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let shelf = Shelf::new().await;
            let seen = seen(&shelf, &all).await;
            for (filter, [has_kinds, has_genre, has_text], sort, limit, every) in asked {
                let kinds = vec![TitleKind::Series, TitleKind::Film];
                let query = TitleQuery {
                    text: has_text.then(|| "x".to_owned()),
                    kinds: if has_kinds { kinds } else { Vec::new() },
                    genre: has_genre.then(|| "Drama".to_owned()),
                    filter,
                    sort: Some(sort),
                    ..TitleQuery::default()
                };
                check(&shelf, &seen, &query, limit, every).await;
            }
        });
    }
}

#[tokio::test]
async fn there_is_a_choice_for_every_value_and_it_leaves_as_many_titles_as_it_says() {
    let shelf = Shelf::new().await;
    let made = |number: usize| Made {
        is_episode: number.is_multiple_of(3),
        name: "b".to_owned(),
        year: (!number.is_multiple_of(5)).then_some(1980 + u16::try_from(number).expect("small")),
        minutes: 1,
        size: number % SIZES.len(),
        is_hdr: number.is_multiple_of(4),
        codec: number % CODECS.len(),
        language: number % LANGUAGES.len(),
        person: 0,
        has_genre: number.is_multiple_of(2),
        is_favourite: number.is_multiple_of(7),
        is_collected: false,
        state: number % 3,
    };
    let all: Vec<Made> = (0..30).map(made).collect();
    seen(&shelf, &all).await;
    let viewer = shelf.catalog.viewer();
    for kinds in [vec![], vec![TitleKind::Film], vec![TitleKind::Film, TitleKind::Series]] {
        let filters = shelf.catalog.filters(viewer, &kinds).await.expect("counted");
        let count = async |genre: Option<&str>, filter: Filter| {
            let genre = genre.map(str::to_owned);
            let query = TitleQuery { kinds: kinds.clone(), genre, filter, ..TitleQuery::default() };
            shelf.list(query).await.len() as u64
        };
        let none = Filter::default;
        assert_eq!(filters.total, count(None, none()).await);
        assert_eq!(filters.genres.len(), 1);
        assert_eq!(filters.genres[0].titles, count(Some("Drama"), none()).await);
        for choice in &filters.resolutions {
            let filter = Filter { resolutions: vec![choice.value], ..none() };
            assert_eq!(choice.titles, count(None, filter).await, "{choice:?}");
        }
        for choice in &filters.video_codecs {
            let filter = Filter { video_codecs: vec![choice.value.clone()], ..none() };
            assert_eq!(choice.titles, count(None, filter).await, "{choice:?}");
        }
        for choice in &filters.languages {
            let filter = Filter { language: Some(choice.value.clone()), ..none() };
            assert_eq!(choice.titles, count(None, filter).await, "{choice:?}");
        }
        assert_eq!(filters.hdr, count(None, Filter { is_hdr: Some(true), ..none() }).await);
        assert_eq!(filters.favourites, count(None, Filter { is_favourite: true, ..none() }).await);
        let watched = |state| Filter { watched: Some(state), ..none() };
        let counts = filters.watched;
        assert_eq!(counts.unwatched, count(None, watched(WatchState::Unwatched)).await);
        assert_eq!(counts.started, count(None, watched(WatchState::Started)).await);
        assert_eq!(counts.watched, count(None, watched(WatchState::Watched)).await);
        let (first, last) = filters.years.expect("years are known");
        assert!((first, last) == (1981, 2009), "{first} to {last}");
    }
    let none = shelf.catalog.filters(viewer, &[TitleKind::Audio]).await.expect("counted");
    assert_eq!((none.total, none.years, none.genres.len()), (0, None, 0));
}

#[tokio::test]
async fn the_best_version_of_a_film_counts_and_a_file_that_goes_takes_its_facets_along() {
    let shelf = Shelf::new().await;
    let mut large = shelf.film("Alien");
    if let TrackDetails::Video(video) = &mut large.info.tracks[0].details {
        (video.width, video.height, video.hdr) = (3840, 2160, Some(Hdr::DolbyVision));
    }
    let mut small = large.clone();
    small.key = super::support::key("Alien small.mkv");
    if let TrackDetails::Video(video) = &mut small.info.tracks[0].details {
        (video.width, video.height, video.hdr) = (640, 480, None);
    }
    shelf.commit(vec![large, small]).await;
    let with = async |resolution| {
        let filter = Filter { resolutions: vec![resolution], ..Filter::default() };
        names(&shelf.list(TitleQuery { filter, ..TitleQuery::default() }).await).len()
    };
    assert_eq!((with(Resolution::UltraHd).await, with(Resolution::Sd).await), (1, 0));
    let gone = shelf.id_of("Alien.mkv").await;
    shelf.catalog.mark_gone(shelf.roots[0], &[gone]).await.expect("noted");
    assert_eq!((with(Resolution::UltraHd).await, with(Resolution::Sd).await), (0, 1));
    let filters = shelf.catalog.filters(shelf.catalog.viewer(), &[]).await.expect("counted");
    assert_eq!((filters.hdr, filters.resolutions.len()), (0, 1));
}

#[tokio::test]
async fn a_title_is_found_by_as_many_languages_as_are_kept() {
    let shelf = Shelf::new().await;
    let mut film = shelf.film("Babel");
    let track = film.info.tracks[1].clone();
    film.info.tracks.extend((0..LANGUAGES_PER_TITLE_MAX + 8).map(|number| {
        let mut track = track.clone();
        track.language = Some(format!("x{number:02}"));
        track
    }));
    shelf.commit(vec![film]).await;
    let filters = shelf.catalog.filters(shelf.catalog.viewer(), &[]).await.expect("counted");
    assert_eq!(filters.languages.len(), LANGUAGES_PER_TITLE_MAX);
    assert_eq!(filters.languages[0].value, "x00");
}

#[tokio::test]
async fn a_set_too_large_to_be_looked_through_is_walked() {
    let shelf = Shelf::new().await;
    let films = 0..=MARKED_LOOKED_THROUGH_MAX;
    shelf.commit(films.map(|n| shelf.film(&format!("b{n:05}"))).collect()).await;
    let query = TitleQuery {
        filter: Filter { is_favourite: true, ..Filter::default() },
        ..TitleQuery::default()
    };
    for (is_favourite, total) in [
        ("title_id % 2 = 0", MARKED_LOOKED_THROUGH_MAX / 2),
        ("true", MARKED_LOOKED_THROUGH_MAX + 1),
    ] {
        let sql = format!(
            "insert or ignore into favourites select 1, title_id, 1 from listing
             where genre_id = 0 and {is_favourite}"
        );
        let writer = &shelf.catalog.engine().writer;
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(writer).await.expect("marked");
        let outline = shelf.catalog.outline(shelf.catalog.viewer(), &query, 7).await;
        let outline = outline.expect("an outline");
        assert_eq!(outline.total, total as u64, "{is_favourite}");
        let page = shelf.list(query.clone()).await;
        assert_eq!(page.len(), 200);
        assert!(page.is_sorted_by(|a, b| a.name < b.name));
    }
}

#[tokio::test]
async fn an_outline_of_a_long_list_has_fewer_cursors_evenly() {
    let shelf = Shelf::new().await;
    let films = OUTLINE_CURSORS_MAX + 2;
    shelf.commit((0..films).map(|n| shelf.film(&format!("b{n:05}"))).collect()).await;
    let viewer = shelf.catalog.viewer();
    let mut query = TitleQuery::default();
    let outline = shelf.catalog.outline(viewer, &query, 1).await.expect("an outline");
    assert_eq!((outline.total, outline.every), (films as u64, 2));
    assert_eq!(outline.cursors.len(), OUTLINE_CURSORS_MAX / 2);
    for number in [0, 1, 500, OUTLINE_CURSORS_MAX / 2 - 1] {
        query.page.cursor = Some(outline.cursors[number].clone());
        let first = shelf.catalog.titles(viewer, &query).await.expect("a page").items.remove(0);
        assert_eq!(first.name, format!("b{:05}", (number + 1) * 2));
    }
}
