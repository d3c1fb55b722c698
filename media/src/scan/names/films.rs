//! The names of films: year, edition, part.

use std::cell::LazyCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use regex::Regex;

use super::clean::{clean, turns_text};

/// What a name says about a film.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FilmName {
    /// Without year, edition and part.
    pub(super) name: String,
    /// Year of release.
    pub(super) year: Option<u16>,
    /// `Director's Cut`.
    pub(super) edition: Option<String>,
    /// From 1.
    pub(super) part: Option<u32>,
}

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("a constant pattern"));
    };
}

pattern!(YEAR_IN_BRACKETS, r"[(\[{]((?:18|19|20)\d\d)[)\]}]");
pattern!(YEAR_BARE, r"(?:^|[ ._,-])((?:19|20)\d\d)(?:$|[ ._,\[({-])");
pattern!(EDITION_MARK, r"(?i)\{edition-([^}]{1,80})\}");
pattern!(PROVIDER_MARK, r"(?i)[\[{(](?:tmdb|tvdb|imdb|tmdbid|tvdbid|imdbid)[-=: ]?[a-z0-9]+[\]})]");
pattern!(
    EDITION,
    r"(?i)(?:^|[^\pL])((?:the[ ._])?(?:director'?s?|extended|theatrical|final|special|ultimate|collector'?s|anniversary|international|assembly|rogue|despecialized|alternate|criterion|uncut|unrated|remastered|restored|redux|imax|open[ ._]matte)(?:[ ._](?:director'?s?|extended|special|ultimate|anniversary|collector'?s))?(?:[ ._](?:cut|edition|version|collection))?)(?:[^\pL]|$)"
);
// With a word that makes it certain, where no year parts the name from what follows.
pattern!(
    EDITION_CERTAIN,
    r"(?i)[^\pL]((?:director'?s|extended|theatrical|final|special|ultimate|collector'?s|anniversary)[ ._](?:cut|edition|version))(?:[^\pL]|$)"
);
pattern!(
    PART_BEHIND_YEAR,
    r"(?i)(?:^|[ ._-])(?:cd|disc|disk|dvd|part|pt)[ ._-]?(\d{1,2}|[a-h])(?:[^\pL\pN]|$)"
);
// Without a year only what cannot belong to a name: `Dune Part 2` is a film of its own.
pattern!(PART_AT_END, r"(?i)[ ._-](?:(?:cd|disc|disk|dvd)[ ._-]?|part|pt)(\d{1,2})$");
pattern!(
    TECHNICAL,
    r"(?i)(?:^|[ ._\[({-])(?:\d{3,4}[pi]|[48]k|uhd|blu-?ray|b[dr]rip|web-?dl|web-?rip|hdtv|dvd-?rip|remux|x26[45]|h[ ._]?26[45]|hevc|avc|xvid|divx|proper|repack|10bit|multi|dubbed|subbed|aac|ac3|dts|ddp?5)(?:$|[ ._\])}-])"
);

/// The last year that a bare number is taken for: `2049` belongs to a name.
const BARE_YEAR_MAX: u32 = 2040;
/// Characters that `hunch` is given.
const HUNCH_CHARACTERS_MAX: usize = 255;

/// Whether a number may be a year of release.
pub(super) fn is_year(number: u32) -> bool {
    (1900..=BARE_YEAR_MAX).contains(&number)
}

/// Reads a name without extension.
pub(super) fn read(stem: &str) -> FilmName {
    let mark = EDITION_MARK.captures(stem).map(|found| clean(&found[1]));
    let stem = EDITION_MARK.replace_all(stem, "");
    let stem = PROVIDER_MARK.replace_all(&stem, "");
    let mut film = match split_at_year(&stem) {
        Some((before, year, behind)) => FilmName {
            name: clean(&without_group(before)),
            year: Some(year),
            edition: EDITION.captures(behind).map(|found| clean(&found[1])),
            part: PART_BEHIND_YEAR.captures(behind).and_then(|found| part(&found[1])),
        },
        None => without_year(&stem),
    };
    film.edition = mark.or(film.edition);
    if film.name.is_empty() {
        film.name = tidy(&stem);
    }
    film
}

