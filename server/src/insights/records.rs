//! Comments and mentions as points of the store, and back.
//!
//! A comment's point holds the comment and what is said about it as a whole; its mentions are points of their own and
//! stand nowhere else. Payload fields at the top level are for filters ([`crate::store::INDEXES`]).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use klartext_models::friction::FrictionKind;
use klartext_models::text::Language;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::by_day::{OnDay, friction_codes, score_code, sentiment_code};
use super::label_vectors::{LabelVectors, packed, unpacked};
use super::{
    AnalysedComment, Channel, Comment, Correction, Handover, InboxItem, Insight, Mention, Place, Polarity,
    TouchpointTag, fingerprint, items_of, mention_id, name_of_answered,
};
use crate::TENANT;
use crate::access::Access;
use crate::error::{Error, Result};
use crate::store::paging::page_by_id;
use crate::store::{Condition, Filter, Kind, Payload, Point, Store, Write, millionths};

/// Bounds of filters are `f64`, which hold microseconds exactly from 1684 to 2255; other times are filtered and sorted
/// as if they were these.
const MOST_EXACT_MICROS: i64 = 1 << 53;

/// The fields of a [`Place`].
const PLACE_FIELDS: [&str; 6] = ["pain_point", "membership", "leaf", "copies", "map", "placed_by"];

/// The payload of a comment's point.
#[derive(Serialize)]
struct CommentRecord {
    #[serde(flatten)]
    fields: SharedFields,
    /// What its mentions are filtered by; the mentions themselves are points of their own.
    mentions: Vec<MentionFields>,
    /// Changes with anything that was sent or that labels depend on.
    fingerprint: String,
    stored_at: DateTime<Utc>,
    /// "yes" or "no": [`AnalysedComment::answered`].
    answered: Option<String>,
    comment: Comment,
    /// Without its mentions.
    insight: Insight,
    label_vector: Option<String>,
    /// [`LabelVectors::branch`].
    label_branch: Option<String>,
    /// See [`super::by_day`].
    comments_by_day: i64,
    nps_by_day: Option<i64>,
    csat_by_day: Option<i64>,
}

/// What is needed to read a comment back; also from a store that an earlier version wrote.
#[derive(Deserialize)]
struct StoredRecord {
    #[serde(default)]
    mentions: Vec<Value>,
    /// Of the first version, which had no list.
    #[serde(default)]
    mention_count: usize,
    fingerprint: String,
    stored_at: DateTime<Utc>,
    answered: Option<String>,
    comment: Comment,
    insight: Insight,
    label_vector: Option<String>,
    label_branch: Option<String>,
}

impl StoredRecord {
    fn mention_ids(&self, id: Uuid) -> Vec<Uuid> {
        let count = self.mentions.len().max(self.mention_count);
        (0..count).map(|index| mention_id(id, &self.comment.text, index)).collect()
    }
}

/// The payload of a mention's point.
#[derive(Serialize)]
struct MentionRecord {
    #[serde(flatten)]
    fields: SharedFields,
    #[serde(flatten)]
    mention_fields: MentionFields,
    comment_id: Uuid,
    /// Its place in the comment.
    index: usize,
    text: String,
    mention: Mention,
    label_vector: Option<String>,
    #[serde(flatten)]
    place: Option<Place>,
    /// See [`super::by_day`].
    sentiment_by_day: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frictions_by_day: Vec<i64>,
}

/// What is needed to read a mention back.
#[derive(Deserialize)]
struct StoredMention {
    mention: Mention,
    label_vector: Option<String>,
    #[serde(flatten)]
    place: Option<Place>,
}

impl StoredMention {
    /// The mention, and its vector of the label branch as it is stored.
    fn read(payload: Payload) -> Result<(Mention, Option<String>)> {
        let StoredMention { mention, label_vector, place } = from_payload(payload)?;
        Ok((Mention { place, ..mention }, label_vector))
    }
}

/// A mention's point, as far as pain points need it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PlacedMention {
    #[serde(skip)]
    pub id: Uuid,
    pub comment_id: Uuid,
    /// Its place in the comment.
    pub index: usize,
    pub text: String,
    pub channel: Channel,
    pub language: Language,
    pub sentiment: Option<Polarity>,
    pub touchpoint: Option<String>,
    pub owner: Option<String>,
    /// Microseconds since 1970.
    time: i64,
    #[serde(flatten)]
    pub place: Option<Place>,
}

