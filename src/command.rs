//! The verbs: one file each, and what they share.

#![allow(clippy::disallowed_methods)] // this part looks at the world

pub mod add;
pub mod answers;
pub mod checklist;
pub mod completions;
pub mod diff;
pub mod explain;
pub mod fix;
pub mod judge;
pub mod list;
pub mod new;
pub mod outputs;
pub mod run;
pub mod schema;
pub mod session;
pub mod terminal;
pub mod test;
pub mod validate;

use crate::cli::{Cli, Verb, exit};
use terminal::Terminal;

/// Carries out a verb; answers the exit code.
pub fn carry_out(cli: Cli) -> u8 {
    let terminal = Terminal::new(cli.color);
    let config = cli.config.as_deref();
    let done = match cli.verb {
        Verb::Run(args) => run::run(args, config, &terminal),
        Verb::Judge(args) => judge::judge(args, config, &terminal),
        Verb::Test(args) => test::test(args, config, &terminal),
        Verb::Diff(args) => diff::diff(args, &terminal),
        Verb::Validate(args) => validate::validate(args, config, &terminal),
        Verb::List(args) => list::list(args, config, &terminal),
        Verb::Checklist(args) => checklist::checklist(args, config, &terminal),
        Verb::New(args) => new::new(args, &terminal),
        Verb::Add(args) => add::add(args, &terminal),
        Verb::Fix(args) => fix::fix(args, config, &terminal),
        Verb::Schema(args) => schema::schema(args, &terminal),
        Verb::Explain(args) => explain::explain(args, config, &terminal),
        Verb::Completions { shell } => completions::completions(shell, &terminal),
    };
    done.unwrap_or_else(|stopped| {
        if !stopped.message.is_empty() {
            terminal.complain(&stopped.message);
        }
        stopped.exit_code
    })
}

/// Why a verb could not be carried out.
#[derive(Debug)]
pub struct Stopped {
    pub exit_code: u8,
    /// For standard error; empty if everything was said.
    pub message: String,
}

impl Stopped {
    pub fn usage(message: impl Into<String>) -> Stopped {
        Stopped { exit_code: exit::USAGE, message: message.into() }
    }

    pub fn not_written(message: impl Into<String>) -> Stopped {
        Stopped { exit_code: exit::NOT_WRITTEN, message: message.into() }
    }

    pub fn fault(message: impl Into<String>) -> Stopped {
        Stopped { exit_code: exit::FAULT, message: message.into() }
    }

    /// Everything was said already.
    pub fn silent(exit_code: u8) -> Stopped {
        Stopped { exit_code, message: String::new() }
    }
}
