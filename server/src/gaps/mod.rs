//! The gap that hides churn: touchpoints that are rated well while their comments complain about something else, and
//! comments whose score and text disagree.

mod foremost;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::foremost::Foremost;
use crate::error::{Error, Result};
use crate::figures::{Described, Dimension, net_promoter};
use crate::insights::{
    Assigners, Channel, CommentFilter, DiscrepancyKind, Insight, Mention, Polarity, RatedComment, Scores,
    StoredComment, from_payload, has_good_score, rating, stored_comments,
};
use crate::journey::Journey;
use crate::statistics::Sample;
use crate::store::paging::page_by_id;
use crate::store::{Kind, Point, Store};

/// Comments that are read at once.
const PAGE: usize = 1_000;
/// From here on a touchpoint is rated well: the mean of its scores on the scale of -1 to 1 of [`rating`], which is an NPS
/// answer of 8, or a CSAT of 3.5.
const RATED_WELL: f64 = 0.25;
/// Examples of each gap and each kind of disagreement, at most.
pub const MOST_EXAMPLES: usize = 20;

const DISAGREEMENTS: [DiscrepancyKind; 3] =
    [DiscrepancyKind::ScoreAboveText, DiscrepancyKind::ScoreBelowText, DiscrepancyKind::OtherTouchpoint];

/// What is asked for.
#[derive(Debug, Clone)]
pub struct GapsRequest {
    /// Of one journey.
    pub filter: CommentFilter,
    /// Community surveys too, which do not belong into the continuous measure.
    pub include_community: bool,
    /// Touchpoints with fewer ratings are marked, and come last.
    pub minimum_volume: u64,
    /// At most [`MOST_EXAMPLES`].
    pub examples: usize,
}

#[derive(Debug, Clone)]
pub struct Gaps {
    /// The largest share of comments that complain elsewhere first.
    pub gaps: Vec<Gap>,
    /// In the order of the kinds.
    pub disagreements: Vec<Disagreement>,
    /// Comments with a score.
    pub rated_comments: u64,
}

/// A touchpoint that customers were asked about and rated well, and what else they complain about.
#[derive(Debug, Clone)]
pub struct Gap {
    pub touchpoint: String,
    pub described: Described,
    pub ratings: Ratings,
    /// With a good score and a complaint about something else.
    pub hidden_comments: u64,
    pub is_few: bool,
    /// Where the complaints go, most frequent first; a mention may count in several lists.
    pub touchpoints: Vec<GapPart>,
    pub handovers: Vec<GapPart>,
    pub frictions: Vec<GapPart>,
    pub pain_points: Vec<GapPart>,
    /// Worst first.
    pub examples: Vec<Example>,
}

/// A touchpoint's own scores, where the customer was asked about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ratings {
    /// -1 to 1, one a comment.
    pub all: Sample,
    /// -100 of a detractor, 0, 100 of a promoter.
    pub nps: Sample,
    pub csat: Sample,
    pub stars: Sample,
}

#[derive(Debug, Clone, PartialEq)]
pub struct GapPart {
    /// Empty: no touchpoint is named.
    pub value: String,
    pub name: String,
    pub comments: u64,
    pub mentions: u64,
}

/// A mention that shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub comment_id: Uuid,
    /// The mention's place in the comment.
    pub index: usize,
    pub text: String,
    pub channel: Channel,
    pub time: DateTime<Utc>,
    pub scores: Scores,
    /// Why score and text disagree; empty where they do not.
    pub reason: String,
}

#[derive(Debug, Clone)]
pub struct Disagreement {
    pub kind: DiscrepancyKind,
    pub comments: u64,
    /// Those that disagree most.
    pub examples: Vec<Example>,
}