impl PlacedMention {
    pub fn from_point(point: Point) -> Result<Self> {
        Ok(Self { id: point.id, ..from_payload(point.payload)? })
    }

    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.time).unwrap_or_default()
    }
}

impl Place {
    /// The fields of a mention's point that say where it lies; without a place they are taken away.
    pub fn fields(place: Option<&Place>) -> Result<Payload> {
        match place {
            Some(place) => match to_json(place)? {
                Value::Object(fields) => Ok(fields),
                _ => Err(Error::Internal("a place is an object".to_owned())),
            },
            None => Ok(PLACE_FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect()),
        }
    }
}

/// Where a mention's point belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MentionPlace {
    pub comment_id: Uuid,
    /// Its place in the comment.
    pub index: usize,
}

/// What mentions are filtered by.
#[derive(Debug, Serialize, Deserialize)]
pub struct MentionFields {
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub topics: Vec<String>,
    /// Of the text, or else the one that the caller named: so that a filter finds both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Polarity>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub frictions: Vec<FrictionKind>,
    /// The sentiment's score, -1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
}

/// A comment's point, as far as it is counted.
#[derive(Debug, Deserialize)]
pub struct CountedComment {
    #[serde(default)]
    pub mentions: Vec<MentionFields>,
    pub handover: Option<String>,
    pub nps: Option<f64>,
    pub csat: Option<f64>,
}

/// A comment's point, as far as its scores are set against its text.
#[derive(Debug, Deserialize)]
pub struct RatedComment {
    #[serde(default)]
    pub mentions: Vec<MentionFields>,
    pub comment: Comment,
    /// Without its mentions.
    pub insight: Insight,
}

/// What comments are filtered and sorted by; mentions carry the same of their comment.
#[derive(Serialize, Clone)]
struct SharedFields {
    tenant: String,
    source: String,
    channel: Value,
    journey: String,
    language: String,
    survey_kind: Value,
    subject: String,
    comment_sentiment: Option<Polarity>,
    /// The comment's sentiment score, -1 to 1.
    comment_score: Option<f64>,
    action: Option<String>,
    severity: f64,
    score_version: String,
    /// Microseconds since 1970.
    time: i64,
    nps: Option<f64>,
    csat: Option<f64>,
    stars: Option<f64>,
    /// The owners between whom it passes.
    handover: Option<String>,
    /// Where the customer was asked.
    given_touchpoint: Option<String>,
}

/// A comment as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredComment {
    pub id: Uuid,
    pub comment: Comment,
    pub insight: Insight,
    pub stored_at: DateTime<Utc>,
}

/// What the store knows of a comment before it is written again.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub fingerprint: String,
    pub mention_ids: Vec<Uuid>,
    pub stored_at: DateTime<Utc>,
    /// What people have set, by mention.
    pub corrections: HashMap<Uuid, Vec<Correction>>,
    /// Where mentions lie among the pain points.
    pub places: HashMap<Uuid, Place>,
    /// What it asks of people.
    pub items: Vec<InboxItem>,
}

impl Known {
    /// What will be known once this is stored.
    pub fn of(analysed: &AnalysedComment, stored_at: DateTime<Utc>) -> Self {
        let mention_ids = mention_ids(analysed);
        let mut known = Self {
            fingerprint: fingerprint(&analysed.comment, &analysed.insight.score_version),
            mention_ids: Vec::new(),
            stored_at,
            corrections: HashMap::new(),
            places: HashMap::new(),
            items: Vec::new(),
        };
        for (id, mention) in mention_ids.iter().zip(&analysed.insight.mentions) {
            known.remember(*id, mention.clone());
        }
        Self { mention_ids, ..known }
    }

    fn remember(&mut self, id: Uuid, mention: Mention) {
        if !mention.corrections.is_empty() {
            self.corrections.insert(id, mention.corrections);
        }
        if let Some(place) = mention.place {
            self.places.insert(id, place);
        }
    }
}

