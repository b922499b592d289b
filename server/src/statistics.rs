//! Means with confidence intervals, and whether two of them differ.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Two-sided.
const CONFIDENCE: f64 = 0.95;

/// What numbers say together: how many there are, their mean, and how far they scatter. Each is seen once (Welford 1962).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sample {
    pub count: u64,
    pub mean: f64,
    /// Sum of the squared deviations from the mean.
    squares: f64,
}

impl Sample {
    /// Values and how often each occurs. `None` when there are none.
    pub fn of(values: &[(f64, u64)]) -> Option<Self> {
        let count: u64 = values.iter().map(|(_, times)| times).sum();
        if count == 0 {
            return None;
        }
        let sum: f64 = values.iter().map(|(value, times)| value * *times as f64).sum();
        let mean = sum / count as f64;
        let squares = values.iter().map(|(value, times)| (value - mean).powi(2) * *times as f64).sum();
        Some(Self { count, mean, squares })
    }

    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let deviation = value - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (value - self.mean);
    }

    /// What is left of these numbers without some of them.
    pub fn without(&self, part: &Self) -> Self {
        let count = self.count - part.count;
        if count == 0 {
            return Self::default();
        }
        let (of_all, of_part, of_rest) = (self.count as f64, part.count as f64, count as f64);
        let mean = (of_all * self.mean - of_part * part.mean) / of_rest;
        let between = (mean - part.mean).powi(2) * of_part * of_rest / of_all;
        Self { count, mean, squares: (self.squares - part.squares - between).max(0.0) }
    }

    /// The 95 % confidence interval of the mean, after Student; of a single value the value itself.
    pub fn interval(&self) -> (f64, f64) {
        let margin = margin(self.squared_error(), self.count as f64 - 1.0);
        (self.mean - margin, self.mean + margin)
    }

    /// The 95 % confidence interval of this mean less the other one (Welch 1947). `None` where one of them is a single
    /// value, which says nothing about scatter.
    pub fn difference_interval(&self, other: &Self) -> Option<(f64, f64)> {
        let (squared_error, degrees) = self.difference_error(other)?;
        let margin = margin(squared_error, degrees);
        let difference = self.mean - other.mean;
        Some((difference - margin, difference + margin))
    }

    /// Whether the means differ: the two-sided p-value of Welch's t-test. 1 where one of them is a single value.
    pub fn difference_p_value(&self, other: &Self) -> f64 {
        let Some((squared_error, degrees)) = self.difference_error(other) else { return 1.0 };
        let difference = (self.mean - other.mean).abs();
        if squared_error == 0.0 {
            return if difference == 0.0 { 1.0 } else { 0.0 };
        }
        student(degrees).map_or(1.0, |student| 2.0 * student.sf(difference / squared_error.sqrt()))
    }

    /// Squared standard error of the difference of the means, and its degrees of freedom.
    fn difference_error(&self, other: &Self) -> Option<(f64, f64)> {
        if self.count < 2 || other.count < 2 {
            return None;
        }
        let (own, others) = (self.squared_error(), other.squared_error());
        let parts = own.powi(2) / (self.count - 1) as f64 + others.powi(2) / (other.count - 1) as f64;
        Some((own + others, (own + others).powi(2) / parts))
    }

    /// Squared standard error of the mean; 0 of a single value.
    fn squared_error(&self) -> f64 {
        let degrees = self.count.saturating_sub(1).max(1);
        self.squares / degrees as f64 / self.count.max(1) as f64
    }
}

/// Half the width of an interval.
fn margin(squared_error: f64, degrees: f64) -> f64 {
    if squared_error == 0.0 {
        return 0.0;
    }
    let quantile = student(degrees).map_or(0.0, |student| student.inverse_cdf((1.0 + CONFIDENCE) / 2.0));
    quantile * squared_error.sqrt()
}

/// `None` without a degree of freedom.
fn student(degrees: f64) -> Option<StudentsT> {
    (degrees > 0.0).then(|| StudentsT::new(0.0, 1.0, degrees).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let mut sample = Sample::default();
        values.iter().for_each(|&value| sample.add(value));
        sample
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-5
    }

    #[test]
    fn the_interval_is_students() {
        // SciPy: t.interval(.95, 4, 3, sem([1, 2, 3, 4, 5])).
        let one_by_one = sample(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let (low, high) = one_by_one.interval();
        assert!(near(one_by_one.mean, 3.0) && near(low, 1.036757) && near(high, 4.963243), "{low} {high}");
        assert_eq!(Sample::of(&[(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (5.0, 1)]), Some(one_by_one));
    }

    #[test]
    fn one_value_is_its_own_interval_and_none_is_no_sample() {
        let single = sample(&[7.0]);
        assert_eq!(single.interval(), (7.0, 7.0));
        assert_eq!(Sample::of(&[]), None);
        assert_eq!(Sample::of(&[(3.0, 0)]), None);
        assert_eq!(single.difference_p_value(&single), 1.0);
        assert_eq!(single.difference_interval(&single), None);
    }

    #[test]
    fn differences_are_judged_as_welch_does() {
        // SciPy: ttest_ind([1, 2, 3, 4, 5], [3, 5, 7, 9], equal_var=False).
        let (left, right) = (sample(&[1.0, 2.0, 3.0, 4.0, 5.0]), sample(&[3.0, 5.0, 7.0, 9.0]));
        let p_value = left.difference_p_value(&right);
        assert!(near(p_value, 0.100084), "{p_value}");
        // SciPy: ttest_ind([2, 4, 3, 1, 2], [8, 9, 7, 10, 6, 9], equal_var=False).confidence_interval().
        let (left, right) = (sample(&[2.0, 4.0, 3.0, 1.0, 2.0]), sample(&[8.0, 9.0, 7.0, 10.0, 6.0, 9.0]));
        let (low, high) = left.difference_interval(&right).expect("both have several");
        assert!(near(low, -7.550222) && near(high, -3.983112), "{low} {high}");
        let same = sample(&[1.0; 3]);
        assert_eq!(same.difference_p_value(&same), 1.0);
        assert_eq!(same.difference_p_value(&sample(&[2.0; 3])), 0.0);
        assert_eq!(same.difference_interval(&sample(&[2.0; 3])), Some((-1.0, -1.0)));
    }

    #[test]
    fn large_numbers_keep_their_spread() {
        let all: Vec<f64> = (0..1_000).map(|index| 1.7e9 + f64::from(index % 10)).collect();
        let rest = sample(&all).without(&sample(&all[..500]));
        assert!((rest.squares / 500.0 - 8.25).abs() < 1e-3, "{rest:?}");
        assert_eq!(rest.without(&rest), Sample::default());
    }
}
