//! What this probe looks at, and where that is documented (a man page, an RFC).

use super::{Context, Nature, Pace, Probe, Seen};
use crate::{described, facts};
use std::path::PathBuf;

described! {
    /// Looks at …
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// What to look at, e.g. `/proc/uptime`.
        path: PathBuf,
    }
}

facts! {
    pub struct Facts {
        /// The first line, without its end.
        first_line: String,
    }
}

pub struct TYPE;

impl Probe for TYPE {
    const NAME: &'static str = "NAME";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: NAME-example\nNAME: /proc/uptime\nexpect:\n  first_line: { empty: false }";
    const EVIDENCE: &'static [&'static str] = &["first_line"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        match std::fs::read_to_string(&target.path) {
            Ok(text) => Seen::Present(parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Seen::Absent(format!("there is no {}", target.path.display())),
            Err(error) => Seen::Refused(format!("{}: {error}", target.path.display())),
        }
    }
}

fn parse(raw: &str) -> Facts {
    Facts { first_line: raw.lines().next().map(str::to_string).into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Fact;

    #[test]
    fn the_first_line_is_read() {
        assert_eq!(parse("one\ntwo\n").first_line, Fact::Known("one".into()));
        assert_eq!(parse("").first_line, Fact::Absent);
    }
}
