//! One module of the kernel: is it loaded, could it be, may it be.
//!
//! Read are `/proc/modules` and `/sys/module` for what runs, `/lib/modules/RELEASE` for what is
//! installed and modprobe.d(5) for what is wished. Deliberately absent: aliases, and loading.

mod modprobe;

use super::{Context, Pace, Probe, Seen, small_file};
use crate::fact::Fact;
use crate::{described, facts};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

described! {
    /// Looks at one module of the kernel.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Its name, e.g. `br_netfilter`; `-` and `_` are the same.
        name: String,
    }
}

facts! {
    pub struct Facts {
        /// Whether it is loaded now (`/proc/modules`); what is built in is not loaded.
        loaded: bool,
        /// Whether it is a part of the kernel itself (`modules.builtin`). Unknown if that file is missing and
        /// `/sys/module` says nothing of it.
        built_in: bool,
        /// Whether the running kernel could load it (`modules.dep`). False for a kernel without modules, unknown if its
        /// modules are not installed here, as in a container.
        available: bool,
        /// How many others use it (`/proc/modules`). Absent if it is not loaded or the kernel does not count.
        in_use: u64,
        /// The modules that use it. Absent if it is not loaded.
        used_by: Vec<String>,
        /// Whether it is kept from being loaded on its own: `blacklist` in modprobe.d(5), `modprobe.blacklist=` or
        /// `module_blacklist=` on the kernel's command line. By name it can still be loaded; see `install_command`.
        blacklisted: bool,
        /// What modprobe(8) runs instead of loading it (`install` in modprobe.d(5)), e.g. `/bin/false`. Absent if
        /// nothing.
        install_command: String,
        /// Its parameters and their values (`/sys/module/NAME/parameters`); none if it is not there. Unknown if one
        /// of them may not be read. Only looked at if it is asked for.
        parameters: BTreeMap<String, String>,
    }
}

pub struct KernelModule;

impl Probe for KernelModule {
    const NAME: &'static str = "kernel_module";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { any_of: [{ loaded: true }, { built_in: true }] }";
    const EXAMPLE: &'static str = "id: no-cramfs\nkernel_module: cramfs\nexpect: { loaded: false }";
    const EVIDENCE: &'static [&'static str] = &["loaded", "built_in", "available", "blacklisted", "install_command"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        let sound = |c: char| c.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&c);
        let name = &target.name;
        if !name.is_empty() && name.chars().all(sound) && !name.starts_with('.') && !name.contains(".ko") {
            return Ok(());
        }
        Err(format!(
            "`{name}` is not the name of a kernel module; write one like `br_netfilter`, without path and `.ko`"
        ))
    }

    fn observe(target: &Target, wanted: &Wanted, _: &Context) -> Seen<Facts> {
        let name = normal(&target.name);
        let modules = match small_file::read("/proc/modules") {
            Ok(text) => Some(text),
            // a kernel that was built without modules has no such file
            Err(error) if error.kind() == ErrorKind::NotFound && Path::new("/proc/self").exists() => None,
            Err(error) => return small_file::missed("/proc/modules", &error),
        };
        let loaded = modules.as_deref().and_then(|modules| loaded(modules, &name));
        let installed = |file: &str| installed(file, &name);
        let available = if modules.is_some() { installed("modules.dep") } else { Ok(false) };
        let own = Path::new("/sys/module").join(&name);
        let built_in = if own.is_dir() && loaded.is_none() { Ok(true) } else { installed("modules.builtin") };
        let wishes = modprobe::wishes(&name);
        let wish = |part: fn(&modprobe::Wishes) -> bool| Fact::from(wishes.as_ref().map(part).map_err(Clone::clone));
        Seen::Present(Facts {
            loaded: loaded.is_some().into(),
            built_in: if loaded.is_some() { false.into() } else { built_in.into() },
            available: available.into(),
            in_use: loaded.as_ref().and_then(|module| module.in_use).into(),
            used_by: loaded.map(|module| module.used_by).into(),
            blacklisted: wish(|wishes| wishes.blacklisted),
            install_command: match &wishes {
                Ok(wishes) => wishes.install.clone().into(),
                Err(why) => Fact::Unknown(why.clone()),
            },
            parameters: if wanted.parameters { parameters(&own).into() } else { Fact::NotWanted },
        })
    }
}

/// Modules are called with `_` in the kernel, whatever their files are called.
fn normal(name: &str) -> String {
    name.replace('-', "_")
}

/// What `/proc/modules` says of a module.
#[derive(Debug, PartialEq)]
struct Loaded {
    in_use: Option<u64>,
    used_by: Vec<String>,
}

/// `br_netfilter 32768 0 - Live 0x0`, `bridge 311296 1 br_netfilter, Live 0x0`. A module that is on its way in or
/// out (`Loading`, `Unloading`) is not loaded.
fn loaded(modules: &str, name: &str) -> Option<Loaded> {
    let mut columns = modules
        .lines()
        .map(|line| line.split(' '))
        .find_map(|mut columns| (normal(columns.next()?) == name).then_some(columns))?;
    let (in_use, used_by) = (columns.nth(1)?.parse().ok(), columns.next()?);
    if columns.next().is_some_and(|state| state != "Live") {
        return None;
    }
    let names = used_by.split(',').filter(|name| !["", "-", "[permanent]"].contains(name));
    Some(Loaded { in_use, used_by: names.map(str::to_string).collect() })
}

