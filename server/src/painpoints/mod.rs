//! Pain points: what is measured of them.

mod contrast;
mod emerging;
mod measures;
mod severity;
mod tally;
mod trend;

pub use contrast::Contrast;
pub use measures::{Hiddenness, MeasuredComment, Measurer, Measures, OwnerPair, Part, Place};
pub use severity::SeverityWeights;
pub use trend::{Counts, MOST_TREND_POINTS, TrendPeriod, TrendPoint, TrendSeries, TrendTest};
