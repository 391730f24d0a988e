//! The probes of the network against real servers, and against hostile ones.
//!
//! Every server is started by its test on a free port of loopback and ended by
//! its process id, also when the test panics. A server that is not installed
//! makes the test fail and name the Debian package (`scripts/setup` installs
//! them all). Deliberately absent: anything beyond this machine.

#[path = "../common/mod.rs"]
mod common;

mod certificates;
mod dns;
mod hostile;
mod http;
mod looking;
mod reaching;
mod servers;
mod talking;
mod tls;
mod web;
