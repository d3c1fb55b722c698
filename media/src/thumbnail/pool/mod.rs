//! The threads that make pictures: few, of the lowest priority, and never in a viewer's way.
//!
//! [`Pool::ask`] wants something by its key, and brings the work that makes it. Who asks for a key
//! that is already on its way gets the same answer, from one run. Whoever no longer wants his answer
//! drops his [`Ticket`]; work that nobody wants any more leaves the queue, or is told so by its
//! [`Cancel`] if it runs. Everything has an end: places in the queue, memory, time. What does not fit
//! is refused at once with [`Kind::Busy`](crate::error::Kind::Busy).
//!
//! # Who holds which lock
//!
//! A thread of `SCHED_IDLE` that is interrupted may wait for seconds until it gets a processor again,
//! and so would everybody who waits for a lock it holds: the event loop, if that asks for a picture
//! just then (measured: `docs/design/thumbnails.md`). Therefore the threads that work touch nothing
//! that others wait for. Three kinds:
//!
//! * those who ask (any thread, the event loop's too) lock the [`queue`] and wake the keeper;
//! * one [`keeper`] of normal priority, which sleeps unless something ends or falls due, locks the
//!   queue, watches the time, hands out work and answers who asked, so that their wakers are
//!   never called by a slow thread;
//! * [`worker`]s share with the keeper alone one place each, where work is laid down and taken away.
//!
//! Nobody holds two locks. A worker that stands still may hold up the keeper, never those who ask.
//!
//! # A decoder that does not end
//!
//! No decoder can be interrupted. When work takes longer than it may, those who asked for it are
//! told at once, its thread is abandoned to finish alone, and another takes its place. There are only
//! so many abandoned threads; beyond, nothing new is taken on until some have ended.

mod handle;
mod keeper;
mod low_priority;
mod queue;
mod state;
mod sync;
#[cfg(test)]
mod tests;
mod why;
mod worker;

pub use handle::{Pool, Ticket};
pub use state::{JobSeconds, PoolSettings, PoolState, Priority};
pub use worker::Cancel;