/// # Errors
/// What the store says.
pub async fn gaps(
    store: &dyn Store,
    journey: &Journey,
    pain_points: &Assigners,
    request: &GapsRequest,
) -> Result<Gaps> {
    let filter = request.filter.continuous(request.filter.for_comments(), request.include_community);
    let mut reading = Reading::new(request.examples);
    let mut from = None;
    loop {
        let (points, next) = page_by_id(store, Kind::Comments, &filter, from, PAGE, false).await?;
        let mut candidates = Vec::new();
        for point in points {
            let id = point.id;
            if reading.read(point)? {
                candidates.push(id);
            }
        }
        let points = store.get(Kind::Comments, candidates, false).await?;
        for stored in stored_comments(store, points).await? {
            reading.read_complaints(&stored, pain_points);
        }
        from = next;
        if from.is_none() {
            break;
        }
    }
    reading.finish(store, journey, request.minimum_volume).await
}

struct Reading {
    examples: usize,
    rated_comments: u64,
    by_touchpoint: BTreeMap<String, OfTouchpoint>,
    disagreements: Vec<OfKind>,
}

struct OfTouchpoint {
    ratings: Ratings,
    hidden_comments: u64,
    touchpoints: Parts,
    handovers: Parts,
    frictions: Parts,
    pain_points: Parts,
    examples: Foremost<Example>,
}

struct OfKind {
    kind: DiscrepancyKind,
    comments: u64,
    foremost: Foremost<Uuid>,
}

impl Reading {
    fn new(examples: usize) -> Self {
        let of_kind = |kind| OfKind { kind, comments: 0, foremost: Foremost::new(examples) };
        Self {
            examples,
            rated_comments: 0,
            by_touchpoint: BTreeMap::new(),
            disagreements: DISAGREEMENTS.into_iter().map(of_kind).collect(),
        }
    }

    /// Counts a comment's scores. `true` when its mentions have to be looked at.
    fn read(&mut self, point: Point) -> Result<bool> {
        let id = point.id;
        let RatedComment { mentions, comment, insight } = from_payload(point.payload)?;
        let Some(rating) = rating(&comment.scores) else { return Ok(false) };
        self.rated_comments += 1;
        if let Some(found) = insight.discrepancy {
            let of_kind = self.disagreements.iter_mut().find(|of_kind| of_kind.kind == found.kind);
            if let Some(of_kind) = of_kind {
                of_kind.comments += 1;
                of_kind.foremost.offer(f64::from((found.score - found.text).abs()), id);
            }
        }
        let Some(asked_about) = comment.touchpoint else { return Ok(false) };
        let examples = self.examples;
        let of_touchpoint = self.by_touchpoint.entry(asked_about).or_insert_with(|| OfTouchpoint::new(examples));
        of_touchpoint.ratings.add(&comment.scores, rating);
        let complains = mentions
            .iter()
            .any(|mention| mention.sentiment == Some(Polarity::Negative) || !mention.frictions.is_empty());
        Ok(complains && has_good_score(&comment.scores))
    }

    /// Counts where the complaints of a comment go whose touchpoint is rated well.
    fn read_complaints(&mut self, stored: &StoredComment, pain_points: &Assigners) {
        let StoredComment { comment, insight, .. } = stored;
        let Some(asked_about) = &comment.touchpoint else { return };
        let Some(of_touchpoint) = self.by_touchpoint.get_mut(asked_about) else { return };
        let hidden = hidden_complaints(insight, asked_about);
        let Some(worst) = worst_of(&hidden) else { return };
        of_touchpoint.hidden_comments += 1;
        let weight = -score_of(&insight.mentions[worst]);
        of_touchpoint.examples.offer(weight, example(stored, worst));
        let mentions = || hidden.iter().map(|(_, mention)| *mention);
        let named = |mention: &Mention| {
            let tag = mention.touchpoint.as_ref();
            tag.map_or_else(Named::default, |tag| Named { value: tag.touchpoint.clone(), name: tag.name.clone() })
        };
        of_touchpoint.touchpoints.add(mentions().map(named));
        let handover = insight.handover.as_ref().map(|handover| Named::of(handover.passage()));
        of_touchpoint.handovers.add(mentions().filter_map(|_| handover.clone()));
        let frictions = mentions().flat_map(|mention| &mention.frictions);
        of_touchpoint.frictions.add(frictions.map(|friction| Named::of(friction.kind.name().to_owned())));
        let places = mentions().filter_map(|mention| mention.place.as_ref()).filter(|place| !place.is_weak());
        let shown = places.filter_map(|place| pain_points.shown(place.pain_point?));
        of_touchpoint.pain_points.add(shown.map(|shown| Named { value: shown.id.to_string(), name: shown.name }));
    }

