//! Subtitles beside a film, from the folder to what a browser reads.

use spillway_tests::{Library, TestServer};

const CYRILLIC: &[u8] = b"1\r\n00:00:01,000 --> 00:00:02,500\r\n\xcf\xf0\xe8\xe2\xe5\xf2, \
    \xea\xe0\xea \xe4\xe5\xeb\xe0?\r\n\xd2\xe5\xe1\xff \xe4\xe0\xe2\xed\xee \xed\xe5 \
    \xe1\xfb\xeb\xee \xe2\xe8\xe4\xed\xee.\r\n";

const ASS: &str = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n\
    Format: Name, Italic, Alignment\nStyle: Sign,-1,8\n\n[Events]\n\
    Format: Layer, Start, End, Style, Text\n\
    Dialogue: 0,0:00:03.00,0:00:04.00,Sign,Above\\Nall, {\\fs40}of it\n";

/// The film's subtitles in the order of their labels.
fn subtitles(server: &TestServer) -> Vec<serde_json::Value> {
    let titles = server.titles();
    let id = titles[0]["id"].as_str().expect("an identifier");
    let title = server.get(&format!("/api/v1/titles/{id}")).json();
    let mut subtitles = title["file_details"][0]["subtitles"].as_array().expect("a list").clone();
    subtitles.sort_by_key(|subtitle| subtitle["label"].as_str().map(str::to_owned));
    subtitles
}

#[test]
fn subtitles_of_any_kind_and_encoding_become_webvtt() {
    let library = Library::new();
    library.film("Alien (1979)");
    let beside = |name: &str, bytes: &[u8]| library.file(&format!("Alien (1979)/{name}"), bytes);
    beside("Alien (1979).de.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n");
    beside("Alien (1979).en.ass", ASS.as_bytes());
    beside("Alien (1979).fr.sub", b"{1}{1}25\n{25}{50}{y:i}Bonjour|\xe0 tous\n");
    let russian = beside("Alien (1979).ru.srt", CYRILLIC);
    let server = TestServer::with(&library).start();
    let subtitles = subtitles(&server);
    let labels: Vec<_> = subtitles.iter().map(|subtitle| &subtitle["label"]).collect();
    assert_eq!(labels, ["de", "en", "fr", "ru"]);

    for (subtitle, expected) in subtitles.iter().zip([
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n",
        "WEBVTT\n\n00:00:03.000 --> 00:00:04.000 line:0\n<i>Above\nall, of it</i>\n",
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>Bonjour</i>\nà tous\n",
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nПривет, как дела?\nТебя давно не было видно.\n",
    ]) {
        let url = subtitle["webvtt_url"].as_str().expect("an address");
        let webvtt = server.get(url);
        assert_eq!(webvtt.status, 200, "{url}: {}", webvtt.text());
        assert_eq!(webvtt.header("content-type"), Some("text/vtt; charset=utf-8"));
        assert_eq!(webvtt.text(), expected);
        let tag = webvtt.header("etag").expect("a tag").to_owned();
        let again = server.request("GET", url, &format!("If-None-Match: {tag}\r\n"));
        assert_eq!((again.status, again.body.len()), (304, 0));
    }

    let original = server.get(subtitles[3]["url"].as_str().expect("an address"));
    assert_eq!(original.body, CYRILLIC, "as it is on the disk");
    let url = subtitles[3]["webvtt_url"].as_str().expect("an address");
    let before = server.get(url).header("etag").map(str::to_owned);
    std::fs::write(russian, "1\n00:00:01,000 --> 00:00:02,500\nИначе\n").expect("written");
    let after = server.get(url);
    assert!(after.text().contains("Иначе"), "{}", after.text());
    assert_ne!(after.header("etag").map(str::to_owned), before);
    server.stop();
}

#[test]
fn what_cannot_be_shown_says_why() {
    let library = Library::new();
    library.film("Alien (1979)");
    let beside = |name: &str, bytes: &[u8]| library.file(&format!("Alien (1979)/{name}"), bytes);
    beside("Alien (1979).de.sub", &[0, 0, 1, 0xba, 0x44, 0, 4]);
    beside("Alien (1979).en.srt", b"nothing of the kind");
    beside("Alien (1979).fr.srt", &vec![b'\n'; (8 << 20) + 1]);
    let server = TestServer::with(&library).start();
    for (subtitle, why) in subtitles(&server).iter().zip(["pictures", "no subtitle", "too long"]) {
        let url = subtitle["webvtt_url"].as_str().expect("an address");
        let answer = server.get(url);
        assert_eq!(answer.status, 404, "{why}");
        assert!(answer.text().contains(why), "{why}: {}", answer.text());
    }
    let missing = server.get("/api/v1/files/1/subtitles/99");
    assert_eq!(missing.status, 404, "{}", missing.text());
    server.stop();
}
