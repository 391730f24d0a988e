//! Looking at paths and reading files that may be anything: bounded, and never hanging.
//!
//! What is no regular file is never read: opening a device can have effects, and
//! a FIFO or a terminal has no end. Deliberately absent: writing, and the walk
//! through folders (see `walk`).

use super::{Context, Seen};
use crate::choice;
use crate::fact::{Bytes, Fact, Value};
use sha2::{Digest, Sha256};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// The size of a file up to which it is read, unless the check says otherwise: 1 MiB.
pub const DEFAULT_LIMIT: Bytes = Bytes(1 << 20);
/// Bytes read at once while hashing.
const CHUNK: usize = 256 << 10;

choice! {
    /// What stands at a path (inode(7)).
    pub enum FileType {
        /// A regular file.
        File = "file",
        /// A folder.
        Directory = "directory",
        /// A symbolic link.
        Symlink = "symlink",
        /// A socket.
        Socket = "socket",
        /// A named pipe.
        Fifo = "fifo",
        /// A block device.
        BlockDevice = "block_device",
        /// A character device.
        CharacterDevice = "character_device",
    }
}

impl FileType {
    pub fn of(kind: fs::FileType) -> FileType {
        match kind {
            kind if kind.is_file() => FileType::File,
            kind if kind.is_dir() => FileType::Directory,
            kind if kind.is_symlink() => FileType::Symlink,
            kind if kind.is_socket() => FileType::Socket,
            kind if kind.is_fifo() => FileType::Fifo,
            kind if kind.is_block_device() => FileType::BlockDevice,
            _ => FileType::CharacterDevice,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            FileType::File => "a file",
            FileType::Directory => "a directory",
            FileType::Symlink => "a symbolic link",
            FileType::Socket => "a socket",
            FileType::Fifo => "a named pipe",
            FileType::BlockDevice => "a block device",
            FileType::CharacterDevice => "a character device",
        }
    }
}

/// Why nothing was seen of a path, for people.
#[derive(Debug, Clone, PartialEq)]
pub enum Unread {
    /// It is not there; names the path.
    Absent(String),
    /// It is there, or may be, but was not seen or read; does not name the path.
    Refused(String),
}

impl Unread {
    pub fn why(self) -> String {
        match self {
            Unread::Absent(why) | Unread::Refused(why) => why,
        }
    }

    /// The same, but naming the path in any case: for probes that look at several.
    pub fn at(self, path: &Path) -> Unread {
        match self {
            Unread::Refused(why) => Unread::Refused(format!("{}: {why}", path.display())),
            absent => absent,
        }
    }

    /// What an error about a path means (path_resolution(7)).
    pub fn of(path: &Path, error: &io::Error) -> Unread {
        let shown = path.display();
        match error.kind() {
            ErrorKind::NotFound => Unread::Absent(match fs::read_link(path) {
                Ok(target) => {
                    format!("{shown} is a symbolic link to {}, which does not exist", target.display())
                }
                Err(_) => format!("{shown} does not exist"),
            }),
            ErrorKind::NotADirectory => Unread::Absent(format!("{shown} does not exist: a part of it is no directory")),
            _ => Unread::Refused(reason(error)),
        }
    }
}

impl<F> From<Unread> for Seen<F> {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Absent(why) => Seen::Absent(why),
            Unread::Refused(why) => Seen::Refused(why),
        }
    }
}

/// The words of a system error, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// One stat(2), or lstat(2) if links are not followed.
pub fn look(path: &Path, follow: bool) -> Result<Metadata, Unread> {
    let metadata = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) };
    metadata.map_err(|error| Unread::of(path, &error))
}

/// The whole text of a file of at most `limit` bytes.
pub fn text(path: &Path, follow: bool, limit: Bytes) -> Result<String, Unread> {
    String::from_utf8(bytes(path, follow, limit)?).map_err(|_| Unread::Refused("not UTF-8 text".into()))
}

