//! NAL units of a sample or a configuration record, by lengths or by start codes.

use super::{invalid, unsupported};
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::Fields;

/// How the NAL units of a sample are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By a length of so many bytes before each (ISO/IEC 14496-15 §4.3.2).
    Lengths(usize),
    /// By start codes (ITU-T H.264 annex B).
    StartCodes,
}

/// Whether the bytes begin with a start code, which no configuration record does.
pub(super) fn has_start_code(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 1, ..] | [0, 0, 0, 1, ..])
}

/// The NAL units of a sample, none of them empty.
///
/// # Errors
/// A length reaches beyond the sample; more units than a picture has. Unsupported is a unit that
/// has a start code in it, which some cameras wrote: it is several units under one length.
pub(super) fn split(sample: &[u8], framing: Framing) -> Result<Vec<&[u8]>> {
    let units = match framing {
        Framing::Lengths(size) => split_by_lengths(sample, size)?,
        Framing::StartCodes => split_by_start_codes(sample),
    };
    if units.len() > limits::SAMPLE_UNITS_MAX {
        return Err(invalid("the picture has more NAL units than any should have"));
    }
    Ok(units)
}

fn split_by_lengths(sample: &[u8], size: usize) -> Result<Vec<&[u8]>> {
    let mut units = Vec::new();
    let mut fields = Fields(sample);
    // Less than a length at the end is padding.
    while let Some(len) = fields.take(size) {
        let len = len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let unit = fields
            .take(len)
            .ok_or_else(|| invalid("a NAL unit is longer than the sample that holds it"))?;
        if next_start_code(unit, 0).is_some() {
            return Err(unsupported("a NAL unit has a start code in it"));
        }
        if !unit.is_empty() {
            units.push(unit);
        }
        if units.len() > limits::SAMPLE_UNITS_MAX {
            break;
        }
    }
    Ok(units)
}

fn split_by_start_codes(sample: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut next = next_start_code(sample, 0);
    while let Some(code) = next
        && units.len() <= limits::SAMPLE_UNITS_MAX
    {
        let start = code + 3;
        next = next_start_code(sample, start);
        let unit = &sample[start..next.unwrap_or(sample.len())];
        // Zero bytes before the next start code belong to neither (§B.1.1).
        let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if end > 0 {
            units.push(&unit[..end]);
        }
    }
    units
}

/// Where the next start code begins, from `at`.
fn next_start_code(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    while let Some(third) = bytes.get(at + 2) {
        match third {
            // Three zeros may go on to a start code one byte later.
            0 => at += 1,
            1 if bytes[at] == 0 && bytes[at + 1] == 0 => return Some(at),
            _ => at += 3,
        }
    }
    None
}

/// The units of a list in a configuration record: each behind its length of two bytes.
pub(super) fn listed<'a>(
    fields: &mut Fields<'a>,
    count: u16,
    units: &mut Vec<&'a [u8]>,
) -> Result<()> {
    for _ in 0..count {
        let unit = fields.u16().and_then(|len| fields.take(usize::from(len)));
        let unit = unit.ok_or_else(|| invalid("the codec configuration is cut"))?;
        if unit.is_empty() {
            continue;
        }
        units.push(unit);
        if units.len() > limits::SAMPLE_UNITS_MAX {
            return Err(invalid("the codec configuration has too many NAL units"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Kind;

    #[test]
    fn units_stand_behind_lengths_of_one_two_and_four_bytes() {
        let cases: &[(usize, &[u8])] = &[
            (1, &[2, 7, 8, 1, 9]),
            (2, &[0, 2, 7, 8, 0, 1, 9]),
            (4, &[0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0]),
        ];
        for (size, sample) in cases {
            let units = split(sample, Framing::Lengths(*size)).expect("whole");
            assert_eq!(units, [&[7, 8][..], &[9]], "{size}");
        }
        let error = split(&[0, 3, 1, 2], Framing::Lengths(2)).expect_err("cut");
        assert_eq!(error.kind(), Kind::Invalid);
        let error = split(&[5, 9, 0, 0, 1, 9], Framing::Lengths(1)).expect_err("two in one");
        assert_eq!(error.kind(), Kind::Unsupported);
    }

    #[test]
    fn units_stand_between_start_codes() {
        let sample = [0, 0, 0, 1, 7, 8, 0, 0, 0, 0, 1, 9, 0, 0, 1, 0, 0, 1, 5, 0, 0, 2];
        let units = split(&sample, Framing::StartCodes).expect("whole");
        assert_eq!(units, [&[7, 8][..], &[9], &[5, 0, 0, 2]]);
        assert!(split(&[1, 2, 3], Framing::StartCodes).expect("none").is_empty());
    }

    proptest! {
        #[test]
        fn units_lie_in_the_sample_one_after_the_other(
            sample in prop::collection::vec(0_u8..4, 0..300),
            size in 1_usize..5,
        ) {
            for framing in [Framing::Lengths(size), Framing::StartCodes] {
                let Ok(units) = split(&sample, framing) else { continue };
                let total: usize = units.iter().map(|unit| unit.len()).sum();
                prop_assert!(total <= sample.len());
                prop_assert!(units.iter().all(|unit| !unit.is_empty()));
                prop_assert!(units.iter().all(|unit| !unit.windows(3).any(|w| w == [0, 0, 1])));
            }
        }
    }
}