/// Whether a list below `/lib/modules/RELEASE` names the module.
fn installed(file: &str, name: &str) -> Result<bool, String> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let path = format!("/lib/modules/{release}/{file}");
    match small_file::read(&path) {
        Ok(text) => Ok(listed(&text, name)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(format!("there is no {path}")),
        Err(error) => Err(small_file::why(path, &error)),
    }
}

/// `kernel/net/bridge/br_netfilter.ko.xz: kernel/net/bridge/bridge.ko.xz`, or only the path. What stands behind
/// the colon has a line of its own.
fn listed(list: &str, name: &str) -> bool {
    let files = list.lines().filter_map(|line| line.split(':').next()?.trim().rsplit('/').next());
    files.filter_map(|file| file.split(".ko").next()).any(|module| normal(module) == name)
}

fn parameters(module: &Path) -> Result<BTreeMap<String, String>, String> {
    let entries = match std::fs::read_dir(module.join("parameters")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(small_file::why("its parameters", &error)),
    };
    let value = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        match small_file::read(entry.path()) {
            Ok(text) => Ok((name, text.trim().to_string())),
            Err(error) => Err(small_file::why(format_args!("the parameter {name}"), &error)),
        }
    };
    entries.flatten().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::time::Duration;

    const DEBIAN: &str = "br_netfilter 36864 0 - Live 0x0000000000000000\nbridge 319488 1 br_netfilter, Live 0x0000000000000000\nnf_conntrack 188416 3 xt_conntrack,nf_nat,xt_MASQUERADE, Live 0xffffffffc0a00000 (OE)\ngone 1 0 - Unloading 0x0\n";
    const NO_UNLOADING: &str = "ext4 745472 - - Live 0xffffffff00000000\n";
    const DEBIAN_DEP: &str = "kernel/net/bridge/br_netfilter.ko: kernel/net/bridge/bridge.ko kernel/net/802/stp.ko\nkernel/fs/cramfs/cramfs.ko:\n";
    const RHEL_DEP: &str =
        "kernel/drivers/net/usb/cdc-ether.ko.xz: kernel/drivers/net/usb/usbnet.ko.xz\nextra/wireguard.ko.zst:\n";
    const BUILTIN: &str = "kernel/fs/ext4/ext4.ko\nkernel/crypto/crc32c-intel.ko\n";

    fn look(name: &str) -> Facts {
        let context = Context::lasting(Duration::from_secs(5));
        match KernelModule::observe(&Target { name: name.into() }, &WantedBits::ALL.into(), &context) {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn loaded_modules_are_found() {
        let alone = Loaded { in_use: Some(0), used_by: vec![] };
        assert_eq!(loaded(DEBIAN, "br_netfilter"), Some(alone));
        let used = loaded(DEBIAN, "nf_conntrack").unwrap();
        assert_eq!((used.in_use, used.used_by.len()), (Some(3), 3));
        assert_eq!(loaded(NO_UNLOADING, "ext4"), Some(Loaded { in_use: None, used_by: vec![] }));
        assert_eq!(loaded(DEBIAN, "gone"), None);
        assert_eq!(loaded(DEBIAN, "br"), None);
        assert_eq!(loaded("broken", "broken"), None);
    }

    #[test]
    fn installed_modules_are_found_under_either_spelling() {
        assert!(listed(DEBIAN_DEP, "br_netfilter") && listed(DEBIAN_DEP, "cramfs"));
        assert!(!listed(DEBIAN_DEP, "stp"), "what is needed has a line of its own");
        assert!(listed(RHEL_DEP, "cdc_ether") && listed(RHEL_DEP, "wireguard"));
        assert!(listed(BUILTIN, "ext4") && listed(BUILTIN, &normal("crc32c-intel")) && !listed(BUILTIN, "crc32c"));
    }

    #[test]
    fn paths_and_files_are_no_names() {
        let check = |name: &str| KernelModule::check(&Target { name: name.into() });
        assert!(check("br-netfilter").is_ok() && check("8021q").is_ok());
        for name in ["", "..", "a/b", "bridge.ko", "bridge.ko.xz", "a b"] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_module_nobody_knows_is_not_loaded() {
        let facts = look("no-such-module-here");
        assert_eq!(facts.loaded, Fact::Known(false));
        assert_eq!((facts.in_use, facts.used_by), (Fact::Absent, Fact::Absent));
        assert_eq!(facts.parameters, Fact::Known(BTreeMap::new()));
        assert_ne!(facts.available, Fact::Known(true));
    }

    #[test]
    fn the_kernel_itself_has_parameters() {
        // `printk` is built into every kernel and has parameters
        let facts = look("printk");
        assert_eq!(facts.built_in, Fact::Known(true));
        assert!(facts.parameters.known().is_some_and(|parameters| parameters.contains_key("time")));
    }
}
