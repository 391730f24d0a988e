//! Every code that a complaint can carry: the one table.
//!
//! A code keeps its meaning for ever; one that is no longer used is not given to something else. The
//! explanations are Markdown files beside this one, for `engine explain`, SARIF and the documentation.
//! E00xx: the file and its YAML. E01xx: keys and values. E02xx: expectations. E03xx: names, expressions and
//! texts. E04xx: files and packs together.

/// A kind of complaint.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `E` and four digits.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Markdown: what it means, an example, and what to do.
    pub explanation: &'static str,
}

macro_rules! codes {
    ($($code:literal $title:literal;)*) => {
        /// Every code, in order.
        pub static CODES: &[Code] = &[$(Code {
            code: $code,
            title: $title,
            explanation: include_str!(concat!("codes/", $code, ".md")),
        },)*];
    };
}

codes! {
    "E0001" "not UTF-8 text";
    "E0002" "file too large";
    "E0003" "empty file";
    "E0004" "YAML syntax";
    "E0005" "duplicate key";
    "E0006" "more than one document";
    "E0007" "nesting too deep";
    "E0008" "alias that cannot be used";
    "E0009" "tag that cannot be used";
    "E0010" "tab as indentation";
    "E0011" "braces without quotes";
    "E0012" "unusable key";
    "E0013" "too many mistakes in one file";
    "E0101" "unknown key";
    "E0102" "missing key";
    "E0103" "wrong type of value";
    "E0104" "check without a probe";
    "E0105" "more than one probe";
    "E0106" "unknown word";
    "E0107" "unit missing";
    "E0108" "malformed value";
    "E0109" "value that YAML reads as something else";
    "E0110" "target that cannot work";
    "E0111" "pack without checks";
    "E0112" "unusable name";
    "E0113" "id given twice";
    "E0114" "`expect` beside `outcomes`";
    "E0115" "unusable `retry`";
    "E0116" "more than one answer in an outcome";
    "E0117" "number out of range";
    "E0118" "`for_each` without entries";
    "E0119" "too many checks";
    "E0201" "unknown fact";
    "E0202" "unknown matcher";
    "E0203" "matcher that does not fit";
    "E0204" "bad regular expression";
    "E0205" "bad version range";
    "E0206" "bad JSONPath";
    "E0207" "outcome that can never be reached";
    "E0208" "outcomes that leave a gap";
    "E0209" "range that holds nothing";
    "E0210" "expectation that expects nothing";
    "E0211" "statuses with a gap";
    "E0301" "unknown name";
    "E0302" "expression that cannot be read";
    "E0303" "expression without a value";
    "E0304" "`needs` names no check";
    "E0305" "checks that wait for each other";
    "E0306" "bad Handlebars text";
    "E0307" "unknown name in a text";
    "E0308" "a value for a name that nobody declares";
    "E0309" "required input without a value";
    "E0310" "value that does not fit its input";
    "E0311" "unusable name of a variable";
    "E0312" "`${…}` where it has no meaning";
    "E0313" "`${…}` that no shell quoting makes safe";
    "E0314" "`${…}` that insert too much";
    "E0401" "pack id given twice";
    "E0402" "pack for another engine";
    "E0403" "file that cannot be read";
    "E0404" "path that names no pack";
    "E0405" "waiver that names no check";
    "E0406" "bad glob";
    "E0407" "mode that does not exist";
    "E0408" "answer to a check that does not exist";
    "E0501" "not a recording of this engine";
    "E0502" "recording cut off";
    "E0503" "unknown fact in a recording";
    "E0504" "recording of other packs";
    "E0505" "look that answers no check, or one twice";
    "E0506" "look that does not say what was seen";
    "E0507" "case that says too little";
    "E0508" "change that changes nothing";
}

/// The code of a complaint; upper and lower case are the same.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    #[test]
    fn codes_are_in_order_and_explained() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code), "each code once, in order");
        for Code { code, title, explanation } in CODES {
            assert!(code.len() == 5 && code.starts_with('E'), "{code}");
            assert!(!title.is_empty() && title.lines().count() == 1, "{code}");
            assert!(explanation.lines().count() >= 3, "{code} is hardly explained");
            assert_eq!(explanation.matches("```").count() % 2, 0, "{code}: an example is not closed");
            assert!(explanation.lines().all(|line| line.chars().count() <= 120), "{code}: a line is too long");
        }
    }

    #[test]
    fn every_code_is_used_and_every_used_code_is_known() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut used = BTreeSet::new();
        sources(&folder).iter().for_each(|file| used_in(file, &mut used));
        let known: BTreeSet<String> = CODES.iter().map(|code| code.code.to_string()).collect();
        assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "used, but not in the table");
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "in the table, but not used");
    }

    #[test]
    fn each_explanation_belongs_to_a_code() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/codes");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let code = path.file_stem().unwrap().to_str().unwrap();
            assert!(find(code).is_some(), "{}", path.display());
        }
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            match path.is_dir() {
                true if name != "tests" => files.extend(sources(&path)),
                false if name.ends_with(".rs") && !["tests.rs", "testing.rs", "codes.rs"].contains(&name) => {
                    files.push(path)
                }
                _ => {}
            }
        }
        files
    }

    /// Codes in quotes, in what is not a test.
    fn used_in(file: &Path, used: &mut BTreeSet<String>) {
        let text = std::fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let quoted = regex::Regex::new("\"(E[0-9]{4})\"").unwrap();
        used.extend(quoted.captures_iter(text).map(|found| found[1].to_string()));
    }
}
