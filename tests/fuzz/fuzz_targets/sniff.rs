//! Any bytes as a media file, from the first one on: each is recognised or refused, and where its
//! container is not one that we walk, the look at its end stays within it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway_media::Kind;
use spillway_media::probe::probe;

fuzz_target!(|bytes: &[u8]| {
    match probe(&bytes, "a film") {
        Ok(info) => assert!(!bytes.is_empty() && info.faults.iter().all(|fault| !fault.is_empty())),
        Err(error) => {
            let is_of_the_file = matches!(error.kind(), Kind::Invalid | Kind::Unsupported);
            assert!(is_of_the_file, "{}", error.chain());
        }
    }
});
