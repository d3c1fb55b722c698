//! What the name of a file and of the folders around it say about the title it holds.
//!
//! Our own rules read the notations that people agree on: `Title (Year)`, `S01E02`, `1x02`, dates,
//! absolute numbers, folders of seasons and of extras. `hunch` reads the names that releases
//! carry and only where our rules found neither a year nor an episode. Nothing here touches the
//! disk; every name, in any encoding, gives an answer in bounded time.

mod clean;
mod episodes;
mod films;
mod folders;

use std::os::unix::ffi::OsStrExt;

use crate::catalog::Identity;
use crate::storage::Key;

use self::clean::same_name;
use self::episodes::{Episodes, SeasonHint};
use self::films::FilmName;
use self::folders::{Around, Extra};
use super::kinds;

pub(crate) use self::folders::{is_within_title, season_folder};

/// What the names say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Which title the file holds.
    pub(crate) identity: Identity,
    /// Edition of a film.
    pub(crate) edition: Option<String>,
    /// Number of this part of a film in several files, from 1.
    pub(crate) part: Option<u32>,
    /// The name of an episode, where one follows its number.
    pub(crate) episode_name: Option<String>,
}

impl Named {
    fn plain(identity: Identity) -> Self {
        Self { identity, edition: None, part: None, episode_name: None }
    }
}

/// What the caller knows beyond the name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    /// The file holds sound without moving pictures.
    pub(crate) is_audio: bool,
    /// The title's folder holds seasons or a `tvshow.nfo`.
    pub(crate) is_series_folder: bool,
}

/// Tells which title the file named `key` holds.
pub(crate) fn identify(key: &Key, context: Context) -> Named {
    let components: Vec<String> = key
        .as_path()
        .iter()
        .map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
        .collect();
    let (file_name, parents) = components.split_last().expect("a key has at least one name");
    let stem = String::from_utf8_lossy(kinds::stem(file_name.as_bytes())).into_owned();
    let around = folders::read(parents);

    if let Some(found) = folders::extra(&stem, &around) {
        return Named::plain(extra(found, &around, context));
    }
    if let Some(episodes) = episodes::read(&stem, season_hint(&around, context)) {
        return episode(episodes, &around);
    }
    if context.is_audio {
        return Named::plain(Identity::Audio { name: films::tidy(&stem) });
    }
    film(&stem, &around)
}

/// Whether the name of a folder is that of a film.
pub(crate) fn is_same_film(folder: &str, film: &str) -> bool {
    same_name(&films::name_and_year(folder).0, film)
}

fn season_hint(around: &Around<'_>, context: Context) -> SeasonHint {
    match around.season {
        Some(season) => SeasonHint::Season(season),
        None if context.is_series_folder => SeasonHint::SeriesFolder,
        None => SeasonHint::None,
    }
}

fn episode(episodes: Episodes, around: &Around<'_>) -> Named {
    let (series, series_year) = series_name(&episodes.before, around);
    Named {
        identity: Identity::Episode {
            series,
            series_year,
            season: episodes.season,
            episode: episodes.first,
            episode_end: episodes.last,
        },
        edition: None,
        part: None,
        episode_name: episodes.name,
    }
}

/// A folder that holds seasons names its series; otherwise the file does, unless the folder says
/// the same and adds the year, or the file says nothing.
fn series_name(before: &str, around: &Around<'_>) -> (String, Option<u16>) {
    let own = films::name_and_year(before);
    if own.0.is_empty() {
        return folder_name(around.title.unwrap_or_default());
    }
    let Some(folder) = around.title.map(films::name_and_year) else { return own };
    let folder_decides =
        around.season.is_some() || (same_name(&own.0, &folder.0) && own.1.is_none());
    if folder_decides && !folder.0.is_empty() { folder } else { own }
}

/// The name and the year of a folder; one of nothing but marks is called by these, as a title
/// without a name could not be seen in a list.
fn folder_name(folder: &str) -> (String, Option<u16>) {
    let (name, year) = films::name_and_year(folder);
    (if name.is_empty() { films::tidy(folder) } else { name }, year)
}

/// The title of an extra: the series or film of the folder, or the film that its own name tells.
fn extra(extra: Extra<'_>, around: &Around<'_>, context: Context) -> Identity {
    let own = films::read(extra.name);
    let is_series = around.season.is_some() || context.is_series_folder;
    let of = match around.title.map(folder_name) {
        Some((series, series_year)) if is_series => {
            Identity::Series { name: series, year: series_year }
        }
        Some((name, year))
            if extra.is_folders
                || same_name(&own.name, &name)
                || (year.is_some() && own.year.is_none()) =>
        {
            Identity::Film { name, year }
        }
        _ => Identity::Film { name: own.name, year: own.year },
    };
    Identity::Extra {
        of: Box::new(of),
        what: extra.kind.what.to_owned(),
        name: films::tidy(extra.name),
    }
}

fn film(stem: &str, around: &Around<'_>) -> Named {
    let own = films::read(stem);
    let FilmName { mut name, mut year, mut edition, part } = own;
    if let Some(folder) = around.title.map(films::read) {
        // `Alien (1979)/alien-1080p.mkv`: the folder is written by people, the file by machines.
        // A file with a year of its own is one of several films in a box.
        let folder_decides =
            folder.year.is_some() && (year.is_none() || same_name(&name, &folder.name));
        if folder_decides {
            name = folder.name;
            year = folder.year;
            edition = edition.or(folder.edition);
        }
    }
    Named {
        identity: Identity::Film { name, year },
        edition,
        part: part.or(around.part),
        episode_name: None,
    }
}

#[cfg(test)]
mod tests;
