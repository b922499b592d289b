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
    pub(crate) squares: f64,
}

impl Sample {
    /// Values and how often each occurs. `None` when there are none.
    pub fn of(values: impl Iterator<Item = (f64, u64)> + Clone) -> Option<Self> {
        let count: u64 = values.clone().map(|(_, times)| times).sum();
        if count == 0 {
            return None;
        }
        let sum: f64 = values.clone().map(|(value, times)| value * times as f64).sum();
        let mean = sum / count as f64;
        let squares = values.map(|(value, times)| (value - mean).powi(2) * times as f64).sum();
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

    /// `None` of a single value, which says nothing about scatter.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The same numbers as if their variance were so many times as large.
    pub fn scattered(&self, times: f64) -> Self {
        Self { squares: self.squares * times, ..*self }
    }

    /// The 95 % confidence interval of the mean, after Student; of a single value the value itself.
    pub fn interval(&self) -> (f64, f64) {
        let margin = margin(self.squared_error(), self.count as f64 - 1.0);
        (self.mean - margin, self.mean + margin)
    }

    /// The 95 % confidence interval of this mean less the other one (Welch 1947). `None` where one of them is a single
    /// value, which says nothing about scatter.
    pub fn difference_interval(&self, other: &Self) -> Option<(f64, f64)> {
        let difference = weighted_sum(&[(1.0, *self), (-1.0, *other)])?;
        Some((difference.low, difference.high))
    }

    /// Whether the means differ: the two-sided p-value of Welch's t-test. 1 where one of them is a single value.
    pub fn difference_p_value(&self, other: &Self) -> f64 {
        weighted_sum(&[(1.0, *self), (-1.0, *other)]).map_or(1.0, |difference| difference.p_value)
    }

    /// Squared standard error of the mean; 0 of a single value.
    fn squared_error(&self) -> f64 {
        let degrees = self.count.saturating_sub(1).max(1);
        self.squares / degrees as f64 / self.count.max(1) as f64
    }
}

/// A difference between means, or of such differences, with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// Two-sided, of no difference.
    pub p_value: f64,
}

/// The sum of independent means, each times its weight: `[(1, after), (-1, before)]` is a change. Interval and p-value are
/// Student's with the degrees of freedom of Welch and Satterthwaite. `None` where one of them is a single value, which says
/// nothing about scatter.
pub fn weighted_sum(parts: &[(f64, Sample)]) -> Option<Difference> {
    if parts.iter().any(|(_, sample)| sample.count < 2) {
        return None;
    }
    let value: f64 = parts.iter().map(|(weight, sample)| weight * sample.mean).sum();
    let error_of = |(weight, sample): &(f64, Sample)| weight * weight * sample.squared_error();
    let squared_error: f64 = parts.iter().map(error_of).sum();
    if squared_error == 0.0 {
        let p_value = if value == 0.0 { 1.0 } else { 0.0 };
        return Some(Difference { value, low: value, high: value, p_value });
    }
    let share_of = |part: &(f64, Sample)| error_of(part).powi(2) / (part.1.count - 1) as f64;
    let degrees = squared_error.powi(2) / parts.iter().map(share_of).sum::<f64>();
    let margin = margin(squared_error, degrees);
    let p_value = student(degrees).map_or(1.0, |student| 2.0 * student.sf(value.abs() / squared_error.sqrt()));
    Some(Difference { value, low: value - margin, high: value + margin, p_value })
}

/// Half the width of a 95 % interval.
pub(crate) fn margin(squared_error: f64, degrees: f64) -> f64 {
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
        assert_eq!(Sample::of([1.0, 2.0, 3.0, 4.0, 5.0].into_iter().map(|value| (value, 1))), Some(one_by_one));
    }

    #[test]
    fn one_value_is_its_own_interval_and_none_is_no_sample() {
        let single = sample(&[7.0]);
        assert_eq!(single.interval(), (7.0, 7.0));
        assert_eq!(Sample::of(std::iter::empty()), None);
        assert_eq!(Sample::of([(3.0, 0)].into_iter()), None);
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
    fn differences_of_differences_are_judged_alike() {
        let before = sample(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        let after = sample(&[3.0, 5.0, 7.0, 9.0]);
        let steady = sample(&[4.0; 6]);
        let change = weighted_sum(&[(1.0, after), (-1.0, before)]).expect("both have several");
        assert!(near(change.value, 3.0) && near(change.p_value, 0.100084), "{change:?}");
        // What does not scatter adds nothing to the error.
        let effect = weighted_sum(&[(1.0, after), (-1.0, before), (-1.0, steady), (1.0, steady)]);
        assert_eq!(effect, Some(change));
        assert_eq!(weighted_sum(&[(1.0, after), (-1.0, sample(&[1.0]))]), None);
    }

    #[test]
    fn large_numbers_keep_their_spread() {
        let all: Vec<f64> = (0..1_000).map(|index| 1.7e9 + f64::from(index % 10)).collect();
        let rest = sample(&all).without(&sample(&all[..500]));
        assert!((rest.squares / 500.0 - 8.25).abs() < 1e-3, "{rest:?}");
        assert_eq!(rest.without(&rest), Sample::default());
    }
}
