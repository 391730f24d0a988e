//! An installed package, from the database of its manager.
//!
//! One file per manager below. Deliberately absent: what could be installed, and whether the files
//! of a package are whole; virtual packages (`Provides`) are not the packages that provide them.

mod apk;
mod database;
mod dpkg;
mod npm;
mod pacman;
mod pip;
mod rpm;

use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::VersionText;
use crate::{choice, described, facts};
use std::path::{Path, PathBuf};

choice! {
    /// Who keeps the package.
    pub enum Manager {
        /// The system's own: dpkg, rpm, apk or pacman, whichever is there.
        Auto = "auto",
        /// Debian, Ubuntu.
        Dpkg = "dpkg",
        /// RHEL, Fedora, SUSE.
        Rpm = "rpm",
        /// Alpine.
        Apk = "apk",
        /// Arch.
        Pacman = "pacman",
        /// Python distributions, whoever installed them.
        Pip = "pip",
        /// Packages in `node_modules`, whoever put them there.
        Npm = "npm",
    }
}

described! {
    /// Looks at an installed package; `present: false` says that it must not be installed.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Name of the package, e.g. `openssl`, `libc6:amd64`, `@types/node`.
        name: String,
        /// Whose package it is.
        manager: Manager = Manager::Auto,
        /// For `pip`: the interpreter (`/opt/app/venv/bin/python`) or the folder of a virtual environment. `python3` on the PATH if not given.
        python: Option<PathBuf>,
        /// For `npm`: the folder that holds `node_modules`. The working directory if not given.
        project: Option<PathBuf>,
        /// For `npm`: look where `npm install --global` puts packages.
        global: bool = false,
    }
}

facts! {
    pub struct Facts {
        /// Its version as the manager writes it, with epoch and revision, e.g. `1:9.2p1-2+deb12u3`. Of several, the newest.
        version: VersionText,
        /// What it was built for, e.g. `amd64`, `noarch`. Absent for `pip` and `npm`.
        architecture: String,
        /// `installed`; with dpkg also `unpacked`, `half-configured` and so on for what got stuck.
        status: String,
        /// The manager that knows it: `dpkg`, `rpm`, `apk`, `pacman`, `pip`, `npm`.
        manager: String,
        /// Whether upgrades leave it alone (`apt-mark hold`). Only known for dpkg; absent elsewhere.
        held: bool,
        /// The folder it was found in. Only for `pip` and `npm`.
        location: String,
    }
}

pub struct Package;

impl Probe for Package {
    const NAME: &'static str = "package";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str =
        "id: tar-is-installed\npackage: tar\nexpect:\n  version: { version: \">=1.20\" }\n  status: installed";
    const EVIDENCE: &'static [&'static str] = &["version", "status", "manager", "location"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        let place = [&target.python, &target.project].into_iter().flatten().next();
        let place = place.map(|place| format!(" in {}", place.display())).unwrap_or_default();
        match target.manager {
            Manager::Auto => target.name.clone(),
            manager => format!("{} ({}{place})", target.name, manager.word()),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "*?=<>,;".contains(c);
        let climbs = target.name.split('/').any(|part| matches!(part, "" | "." | ".."));
        if target.name.starts_with('-') || target.name.contains(odd) || climbs {
            return Err(format!("`{}` is not the name of a package; versions belong into `expect`", target.name));
        }
        if target.python.is_some() && target.manager != Manager::Pip {
            return Err("`python` is only for `manager: pip`".into());
        }
        if (target.project.is_some() || target.global) && target.manager != Manager::Npm {
            return Err("`project` and `global` are only for `manager: npm`".into());
        }
        if target.project.is_some() && target.global {
            return Err("a package is looked for in a `project` or `global`, not both".into());
        }
        Ok(())
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let manager = match target.manager {
            Manager::Auto => match of_system(Path::new("/")) {
                Some(manager) => manager,
                None => return Seen::Unsupported("this machine has neither dpkg, rpm, apk nor pacman".into()),
            },
            manager => manager,
        };
        let found = match manager {
            Manager::Dpkg | Manager::Auto => dpkg::find(&target.name),
            Manager::Rpm => rpm::find(&target.name, context),
            Manager::Apk => apk::find(&target.name),
            Manager::Pacman => pacman::find(&target.name),
            Manager::Pip => pip::find(&target.name, target.python.as_deref(), context),
            Manager::Npm => npm::find(&target.name, target.project.as_deref(), target.global, context),
        };
        found.map(|found| found.facts(manager))
    }
}

