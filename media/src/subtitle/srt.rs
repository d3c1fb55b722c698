//! `SubRip`.

use super::cue::{Cue, Look, Marked};
use crate::limits::SUBTITLE_CUES_MAX;

/// Names of characters that WebVTT has too (§4.1).
const NAMED: &[&str] = &["&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"];

/// Cues in the file's order. One ends where the next times stand, so that blank lines may stand in its
/// text, and the number of the next one may be missing.
pub(super) fn read(text: &str) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut begun: Option<Begun> = None;
    // What stands right before times is their number, and anywhere else text.
    let mut number = None;
    for line in lines(text) {
        if let Some(times_ms) = times_ms(line) {
            cues.extend(begun.and_then(Begun::end));
            if cues.len() >= SUBTITLE_CUES_MAX {
                return cues;
            }
            begun = Some(Begun { times_ms, place: 2, text: Marked::default() });
            number = None;
        } else if let Some(begun) = &mut begun {
            if let Some(number) = number.take() {
                begun.push(number);
            }
            if is_number(line) {
                number = Some(line);
            } else {
                begun.push(line);
            }
        }
    }
    if let (Some(begun), Some(number)) = (&mut begun, number) {
        begun.push(number);
    }
    cues.extend(begun.and_then(Begun::end));
    cues
}

/// A cue whose end has not been seen.
struct Begun {
    times_ms: (u64, u64),
    place: u8,
    text: Marked,
}

impl Begun {
    fn push(&mut self, line: &str) {
        push_line(line, &mut self.text, &mut self.place);
        self.text.end_line();
    }

    fn end(self) -> Option<Cue> {
        Cue::new(self.times_ms, self.place, self.text)
    }
}

/// Lines that end in any of the three ways.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn is_number(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// `00:00:01,000 --> 00:00:02,500`, with or without hours, behind which may stand coordinates.
fn times_ms(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.split_once("-->")?;
    Some((time_ms(start.trim())?, time_ms(end.split_whitespace().next()?)?))
}

/// Hours, minutes, seconds and a part of a second, which may be missing from both ends.
pub(super) fn time_ms(time: &str) -> Option<u64> {
    let (whole, part) = time.split_once([',', '.']).unwrap_or((time, ""));
    let mut seconds = 0_u64;
    let mut count = 0;
    for number in whole.split(':') {
        let number = number.trim();
        if number.is_empty() || number.len() > 4 || !is_number(number) {
            return None;
        }
        seconds = seconds * 60 + number.parse::<u64>().ok()?;
        count += 1;
    }
    let digits: String = part.chars().take(3).collect();
    let part_ms = match digits.as_str() {
        "" => 0,
        digits if is_number(digits) => format!("{digits:0<3}").parse().ok()?,
        _ => return None,
    };
    matches!(count, 2 | 3).then_some(seconds * 1000 + part_ms)
}

/// Text with the tags that people write in it: those of HTML, and `{\…}` of `SubStation` Alpha.
pub(super) fn push_line(line: &str, text: &mut Marked, place: &mut u8) {
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{', '&']) {
        text.push(&rest[..at]);
        rest = &rest[at..];
        let len = tag(rest, text, place);
        if len == 0 {
            // No tag: the character itself.
            text.push(&rest[..1]);
        }
        rest = &rest[len.max(1)..];
    }
    text.push(rest);
}

/// How long the tag is that stands at the beginning, which is done as it says; 0 if there is none.
fn tag(rest: &str, text: &mut Marked, place: &mut u8) -> usize {
    if let Some(named) = NAMED.iter().find(|named| rest.starts_with(**named)) {
        text.push_named(named);
        return named.len();
    }
    if rest.starts_with("{\\") {
        let Some(tags) = braces(rest) else { return 0 };
        super::ass::obey(tags, text, place);
        return tags.len() + 2;
    }
    let Some(inner) = between(rest, '<', '>') else { return 0 };
    let name = inner.strip_prefix('/').unwrap_or(inner);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return 0;
    }
    if let Some(look) = Look::of(name.trim()) {
        text.set(look, !inner.starts_with('/'));
    }
    inner.len() + 2
}

/// What stands in the braces at the beginning.
pub(super) fn braces(rest: &str) -> Option<&str> {
    between(rest, '{', '}')
}

/// Looks no further than to where the next one opens, so that many which never close cost no more than
/// one look at each letter.
fn between(rest: &str, open: char, close: char) -> Option<&str> {
    let inner = rest.strip_prefix(open)?;
    let end = inner.find([open, close])?;
    inner[end..].starts_with(close).then_some(&inner[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<String> {
        read(file).into_iter().map(|cue| cue.text).collect()
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (line, expected) in [
            ("00:00:01,000 --> 00:00:02,500", Some((1_000, 2_500))),
            ("0:00:01.5 --> 1:00:02", Some((1_500, 3_602_000))),
            ("00:01,000-->00:02,000", Some((1_000, 2_000))),
            ("00:00:01,000 --> 00:00:02,000  X1:100 X2:200 Y1:1 Y2:2", Some((1_000, 2_000))),
            ("100:00:00,0009 --> 100:00:01,000", Some((360_000_000, 360_001_000))),
            ("1 --> 2", None),
            ("00:00:0a,000 --> 00:00:02,000", None),
            ("00:00:01,x --> 00:00:02,000", None),
            ("-0:00:01,000 --> 00:00:02,000", None),
            ("99999:00:01,000 --> 00:00:02,000", None),
            ("a --> ", None),
        ] {
            assert_eq!(times_ms(line), expected, "{line}");
        }
    }

    #[test]
    fn a_cue_ends_where_the_next_one_begins() {
        let file = "1\r\n00:00:01,000 --> 00:00:02,000\r\nOne\r\n\r\nstill one\r\n2\r\n\
            00:00:03,000 --> 00:00:04,000\r\n42\r\n\r\n00:00:05,000 --> 00:00:06,000\rThree\r4";
        assert_eq!(texts(file), ["One\nstill one", "42", "Three\n4"]);
    }

    #[test]
    fn tags_become_what_webvtt_knows() {
        let cue = |line: &str| {
            let file = format!("00:00:01,000 --> 00:00:02,000\n{line}");
            let cue = read(&file).pop().expect("a cue");
            (cue.text, cue.place)
        };
        for (line, expected, place) in [
            ("<i>a</i> <B>b</B>", "<i>a</i> <b>b</b>", 2),
            ("<font color=\"#fff\">a</font>", "a", 2),
            ("{\\an8}a", "a", 8),
            ("{\\i1}a{\\i0} {b}", "<i>a</i> {b}", 2),
            ("a < b > c & d &amp; e", "a &lt; b &gt; c &amp; d &amp; e", 2),
            ("a <3 {\\an8", "a &lt;3 {\\an8", 2),
            ("<script>a</script>", "a", 2),
            ("<i>never closed", "<i>never closed</i>", 2),
        ] {
            assert_eq!(cue(line), (expected.to_owned(), place), "{line}");
        }
    }
}
