//! A year of comments, drawn from the gold comments by their labels.

use std::f64::consts::TAU;

use klartext_models::friction::FrictionKind;
use klartext_proto::v1::{AttributeValue, Channel, Comment, Scores, attribute_value};
use prost_types::Timestamp;

use super::plan::{Effect, JOURNEY, STATIONS, Station, WEEKS};
use crate::data::Sentiment;
use crate::gold::GoldComment;
use crate::random::Random;
use crate::{Error, Result};

/// Monday, 6 January 2025, UTC.
pub const FIRST_MONDAY: i64 = 1_736_121_600;
pub const WEEK_SECONDS: i64 = 7 * 86_400;

/// Log-odds of a complaint between the best and the mean week of the year, and share of the volume.
const SEASON_OF_MOOD: f64 = 0.4;
const SEASON_OF_VOLUME: f64 = 0.25;
/// Standard deviation, in log-odds, by which a touchpoint's week is better or worse for no reason.
const NOISE_OF_WEEK: f64 = 0.25;
/// Share of the comments with an answer.
const ANSWERED: f64 = 0.7;
/// How a caller's seconds scatter, as the logarithm's standard deviation.
const NOISE_OF_WAITING: f64 = 0.6;
const WAITING_SECONDS: f64 = 240.0;

/// Answers of those who complain and of those who do not.
const NPS_ANSWERS: [[u8; 10]; 2] = [[0, 1, 2, 3, 4, 5, 6, 6, 7, 8], [6, 7, 8, 8, 9, 9, 9, 10, 10, 10]];
const CSAT_ANSWERS: [[u8; 7]; 2] = [[1, 1, 2, 2, 3, 3, 4], [3, 4, 4, 4, 5, 5, 5]];

const CHANNELS: [(Channel, f64); 6] = [
    (Channel::Survey, 30.0),
    (Channel::EMail, 20.0),
    (Channel::CallCentre, 15.0),
    (Channel::Chat, 15.0),
    (Channel::AppStore, 10.0),
    (Channel::ReviewSite, 10.0),
];
/// Of comments about the hotline's touchpoint.
const HOTLINE_CHANNELS: [(Channel, f64); 3] =
    [(Channel::CallCentre, 60.0), (Channel::Survey, 25.0), (Channel::EMail, 15.0)];
const HOTLINE: &str = "customer-service";

/// One comment of a year.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its place among the gold comments.
    pub text: usize,
    /// What the customer was asked about.
    pub touchpoint: &'static str,
    pub channel: Channel,
    /// From 0.
    pub week: usize,
    /// Since its Monday.
    pub second: i64,
    pub nps: Option<u8>,
    pub csat: Option<u8>,
    pub wait_seconds: Option<f64>,
}

/// Gold comments of the journey by what they are good for; each list holds places among them.
pub struct Recipe {
    /// By station: comments that complain about its touchpoint, and comments that do not.
    complaints: Vec<Vec<usize>>,
    others: Vec<Vec<usize>>,
    /// Tell of a matter that reached the bill from another department.
    handed_to_billing: Vec<usize>,
    /// Tell of waiting for the hotline.
    waiting: Vec<usize>,
    /// Complain about the delivery.
    failed_delivery: Vec<usize>,
}

