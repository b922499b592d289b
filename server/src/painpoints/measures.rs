//! What is measured of pain points, from the comments of a journey seen once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use klartext_models::clusters::WEAK_BELOW;
use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contrast::Contrast;
use super::emerging::{EARLIER, RECENT, Volume, YOUNG, growing};
use super::severity::SeverityWeights;
use super::tally::{Journey, Tally};
use super::trend::TrendTest;
use crate::insights::{AttributeValue, Channel, Comment, Insight};

/// Numeric attributes that are compared: callers may send any number of keys, and each costs memory per pain point.
const MOST_ATTRIBUTES: usize = 64;

/// A comment of the journey, and where its mentions belong.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredComment<'a> {
    pub comment: &'a Comment,
    pub insight: &'a Insight,
    /// One for each of its mentions.
    pub places: &'a [Option<Place>],
}

/// The pain point that a mention is shown in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub pain_point: Uuid,
    /// 0 to 1.
    pub membership: f32,
}

/// Counts and figures over a pain point's mentions that are not weak members; copies of one text count each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    pub measured_at: DateTime<Utc>,
    pub mentions: u64,
    pub comments: u64,
    pub weak_members: u64,
    /// Of the journey's mentions that are in any pain point, 0 to 1.
    pub share: f64,
    /// None where it has weak members only.
    pub first_seen: Option<DateTime<Utc>>,
    pub last_seen: Option<DateTime<Utc>>,
    pub trend: TrendTest,
    /// Most frequent first; likewise below. None is of mentions without one.
    pub channels: Vec<Part<Channel>>,
    pub touchpoints: Vec<Part<Option<String>>>,
    pub owners: Vec<Part<Option<String>>>,
    /// A mention may have several, so that the shares may add up to more than 1; likewise frictions.
    pub topics: Vec<Part<Option<String>>>,
    pub frictions: Vec<Part<Option<FrictionKind>>>,
    /// Mean score, -1 to 1.
    pub sentiment: f64,
    pub handover: Option<OwnerPair>,
    pub contrasts: Vec<Contrast>,
    pub hiddenness: Hiddenness,
    /// 0 to 1.
    pub severity: f64,
    /// It has more comments of late than chance explains.
    pub is_growing: bool,
    /// It is growing, and was first seen not long ago.
    pub is_emerging: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part<T> {
    pub value: T,
    pub mentions: u64,
    /// Of the pain point's mentions, 0 to 1.
    pub share: f64,
}

/// Two owners that a pain point sits on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnerPair {
    pub from: String,
    pub to: String,
    /// Of the pain point's mentions, those that say so.
    pub share: f64,
}

/// How little of a pain point shows in what is measured today.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Hiddenness {
    /// Share of its mentions that neither a touchpoint nor a topic explains.
    pub unexplained: f64,
    /// How evenly the journey's channels share it: normalised entropy, 0 to 1; 0 where there is one channel.
    pub spread: f64,
    /// Share of its mentions whose comment carries a good score.
    pub masked: f64,
}

impl Hiddenness {
    /// The mean of the three, 0 to 1.
    pub fn score(&self) -> f64 {
        (self.unexplained + self.spread + self.masked) / 3.0
    }
}

/// Takes the comments of a journey in any order, each once, and measures its pain points. What it keeps grows with the
/// pain points and the weeks, not with the comments.
#[derive(Debug)]
pub struct Measurer {
    now: DateTime<Utc>,
    weights: SeverityWeights,
    tallies: HashMap<Uuid, Tally>,
    journey: Journey,
    attributes: HashSet<String>,
}

impl Measurer {
    /// `now` decides what is recent.
    pub fn new(now: DateTime<Utc>, weights: SeverityWeights) -> Self {
        Self { now, weights, tallies: HashMap::new(), journey: Journey::default(), attributes: HashSet::new() }
    }

    /// Also comments without a mention in a pain point: they are what pain points are compared with.
    pub fn add(&mut self, measured: MeasuredComment) {
        let comment = measured.comment;
        let figures = self.figures(comment);
        let volume = self.volume_of(comment.time);
        self.journey.add_comment(comment, measured.insight.mentions.len(), &figures, volume);
        let mut touched: Vec<Uuid> = Vec::new();
        for (mention, place) in measured.insight.mentions.iter().zip(measured.places) {
            let Some(place) = place else { continue };
            let tally = self.tallies.entry(place.pain_point).or_default();
            if place.membership < WEAK_BELOW {
                tally.add_weak_member();
                continue;
            }
            self.journey.in_pain_points += 1;
            tally.add_mention(comment, measured.insight, mention);
            if !touched.contains(&place.pain_point) {
                touched.push(place.pain_point);
                tally.add_comment(&figures, volume);
            }
        }
    }

