//! NFO files: what Kodi and its relatives write beside media files.
//!
//! Hostile input. No document type is read and no entity expanded beyond XML's own five and
//! character references; size, depth, and the length and number of all texts are bounded. A file
//! that breaks in the middle is refused with the place, and the scan goes on without it.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::catalog::{Facts, Person, PersonRole};
use crate::error::{Error, Kind, Result};
use crate::limits::{NFO_DEPTH_MAX, NFO_EPISODES_MAX, NFO_LIST_MAX, NFO_TEXT_BYTES_MAX};

/// What an NFO file describes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nfo {
    /// `<movie>`.
    Film(Facts),
    /// `<tvshow>`.
    Series(Facts),
    /// One or more `<episodedetails>`, in the file's order; never empty.
    Episodes(Vec<EpisodeNfo>),
}

/// One `<episodedetails>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EpisodeNfo {
    /// Name of the series.
    pub(crate) series: Option<String>,
    /// Season; 0 holds specials.
    pub(crate) season: Option<u32>,
    /// Episode.
    pub(crate) episode: Option<u32>,
    /// The rest.
    pub(crate) facts: Facts,
}

/// Reads an NFO file; `None` for one that holds an address alone or describes something else
/// (a season, an artist).
///
/// # Errors
/// [`Kind::Invalid`] with the place for what is not XML or goes beyond a bound.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Nfo>> {
    let text = decode(bytes);
    let mut reader = Reader::from_str(&text);
    let mut builder = Builder::default();
    loop {
        let place = reader.buffer_position();
        let event = reader.read_event().map_err(|error| {
            Error::with_source(Kind::Invalid, format!("reading the NFO at byte {place}"), error)
        });
        // Kodi lets an address follow the XML, so what comes after a whole element is not looked at
        // unless it is another episode.
        let event = match event {
            Err(_) if builder.is_between_elements() && builder.found.is_some() => break,
            event => event?,
        };
        match event {
            Event::Start(start) => builder.open(&start, place)?,
            Event::Empty(start) => {
                builder.open(&start, place)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.push(&text.xml10_content()),
            Event::CData(text) => builder.push(&text.xml10_content()),
            Event::GeneralRef(reference) => builder.push(&resolve(&reference)),
            Event::Eof if builder.is_between_elements() => break,
            Event::Eof => {
                return Err(Error::new(Kind::Invalid, "the NFO ends inside an element"));
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
        }
    }
    Ok(builder.found)
}

/// XML's own entities and character references; any other would need a document type.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_xml_entity(&name).unwrap_or_default().to_owned()
}

/// The text by its byte order mark, by what it declares, as UTF-8, or as Windows wrote it.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_bytes..]).0.into_owned();
    }
    let declared = declared_encoding(bytes).unwrap_or(UTF_8);
    let (text, malformed) = declared.decode_without_bom_handling(bytes);
    if malformed && declared == UTF_8 {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
    }
    text.into_owned()
}

/// The encoding that an XML declaration names. One that could be read byte by byte is not UTF-16,
/// whatever it says.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(256)];
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&head[..end]).ok()?;
    let label = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = label.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = label[1..].split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    encoding.is_ascii_compatible().then_some(encoding)
}

/// Puts elements together as they open and close.
#[derive(Default)]
struct Builder {
    found: Option<Nfo>,
    /// Names of the open elements in lower case.
    open: Vec<String>,
    text: String,
    facts: Facts,
    episode: EpisodeNfo,
    /// The `<actor>` that is open.
    actor: Option<Person>,
    rating: Rating,
}

/// One `<rating>` while it is open.
#[derive(Default)]
struct Rating {
    /// The end of its scale.
    max: f32,
    is_default: bool,
}

impl Builder {
    fn is_between_elements(&self) -> bool {
        self.open.is_empty()
    }

