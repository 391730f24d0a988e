//! Finds the tags of a Handlebars text and the words in them, with places.
//!
//! The grammar is handlebars' own; this reads the part of it that our texts
//! may use, because a compiled template knows the place of a tag but not of
//! the names in it, and because its parser needs stack for every block: depth
//! is bounded here, before it sees the text.

use std::ops::Range;

use super::words::{Inside, Word, is_name};
use crate::plan::text_error::TextError;

/// Blocks within blocks.
const DEEPEST: usize = 32;
/// Tags of one text; handlebars counts lines from the beginning for each.
const MOST_TAGS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{{name}}`, `{{helper …}}`, `{{{name}}}`
    Inline,
    /// `{{#helper …}}`
    Open,
    /// `{{else}}`, `{{else if …}}`, `{{^}}`
    Else,
    /// `{{/helper}}`
    Close,
    /// `{{{{raw}}}}`, with all up to its end.
    Raw,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub kind: Kind,
    /// The tag with its braces.
    pub range: Range<usize>,
    pub words: Vec<(Word, Range<usize>)>,
}

/// All tags but comments, in the order of the text.
pub fn scan(text: &str) -> Result<Vec<Tag>, TextError> {
    let mut scanner = Scanner { text, at: 0 };
    let mut tags = Vec::new();
    // For each open block its levels: an `else if` is a block in the `else`.
    let mut levels: Vec<usize> = Vec::new();
    while let Some(tag) = scanner.next()? {
        match tag.kind {
            Kind::Open => levels.push(1),
            Kind::Close => drop(levels.pop()),
            Kind::Else if !tag.words.is_empty() => levels.last_mut().into_iter().for_each(|last| *last += 1),
            _ => {}
        }
        if levels.iter().sum::<usize>() > DEEPEST {
            return Err(TextError::new(tag.range, format!("blocks are nested deeper than {DEEPEST}")));
        }
        if tags.len() == MOST_TAGS {
            return Err(TextError::new(tag.range, format!("the text has more than {MOST_TAGS} {{{{ }}}}")));
        }
        tags.push(tag);
    }
    Ok(tags)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Result<Option<Tag>, TextError> {
        while let Some(start) = self.text[self.at..].find("{{").map(|found| self.at + found) {
            if self.is_escaped(start) {
                // handlebars takes `\{{{{` as one escape.
                let width = if self.text[start + 2..].starts_with("{{") { 4 } else { 2 };
                self.at = start + width;
            } else if self.text[start..].starts_with("{{!") {
                self.at = comment_end(self.text, start).ok_or_else(|| self.unclosed(start, "comment"))?;
            } else if self.text[start..].starts_with("{{{{") {
                return self.raw(start).map(Some);
            } else {
                return self.tag(start).map(Some);
            }
        }
        Ok(None)
    }

    /// One backslash escapes; two are a backslash before a tag.
    fn is_escaped(&self, start: usize) -> bool {
        let before = &self.text[self.at..start];
        before.len() - before.trim_end_matches('\\').len() == 1
    }

    fn unclosed(&self, start: usize, what: &str) -> TextError {
        let error = TextError::new(start..start + 2, format!("this {what} is not closed"));
        error.help("add the missing `}}`, or write `\\{{` for a literal `{{`")
    }

    fn tag(&mut self, start: usize) -> Result<Tag, TextError> {
        let triple = self.text[start..].starts_with("{{{");
        let mut inside = Inside::new(self.text, start, if triple { 3 } else { 2 });
        let (mut kind, mut plain) = (Kind::Inline, false);
        if !triple {
            inside.skip_tilde();
            plain = inside.begins_with(is_name);
            kind = inside.sigil()?;
        }
        let words = inside.words()?;
        self.at = inside.end();
        let (kind, words) = match words.split_first() {
            Some(((Word::Name, first), rest)) if plain && &self.text[first.clone()] == "else" => {
                (Kind::Else, rest.to_vec())
            }
            // handlebars reads `{{elsewhere}}` as `{{else where}}`.
            Some(((_, first), _)) if plain && self.text[first.clone()].starts_with("else") => {
                let error = TextError::new(first.clone(), "a name may not begin with `else` here");
                return Err(error.help(format!("write {{{{this.{}}}}}", &self.text[first.clone()])));
            }
            _ => (kind, words),
        };
        Ok(Tag { kind, range: start..self.at, words })
    }

    fn raw(&mut self, start: usize) -> Result<Tag, TextError> {
        let unclosed = || {
            let error = TextError::new(start..start + 4, "this block is not closed");
            error.help("a raw block is written {{{{raw}}}} … {{{{/raw}}}}")
        };
        let opened = self.text[start + 4..].find("}}}}").ok_or_else(unclosed)? + start + 4;
        let name = self.text[start + 4..opened].trim_matches([' ', '\t', '\r', '\n', '~']);
        if name != "raw" {
            let error = TextError::new(start..opened + 4, "only `raw` is written with four braces");
            return Err(error.help("a raw block is written {{{{raw}}}} … {{{{/raw}}}}"));
        }
        let mut end = opened + 4;
        loop {
            let found = self.text[end..].find("{{{{").ok_or_else(unclosed)? + end;
            let before = &self.text[end..found];
            if before.len() - before.trim_end_matches('\\').len() != 1 {
                end = found;
                break;
            }
            end = found + 4;
        }
        self.at = self.text[end..].find("}}}}").ok_or_else(unclosed)? + end + 4;
        Ok(Tag { kind: Kind::Raw, range: start..self.at, words: Vec::new() })
    }
}

/// The byte behind a comment: `{{! … }}` or `{{!-- … --}}`.
fn comment_end(text: &str, start: usize) -> Option<usize> {
    let inside = text[start + 3..].trim_start_matches([' ', '\t', '\r', '\n']);
    let long = inside.strip_prefix("--").and_then(|inside| inside.find("--}}"));
    let end = match long {
        Some(found) => text.len() - inside.len() + 2 + found + 4,
        None => start + 3 + text[start + 3..].find("}}")? + 2,
    };
    Some(end)
}
