//! Titles: the list and a title's own page.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use spillway_media::catalog::{Sort, TitleQuery};
use spillway_media::ids::TitleId;
use spillway_media::limits::PAGE_ITEMS_MAX;
use utoipa::IntoParams;

use crate::api_types::filter::{FilterQuery, Outline, given};
use crate::api_types::page::{Page, PageQuery};
use crate::api_types::search::checked_text;
use crate::api_types::title::{TitleDetail, TitleItem};
use crate::error::{ApiError, Problem};
use crate::extract::{PathId, Queried};
use crate::limits::OUTLINE_EVERY_DEFAULT;
use crate::state::App;

/// Which page of which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words that must each begin a word of name, original name, people or genres; marks and case
    /// do not matter. Best match first, unless `sort` says otherwise.
    #[param(example = "ali")]
    pub q: Option<String>,
    /// `name` (default), `added`, `year`, `duration`; with `-` in front the largest first.
    #[param(example = "-added")]
    pub sort: Option<String>,
    /// How many entries at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before; the first page without it.
    pub cursor: Option<String>,
}

/// Which outline of which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutlineQuery {
    /// As for the list of titles.
    #[param(example = "-added")]
    pub sort: Option<String>,
    /// How many titles lie between two cursors, 1 to 200; 100 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub every: Option<usize>,
}

/// Titles in any order, page by page.
#[utoipa::path(get, path = "/api/v1/titles", tag = "Titles", params(FilterQuery, ListQuery),
    responses(
    (status = 200, description = "A page of titles.", body = Page<TitleItem>),
    (status = 400, description = "A value that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list_titles(
    State(app): State<App>,
    Queried(filter): Queried<FilterQuery>,
    Queried(list): Queried<ListQuery>,
) -> Result<Json<Page<TitleItem>>, ApiError> {
    let query = list.meant(filter.meant()?)?;
    let page = app.catalog.titles(app.catalog.viewer(), &query).await?;
    Ok(Json(Page::of(page, TitleItem::from)))
}

/// Where the pages of a list of titles begin, so that any place of it is one request away.
#[utoipa::path(get, path = "/api/v1/titles/outline", tag = "Titles",
    params(FilterQuery, OutlineQuery),
    responses(
    (status = 200, description = "The number of titles, and cursors.", body = Outline),
    (status = 400, description = "A value that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn show_outline(
    State(app): State<App>,
    Queried(filter): Queried<FilterQuery>,
    Queried(OutlineQuery { sort, every }): Queried<OutlineQuery>,
) -> Result<Json<Outline>, ApiError> {
    let sort = given(sort).map(|sort| parse_sort(&sort)).transpose()?;
    let query = TitleQuery { sort, ..filter.meant()? };
    let every = checked_every(every)?;
    Ok(Json(app.catalog.outline(app.catalog.viewer(), &query, every).await?.into()))
}

/// All that is known of a title.
#[utoipa::path(get, path = "/api/v1/titles/{id}", tag = "Titles",
    params(("id" = String, Path, description = "The title.")),
    responses(
    (status = 200, description = "The title.", body = TitleDetail),
    (status = 404, description = "There is no such title (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn show_title(
    State(app): State<App>,
    PathId(id): PathId<TitleId>,
) -> Result<Json<TitleDetail>, ApiError> {
    let title = app.catalog.title(app.catalog.viewer(), id).await?;
    let title = title.ok_or_else(|| {
        ApiError::not_found(format!("There is no title {id} (any more). Look for it by its name."))
    })?;
    Ok(Json(title.into()))
}

impl ListQuery {
    /// `filtered` with what is asked here, every value checked.
    fn meant(self, filtered: TitleQuery) -> Result<TitleQuery, ApiError> {
        Ok(TitleQuery {
            text: given(self.q).map(checked_text).transpose()?,
            sort: given(self.sort).map(|sort| parse_sort(&sort)).transpose()?,
            page: PageQuery { limit: self.limit, cursor: given(self.cursor) }.request()?,
            ..filtered
        })
    }
}

fn checked_every(every: Option<usize>) -> Result<usize, ApiError> {
    match every.unwrap_or(OUTLINE_EVERY_DEFAULT) {
        every @ 1..=PAGE_ITEMS_MAX => Ok(every),
        every => Err(ApiError::bad_request(format!(
            "every={every} is out of bounds: 1 to {PAGE_ITEMS_MAX} are allowed."
        ))),
    }
}

fn parse_sort(text: &str) -> Result<Sort, ApiError> {
    text.parse().map_err(|_| {
        ApiError::bad_request(format!(
            "There is no order {text:?}: name, added, year and duration are allowed, with - in \
             front for the largest first."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SEARCH_TEXT_BYTES_MAX;

    fn meant(query: &str) -> Result<TitleQuery, ApiError> {
        let uri = format!("/?{query}").parse().expect("a query");
        let query = axum::extract::Query::<ListQuery>::try_from_uri(&uri).expect("parses");
        query.0.meant(TitleQuery::default())
    }

    #[test]
    fn empty_values_mean_nothing_was_asked() {
        let query = meant("q=&sort=&cursor=").expect("is meant");
        assert!(query.text.is_none() && query.sort.is_none() && query.page.cursor.is_none());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let long = format!("q={}", "a".repeat(SEARCH_TEXT_BYTES_MAX + 1));
        for query in ["sort=size", "limit=0", "limit=201", &long] {
            let status = meant(query).expect_err(query).status();
            assert_eq!(status, http::StatusCode::BAD_REQUEST, "{query}");
        }
        assert!(meant("sort=-year").expect("is meant").sort.is_some_and(|it| it.is_descending));
    }

    #[test]
    fn an_outline_has_a_cursor_every_1_to_200_titles_and_100_unless_given() {
        for (given, every) in [
            (None, Some(100)),
            (Some(1), Some(1)),
            (Some(200), Some(200)),
            (Some(0), None),
            (Some(201), None),
        ] {
            assert_eq!(checked_every(given).ok(), every, "{given:?}");
        }
    }
}
