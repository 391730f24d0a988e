//! Documents: JSON, YAML, TOML, INI, XML, dotenv.

use crate::spec::diagnostic::Complaints;
use crate::spec::source::Source;
use crate::spec::yaml;
use serde_json::Value as Json;
use std::sync::Arc;

/// Reads one YAML document.
pub fn parse_yaml(text: &str) -> Result<Json, String> {
    let mut complaints = Complaints::default();
    let document = yaml::parse(Arc::new(Source::new("text", text)), &mut complaints);
    match (complaints.iter().next(), document) {
        (Some(complaint), _) => Err(complaint.message.clone()),
        (None, Some(document)) => Ok(document.to_json(document.root())),
        (None, None) => Err("nothing could be read".into()),
    }
}
