//! What the connections are doing now, for people and for `/metrics`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::client::{Client, ClientMark, StreamPlace};
use super::payload::{Payload, StreamLabel};

/// A view of all connections and streams of a server. Clones show the same.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    connections_open: AtomicUsize,
    connections_accepted: AtomicU64,
    connections_refused: [AtomicU64; Refusal::ALL.len()],
    sent_by_sendfile_bytes: AtomicU64,
    sent_by_write_bytes: AtomicU64,
    sent_encrypted_bytes: AtomicU64,
    encrypted_connections: [AtomicU64; Encryptor::ALL.len()],
    failed_handshakes: AtomicU64,
    broken_streams: AtomicU64,
    slow_sends: AtomicU64,
    hungry: AtomicUsize,
    disk_threads: AtomicUsize,
    disk_busy: AtomicUsize,
    disk_queued: AtomicUsize,
    disk_queue_max: AtomicUsize,
    disk_windows: AtomicU64,
    window_bytes: [AtomicU64; 2],
    next_stream: AtomicU64,
    streams: Mutex<BTreeMap<u64, Arc<Progress>>>,
}

/// Why a connection was turned away: the limit that it would have exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    ConnectionsMax,
    ConnectionsPerAddressMax,
}

impl Refusal {
    const ALL: [Self; 2] = [Self::ConnectionsMax, Self::ConnectionsPerAddressMax];

    /// What the limit is called in the configuration.
    fn name(self) -> &'static str {
        match self {
            Self::ConnectionsMax => "connections_max",
            Self::ConnectionsPerAddressMax => "connections_per_address_max",
        }
    }
}

/// Who encrypts a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryptor {
    Kernel,
    Process,
}

impl Encryptor {
    const ALL: [Self; 2] = [Self::Kernel, Self::Process];

    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Process => "process",
        }
    }
}

#[derive(Debug)]
struct Progress {
    label: StreamLabel,
    peer: SocketAddr,
    began: Instant,
    len_bytes: u64,
    position_bytes: AtomicU64,
    sent_bytes: AtomicU64,
}

/// One running stream: an answer with payload that is not wholly sent.
#[derive(Clone, Debug)]
pub struct RunningStream {
    /// Tells this answer from every other of the same process.
    pub id: u64,
    /// Title, file and its length.
    pub label: StreamLabel,
    /// The client.
    pub peer: SocketAddr,
    /// Where in the file the next byte comes from.
    pub position_bytes: u64,
    /// Payload of this answer handed to the socket.
    pub sent_bytes: u64,
}

/// The threads that wait for disks, of all disks together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskPool {
    /// Threads there are; they start with the first read.
    pub threads: usize,
    /// Threads that read now.
    pub busy: usize,
    /// Windows waiting for a thread.
    pub queued: usize,
    /// Windows that may wait for each disk.
    pub queue_max: usize,
}

/// Bytes of files that were sent since the start, by where they were when they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowBytes {
    /// In the page cache.
    pub in_memory: u64,
    /// On the disk; they were read ahead.
    pub from_disk: u64,
}

impl Activity {
    /// Connections open now.
    pub fn connections(&self) -> usize {
        self.shared.connections_open.load(Relaxed)
    }

    /// Payload and heads handed to sockets since the start, by any way.
    pub fn sent_bytes(&self) -> u64 {
        self.sent_by_sendfile_bytes() + self.sent_by_write_bytes() + self.sent_encrypted_bytes()
    }

    /// Bytes that went from the page cache to sockets without entering this process.
    pub fn sent_by_sendfile_bytes(&self) -> u64 {
        self.shared.sent_by_sendfile_bytes.load(Relaxed)
    }

    /// Bytes that were sent from this process' memory: heads, texts, pictures.
    pub fn sent_by_write_bytes(&self) -> u64 {
        self.shared.sent_by_write_bytes.load(Relaxed)
    }

    /// Bytes that this process encrypted and sent, heads and payload alike, without what TLS adds.
    pub fn sent_encrypted_bytes(&self) -> u64 {
        self.shared.sent_encrypted_bytes.load(Relaxed)
    }

    /// Streams running now.
    pub fn stream_count(&self) -> usize {
        self.lock().len()
    }

    /// Streams running now, oldest first, at most `limit`.
    pub fn streams(&self, limit: usize) -> Vec<RunningStream> {
        self.lock()
            .iter()
            .take(limit)
            .map(|(&id, progress)| RunningStream {
                id,
                label: progress.label.clone(),
                peer: progress.peer,
                position_bytes: progress.position_bytes.load(Relaxed),
                sent_bytes: progress.sent_bytes.load(Relaxed),
            })
            .collect()
    }

