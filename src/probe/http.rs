//! What a web server answers.
//!
//! One request, the redirects it leads to, and the body as far as a check wants
//! it. Deliberately absent: keeping cookies, sessions, and the proxy variables of the
//! environment (a check says what it goes through).

mod cookie;
mod describe;
mod exchange;
mod redirect;
mod request;
mod transport;

use self::describe::{describe, describe_certificate, document};
use self::exchange::exchange;
use self::request::question;
use self::transport::Line;
use super::network::tls::{Client, Settings};
use super::network::{IpVersion, certificate, conclude};
use super::{Context, Pace, Probe, Seen};
use crate::fact::{Bytes, Fact, Moment};
use crate::{choice, described, facts, record};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
        /// What the server is asked to do. The others than GET, HEAD and OPTIONS may change the service.
        method: Method = Method::Get,
        /// Headers to send, e.g. `accept: application/json`. They, `basic`, `bearer` and the body only ever go to the scheme, host and port of the URL, also after a redirect.
        headers: Option<BTreeMap<String, String>>,
        /// Text to send; needs `method: POST`, `PUT` or `PATCH`.
        body: Option<String>,
        /// User name and password to send along.
        basic: Option<Basic>,
        /// Token to send along (`Authorization: Bearer`); best from a secret input.
        bearer: Option<String>,
        /// How many redirects to follow, at most 50; 0 makes the redirect itself the answer.
        redirects: u16 = 5,
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
        /// How much of the body is read and kept, after decompression.
        limit: Bytes = Bytes(1 << 20),
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

record! {
    /// One cookie that the server sets (RFC 6265).
    pub struct Cookie {
        /// Its name.
        name: String,
        /// Whether it is only sent over TLS (`Secure`).
        secure: bool,
        /// Whether scripts of the page cannot read it (`HttpOnly`).
        http_only: bool,
        /// `strict`, `lax` or `none`: whether it goes along with requests that other sites cause. Absent if the server does not say.
        same_site: Option<String>,
    }
}

facts! {
    pub struct Facts {
        /// Status code of the last answer, 100 to 599. Absent if there was none.
        status: u16,
        /// Headers of the last answer, names in lower case; repeated ones joined by `, `. The values of cookies are hidden.
        headers: BTreeMap<String, String>,
        /// The cookies that the last answer sets, without their values.
        cookies: Vec<Cookie>,
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
            Method::Get => target.url.clone(),
            method => format!("{} {}", method.word(), target.url),
        }
    }

    fn check(target: &Target) -> Result<(), String> {
        question(target, None)?;
        let sends_body = matches!(target.method, Method::Post | Method::Put | Method::Patch);
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
        let limit = usize::try_from(target.limit.0).unwrap_or(usize::MAX);
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

fn line(target: &Target, context: &Context) -> Line {
    let (ca, certificate, key, enforce) =
        (target.ca.clone(), target.client_cert.clone(), target.client_key.clone(), target.verify);
    let client = move || {
        let identity = certificate.as_deref().zip(key.as_deref());
        Client::new(&Settings { ca: ca.as_deref(), identity, enforce, alpn: &[b"http/1.1"] })
    };
    Line::new(context, target.ip, Box::new(client))
}
