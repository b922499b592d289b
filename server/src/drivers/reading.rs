//! What comments with an answer say, as rows of a regression.

use std::collections::{BTreeSet, HashMap};

use klartext_models::regression::SparseRows;

use super::{DriverKind, DriversRequest, Outcome};
use crate::error::Result;
use crate::figures::net_promoter;
use crate::insights::{CountedComment, MentionFields, Polarity, from_payload};
use crate::statistics::Sample;
use crate::store::paging::each_point;
use crate::store::{Bounds, Condition, Filter, Kind, Point, Store};

/// Comments that are read at once.
const PAGE: usize = 1_000;

/// A touchpoint, topic, friction or handover.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DriverKey {
    pub kind: DriverKind,
    /// Empty for [`DriverKind::Other`].
    pub value: String,
}

/// What is said of a driver in comments with an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    /// That say something good or bad about it.
    pub comments: u64,
    pub negative_comments: u64,
    pub positive_comments: u64,
    /// -100, 0 and 100 of each mention.
    pub net_sentiment: Sample,
}

/// A row for each comment. A driver has two features: its place doubled where something bad is said, and one more where
/// something good is.
#[derive(Debug, Default)]
pub struct Answers {
    pub rows: SparseRows,
    pub drivers: Vec<(DriverKey, Said)>,
    places: HashMap<DriverKey, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Negative,
    Positive,
}

/// The features of a driver: negative and positive.
pub fn features(place: usize) -> [usize; 2] {
    [2 * place, 2 * place + 1]
}

impl Answers {
    /// Reads page by page; kept are rows and counts.
    pub async fn read(store: &dyn Store, request: &DriversRequest) -> Result<Self> {
        let mut answers = Self::default();
        let take = |point: Point| -> Result<()> {
            answers.add(from_payload(point.payload)?, request);
            Ok(())
        };
        each_point(store, Kind::Comments, &answered(request), PAGE, take).await?;
        Ok(answers)
    }

    fn add(&mut self, comment: CountedComment, request: &DriversRequest) {
        let outcome = match request.outcome {
            Outcome::Nps => comment.nps.map(net_promoter),
            Outcome::Csat => comment.csat,
        };
        let Some(outcome) = outcome else { return };
        let mut said = BTreeSet::new();
        for mention in &comment.mentions {
            let sentiment = net_sentiment(mention);
            for (key, side) in keys(mention, comment.handover.as_deref(), request) {
                let place = self.place(key);
                self.drivers[place].1.net_sentiment.add(sentiment);
                said.extend(side.map(|side| (place, side)));
            }
        }
        for (place, side) in &said {
            let of_driver = &mut self.drivers[*place].1;
            let has_both = *side == Side::Positive && said.contains(&(*place, Side::Negative));
            of_driver.comments += u64::from(!has_both);
            match side {
                Side::Negative => of_driver.negative_comments += 1,
                Side::Positive => of_driver.positive_comments += 1,
            }
        }
        let row: Vec<u16> = said.into_iter().map(|(place, side)| features(place)[side as usize] as u16).collect();
        self.rows.push(&row, outcome);
    }

    fn place(&mut self, key: DriverKey) -> usize {
        let next = self.drivers.len();
        let drivers = &mut self.drivers;
        *self.places.entry(key).or_insert_with_key(|key| {
            drivers.push((key.clone(), Said::default()));
            next
        })
    }
}

/// The comments with an answer.
fn answered(request: &DriversRequest) -> Filter {
    let mut filter = request.filter.continuous(request.filter.for_comments(), request.include_community);
    let field = match request.outcome {
        Outcome::Nps => "nps",
        Outcome::Csat => "csat",
    };
    // Every answer is at least 0.
    let bounds = Bounds { at_least: Some(0.0), ..Bounds::default() };
    filter.all.push(Condition::Range { field, bounds });
    filter
}

fn net_sentiment(mention: &MentionFields) -> f64 {
    match mention.sentiment {
        Some(Polarity::Positive) => 100.0,
        Some(Polarity::Negative) => -100.0,
        Some(Polarity::Neutral | Polarity::Mixed) | None => 0.0,
    }
}

/// The drivers of a mention, and on which side of each it is; frictions and handovers have one side only.
fn keys(mention: &MentionFields, handover: Option<&str>, request: &DriversRequest) -> Vec<(DriverKey, Option<Side>)> {
    let side = match mention.sentiment {
        Some(Polarity::Negative) => Some(Side::Negative),
        Some(Polarity::Positive) => Some(Side::Positive),
        Some(Polarity::Neutral | Polarity::Mixed) | None => None,
    };
    let key = |kind, value: &str| DriverKey { kind, value: value.to_owned() };
    let touchpoints = mention.touchpoint.iter().map(|value| (key(DriverKind::Touchpoint, value), side));
    let topics = mention.topics.iter().map(|value| (key(DriverKind::Topic, value), side));
    let frictions = mention.frictions.iter().map(|kind| (key(DriverKind::Friction, kind.name()), Some(Side::Negative)));
    let handovers = handover.iter().map(|value| (key(DriverKind::Handover, value), Some(Side::Negative)));
    let all = touchpoints.chain(topics).chain(frictions).chain(handovers);
    let mut keys: Vec<_> = all.filter(|(key, _)| request.kinds.contains(&key.kind)).collect();
    if keys.is_empty() {
        keys.push((key(DriverKind::Other, ""), side));
    }
    keys
}
