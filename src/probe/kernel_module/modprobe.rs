//! What the administrator wishes of a module: modprobe.d(5) and the kernel's command line.

use super::normal;
use crate::probe::small_file;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the files lie; of two with the same name the one in the earlier directory counts.
const DIRECTORIES: &[&str] =
    &["/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"];

#[derive(Debug, Default, PartialEq)]
pub struct Wishes {
    pub blacklisted: bool,
    /// The command that runs instead of loading.
    pub install: Option<String>,
}

/// A file that cannot be read may hold any wish, so it is an error.
pub fn wishes(name: &str) -> Result<Wishes, String> {
    let mut texts = Vec::new();
    for path in files(DIRECTORIES)? {
        texts.push(small_file::read(&path).map_err(|error| small_file::why(path.display(), &error))?);
    }
    let mut wishes = parse(texts.iter().map(String::as_str), name);
    wishes.blacklisted |= forbidden_at_start(&small_file::read("/proc/cmdline").unwrap_or_default(), name);
    Ok(wishes)
}

/// The files that count, in the order of their names.
fn files(directories: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut found: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for directory in directories {
        let entries = match std::fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(small_file::why(directory, &error)),
        };
        let configuration =
            |path: &PathBuf| path.extension().is_some_and(|end| end == "conf") && masks_or_is_file(path);
        for path in entries.flatten().map(|entry| entry.path()).filter(configuration) {
            found.entry(path.file_name().unwrap_or_default().into()).or_insert(path);
        }
    }
    Ok(found.into_values().filter(|path| path.is_file()).collect())
}

/// A link to `/dev/null` switches the file of the same name in a later directory off.
fn masks_or_is_file(path: &Path) -> bool {
    path.is_file() || std::fs::read_link(path).is_ok_and(|target| target == Path::new("/dev/null"))
}

fn parse<'t>(texts: impl Iterator<Item = &'t str>, name: &str) -> Wishes {
    let mut wishes = Wishes::default();
    for text in texts {
        // a backslash at its end continues a line
        for line in text.replace("\\\n", " ").lines() {
            let mut words = line.split_whitespace();
            let (command, module) = (words.next(), words.next().map(normal));
            if module.as_deref() != Some(name) {
                continue;
            }
            match command {
                Some("blacklist") => wishes.blacklisted = true,
                Some("install") => wishes.install = Some(words.collect::<Vec<_>>().join(" ")),
                _ => {}
            }
        }
    }
    wishes
}

/// `modprobe.blacklist=a,b` is modprobe's, `module_blacklist=a,b` the kernel's own.
fn forbidden_at_start(command_line: &str, name: &str) -> bool {
    let lists = command_line
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("modprobe.blacklist=").or_else(|| word.strip_prefix("module_blacklist=")));
    lists.flat_map(|list| list.split(',')).any(|module| normal(module) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const DEBIAN: &str =
        "# This file lists those modules\nblacklist  pcspkr\nalias net-pf-10 off\noptions snd-hda-intel power_save=1\n";
    const HARDENED: &str =
        "install cramfs /bin/false\nblacklist cramfs\ninstall usb-storage \\\n  /bin/true\n#install vfat /bin/false\n";

    #[test]
    fn wishes_are_read() {
        let wishes = |name: &str| parse([DEBIAN, HARDENED].into_iter(), name);
        assert_eq!(wishes("pcspkr"), Wishes { blacklisted: true, install: None });
        assert_eq!(wishes("cramfs"), Wishes { blacklisted: true, install: Some("/bin/false".into()) });
        assert_eq!(wishes("usb_storage"), Wishes { blacklisted: false, install: Some("/bin/true".into()) });
        assert_eq!(wishes("vfat"), Wishes::default());
    }

    #[test]
    fn the_command_line_counts() {
        let line =
            "BOOT_IMAGE=/vmlinuz root=/dev/sda1 modprobe.blacklist=nouveau,snd-hda-intel module_blacklist=floppy";
        assert!(forbidden_at_start(line, "nouveau") && forbidden_at_start(line, "snd_hda_intel"));
        assert!(forbidden_at_start(line, "floppy") && !forbidden_at_start(line, "snd"));
    }

    #[test]
    fn earlier_directories_hide_later_ones() {
        let root = std::env::temp_dir().join(format!("modprobe-{}", std::process::id()));
        let (etc, lib) = (root.join("etc"), root.join("lib"));
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir_all(&lib).unwrap();
        for path in ["etc/same.conf", "lib/same.conf", "lib/other.conf", "lib/notes.txt", "lib/masked.conf"] {
            fs::write(root.join(path), "").unwrap();
        }
        std::os::unix::fs::symlink("/dev/null", etc.join("masked.conf")).unwrap();
        let names = [etc.to_str().unwrap(), lib.to_str().unwrap(), "/nowhere"];
        let found = files(&names);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, Ok(vec![lib.join("other.conf"), etc.join("same.conf")]));
    }
}
