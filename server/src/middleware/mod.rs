//! What happens to every request or answer, one behaviour a file.

pub mod compression;
pub mod cross_site;
pub mod every_request;
pub mod known_host;
pub mod load_shed;
pub mod panics;
pub mod problems;
pub mod request_log;
pub mod request_rate;
pub mod security_headers;
pub mod stream_limit;
pub mod uri_length;