    fn open(&mut self, start: &BytesStart<'_>, place: u64) -> Result<()> {
        if self.open.len() >= NFO_DEPTH_MAX {
            let doing = format!(
                "reading the NFO at byte {place}: elements nested deeper than {NFO_DEPTH_MAX}"
            );
            return Err(Error::new(Kind::Invalid, doing));
        }
        let name = start.local_name().as_ref().to_ascii_lowercase();
        match name.as_str() {
            "actor" => self.actor = Some(person(String::new(), PersonRole::Actor)),
            "rating" => {
                let attribute = |name: &str| {
                    let found = start.try_get_attribute(name).ok().flatten()?;
                    Some(found.value.to_string())
                };
                self.rating = Rating {
                    max: attribute("max").and_then(|max| max.parse().ok()).unwrap_or(10.0),
                    is_default: attribute("default").is_some_and(|text| text == "true"),
                };
            }
            _ => {}
        }
        self.text.clear();
        self.open.push(name);
        Ok(())
    }

    fn push(&mut self, text: &str) {
        let room = NFO_TEXT_BYTES_MAX.saturating_sub(self.text.len());
        let end = text.floor_char_boundary(room);
        self.text.push_str(&text[..end]);
    }

    fn close(&mut self) {
        let text = readable(&std::mem::take(&mut self.text));
        let open = std::mem::take(&mut self.open);
        let path: Vec<&str> = open.iter().map(String::as_str).collect();
        match path.as_slice() {
            [] => {}
            [root] => self.finish(root),
            [_, within @ ..] => self.take(within, text),
        }
        self.open = open;
        self.open.pop();
    }

    fn take(&mut self, within: &[&str], text: Option<String>) {
        if within == ["actor"] {
            return add_person(&mut self.facts.people, self.actor.take());
        }
        let Some(text) = text else { return };
        let facts = &mut self.facts;
        match within {
            ["title"] => keep(&mut facts.name, text),
            ["originaltitle"] => keep(&mut facts.original_name, text),
            ["sorttitle"] => keep(&mut facts.sort_name, text),
            ["year"] => facts.year = facts.year.or_else(|| year(&text)),
            ["premiered" | "aired" | "releasedate"] => {
                if let Some(date) = date(&text) {
                    facts.year = facts.year.or_else(|| year(&date[..4]));
                    keep(&mut facts.premiered, date);
                }
            }
            ["plot"] => keep(&mut facts.plot, text),
            ["tagline"] => keep(&mut facts.tagline, text),
            ["mpaa"] => keep(&mut facts.content_rating, text),
            ["genre"] => {
                for genre in text.split(" / ") {
                    add(&mut facts.genres, genre.trim().to_owned());
                }
            }
            ["studio"] => add(&mut facts.studios, text),
            ["director"] => {
                add_person(&mut facts.people, Some(person(text, PersonRole::Director)));
            }
            ["credits" | "writer"] => {
                add_person(&mut facts.people, Some(person(text, PersonRole::Writer)));
            }
            ["actor", field @ ("name" | "role")] => {
                if let Some(actor) = &mut self.actor {
                    let place =
                        if *field == "name" { &mut actor.name } else { &mut actor.character };
                    *place = text;
                }
            }
            ["set" | "collection"] | ["set", "name"] => keep(&mut facts.collection, text),
            ["rating"] | ["ratings", "rating", "value"] => {
                let vote = text.replace(',', ".").parse::<f32>().ok();
                let vote = vote.map(|vote| vote * 10.0 / self.rating.max);
                let vote = vote.filter(|vote| (0.0..=10.0).contains(vote));
                if facts.rating.is_none() || (self.rating.is_default && vote.is_some()) {
                    facts.rating = vote;
                }
            }
            ["showtitle"] => keep(&mut self.episode.series, text),
            ["season"] => self.episode.season = self.episode.season.or(text.parse().ok()),
            ["episode"] => self.episode.episode = self.episode.episode.or(text.parse().ok()),
            _ => {}
        }
    }

