//! Puts our way of showing values into a compiled template.
//!
//! `{{name}}` becomes `{{@show name}}`, so that lists, null and missing values
//! read as people write them; every turn of an `{{#each}}` is counted, for
//! loops that print nothing would otherwise have no bound; and an `{{#each}}`
//! or `{{#with}}` without `{{else}}` marks a value that is missing.

use std::collections::HashMap;

use handlebars::template::{HelperTemplate, Parameter, Subexpression, TemplateElement};
use handlebars::{Path, Template};

use super::helpers::{MISSING, SHOW, TURN};

pub fn template(template: &mut Template) {
    template.elements.iter_mut().for_each(element);
}

fn element(part: &mut TemplateElement) {
    match part {
        TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => show(call),
        TemplateElement::HelperBlock(block) => helper_block(block),
        _ => {}
    }
}

fn show(call: &mut HelperTemplate) {
    let name = std::mem::replace(&mut call.name, Parameter::Name(SHOW.to_owned()));
    let (params, hash) = (std::mem::take(&mut call.params), std::mem::take(&mut call.hash));
    let is_variable = params.is_empty() && hash.is_empty();
    call.params =
        vec![if is_variable { name } else { Parameter::Subexpression(Subexpression::new(name, params, hash)) }];
}

fn helper_block(block: &mut HelperTemplate) {
    block.template.iter_mut().chain(&mut block.inverse).for_each(template);
    let name = block.name.as_name().unwrap_or_default();
    let (each, with) = (name == "each", name == "with");
    if (each || with) && block.inverse.is_none() {
        let mut missing = Template::new();
        missing.elements.push(call(MISSING, block.params.clone()));
        block.inverse = Some(missing);
    }
    if each && let Some(body) = &mut block.template {
        body.elements.insert(0, call(TURN, Vec::new()));
    }
}

/// `{{helper values}}`
fn call(helper: &str, values: Vec<Parameter>) -> TemplateElement {
    *Subexpression::new(Parameter::Name(helper.to_owned()), values, HashMap::new()).element
}

/// What an element is about, for a mark in its place.
pub fn subject(part: &TemplateElement) -> String {
    let call = match part {
        TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => call,
        TemplateElement::HelperBlock(block) => return block.name.as_name().unwrap_or_default().to_owned(),
        _ => return String::new(),
    };
    match call.params.as_slice() {
        [Parameter::Path(Path::Relative((_, name)) | Path::Local((_, _, name)))] => name.clone(),
        [Parameter::Subexpression(inner)] => inner.name().to_owned(),
        _ => String::new(),
    }
}
