//! TLS over any stream, with a verifier that remembers what the server showed.
//!
//! The verdict on the certificate is always that of webpki over the system's
//! authorities and those of `ca`; whether a bad one ends the handshake is up to
//! the caller, so that an expired certificate can still be described.
//! Deliberately absent: revocation (OCSP, CRL), and TLS before 1.2.

use super::certificate;
use super::distrust::{failure, problem};
use super::problem::{Failure, Problem, Word};
use crate::fact::Bytes;
use crate::probe::reading;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    StreamOwned,
};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The most that is read of a file with certificates or a key.
const FILE_LIMIT: Bytes = Bytes(4 << 20);

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));

/// The authorities that the system trusts, loaded once and only when TLS is spoken.
static SYSTEM: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(native_certs::load_native_certs().certs);
    Arc::new(roots)
});

/// How TLS is to be spoken.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// PEM file of further authorities, or of the server's own certificate.
    pub ca: Option<&'a Path>,
    /// PEM files of our certificate (with its chain) and of its key.
    pub identity: Option<(&'a Path, &'a Path)>,
    /// Whether a certificate that is not trusted ends the handshake.
    pub enforce: bool,
    /// The protocols offered (RFC 7301).
    pub alpn: &'a [&'a [u8]],
}

/// What the server showed in the last handshake.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The server's own certificate comes first.
    pub chain: Vec<CertificateDer<'static>>,
    pub verdict: Result<(), Problem>,
}

/// Our side of TLS.
pub struct Client {
    config: Arc<ClientConfig>,
    recorder: Arc<Recorder>,
}

impl Client {
    /// # Errors
    /// A sentence about a file of certificates or keys that cannot be used.
    pub fn new(settings: &Settings) -> Result<Client, String> {
        let own = settings.ca.map_or(Ok(Vec::new()), certificates)?;
        let recorder = Arc::new(Recorder::new(own, settings)?);
        let builder = ClientConfig::builder_with_provider(PROVIDER.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(recorder.clone());
        let mut config = match settings.identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(certificates(chain)?, private_key(key)?)
                .map_err(|error| format!("{} and {} do not fit together: {error}", chain.display(), key.display()))?,
        };
        config.alpn_protocols = settings.alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Client { config: Arc::new(config), recorder })
    }

    /// Agrees on TLS with the server of this name.
    ///
    /// # Errors
    /// Whatever ends the handshake; what the server showed until then is remembered.
    pub fn handshake<S: Read + Write>(
        &self,
        mut stream: S,
        name: &str,
    ) -> Result<StreamOwned<ClientConnection, S>, Failure> {
        let server = ServerName::try_from(name.to_string())
            .map_err(|_| Failure::Blind(format!("`{name}` cannot be the name of a TLS server")))?;
        let mut connection = ClientConnection::new(self.config.clone(), server).map_err(|error| failure(&error))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).map_err(|error| match Failure::from(error) {
                Failure::Problem(problem) if problem.word == Word::Closed => {
                    Failure::Problem(problem).during("during the TLS handshake")
                }
                other => other,
            })?;
        }
        Ok(StreamOwned::new(connection, stream))
    }

    /// What the server showed in the last handshake, if it came that far.
    pub fn shown(&self) -> Option<Shown> {
        self.recorder.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Judges as webpki does, and remembers.
#[derive(Debug)]
struct Recorder {
    /// Absent if nobody at all is trusted.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `ca`.
    own: Vec<CertificateDer<'static>>,
    enforce: bool,
    algorithms: WebPkiSupportedAlgorithms,
    shown: Mutex<Option<Shown>>,
}

impl Recorder {
    fn new(own: Vec<CertificateDer<'static>>, settings: &Settings) -> Result<Recorder, String> {
        let mut roots = SYSTEM.clone();
        if let Some(path) = settings.ca {
            let (added, _) = Arc::make_mut(&mut roots).add_parsable_certificates(own.iter().cloned());
            if added == 0 {
                return Err(format!("{} holds no certificate that could be an authority", path.display()));
            }
        }
        Ok(Recorder {
            webpki: WebPkiServerVerifier::builder_with_provider(roots, PROVIDER.clone()).build().ok(),
            own,
            enforce: settings.enforce,
            algorithms: PROVIDER.signature_verification_algorithms,
            shown: Mutex::new(None),
        })
    }

    fn judge(
        &self,
        leaf: &CertificateDer,
        others: &[CertificateDer],
        server: &ServerName,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Error> {
        let Some(webpki) = &self.webpki else { return Err(CertificateError::UnknownIssuer.into()) };
        match webpki.verify_server_cert(leaf, others, server, ocsp, now) {
            Ok(_) => Ok(()),
            // webpki takes no authority for a server, but who names this very certificate in `ca` does
            Err(_) if self.own.iter().any(|own| own == leaf) => pinned(leaf, server, now),
            Err(error) => Err(error),
        }
    }

    /// Without `enforce`, a server that cannot prove to hold its key is remembered as that and let through.
    fn signed(&self, proof: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
        match proof {
            Err(error) if !self.enforce => {
                if let Some(shown) = &mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
                    let reason = format!("the server did not prove that the certificate is its own: {error}");
                    shown.verdict = shown.verdict.clone().and(Err(Problem::new(Word::TlsFailed, reason)));
                }
                Ok(HandshakeSignatureValid::assertion())
            }
            proof => proof,
        }
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge(leaf, others, server, ocsp, now);
        let chain = std::iter::once(leaf).chain(others).map(|one| one.clone().into_owned()).collect();
        let shown = Shown { chain, verdict: verdict.as_ref().map_err(|error| problem(error, Some(leaf))).copied() };
        let failed = shown.verdict.clone().err();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        match (verdict, failed) {
            (Err(_), Some(problem)) if self.enforce => {
                Err(Error::Other(rustls::OtherError(Arc::new(Failure::Problem(problem)))))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(verify_tls12_signature(message, certificate, signature, &self.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(verify_tls13_signature(message, certificate, signature, &self.algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that is trusted by itself must still be for this server and this day.
fn pinned(leaf: &CertificateDer, server: &ServerName, now: UnixTime) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(leaf)?, server)?;
    let read = certificate::read(leaf).map_err(|_| CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now > read.not_after.timestamp().as_second() {
        Err(CertificateError::Expired.into())
    } else if now < read.not_before.timestamp().as_second() {
        Err(CertificateError::NotValidYet.into())
    } else {
        Ok(())
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = file(path)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let read = read.map_err(|error| format!("{} is not PEM: {error}", path.display()))?;
    if read.is_empty() { Err(format!("{} holds no certificate in PEM", path.display())) } else { Ok(read) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    // the error could quote the file
    PrivateKeyDer::from_pem_slice(&file(path)?).map_err(|_| format!("{} holds no private key in PEM", path.display()))
}

fn file(path: &Path) -> Result<Vec<u8>, String> {
    reading::bytes(path, true, FILE_LIMIT).map_err(|unread| unread.at(path).why())
}
