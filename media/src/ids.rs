//! Identifiers of what the catalog keeps: one type each, so that they cannot be confused.
//!
//! An identifier is a positive number that is given once and never again, also after what it named
//! is gone. Outside this process it is written in decimal digits and is to be taken as opaque.

use std::fmt;
use std::num::NonZeroI64;
use std::str::FromStr;

/// The text is not an identifier: not decimal digits, zero, or too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroI64);

        impl $name {
            /// The identifier with this number, which must be positive.
            pub fn new(number: i64) -> Result<Self, NotAnId> {
                NonZeroI64::new(number).filter(|n| n.get() > 0).map(Self).ok_or(NotAnId)
            }

            /// The number, as the catalog stores it.
            pub fn get(self) -> i64 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Reads plain decimal digits; a sign, spaces or leading zeros are not an identifier,
            /// so that each has exactly one spelling in a URL.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(NotAnId);
                }
                text.parse().map_err(|_| NotAnId).and_then(Self::new)
            }
        }
    };
}

id! {
    /// A named collection of roots, such as "Films".
    LibraryId
}
id! {
    /// A folder given by the operator, below which media files are found.
    RootId
}
id! {
    /// Something to watch, or a series that holds such things.
    TitleId
}
id! {
    /// Titles that belong together: told by files, or made by a viewer.
    CollectionId
}
id! {
    /// A media file that holds a title or a part of one.
    FileId
}
id! {
    /// A picture that belongs to a title.
    ArtworkId
}
id! {
    /// One pass over the folders.
    ScanId
}
id! {
    /// Something a scan could not read or understand.
    FindingId
}
id! {
    /// Who watches.
    ViewerId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_exactly_one_spelling() {
        assert_eq!("42".parse::<FileId>().map(FileId::get), Ok(42));
        for text in ["", "0", "042", "+42", "-42", " 42", "42 ", "4.2", "٤٢", "9223372036854775808"]
        {
            assert_eq!(text.parse::<FileId>(), Err(NotAnId), "{text:?}");
        }
        assert_eq!("9223372036854775807".parse::<FileId>().map(FileId::get), Ok(i64::MAX));
    }
}
