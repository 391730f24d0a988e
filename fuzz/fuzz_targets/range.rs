//! Version ranges, and versions found in any text. What stands before a NUL is the range, the rest the text.
#![no_main]

use engine::fact::Version;
use engine::fact::version::Range;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (range, rest) = text.split_once('\0').unwrap_or((text, text));
    let version = Version::find(rest);
    if let Some(version) = &version {
        assert!(!version.text().is_empty());
    }
    let others = [Version::parse(rest), Some(Version::debian(rest)), Some(Version::rpm(rest)), Version::parse("1.2.3")];
    match Range::parse(range) {
        Ok(range) => {
            for version in version.iter().chain(others.iter().flatten()) {
                assert_eq!(range.contains(version), range.contains(version));
            }
            assert!(Range::parse(&range.to_string()).is_ok());
        }
        Err(error) => assert!(range.get(error.span.clone()).is_some(), "{error:?}"),
    }
});
