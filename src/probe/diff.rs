//! Two texts compared: outputs of programs, files, or text in the pack itself.
//!
//! Deliberately absent: folders, and what a program writes to standard error. A
//! program that fails is not compared: its output may be half of what it is.

mod compare;

use super::reading::{self, DEFAULT_LIMIT};
use super::{Context, Nature, Pace, Probe, Seen};
use crate::fact::{Bytes, Value};
use crate::observe::process::{Ended, Invocation, Refusal, run};
use crate::spec::given::{OneOrMany, ShellText};
use crate::{choice, described, facts};
use compare::{compare, ignored};
use std::path::PathBuf;

described! {
    /// One of the two texts: exactly one of these keys.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Side (short: text) {
        /// The standard output of a program, as a list: the program and its arguments.
        command: Option<Vec<String>>,
        /// The standard output of a line for `sh`.
        shell: Option<ShellText>,
        /// The content of a file.
        file: Option<PathBuf>,
        /// The text itself.
        text: Option<String>,
    }
}

choice! {
    /// How two texts are compared.
    pub enum Compare {
        /// Lines in any order; how often each is there counts.
        Lines = "lines",
        /// Lines in their order; how the last one ends does not count.
        Sequence = "sequence",
        /// Character by character.
        Text = "text",
        /// As JSON: the order of keys and white space do not count.
        Json = "json",
    }
}

described! {
    /// Compares two texts.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target {
        /// The text as it should be, or the older one.
        left: Side,
        /// The text it is compared with.
        right: Side,
        /// How they are compared.
        r#as: Compare = Compare::Sequence,
        /// Regular expressions of lines that do not count on either side.
        ignore: Option<OneOrMany<String>>,
        /// Whether white space at both ends of a line is taken off.
        trim: bool = false,
        /// Whether upper and lower case differ.
        case: bool = true,
        /// The size up to which each side is read, e.g. `10MiB`.
        limit: Bytes = DEFAULT_LIMIT,
    }
}

facts! {
    pub struct Facts {
        /// Whether the two are the same.
        same: bool,
        /// Lines that only the left side has, in their order.
        only_left: Vec<String>,
        /// Lines that only the right side has, in their order.
        only_right: Vec<String>,
        /// What differs: lines with `-` are those of the left side, with `+` of the right; at most 200.
        difference: String,
    }
}

pub struct Diff;

impl Probe for Diff {
    const NAME: &'static str = "diff";
    const PACE: Pace = Pace::Waits;
    const NATURE: Nature = Nature::Acts;
    const DEFAULT: &'static str = "expect: { same: true }";
    const EXAMPLE: &'static str = "id: root-comes-first\ndiff:\n  left: { text: \"root\" }\n  right: { shell: \"head -n 1 /etc/passwd | cut -d : -f 1\" }\nexpect: { same: true }";
    const EVIDENCE: &'static [&'static str] = &["difference"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        format!("{} and {}", named(&target.left), named(&target.right))
    }

    fn check(target: &Target) -> Result<(), String> {
        ignored(target)?;
        [("left", &target.left), ("right", &target.right)].into_iter().try_for_each(|(name, side)| {
            let given = [side.command.is_some(), side.shell.is_some(), side.file.is_some(), side.text.is_some()];
            match (given.into_iter().filter(|given| *given).count(), &side.command) {
                (1, Some(command)) if command.is_empty() => {
                    Err(format!("the `command` of `{name}` is empty; name a program"))
                }
                (1, _) => Ok(()),
                _ => Err(format!("`{name}` needs exactly one of command, shell, file and text")),
            }
        })
    }

    fn observe(target: &Target, _: &Wanted, context: &Context) -> Seen<Facts> {
        let read = |name: &str, side: &Side| match read(side, target.limit, context) {
            Ok(text) => Ok(text),
            Err(Seen::Absent(why)) => Err(Seen::Absent(format!("{name}: {why}"))),
            Err(Seen::Unsupported(why)) => Err(Seen::Unsupported(format!("{name}: {why}"))),
            Err(Seen::Refused(why)) => Err(Seen::Refused(format!("{name}: {why}"))),
            Err(Seen::Present(())) => Ok(String::new()),
        };
        let both = read("left", &target.left).and_then(|left| Ok((left, read("right", &target.right)?)));
        match both {
            Ok((left, right)) => match compare(target, &left, &right, context.deadline) {
                Ok(facts) => Seen::Present(facts),
                Err(why) => Seen::Refused(why),
            },
            Err(seen) => seen.map(|()| Facts::default()),
        }
    }
}

