//! The floor: a thread per connection that answers ranges with `sendfile` and nothing else.
//! `peer-raw-sendfile PORT FOLDER`.
//!
//! It understands `GET /name` with `Range: bytes=first-last` and no more.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{io, thread};

use rustix::net::SendFlags;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().and_then(|port| port.parse().ok()).expect("first, a port");
    let folder = Arc::new(PathBuf::from(arguments.next().expect("then, a folder")));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    for stream in listener.incoming() {
        let (stream, folder) = (stream?, Arc::clone(&folder));
        // A client that goes away ends its thread and nothing else.
        thread::spawn(move || answer_all(&stream, &folder));
    }
    Ok(())
}

fn answer_all(stream: &TcpStream, folder: &Path) -> io::Result<()> {
    let mut requests = BufReader::new(stream);
    let mut open: Option<(String, File)> = None;
    loop {
        let mut request_line = String::new();
        if requests.read_line(&mut request_line)? == 0 {
            return Ok(());
        }
        let name = request_line.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
        let mut range = None;
        loop {
            let mut header = String::new();
            requests.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            range = header.strip_prefix("range: bytes=").and_then(parse_range).or(range);
        }
        let (first, last) = range.ok_or(io::ErrorKind::InvalidInput)?;
        if open.as_ref().is_none_or(|(known, _)| *known != name) {
            open = Some((name.clone(), File::open(folder.join(&name))?));
        }
        let file = &open.as_ref().expect("it was just opened").1;
        send_range(stream, file, first, last)?;
    }
}

fn send_range(mut stream: &TcpStream, file: &File, first: u64, last: u64) -> io::Result<()> {
    let mut left = usize::try_from(last + 1 - first).expect("a range here is a few megabytes");
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {left}\r\nContent-Range: bytes {first}-{last}/*\r\n\r\n"
    );
    let sent = rustix::net::send(stream, head.as_bytes(), SendFlags::MORE)?;
    stream.write_all(&head.as_bytes()[sent..])?;
    let mut offset = first;
    while left > 0 {
        let sent = rustix::fs::sendfile(stream, file, Some(&mut offset), left)?;
        if sent == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= sent;
    }
    Ok(())
}

fn parse_range(range: &str) -> Option<(u64, u64)> {
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}
