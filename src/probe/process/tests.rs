//! Looks at real processes: children of the tests.

use super::*;
use crate::fact::WantedBits;
use std::process::{Child, Command};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn target() -> Target {
    Target { name: None, pattern: None, user: None, pid_file: None, include_engine: true }
}

fn see(target: &Target) -> Seen<Facts> {
    look(target, &WantedBits::ALL.into(), &Table::take().unwrap())
}

fn until(holds: impl Fn() -> bool) {
    let guard = std::time::Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < guard, "it did not come to that within a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_running_process_is_found_by_each_key() {
    let child = Running(Command::new("sleep").arg("61.234").spawn().unwrap());
    let file = std::env::temp_dir().join(format!("engine-process-{}.pid", std::process::id()));
    std::fs::write(&file, format!("{}\n", child.0.id())).unwrap();
    let mut one = Target { pattern: Some(Pattern::parse("^sleep 61\\.234$").unwrap()), ..target() };
    // between fork and exec the child still bears our name
    until(|| matches!(see(&one), Seen::Present(_)));
    let Seen::Present(facts) = see(&one) else { panic!("not found") };
    assert_eq!(facts.count, Fact::Known(1));
    let list = facts.list.known().unwrap();
    assert_eq!((list[0].pid, list[0].name.as_str()), (child.0.id() as i32, "sleep"));
    assert_eq!(list[0].program, "sleep", "arguments may hold secrets");
    assert_eq!(list[0].user, user_name(rustix::process::geteuid().as_raw()));
    assert!(list[0].age < Duration::from_secs(60) && list[0].memory.0 > 0);
    assert!(*facts.open_files.known().unwrap() >= 1);
    one.name = Some("sleep".into());
    one.pid_file = Some(file.clone());
    one.user = Some("0".into()).filter(|_| rustix::process::geteuid().is_root());
    assert!(matches!(see(&one), Seen::Present(_)));
    one.include_engine = false;
    assert!(matches!(see(&one), Seen::Absent(_)), "a child of the engine is not looked for");
    one.include_engine = true;
    one.name = Some("other".into());
    assert!(matches!(see(&one), Seen::Absent(_)), "the number is that of another program");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_zombie_does_not_run() {
    let mut child = Running(Command::new("true").spawn().unwrap());
    let file = std::env::temp_dir().join(format!("engine-zombie-{}.pid", std::process::id()));
    std::fs::write(&file, child.0.id().to_string()).unwrap();
    let stat = format!("/proc/{}/stat", child.0.id());
    until(|| std::fs::read_to_string(&stat).unwrap().contains(") Z "));
    assert!(matches!(see(&Target { pid_file: Some(file.clone()), ..target() }), Seen::Absent(_)));
    child.0.wait().unwrap();
    std::fs::remove_file(file).unwrap();
}

#[test]
fn bad_pid_files_are_told_apart() {
    let file = std::env::temp_dir().join(format!("engine-bad-{}.pid", std::process::id()));
    let one = Target { pid_file: Some(file.clone()), ..target() };
    assert!(matches!(see(&one), Seen::Absent(why) if why.ends_with("does not exist")));
    for text in ["", "nginx", "-1", "99999999999999999999"] {
        std::fs::write(&file, text).unwrap();
        assert!(matches!(see(&one), Seen::Refused(why) if why.ends_with("holds no process id")), "{text}");
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn hidden_processes_make_the_answer_unknown() {
    let mut table = Table::take().unwrap();
    table.hidden = Some("hidden".into());
    let wanted = WantedBits::ALL.into();
    let nobody = Target { name: Some("no-such-program".into()), ..target() };
    assert!(matches!(look(&nobody, &wanted, &table), Seen::Refused(_)));
    let us = Target { pattern: Some(Pattern::parse(".").unwrap()), ..target() };
    let Seen::Present(facts) = look(&us, &wanted, &table) else { panic!("nothing found") };
    assert!(matches!(facts.count, Fact::Unknown(_)));
}

#[test]
fn targets_that_say_nothing_are_refused() {
    assert!(Process::check(&target()).is_err());
    assert!(Process::check(&Target { name: Some("/usr/sbin/nginx".into()), ..target() }).is_err());
}
