//! One variable of the environment in which the engine runs, see environ(7).
//!
//! Its value can always be matched but is shown, kept and recorded only with `show: true`.
//! Deliberately absent: lists of variables, which `for_each` makes.

use super::{Context, Pace, Probe, Seen};
use crate::fact::{Fact, Guarded};
use crate::{described, facts};
use std::ffi::OsString;

described! {
    /// Looks at one variable of the environment the engine was started with.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// The variable's name, e.g. `DATABASE_URL`; upper and lower case differ.
        name: String,
        /// Whether its value may be shown in reports, texts and recordings. Matchers see it either way.
        show: bool = false,
    }
}

facts! {
    pub struct Facts {
        /// Whether the variable is set, be it to an empty text.
        set: bool,
        /// Whether its value has no characters. Absent if it is not set.
        empty: bool,
        /// The number of characters of its value. Absent if it is not set, unknown if it is not UTF-8.
        length: usize,
        /// Its value; shown as `[hidden]` unless the target says `show: true`. Absent if it is not set.
        value: Guarded,
    }
}

pub struct Env;

impl Probe for Env {
    const NAME: &'static str = "env";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { set: true, empty: false }";
    const EXAMPLE: &'static str =
        "id: path-has-bin\nenv: { name: PATH, show: true }\nexpect:\n  value: { matches: '(^|:)(/usr)?/bin(:|$)' }";
    const EVIDENCE: &'static [&'static str] = &["set", "length"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        match target.name.as_str() {
            "" => Err("a variable needs a name".into()),
            name if name.contains(['=', '\0']) => Err(format!(
                "`{}` cannot be the name of a variable: it contains `=` or a NUL byte",
                name.split(['=', '\0']).next().unwrap_or_default()
            )),
            _ => Ok(()),
        }
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        Seen::Present(facts(std::env::var_os(&target.name), target.show))
    }
}

fn facts(value: Option<OsString>, show: bool) -> Facts {
    let Some(value) = value else { return Facts { set: false.into(), empty: Fact::Absent, ..Facts::none() } };
    let empty = value.is_empty().into();
    match value.into_string() {
        // there is nothing to hide in an empty text, and "empty" is worth showing
        Ok(text) => Facts {
            set: true.into(),
            empty,
            length: text.chars().count().into(),
            value: Guarded::new(text.clone(), show || text.is_empty()).into(),
        },
        Err(_) => {
            let why = "the value is not UTF-8";
            Facts { set: true.into(), empty, length: Fact::Unknown(why.into()), value: Fact::Unknown(why.into()) }
        }
    }
}

impl Facts {
    fn none() -> Facts {
        Facts { set: Fact::Absent, empty: Fact::Absent, length: Fact::Absent, value: Fact::Absent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{FactSet, Kind, Moment, Value, Values};
    use crate::judge::evaluate::{Held, Judging, Subject};
    use crate::judge::matcher::Matcher;
    use crate::spec::diagnostic::Complaints;
    use crate::spec::given::{Given, NoNames, Reader};
    use crate::spec::source::Source;
    use crate::spec::yaml;
    use std::os::unix::ffi::OsStringExt;
    use std::sync::Arc;
    use std::time::Duration;

    const SECRET: &str = "{\"xyzzy\": \"hunter two 42 xyzzy\"}";

    fn values(value: Option<&str>, show: bool) -> Values {
        facts(value.map(OsString::from), show).into_values()
    }

    fn held(values: &Values, expect: &str) -> Held {
        let mut complaints = Complaints::default();
        let document = yaml::parse(Arc::new(Source::new("test", expect)), &mut complaints).unwrap();
        let mut reader = Reader::new(&document, &NoNames, &mut complaints);
        let matcher = Matcher::read(&Given::node(document.root()), &Kind::Record(Facts::FIELDS), &mut reader);
        let judging = Judging { document: &document, observed_at: Moment::parse("2026-11-21").unwrap() };
        judging.holds(&matcher.unwrap(), Subject::Facts(values), "")
    }

    #[test]
    fn unset_empty_and_filled_are_three_things() {
        assert_eq!(held(&values(None, false), "set: false"), Held::Yes);
        assert!(matches!(held(&values(None, false), "{ set: true, empty: false }"), Held::No(_)));
        assert!(matches!(held(&values(None, false), "value: x"), Held::Absent(_)));
        assert!(matches!(held(&values(Some(""), false), "{ set: true, empty: false }"), Held::No(_)));
        assert_eq!(held(&values(Some("é"), false), "{ set: true, empty: false, length: 1 }"), Held::Yes);
    }

    #[test]
    fn a_hidden_value_is_matched() {
        for expect in [
            "value: { contains: hunter }",
            "value: { json: { at: { '$.*': { any: { capture: { regex: '([0-9]+)', is: { number: 42 } } } } } } }",
            "value: { cel: 'value.size() == 32' }",
            "cel: value.value.startsWith('{') && value.set",
        ] {
            assert_eq!(held(&values(Some(SECRET), false), expect), Held::Yes, "{expect}");
        }
    }

    #[test]
    fn a_hidden_value_never_leaves() {
        let hidden = values(Some(SECRET), false);
        for expect in [
            "value: other",
            "value: { not: { contains: '42' } }",
            "value: { any_of: [{ starts_with: x }, { ends_with: y }] }",
            "value: { json: { at: { '$.*': { every: x } } } }",
            "value: { json: { every: x } }",
            "value: { yaml: { length: 7 } }",
            "value: { capture: { regex: hun(.*), is: x } }",
            "value: { number: 7 }",
            "value: { no_line: { contains: two } }",
            "value: { trimmed: x }",
            "value: { length: 3 }",
            "value: { version: '<1' }",
            "value: { present: false }",
            "value: { cel: value }",
            "value: { cel: 'value.nothing > 3' }",
            "cel: value.value == 'x'",
            "cel: value.value",
            "none_of: [{ value: { contains: hunter } }]",
        ] {
            let held = held(&hidden, expect);
            assert_ne!(held, Held::Yes, "{expect}");
            let said = format!("{held:?}");
            assert!(!said.contains("xyzzy"), "{expect}: {said}");
        }
        let value = hidden.get("value").unwrap().known().unwrap();
        for shown in [value.show(), format!("{value:?}"), value.to_json().to_string(), value.to_template().to_string()]
        {
            assert!(shown.contains("[hidden]") && !shown.contains("xyzzy"), "{shown}");
        }
    }

    #[test]
    fn a_shown_value_is_plain_text() {
        assert_eq!(*values(Some("a"), true).get("value").unwrap(), Fact::Known(Value::Text("a".into())));
    }

    #[test]
    fn a_value_that_is_not_text_is_set_and_not_empty() {
        let facts = facts(Some(OsString::from_vec(vec![0xff])), true).into_values();
        assert_eq!(held(&facts, "{ set: true, empty: false }"), Held::Yes);
        assert_eq!(held(&facts, "value: x"), Held::Unknown("value: the value is not UTF-8".into()));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let check = |name: &str| Env::check(&Target { name: name.into(), show: false });
        assert!(check("PATH").is_ok());
        assert!(check("").is_err());
        assert_eq!(
            check("A=secret").unwrap_err(),
            "`A` cannot be the name of a variable: it contains `=` or a NUL byte"
        );
    }

    #[test]
    fn the_environment_is_looked_at() {
        let target = Target { name: "PATH".into(), show: true };
        let Seen::Present(seen) =
            Env::observe(&target, &crate::fact::WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(5)))
        else {
            panic!("the environment is always there");
        };
        assert_eq!(seen.set, Fact::Known(true));
    }
}
