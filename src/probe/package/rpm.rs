//! RPM packages, by `rpm -q` (rpm(8)): its database has had three formats.

use super::{Installed, Manager, absent};
use crate::fact::version::Version;
use crate::probe::{Context, Seen, tool};

const FORMAT: &str = "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n";

pub fn find(name: &str, context: &Context) -> Seen<Installed> {
    match tool::ask("rpm", ["-q", "--qf", FORMAT, "--", name], context) {
        Ok(said) => parse(&said, name),
        Err(tool::Silence::Missing(why)) => Seen::Unsupported(why),
        Err(silence) => Seen::Refused(silence.text()),
    }
}

/// Of several versions side by side, as kernels are, the newest.
fn parse(said: &tool::Said, name: &str) -> Seen<Installed> {
    if said.exit_code != 0 {
        let missing = said.stdout.trim() == format!("package {name} is not installed");
        return if missing { absent(name, Manager::Rpm) } else { Seen::Refused(said.complaint("rpm")) };
    }
    let lines = said.stdout.lines().filter_map(parse_line);
    match lines.max_by_key(|installed| Version::rpm(&installed.version)) {
        Some(installed) => Seen::Present(installed),
        None => Seen::Refused("rpm gave an answer that is not understood".into()),
    }
}

fn parse_line(line: &str) -> Option<Installed> {
    let mut columns = line.split('\t').skip(1);
    let (version, architecture) = (columns.next()?, columns.next()?);
    Some(Installed { version: version.into(), architecture: Some(architecture.into()), ..Installed::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(exit_code: i32, stdout: &str, stderr: &str) -> tool::Said {
        tool::Said { exit_code, stdout: stdout.into(), stderr: stderr.into() }
    }

    // Rocky Linux 9, Fedora 40
    #[test]
    fn the_newest_of_several_is_taken() {
        let kernels = said(0, "kernel\t5.14.0-427.9.1.el9\tx86_64\nkernel\t5.14.0-427.13.1.el9\tx86_64\n", "");
        let Seen::Present(kernel) = parse(&kernels, "kernel") else { panic!("not read") };
        assert_eq!((kernel.version.as_str(), kernel.architecture.as_deref()), ("5.14.0-427.13.1.el9", Some("x86_64")));
        let Seen::Present(bind) = parse(&said(0, "bind\t32:9.18.26-1.fc40\tx86_64\n", ""), "bind") else { panic!() };
        assert_eq!(bind.version, "32:9.18.26-1.fc40");
    }

    #[test]
    fn missing_and_broken_are_told_apart() {
        assert!(matches!(parse(&said(1, "package nope is not installed\n", ""), "nope"), Seen::Absent(_)));
        let broken = said(1, "", "error: cannot open Packages database in /var/lib/rpm\n");
        assert!(matches!(parse(&broken, "bash"), Seen::Refused(why) if why.starts_with("rpm: error: cannot open")));
        assert!(matches!(parse(&said(0, "", ""), "bash"), Seen::Refused(_)));
    }
}
