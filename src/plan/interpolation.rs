//! stub
use super::expression::{Reference, Scope};
use super::text_error::TextError;
use serde_json::Value;
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quote {
    None,
    Shell,
}
pub struct Interpolation;
pub fn contains_interpolation(text: &str) -> bool {
    text.contains("${")
}
impl Interpolation {
    pub fn parse(_t: &str) -> Result<Interpolation, TextError> {
        Ok(Interpolation)
    }
    pub fn references(&self) -> Vec<Reference> {
        vec![]
    }
    pub fn evaluate(&self, _s: &dyn Scope, _q: Quote) -> Result<Value, String> {
        Ok(Value::Null)
    }
}
