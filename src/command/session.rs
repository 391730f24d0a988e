//! From arguments to a plan: what every verb that reads packs does first.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{PackArgs, SelectArgs, exit};
use crate::fact::Moment;
use crate::judge::verdict::Scale;
use crate::plan::inputs::{Givens, read_vars};
use crate::plan::names::{Names, Surroundings, Variables};
use crate::plan::select::{Selection, glob};
use crate::plan::{Plan, Wishes, plan};
use crate::record::Recording;
use crate::report::Heading;
use crate::report::json::details;
use crate::spec::config::{Config, FULL, Mode, Stop, UnknownAs};
use crate::spec::diagnostic::{Complaints, did_you_mean};
use crate::spec::given::{FromGiven, Given, Reader};
use crate::spec::load::{self, Loaded, Project};
use crate::spec::pack::{Level, Pack};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Packs, configuration and surroundings, read.
pub struct Session {
    pub project: Project,
    pub surroundings: Arc<Surroundings>,
    loaded: Loaded,
    givens: Givens,
    pub complaints: Complaints,
}

/// A plan and how to run it.
pub struct Planned {
    pub plan: Arc<Plan>,
    pub mode: Mode,
    pub mode_name: String,
    pub header: Vec<(String, String)>,
    pub surroundings: Arc<Surroundings>,
}

impl Session {
    /// Reads everything the arguments name.
    pub fn open(args: &PackArgs, config: Option<&Path>) -> Session {
        Session::with(args, config, Complaints::default(), |context| {
            let environment = std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect();
            Surroundings::new(environment, context, crate::probe::os::host)
        })
    }

    /// The same for a recording, from which the surroundings and the given values come.
    pub fn replay(from: &Path, args: &PackArgs, config: Option<&Path>) -> (Session, Option<Recording>) {
        let mut complaints = Complaints::default();
        let document = load::read_document(from, &mut complaints);
        let recording = document.and_then(|document| Recording::read(Arc::new(document), &mut complaints));
        let mut session = Session::with(args, config, complaints, |context| match &recording {
            Some(recording) => recording.surroundings(&context),
            None => Surroundings::default(),
        });
        if let Some(recording) = &recording {
            if args.paths.is_empty() {
                session.keep_recorded(recording);
            }
            session.givens.files.insert(0, recording.givens(&session.loaded.packs));
        }
        (session, recording)
    }

    /// Without paths, the packs of the recording are judged, as far as they are here.
    fn keep_recorded(&mut self, recording: &Recording) {
        let recorded = |pack: &Arc<Pack>| recording.keys.packs.iter().flatten().any(|known| known.id == pack.id);
        if self.loaded.packs.iter().any(recorded) {
            self.loaded.packs.retain(recorded);
            self.loaded.all = false;
        }
    }

    fn with(
        args: &PackArgs,
        config: Option<&Path>,
        mut complaints: Complaints,
        surroundings: impl FnOnce(Map<String, Json>) -> Surroundings,
    ) -> Session {
        let here = std::env::current_dir().unwrap_or_default();
        let project = load::project(&here, config, &mut complaints);
        let loaded = load::packs(&args.paths, &project, &mut complaints);
        let mut givens = Givens { set: args.set.clone(), files: Vec::new() };
        for path in &args.vars {
            let bytes = load::read_bytes(path, &mut complaints);
            givens.files.extend(bytes.and_then(|bytes| read_vars(&path.to_string_lossy(), bytes, &mut complaints)));
        }
        let context: Map<String, Json> =
            args.context.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let surroundings = Arc::new(surroundings(context));
        Session { project, surroundings, loaded, givens, complaints }
    }

    pub fn packs(&self) -> &[Arc<Pack>] {
        &self.loaded.packs
    }

    fn config(&self) -> Option<&Config> {
        self.project.config.as_ref().map(|(config, _)| config)
    }

    /// Whether there is a mode of this name.
    pub fn has_mode(&self, name: &str) -> bool {
        self.mode(Some(name)).is_ok()
    }

    /// The mode by name; without configuration there is only `full`.
    fn mode(&self, asked: Option<&str>) -> Result<(String, Mode), Stopped> {
        let modes = self.config().and_then(|config| config.modes.as_ref());
        let name = asked.or(self.config().and_then(|config| config.default_mode.as_deref())).unwrap_or(FULL);
        let full = || Mode {
            blocking: true,
            max_priority: None,
            timeout: None,
            tags: None,
            unknown: UnknownAs::Level,
            fail_on: None,
        };
        match modes.and_then(|modes| modes.get(name)) {
            Some(mode) => Ok((name.into(), mode.clone())),
            None if name == FULL => Ok((name.into(), full())),
            // the reader of the configuration complained about its place already
            None if asked.is_none() => Ok((FULL.into(), full())),
            None => {
                let known: Vec<&str> =
                    modes.iter().flat_map(|modes| modes.keys()).map(String::as_str).chain([FULL]).collect();
                let near = did_you_mean(name, known.iter().copied())
                    .map_or_else(|| format!("known: {}", known.join(", ")), |word| format!("did you mean `{word}`?"));
                Err(Stopped::usage(format!("there is no mode `{name}`; {near}")))
            }
        }
    }

