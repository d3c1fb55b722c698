//! Preconditions (RFC 9110 §13): whether a request is to be carried out at all.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, Method, header};

/// What the preconditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They hold, or there are none.
    Proceed,
    /// The client has what it asks for: 304.
    NotModified,
    /// One the client insists on does not hold: 412.
    Failed,
}

/// The validators of a representation that exists.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// A strong entity tag, with its quotes.
    pub etag: &'a [u8],
    /// In whole seconds; none if there is no date that could be trusted.
    pub last_modified: Option<SystemTime>,
}

/// Evaluates the preconditions of a request in the order of §13.2.2, without `If-Range`.
pub fn evaluate(method: &Method, headers: &HeaderMap, validators: Validators<'_>) -> Verdict {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    if headers.contains_key(header::IF_MATCH) {
        if !lists_tag(headers, &header::IF_MATCH, validators.etag, Comparison::Strong) {
            return Verdict::Failed;
        }
    } else if let Some((limit, modified)) = dates(headers, &header::IF_UNMODIFIED_SINCE, validators)
        && modified > limit
    {
        return Verdict::Failed;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        if lists_tag(headers, &header::IF_NONE_MATCH, validators.etag, Comparison::Weak) {
            return if is_read { Verdict::NotModified } else { Verdict::Failed };
        }
    } else if is_read
        && let Some((limit, modified)) = dates(headers, &header::IF_MODIFIED_SINCE, validators)
        && modified <= limit
    {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Whether the `Range` header is to be heeded, as far as `If-Range` goes (§13.1.5).
///
/// A tag must be the same and strong; a date must be exactly the one sent. Anything else gives the
/// whole representation, which is never wrong.
pub fn range_applies(headers: &HeaderMap, validators: Validators<'_>) -> bool {
    let mut values = headers.get_all(header::IF_RANGE).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(_), Some(_)) => false,
        (Some(value), None) => {
            let value = value.as_bytes();
            value == validators.etag
                || (validators.last_modified.is_some()
                    && parse_date(value) == validators.last_modified)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether the lists of a header name the tag, or are `*`.
fn lists_tag(headers: &HeaderMap, name: &HeaderName, etag: &[u8], how: Comparison) -> bool {
    headers.get_all(name).iter().any(|value| {
        let value = value.as_bytes();
        value == b"*"
            || Tags { rest: value }
                .any(|tag| tag.opaque == etag && (how == Comparison::Weak || !tag.is_weak))
    })
}

/// One entity tag of a list; `opaque` has its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

/// The tags of a list, up to the first thing that is none. Commas may stand within a tag.
struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        while let [b' ' | b'\t' | b',', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (is_weak, quoted) = match self.rest {
            [b'W', b'/', quoted @ ..] => (true, quoted),
            quoted => (false, quoted),
        };
        let [b'"', inside @ ..] = quoted else { return None };
        let len = inside.iter().position(|&byte| byte == b'"')?;
        let is_etagc = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
        if !inside[..len].iter().all(is_etagc) {
            return None;
        }
        let (opaque, rest) = quoted.split_at(len + 2);
        self.rest = match rest {
            [] | [b' ' | b'\t' | b',', ..] => rest,
            _ => return None,
        };
        Some(Tag { is_weak, opaque })
    }
}

/// The date of a header and the representation's; none if either is missing or the header is not
/// exactly one date, for then it must be ignored (§13.1.3, §13.1.4).
fn dates(
    headers: &HeaderMap,
    name: &HeaderName,
    validators: Validators<'_>,
) -> Option<(SystemTime, SystemTime)> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    Some((parse_date(value.as_bytes())?, validators.last_modified?))
}

