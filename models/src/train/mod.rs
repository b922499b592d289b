//! Fitting heads on frozen vectors: regularised logistic regression by L-BFGS on libtorch.

mod calibration;
mod lbfgs;
mod linear;

use std::ops::Range;

pub use calibration::{fit_platt, fit_temperature};
pub use linear::{LogisticOptions, fit_one_vs_rest, fit_softmax};
use serde::{Deserialize, Serialize};

use crate::VECTOR_SIZE;

/// Rows of 384 numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    data: Vec<f32>,
}

impl Matrix {
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), VECTOR_SIZE, "a row has the encoder's width");
        self.data.extend_from_slice(row);
    }

    pub fn len(&self) -> usize {
        self.data.len() / VECTOR_SIZE
    }

    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * VECTOR_SIZE..(index + 1) * VECTOR_SIZE]
    }

    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.data[index * VECTOR_SIZE..(index + 1) * VECTOR_SIZE]
    }

    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(VECTOR_SIZE)
    }

    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.data.chunks_exact_mut(VECTOR_SIZE)
    }

    /// The numbers of the rows in a range, row by row.
    pub fn slice(&self, rows: Range<usize>) -> &[f32] {
        &self.data[rows.start * VECTOR_SIZE..rows.end * VECTOR_SIZE]
    }

    /// Mean of the rows; zeros when there are none.
    pub fn mean(&self) -> Vec<f32> {
        let mut mean = vec![0.0; VECTOR_SIZE];
        for row in self.rows() {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += value / self.len() as f32;
            }
        }
        mean
    }

    /// The rows at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Matrix {
        let mut selected = Matrix::default();
        indices.iter().for_each(|&index| selected.push(self.row(index)));
        selected
    }
}

impl<'a> FromIterator<&'a [f32]> for Matrix {
    fn from_iter<I: IntoIterator<Item = &'a [f32]>>(rows: I) -> Self {
        let mut matrix = Matrix::default();
        rows.into_iter().for_each(|row| matrix.push(row));
        matrix
    }
}
