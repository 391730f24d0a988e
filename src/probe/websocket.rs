//! Whether a WebSocket opens, and what it says (RFC 6455).
//!
//! Deliberately absent: compression, and more than one message each way.

use super::network::tls::{Client, Settings};
use super::network::{Failure, IpVersion, Stream, Word, conclude, dial};
use super::{Context, Pace, Probe, Seen};
use crate::fact::Fact;
use crate::{described, facts};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{Request, Response};
use tungstenite::http::{HeaderName, HeaderValue, Uri};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket};

/// The longest message that is taken.
const LIMIT: usize = 1 << 20;

described! {
    /// Opens a WebSocket.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: url) {
        /// The whole URL, e.g. `wss://example.org/live`.
        url: String,
        /// Headers to send with the handshake, e.g. `origin: https://example.org`.
        headers: Option<BTreeMap<String, String>>,
        /// Subprotocols to offer, the preferred one first.
        subprotocols: Option<Vec<String>>,
        /// Text to send once the socket is open. By default nothing.
        send: Option<String>,
        /// Whether a certificate that is not trusted means that there is no connection.
        verify: bool = true,
        /// PEM file of authorities to trust beside those of the system, or the very certificate of the server.
        ca: Option<PathBuf>,
        /// Use only this version of IP. By default every address of the host is tried in turn.
        ip: Option<IpVersion>,
    }
}

facts! {
    pub struct Facts {
        /// Whether the socket opened.
        connected: bool,
        /// Status code of the handshake: 101 if it opened. Absent if there was no answer.
        status: u16,
        /// The subprotocol the server chose. Absent if it chose none.
        subprotocol: String,
        /// The first message, text or binary (read as text), at most 1 MiB: after `send`, or the server's own greeting. Waits for it, and only if a check asks.
        message: String,
        /// The address that was connected to, e.g. `127.0.0.1:443`.
        address: String,
        /// From the lookup of the name to the open socket, to the message if it is waited for, or to the failure.
        elapsed: Duration,
        /// What went wrong: `rejected` (an answer other than 101), `bad_answer`, `closed`, `refused`, `timed_out`, `name_not_found`, `resolver_failed`, `unreachable`, `tls_failed`, `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`, or `certificate_untrusted`. Absent if nothing did.
        problem: String,
        /// The problem in a sentence.
        reason: String,
    }
}

pub struct Websocket;

impl Probe for Websocket {
    const NAME: &'static str = "websocket";
    const PACE: Pace = Pace::Waits;
    const DEFAULT: &'static str = "expect: { connected: true }";
    const EXAMPLE: &'static str = "id: live-updates\nwebsocket: { url: \"wss://echo.websocket.org/\", send: hello }\nexpect:\n  connected: true\n  message: { present: true }";
    const EVIDENCE: &'static [&'static str] = &["reason", "status", "message", "address", "elapsed"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.url.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        request(target).map(drop)
    }

    fn observe(target: &Target, wanted: &Wanted, context: &Context) -> Seen<Facts> {
        let request = match request(target) {
            Ok(request) => request,
            Err(why) => return Seen::Refused(why),
        };
        let mut facts = Facts {
            connected: false.into(),
            status: Fact::Absent,
            subprotocol: Fact::Absent,
            message: Fact::Absent,
            address: Fact::Absent,
            ..Facts::default()
        };
        let started = Instant::now();
        let failure = converse(target, request, wanted.message, context, &mut facts).err();
        facts.elapsed = started.elapsed().into();
        conclude(failure, |problem, reason| Facts { problem, reason, ..facts })
    }
}

fn converse(
    target: &Target,
    request: Request,
    wait: bool,
    context: &Context,
    facts: &mut Facts,
) -> Result<(), Failure> {
    let stream = connect(target, request.uri(), context, facts)?;
    let (mut socket, response) = open(request, stream).map_err(|error| {
        if let Error::Http(response) = &error {
            facts.status = response.status().as_u16().into();
        }
        failure(error)
    })?;
    facts.connected = true.into();
    facts.status = response.status().as_u16().into();
    let chosen = response.headers().get("sec-websocket-protocol");
    facts.subprotocol = chosen.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned()).into();
    if let Some(text) = &target.send {
        socket.send(Message::text(text)).map_err(failure)?;
    }
    if wait {
        facts.message = message(&mut socket)?.into();
    }
    // a farewell; whether it arrives is of no interest
    let _ = socket.close(None).and_then(|()| socket.flush());
    Ok(())
}

