//! What is shown when, and how WebVTT writes it.

use std::fmt::Write as _;

use crate::limits::{SUBTITLE_CUE_BYTES_MAX, SUBTITLE_CUES_MAX};

/// Text that is shown for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    /// Where, as the digits lie on a keypad: 2 is the bottom and 8 the top.
    pub(super) place: u8,
    /// As WebVTT writes it: no line is blank, and what would be markup is escaped.
    pub(super) text: String,
}

impl Cue {
    /// A cue at the bottom; `None` where there is nothing to see, or never.
    pub(super) fn new(times_ms: (u64, u64), place: u8, text: Marked) -> Option<Self> {
        let text = text.into_text();
        let (start_ms, end_ms) = times_ms;
        (start_ms < end_ms && !text.is_empty()).then_some(Self { start_ms, end_ms, place, text })
    }
}

/// A WebVTT file of cues in any order; the same one at the same time stands in it once. Cues beyond
/// [`SUBTITLE_CUES_MAX`] are left out.
pub(super) fn write(mut cues: Vec<Cue>) -> String {
    cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    // What has a shadow or a glow is written several times over.
    cues.dedup();
    cues.truncate(SUBTITLE_CUES_MAX);
    let mut file = "WEBVTT\n".to_owned();
    for cue in cues {
        let (start, end, settings) = (time(cue.start_ms), time(cue.end_ms), settings(cue.place));
        writeln!(file, "\n{start} --> {end}{settings}\n{}", cue.text)
            .expect("writing to a string cannot fail");
    }
    file
}

fn time(ms: u64) -> String {
    let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}", ms / 1000 % 60, ms % 1000)
}

/// Cue settings (WebVTT §3.5) of a place on the keypad; the bottom in the middle needs none.
fn settings(place: u8) -> String {
    let line = match place {
        7..=9 => " line:0",
        4..=6 => " line:50%",
        _ => "",
    };
    let side = match place {
        1 | 4 | 7 => " position:0% align:start",
        3 | 6 | 9 => " position:100% align:end",
        _ => "",
    };
    format!("{line}{side}")
}

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Bold,
    Italic,
    Underlined,
}

impl Look {
    const fn tag(self) -> char {
        match self {
            Self::Bold => 'b',
            Self::Italic => 'i',
            Self::Underlined => 'u',
        }
    }

    /// By its letter, as all formats have it.
    pub(super) fn of(letter: &str) -> Option<Self> {
        match letter {
            "b" | "B" => Some(Self::Bold),
            "i" | "I" => Some(Self::Italic),
            "u" | "U" => Some(Self::Underlined),
            _ => None,
        }
    }
}

/// Text of a cue that is being put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Marked {
    text: String,
    /// In the order in which they were opened.
    open: Vec<Look>,
}

impl Marked {
    /// Adds letters; what would be markup is none. Beyond [`SUBTITLE_CUE_BYTES_MAX`] they are left out.
    pub(super) fn push(&mut self, letters: &str) {
        for letter in letters.chars() {
            if self.text.len() >= SUBTITLE_CUE_BYTES_MAX {
                return;
            }
            match letter {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                // Controls have no look, and some would end the cue.
                '\t' => self.text.push(' '),
                _ if letter.is_control() => {}
                _ => self.text.push(letter),
            }
        }
    }

    /// Adds a character that WebVTT writes by a name, such as `&nbsp;`, as it is written.
    pub(super) fn push_named(&mut self, name: &str) {
        if self.text.len() < SUBTITLE_CUE_BYTES_MAX {
            self.text.push_str(name);
        }
    }

    /// Begins a line.
    pub(super) fn end_line(&mut self) {
        if self.text.len() < SUBTITLE_CUE_BYTES_MAX {
            self.text.push('\n');
        }
    }

    /// Letters look so, or no longer, from here on.
    pub(super) fn set(&mut self, look: Look, is_on: bool) {
        let at = self.open.iter().position(|open| *open == look);
        match (at, is_on) {
            (None, true) if self.text.len() >= SUBTITLE_CUE_BYTES_MAX => {}
            (None, true) => {
                self.open_tag(look);
                self.open.push(look);
            }
            (Some(at), false) => {
                // Tags nest: those within are closed, and opened again.
                let within = self.open.split_off(at);
                for look in within.iter().rev() {
                    self.close_tag(*look);
                }
                for look in within.into_iter().skip(1) {
                    self.open_tag(look);
                    self.open.push(look);
                }
            }
            _ => {}
        }
    }

    /// Letters look plain from here on.
    pub(super) fn reset(&mut self) {
        while let Some(look) = self.open.pop() {
            self.close_tag(look);
        }
    }

    fn open_tag(&mut self, look: Look) {
        self.text.extend(['<', look.tag(), '>']);
    }

    fn close_tag(&mut self, look: Look) {
        self.text.extend(['<', '/', look.tag(), '>']);
    }

    /// All of it, without blank lines, which would end the cue; empty if nothing is to be seen.
    fn into_text(mut self) -> String {
        // What is still open is closed behind the last letter, not on a line of its own.
        self.text.truncate(self.text.trim_end().len());
        self.reset();
        let lines = self.text.split('\n').map(str::trim).filter(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join("\n");
        if is_seen(&text) { text } else { String::new() }
    }
}

/// Whether anything but tags and blanks is in it.
fn is_seen(text: &str) -> bool {
    let mut is_tag = false;
    text.chars().any(|letter| {
        match letter {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ => return !is_tag && !letter.is_whitespace(),
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_nest_whatever_order_they_are_closed_in() {
        let mut text = Marked::default();
        text.push("a");
        text.set(Look::Italic, true);
        text.push("b");
        text.set(Look::Bold, true);
        text.push("c");
        text.set(Look::Italic, false);
        text.push("d");
        text.set(Look::Underlined, false);
        assert_eq!(text.into_text(), "a<i>b<b>c</b></i><b>d</b>");
    }

    #[test]
    fn nothing_that_cannot_be_seen_is_a_cue() {
        let mut blank = Marked::default();
        blank.set(Look::Bold, true);
        blank.push(" \t");
        blank.end_line();
        assert_eq!(Cue::new((0, 1000), 2, blank), None);
        let mut letter = Marked::default();
        letter.push("a\u{7}");
        assert_eq!(Cue::new((1000, 1000), 2, letter.clone()), None);
        assert_eq!(Cue::new((0, 1000), 2, letter).expect("seen").text, "a");
    }

    #[test]
    fn cues_stand_in_time_order_and_once() {
        let cue = |start_ms, place| {
            let mut text = Marked::default();
            text.push("a --> b");
            text.end_line();
            text.end_line();
            text.push("c & d");
            Cue::new((start_ms, 360_000_500), place, text).expect("seen")
        };
        let file = write(vec![cue(61_001, 8), cue(1, 2), cue(1, 2), cue(1, 4)]);
        let text = "a --&gt; b\nc &amp; d";
        assert_eq!(
            file,
            format!(
                "WEBVTT\n\n00:00:00.001 --> 100:00:00.500\n{text}\n\n\
                 00:00:00.001 --> 100:00:00.500 line:50% position:0% align:start\n{text}\n\n\
                 00:01:01.001 --> 100:00:00.500 line:0\n{text}\n"
            )
        );
    }
}
