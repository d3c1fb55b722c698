//! Phase 3: which title a file holds, and what is told about it.
//!
//! An NFO file is believed before tags, tags before the name; pictures and subtitles come from the
//! files beside it. Reads NFO files and the first bytes of pictures, so it blocks on the disk.

use std::os::unix::ffi::OsStrExt as _;

use super::artwork::{self, Picture};
use super::folder::{Folder, SideFile};
use super::kinds::{self, FileKind};
use super::known::{Known, KnownRoot};
use super::names::{self, Context, Named};
use super::nfo::{self, EpisodeNfo, Nfo};
use super::phase_2_probe::Probed;
use super::subtitles;
use crate::catalog::{
    ArtworkKind, ArtworkSource, Facts, Finding, FoundArtwork, FoundFile, FoundSubtitle, Identity,
    Severity,
};
use crate::error::{Error, Kind, Result};
use crate::limits::NFO_BYTES_MAX;
use crate::probe::{MediaInfo, ProbedBy, Tags};
use crate::storage::ReadAt as _;

/// A file ready to be committed, and what was odd about it.
#[derive(Debug)]
pub(crate) struct Identified {
    pub(crate) file: FoundFile,
    pub(crate) finding: Option<Finding>,
}

/// Tells which title a file holds.
pub(crate) fn identify(probed: Probed, known: &Known) -> Identified {
    let root = &known.roots[probed.walked.root_at];
    let Probed { walked, version, fingerprint, info } = probed;
    let name = walked.key.as_path().file_name().unwrap_or_default().as_bytes();
    let context = Context {
        is_audio: is_audio(&info, walked.kind),
        is_series_folder: walked.folder.is_series(),
    };
    let named = names::identify(&walked.key, context);
    let is_own_folder = match &named.identity {
        Identity::Film { name, .. } => walked.folder.is_of_film(name),
        _ => true,
    };
    let mut odd = info.faults.clone();
    odd.extend(kinds::broken_promise(name, info.container));
    let mut around = Around { root, folder: &walked.folder, is_own_folder, name, odd };
    let told = around.tell(named, &info.tags);
    let is_episode = matches!(told.identity, Identity::Episode { .. });
    let mut artwork = around.own_artwork(is_episode);
    let folder_artwork = around.folder_artwork();
    let mut series_artwork = Vec::new();
    match told.identity {
        Identity::Episode { .. } => series_artwork = folder_artwork,
        // An extra has the pictures that carry its own name, not its title's.
        Identity::Extra { .. } => {}
        _ => artwork.extend(folder_artwork),
    }
    if let Some(cover) = &info.cover {
        let kind = if is_episode { ArtworkKind::Thumb } else { ArtworkKind::Poster };
        artwork.push((
            usize::MAX,
            FoundArtwork {
                kind,
                season: None,
                key: walked.key.clone(),
                version,
                source: ArtworkSource::Embedded(cover.clone()),
            },
        ));
    }
    let subtitles = around.subtitles();
    let finding = (!around.odd.is_empty()).then(|| Finding {
        root: root.id,
        key: walked.key.clone(),
        severity: Severity::Warning,
        message: around.odd.join("; "),
    });
    let moved_from = match walked.known {
        Some(_) => None,
        None => known.take_moved(fingerprint, version.len_bytes),
    };
    let file = FoundFile {
        root: root.id,
        key: walked.key,
        version,
        fingerprint,
        surroundings: walked.surroundings,
        moved_from,
        info,
        identity: told.identity,
        facts: told.facts,
        series_facts: told.series_facts,
        edition: told.edition,
        part: told.part,
        artwork: best(artwork),
        series_artwork: best(series_artwork),
        subtitles,
    };
    Identified { file, finding }
}

/// Sound alone, by its tracks; by its name where nobody could read them.
fn is_audio(info: &MediaInfo, kind: FileKind) -> bool {
    if info.probed_by == ProbedBy::Nobody {
        return kind == FileKind::Audio;
    }
    info.main_video().is_none() && info.main_audio().is_some()
}

/// What names, NFO files and tags say together.
struct Told {
    identity: Identity,
    facts: Facts,
    series_facts: Option<Facts>,
    edition: Option<String>,
    part: Option<u32>,
}

/// A media file and what stands around it.
struct Around<'a> {
    root: &'a KnownRoot,
    folder: &'a Folder,
    /// What the folder says is said of this title.
    is_own_folder: bool,
    name: &'a [u8],
    /// What was odd but kept nothing from being listed, one sentence each.
    odd: Vec<String>,
}

