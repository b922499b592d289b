use serde::{Deserialize, Serialize};

use crate::VECTOR_SIZE;
use crate::encoder::{dot, normalise};
use crate::train::Matrix;

/// Makes vectors that tell what a mention is about, and not how it is meant.
///
/// What all vectors share is subtracted, then the direction along which they change with their polarity is projected
/// out, and they are normalised. That direction is the covariance of the vectors with the output of the sentiment head:
/// the pattern that belongs to the head's weights (Haufe et al. 2014, doi 10.1016/j.neuroimage.2013.10.067). The
/// weights themselves would not do: they are the filter that reads polarity best, and lie across what is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    mean: Vec<f32>,
    /// Of length 1, or zeros where polarity does not vary.
    polarity: Vec<f32>,
}

impl Transform {
    /// `polarity`: 384 weights whose product with a vector tells how positive it is.
    pub fn fit(vectors: &Matrix, polarity: &[f32]) -> Self {
        let mean = mean(vectors);
        let mean_polarity = f64::from(dot(&mean, polarity));
        let mut covariance = vec![0.0f64; VECTOR_SIZE];
        for row in vectors.rows() {
            let deviation = f64::from(dot(row, polarity)) - mean_polarity;
            for (sum, (value, mean)) in covariance.iter_mut().zip(row.iter().zip(&mean)) {
                *sum += deviation * f64::from(value - mean);
            }
        }
        let length = covariance.iter().map(|value| value * value).sum::<f64>().sqrt();
        // Of copies of one vector only rounding errors are left, which are no direction.
        let least = 1e-6 * vectors.len() as f64 * f64::from(dot(polarity, polarity)).sqrt();
        let factor = if length > least { 1.0 / length } else { 0.0 };
        let polarity = covariance.iter().map(|value| (value * factor) as f32).collect();
        Self { mean, polarity }
    }

    /// A vector of length 1, or of zeros if it is the mean.
    pub fn apply(&self, vector: &mut [f32]) {
        /// What is left of the mean itself when it is subtracted.
        const ROUNDING: f32 = 1e-5;
        vector.iter_mut().zip(&self.mean).for_each(|(value, mean)| *value -= mean);
        let share = dot(vector, &self.polarity);
        vector.iter_mut().zip(&self.polarity).for_each(|(value, direction)| *value -= share * direction);
        match dot(vector, vector).sqrt() > ROUNDING {
            true => normalise(vector),
            false => vector.fill(0.0),
        }
    }
}

/// In double precision, so that many rows do not add up to a drift.
fn mean(vectors: &Matrix) -> Vec<f32> {
    let mut sums = vec![0.0f64; VECTOR_SIZE];
    for row in vectors.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let count = vectors.len().max(1) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two subjects (numbers 0 and 1), each praised and blamed (number 2), in the company of number 3.
    fn row(subject: usize, polarity: f32) -> Vec<f32> {
        let mut row = vec![0.0; VECTOR_SIZE];
        row[subject] = 0.3;
        row[2] = 0.4 * polarity;
        row[3] = 0.2 * polarity;
        row[4] = 0.8;
        row
    }

    #[test]
    fn polarity_is_taken_out_with_what_goes_along() {
        let rows: Vec<Vec<f32>> =
            [(0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0)].iter().map(|&(subject, sign)| row(subject, sign)).collect();
        let vectors: Matrix = rows.iter().map(Vec::as_slice).collect();
        let mut weights = vec![0.0; VECTOR_SIZE];
        weights[2] = 5.0;
        let transform = Transform::fit(&vectors, &weights);
        let transformed: Vec<Vec<f32>> = rows
            .into_iter()
            .map(|mut row| {
                transform.apply(&mut row);
                row
            })
            .collect();
        assert!(dot(&transformed[0], &transformed[1]) > 0.999, "praise and blame of one subject are the same");
        assert!(dot(&transformed[0], &transformed[2]) < -0.999, "the subjects are not");
    }

    #[test]
    fn copies_of_one_vector_become_zeros() {
        let vector = row(0, 1.0);
        let vectors: Matrix = std::iter::repeat_n(vector.as_slice(), 7).collect();
        let transform = Transform::fit(&vectors, &vector);
        let mut transformed = vector.clone();
        transform.apply(&mut transformed);
        assert!(transformed.iter().all(|&value| value == 0.0), "{transformed:?}");
    }
}
