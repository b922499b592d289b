//! What matters: how much each touchpoint, topic, friction and handover moves NPS or CSAT, beside how well it does.
//!
//! A comment is one row of a ridge regression, however often it says a thing; what it says bad and what it says good of a
//! driver are two features. Intervals come from resampled comments.

mod reading;

use klartext_models::regression::{Fit, Regression};
use statrs::statistics::{Data, OrderStatistics};

pub use reading::{DriverKey, Said};

use self::reading::{Answers, features};
use crate::error::{Error, Result};
use crate::figures::{Described, Dimension};
use crate::insights::CommentFilter;
use crate::journey::Journey;
use crate::store::Store;

/// Fewer comments with an answer cannot be learnt from.
pub const LEAST_ANSWERS: usize = 20;
/// Fits whose 2.5th and 97.5th percentile make an interval.
pub const RESAMPLES: usize = 400;
/// From here on a driver does well: as much is said for it as against it.
pub const NEUTRAL_FULFILMENT: f64 = 0.0;

/// The score that is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// -100 of a detractor, 0, 100 of a promoter.
    Nps,
    /// 1 to 5.
    Csat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DriverKind {
    Touchpoint,
    Topic,
    Friction,
    Handover,
    /// Mentions that nothing else explains.
    Other,
}

impl DriverKind {
    /// Those that can be asked for.
    pub const NAMED: [DriverKind; 4] =
        [DriverKind::Touchpoint, DriverKind::Topic, DriverKind::Friction, DriverKind::Handover];

