//! A walk over cel's syntax tree: which names it uses, whether its functions
//! exist, how deep its loops nest; and our operators put in place of cel's.

use std::ops::Range;

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, LiteralValue, SourceInfo, operators,
};

use super::functions::{Form, KNOWN, TYPES, WALK, our_name};
use super::operators::compile;
use super::tokens::{Kind, Token};
use crate::plan::scope::Reference;
use crate::plan::text_error::TextError;
use crate::spec::diagnostic::did_you_mean;

/// Comprehensions within comprehensions.
const DEEPEST_LOOP: usize = 2;

pub struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Token],
    info: &'t SourceInfo,
    bound: Vec<String>,
    loops: usize,
    references: Vec<Reference>,
}

/// A name with constant fields, as it stands in the tree.
pub struct Path {
    root: u64,
    pub names: Vec<String>,
    optional: bool,
}

impl Path {
    /// `a`, `a.b`, `a["b"].c`, `has(a.b)`.
    pub fn of(node: &IdedExpr) -> Option<Self> {
        match &node.expr {
            Expr::Ident(name) => Some(Path { root: node.id, names: vec![name.clone()], optional: false }),
            Expr::Select(select) => {
                let mut path = Self::of(&select.operand)?;
                path.names.push(select.field.clone());
                path.optional |= select.test;
                Some(path)
            }
            Expr::Call(call) if call.func_name == operators::INDEX => {
                let [operand, key] = call.args.as_slice() else { return None };
                let key = text_of(key)?;
                let mut path = Self::of(operand)?;
                path.names.push(key.to_owned());
                Some(path)
            }
            _ => None,
        }
    }
}

