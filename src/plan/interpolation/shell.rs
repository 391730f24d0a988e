//! Values quoted for a POSIX shell at the place where they stand.
//!
//! Quoting a value as `'…'` is safe only where the text is bare. Authors also
//! write `"${name}"`, where such quotes would be part of the text and a `$(…)`
//! in the value would run; inside `'…'` they would end the author's quotes.
//! So the text before a value is followed as a shell follows it (POSIX.1-2024,
//! XCU 2.2 Quoting), and where this cannot be done with certainty the value is
//! refused: backquotes, here-documents, comments, `$'…'`.

/// A shell text in the making.
#[derive(Debug)]
pub struct Text {
    done: String,
    /// The author's last letter; none behind an escaped letter or a value.
    previous: Option<char>,
    /// What is open, the innermost last; nothing open means bare.
    open: Vec<Open>,
    /// What makes the rest of the text unclear, once that happened.
    unclear: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Single,
    Double,
    /// `$(`, or `(` within one: bare again, until its `)`.
    Parenthesis,
    /// `${…}` of the shell within double quotes.
    Brace,
    Comment,
}

const BACKQUOTE: &str = "a value after a backquote cannot be quoted safely; use $(…) or pass it with `env:`";
const HERE_DOCUMENT: &str = "a value after `<<` cannot be quoted safely; pass it with `env:` or `stdin:`";
const COMMENT: &str = "a value in a shell comment cannot be quoted safely; leave it out";
const DOLLAR: &str = "a value right behind `$` or `\\` cannot be quoted safely; put it elsewhere";
const BRACE: &str = "a value inside the shell's own ${…} cannot be quoted safely; pass it with `env:`";
const CASE: &str = "a value after `case` inside \"$(…)\" cannot be quoted safely; pass it with `env:`";
const ZERO: &str = "the value has a NUL character, which no shell can take";

impl Default for Text {
    fn default() -> Self {
        let (done, open) = (String::new(), Vec::new());
        Self { done, previous: Some('\n'), open, unclear: None }
    }
}

impl Text {
    pub fn finish(self) -> String {
        self.done
    }

    /// Text of the author's.
    pub fn literal(&mut self, literal: &str) {
        let mut letters = literal.chars();
        while let Some(letter) = letters.next() {
            let rest = letters.as_str();
            let escapes = letter == '\\' && !matches!(self.open.last(), Some(Open::Single | Open::Comment));
            let skipped = if escapes { letters.next() } else { None };
            if !escapes {
                self.follow(letter, rest);
            }
            self.done.push(letter);
            self.done.extend(skipped);
            self.previous = if skipped.is_some() { None } else { Some(letter) };
        }
    }

    /// A value, quoted.
    pub fn insert(&mut self, value: &str) -> Result<(), &'static str> {
        if value.contains('\0') {
            return Err(ZERO);
        }
        if let Some(why) = self.unclear {
            return Err(why);
        }
        let inner = self.open.last().copied();
        let behind = matches!(self.previous, Some('$' | '\\'));
        match inner {
            Some(Open::Comment) => return Err(COMMENT),
            Some(Open::Brace) => return Err(BRACE),
            Some(Open::Single) => self.done.push_str(&value.replace('\'', r"'\''")),
            _ if behind => return Err(DOLLAR),
            Some(Open::Double) => self.done.push_str(&escaped(value)),
            Some(Open::Parenthesis) | None => self.done.push_str(&quoted(value)),
        }
        self.previous = None;
        Ok(())
    }

    /// What a letter of the author's opens or closes.
    fn follow(&mut self, letter: char, rest: &str) {
        match (self.open.last(), letter) {
            (Some(Open::Single), '\'') | (Some(Open::Comment), '\n') => drop(self.open.pop()),
            (Some(Open::Single | Open::Comment), _) => {}
            (_, '`') => self.doubt(BACKQUOTE),
            (Some(Open::Brace), '}') => drop(self.open.pop()),
            (Some(Open::Brace), '\'' | '"' | '$' | '{') => self.doubt(BRACE),
            (Some(Open::Brace), _) => {}
            (Some(Open::Double), '"') => drop(self.open.pop()),
            (Some(Open::Double), '(') if self.previous == Some('$') => self.open.push(Open::Parenthesis),
            (Some(Open::Double), '{') if self.previous == Some('$') => self.open.push(Open::Brace),
            (Some(Open::Double), _) => {}
            (Some(Open::Parenthesis) | None, _) => self.follow_bare(letter, rest),
        }
    }

    fn follow_bare(&mut self, letter: char, rest: &str) {
        let inside = self.open.last() == Some(&Open::Parenthesis);
        match letter {
            '\'' if self.previous == Some('$') => self.doubt(DOLLAR),
            '\'' => self.open.push(Open::Single),
            '"' => self.open.push(Open::Double),
            '#' if self.at_word_start() => self.open.push(Open::Comment),
            '<' if rest.starts_with('<') && !rest.starts_with("<<") && self.previous != Some('<') => {
                self.doubt(HERE_DOCUMENT)
            }
            // Outside of double quotes parentheses lead from bare to bare.
            '(' if inside => self.open.push(Open::Parenthesis),
            ')' if inside => drop(self.open.pop()),
            'c' if inside && rest.starts_with("ase") && self.at_word_start() => self.doubt(CASE),
            _ => {}
        }
    }

    fn at_word_start(&self) -> bool {
        self.previous.is_some_and(|last| last.is_whitespace() || ";&|()<>`{!".contains(last))
    }

    fn doubt(&mut self, why: &'static str) {
        self.unclear.get_or_insert(why);
    }
}

