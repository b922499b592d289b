/// Rows of a regression: an outcome, and the few features that hold for it. A feature holds or it does not.
#[derive(Debug, Clone, Default)]
pub struct SparseRows {
    features: Vec<u16>,
    /// Where each row's features end.
    ends: Vec<usize>,
    outcomes: Vec<f64>,
    width: usize,
}

impl SparseRows {
    /// `features` are numbers from 0 on, each at most once.
    pub fn push(&mut self, features: &[u16], outcome: f64) {
        self.features.extend_from_slice(features);
        self.ends.push(self.features.len());
        self.outcomes.push(outcome);
        let width = features.iter().map(|feature| usize::from(*feature) + 1).max().unwrap_or(0);
        self.width = self.width.max(width);
    }

    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// How many features there are: one more than the largest number.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn row(&self, index: usize) -> (&[u16], f64) {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        (&self.features[start..self.ends[index]], self.outcomes[index])
    }
}
