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
