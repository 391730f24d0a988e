//! Packs that would crash, hang or bloat a careless engine. Each is refused with
//! a place and exit code 65, or simply answered; none of them may take long.

mod common;

use common::Engine;

/// The engine refuses the pack with this code and says where.
fn refused(engine: &Engine, code: &str) {
    let ran = engine.run(&["run", "pack.yaml"]);
    assert_eq!(ran.code, Some(65), "{ran}");
    assert!(ran.stderr.contains(&format!("[{code}]")), "{ran}");
    assert!(ran.stderr.contains("pack.yaml:"), "{ran}");
    assert!(ran.stdout.is_empty(), "nothing may be run: {ran}");
}

fn with_bytes(bytes: &[u8]) -> Engine {
    let engine = Engine::new();
    std::fs::write(engine.path().join("pack.yaml"), bytes).unwrap();
    engine
}

const CHECK: &str = "pack: test\nchecks:\n  - id: a\n    file: /\n";

#[test]
fn alias_bombs() {
    let mut laughs = String::from("vars:\n  l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = vec![format!("*l{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("  l{level}: &l{level} [{before}]\n"));
    }
    refused(&Engine::with_pack(&format!("{laughs}checks: [{{ id: a, file: / }}]")), "E0008");

    let wide = vec!["x"; 5000].join(", ");
    let aliases = vec!["*wide"; 5000].join(", ");
    refused(
        &Engine::with_pack(&format!(
            "vars:\n  wide: &wide [{wide}]\n  all: [{aliases}]\nchecks: [{{ id: a, file: / }}]"
        )),
        "E0008",
    );
}

#[test]
fn deep_nesting() {
    refused(
        &with_bytes(format!("pack: test\nvars: {{ x: {}{} }}\n", "[".repeat(10_000), "]".repeat(10_000)).as_bytes()),
        "E0007",
    );
    let blocks: String = (0..3000).map(|depth| format!("{}- \n", " ".repeat(depth))).collect();
    refused(&with_bytes(format!("pack: test\nchecks:\n{blocks}").as_bytes()), "E0007");
}

