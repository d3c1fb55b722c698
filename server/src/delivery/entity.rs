//! What is sent: an open file with the headers that describe it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use spillway_media::storage::{Object, ReadAt as _, Version};

use super::disposition::content_disposition;
use super::media_type::{is_safe_inline, media_type};
use crate::transport::StreamLabel;

/// A selected representation (RFC 9110 §8): the bytes of an open file and what is said of them.
///
/// Everything is taken from the version the file had when it was opened, so that an answer's
/// headers and bytes belong together whatever happens to the file's name meanwhile.
#[derive(Clone, Debug)]
pub struct Entity {
    pub(super) object: Object,
    pub(super) etag: HeaderValue,
    pub(super) last_modified: Option<SystemTime>,
    pub(super) last_modified_field: Option<HeaderValue>,
    pub(super) media_type: HeaderValue,
    pub(super) cache_control: HeaderValue,
    pub(super) disposition: HeaderValue,
    file_name: Arc<str>,
    title: Option<Arc<str>>,
}

impl Entity {
    /// The entity of an open file; `file_name` gives its media type and the name to save it under.
    ///
    /// It may be stored and has to be revalidated before each use, unless
    /// [`Self::cache_control`] says otherwise.
    pub fn new(object: Object, file_name: &str) -> Self {
        let media_type = media_type(file_name);
        let last_modified = last_modified(object.version(), SystemTime::now());
        Self {
            etag: etag(object.version()),
            last_modified,
            last_modified_field: last_modified.map(http_date),
            disposition: content_disposition(file_name, is_safe_inline(&media_type)),
            media_type,
            cache_control: HeaderValue::from_static("no-cache"),
            file_name: file_name.into(),
            title: None,
            object,
        }
    }

    /// The `Cache-Control` of the answer.
    #[must_use]
    pub fn cache_control(mut self, value: HeaderValue) -> Self {
        self.cache_control = value;
        self
    }

    /// A media type better known than by the file's name.
    #[must_use]
    pub fn media_type(mut self, value: HeaderValue) -> Self {
        self.disposition = content_disposition(&self.file_name, is_safe_inline(&value));
        self.media_type = value;
        self
    }

    /// The title that the file belongs to, for those who look at running streams.
    #[must_use]
    pub fn title(mut self, title: impl Into<Arc<str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Whether it has a date to be told from its predecessors by, which a clock that was set back may
    /// have put into the future.
    pub(super) fn is_dated(&self) -> bool {
        self.last_modified.is_some_and(|modified| modified <= SystemTime::now())
    }

    /// The open file.
    pub(super) fn object(&self) -> &Object {
        &self.object
    }

    /// Length of the whole representation.
    pub fn len_bytes(&self) -> u64 {
        self.object.len_bytes()
    }

    pub(super) fn label(&self) -> StreamLabel {
        StreamLabel {
            title: self.title.clone(),
            file_name: Arc::clone(&self.file_name),
            size_bytes: self.len_bytes(),
        }
    }
}

// FNV-1a with 128 bits: stable between releases and processes, unlike the standard library's
// hashers, and nobody gains by a collision that they would have to cause in their own file.
const FNV_OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// A strong entity tag (RFC 9110 §8.8.3) from everything that changes when a file does. Hashed: an
/// inode number is nobody's business.
fn etag(version: Version) -> HeaderValue {
    let Version { len_bytes, modified_ns, changed_ns, inode } = version;
    let fields = [
        len_bytes.to_le_bytes(),
        modified_ns.to_le_bytes(),
        changed_ns.to_le_bytes(),
        inode.to_le_bytes(),
    ];
    let hash = fields
        .as_flattened()
        .iter()
        .fold(FNV_OFFSET_BASIS, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(FNV_PRIME));
    HeaderValue::from_str(&format!("\"{hash:032x}\"")).expect("quoted hexadecimal digits")
}

fn http_date(time: SystemTime) -> HeaderValue {
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).expect("a date in ASCII")
}

/// The time for `Last-Modified`, in whole seconds; none if it cannot serve as a validator.
///
/// A time in the future must not be sent (RFC 9110 §8.8.2.1), and one of this very second may still
/// name two states of the file (§8.8.2.2). Before 1970 and after 9999 there is no way to write it.
fn last_modified(version: Version, now: SystemTime) -> Option<SystemTime> {
    const YEAR_10_000_S: u64 = 253_402_300_800;
    let seconds = u64::try_from(version.modified_ns).ok()? / 1_000_000_000;
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let is_past = now.duration_since(modified).is_ok_and(|age| age >= Duration::from_secs(2));
    (is_past && seconds < YEAR_10_000_S).then_some(modified)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: Version = Version {
        len_bytes: 1,
        modified_ns: 1_700_000_000_500_000_000,
        changed_ns: 1_700_000_000_500_000_000,
        inode: 7,
    };

    #[test]
    fn the_tag_changes_with_every_part_of_the_version() {
        let others = [
            Version { len_bytes: 2, ..VERSION },
            Version { modified_ns: VERSION.modified_ns + 1, ..VERSION },
            Version { changed_ns: VERSION.changed_ns + 1, ..VERSION },
            Version { inode: 8, ..VERSION },
        ];
        assert_eq!(etag(VERSION), etag(VERSION));
        for other in others {
            assert_ne!(etag(other), etag(VERSION), "{other:?}");
        }
        let text = etag(VERSION);
        assert!(text.len() == 34 && text.to_str().expect("ASCII").starts_with('"'), "{text:?}");
    }

    #[test]
    fn a_date_that_could_name_two_states_is_not_sent() {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let after = |ms| last_modified(VERSION, modified + Duration::from_millis(ms));
        assert_eq!(after(0), None);
        assert_eq!(after(1_999), None);
        assert_eq!(after(2_000), Some(modified));
        let future = Version { modified_ns: i64::MAX, ..VERSION };
        assert_eq!(last_modified(future, modified), None);
        let before_1970 = Version { modified_ns: -1, ..VERSION };
        assert_eq!(last_modified(before_1970, modified), None);
        let in_1970 = Version { modified_ns: 0, ..VERSION };
        assert_eq!(last_modified(in_1970, modified), Some(SystemTime::UNIX_EPOCH));
    }
}
