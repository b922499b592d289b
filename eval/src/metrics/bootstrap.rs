use serde::Serialize;

use super::{F1, Tally};
use crate::random::Random;

/// Where a figure would lie in 95 of 100 draws of as many texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct F1Intervals {
    pub micro: Interval,
    #[serde(rename = "macro")]
    pub macro_: Interval,
}

/// The percentile bootstrap (Efron 1979): texts are drawn with replacement, as many as there are, again and again.
///
/// Whole texts, because what is said about one text hangs together.
#[derive(Debug, Clone, Copy)]
pub struct Bootstrap {
    pub resamples: usize,
    /// The same seed gives the same intervals.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1_000, seed: 1 }
    }
}

impl Bootstrap {
    /// 95 % intervals; `texts` holds the counts of each. `None` without texts or resamples.
    pub fn intervals(&self, texts: &[Tally]) -> Option<F1Intervals> {
        if texts.is_empty() || self.resamples == 0 {
            return None;
        }
        let mut random = Random::new(self.seed);
        let mut resample = || {
            let mut tally = Tally::default();
            (0..texts.len()).for_each(|_| tally.add(&texts[random.below(texts.len())]));
            tally.f1()
        };
        let drawn: Vec<F1> = (0..self.resamples).map(|_| resample()).collect();
        Some(F1Intervals { micro: middle(&drawn, |f1| f1.micro), macro_: middle(&drawn, |f1| f1.macro_) })
    }
}

/// Between the 2.5th and the 97.5th percentile.
fn middle(drawn: &[F1], value: impl Fn(&F1) -> f64) -> Interval {
    let mut values: Vec<f64> = drawn.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    Interval { low: percentile(&values, 0.025), high: percentile(&values, 0.975) }
}

/// What this share of the values, which are sorted and at least one, lies below.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[(share * (sorted.len() - 1) as f64).round() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts with one class, right in `right` of `all`.
    fn texts(right: usize, all: usize) -> Vec<Tally> {
        let text = |number: usize| {
            let mut tally = Tally::default();
            tally.add_sets(&[0], &[usize::from(number >= right)]);
            tally
        };
        (0..all).map(text).collect()
    }

    #[test]
    fn the_seed_decides() {
        let texts = texts(70, 100);
        let drawn_with = |seed| Bootstrap { resamples: 200, seed }.intervals(&texts);
        assert_eq!(drawn_with(1), drawn_with(1));
        assert_ne!(drawn_with(1), drawn_with(2));
    }

    #[test]
    fn intervals_are_about_as_wide_as_the_binomial_ones() {
        // The standard deviation of a share of 0.7 of 100 is 0.046; 1.96 of it is 0.09.
        let interval = Bootstrap::default().intervals(&texts(70, 100)).expect("there are texts").micro;
        assert!((0.58..0.64).contains(&interval.low) && (0.76..0.82).contains(&interval.high), "{interval:?}");
        let narrower = Bootstrap::default().intervals(&texts(700, 1000)).expect("there are texts").micro;
        assert!(narrower.low > interval.low && narrower.high < interval.high, "{narrower:?}");
    }

    #[test]
    fn without_texts_there_is_none() {
        assert_eq!(Bootstrap::default().intervals(&[]), None);
        let certain = Bootstrap::default().intervals(&texts(5, 5)).expect("there are texts");
        assert_eq!(certain.micro, Interval { low: 1.0, high: 1.0 });
    }
}