/// The bytes of a file of at most `limit` bytes.
pub fn bytes(path: &Path, follow: bool, limit: Bytes) -> Result<Vec<u8>, Unread> {
    let (file, metadata) = open(path, follow)?;
    let too_large =
        || Unread::Refused(format!("larger than the limit of {}; raise `limit`", Value::Bytes(limit.0).show()));
    if metadata.len() > limit.0 {
        return Err(too_large());
    }
    // files of /proc and /sys claim to be empty, and a log grows while it is read
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    let read = file.take(limit.0.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Unread::of(path, &error))?;
    if bytes.len() as u64 > limit.0 { Err(too_large()) } else { Ok(bytes) }
}

/// The SHA-256 of a file of any size in hexadecimal letters, if there is time to read it.
pub fn sha256(path: &Path, follow: bool, context: &Context) -> Result<String, Unread> {
    let (mut file, before) = open(path, follow)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK.min(before.len() as usize + 1)];
    loop {
        if context.is_over() {
            return Err(Unread::Refused("there was no time to read it to its end; raise `timeout`".into()));
        }
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => hash.update(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Unread::of(path, &error)),
        }
    }
    let after = file.metadata().map_err(|error| Unread::of(path, &error))?;
    if (before.len(), before.modified().ok()) != (after.len(), after.modified().ok()) {
        return Err(Unread::Refused("it changed while it was read".into()));
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Opens a regular file, and nothing else, without waiting for anybody.
fn open(path: &Path, follow: bool) -> Result<(File, Metadata), Unread> {
    let regular = |metadata: Metadata| match FileType::of(metadata.file_type()) {
        FileType::File => Ok(metadata),
        other => Err(Unread::Refused(format!("it is {}, not a file", other.noun()))),
    };
    regular(look(path, follow)?)?;
    // it may have been exchanged since: then O_NONBLOCK keeps a FIFO, O_NOCTTY a terminal away (open(2))
    let link = if follow { 0 } else { libc::O_NOFOLLOW };
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | link;
    let file =
        OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| Unread::of(path, &error))?;
    let metadata = regular(file.metadata().map_err(|error| Unread::of(path, &error))?)?;
    Ok((file, metadata))
}

/// A fact that is looked at only if it is wanted.
pub fn wanted<T>(wanted: bool, look: impl FnOnce() -> Result<T, String>) -> Fact<T> {
    if wanted { look().into() } else { Fact::NotWanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn refused(unread: Result<Vec<u8>, Unread>) -> String {
        match unread {
            Err(Unread::Refused(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_say_whether_it_is_there() {
        let of = |code| Unread::of(Path::new("/etc/x"), &io::Error::from_raw_os_error(code));
        assert_eq!(of(libc::ENOENT), Unread::Absent("/etc/x does not exist".into()));
        assert_eq!(of(libc::ENOTDIR), Unread::Absent("/etc/x does not exist: a part of it is no directory".into()));
        assert_eq!(of(libc::EACCES).at(Path::new("/etc/x")), Unread::Refused("/etc/x: permission denied".into()));
        assert_eq!(of(libc::EACCES), Unread::Refused("permission denied".into()));
        assert_eq!(of(libc::ELOOP), Unread::Refused("too many levels of symbolic links".into()));
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let read = |path: &str| refused(bytes(Path::new(path), true, DEFAULT_LIMIT));
        assert_eq!(read("/dev/zero"), "it is a character device, not a file");
        assert_eq!(read("/"), "it is a directory, not a file");
        let link = refused(bytes(Path::new("/proc/self/exe"), false, DEFAULT_LIMIT));
        assert_eq!(link, "it is a symbolic link, not a file");
    }

    #[test]
    fn files_that_claim_to_be_empty_are_read_within_the_limit() {
        let path = Path::new("/proc/self/status");
        assert!(text(path, true, DEFAULT_LIMIT).unwrap().starts_with("Name:"));
        let why = refused(bytes(path, true, Bytes(16)));
        assert_eq!(why, "larger than the limit of 16 B; raise `limit`");
    }

    #[test]
    fn hashing_ends_at_the_deadline() {
        let over = Context::lasting(Duration::ZERO);
        let hash = |context| sha256(Path::new("/dev/../proc/self/cmdline"), true, context);
        assert!(matches!(hash(&over), Err(Unread::Refused(why)) if why.contains("raise `timeout`")));
        assert_eq!(hash(&Context::lasting(Duration::from_secs(10))).unwrap().len(), 64);
    }
}
