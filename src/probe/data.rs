//! Documents: JSON, YAML, TOML, INI, XML and dotenv turned into the same data.
//!
//! A file that is there but cannot be parsed is *present* and not `valid`.
//! Deliberately absent: schemas of documents, and several documents in one file.

mod formats;

use super::reading::{self, DEFAULT_LIMIT};
use super::{Context, Pace, Probe, Seen};
use crate::fact::Bytes;
use crate::{described, facts};
pub use formats::{Format, parse, parse_yaml};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

described! {
    /// Looks into a document.
    #[derive(PartialEq, Eq, Hash)]
    pub struct Target (short: path) {
        /// The file.
        path: PathBuf,
        /// How it is written; by default what the name of the file says.
        format: Option<Format>,
        /// The size up to which it is read, e.g. `10MiB`.
        limit: Bytes = DEFAULT_LIMIT,
    }
}

facts! {
    pub struct Facts {
        /// The document; unknown if it is not valid.
        document: Json,
        /// How it is written.
        format: String,
        /// Whether it can be parsed.
        valid: bool,
        /// Why it cannot be parsed, with the line where that is known; absent if it is valid.
        problem: String,
    }
}

pub struct Data;

impl Probe for Data {
    const NAME: &'static str = "data";
    const PACE: Pace = Pace::Quick;
    const DEFAULT: &'static str = "expect: { valid: true }";
    const EXAMPLE: &'static str = "id: system-is-named\ndata: { path: /etc/os-release, format: dotenv }\nexpect:\n  document: { at: { \"$.ID\": { empty: false } } }";
    const EVIDENCE: &'static [&'static str] = &["problem"];
    type Target = Target;
    type Facts = Facts;

    fn subject(target: &Target) -> String {
        target.path.display().to_string()
    }

    fn check(target: &Target) -> Result<(), String> {
        format_of(target).map(drop)
    }

    fn observe(target: &Target, _: &Wanted, _: &Context) -> Seen<Facts> {
        let format = match format_of(target) {
            Ok(format) => format,
            Err(why) => return Seen::Refused(why),
        };
        match reading::bytes(&target.path, true, target.limit) {
            Ok(bytes) => Seen::Present(facts(format, bytes)),
            Err(unread) => unread.into(),
        }
    }
}

fn format_of(target: &Target) -> Result<Format, String> {
    target.format.or_else(|| guess(&target.path)).ok_or_else(|| {
        let formats: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
        format!(
            "the name of {} does not tell its format; add `format:`, one of {}",
            target.path.display(),
            formats.join(", ")
        )
    })
}

fn guess(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    if name == ".env" || name.starts_with(".env.") {
        return Some(Format::Dotenv);
    }
    Some(match name.rsplit_once('.')?.1 {
        "json" | "geojson" | "webmanifest" => Format::Json,
        "yaml" | "yml" => Format::Yaml,
        "toml" => Format::Toml,
        "ini" | "cfg" | "desktop" | "repo" | "service" | "socket" | "timer" | "network" => Format::Ini,
        "xml" | "xsd" | "svg" | "plist" => Format::Xml,
        "env" => Format::Dotenv,
        _ => return None,
    })
}

fn facts(format: Format, bytes: Vec<u8>) -> Facts {
    let parsed =
        String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_string()).and_then(|text| parse(format, &text));
    Facts {
        format: format.word().to_string().into(),
        valid: parsed.is_ok().into(),
        problem: parsed.as_ref().err().cloned().into(),
        document: parsed.map_err(|problem| format!("not valid: {problem}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Fact, WantedBits};
    use std::time::Duration;

    #[test]
    fn the_format_is_guessed_from_the_name() {
        let of = |path: &str| guess(Path::new(path));
        assert_eq!(
            (of("a/B.JSON"), of(".env.sample"), of("x.yml")),
            (Some(Format::Json), Some(Format::Dotenv), Some(Format::Yaml))
        );
        let target = Target { path: "/etc/passwd".into(), format: None, limit: DEFAULT_LIMIT };
        assert!(Data::check(&target).unwrap_err().contains("add `format:`"));
    }

    #[test]
    fn broken_files_are_there_and_not_valid() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let target = Target { path: path.clone(), format: None, limit: Bytes(8) };
        let seen = || Data::observe(&target, &WantedBits::ALL.into(), &Context::lasting(Duration::from_secs(10)));
        assert!(matches!(seen(), Seen::Absent(_)));
        std::fs::write(&path, "{").unwrap();
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!(facts.valid, Fact::Known(false));
        assert!(matches!(facts.document, Fact::Unknown(why) if why.starts_with("not valid: EOF")));
        std::fs::write(&path, b"\"\xff\"").unwrap();
        let Seen::Present(facts) = seen() else { panic!() };
        assert_eq!(facts.problem, Fact::Known("not UTF-8 text".into()));
        std::fs::write(&path, "[1, 2, 3, 4]").unwrap();
        assert!(matches!(seen(), Seen::Refused(why) if why.contains("raise `limit`")));
    }
}
