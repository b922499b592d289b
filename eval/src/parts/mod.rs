//! What is measured: part by part, each on every set of data that is there.

mod aspects;
mod language;
mod personal_data;
mod sentiment;
mod sources;

use std::path::Path;

use clap::ValueEnum;
use klartext_models::heads::{Figure, Heads};

pub use sentiment::fine_tuned_row;
pub use sources::{OwnFiles, Sources};

use crate::behaviour;
use crate::data::{self, DataFolder, DataSet, file_stem, read_lines};
use crate::gold::{self, Compared, Measured, Split};
use crate::metrics::Bootstrap;
use crate::personal_data as labelled;
use crate::report::{Estimate, Heading, Report, Row};
use crate::vectors::Vectors;
use crate::{Error, Result};

const GOLD_TEST: &str = Split::Test.name_of_gold();

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Of texts by the head; of gold mentions and comments by the service
    Sentiment,
    /// Categories of MobASA, and categories with polarity
    Aspects,
    /// Where the service cuts comments into mentions
    Span,
    Touchpoint,
    Topics,
    Friction,
    Handover,
    Discrepancy,
    /// What a comment asks for: cross-validated when the head was trained
    Action,
    Language,
    /// What is masked
    PersonalData,
    /// The behavioural tests, by capability
    Behaviour,
}

