//! The report that people read: one line per check, evidence and remedy under what is not ok.

use super::paint::{Paint, harmless, width, wrap};
use super::{Heading, Look, Report};
use crate::fact::duration;
use crate::judge::outcome::Answer;
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::plan::Plan;
use crate::prose;
use crate::run::needed_by;
use std::borrow::Cow;
use std::time::Duration;

/// The column in which titles begin.
const INDENT: usize = 9;
/// Lines of evidence shown of one fact, unless `--verbose`.
const EVIDENCE_LINES: usize = 8;
/// Characters shown of one such line.
const EVIDENCE_COLUMNS: usize = 400;
/// Looks quicker than this show no duration.
const WORTH_SHOWING: Duration = Duration::from_millis(100);

pub struct Human {
    look: Look,
    paint: Paint,
    /// The pack whose heading was written last.
    pack: Option<usize>,
}

impl Human {
    pub fn new(look: Look) -> Human {
        Human { look, paint: Paint(look.colour), pack: None }
    }

    /// Lines under a check, in its column.
    fn under(&self, text: &str, out: &mut String) {
        let columns = self.look.width.saturating_sub(INDENT).max(30);
        for line in wrap(&harmless(text), columns) {
            out.push_str(&format!("{:INDENT$}{line}\n", ""));
        }
    }

    /// `name  text`, the text in a column of its own.
    fn labelled(&self, label: &str, text: &str, out: &mut String) {
        let column = INDENT + 12;
        let columns = self.look.width.saturating_sub(column).max(30);
        for (number, line) in wrap(&harmless(text), columns).into_iter().enumerate() {
            let padded = if number == 0 { self.paint.dim(&format!("{label:<11}")) } else { " ".repeat(11) };
            out.push_str(format!("{:INDENT$}{padded} {line}", "").trim_end());
            out.push('\n');
        }
    }

    fn heading_of_pack(&mut self, plan: &Plan, pack: usize, out: &mut String) {
        if self.pack == Some(pack) || plan.packs.len() < 2 {
            return;
        }
        let blank = if self.pack.replace(pack).is_some() { "\n" } else { "" };
        let keys = &plan.packs[pack].keys;
        let title = keys.title.as_deref().unwrap_or(&plan.packs[pack].id);
        out.push_str(&format!("{blank}{}\n", self.paint.bold(&harmless(title))));
    }

    fn first_line(&self, verdict: &Verdict) -> String {
        let word = match verdict.answer {
            Answer::Skipped => "skip",
            other => other.word(),
        };
        let columns = self.look.width.saturating_sub(INDENT).max(30);
        let mut lines = wrap(&harmless(&verdict.title.replace('\n', " ")), columns).into_iter();
        let padded = format!("{word:<7}");
        let mut text = format!("{} {}", self.paint.answer(verdict.answer, &padded), lines.next().unwrap_or_default());
        if verdict.elapsed >= WORTH_SHOWING || (self.look.verbose && verdict.attempts > 0) {
            let time = duration::show(verdict.elapsed);
            if width(&verdict.title) + time.len() + INDENT + 3 <= self.look.width {
                text.push_str(&self.paint.dim(&format!("  {time}")));
            }
        }
        text = format!(" {text}\n");
        lines.for_each(|line| text.push_str(&format!("{:INDENT$}{line}\n", "")));
        text
    }

    fn details(&self, plan: &Plan, verdict: &Verdict, out: &mut String) {
        if let Some(message) = &verdict.message {
            self.under(message, out);
        }
        // an info that explains itself needs no evidence
        let explained = verdict.answer == Answer::Info && verdict.message.is_some();
        if !explained || self.look.verbose {
            self.evidence(verdict, out);
        }
        if let Some(remedy) = &verdict.remedy {
            self.labelled("what to do", remedy, out);
        }
        self.references(plan, verdict, out);
        let place = format!("{}:{}:{}", verdict.place.file, verdict.place.line, verdict.place.column);
        out.push_str(&format!("{:INDENT$}{}\n", "", self.paint.dim(&place)));
    }

    fn evidence(&self, verdict: &Verdict, out: &mut String) {
        // "it does not exist" says all about what was expected of its contents
        let gone = verdict.reason.is_some() && verdict.failed.iter().all(|failed| failed.found == "absent");
        for failed in verdict.failed.iter().filter(|_| !gone || self.look.verbose) {
            let text = format!("{} {} (found {})", failed.fact, failed.expected, failed.found);
            self.under(text.trim(), out);
        }
        if let Some(reason) = &verdict.reason {
            self.under(reason, out);
        }
        if !verdict.subject.is_empty() {
            self.labelled("looked at", &verdict.subject, out);
        }
        if verdict.attempts > 1 {
            self.labelled("attempts", &verdict.attempts.to_string(), out);
        }
        for (name, text) in &verdict.evidence {
            self.labelled(name, &self.bounded(text), out);
        }
    }

