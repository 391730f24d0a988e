//! Databases of packages, parsed once and again only when the file has changed.

use crate::probe::{Seen, bounded};
use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest database that is read: about forty times that of a full desktop.
const LIMIT: u64 = 256 << 20;

/// The records of every package name.
pub type Records<T> = HashMap<String, Vec<T>>;

/// A database as it was when the file looked like `stamp`.
pub struct Database<T>(Mutex<Option<(Stamp, Arc<Records<T>>)>>);

/// Managers put a new file into the place of the old one, so the number of the file changes too.
type Stamp = (u64, u64, i64, i64, u64);

impl<T> Database<T> {
    pub const fn empty() -> Self {
        Database(Mutex::new(None))
    }

    pub fn read(&self, path: &Path, parse: impl FnOnce(&str) -> Records<T>) -> io::Result<Arc<Records<T>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let metadata = std::fs::metadata(path)?;
        let stamp = (metadata.dev(), metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.size());
        match &*kept {
            Some((known, records)) if *known == stamp => Ok(records.clone()),
            _ => {
                let records = Arc::new(parse(&bounded::read_text(path, LIMIT)?));
                *kept = Some((stamp, records.clone()));
                Ok(records)
            }
        }
    }
}

/// The answer where a database could not be read.
pub fn unreadable<F>(path: &Path, error: &io::Error) -> Seen<F> {
    let why = bounded::explain(path, error);
    if bounded::is_missing(error) { Seen::Unsupported(why) } else { Seen::Refused(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_read_again() {
        let path = std::env::temp_dir().join(format!("engine-database-{}", std::process::id()));
        let database = Database::empty();
        let read = || {
            let parse = |text: &str| Records::from([(text.to_string(), vec![1])]);
            database.read(&path, parse).map(|records| records.keys().next().cloned().unwrap_or_default())
        };
        assert!(bounded::is_missing(&read().unwrap_err()));
        std::fs::write(&path, "one").unwrap();
        assert_eq!(read().unwrap(), "one");
        assert_eq!(database.read(&path, |_| panic!("it did not change")).unwrap()["one"], [1]);
        std::fs::write(&path, "other").unwrap();
        assert_eq!(read().unwrap(), "other");
        std::fs::remove_file(&path).unwrap();
    }
}
