//! The notations of episodes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::clean::clean;
use super::films;

/// Episodes that a name tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Episodes {
    /// What stands before the notation.
    pub(super) before: String,
    /// Season; for a date its year.
    pub(super) season: u32,
    /// First episode; for a date `yyyymmdd`.
    pub(super) first: u32,
    /// Last episode, at least `first`.
    pub(super) last: u32,
    /// What stands behind the notation, if it is a name.
    pub(super) name: Option<String>,
}

/// What the folders say about seasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SeasonHint {
    /// Nothing.
    None,
    /// The folder is a series', but no season's.
    SeriesFolder,
    /// The folder is this season's.
    Season(u32),
}

/// A file that names more episodes than this names something else.
const EPISODES_IN_A_FILE_MAX: u32 = 100;

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("a constant pattern"));
    };
}

// `S01E02`, `s1.e2`, `S01E02E03`, `S01E02-E05`, `S01E02-05`, `S01E02+E03`.
pattern!(
    SEASON_AND_EPISODE,
    r"(?i)(?:^|[^\pL\pN])s(\d{1,4})[ ._-]{0,3}e(?:p[ ._]?)?(\d{1,5})((?:[ ._]?[-+&]?[ ._]?(?:s\d{1,4})?e\d{1,5})*)(?:-(\d{1,4})(?:[^\pL\pN]|$))?"
);
// `1x02`, `1x02-03`, `1x02-1x03`; a picture's size has more digits before the x.
pattern!(
    CROSS,
    r"(?i)(?:^|[^\pL\pN])(\d{1,2})x(\d{2,3})(?:[-+](?:\d{1,2}x)?(\d{2,3}))?(?:[^\pL\pN]|$)"
);
// `Season 1 Episode 2`.
pattern!(
    WORDS,
    r"(?i)(?:^|[^\pL\pN])(?:season|series|staffel|saison)[ ._-]*(\d{1,3})[ ._,-]*(?:episode|folge|épisode|ep)[ ._-]*(\d{1,4})"
);
// `2024-05-03`, `2024.05.03`, `2024 05 03`.
pattern!(DATE, r"(?:^|\D)((?:19|20)\d\d)[-._ ](0[1-9]|1[0-2])[-._ ](0[1-9]|[12]\d|3[01])(?:\D|$)");
// `03.05.2024`, day first as in Europe.
pattern!(
    DATE_DAY_FIRST,
    r"(?:^|\D)(0[1-9]|[12]\d|3[01])[-.](0[1-9]|1[0-2])[-.]((?:19|20)\d\d)(?:\D|$)"
);
// `Episode 5`, `Ep.05`, `E05`, `Folge 5`.
pattern!(
    EPISODE_ALONE,
    r"(?i)(?:^|[^\pL\pN])(?:episode|folge|épisode|ep|e)[ ._#-]*(\d{1,4})(?:v\d)?(?:[^\pL\pN]|$)"
);
// `[Group] Show - 012v2 [1080p]`, `Show - 012`, `[Group] Show 12 [1080p]`, `Show - 01-02`.
pattern!(
    ABSOLUTE,
    r"(?:^|[ ._])-[ ._]+#?(\d{2,4})(?:-(\d{2,4}))?(?:v\d{1,2})?(?:[ ._]*(?:[\[(].*|-[ ._].*|end))?$"
);
pattern!(
    ABSOLUTE_IN_BRACKETS,
    r"^\[[^\]]+\][ ._]*.*\S[ ._]+(\d{2,4})(?:v\d{1,2})?(?:[ ._]*[\[(].*)?$"
);
// `01.mkv`, `01 - Pilot.mkv`, `1. Pilot.mkv` in the folder of a season.
pattern!(NUMBER_FIRST, r"^[ ._]*#?(\d{1,3})(?:v\d)?(?:[ ._-]+(.*))?$");
pattern!(GROUP, r"^[ ._]*\[[^\]]*\][ ._]*");

/// Reads the episodes out of a name without extension.
pub(super) fn read(stem: &str, hint: SeasonHint) -> Option<Episodes> {
    season_and_episode(stem)
        .or_else(|| cross(stem))
        .or_else(|| words(stem))
        .or_else(|| date(stem, hint))
        .or_else(|| number_in_series(stem, hint))
        .or_else(|| absolute(stem, hint))
}

fn number(found: &Captures<'_>, group: usize) -> Option<u32> {
    found.get(group)?.as_str().parse().ok()
}