impl Around<'_> {
    fn tell(&mut self, named: Named, tags: &Tags) -> Told {
        let own = self.own_nfo();
        let Named { identity, edition, part, episode_name } = named;
        let mut told =
            Told { identity, facts: Facts::default(), series_facts: None, edition, part };
        match (&mut told.identity, own) {
            (Identity::Extra { .. }, _) => {}
            (Identity::Audio { name }, own) => {
                if let Some(Nfo::Film(facts)) = own {
                    told.facts = facts;
                }
                fill(&mut told.facts, tags);
                if let Some(title) = &told.facts.name {
                    name.clone_from(title);
                }
            }
            // What an NFO calls an episode is one, whatever the name looks like, and the other way
            // round.
            (identity, Some(Nfo::Episodes(episodes))) => {
                tell_episode(identity, &episodes, &mut told.facts);
                told.series_facts = self.series_facts(identity);
            }
            (identity @ Identity::Episode { .. }, own) => {
                if let Some(Nfo::Film(facts)) = own {
                    *identity = film_of(&facts, identity);
                    told.facts = facts;
                } else {
                    told.series_facts = self.series_facts(identity);
                }
                fill(&mut told.facts, tags);
                if told.facts.name.is_none() {
                    told.facts.name = episode_name;
                }
            }
            (identity, own) => {
                let own = match own {
                    Some(Nfo::Film(facts)) => Some(facts),
                    _ => self.folder_film(),
                };
                if let Some(facts) = own {
                    *identity = film_of(&facts, identity);
                    told.facts = facts;
                }
                let has_name = told.facts.name.is_some();
                fill(&mut told.facts, tags);
                // Titles in tags of films are often those of the release; the name of the file is
                // what people see and change.
                if !has_name {
                    told.facts.name = None;
                }
            }
        }
        told
    }

    /// What `tvshow.nfo` says; it names the series for all its episodes alike.
    fn series_facts(&mut self, identity: &mut Identity) -> Option<Facts> {
        let Some(Nfo::Series(facts)) = self.shared_nfo(b"tvshow.nfo") else { return None };
        if let (Identity::Episode { series, .. }, Some(name)) = (identity, &facts.name) {
            series.clone_from(name);
        }
        Some(facts)
    }

    fn folder_film(&mut self) -> Option<Facts> {
        if !self.is_own_folder {
            return None;
        }
        match self.shared_nfo(b"movie.nfo") {
            Some(Nfo::Film(facts)) => Some(facts),
            _ => None,
        }
    }

    fn own_nfo(&mut self) -> Option<Nfo> {
        let folder = self.folder;
        let side = folder.own(self.name).iter().find(|side| side.kind == FileKind::Nfo)?;
        self.read_nfo(folder, side)
    }

    fn shared_nfo(&mut self, name: &[u8]) -> Option<Nfo> {
        let (folder, side) = self.folder.up_to_title().find_map(|folder| {
            let mut shared = folder.shared().iter();
            shared.find(|side| side.name.eq_ignore_ascii_case(name)).map(|side| (folder, side))
        })?;
        self.read_nfo(folder, side)
    }

    fn read_nfo(&mut self, folder: &Folder, side: &SideFile) -> Option<Nfo> {
        let read = self.read_side(folder, side, NFO_BYTES_MAX).and_then(|bytes| {
            if side.version.len_bytes > NFO_BYTES_MAX as u64 {
                let doing = format!("it is longer than {NFO_BYTES_MAX} bytes");
                return Err(Error::new(Kind::Invalid, doing));
            }
            nfo::read(&bytes)
        });
        read.unwrap_or_else(|error| {
            let name = String::from_utf8_lossy(&side.name);
            self.odd.push(format!("{name} beside it was not used: {}", error.chain()));
            None
        })
    }

    /// At most `len_bytes_max` bytes from the beginning of a side file.
    fn read_side(&self, folder: &Folder, side: &SideFile, len_bytes_max: usize) -> Result<Vec<u8>> {
        let key = folder
            .key(&side.name)
            .ok_or_else(|| Error::new(Kind::Invalid, "its path is too long"))?;
        let object = self.root.root.open(&key)?;
        let len = usize::try_from(object.len_bytes()).unwrap_or(usize::MAX).min(len_bytes_max);
        let mut bytes = vec![0; len];
        object
            .read_exact_at(&mut bytes, 0)
            .map_err(|error| Error::io(format!("reading {key}"), error))?;
        Ok(bytes)
    }

    fn own_artwork(&mut self, is_episode: bool) -> Vec<(usize, FoundArtwork)> {
        let folder = self.folder;
        let stem_len = kinds::stem(self.name).len();
        let pictures: Vec<_> = folder
            .own(self.name)
            .iter()
            .filter(|side| side.kind == FileKind::Picture)
            .filter_map(|side| {
                let behind = kinds::stem(&side.name).get(stem_len..)?;
                Some((artwork::of_file(behind, is_episode)?, folder, side))
            })
            .collect();
        self.artwork(pictures, 0)
    }

    fn folder_artwork(&mut self) -> Vec<(usize, FoundArtwork)> {
        let mut pictures = Vec::new();
        let folders = self.folder.up_to_title().filter(|_| self.is_own_folder);
        for folder in folders {
            for side in folder.shared().iter().filter(|side| side.kind == FileKind::Picture) {
                let Some(picture) = artwork::of_folder(kinds::stem(&side.name)) else { continue };
                // `Season 01/poster.jpg` is that season's.
                let season = picture.season.or_else(|| folder.season());
                let is_used = season.is_none() || picture.kind == ArtworkKind::Poster;
                if is_used {
                    pictures.push((Picture { season, ..picture }, folder, side));
                }
            }
        }
        // After those that carry the file's own name.
        self.artwork(pictures, 100)
    }

    fn artwork(
        &mut self,
        pictures: Vec<(Picture, &Folder, &SideFile)>,
        rank_from: usize,
    ) -> Vec<(usize, FoundArtwork)> {
        let mut found = Vec::new();
        for (picture, folder, side) in pictures {
            let Some(key) = folder.key(&side.name) else { continue };
            match self.read_side(folder, side, 16) {
                Ok(head) if artwork::is_picture(&head) => {}
                Ok(_) => {
                    let name = String::from_utf8_lossy(&side.name);
                    self.odd.push(format!("{name} beside it is not a picture"));
                    continue;
                }
                Err(error) => {
                    self.odd.push(error.chain());
                    continue;
                }
            }
            found.push((
                rank_from + picture.rank,
                FoundArtwork {
                    kind: picture.kind,
                    season: picture.season,
                    key,
                    version: side.version,
                    source: ArtworkSource::File,
                },
            ));
        }
        found
    }

    fn subtitles(&self) -> Vec<FoundSubtitle> {
        let stem = kinds::stem(self.name);
        self.folder
            .own(self.name)
            .iter()
            .filter(|side| side.kind == FileKind::Subtitle)
            .filter_map(|side| {
                let key = self.folder.key(&side.name)?;
                let own = kinds::stem(side.name.rsplit(|byte| *byte == b'/').next()?);
                let begins =
                    own.len() >= stem.len() && own[..stem.len()].eq_ignore_ascii_case(stem);
                let behind = if begins { &own[stem.len()..] } else { own };
                Some(subtitles::read(&key, &String::from_utf8_lossy(behind)))
            })
            .collect()
    }
}

