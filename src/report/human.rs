//! The report that people read: pack by pack, one line per check, evidence and remedy under what is not ok.
//!
//! Checks run by priority, across packs; a reader wants the checks of a pack together. The pack that
//! began first is written as it goes on, the others wait for it. What was not looked at for one and the
//! same reason is told at the end of its pack, in one piece; `--verbose` shows each in its place.

mod check;

use super::paint::{Paint, harmless, width};
use super::{Heading, Look, Report};
use crate::fact::duration;
use crate::judge::outcome::Answer;
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::plan::Plan;
use crate::prose;
use check::Lines;

pub struct Human {
    lines: Lines,
    /// The packs of the run, in the order in which their first checks run.
    groups: Vec<Group>,
    /// The group that is being written.
    current: usize,
    /// Whether anything was written under a heading.
    begun: bool,
}

/// The checks of one pack.
struct Group {
    pack: usize,
    /// Checks without a verdict.
    left: usize,
    /// What was not written yet.
    waiting: String,
    headed: bool,
    unseen: Vec<Unseen>,
}

/// Checks that were not looked at, for one reason.
struct Unseen {
    answer: Answer,
    reason: String,
    titles: Vec<String>,
    /// How the first of them reads alone.
    alone: String,
}

impl Human {
    pub fn new(look: Look) -> Human {
        Human { lines: Lines { look, paint: Paint(look.colour) }, groups: Vec::new(), current: 0, begun: false }
    }

    fn group(&mut self, plan: &Plan) {
        for number in &plan.order {
            let pack = plan.checks[*number].pack;
            match self.groups.iter_mut().find(|group| group.pack == pack) {
                Some(group) => group.left += 1,
                None => {
                    self.groups.push(Group { pack, left: 1, waiting: String::new(), headed: false, unseen: Vec::new() })
                }
            }
        }
    }

    /// Everything that need not wait any longer.
    fn ready(&mut self, plan: &Plan) -> String {
        let mut out = String::new();
        let several = self.groups.len() > 1;
        while let Some(group) = self.groups.get_mut(self.current) {
            if several && !group.headed && !group.waiting.is_empty() {
                group.headed = true;
                let blank = if std::mem::replace(&mut self.begun, true) { "\n" } else { "" };
                let pack = &plan.packs[group.pack];
                let title = harmless(pack.keys.title.as_deref().unwrap_or(&pack.id));
                out.push_str(&format!("{blank}{}\n", self.lines.paint.bold(&title)));
            }
            out.push_str(&std::mem::take(&mut group.waiting));
            if group.left > 0 {
                break;
            }
            self.current += 1;
        }
        out
    }
}

impl Group {
    fn take(&mut self, lines: &Lines, plan: &Plan, verdict: &Verdict) {
        self.left = self.left.saturating_sub(1);
        let quiet_answer = matches!(verdict.answer, Answer::Ok | Answer::Skipped | Answer::Waived);
        if !(lines.look.quiet && quiet_answer) {
            match &verdict.reason {
                Some(reason) if is_unseen(verdict) && !lines.look.verbose => {
                    self.take_unseen(reason, lines, plan, verdict);
                }
                _ => self.waiting.push_str(&lines.check(plan, verdict)),
            }
        }
        if self.left == 0 {
            for unseen in std::mem::take(&mut self.unseen) {
                self.waiting.push_str(&match unseen.titles.len() {
                    1 => unseen.alone,
                    _ => lines.several(unseen.answer, &unseen.reason, &unseen.titles),
                });
            }
        }
    }

    fn take_unseen(&mut self, reason: &str, lines: &Lines, plan: &Plan, verdict: &Verdict) {
        let title = verdict.title.replace('\n', " ");
        let same = |unseen: &&mut Unseen| unseen.answer == verdict.answer && unseen.reason == reason;
        match self.unseen.iter_mut().find(same) {
            Some(unseen) => unseen.titles.push(title),
            None => self.unseen.push(Unseen {
                answer: verdict.answer,
                reason: reason.into(),
                titles: vec![title],
                alone: lines.check(plan, verdict),
            }),
        }
    }
}

/// Whether the reason says all: nobody looked.
fn is_unseen(verdict: &Verdict) -> bool {
    verdict.attempts == 0 && matches!(verdict.answer, Answer::Skipped | Answer::Unknown)
}

impl Report for Human {
    fn begin(&mut self, plan: &Plan, heading: &Heading) -> String {
        self.group(plan);
        if self.lines.look.quiet {
            return String::new();
        }
        let mut out = String::new();
        let column = heading.rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        for (name, value) in &heading.rows {
            let padding = " ".repeat(column - width(name) + 2);
            out.push_str(&format!("{}{padding}{}\n", self.lines.paint.bold(&harmless(name)), harmless(value)));
        }
        if !heading.context.is_empty() {
            let labels: Vec<String> = heading.context.iter().map(|(name, value)| format!("{name}={value}")).collect();
            out.push_str(&self.lines.paint.dim(&harmless(&labels.join("  "))));
            out.push('\n');
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) -> String {
        let pack = plan.checks[verdict.check].pack;
        if let Some(group) = self.groups.iter_mut().find(|group| group.pack == pack) {
            group.take(&self.lines, plan, verdict);
        }
        self.ready(plan)
    }

    fn end(&mut self, plan: &Plan, summary: &Summary, scale: &Scale) -> String {
        let counts = &summary.counts;
        let words = [
            (Answer::Ok, counts.ok, "ok".to_string()),
            (Answer::Info, counts.info, "info".into()),
            (Answer::Warn, counts.warn, if counts.warn == 1 { "warning" } else { "warnings" }.into()),
            (Answer::Error, counts.error, if counts.error == 1 { "error" } else { "errors" }.into()),
            (Answer::Unknown, counts.unknown, "unknown".into()),
            (Answer::Skipped, counts.skipped, "skipped".into()),
            (Answer::Waived, counts.waived, "waived".into()),
        ];
        let parts: Vec<String> = words
            .into_iter()
            .filter(|(_, number, _)| *number > 0)
            .map(|(answer, number, word)| self.lines.paint.answer(answer, &format!("{number} {word}")))
            .collect();
        let mut out = if self.lines.look.quiet { String::new() } else { "\n".to_string() };
        if let Some(reason) = &summary.ended_early {
            out.push_str(&format!("{}\n", self.lines.paint.answer(Answer::Unknown, &format!("ended early: {reason}"))));
        }
        if plan.left_out > 0 && !self.lines.look.quiet {
            out.push_str(&self.lines.paint.dim(&format!("{} not selected\n", prose::count(plan.left_out, "check"))));
        }
        for (pack, word) in &summary.statuses {
            out.push_str(&format!("{pack}: {}\n", self.lines.paint.bold(&harmless(word))));
        }
        let verdict = match (summary.go, scale.blocking) {
            (true, _) => self.lines.paint.answer(Answer::Ok, "GO"),
            (false, true) => self.lines.paint.answer(Answer::Error, "NO-GO"),
            (false, false) => self.lines.paint.answer(Answer::Error, "NO-GO (only observed: this mode stops nobody)"),
        };
        out.push_str(&format!(
            "{}: {} in {}: {verdict}\n",
            prose::count(counts.total(), "check"),
            parts.join(", "),
            duration::show(summary.elapsed)
        ));
        out
    }
}
