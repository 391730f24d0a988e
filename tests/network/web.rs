//! A real web server, with and without TLS, for the tests of `http` and `tls`.

use crate::certificates::Certificates;
use crate::servers::{Server, free_port, nginx};
use std::fs;

/// nginx with good and bad certificates.
pub struct Web {
    pub certificates: Certificates,
    pub server: Server,
    /// A certificate of our authority for `localhost` and `127.0.0.1`.
    pub good: u16,
    pub expired: u16,
    pub wrong_name: u16,
    /// Signed by itself, for `localhost` and `127.0.0.1`.
    pub self_signed: u16,
    /// Wants a certificate of our authority from the client.
    pub mutual: u16,
    /// Speaks TLS 1.2 at most.
    pub old: u16,
}

impl Web {
    pub fn new() -> Web {
        let certificates = Certificates::new();
        let names = "DNS:localhost,IP:127.0.0.1";
        certificates.sign("good", names);
        certificates.sign("client", "DNS:client.test");
        certificates.sign_between("expired", names, "20200101000000Z", "20210203040506Z");
        certificates.sign("wrong", "DNS:other.test,DNS:*.another.test");
        certificates.sign_itself("itself", names);
        let content = certificates.path("content");
        fs::create_dir(&content).unwrap();
        fs::write(content.join("large"), "0123456789".repeat(10 << 20)).unwrap();
        let [plain, good, expired, wrong_name, self_signed, mutual, old] = std::array::from_fn(|_| free_port());
        let secure = |port: u16, name: &str, more: &str| {
            format!(
                "server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {}; ssl_certificate_key {}; {more}
                   location / {{ return 200 \"secure\"; }} }}",
                certificates.text(&format!("{name}.pem")),
                certificates.text(&format!("{name}.key")),
            )
        };
        let mutually = format!("ssl_verify_client on; ssl_client_certificate {};", certificates.text("ca.pem"));
        // TLS 1.3 is in the default of newer versions only
        let both = "ssl_protocols TLSv1.2 TLSv1.3;";
        let blocks = [
            plain_server(plain, good, &content.display().to_string()),
            secure(good, "good", both),
            secure(expired, "expired", both),
            secure(wrong_name, "wrong", both),
            secure(self_signed, "itself", both),
            secure(mutual, "good", &mutually),
            secure(old, "good", "ssl_protocols TLSv1.2;"),
        ];
        let server = nginx(certificates.folder(), plain, &blocks.join("\n"));
        Web { certificates, server, good, expired, wrong_name, self_signed, mutual, old }
    }

    /// A URL of the plain server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.port)
    }

    pub fn ca(&self) -> String {
        self.certificates.text("ca.pem")
    }
}

fn plain_server(port: u16, secure: u16, content: &str) -> String {
    format!(
        "server {{
           listen 127.0.0.1:{port};
           location / {{ return 200 \"hello\"; }}
           location /missing {{ return 404 \"not here\"; }}
           location /json {{ default_type application/json; return 200 '{{\"status\":\"up\",\"level\":3}}'; }}
           location /yaml {{ default_type application/yaml; return 200 'status: up'; }}
           location /not-json {{ default_type application/json; return 200 '{{'; }}
           location /echo {{ return 200 \"$request_method|$http_x_token|$http_authorization|$http_host|$http_content_length\"; }}
           location /cookie {{ add_header Set-Cookie \"id=s3cret; Path=/; HttpOnly\"; add_header X-Two one; add_header X-Two two; return 200; }}
           location /moved {{ return 302 /json; }}
           location /chain {{ return 301 moved; }}
           location /secure {{ return 301 https://127.0.0.1:{secure}/; }}
           location /elsewhere {{ return 307 http://localhost:{port}/echo; }}
           location /loop {{ return 302 /loop; }}
           location /files/ {{ alias {content}/; limit_rate 20k; }}
           location /fast/ {{ alias {content}/; gzip on; gzip_types text/plain; }}
         }}"
    )
}
