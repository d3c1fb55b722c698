//! No address of ours is long.

use axum::extract::Request;
use http::StatusCode;

use crate::error::ApiError;
use crate::limits::URI_BYTES_MAX;

/// Refuses what is longer than any address made here.
pub(super) fn check(request: &Request) -> Result<(), ApiError> {
    let uri = request.uri();
    let len_bytes = uri.path().len() + uri.query().map_or(0, str::len);
    if len_bytes > URI_BYTES_MAX {
        return Err(ApiError::new(
            StatusCode::URI_TOO_LONG,
            format!(
                "The address is {len_bytes} bytes long; the longest allowed is {URI_BYTES_MAX}."
            ),
        ));
    }
    Ok(())
}
