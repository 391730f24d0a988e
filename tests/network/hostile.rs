//! A server of a few lines that behaves as badly as a test wants.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Accepts until dropped; every connection has a thread of its own.
pub struct Hostile {
    pub port: u16,
    /// How many connections came.
    pub connections: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Hostile {
    /// Whatever the behaviour does to a connection, it is closed afterwards.
    pub fn new(behaviour: impl Fn(TcpStream) + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (over, connections) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (ended, counted, behaviour) = (over.clone(), connections.clone(), Arc::new(behaviour));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let behaviour = behaviour.clone();
                std::thread::spawn(move || behaviour(connection));
            }
        });
        Hostile { port, connections, over }
    }

    /// Says this at once, and then nothing more until the other side goes.
    pub fn saying(bytes: impl Into<Vec<u8>>) -> Hostile {
        let bytes = bytes.into();
        Hostile::new(move |mut connection| {
            // whoever was told need not stay to listen
            let _ = connection.write_all(&bytes);
            read_to_end(connection);
        })
    }

    /// Reads a request of HTTP, answers with these bytes and closes.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Hostile {
        let bytes = bytes.into();
        Hostile::new(move |mut connection| {
            read_request(&mut connection);
            let _ = connection.write_all(&bytes);
        })
    }

    /// Reads a request of HTTP, says `head`, and then `again` and again for ever.
    pub fn endless(head: &'static str, again: Vec<u8>) -> Hostile {
        Hostile::new(move |mut connection| {
            read_request(&mut connection);
            let mut sent = connection.write_all(head.as_bytes());
            while sent.is_ok() {
                sent = connection.write_all(&again);
            }
        })
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // wakes the thread that accepts
        let _ = TcpStream::connect_timeout(&([127, 0, 0, 1], self.port).into(), Duration::from_secs(1));
    }
}

/// The head of a request, up to its empty line.
pub fn read_request(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn read_to_end(mut connection: TcpStream) {
    let mut buffer = [0; 4096];
    loop {
        match connection.read(&mut buffer) {
            Ok(count) if count > 0 => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

/// Carries bytes both ways until both sides are done.
pub fn splice(one: TcpStream, other: TcpStream) {
    let (mut from, mut to) = (one.try_clone().unwrap(), other.try_clone().unwrap());
    let there = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (other, one);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    let _ = there.join();
}
