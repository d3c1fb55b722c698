//! Any film: the first of its key frames is found, read and decoded, or refused, and never more is
//! given than its size says.
//!
//! The seeds are films of a few pictures of 64x64, one for each codec and way of wrapping.

#![no_main]

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;

use libfuzzer_sys::fuzz_target;
use spillway_fuzz::{assert_whole, let_panics_be_caught};
use spillway_media::Kind;
use spillway_media::probe::probe_object;
use spillway_media::storage::{Key, Root};
use spillway_media::thumbnail::{Film, KeyframeDecoder, NativeDecoder, Wanted};

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> =
        RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

fuzz_target!(init: let_panics_be_caught(), |bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let file = File::create(folder.path().join("film")).expect("created");
        file.write_all_at(bytes, 0).expect("written");
        let key = Key::new("film").expect("a key");
        let object = Root::new(folder.path()).open(&key).expect("opens");
        let Ok(info) = probe_object(&object, "a film", None) else { return };
        let Ok(film) = Film::open(object, &info) else { return };
        for (position_ms, width) in [(0, u32::MAX), (u64::MAX, 1)] {
            match NativeDecoder::default().decode(&film, Wanted { position_ms, width }, &|| false) {
                Ok(frame) => assert_whole(&frame),
                Err(error) => assert_ne!(error.kind(), Kind::Internal, "{}", error.chain()),
            }
        }
    });
});
