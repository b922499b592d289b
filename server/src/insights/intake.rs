//! What a caller sent, checked: from a draft to a valid [`Comment`].

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use klartext_models::text::{Language, PreparedText, TextPreparer};

use super::{AttributeValue, Channel, Comment, Scores, SurveyKind};
use crate::error::{Error, Result};
use crate::journey::JourneyRegistry;

pub const MAX_EXTERNAL_ID_CHARS: usize = 256;
pub const MAX_SOURCE_CHARS: usize = 128;
pub const MAX_SUBJECT_CHARS: usize = 256;
pub const MAX_QUESTION_CHARS: usize = 2_000;
pub const MAX_ATTRIBUTES: usize = 64;
pub const MAX_ATTRIBUTE_KEY_CHARS: usize = 64;
pub const MAX_ATTRIBUTE_TEXT_CHARS: usize = 1_000;
const MAX_LANGUAGE_CHARS: usize = 35;
const MAX_BY_CHARS: usize = 128;

/// A comment as a caller sent it: well-formed, not yet checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    pub external_id: String,
    pub source: String,
    pub text: String,
    /// Empty means the default.
    pub journey: String,
    pub channel: Channel,
    pub language: String,
    /// `None` means now.
    pub time: Option<DateTime<Utc>>,
    pub question: String,
    pub scores: Scores,
    /// Empty means not known.
    pub touchpoint: String,
    pub survey_kind: SurveyKind,
    pub subject: String,
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// A valid comment whose text, question and attributes have lost their personal data, and the way back to the caller's text.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub comment: Comment,
    pub text: PreparedText,
}

/// Check a draft, fill in defaults, normalise and mask.
///
/// # Errors
/// The first thing that is wrong; see `ErrorReason` in the proto. No message contains the text.
pub fn accept(
    draft: Draft,
    journeys: &JourneyRegistry,
    max_text_chars: usize,
    preparer: &TextPreparer,
    now: DateTime<Utc>,
) -> Result<Accepted> {
    check_text(&draft.text, max_text_chars)?;
    check_length("external_id", &draft.external_id, MAX_EXTERNAL_ID_CHARS)?;
    check_length("source", &draft.source, MAX_SOURCE_CHARS)?;
    check_length("subject", &draft.subject, MAX_SUBJECT_CHARS)?;
    check_length("question", &draft.question, MAX_QUESTION_CHARS)?;
    check_scores(&draft.scores)?;
    check_attributes(&draft.attributes)?;
    let hint = language_hint(&draft.language)?;
    let latest = now + TimeDelta::days(1);
    if draft.time.is_some_and(|time| time > latest) {
        return Err(Error::TimeInvalid { reason: "more than a day in the future".to_owned() });
    }
    let journey = journeys.get(&draft.journey)?;
    let touchpoint = Some(draft.touchpoint).filter(|touchpoint| !touchpoint.is_empty());
    if let Some(touchpoint) = touchpoint.as_ref().filter(|id| journey.journey.touchpoint(id).is_none()) {
        return Err(Error::TouchpointUnknown { journey: journey.journey.id.clone(), touchpoint: touchpoint.clone() });
    }
    let text = preparer.prepare(&draft.text, hint);
    if text.mentions.is_empty() {
        return Err(Error::TextEmpty);
    }
    let attributes = draft.attributes.into_iter().map(|(key, value)| match value {
        AttributeValue::Text(text) => (key, AttributeValue::Text(preparer.mask(&text))),
        number => (key, number),
    });
    let mut comment = Comment {
        external_id: draft.external_id,
        source: draft.source,
        text: text.text.clone(),
        journey: journey.journey.id.clone(),
        channel: draft.channel,
        language_hint: draft.language,
        time: draft.time.unwrap_or(now),
        time_given: draft.time.is_some(),
        question: preparer.mask(&draft.question),
        scores: draft.scores,
        touchpoint,
        survey_kind: draft.survey_kind,
        subject: draft.subject,
        attributes: attributes.collect(),
    };
    if comment.external_id.is_empty() {
        comment.external_id = super::content_hash(&comment);
    }
    Ok(Accepted { comment, text })
}

/// What a search by text looks for: checked, normalised and masked as a comment's text is.
///
/// # Errors
/// [`Error::TextEmpty`], [`Error::TextTooLong`].
pub fn query_text(text: &str, max_text_chars: usize, preparer: &TextPreparer) -> Result<String> {
    check_text(text, max_text_chars)?;
    let text = preparer.mask(text);
    if text.trim().is_empty() { Err(Error::TextEmpty) } else { Ok(text) }
}

fn check_text(text: &str, limit: usize) -> Result<()> {
    // Counting stops early for texts that are far too long; every code point has at most four bytes.
    let chars = if text.len() > 4 * limit { text.len() / 4 } else { text.chars().count() };
    if chars > limit || text.len() > 4 * limit {
        return Err(Error::TextTooLong { chars: text.chars().count(), limit });
    }
    let visible = |character: char| !character.is_whitespace() && !character.is_control();
    if text.chars().any(visible) { Ok(()) } else { Err(Error::TextEmpty) }
}

