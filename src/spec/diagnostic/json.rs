//! Complaints as one JSON array, for scripts and editors. Lines and columns begin at 1; columns count characters,
//! and an end column is the first one that no longer belongs to the place.

use super::{Complaint, Complaints, Severity};
use crate::spec::source::{Source, Span};
use serde_json::{Value, json};

/// An array with one object per complaint; an empty array if there are none.
pub fn render(complaints: &Complaints) -> String {
    let all: Value = complaints.iter().map(one).collect();
    format!("{all:#}\n")
}

fn one(complaint: &Complaint) -> Value {
    let severity = match complaint.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let related: Value = complaint.also.iter().map(|(span, label)| place(&complaint.source, *span, label)).collect();
    let mut object = json!({ "code": complaint.code, "severity": severity });
    if let (Value::Object(object), Value::Object(place)) =
        (&mut object, place(&complaint.source, complaint.span, &complaint.message))
    {
        object.extend(place);
        object.insert("help".into(), complaint.help.clone().into());
        object.insert("related".into(), related);
    }
    object
}

fn place(source: &Source, span: Span, message: &str) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "file": source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "message": message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn every_field_in_its_order() {
        let source = Arc::new(Source::new("a.yaml", "ä: 1\nä: \"2\"\n"));
        let mut complaints = Complaints::default();
        assert_eq!(render(&complaints), "[]\n");
        let complaint = Complaint::error("E0005", &source, Span::new(6, 8), "key \"ä\" is given twice");
        complaints.push(complaint.also(Span::new(0, 2), "first given here"));
        let expected = r#"[
  {
    "code": "E0005",
    "severity": "error",
    "file": "a.yaml",
    "line": 2,
    "column": 1,
    "end_line": 2,
    "end_column": 2,
    "message": "key \"ä\" is given twice",
    "help": null,
    "related": [
      {
        "file": "a.yaml",
        "line": 1,
        "column": 1,
        "end_line": 1,
        "end_column": 2,
        "message": "first given here"
      }
    ]
  }
]
"#;
        assert_eq!(render(&complaints), expected);
    }
}
