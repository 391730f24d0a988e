//! Tables of the system that many looks share for a moment.
//!
//! A hundred checks of processes or ports should not read `/proc` a hundred times. What is shared
//! is at most [`KEEP`] old and never older than the end of the last program that we ran: a check
//! that needs another sees what that other one started.

use crate::observe::process::programs_ended;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a table may be shared.
const KEEP: Duration = Duration::from_millis(100);

/// One table, taken anew when it is too old.
pub struct Snapshot<T>(Mutex<Option<Taken<T>>>);

struct Taken<T> {
    at: Instant,
    programs_ended: u64,
    table: Arc<T>,
}

impl<T> Snapshot<T> {
    pub const fn empty() -> Self {
        Snapshot(Mutex::new(None))
    }

    /// The shared table, or a new one by `take`.
    pub fn get(&self, take: impl FnOnce() -> T) -> Arc<T> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = programs_ended();
        match &*taken {
            Some(taken) if taken.at.elapsed() < KEEP && taken.programs_ended == ended => taken.table.clone(),
            _ => {
                let at = Instant::now();
                let table = Arc::new(take());
                *taken = Some(Taken { at, programs_ended: ended, table: table.clone() });
                table
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::process::{Cancel, Invocation, run};

    #[test]
    fn a_program_that_ended_makes_it_old() {
        let snapshot = Snapshot::empty();
        let first = snapshot.get(|| 1);
        run(&Invocation::new("true"), Instant::now() + Duration::from_secs(20), &Cancel::new()).unwrap();
        assert_eq!((*first, *snapshot.get(|| 2)), (1, 2));
    }

    #[test]
    fn time_makes_it_old() {
        let snapshot = Snapshot::empty();
        snapshot.get(|| 1);
        std::thread::sleep(KEEP);
        assert_eq!(*snapshot.get(|| 2), 2);
    }
}