/// Who did something: a name or a pseudonym.
///
/// # Errors
/// [`Error::FieldMissing`], [`Error::FieldTooLong`].
pub fn check_by(by: &str) -> Result<()> {
    if by.trim().is_empty() {
        return Err(Error::FieldMissing { field: "by" });
    }
    check_length("by", by, MAX_BY_CHARS)
}

pub fn check_length(field: &str, value: &str, limit: usize) -> Result<()> {
    let length = value.chars().count();
    if length <= limit {
        return Ok(());
    }
    Err(Error::FieldTooLong { field: field.to_owned(), length, limit, unit: "characters" })
}

fn check_scores(scores: &Scores) -> Result<()> {
    let fields = [
        ("scores.nps", scores.nps, 0.0, 10.0),
        ("scores.csat", scores.csat, 1.0, 5.0),
        ("scores.stars", scores.stars, 1.0, 5.0),
    ];
    for (field, value, low, high) in fields {
        if let Some(value) = value.filter(|value| !(low..=high).contains(value)) {
            return Err(Error::NumberInvalid { field: field.to_owned(), value, expected: format!("{low} to {high}") });
        }
    }
    Ok(())
}

fn check_attributes(attributes: &BTreeMap<String, AttributeValue>) -> Result<()> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(Error::FieldTooLong {
            field: "attributes".to_owned(),
            length: attributes.len(),
            limit: MAX_ATTRIBUTES,
            unit: "entries",
        });
    }
    for (key, value) in attributes {
        check_length("attributes", key, MAX_ATTRIBUTE_KEY_CHARS)?;
        match value {
            AttributeValue::Text(text) => check_length(&format!("attributes.{key}"), text, MAX_ATTRIBUTE_TEXT_CHARS)?,
            AttributeValue::Number(number) if !number.is_finite() => {
                return Err(Error::NumberInvalid {
                    field: format!("attributes.{key}"),
                    value: *number,
                    expected: "a finite number".to_owned(),
                });
            }
            AttributeValue::Number(_) => {}
        }
    }
    Ok(())
}

/// "de-AT" means German; a tag of a language that we do not know is [`Language::Other`]; an empty one is no hint.
fn language_hint(tag: &str) -> Result<Option<Language>> {
    if tag.is_empty() {
        return Ok(None);
    }
    let mut subtags = tag.split(['-', '_']);
    let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let well_formed = |subtag: &str| {
        (1..=8).contains(&subtag.len()) && subtag.chars().all(|character| character.is_ascii_alphanumeric())
    };
    let primary_ok = (2..=3).contains(&primary.len()) && primary.chars().all(|letter| letter.is_ascii_alphabetic());
    if tag.len() > MAX_LANGUAGE_CHARS || !primary_ok || !subtags.all(well_formed) {
        let language: String = tag.chars().take(MAX_LANGUAGE_CHARS).collect();
        return Err(Error::LanguageInvalid { language });
    }
    Ok(Some(match primary.as_str() {
        "de" | "deu" | "ger" => Language::German,
        "en" | "eng" => Language::English,
        _ => Language::Other,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_read() {
        assert_eq!(language_hint("").ok(), Some(None));
        assert_eq!(language_hint("de-AT").ok(), Some(Some(Language::German)));
        assert_eq!(language_hint("EN").ok(), Some(Some(Language::English)));
        assert_eq!(language_hint("fr").ok(), Some(Some(Language::Other)));
        for tag in ["d", "deutsch", "de-", "d3", "de-überlang", "-"] {
            assert!(matches!(language_hint(tag), Err(Error::LanguageInvalid { .. })), "{tag}");
        }
    }

    #[test]
    fn scores_out_of_range_name_their_field() {
        let cases = [
            (Scores { nps: Some(f64::NAN), ..Scores::default() }, "scores.nps"),
            (Scores { nps: Some(11.0), ..Scores::default() }, "scores.nps"),
            (Scores { csat: Some(0.0), ..Scores::default() }, "scores.csat"),
            (Scores { stars: Some(f64::INFINITY), ..Scores::default() }, "scores.stars"),
        ];
        for (scores, field) in cases {
            let error = check_scores(&scores).expect_err(field);
            assert_eq!(error.field(), field);
        }
        assert!(check_scores(&Scores { nps: Some(0.0), csat: Some(5.0), stars: Some(1.0) }).is_ok());
    }

    #[test]
    fn invisible_texts_are_empty_and_long_ones_too_long() {
        for text in ["", "   ", "\n\t", "\u{0}\u{1}"] {
            assert!(matches!(check_text(text, 10), Err(Error::TextEmpty)), "{text:?}");
        }
        assert!(matches!(check_text(&"ä".repeat(11), 10), Err(Error::TextTooLong { chars: 11, limit: 10 })));
        assert!(matches!(check_text(&"x".repeat(1000), 10), Err(Error::TextTooLong { chars: 1000, limit: 10 })));
        assert!(check_text(&"😀".repeat(10), 10).is_ok());
    }
}
