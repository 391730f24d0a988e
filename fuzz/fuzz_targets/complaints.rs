//! What must hold of complaints, whatever they are about.

use engine::spec::diagnostic::{Complaints, github, human, json, sarif};

/// Every place lies inside of its source, on character boundaries, and every format can be made.
pub fn check(complaints: &Complaints) {
    for complaint in complaints.iter() {
        let text = &complaint.source.text;
        for span in [complaint.span].iter().chain(complaint.also.iter().map(|(span, _)| span)) {
            assert!(text.get(span.range()).is_some(), "{}: {span:?} of {} bytes", complaint.message, text.len());
        }
        assert!(!complaint.message.is_empty());
        assert!(engine::spec::codes::find(complaint.code).is_some(), "{}", complaint.code);
    }
    human::render(complaints, true, 80);
    human::render(complaints, false, 20);
    github::render(complaints);
    for text in [json::render(complaints), sarif::render(complaints)] {
        assert!(text.is_empty() || serde_json::from_str::<serde_json::Value>(&text).is_ok(), "no JSON: {text}");
    }
}
