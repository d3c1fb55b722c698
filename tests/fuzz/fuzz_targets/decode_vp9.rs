//! A key frame of VP9 and the configuration of its track: decoded or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spillway_fuzz::{decode, let_panics_be_caught};
use spillway_media::thumbnail::Codec;

fuzz_target!(init: let_panics_be_caught(), |bytes: &[u8]| decode(Codec::Vp9, bytes));
