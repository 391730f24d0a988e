//! The packs that ship: their cases come out as they must, reach every outcome, and every rule can fail.

use std::process::Command;

#[test]
fn every_shipped_pack_is_tested() {
    let ran = Command::new(env!("CARGO_BIN_EXE_engine"))
        .args(["test", "checks.d", "--require-coverage", "--mutate", "--color", "never"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{}{}", text(&ran.stdout), text(&ran.stderr));
}
