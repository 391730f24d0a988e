//! Faulty packs and the complaints they earn, side by side in `tests/specs/*.md`; and valid ones.
//!
//! A case is a heading, what the JSON Schema says, the file, and what `engine validate` says:
//!
//! ````text
//! ## A misspelled key
//!
//! schema: refuses
//!
//! ```yaml
//! pack: demo
//! …
//! ```
//!
//! ```text
//! pack.yaml:3:5: error[E0101]: …
//! ```
//! ````
//!
//! * `schema: refuses`, `schema: accepts (why it cannot know)` or `schema: cannot read it`.
//! * `engine: run --set a=b` before the files runs this instead of `engine validate`.
//! * ` ```yaml waivers.yaml ` names another file; ` ```yaml pack.yaml escaped ` holds `\xFF`, `\t`, `\r`, `\u{FEFF}`.
//!
//! `UPDATE_SPECS=1 cargo test --test specs` writes the complaints and the schema's answers anew; read the
//! difference before it is committed. Files below `tests/specs/valid` must be taken by engine and schema.

#[path = "specs/case.rs"]
mod case;
mod common;

use case::Case;
use common::Engine;
use engine::plan::{Wishes, plan};
use engine::probe::PROBES;
use engine::schema::SCHEMAS;
use engine::spec::codes::CODES;
use engine::spec::diagnostic::Complaints;
use engine::spec::load::parse_pack;
use engine::spec::source::Source;
use engine::spec::yaml;
use jsonschema::Validator;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn every_fault_earns_its_complaint() {
    let schemas = Schemas::new();
    let mut earned = BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files("tests/specs", "md") {
        let text = std::fs::read_to_string(&path).unwrap();
        let (new, mistakes) = check_file(&text, &schemas, &mut earned);
        if std::env::var_os("UPDATE_SPECS").is_some() {
            std::fs::write(&path, new).unwrap();
        }
        wrong.extend(mistakes.into_iter().map(|mistake| format!("{}: {mistake}", path.display())));
    }
    assert!(wrong.is_empty(), "{}\n\n`UPDATE_SPECS=1 cargo test --test specs` writes them anew", wrong.join("\n\n"));
    let all: BTreeSet<&str> = CODES.iter().map(|code| code.code).collect();
    // what takes 16 MiB, a thousand mistakes or a hundred thousand checks makes no reading: the readers and
    // tests/hostile_packs.rs have tests of them; recordings and answers have theirs
    let elsewhere =
        |code: &str| ["E0002", "E0013", "E0119", "E0314", "E0408"].contains(&code) || code.starts_with("E05");
    let missing: Vec<&&str> = all.iter().filter(|code| !earned.contains(**code) && !elsewhere(code)).collect();
    assert!(missing.is_empty(), "no case earns {missing:?}");
}

#[test]
fn valid_files_are_taken_by_engine_and_schema() {
    let schemas = Schemas::new();
    for (folder, name) in [("packs", "pack.yaml"), ("configs", "engine.yaml"), ("waivers", "waivers.yaml")] {
        for path in files(&format!("tests/specs/valid/{folder}"), "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let errors = schemas.errors(name, &json(&text));
            assert!(errors.is_empty(), "the schema refuses {}: {errors:#?}", path.display());
            let engine = Engine::with_pack("checks: [{ id: swap-off, mount: /proc }]");
            engine.write(name, &text);
            if name == "waivers.yaml" {
                engine.write("engine.yaml", "waivers: waivers.yaml\n");
            }
            let ran = engine.run(&["validate", "pack.yaml"]);
            assert!(ran.code == Some(0) && !ran.stdout.contains("warning"), "{}: {ran}", path.display());
        }
    }
}

