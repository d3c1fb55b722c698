//! What connections know of the application.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use tower::ServiceExt as _;

use super::client::Client;

/// Whatever answers requests.
pub trait Answer: Send + Sync + 'static {
    /// Answers one request; every failure is an answer too.
    fn answer(&self, request: Request<Body>) -> impl Future<Output = Response> + Send;
}

impl Answer for Router {
    async fn answer(&self, request: Request<Body>) -> Response {
        match self.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Who asks, in the extensions of every request.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// What all connections of that address have in common.
    pub client: Client,
}
