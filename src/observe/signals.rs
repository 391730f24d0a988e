//! Ctrl-C and SIGTERM end a run in good order: children are ended, what was seen is reported.

use super::workers::Ender;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// The signal that ended the run, if one did.
#[derive(Clone, Default)]
pub struct Caught(Arc<AtomicI32>);

impl Caught {
    /// The exit code by the convention of shells: 128 and the number of the signal.
    pub fn exit_code(&self) -> Option<u8> {
        match self.0.load(Ordering::Acquire) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}

/// Listens until the process ends. A second signal ends it without a report, as soon as the commands are gone.
pub fn listen(ender: Ender) -> std::io::Result<Caught> {
    let caught = Caught::default();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let noted = caught.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if noted.0.swap(signal, Ordering::AcqRel) != 0 {
                ender.wait_for_commands();
                std::process::exit(128 + signal);
            }
            ender.end(if signal == SIGINT { "interrupted (SIGINT)" } else { "terminated (SIGTERM)" });
        }
    })?;
    Ok(caught)
}
