//! Ranges against tables, and against the crate that knows PEP 440.

use std::str::FromStr;

use proptest::prelude::*;

use super::*;

fn range(text: &str) -> Range {
    Range::parse(text).unwrap_or_else(|error| panic!("{text}: {error} at {:?}", error.span))
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
}

/// A range, versions inside, versions outside.
const RANGES: &[(&str, &[&str], &[&str])] = &[
    (">=3.10,<3.13", &["3.10", "3.12.9"], &["3.9", "3.13", "3.13.0rc1"]),
    (">=3.10 <3.13", &["3.10", "3.12.9"], &["3.9", "3.13"]),
    (" >= 3.10 , < 3.13 ", &["3.10"], &["3.9"]),
    ("^3.11", &["3.11", "3.12.1"], &["3.10", "4.0", "4.0.0-rc1"]),
    ("~=3.11.13", &["3.11.13", "3.11.99"], &["3.11.12", "3.12"]),
    ("==3.11.*", &["3.11", "3.11.13"], &["3.12", "3.11.0rc1"]),
    ("!=3.11.*", &["3.12", "3.1"], &["3.11.2"]),
    ("==3.11.13", &["3.11.13", "3.11.13.0", "3.11.13+local"], &["3.11.14", "3.11.13-1"]),
    ("==1.2", &["1.2.0"], &["1.2.1"]),
    ("!=1.2", &["1.2.1"], &["1.2.0", "v1.2"]),
    ("===1.2", &["1.2", "v1.2"], &["1.2.0"]),
    ("1.2.x || >=2.5", &["1.2", "1.2.9", "2.5"], &["1.3", "2.4"]),
    ("1.2.3 - 2.3", &["1.2.3", "2.3.9"], &["1.2.2", "2.4"]),
    ("1.2 - 2.0-rc1", &["1.2", "2.0-beta"], &["2.0"]),
    ("3.12", &["3.12", "3.12.4", "3.12.4-1"], &["3.13", "3.1", "3.12.0rc1", "1:3.12"]),
    ("=3.12", &["3.12.4"], &["3.13"]),
    ("3", &["3.12"], &["30"]),
    ("1.1.1", &["1.1.1", "1.1.1w"], &["1.1.10"]),
    ("1.1.1k", &["1.1.1k"], &["1.1.1", "1.1.1w"]),
    ("*", &["0", "1.2.3-rc1"], &[]),
    (">=3.12", &["3.13.0rc1"], &["3.12.0rc1"]),
    (">=3.13", &["3.13"], &["3.13.0rc1"]),
    ("<2.0", &["1.9", "1.9-rc1"], &["2.0.0-rc1", "2.0"]),
    ("<2.0-rc2", &["2.0-rc1", "1.9"], &["2.0-rc2", "2.0"]),
    ("<=2.0", &["2.0-rc1", "2.0"], &["2.0.1"]),
    (">3.12", &["3.12.1"], &["3.12.0"]),
    ("^1.2", &["1.2", "1.9"], &["2.0.0-rc1", "2.0", "1.1"]),
    ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3", "0.2.2"]),
    ("^0.0.3", &["0.0.3"], &["0.0.4"]),
    ("^0.0", &["0.0.9"], &["0.1"]),
    ("^0", &["0.9"], &["1.0"]),
    ("^1.0.0-rc1", &["1.0.0-rc2", "1.5"], &["1.0.0-beta", "2.0.0-rc1"]),
    ("^1.x", &["1.0", "1.9"], &["2.0"]),
    ("~1.2.3", &["1.2.3", "1.2.9"], &["1.3", "1.3-rc1", "1.2.2"]),
    ("~1.2", &["1.2.9"], &["1.3"]),
    ("~1", &["1.9"], &["2"]),
    ("~>1.2", &["1.2", "1.9"], &["2.0"]),
    ("~>1.2.3", &["1.2.9"], &["1.3"]),
    ("~=2.2.post3", &["2.2.post3", "2.9"], &["2.2", "3"]),
    (">=5.15.0-91", &["5.15.0-100-generic", "5.15.0-91-generic"], &["5.15.0-90-generic"]),
    (">=2.36-9+deb12u10", &["2.36-9+deb12u14"], &["2.36-9+deb12u9", "2.36-9"]),
    (">=1:2.0", &["1:2.3-4+b1", "2!0.1"], &["3.0"]),
    (">=1.2,!=1.3.*,!=1.4.2,<2", &["1.2", "1.4.1"], &["1.3.5", "1.4.2", "2"]),
    ("<1 || >=2,<3 || 4.*", &["0.9", "2.5", "4.4"], &["1", "3", "5"]),
];

