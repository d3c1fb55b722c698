//! A subtitle file: WebVTT whose cues end where they should, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway_media::Kind;
use spillway_media::subtitle::to_webvtt;

fuzz_target!(|bytes: &[u8]| {
    match to_webvtt(bytes, Some("ru")) {
        Ok(text) => assert!(text.starts_with("WEBVTT")),
        Err(error) => assert_ne!(error.kind(), Kind::Internal, "{}", error.chain()),
    }
});
