//! Since which week a figure is another: changes of many weekly series at once, beyond chance.
//!
//! A series is the weekly mean of a figure of one part of a whole, beside the weekly mean of the rest. It is regressed on the
//! rest, weighted by the number of values, and what is left is looked through for the clearest step: the maximally selected
//! likelihood ratio (Quandt 1960; Hawkins 1977; Worsley 1979). A season that moves all is explained by the rest, with a slope
//! of its own for each series, so that one that is moved twice as much is explained too; and a part that has changed does
//! not make the others look changed, as subtracting the rest would.
//!
//! How clear a step must be is found by permuting the weeks (Freedman and Lane 1983 for residuals beside the rest), all
//! series in the same order, and taking the clearest step of all series each time (Westfall and Young 1993, maxT): so where
//! nothing has changed, anything at all is found with probability `significance` at most, however many series there are and
//! however they depend on each other, and weeks that scatter more than their counts alone would tell are no change. Assumed
//! is that weeks do not depend on each other once the rest is taken into account.
//!
//! Further changes of the same series are looked for before and after the first (binary segmentation; Vostrikova 1981), with
//! the same threshold.

mod design;
mod tally;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::random::mixed;
use design::{Design, Step};
pub use tally::Tally;

/// A stretch must have so many weeks to be looked through.
const LEAST_WEEKS: usize = 8;

/// A figure of one part, week by week.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Of all series the same number of weeks.
    pub own: Vec<Tally>,
    /// What explains a season, as many: the same figure of everything else, or one that moves with it. `None` for a figure that
    /// is itself relative to the rest.
    pub rest: Option<Vec<Tally>>,
    /// The largest possible value less the smallest.
    pub span: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeOptions {
    /// Values that a series must have before and after a change.
    pub minimum: u64,
    /// Largest p-value of a change.
    pub significance: f64,
    /// Orders of the weeks that are tried.
    pub permutations: usize,
    /// Of these orders.
    pub seed: u64,
}

impl Default for ChangeOptions {
    fn default() -> Self {
        Self { minimum: 30, significance: 0.02, permutations: 1_999, seed: 1 }
    }
}

/// From some week on a series has another mean.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangePoint {
    /// Its place in the list.
    pub series: usize,
    /// The first week that is another, and the first and last that may be it, with about 95 % confidence.
    pub since: usize,
    pub earliest: usize,
    pub latest: usize,
    /// From the change before to the next one, or the ends.
    pub weeks: Range<usize>,
    /// After less before, beyond what the rest explains, with its standard error and degrees of freedom.
    pub difference: f64,
    pub error: f64,
    pub degrees: f64,
    /// Probability of something so clear in any of the series when nothing has changed.
    pub p_value: f64,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// The clearest first.
    pub found: Vec<ChangePoint>,
    /// Series with enough values.
    pub tested: usize,
}

/// Deterministic: the same series and options give the same changes. Time grows with series, weeks and permutations, memory
/// with series and weeks.
///
/// # Panics
/// If series differ in their number of weeks.
pub fn find_changes(series: &[Series], options: &ChangeOptions) -> Changes {
    let weeks = series.first().map_or(0, |series| series.own.len());
    let same_length =
        |series: &Series| series.own.len() == weeks && series.rest.as_ref().is_none_or(|rest| rest.len() == weeks);
    assert!(series.iter().all(same_length), "every series has the same weeks");
    let designs: Vec<(usize, Design)> = series
        .iter()
        .enumerate()
        .filter_map(|(place, series)| Some((place, design(series, 0..weeks, options)?)))
        .collect();
    let by_chance = by_chance(&designs, weeks, options);
    if by_chance.is_empty() {
        return Changes { found: Vec::new(), tested: designs.len() };
    }
    let mut found: Vec<(f64, ChangePoint)> = Vec::new();
    for (place, _) in &designs {
        found.extend(changes_of(*place, &series[*place], &by_chance, options));
    }
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    Changes { found: found.into_iter().map(|(_, change)| change).collect(), tested: designs.len() }
}

fn design(series: &Series, weeks: Range<usize>, options: &ChangeOptions) -> Option<Design> {
    if weeks.len() < LEAST_WEEKS { None } else { Design::new(series, weeks, options.minimum) }
}

/// The clearest step of any series, for each order of the weeks; sorted. None when these show that nothing is significant:
/// the orders that are left cannot change that any more.
fn by_chance(designs: &[(usize, Design)], weeks: usize, options: &ChangeOptions) -> Vec<f64> {
    let observed = designs.iter().map(|(_, design)| design.clearest().likelihood).fold(0.0, f64::max);
    let most_as_clear = options.significance * (options.permutations + 1) as f64 - 1.0;
    let mut order: Vec<usize> = (0..weeks).collect();
    let mut scratch = Vec::with_capacity(weeks + 1);
    let mut clearest = Vec::with_capacity(options.permutations);
    let mut as_clear = 0.0;
    for permutation in 0..options.permutations {
        for last in (1..weeks).rev() {
            let draw = mixed(options.seed, (permutation * weeks + last) as u64);
            order.swap(last, (draw % (last as u64 + 1)) as usize);
        }
        let likelihoods = designs.iter().map(|(_, design)| design.likelihood(&order, &mut scratch));
        let likelihood = likelihoods.fold(0.0, f64::max);
        as_clear += if likelihood >= observed { 1.0 } else { 0.0 };
        if as_clear > most_as_clear {
            return Vec::new();
        }
        clearest.push(likelihood);
    }
    clearest.sort_by(f64::total_cmp);
    clearest
}

/// The changes of a series, each with how clear it is.
fn changes_of(place: usize, series: &Series, by_chance: &[f64], options: &ChangeOptions) -> Vec<(f64, ChangePoint)> {
    let whole = 0..series.own.len();
    let p_value = |step: &Step| {
        let less_clear = by_chance.partition_point(|likelihood| *likelihood < step.likelihood);
        (by_chance.len() - less_clear + 1) as f64 / (by_chance.len() + 1) as f64
    };
    let mut steps = Vec::new();
    let mut stretches = vec![whole.clone()];
    while let Some(stretch) = stretches.pop() {
        let clearest = design(series, stretch.clone(), options).map(|design| design.clearest());
        if let Some(step) = clearest.filter(|step| p_value(step) <= options.significance) {
            stretches.extend([stretch.start..step.since, step.since..stretch.end]);
            steps.push(step);
        }
    }
    steps.sort_by_key(|step| step.since);
    let starts: Vec<usize> = steps.iter().map(|step| step.since).collect();
    let of_step = |(number, found): (usize, &Step)| {
        let before = number.checked_sub(1).map_or(0, |before| starts[before]);
        let weeks = before..starts.get(number + 1).copied().unwrap_or(whole.end);
        // Found on a stretch that may have had further changes in it.
        let alone = design(series, weeks.clone(), options).and_then(|design| design.step_at(found.since));
        let step = alone.unwrap_or(*found);
        let change = ChangePoint {
            series: place,
            since: step.since,
            earliest: step.earliest,
            latest: step.latest,
            weeks,
            difference: step.height,
            error: step.error,
            degrees: step.degrees,
            p_value: p_value(found),
        };
        (found.likelihood, change)
    };
    steps.iter().enumerate().map(of_step).collect()
}
