//! The `Range` header (RFC 9110 §14.1, §14.2).

use std::ops::Range;

use crate::limits::RANGES_MAX;

/// What a `Range` header asks of a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// All of it: the header is not one that must be heeded.
    Whole,
    /// These parts: half-open, not empty, within the representation, and no byte twice.
    Parts(Vec<Range<u64>>),
    /// Well formed, but nothing in it overlaps the representation: 416.
    NotSatisfiable,
}

/// Resolves the value of a `Range` header against a representation of `len_bytes` bytes.
///
/// Parts come in the order asked; if any overlap, all come merged and in ascending order
/// (§15.3.7.2), so that together they are never longer than the representation. A suffix longer
/// than the representation means all of it (§14.1.2). Positions beyond 64 bits are beyond any end.
///
/// A header that is malformed, in another unit, or asks for more than [`RANGES_MAX`] ranges counts
/// as absent (§14.2 allows to ignore such).
pub fn resolve_ranges(header: &[u8], len_bytes: u64) -> Resolution {
    let Some(asked) = parse(header) else { return Resolution::Whole };
    if len_bytes == 0 && asked.iter().any(|spec| matches!(spec, Spec::Suffix(1..))) {
        // Satisfiable by the letter, but no Content-Range could name an empty part.
        return Resolution::Whole;
    }
    let parts: Vec<_> = asked.iter().filter_map(|spec| spec.resolve(len_bytes)).collect();
    if parts.is_empty() {
        return Resolution::NotSatisfiable;
    }
    Resolution::Parts(without_overlap(parts))
}

/// One range-spec, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// `first-` or `first-last`, the last included.
    From(u64, Option<u64>),
    /// `-length`.
    Suffix(u64),
}

impl Spec {
    fn resolve(self, len: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::From(first, None) => first..len,
            Self::From(first, Some(last)) => first..last.saturating_add(1).min(len),
            Self::Suffix(length) => len.saturating_sub(length)..len,
        };
        (range.start < range.end).then_some(range)
    }
}

/// `bytes = 1#range-spec`, where a list may have empty elements (§5.6.1.2). Unit names are
/// case-insensitive (§14.1).
fn parse(header: &[u8]) -> Option<Vec<Spec>> {
    let equals = header.iter().position(|&byte| byte == b'=')?;
    let (unit, set) = (&header[..equals], &header[equals + 1..]);
    if !unit.eq_ignore_ascii_case(b"bytes") {
        return None;
    }
    let mut specs = Vec::new();
    for element in set.split(|&byte| byte == b',') {
        let element = trim_whitespace(element);
        if element.is_empty() {
            continue;
        }
        if specs.len() == RANGES_MAX {
            return None;
        }
        specs.push(parse_spec(element)?);
    }
    (!specs.is_empty()).then_some(specs)
}

