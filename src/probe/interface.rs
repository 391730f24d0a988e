//! One network interface, from `/sys/class/net`, getifaddrs(3) and the routing tables in `/proc/net`.
//!
//! Seen is the network namespace the engine runs in. Deliberately absent: names of hosts, name
//! servers and anything that sends a packet.

use super::reading::reason;
use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::Fact;
use crate::{described, facts};
use if_addrs::IfAddr;
use std::io;
use std::path::Path;

described! {
    /// Looks at one network interface.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Its name, e.g. `eth0`.
        name: String,
    }
}

facts! {
    pub struct Facts {
        /// Whether it is switched on (`IFF_UP`, netdevice(7)).
        up: bool,
        /// Whether the link works: a cable is in, a bridge has a port that works. Absent while it is switched off.
        carrier: bool,
        /// Its state by RFC 2863: `up`, `down`, `dormant`, `lowerlayerdown`, `notpresent`, `testing`, or `unknown` for
        /// those that do not tell, such as `lo`.
        state: String,
        /// The largest packet it sends, in bytes.
        mtu: u64,
        /// Its hardware address in lower case, e.g. `02:fc:00:00:00:01`. Absent if it has none.
        mac: String,
        /// Its addresses with the length of their prefix, IPv4 and IPv6, e.g. `192.0.2.7/24`, `fe80::1/64`.
        addresses: Vec<String>,
        /// Its speed in Mbit/s. Absent if it has none or the link does not work.
        speed: u64,
        /// The bridge or bond it is a port of. Absent if none.
        master: String,
        /// Whether a default route leads over it, for IPv4 or IPv6, in the main table.
        default_route: bool,
    }
}

pub struct Interface;

const ROOT: &str = "/sys/class/net";
/// `IFF_UP` of netdevice(7).
const UP: u32 = 1;
/// `RTF_UP` and `RTF_REJECT` of the routing tables.
const ROUTE_UP: u32 = 1;
const ROUTE_REJECTS: u32 = 0x200;

impl Probe for Interface {
    const NAME: &'static str = "interface";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { up: true, carrier: true }";
    const EXAMPLE: &'static str =
        "id: loopback\ninterface: lo\nexpect:\n  up: true\n  addresses: { includes: [127.0.0.1/8] }";
    const EVIDENCE: &'static [&'static str] = &["state", "carrier", "addresses", "mtu"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        let name = &target.name;
        // dev_valid_name() of the kernel
        let sound = |c: char| c != '/' && c != ':' && !c.is_whitespace() && c != '\0';
        if !name.is_empty() && name.len() < 16 && name.chars().all(sound) && ![".", ".."].contains(&name.as_str()) {
            return Ok(());
        }
        Err(format!("`{name}` is not the name of an interface: at most 15 bytes, no white space, no `/` or `:`"))
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let place = Path::new(ROOT).join(&target.name);
        let flags = match small_file::read(place.join("flags")) {
            Ok(text) => text,
            Err(error) => return missed(&target.name, Path::new(ROOT).is_dir(), &error),
        };
        let read = |name: &str| small_file::clue(place.join(name)).filter(|text| !text.is_empty());
        let flags = flag_bits(&flags).ok_or_else(|| format!("its flags are not a number: {}", flags.trim()));
        let master = std::fs::read_link(place.join("master")).ok();
        Seen::Present(Facts {
            up: flags.map(|flags| flags & UP != 0).into(),
            carrier: read("carrier").map(|text| text == "1").into(),
            state: read("operstate").into(),
            mtu: read("mtu").and_then(|text| text.parse().ok()).into(),
            mac: read("address").and_then(mac).into(),
            addresses: addresses(&target.name).into(),
            speed: read("speed").and_then(speed).into(),
            master: master.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())).into(),
            default_route: default_route(&target.name),
        })
    }
}

fn missed(name: &str, told: bool, error: &io::Error) -> Seen<Facts> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if told => {
            Seen::Absent(format!("there is no interface {name}"))
        }
        io::ErrorKind::NotFound => Seen::Unsupported(format!("this machine has no {ROOT}")),
        _ => Seen::Refused(format!("the interface {name} cannot be looked at: {}", reason(error))),
    }
}

