//! MP4 files written by hand: valid headers, and as much payload as a test wants.
//!
//! The picture in them cannot be decoded; everything that reads headers only is content. Where a
//! player has to play, [`crate::tools::make_clip`] makes a clip with ffmpeg.

/// The sample description says how large the picture is; nothing depends on it.
const WIDTH: u16 = 320;
const HEIGHT: u16 = 180;

/// A progressive MP4 with one H.264 track of `duration_ms` and `payload_bytes` of payload after
/// the headers, `moov` first. The same arguments give the same bytes.
///
/// # Panics
/// If the duration or the payload does not fit the 32-bit fields of version 0 boxes.
pub fn mp4(duration_ms: u64, payload_bytes: usize) -> Vec<u8> {
    let mut bytes = mp4_headers(duration_ms, payload_bytes);
    bytes.reserve(payload_bytes);
    bytes.extend(payload(payload_bytes));
    bytes
}

/// The headers of [`mp4`], up to and with the header of the payload's box.
///
/// # Panics
/// As [`mp4`].
pub fn mp4_headers(duration_ms: u64, payload_bytes: usize) -> Vec<u8> {
    let duration_ms = u32::try_from(duration_ms).expect("version 0 boxes hold 49 days");
    let payload_len_bytes = u32::try_from(payload_bytes).expect("one sample holds 4 GiB");
    let brand = boxed(*b"ftyp", &[b"isom", &512_u32.to_be_bytes(), b"isomavc1"]);
    // The chunk's offset is known only once the length of `moov` is, which does not depend on it.
    let len_bytes = brand.len() + movie(duration_ms, payload_len_bytes, 0).len() + 8;
    let chunk_offset_bytes = u32::try_from(len_bytes).expect("headers are short");
    let mut bytes = brand;
    bytes.extend(movie(duration_ms, payload_len_bytes, chunk_offset_bytes));
    bytes.extend((payload_len_bytes + 8).to_be_bytes());
    bytes.extend(b"mdat");
    bytes
}

/// Bytes that never repeat within a range a test compares, so that a shifted answer shows.
pub fn payload(len_bytes: usize) -> impl Iterator<Item = u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        // xorshift64, Marsaglia 2003: quick, and the same on every machine.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(len_bytes)
}

fn movie(duration_ms: u32, payload_len_bytes: u32, chunk_offset_bytes: u32) -> Vec<u8> {
    let movie_header = full_boxed(
        *b"mvhd",
        0,
        &[
            &[0; 8], // created and modified
            &1000_u32.to_be_bytes(),
            &duration_ms.to_be_bytes(),
            &0x0001_0000_u32.to_be_bytes(), // rate 1.0
            &0x0100_u16.to_be_bytes(),      // volume 1.0
            &[0; 10],
            &unity_matrix(),
            &[0; 24],
            &2_u32.to_be_bytes(), // next track
        ],
    );
    let track_header = full_boxed(
        *b"tkhd",
        7,
        &[
            &[0; 8],
            &1_u32.to_be_bytes(),
            &[0; 4],
            &duration_ms.to_be_bytes(),
            &[0; 16],
            &unity_matrix(),
            &(u32::from(WIDTH) << 16).to_be_bytes(),
            &(u32::from(HEIGHT) << 16).to_be_bytes(),
        ],
    );
    let media_header = full_boxed(
        *b"mdhd",
        0,
        &[
            &[0; 8],
            &1000_u32.to_be_bytes(),
            &duration_ms.to_be_bytes(),
            &0x55c4_u16.to_be_bytes(), // language "und", ISO/IEC 14496-12 §8.4.2.3
            &[0; 2],
        ],
    );
    let handler = full_boxed(*b"hdlr", 0, &[&[0; 4], b"vide", &[0; 12], b"video\0"]);
    let video_header = full_boxed(*b"vmhd", 1, &[&[0; 8]]);
    let data_here = full_boxed(*b"url ", 1, &[]);
    let data_reference = full_boxed(*b"dref", 0, &[&1_u32.to_be_bytes(), &data_here]);
    let data_information = boxed(*b"dinf", &[&data_reference]);
    let sample_table = boxed(
        *b"stbl",
        &[
            &full_boxed(*b"stsd", 0, &[&1_u32.to_be_bytes(), &sample_entry()]),
            &full_boxed(
                *b"stts",
                0,
                &[&1_u32.to_be_bytes(), &1_u32.to_be_bytes(), &duration_ms.to_be_bytes()],
            ),
            &full_boxed(
                *b"stsc",
                0,
                &[
                    &1_u32.to_be_bytes(),
                    &1_u32.to_be_bytes(),
                    &1_u32.to_be_bytes(),
                    &1_u32.to_be_bytes(),
                ],
            ),
            &full_boxed(
                *b"stsz",
                0,
                &[&[0; 4], &1_u32.to_be_bytes(), &payload_len_bytes.to_be_bytes()],
            ),
            &full_boxed(*b"stco", 0, &[&1_u32.to_be_bytes(), &chunk_offset_bytes.to_be_bytes()]),
        ],
    );
    let media_information = boxed(*b"minf", &[&video_header, &data_information, &sample_table]);
    let media = boxed(*b"mdia", &[&media_header, &handler, &media_information]);
    let track = boxed(*b"trak", &[&track_header, &media]);
    boxed(*b"moov", &[&movie_header, &track])
}

/// An `avc1` entry with the shortest configuration a demuxer accepts (ISO/IEC 14496-15 §5.3.3.1).
fn sample_entry() -> Vec<u8> {
    let sequence_parameters: &[u8] = &[
        0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0x20, 0xf1, 0x42, 0xa4, 0x80,
    ];
    let picture_parameters: &[u8] = &[0x68, 0xcb, 0x8c, 0xb2];
    let configuration = boxed(
        *b"avcC",
        &[
            &[1, 0x42, 0xc0, 0x0d, 0xff, 0xe1],
            &[0, 24],
            sequence_parameters,
            &[1, 0, 4],
            picture_parameters,
        ],
    );
    boxed(
        *b"avc1",
        &[
            &[0; 6],
            &1_u16.to_be_bytes(),
            &[0; 16],
            &WIDTH.to_be_bytes(),
            &HEIGHT.to_be_bytes(),
            &0x0048_0000_u32.to_be_bytes(), // 72 dpi
            &0x0048_0000_u32.to_be_bytes(),
            &[0; 4],
            &1_u16.to_be_bytes(),
            &[0; 32], // no compressor name
            &0x0018_u16.to_be_bytes(),
            &0xffff_u16.to_be_bytes(),
            &configuration,
        ],
    )
}

fn unity_matrix() -> Vec<u8> {
    [0x0001_0000_u32, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000]
        .iter()
        .flat_map(|cell| cell.to_be_bytes())
        .collect()
}

fn full_boxed(kind: [u8; 4], flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    let version_and_flags = flags.to_be_bytes();
    let mut all: Vec<&[u8]> = vec![&version_and_flags];
    all.extend(parts);
    boxed(kind, &all)
}

fn boxed(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let len_bytes = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(len_bytes);
    bytes.extend(u32::try_from(len_bytes).expect("boxes here are short").to_be_bytes());
    bytes.extend(kind);
    for part in parts {
        bytes.extend(*part);
    }
    bytes
}
