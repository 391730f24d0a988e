//! `http` against nginx, and against servers that no client should meet.

use crate::common::GUARD;
use crate::hostile::{Hostile, read_request, splice};
use crate::looking::{look, look_for, prepare};
use crate::servers::free_port;
use crate::web::Web;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

#[test]
fn an_answer_is_described() {
    let web = Web::new();
    let looked = look("http", json!(web.url("/json")), &["body", "document", "headers"]);
    assert_eq!(looked.fact("status"), &json!(200), "{looked}");
    assert_eq!(looked.fact("document"), &json!({ "status": "up", "level": 3 }));
    assert_eq!(looked.text("body"), "{\"status\":\"up\",\"level\":3}");
    assert_eq!(looked.fact("headers")["content-type"], "application/json");
    assert_eq!(looked.text("http_version"), "HTTP/1.1");
    assert_eq!(looked.text("address"), web.server.address());
    looked.has_problem("");

    let missing = look("http", json!(web.url("/missing")), &[]);
    assert_eq!((missing.answer(), missing.fact("status")), ("error", &json!(404)));
    assert_eq!(look("http", json!(web.url("/yaml")), &["document"]).fact("document"), &json!({ "status": "up" }));
    let broken = look("http", json!(web.url("/not-json")), &["document"]);
    broken.has_problem("bad_answer");
    assert_eq!(broken.fact("document"), &Json::Null);
}

#[test]
fn what_the_author_says_is_sent() {
    let web = Web::new();
    let headers = json!({ "x-token": "t1", "host": "other.test" });
    let looked = look("http", json!({ "url": web.url("/echo"), "headers": headers, "bearer": "b1" }), &["body"]);
    assert_eq!(looked.text("body"), "GET|t1|Bearer b1|other.test|");
    let basic = json!({ "user": "u", "password": "p" });
    let looked =
        look("http", json!({ "url": web.url("/echo"), "basic": basic, "method": "POST", "body": "12345" }), &["body"]);
    assert!(looked.text("body").starts_with("POST||Basic dTpw|"), "{looked}");
    assert!(looked.text("body").ends_with("|5"), "{looked}");
    let head = look("http", json!({ "url": web.url("/echo"), "method": "HEAD" }), &["body"]);
    assert_eq!((head.fact("status"), head.text("body")), (&json!(200), ""));
}

#[test]
fn cookies_are_hidden_and_repeated_headers_joined() {
    let web = Web::new();
    let looked = look("http", json!(web.url("/cookie")), &["headers"]);
    assert_eq!(looked.fact("headers")["set-cookie"], "id=[hidden]; Path=/; HttpOnly");
    assert_eq!(looked.fact("headers")["x-two"], "one, two");
    assert!(!looked.to_string().contains("s3cret"));
    assert_eq!(looked.fact("cookies"), &json!([{ "name": "id", "secure": false, "http_only": true }]));
}

#[test]
fn a_body_that_nobody_reads_has_no_size() {
    let web = Web::new();
    let looked = look("http", json!(web.url("/")), &["status"]);
    assert_eq!((looked.fact("body_size"), looked.fact("truncated")), (&Json::Null, &Json::Null), "{looked}");
    assert_eq!(look("http", json!(web.url("/")), &["body_size"]).fact("body_size"), &json!(5));
}

#[test]
fn redirects_are_followed_as_far_as_allowed() {
    let web = Web::new();
    let looked = look("http", json!(web.url("/chain")), &["redirects"]);
    assert_eq!(looked.fact("redirects"), &json!([web.url("/moved"), web.url("/json")]), "{looked}");
    assert_eq!(looked.text("url"), web.url("/json"));
    let stays = look("http", json!({ "url": web.url("/chain"), "redirects": 0 }), &["problem"]);
    assert_eq!(stays.fact("status"), &json!(301));
    stays.has_problem("");
    let endless = look("http", json!(web.url("/loop")), &[]);
    endless.has_problem("too_many_redirects");
    assert_eq!((endless.answer(), endless.fact("redirects").as_array().unwrap().len()), ("error", 5));
    let secure = look("http", json!({ "url": web.url("/secure"), "ca": web.ca() }), &["body"]);
    assert_eq!(secure.text("body"), "secure", "{secure}");
    assert!(secure.text("certificate_expires").starts_with("2099-12-31"));
}

