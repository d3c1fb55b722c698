//! Pictures beside those that ffmpeg makes of the same samples.

use std::path::Path;

use super::frame::{Chroma, Colour, Frame, Plane, Samples};
use super::render::{Presentation, render};
use super::testing::{detailed, ffmpeg, psnr_db};

/// Samples as a raw file, and what both sides are told of them.
struct Clip {
    width: u32,
    height: u32,
    /// ffmpeg's name of the layout.
    pixel_format: &'static str,
    bytes: Vec<u8>,
}

impl Clip {
    fn frame(&self, colour: Colour) -> Frame {
        let (chroma, bit_depth) = match self.pixel_format {
            "gray" => (Chroma::Monochrome, 8),
            "yuv420p" => (Chroma::Yuv420, 8),
            "yuv422p" => (Chroma::Yuv422, 8),
            "yuv440p" => (Chroma::Yuv440, 8),
            "yuv444p" | "gbrp" => (Chroma::Yuv444, 8),
            "yuv420p10le" => (Chroma::Yuv420, 10),
            "yuv422p12le" => (Chroma::Yuv422, 12),
            "yuv444p10le" | "gbrp10le" => (Chroma::Yuv444, 10),
            other => panic!("{other} is not compared"),
        };
        let (across, down) = match chroma {
            Chroma::Yuv420 => (2, 2),
            Chroma::Yuv422 => (2, 1),
            Chroma::Yuv440 => (1, 2),
            Chroma::Yuv444 | Chroma::Monochrome => (1, 1),
        };
        let chroma_size = (self.width.div_ceil(across), self.height.div_ceil(down));
        let sizes = [(self.width, self.height), chroma_size, chroma_size];
        let count = if chroma == Chroma::Monochrome { 1 } else { 3 };
        let mut bytes = self.bytes.as_slice();
        let mut plane = |(width, height): (u32, u32)| {
            let len_bytes = (width * height * if bit_depth > 8 { 2 } else { 1 }) as usize;
            let (of_plane, rest) = bytes.split_at(len_bytes);
            bytes = rest;
            let wide = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
            let samples = if bit_depth > 8 {
                Samples::Sixteen(of_plane.chunks_exact(2).map(wide).collect())
            } else {
                Samples::Eight(of_plane.to_vec())
            };
            Plane { width, height, samples }
        };
        let planes = sizes.into_iter().take(count).map(&mut plane).collect();
        Frame { width: self.width, height: self.height, chroma, bit_depth, planes, colour }
    }

    /// RGB of the clip after ffmpeg's filters.
    fn by_ffmpeg(&self, folder: &Path, filters: &str) -> Vec<u8> {
        let file = folder.join("samples");
        std::fs::write(&file, &self.bytes).expect("the folder can be written");
        let size = format!("{}x{}", self.width, self.height);
        let file = file.to_str().expect("its name is ours");
        ffmpeg(
            &[
                &["-f", "rawvideo", "-pix_fmt", self.pixel_format, "-s", &size, "-i", file, "-vf"],
                &[filters, "-f", "rawvideo", "-pix_fmt", "rgb24"][..],
            ]
            .concat(),
        )
    }
}

/// [`detailed`], converted by ffmpeg.
fn converted(
    folder: &Path,
    (width, height): (u32, u32),
    pixel_format: &'static str,
    filters: &str,
) -> Clip {
    let file = folder.join("picture");
    std::fs::write(&file, detailed(width, height).rgb()).expect("the folder can be written");
    let size = format!("{width}x{height}");
    let file = file.to_str().expect("its name is ours");
    let bytes = ffmpeg(
        &[
            &["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-i", file, "-vf", filters],
            &["-f", "rawvideo", "-pix_fmt", pixel_format][..],
        ]
        .concat(),
    );
    Clip { width, height, pixel_format, bytes }
}

/// Whatever ffmpeg's scaler can do for exactness, and our own filter.
const EXACT: &str = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact\
                     :param0=0:param1=0.5";

/// Where chroma stands, as [`render`] takes it; ffmpeg's scaler by itself takes the middle.
fn siting(pixel_format: &str) -> &'static str {
    match pixel_format {
        "yuv420p" | "yuv420p10le" => ":in_h_chr_pos=0:in_v_chr_pos=128",
        "yuv422p" | "yuv422p12le" => ":in_h_chr_pos=0",
        "yuv440p" => ":in_v_chr_pos=128",
        _ => "",
    }
}

const RANGES: [(&str, bool); 2] = [("tv", false), ("pc", true)];

