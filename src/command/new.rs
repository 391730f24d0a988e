//! `engine new NAME`: a commented pack that validates.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{NewArgs, exit};
use crate::spec::diagnostic::Complaints;
use crate::spec::load::{DEFAULT_FOLDER, parse_pack};
use crate::spec::source::Source;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const TEMPLATE: &str = include_str!("new/template.yaml");

pub fn new(args: NewArgs, terminal: &Terminal) -> Result<u8, Stopped> {
    let text = TEMPLATE.replace("NAME", &args.name);
    let mut complaints = Complaints::default();
    parse_pack(Arc::new(Source::new("new pack", text.as_str())), &mut complaints);
    if complaints.iter().any(|complaint| complaint.code == "E0112") {
        return Err(Stopped::usage(format!(
            "`{}` cannot name a pack: use letters, digits, `-`, `_` and `.`",
            args.name
        )));
    }
    let path = args.output.unwrap_or_else(|| PathBuf::from(DEFAULT_FOLDER).join(format!("{}.yaml", args.name)));
    write_new(&path, &text)?;
    let shown = path.display();
    let next = format!(
        "{shown} is written. Next:\n  engine validate {shown}\n  engine run {shown}\n  engine explain          # every probe and matcher\n"
    );
    terminal.write(&next).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}

/// Never overwrites.
fn write_new(path: &Path, text: &str) -> Result<(), Stopped> {
    let fail = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Stopped::usage(format!("{} exists already; it is left as it is", path.display()))
        }
        _ => Stopped::not_written(format!("{}: {error}", path.display())),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(fail)
}
