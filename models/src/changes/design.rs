use std::ops::Range;

use super::{Series, Tally};

/// So large a part of a stretch's weeks must have values of the series.
const LEAST_WEEKS_WITH_VALUES: f64 = 0.75;
/// Weeks on either side of a change: one alone is an event, not a change.
const LEAST_WEEKS_OF_A_SIDE: usize = 2;
/// What varies less, as if this number of values were at the other end of the scale and all others at one, is not looked at:
/// two rare events in neighbouring weeks would be a change.
const LEAST_VARIATION: f64 = 10.0;
/// What is left of a step beside the rest must be so large a part of it.
const LEAST_MOVED: f64 = 0.1;
/// 95 % of chi-squared with one degree of freedom.
const LIKELIHOOD_DROP: f64 = 3.841;

/// Standard deviation, in weeks, of the kernel that smooths the rest.
const SMOOTHING: f64 = 3.0;
/// Standard errors by which the rest's weeks must move with their neighbours: up to the first it is taken for chance, from the
/// second on for a movement of all.
const CHANCE_TO_MOVEMENT: [f64; 2] = [2.0, 4.0];

/// A series on a stretch of weeks, as a weighted regression on the rest: all that does not depend on the order of the
/// residuals. Weeks without values are left out of every list.
///
/// Chance in the rest's weeks flattens the slope of a plain regression, which would leave a part of a season in the residuals.
/// So where the rest clearly moves, the slope is that of two-stage least squares with its neighbouring weeks as instrument,
/// whose chance is another. Where it does not move, a plain regression does no harm and an instrument would.
#[derive(Debug)]
pub(super) struct Design {
    /// Of each week with values, its place in the stretch.
    places: Vec<usize>,
    /// Square roots of the weights: a week weighs as many values as it has.
    roots: Vec<f64>,
    /// What constant and rest do not explain, times the root, by place in the stretch; 0 where there are no values.
    residuals: Vec<f64>,
    regressors: Regressors,
    splits: Vec<Split>,
    first_week: usize,
    /// Of a regression that has a step as well.
    degrees: f64,
}

/// All times the root.
#[derive(Debug)]
struct Regressors {
    /// Of length 1.
    constant: Vec<f64>,
    /// The rest and its instrument, both without their means; zeros where there is no rest.
    rest: Vec<f64>,
    instrument: Vec<f64>,
    /// The slope on the rest is this times the product with the instrument.
    gain: f64,
    /// Of the rest, squared.
    rest_length: f64,
}

/// What the regressors say about some values.
struct Fit {
    on_constant: f64,
    slope: f64,
    /// Squares of what they do not explain.
    left: f64,
}

/// A place at which a change may have been.
#[derive(Debug)]
struct Split {
    /// Among the weeks with values: the first after the change.
    first: usize,
    /// Products of the step with the regressors.
    on_constant: f64,
    on_rest: f64,
    /// By how much a step of height one moves the product of step and residuals.
    moved: f64,
    /// Variance of that product when residuals have variance one.
    variance: f64,
}

/// The clearest step of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// Among the weeks of the whole series: the first after the change.
    pub since: usize,
    /// By which the mean is another, beyond what the rest explains, and its standard error.
    pub height: f64,
    pub error: f64,
    pub degrees: f64,
    /// Likelihood ratio of a step here against none; about chi-squared with one degree where nothing was chosen.
    pub likelihood: f64,
    /// The first and the last week at which it is not much less likely.
    pub earliest: usize,
    pub latest: usize,
}

impl Design {
    /// `None` where there is too little to say anything.
    pub fn new(series: &Series, weeks: Range<usize>, minimum: u64) -> Option<Self> {
        let own = &series.own[weeks.clone()];
        let places: Vec<usize> = (0..own.len()).filter(|week| own[*week].count > 0).collect();
        let all = Tally::all(own);
        let has_gaps = (places.len() as f64) < LEAST_WEEKS_WITH_VALUES * own.len() as f64;
        if has_gaps || all.deviations() < LEAST_VARIATION * series.span.powi(2) {
            return None;
        }
        let roots: Vec<f64> = places.iter().map(|week| (own[*week].count as f64).sqrt()).collect();
        let rest = series.rest.as_ref().map(|rest| &rest[weeks.clone()]);
        let regressors = Regressors::new(rest, &places, &roots);
        let times_root = places.iter().zip(&roots).map(|(week, root)| own[*week].mean().unwrap_or_default() * root);
        let mut residuals = vec![0.0; own.len()];
        let left = regressors.residuals(&times_root.collect::<Vec<f64>>());
        places.iter().zip(left).for_each(|(week, left)| residuals[*week] = left);
        let degrees = places.len() as f64 - if regressors.gain == 0.0 { 2.0 } else { 3.0 };
        let splits = splits(own, &places, &roots, &regressors, minimum);
        let can_be_tested = degrees >= 1.0 && !splits.is_empty() && product(&residuals, &residuals) > 0.0;
        can_be_tested.then_some(Self { places, roots, residuals, regressors, splits, first_week: weeks.start, degrees })
    }