/// How a part of the gold comments is looked at.
type GoldPart = fn(&[Compared<'_>]) -> Vec<Measured>;

impl Part {
    /// Those that compare what the service says about gold comments with their labels.
    fn of_gold(self) -> Option<GoldPart> {
        match self {
            Part::Sentiment => Some(gold::sentiment),
            Part::Span => Some(gold::span),
            Part::Touchpoint => Some(gold::touchpoint),
            Part::Topics => Some(gold::topics),
            Part::Friction => Some(gold::friction),
            Part::Handover => Some(gold::handover),
            Part::Discrepancy => Some(gold::discrepancy),
            Part::Aspects | Part::Action | Part::Language | Part::PersonalData | Part::Behaviour => None,
        }
    }
}

/// Measure parts on the project's data; what is not there is left out and named.
///
/// # Errors
/// Nothing that was asked for is there, or something else than missing data went wrong.
pub fn report(parts: &[Part], sources: &mut Sources, bootstrap: &Bootstrap) -> Result<Report> {
    let mut collected = Collected::default();
    for &part in parts {
        match part {
            Part::Sentiment => dev_sentiment(sources, bootstrap, &mut collected)?,
            Part::Aspects => dev_aspects(sources, bootstrap, &mut collected)?,
            Part::Action => collected.add(action_row(&Heads::shipped()?).map(|row| vec![row]))?,
            Part::Language => languages(sources, bootstrap, &mut collected)?,
            Part::PersonalData => {
                let texts = labelled::read(&sources.own.personal_data, Split::Test);
                collected.add(texts.map(|texts| personal_data::rows("personal_data test", &texts, bootstrap)))?;
            }
            Part::Behaviour => {
                let folder = sources.own.behaviour.clone();
                collected.add(behaviour_rows(&folder, sources, bootstrap))?;
            }
            Part::Span | Part::Touchpoint | Part::Topics | Part::Friction | Part::Handover | Part::Discrepancy => {}
        }
        if let Some(of_gold) = part.of_gold() {
            collected.add(gold_rows(of_gold, sources, bootstrap))?;
        }
    }
    collected.into_report()
}

/// Measure one part on a file of the format that it reads (eval/README.md).
///
/// # Errors
/// The file is missing or of another format, has nothing to measure, or the part reads no file.
pub fn report_on_file(part: Part, file: &Path, sources: &mut Sources, bootstrap: &Bootstrap) -> Result<Report> {
    if let Some(of_gold) = part.of_gold()
        && (part != Part::Sentiment || has_mentions(file)?)
    {
        let judged = sources.judge(file)?;
        let rows = of_gold(&judged.compared()).into_iter().map(|measured| row(measured, &file_stem(file), bootstrap));
        return Ok(Report { rows: rows.collect(), left_out: Vec::new() });
    }
    let heads = Heads::shipped()?;
    let rows = match part {
        Part::Sentiment => sentiment::rows(&DataSet::read(file)?, &heads, sources.label_vectors()?, bootstrap)?,
        Part::Aspects => aspects::rows(&DataSet::read(file)?, &heads, sources.label_vectors()?, bootstrap)?,
        Part::Language => language::rows(&file_stem(file), &read_lines(file)?, bootstrap)?,
        Part::PersonalData => personal_data::rows(&file_stem(file), &read_lines(file)?, bootstrap),
        Part::Behaviour => behaviour_rows(file, sources, bootstrap)?,
        _ => return Err(Error::NotGiven("this part is not measured on a file")),
    };
    Ok(Report { rows, left_out: Vec::new() })
}

/// The heads on the dev files: what training writes down about them.
///
/// # Errors
/// A dev file or the encoder is missing.
pub fn rows_of_heads(
    heads: &Heads,
    folder: &DataFolder,
    vectors: &mut Vectors,
    bootstrap: &Bootstrap,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for name in sentiment::DEV_FILES {
        rows.extend(sentiment::rows(&folder.set(name)?, heads, vectors, bootstrap)?);
    }
    for set in aspects::dev_sets(folder)? {
        rows.extend(aspects::rows(&set, heads, vectors, bootstrap)?);
    }
    Ok(rows)
}

/// Rows as they come, and what was missing.
#[derive(Default)]
struct Collected {
    report: Report,
    first_missing: Option<Error>,
}

impl Collected {
    fn add(&mut self, rows: Result<Vec<Row>>) -> Result<()> {
        match rows {
            Ok(rows) => self.report.rows.extend(rows),
            Err(error) if error.is_missing_input() => {
                let reason = error.to_string();
                if !self.report.left_out.contains(&reason) {
                    self.report.left_out.push(reason);
                }
                self.first_missing.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn into_report(self) -> Result<Report> {
        match self.first_missing {
            Some(error) if self.report.rows.is_empty() => Err(error),
            _ => Ok(self.report),
        }
    }
}

fn dev_sentiment(sources: &mut Sources, bootstrap: &Bootstrap, collected: &mut Collected) -> Result<()> {
    let folder = match sources.data() {
        Ok(folder) => folder,
        Err(error) => return collected.add(Err(error)),
    };
    let heads = Heads::shipped()?;
    for name in sentiment::DEV_FILES {
        let set = folder.set(name);
        collected.add(set.and_then(|set| sentiment::rows(&set, &heads, sources.label_vectors()?, bootstrap)))?;
    }
    let adapted = folder.set(data::GERMEVAL_DEV);
    let row = adapted.and_then(|set| sentiment::adapted_row(&set, sources.label_vectors()?, bootstrap));
    collected.add(row.map(|row| vec![row]))
}

fn dev_aspects(sources: &mut Sources, bootstrap: &Bootstrap, collected: &mut Collected) -> Result<()> {
    let heads = Heads::shipped()?;
    let sets = match sources.data().and_then(|folder| aspects::dev_sets(&folder)) {
        Ok(sets) => sets,
        Err(error) => return collected.add(Err(error)),
    };
    for set in sets {
        let vectors = sources.label_vectors();
        collected.add(vectors.and_then(|vectors| aspects::rows(&set, &heads, vectors, bootstrap)))?;
    }
    Ok(())
}

fn languages(sources: &Sources, bootstrap: &Bootstrap, collected: &mut Collected) -> Result<()> {
    let data = format!("{GOLD_TEST} + {}", file_stem(&sources.own.languages));
    let own_texts = language::own_texts(&sources.own);
    collected.add(own_texts.and_then(|texts| language::rows(&data, &texts, bootstrap)))?;
    let dev_texts = sources.data().and_then(|folder| language::dev_texts(&folder));
    collected.add(dev_texts.and_then(|(data, texts)| language::rows(&data, &texts, bootstrap)))
}

/// The head has no dev file: the figures are those that its training wrote down.
fn action_row(heads: &Heads) -> Result<Row> {
    const TASK: &str = "action";
    let figure = |metric: &str| {
        let figures = heads.manifest.figures.iter();
        figures
            .clone()
            .find(|figure| figure.task == TASK && figure.metric == metric)
            .ok_or_else(|| Error::TooLittleData(format!("the heads' manifest has no {metric} of the task {TASK}")))
    };
    let (micro, macro_) = (figure("micro-F1")?, figure("macro-F1")?);
    let texts = heads.manifest.data.iter().find(|data| data.name == "actions").map_or(0, |data| data.texts);
    let estimate = |figure: &Figure| Estimate { value: figure.value, interval: None };
    Ok(Row {
        task: TASK.to_owned(),
        data: micro.data.clone(),
        count: texts,
        unit: "texts",
        micro: estimate(micro),
        macro_: Some(estimate(macro_)),
        precision: micro.value,
        recall: micro.value,
        majority: None,
        kappa: None,
        calibration_error: None,
        calibration_error_by_chance: None,
        reliability: Vec::new(),
        second_labeller: None,
        note: "written down by the training; texts of one author".to_owned(),
        confusion: None,
    })
}

fn behaviour_rows(path: &Path, sources: &mut Sources, bootstrap: &Bootstrap) -> Result<Vec<Row>> {
    let cases = behaviour::read_cases(path)?;
    Ok(behaviour::run(sources.service()?, cases)?.rows(&file_stem(path), bootstrap))
}

/// The service on the test split; beside it the second labeller on all that were labelled twice.
fn gold_rows(of_gold: GoldPart, sources: &mut Sources, bootstrap: &Bootstrap) -> Result<Vec<Row>> {
    let gold = sources.gold()?;
    let by_service = of_gold(&gold.by_service.compared());
    let by_second_labeller = of_gold(&gold.by_second_labeller.compared());
    let rows = by_service.into_iter().zip(by_second_labeller).map(|(measured, second)| Row {
        second_labeller: (!second.answers.is_empty()).then(|| second.answers.rating()),
        ..row(measured, GOLD_TEST, bootstrap)
    });
    Ok(rows.collect())
}

fn row(measured: Measured, data: &str, bootstrap: &Bootstrap) -> Row {
    let heading = Heading {
        task: measured.task,
        data: data.to_owned(),
        unit: measured.unit,
        note: measured.note,
        has_majority: measured.has_majority,
    };
    measured.answers.row(heading, measured.count, bootstrap)
}

/// Whether a file is in the gold format: then the service is asked, and not the head alone.
fn has_mentions(file: &Path) -> Result<bool> {
    let lines: Vec<serde_json::Value> = read_lines(file)?;
    Ok(lines.first().is_some_and(|line| line.get("mentions").is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::ServiceOptions;
    use klartext_models::encoder::Precision;

    /// Sources that have nothing but what is inside the program.
    fn nothing(folder: &Path) -> Sources {
        let service = ServiceOptions { binary: Some(folder.join("klartext")), ..ServiceOptions::default() };
        Sources::new(OwnFiles::in_folder(folder), None, folder.to_owned(), Precision::Float32, service)
    }

    #[test]
    fn what_is_missing_is_named_and_the_rest_is_measured() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sources = nothing(folder.path());
        let all = [Part::Sentiment, Part::Action, Part::Friction, Part::Behaviour];
        let report = report(&all, &mut sources, &Bootstrap::default()).expect("one part is there");
        assert_eq!(report.rows.iter().map(|row| row.task.as_str()).collect::<Vec<_>>(), ["action"]);
        assert!(report.left_out.iter().any(|reason| reason.contains("--data")), "{:?}", report.left_out);
        assert!(report.left_out.iter().any(|reason| reason.contains("comments.jsonl")), "{:?}", report.left_out);
    }

    #[test]
    fn a_part_without_its_data_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = report(&[Part::Aspects], &mut nothing(folder.path()), &Bootstrap::default()).expect_err("no data");
        assert!(error.is_missing_input(), "{error}");
    }

    #[test]
    fn a_file_of_texts_is_measured_without_a_service() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("texts.jsonl");
        std::fs::write(&file, "{\"text\":\"Der Bus kam heute wieder nicht.\",\"lang\":\"de\"}\n").expect("a file");
        let mut sources = nothing(folder.path());
        let report = report_on_file(Part::Language, &file, &mut sources, &Bootstrap::default()).expect("it is there");
        assert_eq!((report.rows[0].data.as_str(), report.rows[0].count), ("texts", 1));
        assert!(report_on_file(Part::Action, &file, &mut sources, &Bootstrap::default()).is_err());
        assert!(!has_mentions(&file).expect("it can be read"));
    }
}
