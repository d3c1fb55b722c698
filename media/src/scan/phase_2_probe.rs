//! Phase 2: what each changed file is made of.
//!
//! A few threads of low priority open files below their roots, read their headers and a few
//! stretches of their content. A file that cannot be described is a finding and not a title; one
//! that has faults but can be described is both.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::fstat;
use xxhash_rust::xxh3::Xxh3;

use super::known::Known;
use super::phase_1_walk::Walked;
use crate::catalog::{Finding, Severity};
use crate::error::{Error, Kind, Result};
use crate::ids::FileId;
use crate::limits::FINGERPRINT_STRETCH_BYTES;
use crate::probe::{Ffprobe, MediaInfo, ProbedBy, probe_object};
use crate::storage::{Object, ReadAt, Version};

/// A file with its description.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) walked: Walked,
    /// The state that was read, which may be newer than the walk's.
    pub(crate) version: Version,
    pub(crate) fingerprint: u64,
    pub(crate) info: MediaInfo,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is described.
    Described(Box<Probed>),
    /// It cannot be listed.
    Broken {
        /// Why, for people.
        finding: Finding,
        /// What was listed under its name and must not be any longer: its content was replaced by
        /// something that is no title. Nothing where only the disk failed.
        gone: Option<FileId>,
    },
    /// Somebody is writing it, or took it away: the next scan tells.
    Unsettled(Walked),
}

/// How long a file must have been left alone before a watching scan calls it broken: copies grow
/// for minutes and an MP4's index often comes last.
const QUIET: Duration = Duration::from_secs(10);

/// Opens and describes a file. Blocks on the disk, and for containers that only `ffprobe` reads on
/// its process.
pub(crate) fn probe(
    walked: Walked,
    known: &Known,
    ffprobe: Option<&Ffprobe>,
    is_watching: bool,
) -> Outcome {
    let root = &known.roots[walked.root_at];
    // What viewers watch must not make room for what is looked at once.
    let opened = root.root.open(&walked.key).map(Object::read_in_passing);
    let described = opened.and_then(|object| {
        let described = describe(&object, &walked, ffprobe)?;
        let now = fstat(&object).map_err(|errno| Error::io("looking again", errno.into()))?;
        Ok((described, Version::of(&now) == object.version()))
    });
    let error = match described {
        Ok(((version, fingerprint, info), true)) => {
            return Outcome::Described(Box::new(Probed { walked, version, fingerprint, info }));
        }
        Ok((_, false)) => return Outcome::Unsettled(walked),
        Err(error) if error.kind() == Kind::NotFound => return Outcome::Unsettled(walked),
        Err(_) if is_watching && is_fresh(walked.version) => return Outcome::Unsettled(walked),
        Err(error) => error,
    };
    let finding = Finding {
        root: root.id,
        key: walked.key.clone(),
        severity: Severity::Error,
        message: error.chain(),
    };
    let is_content = matches!(error.kind(), Kind::Invalid | Kind::Unsupported);
    Outcome::Broken { finding, gone: walked.known.filter(|_| is_content) }
}

fn describe(
    object: &Object,
    walked: &Walked,
    ffprobe: Option<&Ffprobe>,
) -> Result<(Version, u64, MediaInfo)> {
    let name = walked.key.file_name();
    let info = probe_object(object, &name, ffprobe)?;
    if info.tracks.is_empty() && info.probed_by != ProbedBy::Nobody {
        return Err(Error::new(Kind::Invalid, "the file holds neither picture, sound nor text"));
    }
    let fingerprint = fingerprint(object)
        .map_err(|error| Error::io("reading stretches of the content", error))?;
    Ok((object.version(), fingerprint, info))
}

fn is_fresh(version: Version) -> bool {
    let modified =
        UNIX_EPOCH + Duration::from_nanos(u64::try_from(version.modified_ns).unwrap_or(0));
    SystemTime::now().duration_since(modified).is_ok_and(|age| age < QUIET)
}

/// XXH3 over length, beginning, middle and end: the same for a moved or copied file, another for
/// nearly any other. Not cryptographic: who can place files can place equal ones anyway.
pub(crate) fn fingerprint(source: &(impl ReadAt + ?Sized)) -> std::io::Result<u64> {
    let len_bytes = source.len_bytes();
    let stretch = FINGERPRINT_STRETCH_BYTES as u64;
    let mut hash = Xxh3::new();
    hash.update(&len_bytes.to_le_bytes());
    let mut buffer = vec![0; FINGERPRINT_STRETCH_BYTES];
    let mut from = 0;
    for at in [0, (len_bytes / 2).saturating_sub(stretch / 2), len_bytes.saturating_sub(stretch)] {
        // Short files: each byte counts once.
        let at = at.max(from);
        let end = (at + stretch).min(len_bytes);
        let taken = &mut buffer[..usize::try_from(end.saturating_sub(at)).unwrap_or(0)];
        source.read_exact_at(taken, at)?;
        hash.update(taken);
        from = end;
    }
    Ok(hash.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_sees_length_beginning_middle_and_end() {
        let len = FINGERPRINT_STRETCH_BYTES * 8;
        let whole = vec![1; len];
        let of = |bytes: &[u8]| fingerprint(bytes).expect("memory");
        assert_eq!(of(&whole), of(&whole.clone()));
        for at in [0, len / 2, len - 1] {
            let mut changed = whole.clone();
            changed[at] = 2;
            assert_ne!(of(&whole), of(&changed), "byte {at}");
        }
        assert_ne!(of(&whole), of(&whole[1..]));
    }

    #[test]
    fn every_byte_of_a_short_file_counts() {
        for len in [0, 1, 100, FINGERPRINT_STRETCH_BYTES, FINGERPRINT_STRETCH_BYTES * 3] {
            let whole = vec![1; len];
            let before = fingerprint(whole.as_slice()).expect("memory");
            for at in (0..len).step_by(97) {
                let mut changed = whole.clone();
                changed[at] = 2;
                assert_ne!(fingerprint(changed.as_slice()).expect("memory"), before, "{len} {at}");
            }
        }
    }
}
