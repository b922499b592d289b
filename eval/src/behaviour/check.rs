use std::collections::BTreeSet;

use klartext_models::friction::FrictionKind;
use klartext_proto::v1::{ActionKind, Insight, Mention, Polarity};

use super::cases::{Bounds, Case, Direction, ExpectedAction, ExpectedLanguage, ForbiddenFriction, SameLabel};
use crate::gold::friction_kind;
use crate::{Error, Result};

/// A score has to move by more than this to have moved.
const SMALLEST_MOVE: f64 = 0.02;

/// What is not as the case expects; empty when it passes.
///
/// # Errors
/// The service gave no insight about a variant that there is.
pub fn failures(case: &Case, said: &Insight, of_variant: Option<&Insight>) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    of_text(case, said, &mut failures);
    if case.variant.is_some() {
        let variant = of_variant.ok_or_else(|| Error::Service(format!("{}: nothing about the variant", case.id)))?;
        for &label in &case.expect.same {
            let (before, after) = (label_of(label, said), label_of(label, variant));
            if before != after {
                failures.push(format!("{}: {before} and {after}", name_of_label(label)));
            }
        }
        let score = |insight: &Insight| insight.sentiment.unwrap_or_default().score;
        failures.extend(moved("sentiment score", case.expect.sentiment_score, score(said), score(variant)));
        failures.extend(moved("severity", case.expect.severity, said.severity, variant.severity));
    }
    Ok(failures)
}

fn of_text(case: &Case, said: &Insight, failures: &mut Vec<String>) {
    let expect = &case.expect;
    let mut differs = |what: &str, expected: &str, found: &str| {
        failures.push(format!("{what}: {found} instead of {expected}"));
    };
    if let Some(expected) = &expect.sentiment {
        let names: Vec<&str> = expected.as_slice().iter().map(|sentiment| sentiment.name()).collect();
        let found = label_of(SameLabel::Sentiment, said);
        if !names.contains(&found.as_str()) {
            differs("sentiment", &names.join(" or "), &found);
        }
    }
    let frictions = frictions(said);
    for kind in expect.friction.iter().filter(|kind| !frictions.contains(kind)) {
        differs("friction", kind.name(), &label_of(SameLabel::Friction, said));
    }
    for forbidden in &expect.no_friction {
        let is_found = match forbidden {
            ForbiddenFriction::Kind(kind) => frictions.contains(kind),
            ForbiddenFriction::Any(_) => !frictions.is_empty(),
        };
        if is_found {
            differs("friction", "none of that", &label_of(SameLabel::Friction, said));
        }
    }
    if let Some(expected) = expect.action.map(name_of_expected_action) {
        let found = label_of(SameLabel::Action, said);
        if found != expected {
            differs("action", expected, &found);
        }
    }
    if let Some(expected) = expect.language.map(name_of_language)
        && said.language != expected
    {
        differs("language", expected, &said.language);
    }
    if let Some(Bounds { at_least, at_most }) = expect.mentions {
        let count = said.mentions.len();
        if at_least.is_some_and(|least| count < least) || at_most.is_some_and(|most| count > most) {
            let bounds =
                [at_least.map(|least| format!("at least {least}")), at_most.map(|most| format!("at most {most}"))];
            differs("mentions", &bounds.into_iter().flatten().collect::<Vec<_>>().join(", "), &count.to_string());
        }
    }
    if let Some(expected) = &expect.touchpoint
        && !touchpoints(said).iter().any(|found| expected.as_slice().contains(found))
    {
        differs("touchpoint", &expected.as_slice().join(" or "), &label_of(SameLabel::Touchpoint, said));
    }
    if let Some(no_personal_data) = expect.no_personal_data
        && said.personal_data.is_empty() != no_personal_data
    {
        let expected = if no_personal_data { "none" } else { "some" };
        differs("personal data", expected, &said.personal_data.len().to_string());
    }
}

fn moved(what: &str, expected: Option<Direction>, before: f64, after: f64) -> Option<String> {
    let (difference, name) = match expected? {
        Direction::Up => (after - before, "up"),
        Direction::Down => (before - after, "down"),
    };
    (difference <= SMALLEST_MOVE).then(|| format!("{what}: {before:.2} to {after:.2} instead of {name}"))
}

/// A label of the whole comment as a string; of labels on mentions the set.
fn label_of(label: SameLabel, insight: &Insight) -> String {
    let joined = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(" + ") };
    match label {
        SameLabel::Sentiment => name_of_polarity(insight.sentiment.unwrap_or_default().polarity()).to_owned(),
        SameLabel::Friction => joined(frictions(insight).iter().map(|kind| kind.name()).collect()),
        SameLabel::Action => name_of_action(insight.action.unwrap_or_default().kind()).to_owned(),
        SameLabel::Language => insight.language.clone(),
        SameLabel::Touchpoint => joined(touchpoints(insight).iter().map(String::as_str).collect()),
    }
}

fn frictions(insight: &Insight) -> BTreeSet<FrictionKind> {
    insight.mentions.iter().flat_map(frictions_of).collect()
}

pub(super) fn frictions_of(mention: &Mention) -> Vec<FrictionKind> {
    mention.frictions.iter().filter_map(|friction| friction_kind(friction.kind())).collect()
}

fn touchpoints(insight: &Insight) -> BTreeSet<String> {
    insight.mentions.iter().filter_map(|mention| Some(mention.touchpoint.as_ref()?.touchpoint.clone())).collect()
}

