//! A check of the loaded packs: what was written, what it looks at, and what decides its answer.

use super::page::Page;
use crate::cli::{PackArgs, SelectArgs};
use crate::command::Stopped;
use crate::command::session::Session;
use crate::fact::duration;
use crate::observe::redact::Redactor;
use crate::plan::Plan;
use crate::probe::Nature;
use crate::prose;
use crate::spec::diagnostic::Complaints;
use std::path::Path;
use std::sync::Arc;

/// The packs, planned; without a plan the complaints say why.
pub fn plan(paths: &[String], config: Option<&Path>) -> Result<(Option<Arc<Plan>>, Complaints), Stopped> {
    let args = PackArgs { paths: paths.to_vec(), ..PackArgs::default() };
    let (planned, complaints) = Session::open(&args, config).plan(&SelectArgs::default(), true)?;
    Ok((planned.map(|planned| planned.plan), complaints))
}

/// Explains the checks of a name; answers whether there are any.
pub fn explain(plan: &Plan, word: &str, page: &mut Page) -> bool {
    let found: Vec<usize> = (0..plan.checks.len()).filter(|number| is_called(plan, *number, word)).collect();
    let place = |number: usize| (plan.checks[number].pack, plan.checks[number].spec);
    // the entries of one `for_each` are explained together, by the first of them
    let mut explained = Vec::new();
    for number in &found {
        if !explained.contains(&place(*number)) {
            explained.push(place(*number));
            let entries: Vec<usize> = found.iter().copied().filter(|other| place(*other) == place(*number)).collect();
            one(plan, *number, &entries, page);
        }
    }
    !found.is_empty()
}

/// `pack/id`, `pack/id[key]`, or either without the pack.
fn is_called(plan: &Plan, number: usize, word: &str) -> bool {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let id = &pack.checks[check.spec].id;
    [plan.name(number), check.id.to_string(), format!("{}/{id}", pack.id), id.to_string()]
        .iter()
        .any(|name| name == word)
}

fn one(plan: &Plan, number: usize, entries: &[usize], page: &mut Page) {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let redactor = Redactor::new(&plan.secrets);
    let spec = &pack.checks[check.spec];
    let name = if entries.len() > 1 { format!("{}/{}", pack.id, spec.id) } else { plan.name(number) };
    page.title(&name, "check");
    let (place, excerpt) = excerpt(plan, number);
    page.heading(&place);
    page.code(&redactor.clean(&excerpt));
    page.heading("What follows from it");
    let rows = rows(plan, number, entries);
    let clean = |(name, text): &(&str, String)| (name.to_string(), redactor.clean(text));
    page.rows(&rows.iter().map(clean).collect::<Vec<_>>());
    page.paragraph(&format!("`engine explain {}` says more about this kind of look.", spec.probe.name));
}

/// What decides the answer of a check, beside what is written in it.
fn rows(plan: &Plan, number: usize, entries: &[usize]) -> Vec<(&'static str, String)> {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let spec = &pack.checks[check.spec];
    let given = |key: &str| pack.document.get(spec.node, key).is_some();
    let mut rows = vec![("looks at", look(plan, number))];
    if entries.len() > 1 {
        let all: Vec<&str> = entries.iter().map(|entry| &*plan.checks[*entry].id).collect();
        rows.push(("entries", format!("{}: {}", prose::count(all.len(), "check"), prose::list(&all))));
    }
    if !given("expect") && !given("outcomes") {
        rows.push(("expects", format!("the default of `{}`: {}", spec.probe.name, spec.probe.default.trim())));
    }
    rows.push(("counts as", format!("{}, priority {}", check.level.word(), check.priority)));
    if !check.needs.is_empty() {
        let needed: Vec<String> = check.needs.iter().map(|needed| plan.name(*needed)).collect();
        rows.push(("needs", format!("{} first", prose::list(&needed))));
    }
    let needed_by = (0..plan.checks.len()).filter(|other| plan.checks[*other].needs.contains(&number));
    let needed_by: Vec<String> = needed_by.map(|other| plan.name(other)).collect();
    if !needed_by.is_empty() {
        rows.push(("needed by", prose::list(&needed_by)));
    }
    if let Some(when) = &check.when {
        rows.push(("only when", when.expression.source().to_string()));
    }
    if !check.enabled {
        rows.push(("enabled", "no: it is switched off, and the report says so".into()));
    }
    if let Some(waiver) = &check.waiver {
        rows.push((
            "waived",
            format!("by {} until {}: {}", waiver.owner, waiver.expires.0.day(), waiver.reason.trim()),
        ));
    }
    if let Some(remedy) = pack.document.get(spec.node, "remedy").and_then(|node| pack.document.text(node)) {
        rows.push(("what to do", remedy.trim().to_string()));
    }
    rows
}

fn look(plan: &Plan, number: usize) -> String {
    let check = &plan.checks[number];
    let probe = plan.pack(check).checks[check.spec].probe;
    let acts = if probe.nature == Nature::Acts { "; this acts" } else { "" };
    match check.look.map(|look| &plan.looks[look]) {
        Some(look) => {
            let subject = look.subject().replace('\n', " ⏎ ");
            format!("{} {subject} (at most {}{acts})", probe.name, duration::show(look.timeout))
        }
        None => format!("{}, with values that are not given yet{acts}", probe.name),
    }
}

/// `file:line:column` and the lines of the check, as written.
fn excerpt(plan: &Plan, number: usize) -> (String, String) {
    let check = &plan.checks[number];
    let pack = plan.pack(check);
    let document = &pack.document;
    let span = document.span(pack.checks[check.spec].node);
    let position = document.source.position(span.start);
    let (start, _) = document.source.line_around(span.start);
    let text = document.source.text.get(start as usize..span.end as usize).unwrap_or_default();
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let indent =
        lines.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    let lines: Vec<&str> = lines.iter().map(|line| line.get(indent.unwrap_or(0)..).unwrap_or_default()).collect();
    (format!("{}:{}:{}", document.source.name, position.line, position.column), lines.join("\n"))
}
