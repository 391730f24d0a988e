//! A page of text for a terminal: headings, tables with a hanging indent, paragraphs and examples.

use crate::report::paint::{Paint, harmless, width, wrap};
use crate::spec::described::unwrapped;

/// Names longer than this stand on a line of their own.
const LONGEST_NAME: usize = 22;
/// The narrowest column of text.
const NARROWEST: usize = 30;

pub struct Page {
    paint: Paint,
    width: usize,
    text: String,
}

impl Page {
    pub fn new(paint: Paint, width: usize) -> Page {
        Page { paint, width, text: String::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn finish(self) -> String {
        self.text
    }

    /// What the page, or one meaning of the word, is about.
    pub fn title(&mut self, name: &str, what: &str) {
        self.gap();
        self.text.push_str(&format!("{} {}\n", self.paint.bold(&harmless(name)), self.paint.dim(&format!("({what})"))));
    }

    pub fn heading(&mut self, text: &str) {
        self.gap();
        self.text.push_str(&format!("{}\n", self.paint.bold(text)));
    }

    /// Rows under a heading; nothing if there are none.
    pub fn table<'a>(&mut self, heading: &str, rows: impl Iterator<Item = (&'a str, &'a str)>) {
        let rows: Vec<(String, String)> = rows.map(|(name, text)| (name.into(), text.into())).collect();
        if !rows.is_empty() {
            self.heading(heading);
            self.rows(&rows);
        }
    }

    /// Two columns: names, and text that is wrapped in its column.
    pub fn rows(&mut self, rows: &[(String, String)]) {
        let longest = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(LONGEST_NAME);
        let indent = longest + 4;
        for (name, text) in rows {
            let columns = self.width.saturating_sub(indent).max(NARROWEST);
            let lines = unwrapped(&harmless(text));
            let mut lines = lines.lines().flat_map(|line| wrap(line, columns)).filter(|line| !line.is_empty());
            let name = harmless(name);
            if width(&name) > longest {
                self.text.push_str(&format!("  {name}\n"));
            } else {
                let padding = " ".repeat(longest - width(&name));
                let first = lines.next().unwrap_or_default();
                self.text.push_str(format!("  {name}{padding}  {first}").trim_end());
                self.text.push('\n');
            }
            lines.for_each(|line| self.text.push_str(&format!("{:indent$}{line}\n", "")));
        }
    }

    /// Text in the width of the page.
    pub fn paragraph(&mut self, text: &str) {
        self.gap();
        self.lines(text, 0);
    }

    /// Text under a heading.
    pub fn indented(&mut self, text: &str) {
        self.lines(text, 2);
    }

    fn lines(&mut self, text: &str, indent: usize) {
        for line in unwrapped(&harmless(text)).lines() {
            for line in wrap(line, self.width.saturating_sub(indent)) {
                self.text.push_str(format!("{:indent$}{line}", "").trim_end());
                self.text.push('\n');
            }
        }
    }

    /// YAML or a command line as it is.
    pub fn code(&mut self, text: &str) {
        for line in harmless(text).trim_end().lines() {
            self.text.push_str(format!("  {line}").trim_end());
            self.text.push('\n');
        }
    }

    /// Markdown of our own: paragraphs and fenced examples.
    pub fn markdown(&mut self, text: &str) {
        for (number, part) in text.split("```").enumerate() {
            match number % 2 {
                0 if !part.trim().is_empty() => self.paragraph(part),
                // the word behind the fence is the language
                1 => {
                    self.gap();
                    self.code(part.split_once('\n').map_or("", |(_, code)| code));
                }
                _ => {}
            }
        }
    }

    /// An empty line, unless the page begins here.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_hang_and_nothing_is_wider_than_the_page() {
        let mut page = Page::new(Paint(false), 60);
        page.title("mount", "probe");
        page.table(
            "Facts",
            [("source", "Device or source that is mounted there, such as `/dev/sda1` or `tmpfs`.")].into_iter(),
        );
        let expected = "\
mount (probe)

Facts
  source  Device or source that is mounted there, such as
          `/dev/sda1` or `tmpfs`.
";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn examples_keep_their_lines() {
        let mut page = Page::new(Paint(false), 60);
        page.markdown("One\nparagraph.\n\n```yaml\na:\n  b: 1\n```\n\nAnother.\n");
        assert_eq!(page.finish(), "One paragraph.\n\n  a:\n    b: 1\n\nAnother.\n");
    }
}