fn named(side: &Side) -> String {
    let program = |words: &Vec<String>| words.join(" ");
    let shell = side.shell.as_ref().map(|shell| shell.0.clone());
    let file = side.file.as_ref().map(|file| file.display().to_string());
    let named = side.command.as_ref().map(program).or(shell).or(file);
    named.map_or_else(|| "a text".into(), |name| name.lines().next().unwrap_or_default().to_string())
}

fn read(side: &Side, limit: Bytes, context: &Context) -> Result<String, Seen<()>> {
    if let Some(text) = &side.text {
        return Ok(text.clone());
    }
    if let Some(file) = &side.file {
        return reading::text(file, true, limit).map_err(|unread| unread.at(file).into());
    }
    let words = match (&side.command, &side.shell) {
        (Some(command), _) => command.clone(),
        (None, shell) => vec!["sh".into(), "-c".into(), shell.iter().map(|shell| shell.0.as_str()).collect()],
    };
    output(&words, limit, context)
}

fn output(words: &[String], limit: Bytes, context: &Context) -> Result<String, Seen<()>> {
    let mut invocation = Invocation::new(words.first().map(String::as_str).unwrap_or_default());
    invocation.arguments = words.iter().skip(1).map(Into::into).collect();
    invocation.output_limit = usize::try_from(limit.0).unwrap_or(usize::MAX);
    let finished = run(&invocation, context.deadline, &context.cancel).map_err(|refusal| match refusal {
        Refusal::NotFound(why) => Seen::Absent(why),
        other => Seen::Refused(other.to_string()),
    })?;
    let said = finished.stderr.to_text();
    let said = said.trim().lines().last().map(|line| format!(": {line}")).unwrap_or_default();
    match finished.ended {
        Ended::Exited(0) if finished.stdout.truncated() => {
            let limit = Value::Bytes(limit.0).show();
            Err(Seen::Refused(format!("the output is larger than the limit of {limit}; raise `limit`")))
        }
        Ended::Exited(0) => String::from_utf8([finished.stdout.head, finished.stdout.tail].concat())
            .map_err(|_| Seen::Refused("the output is not UTF-8 text".into())),
        Ended::Exited(code) => Err(Seen::Refused(format!("exit code {code}{said}"))),
        Ended::Signaled(signal) => Err(Seen::Refused(format!("ended by signal {signal}{said}"))),
        Ended::TimedOut => Err(Seen::Refused("did not end in time; raise `timeout`".into())),
        Ended::Cancelled => Err(Seen::Refused("ended because the run ends".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Fact;
    use crate::fact::WantedBits;
    use std::time::Duration;

    fn side() -> Side {
        Side { command: None, shell: None, file: None, text: None }
    }

    fn text(text: &str) -> Side {
        Side { text: Some(text.into()), ..side() }
    }

    fn target(left: &str, right: &str, r#as: Compare) -> Target {
        Target { left: text(left), right: text(right), r#as, ignore: None, trim: false, case: true, limit: Bytes(1000) }
    }

    fn seen(target: &Target) -> Seen<Facts> {
        Diff::check(target).unwrap();
        Diff::observe(target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(20)))
    }

    fn facts(target: &Target) -> (bool, Vec<String>, Vec<String>, String) {
        match seen(target) {
            Seen::Present(Facts {
                same: Fact::Known(same),
                only_left: Fact::Known(left),
                only_right: Fact::Known(right),
                difference: Fact::Known(difference),
            }) => (same, left, right, difference),
            other => panic!("{other:?}"),
        }
    }

    fn same(left: &str, right: &str, r#as: Compare) -> bool {
        let (same, only_left, only_right, difference) = facts(&target(left, right, r#as));
        assert_eq!(same, difference.is_empty() && only_left.is_empty() && only_right.is_empty(), "{difference}");
        same
    }

    #[test]
    fn each_way_of_comparing_has_its_own_idea_of_the_same() {
        use Compare::{Json, Lines, Sequence, Text};
        assert!(same("a\nb\n", "b\na", Lines) && !same("a\na\n", "a\n", Lines));
        assert!(same("a\nb\n", "a\r\nb", Sequence) && !same("a\nb\n", "b\na\n", Sequence));
        assert!(same("a\n", "a\n", Text) && !same("a\n", "a", Text) && !same("a\r\n", "a\n", Text));
        let (one, other) = ("{\"a\": 1, \"b\": [1, 2]}", "{\"b\":[1,2],\n\"a\":1}");
        assert!(same(one, other, Json) && !same(one, "{\"a\": 1, \"b\": [2, 1]}", Json));
        assert!(same("", "", Sequence) && same("", "", Lines));
    }

    #[test]
    fn the_difference_is_shown_with_what_is_around() {
        let (_, left, right, difference) = facts(&target("1\n2\n3\n", "1\ntwo\n3\n", Compare::Sequence));
        assert_eq!((left, right), (vec!["2".to_string()], vec!["two".to_string()]));
        assert_eq!(difference, "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n");
        let (_, left, _, difference) = facts(&target("z\nb\na\n", "a\nc\n", Compare::Lines));
        assert_eq!((left, difference), (vec!["z".to_string(), "b".into()], "-z\n-b\n+c\n".into()));
    }

    #[test]
    fn long_differences_are_cut() {
        let many: String = (0..300).map(|number| format!("{number}\n")).collect();
        let (_, left, _, difference) = facts(&Target { limit: Bytes(1), ..target(&many, "", Compare::Lines) });
        assert_eq!(left.len(), 300);
        assert!(difference.ends_with("-199\n… and 100 more lines\n"), "{difference}");
    }

    #[test]
    fn what_does_not_count_is_left_out() {
        let mut target = target("# at 10:00\n A \n", "# at 11:00\na\n", Compare::Sequence);
        assert!(!facts(&target).0);
        (target.ignore, target.trim, target.case) = (Some(OneOrMany(vec!["^# at".into()])), true, false);
        assert!(facts(&target).0);
    }

    #[test]
    fn programs_and_files_are_sides() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "b\na\n").unwrap();
        let command = ["printf", "a\\nb\\n"].map(String::from).to_vec();
        let mut target = Target {
            left: Side { command: Some(command), ..side() },
            right: Side { file: Some(file.clone()), ..side() },
            ..target("", "", Compare::Lines)
        };
        assert!(facts(&target).0);
        target.left = Side { shell: Some(ShellText("echo a; echo no >&2; exit 3".into())), ..side() };
        assert!(matches!(seen(&target), Seen::Refused(why) if why == "left: exit code 3: no"));
        target.left = Side { shell: Some(ShellText("head -c 2000 /dev/zero".into())), ..side() };
        assert!(matches!(seen(&target), Seen::Refused(why) if why.contains("limit of 1000 B")));
        target.left = Side { command: Some(vec!["no-such-program".into()]), ..side() };
        assert!(matches!(seen(&target), Seen::Absent(why) if why.starts_with("left: ")));
        std::fs::remove_file(&file).unwrap();
        target.left = text("");
        assert!(matches!(seen(&target), Seen::Absent(why) if why.starts_with("right: ")));
    }

    #[test]
    fn a_side_is_exactly_one_thing() {
        let both = Side { file: Some("a".into()), ..text("b") };
        let mut target = Target { left: both, ..target("", "", Compare::Json) };
        assert!(Diff::check(&target).unwrap_err().starts_with("`left` needs exactly one"));
        target.left = text("[");
        assert!(matches!(seen(&target), Seen::Refused(why) if why.starts_with("left is not JSON: ")));
    }
}
