//! Requests and answers, from the first URL to the last.
//!
//! Redirects are followed here and not by ureq, so that what was meant for one
//! server (headers, credentials, the body) is never handed to another.
//! Deliberately absent: cookies, caching, HTTP/2 and HTTP/3.

use super::redirect::{join, next_method, same_origin};
use super::transport::{Dialer, Line, NoLookup};
use crate::probe::network::connection::read_up_to;
use crate::probe::network::{Failure, Word};
use std::io;
use std::sync::Arc;
use ureq::config::Config;
use ureq::http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector};
use ureq::{Agent, Body, Error, Proxy};

/// Bytes that the header of an answer may have. It must fit into the buffer, of which every look has one.
const HEADER: usize = 64 << 10;

/// What is to be asked.
pub struct Question {
    pub method: Method,
    pub url: Uri,
    pub headers: HeaderMap,
    pub body: Option<String>,
    /// How many redirects are followed.
    pub redirects: usize,
    pub proxy: Option<Proxy>,
    /// Bytes of the body to read; `None` if nobody wants it.
    pub limit: Option<usize>,
}

/// What came back.
#[derive(Default)]
pub struct Answer {
    /// The last response, if there was one.
    pub head: Option<Head>,
    /// As far as it was read.
    pub body: Vec<u8>,
    /// Whether there is more than was read.
    pub truncated: bool,
    /// Where redirects led, in order.
    pub redirects: Vec<Uri>,
}

/// A response without its body.
pub struct Head {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
}

/// Asks, follows redirects and reads the body. What came before a failure is in the answer.
pub fn exchange(question: &Question, line: &Arc<Line>) -> (Answer, Option<Failure>) {
    let mut answer = Answer::default();
    let failure = go(question, line, &mut answer).err();
    (answer, failure)
}

fn go(question: &Question, line: &Arc<Line>, answer: &mut Answer) -> Result<(), Failure> {
    let agent = agent(question, line);
    let (mut url, mut method) = (question.url.clone(), question.method.clone());
    loop {
        let response = ask(&agent, question, &url, &method).map_err(failure)?;
        let (parts, body) = response.into_parts();
        let next = follow(question, &url, &method, parts.status, &parts.headers);
        answer.head = Some(Head { status: parts.status, version: parts.version, headers: parts.headers });
        match next? {
            None => return read(body, question.limit, answer),
            Some(next) if answer.redirects.len() == question.redirects => {
                let reason = format!("more than {} redirects; the next would lead to {next}", question.redirects);
                return Err(Failure::problem(Word::TooManyRedirects, reason));
            }
            Some(next) => {
                method = next_method(parts.status, &method);
                answer.redirects.push(next.clone());
                url = next;
            }
        }
    }
}

fn agent(question: &Question, line: &Arc<Line>) -> Agent {
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .max_response_header_size(HEADER)
        .input_buffer_size(HEADER)
        .output_buffer_size(16 << 10)
        .proxy(question.proxy.clone())
        .user_agent(concat!("engine/", env!("CARGO_PKG_VERSION")))
        .build();
    let connector = ConnectProxyConnector::default().chain(Dialer(line.clone()));
    Agent::with_parts(config, connector, NoLookup)
}

fn ask(agent: &Agent, question: &Question, url: &Uri, method: &Method) -> Result<Response<Body>, Error> {
    let mut request = Request::new(());
    *request.method_mut() = method.clone();
    *request.uri_mut() = url.clone();
    let ours = same_origin(&question.url, url);
    if ours {
        *request.headers_mut() = question.headers.clone();
    }
    match &question.body {
        Some(body) if ours && *method == question.method => agent.run(request.map(|()| body.as_str())),
        _ => agent.run(request),
    }
}

/// The next URL, if the answer is a redirect that we follow.
fn follow(
    question: &Question,
    url: &Uri,
    method: &Method,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Uri>, Failure> {
    let location = headers.get("location").filter(|_| matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308));
    let Some(location) = location.filter(|_| question.redirects > 0) else { return Ok(None) };
    let location = String::from_utf8_lossy(location.as_bytes());
    let next = join(url, &location).ok_or_else(|| {
        Failure::problem(Word::BadAnswer, format!("redirected to `{location}`, which is no URL of a web server"))
    })?;
    // what changes something is not repeated at a server that the author did not name
    let harmless = matches!(next_method(status, method), Method::GET | Method::HEAD | Method::OPTIONS);
    Ok((harmless || same_origin(&question.url, &next)).then_some(next))
}

fn read(body: Body, limit: Option<usize>, answer: &mut Answer) -> Result<(), Failure> {
    let Some(limit) = limit else { return Ok(()) };
    // one byte more tells whether there is more
    let (bytes, end) = read_up_to(&mut body.into_reader(), limit.saturating_add(1));
    answer.body = bytes;
    answer.truncated = answer.body.len() > limit;
    answer.body.truncate(limit);
    end.map_err(|error| failure(Error::from(error)).during("in the body"))
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Io(error) => Failure::from(error),
        Error::Timeout(_) => Failure::timed_out(),
        Error::ConnectProxyFailed(reason) => {
            Failure::problem(Word::ProxyFailed, format!("the proxy did not connect: {reason}"))
        }
        Error::Protocol(error) => Failure::problem(Word::BadAnswer, format!("the answer is not HTTP: {error}")),
        Error::LargeResponseHeader(..) => Failure::problem(Word::BadAnswer, "the header of the answer is too large"),
        Error::Decompress(_, error) => decompression(error),
        error => Failure::Blind(error.to_string()),
    }
}

/// Either the bytes are no gzip, or they stopped coming.
fn decompression(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Failure::problem(Word::BadAnswer, format!("the compressed body is broken: {error}"))
        }
        _ => Failure::from(error),
    }
}
