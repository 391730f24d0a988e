//! A TCP connection whose every wait ends at the deadline of the look or when the run is cancelled.
//!
//! The socket never blocks; reading and writing wait in poll(2) for it and for
//! the cancellation together. Failures travel as `io::Error`, so that TLS and
//! HTTP crates can stand on top, and come out again by `Failure::from`.

use super::problem::Failure;
use crate::probe::Context;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// Whatever bytes travel on, plain or in TLS.
pub trait Stream: Read + Write + Send + Sync {}
impl<T: Read + Write + Send + Sync> Stream for T {}

/// One TCP connection of one look.
pub struct Connection {
    socket: TcpStream,
    /// The address it was made to.
    pub peer: SocketAddr,
    context: Context,
}

impl Connection {
    /// Takes over a socket that does not block.
    pub(super) fn new(socket: TcpStream, peer: SocketAddr, context: &Context) -> Connection {
        Connection { socket, peer, context: context.clone() }
    }

    /// Our own address of the connection.
    ///
    /// # Errors
    /// As getsockname(2).
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        attend(&self.socket, PollFlags::IN, &self.context, |mut socket| socket.read(buffer))
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        attend(&self.socket, PollFlags::OUT, &self.context, |mut socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "connection to {}", self.peer)
    }
}

/// Tries until the operation would no longer block; a socket that always has data must not outlive the deadline either.
///
/// # Errors
/// Those of the operation, and as [`wait`].
pub fn attend<S: AsFd, T>(
    socket: &S,
    flags: PollFlags,
    context: &Context,
    mut operation: impl FnMut(&S) -> io::Result<T>,
) -> io::Result<T> {
    loop {
        still_time(context)?;
        match operation(socket) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => wait(socket, flags, context.deadline, context)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Whether the look may go on.
///
/// # Errors
/// After the deadline, or when the run was cancelled.
pub fn still_time(context: &Context) -> Result<(), Failure> {
    if context.cancel.is_cancelled() {
        return Err(Failure::cancelled());
    }
    if Instant::now() >= context.deadline {
        return Err(Failure::timed_out());
    }
    Ok(())
}

/// Waits until the socket is ready.
///
/// # Errors
/// When `until` has come, when the run is cancelled, and when poll(2) fails.
pub fn wait(socket: impl AsFd, flags: PollFlags, until: Instant, context: &Context) -> Result<(), Failure> {
    let cancelled = context.cancel.watched().map_err(Failure::from)?;
    loop {
        if context.cancel.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::timed_out());
        }
        let mut sockets = [PollFd::new(&socket, flags), PollFd::from_borrowed_fd(cancelled, PollFlags::IN)];
        match poll(&mut sockets, Some(&timespec(left))) {
            Ok(_) if !sockets[0].revents().is_empty() => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Failure::Blind(format!("poll failed: {error}"))),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), tv_nsec: duration.subsec_nanos().into() }
}

/// Reads until the end, the limit, or an error; what came before an error is kept.
pub fn read_up_to(stream: &mut (impl Read + ?Sized), limit: usize) -> (Vec<u8>, io::Result<()>) {
    let mut kept = Vec::new();
    let mut buffer = [0; 16 << 10];
    while kept.len() < limit {
        let room = buffer.len().min(limit - kept.len());
        match stream.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(count) => kept.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (kept, Err(error)),
        }
    }
    (kept, Ok(()))
}
