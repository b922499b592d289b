//! How much a pain point hurts, for ranking.

use serde::{Deserialize, Serialize};

use super::contrast::Contrast;
use super::trend::TrendTest;

/// A trend counts when chance gives one like it less often than this.
const SIGNIFICANT: f64 = 0.05;
/// A share that grows by its own size within so many weeks has the highest trend.
const WEEKS_TO_DOUBLE: f64 = 4.0;
/// Scores of comments with their lengths, from worst to best. A mean that is surely lower by half of it has the highest
/// damage.
const SCORE_LENGTHS: [(&str, f64); 3] = [("nps", 10.0), ("csat", 4.0), ("stars", 4.0)];

/// How much each part of the severity counts; 0 leaves it out.
///
/// By default half is how bad it is (text, friction and score agree seldom enough to need each other), three tenths how
/// often it is said; whether it grows and whether it is overlooked decide among the like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeverityWeights {
    pub volume: f64,
    pub negativity: f64,
    pub friction: f64,
    pub score: f64,
    pub trend: f64,
    pub hiddenness: f64,
}

impl Default for SeverityWeights {
    fn default() -> Self {
        Self { volume: 0.3, negativity: 0.2, friction: 0.15, score: 0.15, trend: 0.1, hiddenness: 0.1 }
    }
}

impl SeverityWeights {
    /// Not negative, and at least one other than that of the scores, which are often missing, above 0.
    pub fn are_usable(&self) -> bool {
        let always_there = [self.volume, self.negativity, self.friction, self.trend, self.hiddenness];
        let is_usable = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        always_there.iter().chain([&self.score]).all(is_usable) && always_there.iter().sum::<f64>() > 0.0
    }
}

/// What severity is made of.
pub(super) struct SeverityParts<'a> {
    /// Of the journey's mentions in pain points, 0 to 1.
    pub share: f64,
    /// Mean score, -1 to 1.
    pub sentiment: f64,
    /// Share of its mentions with a friction.
    pub friction: f64,
    pub trend: TrendTest,
    /// Of the journey's mentions, pain points or not: what the trend's slope is seen against.
    pub share_of_all: f64,
    pub contrasts: &'a [Contrast],
    pub hiddenness: f64,
}

impl SeverityParts<'_> {
    /// 0 to 1: the weighted mean of the parts. Without scores to compare their weight goes to the others.
    pub fn severity(&self, weights: &SeverityWeights) -> f64 {
        let parts = [
            // So that a pain point with a hundredth of the mentions differs from one with two hundredths.
            (weights.volume, Some(self.share.sqrt())),
            (weights.negativity, Some((-self.sentiment).max(0.0))),
            (weights.friction, Some(self.friction)),
            (weights.score, self.damage()),
            (weights.trend, Some(self.growth())),
            (weights.hiddenness, Some(self.hiddenness)),
        ];
        let known = || parts.iter().filter_map(|&(weight, part)| Some((weight, part?)));
        let sum: f64 = known().map(|(weight, part)| weight * part).sum();
        let weights: f64 = known().map(|(weight, _)| weight).sum();
        (sum / weights).clamp(0.0, 1.0)
    }

    /// 0 to 1: how far its comments' scores are surely below those of the others.
    fn damage(&self) -> Option<f64> {
        let length_of = |contrast: &Contrast| {
            let length = SCORE_LENGTHS.iter().find(|(figure, _)| *figure == contrast.figure);
            length.map(|(_, length)| *length)
        };
        let damages = self.contrasts.iter().filter_map(|contrast| Some(-contrast.high / (length_of(contrast)? / 2.0)));
        damages.reduce(f64::max).map(|damage| damage.clamp(0.0, 1.0))
    }

    /// 0 to 1: how fast it surely grows.
    fn growth(&self) -> f64 {
        if self.trend.p_value >= SIGNIFICANT || self.share_of_all == 0.0 {
            return 0.0;
        }
        (self.trend.slope / 100.0 / self.share_of_all * WEEKS_TO_DOUBLE).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mild() -> SeverityParts<'static> {
        SeverityParts {
            share: 0.01,
            sentiment: -0.5,
            friction: 0.0,
            trend: TrendTest { slope: 0.0, p_value: 1.0, weeks: 8 },
            share_of_all: 0.01,
            contrasts: &[],
            hiddenness: 0.1,
        }
    }

    fn severity(parts: &SeverityParts) -> f64 {
        parts.severity(&SeverityWeights::default())
    }

    #[test]
    fn each_part_makes_it_more_severe() {
        let mild_severity = severity(&mild());
        assert!((mild_severity - (0.3 * 0.1 + 0.2 * 0.5 + 0.1 * 0.1) / 0.85).abs() < 1e-9);
        assert!(severity(&SeverityParts { share: 0.2, ..mild() }) > mild_severity);
        assert!(severity(&SeverityParts { sentiment: -0.9, ..mild() }) > mild_severity);
        assert!(severity(&SeverityParts { friction: 0.6, ..mild() }) > mild_severity);
        assert!(severity(&SeverityParts { hiddenness: 0.9, ..mild() }) > mild_severity);
        let rising = TrendTest { slope: 0.25, p_value: 0.01, weeks: 8 };
        assert!((severity(&SeverityParts { trend: rising, ..mild() }) - mild_severity - 0.1 / 0.85).abs() < 1e-9);
        let by_chance = TrendTest { p_value: 0.2, ..rising };
        assert_eq!(severity(&SeverityParts { trend: by_chance, ..mild() }), mild_severity);
    }

    #[test]
    fn scores_count_as_far_as_they_are_surely_lower() {
        let contrast = |figure: &str, high: f64| Contrast {
            figure: figure.to_owned(),
            comments: 20,
            mean: 3.0,
            other_comments: 200,
            other_mean: 7.0,
            low: high - 2.0,
            high,
        };
        let damage = |contrasts: &[Contrast]| SeverityParts { contrasts, ..mild() }.damage();
        assert_eq!(damage(&[]), None);
        assert_eq!(damage(&[contrast("attributes.wait", -9.0)]), None);
        assert_eq!(damage(&[contrast("nps", 1.0)]), Some(0.0));
        assert_eq!(damage(&[contrast("nps", -2.5), contrast("csat", -0.4)]), Some(0.5));
        assert_eq!(damage(&[contrast("csat", -3.0)]), Some(1.0));
    }

    #[test]
    fn weights_come_from_the_configuration() {
        let only_volume: SeverityWeights = serde_json::from_str(
            r#"{"volume": 2, "negativity": 0, "friction": 0, "score": 0, "trend": 0, "hiddenness": 0}"#,
        )
        .expect("weights");
        assert!(only_volume.are_usable());
        assert!((SeverityParts { share: 0.25, ..mild() }.severity(&only_volume) - 0.5).abs() < 1e-12);
        assert!(!SeverityWeights { volume: 0.0, ..only_volume }.are_usable());
        assert!(!SeverityWeights { friction: -0.1, ..only_volume }.are_usable());
        assert!(SeverityWeights::default().are_usable());
    }
}
