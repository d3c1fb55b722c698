//! Element ids of Matroska (RFC 9559 §5) that are read here, and their names.

macro_rules! ids {
    ($($name:ident = $id:literal, $text:literal;)*) => {
        $(pub(super) const $name: u32 = $id;)*

        /// The element's name in the standard.
        pub(super) fn name(id: u32) -> String {
            match id {
                $($id => $text.to_owned(),)*
                _ => format!("unknown 0x{id:x}"),
            }
        }
    };
}

ids! {
    EBML = 0x1a45_dfa3, "EBML";
    EBML_MAX_ID_LENGTH = 0x42f2, "EBMLMaxIDLength";
    EBML_MAX_SIZE_LENGTH = 0x42f3, "EBMLMaxSizeLength";
    DOC_TYPE = 0x4282, "DocType";
    SEGMENT = 0x1853_8067, "Segment";
    SEEK_HEAD = 0x114d_9b74, "SeekHead";
    SEEK = 0x4dbb, "Seek";
    SEEK_ID = 0x53ab, "SeekID";
    SEEK_POSITION = 0x53ac, "SeekPosition";
    INFO = 0x1549_a966, "Info";
    TIMESTAMP_SCALE = 0x2a_d7b1, "TimestampScale";
    DURATION = 0x4489, "Duration";
    TITLE = 0x7ba9, "Title";
    TRACKS = 0x1654_ae6b, "Tracks";
    TRACK_ENTRY = 0xae, "TrackEntry";
    TRACK_NUMBER = 0xd7, "TrackNumber";
    TRACK_TYPE = 0x83, "TrackType";
    FLAG_DEFAULT = 0x88, "FlagDefault";
    FLAG_ENABLED = 0xb9, "FlagEnabled";
    FLAG_FORCED = 0x55aa, "FlagForced";
    FLAG_HEARING_IMPAIRED = 0x55ab, "FlagHearingImpaired";
    DEFAULT_DURATION = 0x23_e383, "DefaultDuration";
    NAME = 0x536e, "Name";
    LANGUAGE = 0x22_b59c, "Language";
    LANGUAGE_BCP47 = 0x22_b59d, "LanguageBCP47";
    CODEC_ID = 0x86, "CodecID";
    CODEC_PRIVATE = 0x63a2, "CodecPrivate";
    BLOCK_ADDITION_MAPPING = 0x41e4, "BlockAdditionMapping";
    BLOCK_ADD_ID_TYPE = 0x41e7, "BlockAddIDType";
    BLOCK_ADD_ID_EXTRA_DATA = 0x41ed, "BlockAddIDExtraData";
    VIDEO = 0xe0, "Video";
    PIXEL_WIDTH = 0xb0, "PixelWidth";
    PIXEL_HEIGHT = 0xba, "PixelHeight";
    PIXEL_CROP_BOTTOM = 0x54aa, "PixelCropBottom";
    PIXEL_CROP_TOP = 0x54bb, "PixelCropTop";
    PIXEL_CROP_LEFT = 0x54cc, "PixelCropLeft";
    PIXEL_CROP_RIGHT = 0x54dd, "PixelCropRight";
    DISPLAY_WIDTH = 0x54b0, "DisplayWidth";
    DISPLAY_HEIGHT = 0x54ba, "DisplayHeight";
    DISPLAY_UNIT = 0x54b2, "DisplayUnit";
    COLOUR = 0x55b0, "Colour";
    BITS_PER_CHANNEL = 0x55b2, "BitsPerChannel";
    MATRIX_COEFFICIENTS = 0x55b1, "MatrixCoefficients";
    RANGE = 0x55b9, "Range";
    TRANSFER_CHARACTERISTICS = 0x55ba, "TransferCharacteristics";
    PRIMARIES = 0x55bb, "Primaries";
    PROJECTION = 0x7670, "Projection";
    PROJECTION_POSE_ROLL = 0x7675, "ProjectionPoseRoll";
    AUDIO = 0xe1, "Audio";
    SAMPLING_FREQUENCY = 0xb5, "SamplingFrequency";
    OUTPUT_SAMPLING_FREQUENCY = 0x78b5, "OutputSamplingFrequency";
    CHANNELS = 0x9f, "Channels";
    BIT_DEPTH = 0x6264, "BitDepth";
    CONTENT_ENCODINGS = 0x6d80, "ContentEncodings";
    CONTENT_ENCODING = 0x6240, "ContentEncoding";
    CONTENT_ENCODING_SCOPE = 0x5032, "ContentEncodingScope";
    CONTENT_ENCODING_TYPE = 0x5033, "ContentEncodingType";
    CONTENT_COMPRESSION = 0x5034, "ContentCompression";
    CONTENT_COMP_ALGO = 0x4254, "ContentCompAlgo";
    CONTENT_COMP_SETTINGS = 0x4255, "ContentCompSettings";
    CLUSTER = 0x1f43_b675, "Cluster";
    TIMESTAMP = 0xe7, "Timestamp";
    SIMPLE_BLOCK = 0xa3, "SimpleBlock";
    BLOCK_GROUP = 0xa0, "BlockGroup";
    BLOCK = 0xa1, "Block";
    BLOCK_DURATION = 0x9b, "BlockDuration";
    REFERENCE_BLOCK = 0xfb, "ReferenceBlock";
    CUES = 0x1c53_bb6b, "Cues";
    CUE_POINT = 0xbb, "CuePoint";
    CUE_TIME = 0xb3, "CueTime";
    CUE_TRACK_POSITIONS = 0xb7, "CueTrackPositions";
    CUE_TRACK = 0xf7, "CueTrack";
    CUE_CLUSTER_POSITION = 0xf1, "CueClusterPosition";
    CUE_RELATIVE_POSITION = 0xf0, "CueRelativePosition";
    CHAPTERS = 0x1043_a770, "Chapters";
    EDITION_ENTRY = 0x45b9, "EditionEntry";
    CHAPTER_ATOM = 0xb6, "ChapterAtom";
    CHAPTER_TIME_START = 0x91, "ChapterTimeStart";
    CHAPTER_TIME_END = 0x92, "ChapterTimeEnd";
    CHAPTER_FLAG_HIDDEN = 0x98, "ChapterFlagHidden";
    CHAPTER_DISPLAY = 0x80, "ChapterDisplay";
    CHAP_STRING = 0x85, "ChapString";
    TAGS = 0x1254_c367, "Tags";
    TAG = 0x7373, "Tag";
    TARGETS = 0x63c0, "Targets";
    TARGET_TYPE_VALUE = 0x68ca, "TargetTypeValue";
    TAG_TRACK_UID = 0x63c5, "TagTrackUID";
    SIMPLE_TAG = 0x67c8, "SimpleTag";
    TAG_NAME = 0x45a3, "TagName";
    TAG_STRING = 0x4487, "TagString";
    ATTACHMENTS = 0x1941_a469, "Attachments";
    ATTACHED_FILE = 0x61a7, "AttachedFile";
    FILE_NAME = 0x466e, "FileName";
    FILE_DATA = 0x465c, "FileData";
}
