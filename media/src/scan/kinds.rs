//! Which files matter, by the end of their names.

use crate::probe::Container;

/// What a file is for a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// Holds a title, unless its headers say otherwise.
    Video,
    /// Holds sound alone by its name.
    Audio,
    /// Tells about a title: Kodi's XML.
    Nfo,
    /// Artwork.
    Picture,
    /// Text subtitles.
    Subtitle,
}

impl FileKind {
    /// The kind of a file by its name; `None` for what a scan passes over.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        let extension = extension(name)?.to_ascii_lowercase();
        let among = |table: &[&str]| table.iter().any(|entry| entry.as_bytes() == extension);
        match () {
            () if among(VIDEO) => Some(Self::Video),
            () if among(AUDIO) => Some(Self::Audio),
            () if among(&["nfo"]) => Some(Self::Nfo),
            () if among(PICTURE) => Some(Self::Picture),
            () if among(SUBTITLE) => Some(Self::Subtitle),
            () => None,
        }
    }

    /// Whether the file itself is to be listed.
    pub(crate) fn is_media(self) -> bool {
        matches!(self, Self::Video | Self::Audio)
    }
}

const VIDEO: &[&str] = &[
    "mkv", "mk3d", "webm", "mp4", "m4v", "mov", "qt", "3gp", "3g2", "avi", "divx", "ts", "m2ts",
    "mts", "m2t", "mpg", "mpeg", "mpe", "m2v", "m2p", "vob", "ogv", "ogm", "ogx", "flv", "f4v",
    "wmv", "asf", "wtv", "dvr-ms", "rm", "rmvb", "mxf", "dv", "nut", "y4m", "h264", "hevc",
];
const AUDIO: &[&str] = &[
    "mp3", "flac", "wav", "rf64", "w64", "m4a", "m4b", "m4p", "mka", "aac", "ogg", "oga", "opus",
    "spx", "wma", "ac3", "eac3", "dts", "aif", "aiff", "ape", "wv", "tta", "amr", "mp2", "caf",
];
const PICTURE: &[&str] = &["jpg", "jpeg", "png", "webp"];
const SUBTITLE: &[&str] = &["srt", "vtt", "ass", "ssa", "sub"];

/// Endings that promise one container. Others, such as `.mpg`, are in use for several.
const PROMISES: &[(&[&str], &[Container])] = &[
    (&["mp4", "m4v", "mov", "qt", "3gp", "3g2", "m4a", "m4b"], &[Container::Mp4]),
    (&["mkv", "mk3d", "mka", "webm"], &[Container::Matroska, Container::Webm]),
    (&["avi"], &[Container::Avi]),
    (&["flv"], &[Container::Flv]),
    (&["ogv", "ogg", "oga", "opus"], &[Container::Ogg]),
    (&["flac"], &[Container::Flac]),
    (&["mp3"], &[Container::Mp3]),
];

/// What is odd about a name that promises another container than the file is; players that go by
/// names refuse such files.
pub(crate) fn broken_promise(name: &[u8], container: Container) -> Option<String> {
    let extension = str::from_utf8(extension(name)?).ok()?.to_ascii_lowercase();
    let (_, promised) = PROMISES.iter().find(|(endings, _)| endings.contains(&&*extension))?;
    (container != Container::Other && !promised.contains(&container)).then(|| {
        let container = container.name();
        format!("its name ends in .{extension}, but it is {container}: some players refuse it")
    })
}

/// What stands behind the last dot, unless the name only begins with it.
pub(crate) fn extension(name: &[u8]) -> Option<&[u8]> {
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    (dot > 0 && dot + 1 < name.len()).then(|| &name[dot + 1..])
}

/// The name without its extension.
pub(crate) fn stem(name: &[u8]) -> &[u8] {
    extension(name).map_or(name, |extension| &name[..name.len() - extension.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_promises_another_container_is_odd() {
        for (name, container, is_odd) in [
            ("film.mp4", Container::Matroska, true),
            ("film.MKV", Container::Mp4, true),
            ("film.avi", Container::Mp3, true),
            ("film.mkv", Container::Webm, false),
            ("film.m4v", Container::Mp4, false),
            ("film.mpg", Container::MpegTs, false),
            ("film.mp4", Container::Other, false),
            ("film", Container::Mp4, false),
        ] {
            assert_eq!(broken_promise(name.as_bytes(), container).is_some(), is_odd, "{name}");
        }
    }

    #[test]
    fn a_file_is_known_by_the_end_of_its_name_in_any_case() {
        for (name, kind) in [
            ("film.mkv", Some(FileKind::Video)),
            ("UPPER.MKV", Some(FileKind::Video)),
            ("a.b.m2ts", Some(FileKind::Video)),
            ("dots...mkv", Some(FileKind::Video)),
            ("..mkv", Some(FileKind::Video)),
            ("song.FLAC", Some(FileKind::Audio)),
            ("film.nfo", Some(FileKind::Nfo)),
            ("poster.jpeg", Some(FileKind::Picture)),
            ("film.en.srt", Some(FileKind::Subtitle)),
            (".mkv", None),
            ("mkv", None),
            ("film.", None),
            ("film.mkv.part", None),
            ("film.txt", None),
        ] {
            assert_eq!(FileKind::of(name.as_bytes()), kind, "{name:?}");
        }
        assert_eq!(stem(b"a.b.mkv"), b"a.b");
        assert_eq!(stem(b".mkv"), b".mkv");
    }
}
