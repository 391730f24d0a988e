//! Finds a program before it is started, and explains why one could not be started.
//!
//! The search is ours, not the system's: with a changed environment a bare name would cost a fork
//! of the whole process, and "No such file or directory" does not say which file.

use super::{DEFAULT_PATH, Refusal};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::cell::RefCell;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The absolute path of a program. A name with a slash is relative to `directory` (ours if absent);
/// a bare name is searched in the folders of `path` (our `PATH` if absent, else [`DEFAULT_PATH`]),
/// of which an empty or relative one is relative to `directory` too, as in execvp(3).
///
/// # Errors
/// [`Refusal::NotFound`] if nothing has that name, [`Refusal::NotPermitted`] if what has it is not
/// executable, is a directory, or may not be looked at, [`Refusal::Failed`] for an empty or
/// impossible name.
pub fn find_program(program: &OsStr, path: Option<&OsStr>, directory: Option<&Path>) -> Result<PathBuf, Refusal> {
    if program.is_empty() {
        return Err(Refusal::Failed("the name of the program is empty; say which program to run".into()));
    }
    if program.as_bytes().contains(&b'/') {
        let place = absolute(Path::new(program), directory)?;
        return executable(&place, fs::metadata(&place)).map(|()| place);
    }
    let ours = env::var_os("PATH");
    let path = path.or(ours.as_deref()).unwrap_or(OsStr::new(DEFAULT_PATH));
    let known =
        |found: &Found| found.program == program && found.path == path && found.directory.as_deref() == directory;
    FOUND.with_borrow_mut(|found| {
        if let Some(found) = found.as_ref().filter(|found| known(found))
            && executable(&found.place, fs::metadata(&found.place)).is_ok()
        {
            return Ok(found.place.clone());
        }
        let place = search(program, path, directory)?;
        let (program, path, directory) = (program.into(), path.into(), directory.map(Path::to_path_buf));
        *found = Some(Found { program, path, directory, place: place.clone() });
        Ok(place)
    })
}

/// What a thread found last: commands of a run are often of one program, and a `PATH` can be long.
struct Found {
    program: OsString,
    path: OsString,
    directory: Option<PathBuf>,
    place: PathBuf,
}

thread_local! {
    static FOUND: RefCell<Option<Found>> = const { RefCell::new(None) };
}

/// The first executable file counts; of those that are not, the first explains why there is none.
fn search(program: &OsStr, path: &OsStr, directory: Option<&Path>) -> Result<PathBuf, Refusal> {
    let mut obstacle = None;
    for folder in env::split_paths(path) {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let place = absolute(&folder.join(program), directory)?;
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => {}
            found => match executable(&place, found) {
                Ok(()) => return Ok(place),
                Err(Refusal::NotFound(_)) => {}
                Err(refusal) => obstacle = obstacle.or(Some(refusal)),
            },
        }
    }
    Err(obstacle.unwrap_or_else(|| {
        let (program, path) = (program.display(), path.display());
        Refusal::NotFound(format!("there is no program `{program}` on PATH ({path}); install it or give its full path"))
    }))
}

fn absolute(path: &Path, directory: Option<&Path>) -> Result<PathBuf, Refusal> {
    let path = directory.map_or_else(|| path.to_path_buf(), |directory| directory.join(path));
    std::path::absolute(&path).map_err(|error| cannot_look(&path, &error))
}

fn executable(place: &Path, found: io::Result<Metadata>) -> Result<(), Refusal> {
    let shown = place.display();
    let found = found.map_err(|error| cannot_look(place, &error))?;
    if found.is_dir() {
        return Err(Refusal::NotPermitted(format!("`{shown}` is a directory, not a program")));
    }
    if !found.is_file() || access(place, Access::EXEC_OK).is_err() {
        return Err(not_executable(place));
    }
    Ok(())
}

fn not_executable(place: &Path) -> Refusal {
    let shown = place.display();
    Refusal::NotPermitted(format!(
        "`{shown}` exists but may not be executed; see its mode and its file system (noexec)"
    ))
}

fn cannot_look(place: &Path, error: &io::Error) -> Refusal {
    let shown = place.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Refusal::NotFound(format!("`{shown}` does not exist")),
        ErrorKind::PermissionDenied => Refusal::NotPermitted(format!("`{shown}` may not be looked at: {error}")),
        _ => Refusal::Failed(format!("`{shown}` cannot be looked at: {error}")),
    }
}

/// A working directory has to be there and enterable.
pub(super) fn check_directory(directory: &Path) -> Result<(), Refusal> {
    let shown = directory.display();
    match fs::metadata(directory) {
        Err(error) => Err(Refusal::Failed(format!("the working directory `{shown}` cannot be used: {error}"))),
        Ok(found) if !found.is_dir() => {
            Err(Refusal::Failed(format!("the working directory `{shown}` is not a directory")))
        }
        Ok(_) if access(directory, Access::EXEC_OK).is_err() => {
            Err(Refusal::NotPermitted(format!("the working directory `{shown}` may not be entered")))
        }
        Ok(_) => Ok(()),
    }
}

/// Why a program that [`find_program`] found could not be started.
pub(super) fn explain(program: &Path, error: &io::Error) -> Refusal {
    let shown = program.display();
    if error.kind() == ErrorKind::InvalidInput {
        return Refusal::Failed(format!("`{shown}` cannot be given a zero byte in an argument or variable"));
    }
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => missing_interpreter(program),
        Some(Errno::ACCESS | Errno::PERM) => not_executable(program),
        Some(Errno::NOEXEC) => Refusal::Failed(format!(
            "`{shown}` is not in a format this system runs; a script needs a first line such as `#!/bin/sh`"
        )),
        Some(Errno::TOOBIG) => {
            Refusal::Failed(format!("the arguments and variables for `{shown}` are longer than the system allows"))
        }
        Some(Errno::AGAIN | Errno::NOMEM) => Refusal::Failed(format!(
            "no process could be started for `{shown}`: {error}; the limit of processes or memory is reached"
        )),
        Some(Errno::TXTBSY) => Refusal::Failed(format!("`{shown}` is being written at this moment; try again")),
        _ => Refusal::Failed(format!("`{shown}` could not be started: {error}")),
    }
}

/// ENOENT for a file that exists is about the file that runs it (execve(2)).
fn missing_interpreter(program: &Path) -> Refusal {
    let shown = program.display();
    if !program.exists() {
        return Refusal::NotFound(format!("`{shown}` does not exist any more"));
    }
    let Some(interpreter) = interpreter(program) else {
        return Refusal::NotFound(format!(
            "`{shown}` exists, but the loader it was built for does not (another libc?)"
        ));
    };
    let hint = if interpreter.ends_with('\r') { "; save the script with Unix line endings" } else { "" };
    let interpreter = interpreter.escape_debug();
    Refusal::NotFound(format!("`{shown}` exists, but its interpreter `{interpreter}` does not{hint}"))
}

/// The interpreter that the `#!` line names; Linux reads at most 256 bytes of it.
fn interpreter(program: &Path) -> Option<String> {
    let mut start = Vec::new();
    File::open(program).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line);
    let name = line.trim_start_matches([' ', '\t']).split([' ', '\t']).next()?;
    Some(name.to_owned())
}
