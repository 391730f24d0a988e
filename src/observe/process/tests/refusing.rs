//! What cannot be run, and why.

use super::*;

#[test]
fn a_program_that_is_just_being_written_is_waited_for() {
    let folder = folder("busy");
    let copy = folder.join("true");
    fs::copy("/bin/true", &copy).unwrap();
    let writer = File::options().append(true).open(&copy).unwrap();
    let closing = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        drop(writer);
    });
    assert_eq!(seen(&Invocation::new(copy)).ended, Ended::Exited(0));
    closing.join().unwrap();
}

#[test]
fn what_cannot_be_run_says_why() {
    let folder = folder("refusals");
    let plain = file(&folder, "plain", "#!/bin/sh\n", 0o644);
    let orphan = file(&folder, "orphan", "#! /no/such/interpreter -x\n", 0o755);
    let windows = file(&folder, "windows", "#!/bin/sh\r\necho\r\n", 0o755);
    let empty = file(&folder, "empty", "", 0o755);
    let beneath = format!("{plain}/beneath");
    let folder = folder.to_str().unwrap().to_owned();
    let cases = [
        ("no-such-program-here", "NotFound", "no program `no-such-program-here` on PATH"),
        ("/no/such/program", "NotFound", "`/no/such/program` does not exist"),
        (&beneath, "NotFound", "does not exist"),
        (&plain, "NotPermitted", "may not be executed"),
        (&folder, "NotPermitted", "is a directory, not a program"),
        (&orphan, "NotFound", "its interpreter `/no/such/interpreter` does not"),
        (&windows, "NotFound", r"its interpreter `/bin/sh\r` does not; save the script with Unix line endings"),
        (&empty, "Failed", "needs a first line such as `#!/bin/sh`"),
        ("", "Failed", "the name of the program is empty"),
        ("a\0b", "Failed", "cannot be looked at"),
    ];
    for (program, kind, message) in cases {
        let refusal = refusal(&Invocation::new(program));
        assert!(format!("{refusal:?}").starts_with(kind), "{refusal:?}");
        assert!(refusal.to_string().contains(message), "{refusal}");
    }
    assert!(refusal(&program("true", &["\0"])).to_string().contains("a zero byte"));
    assert!(refusal(&program("true", &[&"x".repeat(1 << 20)])).to_string().contains("longer than the system allows"));
}

#[test]
fn a_working_directory_that_cannot_be_used_says_why() {
    let folder = folder("directories");
    let plain = file(&folder, "plain", "", 0o644);
    for (directory, message) in [("/no/such/folder", "cannot be used"), (plain.as_str(), "is not a directory")] {
        let invocation = Invocation { directory: Some(directory.into()), ..Invocation::new("true") };
        let refusal = refusal(&invocation);
        assert!(matches!(&refusal, Refusal::Failed(text) if text.contains(message)), "{refusal:?}");
    }
}

#[test]
fn an_executable_file_later_on_the_path_counts() {
    let folder = folder("search");
    for (name, mode) in [("first", 0o644), ("second", 0o755)] {
        fs::create_dir(folder.join(name)).unwrap();
        file(&folder.join(name), "tool", "", mode);
    }
    let found = |path: &str| find_program("tool".as_ref(), Some(path.as_ref()), Some(&folder));
    assert_eq!(found("first:second").unwrap(), folder.join("second/tool"));
    assert!(matches!(found("first"), Err(Refusal::NotPermitted(_))));
    assert!(matches!(found("nowhere:"), Err(Refusal::NotFound(_))));
}
