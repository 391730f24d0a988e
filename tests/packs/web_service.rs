//! The pack `web-service` against a real nginx: one server as it should be, one with everything that is forgotten.

use super::{complaints, outcome, server::*, text};
use crate::common::Engine;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

struct Sites {
    folder: tempfile::TempDir,
    /// Port without TLS and port with TLS.
    good: (u16, u16),
    bad: (u16, u16),
    _server: Server,
}

impl Sites {
    fn new() -> Sites {
        let folder = folder();
        let path = folder.path();
        certificate(path);
        for (file, content) in [
            ("good/index.html", "<p>hello"),
            ("good/.well-known/security.txt", "Contact: mailto:security@example.org\n"),
            ("bad/index.html", "<p>hello"),
            ("bad/.env", "SECRET_KEY=1\n"),
        ] {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        let [good, good_tls, bad, bad_tls] = std::array::from_fn(|_| free_port());
        let configuration = path.join("nginx.conf");
        fs::write(&configuration, nginx(path, (good, good_tls), (bad, bad_tls))).unwrap();
        let mut server = Server::start(
            program("nginx", "nginx-light").arg("-e").arg(path.join("error.log")).arg("-c").arg(configuration),
        );
        server.wait_for(good);
        Sites { folder, good: (good, good_tls), bad: (bad, bad_tls), _server: server }
    }

    fn look(&self, (plain, secure): (u16, u16), settings: &[&str]) -> (i32, Json) {
        let engine = Engine::new();
        let ports = [format!("http_port={plain}"), format!("https_port={secure}")];
        // how fast this machine is at the moment must not matter
        let own = ["slow=1m", "too_slow=2m", &ports[0], &ports[1]];
        let mut command = super::command(&engine, "web-service", &["--timeout", "2m"]);
        own.iter().chain(settings).for_each(|setting| {
            command.args(["--set", setting]);
        });
        outcome(command)
    }

    fn certificate(&self) -> String {
        format!("ca={}", self.folder.path().join("server.crt").display())
    }
}

fn nginx(path: &Path, good: (u16, u16), bad: (u16, u16)) -> String {
    let path = path.display();
    format!(
        r#"daemon off; master_process off; pid {path}/nginx.pid; error_log {path}/error.log;
        events {{ worker_connections 512; }}
        http {{
          access_log off; types {{ text/html html; }} default_type application/octet-stream;
          client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/fastcgi;
          uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
          ssl_certificate {path}/server.crt; ssl_certificate_key {path}/server.key;
          server {{ listen 127.0.0.1:{}; return 301 https://localhost:{}$request_uri; }}
          server {{
            listen 127.0.0.1:{} ssl; ssl_protocols TLSv1.2 TLSv1.3; server_tokens off; root {path}/good;
            add_header Strict-Transport-Security "max-age=31536000" always;
            add_header X-Content-Type-Options nosniff always;
            add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'self'" always;
            add_header Referrer-Policy strict-origin-when-cross-origin always;
            add_header Set-Cookie "id=1; Path=/; Secure; HttpOnly; SameSite=Lax" always;
          }}
          server {{ listen 127.0.0.1:{}; root {path}/bad; }}
          server {{
            listen 127.0.0.1:{} ssl; ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; root {path}/bad;
            add_header X-Powered-By PHP/5.2;
            add_header Set-Cookie "id=1";
            add_header Access-Control-Allow-Origin $http_origin;
            add_header Access-Control-Allow-Credentials true;
          }}
        }}"#,
        good.0, good.1, good.1, bad.0, bad.1
    )
}

#[test]
fn a_good_site() {
    let sites = Sites::new();
    let short = ["certificate_warning=1d", "certificate_limit=1h", &sites.certificate()];
    let (code, report) = sites.look(sites.good, &short);
    assert_eq!((code, complaints(&report)), (0, vec![]), "{report:#}");
    // the certificate of the tests is valid for two days only, and no authority has signed it
    let (code, report) = sites.look(sites.good, &["health=/missing"]);
    let expected = ["health=error", "certificate=error", "certificate-lasts=error"];
    assert_eq!((code, complaints(&report)), (1, expected.map(String::from).to_vec()), "{report:#}");
}

#[test]
fn a_site_that_forgot_everything() {
    let sites = Sites::new();
    let (code, report) = sites.look(sites.bad, &[]);
    let expected = [
        "certificate=error",
        "certificate-lasts=error",
        "newest-protocol=warn",
        "no-old-protocol[tls1]=error",
        "no-old-protocol[tls1_1]=error",
        "redirects-to-https=error",
        "strict-transport-security=warn",
        "no-guessing-of-types=warn",
        "content-security-policy=warn",
        "not-in-foreign-frames=warn",
        "referrer-policy=info",
        "no-versions=warn",
        "cookies=warn",
        "no-foreign-access=error",
        "secrets[/.env]=error",
        "contact-for-security=info",
    ];
    assert_eq!(complaints(&report), expected, "{report:#}");
    assert_eq!(code, 1);
    assert_eq!(text(&report, "cookies", "message").trim(), "id (no Secure, no HttpOnly, no SameSite);");
    assert!(!report.to_string().contains("SECRET_KEY"), "what must not be served is not shown either");
}

#[test]
fn nobody_is_there() {
    let sites = Sites::new();
    let (code, report) = sites.look((sites.good.0, free_port()), &[]);
    assert_eq!((code, complaints(&report)), (1, vec!["reachable=error".to_string()]));
}
