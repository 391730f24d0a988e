//! Reads a small text file that may turn out to be anything: a FIFO, a device, 10 GB of zeros.
//!
//! Deliberately absent: files whose size is the point, and any deadline. What may block is refused.

use std::fs::{File, OpenOptions};
use std::io::{self, Error, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens a regular file for reading. Nothing else is opened: opening a FIFO waits for its writer,
/// and opening a device may change it.
pub fn open(path: &Path) -> io::Result<File> {
    let is_file = std::fs::metadata(path)?.is_file();
    // between the two calls the file may have been exchanged, hence not to wait and to look again
    let file = is_file.then(|| OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)).transpose()?;
    match file {
        Some(file) if file.metadata()?.is_file() => Ok(file),
        _ => Err(Error::other("it is not a regular file")),
    }
}

/// The text of a regular file of at most `limit` bytes, invalid UTF-8 replaced by U+FFFD.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Error::other(format!("it is larger than {}", crate::fact::bytes::show(limit))));
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Why a file could not be read, for people.
pub fn explain(path: &Path, error: &Error) -> String {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("{path} does not exist"),
        ErrorKind::PermissionDenied => format!("{path} may not be read (permission denied)"),
        _ => format!("{path} cannot be read: {error}"),
    }
}

/// Whether there is nothing at the path, as opposed to something that cannot be seen.
pub fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_regular_files_are_read() {
        let folder = std::env::temp_dir().join(format!("engine-bounded-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (fifo, sparse, small) = (folder.join("fifo"), folder.join("sparse"), folder.join("small"));
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        File::create(&sparse).unwrap().set_len(10 << 30).unwrap();
        std::fs::write(&small, b"caf\xe9\n").unwrap();
        let text = |path: &Path| read_text(path, 100).map_err(|error| explain(path, &error));
        assert_eq!(text(&small).unwrap(), "caf\u{fffd}\n");
        assert!(text(&sparse).unwrap_err().contains("larger than 100 B"));
        for odd in [&fifo, &folder, Path::new("/dev/zero")] {
            assert!(text(odd).unwrap_err().ends_with("it is not a regular file"));
        }
        assert!(text(&folder.join("none")).unwrap_err().ends_with("does not exist"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
