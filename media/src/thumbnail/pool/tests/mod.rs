//! The pool from four sides: what it does, its queue against a slow and obvious one, all orders of
//! events, and thousands of rounds.

mod behaviour;
mod orders;
mod reference;
mod soak;
