//! Complaints: what is wrong in a file, where, and what to do next.
//!
//! This module collects them; how they are shown is in the modules below, all pure functions.
//! Nothing here reads files or decides what is wrong.

use crate::spec::source::{Source, Span};
use std::sync::Arc;

pub mod github;
pub mod human;
pub mod json;
pub mod sarif;

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The file cannot be used; nothing is run.
    Error,
    /// The file can be used, but probably does not say what was meant.
    Warning,
}

/// One thing that is wrong, with its place.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// A stable code such as `E0005`; explained in [`CODES`](crate::spec::codes::CODES).
    pub code: &'static str,
    pub severity: Severity,
    pub source: Arc<Source>,
    /// The narrowest part of the source that the complaint is about.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// A few words for the place itself; may be empty.
    pub label: String,
    /// What to do next.
    pub help: Option<String>,
    /// Other places of the same source that belong to it.
    pub also: Vec<(Span, String)>,
}

impl Complaint {
    pub fn error(code: &'static str, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Complaint {
        Complaint::new(code, Severity::Error, source, span, message.into())
    }

    pub fn warning(code: &'static str, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Complaint {
        Complaint::new(code, Severity::Warning, source, span, message.into())
    }

    pub fn label(mut self, label: impl Into<String>) -> Complaint {
        self.label = label.into();
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Complaint {
        self.help = Some(help.into());
        self
    }

    pub fn also(mut self, span: Span, label: impl Into<String>) -> Complaint {
        self.also.push((span, label.into()));
        self
    }

    fn new(code: &'static str, severity: Severity, source: &Arc<Source>, span: Span, message: String) -> Complaint {
        let source = Arc::clone(source);
        Complaint { code, severity, source, span, message, label: String::new(), help: None, also: Vec::new() }
    }

    /// What orders complaints and tells two of them apart.
    fn place(&self) -> (&str, Span, &str, &str) {
        (&self.source.name, self.span, self.code, &self.message)
    }
}

/// Everything that was found wrong, in any number of files.
#[derive(Clone, Debug, Default)]
pub struct Complaints {
    list: Vec<Complaint>,
}

/// Most complaints of all files; more would cost more than reading them. Each file has a bound of its own for
/// mistakes of its YAML.
const MOST: usize = 5_000;

impl Complaints {
    /// Adds a complaint. Beyond a bound none is kept, but that it is one too many.
    pub fn push(&mut self, complaint: Complaint) {
        match (self.list.len(), complaint.severity) {
            (..MOST, _) => self.list.push(complaint),
            (MOST, Severity::Error) => {
                let message = format!("more than {MOST} mistakes; the others are not told");
                let last = Complaint::error("E0013", &complaint.source, complaint.span, message);
                self.list.push(last.help("mend these first"));
            }
            _ => {}
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many were made, repetitions included.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|complaint| complaint.severity == Severity::Error)
    }

    /// All complaints in the order of their files and places, each one once.
    pub fn iter(&self) -> impl Iterator<Item = &Complaint> {
        let mut sorted: Vec<&Complaint> = self.list.iter().collect();
        sorted.sort_by(|a, b| a.place().cmp(&b.place()));
        sorted.dedup_by(|a, b| a.place() == b.place());
        sorted.into_iter()
    }
}

impl Extend<Complaint> for Complaints {
    fn extend<I: IntoIterator<Item = Complaint>>(&mut self, complaints: I) {
        complaints.into_iter().for_each(|complaint| self.push(complaint));
    }
}

impl IntoIterator for Complaints {
    type Item = Complaint;
    type IntoIter = std::vec::IntoIter<Complaint>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// Nobody slips on a longer word, and comparing two of them takes memory for the product of their lengths.
const LONGEST_WORD: usize = 200;
/// How many words one is compared with: a file can have thousands of mistakes and thousands of names.
const MOST_WORDS: usize = 200;
/// How many names a complaint lists.
const MOST_LISTED: usize = 20;

/// The known word that `word` was probably meant to be.
///
/// Letters may be swapped, missing, doubled or of the wrong case: about one slip per three characters.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let meant = word.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&meant, &candidate.to_lowercase());
    let allowed = |candidate: &str| length.max(candidate.chars().count()) / 3;
    known
        .into_iter()
        .take(MOST_WORDS)
        .filter(|candidate| length.abs_diff(candidate.chars().count()) <= allowed(candidate))
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min()
        .map(|(_, candidate)| candidate.to_string())
}

/// The known names, for a complaint about one that is not; of many only the first.
pub fn listed(known: &[&str]) -> String {
    match known.split_at_checked(MOST_LISTED) {
        Some((first, rest @ [_, ..])) => format!("{} and {} more", first.join(", "), rest.len()),
        _ => known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_come_in_the_order_of_their_places_and_once() {
        let (a, b) = (Arc::new(Source::new("a", "xyz")), Arc::new(Source::new("b", "xyz")));
        let mut complaints = Complaints::default();
        complaints.push(Complaint::warning("E0002", &b, Span::new(0, 1), "later file"));
        complaints.push(Complaint::warning("E0002", &a, Span::new(2, 3), "later place"));
        assert!(!complaints.has_errors());
        complaints.extend([1, 2].map(|_| Complaint::error("E0001", &a, Span::new(0, 1), "first")));
        let order: Vec<&str> = complaints.iter().map(|complaint| complaint.message.as_str()).collect();
        assert_eq!(order, ["first", "later place", "later file"]);
        assert!(complaints.has_errors());
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["severity", "title", "id", "timeout"];
        assert_eq!(did_you_mean("severty", known).as_deref(), Some("severity"));
        assert_eq!(did_you_mean("TimeOut", known).as_deref(), Some("timeout"));
        assert_eq!(did_you_mean("tiemout", known).as_deref(), Some("timeout"));
        assert_eq!(did_you_mean("ix", known), None, "half of a two-letter word is no slip");
        assert_eq!(did_you_mean("colour", known), None);
    }

    #[test]
    fn a_long_word_is_not_compared() {
        let long = "x".repeat(8 << 20);
        assert_eq!(did_you_mean(&long, [long.as_str(), "title"]), None);
        assert_eq!(did_you_mean("title", [long.as_str(), "titel"]).as_deref(), Some("titel"));
    }

    #[test]
    fn too_many_complaints_end_with_a_word_about_it() {
        let source = Arc::new(Source::new("a", "xyz"));
        let mut complaints = Complaints::default();
        complaints.extend((0..9999).map(|n| Complaint::warning("E0002", &source, Span::new(0, 1), n.to_string())));
        assert_eq!(complaints.len(), MOST);
        assert!(!complaints.has_errors());
        complaints.extend((0..9).map(|n| Complaint::error("E0001", &source, Span::new(0, 1), n.to_string())));
        assert_eq!(complaints.len(), MOST + 1);
        assert!(complaints.has_errors());
    }

    #[test]
    fn of_many_names_only_some_are_compared_and_listed() {
        let names: Vec<String> = (0..10_000).map(|number| format!("name-{number}")).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(did_you_mean("name_7", known.iter().copied()).as_deref(), Some("name-7"));
        assert_eq!(did_you_mean("nam9999x", known.iter().copied()), None);
        assert!(listed(&known).ends_with(", name-19 and 9980 more"), "{}", listed(&known));
        assert_eq!(listed(&known[..20]).matches(',').count(), 19);
        assert_eq!(listed(&[]), "");
    }
}
