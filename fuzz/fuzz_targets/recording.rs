//! A recording from its bytes, judged with a fixed pack.
#![no_main]

mod complaints;

use engine::judge::verdict::{Scale, Verdict};
use engine::plan::{Plan, Wishes, plan};
use engine::record::Recording;
use engine::record::replay::Replay;
use engine::run::{Listener, Terms, run};
use engine::spec::config::UnknownAs;
use engine::spec::diagnostic::Complaints;
use engine::spec::load::parse_pack;
use engine::spec::pack::Level;
use engine::spec::source::Source;
use engine::spec::yaml;
use libfuzzer_sys::fuzz_target;
use serde_json::Map;
use std::sync::Arc;

const PACK: &str = include_str!("recorded_pack.yaml");

// the hook of libfuzzer-sys would also end what the engine catches itself
fuzz_target!(init: { let _ = std::panic::take_hook(); }, |bytes: &[u8]| {
    let mut found = Complaints::default();
    judge(bytes, &mut found);
    complaints::check(&found);
});

fn judge(bytes: &[u8], complaints: &mut Complaints) -> Option<()> {
    let source = yaml::read_bytes("recording.yaml", bytes.to_vec(), complaints)?;
    let document = Arc::new(yaml::parse(source, complaints)?);
    let recording = Recording::read(document, complaints)?;
    let pack = parse_pack(Arc::new(Source::new("pack.yaml", PACK)), complaints)?;
    let packs = vec![pack];
    let mut wishes = Wishes::default();
    wishes.givens.files.push(recording.givens(&packs));
    let plan = plan(packs, Arc::new(recording.surroundings(&Map::new())), wishes, complaints)?;
    let looks = recording.looks(&plan, complaints)?;
    let mut replay = Replay::new(&plan, &looks, recording.keys.recorded_at, recording.keys.elapsed.unwrap_or_default());
    let scale = Scale { fail_on: Level::Error, unknown: UnknownAs::Level, blocking: true };
    let mut heard = Heard(0);
    run(&plan, &Terms { scale, keep_facts: true }, &mut replay, &mut heard);
    assert_eq!(heard.0, plan.order.len(), "every check is answered once");
    Some(())
}

struct Heard(usize);

impl Listener for Heard {
    fn verdict(&mut self, _: &Plan, _: &Verdict) {
        self.0 += 1;
    }
}
