//! What can go wrong on the network, in the words that facts use.
//!
//! A [`Problem`] is what the network answered, and so a fact: the port is closed,
//! the name is unknown, nobody answered in time. A failure that says nothing of
//! the network (no descriptors left, the run was ended) makes the look blind.

use crate::fact::Fact;
use crate::probe::Seen;
use std::fmt;
use std::io::{self, ErrorKind};

/// The class of a problem. The word is what packs compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Nobody listens on the port (or a firewall says so).
    Refused,
    /// No answer before the deadline.
    TimedOut,
    /// The name does not exist, or has no address of the version asked for.
    NameNotFound,
    /// No name server could answer.
    ResolverFailed,
    /// There is no way to the address.
    Unreachable,
    /// The connection was closed or reset in the middle.
    Closed,
    /// No TLS connection could be agreed on.
    TlsFailed,
    CertificateExpired,
    CertificateNotYetValid,
    /// The certificate is for other names.
    CertificateWrongName,
    /// No trusted authority stands behind the certificate, or it is unfit in another way.
    CertificateUntrusted,
    /// The proxy would not let us through.
    ProxyFailed,
    TooManyRedirects,
    /// The server did not accept who we say we are.
    AuthenticationFailed,
    /// The server answered, and declined.
    Rejected,
    /// The answer does not follow the protocol.
    BadAnswer,
}

impl Word {
    pub fn word(self) -> &'static str {
        match self {
            Word::Refused => "refused",
            Word::TimedOut => "timed_out",
            Word::NameNotFound => "name_not_found",
            Word::ResolverFailed => "resolver_failed",
            Word::Unreachable => "unreachable",
            Word::Closed => "closed",
            Word::TlsFailed => "tls_failed",
            Word::CertificateExpired => "certificate_expired",
            Word::CertificateNotYetValid => "certificate_not_yet_valid",
            Word::CertificateWrongName => "certificate_wrong_name",
            Word::CertificateUntrusted => "certificate_untrusted",
            Word::ProxyFailed => "proxy_failed",
            Word::TooManyRedirects => "too_many_redirects",
            Word::AuthenticationFailed => "authentication_failed",
            Word::Rejected => "rejected",
            Word::BadAnswer => "bad_answer",
        }
    }
}

/// Something the network answered instead of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub word: Word,
    /// One sentence for people, without a full stop.
    pub reason: String,
}

impl Problem {
    pub fn new(word: Word, reason: impl Into<String>) -> Problem {
        Problem { word, reason: reason.into() }
    }
}

/// Why a look over the network did not get what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Problem(Problem),
    /// This machine could not look; the text says why.
    Blind(String),
}

impl Failure {
    pub fn problem(word: Word, reason: impl Into<String>) -> Failure {
        Failure::Problem(Problem::new(word, reason))
    }

    pub fn timed_out() -> Failure {
        Failure::problem(Word::TimedOut, "no answer before the timeout")
    }

    pub fn cancelled() -> Failure {
        Failure::Blind("the run was ended".into())
    }

    /// Says at what the problem happened.
    pub fn during(self, what: &str) -> Failure {
        match self {
            Failure::Problem(problem) => Failure::problem(problem.word, format!("{what}: {}", problem.reason)),
            blind => blind,
        }
    }
}

/// The answer of a look: a problem is a fact like others (`problem` and `reason`), blindness is not.
pub fn conclude<F>(failure: Option<Failure>, facts: impl FnOnce(Fact<String>, Fact<String>) -> F) -> Seen<F> {
    match failure {
        None => Seen::Present(facts(Fact::Absent, Fact::Absent)),
        Some(Failure::Problem(problem)) => {
            Seen::Present(facts(problem.word.word().to_string().into(), problem.reason.into()))
        }
        Some(Failure::Blind(why)) => Seen::Refused(why),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Problem(problem) => formatter.write_str(&problem.reason),
            Failure::Blind(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

/// So that it travels through crates that only know [`io::Error`].
impl From<Failure> for io::Error {
    fn from(failure: Failure) -> io::Error {
        let kind = match &failure {
            Failure::Problem(Problem { word: Word::TimedOut, .. }) => ErrorKind::TimedOut,
            _ => ErrorKind::Other,
        };
        io::Error::new(kind, failure)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if let Some(failure) = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>()) {
            return failure.clone();
        }
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return super::distrust::failure(tls);
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Failure::problem(Word::Refused, "the connection was refused"),
            ErrorKind::TimedOut => Failure::timed_out(),
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => {
                Failure::problem(Word::Unreachable, format!("there is no way there: {}", text(&error)))
            }
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof
            | ErrorKind::WriteZero => Failure::problem(Word::Closed, "the other side closed the connection"),
            ErrorKind::InvalidData => Failure::problem(Word::BadAnswer, text(&error)),
            _ => Failure::Blind(text(&error)),
        }
    }
}

/// Without the `(os error 113)` that says nothing to people.
fn text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_string(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_the_journey_through_io_errors() {
        for failure in [Failure::timed_out(), Failure::cancelled(), Failure::problem(Word::Closed, "gone")] {
            assert_eq!(Failure::from(io::Error::from(failure.clone())), failure);
        }
    }

    #[test]
    fn permission_and_shortage_are_no_answers_of_the_network() {
        for number in [libc::EACCES, libc::EPERM, libc::EMFILE, libc::ENFILE, libc::ENOBUFS] {
            assert!(matches!(Failure::from(io::Error::from_raw_os_error(number)), Failure::Blind(_)), "{number}");
        }
        for (number, word) in [
            (libc::ECONNREFUSED, Word::Refused),
            (libc::EHOSTUNREACH, Word::Unreachable),
            (libc::ENETUNREACH, Word::Unreachable),
            (libc::EADDRNOTAVAIL, Word::Unreachable),
            (libc::ETIMEDOUT, Word::TimedOut),
            (libc::ECONNRESET, Word::Closed),
            (libc::EPIPE, Word::Closed),
        ] {
            let failure = Failure::from(io::Error::from_raw_os_error(number));
            assert!(matches!(&failure, Failure::Problem(problem) if problem.word == word), "{number}: {failure:?}");
        }
    }
}
