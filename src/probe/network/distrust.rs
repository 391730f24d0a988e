//! What an error of TLS means, in the words that facts use.
//!
//! Deliberately absent: the handshake; see `tls`.

use super::certificate;
use super::problem::{Failure, Problem, Word};
use crate::{observe, prose};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error};

/// What an error of rustls means.
pub fn failure(error: &Error) -> Failure {
    match error {
        Error::Other(other) => match other.0.downcast_ref::<Failure>() {
            Some(failure) => failure.clone(),
            None => Failure::Problem(problem(error, None)),
        },
        error => Failure::Problem(problem(error, None)),
    }
}

/// The same, where the server's certificate may say more.
pub fn problem(error: &Error, leaf: Option<&CertificateDer>) -> Problem {
    let Error::InvalidCertificate(error) = error else {
        let reason = match error {
            Error::AlertReceived(alert) => format!("the server ended the TLS handshake: {alert:?}"),
            Error::InvalidMessage(_) => "the answer is not TLS".into(),
            error => format!("TLS failed: {error}"),
        };
        return Problem::new(Word::TlsFailed, reason);
    };
    let leaf = leaf.and_then(|leaf| certificate::read(leaf).ok());
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Problem::new(
            Word::CertificateExpired,
            leaf.map_or("a certificate of the chain has expired".into(), |leaf| {
                if leaf.not_after < observe::now() {
                    format!("the certificate expired on {}", leaf.not_after.day())
                } else {
                    "a certificate of the chain has expired".into()
                }
            }),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Problem::new(Word::CertificateNotYetValid, "the certificate is not valid yet")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Problem::new(
            Word::CertificateWrongName,
            match leaf.map(|leaf| leaf.names) {
                Some(names) if !names.is_empty() => format!("the certificate is for {}", some(&names)),
                _ => "the certificate is for no name of a server".into(),
            },
        ),
        error => Problem::new(
            Word::CertificateUntrusted,
            match (error, leaf) {
                (_, Some(leaf)) if leaf.self_signed => "the certificate is signed by itself".into(),
                (CertificateError::UnknownIssuer, Some(leaf)) => {
                    format!("no trusted authority stands behind the certificate (issuer: {})", leaf.issuer)
                }
                (CertificateError::UnknownIssuer, None) => "no trusted authority stands behind the certificate".into(),
                (error, _) => format!("the certificate is not acceptable: {error}"),
            },
        ),
    }
}

fn some(names: &[String]) -> String {
    match names {
        [first, second, third, _, ..] => format!("{first}, {second}, {third} and {} more", names.len() - 3),
        names => prose::list(names),
    }
}
