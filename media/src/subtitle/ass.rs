//! `SubStation` Alpha, version 4 and the one that is called Advanced.

use std::collections::HashMap;

use super::cue::{Cue, Look, Marked};
use super::srt::{braces, lines, time_ms};
use crate::limits::{SUBTITLE_COLUMNS_MAX, SUBTITLE_CUES_MAX};

/// How a style looks, as far as WebVTT can.
#[derive(Clone, Debug)]
struct Style {
    looks: Vec<Look>,
    place: u8,
}

impl Default for Style {
    fn default() -> Self {
        Self { looks: Vec::new(), place: 2 }
    }
}

/// Whether a file begins as one of these does.
pub(super) fn is_it(text: &str) -> bool {
    text.get(..13).is_some_and(|head| head.eq_ignore_ascii_case("[script info]"))
}

/// Cues in the file's order; comments and drawings are none.
pub(super) fn read(text: &str) -> Vec<Cue> {
    let mut styles = HashMap::new();
    let mut columns: Vec<String> = Vec::new();
    let mut is_version_4 = false;
    let mut cues = Vec::new();
    for line in lines(text) {
        if cues.len() >= SUBTITLE_CUES_MAX {
            break;
        }
        let line = line.trim();
        if line.starts_with('[') {
            is_version_4 = line.eq_ignore_ascii_case("[v4 styles]");
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim_start();
        match name {
            "Format" => {
                let names = value.split(',').take(SUBTITLE_COLUMNS_MAX);
                columns = names.map(|name| name.trim().to_ascii_lowercase()).collect();
            }
            "Style" => {
                let fields = Fields::of(value, &columns);
                let name = fields.get("name").unwrap_or_default().to_owned();
                styles.insert(name, style(&fields, is_version_4));
            }
            "Dialogue" => cues.extend(cue(&Fields::of(value, &columns), &styles)),
            _ => {}
        }
    }
    cues
}

/// The values of a line by the names of its columns. The last one may hold commas.
struct Fields<'a> {
    columns: &'a [String],
    values: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn of(line: &'a str, columns: &'a [String]) -> Self {
        Self { columns, values: line.splitn(columns.len().max(1), ',').collect() }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|column| column == name)?;
        self.values.get(at).map(|value| value.trim())
    }
}

fn style(fields: &Fields<'_>, is_version_4: bool) -> Style {
    let is_on = |name: &str| fields.get(name).is_some_and(|value| !matches!(value, "0" | ""));
    let looks = [("bold", Look::Bold), ("italic", Look::Italic), ("underline", Look::Underlined)];
    let looks = looks.into_iter().filter(|(name, _)| is_on(name)).map(|(_, look)| look).collect();
    let number: u8 = fields.get("alignment").and_then(|value| value.parse().ok()).unwrap_or(2);
    let place = if is_version_4 { keypad(number) } else { number };
    Style { looks, place: if (1..=9).contains(&place) { place } else { 2 } }
}

/// The keypad's digit of an alignment of version 4: left, middle, right are 1, 2, 3; 4 more is the top,
/// 8 more the middle.
fn keypad(alignment: u8) -> u8 {
    let column = (alignment & 0b11).max(1);
    match alignment & 0b1100 {
        0b0100 => column + 6,
        0b1000 => column + 3,
        _ => column,
    }
}

fn cue(fields: &Fields<'_>, styles: &HashMap<String, Style>) -> Option<Cue> {
    let times_ms = (time_ms(fields.get("start")?)?, time_ms(fields.get("end")?)?);
    // A star before the name means nothing.
    let name = fields.get("style").unwrap_or_default().trim_start_matches('*');
    let style = styles.get(name).cloned().unwrap_or_default();
    let mut place = style.place;
    let mut text = Marked::default();
    for look in style.looks {
        text.set(look, true);
    }
    let mut is_drawing = false;
    let mut rest = fields.get("text")?;
    while let Some(at) = rest.find(['{', '\\']) {
        if !is_drawing {
            text.push(&rest[..at]);
        }
        rest = &rest[at..];
        let len = if let Some(tags) = braces(rest) {
            is_drawing = obey(tags, &mut text, &mut place).unwrap_or(is_drawing);
            tags.len() + 2
        } else {
            match rest.get(..2) {
                Some("\\N") => text.end_line(),
                Some("\\n") => text.push(" "),
                Some("\\h") => text.push_named("&nbsp;"),
                _ => text.push(&rest[..1]),
            }
            if matches!(rest.get(..2), Some("\\N" | "\\n" | "\\h")) { 2 } else { 1 }
        };
        rest = &rest[len..];
    }
    if !is_drawing {
        text.push(rest);
    }
    Cue::new(times_ms, place, text)
}