#[test]
fn table() {
    for (text, inside, outside) in RANGES {
        let range = range(text);
        assert_eq!(range.to_string(), *text);
        for version in inside.iter().map(|text| version(text)) {
            assert!(range.contains(&version), "{version} is in {text}");
        }
        for version in outside.iter().map(|text| version(text)) {
            assert!(!range.contains(&version), "{version} is not in {text}");
        }
    }
}

#[test]
fn packages_keep_their_own_order() {
    let cases = [
        (Version::debian("2.36-9+deb12u9"), ">=2.36-9+deb12u9", "<2.36-9+deb12u9"),
        (Version::debian("2.36-9+deb12u14"), ">2.36-9+deb12u9", "<=2.36-9+deb12u9"),
        (Version::debian("1:9.2p1-2+deb12u2"), "1:9.*", "9.*"),
        (Version::debian("1.22.1-9"), "1.22.1", "==1.22.1"),
        (Version::debian("15.18-0+deb12u1"), "^15.2", "<15"),
        (Version::debian("2.0~rc1-1"), ">=1.9", "<2.0"),
        (Version::debian("1.2.0"), ">1.2", "==1.2"),
        (Version::rpm("3.0.7-24.el9"), "==3.0.7", "<3.0.7"),
        (Version::rpm("3.0.7-24.el9"), ">=3.0.7-24", ">=3.0.7-25"),
        (Version::rpm("1:1.0^git1-1"), ">1:1.0", ">=1:1.0.1"),
    ];
    for (version, inside, outside) in cases {
        assert!(range(inside).contains(&version), "{version} is in {inside}");
        assert!(!range(outside).contains(&version), "{version} is not in {outside}");
    }
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let cases = [
        ("", 0..0, "missing"),
        ("  ", 0..2, "missing"),
        (">=", 0..2, "no version follows `>=`"),
        (">=3, <", 5..6, "no version follows `<`"),
        (">=3,", 3..4, "nothing follows this comma"),
        (">=3,,<4", 3..4, "nothing follows this comma"),
        (",>=3", 0..1, "`,` is not a version"),
        (">=3 ||", 6..6, "missing"),
        ("|| >=3", 0..0, "missing"),
        (">=3 | <2", 4..5, "`|` is not a version"),
        (">=3 && <4", 4..6, "`&&` is not a version"),
        ("latest", 0..6, "`latest` is not a version"),
        (">=3.1, größer", 7..15, "`größer` is not a version"),
        (">=3.10.", 2..7, "`3.10.` is not a version"),
        ("3.1*", 0..4, "`3.1*` is not a version"),
        ("3.*.1", 0..5, "`3.*.1` is not a version"),
        (">=3.*", 0..5, "does not go with the wildcard"),
        ("===3.*", 0..6, "does not go with the wildcard"),
        ("^*", 0..2, "does not go with the wildcard"),
        ("~=3", 0..3, "needs at least two parts"),
        ("~=3.1.*", 0..7, "does not go with the wildcard"),
        ("!3", 0..1, "`!` is not an operator"),
        ("=>3", 0..1, "no version follows `=`"),
        (">=3,<2", 0..6, "no version can satisfy `>=3,<2`"),
        (">1 <1", 0..5, "no version can satisfy"),
        (">=1 <1", 0..6, "no version can satisfy"),
        ("==1,==2", 0..7, "no version can satisfy"),
        ("3.11 3.12", 0..9, "no version can satisfy"),
        ("2.3 - 1.2", 0..9, "no version can satisfy"),
        ("==3,!=3.0", 0..9, "no version can satisfy"),
        ("3.12.*,!=3.12.*", 0..15, "no version can satisfy"),
        ("!=*", 0..3, "no version can satisfy"),
        (">=2.0rc1,<2.0", 0..13, "no version can satisfy"),
        (">=1 || >4 <3", 7..12, "no version can satisfy `>4 <3`"),
    ];
    for (text, span, part) in cases {
        let error = Range::parse(text).expect_err(text);
        assert_eq!(error.span, span, "{text}");
        assert!(error.message.contains(part), "{text}: {}", error.message);
        assert!(error.help.is_some(), "{text}");
    }
}

