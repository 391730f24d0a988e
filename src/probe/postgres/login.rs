//! Start-up and authentication: cleartext, MD5, SCRAM-SHA-256 (RFC 7677).
//!
//! Deliberately absent: channel binding, GSSAPI, SSPI.

use super::Target;
use super::link::{Link, declined};
use crate::probe::network::service::{bad_answer, words};
use crate::probe::network::{Failure, Word};
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;

/// The most messages before the server is ready.
const MESSAGES: usize = 1000;

/// Logs in; answers the version of the server, if it names one.
///
/// # Errors
/// If the server declines, wants a way of logging in that is not known here, or goes away.
pub fn log_in(link: &mut Link, target: &Target) -> Result<Option<String>, Failure> {
    let database = target.database.as_ref().unwrap_or(&target.username);
    let parameters = [
        ("user", target.username.as_str()),
        ("database", database),
        ("client_encoding", "UTF8"),
        ("application_name", "engine"),
    ];
    link.send(|buffer| frontend::startup_message(parameters, buffer))?;
    let mut version = None;
    let mut scram = None;
    for _ in 0..MESSAGES {
        match link.receive()? {
            Message::AuthenticationCleartextPassword => {
                let password = password(target)?;
                link.send(|buffer| frontend::password_message(password, buffer))?;
            }
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(target.username.as_bytes(), password(target)?, body.salt());
                link.send(|buffer| frontend::password_message(hash.as_bytes(), buffer))?;
            }
            Message::AuthenticationSasl(body) => {
                let offered: Vec<String> =
                    body.mechanisms().map(|name| Ok(name.to_string())).collect().map_err(|_| foreign())?;
                if !offered.iter().any(|name| name == SCRAM_SHA_256) {
                    return Err(unknown_way(&offered.join(", ")));
                }
                let begun = ScramSha256::new(password(target)?, ChannelBinding::unsupported());
                link.send(|buffer| frontend::sasl_initial_response(SCRAM_SHA_256, begun.message(), buffer))?;
                scram = Some(begun);
            }
            Message::AuthenticationSaslContinue(body) => {
                let scram = scram.as_mut().ok_or_else(foreign)?;
                scram.update(body.data()).map_err(|_| foreign())?;
                link.send(|buffer| frontend::sasl_response(scram.message(), buffer))?;
            }
            Message::AuthenticationSaslFinal(body) => {
                let failed =
                    |_| Failure::problem(Word::AuthenticationFailed, "the server does not know the password either");
                scram.as_mut().ok_or_else(foreign)?.finish(body.data()).map_err(failed)?;
            }
            Message::ParameterStatus(body) if body.name().is_ok_and(|name| name == "server_version") => {
                version = body.value().ok().map(str::to_string);
            }
            Message::ErrorResponse(body) => return Err(declined(&body)),
            Message::ReadyForQuery(_) => return Ok(version),
            Message::AuthenticationGss | Message::AuthenticationSspi | Message::AuthenticationKerberosV5 => {
                return Err(unknown_way("Kerberos"));
            }
            // consent, the key for cancelling, notices, other parameters
            _ => {}
        }
    }
    Err(bad_answer("the server does not become ready"))
}

fn password(target: &Target) -> Result<&[u8], Failure> {
    let none = || Failure::problem(Word::AuthenticationFailed, "the server wants a password");
    Ok(target.password.as_ref().ok_or_else(none)?.reveal().as_bytes())
}

fn unknown_way(offered: &str) -> Failure {
    let reason = format!("the server wants a way of logging in that is not known here: {}", words(offered));
    Failure::problem(Word::AuthenticationFailed, reason)
}

fn foreign() -> Failure {
    bad_answer("the answer is not that of PostgreSQL")
}
