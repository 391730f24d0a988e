//! `engine explain WORD`: probes, keys, matchers, types, complaints and checks, from the types themselves.
//!
//! A word with several meanings is explained in each; without a word everything is listed.

mod check;
mod page;
mod words;

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{ExplainArgs, exit};
use crate::fact::kinds::TYPES;
use crate::judge::matcher::MATCHERS;
use crate::probe::PROBES;
use crate::report::paint::Paint;
use crate::spec::codes::{self, CODES};
use crate::spec::described::{Described, Key};
use crate::spec::diagnostic::{did_you_mean, human};
use crate::spec::{config, pack};
use page::Page;
use std::path::Path;

/// Maps that people write, by the word for them.
static MAPS: &[(&str, &str, &[Key])] = &[
    ("pack", pack::PackKeys::ABOUT, pack::PackKeys::KEYS),
    ("check", pack::CheckKeys::ABOUT, pack::CheckKeys::KEYS),
    ("input", pack::Input::ABOUT, pack::Input::KEYS),
    ("defaults", pack::Defaults::ABOUT, pack::Defaults::KEYS),
    ("status", pack::StatusKeys::ABOUT, pack::StatusKeys::KEYS),
    ("retry", pack::Retry::ABOUT, pack::Retry::KEYS),
    ("fix", pack::Fix::ABOUT, pack::Fix::KEYS),
    ("config", config::Config::ABOUT, config::Config::KEYS),
    ("mode", config::Mode::ABOUT, config::Mode::KEYS),
    ("waiver", config::Waiver::ABOUT, config::Waiver::KEYS),
];

/// The maps whose keys are words of their own; those of the others are explained with their map.
const EXPLAINED_KEYS: [&str; 3] = ["pack", "check", "config"];

pub fn explain(args: ExplainArgs, config: Option<&Path>, terminal: &Terminal) -> Result<u8, Stopped> {
    let mut page = Page::new(Paint(terminal.colours_output()), terminal.width());
    match &args.what {
        None => everything(&mut page),
        Some(word) => {
            words(word, &mut page);
            if page.is_empty() {
                of_packs(word, &args.paths, config, terminal, &mut page)?;
            }
        }
    }
    terminal.write(&page.finish()).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}

/// A word that is none of the language may be a check of the packs.
fn of_packs(
    word: &str,
    paths: &[String],
    config: Option<&Path>,
    terminal: &Terminal,
    page: &mut Page,
) -> Result<(), Stopped> {
    let near = did_you_mean(word, known());
    let (plan, complaints) = check::plan(paths, config)?;
    let Some(plan) = plan else {
        if near.is_some() {
            return Err(Stopped::usage(unknown(word, near)));
        }
        terminal.note(&human::render(&complaints, terminal.colours_error(), terminal.width()));
        return Err(Stopped::silent(exit::INVALID));
    };
    if check::explain(&plan, word, page) {
        return Ok(());
    }
    let checks: Vec<String> = (0..plan.checks.len()).map(|number| plan.name(number)).collect();
    let near = near.or_else(|| did_you_mean(word, checks.iter().map(String::as_str)));
    Err(Stopped::usage(unknown(word, near)))
}

/// Every word of the language, complaint codes included.
fn known() -> impl Iterator<Item = &'static str> {
    let probes = PROBES.iter().map(|entry| entry.name);
    let facts = PROBES.iter().flat_map(|entry| entry.facts.iter().map(|field| field.name));
    let maps = MAPS.iter().map(|(name, ..)| *name);
    let keys = MAPS.iter().filter(|(name, ..)| EXPLAINED_KEYS.contains(name));
    let keys = keys.flat_map(|(_, _, keys)| keys.iter().map(|key| key.name));
    let matchers = MATCHERS.iter().map(|info| info.name);
    let types = TYPES.iter().map(|info| info.word);
    probes.chain(keys).chain(matchers).chain(types).chain(maps).chain(facts).chain(CODES.iter().map(|code| code.code))
}

fn unknown(word: &str, near: Option<String>) -> String {
    let help =
        near.map_or_else(|| "`engine explain` lists what there is".into(), |word| format!("did you mean `{word}`?"));
    format!("nothing is called `{word}`; {help}")
}

/// Every meaning of a word, checks of packs aside.
fn words(word: &str, page: &mut Page) {
    if let Some(code) = codes::find(word) {
        words::code(code, page);
    }
    if let Some(entry) = PROBES.iter().find(|entry| entry.name == word) {
        words::probe(entry, page);
    }
    if let Some((name, about, keys)) = MAPS.iter().find(|(name, ..)| *name == word) {
        words::map(name, about, keys, page);
    }
    for (name, _, keys) in MAPS.iter().filter(|(name, ..)| EXPLAINED_KEYS.contains(name)) {
        if let Some(key) = keys.iter().find(|key| key.name == word) {
            words::key(name, key, page);
        }
    }
    if let Some(info) = MATCHERS.iter().find(|info| info.name == word) {
        words::matcher(info, page);
    }
    if let Some(info) = TYPES.iter().find(|info| info.word == word) {
        words::fact_type(info, page);
    }
    words::fact(word, page);
}

fn everything(page: &mut Page) {
    let mut family = "";
    for entry in PROBES {
        if entry.family != family {
            family = entry.family;
            let rows = PROBES.iter().filter(|entry| entry.family == family);
            page.table(&format!("Probes: {family}"), rows.map(|entry| (entry.name, entry.about)));
        }
    }
    let check = pack::CheckKeys::KEYS.iter();
    page.table("Keys of a check", check.map(|key| (key.name, key.description)));
    page.table("Matchers", MATCHERS.iter().map(|info| (info.name, info.description)));
    page.table("Types of facts", TYPES.iter().map(|info| (info.word, info.about)));
    page.table("Maps", MAPS.iter().map(|(name, about, _)| (*name, *about)));
    page.table("Complaints", CODES.iter().map(|code| (code.code, code.title)));
    page.paragraph("`engine explain WORD` says more about each, and about checks: `engine explain pack/id`.");
}
