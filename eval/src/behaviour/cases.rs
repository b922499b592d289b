use std::path::Path;

use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};

use crate::data::{Language, Sentiment, files_of, read_lines};
use crate::{Error, Result};

/// A line of eval/behaviour/*.jsonl; eval/README.md describes the format.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub id: String,
    /// What it tests, for example "negation".
    pub capability: String,
    pub kind: Kind,
    pub lang: Language,
    pub text: String,
    /// The changed text of an invariance or a directional case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// "generic" where none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    pub expect: Expectation,
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Minimum functionality: what is said of the text.
    Mft,
    /// Invariance: the change makes no difference.
    Inv,
    /// Directional: the change makes a difference in one direction.
    Dir,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Mft, Kind::Inv, Kind::Dir];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Mft => "mft",
            Kind::Inv => "inv",
            Kind::Dir => "dir",
        }
    }
}

/// What has to hold; everything that is named.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Of the comment: one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<OneOrMany<Sentiment>>,
    /// Kinds that some mention shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub friction: Vec<FrictionKind>,
    /// Kinds that no mention shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_friction: Vec<ForbiddenFriction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ExpectedAction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<ExpectedLanguage>,
    /// How many mentions there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Bounds>,
    /// One of these, in some mention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<OneOrMany<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_personal_data: Option<bool>,
    /// Labels that text and variant share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<SameLabel>,
    /// Of the variant against the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment_score: Option<Direction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Direction>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(value) => std::slice::from_ref(value),
            OneOrMany::Many(values) => values,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ForbiddenFriction {
    Kind(FrictionKind),
    Any(AnyKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnyKind {
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedAction {
    AnswerNeeded,
    Suggestion,
    Praise,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedLanguage {
    De,
    En,
    Other,
}

/// At least one of them is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameLabel {
    Sentiment,
    Friction,
    Action,
    Language,
    Touchpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Up,
    Down,
}

impl Case {
    /// The text, and the variant if there is one.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [self.text.as_str()].into_iter().chain(self.variant.as_deref())
    }

    /// Whether it expects what cases of its kind can expect.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> std::result::Result<(), String> {
        let expect = &self.expect;
        let of_text = expect.sentiment.is_some()
            || !expect.friction.is_empty()
            || !expect.no_friction.is_empty()
            || expect.action.is_some()
            || expect.language.is_some()
            || expect.mentions.is_some()
            || expect.touchpoint.is_some()
            || expect.no_personal_data.is_some();
        let of_direction = expect.sentiment_score.is_some() || expect.severity.is_some();
        let expected = (of_text, !expect.same.is_empty(), of_direction);
        let is_right_kind = match self.kind {
            Kind::Mft => expected == (true, false, false) && self.variant.is_none(),
            Kind::Inv => expected == (false, true, false) && self.variant.is_some(),
            Kind::Dir => expected == (false, false, true) && self.variant.is_some(),
        };
        if !is_right_kind {
            return Err(format!("it does not expect what a case of kind {} expects", self.kind.name()));
        }
        if self.texts().any(|text| text.trim().is_empty()) || self.variant.as_ref() == Some(&self.text) {
            return Err("a text is empty, or the variant is the text".to_owned());
        }
        if expect.mentions.is_some_and(|bounds| bounds.at_least.is_none() && bounds.at_most.is_none()) {
            return Err("the number of mentions has no bound".to_owned());
        }
        Ok(())
    }
}

/// The cases of a file, or of every .jsonl file of a folder in the order of their names.
///
/// # Errors
/// There is no such file or folder, or a line is no case.
pub fn read_cases(path: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in files_of(path)? {
        for case in read_lines::<Case>(&file)? {
            case.check()
                .map_err(|reason| Error::TooLittleData(format!("{}, {}: {reason}", file.display(), case.id)))?;
            cases.push(case);
        }
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn case(fields: &str) -> serde_json::Result<Case> {
        serde_json::from_str(&format!(r#"{{"id":"1","capability":"c","lang":"de","text":"Gut",{fields}}}"#))
    }

    #[test]
    fn every_expectation_can_be_read() {
        let mft = r#""kind":"mft","expect":{"sentiment":["negative","mixed"],"friction":["waiting"],"no_friction":["any"],
            "action":"answer_needed","language":"other","mentions":{"at_least":2},"touchpoint":"delivery",
            "no_personal_data":true}"#;
        let mft = case(mft).expect("it is a case");
        assert_eq!(mft.check(), Ok(()));
        assert_eq!(mft.expect.no_friction, [ForbiddenFriction::Any(AnyKind::Any)]);
        assert_eq!(mft.expect.touchpoint.map(|one| one.as_slice().to_vec()), Some(vec!["delivery".to_owned()]));
        let inv = case(r#""kind":"inv","variant":"Gut!","expect":{"same":["sentiment","friction"]}"#);
        assert_eq!(inv.expect("it is a case").check(), Ok(()));
        let dir = case(r#""kind":"dir","variant":"Sehr gut","expect":{"sentiment_score":"up"}"#);
        assert_eq!(dir.expect("it is a case").check(), Ok(()));
    }

    #[test]
    fn a_case_that_cannot_be_right_is_refused() {
        for fields in [
            r#""kind":"mft","expect":{}"#,
            r#""kind":"mft","expect":{"same":["sentiment"]}"#,
            r#""kind":"inv","expect":{"same":["sentiment"]}"#,
            r#""kind":"inv","variant":"Gut","expect":{"same":["sentiment"]}"#,
            r#""kind":"dir","variant":" ","expect":{"severity":"up"}"#,
            r#""kind":"mft","expect":{"mentions":{}}"#,
        ] {
            assert!(case(fields).expect("it can be read").check().is_err(), "{fields}");
        }
        assert!(case(r#""kind":"mft","expect":{"sentimnet":"positive"}"#).is_err());
    }

    #[test]
    fn a_folder_is_read_file_by_file() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read_cases(folder.path()).is_err_and(|error| error.is_missing_input()));
        let line = |id: &str, sentiment: &str| {
            format!(
                "{{\"id\":\"{id}\",\"capability\":\"c\",\"kind\":\"mft\",\"lang\":\"en\",\"text\":\"Good\",\
                 \"expect\":{{\"sentiment\":\"{sentiment}\"}}}}\n"
            )
        };
        fs::write(folder.path().join("b.jsonl"), line("2", "positive")).expect("a file");
        fs::write(folder.path().join("a.jsonl"), line("1", "neutral")).expect("a file");
        fs::write(folder.path().join("README.md"), "words").expect("a file");
        let ids: Vec<String> =
            read_cases(folder.path()).expect("they are cases").into_iter().map(|case| case.id).collect();
        assert_eq!(ids, ["1", "2"]);
    }
}
