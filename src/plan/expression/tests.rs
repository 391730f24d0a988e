use std::ops::Range;
use std::thread;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn scope() -> Value {
    json!({
        "vars": { "port": 8080, "ratio": 0.5, "big": 18_446_744_073_709_551_615_u64, "name": "disk", "none": null,
                  "flag": true, "hosts": ["b", "a", "c"], "limits": { "z": 1, "a": 2, "m": 3 } },
        "checks": { "disk": { "answer": "ok" }, "swap-off": { "answer": "warn" } },
        "value": 7,
    })
}

/// On a thread with the stack that callers promise.
fn with_stack<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(16 << 20).spawn(job).unwrap().join().unwrap()
}

fn evaluate_in(text: &str, scope: Value) -> Result<Value, String> {
    let text = text.to_owned();
    with_stack(move || Expression::parse(&text).map_err(|error| format!("{error:?}"))?.evaluate(&scope))
}

fn evaluate(text: &str) -> Result<Value, String> {
    evaluate_in(text, scope())
}

fn complaint(text: &str) -> (Range<usize>, String, String) {
    let error = Expression::parse(text).expect_err(text);
    (error.range, error.message, error.help.unwrap_or_default())
}

fn failure(text: &str) -> String {
    evaluate(text).expect_err(text)
}

#[test]
fn values_and_operators() {
    for (text, value) in [
        ("vars.port + 1", json!(8081)),
        ("vars.port / 3", json!(2693)),
        ("vars.ratio * 100", json!(50.0)),
        ("100 - vars.ratio", json!(99.5)),
        ("vars.port > 8079.5", json!(true)),
        ("vars.port == 8080.0", json!(true)),
        ("vars.big", json!(18_446_744_073_709_551_615_u64)),
        ("-vars.port", json!(-8080)),
        ("vars.name == 'disk' && !(value < 7)", json!(true)),
        ("vars.none == null", json!(true)),
        ("vars.name == null", json!(false)),
        ("'a' in vars.hosts", json!(true)),
        ("'z' in vars.limits", json!(true)),
        ("vars.flag ? 'yes' : 'no'", json!("yes")),
        ("checks['swap-off'].answer", json!("warn")),
        ("vars.hosts[0] + vars.hosts[1]", json!("ba")),
        ("has(vars.port) && !has(vars.nope)", json!(true)),
        ("{'b': 1, 'a': [2.5, null]}", json!({ "a": [2.5, null], "b": 1 })),
        ("type(value) == int && type(vars.name) != list", json!(true)),
        ("type(value)", json!("int")),
        ("type(null)", json!("null_type")),
        ("1u + 2u", json!(3)),
        (".5 + 1 // a comment", json!(1.5)),
        ("5 % 3", json!(2)),
        ("vars.none != null || vars.port > 1", json!(true)),
    ] {
        assert_eq!(evaluate(text), Ok(value), "{text}");
    }
}

