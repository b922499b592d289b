//! A figure of a pain point's comments beside that of all others.

use serde::{Deserialize, Serialize};

use crate::statistics::Sample;

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
    pub fn of(figure: &str, of_it: &Sample, all: &Sample) -> Option<Self> {
        let others = all.without(of_it);
        let (low, high) = of_it.difference_interval(&others)?;
        Some(Self {
            figure: figure.to_owned(),
            comments: of_it.count,
            mean: of_it.mean,
            other_comments: others.count,
            other_mean: others.mean,
            low,
            high,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        values.iter().for_each(|&value| sample.add(value));
        sample
    }

    #[test]
    fn it_is_set_against_the_others_only() {
        let (of_it, others) = ([2.0, 4.0, 3.0, 1.0, 2.0], [8.0, 9.0, 7.0, 10.0, 6.0, 9.0]);
        let all = [of_it.as_slice(), &others].concat();
        let contrast = Contrast::of("nps", &sample(&of_it), &sample(&all)).expect("enough of both");
        assert_eq!((contrast.comments, contrast.other_comments), (5, 6));
        assert!((contrast.mean - 2.4).abs() < 1e-12 && (contrast.other_mean - 49.0 / 6.0).abs() < 1e-12);
        assert!(contrast.low < contrast.high && contrast.high < 0.0, "{contrast:?}");
    }

    #[test]
    fn equal_numbers_have_no_interval_and_few_no_contrast() {
        let contrast = Contrast::of("csat", &sample(&[3.0, 3.0]), &sample(&[3.0, 3.0, 5.0, 5.0]));
        assert!(contrast.is_some_and(|contrast| contrast.low == -2.0 && contrast.high == -2.0));
        assert_eq!(Contrast::of("csat", &sample(&[3.0]), &sample(&[3.0, 5.0, 5.0])), None);
        assert_eq!(Contrast::of("csat", &sample(&[3.0, 2.0]), &sample(&[3.0, 2.0])), None);
    }
}
