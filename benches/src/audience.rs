//! Viewers that watch at the speed of the film, very many of them in one thread. Half ask for chunks
//! ahead of time as players do, half read one long answer no sooner than it is played.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fs::Timespec;

use crate::exchange::{Exchange, Range, Scratch, Target};
use crate::random::Random;
use crate::range_client::CHECK_EVERY;

/// What a player holds. A piece stalls the film that comes later than this after it is due.
pub const PLAYED_AHEAD: Duration = Duration::from_secs(4);

/// What a viewer that reads at the film's speed reads at once.
pub const SIP_BYTES: u64 = 32 << 10;

/// The receive buffer of such a viewer; the server is to wait for it.
pub const SIPPER_BUFFER_BYTES: usize = 64 << 10;

/// Viewers begin to watch spread over this time: a multiple of each chunk's, so that as many chunks are
/// due in each moment.
pub const ARRIVALS: Duration = Duration::from_secs(12);

/// The lengths of chunks in seconds; each viewer has one.
pub const CHUNK_SECONDS: [u64; 4] = [1, 2, 3, 4];

/// Fewer than a server lets wait to be accepted. Beyond that the kernel answers with cookies, and resets
/// connections that we take for open.
const CONNECTED_AT_ONCE: usize = 512;

/// Events that are taken before what is due is looked at again.
const EVENTS_AT_ONCE: usize = 256;

/// How a viewer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A range for each chunk, on a kept connection.
    Chunks,
    /// One request without an end, read as it is played.
    Sips,
}

/// Connected viewers.
#[derive(Debug)]
pub struct Audience {
    targets: Vec<Target>,
    viewers: Vec<Viewer>,
    epoll: OwnedFd,
    scratch: Scratch,
    watched: Watched,
}

/// What came, and when.
#[derive(Debug, Default)]
pub struct Watched {
    /// Payload.
    pub bytes: u64,
    /// Chunks that were compared with the file, and viewers who sipped what was compared.
    pub checked: u64,
    /// How long after it was due each chunk had come, in milliseconds.
    pub chunks_late_ms: Vec<f64>,
    /// The same for each sip.
    pub sips_late_ms: Vec<f64>,
    /// Pieces that came later than a player can wait.
    pub stalls: u64,
    /// What ended a viewer's film.
    pub errors: Vec<String>,
}

#[derive(Debug)]
struct Viewer {
    exchange: Exchange,
    style: Style,
    target: usize,
    /// Where the next request begins.
    place: u64,
    /// What is due at once, and how long it plays.
    piece_bytes: u64,
    piece_lasts: Duration,
    /// When the piece that is awaited, or the next one, should have been asked for.
    due: Instant,
    /// What is still to come of the piece that is awaited.
    missing_bytes: u64,
    is_checked: bool,
    has_failed: bool,
}

/// The viewer's place in the list of those to whom a piece is due.
type Due = Reverse<(Instant, usize)>;

impl Audience {
    /// Connects so many viewers of films that play at so many bytes a second.
    ///
    /// # Errors
    /// What a socket says.
    pub fn connect(
        address: SocketAddr,
        targets: Vec<Target>,
        viewers: usize,
        bytes_per_second: u64,
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut random = Random::new();
        let mut scratch = Scratch::new();
        let now = Instant::now();
        let connect = |index: usize| {
            let target = random.index_below(targets.len());
            // What is sipped must not end before the measurement.
            let place = random.number() % (targets[target].size_bytes / 2);
            let is_checked = (index as u64 / 2).is_multiple_of(CHECK_EVERY);
            let style = if index.is_multiple_of(2) { Style::Chunks } else { Style::Sips };
            let (mut exchange, piece_bytes, piece_lasts) = match style {
                Style::Chunks => {
                    let seconds = CHUNK_SECONDS[index / 2 % CHUNK_SECONDS.len()];
                    let exchange = Exchange::connect(address)?;
                    (exchange, bytes_per_second * seconds, Duration::from_secs(seconds))
                }
                Style::Sips => {
                    let exchange = Exchange::connect_with_buffer(address, SIPPER_BUFFER_BYTES)?;
                    let lasts = SIP_BYTES as f64 / bytes_per_second as f64;
                    (exchange, SIP_BYTES, Duration::from_secs_f64(lasts))
                }
            };
            if index.is_multiple_of(CONNECTED_AT_ONCE) {
                // Whoever has an answer was accepted, and all before it.
                let first_byte = Range { first: 0, len_bytes: Some(1) };
                exchange.ask(&targets[target], first_byte, false)?;
                while !exchange.is_idle() {
                    exchange.take(1, &mut scratch)?;
                }
            }
            exchange.set_nonblocking()?;
            // By edge: what waits for somebody to whom nothing is due must not wake us.
            let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
            epoll::add(&epoll, &exchange, epoll::EventData::new_u64(index as u64), flags)?;
            Ok(Viewer {
                exchange,
                style,
                target,
                place,
                piece_bytes,
                piece_lasts,
                due: now,
                missing_bytes: 0,
                is_checked,
                has_failed: false,
            })
        };
        let viewers = (0..viewers).map(connect).collect::<io::Result<Vec<Viewer>>>()?;
        Ok(Self { targets, viewers, epoll, scratch, watched: Watched::default() })
    }

