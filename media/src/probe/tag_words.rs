//! The names under which containers keep the same few facts, and how their values are read.

use super::bytes::text;
use super::info::Tags;
use crate::limits::{PROBE_DESCRIPTION_BYTES_MAX, PROBE_GENRES_MAX, PROBE_TEXT_BYTES_MAX};

/// Notes `value` under the fact that `name` (lower case) stands for, if it is one. The first value
/// of a fact holds, but a longer description replaces a shorter.
pub(super) fn set(tags: &mut Tags, name: &str, value: &[u8]) {
    let words = || text(value, PROBE_TEXT_BYTES_MAX);
    match name {
        "title" => keep_first(&mut tags.title, words()),
        "show" | "series" | "tvshow" => keep_first(&mut tags.series, words()),
        "artist" | "director" => keep_first(&mut tags.artist, words()),
        "season_number" | "season" => keep_first(&mut tags.season, number(value)),
        "episode_sort" | "episode" => keep_first(&mut tags.episode, number(value)),
        "date" | "date_released" | "date_release" | "year" | "creationdate" => {
            keep_first(&mut tags.year, year(value));
        }
        "description" | "synopsis" | "summary" | "plot" => {
            let description = text(value, PROBE_DESCRIPTION_BYTES_MAX);
            if description.as_ref().map(String::len) > tags.description.as_ref().map(String::len) {
                tags.description = description;
            }
        }
        "genre" => {
            for genre in words().unwrap_or_default().split([',', ';', '/']).map(str::trim) {
                let is_new = !genre.is_empty() && !tags.genres.iter().any(|known| known == genre);
                if is_new && tags.genres.len() < PROBE_GENRES_MAX {
                    tags.genres.push(genre.to_owned());
                }
            }
        }
        _ => {}
    }
}

fn keep_first<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

fn number(value: &[u8]) -> Option<u32> {
    // "3/12" is the third of twelve.
    text(value, 32)?.split('/').next()?.trim().parse().ok()
}

/// The four digits with which a date begins, if they are a year in which films could be made.
fn year(value: &[u8]) -> Option<u16> {
    let year = text(value, 32)?.get(..4)?.parse().ok()?;
    (1870..=2200).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_from_the_words_of_every_container() {
        let mut tags = Tags::default();
        for (name, value) in [
            ("title", "Alien"),
            ("title", "Aliens"),
            ("genre", "Horror; Science Fiction"),
            ("genre", "Horror"),
            ("date", "1979-05-25"),
            ("season_number", "02/10"),
            ("episode_sort", "x"),
            ("description", "short"),
            ("synopsis", "much longer"),
            ("encoder", "whatever"),
        ] {
            set(&mut tags, name, value.as_bytes());
        }
        let expected = Tags {
            title: Some("Alien".to_owned()),
            season: Some(2),
            year: Some(1979),
            description: Some("much longer".to_owned()),
            genres: vec!["Horror".to_owned(), "Science Fiction".to_owned()],
            ..Tags::default()
        };
        assert_eq!(tags, expected);
    }

    #[test]
    fn a_thousand_genres_and_odd_years_leave_little() {
        let mut tags = Tags::default();
        for index in 0..1000 {
            set(&mut tags, "genre", format!("g{index}").as_bytes());
        }
        for year in ["0000", "9999", "+199", "19", "é999", ""] {
            set(&mut tags, "date", year.as_bytes());
        }
        assert_eq!((tags.genres.len(), tags.year), (PROBE_GENRES_MAX, None));
    }
}
