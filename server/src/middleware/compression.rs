//! Compression of text: pages, scripts and the API's JSON. Never laid over `/files`.

use axum::body::to_bytes;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Version, header};
use spillway_media::{Error, Kind};
use tower_http::CompressionLevel;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionLayer, Predicate};

use crate::error::ApiError;

/// An answer shorter than this is not worth the header fields.
const COMPRESSED_BYTES_MIN: u64 = 512;

/// The layer. Fastest level: the network is a home's.
pub fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(COMPRESSED_BYTES_MIN).and(is_text))
}

/// Compresses an answer here and now. Otherwise whoever sends it would, piece by piece, and streams
/// would wait for that on the event loop. What is compressed is a page of a list or a file of the web
/// page, so it fits into memory.
pub async fn complete(response: Response) -> Response {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => Response::from_parts(parts, bytes.into()),
        Err(error) => {
            let error = Error::with_source(Kind::Internal, "compressing an answer", error);
            ApiError::from(error).into_response()
        }
    }
}

/// A whole answer of text. Server-sent events are left alone: a compressor would hold them back.
fn is_text(status: StatusCode, _: Version, headers: &HeaderMap, _: &http::Extensions) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map_or("", |value| value.split(';').next().unwrap_or_default().trim());
    let is_text = match media_type {
        "text/event-stream" => false,
        "application/json" | "application/problem+json" | "image/svg+xml" => true,
        other => other.starts_with("text/"),
    };
    is_text && status != StatusCode::PARTIAL_CONTENT
}
