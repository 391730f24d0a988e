//! Asking name servers: over UDP, and over TCP what does not fit (RFC 1035, section 4.2).
//!
//! Deliberately absent: DNS over TLS and over HTTPS.

use super::answer::{Answer, read};
use super::{Query, bad_answer};
use crate::probe::Context;
use crate::probe::network::connection::{still_time, wait};
use crate::probe::network::dial::resolve;
use crate::probe::network::{Address, Failure, Problem, Word, dial};
use crate::probe::udp::open;
use rustix::event::PollFlags;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// A lost datagram is sent again after this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// resolv.conf(5): no more are used.
const MOST_SERVERS: usize = 3;

/// The answer of the first server that has one, and its address.
///
/// # Errors
/// That of the last server.
pub fn ask_any(server: Option<&Address>, query: &Query, context: &Context) -> Result<(Answer, String), Failure> {
    let servers = match server {
        Some(server) => resolve(&server.host, server.port_or(53), None, context)?,
        None => configured(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default()),
    };
    let mut last = Failure::timed_out();
    for (place, server) in servers.iter().enumerate() {
        let left = context.deadline.saturating_duration_since(Instant::now());
        let share = u32::try_from(servers.len() - place).unwrap_or(u32::MAX);
        match ask(*server, query, Instant::now() + left / share, context) {
            Ok(answer) => return Ok((answer, server.to_string())),
            Err(blind @ Failure::Blind(_)) => return Err(blind),
            Err(Failure::Problem(problem)) => last = name(*server, problem),
        }
    }
    Err(last)
}

fn name(server: SocketAddr, problem: Problem) -> Failure {
    let reason = match problem.word {
        Word::TimedOut => format!("{server} did not answer in time"),
        Word::Refused => format!("there is no name server at {server}"),
        _ => format!("{server}: {}", problem.reason),
    };
    Failure::problem(problem.word, reason)
}

/// The servers of resolv.conf(5); without any, the one on this machine.
fn configured(text: &str) -> Vec<SocketAddr> {
    let servers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next())?
    });
    // a link-local address may carry its interface, which a socket address cannot be parsed with
    let addresses = servers.filter_map(|server| server.split('%').next()?.parse::<IpAddr>().ok());
    let servers: Vec<SocketAddr> = addresses.take(MOST_SERVERS).map(|address| (address, 53).into()).collect();
    if servers.is_empty() { vec![(Ipv4Addr::LOCALHOST, 53).into()] } else { servers }
}

fn ask(server: SocketAddr, query: &Query, until: Instant, context: &Context) -> Result<Answer, Failure> {
    let answer = over_udp(server, query, until, context)?;
    if answer.truncated { over_tcp(server, query, context) } else { Ok(answer) }
}

fn over_udp(server: SocketAddr, query: &Query, until: Instant, context: &Context) -> Result<Answer, Failure> {
    let socket = open(server)?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        socket.send(&query.bytes)?;
        let again = until.min(Instant::now() + PATIENCE);
        loop {
            still_time(context)?;
            match socket.recv(&mut buffer) {
                Ok(count) => match read(&buffer[..count], query) {
                    Some(answer) => return answer,
                    None if Instant::now() >= again => break,
                    None => {}
                },
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match wait(&socket, PollFlags::IN, again, context) {
                        Err(Failure::Problem(problem)) if problem.word == Word::TimedOut => break,
                        other => other?,
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        if Instant::now() >= until {
            return Err(Failure::timed_out());
        }
    }
}

/// Every message is preceded by its length in two bytes.
fn over_tcp(server: SocketAddr, query: &Query, context: &Context) -> Result<Answer, Failure> {
    let mut connection = dial(&server.ip().to_string(), server.port(), None, context)?;
    let length = u16::try_from(query.bytes.len()).map_err(|_| bad_answer())?;
    connection.write_all(&[&length.to_be_bytes(), query.bytes.as_slice()].concat())?;
    let mut length = [0; 2];
    connection.read_exact(&mut length)?;
    let mut bytes = vec![0; u16::from_be_bytes(length).into()];
    connection.read_exact(&mut bytes)?;
    read(&bytes, query).unwrap_or_else(|| Err(bad_answer())).and_then(|answer| {
        // what does not fit into 64 KiB either cannot be had
        if answer.truncated { Err(bad_answer()) } else { Ok(answer) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_of_the_system_are_found() {
        let text = "# comment\nsearch example.org\nnameserver 192.0.2.1\n nameserver\tfe80::1%eth0\nnameserver what\noptions ndots:5\n";
        assert_eq!(configured(text), ["192.0.2.1:53".parse().unwrap(), "[fe80::1]:53".parse().unwrap()]);
        assert_eq!(configured(""), ["127.0.0.1:53".parse().unwrap()]);
        assert_eq!(configured(&"nameserver 192.0.2.1\n".repeat(9)).len(), 3);
    }
}
