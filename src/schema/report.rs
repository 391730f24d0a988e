//! The schema of a report, by hand: what `report::json` writes, held to it by a test.

use crate::judge::outcome::Answer;
use crate::probe::PROBES;
use crate::report::json::FORMAT;
use crate::spec::pack::Level;
use serde_json::{Map, Value as Json, json};

/// A property: its name, whether it is always there, its schema without a description, its description.
type Row = (&'static str, bool, Json, &'static str);

pub fn report() -> Json {
    let mut schema = object(vec![
        (
            "format",
            true,
            json!({ "const": FORMAT }),
            "The version of this format; it changes when a reader would have to.",
        ),
        ("engine", true, text(), "The version of the engine."),
        ("started_at", true, time(), "When the run began (RFC 3339)."),
        ("host", true, text(), "The name of the host."),
        ("mode", true, text(), "The mode of the run."),
        ("context", true, texts_by_name(), "The labels of the run."),
        ("header", true, texts_by_name(), "What stands above the report."),
        ("packs", true, list(pack()), "The packs that were loaded."),
        ("checks", true, list(json!({ "$ref": "#/$defs/check" })), "Every answered check, in order."),
        ("summary", true, json!({ "$ref": "#/$defs/summary" }), "The run as a whole."),
    ]);
    schema["description"] = "One run: what was looked at, the answers, and GO or NO-GO.".into();
    schema["$defs"] = json!({ "check": check(), "summary": summary() });
    schema
}

fn pack() -> Json {
    object(vec![
        ("id", true, text(), "The name of the pack."),
        ("title", true, or_null(), "Its name for people."),
        ("version", true, or_null(), "Its version."),
        ("file", true, text(), "The file it was read from."),
    ])
}

fn check() -> Json {
    let answers: Json = Answer::ALL.iter().map(|answer| answer.word()).collect();
    let levels: Json = Level::ALL.iter().map(|level| level.word()).collect();
    let probes: Json = PROBES.iter().map(|entry| entry.name).collect();
    object(vec![
        ("name", true, text(), "`pack/id`."),
        ("pack", true, text(), "The name of its pack."),
        ("id", true, text(), "Its name in the pack; `id[key]` for an entry of a `for_each`."),
        ("title", true, text(), "Its name for people."),
        ("answer", true, json!({ "enum": answers }), "The answer."),
        ("level", true, json!({ "enum": levels }), "What a broken expectation counts as."),
        ("priority", true, json!({ "type": "integer" }), "Lower runs first."),
        ("tags", true, list(text()), "Words to select by."),
        ("why", false, text(), "Why it matters."),
        ("owner", false, text(), "Whom to ask."),
        ("links", true, list(text()), "Where to read more."),
        (
            "controls",
            true,
            json!({ "type": "object", "additionalProperties": list(text()) }),
            "The controls of standards it proves, by standard.",
        ),
        ("message", false, text(), "What the author says of this answer."),
        ("reason", false, text(), "Why it was skipped, waived, absent or could not be told."),
        ("remedy", false, text(), "What to do."),
        ("failed", true, list(failed()), "The expectations that broke."),
        ("probe", true, json!({ "enum": probes }), "The kind of probe."),
        ("subject", true, text(), "What was looked at: a path, a command line, an address."),
        (
            "seen",
            false,
            json!({ "type": ["object", "null"] }),
            "The facts that were seen: sizes in bytes, durations in seconds, percentages in hundredths.",
        ),
        (
            "left_out",
            false,
            json!({ "type": "object", "additionalProperties": count() }),
            "How many items of long lists and maps among the facts are not in `seen`, by the way to them; a recording keeps all.",
        ),
        ("attempts", true, count(), "How often it was looked at."),
        ("duration_seconds", true, seconds(), "How long looking took, in seconds."),
        ("observed_at", false, time(), "When it was looked at (RFC 3339)."),
        ("place", true, place(), "Where the check is written."),
    ])
}

fn failed() -> Json {
    object(vec![
        ("fact", true, text(), "The fact, and the way into it."),
        ("expected", true, text(), "What was expected of it, as a phrase: `is below 90%`."),
        ("found", true, text(), "What was there instead."),
    ])
}

fn place() -> Json {
    object(vec![
        ("file", true, text(), "The file."),
        ("line", true, count(), "The line, from 1."),
        ("column", true, count(), "The column in characters, from 1."),
    ])
}

fn summary() -> Json {
    let counts = Answer::ALL.iter().map(|answer| (answer.word(), true, count(), "How many checks gave this answer."));
    object(vec![
        ("verdict", true, json!({ "enum": ["GO", "NO-GO"] }), "The answer of the run."),
        ("blocking", true, json!({ "type": "boolean" }), "Whether NO-GO gives exit code 1."),
        ("status", true, texts_by_name(), "The status of each pack that has statuses."),
        ("counts", true, object(counts.collect()), "How many checks gave each answer."),
        ("checks_total", true, count(), "How many checks were answered."),
        ("not_selected", true, count(), "How many checks the selection left out."),
        ("duration_seconds", true, seconds(), "How long the run took, in seconds."),
        ("ended_early", false, text(), "Why the run ended early."),
    ])
}

fn object(rows: Vec<Row>) -> Json {
    let required: Json = rows.iter().filter(|(_, always, ..)| *always).map(|(name, ..)| *name).collect();
    let properties: Map<String, Json> = rows
        .into_iter()
        .map(|(name, _, mut schema, description)| {
            schema["description"] = description.into();
            (name.to_string(), schema)
        })
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn or_null() -> Json {
    json!({ "type": ["string", "null"] })
}

fn time() -> Json {
    json!({ "type": "string", "format": "date-time" })
}

fn count() -> Json {
    json!({ "type": "integer", "minimum": 0 })
}

fn seconds() -> Json {
    json!({ "type": "number", "minimum": 0 })
}

fn list(items: Json) -> Json {
    json!({ "type": "array", "items": items })
}

fn texts_by_name() -> Json {
    json!({ "type": "object", "additionalProperties": text() })
}
