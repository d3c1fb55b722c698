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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use spillway_media::storage::{Key, ReadAt as _, Root};

    use super::*;

    /// A file full of what ends lines and parts.
    const CONTENT: &[u8] = b"\r\n--\r\n\r\n--a--\r\nContent-Range: bytes 0-1/2\r\n\r\n----\r\n";

    fn object() -> Object {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), CONTENT).expect("written");
        // Stays readable when its name is gone.
        Root::new(folder.path()).open(&Key::new("a").expect("a key")).expect("opens")
    }

    fn bytes_of(pieces: &[Piece]) -> Vec<u8> {
        let mut all = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Memory(bytes) => all.extend_from_slice(bytes),
                Piece::File(range) => {
                    let mut bytes = vec![0; usize::try_from(range.len_bytes).expect("small")];
                    range.object.read_exact_at(&mut bytes, range.offset_bytes).expect("read");
                    all.extend(bytes);
                }
            }
        }
        all
    }

    /// As a client takes it apart that knows the boundary and trusts nothing else.
    fn parts_of(body: &[u8], boundary: &str) -> Vec<(Range<u64>, Vec<u8>)> {
        let delimiter = format!("\r\n--{boundary}");
        // The first delimiter begins the body and has no line break of its own before it.
        let body = [b"\r\n", body].concat();
        let starts: Vec<_> =
            (0..body.len()).filter(|&at| body[at..].starts_with(delimiter.as_bytes())).collect();
        assert!(body.ends_with(format!("{delimiter}--\r\n").as_bytes()), "the last one is marked");
        let part = |ends: &[usize]| {
            let text = &body[ends[0] + delimiter.len()..ends[1]];
            let head_len = text.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
            let head = std::str::from_utf8(&text[..head_len]).expect("ASCII");
            let field = "Content-Range: bytes ";
            let place = head.lines().find_map(|line| line.strip_prefix(field)).expect("a place");
            let (place, len) = place.split_once('/').expect("a length");
            let (first, last) = place.split_once('-').expect("two ends");
            let number = |text: &str| text.parse::<u64>().expect("a number");
            assert_eq!(number(len), CONTENT.len() as u64);
            (number(first)..number(last) + 1, text[head_len + 4..].to_vec())
        };
        starts.windows(2).map(part).collect()
    }

    proptest! {
        #[test]
        fn whoever_takes_it_apart_finds_the_parts(
            parts in prop::collection::vec((0..CONTENT.len() - 1, 1..20_usize), 2..8),
        ) {
            let len = CONTENT.len();
            let parts: Vec<Range<u64>> = parts
                .into_iter()
                .map(|(start, count)| start as u64..(start + count).min(len) as u64)
                .collect();
            let media_type = HeaderValue::from_static("video/mp4");
            let (content_type, pieces) = multipart(&object(), len as u64, &media_type, &parts);
            let content_type = content_type.to_str().expect("ASCII");
            let boundary = content_type.rsplit_once('=').expect("a boundary").1;
            let body = bytes_of(&pieces);
            let announced: u64 = pieces.iter().map(Piece::len_bytes).sum();
            prop_assert_eq!(announced, body.len() as u64);
            let found = parts_of(&body, boundary);
            let expected: Vec<_> = parts
                .iter()
                .map(|part| {
                    let place = |at: u64| usize::try_from(at).expect("small");
                    (part.clone(), CONTENT[place(part.start)..place(part.end)].to_vec())
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