/// The first and last of the episodes that the NFO lists; names and numbers that it leaves out
/// stay those of the file's name.
fn tell_episode(identity: &mut Identity, told: &[EpisodeNfo], facts: &mut Facts) {
    let (Some(first), Some(last)) = (told.first(), told.last()) else { return };
    *facts = first.facts.clone();
    if told.len() > 1 {
        let names: Vec<&str> = told.iter().filter_map(|it| it.facts.name.as_deref()).collect();
        facts.name = (!names.is_empty()).then(|| names.join(" / "));
    }
    let (series, series_year, season, episode, episode_end) = match &*identity {
        Identity::Episode { series, series_year, season, episode, episode_end } => {
            (series.clone(), *series_year, *season, *episode, *episode_end)
        }
        Identity::Film { name, year } => (name.clone(), *year, 1, 0, 0),
        _ => return,
    };
    let by_date = episode > 9_999;
    let number = first.episode.filter(|_| !by_date);
    *identity = Identity::Episode {
        series: first.series.clone().unwrap_or(series),
        series_year,
        season: first.season.filter(|_| !by_date).unwrap_or(season),
        episode: number.unwrap_or(episode),
        episode_end: match (number, last.episode) {
            (Some(first), Some(last)) if told.len() > 1 => last.max(first),
            (Some(first), _) => first.max(first + episode_end.saturating_sub(episode)),
            _ => episode_end,
        },
    };
}

/// The film that an NFO tells; the name's where it tells none.
fn film_of(facts: &Facts, named: &Identity) -> Identity {
    let (own_name, own_year) = match named {
        Identity::Film { name, year } => (name.clone(), *year),
        Identity::Episode { series, series_year, .. } => (series.clone(), *series_year),
        _ => (String::new(), None),
    };
    match &facts.name {
        Some(name) => Identity::Film { name: name.clone(), year: facts.year.or(own_year) },
        None => Identity::Film { name: own_name, year: facts.year.or(own_year) },
    }
}

/// Fills what is still open with what the file says of itself.
fn fill(facts: &mut Facts, tags: &Tags) {
    facts.name = facts.name.take().or_else(|| tags.title.clone());
    facts.year = facts.year.or(tags.year);
    facts.plot = facts.plot.take().or_else(|| tags.description.clone());
    if facts.genres.is_empty() {
        facts.genres.clone_from(&tags.genres);
    }
}

/// One picture for each place: the one whose name is clearest.
fn best(mut artwork: Vec<(usize, FoundArtwork)>) -> Vec<FoundArtwork> {
    artwork.sort_by_key(|(rank, picture)| (picture.kind, picture.season, *rank));
    artwork.dedup_by_key(|(_, picture)| (picture.kind, picture.season));
    artwork.into_iter().map(|(_, picture)| picture).collect()
}
