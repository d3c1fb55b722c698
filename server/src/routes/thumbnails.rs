//! Pictures made from films.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde::Deserialize;
use spillway_media::ids::FileId;
use spillway_media::thumbnail::{Source, Thumbnail, Thumbnails, storyboard_vtt};
use utoipa::IntoParams;

use crate::delivery::made::{ASKED_AGAIN, FOR_GOOD, Made, deliver_made};
use crate::error::{ApiError, Problem};
use crate::extract::{Queried, parse_id};
use crate::state::App;

/// Which picture.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ThumbnailQuery {
    /// Where in the film, in milliseconds: the key frame that is shown there, or last before it.
    #[serde(default)]
    pub position_ms: u64,
    /// Pixels across; made in 160, 320, 640 or 1280, the next larger one of which is sent.
    #[serde(default = "default_width")]
    pub width: u32,
}

/// Which state of the picture, and how large.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StillQuery {
    /// Pixels across; made in 160, 320, 640 or 1280, the next larger one of which is sent.
    #[serde(default = "default_width")]
    pub width: u32,
    /// As in the addresses that items carry: with it, the answer may be cached for good.
    pub v: Option<String>,
}

fn default_width() -> u32 {
    320
}

/// A picture from a film.
#[utoipa::path(method(get, head), path = "/api/v1/files/{id}/thumbnail", tag = "Files",
    params(("id" = String, Path, description = "The file."), ThumbnailQuery),
    responses(
    (status = 200, description = "The picture.", content_type = "image/jpeg", body = [u8]),
    (status = 304, description = "It is what `If-None-Match` names."),
    (status = 404, description = "There is no such file, or no picture can be made of it.",
     body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many pictures are being made.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_thumbnail(
    State(app): State<App>,
    Path(file): Path<String>,
    Queried(query): Queried<ThumbnailQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (thumbnails, source) = source_of(&app, &file).await?;
    let thumbnail = thumbnails
        .thumbnail(&source, query.position_ms, query.width)
        .await
        .map_err(|error| ApiError::picture(&error))?;
    Ok(jpeg(&thumbnail, &method, &headers))
}

/// The picture that stands for a film: of some of its key frames the best.
#[utoipa::path(method(get, head), path = "/api/v1/files/{id}/still", tag = "Files",
    params(("id" = String, Path, description = "The file."), StillQuery),
    responses(
    (status = 200, description = "The picture.", content_type = "image/jpeg", body = [u8]),
    (status = 304, description = "It is what `If-None-Match` names."),
    (status = 404, description = "There is no such file, or no picture can be made of it.",
     body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many pictures are being made.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_still(
    State(app): State<App>,
    Path(file): Path<String>,
    Queried(query): Queried<StillQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (thumbnails, source) = source_of(&app, &file).await?;
    let still = thumbnails.still(&source, query.width).await;
    let still = still.map_err(|error| ApiError::picture(&error))?;
    app.placeholders.note_still(source.file, &still);
    // The film may be another one than when the address was given.
    let is_named = query.v.is_some_and(|v| v == format!("{:x}", still.version().tag()));
    let picture = Made {
        bytes: Bytes::copy_from_slice(still.bytes()),
        media_type: still.media_type(),
        tag: still.tag(),
        cache_control: if is_named { FOR_GOOD } else { ASKED_AGAIN },
    };
    Ok(deliver_made(picture, &method, &headers))
}

/// Which picture shows which time of a film, for previews on a time line.
#[utoipa::path(get, path = "/api/v1/files/{id}/storyboard.vtt", tag = "Files",
    params(("id" = String, Path, description = "The file.")),
    responses(
    (status = 200, description = "WebVTT. Each cue is the address of a sheet, relative to this one, \
     and where on it the picture is: `storyboard/0#xywh=320,0,320,180`.", content_type = "text/vtt",
     body = String),
    (status = 404, description = "There is no such file, or nothing is known of its pictures.",
     body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many pictures are being made.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_storyboard(
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<Response, ApiError> {
    let (thumbnails, source) = source_of(&app, &file).await?;
    let storyboard =
        thumbnails.storyboard(&source).await.map_err(|error| ApiError::picture(&error))?;
    let urls: Vec<String> =
        (0..storyboard.sheet_count()).map(|sheet| format!("storyboard/{sheet}")).collect();
    let text = storyboard_vtt(storyboard.scenes(), storyboard.layout(), &urls)?;
    let fields =
        [(header::CONTENT_TYPE, "text/vtt; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((fields, text).into_response())
}

/// A sheet of a film's storyboard.
#[utoipa::path(method(get, head), path = "/api/v1/files/{id}/storyboard/{sheet}", tag = "Files",
    params(
        ("id" = String, Path, description = "The file."),
        ("sheet" = usize, Path, description = "Which, from 0."),
    ),
    responses(
    (status = 200, description = "The sheet.", content_type = "image/jpeg", body = [u8]),
    (status = 304, description = "It is what `If-None-Match` names."),
    (status = 404, description = "There is no such file or sheet, or it cannot be made.",
     body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too many pictures are being made.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_sheet(
    State(app): State<App>,
    Path((file, sheet)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (thumbnails, source) = source_of(&app, &file).await?;
    let sheet = thumbnails.sheet(&source, parse_id(&sheet)?).await;
    Ok(jpeg(&sheet.map_err(|error| ApiError::picture(&error))?, &method, &headers))
}

/// The file of an identifier, and what makes pictures of it.
async fn source_of<'a>(app: &'a App, file: &str) -> Result<(&'a Thumbnails, Source), ApiError> {
    let file: FileId = parse_id(file)?;
    let thumbnails = app.thumbnails.as_ref().ok_or_else(|| {
        ApiError::unavailable("The server makes no pictures: its folder for them cannot be used.")
    })?;
    let location = app.catalog.locate(file).await?.ok_or_else(|| ApiError::no_such_file(file))?;
    Ok((thumbnails, Source::from(&*location)))
}

fn jpeg(thumbnail: &Thumbnail, method: &Method, headers: &HeaderMap) -> Response {
    let picture = Made {
        bytes: Bytes::copy_from_slice(thumbnail.jpeg()),
        media_type: "image/jpeg",
        tag: thumbnail.tag(),
        // Another version of the file has other pictures at the same address.
        cache_control: ASKED_AGAIN,
    };
    deliver_made(picture, method, headers)
}
