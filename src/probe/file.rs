//! One path: what stands there, who may do what with it, and what is in it (stat(2), inode(7)).
//!
//! Everything cheap comes from one stat; names of owners are asked once per
//! process, and a file is opened only if its content or hash is wanted.
//! Deliberately absent: access control lists and extended attributes.

use super::reading::{self, DEFAULT_LIMIT, FileType, Unread, wanted};
use super::{Context, Pace, Probe, Seen, owner};
use crate::fact::{Bytes, Fact, Mode, Moment};
use crate::{described, facts};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

described! {
    /// Looks at a file, directory, link, socket or device.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The path; a relative one starts at the working directory.
        path: PathBuf,
        /// Whether a symbolic link stands for what it points to.
        follow: bool = true,
        /// The size up to which `content` and `lines` are read, e.g. `10MiB`.
        limit: Bytes = DEFAULT_LIMIT,
    }
}

facts! {
    pub struct Facts {
        /// `file`, `directory`, `symlink` (only with `follow: false`), `socket`, `fifo`, `block_device` or `character_device`.
        r#type: String,
        /// Permission bits, set-user-ID, set-group-ID and sticky bit included.
        mode: Mode,
        /// Name of the owner; the number as text if it has no name.
        owner: String,
        /// Name of the group; the number as text if it has no name.
        group: String,
        /// Number of the owner.
        uid: u32,
        /// Number of the group.
        gid: u32,
        /// Size in bytes.
        size: Bytes,
        /// When the content was last changed.
        modified: Moment,
        /// Time since the content was last changed; zero if that lies in the future.
        age: Duration,
        /// Where a symbolic link points, as written in it; absent if the path is no link.
        target: String,
        /// SHA-256 of the content in hexadecimal letters, however large the file is.
        sha256: String,
        /// The content, if it is UTF-8 text within `limit`.
        content: String,
        /// The lines of the content.
        lines: Vec<String>,
        /// Whether the user of the engine may read it, by faccessat(2) with the effective ids: permission bits, owner,
        /// groups and access control lists count, and root may read everything.
        readable: bool,
        /// Whether the user of the engine may write it, or make files in it if it is a directory. As `readable`; a
        /// file system that is mounted read-only and the immutable flag count too.
        writable: bool,
        /// Whether the user of the engine may run it, or pass through it if it is a directory. As `readable`; root
        /// may run what at least one of owner, group and others may run.
        executable: bool,
    }
}

pub struct File;

impl Probe for File {
    const NAME: &'static str = "file";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: passwd-is-safe\nfile: /etc/passwd\nexpect:\n  type: file\n  owner: root\n  mode: { at_most: \"0644\" }\n  content: { any_line: { starts_with: \"root:\" } }";
    const EVIDENCE: &'static [&'static str] = &["type", "mode", "owner", "group", "size", "modified"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn observe(target: &Target, want: &Wanted, context: &Context) -> Seen<Facts> {
        let (path, follow) = (&*target.path, target.follow);
        let metadata = match reading::look(path, follow) {
            Ok(metadata) => metadata,
            Err(unread) => return unread.into(),
        };
        let modified = metadata.modified().map(Moment::from).map_err(|error| reading::reason(&error));
        let (content, lines) = content(target, want);
        Seen::Present(Facts {
            r#type: FileType::of(metadata.file_type()).word().to_string().into(),
            mode: Mode(metadata.mode() & 0o7777).into(),
            owner: wanted(want.owner, || Ok(owner::user(metadata.uid()))),
            group: wanted(want.group, || Ok(owner::group(metadata.gid()))),
            uid: metadata.uid().into(),
            gid: metadata.gid().into(),
            size: Bytes(metadata.len()).into(),
            age: modified.clone().map(|modified| crate::observe::now().since(modified)).into(),
            modified: modified.into(),
            target: if want.target { link_target(path) } else { Fact::NotWanted },
            sha256: wanted(want.sha256, || reading::sha256(path, follow, context).map_err(Unread::why)),
            content,
            lines,
            readable: wanted(want.readable, || may(path, follow, Access::READ_OK)),
            writable: wanted(want.writable, || may(path, follow, Access::WRITE_OK)),
            executable: wanted(want.executable, || may(path, follow, Access::EXEC_OK)),
        })
    }
}

fn content(target: &Target, want: &Wanted) -> (Fact<String>, Fact<Vec<String>>) {
    if !want.content && !want.lines {
        return (Fact::NotWanted, Fact::NotWanted);
    }
    let text = reading::text(&target.path, target.follow, target.limit).map_err(Unread::why);
    let lines = match &text {
        Ok(text) if want.lines => Fact::Known(text.lines().map(str::to_string).collect()),
        Ok(_) => Fact::NotWanted,
        Err(why) => Fact::Unknown(why.clone()),
    };
    (text.into(), lines)
}

