//! Whether a pain point grows or fades.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::period::{Period, midnight};

/// Of a trend series.
pub const MOST_TREND_POINTS: usize = 1_000;
/// Of the normal distribution, for 95 % intervals.
const Z_95: f64 = 1.959_963_984_540_054;
/// With fewer weeks a line through them says nothing.
const FEWEST_WEEKS: u32 = 4;

/// Mentions of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Of the pain point.
    pub mentions: u64,
    /// Of the journey, in any pain point or none.
    pub all: u64,
}

/// A pain point's volume in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendPoint {
    pub start: DateTime<Utc>,
    pub counts: Counts,
    /// Of the journey's mentions, 0 to 1, and its 95 % interval after Wilson (1927); 0 without mentions.
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Counts mentions by period.
#[derive(Debug, Clone)]
pub struct TrendSeries {
    period: Period,
    counts: BTreeMap<NaiveDate, Counts>,
}

impl TrendSeries {
    pub fn new(period: Period) -> Self {
        Self { period, counts: BTreeMap::new() }
    }

    /// Every mention of the journey is added once.
    pub fn add(&mut self, time: DateTime<Utc>, is_of_pain_point: bool) {
        let counts = self.counts.entry(self.period.first_day(time.date_naive())).or_default();
        counts.all += 1;
        counts.mentions += u64::from(is_of_pain_point);
    }

    /// Without gaps, the oldest first; of more than [`MOST_TREND_POINTS`] the newest.
    pub fn points(&self) -> Vec<TrendPoint> {
        let Some((&first, _)) = self.counts.first_key_value() else { return Vec::new() };
        let last = self.counts.last_key_value().map_or(first, |(&last, _)| last);
        let starts = std::iter::successors(Some(first), |&start| self.period.next(start));
        let starts: Vec<NaiveDate> = starts.take_while(|&start| start <= last).collect();
        let newest = &starts[starts.len().saturating_sub(MOST_TREND_POINTS)..];
        newest.iter().map(|start| point(*start, self.counts.get(start).copied().unwrap_or_default())).collect()
    }
}

fn point(start: NaiveDate, counts: Counts) -> TrendPoint {
    let start = midnight(start);
    if counts.all == 0 {
        return TrendPoint { start, counts, share: 0.0, low: 0.0, high: 0.0 };
    }
    let (share, all) = (counts.mentions as f64 / counts.all as f64, counts.all as f64);
    let z_squared = Z_95 * Z_95;
    let middle = share + z_squared / (2.0 * all);
    let width = Z_95 * (share * (1.0 - share) / all + z_squared / (4.0 * all * all)).sqrt();
    let scale = 1.0 + z_squared / all;
    // Rounding must not leave the bounds on the wrong side of 0, 1 and the share itself.
    let low = ((middle - width) / scale).clamp(0.0, share);
    TrendPoint { start, counts, share, low, high: ((middle + width) / scale).clamp(share, 1.0) }
}

/// Whether a share rises or falls from week to week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrendTest {
    /// Change of the share per week, in percentage points.
    pub slope: f64,
    /// Two-sided; 1 with fewer than four weeks.
    pub p_value: f64,
    /// With mentions of the journey.
    pub weeks: u32,
}

/// The test for a trend in proportions of Cochran (1954) and Armitage (1955), given numbers of weeks and their counts.
///
/// The slope is that of the weighted line through the shares, which is what the test tests.
pub fn trend_test(weeks: impl IntoIterator<Item = (i64, Counts)>) -> TrendTest {
    let weeks: Vec<(i64, Counts)> = weeks.into_iter().filter(|(_, counts)| counts.all > 0).collect();
    let sum = |of: &dyn Fn(f64, f64, f64) -> f64| {
        let numbers = weeks.iter().map(|(week, counts)| (*week, counts.mentions as f64, counts.all as f64));
        numbers.map(|(week, mentions, all)| of(week as f64, mentions, all)).sum::<f64>()
    };
    let count = weeks.len() as u32;
    let (mentions, all) = (sum(&|_, mentions, _| mentions), sum(&|_, _, all| all));
    let mean_week = sum(&|week, _, all| week * all) / all;
    let share = mentions / all;
    let covariance = sum(&|week, mentions, all| (week - mean_week) * (mentions - share * all));
    let spread = sum(&|week, _, all| (week - mean_week).powi(2) * all);
    let deviation = (share * (1.0 - share) * spread).sqrt();
    if count < FEWEST_WEEKS || deviation == 0.0 {
        return TrendTest { slope: 0.0, p_value: 1.0, weeks: count };
    }
    let z = covariance / deviation;
    TrendTest { slope: 100.0 * covariance / spread, p_value: 2.0 * Normal::standard().sf(z.abs()), weeks: count }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn at(year: i32, month: u32, day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, 13, 30, 0).single().expect("a time")
    }

    fn weeks(counts: &[(u64, u64)]) -> TrendTest {
        let counts = counts.iter().map(|&(mentions, all)| Counts { mentions, all });
        trend_test((0..).zip(counts))
    }

    #[test]
    fn shares_that_rise_have_a_slope_and_a_small_p_value() {
        // Chi-squared 11.666 with one degree of freedom.
        let test = weeks(&[(10, 100), (15, 100), (20, 100), (28, 100)]);
        assert!((test.p_value - 0.000_636_5).abs() < 1e-7, "{}", test.p_value);
        assert!((test.slope - 5.9).abs() < 1e-9, "{}", test.slope);
        assert_eq!(test.weeks, 4);
    }

    #[test]
    fn few_weeks_and_no_change_are_no_trend() {
        assert_eq!(weeks(&[(1, 10), (5, 10), (9, 10)]).p_value, 1.0);
        assert_eq!(weeks(&[]).weeks, 0);
        assert_eq!(weeks(&[(10, 10); 6]).p_value, 1.0);
        assert_eq!(
            weeks(&[(0, 10), (0, 0), (0, 10), (0, 9), (0, 3)]),
            TrendTest { slope: 0.0, p_value: 1.0, weeks: 4 }
        );
        assert!((weeks(&[(3, 10); 6]).p_value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn series_have_no_gaps() {
        let mut series = TrendSeries::new(Period::Week);
        assert!(series.points().is_empty());
        series.add(at(2026, 3, 1), true);
        series.add(at(2026, 3, 18), false);
        series.add(at(2026, 3, 19), true);
        let points = series.points();
        let starts: Vec<String> = points.iter().map(|point| point.start.date_naive().to_string()).collect();
        assert_eq!(starts, ["2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16"]);
        let counts: Vec<(u64, u64)> = points.iter().map(|point| (point.counts.mentions, point.counts.all)).collect();
        assert_eq!(counts, [(1, 1), (0, 0), (0, 0), (1, 2)]);
    }

    #[test]
    fn only_the_newest_points_are_given() {
        let mut series = TrendSeries::new(Period::Day);
        series.add(at(2020, 1, 1), true);
        series.add(at(2026, 1, 1), true);
        let points = series.points();
        assert_eq!(points.len(), MOST_TREND_POINTS);
        assert_eq!(points[MOST_TREND_POINTS - 1].start.date_naive().to_string(), "2026-01-01");
    }

    #[test]
    fn intervals_after_wilson() {
        let point = point(at(2026, 1, 1).date_naive(), Counts { mentions: 3, all: 20 });
        assert!((point.low - 0.0524).abs() < 1e-4 && (point.high - 0.3604).abs() < 1e-4, "{point:?}");
    }
}
