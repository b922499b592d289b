//! Which figures are looked at, and of which counts each is made.

use klartext_models::changes::Tally;
use klartext_models::friction::FrictionKind;

use crate::figures::{DailyCounts, DayCount, Dimension};

/// A figure of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Share of the week's comments that belong here.
    Volume,
    /// -100 to 100.
    NetSentiment,
    /// 0 to 1.
    NegativeShare,
    /// -100 to 100.
    Nps,
    /// 1 to 5.
    Csat,
    /// Share of the mentions with this kind of friction.
    Friction(FrictionKind),
}

impl Figure {
    pub const ALL: [Figure; 9] = [
        Figure::Volume,
        Figure::NetSentiment,
        Figure::NegativeShare,
        Figure::Nps,
        Figure::Csat,
        Figure::Friction(FrictionKind::Waiting),
        Figure::Friction(FrictionKind::RepeatedContact),
        Figure::Friction(FrictionKind::Uncertainty),
        Figure::Friction(FrictionKind::DeadEnd),
    ];

    /// A share of the week's comments is relative to the rest by itself.
    pub fn has_rest(self) -> bool {
        self != Figure::Volume
    }

    /// Of mentions with a kind of friction, the share with a kind of friction says nothing.
    pub(super) fn is_of(self, dimension: Dimension) -> bool {
        !(dimension == Dimension::Friction && matches!(self, Figure::Friction(_)))
    }

    /// The largest possible value less the smallest.
    pub(super) fn span(self) -> f64 {
        match self {
            Figure::NetSentiment | Figure::Nps => 200.0,
            Figure::Csat => 4.0,
            Figure::Volume | Figure::NegativeShare | Figure::Friction(_) => 1.0,
        }
    }

    /// The values of which the figure is the mean. Of the volume these are comments, 1 each: what share that is, all tell.
    pub(super) fn tally(self, counts: &DailyCounts<&[DayCount]>) -> Tally {
        let mut tally = Tally::default();
        let mut share = |part: u64, all: u64| {
            tally.add(1.0, part);
            tally.add(0.0, all.saturating_sub(part));
        };
        match self {
            Figure::Volume => share(counts.comments(), counts.comments()),
            Figure::NegativeShare => {
                let negative = counts.sentiments().filter(|((sign, _), _)| *sign < 0.0).map(|(_, count)| count);
                share(negative.sum(), counts.mentions());
            }
            Figure::Friction(kind) => {
                let kinds = FrictionKind::ALL.iter().zip(counts.frictions());
                let of_kind = kinds.filter(|(other, _)| **other == kind).map(|(_, count)| count);
                share(of_kind.sum(), counts.mentions());
            }
            Figure::NetSentiment => {
                counts.sentiments().for_each(|((sign, _), count)| tally.add(100.0 * sign, count));
            }
            Figure::Nps => counts.nps().for_each(|(value, count)| tally.add(value, count)),
            Figure::Csat => counts.csat().for_each(|(value, count)| tally.add(value, count)),
        }
        tally
    }
}
