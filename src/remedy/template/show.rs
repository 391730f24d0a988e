//! How values read in a text for people, and how much of them.

use std::io;

use serde_json::{Map, Value};

use crate::plan::scope::number_text;
use crate::prose;

/// Bytes of a rendered text.
const LONGEST: usize = 16 << 10;
/// Turns of all `{{#each}}` of one text together.
const MOST_TURNS: usize = 100_000;

/// What stands for a value that is not there.
pub fn mark(name: &str) -> String {
    format!("(unknown: {name})")
}

/// A value as people read it; what lies within another collection stands in
/// parentheses. Stops where the text is full.
pub fn write(value: &Value, inner: bool, text: &mut String) {
    match value {
        _ if text.len() > LONGEST => {}
        Value::Null => text.push_str("(none)"),
        Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::String(shown) => text.push_str(head(shown)),
        Value::Array(list) if list.is_empty() => text.push_str("(none)"),
        Value::Object(map) if map.is_empty() => text.push_str("(none)"),
        Value::Array(_) | Value::Object(_) if inner => {
            text.push('(');
            write(value, false, text);
            text.push(')');
        }
        Value::Array(list) => write_list(list, text),
        Value::Object(map) => write_map(map, text),
    }
}

fn write_list(list: &[Value], text: &mut String) {
    let mut length = text.len();
    let items = list.iter().map_while(|item| {
        let mut shown = String::new();
        write(item, true, &mut shown);
        let fits = length <= LONGEST;
        // Each item brings a comma or an "and" with it.
        length += shown.len() + 2;
        fits.then_some(shown)
    });
    text.push_str(&prose::list(&items.collect::<Vec<_>>()));
}

/// `{{join list separator}}`
pub fn write_joined(list: &[Value], separator: &str, text: &mut String) {
    for (index, item) in list.iter().enumerate() {
        if text.len() > LONGEST {
            return;
        }
        if index > 0 {
            text.push_str(head(separator));
        }
        write(item, true, text);
    }
}

fn write_map(map: &Map<String, Value>, text: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        if text.len() > LONGEST {
            return;
        }
        text.push_str(if index > 0 { ", " } else { "" });
        text.push_str(head(key));
        text.push('=');
        write(value, true, text);
    }
}

fn head(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST + 1)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A text with a bound, and a count of turns.
#[derive(Default)]
pub struct Output {
    text: String,
    turns: usize,
}

impl Output {
    pub fn is_full(&self) -> bool {
        self.text.len() > LONGEST || self.turns > MOST_TURNS
    }

    /// In the place of an element that could not be shown.
    pub fn mark(&mut self, name: &str) {
        self.text.push_str(&mark(name));
    }

    pub fn finish(self) -> String {
        if self.turns > MOST_TURNS {
            return self.text + " … (cut: too many turns of {{#each}})";
        }
        cut(self.text)
    }
}

impl handlebars::Output for Output {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.turns += usize::from(text.is_empty());
        self.text.push_str(head(text));
        if self.is_full() { Err(io::Error::other("the text is full")) } else { Ok(()) }
    }
}

/// The text, if it is not too long; else its beginning, which says so.
pub fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push_str(&format!(" … (cut after {} KiB)", LONGEST >> 10));
    }
    text
}