/// As one word of a bare text.
fn quoted(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:,@%+-".contains(letter);
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("'{}'", value.replace('\'', r"'\''")),
    }
}

/// As text within double quotes.
fn escaped(value: &str) -> String {
    let special = |letter: char| "\\\"$`".contains(letter);
    value.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A real shell is the judge of these tests.
mod tests {
    use super::*;
    use std::process::Command;

    /// What `sh` makes of `before`, the value, `after`.
    fn said_by_shell(before: &str, value: &str, after: &str) -> String {
        let mut text = Text::default();
        text.literal(before);
        text.insert(value).expect(before);
        text.literal(after);
        let output = Command::new("sh").args(["-c", &text.finish()]).output().unwrap();
        assert!(output.status.success(), "{before}{value}{after}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    const NASTY: [&str; 12] = [
        "",
        "a b",
        "it's",
        "\"q\"",
        "$(echo pwned)",
        "`echo pwned`",
        "; echo pwned",
        "\\",
        "*",
        "a\nb",
        "é 😀",
        "'\"$x\\\n",
    ];

    #[test]
    fn a_shell_takes_every_value_as_it_is() {
        for value in NASTY {
            for (before, after) in [
                ("printf %s ", ""),
                ("printf %s \"", "\""),
                ("printf %s '", "'"),
                ("printf %s x\"y\"'z'", ""),
                ("printf %s \"$(printf %s ", ")\""),
                ("printf %s \"$(printf %s \"", "\")\""),
                ("printf %s \"$(printf %s '", "')\""),
                ("true # it's\nprintf %s ", ""),
                ("(true); printf %s \"$(echo \\))\" >/dev/null; printf %s ", ""),
                ("true \\' \\\"; printf %s ", ""),
                ("a=\"${HOME#x}\"; printf %s \"", "\""),
                ("case x in x) printf %s ", ";; esac"),
                ("true \"\\$(\"; printf %s ", ""),
            ] {
                let said = said_by_shell(before, value, after);
                let expected = format!("{}{value}", if before.contains("x\"y\"") { "xyz" } else { "" });
                assert_eq!(said.trim_end_matches('\n'), expected.trim_end_matches('\n'), "{before}{value:?}{after}");
            }
        }
    }

    #[test]
    fn where_it_is_not_certain_the_value_is_refused() {
        for (before, why) in [
            ("echo `cat ", BACKQUOTE),
            ("cat <<EOF\n", HERE_DOCUMENT),
            ("echo # ", COMMENT),
            ("echo $", DOLLAR),
            ("echo \"$", DOLLAR),
            ("echo \\", DOLLAR),
            ("echo $'a' ", DOLLAR),
            ("echo \"${x:-", BRACE),
            ("echo \"${x:-'a'}\" ", BRACE),
            ("echo \"$(case x in x) echo ", CASE),
        ] {
            let mut text = Text::default();
            text.literal(before);
            assert_eq!(text.insert("v"), Err(why), "{before}");
        }
        assert_eq!(Text::default().insert("a\0b"), Err(ZERO));
    }

    #[test]
    fn values_may_touch() {
        let mut text = Text::default();
        text.literal("printf %s \"");
        ["a$", "(b)", "c\\", "d"].iter().for_each(|value| text.insert(value).unwrap());
        text.literal("(e)#\"#");
        let output = Command::new("sh").args(["-c", &text.finish()]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "a$(b)c\\d(e)##");
    }

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(quoted("/var/log/a-b_1.txt"), "/var/log/a-b_1.txt");
        assert_eq!(quoted("a=b"), "'a=b'");
        assert_eq!(quoted("~"), "'~'");
    }
}
