//! What the folders around a file say: season, part, extras, and which folder is the title's.

use std::sync::LazyLock;

use regex::Regex;

/// What the folders above a file say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Around<'a> {
    /// The folder of the film or series, where there is one.
    pub(super) title: Option<&'a str>,
    /// The season that a folder names.
    pub(super) season: Option<u32>,
    /// The part that a folder names (`CD1`).
    pub(super) part: Option<u32>,
    /// The kind of extras that a folder holds.
    pub(super) extra: Option<ExtraKind>,
}

/// A kind of extras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExtraKind {
    /// What it is called.
    pub(super) what: &'static str,
}

/// Reads the folders from the innermost outwards.
pub(super) fn read(parents: &[String]) -> Around<'_> {
    let mut around = Around::default();
    for folder in parents.iter().rev() {
        if let Some(kind) = extras_folder(folder)
            && around.season.is_none()
        {
            around.extra = Some(kind);
        } else if let Some(season) = season_folder(folder)
            && around.season.is_none()
        {
            around.season = Some(season);
        } else if let Some(part) = part_folder(folder)
            && around.part.is_none()
        {
            around.part = Some(part);
        } else {
            around.title = Some(folder);
            break;
        }
    }
    // `Extras/Making of.mkv` right below a root: a folder that happens to have that name.
    if around.title.is_none() {
        around.extra = None;
    }
    around
}

/// The season that a folder is for, by its name; specials are season 0.
pub(crate) fn season_folder(name: &str) -> Option<u32> {
    static SEASON: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^(?:season|series|staffel|saison|temporada|stagione|seizoen|säsong|sæson|sesong|sezon|сезон|シーズン)[ ._-]*(\d{1,4})(?:\D.*)?$|^s(\d{1,4})$|^(\d{1,2})[ .]*(?:st|nd|rd|th)?[ ._-]*season$",
        )
        .expect("a constant pattern")
    });
    let name = name.trim();
    if name.eq_ignore_ascii_case("specials") || name.eq_ignore_ascii_case("special") {
        return Some(0);
    }
    let found = SEASON.captures(name)?;
    found.iter().skip(1).flatten().next()?.as_str().parse().ok()
}

fn part_folder(name: &str) -> Option<u32> {
    static PART: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:cd|disc|disk|dvd)[ ._-]*(\d{1,2})$").expect("a constant pattern")
    });
    PART.captures(name.trim())?[1].parse().ok()
}

/// Folders whose files belong to the title above: the names that Kodi, Jellyfin and Plex share.
const EXTRAS_FOLDERS: &[(&str, &str)] = &[
    ("extras", "extra"),
    ("extra", "extra"),
    ("bonus", "extra"),
    ("other", "extra"),
    ("others", "extra"),
    ("trailer", "trailer"),
    ("trailers", "trailer"),
    ("behind the scenes", "behind the scenes"),
    ("deleted scenes", "deleted scene"),
    ("deleted", "deleted scene"),
    ("featurette", "featurette"),
    ("featurettes", "featurette"),
    ("interview", "interview"),
    ("interviews", "interview"),
    ("scene", "scene"),
    ("scenes", "scene"),
    ("short", "short"),
    ("shorts", "short"),
    ("clips", "clip"),
    ("sample", "sample"),
    ("samples", "sample"),
    ("theme-music", "theme"),
    ("backdrops", "backdrop"),
];

/// The kind of extras that a folder holds, by its name.
pub(crate) fn extras_folder(name: &str) -> Option<ExtraKind> {
    let name = name.trim().to_lowercase().replace(['_', '.'], " ");
    EXTRAS_FOLDERS.iter().find(|(folder, _)| *folder == name).map(|(_, what)| ExtraKind { what })
}

/// Ends of names that make an extra of a file beside its title.
const EXTRA_SUFFIXES: &[(&str, &str)] = &[
    ("trailer", "trailer"),
    ("teaser", "trailer"),
    ("sample", "sample"),
    ("behindthescenes", "behind the scenes"),
    ("deleted", "deleted scene"),
    ("deletedscene", "deleted scene"),
    ("featurette", "featurette"),
    ("interview", "interview"),
    ("scene", "scene"),
    ("short", "short"),
    ("clip", "clip"),
    ("extra", "extra"),
    ("other", "extra"),
];

/// An extra beside or below its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extra<'a> {
    pub(super) kind: ExtraKind,
    /// Its own name; for `Film-trailer` what stands before the suffix.
    pub(super) name: &'a str,
    /// The folder tells whose it is; the name does not.
    pub(super) is_folders: bool,
}

/// The extra that a file is, by its folder or by the end of its name.
pub(super) fn extra<'a>(stem: &'a str, around: &Around<'_>) -> Option<Extra<'a>> {
    if let Some(kind) = around.extra {
        return Some(Extra { kind, name: stem, is_folders: true });
    }
    let lower = stem.to_ascii_lowercase();
    for (suffix, what) in EXTRA_SUFFIXES {
        let Some(rest) = lower.strip_suffix(suffix) else { continue };
        let kind = ExtraKind { what };
        // `Film-trailer`, `Film.sample`; a film called `The Interview` has a space there.
        let is_marked = rest.ends_with('-') && !rest.ends_with(" -")
            || (matches!(*what, "trailer" | "sample") && rest.ends_with(['.', '_']));
        if is_marked && rest.chars().any(char::is_alphanumeric) {
            return Some(Extra { kind, name: &stem[..rest.len() - 1], is_folders: false });
        }
        // `trailer.mkv`, `sample.mkv` in the folder of a film.
        if rest.is_empty() && around.title.is_some() && matches!(*what, "trailer" | "sample") {
            return Some(Extra { kind, name: stem, is_folders: true });
        }
    }
    None
}

/// Whether a folder only divides a title: a season, a part or extras.
pub(crate) fn is_within_title(name: &str) -> bool {
    extras_folder(name).is_some() || season_folder(name).is_some() || part_folder(name).is_some()
}
