//! Behavioural tests in the manner of CheckList (Ribeiro et al. 2020, arXiv 2005.04118): small texts, each with what the
//! service has to say about it, by capability.

mod cases;
mod check;
mod table;

use std::collections::BTreeMap;

use klartext_proto::v1::{Comment, Insight};
use serde::Serialize;

pub use cases::{Bounds, Case, Direction, Expectation, Kind, OneOrMany, SameLabel, read_cases};
pub use check::failures;
pub use table::{BehaviourTable, FailureList};

use crate::data::Language;
use crate::metrics::Bootstrap;
use crate::report::{Answers, Heading, Row};
use crate::service::Service;
use crate::{Error, Result};

/// Of the cases that name no journey.
const JOURNEY: &str = "generic";

/// A case and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    #[serde(flatten)]
    pub case: Case,
    /// What is not as expected; empty when the case passes.
    pub failures: Vec<String>,
    /// What the service says about the text, and about the variant if there is one, in short.
    pub said: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct BehaviourReport {
    pub results: Vec<CaseResult>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    pub passed: usize,
    pub all: usize,
}

impl CaseResult {
    pub fn passes(&self) -> bool {
        self.failures.is_empty()
    }
}

impl BehaviourReport {
    /// By capability, in the order of their names.
    pub fn by_capability(&self) -> BTreeMap<&str, Vec<&CaseResult>> {
        let mut capabilities: BTreeMap<&str, Vec<&CaseResult>> = BTreeMap::new();
        for result in &self.results {
            capabilities.entry(&result.case.capability).or_default().push(result);
        }
        capabilities
    }

    /// All cases, then a row for each capability.
    pub fn rows(&self, data: &str, bootstrap: &Bootstrap) -> Vec<Row> {
        let everything: Vec<&CaseResult> = self.results.iter().collect();
        let mut rows = vec![row("behaviour", data, &everything, bootstrap)];
        for (capability, results) in self.by_capability() {
            rows.push(row(&format!("behaviour: {capability}"), data, &results, bootstrap));
        }
        rows
    }
}

/// Ask the service about every text and variant, and compare.
///
/// # Errors
/// There are no cases, or the service does not answer.
pub fn run(service: &Service, cases: Vec<Case>) -> Result<BehaviourReport> {
    if cases.is_empty() {
        return Err(Error::TooLittleData("there are no behavioural cases".to_owned()));
    }
    let insights = service.insights(cases.iter().flat_map(comments).collect())?;
    let mut insights = insights.iter();
    let mut results = Vec::with_capacity(cases.len());
    for case in cases {
        let said: Vec<&Insight> = insights.by_ref().take(case.texts().count()).collect();
        let (of_text, of_variant) = (said[0], said.get(1).copied());
        let failures = failures(&case, of_text, of_variant)?;
        results.push(CaseResult { case, failures, said: said.into_iter().map(summary).collect() });
    }
    Ok(BehaviourReport { results })
}

fn comments(case: &Case) -> impl Iterator<Item = Comment> {
    case.texts().enumerate().map(|(position, text)| Comment {
        external_id: format!("{}/{position}", case.id),
        source: "behaviour".to_owned(),
        text: text.to_owned(),
        journey: case.journey.clone().unwrap_or_else(|| JOURNEY.to_owned()),
        ..Comment::default()
    })
}

pub fn passed<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Passed {
    let mut passed = Passed::default();
    for result in results {
        passed.all += 1;
        passed.passed += usize::from(result.passes());
    }
    passed
}

fn row(task: &str, data: &str, results: &[&CaseResult], bootstrap: &Bootstrap) -> Row {
    const PASSED: &str = "passed";
    let mut answers = Answers::default();
    for (position, result) in results.iter().enumerate() {
        let given = if result.passes() { PASSED } else { "failed" };
        let words = format!("{}: {} ({})", result.case.id, result.case.text, result.failures.join("; "));
        answers.add(position, &words, &[PASSED], &[given]);
    }
    let parts = Kind::ALL.map(|kind| (kind.name(), of_kind(results, kind)));
    let languages = [("de", of_language(results, Language::De)), ("en", of_language(results, Language::En))];
    let notes: Vec<String> = parts
        .into_iter()
        .chain(languages)
        .filter(|(_, passed)| passed.all > 0)
        .map(|(name, Passed { passed, all })| format!("{name} {passed}/{all}"))
        .collect();
    let heading = Heading {
        task: task.to_owned(),
        data: data.to_owned(),
        unit: "cases",
        note: format!("pass rate; {}", notes.join(", ")),
        has_majority: false,
    };
    // To pass is the only right answer: there is no mean over classes, and no agreement by chance.
    Row { macro_: None, kappa: None, ..answers.row(heading, results.len(), bootstrap) }
}

