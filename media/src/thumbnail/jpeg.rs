//! Pictures as JPEG.

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder};

use super::picture::Picture;
use crate::{Error, Kind, Result};

/// Of 100: where more bytes are no longer seen at a few hundred pixels. Below 90, chroma has half as
/// many columns and rows.
const QUALITY: u8 = 80;

/// The picture as a baseline JPEG (ITU-T T.81) in JFIF; the same bytes for the same picture.
///
/// With the standard's own Huffman tables: with better ones, for a tenth fewer bytes, the encoder
/// writes each colour as a scan of its own, which zune-jpeg (0.5.15) shows as noise where chroma is
/// halved. Who fetches our pictures may have such a decoder.
///
/// Computes for some milliseconds.
///
/// # Errors
/// [`Kind::Internal`] if the encoder fails, which it does for no picture that exists.
pub fn encode_jpeg(picture: &Picture) -> Result<Vec<u8>> {
    let side = |side: u32| u16::try_from(side).expect("no picture's side is longer");
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let (width, height) = (side(picture.width()), side(picture.height()));
    encoder
        .encode(picture.rgb(), width, height, ColorType::Rgb)
        .map_err(|error| Error::with_source(Kind::Internal, "encoding a JPEG", error))?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thumbnail::testing::{detailed, psnr_db};

    #[test]
    fn a_jpeg_decodes_to_nearly_the_same_picture_and_is_the_same_each_time() {
        for (width, height) in [(320, 180), (1, 1), (17, 9), (101, 333)] {
            let picture = detailed(width, height);
            let jpeg = encode_jpeg(&picture).expect("encodes");
            assert_eq!(jpeg, encode_jpeg(&picture).expect("encodes"));
            let decoded = image::load_from_memory(&jpeg).expect("is a JPEG").into_rgb8();
            assert_eq!((decoded.width(), decoded.height()), (width, height));
            let db = psnr_db(picture.rgb(), decoded.as_raw());
            assert!(db > 30.0, "{width} × {height}: {db:.1} dB");
        }
    }
}
