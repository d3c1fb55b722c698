//! axum with tower-http's `ServeDir`: `peer-serve-dir PORT FOLDER`.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tower_http::services::ServeDir;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).expect("first, a port");
    let folder = arguments.next().expect("then, a folder");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().fallback_service(ServeDir::new(folder))).await
}