#[test]
fn functions_people_expect() {
    for (text, value) in [
        ("size(vars.hosts) + vars.name.size()", json!(7)),
        ("vars.name.contains('is') && vars.name.startsWith('d') && vars.name.endsWith('k')", json!(true)),
        (r"vars.name.matches(r'^d\w+k$') && matches('abc', 'b')", json!(true)),
        ("int('12') + int(3.9) + int(true ? 1 : 0)", json!(16)),
        ("double('1.5') + double(1)", json!(2.5)),
        ("string(vars.port) + string(1.5) + string(true)", json!("80801.5true")),
        ("bool('true')", json!(true)),
        ("uint(3) == 3", json!(true)),
        ("vars.hosts.all(host, host.size() == 1)", json!(true)),
        ("vars.hosts.exists(host, host == 'a') && vars.hosts.exists_one(host, host > 'b')", json!(true)),
        ("vars.hosts.map(host, host + '!')", json!(["b!", "a!", "c!"])),
        ("vars.hosts.filter(host, host != 'a')", json!(["b", "c"])),
        ("vars.hosts.map(host, host != 'a', host + host)", json!(["bb", "cc"])),
        ("'A-b'.lowerAscii() + 'a-B'.upperAscii() + ' x '.trim()", json!("a-bA-Bx")),
        ("'a,b'.split(',').join('; ')", json!("a; b")),
        ("vars.hosts.join()", json!("bac")),
        ("'aXbX'.replace('X', '-').substring(1, 3) + string('abc'.indexOf('c'))", json!("-b2")),
        ("duration('1h30m') + duration('1d') > duration('25h')", json!(true)),
        ("duration('90s')", json!("90s")),
        ("duration('-1.25s')", json!("-1.25s")),
        (
            "string(duration('1m')) + string(duration('2h').getMinutes()) + string(duration('2h').getHours())",
            json!("60s1202"),
        ),
        ("duration('90s').getSeconds()", json!(90)),
        ("timestamp('2026-01-31T00:00:00Z') + duration('1d')", json!("2026-02-01T00:00:00Z")),
        ("timestamp('2026-01-31T02:00:00+02:00') - timestamp('2026-01-30T00:00:00Z')", json!("86400s")),
        ("timestamp('2026-01-31T00:00:00Z') < timestamp('2026-01-31T00:00:01Z')", json!(true)),
        ("timestamp('2026-01-31T00:00:00Z') - duration('1d') == timestamp('2026-01-30T00:00:00Z')", json!(true)),
        ("int(timestamp('1970-01-01T00:01:00Z')) + int(string(timestamp('1970-01-01T00:00:00Z')).size())", json!(80)),
    ] {
        assert_eq!(evaluate(text), Ok(value), "{text}");
    }
}

#[test]
fn maps_are_walked_in_the_order_of_their_keys() {
    for _ in 0..20 {
        assert_eq!(evaluate("vars.limits.map(key, key)"), Ok(json!(["a", "m", "z"])));
        assert_eq!(evaluate("vars.limits.filter(key, vars.limits[key] > 1)"), Ok(json!(["a", "m"])));
        assert_eq!(evaluate("{3: 'c', -1: 'a', 2u: 'b'}.map(key, key)"), Ok(json!([-1, 2, 3])));
    }
    assert_eq!(evaluate("vars.limits.all(key, vars.limits[key] > 0)"), Ok(json!(true)));
}

#[test]
fn failures_are_said_for_people() {
    for (text, message) in [
        ("vars.prot + 1", "`vars` has no `prot`; did you mean `port`?, in `vars.prot`"),
        ("1 + nope.x", "there is no `nope` here, in `nope.x`"),
        ("vars.name + vars.port", "`+` cannot join a text and a whole number: convert with string(…) or int(…)"),
        ("(vars.port - 'a') > 1", "`-` does not work on a whole number and a text, in `vars.port - 'a'`"),
        ("true && vars.port > 'a'", "`>` does not work on a whole number and a text, in `vars.port > 'a'`"),
        ("1 / (value - 7)", "division by zero"),
        ("vars.hosts[9] + ''", "the list has no element 9, in `vars.hosts[9]`"),
        ("vars.limits[vars.name] + 1", "there is no `disk` in the map, in `vars.limits[vars.name]`"),
        ("int(vars.name) + 1", "string parse error: invalid digit found in string, in `int(vars.name)`"),
        (
            "duration('soon') < duration('1h')",
            "the text is not a time span such as 90s, 1h30m or 7d, in `duration('soon')`",
        ),
        (
            "timestamp('soon') < timestamp('x')",
            "the text is not a time such as 2026-01-31T12:00:00Z, in `timestamp('soon')`",
        ),
        ("vars.port.exists(x, x > 1)", "only a list or a map can be walked, not a whole number"),
        ("vars.port ? 1 : 2", "true or false is needed here, not a whole number"),
        ("!vars.name", "`!` does not work on a text"),
        ("vars.name.startsWith(1)", "`startsWith` does not work on a text and a whole number"),
        ("vars.name.matches(vars.name + '(')", "the regular expression is not valid: unclosed group"),
        ("9223372036854775807 + value", "the number becomes too large"),
        ("[b'x']", "the result is bytes; make a text of it with string(…)"),
        ("1.0 / 0", "the result is not a finite number"),
        ("{'a': 1, 'a': 2}", "a map has the same key twice"),
        ("size(vars.port) > 1", "`size` does not work on a whole number, in `size(vars.port)`"),
    ] {
        assert_eq!(failure(text), message, "{text}");
    }
}

