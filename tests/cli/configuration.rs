//! `engine.yaml` and `waivers.yaml`: modes, the stop rule, the header, exceptions, and their mistakes.

use crate::common::Engine;
use crate::{runs, shows};

const TIERS: &str = r#"
checks:
  - { id: base, priority: 0, file: /is-not-there }
  - { id: beside, priority: 0, command: ["true"] }
  - { id: later, priority: 10, command: ["true"] }
  - { id: last, command: ["true"] }
"#;

/// A folder with this configuration and this pack in `checks.d`.
fn project(config: &str, checks: &str) -> Engine {
    let engine = Engine::new();
    engine.write("engine.yaml", config);
    engine.write("checks.d/test.yaml", &format!("pack: test\n{checks}"));
    engine
}

#[test]
fn a_failed_tier_stops_the_later_ones() {
    let engine = project("stop: tier\n", TIERS);
    shows("stop-tier", &mut engine.command(&["run"]))
        .exits(1)
        .says("stopped at priority 0: test/base is error")
        .says("1 ok, 1 error, 2 skipped");
    shows("list-stop-tier", &mut engine.command(&["list"])).exits(0).says("a failed priority stops the later ones");
    let engine = project("stop: none\n", TIERS);
    runs(&mut engine.command(&["run"])).exits(1).says("3 ok, 1 error");
}

#[test]
fn a_light_mode_stops_nobody() {
    let modes = r#"
modes:
  full: { blocking: true }
  light: { blocking: false, max_priority: 10, timeout: 1s, unknown: warn }
default_mode: light
"#;
    let checks = r#"
checks:
  - { id: slow, priority: 0, command: [sleep, "60"] }
  - { id: broken, priority: 10, command: ["false"] }
  - { id: late, command: ["true"] }
"#;
    let engine = project(modes, checks);
    shows("mode-light", &mut engine.command(&["run"]))
        .exits(0)
        .says("NO-GO (only observed: this mode stops nobody)")
        .says("1 check not selected");
    runs(&mut engine.command(&["run", "--mode", "full", "--id", "broken"])).exits(1).says(": NO-GO\n");
    shows("mode-misspelt", &mut engine.command(&["run", "--mode", "ligt"]))
        .exits(64)
        .complains("did you mean `light`?");
}

#[test]
fn unknown_counts_as_the_mode_says() {
    let modes = "modes: { strict: {}, mild: { unknown: warn }, blind: { unknown: ignore } }\n";
    let engine = project(modes, "checks:\n  - { id: slow, timeout: 50ms, command: [sleep, \"60\"] }\n");
    let run = |mode: &str| engine.command(&["run", "--mode", mode, "--warnings-exit-2"]);
    runs(&mut run("strict")).exits(1).says("1 unknown");
    runs(&mut run("mild")).exits(2).says("1 unknown");
    runs(&mut run("blind")).exits(0).says("1 unknown");
}

#[test]
fn the_header_above_the_report() {
    let config = "header:\n  Role: \"${env.HUB_URL != '' ? 'agent' : 'standalone'}\"\n  Cores × 2: ${2 * 2}\n  Event: ${context.event}\n";
    let engine = project(config, "checks:\n  - { id: good, command: [\"true\"] }\n");
    let mut agent = engine.command(&["run", "--context", "event=deploy"]);
    shows("header", agent.env("HUB_URL", "https://hub.example.org")).exits(0).says("agent").says("deploy");
    runs(engine.command(&["run"]).env_remove("HUB_URL")).exits(0).says("standalone");
    let engine = project("header: { Role: \"${nobody}\" }\n", "checks:\n  - { id: good, command: [\"true\"] }\n");
    shows("header-unknown-name", &mut engine.command(&["run"])).exits(65).complains("nobody");
}

#[test]
fn waivers() {
    let checks = "checks:\n  - { id: swap, title: Swap is off, command: [\"false\"] }\n";
    let engine = project("waivers: waivers.yaml\n", checks);
    let waive = |check: &str, until: &str| {
        let text = format!(
            "- check: {check}\n  reason: until the memory arrives\n  owner: ops@example.org\n  expires: {until}\n"
        );
        engine.write("waivers.yaml", &text);
        engine.command(&["run"])
    };
    shows("waiver-stands", &mut waive("test/swap", "9999-01-31")).exits(0).says("1 waived").says("until 9999-01-31");
    shows("waiver-lapsed", &mut waive("test/swap", "2020-01-31")).exits(1).says("lapsed after 2020-01-31");
    shows("waiver-of-nothing", &mut waive("test/spaw", "9999-01-31")).exits(65).complains("test/spaw");
    shows("waiver-bad-day", &mut waive("test/swap", "31.1.2027")).exits(65).complains("waivers.yaml:4:12");
}

#[test]
fn mistakes_in_the_configuration() {
    let checks = "checks:\n  - { id: good, command: [\"true\"] }\n";
    let engine = project("pahts: [checks.d]\nstop: tear\nmodes: { light: { timeout: 5 } }\n", checks);
    shows("config-mistakes", &mut engine.command(&["run"]))
        .exits(65)
        .complains("did you mean `paths`?")
        .complains("engine.yaml:2:7")
        .complains("engine.yaml:3:28");
    let engine = project("default_mode: light\n", checks);
    shows("config-default-mode", &mut engine.command(&["run"])).exits(65).complains("light");
    let engine = project("waivers: none.yaml\n", checks);
    shows("config-waivers-missing", &mut engine.command(&["run"])).exits(65).complains("none.yaml");
    let arguments = ["run", "--config", "other.yaml"];
    shows("config-missing", &mut engine.command(&arguments)).exits(65).complains("other.yaml");
}

#[test]
fn paths_of_the_configuration() {
    let engine =
        project("paths: [checks.d, \"services/*/preflight.yaml\"]\n", "checks:\n  - { id: a, command: [\"true\"] }\n");
    engine.write(
        "services/web/preflight.yaml",
        "pack: web\ntitle: The web\nchecks:\n  - { id: b, command: [\"true\"] }\n",
    );
    engine.write("services/web/other.yaml", "nonsense: true\n");
    shows("config-paths", &mut engine.command(&["run"]))
        .exits(0)
        .says("test\n ok      a\n\nThe web\n")
        .says("2 checks: 2 ok");
    // the configuration is found upward, its paths are its own
    let mut below = engine.command(&["run"]);
    runs(below.current_dir(engine.path().join("services/web"))).exits(0).says("2 checks: 2 ok");
}

#[test]
fn without_configuration_or_packs_the_embedded_ones_are_listed() {
    let engine = Engine::new();
    runs(&mut engine.command(&["list"])).exits(0).says("linux-base/");
}
