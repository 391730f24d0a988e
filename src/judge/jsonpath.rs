//! JSONPaths (RFC 9535): read, with bounds, and whether they can find several nodes.
//!
//! The crate that parses them descends for every bracket, and reads a filter once more for each
//! filter around it; so how far a path may nest is decided here. Deliberately absent: evaluation.

use serde_json_path::JsonPath;

/// The most brackets and parentheses inside of each other.
const DEPTH: usize = 32;
/// The most filters (`[?…]`) inside of each other.
const FILTERS: usize = 3;

/// A JSONPath and whether it can find one node at most.
#[derive(Debug)]
pub struct Path {
    pub path: JsonPath,
    pub singular: bool,
}

impl Path {
    /// # Errors
    /// What is wrong with it, in words that follow "`…` ".
    pub fn parse(text: &str) -> Result<Path, String> {
        if nests_too_deep(text) {
            return Err(format!(
                "nests too deep: at most {DEPTH} brackets and {FILTERS} filters may stand inside of each other"
            ));
        }
        let path = JsonPath::parse(text).map_err(|error| match error.position() {
            0 => "is no JSONPath".to_string(),
            position => format!("is no JSONPath: it breaks off behind character {position}"),
        })?;
        Ok(Path { path, singular: is_singular(text) })
    }
}

fn nests_too_deep(path: &str) -> bool {
    // for each bracket that is open, whether it holds a filter
    let mut open = Vec::new();
    for character in outside_quotes(path) {
        match character {
            '[' | '(' => open.push(false),
            ']' | ')' => drop(open.pop()),
            '?' => open.last_mut().into_iter().for_each(|filter| *filter = true),
            _ => {}
        }
        if open.len() > DEPTH || open.iter().filter(|filter| **filter).count() > FILTERS {
            return true;
        }
    }
    false
}

/// Can the path find at most one node (section 2.3.5.1, singular query)?
fn is_singular(path: &str) -> bool {
    let mut previous = ' ';
    outside_quotes(path).all(|character| {
        let several = matches!(character, '*' | '?' | ':' | ',') || (previous == '.' && character == '.');
        previous = character;
        !several
    })
}

/// What does not stand in quotes, the opening quotes included.
fn outside_quotes(path: &str) -> impl Iterator<Item = char> {
    let (mut quoted, mut escaped) = (None, false);
    path.chars().filter(move |character| match quoted {
        None => {
            quoted = Some(*character).filter(|quote| matches!(quote, '\'' | '"'));
            true
        }
        Some(_) if escaped => {
            escaped = false;
            false
        }
        Some(quote) => {
            escaped = *character == '\\';
            quoted = quoted.filter(|_| *character != quote);
            false
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_quotes_is_one_node_whatever_it_contains() {
        for (path, singular) in [
            ("$.a.b[0]", true),
            ("$['*'][\"a:b,?\"]", true),
            (r"$['it\'s *']", true),
            ("$.a[*]", false),
            ("$..a", false),
            ("$[1:2]", false),
            (r"$['a\\'][*]", false),
        ] {
            assert_eq!(Path::parse(path).unwrap().singular, singular, "{path}");
        }
    }

    #[test]
    fn a_path_nests_only_so_deep() {
        let filters = |depth: usize| format!("${}{}", "[?@.a".repeat(depth), "]".repeat(depth));
        let parentheses = |depth: usize| format!("$[?{}@.a == '(('{}]", "(".repeat(depth), ")".repeat(depth));
        for path in
            [filters(3), parentheses(31), format!("${}", "[?@.a]".repeat(1000)), format!("$['{}']", "[?".repeat(99))]
        {
            assert!(Path::parse(&path).is_ok(), "{path}");
        }
        for path in [filters(4), filters(26), parentheses(32), format!("$[?{}", "(".repeat(100_000))] {
            assert!(Path::parse(&path).unwrap_err().starts_with("nests too deep"), "{path}");
        }
    }
}