#[test]
fn credentials_do_not_follow_to_another_host() {
    let web = Web::new();
    let target = json!({ "url": web.url("/elsewhere"), "headers": { "x-token": "t1" }, "bearer": "b1", "ip": "ipv4" });
    let looked = look("http", target, &["body"]);
    assert_eq!(looked.text("body"), format!("GET|||localhost:{}|", web.server.port), "{looked}");
    let target = json!({ "url": web.url("/elsewhere"), "method": "POST", "body": "x" });
    assert_eq!(look("http", target, &[]).fact("status"), &json!(307));
}

#[test]
fn bad_certificates_are_told_apart() {
    let web = Web::new();
    let ca = web.ca();
    for (port, problem) in [
        (web.good, ""),
        (web.old, ""),
        (web.expired, "certificate_expired"),
        (web.wrong_name, "certificate_wrong_name"),
        (web.self_signed, "certificate_untrusted"),
    ] {
        let url = format!("https://127.0.0.1:{port}/");
        let looked = look("http", json!({ "url": url, "ca": ca }), &[]);
        looked.has_problem(problem);
        assert_eq!(looked.answer(), if problem.is_empty() { "ok" } else { "error" }, "{looked}");
        assert!(looked.fact("certificate_expires").is_string(), "{looked}");
        let unchecked = look("http", json!({ "url": url, "verify": false }), &[]);
        assert_eq!(unchecked.answer(), "ok", "{unchecked}");
    }
    // our authority is not one of the system's
    let stranger = look("http", json!(format!("https://127.0.0.1:{}/", web.good)), &[]);
    stranger.has_problem("certificate_untrusted");
    // whoever names the very certificate trusts it
    let own =
        json!({ "url": format!("https://localhost:{}/", web.self_signed), "ca": web.certificates.text("itself.pem") });
    assert_eq!(look("http", own, &[]).answer(), "ok");
    // TLS where none is, and none where TLS is
    look("http", json!(format!("https://{}/", web.server.address())), &[]).has_problem("tls_failed");
    assert_eq!(look("http", json!(format!("http://127.0.0.1:{}/", web.good)), &[]).fact("status"), &json!(400));
}

#[test]
fn a_client_shows_its_certificate() {
    let web = Web::new();
    let url = format!("https://127.0.0.1:{}/", web.mutual);
    let without = look("http", json!({ "url": url, "ca": web.ca() }), &[]);
    assert_eq!(without.fact("status"), &json!(400), "{without}");
    let [certificate, key] = ["client.pem", "client.key"].map(|file| web.certificates.text(file));
    let with = json!({ "url": url, "ca": web.ca(), "client_cert": certificate, "client_key": key });
    assert_eq!(look("http", with, &[]).answer(), "ok");
    let broken = json!({ "url": url, "ca": web.ca(), "client_cert": certificate, "client_key": certificate });
    assert_eq!(look("http", broken, &[]).answer(), "unknown");
    let missing = look("http", json!({ "url": url, "ca": "/no/such/file.pem" }), &[]);
    assert_eq!(missing.answer(), "unknown", "{missing}");
}

#[test]
fn a_proxy_is_tunnelled_through() {
    let web = Web::new();
    let (sender, asked) = channel();
    let sender = Mutex::new(sender);
    let proxy = Hostile::new(move |mut client| {
        let request = read_request(&mut client);
        let target = request.split(' ').nth(1).unwrap_or_default().to_string();
        sender.lock().unwrap().send(request).unwrap();
        if let Ok(server) = TcpStream::connect(&target) {
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            splice(client, server);
        }
    });
    for (url, body) in [(web.url("/"), "hello"), (format!("https://127.0.0.1:{}/", web.good), "secure")] {
        let target = json!({ "url": url, "ca": web.ca(), "proxy": format!("http://u:p@{}", proxy.address()) });
        let looked = look("http", target, &["body"]);
        assert_eq!(looked.text("body"), body, "{looked}");
        assert_eq!(looked.text("address"), proxy.address());
        let request = asked.recv_timeout(GUARD).unwrap();
        assert!(request.starts_with("CONNECT 127.0.0.1:") && request.contains("Basic dTpw"), "{request}");
    }
    let stubborn = Hostile::answering("HTTP/1.1 403 Forbidden\r\n\r\n");
    look("http", json!({ "url": web.url("/"), "proxy": stubborn.url() }), &[]).has_problem("proxy_failed");
    let gone = format!("http://127.0.0.1:{}", free_port());
    look("http", json!({ "url": web.url("/"), "proxy": gone }), &[]).has_problem("refused");
}

