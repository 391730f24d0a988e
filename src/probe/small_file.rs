//! The small text files in which a system speaks: `/proc`, `/sys`, `/etc`.
//!
//! Deliberately absent: files of users, which may be of any size and are the `file` probe's.

use super::Seen;
use super::reading::reason;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The most that is read of one file: 4 MiB, more than `/proc/cpuinfo` of a thousand processors.
const LIMIT: u64 = 4 << 20;

/// The text of a file, what is not UTF-8 in it replaced.
///
/// # Errors
/// Those of the system, and `InvalidInput` for what is no regular file: a FIFO would never answer.
pub fn read(path: impl AsRef<Path>) -> io::Result<String> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The text of a file without white space around it; `None` if it cannot be had, for clues that may be missing.
pub fn clue(path: impl AsRef<Path>) -> Option<String> {
    read(path).ok().map(|text| text.trim().to_string())
}

/// What it means that an interface of the kernel cannot be read: without it this machine cannot tell.
pub fn missed<F>(path: &str, error: &io::Error) -> Seen<F> {
    match error.kind() {
        ErrorKind::NotFound => Seen::Unsupported(format!("this machine has no {path}")),
        _ => Seen::Refused(why(path, error)),
    }
}

/// That something cannot be read, for people.
pub fn why(what: impl Display, error: &io::Error) -> String {
    format!("{what} cannot be read: {}", reason(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        assert!(read("/proc/self/status").is_ok_and(|text| text.contains("Pid:")));
        assert_eq!(read("/proc").unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(read("/dev/zero").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(read("/nowhere/at all").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_missing_interface_is_not_a_missing_permission() {
        let missed = |kind: ErrorKind| missed::<()>("/proc/x", &kind.into());
        assert_eq!(missed(ErrorKind::NotFound), Seen::Unsupported("this machine has no /proc/x".into()));
        assert!(matches!(missed(ErrorKind::PermissionDenied), Seen::Refused(why) if why.contains("permission")));
    }
}
