//! Files over real sockets: every byte that arrives is compared with the file, so that neither a
//! placeholder nor bytes of another range can go unnoticed.

use std::io::Write as _;
use std::ops::Range;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::wire_server::{MIB, Server, assert_same};
use crate::limits::PLACEHOLDER_BYTES;
use crate::transport::{ConnectionLimits, data_segments_received};

/// A client that shows exactly what came over the wire.
struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> &str {
        &self.head["HTTP/1.1 ".len()..][..3]
    }

    fn field(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

impl Server {
    async fn client(&self) -> Client {
        Client::new(TcpStream::connect(self.address).await.expect("connected"))
    }
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        Self { stream, received: Vec::new() }
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("sent");
    }

    async fn ask(&mut self, method: &str, range: &str) -> Answer {
        self.send(&request(method, range)).await;
        self.answer(method != "HEAD").await
    }

    async fn head(&mut self) -> String {
        loop {
            if let Some(at) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let rest = self.received.split_off(at + 4);
                let head = std::mem::replace(&mut self.received, rest);
                return String::from_utf8(head).expect("a head is ASCII");
            }
            let read = self.stream.read_buf(&mut self.received).await.expect("read");
            assert!(read > 0, "closed before the head was whole: {:?}", self.received);
        }
    }

    async fn answer(&mut self, has_body: bool) -> Answer {
        let mut answer = Answer { head: self.head().await, body: Vec::new() };
        let len = answer.field("content-length").parse().unwrap_or(0);
        if has_body {
            while self.received.len() < len {
                let read = self.stream.read_buf(&mut self.received).await.expect("read");
                assert!(read > 0, "closed after {} of {len} bytes", self.received.len());
            }
            let rest = self.received.split_off(len);
            answer.body = std::mem::replace(&mut self.received, rest);
        }
        answer
    }

    /// Everything until the server closes, in whichever way.
    async fn rest(mut self) -> Vec<u8> {
        while self.stream.read_buf(&mut self.received).await.is_ok_and(|read| read > 0) {}
        self.received
    }
}

fn request(method: &str, range: &str) -> String {
    let range = if range.is_empty() { String::new() } else { format!("Range: {range}\r\n") };
    format!("{method} /file HTTP/1.1\r\nHost: localhost\r\n{range}\r\n")
}

/// Range shapes that stand on every boundary of a file, placeholders included.
fn shapes(len: usize) -> Vec<(String, Range<usize>)> {
    let piece = PLACEHOLDER_BYTES;
    let ends = [0, 1, 4095, 4096, piece - 1, piece, piece + 1, 2 * piece, len - 1];
    let mut shapes = Vec::new();
    for first in ends {
        shapes.push((format!("bytes={first}-"), first..len));
        for last in ends.into_iter().filter(|&last| last >= first) {
            shapes.push((format!("bytes={first}-{last}"), first..last + 1));
        }
    }
    for suffix in [1, 4096, piece, len - 1, len, len + 1] {
        shapes.push((format!("bytes=-{suffix}"), len.saturating_sub(suffix)..len));
    }
    shapes
}

#[tokio::test]
async fn every_shape_of_range_is_exactly_the_file_s_bytes() {
    let server = Server::of(2 * PLACEHOLDER_BYTES + MIB + 12_345);
    let mut client = server.client().await;
    let whole = client.ask("GET", "").await;
    assert_eq!(whole.status(), "200");
    assert_same(&whole.body, &server.content, "whole");
    for (range, expected) in shapes(server.content.len()) {
        let answer = client.ask("GET", &range).await;
        assert_eq!(answer.status(), "206", "{range}");
        assert_same(&answer.body, &server.content[expected], &range);
    }
    server.stop().await;
}

#[tokio::test]
async fn payload_goes_by_sendfile_alone() {
    let server = Server::of(2 * PLACEHOLDER_BYTES + MIB);
    let mut client = server.client().await;
    let mut payload = 0;
    for (range, _) in shapes(server.content.len()) {
        payload += client.ask("GET", &range).await.body.len() as u64;
    }
    assert_eq!(server.activity.sent_by_sendfile_bytes(), payload);
    let heads = shapes(server.content.len()).len() as u64;
    assert!(server.activity.sent_by_write_bytes() < heads * 600, "only heads are written");
    server.stop().await;
}