    /// Why it matters, whom to ask and where to read more.
    fn references(&self, plan: &Plan, verdict: &Verdict, out: &mut String) {
        let details = crate::report::json::details(plan, verdict.check);
        if let Some(why) = details.why.filter(|_| self.look.verbose) {
            self.labelled("why", &why, out);
        }
        if let Some(owner) = details.owner {
            self.labelled("owner", &owner, out);
        }
        for link in details.links {
            self.labelled("read more", &link, out);
        }
        if self.look.verbose
            && let Some(other) = needed_by(plan, verdict.check)
        {
            self.labelled("needed by", &other, out);
        }
    }

    /// The last lines matter most: that is where programs say what went wrong.
    fn bounded(&self, text: &str) -> String {
        let lines: Vec<&str> = text.trim_end().lines().collect();
        if self.look.verbose {
            return lines.join("\n");
        }
        let left_out = lines.len().saturating_sub(EVIDENCE_LINES);
        let shown = lines[left_out..].iter().map(|line| clip(line)).collect::<Vec<_>>().join("\n");
        match left_out {
            0 => shown,
            _ => format!("[… {} left out; --verbose shows all]\n{shown}", prose::count(left_out, "line")),
        }
    }
}

/// The start of a long line, and how much more there is.
fn clip(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(EVIDENCE_COLUMNS) {
        Some((cut, _)) => {
            let left_out = prose::count(line[cut..].chars().count(), "character");
            format!("{} [… {left_out} left out]", &line[..cut]).into()
        }
        None => line.into(),
    }
}

impl Report for Human {
    fn begin(&mut self, _: &Plan, heading: &Heading) -> String {
        if self.look.quiet {
            return String::new();
        }
        let mut out = String::new();
        let column = heading.rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
        for (name, value) in &heading.rows {
            let padding = " ".repeat(column - width(name) + 2);
            out.push_str(&format!("{}{padding}{}\n", self.paint.bold(&harmless(name)), harmless(value)));
        }
        if !heading.context.is_empty() {
            let labels: Vec<String> = heading.context.iter().map(|(name, value)| format!("{name}={value}")).collect();
            out.push_str(&self.paint.dim(&harmless(&labels.join("  "))));
            out.push('\n');
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn verdict(&mut self, plan: &Plan, verdict: &Verdict) -> String {
        let quiet_answer = matches!(verdict.answer, Answer::Ok | Answer::Skipped | Answer::Waived);
        if self.look.quiet && quiet_answer {
            return String::new();
        }
        let mut out = String::new();
        self.heading_of_pack(plan, plan.checks[verdict.check].pack, &mut out);
        out.push_str(&self.first_line(verdict));
        match verdict.answer {
            Answer::Ok => {
                if let Some(message) = &verdict.message {
                    self.under(message, &mut out);
                }
            }
            Answer::Skipped | Answer::Waived => {
                if let Some(reason) = &verdict.reason {
                    self.under(reason, &mut out);
                }
            }
            _ => self.details(plan, verdict, &mut out),
        }
        out
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
            .map(|(answer, number, word)| self.paint.answer(answer, &format!("{number} {word}")))
            .collect();
        let mut out = if self.look.quiet { String::new() } else { "\n".to_string() };
        if let Some(reason) = &summary.ended_early {
            out.push_str(&format!("{}\n", self.paint.answer(Answer::Unknown, &format!("ended early: {reason}"))));
        }
        if plan.left_out > 0 && !self.look.quiet {
            out.push_str(&self.paint.dim(&format!("{} not selected\n", prose::count(plan.left_out, "check"))));
        }
        for (pack, word) in &summary.statuses {
            out.push_str(&format!("{pack}: {}\n", self.paint.bold(&harmless(word))));
        }
        let verdict = match (summary.go, scale.blocking) {
            (true, _) => self.paint.answer(Answer::Ok, "GO"),
            (false, true) => self.paint.answer(Answer::Error, "NO-GO"),
            (false, false) => self.paint.answer(Answer::Error, "NO-GO (only observed: this mode stops nobody)"),
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