#[test]
fn a_large_body_is_cut_and_not_kept() {
    let web = Web::new();
    let looked = look("http", json!({ "url": web.url("/fast/large"), "limit": "1KiB" }), &["body", "truncated"]);
    assert_eq!((looked.fact("truncated"), looked.fact("body_size")), (&json!(true), &json!(1024)), "{looked}");
    let whole = look("http", json!({ "url": web.url("/json"), "limit": "25B" }), &["truncated", "document"]);
    assert_eq!((whole.fact("truncated"), &whole.fact("document")["status"]), (&json!(false), &json!("up")), "{whole}");
}

#[test]
fn a_body_that_never_ends_is_cut_too() {
    let kinds = [
        ("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 4096]),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"4\r\nwxyz\r\n".repeat(500)),
        // gzip of a megabyte of zeros is a thousandth of that; one after the other is one stream
        ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n", bomb()),
    ];
    for (head, again) in kinds {
        let server = Hostile::endless(head, again);
        let looked = look("http", json!(server.url()), &["body_size", "truncated"]);
        assert_eq!((looked.fact("truncated"), looked.fact("body_size")), (&json!(true), &json!(1 << 20)), "{head}");
    }
    let drip = Hostile::new(|mut connection| {
        read_request(&mut connection);
        let mut sent = connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while sent.is_ok() {
            std::thread::sleep(Duration::from_millis(20));
            sent = connection.write_all(b"x");
        }
    });
    let looked = look_for("http", json!(drip.url()), &["body"], "400ms");
    looked.has_problem("timed_out");
    assert_eq!((looked.answer(), looked.fact("status")), ("unknown", &json!(200)), "{looked}");
}

/// A megabyte of zeros in gzip: one stored header, one deflate block.
fn bomb() -> Vec<u8> {
    use std::process::{Command, Stdio};
    let mut gzip = Command::new(crate::servers::program("gzip", "gzip"))
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = gzip.stdin.take().unwrap();
    std::thread::spawn(move || input.write_all(&vec![0; 1 << 20]).unwrap());
    gzip.wait_with_output().unwrap().stdout
}

#[test]
fn hostile_answers_are_named() {
    for (answer, problem) in [
        ("", "closed"),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "bad_answer"),
        ("\0\u{1}\u{2}garbage\r\n\r\n", "bad_answer"),
        ("HTTP/1.1 200 OK\r\ncontent-le", "closed"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this", "closed"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "bad_answer"),
        ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nthis is no gzip", "bad_answer"),
        ("HTTP/1.1 302 Found\r\nlocation: gopher://x/\r\ncontent-length: 0\r\n\r\n", "bad_answer"),
    ] {
        let server = Hostile::answering(answer);
        look("http", json!(server.url()), &["body", "problem"]).has_problem(problem);
    }
    let header = Hostile::endless("HTTP/1.1 200 OK\r\n", b"x-more: and more and more and more\r\n".repeat(100));
    look("http", json!(header.url()), &[]).has_problem("bad_answer");
    let silent = Hostile::saying("");
    let looked = look_for("http", json!(silent.url()), &[], "300ms");
    looked.has_problem("timed_out");
    assert_eq!(looked.answer(), "error");
    look("http", json!(format!("http://127.0.0.1:{}/", free_port())), &[]).has_problem("refused");
}

#[test]
fn a_server_killed_in_the_middle_has_closed() {
    let mut web = Web::new();
    let engine = prepare("http", json!({ "url": web.url("/files/large"), "limit": "100MiB" }), &["body"], "10m");
    let begin = Instant::now();
    let started = engine.start(&["run", "pack.yaml", "--format", "json"]);
    // 20 kB a second would take more than an hour
    std::thread::sleep(Duration::from_millis(500));
    web.server.kill();
    let ran = started.end();
    assert!(begin.elapsed() < GUARD, "{ran}");
    let report = ran.json();
    assert_eq!(report["checks"][0]["seen"]["problem"], "closed", "{ran}");
    assert_eq!(report["checks"][0]["answer"], "unknown", "{ran}");
}
