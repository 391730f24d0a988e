//! What an X.509 certificate says of itself (RFC 5280).
//!
//! Deliberately absent: whether to believe it; see `tls`.

use crate::fact::Moment;
use crate::record;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::IpAddr;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

record! {
    /// One certificate of a chain.
    pub struct Certificate {
        /// Whom it is for, e.g. `CN=example.org`.
        subject: String,
        /// Who signed it, e.g. `C=US, O=Let's Encrypt, CN=E7`.
        issuer: String,
        /// DNS names and IP addresses it is for (subjectAltName), e.g. `*.example.org`.
        names: Vec<String>,
        /// First moment of its validity.
        not_before: Moment,
        /// Last moment of its validity.
        not_after: Moment,
        /// Serial number in hexadecimal, e.g. `03:a1:7f`.
        serial: String,
        /// Kind of its public key: `RSA`, `ECDSA`, `Ed25519`, or an object identifier.
        key_type: String,
        /// Size of its public key in bits.
        key_bits: usize,
        /// Whether subject and issuer are the same.
        self_signed: bool,
        /// SHA-256 of the whole certificate, 64 hexadecimal digits.
        sha256: String,
    }
}

/// Reads one certificate.
///
/// # Errors
/// If it is not DER of an X.509 certificate, or its dates lie beyond the calendar.
pub fn read(der: &CertificateDer) -> Result<Certificate, String> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|error| format!("a certificate cannot be read: {error}"))?;
    let key = certificate.public_key();
    let algorithm = key.algorithm.algorithm.to_id_string();
    let parsed = key.parsed().ok();
    Ok(Certificate {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        names: names(&certificate),
        not_before: moment(certificate.validity().not_before)?,
        not_after: moment(certificate.validity().not_after)?,
        serial: certificate.raw_serial_as_string(),
        key_type: match &parsed {
            Some(PublicKey::RSA(_)) => "RSA".into(),
            Some(PublicKey::EC(_)) => "ECDSA".into(),
            // RFC 8410, section 3
            _ if algorithm == "1.3.101.112" => "Ed25519".into(),
            _ => algorithm,
        },
        key_bits: match &parsed {
            Some(PublicKey::Unknown(bytes)) => bytes.len() * 8,
            Some(known) => known.key_size(),
            None => 0,
        },
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        sha256: hexadecimal(&Sha256::digest(der)),
    })
}

fn names(certificate: &X509Certificate) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName| match name {
        GeneralName::DNSName(name) => Some(name.to_string()),
        GeneralName::IPAddress(bytes) => ip_address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let sixteen = <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    four.or(sixteen).ok()
}

fn moment(time: ASN1Time) -> Result<Moment, String> {
    let timestamp = Timestamp::from_second(time.timestamp());
    timestamp.map(Moment::from).map_err(|_| format!("a certificate has the impossible date {time}"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_no_certificate() {
        for bytes in [&b""[..], b"0", b"\x30\x82\xff\xff", &[0xff; 100]] {
            assert!(read(&CertificateDer::from(bytes)).is_err());
        }
    }

    #[test]
    fn addresses_have_four_or_sixteen_bytes() {
        assert_eq!(ip_address(&[127, 0, 0, 1]).unwrap().to_string(), "127.0.0.1");
        assert_eq!(ip_address(&[0; 16]).unwrap().to_string(), "::");
        assert!(ip_address(&[1, 2, 3]).is_none());
    }
}
