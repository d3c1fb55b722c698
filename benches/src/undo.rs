//! What a benchmark puts back: settings of the system, processes and folders that would outlive it.
//!
//! A destructor does not run when a signal ends the program, so a thread waits for SIGINT and SIGTERM
//! and undoes what is still to undo. Nothing helps against SIGKILL.

use std::process;
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

/// What is still to undo, the oldest first.
static PENDING: Mutex<Vec<Pending>> = Mutex::new(Vec::new());

struct Pending {
    number: u64,
    action: Box<dyn FnOnce() + Send>,
}

/// Undoes something when it is dropped, or when SIGINT or SIGTERM ends the program before.
#[derive(Debug)]
#[must_use = "it undoes when it is dropped"]
pub struct Undo {
    number: u64,
}

impl Undo {
    /// Says how to undo what is done next, so that no signal comes between.
    pub fn with(action: impl FnOnce() + Send + 'static) -> Self {
        static WATCH: Once = Once::new();
        WATCH.call_once(watch_signals);
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let number = pending.last().map_or(0, |last| last.number + 1);
        pending.push(Pending { number, action: Box::new(action) });
        Self { number }
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // Under the lock until it is done: the thread that ends the program waits for it.
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        let index = pending.iter().position(|pending| pending.number == self.number);
        let Pending { action, .. } = pending.remove(index.expect("only this takes it out"));
        action();
    }
}

/// Handlers rather than a mask: programs inherit a mask from who starts them, and a server that
/// blocks SIGTERM cannot be stopped.
fn watch_signals() {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime needs two descriptors");
    let (interrupt, terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    let mut interrupt = interrupt.expect("SIGINT can be handled");
    let mut terminate = terminate.expect("SIGTERM can be handled");
    thread::spawn(move || {
        let number = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => SignalKind::interrupt(),
                _ = terminate.recv() => SignalKind::terminate(),
            }
        });
        let mut pending = PENDING.lock().unwrap_or_else(PoisonError::into_inner);
        for Pending { action, .. } in pending.drain(..).rev() {
            action();
        }
        process::exit(128 + number.as_raw_value());
    });
}
