//! Lists and searches: order, pages, and what they cost.

use proptest::prelude::*;
use sqlx::AssertSqlSafe;

use super::support::{Shelf, episode, facts, film, names};
use crate::catalog::filter::Tests;
use crate::catalog::list::{Sort, stretches};
use crate::catalog::{
    Identity, PageRequest, Person, PersonRole, SortBy, TitleItem, TitleKind, TitleQuery, items,
    placeholders, search, titles,
};
use crate::error::Kind;
use crate::ids::TitleId;
use crate::limits::SEARCH_MATCHES_MAX;

pub(super) fn every_sort() -> impl Iterator<Item = Sort> {
    [SortBy::Name, SortBy::Added, SortBy::Year, SortBy::Duration]
        .into_iter()
        .flat_map(|by| [false, true].map(|is_descending| Sort { by, is_descending }))
}

/// Walks all pages of `limit`, committing a further title after each.
async fn walk(shelf: &Shelf, mut query: TitleQuery, limit: usize) -> Vec<TitleItem> {
    let mut seen = Vec::new();
    query.page.limit = limit;
    loop {
        let page = shelf.catalog.titles(shelf.catalog.viewer(), &query).await.expect("a page");
        assert!(page.items.len() <= limit);
        seen.extend(page.items);
        let n = seen.len();
        let mut late = shelf.film(&format!("{} late {n}", n % 3));
        late.facts.genres = vec!["Drama".to_owned()];
        shelf.commit(vec![late]).await;
        match page.next_cursor {
            // At most one title comes in behind for each page of two, so the walk ends.
            Some(cursor) => query.page.cursor = Some(cursor),
            None => return seen,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn walking_any_list_meets_each_title_once_while_titles_come_in(
        titles in proptest::collection::vec(("[a-c]{0,2}|é|Ö", 1990u16..1994, 0u64..3), 1..20),
        limit in 2usize..6,
        sort in proptest::sample::select(every_sort().collect::<Vec<_>>()),
        has_genre: bool,
        has_text: bool,
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let shelf = Shelf::new().await;
            let files = titles.iter().enumerate().map(|(n, (name, year, minutes))| {
                let mut file = shelf.film(&format!("{name} {n} late"));
                file.identity = if n % 3 == 0 {
                    episode("late", 1, u32::try_from(n).expect("small"))
                } else {
                    Identity::Film { name: format!("{name} {n} late"), year: Some(*year) }
                };
                file.facts = facts(&format!("{name} {n} late"), &["Drama"]);
                file.info.duration_ms = Some(*minutes * 60_000);
                file
            });
            shelf.commit(files.collect()).await;
            let wanted = TitleQuery {
                genre: has_genre.then(|| "Drama".to_owned()),
                text: has_text.then(|| "late".to_owned()),
                sort: Some(sort),
                ..TitleQuery::default()
            };
            let before = shelf.list(wanted.clone()).await;
            let seen = walk(&shelf, wanted, limit).await;
            let mut ids: Vec<TitleId> = seen.iter().map(|item| item.id).collect();
            ids.sort_unstable();
            let met = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), met, "a title was met twice by {sort:?}");
            let kept: Vec<TitleId> = seen
                .iter()
                .map(|item| item.id)
                .filter(|id| before.iter().any(|item| item.id == *id))
                .collect();
            let expected: Vec<TitleId> = before.iter().map(|item| item.id).collect();
            assert_eq!(kept, expected, "by {sort:?}");
        });
    }

    #[test]
    fn whatever_a_viewer_types_is_searched_without_an_error(text in any::<String>()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let shelf = Shelf::new().await;
            shelf.commit(vec![shelf.film("Alien")]).await;
            shelf.search(&text).await;
        });
    }
}

