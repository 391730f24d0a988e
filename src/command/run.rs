//! `engine run`: look, judge, report.

use super::outputs::{Outputs, exit_code};
use super::session::{Planned, Session};
use super::terminal::Terminal;
use super::{Stopped, answers};
use crate::cli::RunArgs;
use crate::fact::Moment;
use crate::judge::verdict::{Summary, Verdict};
use crate::observe::signals;
use crate::observe::workers::{DEFAULT_JOBS, Workers};
use crate::plan::Plan;
use crate::record;
use crate::record::compare::{Change, Side};
use crate::record::recorder::{About, Recorder};
use crate::record::show::render;
use crate::report::Heading;
use crate::report::paint::Paint;
use crate::run::{Listener, Observation, Terms, run as drive};
use serde_json::Value as Json;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

pub fn run(args: RunArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let deadline = args.timeout.map(|timeout| Instant::now() + timeout.min(crate::plan::LONGEST_TIMEOUT));
    let session = Session::open(&args.packs, config);
    let configured = session.project.config.as_ref().map(|(config, _)| config.fail_on);
    let planned = session.plan_or_complain(&args.select, terminal)?;
    let scale = planned.scale(args.fail_on, configured);
    let baseline = args.baseline.as_deref().map(|path| super::diff::recording(path, terminal)).transpose()?;
    let mut keeper = Keeper::open(&args, &planned.plan, baseline)?;
    let mut outputs = Outputs::open(&args.report, &planned, terminal, scale)?;
    let terms = Terms { scale, keep_facts: outputs.keep_facts() };
    let answers = answers::gather(args.answers.as_deref(), &planned.plan, args.report.is_for_people(), terminal)?;
    let jobs = args.jobs.map_or(DEFAULT_JOBS, usize::from);
    let mut workers = Workers::with_answers(planned.plan.clone(), jobs, deadline, answers);
    let caught = signals::listen(workers.ender())
        .map_err(|error| Stopped::fault(format!("signals cannot be caught: {error}")))?;
    let started_at = crate::observe::now();
    outputs.begin(&planned.plan, &heading(&planned, started_at));
    let mut listener = Both(&mut outputs, keeper.as_mut().map(|keeper| &mut keeper.recorder));
    let summary = drive(&planned.plan, &terms, &mut workers, &mut listener);
    drop(workers);
    let reported = outputs.end(&planned.plan, &summary);
    if let Some(keeper) = keeper {
        keeper.finish(&planned, started_at, &summary, &args, terminal)?;
    }
    // the process ends now: taking thousands of checks apart one by one would serve nobody
    std::mem::forget(planned);
    reported?;
    Ok(caught.exit_code().unwrap_or_else(|| exit_code(&summary, &scale, args.warnings_exit_2)))
}

fn heading(planned: &Planned, started_at: Moment) -> Heading {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    planned.heading(host, started_at)
}

/// Keeps what was seen, for `--record` and `--baseline`.
struct Keeper {
    recorder: Recorder,
    /// Opened before the run, so that a place that cannot be written is told before and not after it.
    file: Option<(File, String)>,
    baseline: Option<Json>,
}

impl Keeper {
    fn open(args: &RunArgs, plan: &Plan, baseline: Option<Json>) -> Result<Option<Keeper>, Stopped> {
        if args.record.is_none() && baseline.is_none() {
            return Ok(None);
        }
        let file = args.record.as_deref().map(|path| {
            let name = path.display().to_string();
            match File::create(path) {
                Ok(file) => Ok((file, name)),
                Err(error) => Err(Stopped::not_written(format!("{name}: {error}"))),
            }
        });
        Ok(Some(Keeper { recorder: Recorder::new(plan), file: file.transpose()?, baseline }))
    }

    fn finish(
        self,
        planned: &Planned,
        recorded_at: Moment,
        summary: &Summary,
        args: &RunArgs,
        terminal: &Terminal,
    ) -> Result<(), Stopped> {
        let about = About { surroundings: &planned.surroundings, mode: &planned.mode_name, recorded_at, summary };
        let recording = self.recorder.finish(&planned.plan, &about);
        if let Some((mut file, name)) = self.file {
            let text = record::write(&recording);
            if text.len() > crate::spec::yaml::MAX_SIZE {
                let size = crate::fact::bytes::show(text.len() as u64);
                return Err(Stopped::not_written(format!(
                    "{name}: {size} could not be read again; select fewer checks"
                )));
            }
            file.write_all(text.as_bytes()).map_err(|error| Stopped::not_written(format!("{name}: {error}")))?;
        }
        if let Some(baseline) = self.baseline {
            let (mut before, after) = (Side::of_recording(&baseline), Side::of_recording(&recording));
            if planned.plan.left_out > 0 {
                before.keep(&after);
            }
            drift(&before.compare(&after), args, terminal);
        }
        Ok(())
    }
}

/// What changed since the baseline, under the report; beside it where that is for programs.
fn drift(changes: &[Change], args: &RunArgs, terminal: &Terminal) {
    let title = "\nsince the baseline\n";
    if args.report.is_for_people() {
        let text = format!("{title}{}", render(changes, Paint(terminal.colours_output())));
        // a reader that went away has seen enough
        let _ = terminal.write(&text);
    } else {
        terminal.note(&format!("{title}{}", render(changes, Paint(terminal.colours_error()))));
    }
}

/// Tells the reports and, if anybody wants one, the recording.
struct Both<'a>(&'a mut Outputs, Option<&'a mut Recorder>);

impl Listener for Both<'_> {
    fn observed(&mut self, plan: &Plan, look: usize, observation: &Observation) {
        if let Some(recorder) = &mut self.1 {
            recorder.observed(plan, look, observation);
        }
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) {
        self.0.verdict(plan, verdict);
        if let Some(recorder) = &mut self.1 {
            recorder.verdict(plan, verdict);
        }
    }

    fn progress(&mut self, done: usize, total: usize) {
        self.0.progress(done, total);
    }
}
