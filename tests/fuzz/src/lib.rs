//! What the targets share that decode key frames.

use spillway_media::Kind;
use spillway_media::thumbnail::{Codec, Frame, Sample, Samples, decode_sample};

/// Lets panics be caught where the program catches them; the fuzzer would end at each.
pub fn let_panics_be_caught() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Decodes a key frame: two bytes tell how long the configuration of its track is, which follows
/// them, and the rest is the sample.
pub fn decode(codec: Codec, bytes: &[u8]) {
    let Some((len, rest)) = bytes.split_first_chunk() else { return };
    let Some((configuration, sample)) = rest.split_at_checked(u16::from_be_bytes(*len).into())
    else {
        return;
    };
    for is_made_small in [false, true] {
        let whole = Sample::new(codec, configuration, sample.to_vec());
        match decode_sample(&Sample { is_made_small, ..whole }) {
            Ok(frame) => assert_whole(&frame),
            Err(error) => assert_ne!(error.kind(), Kind::Internal, "{}", error.chain()),
        }
        if codec != Codec::H264 {
            break;
        }
    }
}

/// Sees that a frame has as many samples as it says.
pub fn assert_whole(frame: &Frame) {
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
