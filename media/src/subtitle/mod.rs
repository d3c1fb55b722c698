//! Subtitles that lie beside films, as WebVTT, which browsers read.
//!
//! `SubRip` was never written down, and of the others every player reads something else. So what a file
//! is, is told from its beginning and not from its name; its readers take what can be understood and
//! pass over the rest. Whatever goes in, valid WebVTT comes out.

mod ass;
mod charset;
mod cue;
mod frames;
mod srt;

use crate::error::{Error, Kind, Result};

/// The subtitle in a file as WebVTT (W3C), in time order. `SubRip`, `SubStation` Alpha, `MicroDVD`, MPL2, and
/// WebVTT itself, in any encoding: where it has no mark of its encoding it is guessed, by the
/// language too, a BCP 47 tag. Italic, bold and underlined text stays so, and what stands at the top
/// stays at the top; colours, fonts and drawings are left out.
///
/// Computes for some milliseconds a megabyte, whatever is in it, and needs some twenty times its memory.
///
/// # Errors
/// [`Kind::Unsupported`] for subtitles that are pictures, [`Kind::Invalid`] if nothing in it can be
/// shown.
pub fn to_webvtt(bytes: &[u8], language: Option<&str>) -> Result<String> {
    /// The header of an MPEG program stream's pack (ISO/IEC 13818-1 §2.5.3.3), in which `VobSub` lies.
    const PACK: &[u8] = &[0, 0, 1, 0xba];
    if bytes.starts_with(PACK) {
        return Err(Error::new(Kind::Unsupported, "its subtitles are pictures"));
    }
    let text = charset::decode(bytes, language);
    let text = text.trim_start();
    if text.starts_with("WEBVTT") {
        return Ok(text.to_owned());
    }
    let cues = if ass::is_it(text) {
        ass::read(text)
    } else if frames::is_it(text) {
        frames::read(text)
    } else {
        srt::read(text)
    };
    if cues.is_empty() {
        return Err(Error::new(Kind::Invalid, "there is no subtitle in it that could be shown"));
    }
    Ok(cue::write(cues))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_it_is_is_told_by_its_content() {
        let cue = |bytes: &[u8]| {
            let text = to_webvtt(bytes, None).expect("a subtitle");
            text.strip_prefix("WEBVTT\n\n").expect("a header").to_owned()
        };
        let hello = "00:00:01.000 --> 00:00:02.500\nHello\n";
        assert_eq!(cue(b"1\n00:00:01,000 --> 00:00:02,500\nHello\n"), hello);
        assert_eq!(cue(b"\xef\xbb\xbf{25}{25}25\n{25}{62}Hello\n").lines().nth(1), Some("Hello"));
        assert_eq!(cue(b"[10][25]Hello"), hello);
        let ass = b"[Script Info]\r\n[Events]\r\nFormat: Start, End, Text\r\n\
            Dialogue: 0:00:01.00,0:00:02.50,Hello\r\n";
        assert_eq!(cue(ass), hello);
        let vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\nHello\n";
        assert_eq!(to_webvtt(vtt.as_bytes(), None).expect("a subtitle"), vtt);
    }

    #[test]
    fn what_cannot_be_shown_says_so() {
        let kind = |bytes: &[u8]| to_webvtt(bytes, None).expect_err("nothing").kind();
        assert_eq!(kind(&[0, 0, 1, 0xba, 0x44]), Kind::Unsupported);
        assert_eq!(kind(b""), Kind::Invalid);
        assert_eq!(kind(b"not a subtitle"), Kind::Invalid);
        assert_eq!(kind(b"1\n00:00:01,000 --> 00:00:02,500\n\n"), Kind::Invalid);
    }

    #[test]
    fn a_megabyte_of_anything_is_read_in_no_time_and_stays_small() {
        const MEGABYTE: usize = 1 << 20;
        let ass =
            "[Script Info]\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.50,";
        let srt = "00:00:01,000 --> 00:00:02,500\n";
        for (head, repeated) in [
            ("{1}{9}", "{Y:i}"),
            ("{1}{9}{Y:", "i,"),
            ("{1}{9}{Y:b,i,u}", "|"),
            ("{1}{9}", "{y:b}a|"),
            (srt, "{\\"),
            (srt, "<a"),
            (srt, "<"),
            (srt, "<b></b>"),
            (srt, "<i>a<b>b</i>c</b>"),
            (srt, "&amp;"),
            (srt, "1\n"),
            (srt, "\n"),
            ("", "00:00:01,000 --> 00:00:02,500\na\n"),
            (ass, "\\"),
            (ass, "{\\b1}{\\b0}"),
            (ass, "{"),
            (ass, "\\N"),
            ("[Script Info]\n[Events]\nFormat: ", "text,"),
            ("[Script Info]\n", "Style: a\n"),
        ] {
            let file = head.to_owned() + &repeated.repeat(MEGABYTE / repeated.len());
            if let Ok(text) = to_webvtt(file.as_bytes(), None) {
                assert_valid(&text);
                assert!(text.len() <= 3 * MEGABYTE, "{head:?} and {repeated:?}: {}", text.len());
            }
        }
    }

    /// What a reader of WebVTT would make of it: times that ascend, and text without a blank line.
    fn assert_valid(text: &str) {
        let blocks = text.strip_prefix("WEBVTT\n\n").expect("a header").trim_end().split("\n\n");
        for block in blocks {
            let (times, payload) = block.split_once('\n').expect("two lines");
            let (start, end) = times.split_once(" --> ").expect("times");
            assert!(
                start.len() >= 12 && end.len() >= 12 && *start <= end[..start.len()],
                "{times}"
            );
            assert!(!payload.trim().is_empty() && !payload.contains("-->"), "{payload:?}");
            for (at, _) in payload.match_indices('<') {
                let tag = &payload[at..];
                let known = ["<b>", "<i>", "<u>", "</b>", "</i>", "</u>"];
                assert!(known.iter().any(|known| tag.starts_with(known)), "{payload:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn anything_becomes_valid_or_an_error(
            head in prop::sample::select(vec![
                "", "1\n00:00:01,000 --> 00:00:02,500\n", "{1}{2}", "[1][2]",
                "[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Text\n\
                 Dialogue: 0,0:00:01.00,0:00:02.00,Default,",
            ]),
            tail in prop::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    prop::sample::select(b"{}\\<>/ibu an8N&;-->:,.0123456789\n\n|[]".to_vec()),
                ],
                0..400,
            ),
        ) {
            if let Ok(text) = to_webvtt(&[head.as_bytes(), &tail].concat(), Some("ru")) {
                assert_valid(&text);
            }
        }
    }
}