impl Recipe {
    /// # Errors
    /// The comments are too few for one of the lists.
    pub fn new(gold: &[GoldComment]) -> Result<Self> {
        let places = |wanted: &dyn Fn(&GoldComment) -> bool, what: &str| {
            let of_journey = gold.iter().enumerate().filter(|(_, comment)| comment.journey == JOURNEY);
            let places: Vec<usize> =
                of_journey.filter(|(_, comment)| wanted(comment)).map(|(place, _)| place).collect();
            match places.is_empty() {
                true => Err(Error::TooLittleData(format!("no gold comment of {JOURNEY} is {what}"))),
                false => Ok(places),
            }
        };
        let about = |touchpoint: &'static str, complains: bool| {
            let fits = move |comment: &GoldComment| speaks_of(comment, touchpoint, complains);
            places(&fits, &format!("about {touchpoint}, complaining: {complains}"))
        };
        // Hardly anybody praises a bill: where there is no such comment, any contented one stands in.
        let contented = places(&|comment| comment.labels.sentiment == Sentiment::Positive, "contented")?;
        let others = |station: &Station| about(station.touchpoint, false).unwrap_or_else(|_| contented.clone());
        Ok(Self {
            complaints: STATIONS.iter().map(|station| about(station.touchpoint, true)).collect::<Result<_>>()?,
            others: STATIONS.iter().map(others).collect(),
            handed_to_billing: places(
                &|comment| comment.labels.handover.as_ref().is_some_and(|handover| handover.to == "billing"),
                "about a handover to billing",
            )?,
            waiting: places(&waits_for_hotline, "about waiting for the hotline")?,
            failed_delivery: about("delivery", true)?,
        })
    }

    /// A year of so many comments a week on average. The same seed draws the same year.
    pub fn year(&self, effects: &[Effect], a_week: f64, seed: u64) -> Vec<Drawn> {
        let mut random = Random::new(seed);
        let mut year = Vec::new();
        for week in 0..WEEKS {
            let has = |effect: Effect| effects.contains(&effect) && week + 1 >= effect.week();
            let winter = (week as f64 / WEEKS as f64 * TAU).cos();
            let noise = STATIONS.map(|_| NOISE_OF_WEEK * normal(&mut random));
            for _ in 0..poisson(&mut random, a_week * (1.0 + SEASON_OF_VOLUME * winter)) {
                let station = weighted(&mut random, STATIONS.iter().map(|station| station.weight));
                let mood = SEASON_OF_MOOD * winter + noise[station];
                year.push(self.comment(&mut random, station, week, mood, &has));
            }
        }
        year
    }

    fn comment(
        &self,
        random: &mut Random,
        station: usize,
        week: usize,
        mood: f64,
        has: &impl Fn(Effect) -> bool,
    ) -> Drawn {
        let Station { touchpoint, complaint, .. } = STATIONS[station];
        let channels: &[(Channel, f64)] = if touchpoint == HOTLINE { &HOTLINE_CHANNELS } else { &CHANNELS };
        let channel = channels[weighted(random, channels.iter().map(|(_, weight)| *weight))].0;
        let is_call = touchpoint == HOTLINE && channel == Channel::CallCentre;
        let helped = if touchpoint == "repair-warranty" && has(Effect::MeasureHelps) { -2.5 } else { 0.0 };
        let complains = random.uniform() < logistic(complaint + mood + helped);
        let waited = if has(Effect::WaitingDoubles) { 0.5 } else { 0.1 };
        let usual = if complains { &self.complaints[station] } else { &self.others[station] };
        // Whose text it is, and whether the scores are those of a complaint.
        let (texts, is_unhappy) = if is_call && random.uniform() < waited {
            (&self.waiting, true)
        } else if touchpoint == "billing" && has(Effect::HandoverBreaks) && random.uniform() < 0.67 {
            (&self.handed_to_billing, true)
        } else if touchpoint == "ordering" && has(Effect::NextStepFails) && random.uniform() < 0.6 {
            (&self.failed_delivery, false)
        } else {
            (usual, complains)
        };
        let side = usize::from(!is_unhappy);
        let text = texts[random.below(texts.len())];
        let second = random.below(WEEK_SECONDS as usize) as i64;
        let nps = NPS_ANSWERS[side][random.below(NPS_ANSWERS[side].len())];
        let csat = CSAT_ANSWERS[side][random.below(CSAT_ANSWERS[side].len())];
        let seconds = WAITING_SECONDS * if has(Effect::WaitingDoubles) { 2.0 } else { 1.0 };
        Drawn {
            text,
            touchpoint,
            channel,
            week,
            second,
            nps: (random.uniform() < ANSWERED).then_some(nps),
            csat: (random.uniform() < ANSWERED).then_some(csat),
            wait_seconds: is_call.then(|| (seconds * (NOISE_OF_WAITING * normal(random)).exp()).round()),
        }
    }
}

