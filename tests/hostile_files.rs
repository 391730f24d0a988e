//! Files that try to hang, fill or fool the engine, seen through the binary as a user runs it.
//!
//! Every run has a generous guard; what is asserted are answers, not speed.

use serde_json::Value as Json;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ENGINE: &str = env!("CARGO_BIN_EXE_engine");
/// After this a run counts as hanging.
const GUARD: Duration = Duration::from_secs(60);

/// Runs checks, each one line of YAML without its id, in a folder. Answers its report.
fn run(folder: &Path, checks: &[&str]) -> Vec<Json> {
    run_by(&[ENGINE], folder, checks)
}

/// The same, with the words that start the engine.
fn run_by(program: &[&str], folder: &Path, checks: &[&str]) -> Vec<Json> {
    let list: String =
        checks.iter().enumerate().map(|(number, check)| format!("  - {{ id: c{number}, {check} }}\n")).collect();
    // beside the folder: a pack in it would be one of the files that are found
    let packs = tempfile::tempdir().unwrap();
    fs::set_permissions(packs.path(), Permissions::from_mode(0o755)).unwrap();
    let pack = packs.path().join("hostile.yaml");
    fs::write(&pack, format!("pack: hostile\nchecks:\n{list}")).unwrap();
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg("run").arg(&pack).args(["--format", "json"]).current_dir(folder);
    let (report, complaints) = guarded(&mut command);
    let report: Json = serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {complaints}"));
    report["checks"].as_array().unwrap().clone()
}