#[test]
fn the_schema_takes_every_example_default_and_shipped_pack() {
    let schemas = Schemas::new();
    for entry in PROBES {
        let example = format!("pack: a\nchecks:\n  - {}\n", entry.example.trim().replace('\n', "\n    "));
        let errors = schemas.errors("pack.yaml", &json(&example));
        assert!(errors.is_empty(), "{}: {errors:#?}\n{example}", entry.name);
        let mut check = json(&format!("{}\n", entry.default.trim()));
        check["id"] = "a".into();
        check[entry.name] = json(entry.example)[entry.name].clone();
        let errors = schemas.errors("pack.yaml", &serde_json::json!({ "pack": "a", "checks": [check] }));
        assert!(errors.is_empty(), "the default of {}: {errors:#?}", entry.name);
    }
    for path in files("checks.d", "yaml") {
        let errors = schemas.errors("pack.yaml", &json(&std::fs::read_to_string(&path).unwrap()));
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

/// Every value of a valid pack is replaced by many others; what the engine then still takes, the schema takes too.
#[test]
fn the_schema_refuses_nothing_that_the_engine_takes() {
    let schemas = Schemas::new();
    let values: Vec<Json> = json(OTHER_VALUES).as_array().unwrap().clone();
    let mut taken = 0;
    for path in files("tests/specs/valid/packs", "yaml") {
        let pack = json(&std::fs::read_to_string(&path).unwrap());
        for (number, pointer) in pointers(&pack, String::new()).iter().enumerate() {
            // neighbours take turns, so that the time of this test stays small
            for value in values.iter().skip(number % 4).step_by(4) {
                let mut changed = pack.clone();
                *changed.pointer_mut(pointer).unwrap() = value.clone();
                if is_valid(&changed) {
                    taken += 1;
                    let errors = schemas.errors("pack.yaml", &changed);
                    assert!(errors.is_empty(), "{}: {pointer} = {value}: {errors:#?}", path.display());
                }
            }
        }
    }
    assert!(taken > 300, "only {taken} changed packs were taken");
}

const OTHER_VALUES: &str = r#"[null, true, 3, 1.5, 3.0, -1, "", word, "10s", "512MiB", "95%", "0640", "u+r", "2027-01-31", ">=1.2",
  "${name}", "${list}", "a ${name} b", "{{ vars.name }}", otherwise, [], [word], [3], ["10s", "20s"], [[word]],
  [{ present: true }], {}, { present: true }, { equals: word }, { name: word }, { gt: 3 }, { is: word },
  { filesystem: word }, { at: { "$.a": word } }, { includes: [word] }, { path: /etc, follow: false }]"#;

/// All places in a document that can be replaced, as JSON pointers (RFC 6901).
fn pointers(json: &Json, here: String) -> Vec<String> {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let inner: Vec<String> = match json {
        Json::Object(map) => {
            map.iter().flat_map(|(key, value)| pointers(value, format!("{here}/{}", escape(key)))).collect()
        }
        Json::Array(items) => {
            items.iter().enumerate().flat_map(|(n, value)| pointers(value, format!("{here}/{n}"))).collect()
        }
        _ => Vec::new(),
    };
    std::iter::once(here).filter(|here| !here.is_empty()).chain(inner).collect()
}

/// Whether the engine takes a pack, read within this process.
fn is_valid(pack: &Json) -> bool {
    let mut complaints = Complaints::default();
    let source = Arc::new(Source::new("pack.yaml", pack.to_string()));
    let packs: Vec<_> = parse_pack(source, &mut complaints).into_iter().collect();
    let wishes = Wishes { tolerate_missing_inputs: true, ..Wishes::default() };
    plan(packs, Arc::default(), wishes, &mut complaints);
    complaints.is_empty()
}

/// The schemas, by the file they are for.
struct Schemas(BTreeMap<&'static str, Validator>);

impl Schemas {
    fn new() -> Schemas {
        let of = [("pack", "pack.yaml"), ("config", "engine.yaml"), ("waivers", "waivers.yaml")];
        let validator = |name: &str| {
            let schema = SCHEMAS.iter().find(|schema| schema.name == name).unwrap();
            jsonschema::validator_for(&schema.json()).unwrap()
        };
        Schemas(of.into_iter().map(|(name, file)| (file, validator(name))).collect())
    }

    fn errors(&self, file: &str, json: &Json) -> Vec<String> {
        let error = |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
        self.0[file].iter_errors(json).map(error).collect()
    }

    /// What the schemas say of the files of a case.
    fn answer(&self, case: &Case) -> &'static str {
        let mut answer = "accepts";
        for (name, bytes) in case.files.iter().filter(|(name, _)| self.0.contains_key(name.as_str())) {
            match read(name, bytes) {
                None => return "cannot read it",
                Some(json) if !self.errors(name, &json).is_empty() => answer = "refuses",
                Some(_) => {}
            }
        }
        answer
    }
}

/// A file as JSON; `None` if it is no YAML that editors could read.
fn read(name: &str, bytes: &[u8]) -> Option<Json> {
    let mut complaints = Complaints::default();
    let document = yaml::parse(yaml::read_bytes(name, bytes.to_vec(), &mut complaints)?, &mut complaints)?;
    complaints.is_empty().then(|| document.to_json(document.root()))
}

fn json(text: &str) -> Json {
    read("text", text.as_bytes()).unwrap_or_else(|| panic!("no YAML: {text}"))
}

/// Runs every case of a file; answers the file as it should be, and the mistakes.
fn check_file(text: &str, schemas: &Schemas, earned: &mut BTreeSet<&str>) -> (String, Vec<String>) {
    let (head, cases) = text.split_once("\n## ").expect("a file has cases");
    let mut new = format!("{}\n", head.trim_end());
    let mut mistakes = Vec::new();
    for case in cases.split("\n## ") {
        let (written, mut case) = (case, Case::parse(case));
        let complaint = case.run();
        let told = CODES.iter().map(|code| code.code).filter(|code| complaint.contains(&format!("[{code}]")));
        earned.extend(told);
        let answer = schemas.answer(&case);
        let (word, reason) =
            case.schema.split_once(" (").map_or((case.schema.as_str(), ""), |(word, reason)| (word, reason));
        if complaint != case.complaint {
            mistakes.push(format!("{}\n--- written\n{}--- earned\n{complaint}", case.title, case.complaint));
        }
        if word != answer {
            mistakes.push(format!("{}: the schema {answer}, `{word}` is written", case.title));
        }
        if word == "accepts" && answer == "accepts" && reason.is_empty() {
            mistakes
                .push(format!("{}: say why the schema accepts it, as in `schema: accepts (needs names)`", case.title));
        }
        let schema = if word == answer { case.schema.clone() } else { answer.to_string() };
        (case.complaint, case.schema) = (complaint, schema);
        new.push_str(&format!("\n## {}", case.rewritten(written)));
    }
    (format!("{}\n", new.trim_end()), mistakes)
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(!files.is_empty(), "{} holds no .{extension}", folder.display());
    files
}
