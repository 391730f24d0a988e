//! Reading a text in tests, with complaints as short lines.

use super::{Document, parse};
use crate::spec::{diagnostic::Complaints, source::Source};
use std::sync::Arc;

/// The document, and its complaints as `line:column code message`.
pub(super) fn read(text: &str) -> (Option<Document>, Vec<String>) {
    let mut complaints = Complaints::default();
    let document = parse(Arc::new(Source::new("test.yaml", text)), &mut complaints);
    let line = |complaint: &crate::spec::diagnostic::Complaint| {
        let place = complaint.source.position(complaint.span.start);
        format!("{}:{} {} {}", place.line, place.column, complaint.code, complaint.message)
    };
    let lines = complaints.iter().map(line).collect();
    (document, lines)
}

/// A document without complaints.
pub(super) fn good(text: &str) -> Document {
    let (document, complaints) = read(text);
    assert_eq!(complaints, Vec::<String>::new(), "{text}");
    document.expect("a document")
}

/// The complaints about a text, whether or not there is a document.
pub(super) fn complaints(text: &str) -> Vec<String> {
    read(text).1
}

/// What is said about a text with one mistake: the marked part of the source, and the help.
pub(super) fn advice(text: &str) -> (String, String) {
    let mut complaints = Complaints::default();
    parse(Arc::new(Source::new("test.yaml", text)), &mut complaints);
    let complaint = complaints.into_iter().next().expect("a complaint");
    (complaint.source.slice(complaint.span).to_string(), complaint.help.unwrap_or_default())
}
