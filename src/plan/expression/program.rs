//! An expression that cel reads and runs.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use cel::common::ast::SourceInfo;
use cel::{Context, Env, IdedExpr};
use serde_json::Value;

use super::explain::Failure;
use super::tokens::{Token, parts};
use super::tree::Walk;
use super::{cost, functions, syntax, values};
use crate::plan::scope::{Reference, Scope, Wanted};
use crate::plan::text_error::TextError;

/// Stack for cel's parser, enough for all that `tokens` lets through.
const STACK: usize = 16 << 20;
/// With so few operators and brackets any thread has enough.
const FEW_PARTS: usize = 4;

const CRASH: &str = "the expression language itself failed here; please report the expression";

pub struct Program {
    root: IdedExpr,
    info: SourceInfo,
    references: Vec<Reference>,
    wanted: Vec<(String, Wanted)>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.debug_struct("Program").field("references", &self.references).finish_non_exhaustive()
    }
}

impl Program {
    pub fn parse(text: &str, tokens: &[Token]) -> Result<Self, TextError> {
        syntax::check(text, tokens)?;
        let whole = || TextError::new(0..text.len(), CRASH);
        let env = functions::environment().map_err(|_| whole())?;
        let read = || catch_unwind(AssertUnwindSafe(|| Self::read(text, tokens, env))).unwrap_or_else(|_| Err(whole()));
        if parts(tokens, text) <= FEW_PARTS {
            return read();
        }
        thread::scope(|scope| {
            let parser = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
            let refused = |_| TextError::new(0..text.len(), "the system has no memory for another thread");
            parser.map_err(refused)?.join().unwrap_or_else(|_| Err(whole()))
        })
    }

    fn read(text: &str, tokens: &[Token], env: &Env) -> Result<Self, TextError> {
        let parsed = env.parser().parse_with_source_info(text);
        let (mut root, info) = parsed.map_err(|errors| syntax::explain(text, tokens, &errors))?;
        let references = Walk::new(text, tokens, &info).run(&mut root)?;
        let wanted = Wanted::of(references.iter().map(|reference| reference.path.as_slice()));
        Ok(Self { root, info, references, wanted })
    }

    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    pub fn run(&self, source: &str, scope: &dyn Scope) -> Result<Value, String> {
        let given = |(name, _): &'_ (String, Wanted)| Some((name.clone(), scope.look(name)?));
        let given: Vec<(String, Cow<Value>)> = self.wanted.iter().filter_map(given).collect();
        let values: Vec<(&str, Cow<Value>)> =
            given.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_ref()))).collect();
        let steps = cost::bound(&self.root, &values)?;
        scope.spend(steps as u64)?;
        let mut context = Context::with_env(Arc::clone(functions::environment()?));
        for (name, value) in &given {
            if let Some((_, wanted)) = self.wanted.iter().find(|(wanted, _)| wanted == name) {
                context.add_variable_as_val(name.as_str(), values::to_cel(value, wanted));
            }
        }
        let failure = Failure {
            source,
            root: &self.root,
            info: &self.info,
            references: &self.references,
            values: &values,
            steps,
        };
        catch_unwind(AssertUnwindSafe(|| match cel::Value::resolve_val(&self.root, &context) {
            Ok(value) => values::to_json(value.as_ref()),
            Err(error) => Err(failure.sentence(&error, &context)),
        }))
        .unwrap_or_else(|_| Err(CRASH.to_owned()))
    }
}
