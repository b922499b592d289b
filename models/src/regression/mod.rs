//! What moves a number: ridge regression (Hoerl and Kennard 1970) of an outcome on features that hold or do not.
//!
//! Everything is computed from sums over the rows ([`Sums`]), which libtorch solves. So folds, penalties and resamples cost
//! a pass over the rows that differ each at most, and rows of any number take little memory: a few bytes each.
//! All features have one penalty: what is seldom seen is pulled towards no influence harder than what is often seen.

mod rows;
mod sums;

use std::thread;

pub use rows::SparseRows;
use sums::Sums;
use tch::{Kind, Tensor};

use crate::clusters::in_parallel;
use crate::random::mixed;
use crate::{Error, Result};

const FOLDS: u64 = 5;
/// As a number of rows: so many rows without influence are as if added to those in which a feature holds.
const PENALTIES: [f64; 12] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// What was fitted to rows.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The outcome where no feature holds.
    pub base: f64,
    /// By feature: how much the outcome differs where it holds, all else equal.
    pub coefficients: Vec<f64>,
    sums: Sums,
}

/// A fit and how good it is.
#[derive(Debug, Clone)]
pub struct Regression {
    pub fit: Fit,
    /// Chosen by cross-validation.
    pub penalty: f64,
    /// Share of the outcome's variance that is explained in rows that the fit has not seen: at most 1, below 0 when the
    /// mean alone predicts better.
    pub r_squared: f64,
    /// In the rows that it was fitted to.
    pub r_squared_seen: f64,
}

impl Regression {
    /// Fits the rows, with the penalty that predicts left-out fifths of them best.
    ///
    /// # Errors
    /// [`Error::Training`] without rows, features, or a difference between outcomes.
    pub fn of(rows: &SparseRows, seed: u64) -> Result<Self> {
        if rows.is_empty() || rows.width() == 0 {
            return Err(Error::Training("there is nothing to learn from".to_owned()));
        }
        let all = Sums::of(rows, 0..rows.len());
        let folds: Vec<Fold> = (0..FOLDS).map(|fold| Fold::of(rows, &all, seed, fold)).collect();
        let without_features: f64 = folds.iter().map(Fold::error_of_mean).sum();
        if without_features == 0.0 {
            return Err(Error::Training("all outcomes are the same".to_owned()));
        }
        let mut best = (f64::INFINITY, 0.0);
        for penalty in PENALTIES {
            let mut error = 0.0;
            for fold in &folds {
                error += Fit::of(fold.seen.clone(), penalty)?.squared_error(&fold.left_out);
            }
            if error < best.0 {
                best = (error, penalty);
            }
        }
        let (error, penalty) = best;
        let fit = Fit::of(all, penalty)?;
        let of_mean = fit.sums.squared_error(fit.sums.mean(), &[]);
        let r_squared_seen = 1.0 - fit.squared_error(&fit.sums) / of_mean;
        Ok(Self { fit, penalty, r_squared: 1.0 - error / without_features, r_squared_seen })
    }

    /// `statistics` of `count` fits to as many rows, each drawn with replacement (Efron 1979), under the same penalty. The
    /// same rows and seed give the same, on any number of threads.
    ///
    /// # Errors
    /// What libtorch says.
    pub fn resample<T: Send>(
        &self,
        rows: &SparseRows,
        count: usize,
        seed: u64,
        statistics: impl Fn(&Fit) -> T + Sync,
    ) -> Result<Vec<T>> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let resample = |number: usize| {
            let seed = mixed(seed, number as u64);
            let count = rows.len() as u64;
            let drawn = (0..count).map(|draw| (mixed(seed, draw) % count) as usize);
            Ok(statistics(&Fit::of(Sums::of(rows, drawn), self.penalty)?))
        };
        in_parallel(threads, count, resample).into_iter().collect()
    }
}

/// A fifth of the rows, and the others.
struct Fold {
    seen: Sums,
    left_out: Sums,
}

impl Fold {
    fn of(rows: &SparseRows, all: &Sums, seed: u64, fold: u64) -> Self {
        let left_out = Sums::of(rows, (0..rows.len()).filter(|row| mixed(seed, *row as u64) % FOLDS == fold));
        Self { seen: all.without(&left_out), left_out }
    }

    /// Of predicting what is left out by the mean of what is seen.
    fn error_of_mean(&self) -> f64 {
        self.left_out.squared_error(self.seen.mean(), &[])
    }
}

impl Fit {
    fn of(sums: Sums, penalty: f64) -> Result<Self> {
        let width = sums.width();
        let mut left = Vec::with_capacity(width * width);
        for first in 0..width {
            for second in 0..width {
                let ridge = if first == second { penalty } else { 0.0 };
                left.push(sums.co_deviation(first, second) + ridge);
            }
        }
        let right: Vec<f64> = (0..width).map(|feature| sums.outcome_deviation(feature)).collect();
        let size = width as i64;
        let factor = Tensor::from_slice(&left).view([size, size]).f_linalg_cholesky(false)?;
        let solved = Tensor::from_slice(&right).view([size, 1]).f_cholesky_solve(&factor, false)?;
        let coefficients = Vec::<f64>::try_from(solved.to_kind(Kind::Double).view([size]))?;
        let explained = |(feature, coefficient): (usize, &f64)| coefficient * sums.share(feature);
        let base = sums.mean() - coefficients.iter().enumerate().map(explained).sum::<f64>();
        Ok(Self { base, coefficients, sums })
    }

