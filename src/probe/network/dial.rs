//! From a name to a connection, under the deadline of the look.
//!
//! getaddrinfo(3) cannot be interrupted, so a name is looked up on a thread of
//! its own that is left behind if it does not answer in time. The addresses are
//! tried in the order the system prefers (RFC 6724), each with its share of the
//! time that is left, so that one dead address does not use it up.
//! Deliberately absent: racing addresses against each other (RFC 8305).

use super::address::IpVersion;
use super::connection::{Connection, still_time, wait};
use super::problem::{Failure, Problem, Word};
use crate::probe::Context;
use crossbeam_channel::{RecvTimeoutError, bounded};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How often a lookup of a name notices that the run was cancelled.
const SLICE: Duration = Duration::from_millis(50);

/// Connects to the first address of the host that answers.
///
/// # Errors
/// The most telling failure of all addresses: a refusal before silence, silence before no way.
pub fn dial(host: &str, port: u16, ip: Option<IpVersion>, context: &Context) -> Result<Connection, Failure> {
    let addresses = resolve(host, port, ip, context)?;
    let mut worst: Option<Failure> = None;
    for (place, address) in addresses.iter().enumerate() {
        let left = context.deadline.saturating_duration_since(Instant::now());
        let share = u32::try_from(addresses.len() - place).unwrap_or(u32::MAX);
        match reach(*address, Instant::now() + left / share, context) {
            Ok(connection) => return Ok(connection),
            Err(blind @ Failure::Blind(_)) => return Err(blind),
            Err(failure) => {
                if worst.as_ref().is_none_or(|worst| telling(&failure) > telling(worst)) {
                    worst = Some(failure);
                }
            }
        }
    }
    Err(worst.unwrap_or_else(|| no_address(host, ip)))
}

/// The addresses of a host, in the order to try them; at least one.
///
/// # Errors
/// If the name is not known, if that cannot be found out, or not in time.
pub fn resolve(host: &str, port: u16, ip: Option<IpVersion>, context: &Context) -> Result<Vec<SocketAddr>, Failure> {
    still_time(context)?;
    let mut addresses = match host.parse::<IpAddr>() {
        Ok(number) => vec![SocketAddr::new(number, port)],
        Err(_) => look_up(host, port, context)?,
    };
    addresses.retain(|address| ip.is_none_or(|ip| ip.fits(address)));
    if addresses.is_empty() { Err(no_address(host, ip)) } else { Ok(addresses) }
}

fn look_up(host: &str, port: u16, context: &Context) -> Result<Vec<SocketAddr>, Failure> {
    let (sender, receiver) = bounded(1);
    let name = host.to_string();
    let lookup = move || {
        // nobody listens any more if the answer comes too late
        let _ = sender.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect));
    };
    std::thread::Builder::new()
        .name("name lookup".into())
        .spawn(lookup)
        .map_err(|error| Failure::Blind(format!("no thread could be started: {error}")))?;
    loop {
        still_time(context).map_err(|failure| failure.during(&format!("the name `{host}` was looked up")))?;
        match receiver.recv_timeout(SLICE.min(context.remaining())) {
            Ok(answer) => return answer.map_err(|error: io::Error| lookup_failure(host, &error)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::Blind("the lookup of the name failed inside".into()));
            }
        }
    }
}

/// The errors of getaddrinfo(3) reach us only as their texts: of EAI_AGAIN and EAI_FAIL in glibc
/// and musl, everything else means that there is no such name or no address for it.
fn lookup_failure(host: &str, error: &io::Error) -> Failure {
    let text = error.to_string();
    let reason = text.rsplit_once(": ").map_or(text.as_str(), |(_, reason)| reason);
    let resolver = ["Temporary failure", "Non-recoverable", "Try again", "Unrecoverable"];
    if resolver.iter().any(|start| reason.starts_with(start)) {
        Failure::problem(Word::ResolverFailed, format!("the name `{host}` could not be looked up: {reason}"))
    } else if error.raw_os_error().is_some() {
        Failure::Blind(format!("the name `{host}` could not be looked up: {reason}"))
    } else {
        Failure::problem(Word::NameNotFound, format!("there is no host named `{host}`"))
    }
}

fn no_address(host: &str, ip: Option<IpVersion>) -> Failure {
    let kind = match ip {
        Some(IpVersion::V4) => "IPv4 address",
        Some(IpVersion::V6) => "IPv6 address",
        None => "address",
    };
    Failure::problem(Word::NameNotFound, format!("`{host}` has no {kind}"))
}