#[tokio::test]
async fn several_ranges_come_in_one_answer_of_the_announced_length() {
    let server = Server::of(9 * MIB);
    let mut client = server.client().await;
    let ranges = [2 * MIB..9 * MIB, 5..6, MIB - 1..2 * MIB - 1];
    let specs: Vec<_> = ranges.iter().map(|r| format!("{}-{}", r.start, r.end - 1)).collect();
    // Twice on one connection: the second shows whether the first was framed rightly.
    for _ in 0..2 {
        let answer = client.ask("GET", &format!("bytes={}", specs.join(","))).await;
        let boundary = answer.field("content-type").rsplit_once('=').expect("multipart").1;
        let mut expected = Vec::new();
        for range in &ranges {
            let (first_byte, last_byte, len) = (range.start, range.end - 1, server.content.len());
            write!(
                expected,
                "{}--{boundary}\r\nContent-Type: video/matroska\r\n\
                 Content-Range: bytes {first_byte}-{last_byte}/{len}\r\n\r\n",
                if expected.is_empty() { "" } else { "\r\n" }
            )
            .expect("memory");
            expected.extend_from_slice(&server.content[range.clone()]);
        }
        write!(expected, "\r\n--{boundary}--\r\n").expect("memory");
        assert_same(&answer.body, &expected, "multipart");
    }
    server.stop().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order_and_head_leaves_nothing_behind() {
    let server = Server::of(3 * MIB);
    let mut client = server.client().await;
    let asked = [
        ("GET", "bytes=0-9"),
        ("HEAD", ""),
        ("GET", "bytes=1048570-1048590"),
        ("HEAD", "bytes=5-6"),
        ("GET", "bytes=99999999-"),
        ("GET", "bytes=-1500000"),
        ("HEAD", ""),
        ("HEAD", ""),
        ("GET", "bytes=7-7"),
        ("GET", ""),
    ];
    let requests: Vec<_> = asked.iter().map(|(method, range)| request(method, range)).collect();
    client.send(&requests.concat()).await;
    let expected = [0..10, 0..0, MIB - 6..MIB + 15, 0..0, 0..0, 3 * MIB - 1_500_000..3 * MIB]
        .into_iter()
        .chain([0..0, 0..0, 7..8, 0..3 * MIB]);
    for ((method, range), expected) in asked.into_iter().zip(expected) {
        let answer = client.answer(method == "GET").await;
        assert_same(&answer.body, &server.content[expected], range);
        if method == "HEAD" {
            assert_eq!(answer.field("content-length"), (3 * MIB).to_string());
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_304_between_two_answers_leaves_nothing_behind() {
    let server = Server::of(2 * MIB);
    let mut client = server.client().await;
    let etag = client.ask("GET", "bytes=0-0").await.field("etag").to_owned();
    for _ in 0..3 {
        let condition = format!("GET /file HTTP/1.1\r\nHost: a\r\nIf-None-Match: {etag}\r\n\r\n");
        client.send(&condition).await;
        assert_eq!(client.answer(false).await.status(), "304");
        let answer = client.ask("GET", "bytes=1000-1100000").await;
        assert_same(&answer.body, &server.content[1000..1_100_001], "after 304");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_changed_on_the_way_is_what_is_sent() {
    let server = Server::of(2 * MIB);
    let mut client = server.client().await;
    for _ in 0..2 {
        client.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(client.answer(true).await.body, b"OTHER");
        let answer = client.ask("GET", "bytes=3-1500000").await;
        assert_same(&answer.body, &server.content[3..1_500_001], "after another body");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_disturbs_nobody() {
    let server = Server::of(8 * MIB);
    for taken in [0, 1, 100, 70_000, 3 * MIB] {
        let mut client = server.client().await;
        client.send(&request("GET", "")).await;
        let mut some = vec![0; taken];
        client.stream.read_exact(&mut some).await.expect("read");
    }
    let answer = server.client().await.ask("GET", "bytes=1-").await;
    assert_same(&answer.body, &server.content[1..], "after others left");
    server.wait_until_alone().await;
    assert_eq!(server.activity.stream_count(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_slow_reader_gets_every_byte() {
    let server = Server::of(2 * MIB + 1);
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(8192).expect("set");
    let mut stream = socket.connect(server.address).await.expect("connected");
    stream.write_all(request("GET", "").as_bytes()).await.expect("sent");
    let mut client = Client::new(stream);
    client.head().await;
    let mut body = std::mem::take(&mut client.received);
    let mut chunk = vec![0; 7919];
    while body.len() < server.content.len() {
        let read = client.stream.read(&mut chunk).await.expect("read");
        assert!(read > 0);
        body.extend_from_slice(&chunk[..read]);
        if body.len() % 64 < 8 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert_same(&body, &server.content, "read slowly");
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn a_running_stream_shows_its_title_and_place() {
    let server = Server::of(16 * MIB);
    let mut client = server.client().await;
    client.send(&request("GET", "bytes=1048576-")).await;
    client.head().await;
    let [stream] = server.activity.streams(10).try_into().expect("one stream");
    assert_eq!(stream.label.title.as_deref(), Some("A film"));
    assert_eq!(&*stream.label.file_name, "film.mkv");
    assert_eq!(stream.label.size_bytes, 16 * MIB as u64);
    assert_eq!(stream.peer, client.stream.local_addr().expect("connected"));
    assert_eq!(stream.position_bytes, MIB as u64 + stream.sent_bytes);
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn a_file_cut_short_under_its_reader_breaks_the_connection() {
    let server = Server::of(16 * MIB);
    let mut client = server.client().await;
    client.send(&request("GET", "")).await;
    let head = client.head().await;
    assert!(head.contains(&format!("content-length: {}", 16 * MIB)), "{head}");
    std::fs::File::options()
        .write(true)
        .open(server.path())
        .and_then(|file| file.set_len(4096))
        .expect("cut short");
    let got = client.rest().await;
    assert!(got.len() < server.content.len(), "must not look complete");
    // Pages taken over before the cut are the file's; the kernel clears a page that it cuts.
    assert_same(&got[..4096], &server.content[..4096], "the part that is left");
    server.wait_until_alone().await;
    server.stop().await;
}

#[tokio::test]
async fn a_replaced_file_is_never_mixed_with_its_predecessor() {
    let server = Server::of(16 * MIB);
    let mut client = server.client().await;
    client.send(&request("GET", "")).await;
    let head = client.head().await;
    std::fs::write(server.folder.path().join("new"), vec![7; 16 * MIB]).expect("written");
    std::fs::rename(server.folder.path().join("new"), server.path()).expect("replaced");
    client.received.splice(0..0, head.into_bytes());
    assert_same(&client.answer(true).await.body, &server.content, "the old file");
    assert_same(&client.ask("GET", "bytes=0-9").await.body, &[7; 10], "the new file");
    server.stop().await;
}

#[tokio::test]
async fn pages_on_the_disk_are_read_ahead_and_sent_rightly() {
    let server = Server::of(24 * MIB + 777);
    let file = std::fs::File::open(server.path()).expect("opens");
    file.sync_all().expect("written to the disk");
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advised");
    let mut byte = [0];
    let is_cold = crate::transport::read_now(&file, &mut byte, 20 * MIB as u64).is_err();
    let mut clients = Vec::new();
    for first in [0, 5, MIB, 9 * MIB + 1] {
        let mut client = server.client().await;
        client.send(&request("GET", &format!("bytes={first}-"))).await;
        clients.push((first, client));
    }
    for (first, mut client) in clients {
        assert_same(&client.answer(true).await.body, &server.content[first..], "cold");
    }
    // A memory file system has no cold pages.
    if is_cold {
        let counted = server.activity.disk_windows();
        assert!(counted > 0, "the disk readers brought the pages in");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_and_a_small_body_leave_in_one_segment() {
    let server = Server::of(MIB);
    let mut client = server.client().await;
    for _ in 0..5 {
        let before = data_segments_received(&client.stream);
        client.ask("GET", "bytes=100-1099").await;
        assert_eq!(data_segments_received(&client.stream) - before, 1);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_stops_sending_still_gets_its_file() {
    let server = Server::of(8 * MIB);
    let mut client = server.client().await;
    client.send(&request("GET", "")).await;
    client.stream.shutdown().await.expect("half closed");
    assert_same(&client.answer(true).await.body, &server.content, "half closed");
    assert_eq!(client.rest().await, b"");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_stops_sending_still_gets_an_answer_without_payload() {
    let server = Server::of(1);
    for _ in 0..20 {
        let mut client = server.client().await;
        client.send("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.stream.shutdown().await.expect("half closed");
        assert_eq!(client.answer(true).await.status(), "200");
        assert_eq!(client.rest().await, b"");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_ends_an_endless_answer() {
    let server = Server::of(1);
    let mut client = server.client().await;
    client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
    drop(client);
    server.wait_until_alone().await;
    server.stop().await;
}

#[tokio::test]
async fn http_1_0_gets_the_file_and_the_end_of_the_connection() {
    let server = Server::of(2 * MIB);
    let mut client = server.client().await;
    client.send("GET /file HTTP/1.0\r\n\r\n").await;
    let answer = client.answer(true).await;
    assert_same(&answer.body, &server.content, "HTTP/1.0");
    assert_eq!(client.rest().await, b"");
    server.stop().await;
}

#[tokio::test]
async fn a_handler_sees_the_client_s_address() {
    let server = Server::of(1);
    let mut client = server.client().await;
    client.send("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let local = client.stream.local_addr().expect("connected").to_string();
    assert_eq!(client.answer(true).await.body, local.into_bytes());
    server.stop().await;
}

#[tokio::test]
async fn a_request_without_exactly_one_host_is_refused_and_the_connection_closed() {
    let server = Server::of(1);
    for host in ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host:\r\n"] {
        let mut client = server.client().await;
        client.send(&format!("GET /file HTTP/1.1\r\n{host}\r\n")).await;
        let answer = client.answer(true).await;
        assert_eq!(answer.status(), "400", "{host:?}");
        assert_eq!(answer.field("content-type"), "application/problem+json");
        assert_eq!(client.rest().await, b"");
    }
    server.stop().await;
}

fn limits() -> ConnectionLimits {
    ConnectionLimits {
        head_timeout: Duration::from_millis(100),
        idle_timeout: Duration::from_millis(100),
        write_stall_timeout: Duration::from_millis(300),
        drain_timeout: Duration::from_millis(200),
        ..ConnectionLimits::default()
    }
}

#[tokio::test]
async fn who_says_nothing_or_half_a_head_is_closed() {
    let server = Server::with(10, limits());
    for said in ["", "GET", "GET /file HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = server.client().await;
        client.send(said).await;
        assert_eq!(client.rest().await, b"", "{said:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_has_the_same_time_as_any() {
    let server = Server::with(10, limits());
    let mut client = server.client().await;
    client.ask("GET", "").await;
    // Would go on for ever if each byte bought more time.
    while client.stream.write_all(b"a").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.wait_until_alone().await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_stands_idle_is_closed() {
    let server = Server::with(10, limits());
    let mut client = server.client().await;
    client.ask("GET", "").await;
    assert_eq!(client.rest().await, b"");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed_and_one_that_moves_is_kept() {
    let server = Server::with(24 * MIB, limits());
    let mut paused = server.client().await;
    paused.send(&request("GET", "")).await;
    let mut slow = server.client().await;
    slow.send(&request("GET", "")).await;
    slow.head().await;
    let mut body = std::mem::take(&mut slow.received);
    let mut chunk = vec![0; 256 * 1024];
    // Longer than the limit in all, with no pause near it.
    while body.len() < server.content.len() {
        let read = slow.stream.read(&mut chunk).await.expect("read");
        assert!(read > 0, "closed after {} bytes although it moved", body.len());
        body.extend_from_slice(&chunk[..read]);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_same(&body, &server.content, "slow");
    drop(slow);
    server.wait_until_alone().await;
    let got = paused.rest().await;
    assert!(got.len() < server.content.len(), "the paused client was cut off");
    server.stop().await;
}

#[tokio::test]
async fn over_the_limit_of_connections_the_answer_is_503() {
    let limits = ConnectionLimits { connections_max: 1, ..ConnectionLimits::default() };
    let server = Server::with(10, limits);
    let mut first = server.client().await;
    first.ask("GET", "").await;
    let refused = String::from_utf8(server.client().await.rest().await).expect("ASCII");
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused:?}");
    assert!(refused.contains("Retry-After: "), "{refused:?}");
    assert_same(&first.ask("GET", "").await.body, &server.content, "the first goes on");
    drop(first);
    server.wait_until_alone().await;
    assert_eq!(server.client().await.ask("GET", "").await.status(), "200");
    server.stop().await;
}

#[tokio::test]
async fn at_shutdown_running_answers_end_and_idle_connections_close() {
    let server = Server::of(16 * MIB);
    let mut idle = server.client().await;
    idle.ask("GET", "bytes=0-0").await;
    let mut busy = server.client().await;
    busy.send(&request("GET", "")).await;
    let head = busy.head().await;
    server.ending.stop();
    assert_eq!(idle.rest().await, b"");
    busy.received.splice(0..0, head.into_bytes());
    assert_same(&busy.answer(true).await.body, &server.content, "drained");
    TcpStream::connect(server.address).await.expect_err("nobody listens any more");
    server.stop().await;
}

#[tokio::test]
async fn a_paused_client_does_not_hold_up_the_shutdown() {
    let limits = ConnectionLimits { drain_timeout: Duration::from_millis(50), ..limits() };
    let server = Server::with(16 * MIB, limits);
    let mut paused = server.client().await;
    paused.send(&request("GET", "")).await;
    paused.head().await;
    server.stop().await;
}
