//! `tcp` and `udp`: who answers, who refuses, who is silent.

use crate::common::GUARD;
use crate::hostile::Hostile;
use crate::looking::{look, look_for, prepare};
use crate::servers::free_port;
use serde_json::{Value as Json, json};
use std::net::{TcpListener, UdpSocket};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[test]
fn a_listener_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let looked = look("tcp", json!(address), &[]);
    assert_eq!(looked.answer(), "ok", "{looked}");
    assert_eq!(looked.text("address"), address);
    looked.has_problem("");
}

#[test]
fn both_versions_of_ip_are_tried() {
    let listener = TcpListener::bind("[::1]:0").expect("this test needs IPv6 on loopback");
    let port = listener.local_addr().unwrap().port();
    assert_eq!(look("tcp", json!(format!("[::1]:{port}")), &[]).answer(), "ok");
    let only_four = look("tcp", json!({ "address": format!("127.0.0.1:{port}") }), &[]);
    only_four.has_problem("refused");
    let wrong = look("tcp", json!({ "address": format!("[::1]:{port}"), "ip": "ipv4" }), &[]);
    wrong.has_problem("name_not_found");
}

#[test]
fn a_closed_port_is_a_clear_no() {
    let looked = look("tcp", json!(format!("127.0.0.1:{}", free_port())), &[]);
    assert_eq!(looked.answer(), "error", "{looked}");
    assert_eq!(looked.fact("connected"), &json!(false));
    looked.has_problem("refused");
}

#[test]
fn a_name_that_does_not_exist_is_told_from_a_port_that_is_closed() {
    // no name server needs to be asked about this one
    let looked = look("tcp", json!("no-such-host-..invalid:80"), &[]);
    assert!(looked.text("problem") == "name_not_found", "{looked}");
}

#[test]
fn a_banner_is_waited_for_only_if_somebody_asks() {
    let server = Hostile::saying("hello, I am first\r\n");
    assert_eq!(look("tcp", json!(server.address()), &["banner"]).text("banner"), "hello, I am first\r\n");
    assert_eq!(look("tcp", json!(server.address()), &[]).fact("banner"), &Json::Null);
    let rude = Hostile::new(drop);
    look("tcp", json!(rude.address()), &["banner"]).has_problem("closed");
    let garbage = Hostile::saying([0, 0xff, 0xfe, 0x80]);
    assert_eq!(look("tcp", json!(garbage.address()), &["banner"]).text("banner").chars().count(), 4);
}

#[test]
fn a_silent_server_does_not_hold_up_the_others() {
    let silent = Hostile::saying("");
    let begin = Instant::now();
    let looked = look_for("tcp", json!(silent.address()), &["banner"], "300ms");
    looked.has_problem("timed_out");
    assert_eq!(looked.fact("connected"), &json!(true));
    assert!(begin.elapsed() < GUARD);
}

#[test]
fn an_interrupt_ends_every_wait() {
    use rustix::process::Signal;
    let silent = Hostile::saying("");
    let targets: [(&str, Json, &str); 5] = [
        ("tcp", json!(silent.address()), "banner"),
        ("http", json!(silent.url()), "status"),
        ("tls", json!(silent.address()), "trusted"),
        ("ssh", json!(silent.address()), "banner"),
        ("smtp", json!(silent.address()), "code"),
    ];
    for (number, (probe, target, wanted)) in targets.into_iter().enumerate() {
        let engine = prepare(probe, target, &[wanted], "10m");
        let started = engine.start(&["run", "pack.yaml"]);
        while silent.connections.load(Ordering::SeqCst) <= number {
            std::thread::sleep(Duration::from_millis(5));
        }
        started.signal(Signal::INT);
        let ran = started.end();
        assert!(ran.elapsed < GUARD, "{probe}: {ran}");
    }
}

#[test]
fn a_datagram_is_answered() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let answering = std::thread::spawn(move || {
        let mut buffer = [0; 100];
        for _ in 0..2 {
            let (count, from) = server.recv_from(&mut buffer).unwrap();
            server.send_to(&[b"got ", &buffer[..count]].concat(), from).unwrap();
        }
    });
    let text = look("udp", json!({ "address": address, "send": "ping" }), &[]);
    assert_eq!((text.answer(), text.text("reply")), ("ok", "got ping"), "{text}");
    let bytes = look("udp", json!({ "address": address, "send_hex": "00 ff" }), &[]);
    assert_eq!(bytes.text("reply_hex"), "676f742000ff");
    answering.join().unwrap();
}

#[test]
fn silence_and_a_closed_port_differ() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    look_for("udp", json!({ "address": address, "send": "ping" }), &[], "200ms").has_problem("timed_out");
    drop(silent);
    look("udp", json!({ "address": address, "send": "ping" }), &[]).has_problem("refused");
}
