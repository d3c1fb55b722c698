//! Media files and the subtitles beside them: exact bytes.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method};
use spillway_media::ids::FileId;
use spillway_media::storage::{Key, Root};

use crate::delivery::{Entity, deliver};
use crate::error::{ApiError, Problem};
use crate::extract::{FilePath, SubtitlePath};
use crate::state::App;

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
    (status = 503, description = "Its folder is not mounted.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_file(
    State(app): State<App>,
    FilePath(file): FilePath,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // From memory: a stream never waits for the database.
    let location = app.catalog.locate(file).await?.ok_or_else(|| no_such_file(file))?;
    let entity = open(&app, &Root::new(&*location.root_path), &location.key).await?;
    // The title's identifier; `live` looks its name up for those who follow.
    Ok(deliver(&entity.title(location.title.to_string()), &method, &headers))
}

/// A text subtitle beside a file, as it is.
#[utoipa::path(method(get, head), path = "/files/{file_id}/subtitles/{index}", tag = "Files",
    params(
        ("file_id" = String, Path, description = "The file."),
        ("index" = usize, Path, description = "Which of its subtitles, from 0."),
    ),
    responses(
    (status = 200, description = "The subtitle.", content_type = "text/*", body = [u8]),
    (status = 404, description = "There is no such subtitle.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_subtitle(
    State(app): State<App>,
    SubtitlePath { file, index }: SubtitlePath,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let subtitle = app.catalog.subtitle(file, index).await?.ok_or_else(|| {
        ApiError::not_found(format!("The file {file} has no subtitle {index} beside it."))
    })?;
    let entity = open(&app, &Root::new(&*subtitle.root_path), &subtitle.key).await?;
    Ok(deliver(&entity, &method, &headers))
}

async fn open(app: &App, root: &Root, key: &Key) -> Result<Entity, ApiError> {
    let object = app.open_files.open(root, key).await?;
    Ok(Entity::new(object, &key.file_name()))
}

fn no_such_file(file: FileId) -> ApiError {
    ApiError::not_found(format!(
        "There is no file {file} (any more). A scan may have found it gone."
    ))
}
