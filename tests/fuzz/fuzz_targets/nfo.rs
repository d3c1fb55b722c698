//! Any bytes as an NFO file: what it tells is readable, within its bounds, and takes time by its
//! length.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway_media::Kind;
use spillway_media::catalog::Facts;
use spillway_media::limits::{NFO_EPISODES_MAX, NFO_LIST_MAX, NFO_TEXT_BYTES_MAX};
use spillway_media::scan::fuzzing::read_nfo;

fuzz_target!(|bytes: &[u8]| {
    match read_nfo(bytes) {
        Ok(titles) => {
            assert!(titles.len() <= NFO_EPISODES_MAX);
            titles.iter().for_each(check);
        }
        Err(error) => assert_eq!(error.kind(), Kind::Invalid, "{}", error.chain()),
    }
});

fn check(facts: &Facts) {
    assert!(facts.year.is_none_or(|year| (1800..3000).contains(&year)));
    assert!(facts.rating.is_none_or(|rating| (0.0..=10.0).contains(&rating)));
    assert!(facts.premiered.as_ref().is_none_or(|date| date.len() == 10 && date.is_ascii()));
    for list in [&facts.genres, &facts.studios] {
        assert!(list.len() <= NFO_LIST_MAX);
        list.iter().for_each(|text| check_text(text));
    }
    assert!(facts.people.len() <= NFO_LIST_MAX);
    for person in &facts.people {
        check_text(&person.name);
        assert!(person.character.len() <= NFO_TEXT_BYTES_MAX);
    }
    let texts = [
        &facts.name,
        &facts.sort_name,
        &facts.original_name,
        &facts.plot,
        &facts.tagline,
        &facts.content_rating,
        &facts.collection,
    ];
    texts.into_iter().flatten().for_each(|text| check_text(text));
}

fn check_text(text: &str) {
    assert!(!text.trim().is_empty() && text.len() <= NFO_TEXT_BYTES_MAX);
    assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
}
