//! `engine fix`: carries out the fixes of checks that are not ok, after asking.
//!
//! Looks first, then offers what the packs say would mend it, then looks again.

use super::Stopped;
use super::session::{Planned, Session};
use super::terminal::Terminal;
use crate::cli::{FixArgs, exit};
use crate::judge::outcome::Answer;
use crate::judge::verdict::{Scale, Verdict};
use crate::observe::process::{Cancel, Ended, Invocation, run};
use crate::observe::redact::Redactor;
use crate::observe::workers::{DEFAULT_JOBS, Workers};
use crate::plan::{Check, Plan};
use crate::prose;
use crate::report::paint::{Paint, harmless};
use crate::run::{Listener, Terms, run as drive};
use crate::spec::diagnostic::Complaints;
use crate::spec::given::{FromGiven, Given, OneOrMany, Reader};
use crate::spec::pack::Fix;
use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one fix may take.
const TIMEOUT: Duration = Duration::from_secs(600);

pub fn fix(args: FixArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    if !args.yes && !std::io::stdin().is_terminal() {
        return Err(Stopped::usage("fixes are carried out only after asking; answer on a terminal or give --yes"));
    }
    let session = Session::open(&args.packs, config);
    let planned = session.plan_or_complain(&args.select, terminal)?;
    let redactor = Redactor::new(&planned.plan.secrets);
    let say = |text: &str| {
        terminal.write(&redactor.clean(text)).map_err(|error| Stopped::not_written(format!("standard output: {error}")))
    };
    let paint = Paint(terminal.colours_output());
    let mut carried_out = 0;
    // what could not be seen may well be in order: no fix
    for verdict in look(&planned).iter().filter(|verdict| verdict.answer != Answer::Unknown) {
        let check = &planned.plan.checks[verdict.check];
        for fix in fixes(&planned.plan, check, terminal)? {
            let shown = show(&fix);
            say(&format!(
                " {} {}\n         {}\n",
                paint.answer(verdict.answer, &format!("{:<7}", verdict.answer.word())),
                harmless(&verdict.title),
                harmless(&shown)
            ))?;
            if !args.yes && !agreed(terminal)? {
                continue;
            }
            carried_out += 1;
            say(&format!("         {}\n", redactor.clean(&carry_out(&fix)?)))?;
        }
    }
    let still: Vec<Verdict> = look(&planned);
    let not_ok = prose::count(still.len(), "check");
    say(&format!(
        "{carried_out} {} carried out; {}\n",
        if carried_out == 1 { "fix" } else { "fixes" },
        if still.is_empty() { "everything is ok".into() } else { format!("{not_ok} still not ok") }
    ))?;
    let scale = planned.scale(None, None);
    let failing = still.iter().any(|verdict| scale.fails(verdict.answer, planned.plan.checks[verdict.check].level));
    Ok(if failing { exit::NO_GO } else { exit::GO })
}

/// Looks at everything; answers what is info, warn, error or unknown.
fn look(planned: &Planned) -> Vec<Verdict> {
    struct NotOk(Vec<Verdict>);
    impl Listener for NotOk {
        fn verdict(&mut self, _: &Plan, verdict: &Verdict) {
            if matches!(verdict.answer, Answer::Info | Answer::Warn | Answer::Error | Answer::Unknown) {
                self.0.push(verdict.clone());
            }
        }
    }
    let scale: Scale = planned.scale(None, None);
    let mut workers = Workers::new(planned.plan.clone(), DEFAULT_JOBS, None);
    let mut not_ok = NotOk(Vec::new());
    drive(&planned.plan, &Terms { scale, keep_facts: false }, &mut workers, &mut not_ok);
    not_ok.0
}

/// The fixes of a check, its `${…}` resolved.
fn fixes(plan: &Plan, check: &Check, terminal: &Terminal) -> Result<Vec<Fix>, Stopped> {
    let pack = plan.pack(check);
    let Some(node) = pack.document.get(pack.checks[check.spec].node, "fix") else { return Ok(Vec::new()) };
    let mut complaints = Complaints::default();
    let fixes =
        OneOrMany::<Fix>::read(&Given::node(node), &mut Reader::new(&pack.document, &check.names, &mut complaints));
    if !complaints.is_empty() {
        terminal.note(&crate::spec::diagnostic::human::render(&complaints, terminal.colours_error(), terminal.width()));
    }
    fixes.map(|fixes| fixes.0).ok_or(Stopped::silent(exit::INVALID))
}

fn show(fix: &Fix) -> String {
    match (&fix.command, &fix.shell) {
        (Some(command), _) => command.join(" "),
        (_, Some(shell)) => shell.0.clone(),
        _ => "nothing: the fix has neither `command` nor `shell`".into(),
    }
}

fn agreed(terminal: &Terminal) -> Result<bool, Stopped> {
    terminal.write("         carry this out? [y/N] ").map_err(|error| Stopped::not_written(error.to_string()))?;
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Stopped::fault(format!("the answer cannot be read: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn carry_out(fix: &Fix) -> Result<String, Stopped> {
    let argv = match (&fix.command, &fix.shell) {
        (Some(command), _) => command.clone(),
        (_, Some(shell)) => vec!["/bin/sh".into(), "-c".into(), shell.0.clone()],
        _ => return Ok("nothing to do".into()),
    };
    let Some((program, arguments)) = argv.split_first() else { return Ok("nothing to do".into()) };
    let mut invocation = Invocation::new(program);
    invocation.arguments = arguments.iter().map(Into::into).collect();
    Ok(match run(&invocation, Instant::now() + TIMEOUT, &Cancel::new()) {
        Ok(finished) => match finished.ended {
            Ended::Exited(0) => "done".into(),
            Ended::Exited(code) => format!("failed with exit code {code}: {}", finished.stderr.to_text().trim_end()),
            Ended::Signaled(signal) => format!("ended by signal {signal}"),
            Ended::TimedOut => "timed out".into(),
            Ended::Cancelled => "cancelled".into(),
        },
        Err(refusal) => refusal.to_string(),
    })
}
