//! What a web server answers.
//!
//! One request, the redirects it leads to, and the body as far as a check wants
//! it. Deliberately absent: cookies, sessions, and the proxy variables of the
//! environment (a check says what it goes through).

mod exchange;
mod redirect;
mod transport;

use self::exchange::{Answer, Question, exchange};
use self::transport::Line;
use super::network::certificate::{self, Certificate};
use super::network::tls::{Client, Settings};
use super::network::{Failure, IpVersion, Word, conclude};
use super::{Context, Pace, Probe, Seen, data};
use crate::fact::{Bytes, Fact, Moment};
use crate::fact::HIDDEN;
use crate::{choice, described, facts, observe};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use ureq::http::{HeaderMap, Uri};
use ureq::{Proxy, ProxyProtocol};

/// Bytes of a body that are kept unless `limit` says otherwise: 1 MiB.
const LIMIT: u64 = 1 << 20;
/// Redirects that are followed unless `redirects` says otherwise.
const REDIRECTS: u16 = 5;

choice! {
    /// What the server is asked to do (RFC 9110, section 9).
    pub enum Method {
        /// Send the resource.
        Get = "GET",
        /// Send the header only.
        Head = "HEAD",
        /// Say what is possible.
        Options = "OPTIONS",
        /// Process the body; may change something.
        Post = "POST",
        /// Replace the resource; changes something.
        Put = "PUT",
        /// Change the resource; changes something.
        Patch = "PATCH",
        /// Remove the resource; changes something.
        Delete = "DELETE",
    }
}

described! {
    /// User name and password (RFC 7617).
    #[derive(PartialEq, Eq, Hash)]
    pub struct Basic {
        /// User name, without a colon.
        user: String,
        /// Password; best from a secret input.
        password: String,
    }
}

