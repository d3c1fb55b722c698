//! Any film: the first of its key frames is found, read and decoded, or refused, and never more is
//! given than its size says.
//!
//! The seeds are films of a few pictures of 64x64, one for each codec and way of wrapping.

#![no_main]

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;

use libfuzzer_sys::fuzz_target;
use spillway_media::Kind;
use spillway_media::probe::probe_object;
use spillway_media::storage::{Key, Root};
use spillway_media::thumbnail::{Film, KeyframeDecoder, NativeDecoder, Samples};

thread_local! {
    static FOLDER: RefCell<tempfile::TempDir> =
        RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let file = File::create(folder.path().join("film")).expect("created");
        file.write_all_at(bytes, 0).expect("written");
        let key = Key::new("film").expect("a key");
        let object = Root::new(folder.path()).open(&key).expect("opens");
        let Ok(info) = probe_object(&object, "a film", None) else { return };
        let Ok(film) = Film::open(object, &info) else { return };
        for position_ms in [0, u64::MAX] {
            match NativeDecoder.decode(&film, position_ms) {
                Ok(frame) => {
                    assert!(matches!(frame.planes.len(), 1 | 3));
                    for plane in &frame.planes {
                        let samples = match &plane.samples {
                            Samples::Eight(samples) => samples.len(),
                            Samples::Sixteen(samples) => samples.len(),
                        };
                        assert_eq!(samples, plane.width as usize * plane.height as usize);
                    }
                    let luma = &frame.planes[0];
                    assert_eq!((luma.width, luma.height), (frame.width, frame.height));
                }
                Err(error) => assert_ne!(error.kind(), Kind::Internal, "{}", error.chain()),
            }
        }
    });
});
