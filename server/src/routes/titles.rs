//! Titles: the list and a title's own page.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use spillway_media::catalog::{Sort, TitleKind, TitleQuery};
use spillway_media::ids::TitleId;
use utoipa::IntoParams;

use crate::api_types::page::{Page, PageQuery};
use crate::api_types::title::{KINDS, TitleDetail, TitleItem};
use crate::error::{ApiError, Problem};
use crate::extract::{PathId, Queried};
use crate::limits::SEARCH_TEXT_BYTES_MAX;
use crate::state::App;

/// Which titles.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TitlesQuery {
    /// Words that must each begin a word of name, original name, people or genres; marks and case
    /// do not matter. Best match first, unless `sort` says otherwise.
    #[param(example = "ali")]
    pub q: Option<String>,
    /// One or several kinds, comma-separated: `film`, `series`, `episode`, `extra`, `audio`. Every
    /// title without it, so that a walk through the list sees each file exactly once.
    #[param(example = "film,series")]
    pub kind: Option<String>,
    /// Exact name of a genre.
    #[param(example = "Drama")]
    pub genre: Option<String>,
    /// `name` (default), `added`, `year`, `duration`; with `-` in front the largest first.
    #[param(example = "-added")]
    pub sort: Option<String>,
    /// How many entries at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// `next_cursor` of the page before; the first page without it.
    pub cursor: Option<String>,
}

/// Titles in any order, page by page.
#[utoipa::path(get, path = "/api/v1/titles", tag = "Titles", params(TitlesQuery), responses(
    (status = 200, description = "A page of titles.", body = Page<TitleItem>),
    (status = 400, description = "A value that cannot be right.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn list_titles(
    State(app): State<App>,
    Queried(query): Queried<TitlesQuery>,
) -> Result<Json<Page<TitleItem>>, ApiError> {
    let query = query.meant()?;
    let page = app.catalog.titles(app.catalog.viewer(), &query).await?;
    Ok(Json(Page::of(page, TitleItem::from)))
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

impl TitlesQuery {
    /// The query with every value checked.
    fn meant(self) -> Result<TitleQuery, ApiError> {
        // A form sends what was left empty as an empty value.
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let text = given(self.q);
        if text.as_ref().is_some_and(|text| text.len() > SEARCH_TEXT_BYTES_MAX) {
            return Err(ApiError::bad_request(format!(
                "The search text is longer than {SEARCH_TEXT_BYTES_MAX} bytes."
            )));
        }
        Ok(TitleQuery {
            text,
            kinds: given(self.kind)
                .map(|kinds| parse_kinds(&kinds))
                .transpose()?
                .unwrap_or_default(),
            genre: given(self.genre),
            sort: given(self.sort).map(|sort| parse_sort(&sort)).transpose()?,
            page: PageQuery { limit: self.limit, cursor: given(self.cursor) }.request()?,
        })
    }
}

fn parse_kinds(text: &str) -> Result<Vec<TitleKind>, ApiError> {
    let kind = |name: &str| {
        KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind).ok_or_else(|| {
            ApiError::bad_request(format!(
                "There is no kind {name:?}: film, series, episode, extra and audio are allowed."
            ))
        })
    };
    text.split(',').map(str::trim).map(kind).collect()
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

    fn meant(query: &str) -> Result<TitleQuery, ApiError> {
        let uri = format!("/?{query}").parse().expect("a query");
        let query = axum::extract::Query::<TitlesQuery>::try_from_uri(&uri).expect("parses");
        query.0.meant()
    }

    #[test]
    fn empty_values_mean_nothing_was_asked() {
        let query = meant("q=&kind=&genre=&sort=&cursor=").expect("is meant");
        assert!(query.text.is_none() && query.kinds.is_empty() && query.sort.is_none());
        assert!(query.genre.is_none() && query.page.cursor.is_none());
    }

    #[test]
    fn several_kinds_may_be_asked_for() {
        let query = meant("kind=film,%20series&sort=-year").expect("is meant");
        assert_eq!(query.kinds, [TitleKind::Film, TitleKind::Series]);
        assert!(query.sort.is_some_and(|sort| sort.is_descending));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let long = format!("q={}", "a".repeat(SEARCH_TEXT_BYTES_MAX + 1));
        for query in ["kind=movie", "kind=film,", "sort=size", "limit=0", "limit=201", &long] {
            let status = meant(query).expect_err(query).status();
            assert_eq!(status, http::StatusCode::BAD_REQUEST, "{query}");
        }
    }
}
