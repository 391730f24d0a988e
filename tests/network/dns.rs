//! `dns` against dnsmasq, and against servers that answer nonsense.

use crate::looking::{look, look_for};
use crate::servers::{Server, free_port, program};
use serde_json::{Value as Json, json};
use std::net::UdpSocket;

fn dnsmasq() -> Server {
    let port = free_port();
    let long = "x".repeat(250);
    let options = [
        "--no-daemon".to_string(),
        "--conf-file=/dev/null".into(),
        "--pid-file".into(),
        "--user=root".into(),
        "--no-resolv".into(),
        "--no-hosts".into(),
        "--local=/example.test/".into(),
        "--bind-interfaces".into(),
        "--listen-address=127.0.0.1".into(),
        format!("--port={port}"),
        "--local-ttl=77".into(),
        "--host-record=host.example.test,192.0.2.7,2001:db8::7".into(),
        "--cname=www.example.test,host.example.test".into(),
        "--mx-host=example.test,host.example.test,10".into(),
        "--txt-record=example.test,v=spf1 include:other.test -all".into(),
        format!("--txt-record=long.example.test,{long},{long},{long},{long}"),
        "--srv-host=_sip._tcp.example.test,host.example.test,5060,1,2".into(),
        "--ptr-record=7.2.0.192.in-addr.arpa,host.example.test".into(),
        "--caa-record=example.test,0,issue,letsencrypt.org".into(),
        // the name `ns.example.test` as it goes over the wire
        "--dns-rr=example.test,2,026e73076578616d706c65047465737400".into(),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    Server::start(&program("dnsmasq", "dnsmasq-base"), &options, port)
}

#[test]
fn every_type_of_record_is_read() {
    let server = dnsmasq();
    let text = "v=spf1 include:other.test -all";
    for (name, kind, record) in [
        ("host.example.test", "A", "192.0.2.7"),
        ("HOST.example.test.", "AAAA", "2001:db8::7"),
        ("www.example.test", "CNAME", "host.example.test"),
        ("example.test", "MX", "10 host.example.test"),
        ("example.test", "TXT", text),
        ("_sip._tcp.example.test", "SRV", "1 2 5060 host.example.test"),
        ("example.test", "NS", "ns.example.test"),
        ("192.0.2.7", "PTR", "host.example.test"),
        ("example.test", "CAA", "0 issue \"letsencrypt.org\""),
    ] {
        let looked = look("dns", json!({ "name": name, "type": kind, "server": server.address() }), &[]);
        assert_eq!(looked.answer(), "ok", "{looked}");
        assert_eq!(looked.fact("records"), &json!([record]), "{looked}");
        assert_eq!(looked.text("server"), server.address());
    }
}

#[test]
fn aliases_addresses_and_lifetime_come_along() {
    let server = dnsmasq();
    let looked = look("dns", json!({ "name": "www.example.test", "server": server.address() }), &[]);
    assert_eq!(looked.fact("records"), &json!(["192.0.2.7"]));
    assert_eq!(looked.fact("aliases"), &json!(["host.example.test"]));
    assert_eq!(looked.fact("addresses"), &json!(["192.0.2.7"]));
    assert_eq!(looked.fact("ttl"), &json!(77.0));
}

#[test]
fn no_such_name_and_no_such_record_differ() {
    let server = dnsmasq();
    let none = look("dns", json!({ "name": "nobody.example.test", "server": server.address() }), &[]);
    assert_eq!((none.answer(), none.text("code")), ("error", "NXDOMAIN"), "{none}");
    let empty = look("dns", json!({ "name": "host.example.test", "type": "MX", "server": server.address() }), &[]);
    assert_eq!((empty.answer(), empty.text("code")), ("error", "NOERROR"), "{empty}");
    assert_eq!((empty.fact("records"), empty.fact("ttl")), (&json!([]), &Json::Null));
    // dnsmasq without anybody to ask declines
    let declined = look("dns", json!({ "name": "example.org", "server": server.address() }), &[]);
    assert_eq!(declined.text("code"), "REFUSED");
}

#[test]
fn what_does_not_fit_into_a_datagram_is_fetched_over_tcp() {
    let server = dnsmasq();
    let looked = look("dns", json!({ "name": "long.example.test", "type": "TXT", "server": server.address() }), &[]);
    assert_eq!(looked.fact("records")[0].as_str().unwrap().len(), 1000, "{looked}");
}

#[test]
fn a_server_that_is_gone_refuses() {
    let mut server = dnsmasq();
    server.kill();
    let looked = look("dns", json!({ "name": "example.test", "server": server.address() }), &[]);
    assert_eq!(looked.answer(), "error");
    looked.has_problem("refused");
}

/// A name server that answers every question with what this makes of it.
fn answering(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut buffer = [0; 600];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&answer(&buffer[..count]), from);
        }
    });
    address
}

#[test]
fn nonsense_is_no_answer_and_a_broken_answer_is_a_bad_one() {
    let garbage = answering(|_| vec![0xff; 300]);
    look_for("dns", json!({ "name": "a.test", "server": garbage }), &[], "300ms").has_problem("timed_out");

    let somebody_else = answering(|question| {
        let mut answer = question.to_vec();
        answer[0] ^= 0xff;
        answer[2] |= 0x80;
        answer
    });
    look_for("dns", json!({ "name": "a.test", "server": somebody_else }), &[], "300ms").has_problem("timed_out");

    let cut = answering(|question| {
        let mut answer = question.to_vec();
        answer[2] |= 0x80;
        // claims to hold an answer that is not there
        answer[7] = 1;
        answer
    });
    look("dns", json!({ "name": "a.test", "server": cut }), &[]).has_problem("bad_answer");

    // refers to TCP, where nobody is
    let truncated = answering(|question| {
        let mut answer = question.to_vec();
        answer[2] |= 0x82;
        answer
    });
    look("dns", json!({ "name": "a.test", "server": truncated }), &[]).has_problem("refused");
}
