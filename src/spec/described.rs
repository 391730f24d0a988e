//! Structs that are read from YAML, documented once: the doc comments of the
//! fields are the text of the JSON Schema, of `engine explain` and of the README.

use super::given::{FromGiven, Given, Member, Reader, View};
use super::shape::{either, or_expression};
use crate::plan::interpolation::{Interpolation, contains_interpolation};
use serde_json::{Map, Value as Json, json};

/// What is known of one key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub description: &'static str,
    pub required: bool,
    /// The default as an author would write it; empty if there is none.
    pub default: fn() -> String,
    /// The type for people.
    pub type_name: fn() -> String,
    pub schema: fn() -> Json,
}

/// A struct that [`described!`](crate::described) declared.
pub trait Described: Sized {
    const ABOUT: &'static str;
    const KEYS: &'static [Key];
    /// The key that a value which is no map stands for; empty if there is none.
    const SHORT: &'static str;
    /// Whether keys that are not listed are somebody else's to read.
    const OPEN: bool;

    /// Reads the keys. With `lenient`, one that is broken is taken as not given after its complaint, so that what
    /// follows from the others can be complained of too.
    fn read_keys(given: &Given, reader: &mut Reader, lenient: bool) -> Option<Self>;
}

/// A field of a described struct: required, or optional.
pub trait FromField: Sized {
    const REQUIRED: bool;
    /// Whether a `${…}` is resolved when the field is read.
    const SEES_VALUES: bool;
    fn schema() -> Json;
    fn type_name() -> String;
    fn shown(&self) -> String;
    fn read(given: &Given, reader: &mut Reader) -> Option<Self>;
    fn absent() -> Option<Self>;
    /// What a broken value is taken as by a lenient reader.
    fn stand_in() -> Option<Self>;
}

impl<T: FromGiven> FromField for T {
    const REQUIRED: bool = true;
    const SEES_VALUES: bool = T::SEES_VALUES;
    fn schema() -> Json {
        T::schema()
    }
    fn type_name() -> String {
        T::type_name()
    }
    fn shown(&self) -> String {
        T::shown(self)
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        T::read(given, reader)
    }
    fn absent() -> Option<Self> {
        None
    }
    fn stand_in() -> Option<Self> {
        T::stand_in()
    }
}

impl<T: FromGiven> FromField for Option<T> {
    const REQUIRED: bool = false;
    const SEES_VALUES: bool = T::SEES_VALUES;
    fn schema() -> Json {
        T::schema()
    }
    fn type_name() -> String {
        T::type_name()
    }
    fn shown(&self) -> String {
        self.as_ref().map(T::shown).unwrap_or_default()
    }
    fn read(given: &Given, reader: &mut Reader) -> Option<Self> {
        T::read(given, reader).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn stand_in() -> Option<Self> {
        Some(None)
    }
}

/// The keys that were given, one by one taken by the fields.
pub struct Fields<'d> {
    members: Vec<Member<'d>>,
}