described! {
    /// Asks a web server.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: url) {
        /// The whole URL, e.g. `https://example.org/health`.
        url: String,
        /// What the server is asked to do. By default `GET`; the others than GET, HEAD and OPTIONS may change the service.
        method: Option<Method>,
        /// Headers to send, e.g. `accept: application/json`. They, `basic`, `bearer` and the body only ever go to the scheme, host and port of the URL, also after a redirect.
        headers: Option<BTreeMap<String, String>>,
        /// Text to send; needs `method: POST`, `PUT` or `PATCH`.
        body: Option<String>,
        /// User name and password to send along.
        basic: Option<Basic>,
        /// Token to send along (`Authorization: Bearer`); best from a secret input.
        bearer: Option<String>,
        /// How many redirects to follow, at most 50; 0 makes the redirect itself the answer.
        redirects: u16 = REDIRECTS,
        /// Whether a certificate that is not trusted means that there is no answer.
        verify: bool = true,
        /// PEM file of authorities to trust beside those of the system, or the very certificate of the server.
        ca: Option<PathBuf>,
        /// PEM file of a certificate (with its chain) to show to the server; needs `client_key`.
        client_cert: Option<PathBuf>,
        /// PEM file of the key to `client_cert`.
        client_key: Option<PathBuf>,
        /// URL of an HTTP proxy to tunnel through (CONNECT), e.g. `http://proxy.example.org:3128`. The variables of the environment are not read.
        proxy: Option<String>,
        /// How much of the body is read and kept, after decompression. By default `1MiB`.
        limit: Option<Bytes>,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

facts! {
    pub struct Facts {
        /// Status code of the last answer, 100 to 599. Absent if there was none.
        status: u16,
        /// Headers of the last answer, names in lower case; repeated ones joined by `, `. The values of cookies are hidden.
        headers: BTreeMap<String, String>,
        /// The body as text, as far as `limit`; read only if a check asks for it, or for the facts that depend on it.
        body: String,
        /// Size of the body as far as it was read, after decompression.
        body_size: Bytes,
        /// Whether the body is longer than `limit`.
        truncated: bool,
        /// The body as data, if its content type says JSON or YAML.
        document: Json,
        /// From the lookup of the name to the last byte that was read, all redirects included.
        elapsed: Duration,
        /// Where redirects led, in order.
        redirects: Vec<String>,
        /// The URL that was answered last.
        url: String,
        /// Version of the last answer: `HTTP/1.0` or `HTTP/1.1`.
        http_version: String,
        /// The address that was connected to last (that of the proxy, if there is one).
        address: String,
        /// Last moment of the validity of the certificate that was shown last.
        certificate_expires: Moment,
        /// Time until then; zero if it has passed.
        certificate_remaining: Duration,
        /// Names the certificate is for.
        certificate_names: Vec<String>,
        /// What went wrong: `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `closed`, `tls_failed`, `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`, `certificate_untrusted`, `proxy_failed`, `too_many_redirects`, or `bad_answer`. Absent if nothing did; the status says nothing here.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Http;

impl Probe for Http {
    const NAME: &'static str = "http";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { status: { between: [200, 299] } }";
    const EXAMPLE: &'static str = "id: site\nhttp: https://example.org/\nexpect:\n  status: 200\n  headers: { has_key: content-type }\n  elapsed: { lt: 5s }";
    const EVIDENCE: &'static [&'static str] = &["reason", "status", "elapsed", "body"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        match target.method {
            None | Some(Method::Get) => target.url.clone(),
            Some(method) => format!("{} {}", method.word(), target.url),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        question(target, None)?;
        let sends_body = matches!(target.method, Some(Method::Post | Method::Put | Method::Patch));
        if target.body.is_some() && !sends_body {
            return Err("a body needs `method: POST`, `PUT` or `PATCH`".into());
        }
        if target.basic.is_some() && target.bearer.is_some() {
            return Err("`basic` and `bearer` exclude each other".into());
        }
        if target.client_cert.is_some() != target.client_key.is_some() {
            return Err("`client_cert` and `client_key` belong together".into());
        }
        if target.redirects > 50 {
            return Err("at most 50 redirects can be followed".into());
        }
        Ok(())
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let limit = usize::try_from(target.limit.map_or(LIMIT, |limit| limit.0)).unwrap_or(usize::MAX);
        let question = match question(target, wants_body(wanted).then_some(limit)) {
            Ok(question) => question,
            Err(why) => return Seen::Refused(why),
        };
        let line = Arc::new(line(target, context));
        let started = Instant::now();
        let (answer, mut failure) = exchange(&question, &line);
        let mut facts = describe(&question, &answer, failure.is_some());
        facts.elapsed = started.elapsed().into();
        facts.address = line.peer().map(|peer| peer.to_string()).into();
        if wanted.document {
            let broken;
            (facts.document, broken) = document(&answer, failure.is_some());
            failure = failure.or(broken);
        }
        let leaf = line.shown().and_then(|shown| shown.chain.first().map(certificate::read));
        describe_certificate(leaf.map_or(Fact::Absent, Fact::from), &mut facts);
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

/// The body costs time; a check of the status alone does not wait for it.
fn wants_body(wanted: &Wanted) -> bool {
    wanted.body
        || wanted.body_size
        || wanted.truncated
        || wanted.document
        || wanted.elapsed
        || wanted.problem
        || wanted.reason
}

fn question(target: &Target, limit: Option<usize>) -> Result<Question, String> {
    Ok(Question {
        method: target.method.map_or("GET", Method::word).parse().map_err(|_| "there is no such method".to_string())?,
        url: url(&target.url)?,
        headers: headers(target)?,
        body: target.body.clone(),
        redirects: target.redirects.into(),
        proxy: target.proxy.as_deref().map(proxy).transpose()?,
        limit,
    })
}

fn url(text: &str) -> Result<Uri, String> {
    let without_fragment = text.split('#').next().unwrap_or_default();
    let url: Uri = without_fragment.parse().map_err(|error| format!("this is not a URL: {error}"))?;
    if !redirect::is_http(&url) {
        return Err(format!("`{text}` is not a whole URL; write it as in `https://example.org/health`"));
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a URL with a password shows it to everybody; write `basic: { user: …, password: … }`".into());
    }
    Ok(url)
}

/// Complaints never quote a value, which may be a secret.
fn headers(target: &Target) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in target.headers.iter().flatten() {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not the name of a header"))?;
        let value = value.parse().map_err(|_| format!("the value of the header `{name}` has characters that cannot be sent"))?;
        headers.insert(key, value);
    }
    let authorization = match (&target.basic, &target.bearer) {
        (Some(basic), _) if basic.user.contains(':') => return Err("a user name cannot contain a colon".into()),
        (Some(basic), _) => format!("Basic {}", STANDARD.encode(format!("{}:{}", basic.user, basic.password))),
        (None, Some(token)) => format!("Bearer {token}"),
        (None, None) => return Ok(headers),
    };
    let value = HeaderValue::try_from(authorization).map_err(|_| "the token has characters that cannot be sent".to_string())?;
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

fn proxy(text: &str) -> Result<Proxy, String> {
    // the URL may hold a password
    let proxy = Proxy::new(text).map_err(|_| "`proxy` is not the URL of a proxy; write it as in `http://proxy.example.org:3128`".to_string())?;
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err("only proxies of `http://` and `https://` can be used".into()),
    }
}

fn line(target: &Target, context: &Context) -> Line {
    let (ca, certificate, key, enforce) = (target.ca.clone(), target.client_cert.clone(), target.client_key.clone(), target.verify);
    let client = move || {
        let identity = certificate.as_deref().zip(key.as_deref());
        Client::new(&Settings { ca: ca.as_deref(), identity, enforce, alpn: &[b"http/1.1"] })
    };
    Line::new(context, target.ip, Box::new(client))
}

/// Everything but the body's meaning, the certificate and the problem.
fn describe(question: &Question, answer: &Answer, failed: bool) -> Facts {
    let head = answer.head.as_ref();
    let cut = failed && question.limit.is_some() && head.is_some();
    let body = |fact: Fact<String>| match question.limit {
        _ if head.is_none() => Fact::Absent,
        None => Fact::NotWanted,
        Some(_) if cut => Fact::Unknown("the body did not arrive whole".into()),
        Some(_) => fact,
    };
    Facts {
        status: head.map(|head| head.status.as_u16()).into(),
        headers: head.map(|head| show_headers(&head.headers)).into(),
        body: body(String::from_utf8_lossy(&answer.body).into_owned().into()),
        body_size: head.map(|_| Bytes(answer.body.len() as u64)).into(),
        truncated: head.map(|_| answer.truncated).into(),
        redirects: answer.redirects.iter().map(Uri::to_string).collect::<Vec<_>>().into(),
        url: answer.redirects.last().unwrap_or(&question.url).to_string().into(),
        http_version: head.map(|head| format!("{:?}", head.version)).into(),
        ..Facts::default()
    }
}

fn describe_certificate(leaf: Fact<Certificate>, facts: &mut Facts) {
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
fn document(answer: &Answer, failed: bool) -> (Fact<Json>, Option<Failure>) {
    let Some(head) = &answer.head else { return (Fact::Absent, None) };
    if failed || answer.truncated {
        return (Fact::Unknown("the body did not arrive whole; `limit` says how much is read".into()), None);
    }
    let content_type = head.headers.get("content-type").map(|value| String::from_utf8_lossy(value.as_bytes()));
    let parsed = match format(content_type.as_deref().unwrap_or_default()) {
        Some(Format::Json) => serde_json::from_slice(&answer.body).map_err(|error| format!("JSON: {error}")),
        Some(Format::Yaml) => {
            data::parse_yaml(&String::from_utf8_lossy(&answer.body)).map_err(|error| format!("YAML: {error}"))
        }
        None => return (Fact::Absent, None),
    };
    match parsed {
        Ok(document) => (Fact::Known(document), None),
        Err(error) => (Fact::Absent, Some(Failure::problem(Word::BadAnswer, format!("the body is not {error}")))),
    }
}

#[derive(Debug, PartialEq)]
enum Format {
    Json,
    Yaml,
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

    #[test]
    fn what_cannot_be_asked_is_refused() {
        assert!(url("https://example.org/a?b#c").is_ok());
        for text in ["example.org", "/health", "ftp://example.org/", "http://", "http://a b/", "https://u:p@example.org/"] {
            assert!(url(text).is_err(), "{text}");
        }
        assert!(!url("https://u:hunter2@example.org/").unwrap_err().contains("hunter2"));
        assert!(proxy("socks5://localhost:1").is_err());
        assert!(proxy("http://localhost:3128").is_ok());
    }
}
