//! Texts for people, checked when the pack is read: an unknown name is an error
//! there, not an empty string at three in the morning.

use super::expression::Reference;
use super::names::{ITEM_FIELDS, Names, no_item};
use super::text_error::TextError;
use crate::fact::{Field, Kind, WantedBits};
use crate::judge::outcome::Outcomes;
use crate::remedy::template::Template;
use crate::spec::diagnostic::{did_you_mean, listed};
use crate::spec::given::Reader;
use crate::spec::pack::{self, CheckKeys};
use crate::spec::yaml::{Document, NodeId};

/// The names a text may use.
pub const ROOTS: &[&str] = &["vars", "item", "check", "seen", "failed", "attempts", "context", "host"];
/// The fields of `check`.
pub const CHECK_FIELDS: &[&str] = &["id", "pack", "level", "subject", "answer", "reason"];
/// What a text fact has beside itself.
pub const TEXT_FIELDS: &[&str] = &["version", "trimmed", "first_line", "number", "line_count"];

/// The nodes of all texts of a check.
fn nodes(keys: &CheckKeys, outcomes: Option<&Outcomes>, document: &Document) -> Vec<NodeId> {
    let own = [keys.title, keys.why, keys.message, keys.remedy].into_iter().flatten().map(|template| template.0);
    let theirs = outcomes
        .into_iter()
        .flat_map(|outcomes| &outcomes.list)
        .flat_map(|outcome| [outcome.message, outcome.remedy])
        .flatten();
    own.chain(theirs).filter(|node| document.text(*node).is_some_and(|text| text.contains("{{"))).collect()
}

/// Compiles every text of a check and complains about names nobody knows. Without facts no fact is unknown.
pub fn check(
    facts: Option<&[Field]>,
    keys: &CheckKeys,
    outcomes: Option<&Outcomes>,
    names: &Names,
    reader: &mut Reader,
) {
    for node in nodes(keys, outcomes, reader.document) {
        let text = reader.document.text(node).unwrap_or_default();
        match Template::parse(text) {
            Err(error) => drop(reader.complain_in::<()>("E0306", node, error)),
            Ok(template) => {
                for reference in template.references() {
                    if let Err(error) = known(&reference, facts, names) {
                        reader.complain_in::<()>("E0307", node, error);
                    }
                }
            }
        }
    }
}

/// The facts that texts show.
pub fn wanted(spec: &pack::Check, keys: &CheckKeys, outcomes: &Outcomes, document: &Document) -> WantedBits {
    let mut wanted = WantedBits::default();
    for node in nodes(keys, Some(outcomes), document) {
        let Ok(template) = Template::parse(document.text(node).unwrap_or_default()) else { continue };
        for reference in template.references() {
            if let [root, fact, ..] = reference.path.as_slice()
                && root == "seen"
                && let Some(index) = spec.probe.fact_index(fact)
            {
                wanted.add(index);
            }
        }
    }
    wanted
}

fn known(reference: &Reference, facts: Option<&[Field]>, names: &Names) -> Result<(), TextError> {
    let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
    let fail = |name: &str, what: &str, of: &str, known: Vec<&str>| {
        let near = did_you_mean(name, known.iter().copied());
        let help = match near {
            Some(word) => format!("did you mean `{word}`?"),
            None if known.is_empty() => "declare it under `vars:` or `inputs:`".into(),
            None => format!("known here: {}", listed(&known)),
        };
        Err(TextError {
            range: reference.range.clone(),
            message: format!("unknown {what} `{name}`{of}"),
            help: Some(help),
        })
    };
    let all_facts = || facts.into_iter().flatten();
    match path.as_slice() {
        ["vars", name, ..] if !names.declared().contains(name) => fail(name, "variable", "", names.declared()),
        ["item", ..] if names.item.is_none() => Err(no_item(reference)),
        ["item", field, ..] if !ITEM_FIELDS.contains(field) => fail(field, "field", " of `item`", ITEM_FIELDS.to_vec()),
        ["check", field, ..] if !CHECK_FIELDS.contains(field) => {
            fail(field, "field", " of `check`", CHECK_FIELDS.to_vec())
        }
        ["host", field, ..] => match names.surroundings.host().as_object() {
            Some(host) if !host.contains_key(*field) => {
                fail(field, "field", " of `host`", host.keys().map(String::as_str).collect())
            }
            _ => Ok(()),
        },
        ["seen", ..] if facts.is_none() => Ok(()),
        ["seen", fact, rest @ ..] => match (all_facts().find(|field| field.name == *fact), rest) {
            (None, _) => fail(fact, "fact", "", all_facts().map(|field| field.name).collect()),
            (Some(field), [part, ..]) if matches!(field.kind, Kind::Text) && !TEXT_FIELDS.contains(part) => {
                fail(part, "part", " of a text", TEXT_FIELDS.to_vec())
            }
            _ => Ok(()),
        },
        [root, ..] if ROOTS.contains(root) => Ok(()),
        [root, ..] => fail(root, "name", "", ROOTS.to_vec()),
        [] => Ok(()),
    }
}
