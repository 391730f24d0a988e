//! The file of answers that operators gave to `manual` checks: `pack/id: { answer, by, at, note }`.
//!
//! Deliberately absent: whether an answer still counts, which the `manual` probe decides.

use super::diagnostic::{Complaint, Complaints, did_you_mean};
use super::given::{NoNames, Reader};
use super::load::read_document;
use crate::fact::Moment;
use crate::{choice, described};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;

choice! {
    /// What an operator answers.
    pub enum YesNo {
        /// It is so.
        Yes = "yes",
        /// It is not.
        No = "no",
    }
}

described! {
    /// One answer.
    #[derive(PartialEq, Eq)]
    pub struct Answer {
        /// `yes` or `no`.
        answer: YesNo,
        /// Who answered.
        by: String,
        /// When, e.g. `2027-01-31T12:00:00Z`.
        at: Moment,
        /// A remark.
        note: Option<String>,
    }
}

/// Answers by the name of the check, `pack/id`.
pub type Answers = BTreeMap<String, Answer>;

/// Reads a file of answers to checks of these names; an answer to a check that is not there is an error.
pub fn read(path: &Path, names: &[String], complaints: &mut Complaints) -> Answers {
    let Some(document) = read_document(path, complaints) else { return Answers::new() };
    let answers: Option<Answers> = Reader::new(&document, &NoNames, complaints).read(document.root());
    for entry in document.entries(document.root()) {
        let name = document.key(entry);
        if !names.iter().any(|known| known == name) {
            let near = did_you_mean(name, names.iter().map(String::as_str));
            let help = near.map_or("a check is named `pack/id`".into(), |word| format!("did you mean `{word}`?"));
            let message = format!("there is no manual check named `{name}` to be answered");
            complaints.push(Complaint::error("E0408", &document.source, entry.key_span, message).help(help));
        }
    }
    answers.unwrap_or_default()
}

/// Answers as data, to be written.
pub fn to_json(answers: &Answers) -> Json {
    let answer = |answer: &Answer| {
        let mut json = json!({ "answer": answer.answer.word(), "by": answer.by, "at": answer.at.to_string() });
        if let Some(note) = &answer.note {
            json["note"] = note.as_str().into();
        }
        json
    };
    Json::Object(answers.iter().map(|(name, one)| (name.clone(), answer(one))).collect())
}
