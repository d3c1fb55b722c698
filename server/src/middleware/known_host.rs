//! No other site may pass itself off as this server in a visitor's browser.
//!
//! A site can let its own name point to 127.0.0.1 (DNS rebinding). Its pages are then of the same
//! origin as ours, as far as a browser can tell, and may read and change everything. They cannot
//! change the name, which stands in `Host`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::Request;
use http::uri::Authority;
use http::{StatusCode, header};

use crate::error::ApiError;

/// The names that this server answers to.
#[derive(Clone, Debug)]
pub struct KnownHosts {
    /// `None` for any: in a network nobody can know what a server is called.
    names: Option<Arc<[String]>>,
}

impl KnownHosts {
    /// Names that are configured, or else what suits the address listened on.
    pub fn new(listen: SocketAddr, configured: &[String]) -> Self {
        let any = configured.is_empty() && !listen.ip().to_canonical().is_loopback();
        Self { names: (!any).then(|| configured.into()) }
    }

    /// Addresses and `localhost` are nobody's to redirect.
    fn contain(&self, host: &str) -> bool {
        let Some(names) = &self.names else { return true };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
        unbracketed.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || names.iter().any(|name| name.eq_ignore_ascii_case(&host))
    }

    /// Refuses a request to a name that is not known.
    pub(super) fn check(&self, request: &Request) -> Result<(), ApiError> {
        if self.names.is_none() {
            return Ok(());
        }
        // That there is exactly one, and that it is valid, the transport has seen to.
        let authority = request
            .headers()
            .get(header::HOST)
            .and_then(|host| Authority::try_from(host.as_bytes()).ok());
        match authority {
            Some(authority) if !self.contain(authority.host()) => Err(ApiError::new(
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "This server does not answer to the name {}. If it is one of its own names, \
                     add it to `hosts` in the configuration file.",
                    authority.host()
                ),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(listen: &str, configured: &[&str]) -> KnownHosts {
        let configured: Vec<_> = configured.iter().map(ToString::to_string).collect();
        KnownHosts::new(listen.parse().expect("an address"), &configured)
    }

    #[test]
    fn on_this_machine_alone_only_local_names_are_known() {
        for listen in ["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"] {
            let known = known(listen, &[]);
            for host in ["localhost", "LOCALHOST.", "tv.localhost", "127.0.0.1", "[::1]"] {
                assert!(known.contain(host), "{host}");
            }
            for host in ["example.org", "localhost.example.org", "127.0.0.1.example.org"] {
                assert!(!known.contain(host), "{host}");
            }
        }
    }

    #[test]
    fn in_a_network_every_name_is_known_until_some_are_configured() {
        assert!(known("0.0.0.0:80", &[]).contain("nas.lan"));
        let known = known("0.0.0.0:80", &["films.example.org"]);
        assert!(known.contain("Films.example.org") && known.contain("192.168.1.9"));
        assert!(!known.contain("nas.lan"));
    }
}