fn connect(target: &Target, url: &Uri, context: &Context, facts: &mut Facts) -> Result<Box<dyn Stream>, Failure> {
    let secure = url.scheme_str() == Some("wss");
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let connection = dial(host, url.port_u16().unwrap_or(if secure { 443 } else { 80 }), target.ip, context)?;
    facts.address = connection.peer.to_string().into();
    if !secure {
        return Ok(Box::new(connection));
    }
    let settings = Settings { ca: target.ca.as_deref(), enforce: target.verify, ..Settings::default() };
    let client = Client::new(&settings).map_err(Failure::Blind)?;
    Ok(Box::new(client.handshake(connection, host)?))
}

type Socket = WebSocket<Box<dyn Stream>>;

fn open(request: Request, stream: Box<dyn Stream>) -> Result<(Socket, Response), Error> {
    let config =
        WebSocketConfig::default().read_buffer_size(16 << 10).max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
    tungstenite::client::client_with_config(request, stream, Some(config)).map_err(|error| match error {
        HandshakeError::Failure(error) => error,
        // only a stream that says "would block" interrupts
        HandshakeError::Interrupted(_) => Error::Io(Failure::timed_out().into()),
    })
}

fn message(socket: &mut Socket) -> Result<String, Failure> {
    loop {
        match socket.read().map_err(failure)? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Binary(bytes) => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Message::Close(frame) => {
                let why = frame.map_or(String::new(), |frame| format!(": {} {}", u16::from(frame.code), frame.reason));
                return Err(Failure::problem(Word::Closed, format!("the server closed the socket{why}")));
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

/// Complaints never quote a value, which may be a secret.
fn request(target: &Target) -> Result<Request, String> {
    let whole = "write a whole URL, as in `wss://example.org/live`";
    let mut request = target.url.as_str().into_client_request().map_err(|_| format!("this is not a URL; {whole}"))?;
    let url = request.uri();
    if !matches!(url.scheme_str(), Some("ws" | "wss")) || url.host().is_none_or(str::is_empty) {
        return Err(format!("`{}` is not the URL of a WebSocket; {whole}", target.url));
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a URL with a password shows it to everybody; write it as a header".into());
    }
    for (name, value) in target.headers.iter().flatten() {
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not the name of a header"))?;
        let value = HeaderValue::from_str(value)
            .map_err(|_| format!("the value of the header `{name}` has characters that cannot be sent"))?;
        request.headers_mut().insert(key, value);
    }
    if let Some(names) = target.subprotocols.as_ref().filter(|names| !names.is_empty()) {
        let value = HeaderValue::from_str(&names.join(", "))
            .map_err(|_| "a subprotocol has characters that cannot be sent".to_string())?;
        request.headers_mut().insert("sec-websocket-protocol", value);
    }
    Ok(request)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Io(error) => Failure::from(error),
        Error::Http(response) => Failure::problem(
            Word::Rejected,
            format!("the server answered {} instead of opening a socket", response.status()),
        ),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::HandshakeIncomplete) => {
            Failure::problem(Word::Closed, "the other side closed the connection")
        }
        error => Failure::problem(Word::BadAnswer, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target { url: url.into(), headers: None, subprotocols: None, send: None, verify: true, ca: None, ip: None }
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        assert!(request(&target("ws://[::1]:80/a?b")).is_ok());
        for url in ["example.org", "http://example.org/", "ws://", "ws://a b/", "wss://u:p@example.org/"] {
            assert!(request(&target(url)).is_err(), "{url}");
        }
        let headers = Some(BTreeMap::from([("x-token".to_string(), "hunter2\n".to_string())]));
        let complaint = request(&Target { headers, ..target("ws://example.org/") }).unwrap_err();
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}
