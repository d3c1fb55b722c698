//! Connections: from the network to the application and back, payload by `sendfile`.
//!
//! axum and hyper know no `sendfile`; this module gives it to them without either noticing. A
//! handler answers with a body that reads and, in the response's extensions, a [`Payload`]: the
//! same bytes as a list of small memory pieces and ranges of open files. For a cleartext HTTP/1.1
//! connection the body is replaced by placeholders ([`placeholder`]), which hyper passes on by
//! pointer, and the socket ([`socket`]) sends the file's bytes in their place. Payload never enters
//! this process; `docs/design/zero-copy.md` tells the whole way and its traps. Where the kernel has TLS
//! ([`kernel_tls`]) the same holds for HTTP/1.1 over TLS.
//!
//! Each processor has a thread with an event loop ([`event_loops`]); a connection stays on the one it
//! was given. An event loop never waits for a disk: what is not in memory is brought there first
//! ([`read_ahead`]) by a bounded number of threads for each file system ([`disks`]).

mod activity;
mod answer;
mod client;
mod connection;
mod date;
mod departure;
mod disks;
mod encrypted;
mod encrypted_body;
mod encrypted_socket;
mod ending;
mod event_loops;
mod farewell;
mod handshake;
mod host;
mod kernel_records;
mod kernel_tls;
mod link;
mod listen;
mod payload;
mod placeholder;
mod read_ahead;
mod recently_resident;
mod request_head;
mod socket;
mod stream_tasks;
mod system_calls;
mod tls;

pub use activity::{Activity, DiskPool, RunningStream, WindowBytes};
pub use answer::{Answer, Peer};
pub use client::{Client, StreamPlace, client_network};
pub use ending::Ending;
pub use event_loops::EventLoops;
pub use listen::{ConnectionLimits, Listener, serve};
pub use payload::{FileRange, Payload, Piece, StreamLabel};
#[cfg(test)]
pub(crate) use system_calls::data_segments_received;
pub(crate) use system_calls::read_now;
pub use system_calls::{ProcessorTime, processor_time};
pub use tls::{Tls, TlsError};
