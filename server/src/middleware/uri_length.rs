//! No address of ours is long.

use axum::extract::Request;
use http::StatusCode;

use crate::error::ApiError;

/// Refuses a path and query that are longer together.
pub(super) fn check(request: &Request, bytes_max: usize) -> Result<(), ApiError> {
    let uri = request.uri();
    let len_bytes = uri.path().len() + uri.query().map_or(0, str::len);
    if len_bytes > bytes_max {
        return Err(ApiError::new(
            StatusCode::URI_TOO_LONG,
            format!("The address is {len_bytes} bytes long; the longest allowed is {bytes_max}."),
        ));
    }
    Ok(())
}
