//! Certificates of our own making: an authority, and servers good and bad.

use crate::servers::program;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with an authority (`ca.pem`) and what it signed.
pub struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    pub fn new() -> Certificates {
        let certificates = Certificates { folder: tempfile::tempdir().unwrap() };
        certificates.write("ca.cnf", AUTHORITY);
        certificates.write("index.txt", "");
        certificates.write("serial", "1000");
        certificates.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
            "-config",
            "ca.cnf",
            "-subj",
            "/CN=Test Authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ]);
        certificates
    }

    /// A certificate for these names (`DNS:localhost,IP:127.0.0.1`) that is valid today.
    pub fn sign(&self, name: &str, names: &str) {
        self.sign_between(name, names, "20200101000000Z", "20991231235959Z");
    }

    /// A certificate with other dates, as `YYYYMMDDHHMMSSZ`.
    pub fn sign_between(&self, name: &str, names: &str, from: &str, until: &str) {
        let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        let extensions = format!("{name}.ext");
        self.write(&extensions, &format!("basicConstraints=CA:FALSE\nsubjectAltName={names}\n"));
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-config",
            "ca.cnf",
            "-subj",
            &format!("/CN={name}"),
            "-keyout",
            &key,
            "-out",
            &request,
        ]);
        self.openssl(&[
            "ca",
            "-batch",
            "-notext",
            "-config",
            "ca.cnf",
            "-in",
            &request,
            "-out",
            &certificate,
            "-startdate",
            from,
            "-enddate",
            until,
            "-extfile",
            &extensions,
        ]);
    }

    /// A certificate that signed itself, as quick guides make them.
    pub fn sign_itself(&self, name: &str, names: &str) {
        self.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-config",
            "ca.cnf",
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            &format!("subjectAltName={names}"),
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ]);
    }

    /// The place of a file, e.g. `ca.pem` or `good.key`.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The same, as text.
    pub fn text(&self, file: &str) -> String {
        self.path(file).display().to_string()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, content: &str) {
        fs::write(self.path(file), content).unwrap();
    }

    fn openssl(&self, arguments: &[&str]) {
        let ran =
            Command::new(program("openssl", "openssl")).args(arguments).current_dir(self.folder()).output().unwrap();
        assert!(ran.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

const AUTHORITY: &str = "
[req]
distinguished_name = name
x509_extensions = authority
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = ours
[ours]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
";