    /// The threads that wait for disks.
    pub fn disk_pool(&self) -> DiskPool {
        DiskPool {
            threads: self.shared.disk_threads.load(Relaxed),
            busy: self.shared.disk_busy.load(Relaxed),
            queued: self.shared.disk_queued.load(Relaxed),
            queue_max: self.shared.disk_queue_max.load(Relaxed),
        }
    }

    /// Whether clients wait for disks, or will soon: something is read ahead of them now.
    pub fn is_reading_disks(&self) -> bool {
        self.shared.disk_busy.load(Relaxed) > 0 || self.shared.disk_queued.load(Relaxed) > 0
    }

    /// Windows read from disks ahead of the clients that wanted them.
    pub fn disk_windows(&self) -> u64 {
        self.shared.disk_windows.load(Relaxed)
    }

    /// Bytes of files that were sent, by whether their window was in memory before it was asked for.
    pub fn window_bytes(&self) -> WindowBytes {
        let [from_disk, in_memory] = &self.shared.window_bytes;
        WindowBytes { in_memory: in_memory.load(Relaxed), from_disk: from_disk.load(Relaxed) }
    }

    /// Brings the metrics recorder up to date; `/metrics` calls this before it renders.
    pub fn publish_metrics(&self) {
        let shared = &self.shared;
        let counter = |value: &AtomicU64| value.load(Relaxed);
        metrics::counter!("spillway_sent_bytes_total", "path" => "sendfile")
            .absolute(counter(&shared.sent_by_sendfile_bytes));
        metrics::counter!("spillway_sent_bytes_total", "path" => "write")
            .absolute(counter(&shared.sent_by_write_bytes));
        metrics::counter!("spillway_sent_bytes_total", "path" => "tls")
            .absolute(counter(&shared.sent_encrypted_bytes));
        for encryptor in Encryptor::ALL {
            metrics::counter!("spillway_tls_connections_total", "encrypted_by" => encryptor.name())
                .absolute(counter(&shared.encrypted_connections[encryptor as usize]));
        }
        metrics::counter!("spillway_tls_handshakes_failed_total")
            .absolute(counter(&shared.failed_handshakes));
        metrics::counter!("spillway_connections_accepted_total")
            .absolute(counter(&shared.connections_accepted));
        for refusal in Refusal::ALL {
            metrics::counter!("spillway_connections_refused_total", "limit" => refusal.name())
                .absolute(counter(&shared.connections_refused[refusal as usize]));
        }
        metrics::counter!("spillway_streams_broken_total")
            .absolute(counter(&shared.broken_streams));
        metrics::counter!("spillway_disk_windows_total").absolute(self.disk_windows());
        let WindowBytes { in_memory, from_disk } = self.window_bytes();
        metrics::counter!("spillway_window_bytes_total", "from" => "memory").absolute(in_memory);
        metrics::counter!("spillway_window_bytes_total", "from" => "disk").absolute(from_disk);
        metrics::counter!("spillway_slow_sends_total").absolute(counter(&shared.slow_sends));
        let gauges = [
            ("spillway_connections", self.connections()),
            ("spillway_streams", self.stream_count()),
            ("spillway_disk_threads_busy", self.disk_pool().busy),
            ("spillway_disk_windows_queued", self.disk_pool().queued),
        ];
        for (name, value) in gauges {
            metrics::gauge!(name).set(value as f64);
        }
    }

    /// Counts a connection until the returned mark is dropped.
    pub(super) fn open_connection(&self, client: ClientMark) -> ConnectionMark {
        self.shared.connections_open.fetch_add(1, Relaxed);
        self.shared.connections_accepted.fetch_add(1, Relaxed);
        ConnectionMark { activity: self.clone(), client, is_hungry: false }
    }

    /// Counts a connection that was turned away.
    pub(super) fn refuse_connection(&self, refusal: Refusal) {
        self.shared.connections_refused[refusal as usize].fetch_add(1, Relaxed);
    }

    /// Shows a stream until the returned mark and its clones are dropped, and keeps its place as
    /// long.
    pub(super) fn open_stream(&self, payload: &mut Payload, peer: SocketAddr) -> Arc<StreamMark> {
        let progress = Arc::new(Progress {
            label: payload.label().clone(),
            peer,
            began: Instant::now(),
            len_bytes: payload.len_bytes(),
            position_bytes: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
        });
        let id = self.shared.next_stream.fetch_add(1, Relaxed);
        self.lock().insert(id, Arc::clone(&progress));
        let place = payload.take_place();
        Arc::new(StreamMark { id, progress, activity: self.clone(), _place: place })
    }

