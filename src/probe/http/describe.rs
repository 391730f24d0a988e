//! From an answer to facts.
//!
//! Deliberately absent: the network.

use super::Facts;
use super::cookie::cookies;
use super::exchange::{Answer, Question};
use crate::fact::{Bytes, Fact, HIDDEN};
use crate::observe;
use crate::probe::data::{self, Format};
use crate::probe::network::certificate::Certificate;
use crate::probe::network::{Failure, Word};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use ureq::http::{HeaderMap, Uri};

/// Everything but the body's meaning, the certificate and the problem.
pub fn describe(question: &Question, answer: &Answer, failed: bool) -> Facts {
    let head = answer.head.as_ref();
    let cut = failed && question.limit.is_some() && head.is_some();
    let body = |fact: Fact<String>| match question.limit {
        _ if head.is_none() => Fact::Absent,
        None => Fact::NotWanted,
        Some(_) if cut => Fact::Unknown("the body did not arrive whole".into()),
        Some(_) => fact,
    };
    // nobody knows how large it is unless it is read
    let unread = head.is_some() && question.limit.is_none();
    Facts {
        status: head.map(|head| head.status.as_u16()).into(),
        headers: head.map(|head| show_headers(&head.headers)).into(),
        cookies: head.map(|head| cookies(&head.headers)).into(),
        body: body(String::from_utf8_lossy(&answer.body).into_owned().into()),
        body_size: if unread { Fact::NotWanted } else { head.map(|_| Bytes(answer.body.len() as u64)).into() },
        truncated: if unread { Fact::NotWanted } else { head.map(|_| answer.truncated).into() },
        redirects: answer.redirects.iter().map(Uri::to_string).collect::<Vec<_>>().into(),
        url: answer.redirects.last().unwrap_or(&question.url).to_string().into(),
        http_version: head.map(|head| format!("{:?}", head.version)).into(),
        ..Facts::default()
    }
}

pub fn describe_certificate(leaf: Fact<Certificate>, facts: &mut Facts) {
    facts.certificate_expires = leaf.clone().map(|leaf| leaf.not_after);
    facts.certificate_remaining = leaf.clone().map(|leaf| observe::now().until(leaf.not_after));
    facts.certificate_names = leaf.map(|leaf| leaf.names);
}

fn show_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        let text = if name == "set-cookie" { without_value(&text) } else { text.into_owned() };
        shown.entry(name.to_string()).and_modify(|all| *all = format!("{all}, {text}")).or_insert(text);
    }
    shown
}

/// `id=[hidden]; Path=/; Secure`: the attributes are worth checking, the session is nobody's business.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_at(cookie.find(';').unwrap_or(cookie.len()));
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={HIDDEN}{attributes}"),
        None => format!("{HIDDEN}{attributes}"),
    }
}

/// What calls itself JSON or YAML and is not is a bad answer.
pub fn document(answer: &Answer, failed: bool) -> (Fact<Json>, Option<Failure>) {
    let Some(head) = &answer.head else { return (Fact::Absent, None) };
    if failed || answer.truncated {
        return (Fact::Unknown("the body did not arrive whole; `limit` says how much is read".into()), None);
    }
    let content_type = head.headers.get("content-type").map(|value| String::from_utf8_lossy(value.as_bytes()));
    let Some(format) = format(content_type.as_deref().unwrap_or_default()) else { return (Fact::Absent, None) };
    match data::parse(format, &String::from_utf8_lossy(&answer.body)) {
        Ok(document) => (Fact::Known(document), None),
        Err(error) => {
            let reason = format!("the body is not what its content type says: {error}");
            (Fact::Absent, Some(Failure::problem(Word::BadAnswer, reason)))
        }
    }
}

/// `application/json`, `application/problem+json; charset=utf-8`, `text/yaml` and their like (RFC 6838, RFC 9512).
fn format(content_type: &str) -> Option<Format> {
    let media_type = content_type.split(';').next()?.trim().to_ascii_lowercase();
    let subtype = media_type.split_once('/')?.1;
    match subtype.rsplit('+').next()? {
        "json" => Some(Format::Json),
        "yaml" | "x-yaml" | "vnd.yaml" => Some(Format::Yaml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_recognised() {
        assert_eq!(format("application/json"), Some(Format::Json));
        assert_eq!(format("Application/Problem+JSON; charset=utf-8"), Some(Format::Json));
        assert_eq!(format("text/yaml"), Some(Format::Yaml));
        for other in ["", "json", "text/html", "application/jsonp"] {
            assert_eq!(format(other), None, "{other}");
        }
    }

    #[test]
    fn cookies_show_their_attributes_only() {
        assert_eq!(without_value("id=s3cret; Path=/; Secure"), "id=[hidden]; Path=/; Secure");
        assert_eq!(without_value("s3cret"), "[hidden]");
    }
}
