//! Means with confidence intervals, and whether two of them differ.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Two-sided.
const CONFIDENCE: f64 = 0.95;

/// What answers, or mentions, say together: how many there are, their mean, and how far they scatter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub count: u64,
    pub mean: f64,
    /// Of the answers, with count - 1; 0 of a single one.
    variance: f64,
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
        let squares: f64 = values.iter().map(|(value, times)| (value - mean).powi(2) * *times as f64).sum();
        let variance = if count > 1 { squares / (count - 1) as f64 } else { 0.0 };
        Some(Self { count, mean, variance })
    }

    /// The 95 % confidence interval of the mean, after Student; of a single value the value itself.
    pub fn interval(&self) -> (f64, f64) {
        let margin = match student(self.count as f64 - 1.0) {
            Some(student) => student.inverse_cdf((1.0 + CONFIDENCE) / 2.0) * self.squared_error().sqrt(),
            None => 0.0,
        };
        (self.mean - margin, self.mean + margin)
    }

    /// Whether the means of two samples differ: the two-sided p-value of Welch's t-test (Welch 1947). 1 where one of
    /// them is a single value, which says nothing about scatter.
    pub fn difference_p_value(&self, other: &Sample) -> f64 {
        if self.count < 2 || other.count < 2 {
            return 1.0;
        }
        let (error, other_error) = (self.squared_error(), other.squared_error());
        let difference = (self.mean - other.mean).abs();
        if error + other_error == 0.0 {
            return if difference == 0.0 { 1.0 } else { 0.0 };
        }
        let degrees = (error + other_error).powi(2)
            / (error.powi(2) / (self.count - 1) as f64 + other_error.powi(2) / (other.count - 1) as f64);
        let distance = difference / (error + other_error).sqrt();
        student(degrees).map_or(1.0, |student| 2.0 * student.sf(distance))
    }

    /// Of the mean.
    fn squared_error(&self) -> f64 {
        self.variance / self.count as f64
    }
}

/// `None` without a degree of freedom.
fn student(degrees: f64) -> Option<StudentsT> {
    (degrees > 0.0).then(|| StudentsT::new(0.0, 1.0, degrees).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-4
    }

    #[test]
    fn the_interval_is_students() {
        // SciPy: t.interval(.95, 4, 3, sem([1, 2, 3, 4, 5])).
        let sample = Sample::of(&[(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (5.0, 1)]).expect("there are values");
        let (low, high) = sample.interval();
        assert!(near(sample.mean, 3.0) && near(low, 1.036757) && near(high, 4.963243), "{low} {high}");
    }

    #[test]
    fn one_value_is_its_own_interval_and_none_is_no_sample() {
        let sample = Sample::of(&[(7.0, 1)]).expect("there is one");
        assert_eq!(sample.interval(), (7.0, 7.0));
        assert_eq!(Sample::of(&[]), None);
        assert_eq!(Sample::of(&[(3.0, 0)]), None);
        assert_eq!(sample.difference_p_value(&sample), 1.0);
    }

    #[test]
    fn the_p_value_is_welchs() {
        // SciPy: ttest_ind([1, 2, 3, 4, 5], [3, 5, 7, 9], equal_var=False).
        let left = Sample::of(&[(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (5.0, 1)]).expect("there are values");
        let right = Sample::of(&[(3.0, 1), (5.0, 1), (7.0, 1), (9.0, 1)]).expect("there are values");
        let p_value = left.difference_p_value(&right);
        assert!(near(p_value, 0.10008), "{p_value}");
        let same = Sample::of(&[(1.0, 3)]).expect("there are values");
        assert_eq!(same.difference_p_value(&same), 1.0);
        assert_eq!(same.difference_p_value(&Sample::of(&[(2.0, 3)]).expect("there are values")), 0.0);
    }
}
