//! Media files: exact bytes.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{Method, StatusCode, header};

use crate::delivery::{Entity, deliver};
use crate::error::{ApiError, Problem};
use crate::extract::parse_id;
use crate::state::App;

/// The path of [`send_file`].
pub const FILE_ROUTE: &str = "/files/{file_id}/{file_name}";

/// The file's exact bytes.
///
/// Ranges, also several, validators and preconditions by RFC 9110. The name is for people and
/// players; any name is answered.
#[utoipa::path(method(get, head), path = "/files/{file_id}/{file_name}", tag = "Files",
    params(
        ("file_id" = String, Path, description = "The file."),
        ("file_name" = String, Path, description = "Its name, or any other."),
        ("Range" = Option<String>, Header, description = "Which bytes."),
        ("If-Range" = Option<String>, Header, description = "A strong ETag or a date; another file is sent whole."),
    ),
    responses(
    (status = 200, description = "The whole file.", content_type = "video/*", body = [u8]),
    (status = 206, description = "The ranges asked for.", content_type = "video/*", body = [u8]),
    (status = 304, description = "It is what `If-None-Match` or `If-Modified-Since` names."),
    (status = 404, description = "There is no such file (any more).", body = Problem,
     content_type = "application/problem+json"),
    (status = 412, description = "It is not what `If-Match` or `If-Unmodified-Since` names.",
     body = Problem, content_type = "application/problem+json"),
    (status = 416, description = "No range overlaps the file.", body = Problem,
     content_type = "application/problem+json"),
    (status = 429, description = "Too many streams to this address at once.", body = Problem,
     content_type = "application/problem+json"),
    (status = 503, description = "Its folder is not mounted, or the server is busy.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_file(app: App, request: Request) -> Response {
    let (Parts { method, uri, headers, .. }, _) = request.into_parts();
    if !matches!(method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response();
    }
    match entity_at(&app, uri.path()).await {
        Ok(entity) => deliver(&entity, &method, &headers),
        Err(error) => error.into_response(),
    }
}

async fn entity_at(app: &App, path: &str) -> Result<Arc<Entity>, ApiError> {
    let file = parse_id(file_in(path).unwrap_or_default())?;
    // From memory: a stream never waits for the database.
    let location = app.catalog.locate(file).await?.ok_or_else(|| ApiError::no_such_file(file))?;
    app.entities.of(location).await.map_err(ApiError::opening)
}

/// The `file_id` in a path of the form of [`FILE_ROUTE`].
///
/// Read from the path as it came, so that a name after it that is no UTF-8, or holds an encoded slash
/// or NUL, is answered like any other.
pub fn file_in(path: &str) -> Option<&str> {
    let (file, name) = path.strip_prefix("/files/")?.split_once('/')?;
    (!file.is_empty() && !name.is_empty() && !name.contains('/')).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_two_names_below_files_is_a_file() {
        assert_eq!(file_in("/files/12/A%2Ffilm.mkv"), Some("12"));
        for path in
            ["/files/12", "/files/12/", "/files//a", "/files/12/a/b", "/file/12/a", "//files/1/a"]
        {
            assert_eq!(file_in(path), None, "{path}");
        }
    }
}
