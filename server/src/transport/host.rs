//! The `Host` rule of RFC 9112 §3.2, which hyper leaves to the application.

use http::uri::Authority;
use http::{HeaderValue, Request, Version, header};

/// A request names exactly one valid host; HTTP/1.0 may name none.
///
/// Two of them, or one that is no host, is how one server is made to see another request than the
/// proxy before it.
///
/// # Errors
/// What is wrong, in words that may stand in a JSON string as they are.
pub(super) fn check_host<B>(request: &Request<B>) -> Result<(), &'static str> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => Ok(()),
        (None, _) => Err("The request has no Host header field; send exactly one."),
        (Some(_), Some(_)) => Err("The request has several Host header fields; send exactly one."),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(()),
        (Some(_), None) => Err("The Host header field is not a host name or address."),
    }
}

/// Gives a request of HTTP/2, which names its host in `:authority`, the `Host` that HTTP/1.1 has, so
/// that there is one place to look at (RFC 9113 §8.3.1).
///
/// # Errors
/// As [`check_host`], if a `Host` says something else.
pub(super) fn adopt_authority<B>(request: &mut Request<B>) -> Result<(), &'static str> {
    let Some(authority) = request.uri().authority() else { return Ok(()) };
    let authority = HeaderValue::from_str(authority.as_str())
        .map_err(|_| "The :authority is not a host name or address.")?;
    if request.headers().get_all(header::HOST).iter().any(|host| *host != authority) {
        return Err("The Host header field names another host than :authority does.");
    }
    request.headers_mut().insert(header::HOST, authority);
    Ok(())
}

/// `uri-host [ ":" port ]`: no user information, and not empty, which http URIs do not allow.
fn is_host(value: &[u8]) -> bool {
    !value.contains(&b'@')
        && Authority::try_from(value).is_ok_and(|authority| {
            let port = authority.as_str()[authority.host().len()..].strip_prefix(':');
            let is_port_valid = match port {
                None => authority.as_str().len() == authority.host().len(),
                Some(digits) => digits.is_empty() || digits.parse::<u16>().is_ok(),
            };
            !authority.host().is_empty() && is_port_valid
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        check_host(&request.body(()).expect("a request")).is_ok()
    }

    #[test]
    fn exactly_one_valid_host_is_accepted() {
        for host in ["localhost", "127.0.0.1:8080", "[::1]", "[::1]:80", "a.b:", "nas_1.lan"] {
            assert!(check(Version::HTTP_11, &[host]), "{host:?}");
        }
    }

    #[test]
    fn none_several_or_no_host_is_refused() {
        assert!(!check(Version::HTTP_11, &[]));
        assert!(!check(Version::HTTP_11, &["a", "a"]));
        for host in ["", "a b", "a/b", "user@a", "a:b", "a:99999", ":80", "a,b/", "[::1", "a:80:80"]
        {
            assert!(!check(Version::HTTP_11, &[host]), "{host:?}");
        }
    }

    #[test]
    fn the_authority_of_http_2_becomes_the_host() {
        let adopted = |host: Option<&str>| {
            let request = Request::builder().version(Version::HTTP_2).uri("https://a:1/");
            let request = host.into_iter().fold(request, |r, host| r.header(header::HOST, host));
            let mut request = request.body(()).expect("a request");
            let done = adopt_authority(&mut request).and_then(|()| check_host(&request));
            done.is_ok() && request.headers()[header::HOST] == "a:1"
        };
        assert!(adopted(None));
        assert!(adopted(Some("a:1")));
        assert!(!adopted(Some("b")));
    }

    #[test]
    fn http_1_0_may_name_no_host_but_not_two() {
        assert!(check(Version::HTTP_10, &[]));
        assert!(check(Version::HTTP_10, &["a"]));
        assert!(!check(Version::HTTP_10, &["a", "b"]));
    }
}
