//! Reading data sets: one JSON object a line, as described in eval/README.md.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub const SB10K_TRAIN: &str = "sb10k_train";
pub const SB10K_DEV: &str = "sb10k_dev";
pub const POTTS_TRAIN: &str = "potts_train";
pub const POTTS_DEV: &str = "potts_dev";
pub const GERMAN_EMOTIONS: &str = "german_emotions";
pub const MOBASA_DOCUMENTS_TRAIN: &str = "mobasa_documents_train";
pub const MOBASA_DOCUMENTS_DEV: &str = "mobasa_documents_dev";
pub const MOBASA_ASPECTS_TRAIN: &str = "mobasa_aspects_train";
pub const MOBASA_ASPECTS_DEV: &str = "mobasa_aspects_dev";
pub const MAMS_TRAIN: &str = "mams_train";
pub const MAMS_VAL: &str = "mams_val";
/// Research only: read to report, never to train or tune what ships.
pub const GERMEVAL_DEV: &str = "germeval2017_dev";
pub const MASSIVE_DE_TRAIN: &str = "massive_de_train";
pub const BANKING77_TRAIN: &str = "banking77_train";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    De,
    En,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Language::De => "de",
            Language::En => "en",
        }
    }
}

/// Of a text; on a mention never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sentiment {
    Negative,
    Neutral,
    Positive,
    Mixed,
}

impl Sentiment {
    pub fn name(self) -> &'static str {
        match self {
            Sentiment::Negative => "negative",
            Sentiment::Neutral => "neutral",
            Sentiment::Positive => "positive",
            Sentiment::Mixed => "mixed",
        }
    }

    /// Position in `SENTIMENT_CLASSES`; mixed is no class of its own.
    pub fn class(self) -> Option<usize> {
        match self {
            Sentiment::Negative => Some(0),
            Sentiment::Neutral => Some(1),
            Sentiment::Positive => Some(2),
            Sentiment::Mixed => None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Aspect {
    pub category: String,
    pub polarity: Sentiment,
}

/// One text with the labels that its set has.
#[derive(Debug, Clone, Deserialize)]
pub struct Example {
    pub id: String,
    pub text: String,
    pub lang: Language,
    pub sentiment: Option<Sentiment>,
    pub relevant: Option<bool>,
    #[serde(default)]
    pub aspects: Vec<Aspect>,
    /// An intent.
    pub label: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    AnswerNeeded,
    Suggestion,
    None,
}

impl Action {
    /// Position in `ACTION_CLASSES`.
    pub fn class(self) -> usize {
        match self {
            Action::AnswerNeeded => 0,
            Action::Suggestion => 1,
            Action::None => 2,
        }
    }
}

/// A line of eval/data/actions.jsonl.
#[derive(Debug, Clone, Deserialize)]
pub struct ActionExample {
    pub text: String,
    pub lang: Language,
    pub action: Action,
}

/// Texts that are measured together.
#[derive(Debug, Clone)]
pub struct DataSet {
    pub name: String,
    pub examples: Vec<Example>,
}

impl DataSet {
    /// Named after the file.
    ///
    /// # Errors
    /// The file is missing, or a line is not what it should be.
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self { name: file_stem(path), examples: read_lines(path)? })
    }
}

/// The name of a file without its ending.
pub fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The folder that holds the data sets, `<name>.jsonl` each.
#[derive(Debug, Clone)]
pub struct DataFolder {
    folder: PathBuf,
}

impl DataFolder {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// # Errors
    /// The file is missing, or a line is not what it should be.
    pub fn read(&self, name: &str) -> Result<Vec<Example>> {
        Ok(self.set(name)?.examples)
    }

    /// # Errors
    /// As `read`.
    pub fn set(&self, name: &str) -> Result<DataSet> {
        DataSet::read(&self.folder.join(format!("{name}.jsonl")))
    }
}

/// A file, or every .jsonl file of a folder in the order of their names.
///
/// # Errors
/// There is no such file in the folder.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(Error::io(path))?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort_unstable();
    match files.is_empty() {
        true => Err(Error::MissingData { path: path.join("*.jsonl") }),
        false => Ok(files),
    }
}

/// Read one value a line; empty lines are skipped.
///
/// # Errors
/// The file is missing or unreadable, or a line is no such value: the error names file and line.
pub fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let content = fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::MissingData { path: path.to_owned() },
        _ => Error::io(path)(error),
    })?;
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| Error::Line {
                path: path.to_owned(),
                line: index + 1,
                reason: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(content: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("set.jsonl"), content).expect("a file");
        folder
    }

    #[test]
    fn examples_are_read_with_the_labels_they_have() {
        let folder = folder_with(
            "{\"id\":\"1\",\"text\":\"Gut\",\"lang\":\"de\",\"sentiment\":\"positive\"}\n\n\
             {\"id\":\"2\",\"text\":\"Lift\",\"lang\":\"de\",\"relevant\":true,\
             \"aspects\":[{\"category\":\"lift\",\"polarity\":\"negative\",\"target\":\"Lift\"}]}\n",
        );
        let examples = DataFolder::new(folder.path()).read("set").expect("it is readable");
        assert_eq!(examples.len(), 2);
        assert_eq!(examples[0].sentiment.and_then(Sentiment::class), Some(2));
        assert_eq!(examples[1].aspects[0].category, "lift");
        assert_eq!(examples[1].sentiment, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let folder = folder_with("{\"id\":\"1\",\"text\":\"Gut\",\"lang\":\"de\"}\n{\"id\":\"2\"}\n");
        let error = DataFolder::new(folder.path()).read("set").expect_err("the second line has no text");
        assert!(error.to_string().contains("set.jsonl, line 2: missing field `text`"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = folder_with("");
        let error = DataFolder::new(folder.path()).read("other").expect_err("there is no such file");
        assert!(error.is_missing_input());
        assert!(error.to_string().contains("other.jsonl is missing"), "{error}");
    }
}
