//! `engine judge`: judges a recording with today's packs. Nothing is looked at.

use super::Stopped;
use super::outputs::{Outputs, exit_code};
use super::session::Session;
use super::terminal::Terminal;
use crate::cli::{JudgeArgs, exit};
use crate::plan::names::Surroundings;
use crate::prose;
use crate::record::Recording;
use crate::record::replay::Replay;
use crate::run::{Terms, run as drive};
use crate::spec::diagnostic::Complaints;
use std::path::Path;

pub fn judge(mut args: JudgeArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let (session, recording) = Session::replay(&args.from, &args.packs, config);
    let Some(recording) = recording else {
        terminal.show(&session.complaints);
        return Err(Stopped::silent(exit::INVALID));
    };
    let recorded_mode = recording.keys.mode.clone().filter(|mode| session.has_mode(mode));
    args.select.mode = args.select.mode.or(recorded_mode);
    let configured = session.project.config.as_ref().map(|(config, _)| config.fail_on);
    let planned = session.plan_or_complain(&args.select, terminal)?;
    let mut complaints = Complaints::default();
    let looks = recording.looks(&planned.plan, &mut complaints);
    terminal.show(&complaints);
    let looks = looks.filter(|_| !complaints.has_errors()).ok_or(Stopped::silent(exit::INVALID))?;

    let scale = planned.scale(args.fail_on, configured);
    let mut outputs = Outputs::open(&args.report, &planned, terminal, scale)?;
    let terms = Terms { scale, keep_facts: outputs.keep_facts() };
    let elapsed = recording.keys.elapsed.unwrap_or_default();
    let mut replay = Replay::new(&planned.plan, &looks, recording.keys.recorded_at, elapsed);
    let host = planned.surroundings.host()["name"].as_str().unwrap_or_default().to_string();
    outputs.begin(&planned.plan, &planned.heading(host, recording.keys.recorded_at));
    let summary = drive(&planned.plan, &terms, &mut replay, &mut outputs);
    outputs.end(&planned.plan, &summary)?;
    name_missing_variables(&recording, &planned.surroundings, terminal);
    Ok(exit_code(&summary, &scale, args.warnings_exit_2))
}

/// An environment variable that was not recorded is taken as unset; that is said.
fn name_missing_variables(recording: &Recording, surroundings: &Surroundings, terminal: &Terminal) {
    let recorded = recording.keys.env.clone().unwrap_or_default().0;
    let missing: Vec<String> = surroundings.asked().into_iter().filter(|name| !recorded.contains_key(name)).collect();
    if !missing.is_empty() {
        let variables = prose::list(&missing);
        terminal
            .complain(&format!("the recording does not say what was in the environment: {variables}; taken as unset"));
    }
}
