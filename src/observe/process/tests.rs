//! Real programs, badly behaved ones above all. Times are only compared with generous guards.

mod ending;
mod refusing;
mod resources;
mod shimmed;
mod starting;

use super::*;
use rustix::process::{Pid, Signal, WaitOptions, geteuid, kill_process};
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

/// Far more than anything here takes, far less than what would run on without us.
const GUARD: Duration = Duration::from_secs(30);

fn program(program: &str, arguments: &[&str]) -> Invocation {
    let arguments = arguments.iter().map(Into::into).collect();
    Invocation { arguments, ..Invocation::new(program) }
}

fn shell(script: &str) -> Invocation {
    program("sh", &["-c", script])
}

fn within(invocation: &Invocation, limit: Duration) -> Result<Finished, Refusal> {
    let begin = Instant::now();
    let finished = run(invocation, begin + limit, &Cancel::new());
    assert!(begin.elapsed() < GUARD, "it held us for {:?}", begin.elapsed());
    finished
}

fn seen(invocation: &Invocation) -> Finished {
    within(invocation, GUARD).unwrap()
}

fn refusal(invocation: &Invocation) -> Refusal {
    within(invocation, GUARD).unwrap_err()
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("engine-process-{}-{name}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    Folder(folder)
}

fn file(folder: &Path, name: &str, content: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.into_os_string().into_string().unwrap()
}

/// Gone, or dead and only not yet reaped by whoever inherited it.
fn is_dead(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{pid}/stat"));
    state.map_or(true, |stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X'])))
}

fn assert_dies(pid: &str) {
    assert!(!pid.is_empty());
    let begin = Instant::now();
    while !is_dead(pid) {
        assert!(begin.elapsed() < GUARD, "process {pid} is still alive");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs the body of this test in a process of its own, where nothing else starts processes or opens
/// files.
fn alone(module: &str, test: &str, body: fn()) {
    const MARK: &str = "ENGINE_TEST_ALONE";
    if std::env::var_os(MARK).is_some() {
        return body();
    }
    let name = format!("{}::{test}", module.split_once("::").unwrap().1);
    let mut invocation = Invocation::new(std::env::current_exe().unwrap());
    invocation.arguments = ["--exact", &name, "--test-threads=1"].map(Into::into).to_vec();
    invocation.environment = vec![(MARK.into(), "1".into())];
    let finished = seen(&invocation);
    let text = finished.stdout.to_text() + &finished.stderr.to_text();
    assert!(finished.ended == Ended::Exited(0) && text.contains("1 passed"), "{text}");
}
