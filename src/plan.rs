//! The plan: what to look at, in which order, and what each look must show.
//!
//! Pure: packs, configuration, surroundings and the caller's wishes go in, a
//! [`Plan`] or complaints come out. Nothing is looked at here.

pub mod expand;
pub mod expression;
pub mod inputs;
pub mod interpolation;
pub mod looks;
pub mod names;
pub mod order;
pub mod scope;
pub mod select;
pub mod status;
pub mod text_error;
pub mod texts;

use crate::fact::Moment;
use crate::judge::outcome::Outcomes;
use crate::spec::config::{Stop, Waiver};
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::pack::{Level, Pack};
use crate::spec::yaml::{Document, NodeId};
use expression::Expression;
use inputs::{Givens, Outside};
pub use looks::Look;
use names::{Item, Names, Surroundings};
use select::Selection;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The default of `timeout`.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Whoever writes a longer timeout waits for ever; the clock cannot count much further.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(365 * 86_400);
/// The default of `priority`.
pub const DEFAULT_PRIORITY: i32 = 50;

/// What the caller and the configuration ask for.
#[derive(Default)]
pub struct Wishes {
    pub selection: Selection,
    /// `--set` and `--vars`.
    pub givens: Givens,
    /// No look may take longer, whatever its check says.
    pub timeout_limit: Option<Duration>,
    pub stop: Stop,
    pub waivers: Vec<PlacedWaiver>,
    /// Whether waivers of packs that are not loaded are an error.
    pub all_packs_loaded: bool,
    /// Whether some packs could not be read: what they declare is not known.
    pub packs_lacking: bool,
    /// `validate`: required inputs may lack their values.
    pub tolerate_missing_inputs: bool,
}

/// A waiver and where it stands.
#[derive(Clone)]
pub struct PlacedWaiver {
    pub waiver: Arc<Waiver>,
    pub document: Arc<Document>,
    pub node: NodeId,
}

/// What to look at, in which order.
pub struct Plan {
    pub packs: Vec<Arc<Pack>>,
    pub checks: Vec<Check>,
    pub looks: Vec<Look>,
    /// The statuses of all packs, in the order in which they are tried.
    pub statuses: Vec<status::Status>,
    /// The checks in the order in which they are reported and, where nothing else decides, run.
    pub order: Vec<usize>,
    pub stop: Stop,
    /// Values that must never appear anywhere.
    pub secrets: Vec<String>,
    /// The values that came from the caller.
    pub outside: Outside,
    /// How many checks the selection left out.
    pub left_out: usize,
}

/// One check to be answered.
pub struct Check {
    /// Its pack, in `Plan::packs`.
    pub pack: usize,
    /// Its place in the pack, in `Pack::checks`.
    pub spec: usize,
    /// `id`, or `id[key]` for an entry of a `for_each`.
    pub id: Box<str>,
    pub names: Names,
    pub level: Level,
    pub priority: i32,
    /// Priority as the order sees it: never before what it needs.
    pub tier: i32,
    pub needs: Vec<usize>,
    pub when: Option<When>,
    pub enabled: bool,
    pub selected: Selected,
    /// What to look at, in `Plan::looks`; `None` if an input has no value yet.
    pub look: Option<usize>,
    pub outcomes: Option<Arc<Outcomes>>,
    pub waiver: Option<Arc<Waiver>>,
}

/// A condition and the checks it asks about.
pub struct When {
    pub expression: Expression,
    /// The name in the condition and the checks it stands for.
    pub asks: Vec<(String, Vec<usize>)>,
}

/// Why a check is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    No,
    Asked,
    /// A selected check needs it.
    NeededBy(usize),
}

impl Plan {
    /// `pack/id`, as a check is named everywhere.
    pub fn name(&self, check: usize) -> String {
        let check = &self.checks[check];
        format!("{}/{}", self.packs[check.pack].id, check.id)
    }

    pub fn pack(&self, check: &Check) -> &Pack {
        &self.packs[check.pack]
    }
}

