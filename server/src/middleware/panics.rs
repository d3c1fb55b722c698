//! A panic in a handler ends that request alone.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};

use crate::error::ApiError;

/// The layer.
pub fn layer() -> CatchPanicLayer<impl ResponseForPanic<ResponseBody = axum::body::Body>> {
    CatchPanicLayer::custom(|panic: Box<dyn Any + Send>| -> Response {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server has a fault here. Please report it with the log's lines around this \
             answer's x-request-id.",
        )
        .because(format!("panic: {message}"))
        .into_response()
    })
}
