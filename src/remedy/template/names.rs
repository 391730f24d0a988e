//! What a name in a template means where it stands.
//!
//! As handlebars has it: within `{{#each}}` and `{{#with}}` bare names are
//! fields of the element, `../` is one such block further out, `@root` the
//! outermost.

use std::ops::Range;

use super::variables::{Element, Reader};
use crate::plan::text_error::TextError;
use crate::plan::texts::ROOTS;

const LOCALS: [&str; 4] = ["@index", "@key", "@first", "@last"];

impl Reader<'_> {
    /// The path that a name stands for; `None` if it is not free.
    pub fn path(&self, range: Range<usize>) -> Result<Option<Vec<String>>, TextError> {
        let name = &self.text[range.clone()];
        let own = ["this.", "this/", "./"].iter().find_map(|own| name.strip_prefix(own));
        if let Some(rest) = own {
            return self.relative(rest, 0, range);
        }
        if let Some(rest) = name.strip_prefix("@root.").or_else(|| name.strip_prefix("@root/")) {
            return Self::fields(rest, range).map(Some);
        }
        if name.starts_with('@') {
            return self.local(name, range).map(|()| None);
        }
        if name.starts_with('.') && !name.starts_with("..") {
            let error = TextError::new(range, "a name does not begin with a dot");
            return Err(error.help("write `\\{{` for a literal `{{`"));
        }
        let inner = name.trim_start_matches("../");
        let up = (name.len() - inner.len()) / 3;
        let path = self.relative(inner, up, range.clone())?;
        match segments(inner).first() {
            // the element may have a field of this name, but that is hardly meant
            Some(first) if path.is_none() && ROOTS.contains(&first.as_str()) && !self.is_parameter(first) => {
                let error = TextError::new(range, format!("inside {{{{#each}}}} `{inner}` is a field of the element"));
                Err(error.help(format!("write `@root.{inner}`, or `this.{inner}` if the element has it")))
            }
            _ => Ok(path),
        }
    }

    /// Fields of the element `up` blocks further out, or a block's parameter.
    fn relative(&self, path: &str, up: usize, range: Range<usize>) -> Result<Option<Vec<String>>, TextError> {
        let fields = Self::fields(path, range.clone())?;
        if fields.first().is_some_and(|name| self.is_parameter(name)) {
            return Ok(None);
        }
        match self.element(up) {
            Some(Element::Path(base)) => Ok(Some([base, fields].concat())),
            Some(Element::Unknown) => Ok(None),
            None => {
                let error = TextError::new(range, "`../` leads out of the outermost block");
                Err(error.help("only {{#each}} and {{#with}} are left by `../`"))
            }
        }
    }

    fn is_parameter(&self, name: &String) -> bool {
        self.blocks.iter().any(|block| block.parameters.contains(name))
    }

    fn fields(path: &str, range: Range<usize>) -> Result<Vec<String>, TextError> {
        let fields = segments(path);
        match fields.iter().any(String::is_empty) {
            true => Err(TextError::new(range, "a part of this name is empty")),
            false => Ok(fields),
        }
    }

    /// What bare names are fields of, `up` levels further out.
    fn element(&self, up: usize) -> Option<Element> {
        let inner_first = self.blocks.iter().rev().filter_map(|block| block.element.clone());
        inner_first.chain([Element::Path(Vec::new())]).nth(up)
    }

    fn local(&self, name: &str, range: Range<usize>) -> Result<(), TextError> {
        let plain = format!("@{}", name.trim_start_matches(['@', '.', '/']));
        if !LOCALS.contains(&plain.as_str()) {
            let error = TextError::new(range, format!("there is no `{name}`"));
            return Err(error.help(format!(
                "inside {{{{#each}}}} there are {}; @root.name is the outermost name",
                LOCALS.join(", ")
            )));
        }
        if !self.blocks.iter().any(|block| block.helper == "each") {
            return Err(TextError::new(range, format!("`{name}` means something only inside {{{{#each}}}}")));
        }
        Ok(())
    }
}

/// `a.b/[c d]` as `["a", "b", "c d"]`; `this` stands for nothing.
fn segments(path: &str) -> Vec<String> {
    let mut rest = path;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (name, behind) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((name, behind)) => (name, behind.trim_start_matches(['.', '/'])),
            None => rest.split_once(['.', '/']).unwrap_or((rest, "")),
        };
        if name != "this" {
            found.push(name.to_owned());
        }
        rest = behind;
    }
    found
}