/// Does what the tags between braces say, as far as it can be done. Returns whether what follows is a
/// drawing, if they tell.
pub(super) fn obey(tags: &str, text: &mut Marked, place: &mut u8) -> Option<bool> {
    let mut is_drawing = None;
    for tag in tags.split('\\').skip(1) {
        let tag = tag.trim();
        let digits = tag.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        let name = &tag[..tag.len() - digits.len()];
        let number: u32 = digits.parse().unwrap_or(0);
        match name {
            "an" if (1..=9).contains(&number) => *place = u8::try_from(number).unwrap_or(2),
            "a" if (1..=11).contains(&number) => *place = keypad(u8::try_from(number).unwrap_or(2)),
            "p" => is_drawing = Some(number > 0),
            "r" => text.reset(),
            "b" | "i" | "u" => {
                // Of bold also how much, in hundreds.
                let is_on = number == 1 || number >= 600;
                text.set(Look::of(name).expect("all three have a look"), is_on);
            }
            _ => {}
        }
    }
    is_drawing
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[Script Info]\nTitle: x\n\n[V4+ Styles]\n\
        Format: Name, Fontname, Bold, Italic, Underline, Alignment\n\
        Style: Default,Arial,0,0,0,2\nStyle: Sign,Arial,-1,0,0,8\n\n\
        [Events]\nFormat: Layer, Start, End, Style, Name, Text\n";

    fn cues(line: &str) -> Vec<Cue> {
        read(&format!("{HEAD}{line}"))
    }

    fn text_of(text: &str) -> (String, u8) {
        let line = format!("Dialogue: 0,0:00:01.00,0:00:02.50,Default,,{text}");
        let cue = cues(&line).pop().expect("a cue");
        assert_eq!((cue.start_ms, cue.end_ms), (1_000, 2_500));
        (cue.text, cue.place)
    }

    #[test]
    fn tags_become_what_webvtt_knows() {
        for (text, expected, place) in [
            ("Hello, you", "Hello, you", 2),
            ("a\\Nb\\nc\\hd", "a\nb c&nbsp;d", 2),
            ("{\\i1}a{\\i0}b", "<i>a</i>b", 2),
            ("{\\b700\\i1}a{\\r}b", "<b><i>a</i></b>b", 2),
            ("{\\an8\\fs20\\c&HFFFFFF&}a", "a", 8),
            ("{\\a6}a", "a", 8),
            ("{\\pos(10,20)\\fad(100,200)}a", "a", 2),
            ("{a comment}b", "b", 2),
            ("{\\p1}m 0 0 l 1 1{\\p0}after", "after", 2),
            ("a < b & c", "a &lt; b &amp; c", 2),
            ("{never closed", "{never closed", 2),
            ("back\\slash", "back\\slash", 2),
        ] {
            assert_eq!(text_of(text), (expected.to_owned(), place), "{text}");
        }
    }

    #[test]
    fn styles_and_columns_are_those_of_the_file() {
        let sign = cues("Dialogue: 0,0:00:01.00,0:00:02.50,Sign,,a\n").pop().expect("a cue");
        assert_eq!((sign.text.as_str(), sign.place), ("<b>a</b>", 8));
        let old = "[Script Info]\n[V4 Styles]\nFormat: Name, Italic, Alignment\nStyle: Old,-1,6\n\
            [Events]\nFormat: Marked, Start, End, Style, Text\n\
            Dialogue: Marked=0,0:00:01.00,0:00:02.50,*Old,a, b\n";
        let old = read(old).pop().expect("a cue");
        assert_eq!((old.text.as_str(), old.place), ("<i>a, b</i>", 8));
    }

    #[test]
    fn comments_drawings_and_what_is_cut_are_no_cues() {
        for line in [
            "Comment: 0,0:00:01.00,0:00:02.50,Default,,a",
            "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,{\\p1}m 0 0 l 1 1",
            "Dialogue: 0,0:00:01.00",
            "Dialogue: 0,x,0:00:02.50,Default,,a",
            "Dialogue: 0,0:00:02.50,0:00:02.50,Default,,a",
        ] {
            assert_eq!(cues(line), [], "{line}");
        }
        assert_eq!(read("[Script Info]\nDialogue: 0,0:00:01.00,0:00:02.50,a"), []);
    }
}
