//! Collections. Those that files tell can be looked at; viewers make and change their own.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use spillway_media::ids::CollectionId;

use crate::api_types::collection::{CollectionItem, CollectionName, Collections};
use crate::error::{ApiError, Problem};
use crate::extract::{CollectionTitlePath, JsonBody, PathId};
use crate::state::App;

/// Collections, those that a viewer made first, then by name.
///
/// Sets that files tell are among them where they have two titles or more.
#[utoipa::path(get, path = "/api/v1/collections", tag = "Collections", responses(
    (status = 200, description = "All collections.", body = Collections),
))]
pub async fn list_collections(State(app): State<App>) -> Result<Json<Collections>, ApiError> {
    let items = app.catalog.collections().await?.into_iter().map(CollectionItem::from).collect();
    Ok(Json(Collections { items }))
}

/// Make an empty collection.
#[utoipa::path(post, path = "/api/v1/collections", tag = "Collections",
    request_body = CollectionName,
    responses(
    (status = 201, description = "The collection.", body = CollectionItem),
    (status = 400, description = "The name is empty or too long.", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "The name is taken, or there are too many.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn make_collection(
    State(app): State<App>,
    JsonBody(name): JsonBody<CollectionName>,
) -> Result<(StatusCode, Json<CollectionItem>), ApiError> {
    let collection = app.catalog.make_collection(&name.checked()?).await?;
    Ok((StatusCode::CREATED, Json(collection.into())))
}

/// A collection. Its titles are those of the list of titles with `collection=`.
#[utoipa::path(get, path = "/api/v1/collections/{id}", tag = "Collections",
    params(("id" = String, Path, description = "The collection.")),
    responses(
    (status = 200, description = "The collection.", body = CollectionItem),
    (status = 404, description = "There is no such collection (any more).", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn show_collection(
    State(app): State<App>,
    PathId(id): PathId<CollectionId>,
) -> Result<Json<CollectionItem>, ApiError> {
    shown(&app, id).await
}

/// Give a collection another name.
#[utoipa::path(patch, path = "/api/v1/collections/{id}", tag = "Collections",
    params(("id" = String, Path, description = "The collection.")),
    request_body = CollectionName,
    responses(
    (status = 200, description = "The collection.", body = CollectionItem),
    (status = 400, description = "The name is empty or too long.", body = Problem,
     content_type = "application/problem+json"),
    (status = 404, description = "There is no such collection (any more).", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "The name is taken, or files tell this collection.",
     body = Problem, content_type = "application/problem+json"),
))]
pub async fn rename_collection(
    State(app): State<App>,
    PathId(id): PathId<CollectionId>,
    JsonBody(name): JsonBody<CollectionName>,
) -> Result<Json<CollectionItem>, ApiError> {
    app.catalog.rename_collection(id, &name.checked()?).await?;
    shown(&app, id).await
}

async fn shown(app: &App, id: CollectionId) -> Result<Json<CollectionItem>, ApiError> {
    let collection =
        app.catalog.collection(id).await?.ok_or_else(|| {
            ApiError::not_found(format!("There is no collection {id} (any more)."))
        })?;
    Ok(Json(collection.into()))
}

/// Remove a collection; its titles stay.
#[utoipa::path(delete, path = "/api/v1/collections/{id}", tag = "Collections",
    params(("id" = String, Path, description = "The collection.")),
    responses(
    (status = 204, description = "It is gone."),
    (status = 404, description = "There is no such collection (any more).", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "Files tell this collection.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn remove_collection(
    State(app): State<App>,
    PathId(id): PathId<CollectionId>,
) -> Result<StatusCode, ApiError> {
    app.catalog.remove_collection(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a title into a collection.
#[utoipa::path(put, path = "/api/v1/collections/{id}/titles/{title_id}", tag = "Collections",
    params(
        ("id" = String, Path, description = "The collection."),
        ("title_id" = String, Path, description = "The title."),
    ),
    responses(
    (status = 204, description = "It is in the collection now."),
    (status = 404, description = "There is no such collection or title (any more).",
     body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Files tell this collection, or it is full.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn put_into_collection(
    State(app): State<App>,
    CollectionTitlePath { collection, title }: CollectionTitlePath,
) -> Result<StatusCode, ApiError> {
    app.catalog.put_into_collection(collection, title).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a title out of a collection.
#[utoipa::path(delete, path = "/api/v1/collections/{id}/titles/{title_id}", tag = "Collections",
    params(
        ("id" = String, Path, description = "The collection."),
        ("title_id" = String, Path, description = "The title."),
    ),
    responses(
    (status = 204, description = "It is not in the collection now."),
    (status = 404, description = "There is no such collection (any more).", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "Files tell this collection.", body = Problem,
     content_type = "application/problem+json"),
))]
pub async fn take_out_of_collection(
    State(app): State<App>,
    CollectionTitlePath { collection, title }: CollectionTitlePath,
) -> Result<StatusCode, ApiError> {
    app.catalog.take_out_of_collection(collection, title).await?;
    Ok(StatusCode::NO_CONTENT)
}