    /// The likelihood ratio of the clearest step when the residuals come in this order of the weeks of the stretch. `after`
    /// is overwritten.
    pub fn likelihood(&self, order: &[usize], after: &mut Vec<f64>) -> f64 {
        let fit = self.fit(|place| self.residuals[order[self.places[place]]], after);
        self.likelihood_of(self.splits.iter().map(|split| fit.share(split, after)).fold(0.0, f64::max))
    }

    pub fn clearest(&self) -> Step {
        let shares = self.shares();
        let clearest = (0..shares.len()).max_by(|one, other| shares[*one].total_cmp(&shares[*other]));
        self.step(clearest.unwrap_or_default(), &shares)
    }

    /// The step that begins in this week of the whole series. `None` where no change is looked for.
    pub fn step_at(&self, since: usize) -> Option<Step> {
        let split = (0..self.splits.len()).find(|split| self.week(*split) == since)?;
        Some(self.step(split, &self.shares()))
    }

    fn step(&self, split: usize, shares: &[f64]) -> Step {
        let likelihood = self.likelihood_of(shares[split]);
        let is_likely = |share: &f64| self.likelihood_of(*share) >= likelihood - LIKELIHOOD_DROP;
        let earliest = shares.iter().position(is_likely).unwrap_or(split);
        let latest = shares.iter().rposition(is_likely).unwrap_or(split);
        let Split { first, moved, variance, .. } = self.splits[split];
        let squares = product(&self.residuals, &self.residuals);
        let places = first..self.roots.len();
        let after: f64 = places.map(|place| self.residuals[self.places[place]] * self.roots[place]).sum();
        Step {
            since: self.week(split),
            height: after / moved,
            error: ((1.0 - shares[split]) * squares / self.degrees * variance).sqrt() / moved,
            degrees: self.degrees,
            likelihood,
            earliest: self.week(earliest),
            latest: self.week(latest),
        }
    }

    /// The first week after a split, among those of the whole series.
    fn week(&self, split: usize) -> usize {
        self.first_week + self.places[self.splits[split].first]
    }

    /// What part of the scatter a step at each split explains.
    fn shares(&self) -> Vec<f64> {
        let mut after = Vec::new();
        let fit = self.fit(|place| self.residuals[self.places[place]], &mut after);
        self.splits.iter().map(|split| fit.share(split, &after)).collect()
    }

    /// Fits the regressors to values (times the root). `after` becomes the sum of the values, times the root, from each place
    /// on.
    fn fit(&self, value: impl Fn(usize) -> f64, after: &mut Vec<f64>) -> Fit {
        let Regressors { constant, rest, instrument, gain, .. } = &self.regressors;
        let count = self.places.len();
        let (mut squares, mut on_constant, mut on_rest, mut on_instrument) = (0.0, 0.0, 0.0, 0.0);
        after.clear();
        after.resize(count + 1, 0.0);
        for place in (0..count).rev() {
            let value = value(place);
            squares += value * value;
            on_constant += value * constant[place];
            on_rest += value * rest[place];
            on_instrument += value * instrument[place];
            after[place] = after[place + 1] + value * self.roots[place];
        }
        let slope = gain * on_instrument;
        let explained = on_constant * on_constant + slope * (2.0 * on_rest - slope * self.regressors.rest_length);
        Fit { on_constant, slope, left: squares - explained }
    }

    fn likelihood_of(&self, explained: f64) -> f64 {
        -self.degrees * (1.0 - explained).max(f64::MIN_POSITIVE).ln()
    }
}

impl Fit {
    /// What part of what is left a step explains.
    fn share(&self, split: &Split, after: &[f64]) -> f64 {
        let moved = after[split.first] - self.on_constant * split.on_constant - self.slope * split.on_rest;
        if self.left > 0.0 { (moved * moved / (split.variance * self.left)).min(1.0) } else { 0.0 }
    }
}

