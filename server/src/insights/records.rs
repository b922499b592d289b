//! Comments and mentions as points of the store, and back.
//!
//! A comment's point holds the comment and what is said about it as a whole; its mentions are points of their own and
//! stand nowhere else. Payload fields at the top level are for filters ([`crate::store::INDEXES`]).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{AnalysedComment, Comment, Insight, Mention, Polarity, fingerprint, mention_id};
use crate::TENANT;
use crate::error::{Error, Result};
use crate::store::{Condition, Filter, Kind, Payload, Point, Store, Write};

/// The payload of a comment's point.
#[derive(Serialize, Deserialize)]
struct CommentRecord {
    #[serde(flatten)]
    fields: SharedFields,
    action: Option<String>,
    severity: f32,
    /// Changes with anything that was sent or that labels depend on.
    fingerprint: String,
    mention_count: usize,
    stored_at: DateTime<Utc>,
    comment: Comment,
    /// Without its mentions.
    insight: Insight,
}

/// The payload of a mention's point.
#[derive(Serialize, Deserialize)]
struct MentionRecord {
    #[serde(flatten)]
    fields: SharedFields,
    comment_id: Uuid,
    topics: Vec<String>,
    /// Of the text, or else the one that the caller named: so that a filter finds both.
    touchpoint: Option<String>,
    phase: Option<String>,
    owner: Option<String>,
    /// The sentiment's score, -1 to 1.
    score: Option<f32>,
    text: String,
    mention: Mention,
}

/// What both kinds of point are filtered by.
#[derive(Serialize, Deserialize)]
struct SharedFields {
    tenant: String,
    source: String,
    channel: Value,
    journey: String,
    language: String,
    survey_kind: Value,
    subject: String,
    sentiment: Option<Polarity>,
    score_version: String,
    /// Seconds since 1970.
    time: i64,
    nps: Option<f64>,
    csat: Option<f64>,
    stars: Option<f64>,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub fingerprint: String,
    pub mention_ids: Vec<Uuid>,
}

impl Known {
    pub fn of(analysed: &AnalysedComment) -> Self {
        let mentions = 0..analysed.insight.mentions.len();
        Self {
            fingerprint: fingerprint(&analysed.comment, &analysed.insight.score_version),
            mention_ids: mentions.map(|index| mention_id(analysed.id, &analysed.comment.text, index)).collect(),
        }
    }
}

/// The changes that store a comment in place of what was known under its id: mentions first, then the comment that
/// counts them, last the old mentions go. Whoever reads in between, or after a crash, sees one version whole.
pub fn writes(analysed: &AnalysedComment, known: Option<&Known>, now: DateTime<Utc>) -> Result<Vec<Write>> {
    let new = Known::of(analysed);
    let mut mention_points = Vec::with_capacity(new.mention_ids.len());
    for ((mention, vector), id) in analysed.insight.mentions.iter().zip(&analysed.mention_vectors).zip(&new.mention_ids)
    {
        let payload = to_payload(&mention_record(analysed, mention)?)?;
        mention_points.push(Point { id: *id, vector: Some(vector.clone()), payload });
    }
    let record = CommentRecord {
        fields: shared_fields(analysed, analysed.insight.sentiment.map(|sentiment| sentiment.polarity))?,
        action: analysed.insight.action.map(|action| name_of(&action.kind)).transpose()?,
        severity: analysed.insight.severity,
        fingerprint: new.fingerprint,
        mention_count: mention_points.len(),
        stored_at: now,
        comment: analysed.comment.clone(),
        insight: Insight { mentions: Vec::new(), ..analysed.insight.clone() },
    };
    let comment_point = Point { id: analysed.id, vector: Some(analysed.vector.clone()), payload: to_payload(&record)? };
    let mut writes = vec![
        Write::Upsert { kind: Kind::Mentions, points: mention_points },
        Write::Upsert { kind: Kind::Comments, points: vec![comment_point] },
    ];
    let old: Vec<Uuid> = known.map(|known| known.mention_ids.clone()).unwrap_or_default();
    let stale: Vec<Uuid> = old.into_iter().filter(|id| !new.mention_ids.contains(id)).collect();
    if !stale.is_empty() {
        let filter = Filter { all: vec![Condition::Ids(stale)] };
        writes.push(Write::Delete { kind: Kind::Mentions, filter });
    }
    Ok(writes)
}

