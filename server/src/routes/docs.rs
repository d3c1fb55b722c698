//! The API's own description: the OpenAPI document and a page to read it, which needs no network.

use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header;

/// Sends the OpenAPI document.
pub async fn send_openapi(State(document): State<Bytes>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], document)
}

/// Sends the page that shows the document.
pub async fn send_docs_page() -> impl IntoResponse {
    asset("text/html; charset=utf-8", include_str!("../../assets/docs/docs.html"))
}

/// Sends the page's style.
pub async fn send_docs_style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../../assets/docs/docs.css"))
}

/// Sends the page's script.
pub async fn send_docs_script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../assets/docs/docs.js"))
}

fn asset(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], text)
}
