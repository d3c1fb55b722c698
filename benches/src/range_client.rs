//! A client that asks for ranges as fast as the server gives them and is never what limits; every so
//! often it compares an answer with the file.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;

pub use crate::exchange::Target;
use crate::exchange::{Exchange, Range, Scratch};
use crate::random::Random;

/// One answer in so many is read and compared.
pub const CHECK_EVERY: u64 = 64;

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How long each range is.
    pub range_bytes: u64,
    /// When to stop asking.
    pub duration: Duration,
}

/// What came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Received {
    /// Payload, checked or not.
    pub bytes: u64,
    /// Whole answers.
    pub answers: u64,
    /// Answers that were compared with the file.
    pub checked: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
}

/// Connections to one server, kept from one load to the next.
#[derive(Debug)]
pub struct Client {
    targets: Vec<Target>,
    connections: Vec<Connection>,
    epoll: OwnedFd,
    asking: Asking,
}

/// What the connections share.
#[derive(Debug)]
struct Asking {
    random: Random,
    asked: u64,
    received: Received,
    scratch: Scratch,
}

#[derive(Debug)]
struct Connection {
    exchange: Exchange,
    /// Of the last load, as long as it asked.
    bytes: u64,
}

impl Client {
    /// Opens so many connections. They get the congestion control that the system has now.
    ///
    /// # Errors
    /// What a socket says.
    pub fn connect(
        address: SocketAddr,
        targets: Vec<Target>,
        connections: usize,
    ) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let connect = |index| {
            let exchange = Exchange::connect(address)?;
            exchange.set_nonblocking()?;
            let data = epoll::EventData::new_u64(index);
            epoll::add(&epoll, &exchange, data, epoll::EventFlags::IN)?;
            Ok(Connection { exchange, bytes: 0 })
        };
        let connections =
            (0..connections as u64).map(connect).collect::<io::Result<Vec<Connection>>>()?;
        let asking = Asking {
            random: Random::new(),
            asked: 0,
            received: Received::default(),
            scratch: Scratch::new(),
        };
        Ok(Self { targets, connections, epoll, asking })
    }

    /// Puts this load on the server from this one thread, until the last answer has come.
    ///
    /// # Errors
    /// What a socket says, or an answer that is not the range asked for.
    pub fn run(&mut self, load: Load) -> io::Result<Received> {
        let Self { targets, connections, epoll, asking } = self;
        asking.received = Received::default();
        let start = Instant::now();
        for connection in &mut *connections {
            connection.bytes = 0;
            asking.ask(connection, targets, load)?;
        }
        let mut events = Vec::with_capacity(connections.len());
        let mut busy = connections.len();
        while busy > 0 {
            epoll::wait(&epoll, spare_capacity(&mut events), None)?;
            let is_asking = start.elapsed() < load.duration;
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64()).expect("we numbered them");
                let connection = &mut connections[index];
                let taken = asking.take(connection, load)?;
                if is_asking {
                    connection.bytes += taken;
                }
                if connection.exchange.is_idle() {
                    if start.elapsed() < load.duration {
                        asking.ask(connection, targets, load)?;
                    } else {
                        busy -= 1;
                    }
                }
            }
        }
        asking.received.seconds = start.elapsed().as_secs_f64();
        Ok(asking.received)
    }

    /// The payload that each connection got in the last load while new answers were asked for.
    pub fn bytes_of_each(&self) -> impl Iterator<Item = u64> {
        self.connections.iter().map(|connection| connection.bytes)
    }
}

impl Asking {
    fn ask(
        &mut self,
        connection: &mut Connection,
        targets: &[Target],
        load: Load,
    ) -> io::Result<()> {
        let target = &targets[self.random.index_below(targets.len())];
        let places = target.size_bytes / load.range_bytes;
        let first = self.random.number() % places * load.range_bytes;
        let range = Range { first, len_bytes: Some(load.range_bytes) };
        let is_compared = self.asked.is_multiple_of(CHECK_EVERY);
        self.asked += 1;
        connection.exchange.ask(target, range, is_compared)
    }

    /// Takes what the socket has, up to the end of the answer.
    fn take(&mut self, connection: &mut Connection, load: Load) -> io::Result<u64> {
        let taken = connection.exchange.take(load.range_bytes, &mut self.scratch)?;
        if connection.exchange.is_idle() {
            self.received.bytes += load.range_bytes;
            self.received.answers += 1;
            self.received.checked += u64::from(connection.exchange.was_compared());
        }
        Ok(taken)
    }
}
