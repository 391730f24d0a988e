//! The text of a `.env` file: assignments, and keys that are commented out.
//!
//! As Docker Compose and python-dotenv read it: `export`, comments, quotes, values
//! over several lines, spaces in bare values. Deliberately absent: expansion of
//! `$NAME`, which would mix our own environment into what the file says.

/// What a `.env` file says, in its order.
#[derive(Debug, Default, PartialEq)]
pub struct DotenvText {
    /// Keys with their values, without quotes.
    pub assignments: Vec<(String, String)>,
    /// The keys of comments such as `# KEY=value`.
    pub commented: Vec<String>,
}

/// Reads a whole file. The error names the line, and never the value, which may be a secret.
pub fn parse(text: &str) -> Result<DotenvText, String> {
    let mut read = DotenvText::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text;
    let place = |rest: &str| 1 + text[..text.len() - rest.len()].matches('\n').count();
    while !rest.is_empty() {
        let (first, _) = split_line(rest);
        rest = match first.trim() {
            "" => split_line(rest).1,
            comment if comment.starts_with('#') => {
                read.commented.extend(commented_key(comment));
                split_line(rest).1
            }
            _ => {
                let (key, value, after) = assignment(rest).map_err(|why| format!("line {}: {why}", place(rest)))?;
                read.assignments.push((key.to_string(), value));
                after
            }
        };
    }
    Ok(read)
}

fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// `# KEY=value`, without a space before the equals sign, as text for people would have it.
fn commented_key(comment: &str) -> Option<String> {
    let (key, after) = split_key(without_export(comment.trim_start_matches('#').trim_start()));
    (!key.is_empty() && after.starts_with('=')).then(|| key.to_string())
}

/// The key, the value, and the lines that follow.
fn assignment(text: &str) -> Result<(&str, String, &str), String> {
    let (key, after) = split_key(without_export(text.trim_start()));
    if key.is_empty() {
        return Err("a key starts with a letter or `_`; write `KEY=value`".into());
    }
    let Some(value) = after.trim_start_matches([' ', '\t']).strip_prefix('=') else {
        // what looks like a key may be a part of a value
        return Err("there is no `=`; write `KEY=value`, and quotes around a value of several lines".into());
    };
    let opened = value.trim_start_matches([' ', '\t']);
    let (value, after) = match opened.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            quoted(&opened[1..], quote).ok_or_else(|| format!("the quote after `{key}=` is not closed; add {quote}"))?
        }
        _ => {
            let (line, after) = split_line(value);
            return Ok((key, bare(line).to_string(), after));
        }
    };
    let (behind, after) = split_line(after);
    match behind.trim() {
        "" => Ok((key, value, after)),
        comment if comment.starts_with('#') => Ok((key, value, after)),
        _ => Err(format!("something follows the closing quote of `{key}`; put all of the value in the quotes")),
    }
}

fn without_export(text: &str) -> &str {
    match text.strip_prefix("export").map(|rest| (rest, rest.trim_start_matches([' ', '\t']))) {
        Some((rest, key)) if rest.len() > key.len() && !key.starts_with('=') => key,
        _ => text,
    }
}

fn split_key(text: &str) -> (&str, &str) {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return ("", text);
    }
    text.split_at(text.find(|c| !inside(c)).unwrap_or(text.len()))
}

/// A comment needs white space before it: `#` can be part of a password.
fn bare(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with([' ', '\t']));
    line[..comment.map_or(line.len(), |(at, _)| at)].trim()
}

/// The value up to the closing quote, and what follows that. Escapes count in double quotes only.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Some((value, &text[at + 1..])),
            '\\' if quote == '"' => match letters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                escaped @ ('"' | '\\' | '$') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap().assignments
    }

    fn pair(text: &str) -> (String, String) {
        pairs(text).pop().unwrap()
    }

    #[test]
    fn assignments_in_all_their_spellings() {
        for (text, key, value) in [
            ("A=1", "A", "1"),
            ("export A = two words  # why\r\n", "A", "two words"),
            ("A=pa#ss", "A", "pa#ss"),
            ("A=#x", "A", "#x"),
            ("A= # nothing", "A", ""),
            ("A=", "A", ""),
            ("A='$B \\n' # x", "A", "$B \\n"),
            ("A=\"a\\\"b\\n\\d$C\"", "A", "a\"b\n\\d$C"),
            ("export=1", "export", "1"),
            ("A=a=b", "A", "a=b"),
            ("\u{feff}A=ü", "A", "ü"),
            ("exported=1", "exported", "1"),
        ] {
            assert_eq!(pair(text), (key.into(), value.into()), "{text:?}");
        }
    }

    #[test]
    fn values_over_several_lines() {
        let text = "KEY=\"-----BEGIN\n# not a comment=1\nEND-----\"\nNEXT='x'";
        let wanted = [("KEY", "-----BEGIN\n# not a comment=1\nEND-----"), ("NEXT", "x")];
        assert_eq!(pairs(text), wanted.map(|(key, value)| (key.to_string(), value.to_string())));
    }

    #[test]
    fn commented_keys_are_kept_apart_from_words() {
        let read = parse("# DEBUG=false\n#export PORT=1\n# a note = no key\n## X=\n# see https://x/?a=b\nA=1 # B=2\n");
        assert_eq!(read.unwrap().commented, ["DEBUG", "PORT", "X"]);
    }

    #[test]
    fn malformed_lines_are_named_and_values_are_not() {
        let why = |text| parse(text).unwrap_err();
        let none = "line 3: there is no `=`; write `KEY=value`, and quotes around a value of several lines";
        assert_eq!(why("A=1\n\nhunter2\n"), none);
        assert_eq!(why("=secret"), "line 1: a key starts with a letter or `_`; write `KEY=value`");
        assert_eq!(why("B='x\ny'\nA='secret\n"), "line 3: the quote after `A=` is not closed; add '");
        let after = "line 1: something follows the closing quote of `A`; put all of the value in the quotes";
        assert_eq!(why("A=\"se\"cret"), after);
    }
}