    pub(super) fn count_written(&self, bytes: usize) {
        self.shared.sent_by_write_bytes.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn count_encrypted(&self, bytes: usize) {
        self.shared.sent_encrypted_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Counts a connection whose handshake is over.
    pub(super) fn count_encrypted_connection(&self, by: Encryptor) {
        self.shared.encrypted_connections[by as usize].fetch_add(1, Relaxed);
    }

    pub(super) fn count_failed_handshake(&self) {
        self.shared.failed_handshakes.fetch_add(1, Relaxed);
    }

    pub(super) fn count_broken_stream(&self) {
        self.shared.broken_streams.fetch_add(1, Relaxed);
    }

    pub(super) fn count_slow_send(&self) {
        self.shared.slow_sends.fetch_add(1, Relaxed);
    }

    /// Connections that have more to send than one quantum.
    pub(super) fn hungry_connections(&self) -> usize {
        self.shared.hungry.load(Relaxed)
    }

    pub(super) fn set_disk_queue_max(&self, queue_max: usize) {
        self.shared.disk_queue_max.store(queue_max, Relaxed);
    }

    pub(super) fn begin_disk_thread(&self) {
        self.shared.disk_threads.fetch_add(1, Relaxed);
    }

    pub(super) fn end_disk_thread(&self) {
        self.shared.disk_threads.fetch_sub(1, Relaxed);
    }

    pub(super) fn begin_disk_wait(&self) {
        self.shared.disk_queued.fetch_add(1, Relaxed);
    }

    pub(super) fn end_disk_wait(&self) {
        self.shared.disk_queued.fetch_sub(1, Relaxed);
    }

    pub(super) fn begin_disk_read(&self) {
        self.shared.disk_busy.fetch_add(1, Relaxed);
    }

    pub(super) fn end_disk_read(&self) {
        self.shared.disk_busy.fetch_sub(1, Relaxed);
    }

    pub(super) fn count_disk_window(&self) {
        self.shared.disk_windows.fetch_add(1, Relaxed);
    }

    /// Counts bytes that were sent of a window that was in memory before, or was not.
    pub(super) fn count_window(&self, bytes: u64, was_in_memory: bool) {
        self.shared.window_bytes[usize::from(was_in_memory)].fetch_add(bytes, Relaxed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Progress>>> {
        // The map is whole after every operation on it, also if a thread panicked elsewhere.
        self.shared.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for one open connection.
#[derive(Debug)]
pub(super) struct ConnectionMark {
    activity: Activity,
    client: ClientMark,
    is_hungry: bool,
}

impl ConnectionMark {
    pub(super) fn activity(&self) -> &Activity {
        &self.activity
    }

    pub(super) fn client(&self) -> &Client {
        self.client.client()
    }

    /// Says whether this connection could have gone on sending when its turn ended.
    pub(super) fn set_hungry(&mut self, is_hungry: bool) {
        if self.is_hungry != is_hungry {
            self.is_hungry = is_hungry;
            if is_hungry {
                self.activity.shared.hungry.fetch_add(1, Relaxed);
            } else {
                self.activity.shared.hungry.fetch_sub(1, Relaxed);
            }
        }
    }
}

impl Drop for ConnectionMark {
    fn drop(&mut self) {
        self.set_hungry(false);
        self.activity.shared.connections_open.fetch_sub(1, Relaxed);
    }
}

/// Stands for one running stream.
#[derive(Debug)]
pub(super) struct StreamMark {
    id: u64,
    progress: Arc<Progress>,
    activity: Activity,
    _place: Option<Arc<StreamPlace>>,
}

impl StreamMark {
    /// Counts bytes of a file that the socket took; the next comes from `position_bytes`.
    pub(super) fn count_sent(&self, bytes: usize, position_bytes: u64) {
        self.count_encrypted(bytes, position_bytes);
        self.activity.shared.sent_by_sendfile_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Counts bytes of a file that go to the client through TLS, where they are counted once more
    /// with all that is encrypted.
    pub(super) fn count_encrypted(&self, bytes: usize, position_bytes: u64) {
        self.progress.position_bytes.store(position_bytes, Relaxed);
        self.progress.sent_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// What the stream is called.
    pub(super) fn label(&self) -> &StreamLabel {
        &self.progress.label
    }
}

impl Drop for StreamMark {
    fn drop(&mut self) {
        self.activity.lock().remove(&self.id);
        let Progress { label, peer, began, len_bytes, sent_bytes, .. } = &*self.progress;
        tracing::debug!(
            stream = self.id,
            client = %peer.ip().to_canonical(),
            file_name = &*label.file_name,
            bytes = sent_bytes.load(Relaxed),
            announced_bytes = len_bytes,
            duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "stream ended"
        );
    }
}
