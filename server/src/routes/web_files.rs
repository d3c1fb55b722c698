//! The web page, embedded in the binary.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiError;

/// What npm built; in debug builds it is read from the disk each time.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
struct WebFiles;

/// Where the page begins.
const INDEX: &str = "index.html";

/// Addresses that belong to the server and never lead into the page.
const SERVER_PATHS: [&str; 4] = ["/api/", "/files/", "/hls/", "/dash/"];

/// Files whose name carries a hash of their content.
const HASHED_FOLDER: &str = "assets/";

/// Sends a file of the web page, or the page itself where a browser follows one of its own links.
pub async fn send_web_file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if SERVER_PATHS.iter().any(|prefix| path.starts_with(prefix)) || path == "/api" {
        return StatusCode::NOT_FOUND.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let allow = [(header::ALLOW, HeaderValue::from_static("GET,HEAD"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let name = path.trim_start_matches('/');
    match WebFiles::get(name) {
        Some(file) if !name.is_empty() => answer(name, file, &headers),
        _ if wants_page(&headers) => match WebFiles::get(INDEX) {
            Some(file) => answer(INDEX, file, &headers),
            None => ApiError::not_found("The web page is not part of this binary.").into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A browser that follows a link says so; a script that asks for a missing file must not get a page.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

fn answer(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = etag(&file);
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache_control(name))),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (
            header::ETAG,
            HeaderValue::from_str(&etag).expect("quotes and hexadecimal digits are a field value"),
        ),
    ];
    if is_known(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, file.data.into_owned()).into_response()
}

/// Weak, because compression may change the bytes on the way (RFC 9110 §8.8.1).
fn etag(file: &EmbeddedFile) -> String {
    let hash = &file.metadata.sha256_hash()[..8];
    let digits: String =
        hash.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect();
    format!("W/\"{digits}\"")
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).expect("half a byte is a hexadecimal digit")
}

/// `If-None-Match` (RFC 9110 §13.1.2), weak comparison.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag.trim_start_matches("W/"))
}

fn cache_control(name: &str) -> &'static str {
    if name.starts_with(HASHED_FOLDER) { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &str, fields: &[(&str, &str)]) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(
                http::HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                value.parse().expect("a value"),
            );
        }
        send_web_file(Method::GET, path.parse().expect("a path"), headers).await
    }

    #[tokio::test]
    async fn a_link_within_the_page_gets_the_page_and_a_script_does_not() {
        let html = [("accept", "text/html,application/xhtml+xml")];
        for path in ["/", "/titles/42", "/scans"] {
            let response = get(path, &html).await;
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
            assert_eq!(response.headers()["cache-control"], "no-cache");
        }
        assert_eq!(get("/assets/absent.js", &[("accept", "*/*")]).await.status(), 404);
        for path in ["/api", "/api/v2/titles", "/files/1", "/hls/1/x"] {
            assert_eq!(get(path, &html).await.status(), 404, "{path}");
        }
    }

    #[tokio::test]
    async fn a_browser_that_has_the_page_is_told_so() {
        let first = get("/", &[("accept", "text/html")]).await;
        let etag = first.headers()["etag"].to_str().expect("text").to_owned();
        for tag in [etag.clone(), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = get("/", &[("accept", "text/html"), ("if-none-match", &tag)]).await;
            assert_eq!(again.status(), 304, "{tag}");
            assert_eq!(again.headers()["etag"], etag.as_str());
        }
        let other = get("/", &[("accept", "text/html"), ("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status(), 200);
    }

    #[test]
    fn files_with_a_hash_in_their_name_are_kept_for_good() {
        assert!(cache_control("assets/index-1f3c.js").contains("immutable"));
        assert_eq!(cache_control("index.html"), "no-cache");
    }
}
