//! A case, carried out: planned, judged from what it says was seen, and compared with what must come out.
//!
//! Nothing is looked at and no process is started, so that hundreds of cases take no time worth mentioning.

use super::case::Case;
use super::expected::Expected;
use super::look::RecordedLook;
use super::replay::Replay;
use crate::fact::Value;
use crate::judge::evaluate::{Failed, Held, Judging, Subject};
use crate::judge::verdict::{Scale, Summary, Verdict};
use crate::observe::redact::Redactor;
use crate::plan::inputs::Givens;
use crate::plan::select::{Selection, glob};
use crate::plan::{Plan, Wishes, plan};
use crate::report::human::Human;
use crate::report::{Heading, Look, Report};
use crate::run::{Listener, Terms, run};
use crate::spec::config::{Stop, UnknownAs};
use crate::spec::diagnostic::{Complaint, Complaints};
use crate::spec::pack::{Level, Pack};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Columns of a rendered report.
const WIDTH: usize = 100;

/// What a case came to.
pub struct Trial {
    pub plan: Arc<Plan>,
    pub looks: Vec<RecordedLook>,
    pub verdicts: Vec<Verdict>,
    pub differences: Vec<Difference>,
    /// The report for people, without line numbers, which change with every edit of the pack.
    pub report: String,
}

/// One thing that did not come out as it must.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The check, or empty for the pack as a whole.
    pub check: String,
    /// `answer`, `message`, `remedy`, `reason` or `status`.
    pub what: &'static str,
    pub expected: String,
    pub found: String,
    /// Why it came out like that.
    pub because: Vec<String>,
}

/// Plans that cases share: planning is done once for equal packs, variables and surroundings.
#[derive(Default)]
pub struct Plans(HashMap<String, Arc<Plan>>);

impl Plans {
    fn of(&mut self, case: &Case, packs: &[Arc<Pack>], complaints: &mut Complaints) -> Option<Arc<Plan>> {
        let packs = with_needed(&case.pack, packs);
        let surroundings = case.surroundings();
        let files = case.givens(&packs);
        let values: Vec<_> = files.iter().map(|(_, values)| values).collect();
        let key = json!([case.pack, values, surroundings.environment, surroundings.context, surroundings.host()]);
        if let Some(known) = self.0.get(&key.to_string()) {
            return Some(known.clone());
        }
        let wishes = Wishes {
            selection: Selection { ids: glob(&case.pack).into_iter().collect(), ..Selection::default() },
            givens: Givens { set: Vec::new(), files },
            timeout_limit: None,
            stop: Stop::None,
            waivers: Vec::new(),
            all_packs_loaded: false,
            packs_lacking: false,
            tolerate_missing_inputs: false,
        };
        let mut own = Complaints::default();
        let planned = plan(packs, Arc::new(surroundings), wishes, &mut own);
        let sound = !own.has_errors();
        if own.iter().any(|complaint| ["E0309", "E0310"].contains(&complaint.code)) {
            complaints.push(lacking_values(case));
        }
        complaints.extend(own);
        let planned = Arc::new(planned.filter(|_| sound)?);
        self.0.insert(key.to_string(), planned.clone());
        Some(planned)
    }
}

/// The complaint about an input stands in the pack; this one says which case lacks its value.
fn lacking_values(case: &Case) -> Complaint {
    let document = &case.document;
    let place = document.get(document.root(), "case").unwrap_or(document.root());
    let message = format!("the case does not give the pack `{}` the inputs it needs", case.pack);
    Complaint::error("E0507", &document.source, document.span(place), message)
        .help("add them under `vars:`; for a secret whose value is of no matter write `hidden: [token]` with its name")
}

/// The pack, and those whose checks it names in `needs` or `when`.
fn with_needed(pack: &str, packs: &[Arc<Pack>]) -> Vec<Arc<Pack>> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![pack];
    while let Some(id) = open.pop() {
        if !taken.insert(id) {
            continue;
        }
        let Some(pack) = packs.iter().find(|pack| pack.id == id) else { continue };
        let document = &pack.document;
        let links: String = pack
            .checks
            .iter()
            .flat_map(|check| ["needs", "when"].map(|key| document.get(check.node, key)))
            .flatten()
            .map(|node| document.spelling(node))
            .collect();
        open.extend(packs.iter().map(|other| other.id.as_str()).filter(|other| links.contains(&format!("{other}/"))));
    }
    packs.iter().filter(|pack| taken.contains(pack.id.as_str())).cloned().collect()
}

