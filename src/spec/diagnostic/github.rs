//! Complaints as workflow commands of GitHub Actions, which become annotations of the changed files.
//!
//! Escaping follows the toolkit's command rules: `%`, carriage return and line feed everywhere, in properties also
//! the colon and the comma.

use super::{Complaint, Complaints, Severity};

/// One line per complaint; nothing if there are none.
pub fn render(complaints: &Complaints) -> String {
    complaints.iter().map(one).collect()
}

fn one(complaint: &Complaint) -> String {
    let command = match complaint.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (start, end) = (complaint.source.position(complaint.span.start), complaint.source.position(complaint.span.end));
    // Columns are only allowed for a place on one line.
    let place = match start.line == end.line {
        true => format!("line={},col={},endColumn={}", start.line, start.column, end.column),
        false => format!("line={},endLine={}", start.line, end.line),
    };
    let file = property(&complaint.source.name);
    let text = match &complaint.help {
        Some(help) => data(&format!("{}\nhelp: {help}", complaint.message)),
        None => data(&complaint.message),
    };
    format!("::{command} file={file},{place},title={}::{text}\n", property(complaint.code))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::source::{Source, Span};
    use std::sync::Arc;

    #[test]
    fn commands_with_everything_escaped() {
        let source = Arc::new(Source::new("a,b:c%.yaml", "ä: x\nb:\n  c: 1\n"));
        let mut complaints = Complaints::default();
        assert_eq!(render(&complaints), "");
        complaints.push(Complaint::error("E0107", &source, Span::new(4, 5), "100%: a, b\r\nnext").help("do it"));
        complaints.push(Complaint::warning("E0108", &source, Span::new(6, 15), "odd"));
        let expected = "\
::error file=a%2Cb%3Ac%25.yaml,line=1,col=4,endColumn=5,title=E0107::100%25: a, b%0D%0Anext%0Ahelp: do it
::warning file=a%2Cb%3Ac%25.yaml,line=2,endLine=3,title=E0108::odd
";
        assert_eq!(render(&complaints), expected);
    }
}
