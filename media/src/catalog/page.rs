//! Pages of a list, and the cursor that tells where the next one begins.
//!
//! A cursor holds the sort value and the identifier of the last item shown (keyset pagination), so
//! that a page costs the same at any depth and nothing is shown twice when titles come in between.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::codes::{from_hex, to_hex};
use crate::error::{Error, Kind, Result};
use crate::limits::{CURSOR_CHARS_MAX, PAGE_ITEMS_MAX};

/// A stretch of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What stands on this page, in order.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one. Opaque, safe in a URL.
    pub next_cursor: Option<String>,
}

/// Which page is asked for.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// How many items at most; taken as 1 to [`PAGE_ITEMS_MAX`].
    pub limit: usize,
    /// `next_cursor` of the page before; absent for the first.
    pub cursor: Option<String>,
}

impl PageRequest {
    pub(super) fn limit(&self) -> usize {
        self.limit.clamp(1, PAGE_ITEMS_MAX)
    }
}

/// Where a page of a list begins, and which list it was, so that a cursor of one list is not taken
/// for a place in another.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor<P> {
    pub(super) list: String,
    pub(super) after: P,
}

impl<P: Serialize + DeserializeOwned> Cursor<P> {
    pub(super) fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("strings and numbers are JSON");
        to_hex(&json)
    }

    /// The place in `list` that `text` tells.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for anything that [`Cursor::encode`] did not write for this list.
    pub(super) fn decode(list: &str, text: &str) -> Result<P> {
        let refused = || Error::new(Kind::Invalid, "the cursor does not belong to this list");
        if text.len() > CURSOR_CHARS_MAX {
            return Err(refused());
        }
        let json = from_hex(text).ok_or_else(refused)?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| refused())?;
        if cursor.list == list { Ok(cursor.after) } else { Err(refused()) }
    }
}

/// Cuts `items`, which may hold one more than `limit`, to a page; `place` tells where an item stands.
pub(super) fn cut<T, P: Serialize + DeserializeOwned>(
    list: &str,
    mut items: Vec<T>,
    limit: usize,
    place: impl Fn(&T) -> P,
) -> Page<T> {
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items
        .last()
        .filter(|_| has_more)
        .map(|last| Cursor { list: list.to_owned(), after: place(last) }.encode());
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Place = (String, i64);

    #[test]
    fn a_cursor_that_was_not_given_is_refused() {
        let given = Cursor { list: "name".to_owned(), after: ("é".to_owned(), 7i64) }.encode();
        assert_eq!(Cursor::<Place>::decode("name", &given).expect("given"), ("é".to_owned(), 7));
        let too_long = "0".repeat(CURSOR_CHARS_MAX + 2);
        for (list, text) in [
            ("year", given.as_str()),
            ("name", &given[1..]),
            ("name", &given[2..]),
            ("name", "zz"),
            ("name", "ÿ"),
            ("name", ""),
            ("name", "7b7d"),
            ("name", &too_long),
        ] {
            let refused = Cursor::<Place>::decode(list, text).expect_err(text);
            assert_eq!(refused.kind(), Kind::Invalid);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in ".{0,80}") {
            let _ = Cursor::<Place>::decode("name", &text);
        }

        #[test]
        fn a_cursor_comes_back_as_it_went(value in ".{0,64}", id: i64) {
            let text = Cursor { list: "name".to_owned(), after: (value.clone(), id) }.encode();
            prop_assert!(text.len() <= CURSOR_CHARS_MAX);
            prop_assert_eq!(Cursor::<Place>::decode("name", &text).expect("given"), (value, id));
        }
    }
}
