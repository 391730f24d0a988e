//! One case of a Markdown file: reading it, running it, writing it anew.

use crate::common::Engine;

/// One case of a Markdown file.
#[derive(Default)]
pub struct Case {
    pub title: String,
    /// The words after `schema:`, with the reason.
    pub schema: String,
    pub arguments: Vec<String>,
    /// Name and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    pub complaint: String,
}

impl Case {
    pub fn parse(text: &str) -> Case {
        let mut lines = text.lines();
        let mut case = Case { title: lines.next().unwrap_or_default().into(), ..Case::default() };
        while let Some(line) = lines.next() {
            if let Some(schema) = line.strip_prefix("schema: ") {
                case.schema = schema.into();
            } else if let Some(arguments) = line.strip_prefix("engine: ") {
                case.arguments = arguments.split(' ').map(str::to_string).collect();
            } else if let Some(info) = line.strip_prefix("```") {
                let body: String =
                    lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
                match info.split(' ').collect::<Vec<_>>().as_slice() {
                    ["yaml"] => case.files.push(("pack.yaml".into(), body.into())),
                    ["yaml", name] => case.files.push((name.to_string(), body.into())),
                    ["yaml", name, "escaped"] => case.files.push((name.to_string(), unescape(&body))),
                    ["text"] => case.complaint = body,
                    other => panic!("{}: unknown block {other:?}", case.title),
                }
            }
        }
        case
    }

    /// What the engine says about the files.
    pub fn run(&self) -> String {
        let engine = Engine::new();
        for (name, bytes) in &self.files {
            std::fs::write(engine.path().join(name), bytes).unwrap();
        }
        let mut arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        if arguments.is_empty() {
            arguments = vec!["validate", "pack.yaml"];
        }
        let ran = engine.run(&arguments);
        assert!(
            ran.code == Some(65) || (ran.code == Some(0) && ran.stdout.contains("warning[")),
            "{}: {ran}",
            self.title
        );
        format!("{}{}", ran.stdout, ran.stderr)
    }

    /// The text of the case, with what was earned in place of what was written.
    pub fn rewritten(&self, written: &str) -> String {
        let mut new = String::new();
        let mut lines = written.lines();
        while let Some(line) = lines.next() {
            match line {
                line if line.starts_with("schema:") => new.push_str(&format!("schema: {}\n", self.schema)),
                "```text" => {
                    lines.by_ref().take_while(|line| *line != "```").for_each(drop);
                    new.push_str(&format!("```text\n{}```\n", self.complaint));
                }
                line => new.push_str(&format!("{line}\n")),
            }
        }
        new
    }
}

/// Reads `\xFF`, `\t`, `\r`, `\u{FEFF}` and `\\`; the line break at the end of the block is not part of the file.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.strip_suffix('\n').unwrap_or(text);
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let (escape, length) = match after.as_bytes() {
            [b't', ..] => (vec![b'\t'], 1),
            [b'r', ..] => (vec![b'\r'], 1),
            [b'n', ..] => (vec![b'\n'], 1),
            [b'\\', ..] => (vec![b'\\'], 1),
            [b'x', ..] => (vec![u8::from_str_radix(&after[1..3], 16).unwrap()], 3),
            [b'u', ..] => {
                let end = after.find('}').unwrap();
                let code = u32::from_str_radix(&after[2..end], 16).unwrap();
                (char::from_u32(code).unwrap().to_string().into_bytes(), end + 1)
            }
            _ => panic!("unknown escape: \\{after}"),
        };
        bytes.extend(escape);
        rest = &after[length..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}
