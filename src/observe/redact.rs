//! Secrets never leave: every text that was seen is cleaned before it is judged or kept.

pub use crate::fact::HIDDEN;
use crate::fact::{Fact, Value, Values};
use crate::judge::verdict::Verdict;
use crate::probe::Seen;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value as Json;

/// Finds secrets, also in base64, hexadecimal, URL-encoded, JSON- and XML-escaped and shell-quoted form.
pub struct Redactor(Option<AhoCorasick>);

impl Redactor {
    pub fn new(secrets: &[String]) -> Redactor {
        let forms: Vec<String> =
            secrets.iter().filter(|secret| !secret.is_empty()).flat_map(|secret| forms(secret)).collect();
        if forms.is_empty() {
            return Redactor(None);
        }
        // an automaton over a handful of short texts cannot be too large
        Redactor(AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms).ok())
    }

    pub fn redact(&self, text: &str) -> Option<String> {
        let automaton = self.0.as_ref()?;
        automaton.is_match(text).then(|| automaton.replace_all(text, &vec![HIDDEN; automaton.patterns_len()]))
    }

    /// The text without secrets.
    pub fn clean(&self, text: &str) -> String {
        self.redact(text).unwrap_or_else(|| text.to_string())
    }

    pub fn redact_seen(&self, seen: &mut Seen<Values>) {
        if self.0.is_none() {
            return;
        }
        match seen {
            Seen::Present(values) => {
                for (_, fact) in &mut values.0 {
                    match fact {
                        Fact::Known(value) => self.redact_value(value),
                        Fact::Unknown(why) => self.in_place(why),
                        _ => {}
                    }
                }
            }
            Seen::Absent(why) | Seen::Refused(why) | Seen::Unsupported(why) => self.in_place(why),
        }
    }

    /// Cleans all texts of a verdict, before a report wraps or escapes them.
    pub fn redact_verdict(&self, verdict: &mut Verdict) {
        if self.0.is_none() {
            return;
        }
        let Verdict { title, why, subject, message, remedy, reason, failed, evidence, seen, .. } = verdict;
        let failed = failed.iter_mut().flat_map(|failed| [&mut failed.fact, &mut failed.expected, &mut failed.found]);
        let evidence = evidence.iter_mut().map(|(_, text)| text);
        let texts = [message, remedy, reason, why].into_iter().flatten();
        texts.chain([title, subject]).chain(failed).chain(evidence).for_each(|text| self.in_place(text));
        seen.iter_mut().for_each(|seen| self.redact_json(seen));
    }

    fn redact_value(&self, value: &mut Value) {
        match value {
            Value::Text(text) => self.in_place(text),
            Value::Version(text) => {
                if let Some(clean) = self.redact(text) {
                    *text = clean.into();
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.redact_value(item)),
            Value::Map(entries) => {
                for (key, item) in entries {
                    self.in_place(key);
                    self.redact_value(item);
                }
            }
            Value::Document(json) => self.redact_json(json),
            _ => {}
        }
    }

    /// Cleans every text of a document, names too.
    pub fn redact_json(&self, json: &mut Json) {
        match json {
            Json::String(text) => self.in_place(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Json::Object(map) => {
                for (key, mut value) in std::mem::take(map) {
                    self.redact_json(&mut value);
                    map.insert(self.clean(&key), value);
                }
            }
            Json::Number(number) => {
                if let Some(clean) = self.redact(&number.to_string()) {
                    *json = clean.into();
                }
            }
            _ => {}
        }
    }

    fn in_place(&self, text: &mut String) {
        if let Some(clean) = self.redact(text) {
            *text = clean;
        }
    }
}

/// The forms in which a secret is known to leak. Base64 depends on where in a
/// longer text the secret stands, so its stable middle is searched at all three offsets.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url = |upper: bool| -> String {
        secret
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (byte as char).to_string(),
                byte if upper => format!("%{byte:02X}"),
                byte => format!("%{byte:02x}"),
            })
            .collect()
    };
    let escaped = Json::from(secret).to_string();
    let mut forms = vec![
        secret.to_string(),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex.to_uppercase(),
        hex,
        url(true),
        url(false),
        url(true).replace("%20", "+"),
        escaped[1..escaped.len() - 1].to_string(),
        secret.replace('\'', r"'\''"),
    ];
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    forms.extend([xml.replace('"', "&quot;"), xml.replace('"', "&quot;").replace('\'', "&apos;"), xml]);
    forms.extend((1..3).filter_map(|offset| base64_middle(secret, offset)));
    // a form of few letters would hide innocent text
    forms.retain(|form| form.len() >= secret.len().min(4));
    forms.sort();
    forms.dedup();
    forms
}

/// The characters of the base64 of `secret` at an offset that do not depend on its neighbours.
fn base64_middle(secret: &str, offset: usize) -> Option<String> {
    let padded = [vec![0; offset], secret.as_bytes().to_vec()].concat();
    let encoded = STANDARD_NO_PAD.encode(&padded);
    let start = [0, 2, 3][offset];
    let end = padded.len() / 3 * 4;
    encoded.get(start..end).filter(|middle| middle.len() >= 8).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_hidden() {
        let redactor = Redactor::new(&["s3cret 'pass/word".into()]);
        for text in forms("s3cret 'pass/word") {
            assert_eq!(redactor.clean(&format!("<{text}>")), format!("<{HIDDEN}>"), "{text}");
        }
    }

    #[test]
    fn base64_inside_a_longer_text_is_hidden() {
        let redactor = Redactor::new(&["correct-horse-battery".into()]);
        for prefix in ["user:", "u:", "us:"] {
            let encoded = STANDARD.encode(format!("{prefix}correct-horse-battery!"));
            let clean = redactor.clean(&encoded);
            assert!(clean.contains(HIDDEN), "{clean}");
        }
    }

    #[test]
    fn innocent_text_stays() {
        assert_eq!(Redactor::new(&["hunter2".into()]).clean("hunter1"), "hunter1");
        assert_eq!(Redactor::new(&[]).clean("anything"), "anything");
    }
}
