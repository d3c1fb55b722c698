//! The `spillway` program.

use std::process::ExitCode;

/// The system's allocator returns the memory of many short-lived threads and connections late; this
/// one keeps a server that ran for weeks as small as a fresh one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    spillway::command::run()
}