    async fn finish(self, store: &dyn Store, journey: &Journey, minimum_volume: u64) -> Result<Gaps> {
        let mut disagreements = Vec::new();
        for OfKind { kind, comments, foremost } in self.disagreements {
            let examples = disagreeing(store, kind, foremost.into_items()).await?;
            disagreements.push(Disagreement { kind, comments, examples });
        }
        let is_gap = |of_touchpoint: &OfTouchpoint| {
            of_touchpoint.hidden_comments > 0 && of_touchpoint.ratings.all.mean >= RATED_WELL
        };
        let found = self.by_touchpoint.into_iter().filter(|(_, of_touchpoint)| is_gap(of_touchpoint));
        let mut gaps: Vec<Gap> = found
            .map(|(touchpoint, of_touchpoint)| Gap {
                described: Dimension::Touchpoint.describe(journey, &touchpoint),
                touchpoint,
                is_few: of_touchpoint.ratings.all.count < minimum_volume,
                ratings: of_touchpoint.ratings,
                hidden_comments: of_touchpoint.hidden_comments,
                touchpoints: of_touchpoint.touchpoints.into_list(),
                handovers: of_touchpoint.handovers.into_list(),
                frictions: of_touchpoint.frictions.into_list(),
                pain_points: of_touchpoint.pain_points.into_list(),
                examples: of_touchpoint.examples.into_items(),
            })
            .collect();
        gaps.sort_by(|left, right| {
            left.is_few.cmp(&right.is_few).then_with(|| right.hidden_share().total_cmp(&left.hidden_share()))
        });
        Ok(Gaps { gaps, disagreements, rated_comments: self.rated_comments })
    }
}

impl Gap {
    /// Of the rated comments, 0 to 1.
    pub fn hidden_share(&self) -> f64 {
        self.hidden_comments as f64 / self.ratings.all.count.max(1) as f64
    }
}

impl OfTouchpoint {
    fn new(examples: usize) -> Self {
        Self {
            ratings: Ratings::default(),
            hidden_comments: 0,
            touchpoints: Parts::default(),
            handovers: Parts::default(),
            frictions: Parts::default(),
            pain_points: Parts::default(),
            examples: Foremost::new(examples),
        }
    }
}

impl Ratings {
    fn add(&mut self, scores: &Scores, rating: f32) {
        self.all.add(rating.into());
        if let Some(nps) = scores.nps {
            self.nps.add(net_promoter(nps));
        }
        if let Some(csat) = scores.csat {
            self.csat.add(csat);
        }
        if let Some(stars) = scores.stars {
            self.stars.add(stars);
        }
    }
}

/// Complaints that name another touchpoint, or none while they tell of a friction or a handover: a plain complaint that
/// names none is about the touchpoint that was asked about.
fn hidden_complaints<'a>(insight: &'a Insight, asked_about: &str) -> Vec<(usize, &'a Mention)> {
    let is_elsewhere = |mention: &Mention| match &mention.touchpoint {
        Some(tag) => tag.touchpoint != asked_about,
        None => !mention.frictions.is_empty() || insight.handover.is_some(),
    };
    let complaints = insight.mentions.iter().enumerate().filter(|(_, mention)| mention.complains());
    complaints.filter(|(_, mention)| is_elsewhere(mention)).collect()
}

