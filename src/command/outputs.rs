//! The reports of a run and where they go; what `run` and `judge` share.

use super::Stopped;
use super::session::Planned;
use super::terminal::Terminal;
use crate::cli::{ReportArgs, exit};
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::observe::redact::Redactor;
use crate::plan::Plan;
use crate::report::{Format, Heading, Look, Report};
use crate::run::Listener;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

/// One report and where it goes.
struct Output {
    report: Box<dyn Report>,
    name: String,
    /// `None` after it failed.
    writer: Option<Box<dyn Write>>,
    failed: Option<std::io::Error>,
    keeps_facts: bool,
}

/// All reports of a run.
pub struct Outputs {
    list: Vec<Output>,
    redactor: Redactor,
    scale: Scale,
    /// A line on the terminal that says how far we are.
    progress: Option<Progress>,
}

struct Progress {
    started: Instant,
    /// When it was last shown.
    shown: Option<Instant>,
    visible: bool,
}

impl Outputs {
    pub fn open(args: &ReportArgs, planned: &Planned, terminal: &Terminal, scale: Scale) -> Result<Outputs, Stopped> {
        let look = Look {
            colour: terminal.colours_output(),
            width: terminal.width(),
            quiet: args.quiet,
            verbose: args.verbose,
        };
        let (to_stdout, files) = assign(args)?;
        let mut list = Vec::new();
        list.push(Output::new(to_stdout, look, "standard output".into(), Box::new(std::io::stdout())));
        for (format, path) in files {
            let file =
                File::create(path).map_err(|error| Stopped::not_written(format!("{}: {error}", path.display())))?;
            let look = Look { colour: false, width: 100, ..look };
            list.push(Output::new(format, look, path.display().to_string(), Box::new(BufWriter::new(file))));
        }
        let live = to_stdout == Format::Human && terminal.is_live();
        let progress = live.then(|| Progress { started: Instant::now(), shown: None, visible: false });
        Ok(Outputs { list, redactor: Redactor::new(&planned.plan.secrets), scale, progress })
    }

    pub fn keep_facts(&self) -> bool {
        self.list.iter().any(|output| output.keeps_facts)
    }

    fn write(&mut self, render: impl Fn(&mut dyn Report) -> String) {
        if let Some(progress) = &mut self.progress {
            progress.clear();
        }
        for output in &mut self.list {
            let text = render(&mut *output.report);
            // verdicts are clean already; names, targets and headings are cleaned here
            let text = self.redactor.redact(&text).unwrap_or(text);
            output.write(&text);
        }
    }

    pub fn begin(&mut self, plan: &Plan, heading: &Heading) {
        self.write(|report| report.begin(plan, heading));
    }

    pub fn end(mut self, plan: &Plan, summary: &Summary) -> Result<(), Stopped> {
        let scale = self.scale;
        self.write(|report| report.end(plan, summary, &scale));
        for output in &mut self.list {
            output.flush();
        }
        let failed: Vec<String> = self
            .list
            .iter()
            .filter_map(|output| Some(format!("{}: {}", output.name, output.failed.as_ref()?)))
            .collect();
        if failed.is_empty() { Ok(()) } else { Err(Stopped::not_written(failed.join("; "))) }
    }
}

/// The format of standard output, and each file with its format.
type Destinations<'a> = (Format, Vec<(Format, &'a Path)>);

/// Which format goes where: the nth `--format` belongs to the nth `--output`; one more is for standard output.
fn assign(args: &ReportArgs) -> Result<Destinations<'_>, Stopped> {
    let (formats, outputs) = (&args.format, &args.output);
    let guess = |path: &Path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("jsonl" | "ndjson") => Format::Jsonl,
        Some("xml") => Format::Junit,
        _ => Format::Human,
    };
    if formats.len() > outputs.len() + 1 {
        return Err(Stopped::usage("there are more `--format` than `--output`; standard output takes one format"));
    }
    let files = outputs
        .iter()
        .enumerate()
        .map(|(number, path)| (formats.get(number).copied().unwrap_or_else(|| guess(path)), path.as_path()))
        .collect();
    Ok((formats.get(outputs.len()).copied().unwrap_or(Format::Human), files))
}

impl ReportArgs {
    /// Whether standard output is the report for people.
    pub fn is_for_people(&self) -> bool {
        self.format.get(self.output.len()).is_none_or(|format| *format == Format::Human)
    }
}

impl Output {
    fn new(format: Format, look: Look, name: String, writer: Box<dyn Write>) -> Output {
        Output {
            report: format.report(look),
            name,
            writer: Some(writer),
            failed: None,
            keeps_facts: format.keeps_facts(),
        }
    }

    fn write(&mut self, text: &str) {
        let Some(writer) = &mut self.writer else { return };
        if let Err(error) = writer.write_all(text.as_bytes()) {
            self.fail(error);
        }
    }

    fn flush(&mut self) {
        if let Some(Err(error)) = self.writer.as_mut().map(|writer| writer.flush()) {
            self.fail(error);
        }
    }

    /// A reader that went away (`| head`) has seen enough; the exit code still answers.
    fn fail(&mut self, error: std::io::Error) {
        self.writer = None;
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            self.failed = Some(error);
        }
    }
}

/// The exit code of a run or of its replay.
pub fn exit_code(summary: &Summary, scale: &Scale, warnings_exit_2: bool) -> u8 {
    match (summary.go, scale.blocking) {
        (false, true) => exit::NO_GO,
        (true, _) if summary.warnings && warnings_exit_2 => exit::WARNINGS,
        _ => exit::GO,
    }
}

impl Listener for Outputs {
    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) {
        self.write(|report| report.verdict(plan, verdict));
    }

    fn progress(&mut self, done: usize, total: usize) {
        if let Some(progress) = &mut self.progress {
            progress.show(done, total);
        }
    }
}

impl Progress {
    /// Shown after a moment, ten times a second at most.
    fn show(&mut self, done: usize, total: usize) {
        let now = Instant::now();
        let since = self.shown.unwrap_or(self.started);
        if done < total && (now - since).as_millis() >= 100 {
            self.shown = Some(now);
            self.visible = true;
            eprint!("\r\x1b[2K {done} of {total}");
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.visible) {
            eprint!("\r\x1b[2K");
        }
    }
}
