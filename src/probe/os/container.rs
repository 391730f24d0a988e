//! The kind of container we are in, from the signs that containers leave.
//!
//! The order is that of systemd-detect-virt(1): what a manager says of itself counts before what
//! its files suggest.

use crate::fact::Fact;
use crate::probe::small_file;
use std::path::Path;

/// The signs, as far as they could be seen.
#[derive(Default)]
struct Signs {
    /// What systemd wrote down when it was started in a container.
    told: Option<String>,
    /// What the manager left for us.
    manager: Option<String>,
    /// Variables of process 1, each ended by a NUL byte; only root may see them.
    environment: Option<String>,
    /// The control groups of process 1 (cgroups(7)).
    groups: String,
    /// The kernel's release.
    kernel: String,
    openvz: bool,
    podman: bool,
    docker: bool,
    kubernetes: bool,
    systemd: bool,
}

/// Looks for the signs.
pub fn find() -> Fact<String> {
    let there = |path: &str| Path::new(path).exists();
    let signs = Signs {
        told: small_file::clue("/run/systemd/container"),
        manager: small_file::clue("/run/host/container-manager"),
        environment: small_file::clue("/proc/1/environ"),
        groups: small_file::clue("/proc/1/cgroup").unwrap_or_default(),
        kernel: small_file::clue("/proc/sys/kernel/osrelease").unwrap_or_default(),
        openvz: there("/proc/vz") && !there("/proc/bc"),
        podman: there("/run/.containerenv"),
        docker: there("/.dockerenv"),
        kubernetes: there("/run/secrets/kubernetes.io"),
        systemd: there("/run/systemd/system"),
    };
    kind(&signs).into()
}

fn kind(signs: &Signs) -> Result<String, String> {
    let variable =
        signs.environment.iter().flat_map(|all| all.split('\0')).find_map(|one| one.strip_prefix("container="));
    let said = [signs.told.as_deref(), signs.manager.as_deref(), variable];
    // "oci" names only the format, so the files say more
    let said = said.into_iter().flatten().find(|name| !name.is_empty() && *name != "oci");
    let grouped = |part: &str| signs.groups.contains(part);
    let name = match said {
        _ if signs.openvz => "openvz",
        Some(name) => name,
        None if signs.podman || grouped("libpod-") => "podman",
        None if signs.kubernetes || grouped("kubepods") => "kubernetes",
        None if signs.docker || grouped("/docker/") || grouped("docker-") => "docker",
        None if grouped("/lxc/") || grouped("/lxc.payload") => "lxc",
        None if signs.kernel.contains("Microsoft") || signs.kernel.contains("WSL") => "wsl",
        None if signs.environment.is_none() && !signs.systemd => {
            return Err("the environment of process 1 may not be read by this user".into());
        }
        None => "none",
    };
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs() -> Signs {
        Signs { environment: Some("HOME=/\0TERM=linux\0".into()), ..Signs::default() }
    }

    #[test]
    fn containers_are_known_by_their_signs() {
        let text = |text: &str| Some(text.to_string());
        let cases = [
            (signs(), "none"),
            (Signs { groups: "0::/init.scope".into(), systemd: true, environment: None, ..signs() }, "none"),
            (Signs { docker: true, groups: "0::/".into(), ..signs() }, "docker"),
            (Signs { groups: "12:pids:/docker/0a1b\n1:name=systemd:/docker/0a1b".into(), ..signs() }, "docker"),
            (Signs { podman: true, environment: text("PATH=/bin\0container=podman\0"), ..signs() }, "podman"),
            (Signs { podman: true, environment: text("container=oci\0"), ..signs() }, "podman"),
            (Signs { environment: text("container=lxc\0"), ..signs() }, "lxc"),
            (Signs { groups: "0::/lxc.payload.web/init.scope".into(), ..signs() }, "lxc"),
            (Signs { told: text("systemd-nspawn"), environment: None, ..signs() }, "systemd-nspawn"),
            (Signs { groups: "0::/kubepods.slice/kubepods-pod1.slice".into(), ..signs() }, "kubernetes"),
            (Signs { docker: true, kubernetes: true, ..signs() }, "kubernetes"),
            (Signs { kernel: "5.15.153.1-microsoft-standard-WSL2".into(), ..signs() }, "wsl"),
            (Signs { openvz: true, ..signs() }, "openvz"),
        ];
        for (number, (signs, name)) in cases.into_iter().enumerate() {
            assert_eq!(kind(&signs).as_deref(), Ok(name), "case {number}");
        }
    }

    #[test]
    fn hidden_signs_are_not_a_no() {
        assert!(kind(&Signs { environment: None, ..signs() }).is_err());
    }
}