    /// Can it be praised?
    fn has_positive_side(self) -> bool {
        !matches!(self, DriverKind::Friction | DriverKind::Handover)
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct DriversRequest {
    pub outcome: Outcome,
    /// What is held apart.
    pub kinds: Vec<DriverKind>,
    /// Of one journey.
    pub filter: CommentFilter,
    /// Community surveys too, which do not belong into the continuous measure.
    pub include_community: bool,
    /// Drivers in fewer comments do not move the line between important and not.
    pub minimum_volume: u64,
    pub seed: u64,
}

#[derive(Debug, Clone)]
pub struct Drivers {
    /// Most important first.
    pub drivers: Vec<Driver>,
    pub fit: DriverFit,
    /// From here on a driver is important.
    pub importance_threshold: f64,
}

#[derive(Debug, Clone)]
pub struct DriverFit {
    pub comments: u64,
    pub mean: f64,
    pub base: f64,
    pub r_squared: f64,
    pub r_squared_seen: f64,
    pub penalty: f64,
}

#[derive(Debug, Clone)]
pub struct Driver {
    pub key: DriverKey,
    pub described: Described,
    pub said: Said,
    pub influences: Influences,
    pub is_few: bool,
}

/// With its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influence {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// In points of the score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influences {
    pub negative: SideInfluence,
    /// `None` of what cannot be praised.
    pub positive: Option<SideInfluence>,
    /// What both sides give on the whole.
    pub net: Influence,
    /// Standard deviation of what both sides give, over the comments.
    pub importance: Influence,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideInfluence {
    /// Of the comments, 0 to 1.
    pub share: f64,
    pub per_mention: Influence,
    pub net: Influence,
}

/// Importance against fulfilment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quadrant {
    Keep,
    Improve,
    Watch,
    Overdone,
}

impl Drivers {
    pub fn quadrant(&self, driver: &Driver) -> Quadrant {
        let is_important = driver.influences.importance.value >= self.importance_threshold;
        let does_well = driver.said.net_sentiment.mean >= NEUTRAL_FULFILMENT;
        match (is_important, does_well) {
            (true, true) => Quadrant::Keep,
            (true, false) => Quadrant::Improve,
            (false, false) => Quadrant::Watch,
            (false, true) => Quadrant::Overdone,
        }
    }
}

/// # Errors
/// [`Error::TooFewAnswers`], or what the store says.
pub async fn drivers(store: &dyn Store, journey: &Journey, request: &DriversRequest) -> Result<Drivers> {
    let answers = Answers::read(store, request).await?;
    let too_few = Error::TooFewAnswers { answers: answers.rows.len(), least: LEAST_ANSWERS };
    if answers.rows.len() < LEAST_ANSWERS {
        return Err(too_few);
    }
    let seed = request.seed;
    let learning = tokio::task::spawn_blocking(move || learn(answers, seed)).await;
    let (answers, learnt) = learning.map_err(|error| Error::Internal(format!("learning failed: {error}")))?;
    let (regression, influences) = match learnt {
        Ok(learnt) => learnt,
        Err(klartext_models::Error::Training(_)) => return Err(too_few),
        Err(error) => return Err(error.into()),
    };
    let described = answers.drivers.into_iter().zip(influences).map(|((key, said), influences)| Driver {
        described: describe(journey, &key),
        is_few: said.comments < request.minimum_volume,
        key,
        said,
        influences,
    });
    let mut drivers: Vec<Driver> = described.collect();
    let importance = |driver: &Driver| driver.influences.importance.value;
    drivers
        .sort_by(|left, right| importance(right).total_cmp(&importance(left)).then_with(|| left.key.cmp(&right.key)));
    let reliable: Vec<f64> = drivers.iter().filter(|driver| !driver.is_few).map(importance).collect();
    let all = || drivers.iter().map(importance).collect();
    let importance_threshold = Data::new(if reliable.is_empty() { all() } else { reliable }).median();
    let Regression { fit, penalty, r_squared, r_squared_seen } = &regression;
    let fit = DriverFit {
        comments: answers.rows.len() as u64,
        mean: fit.mean(),
        base: fit.base,
        r_squared: *r_squared,
        r_squared_seen: *r_squared_seen,
        penalty: *penalty,
    };
    Ok(Drivers { drivers, fit, importance_threshold })
}

fn describe(journey: &Journey, key: &DriverKey) -> Described {
    match key.kind {
        DriverKind::Touchpoint => Dimension::Touchpoint.describe(journey, &key.value),
        DriverKind::Topic => Dimension::Topic.describe(journey, &key.value),
        DriverKind::Friction => Dimension::Friction.describe(journey, &key.value),
        DriverKind::Handover => Dimension::Handover.describe(journey, &key.value),
        DriverKind::Other => Described::default(),
    }
}

type Learnt = klartext_models::Result<(Regression, Vec<Influences>)>;

/// With the answers given back.
fn learn(answers: Answers, seed: u64) -> (Answers, Learnt) {
    let learnt = influences(&answers, seed);
    (answers, learnt)
}

fn influences(answers: &Answers, seed: u64) -> Learnt {
    let Answers { rows, drivers, .. } = answers;
    let regression = Regression::of(rows, seed)?;
    let of_fit = |fit: &Fit| -> Vec<Measured> { (0..drivers.len()).map(|place| Measured::of(fit, place)).collect() };
    let resampled = regression.resample(rows, RESAMPLES, seed, of_fit)?;
    let fitted = of_fit(&regression.fit);
    let of_driver = |(place, (key, said)): (usize, &(DriverKey, Said))| {
        let influence = |value: fn(&Measured) -> f64| {
            let mut found = Data::new(resampled.iter().map(|drivers| value(&drivers[place])).collect::<Vec<f64>>());
            let value = value(&fitted[place]);
            // A shrunken estimate may lie beside what most resamples say.
            Influence { value, low: found.quantile(0.025).min(value), high: found.quantile(0.975).max(value) }
        };
        let share = |comments: u64| comments as f64 / rows.len() as f64;
        Influences {
            negative: SideInfluence {
                share: share(said.negative_comments),
                per_mention: influence(|measured| measured.per_mention[0]),
                net: influence(|measured| measured.net[0]),
            },
            positive: key.kind.has_positive_side().then(|| SideInfluence {
                share: share(said.positive_comments),
                per_mention: influence(|measured| measured.per_mention[1]),
                net: influence(|measured| measured.net[1]),
            }),
            net: influence(|measured| measured.net[0] + measured.net[1]),
            importance: influence(|measured| measured.importance),
        }
    };
    let influences = drivers.iter().enumerate().map(of_driver).collect();
    Ok((regression, influences))
}

/// One fit's answer for a driver; negative and positive.
struct Measured {
    per_mention: [f64; 2],
    net: [f64; 2],
    importance: f64,
}

impl Measured {
    fn of(fit: &Fit, place: usize) -> Self {
        // The last driver's positive side is no feature when nobody ever praised it.
        let seen = features(place).map(|feature| Some(feature).filter(|feature| *feature < fit.coefficients.len()));
        let known: Vec<usize> = seen.into_iter().flatten().collect();
        Self {
            per_mention: seen.map(|feature| feature.map_or(0.0, |feature| fit.coefficients[feature])),
            net: seen.map(|feature| feature.map_or(0.0, |feature| fit.net(feature))),
            importance: fit.spread(&known),
        }
    }
}
