//! No other site's page may change anything here through a visitor's browser.
//!
//! Browsers say where a request comes from in `Sec-Fetch-Site` or `Origin`; what says neither is
//! no browser and has no visitor to deceive.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::csrf::{CsrfLayer, ProtectionError, ResponseForProtectionError};

use crate::error::ApiError;

/// The layer. GET, HEAD and OPTIONS pass, as they change nothing.
pub fn layer() -> CsrfLayer<impl ResponseForProtectionError<Body>> {
    CsrfLayer::new().with_rejection_response(|_: ProtectionError| -> Response {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "A page of another site asked for this change. Use the server's own page. Behind a \
             reverse proxy, let it pass on the Host header unchanged.",
        )
        .into_response()
    })
}
