//! Several parts in one answer: `multipart/byteranges` (RFC 9110 §14.6).

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

use bytes::Bytes;
use http::HeaderValue;
use spillway_media::storage::Object;

use crate::transport::{FileRange, Piece};

/// The `Content-Type` of an answer of several parts, and its pieces: heads in memory, bytes of the
/// file by range. Their lengths add up to the exact `Content-Length`.
pub(super) fn multipart(
    object: &Object,
    len_bytes: u64,
    media_type: &HeaderValue,
    parts: &[Range<u64>],
) -> (HeaderValue, Vec<Piece>) {
    let boundary = boundary();
    let media_type = media_type.to_str().unwrap_or("application/octet-stream");
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    let mut line_break = "";
    for part in parts {
        let (first, last) = (part.start, part.end - 1);
        let head = format!(
            "{line_break}--{boundary}\r\nContent-Type: {media_type}\r\n\
             Content-Range: bytes {first}-{last}/{len_bytes}\r\n\r\n"
        );
        line_break = "\r\n";
        pieces.push(Piece::Memory(Bytes::from(head)));
        pieces.push(Piece::File(FileRange {
            object: object.clone(),
            offset_bytes: part.start,
            len_bytes: part.end - part.start,
        }));
    }
    pieces.push(Piece::Memory(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    let content_type = format!("multipart/byteranges; boundary={boundary}");
    (HeaderValue::from_str(&content_type).expect("plain ASCII"), pieces)
}

/// 128 random bits: no file can be made to hold it (RFC 2046 §5.1.1).
fn boundary() -> String {
    let random = RandomState::new();
    format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1))
}
