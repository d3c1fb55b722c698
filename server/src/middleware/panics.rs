//! A panic in a handler ends that request alone.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::StatusCode;

use crate::error::ApiError;

/// Gives what `answer` gives, or an explanation where it panics.
///
/// What a handler shares with others is whole after every change to it, so it may be used on.
pub(super) fn contain(answer: impl Future<Output = Response>) -> impl Future<Output = Response> {
    AssertUnwindSafe(answer)
        .catch_unwind()
        .map(|answer| answer.unwrap_or_else(|panic| explain(&*panic)))
}

fn explain(panic: &(dyn Any + Send)) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The server has a fault here. Please report it with the log's lines around this answer's \
         x-request-id.",
    )
    .because(format!("panic: {message}"))
    .into_response()
}
