//! A figure of a pain point's comments beside that of all others.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Count, mean and spread of numbers that are seen once (Welford 1962).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    /// Sum of the squared deviations from the mean.
    squares: f64,
}

impl Moments {
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let deviation = value - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (value - self.mean);
    }

    /// What is left of these numbers without some of them.
    fn without(&self, part: &Self) -> Self {
        let count = self.count - part.count;
        if count == 0 {
            return Self::default();
        }
        let (of_all, of_part, of_rest) = (self.count as f64, part.count as f64, count as f64);
        let mean = (of_all * self.mean - of_part * part.mean) / of_rest;
        let between = (mean - part.mean).powi(2) * of_part * of_rest / of_all;
        Self { count, mean, squares: (self.squares - part.squares - between).max(0.0) }
    }

    /// Squared standard error of the mean; there are two numbers at least.
    fn squared_error(&self) -> f64 {
        self.squares / (self.count - 1) as f64 / self.count as f64
    }
}

/// The mean of a figure of a pain point's comments against that of the journey's others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// "nps", "csat", "stars", or "attributes.<key>".
    pub figure: String,
    pub comments: u64,
    pub mean: f64,
    pub other_comments: u64,
    pub other_mean: f64,
    /// Of `mean` - `other_mean`: 95 % interval after Welch (1947).
    pub low: f64,
    pub high: f64,
}

impl Contrast {
    /// `all` are the numbers of all comments, those of the pain point among them. None with fewer than two on a side, of
    /// which nothing can be said.
    pub fn of(figure: &str, of_it: &Moments, all: &Moments) -> Option<Self> {
        const CONFIDENCE: f64 = 0.95;
        let others = all.without(of_it);
        if of_it.count < 2 || others.count < 2 {
            return None;
        }
        let (error, other_error) = (of_it.squared_error(), others.squared_error());
        let variance = error + other_error;
        let width = if variance > 0.0 {
            let own_part = error * error / (of_it.count - 1) as f64;
            let other_part = other_error * other_error / (others.count - 1) as f64;
            let distribution = StudentsT::new(0.0, 1.0, variance * variance / (own_part + other_part)).ok()?;
            distribution.inverse_cdf((1.0 + CONFIDENCE) / 2.0) * variance.sqrt()
        } else {
            0.0
        };
        let difference = of_it.mean - others.mean;
        Some(Self {
            figure: figure.to_owned(),
            comments: of_it.count,
            mean: of_it.mean,
            other_comments: others.count,
            other_mean: others.mean,
            low: difference - width,
            high: difference + width,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        moments
    }

    #[test]
    fn the_interval_is_that_of_welch() {
        // scipy.stats.ttest_ind([2, 4, 3, 1, 2], [8, 9, 7, 10, 6, 9], equal_var=False).confidence_interval().
        let (of_it, others) = ([2.0, 4.0, 3.0, 1.0, 2.0], [8.0, 9.0, 7.0, 10.0, 6.0, 9.0]);
        let all = [of_it.as_slice(), &others].concat();
        let contrast = Contrast::of("nps", &moments(&of_it), &moments(&all)).expect("enough of both");
        assert_eq!((contrast.comments, contrast.other_comments), (5, 6));
        assert!((contrast.mean - 2.4).abs() < 1e-12 && (contrast.other_mean - 49.0 / 6.0).abs() < 1e-12);
        assert!((contrast.low - -7.550_222).abs() < 1e-6 && (contrast.high - -3.983_112).abs() < 1e-6, "{contrast:?}");
    }

    #[test]
    fn large_numbers_keep_their_spread() {
        let far = |value: f64| 1.7e9 + value;
        let all: Vec<f64> = (0..1_000).map(|index| far(f64::from(index % 10))).collect();
        let rest = moments(&all).without(&moments(&all[..500]));
        assert!((rest.squares / 500.0 - 8.25).abs() < 1e-3, "{rest:?}");
    }

    #[test]
    fn equal_numbers_have_no_interval_and_few_no_contrast() {
        let contrast = Contrast::of("csat", &moments(&[3.0, 3.0]), &moments(&[3.0, 3.0, 5.0, 5.0]));
        assert!(contrast.is_some_and(|contrast| contrast.low == -2.0 && contrast.high == -2.0));
        assert_eq!(Contrast::of("csat", &moments(&[3.0]), &moments(&[3.0, 5.0, 5.0])), None);
        assert_eq!(Contrast::of("csat", &moments(&[3.0, 2.0]), &moments(&[3.0, 2.0])), None);
    }
}
