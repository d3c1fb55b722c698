//! The system calls that move payload, those that ask about it, and the one that finds what this
//! process was started with.
//!
//! The only place of the server where `unsafe` may stand: calls that no library wraps.

#![allow(
    unsafe_code,
    reason = "cachestat(2), getrusage(2), SIOCOUTQ, SO_MAX_PACING_RATE, the kernel's TLS and a \
              descriptor by number have no safe wrapper"
)]

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::time::Duration;

use rustix::io::{Errno, ReadWriteFlags};
use rustix::net::{SendAncillaryBuffer, SendFlags};

/// Sends memory; `more` says that payload follows at once (`MSG_MORE`).
///
/// Without it the head of an answer leaves in a segment of its own and the payload waits for its
/// acknowledgement, up to 40 ms. `TCP_CORK` would do the same for two calls more.
pub(super) fn send(socket: impl AsFd, bytes: &[IoSlice<'_>], more: bool) -> io::Result<usize> {
    let mut flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    flags.set(SendFlags::MORE, more);
    Ok(rustix::net::sendmsg(socket, bytes, &mut SendAncillaryBuffer::default(), flags)?)
}

/// Hands up to `count` bytes of a file, from `offset_bytes` on, to a socket or another descriptor.
/// Returns 0 only at the end of the file. Waits for the disk if the pages are not in memory.
pub(super) fn sendfile(
    to: impl AsFd,
    file: impl AsFd,
    offset_bytes: u64,
    count: usize,
) -> io::Result<usize> {
    let mut offset = offset_bytes;
    loop {
        match rustix::fs::sendfile(&to, &file, Some(&mut offset), count) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// `struct cachestat_range` of `linux/mman.h`.
#[repr(C)]
struct CachestatRange {
    offset_bytes: u64,
    len_bytes: u64,
}

/// `struct cachestat` of `linux/mman.h`, in pages.
#[repr(C)]
struct Cachestat {
    cached: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// The number is the same on every architecture; not all of libc's tables have it.
const SYS_CACHESTAT: libc::c_long = 451;

/// How many pages of a range of a file are in the page cache. Never waits.
///
/// # Errors
/// `ENOSYS` before Linux 6.5; `EPERM` for a file that this process could neither own nor write;
/// `EOPNOTSUPP` for file systems without a page cache of the usual kind.
pub(super) fn cached_pages(
    file: BorrowedFd<'_>,
    offset_bytes: u64,
    len_bytes: u64,
) -> io::Result<u64> {
    let range = CachestatRange { offset_bytes, len_bytes };
    let mut found = MaybeUninit::<Cachestat>::uninit();
    // SAFETY: both pointers are valid for the call and have the layout of the kernel's structures,
    // which are part of its stable interface; the kernel keeps neither.
    let result = unsafe {
        libc::syscall(SYS_CACHESTAT, file.as_raw_fd(), &raw const range, found.as_mut_ptr(), 0)
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel filled the whole structure when it returned 0.
    Ok(unsafe { found.assume_init() }.cached)
}

/// Processor time that all threads of this process have used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// In the program itself.
    pub user: Duration,
    /// In the kernel for it.
    pub system: Duration,
}

/// Processor time that this process has used so far.
pub fn processor_time() -> ProcessorTime {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is valid for the call and has the layout that libc gives the structure.
    let result = unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) };
    if result != 0 {
        return ProcessorTime::default();
    }
    // SAFETY: the kernel filled the whole structure when it returned 0.
    let usage = unsafe { usage.assume_init() };
    let time = |time: libc::timeval| {
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::from_secs(seconds)
            + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
    };
    ProcessorTime { user: time(usage.ru_utime), system: time(usage.ru_stime) }
}

/// Reads one byte if that needs no waiting.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] if the page is not in memory (reading ahead of it may then have
/// begun), `EOPNOTSUPP` where the file system cannot tell.
pub(super) fn probe_byte(file: impl AsFd, offset_bytes: u64) -> io::Result<usize> {
    let mut byte = [0];
    read_now(file, &mut byte, offset_bytes)
}

/// Reads what is in memory of the bytes at `offset_bytes`, without waiting; errors as
/// [`probe_byte`].
pub(crate) fn read_now(file: impl AsFd, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
    let mut buffers = [IoSliceMut::new(buffer)];
    Ok(rustix::io::preadv2(file, &mut buffers, offset_bytes, ReadWriteFlags::NOWAIT)?)
}

/// Bytes that the socket holds because the client has not acknowledged them.
pub(super) fn unacknowledged_bytes(socket: impl AsFd) -> io::Result<u64> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: SIOCOUTQ (the same number as TIOCOUTQ) writes one int through the pointer, which is
    // valid for the call.
    let result = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// `TLS_SET_RECORD_TYPE` and `TLS_GET_RECORD_TYPE` of `linux/tls.h`.
const TLS_SET_RECORD_TYPE: libc::c_int = 1;
/// See [`TLS_SET_RECORD_TYPE`].
const TLS_GET_RECORD_TYPE: libc::c_int = 2;

/// Which of a socket's two keys is meant, by its number in `linux/tls.h`.
#[derive(Clone, Copy, Debug)]
pub(super) enum TlsDirection {
    /// `TLS_TX`.
    Send = 1,
    /// `TLS_RX`.
    Receive = 2,
}

/// Room for a control message of one byte, aligned as the kernel wants it.
#[repr(C, align(8))]
struct RecordTypeMessage([u8; RECORD_TYPE_MESSAGE_BYTES]);

// SAFETY: computes a length and touches no memory.
const RECORD_TYPE_MESSAGE_BYTES: usize = unsafe { libc::CMSG_SPACE(1) } as usize;

/// Puts the kernel's TLS between a connected TCP socket and the network. Without keys it lets
/// everything through as it is.
///
/// # Errors
/// `ENOENT` where the kernel has no TLS or its module `tls` is not loaded and this process may not
/// load it; `ENOTCONN` for a socket that is not connected; `EOPNOTSUPP` for one of MPTCP.
pub(super) fn attach_kernel_tls(socket: impl AsFd) -> io::Result<()> {
    set_bytes(socket, libc::IPPROTO_TCP, libc::TCP_ULP, b"tls")
}

/// Gives a socket that TLS is attached to the key for one direction: a structure that begins with
/// `struct tls_crypto_info` of `linux/tls.h`.
///
/// # Errors
/// `EINVAL` or `ENOENT` for a cipher that this kernel does not have; `EBUSY` where there is a key.
pub(super) fn set_tls_key(
    socket: impl AsFd,
    direction: TlsDirection,
    crypto_info: &[u8],
) -> io::Result<()> {
    set_bytes(socket, libc::SOL_TLS, direction as libc::c_int, crypto_info)
}

fn set_bytes(
    socket: impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
    value: &[u8],
) -> io::Result<()> {
    let len = libc::socklen_t::try_from(value.len()).expect("some bytes");
    // SAFETY: the pointer is valid for the call and `len` is the length of what it points to; the
    // kernel copies it.
    let result = unsafe {
        libc::setsockopt(socket.as_fd().as_raw_fd(), level, option, value.as_ptr().cast(), len)
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Receives decrypted bytes of records of one type from a socket with the kernel's TLS. Returns how
/// many, and the type as numbered in RFC 8446 §5.1; no type comes with the end of the connection.
/// Never waits.
///
/// # Errors
/// `EBADMSG` for a record that is not the peer's, or was encrypted with a later key; `EMSGSIZE` for
/// one that is too long; [`io::ErrorKind::WouldBlock`].
pub(super) fn receive_records(
    socket: impl AsFd,
    buffer: &mut [u8],
) -> io::Result<(usize, Option<u8>)> {
    let mut control = RecordTypeMessage([0; RECORD_TYPE_MESSAGE_BYTES]);
    let mut slice = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: the structure is integers and pointers, for which all zeros are valid.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut slice;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = RECORD_TYPE_MESSAGE_BYTES as _;
    // SAFETY: `message` points to the buffer and the room for control messages, both of the length
    // it says and borrowed for the call.
    let received =
        unsafe { libc::recvmsg(socket.as_fd().as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
    let Ok(received) = usize::try_from(received) else {
        return Err(io::Error::last_os_error());
    };
    // SAFETY: the kernel has filled `message` and says in it how long the control messages are.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message).as_ref() };
    let record_type = header
        .filter(|it| it.cmsg_level == libc::SOL_TLS && it.cmsg_type == TLS_GET_RECORD_TYPE)
        // SAFETY: a control message of this type has one byte of data.
        .map(|header| unsafe { *libc::CMSG_DATA(header) });
    Ok((received, record_type))
}

/// Sends a record of a type that is not payload, after everything that was sent before.
pub(super) fn send_record(socket: impl AsFd, record_type: u8, content: &[u8]) -> io::Result<usize> {
    let mut control = RecordTypeMessage([0; RECORD_TYPE_MESSAGE_BYTES]);
    let mut slice =
        libc::iovec { iov_base: content.as_ptr().cast_mut().cast(), iov_len: content.len() };
    // SAFETY: the structure is integers and pointers, for which all zeros are valid.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut slice;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = RECORD_TYPE_MESSAGE_BYTES as _;
    // SAFETY: the room for control messages is aligned and long enough for one of a byte, which is
    // written; the kernel only reads what `message` points to.
    let sent = unsafe {
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_TLS;
        (*header).cmsg_type = TLS_SET_RECORD_TYPE;
        (*header).cmsg_len = libc::CMSG_LEN(1) as _;
        *libc::CMSG_DATA(header) = record_type;
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        libc::sendmsg(socket.as_fd().as_raw_fd(), &raw const message, flags)
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// Lets a socket send no faster than this. The kernel spreads segments over time, by itself where
/// no `fq` queue does it (Linux 4.13).
pub(super) fn set_pacing_rate(socket: impl AsFd, bytes_per_second: u64) -> io::Result<()> {
    // An `unsigned long` is taken as such (socket(7) knows 32 bits alone); all ones mean no limit.
    let rate = libc::c_ulong::try_from(bytes_per_second).unwrap_or(libc::c_ulong::MAX);
    let len = libc::socklen_t::try_from(size_of_val(&rate)).expect("some bytes");
    // SAFETY: the pointer is valid for the call and `len` is the length of what it points to.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MAX_PACING_RATE,
            (&raw const rate).cast(),
            len,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A duplicate of a descriptor that this process was started with.
///
/// The descriptor itself stays open, since whether anything else uses that number cannot be known;
/// programs that this process starts do not get it.
///
/// # Errors
/// `EBADF` where there is none.
pub(super) fn duplicate_inherited(descriptor: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: sets a flag of whatever has that number, and reads or writes no memory.
    let marked = unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    if marked != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: makes a new descriptor, and reads or writes no memory.
    let duplicate = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) };
    if duplicate < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made it for this call, so nothing else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
}

/// How many TCP segments with data have arrived on a socket (`tcpi_data_segs_in`).
#[cfg(test)]
pub(crate) fn data_segments_received(socket: impl AsFd) -> u32 {
    // SAFETY: the structure is plain integers, for which all zeros are valid.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut len = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).expect("small");
    // SAFETY: the pointers are valid for the call, and `len` says how much the first may hold.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut len,
        )
    };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    info.tcpi_data_segs_in
}
