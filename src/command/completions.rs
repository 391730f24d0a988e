//! `engine completions SHELL`: a script that teaches a shell the verbs and options.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{Cli, exit};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

pub fn completions(shell: Shell, terminal: &Terminal) -> Result<u8, Stopped> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "engine", &mut script);
    let script = String::from_utf8_lossy(&script);
    terminal.write(&script).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}
