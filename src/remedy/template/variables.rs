//! Which names a template uses, and whether its blocks and helpers are right.

use std::ops::Range;

use super::helpers::{Arity, BLOCKS, HELPERS};
use super::tags::{Kind, Tag};
use super::words::Word;
use crate::plan::scope::Reference;
use crate::plan::text_error::TextError;
use crate::prose;
use crate::spec::diagnostic::did_you_mean;

/// A block that is open.
pub struct Block {
    pub helper: String,
    pub range: Range<usize>,
    /// What bare names are fields of, if the block changes that.
    pub element: Option<Element>,
    pub parameters: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// The value at a known path, as in `{{#with vars}}`.
    Path(Vec<String>),
    /// An element of a list, or a computed value.
    Unknown,
}

type Words<'w> = &'w [(Word, Range<usize>)];

pub struct Reader<'t> {
    pub text: &'t str,
    pub blocks: Vec<Block>,
    references: Vec<Reference>,
}

/// The free names in the order of the text.
pub fn read(text: &str, tags: &[Tag]) -> Result<Vec<Reference>, TextError> {
    let mut reader = Reader { text, blocks: Vec::new(), references: Vec::new() };
    tags.iter().try_for_each(|tag| reader.tag(tag))?;
    match reader.blocks.last() {
        Some(block) => {
            let name = &block.helper;
            let error = TextError::new(block.range.clone(), format!("the block `{name}` is not closed"));
            Err(error.help(format!("add {{{{/{name}}}}}")))
        }
        None => Ok(reader.references),
    }
}

impl<'t> Reader<'t> {
    fn tag(&mut self, tag: &Tag) -> Result<(), TextError> {
        match tag.kind {
            Kind::Raw => Ok(()),
            Kind::Inline => self.inline(tag),
            Kind::Open => {
                let block = self.block(tag)?;
                self.blocks.push(block);
                Ok(())
            }
            Kind::Else => self.otherwise(tag),
            Kind::Close => self.close(tag),
        }
    }

    fn inline(&mut self, tag: &Tag) -> Result<(), TextError> {
        match tag.words.as_slice() {
            [] => Err(TextError::new(tag.range.clone(), "there is nothing between {{ and }}")),
            [(Word::Name | Word::Literal, name)] => self.variable(name.clone()),
            [(Word::Name | Word::Literal, name), rest @ ..] => {
                self.helper(name.clone(), &HELPERS, rest)?;
                self.parameters(rest)
            }
            words => self.parameters(words),
        }
    }

    fn block(&mut self, tag: &Tag) -> Result<Block, TextError> {
        let [(Word::Name, name), rest @ ..] = tag.words.as_slice() else {
            return Err(
                TextError::new(tag.range.clone(), "a block begins with its name").help("{{#if name}} … {{/if}}")
            );
        };
        let (values, parameters) = self.block_parameters(rest);
        let helper = self.helper(name.clone(), &BLOCKS, values)?.to_owned();
        self.parameters(values)?;
        let element = match (helper.as_str(), values) {
            ("each", _) => Some(Element::Unknown),
            ("with", [(Word::Name, name)]) => Some(self.path(name.clone())?.map_or(Element::Unknown, Element::Path)),
            ("with", _) => Some(Element::Unknown),
            _ => None,
        };
        Ok(Block { helper, range: tag.range.clone(), element, parameters })
    }