/// Carries out a case. `None` after a complaint.
pub fn carry_out(case: &Case, packs: &[Arc<Pack>], plans: &mut Plans, complaints: &mut Complaints) -> Option<Trial> {
    let plan = plans.of(case, packs, complaints)?;
    let looks = case.looks(&plan, complaints);
    let expectations = case.expectations(&plan, complaints);
    let (looks, expectations) = looks.zip(expectations).filter(|_| !complaints.has_errors())?;
    let scale = Scale { fail_on: Level::Error, unknown: UnknownAs::Level, blocking: true };
    let mut collector = Collector::default();
    let mut replay = Replay::new(&plan, &looks, case.recorded_at(), Duration::ZERO);
    let summary = run(&plan, &Terms { scale, keep_facts: false }, &mut replay, &mut collector);
    let report = rendered(case, &plan, &collector.0, &summary, &scale);
    let mut differences: Vec<Difference> = collector
        .0
        .iter()
        .flat_map(|verdict| differences(case, &plan, verdict, expectations.of(&plan, verdict.check)))
        .collect();
    differences.extend(status(case, &summary));
    Some(Trial { verdicts: collector.0, looks, differences, report, plan })
}

#[derive(Default)]
struct Collector(Vec<Verdict>);

impl Listener for Collector {
    fn verdict(&mut self, _: &Plan, verdict: &Verdict) {
        self.0.push(verdict.clone());
    }
}

fn rendered(case: &Case, plan: &Plan, verdicts: &[Verdict], summary: &Summary, scale: &Scale) -> String {
    let mut human = Human::new(Look { colour: false, width: WIDTH, quiet: false, verbose: false });
    let mut out = human.begin(plan, &Heading::default());
    for verdict in verdicts {
        let place = &verdict.place;
        let file = Path::new(&place.file).file_name().map_or(place.file.clone(), |name| name.to_string_lossy().into());
        let line = format!("{}:{}:{}\n", place.file, place.line, place.column);
        out.push_str(&human.verdict(plan, verdict).replace(&line, &format!("{file}\n")));
    }
    out.push_str(&human.end(plan, summary, scale));
    let text = Redactor::new(&plan.secrets).clean(&out);
    format!("{}\n\n{}", case.keys.case.trim(), text.trim_start_matches('\n'))
}

/// What came out of one check and must not.
fn differences(case: &Case, plan: &Plan, verdict: &Verdict, expected: Option<&Expected>) -> Vec<Difference> {
    let Some(expected) = expected else { return Vec::new() };
    let check = plan.checks[verdict.check].id.to_string();
    let mut found = Vec::new();
    if let Some(answer) = expected.answer.filter(|answer| *answer != verdict.answer) {
        found.push(Difference {
            check: check.clone(),
            what: "answer",
            expected: answer.word().into(),
            found: verdict.answer.word().into(),
            because: because(verdict),
        });
    }
    for (what, matcher) in &expected.texts {
        let text = match *what {
            "message" => &verdict.message,
            "remedy" => &verdict.remedy,
            _ => &verdict.reason,
        };
        let whole = Expected::whole_text(matcher);
        if whole.is_some_and(|whole| text.as_deref().is_some_and(|text| text.trim_end() == whole)) {
            continue;
        }
        let value = text.clone().map(Value::Text);
        let subject = value.as_ref().map_or(Subject::Absent, Subject::Value);
        let judging = Judging { document: &case.document, observed_at: case.recorded_at() };
        let wanted = match judging.holds(matcher, subject, "") {
            Held::Yes => continue,
            Held::No(failed) | Held::Absent(failed) => failed.into_iter().map(|failed| failed.expected).collect(),
            Held::Unknown(why) => vec![why],
        };
        found.push(Difference {
            check: check.clone(),
            what,
            expected: whole.map_or_else(|| wanted.join("\n"), str::to_string),
            found: text.clone().unwrap_or_else(|| format!("(no {what})")),
            because: Vec::new(),
        });
    }
    found
}

fn because(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.failed.iter().map(Failed::to_string);
    failed.chain(verdict.reason.clone()).collect()
}

fn status(case: &Case, summary: &Summary) -> Option<Difference> {
    let expected = case.keys.status.as_ref()?;
    let found = summary.statuses.iter().find(|(pack, _)| *pack == case.pack).map(|(_, word)| word);
    (found != Some(expected)).then(|| Difference {
        check: String::new(),
        what: "status",
        expected: expected.clone(),
        found: found.cloned().unwrap_or_else(|| "(no status)".into()),
        because: Vec::new(),
    })
}
