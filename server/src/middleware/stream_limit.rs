//! A bound on the streams of one address; beyond it the answer is 429 at once.
//!
//! Asked after the handler, because only its answer tells whether there is a stream: HEAD, 304 and
//! errors have none.

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use crate::error::ApiError;
use crate::limits::STREAMS_RETRY_AFTER_S;
use crate::transport::{Client, Payload, Peer};

/// Who asks, until the answer is there.
pub(super) struct StreamLimit {
    /// None for a request that needs no place, and where there is no connection.
    client: Option<Client>,
}

impl StreamLimit {
    pub(super) fn of(request: &Request) -> Self {
        let is_get = request.method() == Method::GET;
        let peer = request.extensions().get::<Peer>().filter(|_| is_get);
        Self { client: peer.map(|peer| peer.client.clone()) }
    }

    /// Gives an answer with payload a place among its client's streams, which the connection
    /// keeps until the last byte is sent, or refuses it.
    pub(super) fn admit(self, mut response: Response) -> Response {
        let Some(client) = self.client else { return response };
        let Some(payload) = response.extensions_mut().get_mut::<Payload>() else { return response };
        match client.begin_stream() {
            Some(place) => {
                payload.keep(place);
                response
            }
            None => ApiError::too_many(
                "streams_per_address_max",
                "Too many streams to this address at once. Stop one, or ask again when one has \
                 ended.",
                STREAMS_RETRY_AFTER_S,
            )
            .into_response(),
        }
    }
}
