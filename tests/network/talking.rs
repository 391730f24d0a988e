//! `websocket`, `ssh` and `smtp` against real servers, and against the wrong ones.

use crate::certificates::Certificates;
use crate::hostile::Hostile;
use crate::looking::{look, look_for};
use crate::servers::{Server, free_port, program, python_with};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const ECHO: &str = "
import asyncio, sys, ssl, websockets
async def serve(socket, path):
    if path == '/greeting':
        await socket.send('welcome')
    if path == '/leave':
        await socket.close(4000, 'not today')
    if path == '/large':
        await socket.send('x' * 5000000)
    async for message in socket:
        await socket.send('echo ' + message)
async def main():
    secure = None
    if len(sys.argv) > 2:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(sys.argv[2], sys.argv[3])
    async with websockets.serve(serve, '127.0.0.1', int(sys.argv[1]), subprotocols=['chat'], ssl=secure):
        await asyncio.Future()
asyncio.run(main())
";

fn echo(secure: &[&str]) -> Server {
    let port = free_port();
    let number = port.to_string();
    let python = python_with("websockets", "python3-websockets");
    Server::start(&python, &[&["-c", ECHO, &number], secure].concat(), port)
}

#[test]
fn a_websocket_opens_and_echoes() {
    let server = echo(&[]);
    let url = |path: &str| format!("ws://{}{path}", server.address());
    let opened = look("websocket", json!(url("/")), &[]);
    assert_eq!((opened.answer(), opened.fact("status")), ("ok", &json!(101)), "{opened}");
    let target = json!({ "url": url("/"), "send": "hé", "subprotocols": ["other", "chat"] });
    let echoed = look("websocket", target, &["message"]);
    assert_eq!((echoed.text("message"), echoed.text("subprotocol")), ("echo hé", "chat"), "{echoed}");
    assert_eq!(look("websocket", json!(url("/greeting")), &["message"]).text("message"), "welcome");
    look_for("websocket", json!(url("/")), &["message"], "500ms").has_problem("timed_out");
    look("websocket", json!(url("/large")), &["message"]).has_problem("bad_answer");
    let left = look("websocket", json!(url("/leave")), &["message"]);
    left.has_problem("closed");
    assert!(left.text("reason").contains("4000 not today"), "{left}");
}

#[test]
fn a_websocket_opens_over_tls() {
    let certificates = Certificates::new();
    certificates.sign("good", "IP:127.0.0.1");
    let server = echo(&[&certificates.text("good.pem"), &certificates.text("good.key")]);
    let url = format!("wss://{}/", server.address());
    let target = json!({ "url": url, "ca": certificates.text("ca.pem"), "send": "x" });
    assert_eq!(look("websocket", target, &["message"]).text("message"), "echo x");
    look("websocket", json!(url), &[]).has_problem("certificate_untrusted");
}

#[test]
fn what_is_no_websocket_is_named() {
    for (answer, problem) in [
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "rejected"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "bad_answer"),
        ("garbage\r\n\r\n", "bad_answer"),
        ("", "closed"),
    ] {
        let server = Hostile::answering(answer);
        let looked = look("websocket", json!(format!("ws://{}/", server.address())), &[]);
        looked.has_problem(problem);
        assert_eq!((looked.answer(), looked.fact("connected")), ("error", &json!(false)));
    }
    let declined = Hostile::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let looked = look("websocket", json!(format!("ws://{}/", declined.address())), &[]);
    assert_eq!(looked.fact("status"), &json!(403), "{looked}");
}

fn sshd(folder: &Path) -> Server {
    let program = program("sshd", "openssh-server");
    // the daemon insists on its folder, which the package's service makes at its start
    let _ = fs::create_dir_all("/run/sshd");
    let port = free_port();
    let [key, configuration] = ["host_key", "sshd_config"].map(|file| folder.join(file).display().to_string());
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).status();
    assert!(made.is_ok_and(|status| status.success()), "this test needs `ssh-keygen`: install openssh-client");
    let lines =
        format!("ListenAddress 127.0.0.1\nPort {port}\nHostKey {key}\nPidFile none\nUsePAM no\nStrictModes no\n");
    fs::write(&configuration, lines).unwrap();
    Server::start(&program, &["-D", "-f", &configuration], port)
}