pub(super) fn name_of_polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Unspecified => "unspecified",
        Polarity::Negative => "negative",
        Polarity::Neutral => "neutral",
        Polarity::Positive => "positive",
        Polarity::Mixed => "mixed",
    }
}

pub(super) fn name_of_action(action: ActionKind) -> &'static str {
    match action {
        ActionKind::Unspecified => "unspecified",
        ActionKind::None => "none",
        ActionKind::AnswerNeeded => "answer_needed",
        ActionKind::Suggestion => "suggestion",
        ActionKind::Praise => "praise",
    }
}

fn name_of_expected_action(action: ExpectedAction) -> &'static str {
    match action {
        ExpectedAction::AnswerNeeded => name_of_action(ActionKind::AnswerNeeded),
        ExpectedAction::Suggestion => name_of_action(ActionKind::Suggestion),
        ExpectedAction::Praise => name_of_action(ActionKind::Praise),
        ExpectedAction::None => name_of_action(ActionKind::None),
    }
}

fn name_of_language(language: ExpectedLanguage) -> &'static str {
    match language {
        ExpectedLanguage::De => "de",
        ExpectedLanguage::En => "en",
        ExpectedLanguage::Other => "other",
    }
}

fn name_of_label(label: SameLabel) -> &'static str {
    match label {
        SameLabel::Sentiment => "sentiment",
        SameLabel::Friction => "friction",
        SameLabel::Action => "action",
        SameLabel::Language => "language",
        SameLabel::Touchpoint => "touchpoint",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klartext_proto::v1::{Action, Friction, Sentiment, TouchpointTag};

    fn insight(polarity: Polarity, score: f64) -> Insight {
        let friction = Friction { kind: klartext_proto::v1::FrictionKind::Waiting.into(), ..Friction::default() };
        let touchpoint = TouchpointTag { touchpoint: "delivery".to_owned(), ..TouchpointTag::default() };
        Insight {
            sentiment: Some(Sentiment { polarity: polarity.into(), score, ..Sentiment::default() }),
            action: Some(Action { kind: ActionKind::AnswerNeeded.into(), confidence: 0.9 }),
            language: "de".to_owned(),
            severity: 0.5,
            mentions: vec![
                Mention { frictions: vec![friction], ..Mention::default() },
                Mention { touchpoint: Some(touchpoint), ..Mention::default() },
            ],
            ..Insight::default()
        }
    }

    fn case(kind: &str, expect: &str) -> Case {
        let variant = if kind == "mft" { "" } else { r#""variant":"anders","# };
        let line = format!(
            r#"{{"id":"1","capability":"c","kind":"{kind}","lang":"de","text":"Text",{variant}"expect":{expect}}}"#
        );
        serde_json::from_str(&line).expect("it is a case")
    }

    fn of_text(expect: &str) -> Vec<String> {
        failures(&case("mft", expect), &insight(Polarity::Negative, -0.5), None).expect("there is no variant")
    }

    #[test]
    fn what_holds_passes() {
        let everything = r#"{"sentiment":["negative","mixed"],"friction":["waiting"],"no_friction":["dead_end"],
            "action":"answer_needed","language":"de","mentions":{"at_least":2,"at_most":2},
            "touchpoint":["billing","delivery"],"no_personal_data":true}"#;
        assert!(of_text(everything).is_empty(), "{:?}", of_text(everything));
    }

    #[test]
    fn each_expectation_can_fail() {
        for (expect, failure) in [
            (r#"{"sentiment":"positive"}"#, "sentiment: negative instead of positive"),
            (r#"{"friction":["dead_end"]}"#, "friction: waiting instead of dead_end"),
            (r#"{"no_friction":["any"]}"#, "friction: waiting instead of none of that"),
            (r#"{"no_friction":["waiting"]}"#, "friction: waiting instead of none of that"),
            (r#"{"action":"praise"}"#, "action: answer_needed instead of praise"),
            (r#"{"language":"en"}"#, "language: de instead of en"),
            (r#"{"mentions":{"at_most":1}}"#, "mentions: 2 instead of at most 1"),
            (r#"{"touchpoint":"billing"}"#, "touchpoint: delivery instead of billing"),
            (r#"{"no_personal_data":false}"#, "personal data: 0 instead of some"),
        ] {
            assert_eq!(of_text(expect), [failure]);
        }
    }

    #[test]
    fn text_and_variant_are_compared() {
        let (text, variant) = (insight(Polarity::Negative, -0.5), insight(Polarity::Mixed, -0.3));
        let of = |kind: &str, expect: &str| {
            failures(&case(kind, expect), &text, Some(&variant)).expect("there is an insight about the variant")
        };
        assert!(of("inv", r#"{"same":["friction","action","language","touchpoint"]}"#).is_empty());
        assert_eq!(of("inv", r#"{"same":["sentiment"]}"#), ["sentiment: negative and mixed"]);
        assert!(of("dir", r#"{"sentiment_score":"up"}"#).is_empty());
        assert_eq!(of("dir", r#"{"sentiment_score":"down"}"#), ["sentiment score: -0.50 to -0.30 instead of down"]);
        assert_eq!(of("dir", r#"{"severity":"up"}"#), ["severity: 0.50 to 0.50 instead of up"]);
        assert!(failures(&case("inv", r#"{"same":["action"]}"#), &text, None).is_err());
    }
}
