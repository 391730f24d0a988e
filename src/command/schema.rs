//! `engine schema`: the JSON Schemas, for editors and other tools.

use super::Stopped;
use super::terminal::Terminal;
use crate::cli::{SchemaArgs, exit};
use crate::schema::SCHEMAS;
use crate::spec::diagnostic::did_you_mean;

pub fn schema(args: SchemaArgs, terminal: &Terminal) -> Result<u8, Stopped> {
    let text = match &args.name {
        None => SCHEMAS.iter().map(|schema| format!("{:<9} {}\n", schema.name, schema.about)).collect(),
        Some(name) => match SCHEMAS.iter().find(|schema| schema.name == *name) {
            Some(schema) => schema.text(),
            None => return Err(Stopped::usage(unknown(name))),
        },
    };
    terminal.write(&text).map_err(|error| Stopped::not_written(format!("standard output: {error}")))?;
    Ok(exit::GO)
}

fn unknown(name: &str) -> String {
    let names = SCHEMAS.iter().map(|schema| schema.name);
    let near = did_you_mean(name, names.clone()).map(|word| format!("did you mean `{word}`?"));
    let help = near.unwrap_or_else(|| format!("there are {}", names.collect::<Vec<_>>().join(", ")));
    format!("there is no schema `{name}`; {help}")
}
