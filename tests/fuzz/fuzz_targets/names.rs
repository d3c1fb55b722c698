//! Any bytes as the name of a file and of the folders around it: they stand for a title that has a
//! name, and for the same one each time.
//!
//! The first byte is what is known beyond the name.

#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use spillway_media::catalog::Identity;
use spillway_media::scan::fuzzing::identify;
use spillway_media::storage::Key;

fuzz_target!(|input: &[u8]| {
    static FORGIVING: Once = Once::new();
    FORGIVING.call_once(forgive_guesses);
    let Some((context, path)) = input.split_first() else { return };
    let Ok(key) = Key::from_bytes(path) else { return };
    let identify = || identify(&key, context & 1 != 0, context & 2 != 0);
    let identity = identify();
    check(&identity);
    assert_eq!(identity, identify());
});

/// A guess of `hunch` may panic: that is no guess, and the name is read without it.
fn forgive_guesses() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/hunch-")) {
            abort(panic);
        }
    }));
}

fn check(identity: &Identity) {
    let check_year = |year: &Option<u16>| {
        assert!(year.is_none_or(|year| (1800..2100).contains(&year)), "{identity:?}");
    };
    match identity {
        Identity::Film { name, year } | Identity::Series { name, year } => {
            assert!(is_visible(name), "{identity:?}");
            check_year(year);
        }
        Identity::Episode { series, series_year, episode, episode_end, .. } => {
            assert!(is_visible(series), "{identity:?}");
            assert!(episode <= episode_end, "{identity:?}");
            check_year(series_year);
        }
        Identity::Extra { of, what, name } => {
            assert!(!what.is_empty() && is_visible(name), "{identity:?}");
            check(of);
        }
        Identity::Audio { name } => assert!(is_visible(name), "{identity:?}"),
    }
}

/// Something can be seen, and nothing in it turns the text around it (Unicode UAX #9).
fn is_visible(name: &str) -> bool {
    let turns = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !name.trim().is_empty() && !name.chars().any(|c| c.is_control() || turns(c))
}
