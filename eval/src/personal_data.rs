//! How well personal data are found: against labelled texts, half of which have none but much that looks like it.
//!
//! Every kind is looked for, whatever a service is configured to do with it, and a text takes the service's way.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use klartext_models::text::{MaskedSpan, MaskingPolicy, PersonalData, TextPreparer, Treatment};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::data::read_lines;
use crate::gold::Split;

/// A text with its personal data.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "LabelledLine")]
pub struct LabelledText {
    pub text: String,
    pub split: Split,
    /// In order; bytes of the text.
    pub spans: Vec<MaskedSpan>,
}

/// A line of eval/data/personal_data.jsonl.
#[derive(Deserialize)]
struct LabelledLine {
    text: String,
    split: Split,
    spans: Vec<LabelledSpan>,
}

/// In Unicode code points, half open.
#[derive(Deserialize)]
struct LabelledSpan {
    kind: PersonalData,
    begin: usize,
    end: usize,
}

impl TryFrom<LabelledLine> for LabelledText {
    type Error = String;

    fn try_from(line: LabelledLine) -> std::result::Result<Self, String> {
        let ends = line.text.char_indices().map(|(byte, _)| byte).chain([line.text.len()]);
        let byte_of: Vec<usize> = ends.collect();
        let in_bytes = |span: &LabelledSpan| {
            let LabelledSpan { kind, begin, end } = *span;
            let is_in_text = begin < end && end < byte_of.len();
            let outside = || format!("the span {begin} to {end} is empty or goes beyond the text");
            is_in_text.then(|| MaskedSpan { kind, bytes: byte_of[begin]..byte_of[end] }).ok_or_else(outside)
        };
        let spans = line.spans.iter().map(in_bytes).collect::<std::result::Result<Vec<_>, _>>()?;
        Ok(Self { text: line.text, split: line.split, spans })
    }
}

/// Reads the texts of one split.
///
/// # Errors
/// The file is missing, or a line is not what it should be.
pub fn read(path: &Path, split: Split) -> Result<Vec<LabelledText>> {
    let texts: Vec<LabelledText> = read_lines(path)?;
    Ok(texts.into_iter().filter(|text| text.split == split).collect())
}

/// How well personal data are found in one split.
#[derive(Debug, Clone, Serialize)]
pub struct PersonalDataReport {
    pub split: Split,
    pub texts: usize,
    /// The kinds that occur or were found, in the order of [`PersonalData::ALL`].
    pub kinds: Vec<KindReport>,
    /// Over all spans.
    pub micro: Scores,
    /// The plain mean over the kinds that occur.
    #[serde(rename = "macro")]
    pub macro_: Scores,
    /// Texts without personal data.
    pub clean_texts: usize,
    /// Those of them in which something was found.
    pub alarmed_texts: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<Mistake>,
}

#[derive(Debug, Clone, Serialize)]
pub struct KindReport {
    pub kind: PersonalData,
    /// How many there are, and how many were found.
    pub spans: usize,
    pub found: usize,
    #[serde(flatten)]
    pub scores: Scores,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Scores {
    /// A find counts if its kind and both ends are right.
    pub exact: Score,
    /// A find counts if it has a character in common with a span of its kind.
    pub overlap: Score,
    /// The share of the characters that are gone, masked as whatever kind, 0 to 1.
    pub covered: f64,
}

/// Each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Score {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// A span that was not found exactly, or a find that is no span.
#[derive(Debug, Clone, Serialize)]
pub struct Mistake {
    pub is_missed: bool,
    pub kind: PersonalData,
    pub words: String,
    pub text: String,
}

/// A report as a table for people.
pub struct PersonalDataTable<'a>(pub &'a PersonalDataReport);