/// `0x1003`.
fn flag_bits(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

/// All zeros, as of `lo`, is no address; nor is the IPv4 address that tunnels give here.
fn mac(text: String) -> Option<String> {
    let real = text.contains(':') && text.chars().any(|c| c != '0' && c != ':');
    real.then(|| text.to_lowercase())
}

/// -1 and its unsigned spelling in older kernels say "no speed".
fn speed(text: String) -> Option<u64> {
    text.parse().ok().filter(|speed| *speed > 0 && *speed < u32::MAX.into())
}

fn addresses(name: &str) -> Result<Vec<String>, String> {
    let all = if_addrs::get_if_addrs().map_err(|error| format!("the addresses cannot be had: {}", reason(&error)))?;
    // an address with a label of its own is listed under `eth0:label`
    let own = all.into_iter().filter(|one| one.name.split(':').next() == Some(name));
    Ok(own
        .map(|one| match one.addr {
            IfAddr::V4(address) => format!("{}/{}", address.ip, address.prefixlen),
            IfAddr::V6(address) => format!("{}/{}", address.ip, address.prefixlen),
        })
        .collect())
}

/// A table that is not there has no route: the kernel may know no IPv6.
fn default_route(name: &str) -> Fact<bool> {
    type Leads = fn(&str, &str) -> bool;
    let tables: [(&str, Leads); 2] = [("/proc/net/route", leads_out), ("/proc/net/ipv6_route", leads_out_6)];
    for (path, leads) in tables {
        match small_file::read(path) {
            Ok(table) if leads(&table, name) => return true.into(),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Fact::Unknown(small_file::why(path, &error)),
        }
    }
    false.into()
}

/// Columns: interface, destination, gateway, flags, references, uses, metric, mask.
fn leads_out(table: &str, name: &str) -> bool {
    table.lines().skip(1).any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        matches!(columns[..], [interface, "00000000", _, flags, _, _, _, "00000000", ..]
            if interface == name && usable(flags))
    })
}

/// Columns: destination, its length, source, its length, next hop, metric, references, uses, flags, interface.
fn leads_out_6(table: &str, name: &str) -> bool {
    table.lines().any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        matches!(columns[..], [destination, "00", _, _, _, _, _, _, flags, interface]
            if interface == name && destination.chars().all(|c| c == '0') && usable(flags))
    })
}

fn usable(flags: &str) -> bool {
    u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & ROUTE_UP != 0 && flags & ROUTE_REJECTS == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::time::Duration;

    const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth1\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\ntun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\nblackhole\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n";
    const ROUTES_6: &str = "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth1\n00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

    fn look(name: &str) -> Seen<Facts> {
        let context = Context::lasting(Duration::from_secs(5));
        Interface::observe(&Target { name: name.into() }, &WantedBits::ALL.into(), &context)
    }

    #[test]
    fn default_routes_are_found() {
        let leading: Vec<&str> =
            ["eth0", "eth1", "tun0", "blackhole"].into_iter().filter(|name| leads_out(ROUTES, name)).collect();
        assert_eq!(leading, ["eth0"]);
        assert!(leads_out_6(ROUTES_6, "eth1") && !leads_out_6(ROUTES_6, "eth0"));
        assert!(!leads_out_6(ROUTES_6, "lo"), "every kernel has a route that rejects");
        assert!(!leads_out("", "eth0") && !leads_out_6("x y", "x"));
    }

    #[test]
    fn odd_values_are_understood() {
        assert_eq!(flag_bits("0x1003\n"), Some(0x1003));
        assert_eq!((flag_bits("4099"), flag_bits("0xzz")), (None, None));
        let texts = |text: &str| (mac(text.into()), speed(text.into()));
        assert_eq!(texts("02:FC:00:00:00:01"), (Some("02:fc:00:00:00:01".into()), None));
        assert_eq!(texts("00:00:00:00:00:00"), (None, None));
        assert_eq!(texts("1000"), (None, Some(1000)));
        assert_eq!(texts("-1"), (None, None));
        assert_eq!(texts("4294967295"), (None, None));
    }

    #[test]
    fn this_machine_is_seen() {
        let Seen::Present(lo) = look("lo") else { panic!("there is always a loopback interface") };
        assert!(lo.mtu.known().is_some_and(|mtu| *mtu > 1000));
        assert_eq!((lo.mac, lo.default_route), (Fact::Absent, Fact::Known(false)));
        if lo.up == Fact::Known(true) {
            assert!(lo.addresses.known().is_some_and(|all| all.contains(&"127.0.0.1/8".to_string())));
        }
        assert!(matches!(look("nosuch0"), Seen::Absent(_)));
    }

    #[test]
    fn no_interface_and_no_answer_are_two_things() {
        let missed = |told: bool, kind: io::ErrorKind| missed("eth0", told, &kind.into());
        assert!(matches!(missed(true, io::ErrorKind::NotFound), Seen::Absent(_)));
        assert!(matches!(missed(false, io::ErrorKind::NotFound), Seen::Unsupported(_)));
        assert!(matches!(missed(true, io::ErrorKind::PermissionDenied), Seen::Refused(_)));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let check = |name: &str| Interface::check(&Target { name: name.into() });
        assert!(check("enp0s31f6").is_ok() && check("eth0.100").is_ok());
        for name in ["", ".", "..", "a/b", "a b", "eth0:1", "sixteen-bytes-xx"] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
