//! The command line. Each verb has a file in `command/`.

use crate::command;
use crate::report::Format;
use crate::spec::pack::Level;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes; 64 and above follow sysexits.h(3).
pub mod exit {
    /// GO: nothing at or above the fail level.
    pub const GO: u8 = 0;
    /// NO-GO.
    pub const NO_GO: u8 = 1;
    /// GO with warnings, only with `--warnings-exit-2`.
    pub const WARNINGS: u8 = 2;
    /// Wrong usage.
    pub const USAGE: u8 = 64;
    /// A pack or config is not valid: nothing was run.
    pub const INVALID: u8 = 65;
    /// A fault of the engine's own.
    pub const FAULT: u8 = 70;
    /// A result could not be written.
    pub const NOT_WRITTEN: u8 = 74;
}

const AFTER_HELP: &str = "\
Exit codes: 0 GO, 1 NO-GO, 2 GO with warnings (--warnings-exit-2), 64 wrong usage,
65 a pack or config is not valid, 70 a fault of the engine's own, 74 a result could
not be written, 130 and 143 ended by Ctrl-C or SIGTERM.";

/// GO or NO-GO, and what to do about it: checks written in YAML, run by one binary.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
    /// Colours: by default on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// The configuration file. By default `engine.yaml`, found upward from the working directory.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Look, judge, report: GO or NO-GO.
    Run(RunArgs),
    /// Judge a recording with today's packs; nothing is looked at.
    Judge(JudgeArgs),
    /// Run the cases of packs: what was seen, and what must come out. Nothing is looked at.
    Test(TestArgs),
    /// Compare two recordings or two JSON reports: verdicts, the facts behind them, checks that came or went.
    Diff(DiffArgs),
    /// Read packs and say everything that is wrong with them; nothing is run.
    Validate(ValidateArgs),
    /// Say what would run, in which order and why.
    List(ListArgs),
    /// Print the manual checks as Markdown, to be ticked off.
    Checklist(ChecklistArgs),
    /// Explain a probe, a matcher, a check (`pack/id`) or a complaint (`E0101`).
    Explain(ExplainArgs),
    /// Print a JSON Schema: pack, config, waivers or report.
    Schema(SchemaArgs),
    /// Make a commented pack that validates.
    New(NewArgs),
    /// Look at the live system and write the check that holds today.
    Add(AddArgs),
    /// Carry out the fixes of checks that are not ok, after asking.
    Fix(FixArgs),
    /// Print shell completions.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Which packs and values.
#[derive(Debug, Args, Clone, Default)]
pub struct PackArgs {
    /// Packs: files, folders or globs. By default those of the configuration, else `checks.d`, else the embedded ones.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Set a variable or input.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// Read variables and inputs from a YAML or JSON file.
    #[arg(long, value_name = "FILE")]
    pub vars: Vec<PathBuf>,
    /// Label the run; recorded with it and known to conditions as `context`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub context: Vec<(String, String)>,
}

