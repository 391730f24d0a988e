//! `engine diff`: compares two recordings or two JSON reports.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{DiffArgs, exit};
use crate::record::Recording;
use crate::record::compare::{Change, Side};
use crate::record::show::render;
use crate::report::json::FORMAT;
use crate::report::paint::Paint;
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::load;
use crate::spec::yaml::Document;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;

pub fn diff(args: DiffArgs, terminal: &Terminal) -> Result<u8, Stopped> {
    let (before, after) = (read(&args.before, terminal)?, read(&args.after, terminal)?);
    let changes = match (&before, &after) {
        (Stored::Recording(before), Stored::Recording(after)) => {
            Side::of_recording(before).compare(&Side::of_recording(after))
        }
        (Stored::Report(before), Stored::Report(after)) => Side::of_report(before).compare(&Side::of_report(after)),
        _ => return Err(Stopped::usage("compare two recordings or two reports: their facts are written differently")),
    };
    let text = match args.format.as_str() {
        "json" => as_json(&changes),
        _ => render(&changes, Paint(terminal.colours_output())),
    };
    terminal.write(&text).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(if changes.iter().any(Change::is_worse) { exit::NO_GO } else { exit::GO })
}

fn as_json(changes: &[Change]) -> String {
    let worse = changes.iter().any(Change::is_worse);
    let text = serde_json::to_string_pretty(&json!({ "worse": worse, "changes": changes }));
    format!("{}\n", text.unwrap_or_default())
}

/// A run on disk.
enum Stored {
    Recording(Json),
    Report(Json),
}

/// Reads a recording for `--baseline`.
pub fn recording(path: &Path, terminal: &Terminal) -> Result<Json, Stopped> {
    match read(path, terminal)? {
        Stored::Recording(recording) => Ok(recording),
        Stored::Report(_) => {
            Err(Stopped::usage(format!("{} is a report; `engine run --record FILE` writes a baseline", path.display())))
        }
    }
}

fn read(path: &Path, terminal: &Terminal) -> Result<Stored, Stopped> {
    let mut complaints = Complaints::default();
    let stored = load::read_document(path, &mut complaints).and_then(|document| stored(document, &mut complaints));
    terminal.show(&complaints);
    stored.filter(|_| !complaints.has_errors()).ok_or(Stopped::silent(exit::INVALID))
}

fn stored(document: Document, complaints: &mut Complaints) -> Option<Stored> {
    let root = document.root();
    let json = document.to_json(root);
    if json["checks"].is_array() && json["recording"].is_null() {
        if json["format"] == FORMAT {
            return Some(Stored::Report(json));
        }
        let place = document.get(root, "format").unwrap_or(root);
        complaints.push(
            Complaint::error(
                "E0501",
                &document.source,
                document.span(place),
                format!("this is no report of format {FORMAT}, the one that this engine reads"),
            )
            .help("compare reports with the engine that wrote them"),
        );
        return None;
    }
    Recording::read(Arc::new(document), complaints).map(|_| Stored::Recording(json))
}
