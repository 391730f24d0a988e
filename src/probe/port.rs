//! Who listens on a port of this machine, from `/proc/net` (proc_net(5)).
//!
//! Only this network namespace is seen. Deliberately absent: connecting; `tcp` does that.

mod sockets;

use super::process::table::{processes, user_name};
use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::spec::given::{FromGiven, Given, Reader, View};
use crate::spec::shape::or_expression;
use crate::{choice, described, facts};
use serde_json::{Value as Json, json};
use sockets::Socket;
use std::net::IpAddr;

choice! {
    /// A protocol with ports.
    pub enum Protocol {
        /// Somebody accepts connections.
        Tcp = "tcp",
        /// Somebody takes datagrams from anybody.
        Udp = "udp",
    }
}

described! {
    /// Looks at who listens on a port; `present: false` says that nobody may.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: port) {
        /// The port, from 1 to 65535, also with its protocol: `8080`, `"udp:53"`.
        port: PortNumber,
        /// `tcp` unless said otherwise here or with the port.
        protocol: Option<Protocol>,
        /// Only who listens on exactly this address, e.g. `127.0.0.1`. `0.0.0.0` and `"::"` are those who listen on all.
        address: Option<Address>,
    }
}

facts! {
    pub struct Facts {
        /// The addresses listened on, sorted; `0.0.0.0` and `::` stand for all.
        addresses: Vec<String>,
        /// `tcp` or `udp`.
        protocol: String,
        /// Every address listened on is a loopback address: nobody outside this machine gets there.
        local_only: bool,
        /// An IPv4 address is listened on. Unknown if only `::` is: such a socket usually takes IPv4 too, but `/proc/net` does not tell.
        ipv4: bool,
        /// An IPv6 address is listened on.
        ipv6: bool,
        /// The user that opened the socket; the number if nobody has it.
        user: String,
        /// Name of the process that listens, the one with the smallest number if there are several. Needs root for other users' processes.
        process: String,
        /// Number of that process.
        pid: i32,
    }
}

/// A port, and its protocol if that was written with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PortNumber {
    number: u16,
    protocol: Option<Protocol>,
}

/// An address of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address(IpAddr);

impl FromGiven for PortNumber {
    fn schema() -> Json {
        or_expression(json!({ "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": 65535 },
            { "type": "string", "pattern": "^((tcp|udp):)?[0-9]{1,5}$", "examples": ["udp:53"] },
        ] }))
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let text = match reader.view(given) {
            View::Integer(number) => number.to_string(),
            View::Text(text) => text.into_owned(),
            View::Unknown => return None,
            _ => return reader.wrong_type(given, "a port such as `8080` or `\"udp:53\"`"),
        };
        let port = parse_port(&text);
        port.or_else(|| {
            let help = Some("write `8080`, `\"tcp:8080\"` or `\"udp:53\"`, from 1 to 65535".into());
            reader.complain("E0108", reader.span(given), format!("`{text}` is not a port"), help)
        })
    }
}

impl FromGiven for Address {
    fn schema() -> Json {
        json!({ "type": "string", "examples": ["127.0.0.1", "::1"] })
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        let text = String::read(given, reader)?;
        let address = text.parse().ok().map(|address: IpAddr| Address(address.to_canonical()));
        address.or_else(|| {
            let help = Some("write an IP address, such as `127.0.0.1` or `\"::1\"`".into());
            reader.complain("E0108", reader.span(given), format!("`{text}` is not an address"), help)
        })
    }
}

pub struct Port;

impl Probe for Port {
    const NAME: &'static str = "port";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str =
        "id: no-telnet\ntitle: Nobody listens for telnet\nport: 23\nexpect: { present: false }";
    const EVIDENCE: &'static [&'static str] = &["addresses", "user", "process", "pid"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let address = target.address.as_ref().map(|address| format!(" on {}", address.0)).unwrap_or_default();
        format!("{}:{}{address}", protocol(target).word(), target.port.number)
    }

    fn check(target: &Target) -> Result<(), String> {
        match (target.port.protocol, target.protocol) {
            (Some(one), Some(other)) if one != other => {
                Err(format!("the port says `{}`, `protocol` says `{}`", one.word(), other.word()))
            }
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        match &*sockets::waiting(protocol(target)) {
            Ok(waiting) => look(target, wanted, waiting),
            Err(error) => Seen::Unsupported(format!("/proc/net cannot be read: {error}")),
        }
    }
}

fn protocol(target: &Target) -> Protocol {
    target.protocol.or(target.port.protocol).unwrap_or(Protocol::Tcp)
}

fn parse_port(text: &str) -> Option<PortNumber> {
    let (protocol, number) = match text.split_once(':') {
        Some((protocol, number)) => (Some(Protocol::from_word(protocol)?), number),
        None => (None, text),
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|number| digits && *number > 0).map(|number| PortNumber { number, protocol })
}

