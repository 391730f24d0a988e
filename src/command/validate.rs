//! `engine validate`: every complaint of every file at once.

use super::Stopped;
use super::session::Session;
use super::terminal::Terminal;
use crate::cli::{ComplaintFormat, SelectArgs, ValidateArgs, exit};
use crate::prose;
use crate::spec::diagnostic::{github, human, json, sarif};
use std::path::Path;

pub fn validate(args: ValidateArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let session = Session::open(&args.packs, config);
    let (planned, complaints) = session.plan(&SelectArgs::default(), true)?;
    let text = match args.format {
        ComplaintFormat::Human if complaints.is_empty() => String::new(),
        ComplaintFormat::Human => human::render(&complaints, terminal.colours_output(), terminal.width()),
        ComplaintFormat::Json => json::render(&complaints),
        ComplaintFormat::Sarif => sarif::render(&complaints),
        ComplaintFormat::Github => github::render(&complaints),
    };
    let mut out = text;
    if let (Some(planned), ComplaintFormat::Human) = (&planned, args.format) {
        let plan = &planned.plan;
        out.push_str(&format!(
            "{} in {}: valid\n",
            prose::count(plan.checks.len(), "check"),
            prose::count(plan.packs.len(), "pack")
        ));
    }
    terminal.write(&out).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(if complaints.has_errors() { exit::INVALID } else { exit::GO })
}
