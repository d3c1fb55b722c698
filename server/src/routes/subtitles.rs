//! Text subtitles beside files: as they are, and as browsers read them.

use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use spillway_media::catalog::SubtitleLocation;
use spillway_media::error::{Error, Kind};
use spillway_media::ids::FileId;
use spillway_media::limits::SUBTITLE_BYTES_MAX;
use spillway_media::storage::{Object, ReadAt as _, Root};
use spillway_media::subtitle::to_webvtt;

use crate::delivery::made::{ASKED_AGAIN, Made, deliver_made, without_bytes};
use crate::delivery::{Entity, deliver};
use crate::error::{ApiError, Problem};
use crate::extract::{SubtitlePath, parse_id};
use crate::state::App;

/// Counts up when the same file becomes another text.
const REVISION: u32 = 1;

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
    let (subtitle, object) = open(&app, file, index).await?;
    Ok(deliver(&Entity::new(object, &subtitle.key.file_name()), &method, &headers))
}

/// A text subtitle beside a file as WebVTT, whatever it is on the disk.
#[utoipa::path(method(get, head), path = "/api/v1/files/{id}/subtitles/{index}", tag = "Files",
    params(
        ("id" = String, Path, description = "The file."),
        ("index" = usize, Path, description = "Which of its subtitles, from 0."),
    ),
    responses(
    (status = 200, description = "WebVTT in UTF-8.", content_type = "text/vtt", body = String),
    (status = 304, description = "It is what `If-None-Match` names."),
    (status = 404, description = "There is no such subtitle, or nothing in it can be shown.",
     body = Problem, content_type = "application/problem+json"),
))]
pub async fn send_webvtt(
    State(app): State<App>,
    Path((file, index)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (subtitle, object) = open(&app, parse_id(&file)?, parse_id(&index)?).await?;
    let tag = format!("{:x}v{REVISION}", object.version().tag());
    // Another version of the file is another text at the same address.
    if let Some(answer) = without_bytes(&tag, &ASKED_AGAIN, &method, &headers) {
        return Ok(answer);
    }
    // The turn goes along: what was begun goes on when its client leaves.
    let turn = Arc::clone(&app.subtitle_turns).acquire_owned().await;
    let turn = turn.expect("nobody closes it");
    let language = subtitle.subtitle.language;
    let converting = move || {
        let _turn = turn;
        let bytes = read(&object)?;
        to_webvtt(&bytes, language.as_deref())
    };
    let converted = tokio::task::spawn_blocking(converting).await;
    let converted = converted
        .unwrap_or_else(|error| Err(Error::io("converting a subtitle", io::Error::other(error))));
    let text = converted.map_err(|error| match error.kind() {
        Kind::Invalid | Kind::Unsupported => {
            ApiError::not_found(format!("The subtitle cannot be shown: {error}."))
                .because(error.chain())
        }
        _ => error.into(),
    })?;
    let made = Made {
        bytes: text.into(),
        media_type: "text/vtt; charset=utf-8",
        tag,
        cache_control: ASKED_AGAIN,
    };
    Ok(deliver_made(made, &method, &headers))
}

async fn open(
    app: &App,
    file: FileId,
    index: usize,
) -> Result<(SubtitleLocation, Object), ApiError> {
    let subtitle = app.catalog.subtitle(file, index).await?.ok_or_else(|| {
        ApiError::not_found(format!("The file {file} has no subtitle {index} beside it."))
    })?;
    let object = app.open_files.open(&Root::new(&*subtitle.root_path), &subtitle.key).await;
    Ok((subtitle, object.map_err(ApiError::opening)?))
}

fn read(object: &Object) -> Result<Vec<u8>, Error> {
    let len = usize::try_from(object.len_bytes()).ok().filter(|len| *len <= SUBTITLE_BYTES_MAX);
    let len = len.ok_or_else(|| Error::new(Kind::Invalid, "it is too long to be text"))?;
    let mut bytes = vec![0; len];
    object.read_exact_at(&mut bytes, 0).map_err(|error| Error::io("reading a subtitle", error))?;
    Ok(bytes)
}
