//! Formats that number frames and tenths of seconds: `MicroDVD` and MPL2.

use std::collections::BTreeSet;
use std::time::Duration;

use super::cue::{Cue, Look, Marked};
use super::srt::lines;
use crate::limits::SUBTITLE_CUES_MAX;

/// Frames a second where the file does not tell: films on discs for North America, where most of these
/// files came from.
const USUAL_RATE: f64 = 24_000.0 / 1001.0;

/// Whether a file begins as one of these does.
pub(super) fn is_it(text: &str) -> bool {
    lines(text).next().is_some_and(|line| numbers(line).is_some())
}

/// Cues in the file's order. `{1}{1}25.000` as the first line tells the frames a second.
pub(super) fn read(text: &str) -> Vec<Cue> {
    let mut rate = USUAL_RATE;
    let mut cues = Vec::new();
    for (at, line) in lines(text).enumerate() {
        if cues.len() >= SUBTITLE_CUES_MAX {
            break;
        }
        let Some((bracket, start, end, rest)) = numbers(line) else { continue };
        if let Some(told) = rest.trim().parse().ok().filter(|rate| (1.0..=300.0).contains(rate))
            && (at, bracket, start) == (0, '{', end)
        {
            rate = told;
            continue;
        }
        let per_second = if bracket == '{' { rate } else { 10.0 };
        let ms = |number: u32| Duration::from_secs_f64(f64::from(number) / per_second).as_millis();
        let ms = |number| u64::try_from(ms(number)).unwrap_or(u64::MAX);
        cues.extend(Cue::new((ms(start), ms(end)), 2, marked(rest)));
    }
    cues
}

/// `{25}{62}text` or `[10][25]text`.
fn numbers(line: &str) -> Option<(char, u32, u32, &str)> {
    let bracket = line.chars().next().filter(|first| matches!(first, '{' | '['))?;
    let closed = if bracket == '{' { '}' } else { ']' };
    let (start, rest) = line[1..].split_once(closed)?;
    let (end, rest) = rest.strip_prefix(bracket)?.split_once(closed)?;
    Some((bracket, start.parse().ok()?, end.parse().ok()?, rest))
}

/// Lines stand between bars; `{y:i}` makes one of them look so, `{Y:i}` all, and a slash italic.
fn marked(rest: &str) -> Marked {
    let mut text = Marked::default();
    let mut of_all = BTreeSet::new();
    for line in rest.split('|') {
        let mut of_line = of_all.clone();
        let mut line = line;
        if let Some(slanted) = line.strip_prefix('/') {
            of_line.insert(Look::Italic);
            line = slanted;
        }
        while let Some((tag, rest)) = line.strip_prefix('{').and_then(|line| line.split_once('}')) {
            let looks = tag.get(2..).unwrap_or_default().split(',').filter_map(Look::of);
            match tag.get(..2) {
                Some("y:") => of_line.extend(looks),
                Some("Y:") => {
                    of_all.extend(looks);
                    of_line.extend(&of_all);
                }
                _ => {}
            }
            line = rest;
        }
        for look in &of_line {
            text.set(*look, true);
        }
        text.push(line);
        text.reset();
        text.end_line();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_become_times() {
        let told = read("{1}{1}25.000\r\n{25}{50}a|b\r\n{x}{1}c\r\nd\r\n");
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].start_ms, told[0].end_ms), (1_000, 2_000));
        assert_eq!(told[0].text, "a\nb");
        let usual = read("{24}{48}a");
        assert_eq!((usual[0].start_ms, usual[0].end_ms), (1_001, 2_002));
        let tenths = read("[10][25]/a|b");
        assert_eq!((tenths[0].start_ms, tenths[0].end_ms), (1_000, 2_500));
        assert_eq!(tenths[0].text, "<i>a</i>\nb");
        let year = read("{25}{50}1984");
        assert_eq!(year[0].text, "1984");
    }

    #[test]
    fn looks_are_of_a_line_or_of_all() {
        let text = |line: &str| read(line).pop().expect("a cue").text;
        assert_eq!(text("{1}{9}{y:i}a|b"), "<i>a</i>\nb");
        assert_eq!(text("{1}{9}{Y:b,i}a|b"), "<b><i>a</i></b>\n<b><i>b</i></b>");
        assert_eq!(text("{1}{9}{c:$0000ff}a"), "a");
        assert_eq!(text("{1}{9}{a"), "{a");
    }
}