    /// Of every pain point that a mention was placed in.
    pub fn finish(self) -> HashMap<Uuid, Measures> {
        let volumes: Vec<Volume> = self.tallies.values().map(|tally| tally.volume).collect();
        let growing = growing(&volumes, self.journey.volume);
        let mut measures = HashMap::new();
        for ((pain_point, tally), is_growing) in self.tallies.iter().zip(growing) {
            let mut of_it = tally.measures(&self.journey, &self.weights, self.now);
            let is_young = of_it.first_seen.is_some_and(|first_seen| self.now - first_seen <= YOUNG);
            of_it.is_growing = is_growing;
            of_it.is_emerging = is_growing && is_young;
            measures.insert(*pain_point, of_it);
        }
        measures
    }

    /// Names and values of what is compared.
    fn figures(&mut self, comment: &Comment) -> Vec<(String, f64)> {
        let scores = [("nps", comment.scores.nps), ("csat", comment.scores.csat), ("stars", comment.scores.stars)];
        let scores = scores.into_iter().filter_map(|(figure, value)| Some((figure.to_owned(), value?)));
        let mut figures: Vec<(String, f64)> = scores.collect();
        for (key, value) in &comment.attributes {
            let AttributeValue::Number(value) = *value else { continue };
            if !self.attributes.contains(key) {
                if self.attributes.len() == MOST_ATTRIBUTES {
                    continue;
                }
                self.attributes.insert(key.clone());
            }
            figures.push((format!("attributes.{key}"), value));
        }
        figures
    }

