//! Titles that belong together.

use serde::{Deserialize, Serialize};
use spillway_media::catalog;
use utoipa::ToSchema;

use super::title::artwork_url;
use crate::error::{ApiError, sentence};

/// All collections.
#[derive(Debug, Serialize, ToSchema)]
pub struct Collections {
    /// Those that a viewer made first, then by name.
    pub items: Vec<CollectionItem>,
}

/// Titles that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionItem {
    /// Opaque identifier; give it as `collection` to list the titles.
    #[schema(example = "3")]
    pub id: String,
    /// Its name.
    #[schema(example = "Alien Collection")]
    pub name: String,
    /// How many titles it has.
    pub titles: u64,
    /// False for one that files tell: it follows them.
    pub is_editable: bool,
    /// Poster of its first title that has one, the earliest first; may be cached for good, add
    /// `&width=`.
    pub poster_url: Option<String>,
    /// The poster's ThumbHash, as a title's.
    pub poster_hash: Option<String>,
    /// Posters of its first titles, that one among them; at most four.
    pub poster_urls: Vec<String>,
}

/// A collection by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionRef {
    /// The collection.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What a collection is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionName {
    /// 1 to 200 characters, without the space around them and without control characters.
    #[schema(example = "For a rainy Sunday")]
    pub name: String,
}

impl CollectionName {
    /// The name, checked.
    pub fn checked(self) -> Result<String, ApiError> {
        let name = catalog::collection_name(&self.name);
        name.map(str::to_owned).map_err(|error| ApiError::bad_request(sentence(&error.to_string())))
    }
}

impl From<catalog::Collection> for CollectionItem {
    fn from(collection: catalog::Collection) -> Self {
        let first = collection.posters.first();
        Self {
            id: collection.id.to_string(),
            name: collection.name,
            titles: collection.titles,
            is_editable: collection.is_editable,
            poster_url: first.map(artwork_url),
            poster_hash: first.and_then(|poster| poster.hash.clone()),
            poster_urls: collection.posters.iter().map(artwork_url).collect(),
        }
    }
}

impl From<catalog::CollectionRef> for CollectionRef {
    fn from(collection: catalog::CollectionRef) -> Self {
        Self { id: collection.id.to_string(), name: collection.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_200_characters_that_can_be_seen() {
        for (name, checked) in [
            ("", None),
            (" \t", None),
            ("\u{200b}", None),
            ("a\nb", None),
            ("\u{202e}abc", None),
            ("👩\u{200d}🚀", Some("👩\u{200d}🚀".to_owned())),
            (" a ", Some("a".to_owned())),
            (&"é".repeat(200), Some("é".repeat(200))),
            (&"é".repeat(201), None),
        ] {
            assert_eq!(
                CollectionName { name: name.to_owned() }.checked().ok(),
                checked,
                "{name:?}"
            );
        }
    }
}