    /// Plans what was selected; every complaint is collected.
    pub fn plan(
        mut self,
        select: &SelectArgs,
        tolerate_missing_inputs: bool,
    ) -> Result<(Option<Planned>, Complaints), Stopped> {
        let (mode_name, mode) = self.mode(select.mode.as_deref())?;
        let selection = selection(select, &mode)?;
        let wishes = Wishes {
            selection,
            givens: std::mem::take(&mut self.givens),
            timeout_limit: mode.timeout,
            stop: self.config().map_or(Stop::None, |config| config.stop),
            waivers: std::mem::take(&mut self.project.waivers),
            all_packs_loaded: self.loaded.all,
            packs_lacking: self.loaded.lacking,
            tolerate_missing_inputs,
        };
        let packs = std::mem::take(&mut self.loaded.packs);
        let header = self.header();
        let planned = plan(packs, self.surroundings.clone(), wishes, &mut self.complaints);
        let surroundings = self.surroundings;
        let planned = planned.filter(|_| !self.complaints.has_errors()).map(|plan| Planned {
            plan: Arc::new(plan),
            mode,
            mode_name,
            header,
            surroundings,
        });
        Ok((planned, self.complaints))
    }

    /// The configured header, its `${…}` resolved.
    fn header(&mut self) -> Vec<(String, String)> {
        let Some((config, document)) = &self.project.config else { return Vec::new() };
        let names =
            Names { variables: Arc::new(Variables::default()), surroundings: self.surroundings.clone(), item: None };
        let mut reader = Reader::new(document, &names, &mut self.complaints);
        let rows = config.header.iter().flat_map(|header| &header.0);
        rows.filter_map(|(name, node)| {
            let value = Json::read(&Given::node(node.0), &mut reader)?;
            Some((name.clone(), shown(&value)))
        })
        .collect()
    }

    /// The plan, or every complaint on standard error and exit code 65.
    pub fn plan_or_complain(self, select: &SelectArgs, terminal: &Terminal) -> Result<Planned, Stopped> {
        let (planned, complaints) = self.plan(select, false)?;
        terminal.show(&complaints);
        let planned = planned.ok_or(Stopped::silent(exit::INVALID))?;
        names_something(select, &planned.plan)?;
        if planned.plan.order.is_empty() {
            return Err(Stopped::usage("the selection takes no check; `engine list` shows all"));
        }
        Ok(planned)
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A selector that names nothing is a typo, also where another one takes something.
fn names_something(select: &SelectArgs, plan: &Plan) -> Result<(), Stopped> {
    let near = |word: &str, known: &BTreeSet<String>| {
        // the name of a pack is no part of a slip in that of its check
        let pack = word.split_once('/').map(|(pack, _)| format!("{pack}/")).unwrap_or_default();
        let own: Vec<&str> = known.iter().filter_map(|name| name.strip_prefix(&pack)).collect();
        let near = match own.is_empty() {
            true => did_you_mean(word, known.iter().map(String::as_str)),
            false => did_you_mean(&word[pack.len()..], own).map(|name| pack + &name),
        };
        near.map_or_else(|| "`engine list` shows all".into(), |near| format!("did you mean `{near}`?"))
    };
    if !select.id.is_empty() {
        let names = names(plan);
        for pattern in &select.id {
            if glob(pattern).is_ok_and(|glob| !names.iter().any(|name| glob.is_match(name))) {
                return Err(Stopped::usage(format!("`--id {pattern}` names no check; {}", near(pattern, &names))));
            }
        }
    }
    if !select.tag.is_empty() {
        let tags: BTreeSet<String> = (0..plan.checks.len()).flat_map(|number| details(plan, number).tags).collect();
        if let Some(tag) = select.tag.iter().find(|tag| !tags.contains(*tag)) {
            return Err(Stopped::usage(format!("no check has the tag `{tag}`; {}", near(tag, &tags))));
        }
    }
    Ok(())
}

/// Everything `--id` can name: packs, checks, and each entry of a `for_each`.
fn names(plan: &Plan) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = plan.packs.iter().map(|pack| pack.id.clone()).collect();
    for check in &plan.checks {
        let pack = plan.pack(check);
        let base = &pack.checks[check.spec].id;
        names.extend([base.to_string(), format!("{}/{base}", pack.id)]);
        names.extend([check.id.to_string(), format!("{}/{}", pack.id, check.id)]);
    }
    names
}

fn selection(select: &SelectArgs, mode: &Mode) -> Result<Selection, Stopped> {
    let ids = select
        .id
        .iter()
        .map(|pattern| glob(pattern).map_err(|error| Stopped::usage(format!("`--id {pattern}`: {error}"))))
        .collect::<Result<_, _>>()?;
    let max_priority = [select.priority, mode.max_priority].into_iter().flatten().min();
    let mode_tags = mode.tags.as_ref().map(|tags| tags.0.clone()).unwrap_or_default();
    Ok(Selection { ids, tags: select.tag.clone(), levels: select.level.clone(), max_priority, mode_tags })
}

impl Planned {
    /// What a report says of the run as a whole.
    pub fn heading(&self, host: String, started_at: Moment) -> Heading {
        let label = |(name, value): (&String, &Json)| (name.clone(), shown(value));
        Heading {
            rows: self.header.clone(),
            mode: self.mode_name.clone(),
            context: self.surroundings.context.iter().map(label).collect(),
            host,
            started_at: started_at.to_string(),
        }
    }

    /// How answers add up; the caller's `--fail-on` wins over the mode's, that over the configuration's.
    pub fn scale(&self, fail_on: Option<Level>, configured: Option<Level>) -> Scale {
        let fail_on = fail_on.or(self.mode.fail_on).or(configured).unwrap_or(Level::Error);
        Scale { fail_on, unknown: self.mode.unknown, blocking: self.mode.blocking }
    }
}
