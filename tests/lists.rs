//! Tests of the lists themselves: probes, matchers. What is listed is documented, named once, and works.

use engine::judge::matcher::{MATCHERS, Matcher, fitting};
use engine::plan::names::Surroundings;
use engine::plan::{Wishes, plan};
use engine::probe::{Entry, PROBES};
use engine::spec::diagnostic::{Complaints, human};
use engine::spec::given::{Given, NoNames, Reader};
use engine::spec::load::parse_pack;
use engine::spec::source::Source;
use engine::spec::yaml;
use std::collections::BTreeSet;
use std::sync::Arc;

fn wishes() -> Wishes {
    Wishes { tolerate_missing_inputs: true, ..Wishes::default() }
}

/// The complaints about a pack; empty if it is valid.
fn complaints(text: &str) -> String {
    let mut complaints = Complaints::default();
    if let Some(pack) = parse_pack(Arc::new(Source::new("example", text)), &mut complaints) {
        plan(vec![pack], Arc::new(Surroundings::default()), wishes(), &mut complaints);
    }
    if complaints.is_empty() { String::new() } else { human::render(&complaints, false, 120) }
}

fn as_list_item(yaml: &str) -> String {
    yaml.lines()
        .enumerate()
        .map(|(number, line)| format!("{}{line}\n", if number == 0 { "  - " } else { "    " }))
        .collect()
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn probes_are_named_once_and_by_the_rules() {
    let mut names = BTreeSet::new();
    for probe in PROBES {
        assert!(names.insert(probe.name), "{} is listed twice", probe.name);
        assert!(is_snake_case(probe.name), "{}", probe.name);
        assert!(
            probe.short.is_empty() || probe.keys.iter().any(|key| key.name == probe.short),
            "{}: its short form is no key",
            probe.name
        );
    }
}

#[test]
fn everything_is_documented() {
    for probe in PROBES {
        assert!(probe.about.trim().len() > 10, "{}: what does it look at?", probe.name);
        for key in probe.keys {
            assert!(key.description.trim().len() > 5, "{}: the key `{}` is not documented", probe.name, key.name);
        }
        assert!(!probe.facts.is_empty(), "{} sees nothing", probe.name);
        for fact in probe.facts {
            assert!(fact.description.trim().len() > 5, "{}: the fact `{}` is not documented", probe.name, fact.name);
        }
        for evidence in probe.evidence {
            assert!(probe.facts.iter().any(|fact| fact.name == *evidence), "{}: `{evidence}` is no fact", probe.name);
        }
    }
}

#[test]
fn facts_cannot_be_taken_for_matchers() {
    for probe in PROBES {
        assert!(probe.facts.len() <= 64, "{}: more facts than `WantedBits` holds", probe.name);
        let mut names = BTreeSet::new();
        for fact in probe.facts {
            assert!(names.insert(fact.name), "{}: the fact `{}` is there twice", probe.name, fact.name);
            let general = MATCHERS.iter().find(|matcher| matcher.name == fact.name);
            let on_records = |name: &str| fitting(&engine::fact::Kind::Record(&[])).any(|matcher| matcher.name == name);
            assert!(
                general.is_none_or(|matcher| !on_records(matcher.name)),
                "{}: the fact `{}` is a matcher too",
                probe.name,
                fact.name
            );
        }
    }
}

#[test]
fn every_example_validates() {
    for probe in PROBES {
        let found = complaints(&format!("pack: example\nchecks:\n{}", as_list_item(probe.example)));
        assert!(found.is_empty(), "{}:\n{found}", probe.name);
        assert!(probe.example.contains(&format!("{}:", probe.name)), "{}: the example does not use it", probe.name);
    }
}

#[test]
fn every_default_expectation_is_valid() {
    for probe in PROBES {
        let check = strip_expectation(probe);
        let found = complaints(&format!("pack: example\nchecks:\n{}", as_list_item(&check)));
        assert!(found.is_empty(), "{}:\n{found}", probe.name);
    }
}

/// The example without what it expects, so that the default counts.
fn strip_expectation(probe: &Entry) -> String {
    let mut kept = Vec::new();
    let mut inside = false;
    for line in probe.example.lines() {
        let top = !line.starts_with(' ') && !line.starts_with('-');
        if top {
            inside = line.starts_with("expect:") || line.starts_with("outcomes:") || line.contains("{{");
        }
        if !inside {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
fn matchers_are_named_once_documented_and_read_their_own_example() {
    use engine::fact::Kind;
    const KINDS: &[Kind] = &[
        Kind::Text,
        Kind::Number,
        Kind::List(&Kind::Text),
        Kind::Map(&Kind::Text),
        Kind::Mode,
        Kind::Moment,
        Kind::Document,
        Kind::Boolean,
        Kind::Bytes,
        Kind::Duration,
        Kind::Percent,
        Kind::Version,
    ];
    let mut names = BTreeSet::new();
    for matcher in MATCHERS {
        assert!(names.insert(matcher.name), "{} is listed twice", matcher.name);
        assert!(is_snake_case(matcher.name) && matcher.description.len() >= 10, "{}", matcher.name);
        let kind =
            KINDS.iter().find(|kind| (matcher.fits)(kind)).unwrap_or_else(|| panic!("{} fits nothing", matcher.name));
        let mut complaints = Complaints::default();
        let source = Arc::new(Source::new(matcher.name, format!("{}: {}", matcher.name, matcher.example)));
        let document = yaml::parse(source, &mut complaints).expect("the example is YAML");
        let read =
            Matcher::read(&Given::node(document.root()), kind, &mut Reader::new(&document, &NoNames, &mut complaints));
        // an example is written for one of the kinds; `1` is no text
        let read_somewhere = read.is_some()
            || KINDS.iter().filter(|kind| (matcher.fits)(kind)).any(|kind| {
                let mut complaints = Complaints::default();
                Matcher::read(
                    &Given::node(document.root()),
                    kind,
                    &mut Reader::new(&document, &NoNames, &mut complaints),
                )
                .is_some()
            });
        assert!(read_somewhere, "{}:\n{}", matcher.name, human::render(&complaints, false, 120));
    }
}
