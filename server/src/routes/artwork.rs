//! Pictures of titles.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;
use spillway_media::Kind;
use spillway_media::catalog::{ArtworkKind, ArtworkLocation, ArtworkPlace, ArtworkSource};
use spillway_media::ids::TitleId;
use spillway_media::probe::Cover;
use spillway_media::storage::{Object, ReadAt as _, Root};
use spillway_media::thumbnail::{HashedPicture, Original};
use utoipa::IntoParams;

use crate::api_types::title::ARTWORK_KINDS;
use crate::delivery::made::{ASKED_AGAIN, FOR_GOOD, Made, deliver_made};
use crate::delivery::{Entity, deliver};
use crate::error::{ApiError, Problem};
use crate::extract::{Queried, parse_id};
use crate::limits::COVER_BYTES_MAX;
use crate::state::App;

/// Which state of the picture, and how large.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArtworkQuery {
    /// The season whose poster is asked for.
    pub season: Option<u32>,
    /// As in the addresses that items carry: with it, the answer may be cached for good.
    pub v: Option<String>,
    /// Pixels across; made in 160, 320, 480, 640, 960 or 1280, the next larger one of which is sent,
    /// or as many as the picture has. Without it, and where nothing smaller can be made, the picture
    /// comes as it was found.
    pub width: Option<u32>,
}

/// A picture of a title.
#[utoipa::path(method(get, head), path = "/api/v1/titles/{id}/artwork/{kind}", tag = "Titles",
    params(
        ("id" = String, Path, description = "The title."),
        ("kind" = String, Path, description = "`poster`, `backdrop`, `logo` or `thumb`."),
        ArtworkQuery,
    ),
    responses(
    (status = 200, description = "The picture.", content_type = "image/*", body = [u8]),
    (status = 404, description = "There is no such picture.", body = Problem,
     content_type = "application/problem+json"),
    (status = 503, description = "Too many pictures are being made.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn send_artwork(
    State(app): State<App>,
    Path((title, kind)): Path<(String, String)>,
    Queried(query): Queried<ArtworkQuery>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let title: TitleId = parse_id(&title)?;
    let missing = || ApiError::not_found(format!("The title {title} has no such picture."));
    let kind = kind_named(&kind).ok_or_else(missing)?;
    let artwork = app.catalog.artwork(title, kind, query.season).await?.ok_or_else(missing)?;
    let cache_control = if query.v.is_some() { FOR_GOOD } else { ASKED_AGAIN };
    if let Some(width) = query.width
        && let Some(resized) = resized(&app, &artwork, width).await?
    {
        let place = ArtworkPlace { title, kind, season: query.season };
        app.placeholders.note_artwork(place, &resized);
        let picture = Made {
            bytes: Bytes::copy_from_slice(resized.bytes()),
            media_type: resized.media_type(),
            tag: resized.tag(),
            cache_control,
        };
        return Ok(deliver_made(picture, &method, &headers));
    }
    let object = app.open_files.open(&Root::new(&*artwork.root_path), &artwork.key).await;
    let object = object.map_err(ApiError::opening)?;
    match artwork.source {
        ArtworkSource::File => {
            let entity = Entity::new(object, &artwork.key.file_name());
            Ok(deliver(&entity.cache_control(cache_control), &method, &headers))
        }
        ArtworkSource::Embedded(cover) => {
            let media_type = HeaderValue::from_str(&cover.media_type).map_err(|_| missing())?;
            let picture = read_cover(object, cover).await?;
            let fields =
                [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, cache_control)];
            Ok((fields, picture).into_response())
        }
    }
}

/// Artwork in that width; `None` where it can only be shown as it is.
async fn resized(
    app: &App,
    artwork: &ArtworkLocation,
    width: u32,
) -> Result<Option<HashedPicture>, ApiError> {
    let Some(thumbnails) = &app.thumbnails else { return Ok(None) };
    match thumbnails.artwork(&Original::from(artwork), width).await {
        Ok(resized) => Ok(Some(resized)),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Unsupported) => {
            let path = artwork.key.to_string();
            tracing::debug!(path, error = error.chain(), "artwork is shown as it is");
            Ok(None)
        }
        Err(error) => Err(error.as_ref().into()),
    }
}

fn kind_named(name: &str) -> Option<ArtworkKind> {
    ARTWORK_KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}

/// The stretch of a media file that is a picture. A cover is small; it is read as a whole.
async fn read_cover(object: Object, cover: Cover) -> Result<Vec<u8>, ApiError> {
    let len = usize::try_from(cover.len_bytes).ok().filter(|len| *len <= COVER_BYTES_MAX);
    let len =
        len.ok_or_else(|| ApiError::not_found("The embedded picture is too large to show."))?;
    let read = move || {
        let mut picture = vec![0; len];
        object.read_exact_at(&mut picture, cover.offset_bytes).map(|()| picture)
    };
    let read = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other);
    read.flatten().map_err(|error| {
        ApiError::not_found("The embedded picture cannot be read. A scan looks at the file again.")
            .because(error.to_string())
    })
}
