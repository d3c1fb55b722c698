//! A part of a list.

use serde::{Deserialize, Serialize};
use spillway_media::catalog;
use spillway_media::limits::PAGE_ITEMS_MAX;
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::limits::PAGE_ITEMS_DEFAULT;

/// Some entries of a list and where it goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Give this as `cursor` for the entries that follow; `null` at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The page that clients read of a page of the catalog.
    pub fn of<S>(page: catalog::Page<S>, item: impl Fn(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(item).collect(), next_cursor: page.next_cursor }
    }
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many entries at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before; the first page without it.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// What to ask of the catalog.
    pub fn request(self) -> Result<catalog::PageRequest, ApiError> {
        Ok(catalog::PageRequest { limit: checked_limit(self.limit)?, cursor: self.cursor })
    }
}

/// The number of entries asked for, checked.
fn checked_limit(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit.unwrap_or(PAGE_ITEMS_DEFAULT) {
        limit @ 1..=PAGE_ITEMS_MAX => Ok(limit),
        limit => Err(ApiError::bad_request(format!(
            "limit={limit} is out of bounds: 1 to {PAGE_ITEMS_MAX} are allowed."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_1_to_200_entries_and_50_unless_given() {
        for (given, limit) in [
            (None, Some(50)),
            (Some(1), Some(1)),
            (Some(200), Some(200)),
            (Some(0), None),
            (Some(201), None),
        ] {
            assert_eq!(checked_limit(given).ok(), limit, "{given:?}");
        }
    }
}
