//! What is written about the engine is true: the README, the pages of `docs/`, the changelog.
//!
//! `UPDATE_README=1 cargo test --test fresh` writes the parts of the README that follow from the code.
//! YAML blocks are valid: those that start with `pack:` as packs, with `case:` or `recording:` against
//! their schemas, `yaml config` as `engine.yaml`, `yaml waivers` as waivers; `yaml fragment` is a part
//! of something and skipped.

mod common;

use common::Engine;
use engine::probe::PROBES;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The part of the README between two marks, and what it ought to be.
fn must_be(mark: &str, expected: &str) {
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let text = readme();
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("the README has no {begin}"));
    let (now, after) = rest.split_once(&end).unwrap_or_else(|| panic!("the README has no {end}"));
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(root().join("README.md"), format!("{before}{begin}{expected}{end}{after}")).unwrap();
    } else {
        assert!(
            now == expected,
            "the README is behind at {begin}: `UPDATE_README=1 cargo test --test fresh` writes it"
        );
    }
}

/// Both parts in one test, so that they are written one after the other.
#[test]
fn the_readme_shows_the_probes_and_a_report_as_they_are() {
    must_be("probes", &table_of_probes());
    must_be("report", &format!("```text\n{}```\n", failing_report()));
}

fn table_of_probes() -> String {
    let mut table = String::from("| probe | what it looks at | holds by default |\n| --- | --- | --- |\n");
    let mut family = "";
    for probe in PROBES {
        if probe.family != family {
            family = probe.family;
            table.push_str(&format!("| **{family}** | | |\n"));
        }
        let about = first_sentence(probe.about).replace('|', "\\|");
        table.push_str(&format!("| `{}` | {about} | {} |\n", probe.name, default_in_a_cell(probe.default)));
    }
    table
}

/// To the first full stop that ends a sentence, outside of code.
fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| text[..*at].matches('`').count() % 2 == 0);
    text[..end.unwrap_or(text.len())].trim_end_matches('.').to_string()
}

/// Without the key `expect`; a list of outcomes is too long for a cell.
fn default_in_a_cell(default: &str) -> String {
    match default.trim().strip_prefix("expect:") {
        Some(expected) if !expected.contains('\n') => {
            let inner = expected.trim().trim_start_matches('{').trim_end_matches('}').trim();
            format!("`{}`", inner.replace('|', "\\|"))
        }
        _ => "outcomes of its own".into(),
    }
}

/// What the engine really prints, times aside.
fn failing_report() -> String {
    let engine = Engine::new();
    let secret = engine.write("secret.txt", "hunter2 etc.");
    fs::set_permissions(secret, fs::Permissions::from_mode(0o644)).unwrap();
    engine.write(
        "checks.d/secret.yaml",
        "pack: secret
checks:
  # nobody else may read it
  - id: secret
    title: The secret is private
    file: secret.txt
    expect: { mode: { lacks: o+r } }
    remedy: chmod 600 secret.txt
  - id: service
    title: The service is up
    needs: secret
    tcp: localhost:8080
",
    );
    let ran = engine.run(&["run"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let day = regex::Regex::new("(?m)^( +modified +).*$").unwrap();
    let time = regex::Regex::new(" in [^:]*: NO-GO").unwrap();
    time.replace(&day.replace(&ran.stdout, "${1}2026-01-05T08:00:00Z"), " in 1ms: NO-GO").into_owned()
}

/// A fenced block of YAML: where it begins, the words after `yaml`, the text.
struct Block {
    place: String,
    what: String,
    text: String,
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.sort();
    pages.push(root().join("README.md"));
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for (number, line) in fs::read_to_string(page).unwrap().lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                let place = format!("{}:{}", page.file_name().unwrap().to_string_lossy(), number + 1);
                found.push(Block { place, what: language.trim().into(), text: String::new() });
            }
            None if inside => found.last_mut().unwrap().text.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    found.retain(|block| block.what.split_whitespace().next() == Some("yaml"));
    found
}

#[test]
fn yaml_in_the_documentation_is_valid() {
    for page in pages() {
        for block in blocks(&page) {
            match block.what.strip_prefix("yaml").map(str::trim) {
                Some("fragment") => {}
                Some("config") => validates(&block, "engine.yaml", "pack: a\nchecks: [{ id: a, file: / }]\n"),
                Some("waivers") => {
                    let names =
                        block.text.lines().filter_map(|line| line.trim_start_matches("- ").strip_prefix("check: "));
                    let (pack, check) =
                        names.collect::<Vec<_>>().last().and_then(|name| name.split_once('/')).expect(&block.place);
                    let pack = format!("pack: {pack}\nchecks: [{{ id: {check}, file: / }}]\n");
                    validates(&block, "waivers.yaml", &pack);
                }
                Some("") if first_key(&block.text) == "pack" => validates(&block, "checks.d/pack.yaml", &block.text),
                Some("") if ["case", "recording"].contains(&first_key(&block.text)) => {
                    fits(&block, first_key(&block.text))
                }
                _ => panic!("{}: is this block a pack, or `yaml fragment`?", block.place),
            }
        }
    }
}

fn first_key(text: &str) -> &str {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.next().and_then(|line| line.split_once(':')).map_or("", |(key, _)| key)
}

/// The block under this name, beside this pack.
fn validates(block: &Block, name: &str, pack: &str) {
    let engine = Engine::new();
    engine.write("checks.d/pack.yaml", pack);
    if name == "waivers.yaml" {
        engine.write("engine.yaml", "waivers: waivers.yaml\n");
    }
    engine.write("waivers.yaml", "[]\n");
    engine.write(name, &block.text);
    let arguments: &[&str] = if name == "engine.yaml" { &["validate", "checks.d"] } else { &["validate"] };
    let ran = engine.run(arguments);
    assert_eq!(ran.code, Some(0), "{}: {ran}", block.place);
}

fn fits(block: &Block, schema: &str) {
    let path = root().join(format!("schemas/{schema}.schema.json"));
    let schema: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let value: serde_json::Value = serde_yaml::from_str(&block.text).expect(&block.place);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", block.place);
}

#[test]
fn the_first_pack_of_the_readme_runs() {
    let block = blocks(&root().join("README.md")).into_iter().find(|block| first_key(&block.text) == "pack").unwrap();
    let engine = Engine::new();
    engine.write("checks.d/web.yaml", &block.text);
    let ran = engine.run(&["run", "checks.d", "--format", "json"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    let report = ran.json();
    assert_eq!(report["summary"]["checks_total"], 3);
    // whether there is room, or a Python, is for the machine to say; the rest holds on every Linux
    assert_eq!(common::check(&report, "config")["answer"], "ok", "{ran}");
    assert_eq!(report["summary"]["counts"]["unknown"], 0, "{ran}");
}

#[test]
fn the_changelog_mentions_this_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(changelog.lines().any(|line| line.starts_with(concat!("## ", env!("CARGO_PKG_VERSION")))));
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)#]+)[^)]*\)").unwrap();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for found in link.captures_iter(&text).map(|found| found[1].to_string()) {
            let there = found.contains("://") || page.parent().unwrap().join(&found).exists();
            assert!(there, "{} links to {found}", page.display());
        }
    }
}
