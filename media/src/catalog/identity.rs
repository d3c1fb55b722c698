//! When two files hold the same title, and under which words a title is sorted and found.

use serde_json::json;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::model::{Identity, TitleKind};
use crate::ids::RootId;
use crate::limits::NAME_KEY_CHARS_MAX;
use crate::storage::Key;

/// Lower case, without marks, with single spaces: "Élan  Vital" is "elan vital".
pub(super) fn fold(text: &str) -> String {
    let bare: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    bare.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a title is sorted by: folded, without an English article in front, cut to a bounded length.
/// Titles whose keys are cut alike are told apart by their identifiers.
pub(super) fn name_key(name: &str) -> String {
    let folded = fold(name);
    let without_article = ["the ", "a ", "an "]
        .iter()
        .find_map(|article| folded.strip_prefix(article))
        .unwrap_or(&folded);
    without_article.chars().take(NAME_KEY_CHARS_MAX).collect()
}

/// What the catalog stores of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TitleShape {
    pub(super) kind: TitleKind,
    /// A JSON array that is the same for the same title and no other of its library.
    pub(super) identity: String,
    /// The name to show until better facts are told.
    pub(super) name: String,
    pub(super) year: Option<u16>,
    pub(super) parent: Option<Box<TitleShape>>,
    pub(super) season: Option<u32>,
    pub(super) episode: Option<u32>,
    pub(super) episode_end: Option<u32>,
}

impl TitleShape {
    /// The shape of the title that the file at `key` holds. Sound is told apart by its folder,
    /// since every album has its "Intro".
    pub(super) fn of(identity: &Identity, root: RootId, key: &Key) -> Self {
        let folder = key.as_path().parent().unwrap_or(key.as_path());
        Self::of_identity(identity, &json!([root.get(), folder.to_string_lossy()]))
    }

    fn of_identity(identity: &Identity, place: &serde_json::Value) -> Self {
        match identity {
            Identity::Film { name, year } => Self {
                year: *year,
                ..Self::plain(TitleKind::Film, &json!(["film", fold(name), year]), name)
            },
            Identity::Series { name, year } => Self {
                year: *year,
                ..Self::plain(TitleKind::Series, &json!(["series", fold(name), year]), name)
            },
            Identity::Audio { name } => {
                Self::plain(TitleKind::Audio, &json!(["audio", fold(name), place]), name)
            }
            Identity::Episode { series, series_year, season, episode, episode_end } => {
                let parent = Self::of_identity(
                    &Identity::Series { name: series.clone(), year: *series_year },
                    place,
                );
                let last = (*episode_end).max(*episode);
                let identity = json!(["episode", parent.identity, season, episode, last]);
                Self {
                    season: Some(*season),
                    episode: Some(*episode),
                    episode_end: Some(last),
                    parent: Some(Box::new(parent)),
                    ..Self::plain(TitleKind::Episode, &identity, &episode_name(*episode, last))
                }
            }
            Identity::Extra { of, what, name } => {
                // An extra of an extra or of an episode belongs to what that belongs to: pages show
                // extras of films and series.
                let mut owner = Self::of_identity(of, place);
                while let Some(above) = owner.parent.take() {
                    owner = *above;
                }
                let identity = json!(["extra", owner.identity, fold(what), fold(name)]);
                let name = if name.is_empty() { what } else { name };
                Self {
                    parent: Some(Box::new(owner)),
                    ..Self::plain(TitleKind::Extra, &identity, name)
                }
            }
        }
    }

    fn plain(kind: TitleKind, identity: &serde_json::Value, name: &str) -> Self {
        Self {
            kind,
            identity: identity.to_string(),
            name: name.to_owned(),
            year: None,
            parent: None,
            season: None,
            episode: None,
            episode_end: None,
        }
    }

    /// The shape of the `n`th title of the same name, for files that no longer fit in the first.
    pub(super) fn numbered(&self, n: u32) -> Self {
        Self { identity: json!([self.identity, n]).to_string(), ..self.clone() }
    }
}

/// The name of an episode of which only the number is known.
fn episode_name(first: u32, last: u32) -> String {
    let is_date = |n: u32| (10_000_101..=99_991_231).contains(&n);
    if is_date(first) {
        format!("{:04}-{:02}-{:02}", first / 10_000, first / 100 % 100, first % 100)
    } else if first == last {
        format!("Episode {first}")
    } else {
        format!("Episodes {first}–{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(identity: &Identity, key: &str) -> TitleShape {
        TitleShape::of(identity, RootId::new(1).expect("positive"), &Key::new(key).expect("a key"))
    }

    #[test]
    fn names_are_sorted_without_case_marks_and_article() {
        for (name, key) in [
            ("The Matrix", "matrix"),
            ("A  Serious\tMan", "serious man"),
            ("An Élan", "elan"),
            ("Ångström", "angstrom"),
            ("The", "the"),
            ("Theatre", "theatre"),
            ("", ""),
        ] {
            assert_eq!(name_key(name), key, "{name:?}");
        }
        assert_eq!(name_key(&"ß".repeat(1000)).chars().count(), NAME_KEY_CHARS_MAX);
    }

    #[test]
    fn films_are_the_same_by_folded_name_and_year_wherever_they_lie() {
        let film = |name: &str, year| Identity::Film { name: name.to_owned(), year };
        let alien = shape(&film("Alien", Some(1979)), "a/alien.mkv").identity;
        assert_eq!(shape(&film("ALIEN ", Some(1979)), "b/x.mp4").identity, alien);
        assert_ne!(shape(&film("Alien", None), "a/alien.mkv").identity, alien);
        assert_ne!(shape(&film("Aliens", Some(1979)), "a/alien.mkv").identity, alien);
    }

    #[test]
    fn sound_is_told_apart_by_its_folder() {
        let intro = Identity::Audio { name: "Intro".to_owned() };
        assert_ne!(shape(&intro, "one/1.mp3").identity, shape(&intro, "two/1.mp3").identity);
        assert_eq!(shape(&intro, "one/1.mp3").identity, shape(&intro, "one/1.flac").identity);
    }

    #[test]
    fn an_extra_of_an_episode_belongs_to_the_series() {
        let episode = Identity::Episode {
            series: "Dark".to_owned(),
            series_year: None,
            season: 1,
            episode: 1,
            episode_end: 1,
        };
        let extra = Identity::Extra {
            of: Box::new(episode.clone()),
            what: "trailer".to_owned(),
            name: String::new(),
        };
        let (extra, episode) = (shape(&extra, "a"), shape(&episode, "a"));
        assert_eq!(extra.parent, episode.parent);
        assert_eq!(extra.name, "trailer");
    }

    #[test]
    fn an_episode_without_a_name_is_called_by_number_or_date() {
        assert_eq!(episode_name(5, 5), "Episode 5");
        assert_eq!(episode_name(5, 6), "Episodes 5–6");
        assert_eq!(episode_name(20_240_229, 20_240_229), "2024-02-29");
    }
}