    /// A comment as volume: what is dated ahead, or long ago, is neither recent nor earlier.
    fn volume_of(&self, time: DateTime<Utc>) -> Volume {
        let age = self.now - time;
        let is_recent = age >= TimeDelta::zero() && age < RECENT;
        let is_earlier = age >= RECENT && age < RECENT + EARLIER;
        Volume { recent: u64::from(is_recent), earlier: u64::from(is_earlier) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use crate::insights::{
        Friction, Handover, HandoverOrigin, HandoverSide, Mention, Polarity, ScoreVersion, Scores, Sentiment,
        SurveyKind, TopicTag, TouchpointOrigin, TouchpointTag,
    };
    use chrono::TimeZone;
    use klartext_models::text::Language;

    static NOW: LazyLock<DateTime<Utc>> =
        LazyLock::new(|| Utc.with_ymd_and_hms(2026, 6, 30, 12, 0, 0).single().expect("a time"));

    fn days_ago(days: i64) -> DateTime<Utc> {
        *NOW - TimeDelta::days(days)
    }

    fn pain_point(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// A comment with one mention per pain point.
    struct Told {
        comment: Comment,
        insight: Insight,
        places: Vec<Option<Place>>,
    }

    impl Told {
        fn new(time: DateTime<Utc>, pain_points: &[Option<u128>]) -> Self {
            let sentiment =
                Sentiment { polarity: Polarity::Negative, score: -0.8, negative: 0.85, neutral: 0.1, positive: 0.05 };
            let mention = Mention {
                span: 0..1,
                sentiment: Some(sentiment),
                topics: Vec::new(),
                touchpoint: None,
                evidence: Vec::new(),
                corrections: Vec::new(),
                frictions: Vec::new(),
                place: None,
            };
            let comment = Comment {
                external_id: String::new(),
                source: "test".to_owned(),
                text: "x".to_owned(),
                journey: "generic".to_owned(),
                channel: Channel::Survey,
                language_hint: String::new(),
                time,
                time_given: true,
                question: String::new(),
                scores: Scores::default(),
                touchpoint: None,
                survey_kind: SurveyKind::Unspecified,
                subject: String::new(),
                attributes: BTreeMap::new(),
            };
            let insight = Insight {
                language: Language::German,
                mentions: vec![mention; pain_points.len()],
                sentiment: Some(sentiment),
                given_touchpoint: None,
                other_touchpoints: Vec::new(),
                discrepancy: None,
                action: None,
                severity: 0.5,
                score_version: ScoreVersion { bundle: String::new(), journey: String::new() },
                handover: None,
            };
            let place = |number: &u128| Place { pain_point: pain_point(*number), membership: 0.9 };
            Self { comment, insight, places: pain_points.iter().map(|number| number.as_ref().map(place)).collect() }
        }

        fn on(mut self, channel: Channel) -> Self {
            self.comment.channel = channel;
            self
        }

        fn of_owner(mut self, owner: &str) -> Self {
            self.insight.mentions[0].touchpoint = Some(TouchpointTag {
                touchpoint: format!("at-{owner}"),
                name: String::new(),
                phase: String::new(),
                owner: owner.to_owned(),
                confidence: 0.9,
                origin: TouchpointOrigin::Text,
            });
            self
        }

        fn with_handover(mut self, from: &str, to: &str) -> Self {
            let side = |owner: &str| HandoverSide { owner: owner.to_owned(), touchpoint: None, span: 0..1 };
            self.insight.handover = Some(Handover {
                from: side(from),
                to: side(to),
                origin: HandoverOrigin::Words,
                confidence: 0.8,
                span: 0..1,
            });
            self
        }
    }

    fn measured(told: &[Told]) -> HashMap<Uuid, Measures> {
        let mut measurer = Measurer::new(*NOW, SeverityWeights::default());
        for Told { comment, insight, places } in told {
            measurer.add(MeasuredComment { comment, insight, places });
        }
        measurer.finish()
    }

    #[test]
    fn mentions_comments_and_weak_members_are_counted() {
        let mut told = vec![
            Told::new(days_ago(30), &[Some(1), Some(1), Some(2)]),
            Told::new(days_ago(10), &[Some(1), None]),
            Told::new(days_ago(2), &[Some(1)]),
        ];
        told[2].places[0] = Some(Place { pain_point: pain_point(1), membership: 0.3 });
        let measures = &measured(&told)[&pain_point(1)];
        assert_eq!((measures.mentions, measures.comments, measures.weak_members), (3, 2, 1));
        assert_eq!(measures.share, 0.75);
        assert_eq!((measures.first_seen, measures.last_seen), (Some(days_ago(30)), Some(days_ago(10))));
        assert!((measures.sentiment + 0.8).abs() < 1e-6);
        assert!(measures.severity > 0.0 && measures.severity < 1.0);
    }

    #[test]
    fn only_weak_members() {
        let mut told = [Told::new(days_ago(3), &[Some(1)])];
        told[0].places[0] = Some(Place { pain_point: pain_point(1), membership: 0.1 });
        let measures = &measured(&told)[&pain_point(1)];
        assert_eq!((measures.mentions, measures.weak_members, measures.first_seen), (0, 1, None));
        assert!(measures.severity.is_finite() && measures.hiddenness.score() == 0.0);
        assert!(measured(&[]).is_empty());
    }

    #[test]
    fn parts_come_most_frequent_first() {
        let mut told = vec![
            Told::new(days_ago(3), &[Some(1)]).of_owner("sales"),
            Told::new(days_ago(3), &[Some(1)]).of_owner("service"),
            Told::new(days_ago(3), &[Some(1)]).of_owner("service"),
            Told::new(days_ago(3), &[Some(1)]).on(Channel::Chat),
        ];
        let topic = |topic: &str| TopicTag { topic: topic.to_owned(), name: String::new(), confidence: 0.9 };
        told[0].insight.mentions[0].topics = vec![topic("price"), topic("delay")];
        let waiting = Friction { kind: FrictionKind::Waiting, confidence: 0.8, span: None, minutes: None, count: None };
        told[1].insight.mentions[0].frictions = vec![waiting];
        let measures = &measured(&told)[&pain_point(1)];
        let part = |value: Option<&str>, mentions, share| Part { value: value.map(str::to_owned), mentions, share };
        let expected = [part(Some("service"), 2, 0.5), part(None, 1, 0.25), part(Some("sales"), 1, 0.25)];
        assert_eq!(measures.owners, expected);
        assert_eq!(measures.topics, [part(None, 3, 0.75), part(Some("delay"), 1, 0.25), part(Some("price"), 1, 0.25)]);
        assert_eq!(measures.frictions[1], Part { value: Some(FrictionKind::Waiting), mentions: 1, share: 0.25 });
        assert_eq!(measures.channels[0].value, Channel::Survey);
        assert_eq!(measures.hiddenness.unexplained, 0.25);
    }

    #[test]
    fn a_pain_point_on_two_owners_is_a_handover() {
        let owners = |owners: &[&str]| -> Vec<Told> {
            owners.iter().map(|owner| Told::new(days_ago(3), &[Some(1)]).of_owner(owner)).collect()
        };
        let handover = |told: &[Told]| measured(told)[&pain_point(1)].handover.clone();
        assert_eq!(handover(&owners(&["sales", "sales", "sales", "service"])), None);
        let two = owners(&["sales", "sales", "sales", "service", "service"]);
        let expected = OwnerPair { from: "sales".to_owned(), to: "service".to_owned(), share: 1.0 };
        assert_eq!(handover(&two), Some(expected.clone()));

        let mut turned = owners(&["sales", "sales", "sales", "service", "service"]);
        turned[4] = Told::new(days_ago(3), &[Some(1)]).of_owner("service").with_handover("service", "sales");
        assert_eq!(handover(&turned).map(|pair| pair.from), Some("service".to_owned()));

        let mut told = owners(&["sales"; 8]);
        told.extend((0..2).map(|_| Told::new(days_ago(3), &[Some(1)]).of_owner("sales").with_handover("sales", "it")));
        let expected = OwnerPair { to: "it".to_owned(), share: 0.2, ..expected };
        assert_eq!(handover(&told), Some(expected));
    }

    #[test]
    fn figures_are_compared_by_comment() {
        let mut told = Vec::new();
        for number in 0..20_u32 {
            let pain_points: &[Option<u128>] = if number < 5 { &[Some(1), Some(1)] } else { &[None] };
            let mut one = Told::new(days_ago(3), pain_points);
            let is_of_it = number < 5;
            one.comment.scores.nps = Some(f64::from(number % 3) + if is_of_it { 0.0 } else { 7.0 });
            let wait = AttributeValue::Number(f64::from(number));
            one.comment.attributes = BTreeMap::from([("wait_seconds".to_owned(), wait)]);
            told.push(one);
        }
        let contrasts = &measured(&told)[&pain_point(1)].contrasts;
        let figures: Vec<&str> = contrasts.iter().map(|contrast| contrast.figure.as_str()).collect();
        assert_eq!(figures, ["attributes.wait_seconds", "nps"]);
        assert_eq!((contrasts[1].comments, contrasts[1].other_comments), (5, 15));
        assert!(contrasts[1].high < -5.0, "{:?}", contrasts[1]);
    }

    #[test]
    fn many_attributes_cost_no_memory() {
        let mut told = Told::new(days_ago(3), &[Some(1)]);
        let attribute = |number: usize| (format!("key{number:03}"), AttributeValue::Number(1.0));
        told.comment.attributes = (0..100).map(attribute).collect();
        let contrasts = &measured(&[Told::new(days_ago(4), &[Some(1)]), told])[&pain_point(1)].contrasts;
        assert!(contrasts.len() <= MOST_ATTRIBUTES);
    }

    #[test]
    fn hidden_is_what_all_channels_share_and_good_scores_mask() {
        let channels = [Channel::Survey, Channel::CallCentre, Channel::AppStore, Channel::Unspecified];
        let mut told: Vec<Told> =
            channels.iter().map(|&channel| Told::new(days_ago(3), &[Some(1)]).on(channel)).collect();
        told[0].comment.scores.nps = Some(10.0);
        told.push(Told::new(days_ago(3), &[Some(2)]));
        told[4].insight.mentions[0].topics =
            vec![TopicTag { topic: "price".to_owned(), name: String::new(), confidence: 0.9 }];
        let measures = measured(&told);
        let hidden = measures[&pain_point(1)].hiddenness;
        assert!((hidden.spread - 1.0).abs() < 1e-9 && hidden.unexplained == 1.0 && hidden.masked == 0.25, "{hidden:?}");
        assert_eq!(measures[&pain_point(2)].hiddenness.score(), 0.0);
    }

    #[test]
    fn what_grows_is_told_and_what_is_young_emerges() {
        let mut told: Vec<Told> =
            (1..=56).flat_map(|day| (0..3).map(move |_| Told::new(days_ago(day), &[Some(1)]))).collect();
        told.extend((0..8).map(|number| Told::new(days_ago(number % 5), &[Some(2)])));
        told.extend((0..8).map(|number| Told::new(days_ago(number % 5), &[Some(3)])));
        told.push(Told::new(days_ago(40), &[Some(3)]));
        let measures = measured(&told);
        let of = |number| (measures[&pain_point(number)].is_growing, measures[&pain_point(number)].is_emerging);
        assert_eq!((of(1), of(2), of(3)), ((false, false), (true, true), (true, false)));
        assert!(measures[&pain_point(2)].trend.p_value < 0.01 && measures[&pain_point(2)].trend.slope > 0.0);
    }
}
