//! What is counted of a journey and of each of its pain points.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use chrono::{DateTime, Datelike, Utc};
use klartext_models::friction::FrictionKind;

use super::contrast::Contrast;
use super::emerging::Volume;
use super::measures::{Hiddenness, Measures, OwnerPair, Part};
use super::severity::{SeverityParts, SeverityWeights};
use super::trend::{Counts, trend_test};
use crate::insights::{Channel, Comment, Insight, Mention, has_good_score};
use crate::period::Period;
use crate::statistics::Sample;

/// Weeks that the trend looks at, up to the journey's last one: older change is no news.
const TREND_WEEKS: i64 = 26;
/// A pain point sits on two owners when each has at least this share of its mentions, and at least so many.
const LEAST_SHARE_OF_OWNER: f64 = 0.2;
const FEWEST_OF_OWNER: u64 = 2;

/// What is counted of a whole journey.
#[derive(Debug, Default)]
pub(super) struct Journey {
    /// All mentions, in any pain point or none.
    mentions: u64,
    weeks: BTreeMap<i64, u64>,
    channels: HashSet<Channel>,
    figures: BTreeMap<String, Sample>,
    /// Mentions in a pain point that are no weak members.
    pub in_pain_points: u64,
    pub volume: Volume,
}

impl Journey {
    pub fn add_comment(&mut self, comment: &Comment, mentions: usize, figures: &[(String, f64)], volume: Volume) {
        self.mentions += mentions as u64;
        *self.weeks.entry(week_of(comment.time)).or_default() += mentions as u64;
        // Where it is not known, it may be any.
        if comment.channel != Channel::Unspecified {
            self.channels.insert(comment.channel);
        }
        add_figures(&mut self.figures, figures);
        self.volume += volume;
    }

    /// The latest weeks with mentions.
    fn trend_weeks(&self) -> impl Iterator<Item = (i64, u64)> {
        let last = self.weeks.iter().rev().find(|(_, mentions)| **mentions > 0).map_or(0, |(week, _)| *week);
        self.weeks.range(last - TREND_WEEKS + 1..=last).map(|(week, mentions)| (*week, *mentions))
    }
}

/// What is counted of one pain point.
#[derive(Debug, Default)]
pub(super) struct Tally {
    mentions: u64,
    comments: u64,
    weak_members: u64,
    first_seen: Option<DateTime<Utc>>,
    last_seen: Option<DateTime<Utc>>,
    weeks: BTreeMap<i64, u64>,
    channels: HashMap<Channel, u64>,
    touchpoints: HashMap<Option<String>, u64>,
    owners: HashMap<Option<String>, u64>,
    topics: HashMap<Option<String>, u64>,
    frictions: HashMap<Option<FrictionKind>, u64>,
    /// Sum and number of the scores.
    sentiment: (f64, u64),
    /// Owners of both sides where a mention's comment tells of a handover.
    handovers: BTreeMap<(String, String), u64>,
    figures: BTreeMap<String, Sample>,
    unexplained: u64,
    masked: u64,
    pub volume: Volume,
}

impl Tally {
    pub fn add_weak_member(&mut self) {
        self.weak_members += 1;
    }

    pub fn add_mention(&mut self, comment: &Comment, insight: &Insight, mention: &Mention) {
        self.mentions += 1;
        self.first_seen = Some(self.first_seen.map_or(comment.time, |first| first.min(comment.time)));
        self.last_seen = Some(self.last_seen.map_or(comment.time, |last| last.max(comment.time)));
        *self.weeks.entry(week_of(comment.time)).or_default() += 1;
        *self.channels.entry(comment.channel).or_default() += 1;
        // The caller's where the text names none, as filters find it.
        let tag = mention.touchpoint.as_ref().or(insight.given_touchpoint.as_ref());
        *self.touchpoints.entry(tag.map(|tag| tag.touchpoint.clone())).or_default() += 1;
        *self.owners.entry(tag.map(|tag| tag.owner.clone()).filter(|owner| !owner.is_empty())).or_default() += 1;
        count_each(&mut self.topics, mention.topics.iter().map(|tag| tag.topic.clone()));
        count_each(&mut self.frictions, mention.frictions.iter().map(|friction| friction.kind));
        if let Some(sentiment) = mention.sentiment {
            self.sentiment.0 += f64::from(sentiment.score);
            self.sentiment.1 += 1;
        }
        if let Some(handover) = &insight.handover {
            let (from, to) = (&handover.from.owner, &handover.to.owner);
            if from != to && !from.is_empty() && !to.is_empty() {
                *self.handovers.entry((from.clone(), to.clone())).or_default() += 1;
            }
        }
        // A touchpoint that only the caller named says where the comment was asked for, not what the mention is about.
        self.unexplained += u64::from(mention.touchpoint.is_none() && mention.topics.is_empty());
        self.masked += u64::from(has_good_score(&comment.scores));
    }

    /// Once for each comment with one of its mentions.
    pub fn add_comment(&mut self, figures: &[(String, f64)], volume: Volume) {
        self.comments += 1;
        add_figures(&mut self.figures, figures);
        self.volume += volume;
    }

