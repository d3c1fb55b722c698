//! Who the connections belong to: what all connections of one address have in common.
//!
//! One address is a household behind a router, a reverse proxy or a single greedy program; the
//! server cannot tell which. It is an IPv4 address or an IPv6 /64, the smallest network that a
//! provider gives away: whoever has one has 2⁶⁴ addresses in it. The table has an entry for each
//! address with an open connection and no other, so the limit of connections bounds it too.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::listen::ConnectionLimits;

/// The part of an address that stands for one client: an IPv4 address, also one written as IPv6,
/// or the first 64 bits of an IPv6 address.
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// All addresses that have a connection now. Clones share the table.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    shared: Arc<ClientsShared>,
}

#[derive(Debug)]
struct ClientsShared {
    limits: ConnectionLimits,
    table: Mutex<HashMap<IpAddr, Entry>>,
}

#[derive(Debug)]
struct Entry {
    connections: usize,
    client: Client,
}

impl Clients {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { shared: Arc::new(ClientsShared { limits, table: Mutex::default() }) }
    }

    /// Counts a connection from this address until the returned mark is dropped; `None` if it
    /// would be one too many.
    pub(super) fn admit(&self, address: IpAddr) -> Option<ClientMark> {
        let network = client_network(address);
        let limits = &self.shared.limits;
        let is_limited = limits.is_limited(address);
        let mut table = self.lock();
        let entry = table
            .entry(network)
            .or_insert_with(|| Entry { connections: 0, client: Client::new(limits, is_limited) });
        if is_limited && entry.connections >= limits.connections_per_address_max {
            return None;
        }
        entry.connections += 1;
        Some(ClientMark { clients: self.clone(), network, client: entry.client.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Entry>> {
        // The table is whole after every operation on it.
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for one connection of a client.
#[derive(Debug)]
pub(super) struct ClientMark {
    clients: Clients,
    network: IpAddr,
    client: Client,
}

impl ClientMark {
    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}

impl Drop for ClientMark {
    fn drop(&mut self) {
        let mut table = self.clients.lock();
        if let Some(entry) = table.get_mut(&self.network) {
            entry.connections -= 1;
            if entry.connections == 0 {
                table.remove(&self.network);
            }
        }
    }
}

/// A client. Clones are the same.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    streams: AtomicUsize,
    streams_max: usize,
    connection_bytes_per_second_max: Option<u64>,
    address_bytes_per_second_max: Option<u64>,
}

impl Client {
    fn new(limits: &ConnectionLimits, is_limited: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                streams: AtomicUsize::new(0),
                streams_max: if is_limited { limits.streams_per_address_max } else { usize::MAX },
                connection_bytes_per_second_max: limits.bytes_per_second_per_connection_max,
                address_bytes_per_second_max: limits
                    .bytes_per_second_per_address_max
                    .filter(|_| is_limited),
            }),
        }
    }

    /// Takes a place for a stream, given back when the returned one is dropped; `None` if all of
    /// this client's are taken.
    pub fn begin_stream(&self) -> Option<StreamPlace> {
        let Shared { streams, streams_max, .. } = &*self.shared;
        streams
            .fetch_update(Relaxed, Relaxed, |running| {
                (running < *streams_max).then_some(running + 1)
            })
            .is_ok()
            .then(|| StreamPlace { client: self.clone() })
    }

    /// How fast one connection may send now: its own limit, and its share of the address's, which
    /// is split evenly over running streams.
    pub(super) fn bytes_per_second_max(&self) -> Option<u64> {
        let shared = &self.shared;
        let share = shared.address_bytes_per_second_max.map(|all| {
            let streams = shared.streams.load(Relaxed).max(1) as u64;
            // Nothing at all would be a stall, and the kernel takes 0 for it.
            (all / streams).max(1)
        });
        shared.connection_bytes_per_second_max.into_iter().chain(share).min()
    }
}