impl<'d> Fields<'d> {
    /// Opens a map; a value that is no map stands for the `SHORT` key. Complains about unknown keys.
    pub fn open<T: Described>(given: &Given, reader: &mut Reader<'d>, what: impl Fn() -> String) -> Option<Fields<'d>> {
        let short = |reader: &Reader| {
            let key_span = reader.span(given);
            Some(Fields { members: vec![Member { key: T::SHORT.into(), key_span, value: given.clone() }] })
        };
        if !T::SHORT.is_empty() && is_text(given, reader) {
            return short(reader);
        }
        let members = match reader.view(given) {
            View::Map(members) => members,
            View::Unknown => return None,
            View::Null if T::KEYS.iter().all(|key| !key.required) => Vec::new(),
            _ if !T::SHORT.is_empty() => return short(reader),
            _ => return reader.wrong_type(given, &format!("a map with the keys of {}", what())),
        };
        for member in &members {
            if !T::OPEN && !T::KEYS.iter().any(|key| key.name == member.key) {
                let known: Vec<&str> = T::KEYS.iter().map(|key| key.name).collect();
                reader.unknown_key(member.key_span, &member.key, &what(), &known);
            }
        }
        Some(Fields { members })
    }

    /// Reads one field. The outer `None` is a complaint made or a value not known yet.
    pub fn take<T: FromField>(
        &mut self,
        name: &str,
        default: Option<fn() -> T>,
        given: &Given,
        reader: &mut Reader<'d>,
    ) -> Option<T> {
        if let Some(index) = self.members.iter().position(|member| member.key == name) {
            let member = self.members.swap_remove(index);
            let optional = !T::REQUIRED || default.is_some();
            match optional && T::SEES_VALUES && is_expression(&member.value, reader) {
                true => match reader.view(&member.value) {
                    View::Unknown => return None,
                    View::Null => {}
                    _ => return T::read(&member.value, reader),
                },
                false => return T::read(&member.value, reader),
            }
        }
        match default {
            Some(default) => Some(default()),
            None => T::absent().or_else(|| {
                reader.complain(
                    "E0102",
                    reader.span(given),
                    format!("the key `{name}` is missing"),
                    Some(format!("add `{name}: …`")),
                )
            }),
        }
    }
}

/// What a struct is called in complaints: a probe by its module, everything else by its own name.
pub fn called(module: &str, name: &str) -> String {
    match name {
        "Target" => format!("`{}`", module.rsplit("::").next().unwrap_or_default()),
        name => format!("`{}`", name.strip_suffix("Keys").unwrap_or(name).to_lowercase()),
    }
}

/// Whether it is nothing but a `${…}`. One that comes to nothing, as an input does that nobody gave,
/// makes its key one that was not given.
fn is_expression(given: &Given, reader: &Reader) -> bool {
    let spelling = reader.document.spelling(given.node).trim_matches(['"', '\'']);
    !given.is_literal() || (spelling.starts_with("${") && spelling.ends_with('}'))
}

/// Whether it is text, whatever its `${…}` come to: the field that takes it knows how to quote them.
fn is_text(given: &Given, reader: &Reader) -> bool {
    let text = reader.document.text(given.node).filter(|_| given.is_literal());
    let is_single = |text| contains_interpolation(text) && Interpolation::parse(text).is_ok_and(|it| it.is_single());
    text.is_some_and(|text| !is_single(text))
}

/// The key of a field: `r#type` is `type`.
pub const fn plain(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// The schema of a described struct: a map, what its `SHORT` key takes, or a `${…}` that gives them.
pub fn schema<T: Described>() -> Json {
    let mut object = object_schema(T::ABOUT, T::KEYS);
    if T::KEYS.iter().all(|key| !key.required) {
        object["type"] = json!(["object", "null"]);
    }
    or_expression(match T::KEYS.iter().find(|key| key.name == T::SHORT) {
        Some(short) => either(object, (short.schema)()),
        None => object,
    })
}

/// The schema of a map with these keys and no others.
pub fn object_schema(about: &str, keys: &[Key]) -> Json {
    let properties: Map<String, Json> = keys.iter().map(|key| (key.name.to_string(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "description": unwrapped(about), "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn property(key: &Key) -> Json {
    let mut schema = match (key.schema)() {
        Json::Object(map) => Json::Object(map),
        _ => json!({}),
    };
    let default = (key.default)();
    let default = if default.is_empty() { default } else { format!(" Default: `{default}`.") };
    schema["description"] = format!("{}{default}", unwrapped(key.description)).into();
    schema
}

/// A doc comment without its line breaks inside of paragraphs.
pub fn unwrapped(text: &str) -> String {
    let paragraphs = text.trim().split("\n\n");
    let lines = |paragraph: &str| paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    paragraphs.map(lines).collect::<Vec<_>>().join("\n\n")
}

/// Declares a struct that is read from YAML. `name: Type` is required, `name:
/// Option<Type>` and `name: Type = default` are not. `pub struct Target (short: path)`
/// says which key a value that is no map stands for.
#[macro_export]
macro_rules! described {
    ($(#[doc = $about:literal])+ $(#[derive($($derive:ident),*)])? pub struct $name:ident $((short: $short:ident))? $((open: $open:literal))? {
        $($(#[doc = $doc:literal])+ $field:ident: $type:ty $(= $default:expr)?,)*
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, $($($derive),*)?)]
        pub struct $name { $($(#[doc = $doc])+ pub $field: $type,)* }

        impl $crate::spec::described::Described for $name {
            const ABOUT: &'static str = concat!($($about, "\n",)+);
            const KEYS: &'static [$crate::spec::described::Key] = &[$($crate::spec::described::Key {
                name: $crate::spec::described::plain(stringify!($field)),
                description: concat!($($doc, "\n",)+),
                required: <$type as $crate::spec::described::FromField>::REQUIRED $(&& { stringify!($default).is_empty() })?,
                default: || {
                    #[allow(unused_mut, unused_assignments)]
                    let mut shown = String::new();
                    $(shown = <$type as $crate::spec::described::FromField>::shown(&$default);)?
                    shown
                },
                type_name: <$type as $crate::spec::described::FromField>::type_name,
                schema: <$type as $crate::spec::described::FromField>::schema,
            },)*];
            const OPEN: bool = { #[allow(unused_mut, unused_assignments)] { let mut open = false; $(open = $open;)? open } };
            const SHORT: &'static str = { #[allow(unused_mut, unused_assignments)] { let mut short = ""; $(short = $crate::spec::described::plain(stringify!($short));)? short } };

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn read_keys(given: &$crate::spec::given::Given, reader: &mut $crate::spec::given::Reader, lenient: bool) -> Option<Self> {
                let what = || $crate::spec::described::called(module_path!(), stringify!($name));
                let mut fields = $crate::spec::described::Fields::open::<Self>(given, reader, what)?;
                $(let $field: Option<$type> = {
                    let mut default: Option<fn() -> $type> = None;
                    $(default = Some(|| $default);)?
                    let read = fields.take($crate::spec::described::plain(stringify!($field)), default, given, reader);
                    let stand_in = || default.map(|default| default()).or_else(<$type as $crate::spec::described::FromField>::stand_in);
                    read.or_else(|| if lenient { stand_in() } else { None })
                };)*
                Some($name { $($field: $field?,)* })
            }
        }

        impl $crate::spec::given::FromGiven for $name {
            fn schema() -> serde_json::Value {
                $crate::spec::described::schema::<Self>()
            }
            fn type_name() -> String {
                match <Self as $crate::spec::described::Described>::SHORT {
                    "" => "map".into(),
                    short => format!("map, or its `{short}`"),
                }
            }
            fn read(given: &$crate::spec::given::Given, reader: &mut $crate::spec::given::Reader) -> Option<Self> {
                <Self as $crate::spec::described::Described>::read_keys(given, reader, false)
            }
        }
    };
}

/// Declares a choice between words.
#[macro_export]
macro_rules! choice {
    ($(#[doc = $about:literal])+ pub enum $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)* }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[doc = $doc])+ $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }

        impl $crate::spec::given::FromGiven for $name {
            fn schema() -> serde_json::Value {
                $crate::spec::shape::or_expression(serde_json::json!({
                    "enum": [$($word,)*],
                    "markdownEnumDescriptions": [$(concat!($($doc, "\n",)+).trim(),)*],
                }))
            }
            fn type_name() -> String {
                format!("one of {}", [$($word,)*].join(", "))
            }
            fn shown(&self) -> String {
                self.word().into()
            }
            fn read(given: &$crate::spec::given::Given, reader: &mut $crate::spec::given::Reader) -> Option<Self> {
                $crate::spec::described::read_choice(given, reader, &[$($word,)*]).and_then(|word| $name::from_word(&word))
            }
        }
    };
}

/// Reads one of some words; complains with "did you mean".
pub fn read_choice(given: &Given, reader: &mut Reader, words: &[&str]) -> Option<String> {
    match reader.view(given) {
        View::Text(text) if words.contains(&&*text) => Some(text.into_owned()),
        View::Text(text) => {
            let help = super::diagnostic::did_you_mean(&text, words.iter().copied())
                .map(|word| format!("did you mean `{word}`?"));
            reader.complain("E0106", reader.span(given), format!("`{text}` is not one of {}", words.join(", ")), help)
        }
        View::Unknown => None,
        _ => reader.wrong_type(given, &format!("one of {} (text)", words.join(", "))),
    }
}
