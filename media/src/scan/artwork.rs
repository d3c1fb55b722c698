//! Pictures beside media files: which is what, by its name.

use crate::catalog::ArtworkKind;

/// A name that Kodi, Jellyfin or Plex give to a picture; earlier ones win over later ones.
const NAMES: &[(&str, ArtworkKind)] = &[
    ("poster", ArtworkKind::Poster),
    ("cover", ArtworkKind::Poster),
    ("folder", ArtworkKind::Poster),
    ("movie", ArtworkKind::Poster),
    ("show", ArtworkKind::Poster),
    ("keyart", ArtworkKind::Poster),
    ("fanart", ArtworkKind::Backdrop),
    ("backdrop", ArtworkKind::Backdrop),
    ("background", ArtworkKind::Backdrop),
    ("clearlogo", ArtworkKind::Logo),
    ("logo", ArtworkKind::Logo),
    ("thumb", ArtworkKind::Thumb),
    ("landscape", ArtworkKind::Thumb),
];

/// What a picture in a title's folder shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) kind: ArtworkKind,
    /// The season whose it is.
    pub(crate) season: Option<u32>,
    /// Of two for the same place the smaller one is taken.
    pub(crate) rank: usize,
}

/// The picture that a name without extension stands for in the folder of a title:
/// `poster`, `fanart`, `season01-poster`, `season-specials-poster`.
pub(crate) fn of_folder(stem: &[u8]) -> Option<Picture> {
    let stem = std::str::from_utf8(stem).ok()?.to_ascii_lowercase();
    if let Some(rest) = stem.strip_prefix("season") {
        let (season, what) = rest.rsplit_once('-').unwrap_or((rest, "poster"));
        let season = match season.trim_start_matches(['-', ' ', '_']) {
            "specials" => 0,
            number => number.parse().ok()?,
        };
        let picture = named(what)?;
        return (picture.kind == ArtworkKind::Poster)
            .then_some(Picture { season: Some(season), ..picture });
    }
    named(&stem)
}

/// The picture that what follows a media file's name stands for: `-poster`, `.fanart`, nothing.
pub(crate) fn of_file(behind: &[u8], is_episode: bool) -> Option<Picture> {
    let behind = std::str::from_utf8(behind).ok()?.to_ascii_lowercase();
    if behind.is_empty() {
        let kind = if is_episode { ArtworkKind::Thumb } else { ArtworkKind::Poster };
        return Some(Picture { kind, season: None, rank: NAMES.len() });
    }
    named(behind.strip_prefix(['-', '.', '_', ' '])?)
}

fn named(name: &str) -> Option<Picture> {
    let rank = NAMES.iter().position(|(known, _)| *known == name)?;
    Some(Picture { kind: NAMES[rank].1, season: None, rank })
}

/// Whether a file begins like one of the kinds of pictures that browsers show.
pub(crate) fn is_picture(head: &[u8]) -> bool {
    head.starts_with(&[0xff, 0xd8, 0xff])
        || head.starts_with(b"\x89PNG\r\n\x1a\n")
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_a_folder_are_known_by_their_names() {
        let told = |stem: &str| of_folder(stem.as_bytes()).map(|p| (p.kind, p.season));
        for (stem, expected) in [
            ("poster", Some((ArtworkKind::Poster, None))),
            ("Folder", Some((ArtworkKind::Poster, None))),
            ("fanart", Some((ArtworkKind::Backdrop, None))),
            ("clearlogo", Some((ArtworkKind::Logo, None))),
            ("season01-poster", Some((ArtworkKind::Poster, Some(1)))),
            ("season01", Some((ArtworkKind::Poster, Some(1)))),
            ("season-specials-poster", Some((ArtworkKind::Poster, Some(0)))),
            ("season01-fanart", None),
            ("season-all-poster", None),
            ("holiday", None),
        ] {
            assert_eq!(told(stem), expected, "{stem}");
        }
    }

    #[test]
    fn pictures_of_a_file_are_known_by_what_follows_its_name() {
        let told =
            |behind: &str, is_episode| of_file(behind.as_bytes(), is_episode).map(|p| p.kind);
        assert_eq!(told("-poster", false), Some(ArtworkKind::Poster));
        assert_eq!(told("-thumb", true), Some(ArtworkKind::Thumb));
        assert_eq!(told("", true), Some(ArtworkKind::Thumb));
        assert_eq!(told("", false), Some(ArtworkKind::Poster));
        assert_eq!(told("-holiday", false), None);
    }
}
