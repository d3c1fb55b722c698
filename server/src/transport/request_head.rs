//! What hyper lets pass in a request head and no honest client sends.
//!
//! Each of these can be read in two ways. A proxy in front of this server that reads it the other
//! way sees other requests than we do, and somebody's request is answered with another's answer.

use http::header::TRANSFER_ENCODING;
use http::{Method, Request, header};

use super::host::check_host;

/// Whether a head can be read in one way only.
///
/// # Errors
/// What is wrong, in words that may stand in a JSON string as they are.
pub(super) fn check_head<B>(request: &Request<B>) -> Result<(), &'static str> {
    check_host(request)?;
    check_target(request)?;
    check_transfer_coding(request)
}

/// The target is a path, or a whole address that names the same host as `Host`, which clients must
/// see to (RFC 9112 §3.2). `*` is for OPTIONS (§3.2.4), and a host alone asks for a tunnel (§3.2.3).
fn check_target<B>(request: &Request<B>) -> Result<(), &'static str> {
    let target = request.uri();
    let Some(authority) = target.authority() else {
        let is_path = target.path().starts_with('/') || request.method() == Method::OPTIONS;
        return is_path.then_some(()).ok_or("The target of the request is no path.");
    };
    if target.scheme().is_none() {
        return Err("The target of the request is no path; this server opens no tunnels.");
    }
    let named = authority.as_str().as_bytes();
    match request.headers().get(header::HOST) {
        Some(host) if !host.as_bytes().eq_ignore_ascii_case(named) => {
            Err("The target of the request names another host than the Host header field.")
        }
        _ => Ok(()),
    }
}

/// Chunks, once, and nothing around or within them: no other coding is known here (RFC 9112 §6.1).
fn check_transfer_coding<B>(request: &Request<B>) -> Result<(), &'static str> {
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err("The body's transfer coding is not chunked alone, the only one known here."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, target: &str, fields: &[(&str, &str)]) -> Result<(), &'static str> {
        let mut request = Request::builder().method(method).uri(target).header("host", "a:80");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        check_head(&request.body(()).expect("a request"))
    }

    #[test]
    fn a_path_or_an_address_of_the_same_host_is_a_target() {
        for (method, target) in
            [("GET", "/"), ("GET", "/?q"), ("OPTIONS", "*"), ("GET", "http://A:80/x")]
        {
            assert_eq!(check(method, target, &[]), Ok(()), "{method} {target}");
        }
        for (method, target) in [
            ("GET", "*"),
            ("GET", "a:80"),
            ("CONNECT", "a:80"),
            ("GET", "http://a/x"),
            ("GET", "http://b:80/x"),
            ("GET", "http://u@a:80/x"),
        ] {
            assert!(check(method, target, &[]).is_err(), "{method} {target}");
        }
    }

    #[test]
    fn chunks_are_the_only_transfer_coding_and_come_once() {
        let coding = |values: &[&'static str]| {
            let fields: Vec<_> = values.iter().map(|value| ("transfer-encoding", *value)).collect();
            check("POST", "/", &fields)
        };
        for values in [&[][..], &["chunked"], &["Chunked"]] {
            assert_eq!(coding(values), Ok(()), "{values:?}");
        }
        for values in [
            &["gzip, chunked"][..],
            &["chunked, chunked"],
            &["chunked", "chunked"],
            &["gzip"],
            &[""],
        ] {
            assert!(coding(values).is_err(), "{values:?}");
        }
    }
}