/// Masks the texts, which are those of `split`, and compares. `with_mistakes` also says what went wrong in words.
pub fn measure(texts: &[LabelledText], split: Split, with_mistakes: bool) -> PersonalDataReport {
    let preparer = TextPreparer::new(MaskingPolicy::all(Treatment::Mask));
    let mut tallies = PersonalData::ALL.map(|_| Tally::default());
    let mut mistakes = Vec::new();
    let mut alarmed_texts = 0;
    for text in texts {
        let found = preparer.prepare(&text.text, None).masked;
        alarmed_texts += usize::from(text.spans.is_empty() && !found.is_empty());
        tally(&text.spans, &found, &mut tallies);
        if with_mistakes {
            mistakes.extend(mistakes_in(text, &found));
        }
    }
    let occurs = |tally: &&Tally| tally.spans > 0;
    let scores: Vec<Scores> = tallies.iter().filter(occurs).map(Tally::scores).collect();
    let kinds = PersonalData::ALL.into_iter().zip(&tallies).filter(|(_, tally)| tally.spans + tally.found > 0);
    PersonalDataReport {
        split,
        texts: texts.len(),
        kinds: kinds
            .map(|(kind, tally)| KindReport { kind, spans: tally.spans, found: tally.found, scores: tally.scores() })
            .collect(),
        micro: tallies.iter().fold(Tally::default(), Tally::plus).scores(),
        macro_: mean(&scores),
        clean_texts: texts.iter().filter(|text| text.spans.is_empty()).count(),
        alarmed_texts,
        mistakes,
    }
}

/// Counts of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    spans: usize,
    found: usize,
    exact: usize,
    /// Spans that a find of the same kind touches, and finds that touch such a span.
    touched_spans: usize,
    touching_finds: usize,
    /// In bytes, which weigh a letter as much as its neighbours in nearly all texts.
    length: usize,
    covered: usize,
}

fn tally(spans: &[MaskedSpan], found: &[MaskedSpan], tallies: &mut [Tally]) {
    for span in spans {
        let tally = &mut tallies[span.kind as usize];
        tally.spans += 1;
        tally.exact += usize::from(found.contains(span));
        tally.touched_spans += usize::from(found.iter().any(|find| touches(find, span)));
        tally.length += span.bytes.len();
        tally.covered += found.iter().map(|find| common(&find.bytes, &span.bytes)).sum::<usize>();
    }
    for find in found {
        let tally = &mut tallies[find.kind as usize];
        tally.found += 1;
        tally.touching_finds += usize::from(spans.iter().any(|span| touches(find, span)));
    }
}

/// Do a find and a span of the same kind have a character in common?
pub fn touches(find: &MaskedSpan, span: &MaskedSpan) -> bool {
    find.kind == span.kind && common(&find.bytes, &span.bytes) > 0
}

/// Bytes that two ranges have in common.
fn common(left: &Range<usize>, right: &Range<usize>) -> usize {
    left.end.min(right.end).saturating_sub(left.start.max(right.start))
}

impl Tally {
    fn plus(self, other: &Tally) -> Tally {
        Tally {
            spans: self.spans + other.spans,
            found: self.found + other.found,
            exact: self.exact + other.exact,
            touched_spans: self.touched_spans + other.touched_spans,
            touching_finds: self.touching_finds + other.touching_finds,
            length: self.length + other.length,
            covered: self.covered + other.covered,
        }
    }

    fn scores(&self) -> Scores {
        Scores {
            exact: Score::of(share(self.exact, self.found), share(self.exact, self.spans)),
            overlap: Score::of(share(self.touching_finds, self.found), share(self.touched_spans, self.spans)),
            covered: share(self.covered, self.length),
        }
    }
}

impl Score {
    fn of(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn mean(scores: &[Scores]) -> Scores {
    let of = |value: fn(&Scores) -> f64| scores.iter().map(value).sum::<f64>() / scores.len().max(1) as f64;
    Scores {
        exact: Score {
            precision: of(|scores| scores.exact.precision),
            recall: of(|scores| scores.exact.recall),
            f1: of(|scores| scores.exact.f1),
        },
        overlap: Score {
            precision: of(|scores| scores.overlap.precision),
            recall: of(|scores| scores.overlap.recall),
            f1: of(|scores| scores.overlap.f1),
        },
        covered: of(|scores| scores.covered),
    }
}

fn mistakes_in(text: &LabelledText, found: &[MaskedSpan]) -> Vec<Mistake> {
    let mistake = |is_missed: bool, span: &MaskedSpan| Mistake {
        is_missed,
        kind: span.kind,
        words: text.text[span.bytes.clone()].to_owned(),
        text: text.text.clone(),
    };
    let missed = text.spans.iter().filter(|span| !found.contains(span)).map(|span| mistake(true, span));
    let wrong = found.iter().filter(|find| !text.spans.contains(find)).map(|find| mistake(false, find));
    missed.chain(wrong).collect()
}

impl fmt::Display for PersonalDataTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([
            "kind",
            "spans",
            "found",
            "precision",
            "recall",
            "F1",
            "precision, overlap",
            "recall, overlap",
            "F1, overlap",
            "covered",
        ]);
        for kind in &report.kinds {
            table.add_row(row(kind.kind.name(), Some((kind.spans, kind.found)), &kind.scores));
        }
        let spans = report.kinds.iter().map(|kind| kind.spans).sum();
        let found = report.kinds.iter().map(|kind| kind.found).sum();
        table.add_row(row("micro", Some((spans, found)), &report.micro));
        table.add_row(row("macro", None, &report.macro_));
        for column in 1..10 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        writeln!(formatter, "{table}")?;
        write!(
            formatter,
            "something was found in {} of {} texts without personal data",
            report.alarmed_texts, report.clean_texts
        )?;
        for mistake in &report.mistakes {
            let what = if mistake.is_missed { "missed" } else { "wrong" };
            let Mistake { kind, words, text, .. } = mistake;
            write!(formatter, "\n{what} {} {words:?} in {text:?}", kind.name())?;
        }
        Ok(())
    }
}

