//! What other programs answer and what stands in files: the first byte chooses who gets to see the rest.
#![no_main]

use engine::observe::process::Cancel;
use engine::plan::names::Surroundings;
use engine::plan::{Plan, Wishes, plan};
use engine::probe::Context;
use engine::probe::network::certificate;
use engine::spec::diagnostic::{Complaints, human};
use engine::spec::load::parse_pack;
use engine::spec::source::Source;
use libfuzzer_sys::fuzz_target;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static FILE: LazyLock<String> =
    LazyLock::new(|| std::env::temp_dir().join(format!("answer-{}", std::process::id())).display().to_string());
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let port = serve().expect("a server on this machine").to_string();
    let text = include_str!("answers.yaml").replace("PORT", &port).replace("FILE", &FILE);
    let mut complaints = Complaints::default();
    let pack = parse_pack(Arc::new(Source::new("answers.yaml", text)), &mut complaints).into_iter().collect();
    let plan = plan(pack, Arc::new(Surroundings::default()), Wishes::default(), &mut complaints);
    plan.unwrap_or_else(|| panic!("{}", human::render(&complaints, false, 120)))
});
static CANCEL: LazyLock<Cancel> = LazyLock::new(Cancel::default);

// the hook of libfuzzer-sys would also end what the engine catches itself
fuzz_target!(init: { let _ = std::panic::take_hook(); }, |bytes: &[u8]| {
    let Some((who, answer)) = bytes.split_first() else { return };
    let Some(look) = PLAN.looks.get(usize::from(*who)) else {
        let _ = certificate::read(&answer.into());
        return;
    };
    *lock() = answer.to_vec();
    fs::write(&*FILE, answer).expect("a folder for temporary files");
    let timeout = Duration::from_millis(100);
    let deadline = Instant::now() + timeout;
    (look.probe.observe)(&*look.target, look.wanted, &Context { timeout, deadline, cancel: CANCEL.clone(), answer: None });
});

fn lock() -> std::sync::MutexGuard<'static, Vec<u8>> {
    ANSWER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers everybody who connects or sends a datagram; the number of a question stands in its answer.
fn serve() -> std::io::Result<u16> {
    let streams = TcpListener::bind("127.0.0.1:0")?;
    let port = streams.local_addr()?.port();
    let datagrams = UdpSocket::bind(("127.0.0.1", port))?;
    thread::spawn(move || streams.incoming().flatten().for_each(|stream| drop(thread::spawn(|| answer(stream)))));
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((_, from)) = datagrams.recv_from(&mut question) {
            let mut answer = lock().clone();
            answer.truncate(60_000);
            answer.iter_mut().zip(question).take(2).for_each(|(byte, number)| *byte = number);
            let _ = datagrams.send_to(&answer, from);
        }
    });
    Ok(port)
}

fn answer(mut stream: TcpStream) {
    let bytes = lock().clone();
    let _ = stream.write_all(&bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let _ = stream.read_to_end(&mut Vec::new());
}
