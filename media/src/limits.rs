//! Where things end. Every bound of this crate stands here with its reason.

/// Bytes of one name in a folder that are looked at; Linux allows 255.
pub const NAME_BYTES_MAX: usize = 255;

/// Bytes of a path below its root. Linux allows 4096 for a whole path.
pub const KEY_BYTES_MAX: usize = 4096;
