//! Our reading against that of another YAML reader, on documents that a generator made up.

use super::testing::{good, read};
use proptest::prelude::*;
use serde_json::Value;

/// Values as people write them, with texts that look like something else.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-zäß日 .:#'\"{}\\[\\]&*!|>%@`,?~=<\\\\\n\t-]{0,12}",
        Just("null".to_string()),
        Just("true".to_string()),
        Just("12".to_string()),
        Just("3.10".to_string()),
        Just("{{ x }}".to_string()),
        Just("<<".to_string()),
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000i64..1_000_000).prop_map(|thousandths| Value::from(thousandths as f64 / 1000.0)),
        text.clone().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 5, move |inner| {
        let key = text.clone().prop_filter("a plain `<<` merges", |key| key != "<<");
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Lines of tokens that are often YAML and often nearly.
fn lines() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a: ", "b: ", "c:", "- ", "? ", "[", "]", "{", "}", ", ", "x", "y z", "1", "2.5", "true", "~", "\"q\"", "'s'",
        "\"\\t\"", "|", ">-", "|+", "# c", " ", "  ", "&k ", "*k", "...", "---", "!!str ", "ö", ":", "-",
    ]);
    let line = (0usize..4, prop::collection::vec(token, 0..6))
        .prop_map(|(depth, tokens)| format!("{}{}\n", " ".repeat(depth), tokens.concat()));
    prop::collection::vec(line, 1..7).prop_map(|lines| lines.concat())
}

fn theirs(text: &str) -> Option<Value> {
    serde_yaml::from_str(text).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_another_writer_wrote_is_read_back(value in value().prop_filter("an empty file", |value| !value.is_null())) {
        let text = serde_yaml::to_string(&value).expect("YAML");
        let document = good(&text);
        prop_assert_eq!(document.to_json(document.root()), value, "{}", text);
    }

    #[test]
    fn what_both_readers_accept_they_read_alike(text in lines()) {
        let ((Some(document), complaints), Some(theirs)) = (read(&text), theirs(&text)) else { return Ok(()) };
        // A lone scalar is left out: at the top a block may be unindented, which the other reader takes as empty.
        if complaints.is_empty() && (theirs.is_object() || theirs.is_array()) {
            prop_assert_eq!(document.to_json(document.root()), theirs, "{}", text);
        }
    }

    #[test]
    fn places_of_any_text_lie_in_it(text in prop_oneof![lines(), ".{0,40}"]) {
        let (document, _) = read(&text);
        for node in document.iter().flat_map(|document| document.nodes.iter()) {
            prop_assert!(text.get(node.span.range()).is_some(), "{:?} in {:?}", node.span, text);
        }
    }
}