#[test]
fn a_number_and_a_text_are_not_silently_different() {
    let message =
        "a whole number is never equal to a text: write both the same way, or convert one with string(…) or int(…)";
    assert_eq!(failure("vars.port == '8080'"), message);
    assert_eq!(failure("vars.port != '8080'"), message);
    assert!(failure("true && '8080' == vars.port").ends_with("in `'8080' == vars.port`"));
}

#[test]
fn complaints_about_syntax_name_the_place() {
    for (text, range, message) in [
        ("", 0..0, "the expression is empty"),
        ("'é' +", 5..6, "the expression ends too early: something is missing after `'é' +`"),
        ("'é' + * 2", 7..8, "`*` is not expected here"),
        ("a\n + 'é'\n + *", 13..14, "`*` is not expected here"),
        ("'é' 'b'", 5..8, "`'b'` is not expected here"),
        ("'é' == a and b", 10..13, "`and` is not an operator"),
        ("not a", 0..3, "`not` is not an operator"),
        ("a ? b", 4..5, "the expression ends too early: something is missing after `a ? b`"),
        ("'é' == has(a)", 12..13, "`has` asks for a field: has(vars.name)"),
        ("'é' in a.map(1, 2)", 14..15, "the first argument here is a new name"),
        ("'é' == a.?b", 9..11, "optional fields are not part of this expression language"),
        ("'é' == package", 8..15, "`package` is a word that CEL keeps for itself"),
        ("'é' == Foo{a: 1}", 11..12, "there is no message type `Foo`"),
        ("'é' == .a", 9..10, "a name does not begin with a dot"),
        ("{a}", 2..3, "`}` is not expected here"),
    ] {
        let (found, said, _) = complaint(text);
        assert_eq!((found, said.as_str()), (range, message), "{text}");
    }
}

#[test]
fn unknown_functions_and_bad_patterns_are_complained_of_at_once() {
    let (range, message, help) = complaint("'é' == '' || vars.name.startWith('a')");
    assert_eq!((range, message.as_str()), (24..33, "there is no function `startWith`"));
    assert_eq!(help, "did you mean `startsWith`?");
    let (range, message, help) = complaint("startsWith(vars.name, 'a')");
    assert_eq!((range, message.as_str()), (0..10, "`startsWith` is not written like this"));
    assert_eq!(help, "write value.startsWith(…)");
    assert_eq!(complaint("vars.hosts.map(x)").2, "write list.map(item, …)");
    assert_eq!(complaint("1.int()").2, "write int(value)");
    assert!(complaint("quote('a')").2.starts_with("functions: size, int,"));
    let (range, message, _) = complaint("'é' == '' || x.matches('a(')");
    assert_eq!((range, message.as_str()), (24..28, "the regular expression is not valid: unclosed group"));
    assert_eq!(complaint("x.matches('(a{1000}){1000}')").1, "the regular expression is too large");
}