impl Regressors {
    fn new(rest: Option<&[Tally]>, places: &[usize], roots: &[f64]) -> Self {
        let constant = roots.iter().map(|root| root / product(roots, roots).sqrt()).collect();
        let nothing = || vec![0.0; roots.len()];
        let mut regressors = Self { constant, rest: nothing(), instrument: nothing(), gain: 0.0, rest_length: 0.0 };
        let Some(rest) = rest else { return regressors };
        let mean = Tally::all(rest).mean().unwrap_or_default();
        let column = |weekly: Vec<f64>| -> Vec<f64> {
            let column: Vec<f64> = places.iter().zip(roots).map(|(week, root)| weekly[*week] * root).collect();
            let on_constant = product(&column, &regressors.constant);
            column.iter().zip(&regressors.constant).map(|(value, constant)| value - on_constant * constant).collect()
        };
        let neighbours = column(of_neighbours(rest, mean));
        regressors.rest = column(rest.iter().map(|week| week.mean().unwrap_or(mean)).collect());
        regressors.instrument = instrument(&regressors.rest, &neighbours);
        let together = product(&regressors.rest, &regressors.instrument);
        regressors.rest_length = product(&regressors.rest, &regressors.rest);
        regressors.gain = if together > 0.0 { 1.0 / together } else { 0.0 };
        regressors
    }

    /// What is left of values (times the root).
    fn residuals(&self, values: &[f64]) -> Vec<f64> {
        let on_constant = product(values, &self.constant);
        let slope = self.gain * product(values, &self.instrument);
        let fitted = self.constant.iter().zip(&self.rest).map(|(constant, rest)| on_constant * constant + slope * rest);
        values.iter().zip(fitted).map(|(value, fitted)| value - fitted).collect()
    }
}

/// Between the rest itself and what its neighbouring weeks say of it.
fn instrument(rest: &[f64], neighbours: &[f64]) -> Vec<f64> {
    let together = product(rest, neighbours);
    let (length, of_neighbours) = (product(rest, rest), product(neighbours, neighbours));
    if together <= 0.0 {
        return rest.to_vec();
    }
    let [chance, movement] = CHANCE_TO_MOVEMENT;
    let clearness = together / (length * of_neighbours / rest.len() as f64).sqrt();
    let share = ((clearness - chance) / (movement - chance)).clamp(0.0, 1.0);
    let scale = together / of_neighbours;
    rest.iter().zip(neighbours).map(|(own, said)| (1.0 - share) * own + share * scale * said).collect()
}

/// What the weeks around each say of it: local lines through them, so that the ends are no flatter than the middle (Fan and
/// Gijbels 1996).
fn of_neighbours(rest: &[Tally], mean: f64) -> Vec<f64> {
    let at = |week: usize| {
        let (mut weights, mut first, mut second, mut sum, mut tilted) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (other, tally) in rest.iter().enumerate().filter(|(other, _)| *other != week) {
            let away = other as f64 - week as f64;
            let kernel = (-0.5 * (away / SMOOTHING).powi(2)).exp();
            let weight = kernel * tally.count as f64;
            weights += weight;
            first += weight * away;
            second += weight * away * away;
            sum += kernel * tally.sum;
            tilted += kernel * tally.sum * away;
        }
        let spread = weights * second - first * first;
        if spread > 0.0 { (second * sum - first * tilted) / spread } else { mean }
    };
    (0..rest.len()).map(at).collect()
}

/// Where a change may have been: with `minimum` values and some weeks before and after.
fn splits(own: &[Tally], places: &[usize], roots: &[f64], regressors: &Regressors, minimum: u64) -> Vec<Split> {
    let count = places.len();
    let weights = |range: Range<usize>| range.map(|place| own[places[place]].count).sum::<u64>();
    let firsts = LEAST_WEEKS_OF_A_SIDE..(count + 1).saturating_sub(LEAST_WEEKS_OF_A_SIDE);
    let split = |first: usize| {
        let on = |column: &[f64]| product(&roots[first..], &column[first..]);
        let Regressors { constant, rest, instrument, gain, .. } = regressors;
        let (on_constant, on_rest, on_instrument) = (on(constant), on(rest), on(instrument));
        let weight = weights(first..count);
        let alone = weight as f64 - on_constant * on_constant;
        let moved = alone - gain * on_instrument * on_rest;
        let slope = gain * on_rest;
        let variance = alone - 2.0 * slope * on_instrument + slope * slope * product(instrument, instrument);
        let is_large = weights(0..first) >= minimum && weight >= minimum;
        // A step that is the same as the rest's movement says nothing.
        let says_something = moved > LEAST_MOVED * alone;
        (is_large && says_something).then_some(Split { first, on_constant, on_rest, moved, variance })
    };
    firsts.filter_map(split).collect()
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