    /// Splits `as |item index|` off.
    fn block_parameters<'w>(&self, words: Words<'w>) -> (Words<'w>, Vec<String>) {
        match words {
            [values @ .., (Word::Name, keyword), (Word::Parameters, names)] if &self.text[keyword.clone()] == "as" => {
                let names = self.text[names.clone()].trim_matches('|').split_whitespace();
                (values, names.map(str::to_owned).collect())
            }
            _ => (words, Vec::new()),
        }
    }

    fn otherwise(&mut self, tag: &Tag) -> Result<(), TextError> {
        let Some(mut block) = self.blocks.pop() else {
            return Err(TextError::new(tag.range.clone(), "this `else` belongs to no block"));
        };
        // Within `else` names mean what they mean outside of the block.
        (block.element, block.parameters) = (None, Vec::new());
        if !tag.words.is_empty() {
            let chained = self.block(tag)?;
            (block.element, block.parameters) = (chained.element, chained.parameters);
        }
        self.blocks.push(block);
        Ok(())
    }

    fn close(&mut self, tag: &Tag) -> Result<(), TextError> {
        let closed = tag.words.first().map_or("", |(_, name)| &self.text[name.clone()]);
        match self.blocks.pop() {
            Some(block) if block.helper == closed && tag.words.len() == 1 => Ok(()),
            Some(block) => {
                let message = format!("`{{{{/{closed}}}}}` does not close the block `{}`", block.helper);
                Err(TextError::new(tag.range.clone(), message)
                    .help(format!("{{{{/{}}}}} is expected first", block.helper)))
            }
            None => Err(TextError::new(tag.range.clone(), format!("`{{{{/{closed}}}}}` closes no block"))),
        }
    }

    /// The helper's name, if there is one that takes so many values.
    fn helper(&self, range: Range<usize>, known: &[Arity], values: Words) -> Result<&'t str, TextError> {
        let name = &self.text[range.clone()];
        let names = || known.iter().map(|(name, _)| *name);
        let Some((_, takes)) = known.iter().find(|(known, _)| *known == name) else {
            let error = TextError::new(range, format!("there is no helper `{name}` here"));
            return Err(match did_you_mean(name, names()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("known here: {}", names().collect::<Vec<_>>().join(", "))),
            });
        };
        let given = count(values);
        if takes.contains(&given) {
            return Ok(name);
        }
        let wanted = match (takes.start(), takes.end()) {
            (least, most) if least == most => prose::count(*least, "value"),
            (least, most) => format!("{least} to {most} values"),
        };
        Err(TextError::new(range, format!("`{name}` takes {wanted}, not {given}")))
    }

    /// The values given to a helper or block.
    fn parameters(&mut self, words: Words) -> Result<(), TextError> {
        let mut after_open = false;
        for (index, (word, range)) in words.iter().enumerate() {
            let alone = matches!(words.get(index + 1), None | Some((Word::Close, _)));
            match word {
                Word::Name | Word::Literal if after_open && !alone => {
                    self.helper(range.clone(), &HELPERS, &words[index + 1..])?;
                }
                Word::Name | Word::Literal if after_open => {
                    let error = TextError::new(range.clone(), "parentheses hold a helper with its values");
                    return Err(error.help("for example (eq a b)"));
                }
                Word::Name => self.variable(range.clone())?,
                Word::Parameters => return Err(TextError::new(range.clone(), "only blocks have `as |…|`")),
                Word::Literal | Word::Open | Word::Close | Word::Key => {}
            }
            after_open = *word == Word::Open;
        }
        Ok(())
    }

    fn variable(&mut self, range: Range<usize>) -> Result<(), TextError> {
        if let Some(path) = self.path(range.clone())? {
            if path.is_empty() {
                let error = TextError::new(range, "here this means everything at once");
                return Err(error.help("name what is meant; `this` is for use inside {{#each}}"));
            }
            self.references.push(Reference { path, range, optional: false });
        }
        Ok(())
    }
}

/// How many values there are, up to the end or a `)` that was opened before.
fn count(words: Words) -> usize {
    let mut depth = 0_usize;
    let mut values = 0;
    for (index, (word, _)) in words.iter().enumerate() {
        let is_option = index > 0 && words[index - 1].0 == Word::Key;
        match word {
            Word::Close if depth == 0 => break,
            Word::Close => depth -= 1,
            Word::Key | Word::Parameters => {}
            _ => {
                values += usize::from(depth == 0 && !is_option);
                depth += usize::from(*word == Word::Open);
            }
        }
    }
    values
}