#[test]
fn every_listed_function_exists() {
    for (name, form) in functions::KNOWN {
        let text = match form {
            functions::Form::Call | functions::Form::Both => format!("{name}(null)"),
            functions::Form::Method => format!("null.{name}(null)"),
            functions::Form::Comprehension | functions::Form::Presence => continue,
        };
        let outcome = evaluate(&text);
        let known = |why: &String| why.starts_with(&format!("`{name}` does not work on null"));
        assert!(outcome.as_ref().map_or_else(known, |_| name == "type"), "{text}: {outcome:?}");
    }
}

fn references(text: &str) -> Vec<(String, &str, bool)> {
    let expression = Expression::parse(text).expect(text);
    let described =
        |reference: &Reference| (reference.path.join("/"), &text[reference.range.clone()], reference.optional);
    expression.references().iter().map(described).collect()
}

#[test]
fn references_are_the_free_names_with_their_places() {
    assert_eq!(
        references("'é' == checks.disk.answer && vars . port > size(vars['x'].y)"),
        [
            ("checks/disk/answer".into(), "checks.disk.answer", false),
            ("vars/port".into(), "vars . port", false),
            ("vars/x/y".into(), "vars['x'].y", false),
        ]
    );
    assert_eq!(
        references("a.exists(x, x.y == b.c) && has(d.e) && x.z == f[g].h"),
        [
            ("a".into(), "a", false),
            ("b/c".into(), "b.c", false),
            ("d/e".into(), "d.e", true),
            ("x/z".into(), "x.z", false),
            ("f".into(), "f", false),
            ("g".into(), "g", false),
        ]
    );
    assert_eq!(
        references("a.b.size() + {'k': c}['k'] + a[0].d"),
        [("a/b".into(), "a.b", false), ("c".into(), "c", false), ("a".into(), "a", false),]
    );
    assert_eq!(references("type(a) == int && type(b) == string"), [("a".into(), "a", false), ("b".into(), "b", false)]);
    assert_eq!(references("name"), [("name".into(), "name", false)]);
    assert_eq!(references("'text'"), []);
}

#[test]
fn only_referenced_names_are_asked_for() {
    struct Strict;
    impl Scope for Strict {
        fn get(&self, name: &str) -> Option<Value> {
            assert!(["a", "b"].contains(&name), "{name} was asked for");
            Some(json!({ "x": [1] }))
        }
    }
    let expression = Expression::parse("a.x.all(c, c == 1) && has(b.x)").unwrap();
    assert_eq!(with_stack(move || expression.evaluate(&Strict)), Ok(json!(true)));
}

#[test]
fn long_and_deep_texts_are_refused() {
    assert_eq!(complaint(&"a".repeat(1_001)).1, "an expression may have at most 1000 characters");
    assert!(complaint(&vec!["1"; 2_000].join("+")).1.contains("at most 1000 characters"));
    assert!(complaint(&vec!["1"; 400].join("+")).1.contains("more than 150"));
    assert!(complaint(&"(".repeat(900)).1.contains("nested deeper than 32"));
    assert!(complaint(&"[1].map(x, ".repeat(30)).1.contains("not closed"));
    assert!(complaint(&"a ".repeat(499)).1.contains("not expected"));
    assert!(complaint(&"x".repeat(1 << 20)).1.contains("at most 1000 characters"));
    let nested = "a.map(x, b.map(y, c.map(z, z)))";
    let (range, message, _) = complaint(nested);
    assert_eq!(&nested[range], "map");
    assert!(message.starts_with("more than 2 loops"), "{message}");
}

#[test]
fn the_longest_chains_that_are_allowed_do_not_overflow_the_stack() {
    let chains = [
        vec!["1"; 150].join("+"),
        vec!["true"; 150].join("&&"),
        format!("vars{}", ".x".repeat(149)),
        format!("{}1{}", "(1+".repeat(32), ")".repeat(32)),
        format!("{}1", "true?1:".repeat(100)),
        format!("{}1{}", "[".repeat(32), "]".repeat(32)),
        format!("'a'{}", ".trim()".repeat(75)),
        format!("{}true", "!".repeat(149)),
        format!("{}1{}{}", "[".repeat(32), "]".repeat(32), "[0]".repeat(59)),
    ];
    for text in chains {
        // Parsed on this thread's small stack, run on the promised large one.
        match Expression::parse(&text) {
            Ok(expression) => drop(with_stack(move || expression.evaluate(&scope()))),
            Err(error) => {
                assert!(error.message.contains("nested") || error.message.contains("expected"), "{text}: {error:?}")
            }
        }
    }
}

