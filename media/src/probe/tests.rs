//! The walkers against files built by hand, whole, cut at every byte, and mutated.

use std::cell::Cell;
use std::io;

use proptest::prelude::*;

use super::*;

/// A source that counts what is read from it.
struct Counted<'a> {
    bytes: &'a [u8],
    read_bytes: Cell<u64>,
}

impl ReadAt for Counted<'_> {
    fn len_bytes(&self) -> u64 {
        self.bytes.len_bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
        self.read_bytes.set(self.read_bytes.get() + buffer.len() as u64);
        self.bytes.read_at(buffer, offset_bytes)
    }
}

/// Describes the bytes and lists the key frames of every track; checks the bounds on the way.
fn survive(bytes: &[u8]) -> Result<MediaInfo> {
    let source = Counted { bytes, read_bytes: Cell::new(0) };
    let info = probe(&source, "a file");
    if let Err(error) = &info {
        assert_ne!(error.kind(), Kind::Internal, "a panic: {}", error.chain());
    }
    assert!(source.read_bytes.get() <= limits::PROBE_READ_BYTES_MAX);
    for track in info.iter().flat_map(|info| &info.tracks).take(3) {
        if let Err(error) = key_frames(&source, track.number) {
            assert_ne!(error.kind(), Kind::Internal, "a panic: {}", error.chain());
        }
    }
    info
}

fn fault(bytes: &[u8]) -> String {
    match survive(bytes) {
        Ok(info) => info.faults.join("; "),
        Err(error) => error.chain(),
    }
}

#[track_caller]
fn check_fault(bytes: &[u8], expected: &str) {
    let fault = fault(bytes);
    assert!(fault.contains(expected), "{fault}");
}

// --- MP4, as nested lists of boxes

