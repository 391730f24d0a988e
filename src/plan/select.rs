//! Selection: which checks the caller wants.

use super::{Check, Selected};
use crate::spec::pack::Level;
use globset::{GlobBuilder, GlobMatcher};

/// The caller's choice; an empty list takes everything.
#[derive(Default)]
pub struct Selection {
    pub ids: Vec<GlobMatcher>,
    pub tags: Vec<String>,
    pub levels: Vec<Level>,
    pub max_priority: Option<i32>,
    /// Tags of the mode: one of these too.
    pub mode_tags: Vec<String>,
}

impl Selection {
    pub fn takes(&self, pack: &str, base: &str, id: &str, level: Level, priority: i32, tags: &[String]) -> bool {
        let names =
            || [format!("{pack}/{id}"), format!("{pack}/{base}"), id.to_string(), base.to_string(), pack.to_string()];
        let any = |wanted: &[String]| wanted.is_empty() || wanted.iter().any(|tag| tags.contains(tag));
        (self.ids.is_empty() || names().iter().any(|name| self.ids.iter().any(|glob| glob.is_match(name))))
            && any(&self.tags)
            && any(&self.mode_tags)
            && (self.levels.is_empty() || self.levels.contains(&level))
            && self.max_priority.is_none_or(|max| priority <= max)
    }
}

/// A glob over names of checks: `*` also crosses `/`; `[` is no class, since names contain it.
pub fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    let escaped = pattern.replace('[', "\\[").replace(']', "\\]");
    GlobBuilder::new(&escaped)
        .backslash_escape(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| error.kind().to_string())
}

/// Adds what selected checks need; answers how many checks stay out.
pub fn with_needs(checks: &mut [Check]) -> usize {
    let mut open: Vec<usize> = (0..checks.len()).filter(|check| checks[*check].selected == Selected::Asked).collect();
    while let Some(check) = open.pop() {
        let asks = checks[check]
            .when
            .iter()
            .flat_map(|when| when.asks.iter().flat_map(|(_, asked)| asked.iter().copied()))
            .collect::<Vec<_>>();
        for needed in checks[check].needs.clone().into_iter().chain(asks) {
            if checks[needed].selected == Selected::No {
                checks[needed].selected = Selected::NeededBy(check);
                open.push(needed);
            }
        }
    }
    checks.iter().filter(|check| check.selected == Selected::No).count()
}
