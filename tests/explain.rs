//! `engine explain`: every word of the language, checks of packs, and what nobody knows.

use engine::judge::matcher::MATCHERS;
use engine::probe::PROBES;
use engine::spec::codes::CODES;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

const PACK: &str = r#"
pack: demo
inputs: { token: { secret: true, default: "very-secret" } }
checks:
  - id: base
    mount: /proc
  - id: each
    for_each: [/proc, /sys]
    needs: base
    when: host.os == 'linux'
    level: warn
    mount: ${item.value}
    remedy: mount {{ item.value }}
  - id: hidden
    mount: /very-secret
"#;

/// Written once: tests run side by side.
fn folder() -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explain");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("demo.yaml"), PACK).unwrap();
        std::fs::write(folder.join("broken.yaml"), "checks: [\n").unwrap();
        folder
    });
    FOLDER.clone()
}

fn explain(columns: usize, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_engine"));
    command.arg("explain").args(arguments).current_dir(folder());
    command.env("COLUMNS", columns.to_string()).env("NO_COLOR", "1").output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn everything_is_listed_and_each_of_it_explained() {
    let list = text(&explain(80, &[]));
    let probes = PROBES.iter().map(|entry| (entry.name, entry.about));
    let matchers = MATCHERS.iter().map(|info| (info.name, info.description));
    let codes = CODES.iter().map(|code| (code.code, code.title));
    for (word, about) in probes.chain(matchers).chain(codes) {
        assert!(list.lines().any(|line| line.trim_start().starts_with(word)), "`{word}` is not listed");
        let page = text(&explain(200, &[word])).split_whitespace().collect::<Vec<_>>().join(" ");
        let start: String = about.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
        assert!(page.contains(&start), "`{word}` is not explained: {page}");
    }
}

#[test]
fn text_stays_within_the_columns() {
    for columns in [60, 100, 200] {
        for line in text(&explain(columns, &[])).lines() {
            assert!(line.chars().count() <= columns, "{columns} columns: {line}");
        }
    }
}

#[test]
fn a_word_with_several_meanings_is_explained_in_each() {
    let page = text(&explain(100, &["version"]));
    assert!(page.contains("version (key of a pack)") && page.contains("version (matcher)"), "{page}");
    assert!(page.contains("version (type of fact)"), "{page}");
}

#[test]
fn a_check_is_shown_with_what_follows_from_it() {
    let page = text(&explain(100, &["demo/each", "demo.yaml"]));
    let expected = "\
demo/each (check)

demo.yaml:7:5
  - id: each
    for_each: [/proc, /sys]
    needs: base
    when: host.os == 'linux'
    level: warn
    mount: ${item.value}
    remedy: mount {{ item.value }}

What follows from it
  looks at    mount /proc (at most 10s)
  entries     2 checks: each[/proc] and each[/sys]
  expects     the default of `mount`: expect: { present: true }
  counts as   warn, priority 50
  needs       demo/base first
  only when   host.os == 'linux'
  what to do  mount {{ item.value }}

`engine explain mount` says more about this kind of look.
";
    assert_eq!(page, expected);
    assert!(text(&explain(100, &["base", "demo.yaml"])).contains("needed by  demo/each[/proc] and demo/each[/sys]"));
    assert!(!text(&explain(100, &["hidden", "demo.yaml"])).contains("very-secret"));
}

#[test]
fn an_unknown_word_is_wrong_usage_and_a_broken_pack_is_said() {
    let unknown = explain(100, &["mout", "demo.yaml"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `mount`?"));
    let check = explain(100, &["demo/bse", "demo.yaml"]);
    assert!(String::from_utf8_lossy(&check.stderr).contains("did you mean `demo/base`?"));
    let broken = explain(100, &["demo/base", "broken.yaml"]);
    assert_eq!(broken.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("E0004"));
}
