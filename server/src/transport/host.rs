//! The `Host` rule of RFC 9112 §3.2, which hyper leaves to the application.

use http::uri::Authority;
use http::{Request, Version, header};

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
    fn http_1_0_may_name_no_host_but_not_two() {
        assert!(check(Version::HTTP_10, &[]));
        assert!(check(Version::HTTP_10, &["a"]));
        assert!(!check(Version::HTTP_10, &["a", "b"]));
    }
}
