//! What is masked: the right kind with both ends right, and whatever else of the same kind touches it.

use klartext_models::text::{MaskedSpan, MaskingPolicy, TextPreparer, Treatment};

use crate::metrics::Bootstrap;
use crate::personal_data::{LabelledText, touches};
use crate::report::{Answers, Heading, Row};

/// One row for spans that are right to the character, one for those that are touched.
pub fn rows(data: &str, texts: &[LabelledText], bootstrap: &Bootstrap) -> Vec<Row> {
    let preparer = TextPreparer::new(MaskingPolicy::all(Treatment::Mask));
    let found: Vec<Vec<MaskedSpan>> = texts.iter().map(|text| preparer.prepare(&text.text, None).masked).collect();
    let clean = texts.iter().filter(|text| text.spans.is_empty()).count();
    let alarmed = texts.iter().zip(&found).filter(|(text, found)| text.spans.is_empty() && !found.is_empty()).count();
    let note = format!("something is masked in {alarmed} of {clean} texts without any");
    let row = |task: &str, matches: fn(&MaskedSpan, &MaskedSpan) -> bool| {
        let mut answers = Answers::default();
        for (position, (text, found)) in texts.iter().zip(&found).enumerate() {
            for span in &text.spans {
                let is_found = found.iter().any(|find| matches(find, span));
                let given: &[&str] = if is_found { &[span.kind.name()] } else { &[] };
                answers.add(position, &text.text, &[span.kind.name()], given);
            }
            for find in found.iter().filter(|find| !text.spans.iter().any(|span| matches(find, span))) {
                answers.add(position, &text.text, &[], &[find.kind.name()]);
            }
        }
        let heading = Heading {
            task: task.to_owned(),
            data: data.to_owned(),
            unit: "texts",
            note: note.clone(),
            has_majority: false,
        };
        answers.row(heading, texts.len(), bootstrap)
    };
    vec![row("personal data, exact", |find, span| find == span), row("personal data, touched", touches)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_are_compared_with_labels() {
        let lines = [
            r#"{"text":"Schreibt an max@example.org.","lang":"de","split":"test","spans":[{"kind":"e_mail","begin":12,"end":27}]}"#,
            r#"{"text":"Der Bus kam nicht.","lang":"de","split":"test","spans":[]}"#,
        ];
        let texts: Vec<LabelledText> =
            lines.iter().map(|line| serde_json::from_str(line).expect("a labelled text")).collect();
        for row in rows("test", &texts, &Bootstrap::default()) {
            assert!((row.micro.value - 1.0).abs() < 1e-9, "{}: {:?}", row.task, row.micro);
            assert_eq!(row.note, "something is masked in 0 of 1 texts without any");
        }
    }
}
