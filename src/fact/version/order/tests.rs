//! The generic order against tables, and against the crates that know one scheme each.

use std::str::FromStr;

use proptest::prelude::*;

use super::*;

/// Each line ascends strictly.
const ASCENDING: &[&[&str]] = &[
    &["3.9", "3.10", "12"],
    &["1.2.3", "1.2.3.4", "1.2.4"],
    &["1.2", "1.3"],
    &["2.0", "1:1.0", "1:2.3-4", "1:2.3-4+b1", "2!0.1"],
    &["2.36-9", "2.36-9+deb12u9", "2.36-9+deb12u14", "2.36-10"],
    &["1.0~~", "1.0~beta", "1.0~rc1", "1.0"],
    &["1.2.3-rc1", "1.2.3", "1.2.3-1"],
    &["1.1.1", "1.1.1a", "1.1.1k", "1.1.1w", "1.1.2"],
    &["5.15.0", "5.15.0-91-generic", "5.15.0-100-generic"],
    &["6.1.0-rc7", "6.1.0", "6.1.0-18-amd64"],
    // SemVer 2.0 §11
    &[
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
    ],
    // PEP 440, summary of permitted suffixes
    &[
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
        "1.0b2.post345.dev456",
        "1.0b2.post345",
        "1.0rc1.dev456",
        "1.0rc1",
        "1.0",
        "1.0+abc.5",
        "1.0+abc.7",
        "1.0.post456.dev34",
        "1.0.post456",
        "1.1.dev1",
    ],
    &["4.2.0.M1", "4.2.0.RC1", "4.2.0-SNAPSHOT", "4.2.0", "4.2.0.Final"],
    &["21-ea", "21", "21+35"],
    &["9.1p1", "9.2", "9.2p1", "9.2p2"],
];

const EQUAL: &[(&str, &str)] = &[
    ("1.2", "1.2.0"),
    ("1.0", "1"),
    ("1.0-rc.1", "1.0rc1"),
    ("1.0alpha1", "1.0a1"),
    ("1.0-1", "1.0.post1"),
    ("1.0.dev", "1.0.dev0"),
    ("1!2.0", "1:2"),
    ("1.0.0-RC1", "1.0.0-rc1"),
    ("007", "7"),
];

#[test]
fn tables() {
    for line in ASCENDING {
        for (at, low) in line.iter().enumerate() {
            for high in &line[at + 1..] {
                assert!(Key::of(low) < Key::of(high), "{low} < {high}");
            }
        }
    }
    for (one, other) in EQUAL {
        assert_eq!(Key::of(one), Key::of(other), "{one} {other}");
    }
}

#[test]
fn floor_and_ceiling_enclose_a_prefix() {
    let (floor, ceiling) = (Key::of("3.12").floor(), Key::of("3.12").ceiling());
    for inside in ["3.12.dev0", "3.12rc1", "3.12", "3.12.0-1", "3.12.4", "3.12.999"] {
        assert!(floor < Key::of(inside) && Key::of(inside) < ceiling, "{inside}");
    }
    for below in ["3.11", "3.11.99-5"] {
        assert!(Key::of(below) < floor, "{below}");
    }
    for above in ["3.13.dev0", "3.13a1", "3.13", "1:3.12"] {
        assert!(ceiling < Key::of(above), "{above}");
    }
}

proptest! {
    #[test]
    fn python_versions_order_as_in_pep440_rs(
        texts in prop::array::uniform2("([0-1]!)?[0-2]([.][0-2]){0,3}((a|b|rc)[0-2])?([.]post[0-2])?([.]dev[0-2])?")
    ) {
        let [one, other] = texts.each_ref().map(|text| pep440_rs::Version::from_str(text).unwrap());
        prop_assert_eq!(Key::of(&texts[0]).cmp(&Key::of(&texts[1])), one.cmp(&other), "{:?}", texts);
    }

    #[test]
    fn semantic_versions_order_as_in_semver(
        texts in prop::array::uniform2("[0-2][.][0-2][.][0-2](-(alpha|beta|rc)([.][1-9][0-9]?|[.](x|beta)){0,2})?")
    ) {
        let [one, other] = texts.each_ref().map(|text| semver::Version::parse(text).unwrap());
        prop_assert_eq!(Key::of(&texts[0]).cmp(&Key::of(&texts[1])), one.cmp_precedence(&other), "{:?}", texts);
    }
}
