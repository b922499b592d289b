//! The weekly figures of a year, counted from what the service says about each comment: a calculation of its own, which uses
//! neither the service's store nor its counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use klartext_models::changes::{ChangeOptions, ChangePoint, Series, Tally, find_changes};
use klartext_proto::v1::{
    Friction, FrictionKind, Insight, JourneyDimension, JourneyFigure, Mention, Polarity, TouchpointTag,
};

use super::Found;
use super::plan::WEEKS;
use super::recipe::Drawn;

/// In the order in which the service takes them.
const DIMENSIONS: [JourneyDimension; 7] = [
    JourneyDimension::Touchpoint,
    JourneyDimension::Owner,
    JourneyDimension::Channel,
    JourneyDimension::Topic,
    JourneyDimension::Friction,
    JourneyDimension::Handover,
    JourneyDimension::GivenTouchpoint,
];
const FRICTIONS: [(FrictionKind, JourneyFigure); 4] = [
    (FrictionKind::Waiting, JourneyFigure::Waiting),
    (FrictionKind::RepeatedContact, JourneyFigure::RepeatedContact),
    (FrictionKind::Uncertainty, JourneyFigure::Uncertainty),
    (FrictionKind::DeadEnd, JourneyFigure::DeadEnd),
];

/// What the service says about each text, asked with each touchpoint.
pub type Insights = HashMap<(usize, &'static str), Insight>;

/// A week of one value, or of everything.
#[derive(Debug, Clone, Default)]
struct WeekCounts {
    comments: u64,
    nps: Tally,
    csat: Tally,
    net_sentiment: Tally,
    negative: Tally,
    frictions: [Tally; FRICTIONS.len()],
}

/// What a series is of.
struct Subject {
    dimension: JourneyDimension,
    value: String,
    figure: JourneyFigure,
}

/// A year's series, counted once.
pub struct CountedYear {
    subjects: Vec<Subject>,
    series: Vec<Series>,
}

impl CountedYear {
    pub fn new(year: &[Drawn], insights: &Insights) -> Self {
        let (subjects, series) = series_of(year, insights);
        Self { subjects, series }
    }

    /// What has changed in the first `weeks` weeks.
    pub fn changes(&self, weeks: usize, options: &ChangeOptions) -> Vec<Found> {
        let first = |series: &Series| Series {
            own: series.own[..weeks].to_vec(),
            rest: series.rest.as_ref().map(|rest| rest[..weeks].to_vec()),
            span: series.span,
        };
        let series: Vec<Series> = self.series.iter().map(first).collect();
        let found = find_changes(&series, options).found;
        found.iter().map(|change| found_in(&self.subjects[change.series], change, &series[change.series].own)).collect()
    }
}

fn found_in(subject: &Subject, change: &ChangePoint, own: &[Tally]) -> Found {
    let mean = |weeks: &[Tally]| Tally::all(weeks).mean().unwrap_or_default();
    Found {
        dimension: subject.dimension,
        value: subject.value.clone(),
        figure: subject.figure,
        since: change.since + 1,
        earliest: change.earliest + 1,
        latest: change.latest + 1,
        before: mean(&own[change.weeks.start..change.since]),
        after: mean(&own[change.since..change.weeks.end]),
        difference: change.difference,
        p_value: change.p_value,
    }
}

fn series_of(year: &[Drawn], insights: &Insights) -> (Vec<Subject>, Vec<Series>) {
    let mut all = vec![WeekCounts::default(); WEEKS];
    let mut values: BTreeMap<(usize, String), Vec<WeekCounts>> = BTreeMap::new();
    for drawn in year {
        let Some(insight) = insights.get(&(drawn.text, drawn.touchpoint)) else { continue };
        all[drawn.week].count_comment(drawn);
        insight.mentions.iter().for_each(|mention| all[drawn.week].count_mention(mention));
        let of_mentions: Vec<_> =
            insight.mentions.iter().map(|mention| values_of_mention(drawn, insight, mention)).collect();
        let of_comment: BTreeSet<_> =
            values_of_comment(drawn, insight).chain(of_mentions.iter().flatten().cloned()).collect();
        let mut week_of = |value: (usize, String), count: &dyn Fn(&mut WeekCounts)| {
            count(&mut values.entry(value).or_insert_with(|| vec![WeekCounts::default(); WEEKS])[drawn.week]);
        };
        for value in of_comment {
            week_of(value, &|week| week.count_comment(drawn));
        }
        for (mention, of_mention) in insight.mentions.iter().zip(of_mentions) {
            of_mention.into_iter().for_each(|value| week_of(value, &|week| week.count_mention(mention)));
        }
    }
    let mut subjects = Vec::new();
    let mut series = Vec::new();
    for ((dimension, value), own) in values {
        for figure in figures_of(DIMENSIONS[dimension]) {
            series.push(one_series(figure, DIMENSIONS[dimension], &own, &all));
            subjects.push(Subject { dimension: DIMENSIONS[dimension], value: value.clone(), figure });
        }
    }
    (subjects, series)
}

/// By place of the dimension; what belongs to the comment as a whole.
fn values_of_comment(drawn: &Drawn, insight: &Insight) -> impl Iterator<Item = (usize, String)> {
    let channel = drawn.channel.as_str_name().trim_start_matches("CHANNEL_").to_lowercase();
    let side = |owner: &str| if owner.is_empty() { "?".to_owned() } else { owner.to_owned() };
    let owner_of = |side: &Option<klartext_proto::v1::HandoverSide>| {
        side.as_ref().map(|side| side.owner.clone()).unwrap_or_default()
    };
    let handover = insight.handover.as_ref();
    let passage =
        handover.map(|handover| format!("{} -> {}", side(&owner_of(&handover.from)), side(&owner_of(&handover.to))));
    let given = insight.given_touchpoint.as_ref().map(|tag| (6, tag.touchpoint.clone()));
    [(2, channel)].into_iter().chain(passage.map(|passage| (5, passage))).chain(given)
}

/// All of a mention, with those of its comment; each once.
fn values_of_mention(drawn: &Drawn, insight: &Insight, mention: &Mention) -> BTreeSet<(usize, String)> {
    let tag: Option<&TouchpointTag> = mention.touchpoint.as_ref().or(insight.given_touchpoint.as_ref());
    let touchpoint = tag.into_iter().flat_map(|tag| [(0, tag.touchpoint.clone()), (1, tag.owner.clone())]);
    let topics = mention.topics.iter().map(|tag| (3, tag.topic.clone()));
    let friction =
        |friction: &Friction| (4, friction.kind().as_str_name().trim_start_matches("FRICTION_KIND_").to_lowercase());
    let frictions = mention.frictions.iter().map(friction);
    touchpoint.chain(topics).chain(frictions).chain(values_of_comment(drawn, insight)).collect()
}

impl WeekCounts {
    fn count_comment(&mut self, drawn: &Drawn) {
        self.comments += 1;
        if let Some(nps) = drawn.nps {
            self.nps.add(
                if nps >= 9 {
                    100.0
                } else if nps <= 6 {
                    -100.0
                } else {
                    0.0
                },
                1,
            );
        }
        if let Some(csat) = drawn.csat {
            self.csat.add(f64::from(csat), 1);
        }
    }

    fn count_mention(&mut self, mention: &Mention) {
        let polarity = mention.sentiment.as_ref().map_or(Polarity::Unspecified, |sentiment| sentiment.polarity());
        let points = match polarity {
            Polarity::Positive => 100.0,
            Polarity::Negative => -100.0,
            Polarity::Neutral | Polarity::Mixed | Polarity::Unspecified => 0.0,
        };
        self.net_sentiment.add(points, 1);
        self.negative.add(if polarity == Polarity::Negative { 1.0 } else { 0.0 }, 1);
        for ((kind, _), tally) in FRICTIONS.iter().zip(&mut self.frictions) {
            let has = mention.frictions.iter().any(|friction| friction.kind() == *kind);
            tally.add(if has { 1.0 } else { 0.0 }, 1);
        }
    }

    fn tally(&self, figure: JourneyFigure) -> Tally {
        match figure {
            JourneyFigure::Unspecified | JourneyFigure::Volume => Tally::default(),
            JourneyFigure::NetSentiment => self.net_sentiment,
            JourneyFigure::NegativeShare => self.negative,
            JourneyFigure::Nps => self.nps,
            JourneyFigure::Csat => self.csat,
            JourneyFigure::Waiting => self.frictions[0],
            JourneyFigure::RepeatedContact => self.frictions[1],
            JourneyFigure::Uncertainty => self.frictions[2],
            JourneyFigure::DeadEnd => self.frictions[3],
        }
    }
}

/// All but the frictions of a friction.
fn figures_of(dimension: JourneyDimension) -> impl Iterator<Item = JourneyFigure> {
    use JourneyFigure::{Csat, NegativeShare, NetSentiment, Nps, Volume};
    let of_all = [Volume, NetSentiment, NegativeShare, Nps, Csat];
    let frictions = FRICTIONS.into_iter().map(|(_, figure)| figure);
    of_all.into_iter().chain(frictions.filter(move |_| dimension != JourneyDimension::Friction))
}

fn one_series(figure: JourneyFigure, dimension: JourneyDimension, own: &[WeekCounts], all: &[WeekCounts]) -> Series {
    let share_of_comments = |(own, all): (&WeekCounts, &WeekCounts)| {
        let mut tally = Tally::default();
        tally.add(1.0, own.comments);
        tally.add(0.0, all.comments - own.comments);
        tally
    };
    let span = match figure {
        JourneyFigure::NetSentiment | JourneyFigure::Nps => 200.0,
        JourneyFigure::Csat => 4.0,
        _ => 1.0,
    };
    if figure == JourneyFigure::Volume {
        // What is said moves with how much is complained; where it is said does not.
        let is_said =
            matches!(dimension, JourneyDimension::Topic | JourneyDimension::Friction | JourneyDimension::Handover);
        let mood = is_said.then(|| all.iter().map(|week| week.negative).collect());
        return Series { own: own.iter().zip(all).map(share_of_comments).collect(), rest: mood, span };
    }
    let rest = own.iter().zip(all).map(|(own, all)| all.tally(figure).without(own.tally(figure)));
    Series { own: own.iter().map(|week| week.tally(figure)).collect(), rest: Some(rest.collect()), span }
}
