//! The values of vars and inputs: `--set` > `--vars` > an input's `env` > the default.

use super::Wishes;
use super::names::{Names, RESERVED, Surroundings, Variables};
use super::text_error::TextError;
use crate::fact::{bytes, duration, percent};
use crate::spec::diagnostic::{Complaint, Complaints, did_you_mean, listed};
use crate::spec::given::{Given, Reader};
use crate::spec::pack::{Input, InputType, Pack};
use crate::spec::yaml::{self, NodeId};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the caller gave by name.
#[derive(Default)]
pub struct Givens {
    /// `--set name=text`, later ones win.
    pub set: Vec<(String, String)>,
    /// `--vars FILE`: names and typed values, with the file's name.
    pub files: Vec<(String, Map<String, Json>)>,
}

/// The variables of every pack.
pub struct AllVariables {
    packs: Vec<Arc<Variables>>,
    pub secrets: Vec<String>,
    pub outside: Outside,
}

/// What came from the caller and not from a pack: all that a recording must keep to be judged again.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Outside {
    pub values: Map<String, Json>,
    /// Secret inputs that had a value.
    pub hidden: BTreeSet<String>,
}

impl AllVariables {
    pub fn of(&self, pack: usize) -> Arc<Variables> {
        self.packs[pack].clone()
    }
}

/// Resolves the vars and inputs of all packs.
pub fn resolve(
    packs: &[Arc<Pack>],
    surroundings: &Arc<Surroundings>,
    wishes: &Wishes,
    complaints: &mut Complaints,
) -> AllVariables {
    let mut all = AllVariables { packs: Vec::new(), secrets: Vec::new(), outside: Outside::default() };
    for pack in packs {
        let mut resolver = Resolver {
            pack,
            surroundings,
            wishes,
            variables: Arc::new(Variables::default()),
            secrets: &mut all.secrets,
            outside: &mut all.outside,
        };
        resolver.inputs(complaints);
        resolver.vars(complaints);
        all.packs.push(resolver.variables);
    }
    if !wishes.packs_lacking {
        undeclared(&all, wishes, complaints);
    }
    all
}

struct Resolver<'a> {
    pack: &'a Pack,
    surroundings: &'a Arc<Surroundings>,
    wishes: &'a Wishes,
    /// Only copied while somebody reads them.
    variables: Arc<Variables>,
    secrets: &'a mut Vec<String>,
    outside: &'a mut Outside,
}

/// Where a value came from, for complaints.
enum Origin {
    Set,
    File(String),
    Environment(String),
}

