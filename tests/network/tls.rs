//! `tls` against nginx with good and bad certificates, directly and after STARTTLS.

use crate::hostile::{Hostile, splice};
use crate::looking::{look, look_for};
use crate::web::Web;
use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::TcpStream;

fn at(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

#[test]
fn a_good_certificate_is_described() {
    let web = Web::new();
    let looked = look("tls", json!({ "address": at(web.good), "ca": web.ca() }), &["trusted"]);
    assert_eq!(looked.fact("trusted"), &json!(true), "{looked}");
    assert_eq!((looked.text("protocol"), looked.text("cipher")), ("TLSv1.3", "TLS13_AES_256_GCM_SHA384"));
    assert_eq!((looked.text("subject"), looked.text("issuer")), ("CN=good", "CN=Test Authority"));
    assert_eq!(looked.fact("names"), &json!(["localhost", "127.0.0.1"]));
    assert_eq!(looked.text("expires"), "2099-12-31T23:59:59Z");
    assert!(looked.fact("remaining").as_f64().unwrap() > 86400.0);
    let leaf = &looked.fact("chain")[0];
    assert_eq!((&leaf["key_type"], &leaf["key_bits"]), (&json!("ECDSA"), &json!(256)));
    assert_eq!((&leaf["self_signed"], &leaf["not_before"]), (&json!(false), &json!("2020-01-01T00:00:00Z")));
    assert_eq!(leaf["serial"], "10:00");
    let old = look("tls", json!({ "address": at(web.old), "ca": web.ca() }), &[]);
    assert_eq!((old.answer(), old.text("protocol")), ("ok", "TLSv1.2"), "{old}");
}

#[test]
fn a_bad_certificate_is_described_all_the_same() {
    let web = Web::new();
    for (port, problem, subject) in [
        (web.expired, "certificate_expired", "CN=expired"),
        (web.wrong_name, "certificate_wrong_name", "CN=wrong"),
        (web.self_signed, "certificate_untrusted", "CN=itself"),
    ] {
        let looked = look("tls", json!({ "address": at(port), "ca": web.ca() }), &[]);
        looked.has_problem(problem);
        assert_eq!((looked.answer(), looked.fact("trusted")), ("error", &json!(false)), "{looked}");
        assert_eq!((looked.text("subject"), looked.text("protocol")), (subject, "TLSv1.3"));
    }
    let expired = look("tls", json!({ "address": at(web.expired), "ca": web.ca() }), &[]);
    assert_eq!(expired.fact("remaining"), &json!(0.0));
    assert_eq!(expired.text("reason"), "the certificate expired on 2021-02-03");
    let wrong = look("tls", json!({ "address": at(web.wrong_name), "ca": web.ca() }), &[]);
    assert_eq!(wrong.text("reason"), "the certificate is for other.test and *.another.test");
    let right = json!({ "address": at(web.wrong_name), "ca": web.ca(), "server_name": "x.another.test" });
    assert_eq!(look("tls", right, &[]).answer(), "ok");
    let itself = look("tls", json!({ "address": at(web.self_signed) }), &[]);
    assert_eq!(itself.text("reason"), "the certificate is signed by itself");
    assert_eq!(
        (&itself.fact("chain")[0]["key_type"], &itself.fact("chain")[0]["key_bits"]),
        (&json!("RSA"), &json!(2048))
    );
}

#[test]
fn what_speaks_no_tls_is_named() {
    let web = Web::new();
    look("tls", json!(web.server.address()), &[]).has_problem("tls_failed");
    for (said, problem) in [("SSH-2.0-x\r\n", "tls_failed"), ("\u{16}\u{3}", "timed_out")] {
        let server = Hostile::saying(said);
        look_for("tls", json!(server.address()), &[], "1s").has_problem(problem);
    }
    let rude = Hostile::new(drop);
    let looked = look("tls", json!(rude.address()), &[]);
    looked.has_problem("closed");
    assert_eq!(looked.fact("trusted"), &Json::Null);
}

/// What is heard and what is said then, in turn.
type Lines = &'static [(&'static str, &'static str)];

/// A server that speaks its lines, each after one of ours (or at once), and then hands over to TLS.
fn before_tls(port: u16, lines: Lines) -> Hostile {
    Hostile::new(move |mut client| {
        for (heard, said) in lines {
            let mut buffer = vec![0; heard.len()];
            if client.read_exact(&mut buffer).is_err() {
                return;
            }
            // an EHLO goes on after its first word
            while heard.ends_with('[') && !buffer.ends_with(b"\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                buffer.push(byte[0]);
            }
            client.write_all(said.as_bytes()).unwrap();
        }
        splice(client, TcpStream::connect(("127.0.0.1", port)).unwrap());
    })
}

#[test]
fn tls_begins_in_the_middle_of_other_protocols() {
    let web = Web::new();
    let protocols: [(&str, Lines); 3] = [
        ("smtp", &[("", "220 mx ESMTP\r\n"), ("EHLO [", "250-mx\r\n250 STARTTLS\r\n"), ("STARTTLS\r\n", "220 go\r\n")]),
        ("imap", &[("", "* OK ready\r\n"), ("a1 STARTTLS\r\n", "* noise\r\na1 OK begin\r\n")]),
        ("postgres", &[("\0\0\0\u{8}\u{4}", ""), ("???", "S")]),
    ];
    for (protocol, lines) in protocols {
        let server = before_tls(web.good, lines);
        let target = json!({ "address": server.address(), "ca": web.ca(), "starttls": protocol });
        let looked = look("tls", target, &[]);
        assert_eq!(looked.answer(), "ok", "{protocol}: {looked}");
    }
    let declining: [(&str, Lines, &str); 6] = [
        ("smtp", &[("", "220 mx\r\n"), ("EHLO [", "250 mx\r\n"), ("STARTTLS\r\n", "502 no\r\n")], "tls_failed"),
        ("smtp", &[("", "SSH-2.0-x\r\n")], "bad_answer"),
        ("imap", &[("", "* BYE\r\n")], "tls_failed"),
        ("imap", &[("", "* OK ready\r\n"), ("a1 STARTTLS\r\n", "a1 BAD what\r\n")], "tls_failed"),
        ("postgres", &[("\0\0\0\u{8}\u{4}???", "N")], "tls_failed"),
        ("postgres", &[("\0\0\0\u{8}\u{4}???", "HTTP")], "bad_answer"),
    ];
    for (protocol, lines, problem) in declining {
        let server = before_tls(web.good, lines);
        look("tls", json!({ "address": server.address(), "starttls": protocol }), &[]).has_problem(problem);
    }
    // what is slipped in before TLS must not be believed
    let injecting = before_tls(web.good, &[("", "* OK ready\r\n"), ("a1 STARTTLS\r\n", "a1 OK begin\r\n* BYE\r\n")]);
    let looked = look("tls", json!({ "address": injecting.address(), "starttls": "imap" }), &[]);
    looked.has_problem("bad_answer");
}