fn season_and_episode(stem: &str) -> Option<Episodes> {
    let found = SEASON_AND_EPISODE.captures(stem)?;
    let (season, first) = (number(&found, 1)?, number(&found, 2)?);
    let further = found.get(3).map_or("", |text| text.as_str());
    let named_last =
        further.rsplit(['e', 'E']).next().and_then(|text| text.trim().parse::<u32>().ok());
    let last = number(&found, 4).or(named_last).unwrap_or(first);
    // The range's last digit group ends the match; what it needed behind it is not part of it.
    let end = found.get(4).or(found.get(3)).map_or(stem.len(), |text| text.end());
    Some(at(stem, found.get(0)?.start(), end, season, first, last))
}

fn cross(stem: &str) -> Option<Episodes> {
    let found = CROSS.captures(stem)?;
    let (season, first) = (number(&found, 1)?, number(&found, 2)?);
    let last = number(&found, 3).unwrap_or(first);
    let end = found.get(3).or(found.get(2))?.end();
    Some(at(stem, found.get(0)?.start(), end, season, first, last))
}

fn words(stem: &str) -> Option<Episodes> {
    let found = WORDS.captures(stem)?;
    let whole = found.get(0)?;
    let episode = number(&found, 2)?;
    Some(at(stem, whole.start(), whole.end(), number(&found, 1)?, episode, episode))
}

/// A date is an episode's where a series' name stands before it or the folder is a series'.
fn date(stem: &str, hint: SeasonHint) -> Option<Episodes> {
    let (found, [year, month, day]) = DATE
        .captures(stem)
        .map(|found| (found, [1, 2, 3]))
        .or_else(|| DATE_DAY_FIRST.captures(stem).map(|found| (found, [3, 2, 1])))?;
    let (start, end) = (found.get(1)?.start(), found.get(3)?.end());
    let has_name = stem[..start].chars().any(char::is_alphabetic);
    if !has_name && hint == SeasonHint::None {
        return None;
    }
    let season = number(&found, year)?;
    let episode = season * 10_000 + number(&found, month)? * 100 + number(&found, day)?;
    Some(at(stem, start, end, season, episode, episode))
}

/// Numbers that are an episode's because the folder is a series'.
fn number_in_series(stem: &str, hint: SeasonHint) -> Option<Episodes> {
    let season = match hint {
        SeasonHint::None => return None,
        SeasonHint::SeriesFolder => 1,
        SeasonHint::Season(season) => season,
    };
    if let Some(found) = EPISODE_ALONE.captures(stem) {
        let (episode, end) = (number(&found, 1)?, found.get(1)?.end());
        return Some(at(stem, found.get(0)?.start(), end, season, episode, episode));
    }
    let found = NUMBER_FIRST.captures(stem)?;
    let (episode, end) = (number(&found, 1)?, found.get(1)?.end());
    Some(at(stem, 0, end, season, episode, episode))
}

fn absolute(stem: &str, hint: SeasonHint) -> Option<Episodes> {
    let season = if let SeasonHint::Season(season) = hint { season } else { 1 };
    let found = ABSOLUTE.captures(stem).or_else(|| ABSOLUTE_IN_BRACKETS.captures(stem))?;
    let digits = found.get(1)?;
    let first: u32 = digits.as_str().parse().ok()?;
    // `Film - 2019`: a year.
    if digits.as_str().len() == 4 && films::is_year(first) {
        return None;
    }
    let last = number(&found, 2).unwrap_or(first);
    let end = found.get(2).unwrap_or(digits).end();
    let episodes = at(stem, digits.start(), end, season, first, last);
    (!episodes.before.is_empty()).then_some(episodes)
}

fn at(stem: &str, start: usize, end: usize, season: u32, first: u32, last: u32) -> Episodes {
    let before = clean(&GROUP.replace(&stem[..start], ""));
    let is_range = last >= first && last - first < EPISODES_IN_A_FILE_MAX;
    Episodes {
        before,
        season,
        first,
        last: if is_range { last } else { first },
        name: name_behind(&stem[end..]),
    }
}

/// What follows a number is the episode's name where ` - ` says so or words follow; what a release
/// adds (`720p`, a group) is none.
fn name_behind(rest: &str) -> Option<String> {
    pattern!(VERSION, r"^v\d{1,2}\b");
    let rest = VERSION.replace(rest, "");
    let name = films::until_technical(&rest);
    let name = clean(name);
    name.chars().any(char::is_alphabetic).then_some(name)
}
