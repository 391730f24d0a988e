//! A group of users, from the system's group database (getgrnam(3)).
//!
//! Deliberately absent: users whose primary group it is; their own entries say so (`user`).

use super::{Context, Nature, Pace, Probe, Seen};
use crate::{described, facts};
use uzers::os::unix::GroupExt;

described! {
    /// Looks up a group of users.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: name) {
        /// Name of the group, or its number.
        name: String,
    }
}

facts! {
    pub struct Facts {
        /// Number of the group.
        gid: u32,
        /// Names of the users that the group lists, sorted. Users whose primary group it is are not listed there.
        members: Vec<String>,
    }
}

pub struct Group;

impl Probe for Group {
    const NAME: &'static str = "group";
    const PACE: Pace = Pace::Quick;
    const NATURE: Nature = Nature::Looks;
    const DEFAULT: &'static str = "expect: { present: true }";
    const EXAMPLE: &'static str = "id: root-group\ngroup: root\nexpect:\n  gid: 0\n  members: { none: nobody }";
    const EVIDENCE: &'static [&'static str] = &["gid", "members"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.name.clone()
    }

    fn check(target: &Target) -> Result<(), String> {
        if target.name.is_empty() { Err("`name` is empty; name a group".into()) } else { Ok(()) }
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        match find(&target.name) {
            Some(group) => Seen::Present(Facts { gid: group.gid().into(), members: members(&group).into() }),
            None => Seen::Absent(format!("there is no group {}", target.name)),
        }
    }
}

/// By name first: a name may consist of digits.
fn find(name: &str) -> Option<uzers::Group> {
    uzers::get_group_by_name(name).or_else(|| uzers::get_group_by_gid(name.parse().ok()?))
}

fn members(group: &uzers::Group) -> Vec<String> {
    let mut names: Vec<String> = group.members().iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    fn look(name: &str) -> Seen<Facts> {
        Group::observe(
            &Target { name: name.into() },
            &WantedBits::ALL.into(),
            &Context::lasting(Duration::from_secs(20)),
        )
    }

    #[test]
    fn groups_are_found_by_name_and_number() {
        for name in ["root", "0"] {
            assert!(matches!(look(name), Seen::Present(facts) if facts.gid == Fact::Known(0)));
        }
        assert!(matches!(look("no-such-group"), Seen::Absent(why) if why == "there is no group no-such-group"));
    }

    #[test]
    fn members_are_sorted_and_named_once() {
        let group = uzers::Group::new(7, "lp").add_member("maria").add_member("anna").add_member("maria");
        assert_eq!(members(&group), ["anna", "maria"]);
    }
}
