//! What the probes of the network share: addresses, dialing, TLS, and the words for what went wrong.
//!
//! Everything here works under the one deadline of a look, from the lookup of
//! the name to the last byte that is read, and ends soon after the run is
//! cancelled. Deliberately absent: protocols; each is at home in its probe.

pub mod address;
pub mod certificate;
pub mod connection;
pub mod dial;
pub mod distrust;
pub mod lines;
pub mod local;
pub mod mail;
pub mod problem;
pub mod rows;
pub mod service;
pub mod starttls;
pub mod tls;

pub use address::{Address, IpVersion};
pub use connection::{Connection, Stream};
pub use dial::dial;
pub use problem::{Failure, Problem, Word, conclude};
