//! The answers of operators to `manual` checks: from a file, and asked on a terminal.
//!
//! Asked before the looks begin, so that a person who thinks holds up no deadline. What is asked is
//! kept in the file of `--answers`, if one is given. Never asked where nobody sits.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::exit;
use crate::fact::Moment;
use crate::observe;
use crate::plan::{Check, Plan};
use crate::probe::manual::{self, stands};
use crate::record;
use crate::report::paint::harmless;
use crate::spec::answers::{self, Answer, Answers, YesNo};
use crate::spec::diagnostic::Complaints;
use std::io::{BufRead, IsTerminal};
use std::path::Path;

/// Reads the file, asks what is still to be answered, and keeps that in the file.
///
/// # Errors
/// If the file cannot be read or written, or names checks that are not there.
pub fn gather(file: Option<&Path>, plan: &Plan, for_people: bool, terminal: &Terminal) -> Result<Answers, Stopped> {
    let questions: Vec<(String, &manual::Target)> = plan
        .checks
        .iter()
        .enumerate()
        .filter_map(|(number, check)| target(plan, check).map(|target| (plan.name(number), target)))
        .collect();
    let interactive = for_people && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let mut answers = match file {
        Some(file) if file.exists() || !interactive => read(file, &questions, terminal)?,
        _ => Answers::new(),
    };
    if !interactive {
        return Ok(answers);
    }
    let mut asked = false;
    for number in &plan.order {
        let check = &plan.checks[*number];
        let (Some(target), name) = (target(plan, check), plan.name(*number)) else { continue };
        let standing = answers.get(&name).is_some_and(|answer| stands(target, answer.at, observe::now()).is_ok());
        if check.enabled
            && !standing
            && let Some(answer) = ask(&name, target, terminal)?
        {
            asked = true;
            answers.insert(name, answer);
        }
    }
    if let (Some(file), true) = (file, asked) {
        std::fs::write(file, record::write(&answers::to_json(&answers)))
            .map_err(|error| Stopped::not_written(format!("{}: {error}", file.display())))?;
    }
    Ok(answers)
}

/// What a manual check asks.
pub fn target<'p>(plan: &'p Plan, check: &Check) -> Option<&'p manual::Target> {
    plan.looks[check.look?].target.as_any().downcast_ref()
}

fn read(file: &Path, questions: &[(String, &manual::Target)], terminal: &Terminal) -> Result<Answers, Stopped> {
    let names: Vec<String> = questions.iter().map(|(name, _)| name.clone()).collect();
    let mut complaints = Complaints::default();
    let answers = answers::read(file, &names, &mut complaints);
    terminal.show(&complaints);
    if complaints.has_errors() { Err(Stopped::silent(exit::INVALID)) } else { Ok(answers) }
}

/// `None` if the operator leaves it open.
fn ask(name: &str, target: &manual::Target, terminal: &Terminal) -> Result<Option<Answer>, Stopped> {
    terminal.note(&format!(
        "{}: {}\n  yes or no, perhaps with a remark; nothing leaves it open\n",
        harmless(name),
        harmless(&target.question)
    ));
    let mut line = String::new();
    let failed = |error| Stopped::fault(format!("the answer cannot be read: {error}"));
    while std::io::stdin().lock().read_line(&mut line).map_err(failed)? > 0 {
        match parse(&line, operator(), observe::now()) {
            Some(answer) => return Ok(answer),
            None => terminal.note("  begin with yes or no\n"),
        }
        line.clear();
    }
    Ok(None)
}

/// `Some(None)` if the line is empty, `None` if it is not understood.
fn parse(line: &str, by: String, at: Moment) -> Option<Option<Answer>> {
    let (word, note) = line.trim().split_once([' ', ',']).unwrap_or((line.trim(), ""));
    let answer = match word.to_lowercase().as_str() {
        "" => return Some(None),
        "y" | "yes" => YesNo::Yes,
        "n" | "no" => YesNo::No,
        _ => return None,
    };
    let note = Some(note.trim().to_string()).filter(|note| !note.is_empty());
    Some(Some(Answer { answer, by, at, note }))
}

/// The user that runs this, by name if there is one.
fn operator() -> String {
    let uid = rustix::process::getuid().as_raw();
    uzers::get_user_by_uid(uid).map_or_else(|| uid.to_string(), |user| user.name().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_answer_perhaps_with_a_remark() {
        let of = |line: &str| parse(line, "ada".into(), observe::now());
        let full = of("Yes, 80 percent\n").unwrap().unwrap();
        assert_eq!((full.answer, full.note.as_deref(), full.by.as_str()), (YesNo::Yes, Some("80 percent"), "ada"));
        assert_eq!(of("n").unwrap().unwrap().answer, YesNo::No);
        assert_eq!(of("\n"), Some(None));
        assert_eq!(of("maybe"), None);
    }
}
