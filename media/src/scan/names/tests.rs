use proptest::prelude::*;

use super::*;

/// One line a case: path ⇒ what it holds.
const CASES: &str = include_str!("cases.txt");

/// Writes an answer as the table writes it.
fn written(named: &Named) -> String {
    let mut text = identity(&named.identity);
    if let Some(name) = &named.episode_name {
        text.extend([" «", name, "»"]);
    }
    if let Some(edition) = &named.edition {
        text.extend([" edition ", edition]);
    }
    if let Some(part) = named.part {
        text.extend([" part ", &part.to_string()]);
    }
    text
}

fn identity(identity: &Identity) -> String {
    let with_year = |name: &str, year: &Option<u16>| match year {
        Some(year) => format!("{name} ({year})"),
        None => name.to_owned(),
    };
    match identity {
        Identity::Film { name, year } => format!("film {}", with_year(name, year)),
        Identity::Episode { series, series_year, season, episode, episode_end } => {
            let series = with_year(series, series_year);
            match (episode, episode_end) {
                (first, last) if first == last => format!("episode {series} {season}x{first}"),
                (first, last) => format!("episode {series} {season}x{first}-{last}"),
            }
        }
        Identity::Series { name, year } => format!("series {}", with_year(name, year)),
        Identity::Extra { of, what, name } => {
            format!("{what} {name} of {}", self::identity(of))
        }
        Identity::Audio { name } => format!("audio {name}"),
    }
}

#[test]
fn every_name_in_the_table_is_read_as_people_would() {
    let mut wrong = Vec::new();
    let cases = CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in cases {
        let (path, expected) = line.split_once(" => ").expect("path => answer");
        let context = Context {
            is_audio: expected.starts_with("audio "),
            is_series_folder: expected.contains(" of series "),
        };
        let named = identify(&Key::new(path).expect("a key"), context);
        let found = written(&named);
        if found != expected {
            wrong.push(format!("{path}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_name_of_marks_alone_neither_vanishes_nor_turns_the_text_around_it() {
    for (path, expected) in [
        ("\u{202e}(.mkv", "film ("),
        ("\u{200e}.mkv", "film ?"),
        ("\u{202e}(/Season 1/S01E02.mkv", "episode ( 1x2"),
    ] {
        let named = identify(&Key::new(path).expect("a key"), Context::default());
        assert_eq!(written(&named), expected, "{path:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_a_name(bytes in prop::collection::vec(any::<u8>(), 1..300)) {
        if let Ok(key) = Key::from_bytes(&bytes) {
            let named = identify(&key, Context::default());
            prop_assert!(!identity(&named.identity).is_empty());
        }
    }

    #[test]
    fn words_of_releases_in_any_order_are_a_name(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "S01E02", "1x02", "(2019)", "2019", "[Group]", "-", "1080p", "BluRay", "x264",
                "{edition-", "}", "part", "cd1", "E", "99999999999", "é", "映", "trailer", "Season 1",
                "/", "..", "2024-02-30", "-trailer", "[", "(", "v2",
            ]),
            1..24,
        ),
        separator in prop::sample::select(vec!["", ".", " ", "-", "_"]),
    ) {
        if let Ok(key) = Key::new(words.join(separator)) {
            let named = identify(&key, Context::default());
            if let Identity::Episode { episode, episode_end, .. } = named.identity {
                prop_assert!(episode <= episode_end);
            }
        }
    }
}