#[test]
fn an_ssh_server_says_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = sshd(folder.path());
    let looked = look("ssh", json!(server.address()), &["banner"]);
    assert_eq!((looked.text("protocol"), looked.fact("connected")), ("2.0", &json!(true)), "{looked}");
    assert!(looked.text("software").starts_with("OpenSSH_"));
    assert!(looked.text("banner").starts_with("SSH-2.0-OpenSSH_"));
    assert_eq!(looked.fact("host_keys"), &Json::Null);

    let looked = look("ssh", json!(server.address()), &["host_keys", "fingerprints"]);
    let shown = Command::new("ssh-keygen").arg("-lf").arg(folder.path().join("host_key.pub")).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let fingerprint = shown.split(' ').nth(1).unwrap();
    assert_eq!(looked.fact("host_keys"), &json!([{ "algorithm": "ssh-ed25519", "fingerprint": fingerprint }]));
    assert_eq!(looked.fact("fingerprints"), &json!([fingerprint]));
}

#[test]
fn what_is_no_ssh_server_is_named() {
    for (said, problem) in [
        ("220 mx ESMTP\r\n".to_string(), "bad_answer"),
        ("SSH-2.0\r\n".into(), "bad_answer"),
        ("x".repeat(100_000), "bad_answer"),
        ("line\r\n".repeat(100), "bad_answer"),
        (String::new(), "timed_out"),
    ] {
        let server = Hostile::saying(said);
        let looked = look_for("ssh", json!(server.address()), &[], "1s");
        looked.has_problem(problem);
        assert_eq!(looked.answer(), "error", "{looked}");
    }
    let preamble = Hostile::saying("welcome\r\nto this host\r\nSSH-2.0-small_1 with a comment\r\n");
    let looked = look("ssh", json!(preamble.address()), &[]);
    assert_eq!((looked.text("software"), looked.text("comment")), ("small_1", "with a comment"), "{looked}");
}

/// `tls` is the word before `cert` and `key`: `tls` for STARTTLS, `smtps` for TLS from the first byte.
fn aiosmtpd(certificates: &Certificates, tls: &str) -> Server {
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let [certificate, key] = ["good.pem", "good.key"].map(|file| certificates.text(file));
    let python = python_with("aiosmtpd", "python3-aiosmtpd");
    let [with_certificate, with_key] = ["cert", "key"].map(|what| format!("--{tls}{what}"));
    let options =
        ["-m", "aiosmtpd", "-n", "-l", &listen, "-s", "1000000", &with_certificate, &certificate, &with_key, &key];
    Server::start(&python, &options, port)
}

#[test]
fn a_mail_server_says_what_it_can() {
    let certificates = Certificates::new();
    certificates.sign("good", "IP:127.0.0.1");
    let server = aiosmtpd(&certificates, "tls");
    let looked = look("smtp", json!(server.address()), &[]);
    assert_eq!((looked.answer(), looked.fact("code")), ("ok", &json!(220)), "{looked}");
    assert_eq!((looked.fact("starttls"), looked.fact("size_limit")), (&json!(true), &json!(1_000_000)));
    assert!(looked.fact("extensions").as_array().unwrap().contains(&json!("8BITMIME")), "{looked}");
    let secure = json!({ "address": server.address(), "starttls": "smtp", "ca": certificates.text("ca.pem") });
    assert_eq!(look("tls", secure, &[]).answer(), "ok");
}

#[test]
fn a_mail_server_that_speaks_tls_from_the_first_byte() {
    let certificates = Certificates::new();
    certificates.sign("good", "IP:127.0.0.1");
    let server = aiosmtpd(&certificates, "smtps");
    let target = |ca: &str| json!({ "address": server.address(), "tls": true, "ca": certificates.text(ca) });
    let looked = look("smtp", target("ca.pem"), &[]);
    assert_eq!((looked.answer(), looked.fact("starttls")), ("ok", &json!(false)), "{looked}");
    look("smtp", json!({ "address": server.address(), "tls": true }), &[]).has_problem("certificate_untrusted");
    look_for("smtp", json!(server.address()), &[], "1s").has_problem("timed_out");
}

#[test]
fn what_is_no_mail_server_is_named() {
    for (said, problem) in [
        ("554 no service\r\n", "rejected"),
        ("220 mx\r\n502 what\r\n", "rejected"),
        ("SSH-2.0-x\r\n", "bad_answer"),
        ("220", "timed_out"),
    ] {
        let server = Hostile::saying(said);
        let looked = look_for("smtp", json!(server.address()), &[], "1s");
        looked.has_problem(problem);
        assert_eq!((looked.answer(), looked.fact("connected")), ("error", &json!(true)), "{looked}");
    }
}
