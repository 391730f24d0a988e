//! Colours and columns of text for terminals.

use crate::judge::outcome::Answer;
use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthStr;

/// Paints, or leaves text as it is.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    pub fn with(self, style: Style, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::BOLD), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().effects(Effects::DIMMED), text)
    }

    pub fn answer(self, answer: Answer, text: &str) -> String {
        self.with(style(answer), text)
    }
}

pub fn style(answer: Answer) -> Style {
    let colour = match answer {
        Answer::Ok => AnsiColor::Green,
        Answer::Info => AnsiColor::Cyan,
        Answer::Warn => AnsiColor::Yellow,
        Answer::Error => AnsiColor::Red,
        Answer::Unknown => AnsiColor::Magenta,
        Answer::Skipped | Answer::Waived => AnsiColor::BrightBlack,
    };
    Style::new().fg_color(Some(colour.into())).effects(if matches!(answer, Answer::Error | Answer::Unknown) {
        Effects::BOLD
    } else {
        Effects::new()
    })
}

/// Columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Breaks at blanks so that no line is wider than `columns`; words longer than that stay whole.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        if line.width() <= columns {
            lines.push(line.to_string());
            continue;
        }
        let mut current = indent.clone();
        for word in line.split_whitespace() {
            let blank = usize::from(current.len() > indent.len());
            if current.width() + blank + word.width() > columns && current.len() > indent.len() {
                lines.push(std::mem::replace(&mut current, indent.clone()));
            }
            if current.len() > indent.len() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Control characters that could steer a terminal are shown, not sent (tabs and newlines aside).
pub fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => c.to_string(),
            '\r' => String::new(),
            c if c.is_control() => format!("\\x{:02x}", c as u32),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_at_blanks_and_keeps_indents() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("  a bb ccc", 6), ["  a bb", "  ccc"]);
        assert_eq!(wrap("incomprehensibilities", 5), ["incomprehensibilities"]);
    }

    #[test]
    fn escape_sequences_cannot_steer_the_terminal() {
        assert_eq!(harmless("\u{1b}[31mred\r\n"), "\\x1b[31mred\n");
    }
}