#[tokio::test]
async fn hostile_searches_find_nothing_and_break_nothing() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Spider-Man: \"Home\"")]).await;
    let long = "alien ".repeat(2_000);
    let long_word = "x".repeat(10_000);
    for text in [
        "\"",
        "\"\"",
        "'",
        "*",
        "^",
        "-",
        "+",
        "(",
        ")",
        "{name}",
        "name : alien",
        "NEAR(a b)",
        "a OR b",
        "NOT",
        "AND",
        "\0",
        "\"\0\"",
        "🎬",
        "🎬 \u{202e}",
        "\u{301}",
        ";--",
        "%",
        "_",
        &long_word,
        "!!!",
        "\\",
        ":",
        "a\0OR 1",
    ] {
        assert!(shelf.search(text).await.is_empty(), "{text:?}");
    }
    assert_eq!(shelf.search(&long).await, ["Alien"]);
    for text in ["spider-man", "man spider", "\"home\"", "spider-m", "alien\0", "ALIEN*", "Al'ien"]
    {
        let found = shelf.search(text).await.len();
        assert_eq!(found, usize::from(text != "Al'ien"), "{text:?}");
    }
    // Nothing but space is no search.
    assert_eq!(shelf.search(" \t").await.len(), 2);
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let shelf = Shelf::new().await;
    let mut cast = shelf.film("Casting");
    cast.facts.people = vec![Person {
        name: "Alien Smith".to_owned(),
        character: String::new(),
        role: PersonRole::Director,
    }];
    let mut original = shelf.film("Zelda");
    original.facts.original_name = Some("The Alien One".to_owned());
    let files = vec![
        cast,
        shelf.film("My Alien"),
        shelf.film("Aliens"),
        shelf.file("e.mkv", episode("Other", 1, 1)),
        original,
        shelf.film("The Alien"),
    ];
    shelf.commit(files).await;
    let best = ["The Alien", "Aliens", "My Alien", "Zelda", "Casting"];
    assert_eq!(shelf.search("alien").await, best);

    let query = |text: &str| TitleQuery { text: Some(text.to_owned()), ..TitleQuery::default() };
    let mut paged = Vec::new();
    let mut by_match = query("alien");
    by_match.page.limit = 2;
    loop {
        let viewer = shelf.catalog.viewer();
        let page = shelf.catalog.titles(viewer, &by_match).await.expect("a page");
        paged.extend(names(&page.items));
        by_match.page.cursor = page.next_cursor;
        if by_match.page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, best);

    let episodes = TitleQuery { kinds: vec![TitleKind::Episode], ..query("episode") };
    assert_eq!(names(&shelf.list(episodes).await), ["Episode 1"]);
    let none = TitleQuery { kinds: vec![TitleKind::Film], ..query("episode") };
    assert!(shelf.list(none).await.is_empty());
}

#[tokio::test]
async fn kinds_and_genres_narrow_the_list() {
    let shelf = Shelf::new().await;
    let mut drama = shelf.film("Alien");
    drama.facts.genres = vec!["Drama".to_owned(), " ".to_owned(), "Drama".to_owned()];
    let mut audio = shelf.film("Intro");
    audio.identity = Identity::Audio { name: "Intro".to_owned() };
    shelf.commit(vec![drama, shelf.film("Brazil"), audio]).await;
    for (kinds, genre, expected) in [
        (vec![], None, vec!["Alien", "Brazil", "Intro"]),
        (vec![TitleKind::Film], None, vec!["Alien", "Brazil"]),
        (
            vec![TitleKind::Audio, TitleKind::Film, TitleKind::Film],
            None,
            vec!["Alien", "Brazil", "Intro"],
        ),
        (vec![TitleKind::Series], None, vec![]),
        (vec![], Some("Drama"), vec!["Alien"]),
        (vec![TitleKind::Audio], Some("Drama"), vec![]),
        (vec![], Some("drama"), vec![]),
        (vec![], Some(""), vec![]),
    ] {
        let genre = genre.map(str::to_owned);
        let query = TitleQuery { kinds, genre, ..TitleQuery::default() };
        assert_eq!(names(&shelf.list(query.clone()).await), expected, "{query:?}");
    }
    let genres = shelf.catalog.genres().await.expect("listed");
    assert_eq!(genres.iter().map(|it| (&*it.name, it.titles)).collect::<Vec<_>>(), [("Drama", 1)]);
}

