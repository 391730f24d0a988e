//! Which variables source code reads, found by regular expressions.
//!
//! Deliberately absent: parsing the languages. What stands in a comment counts,
//! and a name that the code puts together is not found.

use super::Source;
use crate::judge::pattern::Pattern;
use crate::probe::Context;
use crate::probe::reading;
use crate::probe::walk::Search;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeSet;

/// A name in quotes.
macro_rules! quoted {
    ($before:literal) => {
        concat!($before, r#"\s*["'`]([A-Za-z_][A-Za-z0-9_]*)["'`]"#)
    };
}

/// How languages read a variable of the environment, unless the check says otherwise.
const REFERENCES: &[&str] = &[
    // Python
    quoted!(r"\benviron\s*(?:\.\s*(?:get|pop|setdefault)\s*\(|\[)"),
    // Python (django-environ), PHP (Laravel)
    quoted!(r"\benv(?:\.[a-z_]+)?\s*\("),
    // Python, PHP, Go, C
    quoted!(r"\b(?:[gG]etenv|LookupEnv)\s*\("),
    // JavaScript
    r"\b(?:process|import\.meta)\.env\.([A-Za-z_][A-Za-z0-9_]*)",
    quoted!(r"\bprocess\.env\s*\["),
    // Rust
    quoted!(r"\benv::var(?:_os)?\s*\("),
    quoted!(r"\b(?:option_)?env!\s*\("),
    // Ruby, PHP
    quoted!(r"\bENV\s*(?:\.fetch\s*\(|\[)"),
    quoted!(r"\$_(?:ENV|SERVER)\s*\["),
];

/// Memory bound of one compiled expression.
const SIZE_LIMIT: usize = 10 << 20;

/// Complains about globs and expressions that cannot work.
pub fn check(source: &Source) -> Result<(), String> {
    Search::globs(&source.files.0, &[])?;
    expressions(source).map(drop)
}

fn expressions(source: &Source) -> Result<Vec<Regex>, String> {
    let own = source.references.iter().flat_map(|references| &references.0).map(String::as_str);
    let patterns: Vec<&str> = if source.references.is_some() { own.collect() } else { REFERENCES.to_vec() };
    patterns.iter().map(|pattern| expression(pattern)).collect()
}

fn expression(pattern: &str) -> Result<Regex, String> {
    Pattern::parse(pattern).map_err(|error| format!("`{pattern}`: {}", error.message))?;
    let regex = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build();
    let regex = regex.map_err(|error| format!("`{pattern}`: {error}"))?;
    match regex.captures_len() {
        2 => Ok(regex),
        _ => Err(format!("`{pattern}` needs one group in parentheses, around the name of the variable")),
    }
}

/// The names that the source reads.
pub fn find(source: &Source, context: &Context) -> Result<BTreeSet<String>, String> {
    let expressions = expressions(source)?;
    let mut search = Search::globs(&source.files.0, source.exclude.as_ref().map_or(&[], |exclude| &exclude.0))?;
    search.follow = false;
    let found = search.run(context)?;
    found.incomplete().map_or(Ok(()), Err)?;
    let files: Vec<_> = found.entries.iter().filter(|(_, kind)| **kind == reading::FileType::File).collect();
    if files.is_empty() {
        return Err(format!("no source file matches {}", source.files.0.join(", ")));
    }
    let mut names = BTreeSet::new();
    for (path, _) in files {
        if context.is_over() {
            return Err("there was no time to read all source files; raise `timeout`".into());
        }
        let text = reading::bytes(path, true, reading::DEFAULT_LIMIT).map_err(|unread| unread.at(path).why())?;
        let captures = expressions.iter().flat_map(|expression| expression.captures_iter(&text));
        names.extend(
            captures.filter_map(|groups| Some(String::from_utf8_lossy(groups.get(1)?.as_bytes()).into_owned())),
        );
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_understood() {
        let expressions: Vec<Regex> = REFERENCES.iter().map(|pattern| expression(pattern).unwrap()).collect();
        for text in [
            r#"os.environ.get("KEY", "x")"#,
            "os.environ.get(\n    'KEY',",
            r#"os.environ["KEY"]"#,
            r#"environ.setdefault('KEY', "a")"#,
            r#"os.getenv("KEY")"#,
            r#"DEBUG = env.bool("KEY", default=False)"#,
            r#"env('KEY')"#,
            "process.env.KEY ?? 1",
            r#"process.env["KEY"]"#,
            "import.meta.env.KEY",
            r#"std::env::var("KEY")"#,
            r#"env::var_os("KEY")"#,
            r#"option_env!("KEY")"#,
            r#"ENV["KEY"]"#,
            r#"ENV.fetch('KEY', nil)"#,
            r#"getenv('KEY')"#,
            r#"$_ENV['KEY']"#,
            r#"os.LookupEnv("KEY")"#,
            "os.Getenv(`KEY`)",
        ] {
            let found = |regex: &Regex| regex.captures(text.as_bytes()).is_some_and(|groups| &groups[1] == b"KEY");
            assert!(expressions.iter().any(found), "{text}");
        }
        for text in [r#"environment.get("KEY")"#, r#"my_env("KEY")"#, "process.environment.KEY", "ENV_KEY"] {
            assert!(!expressions.iter().any(|regex| regex.is_match(text.as_bytes())), "{text}");
        }
    }

    #[test]
    fn an_expression_needs_one_group() {
        assert!(expression("a(b)(c)").unwrap_err().contains("needs one group"));
        assert!(expression("a(").unwrap_err().contains("bad regular expression"));
        assert!(expression("(?:conf|settings)\\.(\\w+)").is_ok());
    }
}
