//! Our ends of a program's pipes: its output, kept in bounds, and its input, fed as it reads.
//!
//! Both are non-blocking. For the output this matters although it is only read when poll says so: a
//! program can open `/dev/stdout` for reading and take the bytes away in between.

use super::capture::{Captured, Keeper};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// An output stream of the program.
pub(super) struct Output {
    pipe: Option<PipeReader>,
    keeper: Keeper,
}

impl Output {
    /// A new pipe: what we read, keeping `limit` bytes of it, and the end for the program.
    pub(super) fn new(limit: usize) -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = io::pipe()?;
        ioctl_fionbio(&reader, true)?;
        Ok((Self { pipe: Some(reader), keeper: Keeper::new(limit) }, writer.into()))
    }

    /// What to poll, until everybody has closed the other end.
    pub(super) fn open(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads once.
    pub(super) fn take(&mut self, buffer: &mut [u8]) {
        let Some(pipe) = &self.pipe else { return };
        match read(pipe, &mut *buffer) {
            Ok(0) => self.pipe = None,
            Ok(length) => self.keeper.keep(&buffer[..length]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.pipe = None,
        }
    }

    pub(super) fn finish(self) -> Captured {
        self.keeper.finish()
    }
}

/// The standard input of the program.
pub(super) struct Input<'a> {
    pipe: Option<PipeWriter>,
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    /// Nothing to feed.
    pub(super) fn none() -> Self {
        Self { pipe: None, bytes: &[] }
    }

    /// A new pipe: what we feed with `bytes`, and the end for the program.
    pub(super) fn new(bytes: &'a [u8]) -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = io::pipe()?;
        ioctl_fionbio(&writer, true)?;
        Ok((Self { pipe: Some(writer), bytes }, reader.into()))
    }

    /// What to poll, until all is written or nobody reads any more.
    pub(super) fn open(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Writes once. A program that does not want its input (EPIPE) is no error.
    pub(super) fn feed(&mut self) {
        let Some(pipe) = &self.pipe else { return };
        match write(pipe, self.bytes) {
            Ok(length) => self.bytes = &self.bytes[length..],
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.bytes = &[],
        }
        if self.bytes.is_empty() {
            self.pipe = None;
        }
    }

    pub(super) fn close(&mut self) {
        self.pipe = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// Fails if `work` blocks, instead of hanging.
    fn promptly(work: impl FnOnce() + Send + 'static) {
        let (done, wait) = mpsc::channel();
        thread::spawn(move || {
            work();
            done.send(())
        });
        wait.recv_timeout(Duration::from_secs(30)).expect("it blocks");
    }

    #[test]
    fn reading_what_somebody_else_took_does_not_block() {
        promptly(|| {
            let (mut output, _program) = Output::new(8).unwrap();
            output.take(&mut [0; 8]);
            assert!(output.open().is_some());
        });
    }

    #[test]
    fn feeding_a_program_that_does_not_read_does_not_block() {
        promptly(|| {
            let bytes = vec![0; 1 << 20];
            let (mut input, _program) = Input::new(&bytes).unwrap();
            input.feed();
            input.feed();
            assert!(input.open().is_some());
        });
    }

    #[test]
    fn a_program_that_closed_its_input_is_fed_no_more() {
        let (mut input, program) = Input::new(b"input").unwrap();
        drop(program);
        input.feed();
        assert!(input.open().is_none());
    }
}
