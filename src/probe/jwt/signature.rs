//! Whether a token's signature holds (RFC 7518, section 3; RFC 8037 for EdDSA).
//!
//! The kind of key decides which algorithms are possible, never the token alone: otherwise a
//! public key could be passed off as an HMAC secret.

use super::{LIMIT, Target};
use crate::fact::Fact;
use crate::probe::reading;
use ring::hmac;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use std::path::Path;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};

/// Absent without a key; unknown if it cannot be told.
pub fn check(algorithm: &str, signed: &str, signature: &[u8], target: &Target) -> Fact<bool> {
    if target.secret.is_none() && target.public_key.is_none() {
        return Fact::Absent;
    }
    if algorithm.eq_ignore_ascii_case("none") {
        return Fact::Known(false);
    }
    match (&target.secret, &target.public_key, symmetric(algorithm), asymmetric(algorithm)) {
        (Some(secret), _, Some(hash), _) => {
            let key = hmac::Key::new(hash, secret.reveal().as_bytes());
            Fact::Known(hmac::verify(&key, signed.as_bytes(), signature).is_ok())
        }
        (_, Some(path), _, Some(verification)) => match public_key(path) {
            Ok(key) => {
                Fact::Known(UnparsedPublicKey::new(verification, key).verify(signed.as_bytes(), signature).is_ok())
            }
            Err(why) => Fact::Unknown(why),
        },
        (_, _, Some(_), _) => Fact::Unknown(format!("a signature by {algorithm} is checked with `secret`")),
        (.., Some(_)) => Fact::Unknown(format!("a signature by {algorithm} is checked with `public_key`")),
        _ => Fact::Unknown("the algorithm of the signature is not known here".into()),
    }
}

fn symmetric(algorithm: &str) -> Option<hmac::Algorithm> {
    Some(match algorithm {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return None,
    })
}

fn asymmetric(algorithm: &str) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
        "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
        "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
        "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
        "ES384" => &signature::ECDSA_P384_SHA384_FIXED,
        "EdDSA" => &signature::ED25519,
        _ => return None,
    })
}

/// The bare key, as ring wants it, out of a public key or a certificate.
fn public_key(path: &Path) -> Result<Vec<u8>, String> {
    let pem = reading::bytes(path, true, LIMIT).map_err(reading::Unread::why)?;
    let broken =
        || format!("{} holds no public key in PEM (`BEGIN PUBLIC KEY` or `BEGIN CERTIFICATE`)", path.display());
    let bare = |info: &SubjectPublicKeyInfo| info.subject_public_key.data.to_vec();
    if let Ok(der) = SubjectPublicKeyInfoDer::from_pem_slice(&pem) {
        let (_, info) = SubjectPublicKeyInfo::from_der(&der).map_err(|_| broken())?;
        return Ok(bare(&info));
    }
    let der = CertificateDer::from_pem_slice(&pem).map_err(|_| broken())?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| broken())?;
    Ok(bare(certificate.public_key()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::secret::Secret;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    fn target(secret: Option<&str>, public_key: Option<&Path>) -> Target {
        Target {
            token: None,
            file: None,
            secret: secret.map(Secret::new),
            public_key: public_key.map(Path::to_path_buf),
        }
    }

    #[test]
    fn an_elliptic_signature_is_checked_with_the_public_key() {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        // SubjectPublicKeyInfo of a key on P-256 (RFC 5480): everything before the point is fixed
        let head =
            b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
        let pem = STANDARD.encode([&head[..], pair.public_key().as_ref()].concat());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")).unwrap();
        let signature = pair.sign(&random, b"a.b").unwrap();
        let target = target(None, Some(file.path()));
        assert_eq!(check("ES256", "a.b", signature.as_ref(), &target), Fact::Known(true));
        assert_eq!(check("ES256", "a.c", signature.as_ref(), &target), Fact::Known(false));
        assert!(matches!(check("HS256", "a.b", signature.as_ref(), &target), Fact::Unknown(_)));
    }

    #[test]
    fn an_unsigned_token_and_an_unknown_algorithm() {
        let target = target(Some("k"), None);
        assert_eq!(check("none", "a.b", b"", &target), Fact::Known(false));
        assert_eq!(check("nOnE", "a.b", b"", &target), Fact::Known(false));
        assert!(matches!(check("XX1", "a.b", b"", &target), Fact::Unknown(_)));
        assert!(matches!(check("RS256", "a.b", b"", &target), Fact::Unknown(why) if why.contains("public_key")));
    }
}
