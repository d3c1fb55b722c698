//! What a browser must not do with our answers.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// Only our own scripts, styles and media. Names, plots and subtitles come from files that
/// somebody else wrote; even if one got into a page as markup, nothing in it would run.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const FIELDS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    // A media file whose content looks like a page is not one.
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // An address that carries a token must not be told to another site.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

/// Adds the fields to an answer.
pub(super) fn secure(response: &mut Response) {
    for (name, value) in FIELDS {
        response.headers_mut().entry(name).or_insert(value);
    }
}
