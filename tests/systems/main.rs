//! The five hand-written systems that the packs replace, as tables: every check and behaviour they
//! have, and the case that shows it ok and the one that shows it broken.
//!
//! Each stand-in of `examples/` is started for real, looked at, broken in one way after the other
//! and looked at again. Deliberately absent: what needs the store, the web page, exported metrics
//! and alerts; the tables name it as [`Proof::Later`].

mod behaviour;
mod event_launch;
mod go_live;
mod pipeline;
mod python_runtime;
mod server_maintenance;
mod standin;

use serde_json::Value as Json;
use standin::Standin;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that a system does.
struct Row {
    /// In the words of its owners.
    says: &'static str,
    proof: Proof,
}

/// How it is shown.
enum Proof {
    /// A check, its answer when nothing is broken, what breaks it, and its answer then.
    Check { id: &'static str, well: &'static str, broken_by: &'static str, broken: &'static str },
    /// A behaviour of the engine, shown by running it.
    Behaviour(fn(&mut Standin)),
    /// Not there yet, and what it waits for.
    Later(&'static str),
}

const fn looks(
    says: &'static str,
    id: &'static str,
    well: &'static str,
    broken_by: &'static str,
    broken: &'static str,
) -> Row {
    Row { says, proof: Proof::Check { id, well, broken_by, broken } }
}

const fn behaves(says: &'static str, shown: fn(&mut Standin)) -> Row {
    Row { says, proof: Proof::Behaviour(shown) }
}

const fn later(says: &'static str, waits_for: &'static str) -> Row {
    Row { says, proof: Proof::Later(waits_for) }
}

/// What `broken_by` says of a row that is about a check when nothing is broken.
const NOTHING: &str = "nothing";

/// Shows every row of a table, and that the table is complete: no check of the pack and no way of
/// breaking the stand-in is left out.
fn show(name: &str, table: &[Row]) {
    let mut standin = Standin::start(name);
    let well = answers(&standin.run(&[]).json());
    let mut broken: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    broken.insert(NOTHING, well.clone());
    for row in table {
        let Proof::Check { broken_by, .. } = row.proof else { continue };
        if !broken.contains_key(broken_by) {
            standin.breaks(broken_by);
            broken.insert(broken_by, answers(&standin.run(&[]).json()));
            standin.mends(broken_by);
        }
    }
    assert_eq!(answers(&standin.run(&[]).json()), well, "what was mended is as it was");
    let mut wrong = Vec::new();
    for row in table {
        match &row.proof {
            Proof::Check { id, well: expected, broken_by, broken: expected_broken } => {
                let found = well.get(*id).map_or("no such check", String::as_str);
                let found_broken = broken[broken_by].get(*id).map_or("no such check", String::as_str);
                if (found, found_broken) != (*expected, *expected_broken) {
                    wrong.push(format!("{}: `{id}` is {found}, and {found_broken} with {broken_by}", row.says));
                }
            }
            Proof::Behaviour(shown) => shown(&mut standin),
            Proof::Later(waits_for) => assert!(!waits_for.is_empty(), "{}", row.says),
        }
    }
    wrong.extend(left_out(table, &well, &standin.known_breaks()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn left_out(table: &[Row], well: &BTreeMap<String, String>, known: &BTreeSet<String>) -> Vec<String> {
    let base = |id: &str| id.split('[').next().unwrap_or(id).to_string();
    let (mut checks, mut breaks) = (BTreeSet::new(), BTreeSet::new());
    for row in table {
        if let Proof::Check { id, broken_by, .. } = row.proof {
            checks.insert(base(id));
            breaks.insert(broken_by.to_string());
        }
    }
    let unshown: BTreeSet<String> = well.keys().map(|id| base(id)).filter(|id| !checks.contains(id)).collect();
    let unused = known.difference(&breaks);
    let unshown = unshown.iter().map(|id| format!("no row is about the check `{id}`"));
    unshown.chain(unused.map(|name| format!("no row is about `{name}`"))).collect()
}

/// The answer of every check by its id.
fn answers(report: &Json) -> BTreeMap<String, String> {
    let text = |check: &Json, key: &str| check[key].as_str().unwrap_or_default().to_string();
    let checks = report["checks"].as_array().expect("a report has checks");
    checks.iter().map(|check| (text(check, "id"), text(check, "answer"))).collect()
}
