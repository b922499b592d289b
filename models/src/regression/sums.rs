use super::SparseRows;

/// All that a least-squares regression needs of rows: how often features hold, alone and together, and with what outcome.
#[derive(Debug, Clone)]
pub struct Sums {
    width: usize,
    pub count: f64,
    pub outcomes: f64,
    outcome_squares: f64,
    /// By feature.
    held: Vec<f64>,
    outcomes_held: Vec<f64>,
    /// Feature by feature; only where the first is not after the second.
    together: Vec<f64>,
}

impl Sums {
    pub fn of_width(width: usize) -> Self {
        Self {
            width,
            count: 0.0,
            outcomes: 0.0,
            outcome_squares: 0.0,
            held: vec![0.0; width],
            outcomes_held: vec![0.0; width],
            together: vec![0.0; width * width],
        }
    }

    /// Of the rows of these numbers, which may come several times.
    pub fn of(rows: &SparseRows, numbers: impl Iterator<Item = usize>) -> Self {
        let mut sums = Self::of_width(rows.width());
        let times = rows.times(numbers);
        for ((features, outcome), times) in rows.distinct().zip(times).filter(|(_, times)| *times > 0) {
            sums.add(features, outcome, f64::from(times));
        }
        sums
    }

    fn add(&mut self, features: &[u16], outcome: f64, times: f64) {
        self.count += times;
        self.outcomes += times * outcome;
        self.outcome_squares += times * outcome * outcome;
        for (place, &first) in features.iter().enumerate() {
            let first = usize::from(first);
            self.held[first] += times;
            self.outcomes_held[first] += times * outcome;
            for &second in &features[place..] {
                let second = usize::from(second);
                self.together[first.min(second) * self.width + first.max(second)] += times;
            }
        }
    }

    /// What is left without a part of the rows.
    pub fn without(&self, part: &Self) -> Self {
        let less = |all: &[f64], part: &[f64]| all.iter().zip(part).map(|(all, part)| all - part).collect();
        Self {
            width: self.width,
            count: self.count - part.count,
            outcomes: self.outcomes - part.outcomes,
            outcome_squares: self.outcome_squares - part.outcome_squares,
            held: less(&self.held, &part.held),
            outcomes_held: less(&self.outcomes_held, &part.outcomes_held),
            together: less(&self.together, &part.together),
        }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn mean(&self) -> f64 {
        self.outcomes / self.count.max(1.0)
    }

    /// Of the rows in which the feature holds.
    pub fn share(&self, feature: usize) -> f64 {
        self.held[feature] / self.count.max(1.0)
    }

    /// Sum of the products of two features' deviations from their means.
    pub fn co_deviation(&self, first: usize, second: usize) -> f64 {
        let together = self.together[first.min(second) * self.width + first.max(second)];
        together - self.held[first] * self.held[second] / self.count.max(1.0)
    }

    /// The same of a feature and the outcome.
    pub fn outcome_deviation(&self, feature: usize) -> f64 {
        self.outcomes_held[feature] - self.held[feature] * self.mean()
    }

    /// Sum of the squared errors of these rows' predictions.
    pub fn squared_error(&self, base: f64, coefficients: &[f64]) -> f64 {
        let mut error = self.outcome_squares - 2.0 * base * self.outcomes + base * base * self.count;
        for (first, coefficient) in coefficients.iter().enumerate() {
            error += 2.0 * coefficient * (base * self.held[first] - self.outcomes_held[first]);
            error += coefficient * coefficient * self.together[first * self.width + first];
            for (second, other) in coefficients.iter().enumerate().skip(first + 1) {
                error += 2.0 * coefficient * other * self.together[first * self.width + second];
            }
        }
        error.max(0.0)
    }
}
