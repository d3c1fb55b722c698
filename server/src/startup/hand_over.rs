//! Handing the clients over to another process of this program, often a newer one.
//!
//! The serving process starts its successor with one end of a socket as standard input and sends
//! the listening socket through it. From then on each says one byte when it is its turn:
//! the successor [`PREPARED`], the serving one [`RELEASED`], the successor [`SERVING`]. An end of the
//! stream means that the other is gone. `docs/design/restart.md` tells why in this order.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as BlockingUnixStream;
use std::process::{self, ExitStatus, Stdio};
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::limits::{HAND_OVER_PREPARE_WAIT, HAND_OVER_START_WAIT};
use crate::transport::Listener;

/// Says to a process who started it to take over; to be believed only of its parent.
const SUCCESSOR_OF: &str = "SPILLWAY_SUCCESSOR_OF";

/// What was configured can be meant; the catalog may be released.
const PREPARED: u8 = b'P';
/// The catalog is closed.
const RELEASED: u8 = b'R';
/// Clients are answered.
const SERVING: u8 = b'S';

/// A process that is about to take over.
#[derive(Debug)]
pub(super) struct Successor {
    child: Child,
    channel: UnixStream,
}

impl Successor {
    /// Starts `command` (a program and its arguments) to serve `listener`.
    pub(super) fn start(command: &[OsString], listener: &Listener) -> io::Result<Self> {
        let [program, arguments @ ..] = command else {
            return Err(io::Error::other("it is not known how this process was started"));
        };
        let (ours, theirs) = BlockingUnixStream::pair()?;
        send_descriptor(&ours, listener)?;
        ours.set_nonblocking(true)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .env(SUCCESSOR_OF, process::id().to_string())
            // Meant for this process alone.
            .env_remove("LISTEN_PID")
            .env_remove("LISTEN_FDS")
            .env_remove("WATCHDOG_PID")
            .spawn()?;
        Ok(Self { child, channel: UnixStream::from_std(ours)? })
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Waits until it can do nothing more without the catalog.
    pub(super) async fn prepared(&mut self) -> io::Result<()> {
        self.hear(PREPARED, HAND_OVER_PREPARE_WAIT).await
    }

    /// Says that the catalog is closed, and waits until it serves.
    ///
    /// # Errors
    /// It does not; its process has ended then.
    pub(super) async fn take_over(&mut self) -> io::Result<()> {
        // That it is gone already is heard next.
        let _ = self.channel.write_all(&[RELEASED]).await;
        self.hear(SERVING, HAND_OVER_START_WAIT).await
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        // It may have ended by itself.
        let _ = self.child.start_kill();
        self.child.wait().await
    }

    async fn hear(&mut self, word: u8, patience: Duration) -> io::Result<()> {
        let problem = match timeout(patience, self.channel.read_u8()).await {
            Ok(Ok(heard)) if heard == word => return Ok(()),
            Ok(Ok(_)) => "it says what this version does not understand",
            Ok(Err(_)) => "it ended",
            Err(_) => "it took too long",
        };
        // Gone for sure, so that the catalog can be opened again.
        let status = self.end().await?;
        Err(io::Error::other(format!("{problem} ({status})")))
    }
}

/// The process that this one takes over from.
#[derive(Debug)]
pub(super) struct Predecessor {
    channel: UnixStream,
}

/// What a successor finds at its start.
#[derive(Debug)]
pub(super) struct Inheritance {
    channel: BlockingUnixStream,
    listener: Listener,
}

impl Inheritance {
    /// What the process left that started this one to take over; none for any other start. Waits for
    /// nothing: the socket was sent before this process was started.
    pub(super) fn find(variable: impl Fn(&str) -> Option<OsString>) -> io::Result<Option<Self>> {
        let named = variable(SUCCESSOR_OF).and_then(|pid| pid.to_str()?.parse().ok());
        let parent = rustix::process::getppid().map(rustix::process::Pid::as_raw_pid);
        if named.is_none() || named != parent {
            return Ok(None);
        }
        let channel = BlockingUnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        channel.set_nonblocking(true)?;
        let listener = Listener::take(receive_descriptor(&channel)?)?;
        Ok(Some(Self { channel, listener }))
    }

    /// Speaks with the predecessor from now on. Must be called within a Tokio runtime.
    pub(super) fn open(self) -> io::Result<(Predecessor, Listener)> {
        Ok((Predecessor { channel: UnixStream::from_std(self.channel)? }, self.listener))
    }
}

impl Predecessor {
    /// Asks for the catalog and waits until it is closed, or the predecessor gone.
    pub(super) async fn released(&mut self) {
        // Each failure means that it is gone, and its catalog with it.
        if self.channel.write_all(&[PREPARED]).await.is_ok() {
            let _ = self.channel.read_u8().await;
        }
    }

    /// Says that clients are answered here.
    pub(super) async fn relieve(mut self) {
        // Where it is gone nobody needs to know.
        let _ = self.channel.write_all(&[SERVING]).await;
    }
}

fn send_descriptor(channel: &BlockingUnixStream, listener: &Listener) -> io::Result<()> {
    let descriptors = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&descriptors));
    // A descriptor travels with at least one byte (unix(7)).
    rustix::net::sendmsg(channel, &[IoSlice::new(&[0])], &mut message, SendFlags::empty())?;
    Ok(())
}

fn receive_descriptor(channel: &BlockingUnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    rustix::net::recvmsg(channel, &mut bytes, &mut message, RecvFlags::CMSG_CLOEXEC)?;
    let descriptor = message.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    descriptor.ok_or_else(|| io::Error::other("no listening socket came"))
}
