//! What other programs answer and what stands in files: the first byte chooses who gets to see the rest.
#![no_main]

mod server;

use engine::observe::process::Cancel;
use engine::plan::names::Surroundings;
use engine::plan::{Plan, Wishes, plan};
use engine::probe::Context;
use engine::probe::network::certificate;
use engine::spec::diagnostic::{Complaints, human};
use engine::spec::load::parse_pack;
use engine::spec::source::Source;
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

static FILE: LazyLock<String> =
    LazyLock::new(|| std::env::temp_dir().join(format!("answer-{}", std::process::id())).display().to_string());
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let port = server::start().expect("a server on this machine").to_string();
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
    *server::answer() = answer.to_vec();
    fs::write(&*FILE, answer).expect("a folder for temporary files");
    let timeout = Duration::from_millis(100);
    let deadline = Instant::now() + timeout;
    (look.probe.observe)(&*look.target, look.wanted, &Context { timeout, deadline, cancel: CANCEL.clone(), answer: None });
    let _ = fs::remove_file(&*FILE);
});