impl Resolver<'_> {
    fn inputs(&mut self, complaints: &mut Complaints) {
        let Some(inputs) = &self.pack.keys.inputs else {
            // broken, and complained of; their names are known all the same
            let document = &self.pack.document;
            let broken = document.get(document.root(), "inputs");
            let names = broken.iter().flat_map(|map| document.entries(*map)).map(|entry| document.key(entry).into());
            Arc::make_mut(&mut self.variables).pending.extend(names);
            return;
        };
        let document = self.pack.document.clone();
        let written = document.get(document.root(), "inputs").map(|map| document.entries(map)).unwrap_or_default();
        for entry in written {
            let (name, node) = (document.key(entry), entry.value);
            let Some(input) = inputs.get(name) else { continue };
            self.reserved(name, node, complaints);
            let value = match self.given_for(name, input.env.as_deref()) {
                Some((given, origin)) => {
                    let value = self.typed(name, node, given, &origin, input, complaints);
                    self.keep(name, value.as_ref(), input.secret);
                    value
                }
                None => self.default(name, node, input, complaints),
            };
            let Some(value) = value else {
                // complained of; whoever uses it need not complain again
                Arc::make_mut(&mut self.variables).pending.insert(name.into());
                continue;
            };
            if input.secret {
                remember_secret(&value, self.secrets);
            }
            Arc::make_mut(&mut self.variables).insert(name, value);
        }
    }

    fn default(&mut self, name: &str, node: NodeId, input: &Input, complaints: &mut Complaints) -> Option<Json> {
        if let Some(default) = input.default {
            let names = self.names();
            let value = Reader::new(&self.pack.document, &names, complaints).json(&Given::node(default.0))?;
            if let Err(message) = check_type(&value, input.r#type) {
                complaints.push(Complaint::error(
                    "E0310",
                    &self.pack.document.source,
                    self.pack.document.span(default.0),
                    message,
                ));
            }
            return Some(value);
        }
        if self.wishes.tolerate_missing_inputs {
            return None;
        }
        if input.required {
            let how = input
                .env
                .as_ref()
                .map_or_else(String::new, |variable| format!("set the environment variable {variable}, or "));
            let what = input.description.as_ref().map_or_else(String::new, |text| format!(" ({text})"));
            complaints.push(
                Complaint::error(
                    "E0309",
                    &self.pack.document.source,
                    self.pack.document.span(node),
                    format!("the input `{name}` is required and has no value{what}"),
                )
                .help(format!("{how}give `--set {name}=…`")),
            );
            return None;
        }
        Some(if matches!(input.r#type, InputType::List) { Json::Array(Vec::new()) } else { Json::Null })
    }

    fn vars(&mut self, complaints: &mut Complaints) {
        let Some(vars) = &self.pack.keys.vars else { return };
        // in the order of the file, so that a var may use those above it
        let root = self.pack.document.root();
        let Some(map) = self.pack.document.get(root, "vars") else { return };
        for entry in self.pack.document.entries(map) {
            let name = self.pack.document.key(entry);
            if !vars.contains_key(name) {
                continue;
            }
            self.reserved(name, entry.value, complaints);
            if self.variables.values.contains_key(name) || self.variables.pending.contains(name) {
                complaints.push(
                    Complaint::error(
                        "E0311",
                        &self.pack.document.source,
                        entry.key_span,
                        format!("`{name}` is an input already"),
                    )
                    .help("rename one of them"),
                );
            }
            let names = self.names();
            let declared = Reader::new(&self.pack.document, &names, complaints).json(&Given::node(entry.value));
            drop(names);
            match (self.given_for(name, None), declared) {
                (Some((Json::String(text), Origin::Set)), declared) => {
                    self.set_var(name, entry.value, &text, declared, complaints)
                }
                (Some((value, _)), _) => {
                    self.keep(name, Some(&value), false);
                    Arc::make_mut(&mut self.variables).insert(name, value);
                }
                (None, Some(value)) => Arc::make_mut(&mut self.variables).insert(name, value),
                (None, None) => drop(Arc::make_mut(&mut self.variables).pending.insert(name.into())),
            }
        }
    }

    /// `--set` of a var: text stays text if the var is text, everything else is read as YAML.
    fn set_var(&mut self, name: &str, node: NodeId, text: &str, declared: Option<Json>, complaints: &mut Complaints) {
        let value = match declared {
            Some(Json::String(_)) | None => Json::String(text.into()),
            Some(_) => match crate::probe::data::parse_yaml(text) {
                Ok(value) => value,
                Err(message) => {
                    complaints.push(Complaint::error(
                        "E0310",
                        &self.pack.document.source,
                        self.pack.document.span(node),
                        format!("`--set {name}={text}` cannot be read: {message}"),
                    ));
                    return;
                }
            },
        };
        self.keep(name, Some(&value), false);
        Arc::make_mut(&mut self.variables).insert(name, value);
    }

    /// Remembers what came from outside.
    fn keep(&mut self, name: &str, value: Option<&Json>, secret: bool) {
        match value {
            Some(_) if secret => drop(self.outside.hidden.insert(name.into())),
            Some(value) => drop(self.outside.values.insert(name.into(), value.clone())),
            None => {}
        }
    }

    fn names(&self) -> Names {
        Names { variables: self.variables.clone(), surroundings: self.surroundings.clone(), item: None }
    }

    fn given_for(&self, name: &str, variable: Option<&str>) -> Option<(Json, Origin)> {
        if let Some((_, text)) = self.wishes.givens.set.iter().rev().find(|(key, _)| key == name) {
            return Some((text.as_str().into(), Origin::Set));
        }
        if let Some((file, value)) =
            self.wishes.givens.files.iter().rev().find_map(|(file, map)| Some((file, map.get(name)?)))
        {
            return Some((value.clone(), Origin::File(file.clone())));
        }
        let variable = variable?;
        let value = self.surroundings.environment.get(variable)?;
        Some((value.as_str().into(), Origin::Environment(variable.into())))
    }

    fn typed(
        &self,
        name: &str,
        node: NodeId,
        given: Json,
        origin: &Origin,
        input: &Input,
        complaints: &mut Complaints,
    ) -> Option<Json> {
        let value = match (&given, input.r#type) {
            (Json::String(text), InputType::Number) => text
                .trim()
                .parse::<i64>()
                .map(Json::from)
                .or_else(|_| text.trim().parse::<f64>().map(Json::from))
                .unwrap_or(given),
            (Json::String(text), InputType::Boolean) => text.trim().parse::<bool>().map(Json::from).unwrap_or(given),
            (Json::String(text), InputType::List) if !text.trim_start().starts_with('[') => {
                text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
            }
            (Json::String(text), InputType::List | InputType::Map) => serde_json::from_str(text).unwrap_or(given),
            _ => given,
        };
        match check_type(&value, input.r#type) {
            Ok(()) => Some(value),
            Err(message) => {
                let from = match origin {
                    Origin::Set => format!("`--set {name}=…`"),
                    Origin::File(file) => format!("`{name}` in {file}"),
                    Origin::Environment(variable) => format!("the environment variable {variable}"),
                };
                // the value itself may be a secret, so it is not shown
                let message = if input.secret { format!("{} is needed", input.r#type.word()) } else { message };
                complaints.push(Complaint::error(
                    "E0310",
                    &self.pack.document.source,
                    self.pack.document.span(node),
                    format!("{from} does not fit the input `{name}`: {message}"),
                ));
                None
            }
        }
    }

    fn reserved(&self, name: &str, node: NodeId, complaints: &mut Complaints) {
        let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let (message, help) = match (RESERVED.contains(&name), identifier) {
            (true, _) => (format!("`{name}` has a meaning of its own and cannot be a variable"), "rename it"),
            (_, false) => {
                (format!("`{name}` cannot be a variable"), "use letters, digits and `_`, so that `${…}` can name it")
            }
            _ => return,
        };
        complaints.push(
            Complaint::error("E0311", &self.pack.document.source, self.pack.document.span(node), message).help(help),
        );
    }
}

fn check_type(value: &Json, wanted: InputType) -> Result<(), String> {
    let unit = |parse: &dyn Fn(&str) -> Result<(), String>| {
        value.as_str().ok_or(format!("{} is needed, found {value}", wanted.word())).and_then(parse)
    };
    let fits = match wanted {
        InputType::Text => value.is_string(),
        InputType::Number => value.is_number(),
        InputType::Boolean => value.is_boolean(),
        InputType::List => value.is_array(),
        InputType::Map => value.is_object(),
        InputType::Duration => return unit(&|text| duration::parse(text).map(drop)),
        InputType::Size => return unit(&|text| bytes::parse(text).map(drop)),
        InputType::Percent => return unit(&|text| percent::parse(text).map(drop)),
    };
    if fits { Ok(()) } else { Err(format!("{} is needed, found {value}", wanted.word())) }
}

/// Every text inside a secret value is secret.
fn remember_secret(value: &Json, secrets: &mut Vec<String>) {
    match value {
        Json::String(text) if !text.is_empty() => secrets.push(text.clone()),
        Json::Number(number) => secrets.push(number.to_string()),
        Json::Array(items) => items.iter().for_each(|item| remember_secret(item, secrets)),
        Json::Object(map) => map.values().for_each(|item| remember_secret(item, secrets)),
        _ => {}
    }
}

/// Setting a name that no pack declares is an error.
fn undeclared(all: &AllVariables, wishes: &Wishes, complaints: &mut Complaints) {
    let names =
        |variables: &'_ Arc<Variables>| variables.values.keys().chain(&variables.pending).cloned().collect::<Vec<_>>();
    let declared: BTreeSet<String> = all.packs.iter().flat_map(names).collect();
    let set =
        wishes.givens.set.iter().map(|(name, text)| ("the command line", name, Some(format!("--set {name}={text}"))));
    let files =
        wishes.givens.files.iter().flat_map(|(file, map)| map.keys().map(move |name| (file.as_str(), name, None)));
    for (source, name, line) in set.chain(files) {
        if !declared.contains(name) {
            let known: Vec<&str> = declared.iter().map(String::as_str).collect();
            let help = match did_you_mean(name, known.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None if known.is_empty() => "declare it under `vars:` or `inputs:` of a pack".into(),
                None => format!("declared: {}", listed(&known)),
            };
            let text = line.unwrap_or_else(|| name.clone());
            let error = TextError { range: 0..0, message: format!("no pack declares `{name}`"), help: Some(help) };
            complaints.push(outside(source, &text, "E0308", error));
        }
    }
}

/// A complaint about a text that stands in no pack.
pub fn outside(source: &str, text: &str, code: &'static str, error: TextError) -> Complaint {
    let source = Arc::new(crate::spec::source::Source::new(source, text));
    let range = if error.range.is_empty() { 0..text.len() } else { error.range };
    let mut complaint = Complaint::error(
        code,
        &source,
        crate::spec::source::Span::new(range.start as u32, range.end as u32),
        error.message,
    );
    complaint.help = error.help;
    complaint
}

/// Reads `--vars` files: YAML or JSON maps.
pub fn read_vars(name: &str, bytes: Vec<u8>, complaints: &mut Complaints) -> Option<(String, Map<String, Json>)> {
    let source = yaml::read_bytes(name, bytes, complaints)?;
    let document = yaml::parse(source, complaints)?;
    match document.to_json(document.root()) {
        Json::Object(map) => Some((name.to_string(), map)),
        _ => {
            complaints.push(Complaint::error(
                "E0103",
                &document.source,
                document.span(document.root()),
                "a map of names and values is needed here",
            ));
            None
        }
    }
}