impl Drawn {
    /// As a back end would send it.
    pub fn to_send(&self, number: usize, gold: &[GoldComment]) -> Comment {
        let seconds = FIRST_MONDAY + self.week as i64 * WEEK_SECONDS + self.second;
        let number_of = |seconds| AttributeValue { value: Some(attribute_value::Value::Number(seconds)) };
        Comment {
            external_id: number.to_string(),
            source: "year".to_owned(),
            text: gold[self.text].text.clone(),
            journey: JOURNEY.to_owned(),
            channel: self.channel.into(),
            time: Some(Timestamp { seconds, nanos: 0 }),
            touchpoint: self.touchpoint.to_owned(),
            scores: Some(Scores { nps: self.nps.map(f64::from), csat: self.csat.map(f64::from), stars: None }),
            attributes: self
                .wait_seconds
                .map(|seconds| ("wait_seconds".to_owned(), number_of(seconds)))
                .into_iter()
                .collect(),
            ..Comment::default()
        }
    }
}

/// Does it, as a whole and in a mention of the touchpoint, complain, or not?
fn speaks_of(comment: &GoldComment, touchpoint: &str, complains: bool) -> bool {
    let is_its_mood = match comment.labels.sentiment {
        Sentiment::Negative => complains,
        Sentiment::Positive => !complains,
        Sentiment::Neutral | Sentiment::Mixed => true,
    };
    let says_it = comment.labels.mentions.iter().any(|mention| {
        let is_bad = mention.sentiment == Sentiment::Negative;
        mention.touchpoint.as_deref() == Some(touchpoint) && is_bad == complains
    });
    is_its_mood && says_it
}

fn waits_for_hotline(comment: &GoldComment) -> bool {
    let waits = |mention: &crate::gold::MentionLabels| mention.friction_of(FrictionKind::Waiting).is_some();
    let of_hotline = comment.labels.mentions.iter().filter(|mention| mention.touchpoint.as_deref() == Some(HOTLINE));
    of_hotline.into_iter().any(waits)
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// The place of one of the weights, each as likely as it is large.
fn weighted(random: &mut Random, weights: impl Iterator<Item = f64> + Clone) -> usize {
    let mut left = random.uniform() * weights.clone().sum::<f64>();
    let found = weights.clone().position(|weight| {
        left -= weight;
        left < 0.0
    });
    found.unwrap_or_else(|| weights.count().saturating_sub(1))
}

/// Box and Muller 1958.
fn normal(random: &mut Random) -> f64 {
    let (first, second) = (1.0 - random.uniform(), random.uniform());
    (-2.0 * first.ln()).sqrt() * (TAU * second).cos()
}

/// Knuth's way; for means up to some hundreds.
fn poisson(random: &mut Random, mean: f64) -> usize {
    let least = (-mean).exp();
    let mut product = random.uniform();
    let mut count = 0;
    while product > least {
        product *= random.uniform();
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_means_that_they_should_have() {
        let mut random = Random::new(1);
        let mean = |draws: Vec<f64>| draws.iter().sum::<f64>() / draws.len() as f64;
        let poissons = mean((0..2_000).map(|_| poisson(&mut random, 75.0) as f64).collect());
        assert!((74.0..76.0).contains(&poissons), "{poissons}");
        let normals: Vec<f64> = (0..4_000).map(|_| normal(&mut random)).collect();
        let variance = mean(normals.iter().map(|value| value * value).collect());
        assert!(mean(normals).abs() < 0.06 && (0.9..1.1).contains(&variance), "{variance}");
        let seconds = (0..3_000).filter(|_| weighted(&mut random, [1.0, 2.0].into_iter()) == 1).count();
        assert!((1_900..2_100).contains(&seconds), "{seconds}");
    }
}
