//! Subtitles beside media files: language and purpose, by the name.

use crate::catalog::FoundSubtitle;
use crate::storage::Key;

use super::kinds;

/// Languages as names write them: BCP 47, ISO 639-2 (both kinds), in English, in itself.
const LANGUAGES: &[&[&str]] = &[
    &["ar", "ara", "arabic"],
    &["bg", "bul", "bulgarian"],
    &["bn", "ben", "bengali"],
    &["bs", "bos", "bosnian"],
    &["ca", "cat", "catalan"],
    &["cs", "ces", "cze", "czech", "cesky"],
    &["cy", "cym", "wel", "welsh"],
    &["da", "dan", "danish", "dansk"],
    &["de", "deu", "ger", "german", "deutsch"],
    &["el", "ell", "gre", "greek"],
    &["en", "eng", "english"],
    &["es", "spa", "spanish", "espanol", "español"],
    &["et", "est", "estonian"],
    &["eu", "eus", "baq", "basque"],
    &["fa", "fas", "per", "persian", "farsi"],
    &["fi", "fin", "finnish", "suomi"],
    &["fr", "fra", "fre", "french", "francais", "français"],
    &["ga", "gle", "irish"],
    &["gl", "glg", "galician"],
    &["he", "heb", "hebrew"],
    &["hi", "hin", "hindi"],
    &["hr", "hrv", "croatian"],
    &["hu", "hun", "hungarian", "magyar"],
    &["hy", "hye", "arm", "armenian"],
    &["id", "ind", "indonesian"],
    &["is", "isl", "ice", "icelandic"],
    &["it", "ita", "italian", "italiano"],
    &["ja", "jpn", "japanese"],
    &["ka", "kat", "geo", "georgian"],
    &["kk", "kaz", "kazakh"],
    &["ko", "kor", "korean"],
    &["lt", "lit", "lithuanian"],
    &["lv", "lav", "latvian"],
    &["mk", "mkd", "mac", "macedonian"],
    &["ml", "mal", "malayalam"],
    &["ms", "msa", "may", "malay"],
    &["nb", "nob"],
    &["nl", "nld", "dut", "dutch", "nederlands"],
    &["nn", "nno"],
    &["no", "nor", "norwegian", "norsk"],
    &["pl", "pol", "polish", "polski"],
    &["pt", "por", "portuguese"],
    &["ro", "ron", "rum", "romanian"],
    &["ru", "rus", "russian"],
    &["sk", "slk", "slo", "slovak"],
    &["sl", "slv", "slovenian"],
    &["sq", "sqi", "alb", "albanian"],
    &["sr", "srp", "serbian"],
    &["sv", "swe", "swedish", "svenska"],
    &["ta", "tam", "tamil"],
    &["te", "tel", "telugu"],
    &["th", "tha", "thai"],
    &["tr", "tur", "turkish"],
    &["uk", "ukr", "ukrainian"],
    &["ur", "urd", "urdu"],
    &["vi", "vie", "vietnamese"],
    &["zh", "zho", "chi", "chs", "cht", "chinese"],
];

/// Reads the name of a subtitle file; `behind` is what follows the media file's name, or the whole
/// name where it stands alone, without extension.
pub(crate) fn read(key: &Key, behind: &str) -> FoundSubtitle {
    let words = |text: &str| -> Vec<String> {
        text.split(['.', '_', ' ', '(', ')', '[', ']']).map(str::to_lowercase).collect()
    };
    let has = |flags: &[&str]| {
        words(behind).iter().flat_map(|word| word.split('-')).any(|word| flags.contains(&word))
    };
    let format = kinds::extension(key.as_bytes()).unwrap_or_default();
    // `hi` is Hindi, unless another word already is the language.
    let languages: Vec<String> =
        words(behind).iter().filter_map(|word| language(word.trim_matches('-'))).collect();
    FoundSubtitle {
        key_bytes: key.as_bytes().to_vec(),
        language: languages.first().cloned(),
        is_forced: has(&["forced", "foreign"]),
        is_hearing_impaired: has(&["sdh", "cc"]) || (languages.len() > 1 && has(&["hi"])),
        format: String::from_utf8_lossy(format).to_ascii_lowercase(),
    }
}

/// The tag of a word that names a language, with its region where it has one: `pt-br` is `pt-BR`.
fn language(word: &str) -> Option<String> {
    let (primary, region) = word.split_once('-').map_or((word, None), |(p, r)| (p, Some(r)));
    let tag = LANGUAGES.iter().find(|names| names.contains(&primary))?[0];
    match region {
        Some(region) if region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some(format!("{tag}-{}", region.to_ascii_uppercase()))
        }
        Some("hans") => Some(format!("{tag}-Hans")),
        Some("hant") => Some(format!("{tag}-Hant")),
        _ => Some(tag.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_language_and_purpose() {
        for (behind, tag, forced, impaired) in [
            (".en", Some("en"), false, false),
            (".en.sdh", Some("en"), false, true),
            (".pl.forced", Some("pl"), true, false),
            (".jpn", Some("ja"), false, false),
            (".pt-BR", Some("pt-BR"), false, false),
            (".zh-Hant", Some("zh-Hant"), false, false),
            (".en.hi", Some("en"), false, true),
            (".hi", Some("hi"), false, false),
            ("2_English", Some("en"), false, false),
            ("English-forced", Some("en"), true, false),
            ("", None, false, false),
            (".commentary", None, false, false),
        ] {
            let key = Key::new("film.srt").expect("a key");
            let subtitle = read(&key, behind);
            assert_eq!(
                (subtitle.language.as_deref(), subtitle.is_forced, subtitle.is_hearing_impaired),
                (tag, forced, impaired),
                "{behind:?}"
            );
            assert_eq!(subtitle.format, "srt");
        }
    }
}