#[allow(clippy::trivially_copy_pass_by_ref, reason = "a byte string is a reference")]
fn mp4_box(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u32::try_from(body.len() + 8).expect("a small box");
    [&size.to_be_bytes()[..], kind, &body].concat()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// Three pictures of a second each, the first and the last of them key frames, in one chunk.
struct Film {
    before: Vec<u8>,
    moov_extra: Vec<u8>,
    sample_entry: Vec<u8>,
    tables: Vec<Vec<u8>>,
    timescale: u32,
    media: Vec<u8>,
}

impl Film {
    fn new() -> Self {
        let avcc = mp4_box(b"avcC", &[&[1, 0x64, 0, 0x1f, 0xff, 0xe0, 0, 0xfd, 0xf8, 0xf8, 0]]);
        let pasp = mp4_box(b"pasp", &[&words(&[4, 3])]);
        let fields = [&[0; 24][..], &[0x02, 0x80, 0x01, 0x68], &[0; 50]].concat();
        Self {
            before: mp4_box(b"ftyp", &[b"isom\0\0\0\0"]),
            moov_extra: Vec::new(),
            sample_entry: mp4_box(b"avc1", &[&fields, &avcc, &pasp]),
            tables: vec![
                mp4_box(b"stts", &[&words(&[0, 1, 3, 1000])]),
                mp4_box(b"stsc", &[&words(&[0, 1, 1, 3, 1])]),
                mp4_box(b"stsz", &[&words(&[0, 0, 3, 10, 20, 30])]),
                mp4_box(b"stss", &[&words(&[0, 2, 1, 3])]),
            ],
            timescale: 1000,
            media: vec![7; 60],
        }
    }

    fn track(&self, chunk_at: u32) -> Vec<u8> {
        let matrix = words(&[0, 1 << 16, 0, 0xffff_0000, 0, 0, 0, 0, 1 << 30]);
        let tkhd = words(&[3, 0, 0, 1, 0, 3000, 0, 0, 0, 0]);
        let tkhd = mp4_box(b"tkhd", &[&tkhd, &matrix, &words(&[640 << 16, 360 << 16])]);
        let mdhd = mp4_box(b"mdhd", &[&words(&[0, 0, 0, self.timescale, 3000, 0x1cb2_0000])]);
        let hdlr = mp4_box(b"hdlr", &[&words(&[0, 0]), b"vide", &[0; 13]]);
        let stsd = mp4_box(b"stsd", &[&words(&[0, 1]), &self.sample_entry]);
        let stco = mp4_box(b"stco", &[&words(&[0, 1, chunk_at])]);
        let stbl = mp4_box(b"stbl", &[&stsd, &self.tables.concat(), &stco]);
        let minf = mp4_box(b"minf", &[&stbl]);
        mp4_box(b"trak", &[&tkhd, &mp4_box(b"mdia", &[&mdhd, &hdlr, &minf])])
    }

    fn bytes(&self) -> Vec<u8> {
        let mvhd = mp4_box(b"mvhd", &[&words(&[0, 0, 0, 1000, 3000]), &[0; 80]]);
        let with = |chunk_at| {
            let moov = mp4_box(b"moov", &[&mvhd, &self.track(chunk_at), &self.moov_extra]);
            [self.before.clone(), moov].concat()
        };
        let chunk_at = with(0).len() + 8;
        let chunk_at = u32::try_from(chunk_at).expect("a small file");
        [with(chunk_at), mp4_box(b"mdat", &[&self.media])].concat()
    }
}

#[test]
fn a_film_is_described() {
    let info = survive(&Film::new().bytes()).expect("good");
    assert_eq!(info.faults, Vec::<String>::new());
    assert_eq!((info.container, info.duration_ms), (Container::Mp4, Some(3000)));
    let (track, video) = info.main_video().expect("a picture");
    assert_eq!((track.codec.as_str(), track.language.as_deref()), ("h264", Some("de")));
    assert_eq!(track.codec_string.as_deref(), Some("avc1.64001f"));
    assert_eq!((video.width, video.height, video.rotation_degrees), (640, 360, 90));
    assert_eq!((video.display_width, video.display_height), (360, 853));
    assert_eq!((video.frames_per_1000_s, video.bit_depth), (Some(1000), Some(8)));
}

#[test]
fn key_frames_are_found_with_their_bytes() {
    let film = Film::new();
    let bytes = film.bytes();
    let media_at = (bytes.len() - film.media.len()) as u64;
    let frame = |position_ms, skip, len| KeyFrame {
        position_ms,
        offset_bytes: media_at + skip,
        len_bytes: Some(len),
        block_offset_bytes: None,
    };
    let frames = key_frames(&bytes.as_slice(), 1).expect("listed");
    assert_eq!(frames, [frame(0, 0, 10), frame(2000, 30, 30)]);
    let without = Film { tables: film.tables[..3].to_vec(), ..Film::new() };
    let frames = key_frames(&without.bytes().as_slice(), 1).expect("listed");
    assert_eq!(frames.len(), 3, "without stss every sample is one");
    let error = key_frames(&bytes.as_slice(), 9).expect_err("no such track");
    assert_eq!(error.kind(), Kind::NotFound);
}

#[test]
fn a_film_cut_anywhere_says_so() {
    let bytes = Film::new().bytes();
    for len in 0..bytes.len() {
        let fault = fault(&bytes[..len]);
        assert!(!fault.is_empty(), "cut at {len}");
    }
}

#[test]
fn box_sizes_that_cannot_be_are_told() {
    let ftyp = mp4_box(b"ftyp", &[b"isom\0\0\0\0"]);
    let with = |rest: &[u8]| [&ftyp, rest].concat();
    check_fault(&with(b"\0\0\0\x07moov"), "says 7 bytes, less than its own header");
    check_fault(&with(b"\0\0\0\x01moov\0\0\0\0\0\0\0\0"), "says 0 bytes");
    check_fault(&with(b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"), "beyond the end");
    check_fault(&with(b"\xff\xff\xff\xffmoov"), "beyond the end of the file");
    check_fault(&with(b"\0\0\0\0moov"), "no track");
    check_fault(&ftyp, "the moov box is missing");
    let mut nested = Vec::new();
    for _ in 0..2000 {
        nested = mp4_box(b"moov", &[&nested]);
    }
    check_fault(&with(&nested), "no track can be described");
    let many = mp4_box(b"free", &[]).repeat(100_000);
    check_fault(&with(&mp4_box(b"moov", &[&many])), "more boxes or elements");
}

#[test]
fn tables_that_claim_more_than_is_there_are_told() {
    let cases: &[(usize, &[u8; 4], &[u32], &str)] = &[
        (0, b"stts", &[0, u32::MAX, 3, 1000], "says 4294967295 entries but has room for 1"),
        (1, b"stsc", &[0, 2, 1, 3, 1, 1, 3, 1], "says chunk 1 with 3 samples after chunk 1"),
        (2, b"stsz", &[0, 1, u32::MAX], "more than the file has"),
        (2, b"stsz", &[0, 0, u32::MAX, 10], "has room for 1"),
        (3, b"stss", &[0, 2, 0, 9], "names key frame 0 of 3 samples"),
        (1, b"stsc", &[0, 0], "has no stsc table"),
        (1, b"stsc", &[0, 1, 0x0101_0000, 3, 1], "begins with chunk 16842752, not with 1"),
        (1, b"stsc", &[0, 1, 1, 2, 1], "tell the place of 2 of 3 samples"),
    ];
    for (index, kind, values, expected) in cases {
        let mut film = Film::new();
        film.tables[*index] = mp4_box(kind, &[&words(values)]);
        check_fault(&film.bytes(), expected);
    }
    let still = Film { timescale: 0, ..Film::new() };
    check_fault(&still.bytes(), "timescale 0");
    let short = Film { media: vec![], ..Film::new() };
    check_fault(&short.bytes(), "names a chunk at byte");
}

#[test]
fn fragments_tell_their_own_time() {
    let mut film = Film::new();
    film.tables = vec![
        mp4_box(b"stts", &[&words(&[0, 0])]),
        mp4_box(b"stsc", &[&words(&[0, 0])]),
        mp4_box(b"stsz", &[&words(&[0, 0, 0])]),
    ];
    // Key frames by default: 500 units and 15 bytes each.
    let trex = mp4_box(b"trex", &[&words(&[0, 1, 1, 500, 15, 0])]);
    film.moov_extra = mp4_box(b"mvex", &[&trex]);
    let tfhd = mp4_box(b"tfhd", &[&words(&[0x0002_0000, 1])]);
    let fragment = |time: u32, samples: u32| {
        let tfdt = mp4_box(b"tfdt", &[&words(&[0, time])]);
        let trun = mp4_box(b"trun", &[&words(&[1, samples, 76])]);
        let traf = mp4_box(b"traf", &[&tfhd, &tfdt, &trun]);
        [mp4_box(b"moof", &[&traf]), mp4_box(b"mdat", &[&[7; 60]])].concat()
    };
    let mut bytes = film.bytes();
    let first_at = bytes.len() as u64;
    // The stream was joined when it had run for 100 seconds.
    bytes.extend(fragment(100_000, 4));
    bytes.extend(fragment(102_000, 4));
    let info = survive(&bytes).expect("good");
    assert_eq!(info.duration_ms, Some(4000));
    let (_, video) = info.main_video().expect("a picture");
    assert_eq!(video.frames_per_1000_s, Some(2000));
    let frames = key_frames(&bytes.as_slice(), 1).expect("listed");
    assert_eq!(frames.len(), 8);
    let (at, len) = (frames[1].offset_bytes, frames[1].len_bytes);
    assert_eq!((at, len), (first_at + 76 + 15, Some(15)));

    let bomb = mp4_box(b"trun", &[&words(&[1, u32::MAX, 76])]);
    let traf = mp4_box(b"traf", &[&tfhd, &bomb]);
    let bomb = [film.bytes(), mp4_box(b"moof", &[&traf])].concat();
    check_fault(&bomb, "says 4294967295 samples but has no room for them");
}

#[test]
fn a_picture_that_cannot_be_is_told() {
    // 8192x8192 and 17 references in a Baseline parameter set.
    let sps = [0x67, 0x42, 0, 0x1e, 0xd8, 0x48, 0, 0x80, 0, 0x10, 0x06, 0x40];
    let avcc = [&[1, 66, 0, 30, 0xff, 0xe1, 0, 12][..], &sps, &[0]].concat();
    let entry = |width: u16, height: u16| {
        let fields = [&[0; 24][..], &width.to_be_bytes(), &height.to_be_bytes(), &[0; 50]];
        mp4_box(b"avc1", &[&fields.concat(), &mp4_box(b"avcC", &[&avcc])])
    };
    let film = |width, height| Film { sample_entry: entry(width, height), ..Film::new() }.bytes();
    check_fault(&film(640, 360), "told as 640x360, and by the stream itself as 8192x8192");
    check_fault(&film(8192, 8192), "wants 17 reference pictures");
    check_fault(&film(65_535, 360), "says a picture of 65535x360 pixels");
    assert!(!fault(&film(8192, 8000)).contains("told as"));
}

#[test]
fn a_file_with_nothing_to_play_is_refused() {
    let bytes = Film::new().bytes();
    let handler = bytes.windows(4).position(|at| at == b"vide").expect("there");
    let other = [&bytes[..handler], b"sdsm", &bytes[handler + 4..]].concat();
    let error = survive(&other).expect_err("nothing").chain();
    assert!(error.contains("neither pictures nor sound nor subtitles, only avc1"), "{error}");
}

// --- Matroska, as nested lists of elements

fn element(id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let id = id.to_be_bytes();
    let id = &id[id.iter().position(|byte| *byte != 0).expect("an id is not 0")..];
    let size = (1_u64 << 56 | body.len() as u64).to_be_bytes();
    [id, &size, &body].concat()
}

fn number(id: u32, value: u64) -> Vec<u8> {
    element(id, &[&value.to_be_bytes()])
}

fn ebml_header() -> Vec<u8> {
    element(0x1a45_dfa3, &[&element(0x4282, &[b"matroska"])])
}

fn track_entry(number_: u64) -> Vec<u8> {
    let avcc = [1, 0x64, 0, 0x1f, 0xff, 0xe0, 0, 0xfd, 0xf8, 0xf8, 0];
    let video = element(0xe0, &[&number(0xb0, 640), &number(0xba, 360), &number(0x54bb, 20)]);
    element(
        0xae,
        &[
            &number(0xd7, number_),
            &number(0x83, 1),
            &element(0x86, &[b"V_MPEG4/ISO/AVC"]),
            &element(0x63a2, &[&avcc]),
            &element(0x22_b59c, &[b"ger"]),
            &number(0x23_e383, 40_000_000),
            &video,
        ],
    )
}

fn cluster(time: u64) -> Vec<u8> {
    element(0x1f43_b675, &[&number(0xe7, time), &element(0xa3, &[&[0x81, 0, 40, 0x80, 1, 2, 3]])])
}

fn segment(parts: &[&[u8]]) -> Vec<u8> {
    [ebml_header(), element(0x1853_8067, parts)].concat()
}

/// A film with a SeekHead that names Cues and Tags behind the clusters.
fn matroska_film() -> Vec<u8> {
    let info = element(0x1549_a966, &[&element(0x4489, &[&3000_f64.to_be_bytes()])]);
    let tracks = element(0x1654_ae6b, &[&track_entry(1)]);
    let seek = |id: u32, at: u64| {
        element(0x4dbb, &[&element(0x53ab, &[&id.to_be_bytes()]), &number(0x53ac, at)])
    };
    let seek_head = |cues_at, tags_at| {
        element(0x114d_9b74, &[&seek(0x1c53_bb6b, cues_at), &seek(0x1254_c367, tags_at)])
    };
    let cluster_at = seek_head(0, 0).len() + info.len() + tracks.len();
    let clusters = cluster(0);
    let positions = element(0xb7, &[&number(0xf7, 1), &number(0xf1, cluster_at as u64)]);
    let cues = element(0x1c53_bb6b, &[&element(0xbb, &[&number(0xb3, 40), &positions])]);
    let simple = element(0x67c8, &[&element(0x45a3, &[b"TITLE"]), &element(0x4487, &[b"Alien"])]);
    let tags = element(0x1254_c367, &[&element(0x7373, &[&simple])]);
    let cues_at = cluster_at + clusters.len();
    let seek_head = seek_head(cues_at as u64, (cues_at + cues.len()) as u64);
    segment(&[&seek_head, &info, &tracks, &clusters, &cues, &tags])
}

#[test]
fn a_matroska_film_is_described() {
    let bytes = matroska_film();
    let info = survive(&bytes).expect("good");
    assert_eq!(info.faults, Vec::<String>::new());
    assert_eq!((info.container, info.duration_ms), (Container::Matroska, Some(3000)));
    assert_eq!(info.tags.title.as_deref(), Some("Alien"));
    let (track, video) = info.main_video().expect("a picture");
    assert_eq!(track.codec_string.as_deref(), Some("avc1.64001f"));
    assert_eq!(track.language.as_deref(), Some("de"));
    assert_eq!((video.width, video.height), (640, 340));
    assert_eq!(video.frames_per_1000_s, Some(25_000));
    let frames = key_frames(&bytes.as_slice(), 1).expect("listed");
    let cluster_id = 0x1f43_b675_u32.to_be_bytes();
    let cluster_at = bytes.windows(4).position(|at| at == cluster_id).expect("there");
    let expected = KeyFrame {
        position_ms: 40,
        offset_bytes: cluster_at as u64,
        len_bytes: None,
        block_offset_bytes: None,
    };
    assert_eq!(frames, [expected]);
}

#[test]
fn a_matroska_film_cut_anywhere_says_so() {
    let bytes = matroska_film();
    for len in 0..bytes.len() {
        assert!(!fault(&bytes[..len]).is_empty(), "cut at {len}");
    }
}

#[test]
fn a_recording_that_was_never_closed_plays_to_its_last_block() {
    let tracks = element(0x1654_ae6b, &[&track_entry(1)]);
    let info = survive(&segment(&[&tracks, &cluster(0), &cluster(5000)])).expect("good");
    // The block lies 40 ms behind its cluster and lasts as long.
    assert_eq!(info.duration_ms, Some(5080));
    // The same with unknown sizes, as a live stream has them.
    let unknown = |id: u32, body: &[u8]| [&id.to_be_bytes()[..], &[0xff], body].concat();
    let body = |time| cluster(time).split_off(12);
    let clusters = [unknown(0x1f43_b675, &body(0)), unknown(0x1f43_b675, &body(7000))].concat();
    let live = [ebml_header(), unknown(0x1853_8067, &[tracks, clusters].concat())].concat();
    assert_eq!(survive(&live).expect("good").duration_ms, Some(7080));
}

#[test]
fn an_index_that_names_itself_is_followed_once() {
    let seek =
        element(0x4dbb, &[&element(0x53ab, &[&[0x11, 0x4d, 0x9b, 0x74]]), &number(0x53ac, 0)]);
    let seek_head = element(0x114d_9b74, &[&seek, &seek]);
    let tracks = element(0x1654_ae6b, &[&track_entry(1)]);
    let info = survive(&segment(&[&seek_head, &tracks])).expect("good");
    assert_eq!(info.tracks.len(), 1);
}

#[test]
fn elements_that_cannot_be_are_told() {
    let tracks = |entries: &[u8]| element(0x1654_ae6b, &[entries]);
    check_fault(&segment(&[&tracks(&track_entry(0))]), "has no number");
    let sound = element(0xae, &[&number(0xd7, 1), &number(0x83, 2), &element(0x86, &[b"a]OPUS"])]);
    check_fault(&segment(&[&tracks(&sound)]), "a codec that is not of its type, \"a]OPUS\"");
    let twins = [track_entry(1), track_entry(1)].concat();
    check_fault(&segment(&[&tracks(&twins)]), "the number 1 of another track");
    let many: Vec<u8> = (1..400).flat_map(track_entry).collect();
    check_fault(&segment(&[&tracks(&many)]), "it has 399 tracks; the first 256 are described");
    let info = element(0x1549_a966, &[&element(0x4489, &[&f64::NAN.to_be_bytes()])]);
    check_fault(&segment(&[&info, &tracks(&track_entry(1))]), "impossible playing time");
    let scale = element(0x1549_a966, &[&number(0x2a_d7b1, 0)]);
    check_fault(&segment(&[&scale, &tracks(&track_entry(1))]), "is 0: times would stand still");
    let crc = element(0x1654_ae6b, &[&[0xbf, 0x84, 1, 2, 3, 4], &track_entry(1)]);
    check_fault(&segment(&[&crc]), "its checksum does not match");
    let mut atom = Vec::new();
    for _ in 0..2000 {
        atom = element(0xb6, &[&atom]);
    }
    let chapters = element(0x1043_a770, &[&element(0x45b9, &[&atom])]);
    let info = survive(&segment(&[&tracks(&track_entry(1)), &chapters])).expect("good");
    assert_eq!(info.chapters.len(), 1, "only the outermost is read");
}

// --- Anything

#[test]
fn a_file_of_another_container_is_named_without_being_read() {
    let info = survive(b"FLV\x01\x05\0\0\0\x09").expect("known");
    assert_eq!((info.container, info.probed_by), (Container::Flv, ProbedBy::Nobody));
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    (any::<bool>(), changes, any::<prop::sample::Index>()).prop_map(|(is_mp4, changes, end)| {
        let mut bytes = if is_mp4 { Film::new().bytes() } else { matroska_film() };
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        let len = bytes.len();
        bytes.truncate(len - end.index(len) / 8);
        bytes
    })
}

proptest! {
    #[test]
    fn no_bytes_bring_a_walker_down(
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
        head in prop::sample::select(vec![
            &b"\0\0\0\x08ftyp"[..], b"\0\0\0\x08ftyp\0\0\0\0moov", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff",
        ]),
    ) {
        let _ = survive(&[head, &bytes].concat());
    }

    #[test]
    fn no_damage_brings_a_walker_down(bytes in mutated()) {
        let _ = survive(&bytes);
    }
}
