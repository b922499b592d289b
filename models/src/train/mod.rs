//! Training on libtorch: heads on frozen vectors, by regularised logistic regression and L-BFGS, and the label branch
//! that makes these vectors.

mod adamw;
mod branch;
mod calibration;
mod lbfgs;
mod linear;

use std::ops::Range;

pub use branch::{
    BranchOptions, BranchTrainer, FrozenText, JudgedTarget, LabelledPiece, LabelledTokens, Progress, Target, Task,
};
pub use calibration::{Scaling, fit_platt, fit_scaling, fit_temperature};
pub use linear::{LogisticOptions, fit_one_vs_rest, fit_softmax};
use serde::{Deserialize, Serialize};

use crate::VECTOR_SIZE;

/// Rows of the same number of values, the encoder's 384 if nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    data: Vec<f32>,
    width: usize,
}

impl Default for Matrix {
    fn default() -> Self {
        Self::of_width(VECTOR_SIZE)
    }
}

impl Matrix {
    /// `width` is at least 1.
    pub fn of_width(width: usize) -> Self {
        Self { data: Vec::new(), width }
    }

    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.width, "a row has the matrix' width");
        self.data.extend_from_slice(row);
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn len(&self) -> usize {
        self.data.len() / self.width
    }

    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * self.width..(index + 1) * self.width]
    }

    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.data[index * self.width..(index + 1) * self.width]
    }

    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(self.width)
    }

    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.data.chunks_exact_mut(self.width)
    }

    /// The numbers of the rows in a range, row by row.
    pub fn slice(&self, rows: Range<usize>) -> &[f32] {
        &self.data[rows.start * self.width..rows.end * self.width]
    }

    /// Mean of the rows; zeros when there are none.
    pub fn mean(&self) -> Vec<f32> {
        let mut mean = vec![0.0; self.width];
        for row in self.rows() {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += value / self.len() as f32;
            }
        }
        mean
    }

    /// The rows at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> Matrix {
        let mut selected = Matrix::of_width(self.width);
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
