//! Texts whose classes are known, for clusters that may not know them.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use klartext_models::train::Matrix;
use serde::Deserialize;

use crate::data::{self, DataFolder, Example, read_lines};
use crate::vectors::Vectors;
use crate::{Error, Result};

/// Texts with one class each, and their vectors.
pub struct ClassifiedTexts {
    pub name: String,
    /// Positions of the classes, which are numbered as they occur.
    pub classes: Vec<u32>,
    pub vectors: Matrix,
}

/// A line of a file that a user brings.
#[derive(Deserialize)]
struct LabelledLine {
    text: String,
    label: String,
}

/// Banking77 and MASSIVE-de by intent, and the texts of MobASA that are about one category.
pub fn read_sets(data: &DataFolder, vectors: &mut Vectors) -> Result<Vec<ClassifiedTexts>> {
    let mobasa = of_one_category(data.read(data::MOBASA_ASPECTS_TRAIN)?);
    let mut sets = Vec::new();
    for name in [data::BANKING77_TRAIN, data::MASSIVE_DE_TRAIN] {
        sets.push(encode(name, intents(data.read(name)?), vectors)?);
    }
    sets.push(encode(data::MOBASA_ASPECTS_TRAIN, mobasa, vectors)?);
    Ok(sets)
}

/// A JSON Lines file with `text` and `label`.
pub fn read_file(path: &Path, vectors: &mut Vectors) -> Result<ClassifiedTexts> {
    let lines: Vec<LabelledLine> = read_lines(path)?;
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    encode(&name, lines.into_iter().map(|line| (line.text, line.label)).collect(), vectors)
}

fn intents(examples: Vec<Example>) -> Vec<(String, String)> {
    examples.into_iter().filter_map(|example| Some((example.text, example.label?))).collect()
}

fn of_one_category(examples: Vec<Example>) -> Vec<(String, String)> {
    let only_category = |example: Example| {
        let categories: BTreeSet<String> = example.aspects.into_iter().map(|aspect| aspect.category).collect();
        let only = (categories.len() == 1).then(|| categories.into_iter().next())??;
        Some((example.text, only))
    };
    examples.into_iter().filter_map(only_category).collect()
}

fn encode(name: &str, texts: Vec<(String, String)>, vectors: &mut Vectors) -> Result<ClassifiedTexts> {
    if texts.is_empty() {
        return Err(Error::TooLittleData(format!("{name} has no text with a label")));
    }
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut classes = Vec::new();
    let mut only_texts = Vec::new();
    for (text, class) in texts {
        let next = numbers.len() as u32;
        classes.push(*numbers.entry(class).or_insert(next));
        only_texts.push(text);
    }
    Ok(ClassifiedTexts { name: name.to_owned(), classes, vectors: vectors.of(name, &only_texts)? })
}

impl ClassifiedTexts {
    pub fn class_count(&self) -> usize {
        self.classes.iter().max().map_or(0, |&highest| highest as usize + 1)
    }
}