/// What is known of these comments; unknown ids are left out.
pub async fn known_comments(store: &dyn Store, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Known>> {
    let mut known = HashMap::new();
    for point in store.get(Kind::Comments, ids, false).await? {
        let id = point.id;
        let record: CommentRecord = from_payload(point.payload)?;
        let mention_ids = (0..record.mention_count).map(|index| mention_id(id, &record.comment.text, index)).collect();
        known.insert(id, Known { fingerprint: record.fingerprint, mention_ids });
    }
    Ok(known)
}

/// # Errors
/// [`Error::CommentNotFound`].
pub async fn read_comment(store: &dyn Store, id: Uuid) -> Result<StoredComment> {
    let found = store.get(Kind::Comments, vec![id], false).await?;
    let point = found.into_iter().next().ok_or(Error::CommentNotFound)?;
    stored_comment(store, point).await
}

/// A page of at most `limit` comments in order of id, starting at `from`; the second value is where the next starts.
pub async fn comments_at(
    store: &dyn Store,
    from: Option<Uuid>,
    limit: usize,
) -> Result<(Vec<StoredComment>, Option<Uuid>)> {
    let (points, next) = store.scroll(Kind::Comments, Filter::default(), from, limit, false).await?;
    let mut comments = Vec::with_capacity(points.len());
    for point in points {
        comments.push(stored_comment(store, point).await?);
    }
    Ok((comments, next))
}

async fn stored_comment(store: &dyn Store, point: Point) -> Result<StoredComment> {
    let id = point.id;
    let record: CommentRecord = from_payload(point.payload)?;
    let mention_ids = (0..record.mention_count).map(|index| mention_id(id, &record.comment.text, index)).collect();
    let mut insight = record.insight;
    for point in store.get(Kind::Mentions, mention_ids, false).await? {
        insight.mentions.push(from_payload::<MentionRecord>(point.payload)?.mention);
    }
    Ok(StoredComment { id, comment: record.comment, insight, stored_at: record.stored_at })
}

fn mention_record(analysed: &AnalysedComment, mention: &Mention) -> Result<MentionRecord> {
    let touchpoint = mention.touchpoint.as_ref().or(analysed.insight.given_touchpoint.as_ref());
    Ok(MentionRecord {
        fields: shared_fields(analysed, mention.sentiment.map(|sentiment| sentiment.polarity))?,
        comment_id: analysed.id,
        topics: mention.topics.iter().map(|tag| tag.topic.clone()).collect(),
        touchpoint: touchpoint.map(|tag| tag.touchpoint.clone()),
        phase: touchpoint.map(|tag| tag.phase.clone()),
        owner: touchpoint.map(|tag| tag.owner.clone()),
        score: mention.sentiment.map(|sentiment| sentiment.score),
        text: analysed.comment.text[mention.span.clone()].to_owned(),
        mention: mention.clone(),
    })
}

fn shared_fields(analysed: &AnalysedComment, sentiment: Option<Polarity>) -> Result<SharedFields> {
    let AnalysedComment { comment, insight, .. } = analysed;
    Ok(SharedFields {
        tenant: TENANT.to_owned(),
        source: comment.source.clone(),
        channel: to_json(&comment.channel)?,
        journey: comment.journey.clone(),
        language: insight.language.code().to_owned(),
        survey_kind: to_json(&comment.survey_kind)?,
        subject: comment.subject.clone(),
        sentiment,
        score_version: format!("{}/{}", insight.score_version.bundle, insight.score_version.journey),
        time: comment.time.timestamp(),
        nps: comment.scores.nps,
        csat: comment.scores.csat,
        stars: comment.scores.stars,
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
