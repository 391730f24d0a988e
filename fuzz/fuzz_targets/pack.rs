//! A pack from its bytes to a plan: nothing may panic, hang or grow, and every complaint has its place.
#![no_main]

mod complaints;

use engine::plan::names::Surroundings;
use engine::plan::{Selected, Wishes, plan};
use engine::spec::diagnostic::Complaints;
use engine::spec::pack::Pack;
use engine::spec::yaml;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

// the hook of libfuzzer-sys would also end what the engine catches itself
fuzz_target!(init: { let _ = std::panic::take_hook(); }, |bytes: &[u8]| {
    let mut found = Complaints::default();
    read(bytes, &mut found);
    complaints::check(&found);
});

fn read(bytes: &[u8], complaints: &mut Complaints) -> Option<()> {
    let source = yaml::read_bytes("pack.yaml", bytes.to_vec(), complaints)?;
    let document = Arc::new(yaml::parse(source, complaints)?);
    let pack = Arc::new(Pack::read(document, complaints)?);
    let wishes = Wishes { tolerate_missing_inputs: true, ..Wishes::default() };
    let plan = plan(vec![pack], Arc::new(Surroundings::default()), wishes, complaints)?;
    let mut answered = vec![false; plan.checks.len()];
    for number in plan.order.iter().copied() {
        let check = &plan.checks[number];
        assert!(check.needs.iter().all(|needed| answered[*needed]), "{} comes before what it needs", check.id);
        assert!(check.selected == Selected::Asked);
        answered[number] = true;
        if let Some(look) = check.look {
            let look = &plan.looks[look];
            assert!(look.checks.binary_search(&number).is_ok(), "{} has another's look", check.id);
            look.subject();
            let wanted = look.probe.facts.iter().enumerate().filter(|(index, _)| look.wanted.has(*index));
            assert!(wanted.count() <= look.probe.facts.len());
        }
    }
    assert!(answered.iter().all(|answered| *answered), "every check is in the order");
    Some(())
}
