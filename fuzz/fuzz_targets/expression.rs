//! Expressions, values with `${…}` and texts for people: read, and evaluated in a fixed scope.
#![no_main]

use engine::plan::expression::Expression;
use engine::plan::interpolation::{Interpolation, Quote};
use engine::plan::text_error::TextError;
use engine::remedy::template::Template;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::sync::LazyLock;

static SCOPE: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "vars": { "text": "größe 日本", "list": [1, 2.5, "three", null, true], "number": 7, "map": { "a": { "b": [0] } } },
        "text": "a'b\"c$d\\", "list": ["x", "y z"], "number": i64::MAX, "double": 1e308, "flag": false, "nothing": null,
        "value": "10s", "item": { "key": "k", "value": { "name": "n" }, "index": 0 },
        "checks": { "a": { "answer": "ok", "ok": true } }, "env": { "HOME": "/root" }, "context": {}, "host": { "name": "h" },
        "seen": { "stdout": { "version": "3.12.1" }, "exit_code": 0 }, "failed": [{ "expectation": "e", "expected": "x", "found": "y" }],
        "check": { "id": "a" }, "attempts": 1,
    })
});

// the hook of libfuzzer-sys would also end what the engine catches itself
fuzz_target!(init: { let _ = std::panic::take_hook(); }, |text: &str| {
    if let Some(expression) = placed(text, Expression::parse(text)) {
        let _ = expression.evaluate(&*SCOPE);
    }
    if let Some(interpolation) = placed(text, Interpolation::parse(text)) {
        for reference in interpolation.references() {
            assert!(text.get(reference.range.clone()).is_some(), "{reference:?}");
        }
        let _ = interpolation.evaluate(&*SCOPE, Quote::None);
        if placed(text, interpolation.check_shell()).is_some() {
            let _ = interpolation.evaluate(&*SCOPE, Quote::Shell);
        }
    }
    if let Some(template) = placed(text, Template::parse(text)) {
        for reference in template.references() {
            assert!(text.get(reference.range.clone()).is_some(), "{reference:?}");
        }
        assert!(template.render(&*SCOPE).is_ok(), "the template engine failed");
    }
});

fn placed<T>(text: &str, read: Result<T, TextError>) -> Option<T> {
    if let Err(error) = &read {
        assert!(text.get(error.range.clone()).is_some(), "{error:?} of {} bytes", text.len());
        assert!(!error.message.is_empty());
    }
    read.ok()
}
