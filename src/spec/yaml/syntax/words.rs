//! One sentence for each of the parser's errors that people meet, and what to do; the rest keep the parser's words.

use crate::spec::yaml::braces::quoted;
use granit_parser::ErrorKind;

/// Message and help for a syntax error; `rest` is its line from there on.
pub(super) fn words(kind: &ErrorKind, rest: &str) -> (String, Option<String>) {
    use ErrorKind::*;
    let (message, help) = match kind {
        UnexpectedCharacter { character } => {
            return (
                format!("a value cannot start with the character {character}"),
                Some(format!("put it in quotes: {}", quoted(rest))),
            );
        }
        ExpectedBlockMappingKey => {
            ("a key is expected here", "keys of one map begin in the same column and are written `key: value`")
        }
        ExpectedBlockSequenceEntry => {
            ("a list item is expected here", "items of one list begin with `- ` in the same column")
        }
        BlockSequenceEntryNotAllowed => (
            "a list item cannot stand here",
            "write `- ` on a line of its own below the key; a value that starts with `- ` needs quotes",
        ),
        InvalidTrailingSingleQuotedScalar => (
            "there is text behind the closing quote",
            "put the quotes around the whole value; a quote inside of single quotes is written twice: ''",
        ),
        InvalidTrailingDoubleQuotedScalar => (
            "there is text behind the closing quote",
            "put the quotes around the whole value; a quote inside of double quotes is written \\\"",
        ),
        UnclosedFlowCollection { open } | MismatchedFlowCollectionEnd { open, .. } => {
            return (
                format!("a `{open}` is not closed"),
                Some(format!("add the `{}` that belongs to it", closing(*open))),
            );
        }
        UnexpectedEofFlowSequence | ExpectedFlowSequenceSeparator => (
            "a `,` or `]` is expected here",
            "separate the items by commas and close the list with `]`; put texts with special characters in quotes",
        ),
        UnexpectedEofFlowMapping | UnexpectedEofImplicitFlowMapping | ExpectedFlowMappingSeparator => (
            "a `,` or `}` is expected here",
            "separate the entries by commas and close the map with `}`; put texts with special characters in quotes",
        ),
        InvalidColonPlacement => (
            "this colon does not fit here",
            "a `[` or `{` above is perhaps not closed; put texts with colons in quotes",
        ),
        MisplacedFlowCollectionEnd => {
            ("this bracket closes nothing", "remove it, or put the text it belongs to in quotes")
        }
        InvalidIndentation | InvalidBlockScalarIndent | InvalidFlowScalarIndent => (
            "this line does not fit the indentation above it",
            "keys of one map and lines of one block begin in the same column",
        ),
        SimpleKeyExpected | InvalidSimpleKey => {
            ("a `:` is missing after this key", "write `key: value`; a text over several lines is introduced by `|`")
        }
        _ => return (kind.to_string(), None),
    };
    (message.to_string(), Some(help.to_string()))
}

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}