fn score_of(mention: &Mention) -> f64 {
    mention.sentiment.map_or(0.0, |sentiment| sentiment.score.into())
}

/// The place of the most negative one.
fn worst_of(mentions: &[(usize, &Mention)]) -> Option<usize> {
    let worst = mentions.iter().min_by(|(_, left), (_, right)| score_of(left).total_cmp(&score_of(right)));
    worst.map(|(index, _)| *index)
}

fn example(stored: &StoredComment, index: usize) -> Example {
    let StoredComment { id, comment, insight, .. } = stored;
    let disagrees = insight.discrepancy.as_ref().filter(|found| found.kind != DiscrepancyKind::None);
    Example {
        comment_id: *id,
        index,
        text: comment.text.get(insight.mentions[index].span.clone()).unwrap_or_default().to_owned(),
        channel: comment.channel,
        time: comment.time,
        scores: comment.scores,
        reason: disagrees.map(|found| found.reason.clone()).unwrap_or_default(),
    }
}

/// The mention of each comment that speaks most against its score.
async fn disagreeing(store: &dyn Store, kind: DiscrepancyKind, ids: Vec<Uuid>) -> Result<Vec<Example>> {
    let points = store.get(Kind::Comments, ids, false).await?;
    let telling = |insight: &Insight, asked_about: Option<&String>| {
        let all: Vec<(usize, &Mention)> = insight.mentions.iter().enumerate().collect();
        match (kind, asked_about) {
            (DiscrepancyKind::OtherTouchpoint, Some(asked_about)) => worst_of(&hidden_complaints(insight, asked_about)),
            (DiscrepancyKind::ScoreBelowText, _) => {
                let best = all.iter().max_by(|(_, left), (_, right)| score_of(left).total_cmp(&score_of(right)));
                best.map(|(index, _)| *index)
            }
            _ => worst_of(&all),
        }
    };
    let stored = stored_comments(store, points).await?;
    let examples = stored.iter().filter_map(|stored| {
        let index = telling(&stored.insight, stored.comment.touchpoint.as_ref())?;
        Some(example(stored, index))
    });
    Ok(examples.collect())
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Named {
    value: String,
    name: String,
}

impl Named {
    fn of(value: String) -> Self {
        Self { name: value.clone(), value }
    }
}

/// Comments and mentions by where they go.
#[derive(Default)]
struct Parts(HashMap<Named, (u64, u64)>);

impl Parts {
    /// The mentions of a comment.
    fn add(&mut self, mentions: impl Iterator<Item = Named>) {
        let mut of_comment: HashMap<Named, u64> = HashMap::new();
        for named in mentions {
            *of_comment.entry(named).or_default() += 1;
        }
        for (named, mentions) in of_comment {
            let part = self.0.entry(named).or_default();
            part.0 += 1;
            part.1 += mentions;
        }
    }

    fn into_list(self) -> Vec<GapPart> {
        let part = |(named, (comments, mentions)): (Named, (u64, u64))| GapPart {
            value: named.value,
            name: named.name,
            comments,
            mentions,
        };
        let mut parts: Vec<GapPart> = self.0.into_iter().map(part).collect();
        parts.sort_by(|left, right| right.comments.cmp(&left.comments).then_with(|| left.value.cmp(&right.value)));
        parts
    }
}

/// How many examples are given: what was asked for, or `default` where nothing was.
///
/// # Errors
/// [`Error::NumberInvalid`] over [`MOST_EXAMPLES`].
pub fn example_count(asked_for: usize, default: usize) -> Result<usize> {
    match asked_for {
        0 => Ok(default),
        count if count <= MOST_EXAMPLES => Ok(count),
        count => Err(Error::NumberInvalid {
            field: "examples".to_owned(),
            value: count as f64,
            expected: format!("0 to {MOST_EXAMPLES}"),
        }),
    }
}
