//! What the parts of one connection tell each other: the body that yields placeholders, the socket
//! that sends their ranges, and the connection that watches the time.
//!
//! All three run in one task, so the lock is never waited for; it is there because Tokio
//! asks of every task that it could move between threads.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spillway_media::storage::Object;
use tokio::time::Instant;

use super::activity::StreamMark;

/// A range of a file whose placeholder is in hyper's hands.
#[derive(Clone, Debug)]
pub(super) struct QueuedRange {
    pub(super) object: Object,
    pub(super) offset_bytes: u64,
    /// Always the length of what hyper still holds of the placeholder.
    pub(super) len_bytes: usize,
    /// Where the answer's range of this file ends, beyond this placeholder.
    pub(super) file_range_end_bytes: u64,
    pub(super) stream: Arc<StreamMark>,
}

/// What the connection is doing, as far as time limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Between two requests, since the last byte of the answer was handed to the socket.
    Idle { since: Instant },
    /// A request head is arriving.
    Head { since: Instant },
    /// A handler works or its answer is being sent.
    Answering,
}

/// Stands for one answer, from its request's head until its body is at its end or was dropped.
#[derive(Debug)]
pub(super) struct OpenAnswer {
    link: Arc<Link>,
}

impl OpenAnswer {
    /// Says whether the answer's next bytes are still on a disk.
    pub(super) fn set_waits_for_disk(&self, waits: bool) {
        self.link.lock().waits_for_disk = waits;
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        self.link.end_answer();
    }
}

#[derive(Debug)]
pub(super) struct Link {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<QueuedRange>,
    phase: Phase,
    /// Answers whose end has not come: one at most in HTTP/1.1, several in HTTP/2.
    open_answers: usize,
    /// Whether the answer's body may still yield file ranges.
    has_payload_body: bool,
    /// Whether the next bytes of an encrypted answer are still on a disk.
    waits_for_disk: bool,
    /// Payload that may still be sent before other connections get their turn.
    turn_left_bytes: usize,
    /// When the turn began, which is now as far as time limits go.
    turn_began: Instant,
}

impl Link {
    /// A new connection is at once expected to send a request head.
    pub(super) fn new() -> Self {
        let turn_began = Instant::now();
        let phase = Phase::Head { since: turn_began };
        Self {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                phase,
                open_answers: 0,
                has_payload_body: false,
                waits_for_disk: false,
                turn_left_bytes: 0,
                turn_began,
            }),
        }
    }

    pub(super) fn push(&self, range: QueuedRange) {
        self.lock().queue.push_back(range);
    }

    /// The range whose bytes are next on the wire.
    pub(super) fn front(&self) -> Option<QueuedRange> {
        self.lock().queue.front().cloned()
    }

    /// Takes `sent` bytes off the front range.
    pub(super) fn advance(&self, sent: usize) {
        let mut state = self.lock();
        state.turn_left_bytes = state.turn_left_bytes.saturating_sub(sent);
        if let Some(range) = state.queue.front_mut() {
            range.offset_bytes += sent as u64;
            range.len_bytes -= sent;
            if range.len_bytes == 0 {
                state.queue.pop_front();
            }
        }
        state.touch();
    }

    /// Begins a turn of the event loop.
    pub(super) fn begin_turn(&self, quantum_bytes: usize) {
        let mut state = self.lock();
        state.turn_left_bytes = quantum_bytes;
        state.turn_began = Instant::now();
    }

    /// Takes bytes that did not come from the queue off the turn.
    pub(super) fn spend(&self, sent: usize) {
        let mut state = self.lock();
        state.turn_left_bytes = state.turn_left_bytes.saturating_sub(sent);
    }

    pub(super) fn turn_left_bytes(&self) -> usize {
        self.lock().turn_left_bytes
    }

    /// Bytes came from the client; between requests they begin a head.
    pub(super) fn received(&self) {
        let mut state = self.lock();
        if let Phase::Idle { .. } = state.phase {
            state.phase = Phase::Head { since: state.turn_began };
        }
    }

    /// A whole head has come; what is returned stands for its answer.
    pub(super) fn begin_answer(self: &Arc<Self>) -> OpenAnswer {
        let mut state = self.lock();
        state.phase = Phase::Answering;
        state.open_answers += 1;
        OpenAnswer { link: Arc::clone(self) }
    }

    /// The answer has a body that yields file ranges.
    pub(super) fn begin_payload(&self) {
        self.lock().has_payload_body = true;
    }

    fn end_answer(&self) {
        let mut state = self.lock();
        state.has_payload_body = false;
        state.waits_for_disk = false;
        state.open_answers -= 1;
        if state.open_answers == 0 {
            // A stream of HTTP/2 may end long after a turn.
            state.phase = Phase::Idle { since: Instant::now() };
        }
    }

    /// Whether file ranges are on their way to the client.
    pub(super) fn is_sending_payload(&self) -> bool {
        let state = self.lock();
        state.has_payload_body || !state.queue.is_empty()
    }

    /// Whether nothing can be sent because it is still on a disk. In HTTP/2 other answers may go on.
    pub(super) fn waits_for_disk(&self) -> bool {
        self.lock().waits_for_disk
    }

    /// Bytes went to the client: what is left of an answer counts as work, not idleness.
    pub(super) fn written(&self) {
        self.lock().touch();
    }

    /// What the connection is doing; unsent payload counts as answering although its body is done.
    pub(super) fn phase(&self) -> Phase {
        let state = self.lock();
        if state.queue.is_empty() { state.phase } else { Phase::Answering }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change above is whole before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn touch(&mut self) {
        if let Phase::Idle { since } = &mut self.phase {
            *since = self.turn_began;
        }
    }
}