/// What a manager knows of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Installed {
    version: String,
    architecture: Option<String>,
    /// `installed` if not said otherwise.
    status: Option<String>,
    held: Option<bool>,
    location: Option<PathBuf>,
}

impl Installed {
    fn facts(self, manager: Manager) -> Facts {
        Facts {
            version: VersionText(self.version).into(),
            architecture: self.architecture.into(),
            status: self.status.unwrap_or_else(|| "installed".into()).into(),
            manager: manager.word().to_string().into(),
            held: self.held.into(),
            location: self.location.map(|location| location.display().to_string()).into(),
        }
    }
}

fn absent(name: &str, manager: Manager) -> Seen<Installed> {
    Seen::Absent(format!("{name} is not installed ({})", manager.word()))
}

/// The manager of the system below `root`. An empty database belongs to a tool that is only there
/// to look at foreign packages, as dpkg is on Fedora.
fn of_system(root: &Path) -> Option<Manager> {
    let has = |path: &str| {
        let size = |metadata: std::fs::Metadata| metadata.is_dir() || metadata.len() > 0;
        std::fs::metadata(root.join(path)).is_ok_and(size)
    };
    let places: &[(Manager, &[&str])] = &[
        (Manager::Dpkg, &["var/lib/dpkg/status"]),
        (Manager::Apk, &["lib/apk/db/installed", "usr/lib/apk/db/installed"]),
        (Manager::Pacman, &["var/lib/pacman/local"]),
        (Manager::Rpm, &["usr/lib/sysimage/rpm", "var/lib/rpm"]),
    ];
    places.iter().find(|(_, paths)| paths.iter().any(|path| has(path))).map(|(manager, _)| *manager)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn target(name: &str) -> Target {
        Target { name: name.into(), manager: Manager::Auto, python: None, project: None, global: false }
    }

    #[test]
    fn the_manager_of_a_system_is_found_by_its_database() {
        let root = std::env::temp_dir().join(format!("engine-managers-{}", std::process::id()));
        std::fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
        assert_eq!(of_system(&root), None);
        std::fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
        std::fs::create_dir_all(root.join("usr/lib/sysimage/rpm")).unwrap();
        assert_eq!(of_system(&root), Some(Manager::Rpm));
        std::fs::write(root.join("var/lib/dpkg/status"), "Package: a\n").unwrap();
        assert_eq!(of_system(&root), Some(Manager::Dpkg));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn targets_that_can_never_work_are_refused() {
        assert!(Package::check(&target("libstdc++6")).is_ok());
        assert!(Package::check(&Target { manager: Manager::Npm, ..target("@types/node") }).is_ok());
        for name in ["", "-i", "numpy>=2", "../secret", "/etc", "a b"] {
            assert!(Package::check(&target(name)).is_err(), "{name}");
        }
        assert!(Package::check(&Target { python: Some("venv".into()), ..target("numpy") }).is_err());
        assert!(Package::check(&Target { global: true, ..target("npm") }).is_err());
    }

    #[test]
    fn this_system_answers() {
        let context = Context::lasting(Duration::from_secs(60));
        let look = |target: &Target| Package::observe(target, &WantedBits::ALL.into(), &context);
        let missing = look(&target("no-such-package"));
        match of_system(Path::new("/")) {
            None => assert!(matches!(missing, Seen::Unsupported(_))),
            Some(manager) => {
                assert!(matches!(missing, Seen::Absent(_)), "{missing:?}");
                let Seen::Present(facts) = look(&target("tar")) else { panic!("no tar") };
                assert_eq!(facts.manager, Fact::Known(manager.word().to_string()));
                assert_eq!(facts.status, Fact::Known("installed".to_string()));
            }
        }
    }
}
