//! A program and its arguments as a pack gives them: a list, so that no shell has to split them.

use crate::spec::given::{FromGiven, Given, Reader, View};
use crate::spec::shape::{either, or_expression};
use serde_json::{Value as Json, json};
use std::borrow::Cow;

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argv {
    pub program: String,
    pub arguments: Vec<String>,
}

/// An interpreter: its name, or a list of it and its options.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Interpreter(pub Argv);

impl Argv {
    /// The command line, quoted where a shell would need it, so that it can be tried by hand.
    pub fn command_line(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    fn from_words(words: Vec<String>) -> Result<Argv, &'static str> {
        if words.iter().any(|word| word.contains('\0')) {
            return Err("no argument can contain a NUL byte (execve(2))");
        }
        let mut words = words.into_iter();
        match words.next() {
            None => Err("the list is empty: there is no program to run"),
            Some(program) if program.is_empty() => Err("the name of the program is empty"),
            Some(program) => Ok(Argv { program, arguments: words.collect() }),
        }
    }
}

impl FromGiven for Argv {
    fn schema() -> Json {
        or_expression(json!({ "type": "array", "items": String::schema(), "minItems": 1 }))
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        if let View::Text(text) = reader.view(given) {
            let list = text.split_whitespace().collect::<Vec<_>>().join(", ");
            let help = format!("write `[{list}]`; for pipes, redirections and `&&` there is `shell:`");
            let message = "a program and its arguments are a list here, found one text";
            return reader.complain("E0103", reader.span(given), message, Some(help));
        }
        Argv::from_words(Vec::read(given, reader)?).map_or_else(
            |message| {
                let help = Some("name a program and its arguments, as in `[systemctl, --version]`".into());
                reader.complain("E0108", reader.span(given), message, help)
            },
            Some,
        )
    }
}

impl FromGiven for Interpreter {
    fn schema() -> Json {
        either(json!({ "type": "string" }), Argv::schema())
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        match reader.view(given) {
            View::Text(name) if !name.contains(|c: char| c.is_whitespace() || c == '\0') && !name.is_empty() => {
                Some(Interpreter(Argv { program: name.into_owned(), arguments: Vec::new() }))
            }
            _ => Argv::read(given, reader).map(Interpreter),
        }
    }
}

fn quoted(word: &str) -> Cow<'_, str> {
    let harmless = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::diagnostic::Complaints;
    use crate::spec::given::NoNames;
    use crate::spec::source::Source;
    use crate::spec::yaml;
    use std::sync::Arc;

    fn read<T: FromGiven>(text: &str) -> Result<T, String> {
        let mut complaints = Complaints::default();
        let document = yaml::parse(Arc::new(Source::new("test", text)), &mut complaints).unwrap();
        let read = Reader::new(&document, &NoNames, &mut complaints).read(document.root());
        read.ok_or_else(|| {
            let complaint = complaints.iter().next().unwrap();
            format!("{}: {}", complaint.message, complaint.help.as_deref().unwrap_or_default())
        })
    }

    #[test]
    fn a_list_is_read_and_shown_as_a_shell_would_need_it() {
        let argv: Argv = read("[sh, -c, \"echo 'it'; exit 1\", \"\", 5]").unwrap();
        assert_eq!((argv.program.as_str(), argv.arguments.len()), ("sh", 4));
        assert_eq!(argv.command_line(), r"sh -c 'echo '\''it'\''; exit 1' '' 5");
    }

    #[test]
    fn what_names_no_program_is_complained_about() {
        assert!(read::<Argv>("echo hi").unwrap_err().contains("found one text: write `[echo, hi]`"));
        assert!(read::<Argv>("[]").unwrap_err().contains("the list is empty"));
        assert!(read::<Argv>("[\"\", a]").unwrap_err().contains("is empty"));
        assert!(read::<Argv>("[a, \"\\0\"]").unwrap_err().contains("NUL"));
    }

    #[test]
    fn an_interpreter_is_a_name_or_a_list() {
        assert_eq!(read::<Interpreter>("python3").unwrap().0.command_line(), "python3");
        assert_eq!(read::<Interpreter>("[bash, -eu]").unwrap().0.command_line(), "bash -eu");
        assert!(read::<Interpreter>("bash -eu").unwrap_err().contains("write `[bash, -eu]`"));
    }
}
