//! The texts of a check, filled with what was seen: pure.

pub mod template;

use crate::fact::{Fact, Kind, Value, Values, Version};
use crate::judge::verdict::Verdict;
use crate::plan::{Check, Plan, texts};
use crate::probe::Seen;
use crate::spec::yaml::{Document, NodeId};
use serde_json::{Map, Value as Json, json};
use template::Template;

/// Everything a text can show of one check.
pub struct Filler<'a> {
    pub plan: &'a Plan,
    pub check: &'a Check,
    pub verdict: &'a Verdict,
    pub seen: Option<&'a Seen<Values>>,
}

impl Filler<'_> {
    /// Fills the text at a node.
    pub fn fill(&self, document: &Document, node: NodeId) -> String {
        let text = document.text(node).unwrap_or_default();
        if !text.contains("{{") {
            return text.trim_end().to_string();
        }
        let filled = Template::parse(text)
            .map_err(|error| error.message)
            .and_then(|template| template.render(&self.data(&template)));
        filled.unwrap_or_else(|message| format!("{} ({message})", text.trim_end())).trim_end().to_string()
    }

    fn data(&self, template: &Template) -> Json {
        let references = template.references();
        let asks =
            |root: &str| references.iter().any(|reference| reference.path.first().is_some_and(|name| name == root));
        let names = &self.check.names;
        let mut data = Map::new();
        if asks("vars") {
            data.insert("vars".into(), Json::Object(names.variables.values.clone()));
        }
        if asks("host") {
            data.insert("host".into(), names.surroundings.host().clone());
        }
        if asks("seen") {
            let parts: Vec<&str> = references
                .iter()
                .filter(|r| r.path[0] == "seen" && r.path.len() > 2)
                .map(|r| r.path[1].as_str())
                .collect();
            data.insert("seen".into(), self.facts(&parts));
        }
        data.insert("item".into(), self.check.item().map_or(Json::Null, |item| item.to_json()));
        data.insert("context".into(), Json::Object(names.surroundings.context.clone()));
        data.insert("attempts".into(), self.verdict.attempts.into());
        data.insert("failed".into(), serde_json::to_value(&self.verdict.failed).unwrap_or_default());
        data.insert("check".into(), self.itself());
        Json::Object(data)
    }

    fn itself(&self) -> Json {
        let field = |name: &str| match name {
            "id" => self.check.id.as_ref().into(),
            "pack" => self.plan.pack(self.check).id.as_str().into(),
            "level" => self.check.level.word().into(),
            "subject" => self.verdict.subject.as_str().into(),
            "answer" => self.verdict.answer.word().into(),
            _ => json!(self.verdict.reason),
        };
        Json::Object(texts::CHECK_FIELDS.iter().map(|name| (name.to_string(), field(name))).collect())
    }

    /// The facts; a text whose parts are asked for becomes a map of these.
    fn facts(&self, with_parts: &[&str]) -> Json {
        let Some(Seen::Present(values)) = self.seen else { return json!({}) };
        let probe = self.plan.pack(self.check).checks[self.check.spec].probe;
        let shown = values.0.iter().filter_map(|(name, fact)| {
            let kind = probe.facts.iter().find(|field| field.name == *name)?.kind;
            let value = match fact {
                Fact::Known(value @ (Value::Text(_) | Value::Concealed(_)))
                    if matches!(kind, Kind::Text) && with_parts.contains(name) =>
                {
                    parts(&value.show())
                }
                Fact::Known(value) => value.to_template(),
                Fact::Absent => Json::Null,
                Fact::Unknown(why) => format!("(unknown: {why})").into(),
                Fact::NotWanted => return None,
            };
            Some((name.to_string(), value))
        });
        Json::Object(shown.collect())
    }
}

fn parts(text: &str) -> Json {
    json!({
        "version": Version::find(text).map(|version| version.to_string()),
        "trimmed": text.trim(),
        "first_line": text.lines().next().unwrap_or_default(),
        "number": text.trim().parse::<f64>().ok(),
        "line_count": text.lines().count(),
    })
}