fn parse_date(value: &[u8]) -> Option<SystemTime> {
    httpdate::parse_http_date(std::str::from_utf8(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderValue;
    use proptest::prelude::*;

    use super::Verdict::{Failed, NotModified, Proceed};
    use super::*;

    const ETAG: &str = "\"a\"";
    const BEFORE: &str = "Sat, 29 Oct 1994 19:43:30 GMT";
    const MODIFIED: &str = "Sat, 29 Oct 1994 19:43:31 GMT";
    const AFTER: &str = "Sat, 29 Oct 1994 19:43:32 GMT";

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    fn validators() -> Validators<'static> {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(783_459_811);
        Validators { etag: ETAG.as_bytes(), last_modified: Some(modified) }
    }

    fn check(method: &Method, fields: &[(&str, &str)], expected: Verdict) {
        let verdict = evaluate(method, &headers(fields), validators());
        assert_eq!(verdict, expected, "{method} {fields:?}");
    }

    #[test]
    fn if_match_compares_strongly() {
        for value in ["\"a\"", "*", "\"x\", \"a\"", "\"x\",\"a\" , \"y\"", ",, \"a\""] {
            check(&Method::GET, &[("if-match", value)], Proceed);
        }
        for value in
            ["\"x\"", "W/\"a\"", "a", "", "\"a", "\"A\"", "\"a\"b", "\"x\"\"a\"", "\"x,a\""]
        {
            check(&Method::GET, &[("if-match", value)], Failed);
        }
        check(&Method::GET, &[("if-match", "\"x\""), ("if-match", "\"a\"")], Proceed);
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for value in ["\"a\"", "W/\"a\"", "*", "\"x\", W/\"a\"", "\"x,y\", \"a\""] {
            check(&Method::GET, &[("if-none-match", value)], NotModified);
            check(&Method::HEAD, &[("if-none-match", value)], NotModified);
            check(&Method::POST, &[("if-none-match", value)], Failed);
        }
        for value in ["\"x\"", "a", "", "w/\"a\"", "\"\"", "\"x,a\""] {
            check(&Method::GET, &[("if-none-match", value)], Proceed);
        }
    }

    #[test]
    fn dates_stand_on_the_second() {
        check(&Method::GET, &[("if-modified-since", BEFORE)], Proceed);
        check(&Method::GET, &[("if-modified-since", MODIFIED)], NotModified);
        check(&Method::HEAD, &[("if-modified-since", AFTER)], NotModified);
        check(&Method::GET, &[("if-unmodified-since", BEFORE)], Failed);
        check(&Method::GET, &[("if-unmodified-since", MODIFIED)], Proceed);
        check(&Method::GET, &[("if-unmodified-since", AFTER)], Proceed);
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for date in [
            "Sat, 29 Oct 1994 19:43:31 GMT",
            "Saturday, 29-Oct-94 19:43:31 GMT",
            "Sat Oct 29 19:43:31 1994",
        ] {
            check(&Method::GET, &[("if-modified-since", date)], NotModified);
            check(&Method::GET, &[("if-unmodified-since", date)], Proceed);
        }
    }

    #[test]
    fn what_is_no_date_is_ignored() {
        for date in ["", "yesterday", "0", "1994-10-29", "Sat, 32 Oct 1994 19:43:31 GMT"] {
            check(&Method::GET, &[("if-modified-since", date)], Proceed);
            check(&Method::GET, &[("if-unmodified-since", date)], Proceed);
        }
        check(&Method::GET, &[("if-modified-since", AFTER), ("if-modified-since", AFTER)], Proceed);
        check(&Method::POST, &[("if-modified-since", AFTER)], Proceed);
    }

    #[test]
    fn a_representation_without_a_date_ignores_dates() {
        let validators = Validators { last_modified: None, ..validators() };
        for name in ["if-modified-since", "if-unmodified-since"] {
            for date in [BEFORE, AFTER] {
                let verdict = evaluate(&Method::GET, &headers(&[(name, date)]), validators);
                assert_eq!(verdict, Proceed, "{name} {date}");
            }
        }
        assert!(!range_applies(&headers(&[("if-range", MODIFIED)]), validators));
        assert!(!range_applies(&headers(&[("if-range", "no date")]), validators));
    }

    #[test]
    fn preconditions_take_precedence_in_the_standard_s_order() {
        // §13.2.2: If-Match hides If-Unmodified-Since, If-None-Match hides If-Modified-Since.
        check(&Method::GET, &[("if-match", "\"a\""), ("if-unmodified-since", BEFORE)], Proceed);
        check(&Method::GET, &[("if-none-match", "\"x\""), ("if-modified-since", AFTER)], Proceed);
        check(
            &Method::GET,
            &[("if-none-match", "\"a\""), ("if-modified-since", BEFORE)],
            NotModified,
        );
        check(&Method::GET, &[("if-match", "\"x\""), ("if-none-match", "\"a\"")], Failed);
        check(&Method::GET, &[("if-match", "\"a\""), ("if-none-match", "\"a\"")], NotModified);
        check(&Method::GET, &[("if-unmodified-since", BEFORE), ("if-none-match", "\"a\"")], Failed);
        check(
            &Method::GET,
            &[("if-unmodified-since", AFTER), ("if-modified-since", AFTER)],
            NotModified,
        );
    }

    /// A header as it is meant, before it is written down.
    #[derive(Clone, Debug)]
    enum List {
        Any,
        Tags(Vec<(bool, &'static str)>),
    }

    impl List {
        fn write(&self) -> String {
            let Self::Tags(tags) = self else { return "*".to_owned() };
            let write = |(is_weak, tag): &(bool, &str)| {
                format!("{}\"{tag}\"", if *is_weak { "W/" } else { "" })
            };
            tags.iter().map(write).collect::<Vec<_>>().join(" ,\t")
        }

        fn names(&self, strongly: bool) -> bool {
            match self {
                Self::Any => true,
                Self::Tags(tags) => {
                    tags.iter().any(|(is_weak, tag)| *tag == "a" && !(strongly && *is_weak))
                }
            }
        }
    }

    fn list() -> impl Strategy<Value = Option<List>> {
        let tag = (any::<bool>(), prop::sample::select(vec!["a", "A", "", "a,b", "W/"]));
        let tags = prop::collection::vec(tag, 0..4).prop_map(List::Tags);
        prop::option::of(prop_oneof![1 => Just(List::Any), 6 => tags])
    }

    /// Seconds after the file was last modified.
    fn date() -> impl Strategy<Value = Option<i64>> {
        prop::option::of(-2..=2_i64)
    }

    proptest! {
        #[test]
        fn verdicts_are_those_of_the_standard_step_by_step(
            method in prop::sample::select(vec![Method::GET, Method::HEAD, Method::PUT]),
            (if_match, unmodified_since) in (list(), date()),
            (if_none_match, modified_since) in (list(), date()),
        ) {
            let mut fields = Vec::new();
            for (name, list) in [("if-match", &if_match), ("if-none-match", &if_none_match)] {
                fields.extend(list.iter().map(|list| (name, list.write())));
            }
            let dates =
                [("if-unmodified-since", unmodified_since), ("if-modified-since", modified_since)];
            for (name, after) in dates {
                let at = |after: i64| {
                    Duration::from_secs(783_459_811_u64.saturating_add_signed(after))
                };
                let written = after.map(|after| {
                    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + at(after))
                });
                fields.extend(written.map(|date| (name, date)));
            }
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();

            // RFC 9110 §13.2.2, steps 1 to 4.
            let is_read = method != Method::PUT;
            let may_go_on = match (&if_match, unmodified_since) {
                (Some(list), _) => list.names(true),
                (None, after) => after.is_none_or(|after| after >= 0),
            };
            let has_it = match (&if_none_match, modified_since) {
                (Some(list), _) => list.names(false),
                (None, after) => is_read && after.is_some_and(|after| after >= 0),
            };
            let expected = match (may_go_on, has_it) {
                (true, false) => Proceed,
                (true, true) if is_read => NotModified,
                _ => Failed,
            };
            prop_assert_eq!(evaluate(&method, &headers(&fields), validators()), expected);
        }

        #[test]
        fn any_bytes_are_a_verdict(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            for name in [header::IF_MATCH, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
                let headers = HeaderMap::from_iter([(name, value.clone())]);
                evaluate(&Method::GET, &headers, validators());
            }
            let headers = HeaderMap::from_iter([(header::IF_RANGE, value.clone())]);
            let is_the_same = value == ETAG || parse_date(value.as_bytes()).is_some();
            prop_assert!(!range_applies(&headers, validators()) || is_the_same);
        }
    }

    #[test]
    fn if_range_takes_the_same_strong_tag_or_the_exact_date() {
        for value in [ETAG, MODIFIED] {
            assert!(range_applies(&headers(&[("if-range", value)]), validators()), "{value}");
        }
        assert!(range_applies(&headers(&[]), validators()));
        for value in
            ["W/\"a\"", "\"x\"", "*", "a", "", BEFORE, AFTER, "\"a\", \"b\"", "\"x\", \"a\""]
        {
            assert!(!range_applies(&headers(&[("if-range", value)]), validators()), "{value}");
        }
        assert!(!range_applies(&headers(&[("if-range", ETAG), ("if-range", ETAG)]), validators()));
    }
}
