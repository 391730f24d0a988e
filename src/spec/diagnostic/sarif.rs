//! Complaints as SARIF 2.1.0 (OASIS), which code hosts show beside the changed lines.

use super::{Complaint, Complaints, Severity};
use crate::spec::codes::{CODES, Code};
use crate::spec::source::{Source, Span};
use serde_json::{Value, json};

/// One SARIF log with one run; every known code is one of its rules.
pub fn render(complaints: &Complaints) -> String {
    let results: Value = complaints.iter().map(result).collect();
    let rules: Value = CODES.iter().map(rule).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "engine",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(Code { code, title, explanation }: &Code) -> Value {
    json!({
        "id": code,
        "shortDescription": { "text": title },
        "help": { "text": explanation, "markdown": explanation },
    })
}

fn result(complaint: &Complaint) -> Value {
    let level = match complaint.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let text = match &complaint.help {
        Some(help) => format!("{}\nhelp: {help}", complaint.message),
        None => complaint.message.clone(),
    };
    let mut result = json!({
        "ruleId": complaint.code,
        "level": level,
        "message": { "text": text },
        "locations": [location(&complaint.source, complaint.span)],
    });
    if let Some(index) = CODES.iter().position(|code| code.code == complaint.code) {
        result["ruleIndex"] = index.into();
    }
    if !complaint.also.is_empty() {
        result["relatedLocations"] = complaint.also.iter().map(|also| related(&complaint.source, also)).collect();
    }
    result
}

fn related(source: &Source, (span, label): &(Span, String)) -> Value {
    let mut location = location(source, *span);
    location["message"] = json!({ "text": label });
    location
}

fn location(source: &Source, span: Span) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&source.name) },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    } })
}

/// A path as a URI reference (RFC 3986): absolute ones with the scheme `file`, others relative.
fn uri(path: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| match unreserved(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    path.bytes().map(encode).fold(scheme.to_string(), |uri, part| uri + &part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_result_points_at_its_rule_and_places() {
        let source = Arc::new(Source::new("packs/ü a.yaml", "a: 1\na: 2\n"));
        let mut complaints = Complaints::default();
        let complaint = Complaint::error("E0005", &source, Span::new(5, 6), "twice");
        complaints.push(complaint.help("keep one").also(Span::new(0, 1), "first"));
        let log: Value = serde_json::from_str(&render(&complaints)).expect("JSON");
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], "E0005");
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "E0005");
        assert_eq!((&result["level"], &result["message"]["text"]), (&json!("error"), &json!("twice\nhelp: keep one")));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "packs/%C3%BC%20a.yaml");
        assert_eq!(place["region"], json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2}));
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "first");
    }

    #[test]
    fn absolute_paths_are_file_uris() {
        assert_eq!(uri("/etc/a b#1%.yaml"), "file:///etc/a%20b%231%25.yaml");
    }
}
