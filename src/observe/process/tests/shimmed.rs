//! Another user and another umask.

use super::*;

/// Like `run`, but the shim is this test executable, told to be nothing but the shim.
fn shimmed(invocation: &Invocation) -> Result<Finished, Refusal> {
    let means = Means { pidfd: attend::pidfd, shim: test_shim };
    run_with(invocation, Instant::now() + GUARD, &Cancel::new(), &means)
}

fn test_shim() -> std::io::Result<Vec<OsString>> {
    let name = format!("{}::be_the_shim", module_path!().split_once("::").unwrap().1);
    let options = ["--exact", &name, "--ignored", "--nocapture", "--test-threads=1", "--"].map(Into::into);
    Ok([vec![std::env::current_exe()?.into()], options.to_vec()].concat())
}

#[test]
#[ignore = "not a test: what the other tests here start"]
fn be_the_shim() {
    let words: Vec<_> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    if !words.is_empty() {
        shim::become_program(words.into_iter());
    }
}

#[test]
fn umask_and_arguments_arrive() {
    let mut invocation = program("sh", &["-c", "umask >&2; echo \"$1\" >&2; cat >&2; exit 7", "sh", "--user"]);
    invocation.umask = Some(0o027);
    invocation.stdin = b"input".to_vec();
    let finished = shimmed(&invocation).unwrap();
    assert_eq!((finished.ended, finished.stderr.to_text().as_str()), (Ended::Exited(7), "0027\n--user\ninput"));
}

#[test]
fn the_user_arrives_with_its_groups_or_is_refused() {
    for user in ["nobody", "65534"] {
        let mut id = shell("{ id -un; id -G; } >&2");
        id.user = Some(user.into());
        match shimmed(&id) {
            Ok(finished) if geteuid().is_root() => {
                assert_eq!(finished.stderr.to_text(), "nobody\n65534\n")
            }
            Err(refusal) if !geteuid().is_root() => {
                assert!(matches!(&refusal, Refusal::NotPermitted(text) if text.contains("only root")), "{refusal}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_the_shim_cannot_do_is_a_refusal() {
    let folder = folder("shim");
    let orphan = file(&folder, "orphan", "#!/no/such/interpreter\n", 0o755);
    let mut invocation = Invocation { umask: Some(0), output_limit: 0, ..Invocation::new(orphan) };
    let refusal = shimmed(&invocation).unwrap_err();
    assert!(matches!(&refusal, Refusal::NotFound(text) if text.contains("its interpreter")), "{refusal:?}");
    invocation.user = Some("no-such-user".into());
    assert!(matches!(shimmed(&invocation), Err(Refusal::NotFound(text)) if text.contains("no user `no-such-user`")));
    invocation.umask = Some(0o1000);
    assert!(matches!(shimmed(&invocation), Err(Refusal::Failed(text)) if text.contains("umask `1000`")));
}

#[test]
fn a_program_that_looks_like_a_failed_shim_is_taken_at_its_word() {
    let mut liar = shell("echo 'engine-00000000000000000000000000000000:Nthere is no such thing' >&2; exit 127");
    liar.umask = Some(0o022);
    assert_eq!(shimmed(&liar).unwrap().ended, Ended::Exited(127));
}
