//! Regularised least squares in closed form, with exact leave-one-out predictions (Rifkin and Lippert 2007, "Notes on
//! regularized least-squares").

use tch::{Kind, Tensor};

use super::Matrix;
use crate::heads::Linear;
use crate::{Result, VECTOR_SIZE};

/// A fitted head and what it would have said of each example, had it not seen it.
pub struct RidgeFit {
    pub linear: Linear,
    /// Examples x classes.
    pub left_out: Vec<Vec<f32>>,
}

/// One regression per class on targets of 1 (the example belongs to the class) and -1. `labels` are positions in
/// `classes`; `None` belongs to none. `l2` is added to the diagonal of the features' Gram matrix.
///
/// Takes milliseconds: one Cholesky decomposition of 385 x 385 numbers serves all classes and all left-out predictions.
pub fn fit_ridge(vectors: &Matrix, labels: &[Option<usize>], classes: &[String], l2: f64) -> Result<RidgeFit> {
    let (rows, columns) = (vectors.len() as i64, classes.len() as i64);
    let mut targets = vec![-1f64; labels.len() * classes.len()];
    for (row, class) in labels.iter().enumerate().filter_map(|(row, label)| Some((row, (*label)?))) {
        targets[row * classes.len() + class] = 1.0;
    }
    let options = (Kind::Double, tch::Device::Cpu);
    let features = Tensor::from_slice(&vectors.data).view([rows, VECTOR_SIZE as i64]).to_kind(Kind::Double);
    // The constant column is the bias.
    let features = Tensor::cat(&[features, Tensor::ones([rows, 1], options)], 1);
    let targets = Tensor::from_slice(&targets).view([rows, columns]);
    let gram = features.tr().f_matmul(&features)? + Tensor::eye(VECTOR_SIZE as i64 + 1, options) * l2;
    let inverse = gram.f_linalg_cholesky(false)?.f_cholesky_inverse(false)?;
    let weights = inverse.matmul(&features.tr()).matmul(&targets);
    let leverage = (features.matmul(&inverse) * &features).sum_dim_intlist(1, true, Kind::Double);
    let predictions = features.matmul(&weights);
    let kept: Tensor = 1.0 - leverage;
    let left_out = &targets - (&targets - predictions) / kept.clamp_min(1e-9);

    let floats = |tensor: Tensor| Vec::<f32>::try_from(tensor.to_kind(Kind::Float).reshape([-1]));
    let left_out = floats(left_out)?;
    let linear = Linear {
        classes: classes.to_vec(),
        weights: floats(weights.narrow(0, 0, VECTOR_SIZE as i64).tr().contiguous())?,
        bias: floats(weights.narrow(0, VECTOR_SIZE as i64, 1).contiguous())?,
    };
    Ok(RidgeFit { linear, left_out: left_out.chunks(classes.len()).map(<[f32]>::to_vec).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> (Matrix, Vec<Option<usize>>) {
        let mut vectors = Matrix::default();
        let mut labels = Vec::new();
        for index in 0..30 {
            let mut row = vec![0.0; VECTOR_SIZE];
            row[index % 3] = 1.0;
            row[10 + index % 7] = 0.5;
            vectors.push(&row);
            labels.push((index % 3 < 2).then_some(index % 3));
        }
        (vectors, labels)
    }

    #[test]
    fn left_out_predictions_are_those_of_a_fit_without_the_example() {
        let (vectors, labels) = examples();
        let classes = ["a".to_owned(), "b".to_owned()];
        let fit = fit_ridge(&vectors, &labels, &classes, 0.5).expect("it can be fitted");
        for left_out in [0, 7, 29] {
            let rest: Vec<usize> = (0..labels.len()).filter(|&row| row != left_out).collect();
            let rest_labels: Vec<Option<usize>> = rest.iter().map(|&row| labels[row]).collect();
            let without = fit_ridge(&vectors.select(&rest), &rest_labels, &classes, 0.5).expect("it can be fitted");
            for (class, expected) in fit.left_out[left_out].iter().enumerate() {
                assert!((without.linear.logit(class, vectors.row(left_out)) - expected).abs() < 1e-4);
            }
        }
    }
}