pub fn of_kind(results: &[&CaseResult], kind: Kind) -> Passed {
    passed(results.iter().copied().filter(|result| result.case.kind == kind))
}

pub fn of_language(results: &[&CaseResult], language: Language) -> Passed {
    passed(results.iter().copied().filter(|result| result.case.lang == language))
}

/// On one line: the comment, then its mentions.
fn summary(insight: &Insight) -> String {
    let sentiment = insight.sentiment.unwrap_or_default();
    let action = insight.action.unwrap_or_default();
    let mentions: Vec<String> = insight.mentions.iter().map(mention_summary).collect();
    format!(
        "{} {:+.2}, severity {:.2}, {}, {}, personal data {}; {}",
        check::name_of_polarity(sentiment.polarity()),
        sentiment.score,
        insight.severity,
        check::name_of_action(action.kind()),
        insight.language,
        insight.personal_data.len(),
        mentions.join(" | ")
    )
}

fn mention_summary(mention: &klartext_proto::v1::Mention) -> String {
    let sentiment = mention.sentiment.unwrap_or_default();
    let touchpoint = mention.touchpoint.as_ref().map_or("–", |tag| tag.touchpoint.as_str());
    let frictions: String = check::frictions_of(mention).iter().map(|kind| format!(", {}", kind.name())).collect();
    let polarity = check::name_of_polarity(sentiment.polarity());
    format!("\"{}\" {polarity} {:+.2}, {touchpoint}{frictions}", mention.text, sentiment.score)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: &str, capability: &str, kind: &str, failures: &[&str]) -> CaseResult {
        let variant = if kind == "mft" { "" } else { r#""variant":"Gut!","# };
        let expect = if kind == "mft" { r#"{"sentiment":"positive"}"# } else { r#"{"same":["sentiment"]}"# };
        let line = format!(
            r#"{{"id":"{id}","capability":"{capability}","kind":"{kind}","lang":"de","text":"Gut",{variant}"expect":{expect}}}"#
        );
        let case: Case = serde_json::from_str(&line).expect("a case");
        CaseResult {
            case,
            failures: failures.iter().map(|&failure| failure.to_owned()).collect(),
            said: vec!["positive".to_owned()],
        }
    }

    fn report() -> BehaviourReport {
        BehaviourReport {
            results: vec![
                result("a-1", "negation", "mft", &[]),
                result("a-2", "negation", "inv", &["sentiment: positive and neutral"]),
                result("b-1", "irony", "mft", &["sentiment: positive instead of negative"]),
            ],
        }
    }

    #[test]
    fn rows_are_pass_rates_by_capability() {
        let rows = report().rows("behaviour", &Bootstrap::default());
        let tasks: Vec<&str> = rows.iter().map(|row| row.task.as_str()).collect();
        assert_eq!(tasks, ["behaviour", "behaviour: irony", "behaviour: negation"]);
        assert!((rows[0].micro.value - 1.0 / 3.0).abs() < 1e-9 && rows[0].count == 3);
        assert!((rows[2].micro.value - 0.5).abs() < 1e-9 && rows[2].macro_.is_none());
        assert_eq!(rows[2].note, "pass rate; mft 1/1, inv 0/1, de 1/2");
    }

    #[test]
    fn failures_are_listed_with_what_was_said() {
        let report = report();
        let list = FailureList(&report).to_string();
        assert!(list.contains("a-2 (negation, inv, de)") && list.contains("sentiment: positive and neutral"), "{list}");
        assert!(!list.contains("a-1"), "{list}");
        let table = BehaviourTable(&report).to_string();
        assert!(table.contains("| negation   | 1/2 | 1/1 | 0/1 |"), "{table}");
    }
}
