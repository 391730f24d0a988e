//! Handlebars texts for people: `title`, `message`, `remedy`, `why`.
//!
//! Behind the `handlebars` crate, for what it leaves open: an unknown name
//! within `{{#if}}` is silently false there, places are those of the `{{`, a
//! list prints as `[a, b]` and null as nothing. Here every name is known with
//! its place before anything runs, and a value that is missing after all
//! leaves a mark in the text instead of costing the report.
//!
//! What authors can use, beside `{{name.field}}`:
//! * blocks `if`, `unless`, `each` (with `this`, `@index`, `@key`, `@first`,
//!   `@last`, `as |item index|`) and `with`, each with `{{else}}`;
//! * helpers `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `and`, `or`, `not`, `len`,
//!   `lookup`; `default x "none"` for a value that may be missing, null or
//!   empty; `join list ", "`; nested with parentheses;
//! * `{{! a comment }}`, `\{{` for a literal `{{`, and a block
//!   `{{{{raw}}}} … {{{{/raw}}}}` for text with many of them.
//!
//! Deliberately absent: partials, decorators, HTML escaping, writing data.

mod helpers;
mod names;
mod rewrite;
mod show;
mod tags;
mod variables;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use handlebars::{Context, RenderContext, Renderable, TemplateError};
use serde_json::{Map, Value};

use crate::plan::scope::{Reference, Scope, Wanted};
use crate::plan::text_error::{TextError, byte_at, char_at};

/// Bytes of one template.
const LONGEST: usize = 64 << 10;

/// A compiled text; clones share it.
#[derive(Debug, Clone)]
pub struct Template(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: String,
    /// `None` for a text without `{{`.
    compiled: Option<handlebars::Template>,
    references: Vec<Reference>,
    wanted: Vec<(String, Wanted)>,
}

impl Template {
    /// Reads at most 64 KiB with 32 nested blocks.
    ///
    /// Complains about syntax, partials and unknown helpers; names are for the
    /// caller to check, with [`Template::references`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let source = text.to_owned();
        if text.len() > LONGEST {
            let message = format!("a text may have at most {} KiB", LONGEST >> 10);
            return Err(TextError::new(char_at(text, 0), message));
        }
        if !text.contains("{{") {
            let (references, wanted) = (Vec::new(), Vec::new());
            return Ok(Self(Arc::new(Inner { source, compiled: None, references, wanted })));
        }
        let tags = tags::scan(text)?;
        let references = variables::read(text, &tags)?;
        let mut compiled = compile(text)?;
        rewrite::template(&mut compiled);
        let wanted = Wanted::of(references.iter().map(|reference| reference.path.as_slice()));
        Ok(Self(Arc::new(Inner { source, compiled: Some(compiled), references, wanted })))
    }

    /// The names it uses, in the order of the text, with the place of the name
    /// itself. Names relative to the element of an `{{#each}}` are not among
    /// them; those within `{{#with vars}}` are, as fields of `vars`.
    pub fn references(&self) -> Vec<Reference> {
        self.0.references.clone()
    }

    /// The text as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The text for these values, at most about 16 KiB; longer ones are cut
    /// and say so.
    ///
    /// A list reads `a, b and c`, a map `k=v, k=v`, null `(none)`, and what is
    /// not there `(unknown: seen.stdout.version)`.
    ///
    /// # Errors
    ///
    /// Only if the template engine itself fails.
    pub fn render(&self, data: &dyn Scope) -> Result<String, String> {
        let Some(compiled) = &self.0.compiled else {
            return Ok(show::cut(self.0.source.clone()));
        };
        let given = self.0.wanted.iter().filter_map(|(name, wanted)| {
            let value = data.look(name)?;
            Some((name.clone(), wanted.pick(&value)))
        });
        let context = Context::wraps(Value::Object(given.collect::<Map<_, _>>())).map_err(|error| error.to_string())?;
        catch_unwind(AssertUnwindSafe(|| render(compiled, &context)))
            .map_err(|_| "the template engine itself failed on this text; please report it".to_owned())
    }
}

/// One element after the other, so that one which fails costs only itself.
fn render(compiled: &handlebars::Template, context: &Context) -> String {
    let registry = helpers::registry();
    let mut output = show::Output::default();
    for element in &compiled.elements {
        let mut state = RenderContext::new(None);
        if element.render(registry, context, &mut state, &mut output).is_err() {
            if output.is_full() {
                break;
            }
            output.mark(&rewrite::subject(element));
        }
    }
    output.finish()
}

fn compile(text: &str) -> Result<handlebars::Template, TextError> {
    match catch_unwind(|| handlebars::Template::compile(text)) {
        Ok(Ok(compiled)) => Ok(compiled),
        Ok(Err(error)) => Err(complaint(text, &error)),
        Err(_) => {
            Err(TextError::new(0..text.len(), "the template engine itself failed on this text; please report it"))
        }
    }
}

/// handlebars' complaint, of which only the place is fit for people.
fn complaint(text: &str, error: &TemplateError) -> TextError {
    let (line, column) = error.pos().unwrap_or((1, 1));
    let place = char_at(text, byte_at(text, line, column));
    TextError::new(place, "the text between {{ and }} cannot be read here")
        .help("a value is written {{name.field}}, a block {{#if name}} … {{/if}}")
}

#[cfg(test)]
mod tests;
