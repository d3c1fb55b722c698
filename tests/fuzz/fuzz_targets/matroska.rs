//! Any bytes behind an EBML header: the walker of Matroska must answer, within its bounds.
//!
//! The seeds are films of 0.4 seconds without that header.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway_media::Kind;
use spillway_media::probe::{key_frames, probe};

fuzz_target!(|bytes: &[u8]| {
    let film = [&b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"[..], bytes].concat();
    match probe(&film.as_slice(), "a film") {
        Ok(info) => {
            for track in info.tracks.iter().take(4) {
                let frames = key_frames(&film.as_slice(), track.number);
                assert!(!frames.is_err_and(|error| error.kind() == Kind::Internal));
            }
        }
        Err(error) => assert_ne!(error.kind(), Kind::Internal, "{}", error.chain()),
    }
});
