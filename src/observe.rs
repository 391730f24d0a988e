//! Observing: the only stage that touches the world.

#![allow(clippy::disallowed_methods)] // this part looks at the world

pub mod process;
pub mod redact;
pub mod signals;
pub mod workers;

/// The clock; everything else gets the time as data.
pub fn now() -> crate::fact::Moment {
    std::time::SystemTime::now().into()
}