    /// Lets all watch for so long, and calls `each_second` with the payload so far.
    ///
    /// # Panics
    /// If epoll fails.
    pub fn watch(mut self, duration: Duration, mut each_second: impl FnMut(u64)) -> Watched {
        let start = Instant::now();
        let mut waiting: BinaryHeap<Due> = BinaryHeap::with_capacity(self.viewers.len());
        let count = u32::try_from(self.viewers.len()).expect("sockets are fewer");
        for (index, viewer) in self.viewers.iter_mut().enumerate() {
            let turn = u32::try_from(index).expect("as above");
            viewer.due = start + ARRIVALS * turn / count;
            waiting.push(Reverse((viewer.due, index)));
        }
        let mut events = Vec::with_capacity(EVENTS_AT_ONCE);
        let mut next_second = start + Duration::from_secs(1);
        loop {
            let now = Instant::now();
            if now >= next_second {
                each_second(self.watched.bytes);
                next_second += Duration::from_secs(1);
            }
            if now >= start + duration {
                break;
            }
            while let Some(&Reverse((due, index))) = waiting.peek()
                && due <= now
            {
                waiting.pop();
                let viewer = &mut self.viewers[index];
                viewer.missing_bytes = viewer.piece_bytes;
                waiting.extend(self.serve(index));
            }
            let soonest = waiting.peek().map_or(next_second, |&Reverse((due, _))| due);
            let pause = soonest.min(next_second).saturating_duration_since(Instant::now());
            let pause = Timespec::try_from(pause).expect("it is at most a second");
            epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&pause))
                .expect("the set is ours");
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64()).expect("we numbered them");
                waiting.extend(self.serve(index));
            }
        }
        self.end()
    }

    /// Asks and takes for one viewer; when its next piece is due if it waits for none any more.
    fn serve(&mut self, index: usize) -> Option<Due> {
        let Self { targets, viewers, scratch, watched, .. } = self;
        let viewer = &mut viewers[index];
        if viewer.has_failed || viewer.missing_bytes == 0 {
            return None;
        }
        match viewer.take(targets, scratch, watched) {
            Ok(()) if viewer.missing_bytes == 0 => {
                let next = viewer.due + viewer.piece_lasts;
                // A player that stalled goes on from where it is.
                let has_stalled = watched.note(viewer.style, viewer.due);
                viewer.due = if has_stalled { Instant::now() } else { next };
                Some(Reverse((viewer.due, index)))
            }
            Ok(()) => None,
            Err(error) => {
                viewer.has_failed = true;
                watched.errors.push(error.to_string());
                None
            }
        }
    }

    /// Counts what is awaited in vain.
    fn end(self) -> Watched {
        let mut watched = self.watched;
        let awaited = self.viewers.iter().filter(|viewer| viewer.missing_bytes > 0);
        for viewer in awaited.filter(|viewer| viewer.due.elapsed() > PLAYED_AHEAD) {
            watched.note(viewer.style, viewer.due);
        }
        let sips = self.viewers.iter().filter(|viewer| viewer.style == Style::Sips);
        watched.checked += sips.filter(|viewer| viewer.is_checked).count() as u64;
        watched
    }
}

impl Viewer {
    /// Takes what has come of the awaited piece.
    fn take(
        &mut self,
        targets: &[Target],
        scratch: &mut Scratch,
        watched: &mut Watched,
    ) -> io::Result<()> {
        while self.missing_bytes > 0 {
            if self.exchange.is_idle() {
                self.ask(&targets[self.target], watched)?;
            }
            let taken = self.exchange.take(self.missing_bytes, scratch)?;
            if taken == 0 {
                break;
            }
            self.missing_bytes = self.missing_bytes.saturating_sub(taken);
            watched.bytes += taken;
        }
        Ok(())
    }

    fn ask(&mut self, target: &Target, watched: &mut Watched) -> io::Result<()> {
        let is_chunk = self.style == Style::Chunks;
        if self.place + self.piece_bytes > target.size_bytes {
            self.place = 0;
        }
        let len_bytes = is_chunk.then_some(self.piece_bytes);
        let range = Range { first: self.place, len_bytes };
        self.exchange.ask(target, range, self.is_checked)?;
        self.place += self.piece_bytes;
        watched.checked += u64::from(self.is_checked && is_chunk);
        Ok(())
    }
}

impl Watched {
    /// Notes how late a piece is; whether the film stalled for it.
    fn note(&mut self, style: Style, due: Instant) -> bool {
        let late = due.elapsed();
        let times = match style {
            Style::Chunks => &mut self.chunks_late_ms,
            Style::Sips => &mut self.sips_late_ms,
        };
        times.push(late.as_secs_f64() * 1000.0);
        let has_stalled = late > PLAYED_AHEAD;
        self.stalls += u64::from(has_stalled);
        has_stalled
    }
}
