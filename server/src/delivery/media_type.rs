//! Which media type a file's name means.

use http::HeaderValue;

/// What `mime_guess` does not know or gets wrong for media: it takes `.ts` for TypeScript's
/// neighbour, and has no subtitles.
const TYPES: &[(&str, &str)] = &[
    ("aac", "audio/aac"),
    ("ass", "text/x-ssa"),
    ("avif", "image/avif"),
    ("eac3", "audio/eac3"),
    ("flac", "audio/flac"),
    ("jxl", "image/jxl"),
    ("m2ts", "video/mp2t"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("m4a", "audio/mp4"),
    ("m4b", "audio/mp4"),
    ("m4s", "video/iso.segment"),
    ("m4v", "video/mp4"),
    ("mka", "audio/matroska"),
    ("mkv", "video/matroska"),
    ("mp4", "video/mp4"),
    ("mpd", "application/dash+xml"),
    ("mts", "video/mp2t"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("srt", "application/x-subrip"),
    ("ssa", "text/x-ssa"),
    ("sup", "application/octet-stream"),
    ("ts", "video/mp2t"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("weba", "audio/webm"),
    ("webm", "video/webm"),
];

/// The media type that a file's name means; `application/octet-stream` if it means none.
pub fn media_type(file_name: &str) -> HeaderValue {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(extension));
    let text = match known {
        Some((_, media_type)) => media_type,
        None => mime_guess::from_ext(extension).first_raw().unwrap_or("application/octet-stream"),
    };
    HeaderValue::from_static(text)
}

/// Whether a browser may show this type in a page of ours. Anything that could carry a script is
/// offered for download instead: a library holds what others made.
pub(super) fn is_safe_inline(media_type: &HeaderValue) -> bool {
    let text = media_type.to_str().unwrap_or_default();
    let is_media = ["audio/", "video/", "image/"].iter().any(|kind| text.starts_with(kind));
    (is_media && !text.starts_with("image/svg")) || text.starts_with("text/vtt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_media_types() {
        let cases = [
            ("alien.mkv", "video/matroska"),
            ("ALIEN.MKV", "video/matroska"),
            ("a.b.webm", "video/webm"),
            ("stream.ts", "video/mp2t"),
            ("bluray.m2ts", "video/mp2t"),
            ("song.m4a", "audio/mp4"),
            ("song.mp3", "audio/mpeg"),
            ("film.avi", "video/x-msvideo"),
            ("film.mov", "video/quicktime"),
            ("list.m3u8", "application/vnd.apple.mpegurl"),
            ("part.m4s", "video/iso.segment"),
            ("de.vtt", "text/vtt; charset=utf-8"),
            ("de.srt", "application/x-subrip"),
            ("de.ass", "text/x-ssa"),
            ("pgs.sup", "application/octet-stream"),
            ("poster.jpg", "image/jpeg"),
            ("noextension", "application/octet-stream"),
            ("mkv", "application/octet-stream"),
            ("", "application/octet-stream"),
            ("a.", "application/octet-stream"),
        ];
        for (name, expected) in cases {
            assert_eq!(media_type(name), expected, "{name:?}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_has_each_name_once() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn what_could_carry_a_script_is_not_shown_in_a_page() {
        for name in ["a.html", "a.svg", "a.xml", "a.js", "a.pdf", "a.unknown"] {
            assert!(!is_safe_inline(&media_type(name)), "{name}");
        }
        for name in ["a.mp4", "a.flac", "a.png", "a.vtt"] {
            assert!(is_safe_inline(&media_type(name)), "{name}");
        }
    }
}