/// Makes the plan. `None` after an error; warnings leave a plan.
pub fn plan(
    packs: Vec<Arc<Pack>>,
    surroundings: Arc<Surroundings>,
    wishes: Wishes,
    complaints: &mut Complaints,
) -> Option<Plan> {
    unique_packs(&packs, complaints);
    let variables = inputs::resolve(&packs, &surroundings, &wishes, complaints);
    let mut builder = expand::Builder::new(&wishes);
    for (number, pack) in packs.iter().enumerate() {
        let names = Names { variables: variables.of(number), surroundings: surroundings.clone(), item: None };
        builder.add_pack(number, pack, &names, complaints);
    }
    let (mut checks, looks) = builder.finish(&packs, complaints);
    waive(&packs, &mut checks, &wishes, complaints);
    let order = order::order(&packs, &mut checks, complaints);
    let mut statuses = Vec::new();
    if packs.iter().any(|pack| pack.keys.status.is_some()) {
        let index = order::Index::new(&packs, &checks);
        statuses
            .extend(packs.iter().enumerate().flat_map(|(number, pack)| status::read(number, pack, &index, complaints)));
    }
    let left_out = select::with_needs(&mut checks);
    if complaints.has_errors() {
        return None;
    }
    let order = order.into_iter().filter(|check| checks[*check].selected != Selected::No).collect();
    let inputs::AllVariables { secrets, outside, .. } = variables;
    Some(Plan { packs, checks, looks, statuses, order, stop: wishes.stop, secrets, outside, left_out })
}

fn unique_packs(packs: &[Arc<Pack>], complaints: &mut Complaints) {
    let mut seen: HashMap<&str, &Pack> = HashMap::new();
    for pack in packs {
        if let Some(first) = seen.insert(&pack.id, pack) {
            let node = pack.document.get(pack.document.root(), "pack").unwrap_or(pack.document.root());
            complaints.push(
                Complaint::error(
                    "E0401",
                    &pack.document.source,
                    pack.document.span(node),
                    format!("the pack id `{}` is taken by {}", pack.id, first.document.source.name),
                )
                .help("give each pack a name of its own"),
            );
        }
    }
}

/// Gives each waived check its waiver; a waiver that names nothing is an error.
fn waive(packs: &[Arc<Pack>], checks: &mut [Check], wishes: &Wishes, complaints: &mut Complaints) {
    for placed in &wishes.waivers {
        let waiver = &placed.waiver;
        let mut found = false;
        for check in checks.iter_mut() {
            let pack = &packs[check.pack];
            let base = &pack.checks[check.spec].id;
            let names = waiver.check.strip_prefix(pack.id.as_str()).and_then(|rest| rest.strip_prefix('/'));
            if names.is_some_and(|id| *id == *check.id || *id == **base) {
                check.waiver = Some(waiver.clone());
                found = true;
            }
        }
        let (pack, id) = waiver.check.split_once('/').unwrap_or((&waiver.check, ""));
        let base = id.split('[').next().unwrap_or_default();
        // a check whose entries could not be read is there all the same
        let planned = |check: &Check| packs[check.pack].id == pack && *packs[check.pack].checks[check.spec].id == *base;
        let broken = packs.iter().any(|loaded| loaded.id == pack && loaded.names(base)) && !checks.iter().any(planned);
        if !found && !broken && (wishes.all_packs_loaded || packs.iter().any(|loaded| loaded.id == pack)) {
            let node = placed.document.get(placed.node, "check").unwrap_or(placed.node);
            let all: Vec<String> =
                checks.iter().map(|check| format!("{}/{}", packs[check.pack].id, check.id)).collect();
            let near = crate::spec::diagnostic::did_you_mean(&waiver.check, all.iter().map(String::as_str));
            let mut complaint = Complaint::error(
                "E0405",
                &placed.document.source,
                placed.document.span(node),
                format!("the waiver names no check: `{}`", waiver.check),
            );
            complaint.help = Some(
                near.map_or("a check is named `pack/id`; remove the waiver if the check is gone".into(), |word| {
                    format!("did you mean `{word}`?")
                }),
            );
            complaints.push(complaint);
        }
    }
}

impl Check {
    /// The waiver, if it still stands at this moment.
    pub fn standing_waiver(&self, now: Moment) -> Option<&Arc<Waiver>> {
        self.waiver.as_ref().filter(|waiver| waiver.expires.0 >= now)
    }

    pub fn item(&self) -> Option<&Item> {
        self.names.item.as_deref()
    }
}
