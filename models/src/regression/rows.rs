use std::collections::HashMap;

/// Rows of a regression: an outcome, and the few features that hold for it. A feature holds or it does not.
///
/// Equal rows are kept once: of a hundred thousand comments only a few thousand differ in this.
#[derive(Debug, Clone, Default)]
pub struct SparseRows {
    distinct: Vec<Row>,
    /// The place of each row among the distinct ones.
    places: Vec<u32>,
    known: HashMap<Row, u32>,
    width: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    features: Box<[u16]>,
    outcome_bits: u64,
}

impl SparseRows {
    /// `features` are numbers from 0 on, each at most once. Rows with the same features in the same order and the same
    /// outcome are equal.
    pub fn push(&mut self, features: &[u16], outcome: f64) {
        let row = Row { features: features.into(), outcome_bits: outcome.to_bits() };
        let next = self.distinct.len() as u32;
        let distinct = &mut self.distinct;
        let place = *self.known.entry(row).or_insert_with_key(|row| {
            distinct.push(row.clone());
            next
        });
        self.places.push(place);
        let width = features.iter().map(|feature| usize::from(*feature) + 1).max().unwrap_or(0);
        self.width = self.width.max(width);
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many features there are: one more than the largest number.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How often each distinct row stands among the rows of these numbers, which may come several times.
    pub(super) fn times(&self, rows: impl Iterator<Item = usize>) -> Vec<u32> {
        let mut times = vec![0; self.distinct.len()];
        for row in rows {
            times[self.places[row] as usize] += 1;
        }
        times
    }

    /// Features and outcomes of the distinct rows.
    pub(super) fn distinct(&self) -> impl Iterator<Item = (&[u16], f64)> {
        self.distinct.iter().map(|row| (&*row.features, f64::from_bits(row.outcome_bits)))
    }
}