/// Which checks.
#[derive(Debug, Args, Clone, Default)]
pub struct SelectArgs {
    /// Only checks whose `id`, `pack/id` or pack matches this glob.
    #[arg(long, value_name = "GLOB")]
    pub id: Vec<String>,
    /// Only checks with this tag.
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only checks of this level.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub level: Vec<Level>,
    /// Only checks of this priority and lower numbers.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub priority: Option<i32>,
    /// The mode, as the configuration defines it.
    #[arg(long, value_name = "NAME")]
    pub mode: Option<String>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// What counts as NO-GO: `info`, `warn` or `error`.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub fail_on: Option<Level>,
    /// Exit with 2 instead of 0 if there are warnings.
    #[arg(long)]
    pub warnings_exit_2: bool,
    /// How many looks that wait may be under way at once.
    #[arg(long, short, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How long the whole run may take, e.g. `30s`.
    #[arg(long, value_name = "DURATION", value_parser = crate::fact::duration::parse)]
    pub timeout: Option<std::time::Duration>,
    #[command(flatten)]
    pub report: ReportArgs,
    /// Answers to manual checks, a YAML file `pack/id: { answer: yes, by: ada, at: 2027-01-31T09:00:00Z }`. What is asked on a terminal is kept there.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Save what was seen as a recording, to be judged, compared and tested with.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Report what changed since this recording.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// Which reports, and where they go.
#[derive(Debug, Args, Clone, Default)]
pub struct ReportArgs {
    /// The format of standard output, or of the `--output` that follows.
    #[arg(long, value_name = "FORMAT", value_parser = format, action = ArgAction::Append)]
    pub format: Vec<Format>,
    /// Write the report to a file; several at once, each in the `--format` before it.
    #[arg(long, short, value_name = "FILE", action = ArgAction::Append)]
    pub output: Vec<PathBuf>,
    /// Only what is not ok.
    #[arg(long, short)]
    pub quiet: bool,
    /// All evidence, reasons and durations.
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// The recording. Everything comes from it: facts, time, host, labels, given values.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    #[command(flatten)]
    pub packs: PackArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// What counts as NO-GO: `info`, `warn` or `error`.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub fail_on: Option<Level>,
    /// Exit with 2 instead of 0 if there are warnings.
    #[arg(long)]
    pub warnings_exit_2: bool,
    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    /// Only cases whose name or file matches this glob.
    #[arg(long, value_name = "GLOB")]
    pub case: Vec<String>,
    /// Name checks that no case saw fail and outcomes that no case reached.
    #[arg(long)]
    pub coverage: bool,
    /// The same, and exit with 1 if there are any.
    #[arg(long)]
    pub require_coverage: bool,
    /// Change what was seen, fact by fact, and name rules whose answer never changes; exit with 1 if there are any.
    #[arg(long)]
    pub mutate: bool,
    /// Keep the rendered reports as snapshots, or keep them as they are now.
    #[arg(long)]
    pub accept: bool,
    /// Show each rendered report that differs and ask whether to keep it.
    #[arg(long, conflicts_with = "accept")]
    pub review: bool,
    /// Look at the live system and write the first case of this pack (its id or file).
    #[arg(long, value_name = "PACK", conflicts_with_all = ["case", "coverage", "require_coverage", "mutate", "accept", "review", "junit"])]
    pub new: Option<String>,
    /// Write a JUnit report too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Name every case, also those that came out as they must.
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// What was: a recording (`run --record`) or a JSON report (`run --format json`).
    pub before: PathBuf,
    /// What is: of the same kind.
    pub after: PathBuf,
    /// `human` or `json`.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
}

#[derive(Debug, Args)]
pub struct ValidateArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    /// The format of complaints.
    #[arg(long, value_enum, default_value_t = ComplaintFormat::Human, value_name = "FORMAT")]
    pub format: ComplaintFormat,
}

/// The format of complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ComplaintFormat {
    Human,
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// `human` or `json`.
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = ["human", "json"])]
    pub format: String,
}

#[derive(Debug, Args)]
pub struct ChecklistArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    #[command(flatten)]
    pub select: SelectArgs,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A probe, fact, matcher, key, type, complaint code or check (`id` or `pack/id`); without it everything is listed.
    #[arg(value_name = "WORD")]
    pub what: Option<String>,
    /// Where checks are looked for.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The schema; without it all are listed.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// The name of the pack.
    pub name: String,
    /// The file to write. By default `checks.d/NAME.yaml`.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The kind of probe, e.g. `file`, `command`, `package`, `user`.
    pub kind: String,
    /// What to look at, e.g. a path or a command line; nothing for probes such as `os`, which take no keys.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub subject: Vec<String>,
    /// The pack to add to; without it the check is printed.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct FixArgs {
    #[command(flatten)]
    pub packs: PackArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// Do not ask before each fix.
    #[arg(long)]
    pub yes: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write NAME=VALUE".into()),
    }
}

fn level(text: &str) -> Result<Level, String> {
    Level::from_word(text).ok_or_else(|| "write info, warn or error".into())
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_word(text).ok_or_else(|| {
        format!("write {}", Format::ALL.iter().map(|format| format.word()).collect::<Vec<_>>().join(", "))
    })
}

/// Reads the arguments and carries out the verb.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let printed = error.print();
            return ExitCode::from(match printed {
                _ if error.use_stderr() => exit::USAGE,
                Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => {
                    eprintln!("engine: standard output: {failed}");
                    exit::NOT_WRITTEN
                }
                _ => exit::GO,
            });
        }
    };
    ExitCode::from(command::carry_out(cli))
}
