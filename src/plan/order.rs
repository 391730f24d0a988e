//! Order: lower priority first, never before what a check needs; no cycles.

use super::expression::Expression;
use super::names::Names;
use super::{Check, When};
use crate::spec::diagnostic::{Complaint, Complaints, did_you_mean};
use crate::spec::given::{NoNames, Reader};
use crate::spec::pack::Pack;
use crate::spec::yaml::{Document, NodeId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

/// Checks of a cycle that are named.
const MOST_SHOWN: usize = 20;
/// After so many complaints unknown names get no suggestion: it costs a look at every check.
const MOST_SUGGESTIONS: usize = 100;

/// Checks by name.
pub struct Index {
    /// `pack/id` and `pack/id[key]`.
    by_name: BTreeMap<String, Vec<usize>>,
    packs: Vec<String>,
}

impl Index {
    pub fn new(packs: &[Arc<Pack>], checks: &[Check]) -> Index {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, check) in checks.iter().enumerate() {
            let pack = &packs[check.pack];
            let base = &pack.checks[check.spec].id;
            by_name.entry(format!("{}/{}", pack.id, check.id)).or_default().push(number);
            if **base != *check.id {
                by_name.entry(format!("{}/{base}", pack.id)).or_default().push(number);
            }
        }
        // a check whose entries could not be read is there all the same
        for pack in packs {
            for id in pack.written() {
                by_name.entry(format!("{}/{id}", pack.id)).or_default();
            }
        }
        Index { by_name, packs: packs.iter().map(|pack| pack.id.clone()).collect() }
    }

    pub fn find(&self, pack: usize, name: &str) -> Option<&Vec<usize>> {
        self.by_name.get(&format!("{}/{name}", self.packs[pack])).or_else(|| self.by_name.get(name))
    }

    pub fn near(&self, pack: usize, name: &str) -> String {
        let own = format!("{}/", self.packs[pack]);
        let known: Vec<&str> = self.by_name.keys().map(|key| key.strip_prefix(&own).unwrap_or(key)).collect();
        did_you_mean(name, known.iter().copied())
            .map_or_else(|| "name a check of this pack, or `pack/id`".into(), |word| format!("did you mean `{word}`?"))
    }

    pub fn needs(
        &self,
        pack: usize,
        document: &Document,
        needs: Vec<(NodeId, String)>,
        complaints: &mut Complaints,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        for (node, name) in needs {
            match self.find(pack, &name) {
                Some(checks) => found.extend(checks),
                None => {
                    let near = (complaints.len() < MOST_SUGGESTIONS).then(|| self.near(pack, &name));
                    let message = format!("no check is named `{name}`");
                    let mut complaint = Complaint::error("E0304", &document.source, document.span(node), message);
                    complaint.help = near;
                    complaints.push(complaint);
                }
            }
        }
        found
    }

    pub fn when(
        &self,
        pack: usize,
        document: &Document,
        node: NodeId,
        expression: Expression,
        names: &Names,
        complaints: &mut Complaints,
    ) -> Option<When> {
        let mut asks = Vec::new();
        for reference in expression.references() {
            let error = match names.check(reference, Some(&|id| self.find(pack, id).is_some())) {
                Err(error) => Some(error),
                Ok(()) if reference.path[0] != "checks" => None,
                Ok(()) => match reference.path.get(1) {
                    Some(id) => {
                        asks.push((id.clone(), self.find(pack, id).cloned().unwrap_or_default()));
                        None
                    }
                    None => Some((
                        "E0301",
                        super::text_error::TextError {
                            range: reference.range.clone(),
                            message: "`checks` must name one check".into(),
                            help: Some("write `checks.id.ok` or `checks[\"pack/id\"].answer == 'warn'`".into()),
                        },
                    )),
                },
            };
            if let Some((code, mut error)) = error {
                if let (Some("checks"), Some(id)) = (reference.path.first().map(String::as_str), reference.path.get(1))
                    && complaints.len() < MOST_SUGGESTIONS
                {
                    error.help = Some(self.near(pack, id));
                }
                Reader::new(document, &NoNames, complaints).complain_in::<()>(code, node, error);
            }
        }
        Some(When { expression, asks })
    }
}

impl Check {
    /// The checks that must be answered before this one.
    pub fn waits_for(&self) -> impl Iterator<Item = usize> + '_ {
        self.needs
            .iter()
            .copied()
            .chain(self.when.iter().flat_map(|when| when.asks.iter().flat_map(|(_, asked)| asked.iter().copied())))
    }
}

/// Orders all checks; complains about cycles.
pub fn order(packs: &[Arc<Pack>], checks: &mut [Check], complaints: &mut Complaints) -> Vec<usize> {
    let mut open: Vec<usize> = checks.iter().map(|check| check.waits_for().count()).collect();
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, check) in checks.iter().enumerate() {
        for needed in check.waits_for() {
            followers.entry(needed).or_default().push(number);
        }
    }
    let mut ready: BinaryHeap<Reverse<(i32, usize)>> = (0..checks.len())
        .filter(|number| open[*number] == 0)
        .map(|number| Reverse((checks[number].tier, number)))
        .collect();
    let mut order = Vec::with_capacity(checks.len());
    while let Some(Reverse((tier, number))) = ready.pop() {
        order.push(number);
        for follower in followers.get(&number).into_iter().flatten().copied() {
            checks[follower].tier = checks[follower].tier.max(tier);
            open[follower] -= 1;
            if open[follower] == 0 {
                ready.push(Reverse((checks[follower].tier, follower)));
            }
        }
    }
    if order.len() < checks.len() {
        complain_of_cycle(packs, checks, &open, complaints);
    }
    order
}

/// Walks from a check that never became ready until one comes again.
fn complain_of_cycle(packs: &[Arc<Pack>], checks: &[Check], open: &[usize], complaints: &mut Complaints) {
    let Some(mut at) = (0..checks.len()).find(|number| open[*number] > 0) else { return };
    let mut path: Vec<usize> = Vec::new();
    let mut seen = vec![false; checks.len()];
    while !std::mem::replace(&mut seen[at], true) {
        path.push(at);
        match checks[at].waits_for().find(|needed| open[*needed] > 0) {
            Some(next) => at = next,
            None => return,
        }
    }
    let cycle: Vec<usize> = path.iter().copied().skip_while(|number| *number != at).chain([at]).collect();
    let mut names: Vec<String> = cycle.iter().map(|number| checks[*number].id.to_string()).collect();
    if names.len() > MOST_SHOWN {
        names.splice(MOST_SHOWN / 2..names.len() - MOST_SHOWN / 2, ["…".to_string()]);
    }
    let (check, pack) = (&checks[at], &packs[checks[at].pack]);
    let spec = &pack.checks[check.spec];
    let node =
        pack.document.get(spec.node, "needs").or_else(|| pack.document.get(spec.node, "when")).unwrap_or(spec.id_node);
    complaints.push(
        Complaint::error(
            "E0305",
            &pack.document.source,
            pack.document.span(node),
            format!("these checks wait for each other: {}", names.join(" → ")),
        )
        .help("remove one of these needs"),
    );
}
