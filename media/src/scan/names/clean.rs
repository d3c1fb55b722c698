//! Names as people would write them.

/// Writes a stretch of a file name as a name: dots and underscores that stand for spaces become
/// spaces, control characters and the marks that turn the direction of text are dropped, and
/// separators at the ends are cut.
pub(super) fn clean(text: &str) -> String {
    let dots_are_spaces = !text.trim().contains(' ');
    let text = if dots_are_spaces { keep_initials(text) } else { text.to_owned() };
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '_' => ' ',
            c if c.is_whitespace() => ' ',
            c if c.is_control() || turns_text(c) => continue,
            c => c,
        };
        let repeats = c == ' ' && (name.is_empty() || name.ends_with(' '));
        if !repeats {
            name.push(c);
        }
    }
    let is_edge = |c: char| matches!(c, ' ' | '-' | '–' | '_' | ',' | ':' | '[' | '(' | '{');
    name.trim_start_matches([' ', '-', '–', ',', ']', ')', '}'])
        .trim_end_matches(is_edge)
        .to_owned()
}

/// Turns dots into spaces, but for those of initials: `S.W.A.T` is `S.W.A.T.`
fn keep_initials(text: &str) -> String {
    let is_initial = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
    };
    let words: Vec<&str> = text.split('.').collect();
    let mut spaced = String::with_capacity(text.len());
    for (place, word) in words.iter().enumerate() {
        let after_initial = place > 0 && is_initial(words[place - 1]);
        let before_initial = words.get(place + 1).is_some_and(|next| is_initial(next));
        spaced.push_str(word);
        if is_initial(word) && (before_initial || after_initial) {
            spaced.push('.');
        }
        if !(is_initial(word) && before_initial) {
            spaced.push(' ');
        }
    }
    spaced
}

/// Bidirectional overrides and isolates (Unicode UAX #9): they can make one name look like another.
pub(super) fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether two names mean the same, whatever their case and punctuation.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let one = letters(one);
    !one.is_empty() && one == letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_become_spaces_only_where_they_stand_for_them() {
        for (text, name) in [
            ("Big.Buck.Bunny", "Big Buck Bunny"),
            ("Mr. Robot", "Mr. Robot"),
            ("big_buck_bunny", "big buck bunny"),
            ("Show Name - ", "Show Name"),
            ("  two  spaces ", "two spaces"),
            ("rtl \u{202e}gpj", "rtl gpj"),
            ("esc\u{1b}[31mred", "esc[31mred"),
            ("line\nbreak", "line break"),
            ("Spider-Man", "Spider-Man"),
            ("...", ""),
            ("S.W.A.T.", "S.W.A.T."),
            ("U.S.Marshals", "U.S. Marshals"),
            ("The.A.Team", "The A Team"),
        ] {
            assert_eq!(clean(text), name, "{text:?}");
        }
    }

    #[test]
    fn case_and_punctuation_do_not_tell_names_apart() {
        assert!(same_name("Spider-Man: Homecoming", "spider man homecoming"));
        assert!(!same_name("", ""));
        assert!(!same_name("Alien", "Aliens"));
    }
}
