//! From bytes to text, whatever they were written with.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// How much is looked at to tell UTF-16 without a mark.
const LOOKED_AT_BYTES: usize = 1024;

/// The text, without its mark. Of UTF-8 with some damage the damage alone is replaced.
pub(super) fn decode(bytes: &[u8], language: Option<&str>) -> String {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_bytes..]).0.into_owned();
    }
    if let Some(encoding) = wide(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if is_mostly_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let country = language.and_then(country).map(str::as_bytes);
    let encoding = detector.guess(country, Utf8Detection::Deny);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// UTF-16 without a mark: blanks and digits make every other byte zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = bytes[..bytes.len().min(LOOKED_AT_BYTES)].as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    if second > pairs.len() / 8 && first == 0 {
        Some(UTF_16LE)
    } else if first > pairs.len() / 8 && second == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Letters of several bytes are hardly ever whole by chance.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken * 10 <= whole
}

/// A country in which the language is spoken, as its names in the network end: the detector knows
/// encodings by countries.
fn country(language: &str) -> Option<&'static str> {
    let (primary, _) = language.split_once('-').unwrap_or((language, ""));
    let country = match primary.to_ascii_lowercase().as_str() {
        "ar" => "eg",
        "be" => "by",
        "bg" => "bg",
        "cs" => "cz",
        "el" => "gr",
        "et" => "ee",
        "fa" => "ir",
        "he" => "il",
        "hr" => "hr",
        "hu" => "hu",
        "ja" => "jp",
        "ko" => "kr",
        "lt" => "lt",
        "lv" => "lv",
        "pl" => "pl",
        "ro" => "ro",
        "ru" => "ru",
        "sk" => "sk",
        "sl" => "si",
        "sr" => "rs",
        "th" => "th",
        "tr" => "tr",
        "uk" => "ua",
        "vi" => "vn",
        "zh" => "cn",
        _ => return None,
    };
    Some(country)
}

#[cfg(test)]
mod tests {
    use encoding_rs::*;

    use super::*;

    const LINES: &[(&str, &str, &[&Encoding])] = &[
        ("de", "Schöne Grüße aus Köln, sagte der Mann und ging weiter.", &[WINDOWS_1252]),
        ("fr", "Où êtes-vous allé hier soir ? À la fête de Noël, déjà ?", &[WINDOWS_1252]),
        ("pl", "Zażółć gęślą jaźń, powiedział, że to się nie uda.", &[WINDOWS_1250, ISO_8859_2]),
        ("ru", "Привет, как дела? Я тебя давно не видел, где ты был?", &[WINDOWS_1251, KOI8_R]),
        ("el", "Καλημέρα, τι κάνεις; Πού ήσουν χθες το βράδυ;", &[WINDOWS_1253]),
        ("tr", "Günaydın, nasılsın? Dün gece neredeydin, şöyle bir düşün.", &[WINDOWS_1254]),
        ("he", "שלום, מה שלומך? איפה היית אתמול בלילה?", &[WINDOWS_1255]),
        ("ar", "مرحبا، كيف حالك؟ أين كنت الليلة الماضية؟", &[WINDOWS_1256]),
        ("ja", "こんにちは。昨日の夜はどこにいましたか。", &[SHIFT_JIS, EUC_JP]),
        ("ko", "안녕하세요. 어젯밤에 어디에 있었어요?", &[EUC_KR]),
        ("zh", "你好，你昨天晚上在哪里？我一直在等你。", &[GBK]),
    ];

    #[test]
    fn what_people_wrote_before_utf_8_is_read() {
        for (language, line, encodings) in LINES {
            // A file has many lines.
            let text = format!("1\r\n00:00:01,000 --> 00:00:02,000\r\n{line}\r\n\r\n").repeat(6);
            for encoding in *encodings {
                let (bytes, _, has_lost) = encoding.encode(&text);
                assert!(!has_lost, "{language} in {}", encoding.name());
                assert_eq!(decode(&bytes, Some(language)), text, "{}", encoding.name());
            }
            assert_eq!(decode(text.as_bytes(), None), text);
        }
    }

    #[test]
    fn marks_and_utf_16_are_read() {
        let text = "1\n00:00:01,000 --> 00:00:02,000\nПривет\n";
        let wide = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        for bytes in [
            little.clone(),
            big.clone(),
            [b"\xff\xfe", &*little].concat(),
            [b"\xfe\xff", &*big].concat(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        ] {
            assert_eq!(decode(&bytes, None), text);
        }
    }

    #[test]
    fn a_damaged_byte_costs_one_letter() {
        let mut bytes = "Привет, как дела? ".repeat(4).into_bytes();
        bytes.insert(12, 0xff);
        let text = decode(&bytes, None);
        assert_eq!(text.matches('\u{fffd}').count(), 1);
        assert!(text.contains("как дела"));
    }
}