#[test]
fn every_matrix_range_and_layout_looks_as_ffmpeg_shows_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let matrices = [("bt709", 1), ("smpte170m", 6), ("bt2020nc", 9), ("fcc", 4), ("smpte240m", 7)];
    // Grey alone is compared below: unscaled, ffmpeg takes it as of full range, told or not.
    let formats = ["yuv420p", "yuv422p", "yuv440p", "yuv444p"];
    let formats = formats.into_iter().chain(["yuv420p10le", "yuv422p12le", "yuv444p10le"]);
    let mut cases: Vec<_> = formats.map(|format| (format, "bt709", 1)).collect();
    cases.extend(matrices.map(|(name, code)| ("yuv444p", name, code)));
    cases.extend(matrices.map(|(name, code)| ("yuv420p10le", name, code)));
    for (format, name, code) in cases {
        for (range, is_full_range) in RANGES {
            let size = (320, 180);
            let to = format!("scale=out_color_matrix={name}:out_range={range}:{EXACT}");
            let clip = converted(folder.path(), size, format, &to);
            let from = format!(
                "scale=in_color_matrix={name}:in_range={range}:out_range=pc:{EXACT}{},format=rgb24",
                siting(format)
            );
            let expected = clip.by_ffmpeg(folder.path(), &from);
            let colour = Colour {
                matrix: Some(code),
                is_full_range: Some(is_full_range),
                ..Colour::default()
            };
            let picture = render(&clip.frame(colour), Presentation::default(), 320).expect("ok");
            let db = psnr_db(picture.rgb(), &expected);
            // ffmpeg repeats rows of chroma in 4:4:0, wherever it is told that they stand.
            let db_min = if format == "yuv440p" { 38.0 } else { 40.0 };
            assert!(db >= db_min, "{format}, {name}, {range}: {db:.1} dB");
        }
    }
}

#[test]
fn a_picture_made_small_looks_as_ffmpeg_makes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (size, format, width, height, db_min) in [
        ((1280, 720), "gray", 320, 180, 44.0),
        ((1280, 720), "yuv444p", 320, 180, 43.0),
        ((1280, 720), "yuv420p", 320, 180, 41.0),
        // Tiles of four pixels by less than three: the two filters cut their tails differently.
        ((1920, 1080), "gray", 320, 180, 39.0),
        ((1920, 1080), "yuv420p10le", 320, 180, 38.0),
        ((1281, 721), "yuv444p", 320, 180, 42.0),
        // ffmpeg stretches the last column of chroma, of which half is outside, over the picture.
        ((1281, 721), "yuv420p", 320, 180, 36.0),
    ] {
        let to = format!("scale=out_color_matrix=bt709:out_range=tv:{EXACT}");
        let clip = converted(folder.path(), size, format, &to);
        let from = format!(
            "scale={width}:{height}:in_color_matrix=bt709:in_range=tv:out_range=pc:{EXACT}{},\
             format=rgb24",
            siting(format)
        );
        let expected = clip.by_ffmpeg(folder.path(), &from);
        let colour = Colour { matrix: Some(1), ..Colour::default() };
        let picture = render(&clip.frame(colour), Presentation::default(), width).expect("ok");
        assert_eq!((picture.width(), picture.height()), (width, height));
        let db = psnr_db(picture.rgb(), &expected);
        assert!(db >= db_min, "{size:?} {format} → {width}: {db:.1} dB");
    }
}

#[test]
fn planes_of_rgb_are_what_ffmpeg_says_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in ["gbrp", "gbrp10le"] {
        let clip = converted(folder.path(), (320, 180), format, "null");
        let colour = Colour { matrix: Some(0), is_full_range: Some(true), ..Colour::default() };
        let picture = render(&clip.frame(colour), Presentation::default(), 320).expect("ok");
        let db = psnr_db(picture.rgb(), detailed(320, 180).rgb());
        assert!(db >= 50.0, "{format}: {db:.1} dB");
    }
}

#[test]
fn light_below_the_knee_is_what_zimg_computes() {
    // As a film of high range: no brighter than 80 nits, so that no mapping has a say.
    let folder = tempfile::tempdir().expect("a folder");
    for (transfer, name) in [(16, "smpte2084"), (18, "arib-std-b67")] {
        // Luma from black up to 400 of 1023, in PQ and HLG 26.8 nits; chroma around grey.
        let picture = detailed(320, 180);
        let plane = |channel: usize, least: u16, step: u16, divisor: u16| {
            let samples = picture.rgb().iter().skip(channel).step_by(3);
            samples.flat_map(move |s| (least + u16::from(*s) * step / divisor).to_le_bytes())
        };
        let bytes = plane(0, 64, 4, 3).chain(plane(1, 480, 1, 4)).chain(plane(2, 480, 1, 4));
        let (width, height, pixel_format) = (320, 180, "yuv444p10le");
        let clip = Clip { width, height, pixel_format, bytes: bytes.collect() };
        let to_screen = format!(
            "zscale=tin={name}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl=203:m=gbr:p=bt709,\
             format=gbrpf32le,zscale=tin=linear:t=iec61966-2-1,format=gbrp,format=rgb24"
        );
        let expected = clip.by_ffmpeg(folder.path(), &to_screen);
        let colour = Colour {
            primaries: Some(9),
            transfer: Some(transfer),
            matrix: Some(9),
            is_full_range: Some(false),
        };
        let picture = render(&clip.frame(colour), Presentation::default(), 320).expect("ok");
        let db = psnr_db(picture.rgb(), &expected);
        assert!(db >= 40.0, "{name}: {db:.1} dB");
    }
}
