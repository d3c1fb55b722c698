//! Any bytes on a connection: the server sees no other requests in them than a slow, obvious reader
//! does, answers in HTTP, ends, and serves the next client.
//!
//! The reader ([`Reader`]) accepts all that RFC 9112 lets a server accept; where it stops, or where
//! a request ends elsewhere for it, whoever stands before the server may be told of other requests
//! than the server sees.

#![no_main]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use spillway::delivery::{Entity, deliver};
use spillway::transport::{Activity, ConnectionLimits, Ending, EventLoops, Listener, serve};
use spillway_media::storage::{Key, Object, Root};

/// Longer than any answer takes; shorter than libFuzzer waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every so many inputs somebody else asks, too.
const FRESH_EVERY: u32 = 64;

/// The header by which the server tells which request it saw.
const SEEN: &str = "x-seen";

const CONTENT: &[u8] = b"0123456789abcdefghij";

static OBJECT: LazyLock<Object> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("film.mkv"), CONTENT).expect("written");
    // Stays readable when its name is gone.
    Root::new(folder.path()).open(&Key::new("film.mkv").expect("a key")).expect("opens")
});

static SERVER: LazyLock<SocketAddr> = LazyLock::new(|| {
    let listener = Listener::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let address = listener.local_addr().expect("bound");
    // Two that read no body, and one that reads it.
    let app = Router::new()
        .route("/file", any(send_file))
        .route("/read", any(async |body: Bytes| body))
        .fallback(async || "ok")
        .layer(from_fn(tell));
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (limits, loops) = (ConnectionLimits::default(), EventLoops::start(1).expect("threads"));
        let (activity, ending) = (Activity::default(), Ending::default());
        runtime.block_on(serve(listener, app, loops, limits, activity, ending))
    });
    address
});

async fn send_file(method: Method, headers: HeaderMap) -> Response {
    deliver(&Entity::new(OBJECT.clone(), "film.mkv"), &method, &headers)
}

async fn tell(request: Request<Body>, next: Next) -> Response {
    let target = request.uri();
    let query = target.query().map(|query| format!("?{query}")).unwrap_or_default();
    let seen = format!("{} {}{query}", request.method(), target.path());
    let mut response = next.run(request).await;
    let seen = HeaderValue::from_bytes(seen.as_bytes()).expect("was in a request line");
    response.headers_mut().insert(SEEN, seen);
    response
}

fuzz_target!(|input: &[u8]| {
    static INPUTS: AtomicU32 = AtomicU32::new(0);
    let (received, is_reset) = exchange(input);
    check(input, &received, is_reset);
    if INPUTS.fetch_add(1, Relaxed) % FRESH_EVERY == 0 {
        let (received, _) = exchange(b"GET /read HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(received.starts_with(b"HTTP/1.1 200 OK\r\n"), "the next client is served");
    }
});

/// Sends, ends the sending side, and reads until the server closes.
fn exchange(input: &[u8]) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(*SERVER).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    stream.set_write_timeout(Some(PATIENCE)).expect("a time limit");
    // A server that refuses early closes while we write.
    let _ = stream.write_all(input);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    let is_reset = match stream.read_to_end(&mut received) {
        Ok(_) => false,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
        Err(error) => panic!("the server does not end: {error}"),
    };
    (received, is_reset)
}

fn check(input: &[u8], received: &[u8], is_reset: bool) {
    let mut reader = Reader { rest: input, is_over: false };
    let mut rest = received;
    while !rest.is_empty() {
        let asked = reader.next();
        let is_head = asked.as_ref().is_some_and(|asked| asked.method == b"HEAD");
        let Some(answer) = Answer::read(&mut rest, is_head) else {
            // What was on its way when the server closed.
            assert!(is_reset, "half an answer: {}", rest.escape_ascii());
            return;
        };
        match (answer.seen, asked) {
            (Some(seen), Some(asked)) => {
                let expected = [asked.method, b" ", &path_and_query(asked.target)].concat();
                assert_eq!(seen.escape_ascii().to_string(), expected.escape_ascii().to_string());
            }
            (Some(seen), None) => {
                panic!("a request of its own invention: {}", seen.escape_ascii());
            }
            // The connection's own refusal is its last word.
            (None, _) => {
                assert!((400..600).contains(&answer.status), "{}", answer.status);
                assert!(rest.is_empty(), "more after a refusal: {}", rest.escape_ascii());
            }
        }
    }
}

struct Answer<'a> {
    status: u16,
    seen: Option<&'a [u8]>,
}

