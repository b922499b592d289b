use std::collections::{HashMap, HashSet};

use serde::Serialize;
use uuid::Uuid;

use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::{
    CommentFilter, MentionPlace, StoredComment, from_payload, mention_id, read_comment, stored_comments,
};
use crate::page_token::Request;
use crate::pipeline::Pipeline;
use crate::store::{Condition, Filter, Kind, ScoredPoint, Store};

/// Pages are cut out of a ranking of at most this many hits.
const LONGEST_RANKING: usize = 10_000;
/// How far a ranking is read on to see the end of a run of equally similar hits, so that pages do not depend on which of
/// them the store returns first. Among more equals than this, pages may repeat some and miss others.
const MOST_EQUALS: usize = 500;

/// What something similar is looked for to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Query {
    /// Read as one mention.
    Text(String),
    Comment(Uuid),
    Mention(MentionPlace),
}

#[derive(Debug, Clone)]
pub struct Search {
    pub query: Query,
    /// Comments or mentions.
    pub unit: Kind,
    pub filter: CommentFilter,
    /// At least 1.
    pub page_size: usize,
    /// Empty for the first page.
    pub page_token: String,
}

#[derive(Debug)]
pub struct Hits {
    /// Nearest first.
    pub hits: Vec<Hit>,
    /// Empty on the last page.
    pub next_page_token: String,
}

#[derive(Debug)]
pub struct Hit {
    /// Cosine, -1 to 1.
    pub similarity: f32,
    pub comment: StoredComment,
    /// Which mention was found, in a search for mentions.
    pub mention: Option<usize>,
}

/// A page of what is nearest to the query, which itself is left out. A hit that is replaced or deleted meanwhile is left
/// out of its page.
///
/// # Errors
/// A text that no comment may have; [`Error::CommentNotFound`]; [`Error::MentionNotFound`];
/// [`Error::PageTokenInvalid`]; [`Error::Overloaded`]; what the store says.
pub async fn search(pipeline: &Pipeline, store: &dyn Store, search: Search) -> Result<Hits> {
    let Search { query, unit, filter, page_size, page_token } = search;
    let request = Request::new("search", &(&query, unit.name(), &filter))?;
    let first = request.rank(&page_token)?;
    if first >= LONGEST_RANKING {
        return Err(Error::PageTokenInvalid);
    }
    let end = (first + page_size).min(LONGEST_RANKING);
    let access = filter.visible_to.clone();
    let mut filter = filter.for_kind(unit);
    let vector = match query {
        Query::Text(text) => pipeline.embed_query(&text).await?,
        Query::Comment(id) => {
            filter.all.push(not_of(id, unit));
            comment_vector(store, id, &access).await?
        }
        Query::Mention(place) => {
            let (id, vector) = mention_vector(store, place, &access).await?;
            filter.all.push(if unit == Kind::Mentions {
                Condition::NotIds(vec![id])
            } else {
                not_of(place.comment_id, unit)
            });
            vector
        }
    };
    let ranking = ranking(store, unit, vector, filter, end).await?;
    let has_more = ranking.len() > end && end < LONGEST_RANKING;
    let page: Vec<ScoredPoint> = ranking.into_iter().take(end).skip(first).collect();
    Ok(Hits {
        hits: hits(store, unit, page).await?,
        next_page_token: if has_more { request.rank_token(end) } else { String::new() },
    })
}

/// Everything but this comment.
fn not_of(comment: Uuid, unit: Kind) -> Condition {
    if unit == Kind::Mentions {
        Condition::NoneOf { field: "comment_id", values: vec![comment.to_string()] }
    } else {
        Condition::NotIds(vec![comment])
    }
}

async fn comment_vector(store: &dyn Store, id: Uuid, access: &Access) -> Result<Vec<f32>> {
    read_comment(store, id, access).await?;
    let found = store.get(Kind::Comments, vec![id], true).await?;
    found.into_iter().next().and_then(|point| point.vector).ok_or(Error::CommentNotFound)
}

async fn mention_vector(store: &dyn Store, place: MentionPlace, access: &Access) -> Result<(Uuid, Vec<f32>)> {
    let comment = read_comment(store, place.comment_id, access).await?;
    let mentions = comment.insight.mentions.len();
    let not_found = Error::MentionNotFound { index: place.index, mentions };
    if place.index >= mentions {
        return Err(not_found);
    }
    let id = mention_id(comment.id, &comment.comment.text, place.index);
    let found = store.get(Kind::Mentions, vec![id], true).await?;
    let vector = found.into_iter().next().and_then(|point| point.vector).ok_or(not_found)?;
    Ok((id, vector))
}

/// The nearest in a fixed order, by similarity and then by id: `wanted` and some more, or all there are.
async fn ranking(
    store: &dyn Store,
    unit: Kind,
    vector: Vec<f32>,
    filter: Filter,
    wanted: usize,
) -> Result<Vec<ScoredPoint>> {
    let mut limit = wanted + 1;
    loop {
        let mut found = store.search(unit, vector.clone(), filter.clone(), 0, limit).await?;
        let similarity_at = |place: usize| found.get(place).map(|hit| hit.similarity);
        let is_cut_off = found.len() >= limit && similarity_at(limit - 1) == similarity_at(wanted - 1);
        if is_cut_off && limit <= wanted + MOST_EQUALS {
            limit = wanted + (limit - wanted) * 8;
            continue;
        }
        found.sort_by(|left, right| {
            right.similarity.total_cmp(&left.similarity).then(left.point.id.cmp(&right.point.id))
        });
        return Ok(found);
    }
}

async fn hits(store: &dyn Store, unit: Kind, page: Vec<ScoredPoint>) -> Result<Vec<Hit>> {
    if unit == Kind::Comments {
        let similarities: HashMap<Uuid, f32> = page.iter().map(|hit| (hit.point.id, hit.similarity)).collect();
        let comments = stored_comments(store, page.into_iter().map(|hit| hit.point).collect()).await?;
        let hit = |comment: StoredComment| {
            let similarity = similarities.get(&comment.id).copied()?;
            Some(Hit { similarity, comment, mention: None })
        };
        return Ok(comments.into_iter().filter_map(hit).collect());
    }
    let mut found: Vec<(Uuid, f32, MentionPlace)> = Vec::with_capacity(page.len());
    for ScoredPoint { point, similarity } in page {
        found.push((point.id, similarity, from_payload(point.payload)?));
    }
    let ids: HashSet<Uuid> = found.iter().map(|(_, _, place)| place.comment_id).collect();
    let points = store.get(Kind::Comments, ids.into_iter().collect(), false).await?;
    let comments = stored_comments(store, points).await?;
    let comments: HashMap<Uuid, StoredComment> = comments.into_iter().map(|comment| (comment.id, comment)).collect();
    let hit = |(id, similarity, place): (Uuid, f32, MentionPlace)| {
        let comment = comments.get(&place.comment_id)?;
        // Mentions are written before their comment and deleted after it.
        let is_current = place.index < comment.insight.mentions.len()
            && mention_id(comment.id, &comment.comment.text, place.index) == id;
        is_current.then(|| Hit { similarity, comment: comment.clone(), mention: Some(place.index) })
    };
    Ok(found.into_iter().filter_map(hit).collect())
}