    /// Of the outcome; the base and what each feature gives on the whole ([`Fit::net`]) add up to it.
    pub fn mean(&self) -> f64 {
        self.sums.mean()
    }

    /// Of the rows in which the feature holds.
    pub fn share(&self, feature: usize) -> f64 {
        self.sums.share(feature)
    }

    /// How much of the mean outcome the feature gives.
    pub fn net(&self, feature: usize) -> f64 {
        self.coefficients[feature] * self.share(feature)
    }

    /// How much the outcome varies with these features together: the standard deviation of what they give, over the rows.
    pub fn spread(&self, features: &[usize]) -> f64 {
        let mut squares = 0.0;
        for &first in features {
            for &second in features {
                let weight = self.coefficients[first] * self.coefficients[second];
                squares += weight * self.sums.co_deviation(first, second);
            }
        }
        (squares / self.sums.count.max(1.0)).max(0.0).sqrt()
    }

    fn squared_error(&self, rows: &Sums) -> f64 {
        rows.squared_error(self.base, &self.coefficients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: f64 = 30.0;
    /// With how often each holds; the last two have no influence.
    const TRUE: [(f64, f64); 8] = [
        (-60.0, 0.20),
        (-35.0, 0.10),
        (25.0, 0.30),
        (40.0, 0.05),
        (-15.0, 0.15),
        (10.0, 0.25),
        (0.0, 0.20),
        (0.0, 0.04),
    ];

    fn uniform(seed: u64, index: u64) -> f64 {
        (mixed(seed, index) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Features 0 and 1 come together more often than chance has it.
    fn planted(count: u64, seed: u64) -> SparseRows {
        let mut rows = SparseRows::default();
        for row in 0..count {
            let draw = |part: u64| uniform(seed, row * 32 + part);
            let mut features: Vec<u16> = Vec::new();
            for (feature, (_, share)) in TRUE.iter().enumerate() {
                let follows = feature == 1 && features.contains(&0) && draw(30) < 0.4;
                if follows || draw(feature as u64) < *share {
                    features.push(feature as u16);
                }
            }
            // The sum of twelve uniform numbers is as good as normal.
            let noise: f64 = (10..22).map(draw).sum::<f64>() - 6.0;
            let explained: f64 = features.iter().map(|feature| TRUE[usize::from(*feature)].0).sum();
            rows.push(&features, BASE + explained + 50.0 * noise);
        }
        rows
    }

    #[test]
    fn planted_influences_are_found() {
        let rows = planted(40_000, 1);
        let regression = Regression::of(&rows, 1).expect("it can be learnt");
        for (feature, (influence, _)) in TRUE.iter().enumerate() {
            let found = regression.fit.coefficients[feature];
            assert!((found - influence).abs() < 4.0, "{feature}: {found} instead of {influence}");
        }
        assert!((regression.fit.base - BASE).abs() < 2.0, "{}", regression.fit.base);
        // The noise has a variance of 2,500, the outcome without noise one of about 1,250.
        assert!((0.30..0.36).contains(&regression.r_squared), "{}", regression.r_squared);
        assert!(regression.r_squared <= regression.r_squared_seen);
        let net: f64 = (0..TRUE.len()).map(|feature| regression.fit.net(feature)).sum();
        assert!((regression.fit.base + net - regression.fit.mean()).abs() < 1e-6);
        let alone = regression.fit.spread(&[0]);
        let share = regression.fit.share(0);
        let expected = regression.fit.coefficients[0].abs() * (share * (1.0 - share)).sqrt();
        assert!((alone - expected).abs() < 1e-9, "{alone} instead of {expected}");
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let (sets, resamples) = (60, 120);
        let (mut held, mut all) = (0, 0);
        for set in 0..sets {
            let rows = planted(1_500, 100 + set);
            let regression = Regression::of(&rows, 1).expect("it can be learnt");
            let fits = regression.resample(&rows, resamples, set, |fit| fit.coefficients.clone());
            let fits = fits.expect("it can be learnt");
            for (feature, (influence, _)) in TRUE.iter().enumerate() {
                let mut found: Vec<f64> = fits.iter().map(|coefficients| coefficients[feature]).collect();
                found.sort_unstable_by(f64::total_cmp);
                let (low, high) = (found[resamples / 40 - 1], found[resamples - resamples / 40]);
                held += usize::from(low <= *influence && *influence <= high);
                all += 1;
            }
        }
        let coverage = held as f64 / f64::from(all);
        assert!((0.91..0.99).contains(&coverage), "{coverage}");
    }

    #[test]
    fn the_same_seed_gives_the_same_resamples() {
        let rows = planted(300, 7);
        let regression = Regression::of(&rows, 1).expect("it can be learnt");
        let bases = |seed| regression.resample(&rows, 5, seed, |fit| fit.base).expect("it can be learnt");
        assert_eq!(bases(1), bases(1));
        assert_ne!(bases(1), bases(2));
    }

    #[test]
    fn nothing_to_learn_from_is_said() {
        assert!(Regression::of(&SparseRows::default(), 1).is_err());
        let mut same = SparseRows::default();
        (0..40).for_each(|row| same.push(&[row % 3], 5.0));
        assert!(Regression::of(&same, 1).is_err());
    }
}
