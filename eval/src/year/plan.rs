//! What happens in a simulated year, and how it may be recognised.

use klartext_proto::v1::{JourneyDimension, JourneyFigure};
use serde::Serialize;

use super::Found;

/// The journey whose gold comments the year is built from.
pub const JOURNEY: &str = "generic";
pub const WEEKS: usize = 52;
/// Weeks by which a found week may be beside the planted one.
const NEAR: usize = 3;

/// A touchpoint that customers are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Station {
    pub touchpoint: &'static str,
    /// Of a hundred comments.
    pub weight: f64,
    /// Log-odds of a complaint.
    pub complaint: f64,
}

/// Volumes and moods differ, so that a season does not move all figures by the same number of points.
pub const STATIONS: [Station; 8] = [
    Station { touchpoint: "customer-service", weight: 22.0, complaint: 0.3 },
    Station { touchpoint: "product-use", weight: 20.0, complaint: -0.4 },
    Station { touchpoint: "billing", weight: 18.0, complaint: 0.0 },
    Station { touchpoint: "repair-warranty", weight: 16.0, complaint: 0.9 },
    Station { touchpoint: "ordering", weight: 12.0, complaint: -1.2 },
    Station { touchpoint: "delivery", weight: 5.0, complaint: 0.4 },
    Station { touchpoint: "first-use", weight: 4.0, complaint: -0.2 },
    Station { touchpoint: "contract-change", weight: 3.0, complaint: 0.0 },
];

/// What is planted. Everything else of the year is season and noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Two of three comments about the bill tell of what another department did not pass on.
    HandoverBreaks,
    /// Callers wait twice as long, and half of them say so instead of one in ten.
    WaitingDoubles,
    /// Ordering is rated as well as ever, but six in ten of its comments complain about the delivery.
    NextStepFails,
    /// The odds of a complaint about repairs fall to a twelfth.
    MeasureHelps,
}

impl Effect {
    pub const ALL: [Effect; 4] =
        [Effect::NextStepFails, Effect::HandoverBreaks, Effect::WaitingDoubles, Effect::MeasureHelps];

    pub fn name(self) -> &'static str {
        match self {
            Effect::HandoverBreaks => "a handover breaks",
            Effect::WaitingDoubles => "the hotline's waiting time doubles",
            Effect::NextStepFails => "rated well, but the next step fails",
            Effect::MeasureHelps => "a measure helps",
        }
    }

    /// The first week in which it is so, from 1.
    pub fn week(self) -> usize {
        match self {
            Effect::NextStepFails => 12,
            Effect::HandoverBreaks => 20,
            Effect::WaitingDoubles => 30,
            Effect::MeasureHelps => 40,
        }
    }

    fn makes_better(self) -> bool {
        self == Effect::MeasureHelps
    }

    /// Where it may be seen: the touchpoints, spoken of or asked about, and owners that it concerns, and what it consists of.
    fn places(self) -> &'static [(JourneyDimension, &'static str)] {
        use JourneyDimension::{Channel, Friction, Handover, Owner, Topic, Touchpoint};
        match self {
            Effect::HandoverBreaks => &[
                (Touchpoint, "billing"),
                (Owner, "Rechnungswesen"),
                (Handover, "Rechnungswesen"),
                (Topic, "billing-accuracy"),
            ],
            Effect::WaitingDoubles => &[
                (Touchpoint, "customer-service"),
                (Owner, "Kundendialog"),
                (Channel, "call_centre"),
                (Friction, "waiting"),
                (Topic, "waiting-time"),
            ],
            Effect::NextStepFails => &[
                (Touchpoint, "ordering"),
                (Owner, "Vertrieb"),
                (Handover, "Logistik"),
                (Touchpoint, "delivery"),
                (Owner, "Logistik"),
                (Topic, "delivery-time"),
            ],
            Effect::MeasureHelps => &[(Touchpoint, "repair-warranty"), (Owner, "Reparatur und Schaden")],
        }
    }

    /// Is it this that was found: there, then, and in this direction?
    pub fn explains(self, found: &Found) -> bool {
        let is_there = |(dimension, value): &(JourneyDimension, &str)| {
            let is_value = match dimension {
                JourneyDimension::Handover => found.value.split(" -> ").any(|owner| owner == *value),
                _ => found.value == *value,
            };
            let is_of_touchpoint =
                *dimension == JourneyDimension::Touchpoint && found.dimension == JourneyDimension::GivenTouchpoint;
            (*dimension == found.dimension || is_of_touchpoint) && is_value
        };
        let is_its_way = found.is_better().is_none_or(|is_better| is_better == self.makes_better());
        self.places().iter().any(is_there) && is_its_way && self.is_near(found)
    }

    /// Does the week fit?
    pub fn is_near(self, found: &Found) -> bool {
        found.since.abs_diff(self.week()) <= NEAR || (found.earliest..=found.latest).contains(&self.week())
    }
}

impl Found {
    /// `None` for a volume, which is neither.
    fn is_better(&self) -> Option<bool> {
        match self.figure {
            JourneyFigure::Unspecified | JourneyFigure::Volume => None,
            JourneyFigure::NetSentiment | JourneyFigure::Nps | JourneyFigure::Csat => Some(self.difference > 0.0),
            JourneyFigure::NegativeShare
            | JourneyFigure::Waiting
            | JourneyFigure::RepeatedContact
            | JourneyFigure::Uncertainty
            | JourneyFigure::DeadEnd => Some(self.difference < 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &str, figure: JourneyFigure, since: usize, difference: f64) -> Found {
        let dimension = if value.contains("->") { JourneyDimension::Handover } else { JourneyDimension::Touchpoint };
        Found {
            dimension,
            value: value.to_owned(),
            figure,
            since,
            earliest: since,
            latest: since,
            before: 0.0,
            after: difference,
            difference,
            p_value: 0.001,
        }
    }

    #[test]
    fn an_effect_explains_what_is_there_then_and_in_its_direction() {
        let explains = |effect: Effect, value, figure, since, difference| {
            effect.explains(&found(value, figure, since, difference))
        };
        assert!(explains(Effect::MeasureHelps, "repair-warranty", JourneyFigure::Nps, 41, 30.0));
        assert!(!explains(Effect::MeasureHelps, "repair-warranty", JourneyFigure::Nps, 41, -30.0));
        assert!(!explains(Effect::MeasureHelps, "repair-warranty", JourneyFigure::Nps, 30, 30.0));
        assert!(!explains(Effect::MeasureHelps, "billing", JourneyFigure::Nps, 41, 30.0));
        let passage = "Vertragsmanagement -> Rechnungswesen";
        assert!(explains(Effect::HandoverBreaks, passage, JourneyFigure::Volume, 19, 0.05));
    }

    #[test]
    fn a_hundred_comments_are_a_hundred() {
        assert!((STATIONS.iter().map(|station| station.weight).sum::<f64>() - 100.0).abs() < 1e-9);
    }
}