/// One of the streams that a client may have at once.
#[derive(Debug)]
pub struct StreamPlace {
    client: Client,
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.client.shared.streams.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn clients(connections: usize, streams: usize) -> Clients {
        Clients::new(ConnectionLimits {
            connections_per_address_max: connections,
            streams_per_address_max: streams,
            ..ConnectionLimits::default()
        })
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network_of_64_bits() {
        for (address, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
            ("2001:db8:1:3::", "2001:db8:1:3::"),
        ] {
            assert_eq!(client_network(ip(address)), ip(network), "{address}");
        }
    }

    #[test]
    fn connections_of_one_address_have_a_limit_and_those_of_others_have_their_own() {
        let clients = clients(2, 1);
        let first = clients.admit(ip("192.0.2.7")).expect("the first");
        let _second = clients.admit(ip("::ffff:192.0.2.7")).expect("the second");
        assert!(clients.admit(ip("192.0.2.7")).is_none());
        let _other = clients.admit(ip("192.0.2.8")).expect("another address");
        drop(first);
        let _third = clients.admit(ip("192.0.2.7")).expect("after one has gone");
    }

    #[test]
    fn an_address_is_forgotten_with_its_last_connection() {
        let clients = clients(2, 1);
        let marks: Vec<_> = (0..=255)
            .flat_map(|last| [last, last])
            .filter_map(|last| clients.admit(IpAddr::from([192, 0, 2, last])))
            .collect();
        assert_eq!((marks.len(), clients.lock().len()), (512, 256));
        assert!(clients.admit(ip("192.0.2.1")).is_none());
        drop(marks);
        assert_eq!(clients.lock().len(), 0);
    }

    #[test]
    fn this_machine_itself_has_no_limit_unless_it_was_asked_for() {
        let exempt = clients(1, 1);
        for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            let marks: Vec<_> = (0..9).map(|_| exempt.admit(ip(address))).collect();
            let client = marks[8].as_ref().expect("admitted").client();
            let streams: Vec<_> = (0..9).map(|_| client.begin_stream()).collect();
            assert!(streams.iter().all(Option::is_some), "{address}");
        }
        let limits = ConnectionLimits {
            connections_per_address_max: 1,
            loopback_is_exempt: false,
            ..ConnectionLimits::default()
        };
        let limited = Clients::new(limits);
        let _one = limited.admit(ip("127.0.0.1")).expect("the first");
        assert!(limited.admit(ip("127.0.0.1")).is_none());
    }

    #[test]
    fn streams_of_one_address_are_counted_over_all_its_connections() {
        let clients = clients(9, 2);
        let one = clients.admit(ip("192.0.2.7")).expect("admitted");
        let two = clients.admit(ip("192.0.2.7")).expect("admitted");
        let _first = one.client().begin_stream().expect("the first");
        let second = two.client().begin_stream().expect("the second");
        assert!(one.client().begin_stream().is_none());
        drop(second);
        assert!(one.client().begin_stream().is_some());
    }

    #[test]
    fn a_connection_has_its_own_rate_or_its_share_of_the_address_s() {
        let rate = |connection: Option<u64>, address: Option<u64>, streams: usize| {
            let clients = Clients::new(ConnectionLimits {
                bytes_per_second_per_connection_max: connection,
                bytes_per_second_per_address_max: address,
                ..ConnectionLimits::default()
            });
            let mark = clients.admit(ip("192.0.2.7")).expect("admitted");
            let _streams: Vec<_> = (0..streams).map(|_| mark.client().begin_stream()).collect();
            mark.client().bytes_per_second_max()
        };
        assert_eq!(rate(None, None, 3), None);
        assert_eq!(rate(Some(100), None, 3), Some(100));
        assert_eq!(rate(None, Some(900), 0), Some(900));
        assert_eq!(rate(None, Some(900), 3), Some(300));
        assert_eq!(rate(Some(100), Some(900), 3), Some(100));
        assert_eq!(rate(Some(100), Some(900), 10), Some(90));
        assert_eq!(rate(None, Some(2), 3), Some(1));
    }
}
