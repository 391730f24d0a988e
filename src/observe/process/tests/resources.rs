//! Pipes that are used badly, memory, descriptors, zombies and signals.

use super::*;

#[test]
fn without_a_pidfd_the_same_is_seen() {
    let asked = |invocation: &Invocation, limit| {
        let means = Means { pidfd: |_| None::<OwnedFd>, shim: shim::ourselves };
        run_with(invocation, Instant::now() + limit, &Cancel::new(), &means).unwrap()
    };
    let finished = asked(&shell("echo out; sleep 0.05; exit 3"), GUARD);
    assert_eq!((finished.ended, finished.stdout.to_text().as_str()), (Ended::Exited(3), "out\n"));
    assert_eq!(asked(&shell("exec >&- 2>&-; sleep 0.05; exit 4"), GUARD).ended, Ended::Exited(4));
    assert!(asked(&shell("sleep 1000 & exit 0"), GUARD).left_behind);
    assert_eq!(asked(&shell("sleep 1000 & sleep 1000"), Duration::from_millis(100)).ended, Ended::TimedOut);
}

#[test]
fn fifty_megabytes_of_input_go_through_or_are_ignored() {
    let input = vec![b'x'; 50_000_000];
    let mut count = Invocation { stdin: input, ..program("wc", &["-c"]) };
    assert_eq!(seen(&count).stdout.to_text().trim(), "50000000");
    count.program = "true".into();
    count.arguments.clear();
    assert_eq!(seen(&count).ended, Ended::Exited(0));
    count.program = "sleep".into();
    count.arguments = vec![(2 * GUARD).as_secs().to_string().into()];
    assert_eq!(within(&count, Duration::from_millis(300)).unwrap().ended, Ended::TimedOut);
}

#[test]
fn two_hundred_megabytes_cost_little_memory() {
    alone(module_path!(), "two_hundred_megabytes_cost_little_memory", two_hundred_megabytes);
}

fn two_hundred_megabytes() {
    let peak = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().to_owned();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    // what code and buffers cost once is not what the output costs
    seen(&shell("head -c 3000000 /dev/zero"));
    let before = peak();
    let finished = seen(&shell("head -c 200000000 /dev/zero; head -c 100000000 /dev/zero >&2; echo end"));
    assert_eq!((finished.stdout.total, finished.stderr.total), (200_000_004, 100_000_000));
    assert_eq!(finished.stdout.head.len() + finished.stdout.tail.len(), DEFAULT_OUTPUT_LIMIT);
    assert!(finished.stdout.truncated() && finished.stdout.tail.ends_with(b"end\n"));
    assert!(peak() - before < 10 << 10, "{} KiB more", peak() - before);
}

#[test]
fn two_thousand_commands_leave_nothing() {
    alone(module_path!(), "two_thousand_commands_leave_nothing", two_thousand_commands);
}

fn two_thousand_commands() {
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let cancel = Cancel::new();
    let invocation = Invocation { stdin: b"input".to_vec(), ..Invocation::new("true") };
    let some = |count| {
        for _ in 0..count {
            assert_eq!(run(&invocation, Instant::now() + GUARD, &cancel).unwrap().ended, Ended::Exited(0));
        }
    };
    some(1);
    let before = descriptors();
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(|| some(1000)))));
    assert!(within(&Invocation::new("/nowhere/at/all"), GUARD).is_err());
    assert_eq!(within(&shell("sleep 9 & sleep 9"), Duration::from_millis(50)).unwrap().ended, Ended::TimedOut);
    assert_eq!(descriptors(), before);
    assert_eq!(rustix::process::wait(WaitOptions::NOHANG).unwrap_err(), rustix::io::Errno::CHILD);
}

#[test]
fn an_inherited_ignored_sigchld_is_mended() {
    alone(module_path!(), "an_inherited_ignored_sigchld_is_mended", sigchld_ignored);
}

fn sigchld_ignored() {
    // SAFETY: no handler is replaced; this process runs nothing but this test.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    assert!(matches!(within(&shell("exit 3"), GUARD), Err(Refusal::Failed(message)) if message.contains("end")));
    reset_child_signals();
    assert_eq!(seen(&shell("exit 3")).ended, Ended::Exited(3));
}