fn text_of(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

impl<'t> Walk<'t> {
    pub fn new(text: &'t str, tokens: &'t [Token], info: &'t SourceInfo) -> Self {
        let (bound, references) = (Vec::new(), Vec::new());
        Self { text, tokens, info, bound, loops: 0, references }
    }

    /// The free names in the order of the text.
    pub fn run(mut self, root: &mut IdedExpr) -> Result<Vec<Reference>, TextError> {
        self.visit(root)?;
        self.references.sort_by_key(|reference| reference.range.start);
        Ok(self.references)
    }

    fn visit(&mut self, node: &mut IdedExpr) -> Result<(), TextError> {
        if let Some(path) = Path::of(node) {
            return self.refer(path);
        }
        match &mut node.expr {
            Expr::Call(call) => self.call(node.id, call),
            Expr::Comprehension(comprehension) => self.comprehension(node.id, comprehension),
            Expr::Select(select) => self.visit(&mut select.operand),
            Expr::List(list) => list.elements.iter_mut().try_for_each(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter_mut().try_for_each(|entry| self.entry(entry)),
            Expr::Struct(message) => {
                let place = self.place(node.id);
                let error = TextError::new(place, format!("there is no message type `{}`", message.type_name));
                Err(error.help("a map is written {'key': value}"))
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Ok(()),
        }
    }

    fn entry(&mut self, entry: &mut IdedEntryExpr) -> Result<(), TextError> {
        match &mut entry.expr {
            EntryExpr::MapEntry(entry) => {
                self.visit(&mut entry.key)?;
                self.visit(&mut entry.value)
            }
            EntryExpr::StructField(field) => self.visit(&mut field.value),
        }
    }

    fn refer(&mut self, path: Path) -> Result<(), TextError> {
        let Some(name) = path.names.first() else { return Ok(()) };
        if name.starts_with('@') || self.bound.contains(name) {
            return Ok(());
        }
        let range = self.path_place(&path);
        if name.starts_with('.') {
            return Err(TextError::new(range, "a name does not begin with a dot"));
        }
        self.references.push(Reference { path: path.names, range, optional: path.optional });
        Ok(())
    }

    /// From the name to the last of its fields.
    fn path_place(&self, path: &Path) -> Range<usize> {
        let place = self.place(path.root);
        let Some(first) = self.token_at(place.start) else { return place };
        let mut last = first;
        for _ in &path.names[1..] {
            let width = match &self.tokens[last + 1..] {
                [dot, field, ..] if dot.is(self.text, ".") && field.kind == Kind::Name => 2,
                [open, key, close, ..]
                    if open.is(self.text, "[") && key.kind == Kind::Text && close.is(self.text, "]") =>
                {
                    3
                }
                _ => break,
            };
            last += width;
        }
        place.start..self.tokens[last].range.end
    }

    fn call(&mut self, id: u64, call: &mut CallExpr) -> Result<(), TextError> {
        if !call.func_name.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            self.function(id, call)?;
        }
        if let Some(target) = &mut call.target {
            self.visit(target)?;
        }
        let types = names_types(call);
        for argument in &mut call.args {
            let is_type = matches!(&argument.expr, Expr::Ident(name) if types && TYPES.contains(&name.as_str()));
            if !is_type {
                self.visit(argument)?;
            }
        }
        if call.func_name == "matches" {
            self.pattern(call)?;
        }
        replace_name(call);
        Ok(())
    }

    /// A regular expression that is written out is compiled now.
    fn pattern(&self, call: &CallExpr) -> Result<(), TextError> {
        let Some(argument) = call.args.last() else { return Ok(()) };
        let Some(pattern) = text_of(argument) else { return Ok(()) };
        compile(pattern).map(drop).map_err(|why| TextError::new(self.place(argument.id), why))
    }

    fn function(&self, id: u64, call: &CallExpr) -> Result<(), TextError> {
        let name = call.func_name.as_str();
        let place = self.name_place(id, name);
        let Some((_, form)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let error = TextError::new(place, format!("there is no function `{name}`"));
            let near = did_you_mean(name, KNOWN.iter().map(|(known, _)| *known));
            return Err(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("functions: {}", KNOWN.map(|(known, _)| known).join(", "))),
            });
        };
        let usage = match (form, call.target.is_some()) {
            (Form::Call, true) => format!("{name}(value)"),
            (Form::Method, false) => format!("value.{name}(…)"),
            (Form::Comprehension, _) => format!("list.{name}(item, …)"),
            (Form::Presence, _) => "has(map.field)".to_owned(),
            _ => return Ok(()),
        };
        Err(TextError::new(place, format!("`{name}` is not written like this")).help(format!("write {usage}")))
    }

    fn comprehension(&mut self, id: u64, loop_: &mut ComprehensionExpr) -> Result<(), TextError> {
        self.visit(&mut loop_.iter_range)?;
        self.loops += 1;
        if self.loops > DEEPEST_LOOP {
            let message = format!("more than {DEEPEST_LOOP} loops (all, exists, map, filter) in each other");
            return Err(
                TextError::new(self.name_place(id, ""), message).help("give the inner part a name under `vars`")
            );
        }
        let outer = self.bound.len();
        self.bound.push(loop_.iter_var.clone());
        self.bound.push(loop_.accu_var.clone());
        for part in [&mut loop_.accu_init, &mut loop_.loop_cond, &mut loop_.loop_step, &mut loop_.result] {
            self.visit(part)?;
        }
        self.bound.truncate(outer);
        self.loops -= 1;
        walk_in_order(&mut loop_.iter_range);
        Ok(())
    }

    /// The function name before the parenthesis that a call's node stands for.
    fn name_place(&self, id: u64, name: &str) -> Range<usize> {
        let place = self.place(id);
        let before = self.token_at(place.start).and_then(|index| index.checked_sub(1));
        let named = |token: &&Token| token.kind == Kind::Name && (name.is_empty() || token.is(self.text, name));
        before.and_then(|index| self.tokens.get(index)).filter(named).map_or(place, |token| token.range.clone())
    }

    fn place(&self, id: u64) -> Range<usize> {
        place(self.info, id).unwrap_or(0..self.text.len())
    }

    fn token_at(&self, start: usize) -> Option<usize> {
        self.tokens.iter().position(|token| token.range.start == start)
    }
}

/// The bytes of the word that a node stands for.
pub fn place(info: &SourceInfo, id: u64) -> Option<Range<usize>> {
    let (start, last) = info.offset_for(id)?;
    Some(start as usize..last as usize + 1)
}

/// `type(x) == int`: the other side names a type, not a variable.
fn names_types(call: &CallExpr) -> bool {
    let is_type = |node: &IdedExpr| matches!(&node.expr, Expr::Call(call) if call.func_name == "type");
    matches!(call.func_name.as_str(), operators::EQUALS | operators::NOT_EQUALS) && call.args.iter().any(is_type)
}

/// Our operators for cel's; what cel makes of `map` and `filter` it recognises
/// by its own operator, which stays.
fn replace_name(call: &mut CallExpr) {
    let accumulates =
        matches!(call.args.first(), Some(IdedExpr { expr: Expr::Ident(name), .. }) if name.starts_with('@'));
    let Some(name) = our_name(&call.func_name).filter(|_| !accumulates) else { return };
    call.func_name = name.to_owned();
    if let Some(target) = call.target.take() {
        call.args.insert(0, *target);
    }
}

fn walk_in_order(range: &mut IdedExpr) {
    let inner = std::mem::take(range);
    range.id = inner.id;
    range.expr = Expr::Call(CallExpr { func_name: WALK.to_owned(), target: None, args: vec![inner] });
}