#[test]
fn a_pack_of_100_megabytes() {
    let engine = with_bytes(CHECK.as_bytes());
    let file = std::fs::OpenOptions::new().append(true).open(engine.path().join("pack.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    refused(&engine, "E0002");
}

#[test]
fn not_text() {
    refused(&with_bytes(b"pack: test\nchecks:\n  - id: \xff\xfe\n"), "E0001");
    refused(&with_bytes(b"pack: te\0st\n"), "E0001");
    refused(&with_bytes(&"pack: test\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()), "E0001");
}

#[test]
fn empty_and_many() {
    refused(&with_bytes(b""), "E0003");
    refused(&with_bytes(b"# only a comment\n"), "E0003");
    refused(&with_bytes(format!("{CHECK}---\n{CHECK}").as_bytes()), "E0006");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_fine() {
    for text in [CHECK.replace('\n', "\r\n"), format!("\u{feff}{CHECK}")] {
        let ran = with_bytes(text.as_bytes()).run(&["run", "pack.yaml"]);
        assert_eq!(ran.code, Some(0), "{ran}");
    }
}

#[test]
fn a_device_or_pipe_is_no_pack() {
    let engine = Engine::new();
    let ran = std::process::Command::new("mkfifo").arg(engine.path().join("pack.yaml")).status().unwrap();
    assert!(ran.success());
    refused(&engine, "E0403");
}

#[test]
fn a_catastrophic_looking_regex_is_harmless() {
    let engine =
        Engine::with_pack("checks:\n  - id: a\n    file: haystack\n    expect: { content: { matches: \"^(a+)+$\" } }");
    engine.write("haystack", &format!("{}b", "a".repeat(100_000)));
    let ran = engine.run(&["run", "pack.yaml"]);
    assert_eq!(ran.code, Some(1), "{ran}");
}

#[test]
fn a_regex_that_would_take_all_memory() {
    let engine = Engine::with_pack(
        "checks:\n  - id: a\n    file: haystack\n    expect: { content: { matches: \"(\\\\w{1000}){1000}\" } }",
    );
    engine.write("haystack", "a");
    let ran = engine.run(&["run", "pack.yaml"]);
    assert!(matches!(ran.code, Some(1 | 65)), "{ran}");
    assert!(!ran.stdout.contains(": GO"), "{ran}");
}

#[test]
fn a_regex_of_megabytes() {
    let pattern = r"\w".repeat(2 << 20);
    let pack = format!("checks:\n  - id: a\n    file: /\n    expect: {{ content: {{ matches: '{pattern}' }} }}");
    refused(&Engine::with_pack(&pack), "E0204");
}

#[test]
fn a_jsonpath_that_nests_without_end() {
    let filters = format!("${}{}", "[?@.a".repeat(40), "]".repeat(40));
    for path in [filters, format!("$[?{}", "(".repeat(60_000)), format!("$[?{}", "length(".repeat(60_000))] {
        let at = format!("        ? \"{path}\"\n        : 1");
        let pack = format!(
            "checks:\n  - id: a\n    data: {{ path: /a.json }}\n    expect:\n      document:\n       at:\n{at}"
        );
        refused(&Engine::with_pack(&pack), "E0206");
    }
}

#[test]
fn thousands_of_unknown_names_beside_thousands_of_known_ones() {
    let vars: String = (0..6_000).map(|number| format!("  v{number}: ${{x{number}}}\n")).collect();
    let engine = Engine::with_pack(&format!("vars:\n{vars}checks: [{{ id: a, file: / }}]"));
    refused(&engine, "E0301");
    let ran = engine.run(&["run", "pack.yaml"]);
    assert!(ran.stderr.len() < 4 << 20, "{} bytes of complaints", ran.stderr.len());
}

#[test]
fn an_expression_that_would_run_for_ever() {
    let list = format!("[{}]", vec!["0"; 300].join(","));
    let nested = format!("{list}.all(a, {list}.all(b, {list}.all(c, true)))");
    let big: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    for (vars, when) in [
        (String::new(), nested),
        (format!("vars: {{ big: [{}] }}\n", big.join(", ")), "big.all(a, big.all(b, a + b >= 0))".into()),
    ] {
        let ran = Engine::with_pack(&format!("{vars}checks:\n  - id: a\n    when: {when:?}\n    file: /"))
            .run(&["run", "pack.yaml"]);
        assert!(matches!(ran.code, Some(1 | 65)), "{ran}");
    }
}

#[test]
fn an_expression_that_would_overflow_the_stack() {
    let engine =
        Engine::with_pack(&format!("checks:\n  - id: a\n    when: \"{} > 0\"\n    file: /", vec!["1"; 2000].join("+")));
    refused(&engine, "E0302");
}

#[test]
fn a_text_that_includes_itself() {
    refused(&Engine::with_pack("checks:\n  - id: a\n    title: \"{{> title}}\"\n    file: /"), "E0306");
    let blocks = "{{#if vars}}".repeat(10_000);
    refused(&Engine::with_pack(&format!("checks:\n  - id: a\n    title: \"{blocks}\"\n    file: /")), "E0306");
}

#[test]
fn a_value_that_names_itself() {
    refused(&Engine::with_pack("vars:\n  a: \"${b}\"\n  b: \"${a}\"\nchecks: [{ id: a, file: \"${a}\" }]"), "E0301");
}

#[test]
fn checks_that_wait_for_each_other() {
    let engine = Engine::with_pack(
        "checks:\n  - { id: a, file: /, needs: [b] }\n  - { id: b, file: /, needs: [c] }\n  - { id: c, file: /, needs: [a] }",
    );
    refused(&engine, "E0305");
}

#[test]
fn variables_that_double() {
    for first in ["[x, x]", "xxxxxxxxxxxxxxxx"] {
        let mut vars = format!("vars:\n  v0: {first}\n");
        for line in 1..60 {
            let before = line - 1;
            let double = match first.starts_with('[') {
                true => format!("[\"${{v{before}}}\", \"${{v{before}}}\"]"),
                false => format!("\"${{v{before}}}${{v{before}}}\""),
            };
            vars.push_str(&format!("  v{line}: {double}\n"));
        }
        refused(&Engine::with_pack(&format!("{vars}checks: [{{ id: a, file: / }}]")), "E0314");
    }
}

#[test]
fn variables_that_nest() {
    let mut vars = String::from("vars:\n  v0: x\n");
    for line in 1..5000 {
        vars.push_str(&format!("  v{line}: [\"${{v{}}}\"]\n", line - 1));
    }
    refused(&Engine::with_pack(&format!("{vars}checks: [{{ id: a, file: / }}]")), "E0303");
}

#[test]
fn more_checks_than_a_run_can_have() {
    let list: Vec<String> = (0..60_000).map(|number| number.to_string()).collect();
    let check = |id: &str| format!("  - {{ id: {id}, for_each: \"${{list}}\", file: / }}\n");
    let vars = format!("vars: {{ list: [{}] }}\n", list.join(","));
    refused(&Engine::with_pack(&format!("{vars}checks:\n{}{}", check("a"), check("b"))), "E0119");
}

#[test]
fn a_long_check_for_each_entry_of_a_long_list() {
    let list: Vec<String> = (0..8_000).map(|number| number.to_string()).collect();
    let outcomes: String = (0..1_500).map(|size| format!("      - warn: {{ size: {size}B }}\n")).collect();
    let pack = format!(
        "checks:\n  - id: a\n    for_each: [{}]\n    file: \"${{item.key}}\"\n    outcomes:\n{outcomes}      - error: otherwise",
        list.join(",")
    );
    refused(&Engine::with_pack(&pack), "E0119");
}

#[test]
fn a_long_list_in_each_of_many_checks() {
    let list: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    let vars = format!("vars: {{ list: [{}] }}\n", list.join(","));
    let check = "checks:\n  - { id: a, for_each: \"${list}\", command: \"${list}\" }";
    refused(&Engine::with_pack(&format!("{vars}{check}")), "E0314");
    let check = "checks:\n  - { id: a, for_each: \"${list}\", file: /, expect: { type: { cel: \"value in list\", one_of: [\"${item.key}\"] } } }";
    refused(&Engine::with_pack(&format!("{vars}{check}")), "E0314");
}

#[test]
fn a_long_list_of_which_each_check_takes_one_entry() {
    let list: Vec<String> = (0..8_000).map(|number| number.to_string()).collect();
    let check = "checks:\n  - { id: a, for_each: \"${list}\", file: \"/nowhere/${list[0]}${vars.list[1]}\", expect: { type: { present: false } } }";
    let ran = Engine::with_pack(&format!("vars: {{ list: [{}] }}\n{check}", list.join(","))).run(&[
        "run",
        "--quiet",
        "pack.yaml",
    ]);
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn more_links_than_a_run_can_have() {
    let list: Vec<String> = (0..4_000).map(|number| number.to_string()).collect();
    let pack = format!(
        "vars: {{ list: [{}] }}\nchecks:\n  - {{ id: a, for_each: \"${{list}}\", file: / }}\n  - {{ id: b, for_each: \"${{list}}\", needs: [a], file: / }}",
        list.join(",")
    );
    refused(&Engine::with_pack(&pack), "E0119");
}

#[test]
fn thousands_of_mistakes_in_one_line() {
    let checks = vec!["{ a: 1 }"; 30_000].join(", ");
    refused(&Engine::with_pack(&format!("checks: [{checks}]")), "E0013");
    let needs: Vec<String> = (0..20_000).map(|number| format!("nobody-{number}")).collect();
    refused(&Engine::with_pack(&format!("checks:\n  - {{ id: a, file: /, needs: [{}] }}", needs.join(", "))), "E0013");
}

#[test]
fn a_long_unknown_key() {
    let key = "x".repeat(4 << 20);
    refused(&Engine::with_pack(&format!("? {key}\n: 1\nchecks: [{{ id: a, file: / }}]")), "E0101");
}

#[test]
fn a_long_ring_of_checks() {
    let checks: String = (0..20_000)
        .map(|number| format!("  - {{ id: c{number}, file: /, needs: [c{}] }}\n", (number + 1) % 20_000))
        .collect();
    refused(&Engine::with_pack(&format!("checks:\n{checks}")), "E0305");
}

#[test]
fn times_beyond_all_clocks() {
    let engine = Engine::with_pack(
        "checks:\n  - id: a\n    timeout: 500000000000y\n    retry: { for: 500000000000y, every: 500000000000y }\n    command: [\"false\"]\n  - id: b\n    timeout: 300000000000y\n    command: [\"true\"]",
    );
    refused(&engine, "E0108");
}

#[test]
fn a_thousand_unmet_needs_are_not_all_named() {
    let list: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
    let engine = Engine::with_pack(&format!(
        "checks:\n  - {{ id: a, for_each: [{}], file: \"/nowhere/${{item.key}}\" }}\n  - {{ id: b, needs: [a], file: / }}",
        list.join(",")
    ));
    let ran = engine.run(&["run", "--verbose", "pack.yaml"]);
    assert!(ran.stdout.contains("990 more checks"), "{ran}");
}

#[test]
fn a_link_that_leads_nowhere_does_not_make_a_pack_disappear() {
    let engine = Engine::new();
    engine.write("checks.d/good.yaml", CHECK);
    std::os::unix::fs::symlink("gone.yaml", engine.path().join("checks.d/lost.yaml")).unwrap();
    let ran = engine.run(&["run", "checks.d"]);
    assert_eq!(ran.code, Some(65), "{ran}");
    assert!(ran.stderr.contains("[E0403]") && ran.stderr.contains("lost.yaml"), "{ran}");
}