/// Connects to one address.
fn reach(address: SocketAddr, until: Instant, context: &Context) -> Result<Connection, Failure> {
    still_time(context)?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = match socket_with(family, SocketType::STREAM, flags, None) {
        Ok(socket) => socket,
        // a kernel without IPv6
        Err(Errno::AFNOSUPPORT) => {
            return Err(of_address(address, Failure::problem(Word::Unreachable, "this machine has no such network")));
        }
        Err(error) => return Err(Failure::Blind(format!("no socket could be made: {error}"))),
    };
    let connected = match connect(&socket, &address) {
        Ok(()) => Ok(()),
        Err(Errno::INPROGRESS | Errno::INTR) => {
            wait(&socket, PollFlags::OUT, until, context).map_err(|failure| of_address(address, failure))?;
            sockopt::socket_error(&socket).unwrap_or_else(Err)
        }
        Err(error) => Err(error),
    };
    match connected {
        Ok(()) => {
            let stream = TcpStream::from(socket);
            // only a matter of speed
            let _ = stream.set_nodelay(true);
            Ok(Connection::new(stream, address, context))
        }
        Err(error) => Err(of_address(address, Failure::from(io::Error::from(error)))),
    }
}

fn of_address(address: SocketAddr, failure: Failure) -> Failure {
    match failure {
        Failure::Problem(Problem { word: Word::Refused, .. }) => {
            Failure::problem(Word::Refused, format!("{address} refused the connection"))
        }
        Failure::Problem(Problem { word: Word::TimedOut, .. }) => {
            Failure::problem(Word::TimedOut, format!("{address} did not answer in time"))
        }
        failure => failure.during(&address.to_string()),
    }
}

fn telling(failure: &Failure) -> u8 {
    match failure {
        Failure::Problem(Problem { word: Word::Refused, .. }) => 3,
        Failure::Problem(Problem { word: Word::TimedOut, .. }) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn word(failure: Failure) -> Word {
        match failure {
            Failure::Problem(problem) => problem.word,
            Failure::Blind(why) => panic!("{why}"),
        }
    }

    fn soon() -> Context {
        Context::lasting(Duration::from_secs(5))
    }

    #[test]
    fn a_listener_is_reached_by_name_and_number() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost"] {
            assert_eq!(dial(host, port, Some(IpVersion::V4), &soon()).unwrap().peer.port(), port);
        }
    }

    #[test]
    fn a_closed_port_refuses() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(word(dial("127.0.0.1", port, None, &soon()).unwrap_err()), Word::Refused);
    }

    #[test]
    fn the_wrong_version_has_no_address() {
        assert_eq!(word(dial("127.0.0.1", 9, Some(IpVersion::V6), &soon()).unwrap_err()), Word::NameNotFound);
    }

    #[test]
    fn a_full_backlog_times_out_and_cancelling_ends_the_wait() {
        use rustix::net::{bind, getsockname, listen};
        let listener = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listen(&listener, 0).unwrap();
        let address: SocketAddr = getsockname(&listener).unwrap().try_into().unwrap();
        let short = Context::lasting(Duration::from_millis(200));
        let held: Vec<_> = std::iter::repeat_with(|| dial("127.0.0.1", address.port(), None, &short)).take(3).collect();
        assert_eq!(word(held.into_iter().find_map(Result::err).unwrap()), Word::TimedOut);

        let held: Vec<_> = (0..2).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100))).collect();
        let long = Context::lasting(Duration::from_secs(60));
        let cancel = long.cancel.clone();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let dialing = scope.spawn(|| dial("127.0.0.1", address.port(), None, &long));
            std::thread::sleep(Duration::from_millis(50));
            cancel.cancel();
            assert_eq!(dialing.join().unwrap().unwrap_err(), Failure::cancelled());
        });
        assert!(started.elapsed() < Duration::from_secs(30));
        drop(held);
    }

    #[test]
    fn the_texts_of_both_c_libraries_are_told_apart() {
        let of = |text: &str| {
            lookup_failure("x", &io::Error::other(format!("failed to lookup address information: {text}")))
        };
        for text in [
            "Name or service not known",
            "No address associated with hostname",
            "Name does not resolve",
            "Name has no usable address",
        ] {
            assert_eq!(word(of(text)), Word::NameNotFound, "{text}");
        }
        for text in ["Temporary failure in name resolution", "Try again", "Non-recoverable failure in name resolution"]
        {
            assert_eq!(word(of(text)), Word::ResolverFailed, "{text}");
        }
    }
}
