//! Do the score that a customer ticked and the text that they wrote disagree?

use super::{Discrepancy, DiscrepancyKind, Scores, Sentiment};

/// Score and text, each on -1 to 1, must differ by this much, and one of them must be clearly on the other side.
const MIN_DISTANCE: f32 = 0.9;
/// A score or a text within this distance of 0 takes no side.
const NO_SIDE: f32 = 0.25;

/// `None` without a score.
pub fn discrepancy(scores: &Scores, sentiment: &Sentiment) -> Option<Discrepancy> {
    let (name, given, score) = [
        ("NPS", scores.nps, scores.nps.map(nps_on_scale)),
        ("CSAT", scores.csat, scores.csat.map(five_on_scale)),
        ("stars", scores.stars, scores.stars.map(five_on_scale)),
    ]
    .into_iter()
    .find_map(|(name, given, score)| Some((name, given?, score?)))?;
    let text = sentiment.score;
    let kind = if score - text >= MIN_DISTANCE && score > NO_SIDE && text < -NO_SIDE {
        DiscrepancyKind::ScoreAboveText
    } else if text - score >= MIN_DISTANCE && score < -NO_SIDE && text > NO_SIDE {
        DiscrepancyKind::ScoreBelowText
    } else {
        DiscrepancyKind::None
    };
    let reason = match kind {
        DiscrepancyKind::None | DiscrepancyKind::OtherTouchpoint => String::new(),
        DiscrepancyKind::ScoreAboveText => format!("{name} {given} is good, but the text is negative"),
        DiscrepancyKind::ScoreBelowText => format!("{name} {given} is bad, but the text is positive"),
    };
    Some(Discrepancy { kind, score, text, reason })
}

/// Detractors (0 to 6) fall on -1 to -0.25, passives (7, 8) on 0 and 0.25, promoters (9, 10) on 0.75 and 1.
fn nps_on_scale(nps: f64) -> f32 {
    let scale = if nps <= 6.0 {
        -1.0 + nps / 8.0
    } else if nps <= 8.0 {
        (nps - 7.0) / 4.0
    } else {
        0.75 + (nps - 9.0) / 4.0
    };
    scale as f32
}

/// 1 to 5 on -1 to 1.
fn five_on_scale(value: f64) -> f32 {
    ((value - 3.0) / 2.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::Polarity;

    fn kind(scores: Scores, text: f32) -> Option<DiscrepancyKind> {
        let sentiment =
            Sentiment { polarity: Polarity::Neutral, score: text, negative: 0.0, neutral: 1.0, positive: 0.0 };
        discrepancy(&scores, &sentiment).map(|discrepancy| discrepancy.kind)
    }

    #[test]
    fn a_good_score_beside_a_complaint_disagrees() {
        let nps = |nps| Scores { nps: Some(nps), ..Scores::default() };
        let stars = |stars| Scores { stars: Some(stars), ..Scores::default() };
        assert_eq!(kind(nps(9.0), -0.8), Some(DiscrepancyKind::ScoreAboveText));
        assert_eq!(kind(stars(1.0), 0.8), Some(DiscrepancyKind::ScoreBelowText));
        assert_eq!(kind(nps(9.0), 0.8), Some(DiscrepancyKind::None));
        assert_eq!(kind(nps(3.0), -0.5), Some(DiscrepancyKind::None));
        assert_eq!(kind(nps(7.0), -0.9), Some(DiscrepancyKind::None));
        assert_eq!(kind(stars(3.0), -0.9), Some(DiscrepancyKind::None));
        assert_eq!(kind(Scores::default(), -0.9), None);
    }
}
