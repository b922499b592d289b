//! How much a comment hurts.

use super::{Action, ActionKind, Scores, Sentiment};

/// 0 (nothing hurts) to 1: half of it the worst mention's probability of being negative, a quarter the score that the
/// customer ticked, a quarter whether they wait for an answer. Without a score the other two share its quarter.
pub fn severity(mentions: &[Sentiment], scores: &Scores, action: Option<&Action>) -> f32 {
    let worst = mentions.iter().map(|sentiment| sentiment.negative).fold(0.0, f32::max);
    let waiting = match action {
        Some(action) if action.kind == ActionKind::AnswerNeeded => action.confidence,
        _ => 0.0,
    };
    // A polite question is not severe: waiting for an answer counts as far as something is negative.
    let waiting = waiting * worst;
    let severity = match dissatisfaction(scores) {
        Some(dissatisfaction) => 0.5 * worst + 0.25 * dissatisfaction + 0.25 * waiting,
        None => (0.5 * worst + 0.25 * waiting) / 0.75,
    };
    severity.clamp(0.0, 1.0)
}

/// 0 (best score) to 1 (worst).
fn dissatisfaction(scores: &Scores) -> Option<f32> {
    let nps = scores.nps.map(|nps| 1.0 - nps / 10.0);
    let five = |value: f64| 1.0 - (value - 1.0) / 4.0;
    nps.or(scores.csat.map(five)).or(scores.stars.map(five)).map(|value| value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::Polarity;

    fn sentiment(negative: f32) -> Sentiment {
        Sentiment { polarity: Polarity::Neutral, score: -negative, negative, neutral: 1.0 - negative, positive: 0.0 }
    }

    #[test]
    fn severity_grows_with_each_part() {
        let answer = Action { kind: ActionKind::AnswerNeeded, confidence: 1.0 };
        let bad = Scores { nps: Some(0.0), ..Scores::default() };
        assert_eq!(severity(&[], &Scores::default(), None), 0.0);
        let text_only = severity(&[sentiment(0.9)], &Scores::default(), None);
        assert!(text_only > severity(&[sentiment(0.2)], &Scores::default(), None));
        assert!(severity(&[sentiment(0.9)], &Scores::default(), Some(&answer)) > text_only);
        assert_eq!(severity(&[sentiment(1.0)], &bad, Some(&answer)), 1.0);
        assert_eq!(severity(&[sentiment(0.0)], &Scores::default(), Some(&answer)), 0.0);
    }
}