fn guarded(command: &mut Command) -> (String, String) {
    // files, since nobody reads a pipe meanwhile
    let (mut stdout, mut stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdin(Stdio::null()).stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > GUARD {
            child.kill().unwrap();
            panic!("the engine hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    (written(&mut stdout), written(&mut stderr))
}

fn written(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

fn answers(reports: &[Json]) -> Vec<&str> {
    reports.iter().map(|report| report["answer"].as_str().unwrap()).collect()
}

fn reason(report: &Json) -> &str {
    report["reason"].as_str().unwrap_or_else(|| panic!("{report}"))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn what_has_no_end_is_not_read() {
    let folder = folder();
    let made = Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let reports = run(
        folder.path(),
        &[
            "file: pipe, expect: { type: fifo }",
            "file: pipe, expect: { content: { contains: x } }",
            "file: pipe, expect: { sha256: x }",
            "file: /dev/zero, expect: { content: { contains: x } }",
            "file: ., expect: { content: { contains: x } }",
            "data: { path: pipe, format: json }",
            "dotenv: pipe, expect: { duplicates: { empty: true } }",
            "dotenv: { path: /etc/os-release, sample: pipe }",
            "diff: { left: { file: pipe }, right: { file: /dev/zero } }",
            "diff: { left: { shell: cat /dev/zero }, right: { text: x } }, timeout: 1s",
        ],
    );
    assert_eq!(answers(&reports), [&["ok"][..], &["unknown"; 9]].concat());
    assert!(reason(&reports[1]).ends_with("it is a named pipe, not a file"));
    assert!(reason(&reports[3]).ends_with("it is a character device, not a file"));
    assert!(reason(&reports[4]).ends_with("it is a directory, not a file"));
}

#[test]
fn a_sparse_giant_costs_nothing_unless_its_hash_is_wanted() {
    let folder = folder();
    File::create(folder.path().join("giant")).unwrap().set_len(10 << 30).unwrap();
    let reports = run(
        folder.path(),
        &[
            "file: giant, expect: { size: 10GiB }",
            "file: giant, expect: { content: { contains: x } }",
            "file: giant, expect: { sha256: x }, timeout: 1s",
            "data: { path: giant, format: yaml }",
            "files: { paths: '*' }, expect: { size: 10GiB }",
        ],
    );
    assert_eq!(answers(&reports), ["ok", "unknown", "unknown", "unknown", "ok"]);
    assert!(reason(&reports[1]).ends_with("larger than the limit of 1 MiB; raise `limit`"));
    assert!(reason(&reports[2]).ends_with("raise `timeout`"));
}

#[test]
fn links_in_a_circle_end() {
    let folder = folder();
    symlink("self", folder.path().join("self")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    symlink("..", folder.path().join("a/up")).unwrap();
    let reports = run(
        folder.path(),
        &[
            "file: self",
            "file: dangling",
            "file: { path: self, follow: false }, expect: { type: symlink, target: self }",
            "files: '**', expect: { count: 4 }",
            "files: { paths: '**', follow: true }, expect: { count: 3, list: { any: { path: a } } }",
        ],
    );
    assert_eq!(answers(&reports), ["unknown", "error", "ok", "ok", "ok"]);
    assert!(reason(&reports[1]).ends_with("which does not exist"));
}

#[test]
fn names_that_are_not_utf8_are_found() {
    let folder = folder();
    fs::write(folder.path().join(OsStr::from_bytes(b"\xff\xfe.log")), "").unwrap();
    fs::write(folder.path().join("new\nline.log"), "").unwrap();
    let list = "any: { path: \"\u{fffd}\u{fffd}.log\" }";
    let reports = run(folder.path(), &[&format!("files: '*.log', expect: {{ count: 2, list: {{ {list} }} }}")]);
    assert_eq!(answers(&reports), ["ok"]);
}

#[test]
fn a_folder_of_many_entries_is_counted_or_refused() {
    let folder = folder();
    let many = folder.path().join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..100_000 {
        symlink("x", many.join(number.to_string())).unwrap();
    }
    let checks = ["files: 'many/*', expect: { count: 100000, list: { every: { type: symlink } } }, timeout: 50s"];
    assert_eq!(answers(&run(folder.path(), &checks)), ["ok"]);
    symlink("x", many.join("one more")).unwrap();
    let reports = run(folder.path(), &checks);
    assert_eq!(answers(&reports), ["unknown"]);
    assert_eq!(reason(&reports[0]), "more than 100,000 paths match; narrow the search");
}

/// Nobody but root can become `nobody`; without root the test's own user has no rights already.
#[test]
fn what_may_not_be_read_is_unknown() {
    let folder = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("secret"), "x=1").unwrap();
    fs::create_dir(folder.path().join("locked")).unwrap();
    fs::write(folder.path().join("locked/inside"), "x").unwrap();
    // where the engine was built may be closed to `nobody`
    let engine = folder.path().join("engine");
    fs::copy(ENGINE, &engine).unwrap();
    for name in ["secret", "locked"] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o000)).unwrap();
    }
    let engine = engine.to_str().unwrap();
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", engine];
    let reports = run_by(
        if root { &setpriv } else { &setpriv[4..] },
        folder.path(),
        &[
            "file: secret, expect: { mode: '0000', size: 3B }",
            "file: secret, expect: { content: { contains: x } }",
            "file: secret, expect: { sha256: x }",
            "file: locked/inside",
            "files: '**', expect: { count: { ge: 1 } }",
            "files: { paths: '**', exclude: locked }, expect: { count: 2 }",
            "dotenv: secret, expect: { duplicates: { empty: true } }",
            "data: { path: secret, format: dotenv }",
        ],
    );
    fs::set_permissions(folder.path().join("locked"), Permissions::from_mode(0o700)).unwrap();
    let unknown = "unknown";
    assert_eq!(answers(&reports), ["ok", unknown, unknown, unknown, unknown, "ok", unknown, unknown]);
    assert_eq!(reason(&reports[1]), "content: permission denied");
    assert_eq!(reason(&reports[4]), "count: could not be read: locked (permission denied)");
}

/// Ends the thread that changes files, also when a run panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn files_that_change_meanwhile_do_no_harm() {
    let folder = folder();
    let (log, swapped) = (folder.path().join("log"), folder.path().join("swapped"));
    fs::write(&log, "begin\n").unwrap();
    fs::write(&swapped, "x").unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::options().append(true).open(&log).unwrap();
            while !over.load(Ordering::Relaxed) {
                file.write_all(b"a line\n").unwrap();
                if file.metadata().unwrap().len() > 1 << 19 {
                    file.set_len(6).unwrap();
                }
                let _ = fs::remove_file(&swapped);
                let _ = symlink("/dev/zero", &swapped);
                let _ = fs::remove_file(&swapped);
                fs::write(&swapped, "x").unwrap();
            }
        });
        let stop = Stop(&over);
        let checks = [
            "file: log, expect: { content: { starts_with: begin } }",
            "file: log, expect: { sha256: { length: 64 } }",
            "file: swapped, expect: { content: x }",
            "files: '*', expect: { list: { any: { path: log } } }",
        ];
        let reports: Vec<Vec<Json>> = (0..10).map(|_| run(folder.path(), &checks)).collect();
        drop(stop);
        for reports in &reports {
            let answers = answers(reports);
            assert_eq!((answers[0], answers[3]), ("ok", "ok"));
            // either it stood still, or that it did not is said
            assert!(answers[1] == "ok" || reason(&reports[1]).ends_with("it changed while it was read"));
            assert!(["ok", "error", "unknown"].contains(&answers[2]));
        }
    });
}
