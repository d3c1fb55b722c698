//! `Content-Disposition` (RFC 6266) with any file name.

use std::fmt::Write as _;

use http::HeaderValue;

use crate::limits::FILE_NAME_BYTES_MAX;

/// Whether to show or to save the content, and under which name.
///
/// A name in plain ASCII stands as it is. Any other is given twice: in ASCII with `_` for what does
/// not fit, and as RFC 8187 writes it, which every current browser prefers.
pub(super) fn content_disposition(file_name: &str, is_inline: bool) -> HeaderValue {
    let kind = if is_inline { "inline" } else { "attachment" };
    let name: String = file_name
        .chars()
        .filter(|c| !c.is_control())
        .scan(0, |len, c| {
            *len += c.len_utf8();
            (*len <= FILE_NAME_BYTES_MAX).then_some(c)
        })
        .collect();
    let is_plain = |c: char| (' '..='~').contains(&c) && !matches!(c, '"' | '\\' | '%');
    let ascii: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut text = format!("{kind}; filename=\"{ascii}\"");
    if ascii != name {
        text.push_str("; filename*=UTF-8''");
        for &byte in name.as_bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                text.push(char::from(byte));
            } else {
                write!(text, "%{byte:02X}").expect("a string takes everything");
            }
        }
    }
    HeaderValue::from_str(&text).expect("printable ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_kind_become_one_valid_field() {
        let cases = [
            ("Alien (1979).mkv", "inline; filename=\"Alien (1979).mkv\""),
            ("Amélie.mkv", "inline; filename=\"Am_lie.mkv\"; filename*=UTF-8''Am%C3%A9lie.mkv"),
            ("a\"b\\c", "inline; filename=\"a_b_c\"; filename*=UTF-8''a%22b%5Cc"),
            ("50%.mp4", "inline; filename=\"50_.mp4\"; filename*=UTF-8''50%25.mp4"),
            ("a\r\nSet-Cookie: b", "inline; filename=\"aSet-Cookie: b\""),
            ("", "inline; filename=\"\""),
        ];
        for (name, expected) in cases {
            assert_eq!(content_disposition(name, true), expected, "{name:?}");
        }
        assert_eq!(content_disposition("a", false), "attachment; filename=\"a\"");
    }

    #[test]
    fn an_overlong_name_is_cut_at_a_character() {
        let field = content_disposition(&"é".repeat(1000), true);
        assert_eq!(field.to_str().expect("ASCII").matches("%C3%A9").count(), 127);
    }
}
