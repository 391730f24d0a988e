//! The version behind an operator, with its wildcard.

use super::{
    Prefix, Version,
    syntax::{RangeError, error},
    token::Token,
};

/// A version with its number of written parts; a bare `*` is a wildcard without any.
pub(super) struct Operand<'a> {
    pub(super) token: Token<'a>,
    pub(super) version: Option<Version>,
    pub(super) wildcard: bool,
}

/// Reads the version and the wildcard parts at its end.
pub(super) fn operand(token: Token<'_>) -> Result<Operand<'_>, RangeError> {
    let is_wild = |part: &str| matches!(part, "*" | "x" | "X");
    if is_wild(token.text) {
        return Ok(Operand { token, version: None, wildcard: true });
    }
    let mut stem = token.text;
    while let Some((before, last)) = stem.rsplit_once('.') {
        if !is_wild(last) {
            break;
        }
        stem = before;
    }
    let wildcard = stem.len() < token.text.len();
    match Version::parse(stem) {
        Some(version) if version.key.is_plain() || !wildcard => Ok(Operand { token, version: Some(version), wildcard }),
        _ => Err(no_version(token)),
    }
}

impl Operand<'_> {
    /// The written parts.
    pub(super) fn prefix(&self) -> Prefix {
        let version = self.version.as_ref();
        version.map_or_else(Prefix::everything, |version| Prefix::of(version, version.key.release().len()))
    }
}

/// The complaint about an operator that needs a whole version.
pub(super) fn no_wildcard(operator: Token<'_>, operand: &Operand<'_>) -> RangeError {
    let message = format!("`{}` does not go with the wildcard in `{}`", operator.text, operand.token.text);
    let help = match &operand.version {
        Some(version) => format!("write `{}{version}` or `{}`", operator.text, operand.token.text),
        None => "write a version after it, or only `*`".into(),
    };
    error(operator.start..operand.token.span().end, &message, &help)
}

fn no_version(token: Token<'_>) -> RangeError {
    let message = format!("`{}` is not a version", token.text);
    let help = match token.text {
        text if text.contains('*') => "a `*` stands for whole parts at the end, as in `3.12.*`",
        text if text.contains(['|', '&']) => "write `||` for either, a comma or a blank for both",
        _ => "write one like `3.12`, `>=3.10,<3.13` or `^1.2`",
    };
    error(token.span(), &message, help)
}