/// The kernel's own answer, which no reading of permission bits would give (faccessat(2)).
fn may(path: &Path, follow: bool, access: Access) -> Result<bool, String> {
    let link = if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    match accessat(CWD, path, access, AtFlags::EACCESS | link) {
        Ok(()) => Ok(true),
        Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) => Ok(false),
        Err(error) => Err(reading::reason(&error.into())),
    }
}

/// What is no link has no target (readlink(2): EINVAL).
fn link_target(path: &Path) -> Fact<String> {
    match fs::read_link(path) {
        Ok(target) => target.display().to_string().into(),
        Err(error) if error.kind() == ErrorKind::InvalidInput => Fact::Absent,
        Err(error) => Fact::Unknown(reading::reason(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::WantedBits;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn seen(path: &Path, follow: bool, bits: WantedBits) -> Seen<Facts> {
        let target = Target { path: path.into(), follow, limit: Bytes(64) };
        File::observe(&target, &bits.into(), &Context::lasting(Duration::from_secs(10)))
    }

    fn facts(path: &Path, follow: bool) -> Facts {
        match seen(path, follow, WantedBits::ALL) {
            Seen::Present(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_has_all_facts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one\ntwo\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4750)).unwrap();
        let facts = facts(&path, true);
        assert_eq!(facts.r#type, Fact::Known("file".into()));
        assert_eq!(facts.mode, Fact::Known(Mode(0o4750)));
        assert_eq!(facts.size, Fact::Known(Bytes(8)));
        assert_eq!(facts.target, Fact::Absent);
        assert_eq!(facts.content, Fact::Known("one\ntwo\n".into()));
        assert_eq!(facts.lines, Fact::Known(vec!["one".into(), "two".into()]));
        let hash = "c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8";
        assert_eq!(facts.sha256, Fact::Known(hash.into()));
        assert!(facts.age.known().is_some_and(|age| *age < Duration::from_secs(60)));
    }

    #[test]
    fn links_are_followed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/etc/passwd", &link).unwrap();
        let followed = facts(&link, true);
        assert_eq!(followed.r#type, Fact::Known("file".into()));
        assert_eq!(followed.target, Fact::Known("/etc/passwd".into()));
        let itself = facts(&link, false);
        assert_eq!(itself.r#type, Fact::Known("symlink".into()));
        assert!(matches!(itself.content, Fact::Unknown(why) if why == "it is a symbolic link, not a file"));
    }

    #[test]
    fn what_the_user_may_do_is_what_the_kernel_allows() {
        let folder = tempfile::tempdir().unwrap();
        let may = |path: &Path| {
            let facts = facts(path, true);
            [facts.readable, facts.writable, facts.executable].map(|fact| *fact.known().unwrap())
        };
        assert_eq!(may(folder.path()), [true, true, true]);
        let path = folder.path().join("a");
        fs::write(&path, "").unwrap();
        assert_eq!(may(&path), [true, true, false]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o500)).unwrap();
        // the permission bits do not stop root
        assert_eq!(may(&path), [true, rustix::process::geteuid().is_root(), true]);
    }

    #[test]
    fn absent_and_refused_are_two_answers() {
        let folder = tempfile::tempdir().unwrap();
        let (dangling, around) = (folder.path().join("dangling"), folder.path().join("loop"));
        symlink("/nowhere", &dangling).unwrap();
        symlink(&around, &around).unwrap();
        let of = |path: &Path| seen(path, true, WantedBits::default());
        assert!(matches!(of(Path::new("/nowhere")), Seen::Absent(why) if why == "/nowhere does not exist"));
        assert!(matches!(of(&dangling), Seen::Absent(why) if why.ends_with("link to /nowhere, which does not exist")));
        assert!(matches!(of(&around), Seen::Refused(_)));
        assert!(matches!(of(Path::new("/etc/passwd/x")), Seen::Absent(_)));
    }

    #[test]
    fn large_and_binary_files_have_a_hash_but_no_text() {
        let folder = tempfile::tempdir().unwrap();
        let (large, binary) = (folder.path().join("large"), folder.path().join("binary"));
        fs::write(&large, [b'a'; 65]).unwrap();
        fs::write(&binary, b"\xff\x00").unwrap();
        let (large, binary) = (facts(&large, true), facts(&binary, true));
        let why = "larger than the limit of 64 B; raise `limit`";
        assert_eq!(large.content, Fact::Unknown(why.into()));
        assert_eq!(binary.content, Fact::Unknown("not UTF-8 text".into()));
        assert_eq!(binary.lines, Fact::Unknown("not UTF-8 text".into()));
        assert!(large.sha256.known().is_some() && binary.sha256.known().is_some());
    }
}
