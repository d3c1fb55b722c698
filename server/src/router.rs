//! All routes and what lies over them, in one place.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use http_body::Body as _;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::Limits;
use crate::middleware::every_request::Acceptable;
use crate::middleware::known_host::KnownHosts;
use crate::middleware::request_rate::{self, RequestRate};
use crate::middleware::{compression, cross_site, every_request, load_shed};
use crate::routes::{
    artwork, collections, docs, favourites, files, filters, findings, genres, health, home, live,
    metrics, progress, scans, search, status, subtitles, thumbnails, titles, watched, web_files,
};
use crate::state::App;
use crate::transport::Answer;

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Spillway",
    description = "Browse and play a video library. Errors are problem+json (RFC 9457); units are in names.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Description;

#[derive(utoipa::OpenApi)]
#[openapi(paths(files::send_file))]
struct Files;

/// The whole application.
///
/// Over everything lies [`every_request::watch_over`]. Files lie under nothing else, not even under
/// axum's router: what that and its layers do for a request shows beside sending 64 KiB.
/// The API is bounded in number, rate, time and body; its text and the page's is compressed.
pub struct Application {
    app: App,
    acceptable: Acceptable,
    others: Router,
    runtime: Handle,
}

impl Application {
    /// Puts the routes together; all but files are answered on the runtime that calls.
    ///
    /// # Panics
    /// Outside one.
    pub fn new(
        app: App,
        known_hosts: KnownHosts,
        request_rate: RequestRate,
        limits: &Limits,
    ) -> Self {
        let (api, _) = api().split_for_parts();
        Self::with_api(api, app, known_hosts, request_rate, limits)
    }

    fn with_api(
        api: Router<App>,
        app: App,
        known_hosts: KnownHosts,
        request_rate: RequestRate,
        limits: &Limits,
    ) -> Self {
        let acceptable = Acceptable { known_hosts, uri_bytes_max: limits.uri_bytes_max };
        let others = router(api, Arc::clone(&app), acceptable.clone(), request_rate, limits);
        Self { app, acceptable, others, runtime: Handle::current() }
    }

    /// Answers where the application was made, not on the event loop of the connection: whatever the
    /// API computes holds no stream up. Given up with its asker.
    async fn answer_other(&self, request: Request) -> Response {
        let others = self.others.clone();
        let answer = self.runtime.spawn(async move { others.answer(request).await });
        // Panics are contained below; what is left is that everything ends.
        AbortOnDropHandle::new(answer)
            .await
            .unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
    }

    /// Answers a request for a file, past axum's router.
    async fn answer_file<F: Future<Output = Response>>(
        &self,
        request: Request,
        handler: impl FnOnce(Request) -> F,
    ) -> Response {
        let route = Some(files::FILE_ROUTE);
        let is_head = request.method() == Method::HEAD;
        let watched = every_request::watch_over(&self.acceptable, route, request, handler);
        let mut response = watched.await;
        if is_head {
            leave_body_out(&mut response);
        }
        response
    }
}

impl Answer for Application {
    async fn answer(&self, request: Request) -> Response {
        if files::file_in(request.uri().path()).is_none() {
            return self.answer_other(request).await;
        }
        let handler = |request| files::send_file(Arc::clone(&self.app), request);
        self.answer_file(request, handler).await
    }
}

/// As axum's router does for its routes: HTTP/2 has no other place where it would be done.
fn leave_body_out(response: &mut Response) {
    let body = std::mem::take(response.body_mut());
    if let Some(len) = body.size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(len.into());
    }
}

/// Everything but files.
fn router(
    api: Router<App>,
    app: App,
    acceptable: Acceptable,
    request_rate: RequestRate,
    limits: &Limits,
) -> Router {
    let (subtitles, _) = subtitles().split_for_parts();
    let openapi_json = Bytes::from(openapi_json(&openapi()));

    let places = Arc::new(Semaphore::new(limits.api_requests_max));
    let in_time =
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.api_timeout);
    let bounded = api
        .merge(docs_routes(openapi_json))
        .fallback(web_files::send_web_file)
        .layer(in_time)
        .layer(from_fn_with_state(places, load_shed::shed_load))
        .layer(from_fn_with_state(request_rate, request_rate::limit_rate))
        .layer(RequestBodyLimitLayer::new(limits.request_body_bytes_max))
        .layer(compression::layer())
        .layer(map_response(compression::complete));

    subtitles
        .layer(in_time)
        .merge(bounded)
        .with_state(app)
        .layer((from_fn_with_state(acceptable, every_request::layer), cross_site::layer()))
}

/// The description of every route, made from the code.
pub fn openapi() -> OpenApi {
    let (_, mut openapi) = api().split_for_parts();
    openapi.merge(Files::openapi());
    openapi.merge(subtitles().split_for_parts().1);
    // One handler answers GET and HEAD, but an operation's id must be its own (OpenAPI 3.1 §4.8.10):
    // generators of clients refuse the document otherwise.
    for head in openapi.paths.paths.values_mut().filter_map(|item| item.head.as_mut()) {
        head.operation_id = head.operation_id.take().map(|id| format!("{id}_head"));
    }
    openapi
}

/// The document as it is served and committed.
pub fn openapi_json(openapi: &OpenApi) -> String {
    let mut json = openapi.to_pretty_json().expect("the description is strings and maps");
    json.push('\n');
    json
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(health::check_health))
        .routes(routes!(health::check_readiness))
        .routes(routes!(metrics::show_metrics))
        .routes(routes!(status::show_status))
        .routes(routes!(titles::list_titles))
        .routes(routes!(titles::show_outline))
        .routes(routes!(titles::show_title))
        .routes(routes!(artwork::send_artwork))
        .routes(routes!(thumbnails::send_thumbnail))
        .routes(routes!(thumbnails::send_still))
        .routes(routes!(thumbnails::send_storyboard))
        .routes(routes!(thumbnails::send_sheet))
        .routes(routes!(subtitles::send_webvtt))
        .routes(routes!(progress::put_progress, progress::delete_progress))
        .routes(routes!(favourites::put_favourite, favourites::delete_favourite))
        .routes(routes!(watched::put_watched, watched::delete_watched))
        .routes(routes!(search::search))
        .routes(routes!(filters::show_filters))
        .routes(routes!(collections::list_collections, collections::make_collection))
        .routes(routes!(
            collections::show_collection,
            collections::rename_collection,
            collections::remove_collection
        ))
        .routes(routes!(collections::put_into_collection, collections::take_out_of_collection))
        .routes(routes!(home::show_home))
        .routes(routes!(genres::list_genres))
        .routes(routes!(scans::list_scans, scans::request_scan))
        .routes(routes!(findings::list_findings))
        .routes(routes!(live::follow_live))
}

/// Payload: nothing that reads or changes bodies lies over these.
fn subtitles() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(subtitles::send_subtitle))
}

fn docs_routes(openapi_json: Bytes) -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(docs::send_openapi).with_state(openapi_json))
        .route("/api/v1/docs", get(docs::send_docs_page))
        .route("/api/v1/docs/docs.css", get(docs::send_docs_style))
        .route("/api/v1/docs/docs.js", get(docs::send_docs_script))
}

#[cfg(test)]
mod panic_tests;
#[cfg(test)]
mod tests;