fn look(target: &Target, wanted: &Wanted, waiting: &[Socket]) -> Seen<Facts> {
    let address = target.address.as_ref().map(|address| address.0);
    let fits =
        |socket: &&Socket| socket.port == target.port.number && address.is_none_or(|address| socket.address == address);
    let found: Vec<&Socket> = waiting.iter().filter(fits).collect();
    let Some(first) = found.first() else {
        return Seen::Absent(format!("nobody listens on {}", Port::subject(target)));
    };
    let mut facts = Facts {
        addresses: addresses(&found).into(),
        protocol: protocol(target).word().to_string().into(),
        local_only: found.iter().all(|socket| socket.address.is_loopback()).into(),
        ipv4: takes_ipv4(&found),
        ipv6: found.iter().any(|socket| socket.address.is_ipv6()).into(),
        user: user_name(first.user).into(),
        ..Facts::default()
    };
    if wanted.process || wanted.pid {
        let holder = holder(&found);
        facts.pid = holder.clone().map(|(pid, _)| pid).into();
        facts.process = holder.map(|(_, name)| name).into();
    }
    Seen::Present(facts)
}

fn addresses(found: &[&Socket]) -> Vec<String> {
    let mut addresses: Vec<IpAddr> = found.iter().map(|socket| socket.address).collect();
    addresses.sort();
    addresses.dedup();
    addresses.iter().map(IpAddr::to_string).collect()
}

fn takes_ipv4(found: &[&Socket]) -> Fact<bool> {
    if found.iter().any(|socket| socket.address.is_ipv4()) {
        return true.into();
    }
    if found.iter().any(|socket| socket.address.is_unspecified()) {
        return Fact::Unknown("a socket on `::` usually takes IPv4 too, but /proc/net does not tell".into());
    }
    false.into()
}

/// The process with the smallest number that holds one of the sockets.
fn holder(found: &[&Socket]) -> Result<(i32, String), String> {
    let (holders, denied) = sockets::holders(found);
    match holders.first_key_value() {
        Some((pid, _)) => Ok((*pid, name_of(*pid)?)),
        None if denied || !rustix::process::geteuid().is_root() => Err("the process that listens may not be seen; run as root".into()),
        None => Err("no process that can be seen holds the socket: it may belong to the kernel, or to a process in another container".into()),
    }
}

fn name_of(pid: i32) -> Result<String, String> {
    let table = processes();
    let row = table.as_ref().as_ref().map_err(Clone::clone)?.rows.get(&pid);
    row.map(|row| row.name.clone()).ok_or_else(|| format!("process {pid} ended meanwhile"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::net::{TcpListener, UdpSocket};
    use std::time::Duration;

    fn target(port: &str) -> Target {
        Target { port: parse_port(port).unwrap(), protocol: None, address: None }
    }

    fn see(target: &Target) -> Seen<Facts> {
        // what another test shared may be older than our socket
        std::thread::sleep(Duration::from_millis(110));
        Port::observe(target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(20)))
    }

    fn socket(address: &str) -> Socket {
        Socket { address: address.parse().unwrap(), port: 80, user: 0, inode: 1 }
    }

    #[test]
    fn ports_are_written_in_few_ways() {
        assert_eq!(parse_port("udp:53"), Some(PortNumber { number: 53, protocol: Some(Protocol::Udp) }));
        assert_eq!(parse_port("8080"), Some(PortNumber { number: 8080, protocol: None }));
        for wrong in ["0", "65536", "+80", "sctp:80", "tcp:", "80/tcp", ""] {
            assert_eq!(parse_port(wrong), None, "{wrong}");
        }
        let contradiction = Target { protocol: Some(Protocol::Udp), ..target("tcp:80") };
        assert!(Port::check(&contradiction).is_err());
    }

    #[test]
    fn a_listener_is_seen_with_its_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let number = listener.local_addr().unwrap().port();
        let Seen::Present(facts) = see(&target(&number.to_string())) else { panic!("not seen") };
        assert_eq!(facts.addresses, Fact::Known(vec!["127.0.0.1".to_string()]));
        assert_eq!((facts.local_only, facts.ipv4, facts.ipv6), (true.into(), true.into(), false.into()));
        assert_eq!(facts.pid, Fact::Known(std::process::id() as i32));
        let elsewhere = Target { address: Some(Address([127, 0, 0, 2].into())), ..target(&number.to_string()) };
        assert!(matches!(see(&elsewhere), Seen::Absent(_)));
        assert!(matches!(see(&target(&format!("udp:{number}"))), Seen::Absent(_)));
        drop(listener);
        let Seen::Absent(why) = see(&target(&number.to_string())) else { panic!("still seen") };
        assert_eq!(why, format!("nobody listens on tcp:{number}"));
    }

    #[test]
    fn a_datagram_socket_is_seen() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let number = socket.local_addr().unwrap().port();
        assert!(matches!(see(&target(&format!("udp:{number}"))), Seen::Present(_)));
    }

    #[test]
    fn what_the_table_does_not_tell_is_unknown() {
        let (all, local, v4) = (socket("::"), socket("::1"), socket("0.0.0.0"));
        assert!(matches!(takes_ipv4(&[&all]), Fact::Unknown(_)));
        assert_eq!(takes_ipv4(&[&local]), Fact::Known(false));
        assert_eq!(takes_ipv4(&[&all, &v4]), Fact::Known(true));
        assert_eq!(addresses(&[&all, &v4, &all]), ["0.0.0.0", "::"]);
    }
}