    pub fn measures(&self, journey: &Journey, weights: &SeverityWeights, now: DateTime<Utc>) -> Measures {
        let of_week = |week: i64| self.weeks.get(&week).copied().unwrap_or(0);
        let weeks = journey.trend_weeks().map(|(week, all)| (week, Counts { mentions: of_week(week), all }));
        let trend = trend_test(weeks);
        let share = ratio(self.mentions, journey.in_pain_points);
        let sentiment = if self.sentiment.1 == 0 { 0.0 } else { self.sentiment.0 / self.sentiment.1 as f64 };
        let contrast = |(figure, moments): (&String, &Sample)| Contrast::of(figure, moments, &journey.figures[figure]);
        let contrasts: Vec<Contrast> = self.figures.iter().filter_map(contrast).collect();
        let hiddenness = Hiddenness {
            unexplained: ratio(self.unexplained, self.mentions),
            spread: self.spread(journey.channels.len()),
            masked: ratio(self.masked, self.mentions),
        };
        let without_friction = self.frictions.get(&None).copied().unwrap_or(0);
        let severity = SeverityParts {
            share,
            sentiment,
            friction: ratio(self.mentions - without_friction, self.mentions),
            trend,
            share_of_all: ratio(self.mentions, journey.mentions),
            contrasts: &contrasts,
            hiddenness: hiddenness.score(),
        };
        Measures {
            measured_at: now,
            mentions: self.mentions,
            comments: self.comments,
            weak_members: self.weak_members,
            share,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            trend,
            channels: self.parts(&self.channels, |channel| *channel as u8),
            touchpoints: self.parts(&self.touchpoints, Clone::clone),
            owners: self.parts(&self.owners, Clone::clone),
            topics: self.parts(&self.topics, Clone::clone),
            frictions: self.parts(&self.frictions, Clone::clone),
            sentiment,
            handover: self.handover(),
            severity: severity.severity(weights),
            contrasts,
            hiddenness,
            is_growing: false,
            is_emerging: false,
        }
    }

    /// Most frequent first, then as `order` says.
    fn parts<T: Clone, O: Ord>(&self, counts: &HashMap<T, u64>, order: impl Fn(&T) -> O) -> Vec<Part<T>> {
        let part = |(value, &mentions): (&T, &u64)| Part {
            value: value.clone(),
            mentions,
            share: ratio(mentions, self.mentions),
        };
        let mut parts: Vec<Part<T>> = counts.iter().map(part).collect();
        parts.sort_by(|left, right| {
            right.mentions.cmp(&left.mentions).then_with(|| order(&left.value).cmp(&order(&right.value)))
        });
        parts
    }

    fn spread(&self, channels_of_journey: usize) -> f64 {
        let known = || self.channels.iter().filter(|(channel, _)| **channel != Channel::Unspecified);
        let all: u64 = known().map(|(_, mentions)| mentions).sum();
        if channels_of_journey < 2 || all == 0 {
            return 0.0;
        }
        let entropy: f64 = known().map(|(_, &mentions)| ratio(mentions, all)).map(|share| -share * share.ln()).sum();
        (entropy / (channels_of_journey as f64).ln()).clamp(0.0, 1.0)
    }

    /// What its comments tell, else where its mentions sit.
    fn handover(&self) -> Option<OwnerPair> {
        let is_enough =
            |mentions: u64| mentions >= FEWEST_OF_OWNER && ratio(mentions, self.mentions) >= LEAST_SHARE_OF_OWNER;
        let told = self.handovers.iter().rev().max_by_key(|(_, mentions)| **mentions);
        if let Some(((from, to), &mentions)) = told.filter(|(_, mentions)| is_enough(**mentions)) {
            return Some(OwnerPair { from: from.clone(), to: to.clone(), share: ratio(mentions, self.mentions) });
        }
        let owners = self.parts(&self.owners, Clone::clone);
        let mut owners = owners.iter().filter(|part| is_enough(part.mentions));
        let mut owner = || owners.find_map(|part| Some((part.value.clone()?, part.share)));
        let ((first, first_share), (second, second_share)) = (owner()?, owner()?);
        let told = |from: &String, to: &String| self.handovers.get(&(from.clone(), to.clone())).copied().unwrap_or(0);
        // The larger one first, unless comments tell that it goes the other way.
        let (from, to) = if told(&second, &first) > told(&first, &second) { (second, first) } else { (first, second) };
        Some(OwnerPair { from, to, share: first_share + second_share })
    }
}

/// Counts each value, or none where there is no value.
fn count_each<T: Eq + Hash>(counts: &mut HashMap<Option<T>, u64>, values: impl Iterator<Item = T>) {
    let mut values = values.peekable();
    if values.peek().is_none() {
        *counts.entry(None).or_default() += 1;
    }
    values.for_each(|value| *counts.entry(Some(value)).or_default() += 1);
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Weeks from Monday, since long ago.
fn week_of(time: DateTime<Utc>) -> i64 {
    i64::from(Period::Week.first_day(time.date_naive()).num_days_from_ce()).div_euclid(7)
}

fn add_figures(moments: &mut BTreeMap<String, Sample>, figures: &[(String, f64)]) {
    for (figure, value) in figures {
        moments.entry(figure.clone()).or_default().add(*value);
    }
}
