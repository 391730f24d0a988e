//! `engine list`: what would run, in which order and why.

use super::Stopped;
use super::session::{Planned, Session};
use super::terminal::Terminal;
use crate::cli::{ListArgs, exit};
use crate::fact::duration;
use crate::observe::redact::Redactor;
use crate::plan::{Check, Plan, Selected};
use crate::prose;
use crate::report::json::details;
use crate::report::paint::{Paint, harmless, wrap};
use crate::run::needed_by;
use crate::spec::config::Stop;
use serde_json::{Value as Json, json};
use std::path::Path;

pub fn list(args: ListArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let planned = Session::open(&args.packs, config).plan_or_complain(&args.select, terminal)?;
    let plan = &planned.plan;
    let text = match args.format.as_str() {
        "json" => {
            let checks: Vec<Json> = plan.order.iter().map(|number| as_json(plan, *number)).collect();
            format!(
                "{}\n",
                serde_json::to_string_pretty(&json!({ "mode": planned.mode_name, "checks": checks }))
                    .unwrap_or_default()
            )
        }
        _ => human(&planned, Paint(terminal.colours_output()), terminal.width()),
    };
    let text = Redactor::new(&plan.secrets).clean(&text);
    terminal.write(&text).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}

fn human(planned: &Planned, paint: Paint, width: usize) -> String {
    let plan = &planned.plan;
    let mut out = String::new();
    let mut tier = None;
    for (position, number) in plan.order.iter().enumerate() {
        let check = &plan.checks[*number];
        if tier != Some(check.tier) {
            tier = Some(check.tier);
            out.push_str(&paint.bold(&format!("{}priority {}\n", if position == 0 { "" } else { "\n" }, check.tier)));
        }
        out.push_str(&format!("{:>4}  {}\n", position + 1, harmless(&plan.name(*number))));
        for line in reasons(plan, *number) {
            for piece in wrap(&harmless(&line), width.saturating_sub(6).max(30)) {
                out.push_str(&format!("      {}\n", paint.dim(&piece)));
            }
        }
    }
    let stop = if plan.stop == Stop::Tier { ", a failed priority stops the later ones" } else { "" };
    let left_out = if plan.left_out > 0 {
        format!(", {} not selected", prose::count(plan.left_out, "check"))
    } else {
        String::new()
    };
    let looks = plan
        .looks
        .iter()
        .filter(|look| look.checks.iter().any(|check| plan.checks[*check].selected != Selected::No))
        .count();
    out.push_str(&format!(
        "\n{} in {}, mode {}{stop}{left_out}\n",
        prose::count(plan.order.len(), "check"),
        prose::count(looks, "look"),
        planned.mode_name
    ));
    out
}

/// What is looked at, and everything that decides whether and when.
fn reasons(plan: &Plan, number: usize) -> Vec<String> {
    let check = &plan.checks[number];
    let mut lines = Vec::new();
    if let Some(look) = check.look.map(|look| &plan.looks[look]) {
        let shared = look.checks.len() - 1;
        let shared =
            if shared > 0 { format!(", shared with {}", prose::count(shared, "other check")) } else { String::new() };
        lines.push(format!(
            "{} {} (at most {}{shared})",
            look.probe.name,
            look.subject().replace('\n', " ⏎ "),
            duration::show(look.timeout)
        ));
    }
    if !check.needs.is_empty() {
        lines.push(format!("needs {}", prose::list(&names(plan, check))));
    }
    if let Some(when) = &check.when {
        lines.push(format!("when {}", when.expression.source()));
    }
    if let Some(other) = needed_by(plan, number) {
        lines.push(format!("not selected itself: {other} needs it"));
    }
    if !check.enabled {
        lines.push("switched off (`enabled: false`)".into());
    }
    if let Some(waiver) = &check.waiver {
        lines.push(format!("waived by {} until {}: {}", waiver.owner, waiver.expires.0.day(), waiver.reason.trim()));
    }
    lines
}

fn names(plan: &Plan, check: &Check) -> Vec<String> {
    check.needs.iter().map(|needed| plan.name(*needed)).collect()
}

fn as_json(plan: &Plan, number: usize) -> Json {
    let check = &plan.checks[number];
    let look = check.look.map(|look| &plan.looks[look]);
    json!({
        "name": plan.name(number),
        "priority": check.priority,
        "level": check.level.word(),
        "tags": details(plan, number).tags,
        "probe": plan.pack(check).checks[check.spec].probe.name,
        "subject": look.map(|look| look.subject()),
        "timeout_seconds": look.map(|look| look.timeout.as_secs_f64()),
        "needs": names(plan, check),
        "when": check.when.as_ref().map(|when| when.expression.source()),
        "needed_by": needed_by(plan, number),
        "enabled": check.enabled,
        "waived_until": check.waiver.as_ref().map(|waiver| waiver.expires.0.day()),
    })
}