impl<'a> Answer<'a> {
    /// Takes one answer off the front; `None` if it is not all there.
    fn read(rest: &mut &'a [u8], is_head: bool) -> Option<Self> {
        loop {
            let head = take_until(rest, b"\r\n\r\n")?;
            let mut lines = head.split(|byte| *byte == b'\n');
            let line = lines.next()?.trim_ascii_end();
            let status = [&b"HTTP/1.1 "[..], b"HTTP/1.0 "]
                .iter()
                .find_map(|version| line.strip_prefix(*version))
                .and_then(|line| line.get(..3))
                .and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok())
                .filter(|status| (100..600).contains(status));
            let status = status.unwrap_or_else(|| panic!("no status: {}", line.escape_ascii()));
            if status == 100 {
                continue;
            }
            assert!(status >= 200, "{status}");
            let fields: Vec<_> = lines
                .map(|line| line.trim_ascii_end())
                .map(|line| {
                    let colon = line.iter().position(|byte| *byte == b':').expect("a field");
                    (line[..colon].to_ascii_lowercase(), line[colon + 1..].trim_ascii())
                })
                .collect();
            let field = |name: &str| {
                fields.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| *value)
            };
            assert_eq!(field("transfer-encoding"), None, "every answer here has a length");
            let len = field("content-length").map_or(0, |len| {
                std::str::from_utf8(len).expect("ASCII").parse().expect("a length")
            });
            if !is_head && status != 204 && status != 304 {
                *rest = rest.get(len..)?;
            }
            return Some(Self { status, seen: field(SEEN) });
        }
    }
}

/// A request as its first line names it.
#[derive(Debug)]
struct Asked<'a> {
    method: &'a [u8],
    target: &'a [u8],
}

/// What hyper hands on of a target: neither a fragment, which none should have, nor the scheme and
/// host of a whole address.
fn path_and_query(target: &[u8]) -> Vec<u8> {
    let target = target.split(|byte| *byte == b'#').next().unwrap_or_default();
    if target.starts_with(b"/") || target == b"*" {
        return target.to_vec();
    }
    let behind_scheme = target.windows(3).position(|three| three == b"://").map_or(0, |at| at + 3);
    let target = &target[behind_scheme..];
    match target.iter().position(|byte| matches!(byte, b'/' | b'?')) {
        Some(at) if target[at] == b'/' => target[at..].to_vec(),
        Some(at) => [b"/", &target[at..]].concat(),
        None => b"/".to_vec(),
    }
}

/// Takes requests off a connection, line by line. Lines may end without CR (RFC 9112 §2.2).
struct Reader<'a> {
    rest: &'a [u8],
    is_over: bool,
}

impl<'a> Reader<'a> {
    /// The next request whose head is all there; none behind one whose end cannot be told.
    fn next(&mut self) -> Option<Asked<'a>> {
        if self.is_over {
            return None;
        }
        self.is_over = true;
        let mut line = self.line()?;
        while line.is_empty() {
            line = self.line()?;
        }
        let [method, target, version] =
            line.split(|byte| *byte == b' ').collect::<Vec<_>>().try_into().ok()?;
        let is_1_0 = match version {
            b"HTTP/1.1" => false,
            b"HTTP/1.0" => true,
            _ => return None,
        };
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let colon = line.iter().position(|byte| *byte == b':')?;
            fields.push((line[..colon].to_ascii_lowercase(), line[colon + 1..].trim_ascii()));
        }
        let values = |name: &str| {
            let named = fields.iter().filter(|(known, _)| known == name.as_bytes());
            named.map(|(_, value)| *value).collect::<Vec<_>>()
        };
        let has_option = |option: &str| {
            let mut options =
                values("connection").into_iter().flat_map(|value| value.split(|b| *b == b','));
            options.any(|one| one.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
        };
        let is_last = has_option("close") || (is_1_0 && !has_option("keep-alive"));
        let codings = values("transfer-encoding");
        let lengths = values("content-length");
        let is_at_end = match (codings.as_slice(), lengths.as_slice()) {
            ([], []) => Some(()),
            ([], [first, others @ ..]) => {
                others.iter().all(|other| other == first).then(|| self.skip(first)).flatten()
            }
            // RFC 9112 §6.1: with both, the connection ends after the answer.
            ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => self.skip_chunks(),
            _ => None,
        };
        self.is_over = is_at_end.is_none() || is_last;
        Some(Asked { method, target })
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        let line = take_until(&mut self.rest, b"\n")?;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn skip(&mut self, len: &[u8]) -> Option<()> {
        let is_number = !len.is_empty() && len.iter().all(u8::is_ascii_digit);
        let len: usize = is_number.then(|| std::str::from_utf8(len).ok()?.parse().ok())??;
        self.rest = self.rest.get(len..)?;
        Some(())
    }

    fn skip_chunks(&mut self) -> Option<()> {
        loop {
            let line = self.line()?;
            let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            let (digits, extension) = line.split_at(digits);
            if !matches!(extension, [] | [b';' | b' ' | b'\t', ..]) {
                return None;
            }
            let len = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            if len == 0 {
                while !self.line()?.is_empty() {}
                return Some(());
            }
            self.rest = self.rest.get(len..)?;
            if !self.line()?.is_empty() {
                return None;
            }
        }
    }
}

/// What stands before the mark, which is passed over.
fn take_until<'a>(rest: &mut &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = rest.windows(mark.len()).position(|bytes| bytes == mark)?;
    let before = &rest[..at];
    *rest = &rest[at + mark.len()..];
    Some(before)
}
