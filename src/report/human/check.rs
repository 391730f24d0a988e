//! How one check reads: its line, and evidence and remedy under what is not ok.

use crate::fact::duration;
use crate::judge::outcome::Answer;
use crate::judge::verdict::Verdict;
use crate::plan::Plan;
use crate::prose;
use crate::report::Look;
use crate::report::paint::{Paint, harmless, width, wrap};
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

/// What lines are written with.
pub struct Lines {
    pub look: Look,
    pub paint: Paint,
}

impl Lines {
    /// A check and what is to be said of it.
    pub fn check(&self, plan: &Plan, verdict: &Verdict) -> String {
        let mut out = self.first_line(verdict);
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

    /// Several checks of which the same is to be said.
    pub fn several(&self, answer: Answer, reason: &str, titles: &[String]) -> String {
        let mut out = self.titled(answer, &format!("{}: {reason}", prose::count(titles.len(), "check")), "");
        self.under(&titles.join("; "), &mut out);
        out
    }

    fn first_line(&self, verdict: &Verdict) -> String {
        let title = verdict.title.replace('\n', " ");
        let timed = verdict.elapsed >= WORTH_SHOWING || (self.look.verbose && verdict.attempts > 0);
        let time = if timed { duration::show(verdict.elapsed) } else { String::new() };
        self.titled(verdict.answer, &title, &time)
    }

    /// The word of an answer, a title, and what stands behind it if there is room.
    fn titled(&self, answer: Answer, title: &str, behind: &str) -> String {
        let word = match answer {
            Answer::Skipped => "skip",
            other => other.word(),
        };
        let columns = self.look.width.saturating_sub(INDENT).max(30);
        let mut lines = wrap(&harmless(title), columns).into_iter();
        let padded = format!("{word:<7}");
        let mut text = format!(" {} {}", self.paint.answer(answer, &padded), lines.next().unwrap_or_default());
        if !behind.is_empty() && width(title) + behind.len() + INDENT + 3 <= self.look.width {
            text.push_str(&self.paint.dim(&format!("  {behind}")));
        }
        text.push('\n');
        lines.for_each(|line| text.push_str(&format!("{:INDENT$}{line}\n", "")));
        text
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
        for failed in verdict.failed.iter().filter(|_| !verdict.is_gone() || self.look.verbose) {
            self.under(&failed.to_string(), out);
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
        if let Some(why) = verdict.why.as_ref().filter(|_| self.look.verbose) {
            self.labelled("why", why, out);
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
