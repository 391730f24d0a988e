//! Asking systemd through `systemctl` (systemctl(1)).
//!
//! Deliberately absent: D-Bus, which the tool speaks for us in every version of systemd.

use crate::probe::{Context, Seen, tool};
use std::path::Path;

/// Runs `systemctl` with these arguments; otherwise the answer of the whole look.
pub fn ask<F>(user: bool, arguments: &[&str], context: &Context) -> Result<String, Seen<F>> {
    // sd_booted(3)
    if !Path::new("/run/systemd/system").is_dir() {
        return Err(Seen::Unsupported("this machine does not run systemd".into()));
    }
    let manager = if user { "--user" } else { "--system" };
    let all = [manager, "--no-pager", "--no-ask-password"].into_iter().chain(arguments.iter().copied());
    match tool::ask("systemctl", all, context) {
        Ok(said) if said.exit_code == 0 => Ok(said.stdout),
        Ok(said) => Err(Seen::Refused(said.complaint("systemctl"))),
        Err(tool::Silence::Missing(why)) => Err(Seen::Unsupported(why)),
        Err(silence) => Err(Seen::Refused(silence.text())),
    }
}