    fn finish(&mut self, root: &str) {
        let facts = std::mem::take(&mut self.facts);
        let episode = std::mem::take(&mut self.episode);
        match (root, &mut self.found) {
            ("movie" | "video", None) => self.found = Some(Nfo::Film(facts)),
            ("tvshow", None) => self.found = Some(Nfo::Series(facts)),
            ("episodedetails", None) => {
                self.found = Some(Nfo::Episodes(vec![EpisodeNfo { facts, ..episode }]));
            }
            ("episodedetails", Some(Nfo::Episodes(episodes)))
                if episodes.len() < NFO_EPISODES_MAX =>
            {
                episodes.push(EpisodeNfo { facts, ..episode });
            }
            _ => {}
        }
    }
}

fn person(name: String, role: PersonRole) -> Person {
    Person { name, character: String::new(), role }
}

/// The first one told wins.
fn keep(place: &mut Option<String>, text: String) {
    place.get_or_insert(text);
}

fn add(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && list.len() < NFO_LIST_MAX && !list.contains(&text) {
        list.push(text);
    }
}

fn add_person(people: &mut Vec<Person>, person: Option<Person>) {
    let Some(person) = person else { return };
    if !person.name.is_empty() && people.len() < NFO_LIST_MAX && !people.contains(&person) {
        people.push(person);
    }
}