#[test]
fn costly_expressions_are_refused_before_they_run() {
    let thousand: Vec<u32> = (0..1_000).collect();
    let scope = json!({ "list": thousand, "pair": ["aaaaaaaaaaaaaaaa", "b"], "text": "x".repeat(100_000),
        "longer": (0..2_000).collect::<Vec<u32>>(), "short": (0..100).collect::<Vec<u32>>() });
    let refused = [
        "longer.exists(x, longer.exists(y, x + y < 0))".to_owned(),
        "longer.map(x, list.map(y, 1)).size()".to_owned(),
        format!("pair{}", ".map(x, x + x + x + x)".repeat(20)),
        format!("pair{}", ".map(x, [x, x, x, x])".repeat(20)),
        format!("text{}", ".replace('x', 'xxxxxxxx')".repeat(9)),
        "text.split('').map(x, text.split('').size())".to_owned(),
        "longer.all(x, list.all(y, 'abc'.matches(string(x) + '.*')))".to_owned(),
    ];
    for text in refused {
        let message = evaluate_in(&text, scope.clone()).expect_err(&text);
        assert!(message.contains("at most 2,000,000"), "{text}: {message}");
    }
    for text in
        ["short.map(x, short.exists(y, x == y)).size()", "list.all(x, 'abc'.matches('.*'))", "text.split('').size()"]
    {
        assert!(evaluate_in(text, scope.clone()).is_ok(), "{text}");
    }
}

#[test]
fn one_of_many_checks_is_cheap_to_ask_for() {
    let checks: serde_json::Map<String, Value> =
        (0..20_000).map(|number| (format!("c{number}"), json!({ "answer": "ok", "facts": [1, 2, 3] }))).collect();
    let scope = json!({ "checks": checks });
    assert_eq!(evaluate_in("checks.c7.answer == 'ok' && has(checks.c8)", scope.clone()), Ok(json!(true)));
    assert_eq!(evaluate_in("checks.all(id, checks[id].answer == 'ok')", scope.clone()), Ok(json!(true)));
    assert!(evaluate_in("checks.c7.answer == checks.c20000.answer", scope).unwrap_err().contains("has no `c20000`"));
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Expression>();
    assert_eq!(Expression::parse(" a ").unwrap().source(), " a ");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = Expression::parse(&text).map(|expression| expression.evaluate(&scope()));
    }

    #[test]
    fn no_sequence_of_words_makes_it_panic(words in proptest::collection::vec(prop::sample::select(vec![
        "a", "vars.port", "1", "'é'", "r'\\d'", "(", ")", "[", "]", "{", "}", ".", "?", ":", ",", "+", "-", "==", "&&", "!",
        "in", "x", ".map(x, ", ".all(x, ", "has(", "matches(", "duration(", "null", "1.5", "//", "\n", " ", "type(", "size(",
        "timestamp(", "package", "'", "\"", "\\", "0x", "u", "😀", "b'", "'''",
    ]), 0..12)) {
        let text = words.concat();
        let outcome = with_stack(move || Expression::parse(&text).map(|expression| (expression.evaluate(&scope()), text.clone())).map_err(|error| (error, text)));
        if let Err((error, text)) = outcome {
            prop_assert!(text.get(error.range.clone()).is_some(), "{error:?} in {text:?}");
            prop_assert!(!error.message.contains("itself failed"), "{text:?}");
        }
    }
}
