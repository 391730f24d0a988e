//! The deadline, the cancellation, and what a program leaves behind.

use super::*;

#[test]
fn at_the_deadline_the_whole_group_ends() {
    let finished = within(&shell("sleep 1000 & echo $!; sleep 1000"), Duration::from_secs(1)).unwrap();
    assert_eq!(finished.ended, Ended::TimedOut);
    assert!(finished.elapsed >= Duration::from_secs(1) && !finished.left_behind);
    assert_dies(finished.stdout.to_text().trim());
}

#[test]
fn a_program_that_ignores_term_is_killed_with_its_children() {
    let stubborn = shell("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done");
    let finished = within(&stubborn, Duration::from_millis(300)).unwrap();
    assert_eq!(finished.ended, Ended::TimedOut);
    assert!(finished.elapsed >= Duration::from_millis(500) && !finished.left_behind);
    assert_dies(finished.stdout.to_text().trim());
}

#[test]
fn a_program_may_finish_its_work_after_term() {
    let finished =
        within(&shell("trap 'echo bye; exit 0' TERM; sleep 1000 & wait"), Duration::from_millis(300)).unwrap();
    assert_eq!((finished.ended, finished.stdout.to_text().as_str()), (Ended::TimedOut, "bye\n"));
}

#[test]
fn a_leftover_that_holds_the_output_is_reported_and_ended() {
    let finished = seen(&shell("sleep 1000 & echo $!; exit 0"));
    assert_eq!(finished.ended, Ended::Exited(0));
    assert!(finished.left_behind);
    assert_dies(finished.stdout.to_text().trim());
}

#[test]
fn a_leftover_that_writes_without_end_cannot_hold_us() {
    let finished = seen(&shell("yes & exit 5"));
    assert_eq!((finished.ended, finished.left_behind), (Ended::Exited(5), true));
}

#[test]
fn a_silent_leftover_is_ended_too() {
    let finished = seen(&shell("sleep 1000 >/dev/null 2>&1 & echo $!"));
    assert!(!finished.left_behind);
    assert_dies(finished.stdout.to_text().trim());
}

#[test]
fn a_grandchild_with_its_own_session_survives_but_cannot_hold_us() {
    let folder = folder("session");
    let script = "(setsid sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 1000' &)
        until [ -e pid ]; do sleep 0.01; done; cat pid; [ -z \"$1\" ] || sleep 1000";
    for (argument, limit, ended) in [("", GUARD, Ended::Exited(0)), ("stay", Duration::from_secs(1), Ended::TimedOut)] {
        let mut invocation = program("sh", &["-c", script, "sh", argument]);
        invocation.directory = Some(folder.to_path_buf());
        let finished = within(&invocation, limit).unwrap();
        assert_eq!((finished.ended, finished.left_behind), (ended, true));
        let text = finished.stdout.to_text();
        let pid = text.trim();
        assert!(!is_dead(pid));
        kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
        fs::remove_file(folder.join("pid")).unwrap();
    }
}

#[test]
fn cancelling_ends_what_runs_and_starts_nothing_more() {
    let cancel = Cancel::new();
    let begin = Instant::now();
    thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| run(&program("sleep", &["1000"]), begin + GUARD * 2, &cancel))).collect();
        thread::sleep(Duration::from_millis(100));
        cancel.cancel();
        for finished in runs {
            assert_eq!(finished.join().unwrap().unwrap().ended, Ended::Cancelled);
        }
    });
    assert!(begin.elapsed() < GUARD);
    let folder = folder("cancel");
    let touch = Invocation { directory: Some(folder.to_path_buf()), ..program("touch", &["made"]) };
    assert_eq!(run(&touch, begin + GUARD, &cancel).unwrap().ended, Ended::Cancelled);
    assert_eq!(run(&touch, begin, &Cancel::new()).unwrap().ended, Ended::TimedOut);
    assert!(!folder.join("made").exists());
}
