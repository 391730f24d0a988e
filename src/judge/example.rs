//! How a matcher is written for a type of fact: for documentation, editors and `engine explain`.

use super::matcher::{Argument, MatcherInfo, item_kind};
use crate::fact::Kind;
use crate::fact::kinds::{example, example_pair};

/// The argument of a matcher, in YAML.
pub fn argument(info: &MatcherInfo, kind: &Kind) -> String {
    match info.argument {
        Argument::Same => example(kind),
        Argument::SameList => format!("[{}]", example(kind)),
        Argument::SamePair => {
            let (low, high) = example_pair(kind);
            format!("[{low}, {high}]")
        }
        Argument::Matcher => matcher(kind),
        Argument::MatcherList => format!("[{}]", matcher(kind)),
        Argument::ItemMatcher => matcher(item_kind(kind)),
        Argument::ItemMatcherList => format!("[{}]", matcher(item_kind(kind))),
        _ => info.example.into(),
    }
}

/// What may stand under a fact of this type: a value if that means *equals*, else a matcher.
pub fn matcher(kind: &Kind) -> String {
    match kind {
        Kind::List(of) => format!("{{ includes: [{}] }}", matcher(of)),
        Kind::Map(of) => format!("{{ every: {} }}", matcher(of)),
        Kind::Record(fields) => match fields.first() {
            Some(field) => format!("{{ {}: {} }}", field.name, matcher(field.kind)),
            None => "{ present: true }".into(),
        },
        scalar => example(scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::kinds::TYPES;
    use crate::judge::matcher::{Matcher, fitting};
    use crate::spec::diagnostic::{Complaints, human};
    use crate::spec::given::{Given, NoNames, Reader};
    use crate::spec::source::Source;
    use crate::spec::yaml;
    use std::sync::Arc;

    #[test]
    fn every_example_of_every_type_can_be_read() {
        for info in TYPES {
            for matcher in fitting(&info.kind) {
                let text = format!("{}: {}\n", matcher.name, argument(matcher, &info.kind));
                let mut complaints = Complaints::default();
                let document = yaml::parse(Arc::new(Source::new(info.word, text)), &mut complaints).unwrap();
                let mut reader = Reader::new(&document, &NoNames, &mut complaints);
                let read = Matcher::read(&Given::node(document.root()), &info.kind, &mut reader);
                assert!(read.is_some(), "{}", human::render(&complaints, false, 100));
            }
        }
    }
}
