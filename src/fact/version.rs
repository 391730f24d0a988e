//! Versions: read from anything that people call a version, found in a text, compared in order.
//!
//! No crate honours Debian epochs, four parts, OpenSSL letters, kernel revisions and the
//! pre-releases of both SemVer and PEP 440; hence the orders in `order` and `packages`.
//! Deliberately absent: versions without any number, such as names of releases.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

mod find;
mod order;
mod packages;
mod range;
mod shape;

pub use packages::{compare_deb, compare_rpm};
pub use range::{Range, RangeError};

use order::Key;

/// By whose rules a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// What programs print; see [`Version`] for the rules.
    Generic,
    /// deb-version(7): Debian, Ubuntu.
    Debian,
    /// rpm-version(7): Fedora, RHEL, SUSE.
    Rpm,
}

/// A version as it was written, without a leading `v`, and its place in the order.
///
/// The generic order: an epoch (`1:` or `1!`) decides first; numbers compare as numbers and
/// missing ones are zero (`3.10 > 3.9`, `1.2 == 1.2.0`). Then, from low to high: `~…`, `.dev1`,
/// pre-releases by name (`alpha` or `a1`, `beta` or `b1`, …, `rc1`), the version itself, `+build`,
/// revisions (`.post1`, `-1`), letters (`1.1.1k`). That is SemVer 2.0 §11 and PEP 440 for the words
/// both know; an unknown word after a hyphen (`-generic`) names a flavour and counts as later.
///
/// Versions of different schemes do not compare in earnest: the order merely groups them.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    scheme: Scheme,
    key: Key,
}

impl Version {
    /// The whole text as a version: `3.12.4`, `v1.2`, `1:2.3-4+b1`, `5.15.0-91-generic`, `12`.
    pub fn parse(text: &str) -> Option<Version> {
        let text = without_v(text.trim());
        shape::is_version(text).then(|| Version::new(text, Scheme::Generic))
    }

    /// The first version-like token of a text (its first 64 KiB): `Python 3.12.4`, `go1.22.3`,
    /// `psql (PostgreSQL) 15.18`. Dates, addresses and plain numbers are taken only if nothing
    /// better is there; what stands in brackets only if nothing stands outside.
    pub fn find(text: &str) -> Option<Version> {
        let whole = Version::parse(text);
        whole.or_else(|| Some(Version::new(find::find(text)?, Scheme::Generic)))
    }

    /// A version of a Debian package, as `dpkg` gives it. Any text is taken.
    pub fn debian(text: &str) -> Version {
        Version::new(text.trim(), Scheme::Debian)
    }

    /// A version of an RPM package, `[epoch:]version[-release]`. Any text is taken.
    pub fn rpm(text: &str) -> Version {
        Version::new(text.trim(), Scheme::Rpm)
    }

    /// The version as it was written, without a leading `v`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// By whose rules it is compared.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it comes before the release that it names: `3.13.0rc1`, `2.0-beta`, `1.0~git3`.
    pub fn is_prerelease(&self) -> bool {
        self.key.is_prerelease()
    }

    fn new(text: &str, scheme: Scheme) -> Version {
        Version { text: text.to_owned(), scheme, key: Key::of(text) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        self.scheme.cmp(&other.scheme).then_with(|| match self.scheme {
            Scheme::Generic => self.key.cmp(&other.key),
            Scheme::Debian => compare_deb(&self.text, &other.text),
            Scheme::Rpm => compare_rpm(&self.text, &other.text),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Equal in the order, not in the text: `1.2 == 1.2.0`.
impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

fn without_v(text: &str) -> &str {
    let rest = text.strip_prefix(['v', 'V']);
    rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    #[test]
    fn a_version_keeps_its_text() {
        assert_eq!(version(" v1.2.3 ").to_string(), "1.2.3");
        assert_eq!(version("1:2.3-4+b1").text(), "1:2.3-4+b1");
        assert_eq!(format!("{:>6}|", version("12")), "    12|");
    }

    #[test]
    fn pre_releases_are_known_as_such() {
        for text in ["3.13.0rc1", "1.2.3-rc.1", "1.0.dev3", "2.0~git4", "1.0a1", "21-ea", "1.0.0-SNAPSHOT"] {
            assert!(version(text).is_prerelease(), "{text}");
        }
        for text in ["3.13", "1.1.1a", "5.15.0-91-generic", "1.0.post1", "28.2.2-1~debian.12", "9.2p1"] {
            assert!(!version(text).is_prerelease(), "{text}");
        }
    }

    #[test]
    fn schemes_are_grouped_and_never_mixed() {
        let mut versions = [Version::rpm("1"), version("3"), Version::debian("2"), version("1")];
        versions.sort();
        assert_eq!(versions.each_ref().map(Version::text), ["1", "3", "2", "1"]);
        assert_eq!(serde_json::to_string(&Scheme::Debian).unwrap(), "\"debian\"");
    }

    const VERSION_LIKE: &str = "[0-2]{1,2}([.][0-2]){0,3}([-.~+^]?(a|b|rc|dev|post|k|p|x|generic)?[.-]?[0-2]?){0,3}";

    proptest! {
        #[test]
        fn each_order_is_total(texts in prop::array::uniform3(VERSION_LIKE)) {
            for make in [|text: &str| Version::new(text, Scheme::Generic), Version::debian, Version::rpm] {
                let [a, b, c] = texts.each_ref().map(|text| make(text));
                prop_assert_eq!(a.cmp(&a), Ordering::Equal);
                prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
                if a <= b && b <= c {
                    prop_assert!(a <= c, "{} <= {} <= {}", a, b, c);
                }
                if a == b {
                    prop_assert_eq!(a.cmp(&c), b.cmp(&c));
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,60}") {
            let _ = (Version::parse(&text), Version::find(&text));
            prop_assert_eq!(Version::debian(&text), Version::debian(&text));
            prop_assert_eq!(Version::rpm(&text), Version::rpm(&text));
        }

        #[test]
        fn text_that_looks_nearly_like_a_version_is_answered(text in "([0-9]{1,3}|[-.:!~+^()_v \n]|rc|dev|é){0,30}") {
            if let Some(found) = Version::find(&text) {
                prop_assert!(Version::parse(found.text()).is_some(), "{}", found);
            }
        }
    }
}
