//! What is found while somebody types.

use serde::Serialize;
use spillway_media::catalog;
use utoipa::ToSchema;

use super::collection::CollectionItem;
use super::title::{GenreItem, TitleItem};
use crate::error::ApiError;
use crate::limits::SEARCH_TEXT_BYTES_MAX;

/// A search text of a length that is looked at.
pub fn checked_text(text: String) -> Result<String, ApiError> {
    if text.len() > SEARCH_TEXT_BYTES_MAX {
        return Err(ApiError::bad_request(format!(
            "The search text is longer than {SEARCH_TEXT_BYTES_MAX} bytes."
        )));
    }
    Ok(text)
}

/// What a text finds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Titles, the best match first; at most 24.
    pub titles: Vec<TitleItem>,
    /// More titles match: ask for the list of titles with the same `q`.
    pub more_titles: bool,
    /// People by name, those with most titles first; at most 8.
    pub people: Vec<PersonFound>,
    /// Genres by name, those with most titles first; at most 8.
    pub genres: Vec<GenreItem>,
    /// Collections by name; at most 8.
    pub collections: Vec<CollectionItem>,
}

/// Somebody who made titles.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonFound {
    /// Give it as `person` to list the titles.
    #[schema(example = "Sigourney Weaver")]
    pub name: String,
    /// How many titles name them.
    pub titles: u64,
}

impl From<catalog::Found> for Found {
    fn from(found: catalog::Found) -> Self {
        let person =
            |it: catalog::ValueCount<String>| PersonFound { name: it.value, titles: it.titles };
        Self {
            titles: found.titles.into_iter().map(TitleItem::from).collect(),
            more_titles: found.has_more_titles,
            people: found.people.into_iter().map(person).collect(),
            genres: found.genres.into_iter().map(GenreItem::from).collect(),
            collections: found.collections.into_iter().map(CollectionItem::from).collect(),
        }
    }
}