/// The name and the year alone, as folders and series carry them.
pub(super) fn name_and_year(text: &str) -> (String, Option<u16>) {
    let text = PROVIDER_MARK.replace_all(text, "");
    match split_at_year(&text) {
        Some((before, year, _)) => (clean(&without_group(before)), Some(year)),
        None => (clean(&without_group(until_technical(&text))), None),
    }
}

/// A name as it is, but readable; what remains of a name of nothing but marks.
pub(super) fn tidy(stem: &str) -> String {
    let name = clean(stem);
    if !name.is_empty() {
        return name;
    }
    let visible: String = stem.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect();
    if visible.trim().is_empty() { "?".to_owned() } else { visible.trim().to_owned() }
}

/// What stands before the first word that only releases use.
pub(super) fn until_technical(text: &str) -> &str {
    TECHNICAL.find(text).map_or(text, |found| &text[..found.start()])
}

/// A year in brackets, else the last bare one; never at the very beginning: `1917` is a name.
fn split_at_year(text: &str) -> Option<(&str, u16, &str)> {
    let has_name = |before: &str| before.chars().any(char::is_alphanumeric);
    let bracketed = YEAR_IN_BRACKETS
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .filter(|year| has_name(&without_group(&text[..year.start()])))
        .last();
    // Years may share the separator between them, so the next search begins on it.
    let bare = LazyCell::new(|| {
        let (mut from, mut last) = (0, None);
        while let Some(found) = YEAR_BARE.captures_at(text, from).and_then(|found| found.get(1)) {
            let number = found.as_str().parse().unwrap_or(0);
            if is_year(number) && has_name(&without_group(&text[..found.start()])) {
                last = Some(found);
            }
            from = found.end();
        }
        last
    });
    let year = bracketed.or_else(|| *bare)?;
    // Behind the words of a release a number is a group's or a size.
    let before = &text[..year.start()];
    if bracketed.is_none() && TECHNICAL.is_match(before) {
        return None;
    }
    Some((before, year.as_str().parse().ok()?, &text[year.end()..]))
}

/// The group in front of a release's name: `[Group] Name`.
fn without_group(text: &str) -> String {
    pattern!(GROUP, r"^[ ._]*\[[^\]]*\][ ._]*");
    let rest = GROUP.replace(text, "");
    if rest.chars().any(char::is_alphanumeric) { rest.into_owned() } else { text.to_owned() }
}

fn without_year(stem: &str) -> FilmName {
    let part_found = PART_AT_END.captures(stem);
    let part = part_found.as_ref().and_then(|found| part(&found[1]));
    let stem =
        part_found.and_then(|found| found.get(0)).map_or(stem, |found| &stem[..found.start()]);
    let edition_found = EDITION_CERTAIN.captures(stem).and_then(|found| found.get(1));
    let edition = edition_found.map(|found| clean(found.as_str()));
    let stem = edition_found.map_or(stem, |found| &stem[..found.start()]);
    let name = release_name(stem).unwrap_or_else(|| tidy(stem));
    FilmName { name, year: None, edition, part }
}

/// What `hunch` takes for the title of a release, if the name is plainly one.
///
/// A wrong cut would make one title of different files, so it must see a source or a size of the
/// picture, and words parted by dots, underscores or spaces: `made-h264-crop` is a word.
fn release_name(stem: &str) -> Option<String> {
    thread_local! {
        static HUNCH: LazyCell<hunch::Pipeline> = LazyCell::new(hunch::Pipeline::new);
    }
    let bounded = stem.chars().count() <= HUNCH_CHARACTERS_MAX;
    if !bounded || !stem.contains(['.', '_', ' ']) || !TECHNICAL.is_match(stem) {
        return None;
    }
    // A guess that panics is no guess; the pipeline is only read.
    let guess = catch_unwind(AssertUnwindSafe(|| HUNCH.with(|hunch| hunch.run(stem)))).ok()?;
    let is_release = guess.source().is_some() || guess.screen_size().is_some();
    // It takes `Part 2` out of names, which would make one film of two.
    let is_whole = guess.part().is_none();
    let title = clean(guess.title().unwrap_or_default());
    (is_release && is_whole && !title.is_empty()).then_some(title)
}

fn part(text: &str) -> Option<u32> {
    match text.parse() {
        Ok(0) => None,
        Ok(number) => Some(number),
        Err(_) => {
            let letter = text.chars().next()?.to_ascii_lowercase();
            Some(u32::from(letter).checked_sub(u32::from('a'))? + 1)
        }
    }
}
