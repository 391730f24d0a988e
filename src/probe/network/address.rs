//! Network addresses as people write them: `db.example.org:5432`, `[::1]:80`.
//!
//! Deliberately absent: looking the name up; see `dial`.

use crate::choice;
use crate::spec::given::{FromGiven, Given, Reader, View};
use crate::spec::shape::or_expression;
use serde_json::{Value as Json, json};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

choice! {
    /// One of the two versions of the internet protocol.
    pub enum IpVersion {
        /// Only IPv4.
        V4 = "ipv4",
        /// Only IPv6.
        V6 = "ipv6",
    }
}

impl IpVersion {
    /// Whether an address is of this version.
    pub fn fits(self, address: &SocketAddr) -> bool {
        (self == IpVersion::V4) == address.is_ipv4()
    }
}

/// A host, by name or by number, and perhaps a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name, or an IP address without brackets.
    pub host: String,
    /// From 1 to 65535.
    pub port: Option<u16>,
}

impl Address {
    /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`; a bare IPv6 address has no port.
    ///
    /// # Errors
    /// A sentence about what is wrong with the text.
    pub fn parse(text: &str) -> Result<Address, String> {
        let (host, port) = split(text)?;
        if host.is_empty() {
            return Err(format!("`{text}` names no host"));
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']')) {
            return Err(format!("`{host}` is not the name or number of a host"));
        }
        let port = match port {
            Some(port) => match port.parse::<u16>() {
                Ok(number) if number > 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Some(number),
                _ => return Err(format!("`{port}` is not a port; ports go from 1 to 65535")),
            },
            None => None,
        };
        Ok(Address { host: host.to_string(), port })
    }

    /// The port, or the usual one of the protocol.
    pub fn port_or(&self, usual: u16) -> u16 {
        self.port.unwrap_or(usual)
    }

    /// For [`Probe::check`](crate::probe::Probe::check) of protocols without a usual port.
    ///
    /// # Errors
    /// If there is no port.
    pub fn needs_port(&self) -> Result<(), String> {
        match self.port {
            Some(_) => Ok(()),
            None => Err(format!("a port is missing; write `{}`", show(&self.host, "port"))),
        }
    }
}

fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(|| format!("`{text}` lacks its `]`"))?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(format!("`{rest}` is unexpected after `]`; write `[{host}]:port`")),
        };
    }
    match text.rsplit_once(':') {
        Some(_) if text.parse::<IpAddr>().is_ok() => Ok((text, None)),
        Some((host, _)) if host.contains(':') => {
            Err(format!("`{text}` has too many colons; write an IPv6 address with a port as `[::1]:80`"))
        }
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

fn show(host: &str, port: impl fmt::Display) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => formatter.write_str(&show(&self.host, port)),
            None => formatter.write_str(&self.host),
        }
    }
}

impl FromGiven for Address {
    fn schema() -> Json {
        or_expression(json!({ "type": "string", "minLength": 1, "examples": ["db.example.org:5432", "[::1]:80"] }))
    }
    fn type_name() -> String {
        "address".into()
    }
    fn shown(&self) -> String {
        self.to_string()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Text(text) => match Address::parse(&text) {
                Ok(address) => Some(address),
                Err(message) => reader.complain(
                    "E0108",
                    reader.span(given),
                    message,
                    Some("write an address as in `db.example.org:5432`".into()),
                ),
            },
            View::Unknown => None,
            _ => reader.wrong_type(given, "an address (text) such as `db.example.org:5432`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Option<u16>)> {
        Address::parse(text).ok().map(|address| (address.host, address.port))
    }

    #[test]
    fn hosts_and_ports_are_told_apart() {
        assert_eq!(read("db:5432"), Some(("db".into(), Some(5432))));
        assert_eq!(read("db"), Some(("db".into(), None)));
        assert_eq!(read("[::1]:80"), Some(("::1".into(), Some(80))));
        assert_eq!(read("[fe80::1%eth0]"), Some(("fe80::1%eth0".into(), None)));
        assert_eq!(read("::1"), Some(("::1".into(), None)));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ":80",
            "db:",
            "db:0",
            "db:65536",
            "db:+80",
            "db:http",
            "a:b:80",
            "[::1",
            "[::1]80",
            "a b:1",
            "http://db:80",
            "u@h:1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for text in ["db:5432", "[::1]:80", "db"] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        assert!(Address::parse("::1").unwrap().needs_port().unwrap_err().contains("[::1]:port"));
    }
}
