//! A connection to a Unix socket, under the deadline of the look like those of the network.

use super::connection::{attend, still_time};
use crate::probe::Context;
use rustix::event::PollFlags;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long to wait before a server whose queue is full is asked again: poll(2) does not tell.
const PAUSE: Duration = Duration::from_millis(10);

/// One connection of one look.
pub struct Local {
    socket: UnixStream,
    context: Context,
}

/// Connects to a Unix socket.
///
/// # Errors
/// As connect(2), and after the deadline.
pub fn dial_local(path: &Path, context: &Context) -> io::Result<Local> {
    let address = SocketAddrUnix::new(path)?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    loop {
        still_time(context)?;
        match connect(&socket, &address) {
            Ok(()) => return Ok(Local { socket: socket.into(), context: context.clone() }),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => std::thread::sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
}

impl Read for Local {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        attend(&self.socket, PollFlags::IN, &self.context, |mut socket| socket.read(buffer))
    }
}

impl Write for Local {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        attend(&self.socket, PollFlags::OUT, &self.context, |mut socket| socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
