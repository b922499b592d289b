//! Days, weeks and months, whole and in UTC.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

use crate::insights::TimeRange;

/// Into what a time is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day,
    /// From Monday.
    Week,
    Month,
}

/// One day, week or month, as far as it is in the time that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Of the whole period.
    pub start: DateTime<Utc>,
    /// What is counted.
    pub time: TimeRange,
    pub is_cut: bool,
}

impl Period {
    /// The periods of a time from `from`, inclusive, until `until`, exclusive, the oldest first; `None` when there are
    /// more than `most`.
    pub fn slices(self, from: DateTime<Utc>, until: DateTime<Utc>, most: usize) -> Option<Vec<Slice>> {
        let mut slices = Vec::new();
        let mut first_day = self.first_day(from.date_naive());
        while midnight(first_day) < until {
            if slices.len() == most {
                return None;
            }
            let next_day = self.next(first_day)?;
            let (start, end) = (midnight(first_day), midnight(next_day));
            let time = TimeRange { from: Some(start.max(from)), until: Some(end.min(until)) };
            slices.push(Slice { start, time, is_cut: start < from || end > until });
            first_day = next_day;
        }
        Some(slices)
    }

    /// The first day of the period that a day lies in.
    pub fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Period::Day => day,
            Period::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
            Period::Month => day - Days::new(day.day0().into()),
        }
    }

    /// The first day of the period after the one that begins on this day; `None` at the end of the calendar.
    pub fn next(self, first_day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Period::Day => first_day.succ_opt(),
            Period::Week => first_day.checked_add_days(Days::new(7)),
            Period::Month => first_day.checked_add_months(Months::new(1)),
        }
    }
}

/// The beginning of a day.
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("it is a time")
    }

    #[test]
    fn months_are_whole_and_the_ends_are_cut() {
        let (from, until) = (time("2026-01-15T12:00:00Z"), time("2026-03-01T00:00:00Z"));
        let slices = Period::Month.slices(from, until, 10).expect("they are few");
        assert_eq!(slices.len(), 2);
        assert_eq!(slices[0].start, time("2026-01-01T00:00:00Z"));
        assert_eq!(slices[0].time.from, Some(from));
        assert!(slices[0].is_cut && !slices[1].is_cut);
        assert_eq!(slices[1].time.until, Some(until));
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let slices = Period::Week.slices(time("2026-11-25T00:00:00Z"), time("2026-11-30T00:00:01Z"), 10);
        let starts: Vec<DateTime<Utc>> = slices.expect("they are few").iter().map(|slice| slice.start).collect();
        assert_eq!(starts, [time("2026-11-23T00:00:00Z"), time("2026-11-30T00:00:00Z")]);
    }

    #[test]
    fn too_many_periods_are_none() {
        let (from, until) = (time("2026-01-01T00:00:00Z"), time("2026-01-04T00:00:00Z"));
        assert_eq!(Period::Day.slices(from, until, 2), None);
        assert_eq!(Period::Day.slices(from, until, 3).map(|slices| slices.len()), Some(3));
        assert_eq!(Period::Day.slices(from, from, 3), Some(Vec::new()));
    }
}
