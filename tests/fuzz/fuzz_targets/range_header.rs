//! Any bytes as a `Range` header, against a file of any length: what is answered lies in the file,
//! overlaps nowhere and is never longer than it.
//!
//! `cargo fuzz run range_header tests/fuzz/seeds/range_header --fuzz-dir tests/fuzz`

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway::delivery::range::{Resolution, resolve_ranges};

fuzz_target!(|input: (u64, &[u8])| {
    let (len_bytes, header) = input;
    let Resolution::Parts(mut parts) = resolve_ranges(header, len_bytes) else { return };
    assert!(!parts.is_empty());
    parts.sort_unstable_by_key(|part| part.start);
    assert!(parts.iter().all(|part| part.start < part.end && part.end <= len_bytes));
    assert!(parts.is_sorted_by(|a, b| a.end <= b.start));
});
