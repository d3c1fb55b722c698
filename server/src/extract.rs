//! What handlers take from a request; each refuses with a problem that says what to do.

use std::str::FromStr;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Json, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;
use spillway_media::ids::{CollectionId, FileId, TitleId};

use crate::error::ApiError;

/// The one parameter of a path, where it is an identifier.
///
/// Identifiers are opaque: one that could never be names nothing, and that is 404 like one that
/// never was.
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing_here())?;
        parse_id(&text).map(Self)
    }
}

/// Reads an identifier that stands in a path.
pub fn parse_id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| nothing_here())
}

fn nothing_here() -> ApiError {
    ApiError::not_found("Nothing has this identifier.")
}

/// The subtitle in `/files/{file_id}/subtitles/{index}`, read from the path as it came.
pub struct SubtitlePath {
    /// The file that it stands beside.
    pub file: FileId,
    /// Which of the file's subtitles, from 0.
    pub index: usize,
}

impl<S: Send + Sync> FromRequestParts<S> for SubtitlePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let index = segment(parts, 3).parse().map_err(|_| nothing_here())?;
        Ok(Self { file: parse_id(segment(parts, 1))?, index })
    }
}

/// The title of a collection in `/api/v1/collections/{id}/titles/{title_id}`.
pub struct CollectionTitlePath {
    /// The collection.
    pub collection: CollectionId,
    /// The title.
    pub title: TitleId,
}

impl<S: Send + Sync> FromRequestParts<S> for CollectionTitlePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let (collection, title) = (segment(parts, 3), segment(parts, 5));
        Ok(Self { collection: parse_id(collection)?, title: parse_id(title)? })
    }
}

/// A segment of the path, counted from 0, percent-encoded as it came.
fn segment(parts: &Parts, at: usize) -> &str {
    parts.uri.path().trim_start_matches('/').split('/').nth(at).unwrap_or_default()
}

/// The query, read into `T`.
pub struct Queried<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Queried<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(value) = Query::<T>::from_request_parts(parts, state).await.map_err(
            |rejection: QueryRejection| {
                ApiError::bad_request(format!("The query is not right: {}.", rejection.body_text()))
            },
        )?;
        Ok(Self(value))
    }
}

/// A JSON body, read into `T`.
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(value) =
            Json::<T>::from_request(request, state).await.map_err(|rejection: JsonRejection| {
                // 413 for too long, 415 without `content-type: application/json`, else 400 or 422.
                ApiError::new(rejection.status(), format!("{}.", rejection.body_text()))
            })?;
        Ok(Self(value))
    }
}