/// The text without what nobody can see; `None` where nothing remains.
fn readable(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn year(text: &str) -> Option<u16> {
    text.parse().ok().filter(|year| (1800..3000).contains(year))
}

/// The first ten characters, if they are `yyyy-mm-dd`.
fn date(text: &str) -> Option<String> {
    let date = text.get(..10)?;
    let mut parts = date.split('-');
    let mut number = |len: usize| {
        let part = parts.next().filter(|part| part.len() == len)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let is_date = year > 0 && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then(|| date.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn film(text: &str) -> Facts {
        match read(text.as_bytes()).expect("readable") {
            Some(Nfo::Film(facts)) => facts,
            other => panic!("not a film: {other:?}"),
        }
    }

    #[test]
    fn a_film_tells_all_its_facts() {
        let facts = film(
            r#"<?xml version="1.0" encoding="UTF-8"?><!-- by hand -->
            <movie><title>Slow Water &amp; Light</title><originaltitle>Eau lente</originaltitle>
            <sorttitle>Slow Water</sorttitle><year>2021</year><premiered>2021-05-04</premiered>
            <plot><![CDATA[A river <forgets>.]]></plot><tagline>It&#39;s wet.</tagline>
            <genre>Drama / Nature</genre><genre>Drama</genre><studio>Own</studio><mpaa>PG</mpaa>
            <ratings><rating name="a" max="100"><value>80</value></rating>
            <rating name="b" default="true"><value>7,5</value></rating></ratings>
            <actor><name>Ada</name><role>River</role></actor><actor><role>Nobody</role></actor>
            <director>Bo</director><credits>Cy</credits><set><name>Waters</name></set></movie>
            https://example.org/film"#,
        );
        let person = |name: &str, character: &str, role| Person {
            name: name.to_owned(),
            character: character.to_owned(),
            role,
        };
        assert_eq!(
            facts,
            Facts {
                name: Some("Slow Water & Light".to_owned()),
                sort_name: Some("Slow Water".to_owned()),
                original_name: Some("Eau lente".to_owned()),
                year: Some(2021),
                premiered: Some("2021-05-04".to_owned()),
                plot: Some("A river <forgets>.".to_owned()),
                tagline: Some("It's wet.".to_owned()),
                genres: vec!["Drama".to_owned(), "Nature".to_owned()],
                people: vec![
                    person("Ada", "River", PersonRole::Actor),
                    person("Bo", "", PersonRole::Director),
                    person("Cy", "", PersonRole::Writer),
                ],
                studios: vec!["Own".to_owned()],
                content_rating: Some("PG".to_owned()),
                rating: Some(7.5),
                collection: Some("Waters".to_owned()),
            }
        );
    }

    #[test]
    fn several_episodes_stand_one_after_the_other() {
        let text = "<episodedetails><title>One</title><season>1</season><episode>1</episode>\
            <aired>2020-01-02</aired></episodedetails>\n<episodedetails><title>Two</title>\
            <showtitle>Show</showtitle><season>1</season><episode>2</episode></episodedetails>";
        let Ok(Some(Nfo::Episodes(episodes))) = read(text.as_bytes()) else {
            panic!("not episodes")
        };
        let told: Vec<_> = episodes
            .iter()
            .map(|e| (e.facts.name.as_deref(), e.season, e.episode, e.series.as_deref()))
            .collect();
        assert_eq!(
            told,
            [(Some("One"), Some(1), Some(1), None), (Some("Two"), Some(1), Some(2), Some("Show"))]
        );
        assert_eq!(episodes[0].facts.year, Some(2020));
    }

    #[test]
    fn a_text_is_read_in_its_encoding() {
        let name = |bytes: &[u8]| match read(bytes) {
            Ok(Some(Nfo::Film(facts))) => facts.name,
            other => panic!("{other:?}"),
        };
        let amelie = Some("Amélie".to_owned());
        assert_eq!(name("<movie><title>Amélie</title></movie>".as_bytes()), amelie);
        assert_eq!(name("\u{feff}<movie><title>Amélie</title></movie>".as_bytes()), amelie);
        assert_eq!(name(b"<movie><title>Am\xe9lie</title></movie>"), amelie);
        assert_eq!(
            name(b"<?xml version='1.0' encoding='iso-8859-2'?><movie><title>\xa3\xf3d\xbc</title></movie>"),
            Some("Łódź".to_owned())
        );
        // Declares what it plainly is not.
        assert_eq!(
            name(
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><movie><title>Amélie</title></movie>"
                    .as_bytes()
            ),
            amelie
        );
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(
            "<movie><title>Amélie</title></movie>".encode_utf16().flat_map(u16::to_le_bytes),
        );
        assert_eq!(name(&utf16), amelie);
    }

    #[test]
    fn no_entity_is_expanded() {
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\
            <movie><title>&b;</title><plot>1 &lt; 2 &b;</plot></movie>";
        let facts = film(laughs);
        assert_eq!((facts.name, facts.plot), (None, Some("1 < 2".to_owned())));
        let file = "<!DOCTYPE m [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\
            <movie><title>&x;</title></movie>";
        assert_eq!(film(file).name, None);
    }

    #[test]
    fn what_is_broken_or_goes_too_deep_is_refused_and_an_address_is_nothing() {
        for text in [
            "<movie><title>cut",
            "<movie><title>x</movie>",
            &format!("<movie>{}", "<a>".repeat(100_000)),
        ] {
            assert_eq!(read(text.as_bytes()).map_err(|e| e.kind()), Err(Kind::Invalid));
        }
        for text in ["", "https://example.org/1", "<season><season>1</season></season>"] {
            assert_eq!(read(text.as_bytes()).expect("readable"), None, "{text:?}");
        }
    }

    #[test]
    fn lists_and_texts_end() {
        let genres = (0..1000).map(|n| format!("<genre>{n}</genre>")).collect::<Vec<_>>().concat();
        let plot = "é".repeat(NFO_TEXT_BYTES_MAX);
        let facts = film(&format!("<movie>{genres}<plot>{plot}</plot></movie>"));
        assert_eq!(facts.genres.len(), NFO_LIST_MAX);
        assert_eq!(facts.plot.map(|plot| plot.len()), Some(NFO_TEXT_BYTES_MAX));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
        }

        #[test]
        fn pieces_of_xml_in_any_order_give_an_answer(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "<movie>", "</movie>", "<title>", "</title>", "<actor>", "</actor>", "<rating max='0'>",
                    "</rating>", "<a", ">", "&amp;", "&#0;", "&#x110000;", "&x;", "<![CDATA[", "]]>",
                    "<!DOCTYPE", "[", "x", "9", "<episodedetails>", "</episodedetails>", "<season/>", "\0",
                ]),
                0..60,
            ),
        ) {
            if let Ok(Some(Nfo::Film(facts))) = read(pieces.concat().as_bytes()) {
                prop_assert!(facts.rating.is_none_or(f32::is_finite));
            }
        }
    }
}