fn mention_ids(analysed: &AnalysedComment) -> Vec<Uuid> {
    let places = 0..analysed.insight.mentions.len();
    places.map(|index| mention_id(analysed.id, &analysed.comment.text, index)).collect()
}

/// The changes that store a comment in place of what was known under its id: mentions first, then the comment that
/// counts them, last the old mentions go. Whoever reads in between, or after a crash, sees one version whole.
pub fn writes(analysed: &AnalysedComment, known: Option<&Known>, stored_at: DateTime<Utc>) -> Result<Vec<Write>> {
    let AnalysedComment { id, comment, insight, vector, mention_vectors, label_vectors, answered } = analysed;
    let fields = shared_fields(comment, insight)?;
    let on_day = |code| OnDay::new(comment.time, code).packed();
    let new_ids = mention_ids(analysed);
    let mut mention_points = Vec::with_capacity(new_ids.len());
    let mentions = insight.mentions.iter().zip(mention_vectors).zip(&new_ids).enumerate();
    for (index, ((mention, vector), mention_id)) in mentions {
        let record = MentionRecord {
            fields: fields.clone(),
            mention_fields: mention_fields(mention, insight.given_touchpoint.as_ref()),
            comment_id: *id,
            index,
            text: comment.text[mention.span.clone()].to_owned(),
            mention: mention.clone(),
            label_vector: label_vectors.as_ref().and_then(|vectors| vectors.mentions.get(index)).map(|own| packed(own)),
            place: mention.place.clone(),
            sentiment_by_day: on_day(sentiment_code(mention.sentiment.as_ref())),
            frictions_by_day: friction_codes(mention).map(on_day).collect(),
        };
        mention_points.push(Point { id: *mention_id, vector: Some(vector.clone()), payload: to_payload(&record)? });
    }
    let record = CommentRecord {
        fields,
        mentions: insight
            .mentions
            .iter()
            .map(|mention| mention_fields(mention, insight.given_touchpoint.as_ref()))
            .collect(),
        fingerprint: fingerprint(comment, &insight.score_version),
        stored_at,
        answered: answered.map(|answered| name_of_answered(answered).to_owned()),
        comment: comment.clone(),
        insight: Insight { mentions: Vec::new(), ..insight.clone() },
        label_vector: label_vectors.as_ref().map(|vectors| packed(&vectors.comment)),
        label_branch: label_vectors.as_ref().map(|vectors| vectors.branch.clone()),
        comments_by_day: on_day(0),
        nps_by_day: comment.scores.nps.map(score_code).map(on_day),
        csat_by_day: comment.scores.csat.map(score_code).map(on_day),
    };
    let comment_point = Point { id: *id, vector: Some(vector.clone()), payload: to_payload(&record)? };
    let mut writes = vec![
        Write::Upsert { kind: Kind::Mentions, points: mention_points },
        Write::Upsert { kind: Kind::Comments, points: vec![comment_point] },
    ];
    let old: Vec<Uuid> = known.map(|known| known.mention_ids.clone()).unwrap_or_default();
    let stale: Vec<Uuid> = old.into_iter().filter(|id| !new_ids.contains(id)).collect();
    if !stale.is_empty() {
        let filter = Filter { all: vec![Condition::Ids(stale)] };
        writes.push(Write::Delete { kind: Kind::Mentions, filter });
    }
    Ok(writes)
}

