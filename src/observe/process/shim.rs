//! A program as another user or with another umask: this executable is started once more, changes
//! itself, and becomes the program.
//!
//! Changing between fork and exec instead would fork a threaded process with all its memory. Why
//! the program could not be started comes back on stderr, behind a marker that nobody else knows,
//! so that it cannot be mistaken for, nor forged by, the program's own words. Deliberately absent:
//! resource limits, and a login (HOME, USER stay as they are).

use super::capture::Captured;
use super::find::explain;
use super::{Invocation, Refusal};
use rustix::fs::Mode;
use rustix::process::umask;
use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use uzers::User;

const VERB: &str = "__exec";

/// If this process was started as `engine __exec [--umask 0027] [--user NAME_OR_ID] --
/// /absolute/program …`, becomes that program and does not return: a failure is written to stderr,
/// with exit code 127 if something was not found and 126 otherwise, as shells do. Returns if the
/// first argument is anything else.
///
/// To be called in `main` before any thread is started and right after
/// [`super::reset_child_signals`].
pub fn exec_shim() {
    let mut words = env::args_os().skip(1);
    if words.next().is_some_and(|verb| verb == VERB) {
        become_program(words);
    }
}

/// The words that start the shim.
pub(super) fn ourselves() -> io::Result<Vec<OsString>> {
    Ok(vec![env::current_exe()?.into_os_string(), VERB.into()])
}

/// The starting side: what has to be changed on the way.
pub(super) struct Shim {
    executable: PathBuf,
    words: Vec<OsString>,
    marker: String,
}

impl Shim {
    /// Bytes of stderr to keep so that a refusal arrives whole: two paths of 4 KiB fit into the
    /// head.
    pub(super) const STDERR_LIMIT: usize = 16 << 10;

    /// The shim for this invocation, if it needs one.
    pub(super) fn wanted(
        invocation: &Invocation,
        ourselves: fn() -> io::Result<Vec<OsString>>,
    ) -> Result<Option<Self>, Refusal> {
        if invocation.user.is_none() && invocation.umask.is_none() {
            return Ok(None);
        }
        let unknown = |error| Refusal::Failed(format!("the path of this executable is not known: {error}"));
        let mut words = ourselves().map_err(unknown)?.into_iter();
        let executable = words.next().unwrap_or_default().into();
        let marker = format!("engine-{:016x}{:016x}:", random(), random());
        let mut words: Vec<_> = words.chain(["--marker".into(), OsString::from(&marker)]).collect();
        if let Some(umask) = invocation.umask {
            words.extend(["--umask".into(), format!("{umask:04o}").into()]);
        }
        if let Some(user) = &invocation.user {
            words.extend(["--user".into(), user.into()]);
        }
        Ok(Some(Self { executable, words, marker }))
    }

    /// What is started instead of the program.
    pub(super) fn executable(&self) -> &Path {
        &self.executable
    }

    /// The words that precede the program's arguments.
    pub(super) fn words(&self, program: &Path) -> impl Iterator<Item = OsString> {
        self.words.iter().cloned().chain(["--".into(), program.into()])
    }

    /// What the shim reported instead of becoming the program.
    pub(super) fn refusal(&self, stderr: &Captured) -> Option<Refusal> {
        let report = stderr.head.strip_prefix(self.marker.as_bytes())?;
        let (kind, message) = report.split_first()?;
        let message = String::from_utf8_lossy(message).trim_end().to_owned();
        Some(match kind {
            b'N' => Refusal::NotFound(message),
            b'P' => Refusal::NotPermitted(message),
            _ => Refusal::Failed(message),
        })
    }
}

fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// The started side: what the words say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    marker: Option<OsString>,
    umask: Option<u32>,
    user: Option<String>,
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// Becomes the program that the words name, or says why not and exits.
pub(super) fn become_program(words: impl Iterator<Item = OsString>) -> ! {
    let mut request = Request::default();
    let refusal = match request.read(words) {
        Ok(()) => request.carry_out(),
        Err(refusal) => refusal,
    };
    let (kind, code) = match refusal {
        Refusal::NotFound(_) => ("N", 127),
        Refusal::NotPermitted(_) => ("P", 126),
        Refusal::Failed(_) => ("F", 126),
    };
    let report = match &request.marker {
        Some(marker) => [marker.as_bytes(), kind.as_bytes(), refusal.to_string().as_bytes()].concat(),
        None => format!("engine: {refusal}\n").into_bytes(),
    };
    // If stderr is closed there is nobody to tell; the exit code remains.
    let _ = io::stderr().write_all(&report);
    process::exit(code)
}

impl Request {
    fn read(&mut self, mut words: impl Iterator<Item = OsString>) -> Result<(), Refusal> {
        let usage =
            || Refusal::Failed(format!("usage: {VERB} [--umask 0027] [--user NAME_OR_ID] -- /program [argument …]"));
        loop {
            let option = words.next().ok_or_else(usage)?;
            let value = words.next().ok_or_else(usage)?;
            match option.to_str() {
                Some("--marker") => self.marker = Some(value),
                Some("--umask") => self.umask = Some(parse_umask(&value)?),
                Some("--user") => self.user = Some(value.into_string().map_err(|_| usage())?),
                Some("--") => {
                    self.program = value.into();
                    self.arguments = words.collect();
                    return if self.program.is_absolute() { Ok(()) } else { Err(usage()) };
                }
                _ => return Err(usage()),
            }
        }
    }

    /// Returns only if it did not work.
    fn carry_out(&self) -> Refusal {
        if let Some(mask) = self.umask {
            umask(Mode::from_raw_mode(mask));
        }
        if let Err(refusal) = self.user.as_deref().map_or(Ok(()), change_user) {
            return refusal;
        }
        let error = Command::new(&self.program).args(&self.arguments).exec();
        let refusal = explain(&self.program, &error);
        match (&self.user, refusal) {
            (Some(user), Refusal::NotPermitted(message)) => Refusal::NotPermitted(format!("as `{user}`: {message}")),
            (_, refusal) => refusal,
        }
    }
}

fn parse_umask(text: &OsStr) -> Result<u32, Refusal> {
    let mask = text.to_str().and_then(|text| u32::from_str_radix(text, 8).ok()).filter(|mask| *mask <= 0o777);
    mask.ok_or_else(|| Refusal::Failed(format!("the umask `{}` is not between 0000 and 0777", text.display())))
}

fn change_user(wanted: &str) -> Result<(), Refusal> {
    let user = find_user(wanted)
        .ok_or_else(|| Refusal::NotFound(format!("there is no user `{wanted}` on this system, by name or by id")))?;
    let ours = uzers::get_effective_uid();
    if ours == user.uid() && ours != 0 {
        return Ok(());
    }
    become_user(&user).map_err(|error| {
        Refusal::NotPermitted(format!("only root can run a program as `{wanted}`; this is user {ours}: {error}"))
    })
}

fn find_user(wanted: &str) -> Option<User> {
    uzers::get_user_by_name(wanted).or_else(|| uzers::get_user_by_uid(wanted.parse().ok()?))
}

/// Groups first: afterwards the right to change them is gone.
fn become_user(user: &User) -> io::Result<()> {
    let name = CString::new(user.name().as_bytes())?;
    // SAFETY: `name` is a C string that lives through the call; initgroups(3) keeps no pointer to
    // it. Only this single-threaded process is changed.
    if unsafe { libc::initgroups(name.as_ptr(), user.primary_group_id() as _) } != 0 {
        return Err(io::Error::last_os_error());
    }
    uzers::switch::set_current_gid(user.primary_group_id())?;
    uzers::switch::set_current_uid(user.uid())
}
