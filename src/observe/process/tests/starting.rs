//! What a program is started with, and what comes back.

use super::*;

#[test]
fn exit_code_signal_output_and_input() {
    let mut cat = shell("cat; echo problem >&2; exit 3");
    cat.stdin = b"hello\n".to_vec();
    let finished = seen(&cat);
    assert_eq!(finished.ended, Ended::Exited(3));
    assert_eq!((finished.stdout.to_text().as_str(), finished.stderr.to_text().as_str()), ("hello\n", "problem\n"));
    assert!(!finished.left_behind);
    assert_eq!(seen(&shell("kill -USR1 $$")).ended, Ended::Signaled(libc::SIGUSR1));
    assert_eq!(seen(&shell("read line")).ended, Ended::Exited(1), "without input it reads an empty file");
}

#[test]
fn binary_output_arrives_as_it_is() {
    assert_eq!(seen(&program("printf", &[r"\000\377\n\200"])).stdout.head, b"\0\xff\n\x80");
}

#[test]
fn the_environment_is_added_or_the_only_one() {
    let mut env = Invocation::new("env");
    env.environment = vec![("ENGINE_TEST".into(), "1".into()), ("ENGINE_TEST".into(), "2".into())];
    let text = seen(&env).stdout.to_text();
    assert!(text.lines().any(|line| line == "ENGINE_TEST=2") && text.lines().count() > 2, "{text}");
    env.clear_environment = true;
    let text = seen(&env).stdout.to_text();
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["ENGINE_TEST=2", &format!("PATH={DEFAULT_PATH}")]);
}

#[test]
fn a_program_is_found_on_the_path_it_will_have_and_relative_to_its_directory() {
    let folder = folder("path");
    file(&folder, "greet", "#!/bin/sh\necho \"hello from $(pwd -P)\"\n", 0o755);
    let greeting = format!("hello from {}\n", folder.canonicalize().unwrap().display());
    let mut bare = Invocation::new("greet");
    bare.environment = vec![("PATH".into(), format!("{}:/usr/bin:/bin", folder.display()).into())];
    bare.directory = Some(folder.to_path_buf());
    assert_eq!(seen(&bare).stdout.to_text(), greeting);
    let relative = Invocation { directory: Some(folder.to_path_buf()), ..Invocation::new("./greet") };
    assert_eq!(seen(&relative).stdout.to_text(), greeting);
}