/// What is known of these comments; unknown ids are left out.
pub async fn known_comments(store: &dyn Store, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Known>> {
    let mut known = HashMap::new();
    let mut comment_of = HashMap::new();
    for point in store.get(Kind::Comments, ids, false).await? {
        let record: StoredRecord = from_payload(point.payload)?;
        let mention_ids = record.mention_ids(point.id);
        comment_of.extend(mention_ids.iter().map(|mention| (*mention, point.id)));
        let StoredRecord { fingerprint, stored_at, .. } = record;
        let (corrections, places, items) = (HashMap::new(), HashMap::new(), Vec::new());
        known.insert(point.id, Known { fingerprint, mention_ids, stored_at, corrections, places, items });
    }
    if known.is_empty() {
        return Ok(known);
    }
    let stored: Vec<Uuid> = known.keys().copied().collect();
    for item in items_of(store, &stored).await? {
        if let Some(known) = known.get_mut(&item.comment_id) {
            known.items.push(item);
        }
    }
    for point in store.get(Kind::Mentions, comment_of.keys().copied().collect(), false).await? {
        if let Some(known) = comment_of.get(&point.id).and_then(|comment| known.get_mut(comment)) {
            known.remember(point.id, StoredMention::read(point.payload)?.0);
        }
    }
    Ok(known)
}

/// # Errors
/// [`Error::CommentNotFound`], also when the caller may not see it.
pub async fn read_comment(store: &dyn Store, id: Uuid, access: &Access) -> Result<StoredComment> {
    let found = store.get(Kind::Comments, vec![id], false).await?;
    let comment = stored_comments(store, found).await?.pop().ok_or(Error::CommentNotFound)?;
    access.check_comment(&comment.insight)?;
    Ok(comment)
}

/// The comment of a mention, which is there.
///
/// # Errors
/// [`Error::CommentNotFound`], [`Error::MentionNotFound`].
pub async fn comment_of_mention(store: &dyn Store, place: MentionPlace, access: &Access) -> Result<StoredComment> {
    let MentionPlace { comment_id, index } = place;
    let stored = read_comment(store, comment_id, access).await?;
    let mentions = stored.insight.mentions.len();
    if index >= mentions {
        return Err(Error::MentionNotFound { index, mentions });
    }
    Ok(stored)
}

/// A page of at most `limit` comments in order of id, starting at `from`; the second value is where the next starts.
pub async fn comments_at(
    store: &dyn Store,
    filter: Filter,
    from: Option<Uuid>,
    limit: usize,
) -> Result<(Vec<StoredComment>, Option<Uuid>)> {
    let (points, next) = page_by_id(store, Kind::Comments, &filter, from, limit, false).await?;
    Ok((stored_comments(store, points).await?, next))
}

/// Writes a page of comments anew, as this version lays records out; what they say stays. Says how many there were and
/// where the next page starts.
pub async fn rewrite_at(store: &dyn Store, from: Option<Uuid>, limit: usize) -> Result<(usize, Option<Uuid>)> {
    let (points, next) = page_by_id(store, Kind::Comments, &Filter::default(), from, limit, true).await?;
    let comments = analysed_comments(store, points).await?;
    let mut changes = Vec::new();
    for (analysed, stored_at) in &comments {
        changes.extend(writes(analysed, None, *stored_at)?);
    }
    store.write(changes).await?;
    Ok((comments.len(), next))
}

/// Comments' points with their mentions, in the order of `points`. A mention that is gone meanwhile is left out.
pub async fn stored_comments(store: &dyn Store, points: Vec<Point>) -> Result<Vec<StoredComment>> {
    let analysed = with_mentions(store, points, false).await?;
    let stored = analysed.into_iter().map(|(analysed, stored_at)| {
        let AnalysedComment { id, comment, insight, .. } = analysed;
        StoredComment { id, comment, insight, stored_at }
    });
    Ok(stored.collect())
}

/// The same with vectors (`points` must have theirs), and when each was stored: what labels are made from again.
pub async fn analysed_comments(store: &dyn Store, points: Vec<Point>) -> Result<Vec<(AnalysedComment, DateTime<Utc>)>> {
    with_mentions(store, points, true).await
}

async fn with_mentions(
    store: &dyn Store,
    points: Vec<Point>,
    with_vectors: bool,
) -> Result<Vec<(AnalysedComment, DateTime<Utc>)>> {
    let mut comments = Vec::with_capacity(points.len());
    for point in points {
        let record: StoredRecord = from_payload(point.payload)?;
        comments.push((point.id, point.vector.unwrap_or_default(), record));
    }
    let all_ids = comments.iter().flat_map(|(id, _, record)| record.mention_ids(*id)).collect();
    let found = store.get(Kind::Mentions, all_ids, with_vectors).await?;
    let mut found: HashMap<Uuid, Point> = found.into_iter().map(|point| (point.id, point)).collect();
    let mut with_mentions = Vec::with_capacity(comments.len());
    for (id, vector, record) in comments {
        let mut mentions = Vec::new();
        let mut mention_vectors = Vec::new();
        let mention_ids = record.mention_ids(id);
        let mut packed_label_vectors = vec![record.label_vector];
        for point in mention_ids.iter().filter_map(|id| found.remove(id)) {
            let (mention, label_vector) = StoredMention::read(point.payload)?;
            mentions.push(mention);
            mention_vectors.push(point.vector.unwrap_or_default());
            packed_label_vectors.push(label_vector);
        }
        let branch = record.label_branch.filter(|_| with_vectors);
        let analysed = AnalysedComment {
            id,
            comment: record.comment,
            insight: Insight { mentions, ..record.insight },
            vector,
            mention_vectors,
            label_vectors: branch.and_then(|branch| label_vectors(branch, &packed_label_vectors)),
            answered: record.answered.map(|answered| answered == name_of_answered(true)),
        };
        with_mentions.push((analysed, record.stored_at));
    }
    Ok(with_mentions)
}

/// The comment's and its mentions'; `None` when one is missing.
fn label_vectors(branch: String, packed: &[Option<String>]) -> Option<LabelVectors> {
    let mut vectors = packed.iter().map(|packed| unpacked(packed.as_deref()?)).collect::<Option<Vec<_>>>()?;
    let comment = vectors.remove(0);
    Some(LabelVectors { branch, comment, mentions: vectors })
}

fn mention_fields(mention: &Mention, given_touchpoint: Option<&TouchpointTag>) -> MentionFields {
    let touchpoint = mention.touchpoint.as_ref().or(given_touchpoint);
    MentionFields {
        topics: mention.topics.iter().map(|tag| tag.topic.clone()).collect(),
        touchpoint: touchpoint.map(|tag| tag.touchpoint.clone()),
        phase: touchpoint.map(|tag| tag.phase.clone()),
        owner: touchpoint.map(|tag| tag.owner.clone()),
        sentiment: mention.sentiment.map(|sentiment| sentiment.polarity),
        frictions: mention.frictions.iter().map(|friction| friction.kind).collect(),
        score: mention.sentiment.map(|sentiment| millionths(sentiment.score.into())),
    }
}

fn shared_fields(comment: &Comment, insight: &Insight) -> Result<SharedFields> {
    Ok(SharedFields {
        tenant: TENANT.to_owned(),
        source: comment.source.clone(),
        channel: to_json(&comment.channel)?,
        journey: comment.journey.clone(),
        language: insight.language.code().to_owned(),
        survey_kind: to_json(&comment.survey_kind)?,
        subject: comment.subject.clone(),
        comment_sentiment: insight.sentiment.map(|sentiment| sentiment.polarity),
        comment_score: insight.sentiment.map(|sentiment| millionths(sentiment.score.into())),
        action: insight.action.map(|action| name_of(&action.kind)).transpose()?,
        severity: millionths(insight.severity.into()),
        score_version: format!("{}/{}", insight.score_version.bundle, insight.score_version.journey),
        time: comment.time.timestamp_micros().clamp(-MOST_EXACT_MICROS, MOST_EXACT_MICROS),
        nps: comment.scores.nps.map(millionths),
        csat: comment.scores.csat.map(millionths),
        stars: comment.scores.stars.map(millionths),
        handover: insight.handover.as_ref().map(Handover::passage),
        given_touchpoint: insight.given_touchpoint.as_ref().map(|tag| tag.touchpoint.clone()),
    })
}

fn name_of(value: &impl Serialize) -> Result<String> {
    match to_json(value)? {
        Value::String(name) => Ok(name),
        _ => Err(Error::Internal("an enum is written as its name".to_owned())),
    }
}

fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(format!("a record cannot be written: {error}")))
}

/// A record as a payload. Fields without a value are left out, so that no index sees a null.
pub fn to_payload(record: &impl Serialize) -> Result<Payload> {
    match to_json(record)? {
        Value::Object(payload) => Ok(payload.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(Error::Internal("a record is an object".to_owned())),
    }
}

pub fn from_payload<T: for<'de> Deserialize<'de>>(payload: Payload) -> Result<T> {
    serde_json::from_value(Value::Object(payload))
        .map_err(|error| Error::Internal(format!("a stored record cannot be read: {error}")))
}
