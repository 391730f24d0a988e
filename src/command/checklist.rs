//! `engine checklist`: the manual checks as Markdown, to be ticked off by hand.
//!
//! In phases: the first tag of a check, or its priority if it has none, in the order in which the
//! checks run. Deliberately absent: checks that the engine can do by itself.

use super::Stopped;
use super::answers::target;
use super::session::Session;
use super::terminal::Terminal;
use crate::cli::{ChecklistArgs, exit};
use crate::fact::duration;
use crate::observe::redact::Redactor;
use crate::plan::Plan;
use crate::report::json::details;
use crate::report::paint::harmless;
use crate::run::unseen;
use std::path::Path;

pub fn checklist(args: ChecklistArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let planned = Session::open(&args.packs, config).plan_or_complain(&args.select, terminal)?;
    let text = markdown(&planned.plan);
    if text.is_empty() {
        return Err(Stopped::usage(
            "there are no manual checks to tick off; `engine explain manual` shows how to write one",
        ));
    }
    let text = Redactor::new(&planned.plan.secrets).clean(&text);
    terminal.write(&text).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}

fn markdown(plan: &Plan) -> String {
    let mut packs: Vec<usize> = Vec::new();
    let mut phases: Vec<(usize, String, Vec<String>)> = Vec::new();
    for number in &plan.order {
        let check = &plan.checks[*number];
        let Some(box_) = item(plan, *number).filter(|_| check.enabled) else { continue };
        let phase =
            details(plan, *number).tags.first().cloned().unwrap_or_else(|| format!("Priority {}", check.priority));
        if !packs.contains(&check.pack) {
            packs.push(check.pack);
        }
        match phases.iter_mut().find(|(pack, name, _)| (*pack, name) == (check.pack, &phase)) {
            Some((.., items)) => items.push(box_),
            None => phases.push((check.pack, phase, vec![box_])),
        }
    }
    let mut out = String::new();
    for pack in packs {
        out.push_str(&format!("{}# {}\n", if out.is_empty() { "" } else { "\n" }, title(plan, pack)));
        for (_, phase, items) in phases.iter().filter(|(of, ..)| *of == pack) {
            out.push_str(&format!("\n## {}\n\n{}", escape(phase), items.concat()));
        }
    }
    out
}

fn title(plan: &Plan, pack: usize) -> String {
    let pack = &plan.packs[pack];
    let title = pack.document.get(pack.document.root(), "title").and_then(|node| pack.document.text(node));
    escape(title.unwrap_or(&pack.id))
}

/// A tick box with title, question and remedy; `None` if the check is not a manual one.
fn item(plan: &Plan, number: usize) -> Option<String> {
    let target = target(plan, &plan.checks[number])?;
    let check = unseen(plan, number);
    let title = escape(&check.title);
    let question = escape(&target.question);
    let mut out = format!("- [ ] **{title}**");
    if title != question {
        out.push_str(&format!(": {question}"));
    }
    if let Some(valid_for) = target.valid_for {
        out.push_str(&format!(" (again after {})", duration::show(valid_for)));
    }
    out.push('\n');
    for line in check.remedy.iter().flat_map(|remedy| remedy.trim().lines()) {
        out.push_str(&format!("      {}\n", harmless(line)).replace("      \n", "\n"));
    }
    Some(out)
}

/// On one line, with nothing that Markdown takes for its own.
fn escape(text: &str) -> String {
    let line = harmless(text).split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars()
        .flat_map(|c| matches!(c, '*' | '_' | '`' | '[' | ']' | '<' | '\\').then_some('\\').into_iter().chain([c]))
        .collect()
}