#[tokio::test]
async fn a_limit_is_at_least_one_and_at_most_a_page() {
    let shelf = Shelf::new().await;
    shelf.commit((0..250).map(|n| shelf.film(&format!("{n:03}"))).collect()).await;
    for (limit, expected) in [(0, 1), (1, 1), (200, 200), (201, 200), (usize::MAX, 200)] {
        let query =
            TitleQuery { page: PageRequest { limit, cursor: None }, ..TitleQuery::default() };
        let page = shelf.catalog.titles(shelf.catalog.viewer(), &query).await.expect("a page");
        assert_eq!((page.items.len(), page.next_cursor.is_some()), (expected, true), "{limit}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_is_refused() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("a"), shelf.film("b")]).await;
    let by = |sort: &str, cursor| TitleQuery {
        sort: Some(sort.parse().expect("an order")),
        page: PageRequest { limit: 1, cursor },
        ..TitleQuery::default()
    };
    let viewer = shelf.catalog.viewer();
    let first = shelf.catalog.titles(viewer, &by("name", None)).await.expect("a page");
    let query = by("-name", first.next_cursor);
    let refused = shelf.catalog.titles(viewer, &query).await.expect_err("refused");
    assert_eq!(refused.kind(), Kind::Invalid);
    for text in ["", "-", "NAME", "size", "--name"] {
        assert!(text.parse::<Sort>().is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn every_list_reads_an_index_and_sorts_nothing() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien")]).await;
    let mut statements: Vec<String> =
        every_sort().map(|sort| stretches(sort, &Tests::default())).collect();
    // Passed over in the index: neither the title's row nor a table of its own is looked at.
    let conditions = " and l.facets_id in (select value from json_each(?6))
         and l.year between ?7 and ?8"
        .to_owned();
    let mut narrow = Tests::default();
    narrow.conditions = conditions;
    statements.extend(every_sort().map(|sort| stretches(sort, &narrow)));
    let others = [titles::NEXT_EPISODE, search::BY_WORDS, search::BY_NAME];
    statements.extend(others.map(str::to_owned));
    statements
        .extend([items::STILLS_OF_SERIES, placeholders::ARTWORK_WITHOUT_HASH].map(str::to_owned));
    for sql in statements {
        let is_list = sql.contains("from listing l");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("explain query plan {sql}")))
                .fetch_all(&shelf.catalog.engine().readers)
                .await
                .expect("a plan");
        for (_, _, _, step) in plan {
            let is_bounded = step.starts_with("SEARCH")
                || step.starts_with("CO-ROUTINE")
                || step.starts_with("LIST SUBQUERY")
                || step.starts_with("USING INDEX")
                // What was just read with a bound: matches of a search, a page before it becomes JSON.
                || step == "CREATE BLOOM FILTER"
                || step.starts_with("CORRELATED SCALAR SUBQUERY")
                || step == "SCAN s"
                || step.starts_with("SCAN (subquery")
                || step.contains("VIRTUAL TABLE");
            assert!(is_bounded, "{step}\n{sql}");
            let is_of_list = is_list && step.starts_with("SEARCH l ");
            assert!(!is_of_list || step.contains("COVERING INDEX"), "{step}\n{sql}");
        }
    }
}

#[tokio::test]
async fn equal_values_are_told_apart_by_identifier_in_both_directions() {
    let shelf = Shelf::new().await;
    shelf
        .commit((0..5).map(|n| shelf.file(&format!("{n}"), film(&format!("{n}")))).collect())
        .await;
    for (sort, expected) in [("year", "01234"), ("-year", "43210"), ("-added", "43210")] {
        let sort = Some(sort.parse().expect("an order"));
        let query = TitleQuery { sort, ..TitleQuery::default() };
        assert_eq!(names(&shelf.list(query).await).concat(), expected);
    }
}

#[tokio::test]
async fn a_text_that_matches_too_much_still_shows_what_is_named_so_first() {
    let shelf = Shelf::new().await;
    let mut files: Vec<_> =
        (0..SEARCH_MATCHES_MAX).map(|n| shelf.film(&format!("My alien {n}"))).collect();
    // These come after the bound in order of arrival.
    files.extend(["Aliens", "Alien"].map(|name| shelf.film(name)));
    shelf.commit(files).await;
    let found = shelf.search("alien").await;
    assert_eq!((found.len(), &*found[0], &*found[1]), (200, "Alien", "Aliens"));
    let mut query = TitleQuery { text: Some("alien".to_owned()), ..TitleQuery::default() };
    query.page.limit = 200;
    let mut met = 0;
    loop {
        let viewer = shelf.catalog.viewer();
        let page = shelf.catalog.titles(viewer, &query).await.expect("a page");
        met += page.items.len();
        query.page.cursor = page.next_cursor;
        if query.page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(met, SEARCH_MATCHES_MAX + 2);
}
