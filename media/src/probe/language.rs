//! Language codes of containers as BCP 47 tags in their shortest form.

/// ISO 639-2 codes (terminological, and bibliographic where that differs) and their two letters of
/// ISO 639-1, which BCP 47 asks for where they exist (RFC 5646 §2.2.1).
const TWO_LETTERS: &str = "\
aar aa abk ab afr af aka ak alb sq sqi sq amh am ara ar arg an arm hy hye hy asm as ava av ave ae \
aym ay aze az bak ba bam bm baq eu eus eu bel be ben bn bih bh bis bi bod bo tib bo bos bs bre br \
bul bg bur my mya my cat ca ces cs cze cs cha ch che ce chi zh zho zh chu cu chv cv cor kw cos co \
cre cr cym cy wel cy dan da deu de ger de div dv dut nl nld nl dzo dz ell el gre el eng en epo eo \
est et ewe ee fao fo fas fa per fa fij fj fin fi fra fr fre fr fry fy ful ff geo ka kat ka gla gd \
gle ga glg gl glv gv grn gn guj gu hat ht hau ha heb he her hz hin hi hmo ho hrv hr hun hu ibo ig \
ice is isl is ido io iii ii iku iu ile ie ina ia ind id ipk ik ita it jav jv jpn ja kal kl kan kn \
kas ks kau kr kaz kk khm km kik ki kin rw kir ky kom kv kon kg kor ko kua kj kur ku lao lo lat la \
lav lv lim li lin ln lit lt ltz lb lub lu lug lg mac mk mkd mk mah mh mal ml mao mi mri mi mar mr \
may ms msa ms mlg mg mlt mt mon mn nau na nav nv nbl nr nde nd ndo ng nep ne nno nn nob nb nor no \
nya ny oci oc oji oj ori or orm om oss os pan pa pli pi pol pl por pt pus ps que qu roh rm ron ro \
rum ro run rn rus ru sag sg san sa sin si slk sk slo sk slv sl sme se smo sm sna sn snd sd som so \
sot st spa es srd sc srp sr ssw ss sun su swa sw swe sv tah ty tam ta tat tt tel te tgk tg tgl tl \
tha th tir ti ton to tsn tn tso ts tuk tk tur tr twi tw uig ug ukr uk urd ur uzb uz ven ve vie vi \
vol vo wln wa wol wo xho xh yid yi yor yo zha za zul zu";

/// Macintosh language codes 0 to 52 of old QuickTime files (QuickTime File Format, "Language Code
/// Values"), in order.
const MACINTOSH: &str = "\
en fr de it nl sv es da pt no he ja ar fi el is mt tr hr zh ur hi th ko lt pl hu et lv se fo fa ru \
zh nl ga sq ro cs sk sl yi sr mk bg uk be uz kk az az hy ka";

/// The longest tag that is taken; RFC 5646 §4.4.1 counts 35 for what is in use.
const TAG_BYTES_MAX: usize = 35;

/// The shortest BCP 47 tag for `code`, an ISO 639-2 code or a BCP 47 tag in any case; `None` for
/// what is undetermined or no tag at all.
pub(super) fn shortest_tag(code: &str) -> Option<String> {
    let code = code.trim().trim_end_matches('\0');
    let well_formed = code.len() <= TAG_BYTES_MAX
        && code.split(['-', '_']).all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if !well_formed {
        return None;
    }
    let mut parts = code.split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    if !(2..=3).contains(&primary.len())
        || !primary.bytes().all(|b| b.is_ascii_lowercase())
        || matches!(primary.as_str(), "und" | "mis")
    {
        return None;
    }
    let mut tag = two_letters(&primary).unwrap_or(&primary).to_owned();
    for part in parts {
        tag.push('-');
        // RFC 5646 §2.1.1: a region in capitals, a script with one, the rest small.
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 if part.as_bytes()[0].is_ascii_alphabetic() => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// The language in the 16 bits of an `mdhd` box: three letters in five bits each (ISO/IEC 14496-12
/// §8.4.2.3), or a Macintosh code below 0x400.
pub(super) fn packed_tag(packed: u16) -> Option<String> {
    if packed < 0x400 {
        return MACINTOSH.split(' ').nth(usize::from(packed)).map(str::to_owned);
    }
    let code: String =
        [10, 5, 0].map(|shift| char::from(0x60 + (packed >> shift & 31) as u8)).iter().collect();
    shortest_tag(&code)
}

fn two_letters(three: &str) -> Option<&'static str> {
    let mut words = TWO_LETTERS.split_ascii_whitespace();
    while let (Some(long), Some(short)) = (words.next(), words.next()) {
        if long == three {
            return Some(short);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_its_shortest_tag() {
        let cases = [
            ("eng", Some("en")),
            ("ENG", Some("en")),
            ("ger", Some("de")),
            ("deu", Some("de")),
            ("de", Some("de")),
            ("zho-hant-tw", Some("zh-Hant-TW")),
            ("pt_BR", Some("pt-BR")),
            ("es-419", Some("es-419")),
            ("haw", Some("haw")),
            ("mul", Some("mul")),
            ("und", None),
            ("", None),
            ("e", None),
            ("english", None),
            ("en-", None),
            ("../", None),
            ("e\u{301}n", None),
        ];
        for (code, expected) in cases {
            assert_eq!(shortest_tag(code).as_deref(), expected, "{code:?}");
        }
    }

    #[test]
    fn the_table_is_pairs_of_three_and_two_letters() {
        let words: Vec<&str> = TWO_LETTERS.split_ascii_whitespace().collect();
        for pair in words.chunks(2) {
            assert_eq!((pair[0].len(), pair[1].len()), (3, 2), "{pair:?}");
        }
        assert_eq!(MACINTOSH.split(' ').count(), 53);
    }

    #[test]
    fn packed_letters_and_macintosh_codes_are_told_apart() {
        assert_eq!(packed_tag(0x15c7).as_deref(), Some("en"));
        assert_eq!(packed_tag(0x55c4), None); // "und"
        assert_eq!(packed_tag(0).as_deref(), Some("en"));
        assert_eq!(packed_tag(11).as_deref(), Some("ja"));
        assert_eq!(packed_tag(0x3ff), None);
        assert_eq!(packed_tag(0x7fff), None);
    }
}