fn row(name: &str, counts: Option<(usize, usize)>, scores: &Scores) -> Vec<String> {
    let (spans, found) = counts.map(|(spans, found)| (spans.to_string(), found.to_string())).unwrap_or_default();
    let Scores { exact, overlap, covered } = scores;
    let figures = [exact.precision, exact.recall, exact.f1, overlap.precision, overlap.recall, overlap.f1, *covered];
    [name.to_owned(), spans, found].into_iter().chain(figures.map(|figure| format!("{figure:.3}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(text: &str, spans: &[(PersonalData, &str)]) -> LabelledText {
        let span = |(kind, words): &(PersonalData, &str)| {
            let start = text.find(words).expect("the words are in the text");
            MaskedSpan { kind: *kind, bytes: start..start + words.len() }
        };
        LabelledText { text: text.to_owned(), split: Split::Tune, spans: spans.iter().map(span).collect() }
    }

    #[test]
    fn spans_are_read_in_code_points() {
        let line =
            r#"{"text":"Ä 0171 1234567","lang":"de","spans":[{"kind":"phone","begin":2,"end":14}],"split":"test"}"#;
        let text: LabelledText = serde_json::from_str(line).expect("it is well formed");
        assert_eq!(&text.text[text.spans[0].bytes.clone()], "0171 1234567");
        let beyond = line.replace("14", "15");
        assert!(serde_json::from_str::<LabelledText>(&beyond).is_err());
    }

    #[test]
    fn exact_and_overlapping_finds_are_told_apart() {
        let texts = [
            labelled("Ruf an: 0171 1234567", &[(PersonalData::Phone, "0171 1234567")]),
            labelled("Ruf an: 0171 1234567", &[(PersonalData::Phone, "0171")]),
            labelled("Telse kam, a@b.example", &[(PersonalData::Handle, "Telse")]),
            labelled("nichts", &[]),
            labelled("Frau Müller", &[]),
        ];
        let report = measure(&texts, Split::Tune, true);
        let of = |kind| report.kinds.iter().find(|report| report.kind == kind).expect("it occurs");
        let phone = of(PersonalData::Phone);
        assert_eq!((phone.spans, phone.found), (2, 2));
        assert_eq!(phone.scores.exact, Score { precision: 0.5, recall: 0.5, f1: 0.5 });
        assert_eq!(phone.scores.overlap, Score { precision: 1.0, recall: 1.0, f1: 1.0 });
        assert_eq!(of(PersonalData::EMail).scores.exact, Score::default());
        assert_eq!((report.clean_texts, report.alarmed_texts), (2, 1));
        assert_eq!(report.micro.exact.recall, 1.0 / 3.0);
        // Phone and handle occur; what was only found is no part of the mean.
        assert_eq!(report.macro_.exact.recall, 0.25);
    }

    #[test]
    fn mistakes_are_listed_when_asked_for() {
        let texts = [labelled("Ruf an: 0171 1234567", &[(PersonalData::Phone, "0171")])];
        let report = measure(&texts, Split::Tune, true);
        let told: Vec<(bool, &str)> =
            report.mistakes.iter().map(|mistake| (mistake.is_missed, mistake.words.as_str())).collect();
        assert_eq!(told, [(true, "0171"), (false, "0171 1234567")]);
        assert!(measure(&texts, Split::Tune, false).mistakes.is_empty());
    }
}
