//! Numbers that are there to be counted by the store ([`crate::store::Store::count_by`]): what the journey's figures are made of.
//! Each holds its day too, so that one question tells how often each value occurs on each day.

use chrono::{DateTime, NaiveDate, Utc};
use klartext_models::friction::FrictionKind;

use super::{Mention, Polarity, Sentiment};

/// How many codes a day has room for.
const CODES: i64 = 1 << 16;
/// Of a mention's score, -100 to 100, from 0 on.
const LOWEST_SCORE: i64 = -100;
const SCORES: i64 = 256;

/// What occurs on a day, in UTC. What the code means is for its field to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnDay {
    pub day: NaiveDate,
    pub code: u16,
}

impl OnDay {
    pub fn new(time: DateTime<Utc>, code: u16) -> Self {
        Self { day: time.date_naive(), code }
    }

    /// As it is stored.
    pub fn packed(self) -> i64 {
        i64::from(self.day.to_epoch_days()) * CODES + i64::from(self.code)
    }

    /// `None` for what no [`OnDay::packed`] has made.
    pub fn unpacked(number: i64) -> Option<Self> {
        let days = i32::try_from(number.div_euclid(CODES)).ok()?;
        let code = u16::try_from(number.rem_euclid(CODES)).ok()?;
        Some(Self { day: NaiveDate::from_epoch_days(days)?, code })
    }
}

/// Whether a mention praises or complains, and its score to a hundredth.
pub fn sentiment_code(sentiment: Option<&Sentiment>) -> u16 {
    let Some(Sentiment { polarity, score, .. }) = sentiment else { return 0 };
    let sign = match polarity {
        Polarity::Negative => 1,
        Polarity::Neutral | Polarity::Mixed => 2,
        Polarity::Positive => 3,
    };
    let score = hundredths(f64::from(*score)).clamp(LOWEST_SCORE, -LOWEST_SCORE) - LOWEST_SCORE;
    (sign * SCORES + score) as u16
}

/// -1, 0 or 1 for its polarity, and its score, -1 to 1; `None` for a mention without a sentiment.
pub fn sentiment_of(code: u16) -> Option<(f64, f64)> {
    let (sign, score) = (i64::from(code) / SCORES, i64::from(code) % SCORES);
    (sign > 0).then(|| ((sign - 2) as f64, (score + LOWEST_SCORE) as f64 / 100.0))
}

/// A customer's score, 0 to 10 at most, to a hundredth.
pub fn score_code(score: f64) -> u16 {
    hundredths(score).clamp(0, i64::from(u16::MAX)) as u16
}

pub fn score_of(code: u16) -> f64 {
    f64::from(code) / 100.0
}

/// Of each kind of friction in a mention its place among the kinds.
pub fn friction_codes(mention: &Mention) -> impl Iterator<Item = u16> {
    let place = |kind: FrictionKind| FrictionKind::ALL.iter().position(|other| *other == kind);
    mention.frictions.iter().filter_map(move |friction| u16::try_from(place(friction.kind)?).ok())
}

fn hundredths(score: f64) -> i64 {
    (score * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_codes_come_back() {
        for text in ["1683-05-01T23:59:59Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2026-11-25T12:00:00Z"] {
            for code in [0, 1, u16::MAX] {
                let on_day = OnDay::new(text.parse().expect("it is a time"), code);
                assert_eq!(OnDay::unpacked(on_day.packed()), Some(on_day));
            }
        }
        assert_eq!(OnDay::unpacked(i64::MAX), None);
    }

    #[test]
    fn sentiments_and_scores_come_back_to_a_hundredth() {
        let said = |polarity, score| {
            sentiment_of(sentiment_code(Some(&Sentiment {
                polarity,
                score,
                negative: 0.0,
                neutral: 0.0,
                positive: 0.0,
            })))
        };
        assert_eq!(said(Polarity::Negative, -1.0), Some((-1.0, -1.0)));
        assert_eq!(said(Polarity::Neutral, 0.004), Some((0.0, 0.0)));
        assert_eq!(said(Polarity::Positive, 0.996), Some((1.0, 1.0)));
        assert_eq!(sentiment_of(sentiment_code(None)), None);
        assert_eq!([0.0, 6.66, 10.0].map(|score| score_of(score_code(score))), [0.0, 6.66, 10.0]);
    }
}
