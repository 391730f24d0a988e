//! `engine test --new PACK`: looks at the live system and writes what it is like as the first case.

use super::find::folder_of;
use crate::cli::{PackArgs, SelectArgs, exit};
use crate::command::Stopped;
use crate::command::session::Session;
use crate::command::terminal::Terminal;
use crate::judge::verdict::Scale;
use crate::observe::signals;
use crate::observe::workers::{DEFAULT_JOBS, Workers};
use crate::record::recorder::Recorder;
use crate::run::{Terms, run};
use crate::spec::config::UnknownAs;
use crate::spec::pack::{Level, Pack};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

pub fn new(asked: &str, args: &PackArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let mut args = args.clone();
    if Path::new(asked).is_file() {
        args.paths = vec![asked.to_string()];
    }
    let session = Session::open(&args, config);
    let project = session.project.folder.clone();
    let by_path = |pack: &Pack| pack.document.source.name == asked;
    let pack = session.packs().iter().find(|pack| pack.id == asked || by_path(pack)).cloned();
    let Some(pack) = pack else {
        terminal.show(&session.complaints);
        return Err(match session.complaints.has_errors() {
            true => Stopped::silent(exit::INVALID),
            false => Stopped::usage(format!("there is no pack `{asked}` here")),
        });
    };
    let select = SelectArgs { id: vec![pack.id.clone()], ..SelectArgs::default() };
    let planned = session.plan_or_complain(&select, terminal)?;
    let plan = planned.plan.clone();
    let mut workers = Workers::new(plan.clone(), DEFAULT_JOBS, None);
    let caught = signals::listen(workers.ender())
        .map_err(|error| Stopped::fault(format!("signals cannot be caught: {error}")))?;
    let recorded_at = crate::observe::now();
    let mut recorder = Recorder::new(&plan);
    let scale = Scale { fail_on: Level::Error, unknown: UnknownAs::Level, blocking: true };
    run(&plan, &Terms { scale, keep_facts: false }, &mut workers, &mut recorder);
    drop(workers);
    if let Some(code) = caught.exit_code() {
        return Ok(code);
    }
    let mut case = Map::new();
    let surroundings = recorder.surroundings(&plan, &planned.surroundings);
    let host = surroundings.get("host").and_then(|host| host["name"].as_str()).unwrap_or("this host");
    case.insert("case".into(), format!("as it was on {host} on {}", recorded_at.day()).into());
    case.insert("pack".into(), pack.id.as_str().into());
    case.insert("recorded_at".into(), json!(recorded_at));
    case.extend(surroundings);
    case.insert("looks".into(), recorder.looks().into_iter().map(|look| brief(look, &pack.id)).collect());
    case.insert("expect".into(), expected(&recorder, &pack.id));
    let path = place(&pack, &project);
    write(&path, &crate::record::write(&Json::Object(case)))?;
    terminal.note(&format!("wrote {}: read it before you keep it\n", path.display()));
    Ok(exit::GO)
}

/// A look without what makes no difference to a case; names without their pack.
fn brief(mut look: Json, pack: &str) -> Json {
    if let Some(map) = look.as_object_mut() {
        ["elapsed", "observed_at"].iter().for_each(|key| drop(map.shift_remove(*key)));
        if let Some(names) = map.get_mut("check") {
            match names {
                Json::Array(names) => names.iter_mut().for_each(|name| shorten(name, pack)),
                name => shorten(name, pack),
            }
        }
    }
    look
}

fn shorten(name: &mut Json, pack: &str) {
    if let Some(short) = name.as_str().and_then(|name| name.strip_prefix(pack)?.strip_prefix('/')) {
        *name = short.into();
    }
}

fn expected(recorder: &Recorder, pack: &str) -> Json {
    let short = |(name, answer): (&String, &Json)| {
        let id = name.strip_prefix(pack).and_then(|rest| rest.strip_prefix('/'));
        (id.unwrap_or(name).to_string(), answer.clone())
    };
    Json::Object(recorder.verdicts().iter().map(short).collect())
}

/// A file that is not there yet: in the folder that has cases of the pack, or beside the pack.
fn place(pack: &Pack, project: &Path) -> PathBuf {
    let shared = project.join("tests/packs");
    let beside = folder_of(pack).map(|folder| folder.join("tests").join(&pack.id));
    let folder = match beside {
        Some(beside) if beside.is_dir() || !shared.is_dir() => beside,
        _ => shared.join(&pack.id),
    };
    let numbered = (2..).map(|number| folder.join(format!("live-{number}.yaml")));
    let mut names = std::iter::once(folder.join("live.yaml")).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or(folder)
}

fn write(path: &Path, text: &str) -> Result<(), Stopped> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| Stopped::not_written(format!("{}: {error}", path.display())))
}