const VERSION: &str = "[0-2]([.][0-2]){0,2}((a|b|rc)[0-2])?";

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,40}") {
        let _ = Range::parse(&text);
    }

    #[test]
    fn any_text_of_the_grammar_is_answered(text in "([<>=!~^|, *x-]{0,3}[0-9.+é]{0,4}){0,6}", seen in VERSION) {
        match Range::parse(&text) {
            Ok(range) => { let _ = range.contains(&version(&seen)); }
            Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
        }
    }

    #[test]
    fn an_impossible_range_admits_nothing(
        bounds in prop::collection::vec(("(>=|<=|>|<|==|!=|\\^|~|)", VERSION), 1..4), seen in VERSION
    ) {
        let words: Vec<String> = bounds.iter().map(|(operator, version)| format!("{operator}{version}")).collect();
        let together = Range::parse(&words.join(","));
        let each = words.iter().all(|word| range(word).contains(&version(&seen)));
        match together {
            Ok(together) => prop_assert_eq!(together.contains(&version(&seen)), each),
            Err(_) => prop_assert!(!each, "{} is in {:?}", seen, words),
        }
    }

    /// `>` is left out: PEP 440 keeps post-releases of the bound away, which here follow their order.
    /// So is `<` before a pre-release: PEP 440 lets earlier ones in, the crate does not.
    #[test]
    fn specifiers_of_pep_440_mean_the_same(
        operator in "(>=|<=|<|==|!=)", bound in VERSION, seen in VERSION
    ) {
        if operator == "<" && version(&bound).is_prerelease() {
            return Ok(());
        }
        let text = format!("{operator}{bound}");
        let theirs = pep440_rs::VersionSpecifiers::from_str(&text).unwrap();
        let seen_theirs = pep440_rs::Version::from_str(&seen).unwrap();
        prop_assert_eq!(range(&text).contains(&version(&seen)), theirs.contains(&seen_theirs), "{} {}", text, seen);
    }

    #[test]
    fn compatible_releases_mean_the_same(bound in "[0-2]([.][0-2]){1,2}", seen in VERSION) {
        let text = format!("~={bound}");
        let theirs = pep440_rs::VersionSpecifiers::from_str(&text).unwrap();
        let seen_theirs = pep440_rs::Version::from_str(&seen).unwrap();
        prop_assert_eq!(range(&text).contains(&version(&seen)), theirs.contains(&seen_theirs), "{} {}", text, seen);
    }

    #[test]
    fn requirements_of_cargo_mean_the_same(operator in "(\\^|~|)", bound in "[0-2]([.][0-2]){0,2}", seen in "[0-3][.][0-3][.][0-3]") {
        // To Cargo a bare version means a caret.
        let theirs = if operator.is_empty() { format!("={bound}") } else { format!("{operator}{bound}") };
        let theirs = semver::VersionReq::parse(&theirs).unwrap();
        let text = format!("{operator}{bound}");
        prop_assert_eq!(range(&text).contains(&version(&seen)), theirs.matches(&semver::Version::parse(&seen).unwrap()), "{} {}", text, seen);
    }
}
