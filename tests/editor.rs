//! The schema in a real editor's hands: completion, documentation and underlined mistakes come from
//! `yaml-language-server`, which VS Code, Neovim, Helix and others run.
//!
//! `scripts/install-editor-server.sh` installs it; without it these tests fail, since nobody would notice
//! that they did not run.

mod common;
#[path = "editor/server.rs"]
mod server;

use engine::probe;
use server::{Place, Server};

/// A pack whose mistakes and cursor are marked: `‸` is the cursor.
fn pack(checks: &str) -> String {
    format!("# yaml-language-server: $schema=./pack.schema.json\npack: demo\nchecks:\n{checks}")
}

#[test]
fn a_check_is_offered_its_probes_and_keys() {
    let offered = Server::start().complete(&pack("  - id: a\n    ‸\n"));
    assert!(offered.contains(&"mount".to_string()), "{offered:?}");
    assert!(
        ["title", "expect", "needs", "remedy"].iter().all(|key| offered.iter().any(|word| word == key)),
        "{offered:?}"
    );
}

#[test]
fn expect_is_offered_the_facts_of_its_probe_and_no_others() {
    let mut server = Server::start();
    let offered = server.complete(&pack("  - id: a\n    mount: /proc\n    expect:\n      ‸\n"));
    let facts = probe::find("mount").unwrap().facts;
    assert!(facts.iter().all(|fact| offered.iter().any(|word| word == fact.name)), "{offered:?}");
    assert!(offered.contains(&"present".to_string()), "matchers of the whole: {offered:?}");
    for stranger in ["exit_code", "sha256", "contains"] {
        assert!(!offered.contains(&stranger.to_string()), "`{stranger}` is no fact of a mount: {offered:?}");
    }
}

#[test]
fn a_fact_is_offered_the_matchers_that_fit_its_type() {
    let mut server = Server::start();
    let text = server.complete(&pack("  - id: a\n    mount: /proc\n    expect:\n      filesystem:\n        ‸\n"));
    assert!(text.contains(&"starts_with".to_string()) && !text.contains(&"includes".to_string()), "{text:?}");
    let list = server.complete(&pack("  - id: a\n    mount: /proc\n    expect:\n      options:\n        ‸\n"));
    assert!(list.contains(&"includes".to_string()) && !list.contains(&"starts_with".to_string()), "{list:?}");
}

#[test]
fn outcomes_are_offered_answers_and_conditions() {
    let mut server = Server::start();
    let answers = server.complete(&pack("  - id: a\n    mount: /proc\n    outcomes:\n      - ‸\n"));
    assert!(["ok", "warn", "error", "message"].iter().all(|word| answers.contains(&word.to_string())), "{answers:?}");
    let facts = server.complete(&pack("  - id: a\n    mount: /proc\n    outcomes:\n      - ok:\n          ‸\n"));
    assert!(facts.contains(&"filesystem".to_string()), "{facts:?}");
}

#[test]
fn words_are_offered_where_only_some_are_possible() {
    let offered = Server::start().complete(&pack("  - id: a\n    mount: /proc\n    level: ‸\n"));
    assert_eq!(offered, ["info", "warn", "error"]);
}

#[test]
fn keys_facts_and_matchers_show_their_documentation() {
    let mut server = Server::start();
    let check = |line: &str| pack(&format!("  - id: a\n    mount: /proc\n    {line}\n"));
    let about = probe::find("mount").unwrap().about.trim();
    let probe = server.hover(&pack("  - id: a\n    mo‸unt: /proc\n"));
    assert!(probe.contains(about.split(['.', '`']).next().unwrap()), "{probe}");
    assert!(server.hover(&check("ti‸meout: 5s")).contains("How long one look may take"));
    assert!(server.hover(&check("expect: { filesys‸tem: proc }")).contains("file system"));
    assert!(server.hover(&check("expect: { source: { con‸tains: proc } }")).contains("letter by letter"));
}

#[test]
fn a_valid_pack_has_nothing_underlined() {
    let text = include_str!("specs/valid/packs/everything.yaml");
    let text = format!("# yaml-language-server: $schema=./pack.schema.json\n{text}");
    assert_eq!(Server::start().mistakes(&text), []);
}

#[test]
fn a_slip_is_underlined_at_its_place() {
    let mut server = Server::start();
    let mut underlined = |checks: &str| server.mistakes(&pack(checks));
    let fact = underlined("  - id: a\n    mount: /proc\n    expect: { filesytem: proc }\n");
    assert_eq!(fact, [(Place { line: 6, column: 15, width: 9 }, "Property filesytem is not allowed.".to_string())]);
    let matcher = underlined("  - id: a\n    mount: /proc\n    expect: { source: { start_with: / } }\n");
    assert_eq!(
        matcher,
        [(Place { line: 6, column: 25, width: 10 }, "Property start_with is not allowed.".to_string())]
    );
    let unit = underlined("  - id: a\n    mount: /proc\n    timeout: 10 parsecs\n");
    let words = "a duration is needed here, such as `10s`".to_string();
    assert_eq!(unit, [(Place { line: 6, column: 14, width: 10 }, words)]);
}

#[test]
fn checks_and_outcomes_that_lack_their_heart_are_told_so_in_our_words() {
    let mut server = Server::start();
    let mut messages = |checks: &str| -> Vec<String> {
        server.mistakes(&pack(checks)).into_iter().map(|(_, message)| message).collect()
    };
    assert_eq!(messages("  - id: a\n"), ["the check does not say what to look at: add a probe"]);
    let two = messages("  - id: a\n    mount: /proc\n    file: /proc\n");
    assert_eq!(two, ["a check looks at one thing: keep one probe"]);
    let answer =
        messages("  - id: a\n    mount: /proc\n    outcomes:\n      - message: hm\n      - error: otherwise\n");
    assert_eq!(answer, ["the outcome gives no answer: add `ok`, `info`, `warn`, `error` or `unknown`"]);
}
