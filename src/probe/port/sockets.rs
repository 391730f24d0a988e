//! The sockets that wait for somebody, from `/proc/net/{tcp,tcp6,udp,udp6}` (proc_net(5)).
//!
//! Deliberately absent: established connections; a busy machine has a hundred thousand of them.

use super::Protocol;
use crate::probe::snapshot::Snapshot;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// One socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// Where it listens; IPv4 in IPv6 clothes is IPv4.
    pub address: IpAddr,
    pub port: u16,
    /// The user that opened it.
    pub user: u32,
    pub inode: u64,
}

/// The waiting sockets of this moment, shared with other looks of this moment.
pub fn waiting(protocol: Protocol) -> Arc<io::Result<Vec<Socket>>> {
    static TCP: Snapshot<io::Result<Vec<Socket>>> = Snapshot::empty();
    static UDP: Snapshot<io::Result<Vec<Socket>>> = Snapshot::empty();
    match protocol {
        Protocol::Tcp => TCP.get(|| take("tcp", LISTEN)),
        Protocol::Udp => UDP.get(|| take("udp", UNCONNECTED)),
    }
}

/// Which processes hold these sockets, and whether some processes could not be looked into.
pub fn holders(sockets: &[&Socket]) -> (BTreeMap<i32, u64>, bool) {
    let (mut found, mut denied) = (BTreeMap::new(), false);
    let Ok(entries) = std::fs::read_dir("/proc") else { return (found, true) };
    for pid in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        match std::fs::read_dir(format!("/proc/{pid}/fd")) {
            Ok(files) => {
                let mut inodes = files.flatten().filter_map(|file| inode(&std::fs::read_link(file.path()).ok()?));
                let held = inodes.find(|inode| sockets.iter().any(|socket| socket.inode == *inode));
                found.extend(held.map(|inode| (pid, inode)));
            }
            Err(error) => denied |= error.kind() == ErrorKind::PermissionDenied,
        }
    }
    (found, denied)
}

/// `socket:[12345]`
fn inode(link: &std::path::Path) -> Option<u64> {
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// TCP_LISTEN of the kernel's `tcp_states.h`.
const LISTEN: &str = "0A";
/// TCP_CLOSE, which is what a UDP socket without a fixed partner is in.
const UNCONNECTED: &str = "07";

fn take(table: &str, state: &str) -> io::Result<Vec<Socket>> {
    let mut sockets = Vec::new();
    read(File::open(format!("/proc/net/{table}"))?, state, &mut sockets)?;
    match File::open(format!("/proc/net/{table}6")) {
        Ok(file) => read(file, state, &mut sockets)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {} // a kernel without IPv6
        Err(error) => return Err(error),
    }
    Ok(sockets)
}

fn read(file: impl io::Read, state: &str, sockets: &mut Vec<Socket>) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(64 << 10, file);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        sockets.extend(parse_line(&line, state));
        line.clear();
    }
    Ok(())
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
fn parse_line(line: &str, state: &str) -> Option<Socket> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (local, _) = (words.next()?, words.next()?);
    if words.next()? != state {
        return None;
    }
    let user = words.nth(3)?.parse().ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    let (address, port) = local.split_once(':')?;
    Some(Socket { address: parse_address(address)?, port: u16::from_str_radix(port, 16).ok()?, user, inode })
}

/// Words of four bytes in hexadecimal, each as the processor holds it.
fn parse_address(text: &str) -> Option<IpAddr> {
    let word = |index: usize| u32::from_str_radix(text.get(index * 8..index * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for (index, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(index)?);
            }
            Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    // Linux 6.1, Debian 12
    const TCP: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 25711 1 0000000000000000 100 0 0 10 0\n   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19421 1 0000000000000000 100 0 0 10 0\n   2: 0F02000A:0016 0202000A:B2F6 01 00000000:00000000 02:000A7214 00000000     0        0 21037 2 0000000000000000 20 4 31 10 -1\n";
    const TCP6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 30001 1 0000000000000000 100 0 0 10 0\n   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 30002 1 0000000000000000 100 0 0 10 0\n   2: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 30003 1 0000000000000000 100 0 0 10 0\n";
    // Linux 3.10, CentOS 7
    const UDP: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n  413: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 17215 2 ffff8800b9a0c400 0\n  414: 0F02000A:A001 08080808:0035 01 00000000:00000000 00:00000000 00000000     0        0 17216 2 ffff8800b9a0c400 0\n";

    fn sockets(text: &str, state: &str) -> Vec<(String, u16, u32, u64)> {
        let mut sockets = Vec::new();
        read(text.as_bytes(), state, &mut sockets).unwrap();
        sockets.into_iter().map(|one| (one.address.to_string(), one.port, one.user, one.inode)).collect()
    }

    #[test]
    fn only_waiting_sockets_are_taken() {
        let tcp = sockets(TCP, LISTEN);
        assert_eq!(tcp, [("127.0.0.1".into(), 8080, 1000, 25711), ("0.0.0.0".into(), 22, 0, 19421)]);
        assert_eq!(sockets(UDP, UNCONNECTED), [("0.0.0.0".into(), 68, 0, 17215)]);
    }

    #[test]
    fn both_families_are_read() {
        let tcp6: Vec<String> = sockets(TCP6, LISTEN).into_iter().map(|(address, ..)| address).collect();
        assert_eq!(tcp6, ["::", "127.0.0.1", "::1"]);
        assert_eq!(parse_address("0100007"), None);
        assert_eq!(parse_address("é100007F"), None);
    }
}