fn parse_spec(text: &[u8]) -> Option<Spec> {
    let dash = text.iter().position(|&byte| byte == b'-')?;
    let (first, last) = (&text[..dash], &text[dash + 1..]);
    match (first.is_empty(), last.is_empty()) {
        (true, _) => Some(Spec::Suffix(parse_digits(last)?)),
        (false, true) => Some(Spec::From(parse_digits(first)?, None)),
        (false, false) => {
            let (first, last) = (parse_digits(first)?, parse_digits(last)?);
            // "An int-range is invalid if the last-pos value is present and less than first-pos."
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// `1*DIGIT`; numbers beyond 64 bits become the largest one.
fn parse_digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

fn trim_whitespace(text: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = text.iter().position(is_text).unwrap_or(text.len());
    let end = text.iter().rposition(is_text).map_or(start, |last| last + 1);
    &text[start..end]
}

/// The same bytes, each once.
fn without_overlap(parts: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut sorted = parts.clone();
    sorted.sort_unstable_by_key(|part| part.start);
    if sorted.is_sorted_by(|a, b| a.end <= b.start) {
        return parts;
    }
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for part in sorted {
        match merged.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one range is what is meant")]
mod tests {
    use proptest::prelude::*;

    use super::Resolution::{NotSatisfiable, Whole};
    use super::*;

    fn check(header: &str, len_bytes: u64, expected: &Resolution) {
        assert_eq!(
            &resolve_ranges(header.as_bytes(), len_bytes),
            expected,
            "{header:?} of {len_bytes}"
        );
    }

    fn parts<const N: usize>(parts: &[Range<u64>; N]) -> Resolution {
        Resolution::Parts(parts.to_vec())
    }

    #[test]
    fn the_standard_s_examples_of_10_000_bytes() {
        // RFC 9110 §14.1.2.
        check("bytes=0-499", 10_000, &parts(&[0..500]));
        check("bytes=500-999", 10_000, &parts(&[500..1_000]));
        check("bytes=-500", 10_000, &parts(&[9_500..10_000]));
        check("bytes=9500-", 10_000, &parts(&[9_500..10_000]));
        check("bytes=0-0,-1", 10_000, &parts(&[0..1, 9_999..10_000]));
        check(
            "bytes= 0-999, 4500-5499, -1000",
            10_000,
            &parts(&[0..1_000, 4_500..5_500, 9_000..10_000]),
        );
        check("bytes=500-600,601-999", 10_000, &parts(&[500..601, 601..1_000]));
        check("bytes=500-700,601-999", 10_000, &parts(&[500..1_000]));
    }

    #[test]
    fn a_range_is_cut_to_the_end() {
        check("bytes=0-9", 10, &parts(&[0..10]));
        check("bytes=0-10", 10, &parts(&[0..10]));
        check("bytes=9-9", 10, &parts(&[9..10]));
        check("bytes=9-18446744073709551615", 10, &parts(&[9..10]));
        check("bytes=9-99999999999999999999999999", 10, &parts(&[9..10]));
        check("bytes=0-18446744073709551615", u64::MAX, &parts(&[0..u64::MAX]));
        check("bytes=18446744073709551614-", u64::MAX, &parts(&[u64::MAX - 1..u64::MAX]));
    }

    #[test]
    fn suffix_longer_than_the_file_means_the_whole_file() {
        check("bytes=-1", 10, &parts(&[9..10]));
        check("bytes=-9", 10, &parts(&[1..10]));
        check("bytes=-10", 10, &parts(&[0..10]));
        check("bytes=-11", 10, &parts(&[0..10]));
        check("bytes=-18446744073709551615", 10, &parts(&[0..10]));
        check("bytes=-99999999999999999999999999", 10, &parts(&[0..10]));
    }

    #[test]
    fn nothing_of_the_file_is_not_satisfiable() {
        check("bytes=10-", 10, &NotSatisfiable);
        check("bytes=10-10", 10, &NotSatisfiable);
        check("bytes=11-20", 10, &NotSatisfiable);
        check("bytes=18446744073709551615-", 10, &NotSatisfiable);
        check("bytes=18446744073709551615-", u64::MAX, &NotSatisfiable);
        check("bytes=99999999999999999999999999-", 10, &NotSatisfiable);
        check("bytes=-0", 10, &NotSatisfiable);
        check("bytes=10-,20-30,-0", 10, &NotSatisfiable);
    }

    #[test]
    fn one_satisfiable_range_is_enough() {
        check("bytes=20-30,2-3,-0", 10, &parts(&[2..4]));
    }

    #[test]
    fn an_empty_file_has_no_first_byte_but_a_whole() {
        check("bytes=0-", 0, &NotSatisfiable);
        check("bytes=0-0", 0, &NotSatisfiable);
        check("bytes=-0", 0, &NotSatisfiable);
        check("bytes=-1", 0, &Whole);
        check("bytes=0-0,-5", 0, &Whole);
    }

    #[test]
    fn a_malformed_header_is_ignored() {
        let malformed = [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes= , ,",
            "bytes=-",
            "bytes=--1",
            "bytes=1",
            "bytes=1-0",
            "bytes=9-8,0-1",
            "bytes=a-b",
            "bytes=0x0-1",
            "bytes=+0-1",
            "bytes=0-+1",
            "bytes=0 -1",
            "bytes=0- 1",
            "bytes=0-1-2",
            "bytes=0-1;2-3",
            "bytes =0-1",
            " bytes=0-1",
            "bytes:0-1",
            "bytes 0-1/2",
            "bytes=0-1,x",
            "bytes==0-1",
            "bytes=٠-١",
            "bytes=1.0-2",
        ];
        for header in malformed {
            check(header, 10, &Whole);
        }
        assert_eq!(resolve_ranges(b"bytes=\xff-\xff", 10), Whole);
    }

    #[test]
    fn an_unknown_unit_is_ignored_and_the_known_one_has_any_case() {
        check("items=0-1", 10, &Whole);
        check("none", 10, &Whole);
        check("byte=0-1", 10, &Whole);
        check("BYTES=0-1", 10, &parts(&[0..2]));
        check("Bytes=0-1", 10, &parts(&[0..2]));
    }

    #[test]
    fn a_list_may_have_empty_elements_and_whitespace() {
        check("bytes=,0-1,", 10, &parts(&[0..2]));
        check("bytes=\t0-1 ,\t, 3-4", 10, &parts(&[0..2, 3..5]));
    }

    #[test]
    fn ranges_keep_their_order_unless_they_overlap() {
        check("bytes=5-6,0-1", 10, &parts(&[5..7, 0..2]));
        check("bytes=5-6,0-1,6-7", 10, &parts(&[0..2, 5..8]));
        check("bytes=0-,0-,0-", 10, &parts(&[0..10]));
        check("bytes=0-,-10,5-6", 10, &parts(&[0..10]));
    }

    #[test]
    fn more_ranges_than_allowed_are_ignored() {
        let header = |count| {
            let list: Vec<_> = (0..count).map(|n| format!("{0}-{0}", n * 2)).collect();
            format!("bytes={}", list.join(","))
        };
        let resolved = resolve_ranges(header(RANGES_MAX).as_bytes(), 10_000);
        assert!(matches!(resolved, Resolution::Parts(parts) if parts.len() == RANGES_MAX));
        check(&header(RANGES_MAX + 1), 10_000, &Whole);
    }

    /// The meaning of well-formed specs byte by byte, slow and obvious: which bytes are asked for.
    fn asked_bytes(specs: &[Spec], len: u64) -> Vec<bool> {
        let asks = |spec: &Spec, at: u64| match *spec {
            Spec::From(first, None) => at >= first,
            Spec::From(first, Some(last)) => at >= first && at <= last,
            Spec::Suffix(length) => u128::from(at) + u128::from(length) >= u128::from(len),
        };
        (0..len).map(|at| specs.iter().any(|spec| asks(spec, at))).collect()
    }

    fn spec() -> impl Strategy<Value = Spec> {
        let position = prop_oneof![0..70_u64, Just(u64::MAX), Just(u64::MAX - 1)];
        prop_oneof![
            position.clone().prop_map(|first| Spec::From(first, None)),
            (position.clone(), position.clone())
                .prop_map(|(a, b)| Spec::From(a.min(b), Some(a.max(b)))),
            position.prop_map(Spec::Suffix),
        ]
    }

    fn write(spec: &Spec) -> String {
        match spec {
            Spec::From(first, None) => format!("{first}-"),
            Spec::From(first, Some(last)) => format!("{first}-{last}"),
            Spec::Suffix(length) => format!("-{length}"),
        }
    }

    proptest! {
        #[test]
        fn resolved_parts_are_exactly_the_bytes_asked_for(
            specs in prop::collection::vec(spec(), 1..6),
            len in 1..64_u64,
        ) {
            let header = format!("bytes={}", specs.iter().map(write).collect::<Vec<_>>().join(", "));
            let asked = asked_bytes(&specs, len);
            match resolve_ranges(header.as_bytes(), len) {
                Resolution::Parts(parts) => {
                    let mut times = vec![0; asked.len()];
                    for part in &parts {
                        prop_assert!(part.start < part.end && part.end <= len);
                        for at in part.clone() {
                            times[usize::try_from(at).expect("small")] += 1;
                        }
                    }
                    let expected: Vec<_> = asked.iter().map(|&is_asked| u32::from(is_asked)).collect();
                    prop_assert_eq!(times, expected);
                }
                NotSatisfiable => prop_assert!(asked.iter().all(|is_asked| !is_asked)),
                Whole => prop_assert!(false, "a well-formed header was ignored"),
            }
        }

        #[test]
        fn any_bytes_give_an_answer_within_the_file(
            header in prop::collection::vec(any::<u8>(), 0..64),
            text in "bytes=[-0-9, ]{0,40}",
            len in any::<u64>(),
        ) {
            for header in [header, text.into_bytes()] {
                if let Resolution::Parts(parts) = resolve_ranges(&header, len) {
                    let total: u128 = parts.iter().map(|part| u128::from(part.end - part.start)).sum();
                    prop_assert!(total > 0 && total <= u128::from(len));
                }
            }
        }
    }
}
