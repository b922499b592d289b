//! The requests and replies of the comment service between protobuf and the domain.

use klartext_proto::v1;
use klartext_proto::v1::{
    correct_mention_request, delete_comments_request, explain_mention_request, get_comment_request,
    search_comments_request,
};
use uuid::Uuid;

use super::{
    SpanTarget, comment_to_proto, filter_from_proto, insight_to_proto, polarity_from_proto, polarity_to_proto,
    span_to_proto, time_to_proto, uuid_of,
};
use crate::access::Access;
use crate::comments::{
    CorrectionOrder, Deletion, Export, Exported, Hit, Hits, LabelChange, LabelName, List, Listed, Query, Search,
    SortBy, Sorting, page_size,
};
use crate::error::{Error, Result};
use crate::insights::{
    Assigners, CorrectionValue, ExplainedLabel, Explanation, MentionPlace, Polarity, ScoreKind, StoredComment,
    WordShare, comment_id,
};
use crate::ops::config::LimitsConfig;
use crate::pipeline::StoreOutcome;
use crate::store::Kind;

const DEFAULT_LIST_SIZE: usize = 50;
const DEFAULT_SEARCH_SIZE: usize = 20;

pub fn stored_comment_to_proto(stored: &StoredComment, pain_points: &Assigners) -> v1::StoredComment {
    let target = SpanTarget::stored(&stored.comment.text);
    v1::StoredComment {
        comment: Some(comment_to_proto(&stored.comment)),
        insight: Some(insight_to_proto(stored.id, &stored.insight, &target, StoreOutcome::Unchanged, &[], pain_points)),
        stored_at: Some(time_to_proto(stored.stored_at)),
    }
}

/// # Errors
/// [`Error::IdInvalid`].
pub fn id_from_proto(request: v1::GetCommentRequest) -> Result<Uuid> {
    match request.by {
        Some(get_comment_request::By::CommentId(id)) => uuid_of("comment_id", &id),
        Some(get_comment_request::By::External(external)) if !external.external_id.is_empty() => {
            Ok(comment_id(&external.source, &external.external_id))
        }
        Some(get_comment_request::By::External(_)) => {
            Err(Error::IdInvalid { reason: "external.external_id is empty".to_owned() })
        }
        None => Err(Error::IdInvalid { reason: "neither comment_id nor external is given".to_owned() }),
    }
}

fn mention_from_proto(mention: v1::MentionRef) -> Result<MentionPlace> {
    Ok(MentionPlace { comment_id: uuid_of("comment_id", &mention.comment_id)?, index: mention.index as usize })
}

/// Whose labels are to be explained.
pub enum ExplainedText {
    Mention(MentionPlace),
    Text { text: String, journey: String },
}

/// # Errors
/// [`Error::IdInvalid`], [`Error::FieldMissing`].
pub fn explain_from_proto(request: v1::ExplainMentionRequest) -> Result<ExplainedText> {
    let v1::ExplainMentionRequest { of, journey } = request;
    match of {
        Some(explain_mention_request::Of::Mention(mention)) => mention_from_proto(mention).map(ExplainedText::Mention),
        Some(explain_mention_request::Of::Text(text)) => Ok(ExplainedText::Text { text, journey }),
        None => Err(Error::FieldMissing { field: "mention" }),
    }
}

/// `text` is the mention's.
pub fn explanations_to_proto(text: String, explanations: &[Explanation]) -> v1::ExplainMentionResponse {
    let word_to_proto = |word: &WordShare| v1::WordShare {
        span: Some(span_to_proto(&text, word.span.clone())),
        text: text[word.span.clone()].to_owned(),
        share: word.share.into(),
    };
    let explanation_to_proto = |explanation: &Explanation| v1::Explanation {
        label: explanation.label.name(),
        polarity: match explanation.label {
            ExplainedLabel::Sentiment(polarity) => polarity_to_proto(polarity).into(),
            _ => v1::Polarity::Unspecified.into(),
        },
        probability: explanation.probability.into(),
        words: explanation.words.iter().map(word_to_proto).collect(),
    };
    let explanations = explanations.iter().map(explanation_to_proto).collect();
    v1::ExplainMentionResponse { explanations, text }
}

pub fn list_from_proto(request: v1::ListCommentsRequest, access: &Access, limits: &LimitsConfig) -> Result<List> {
    Ok(List {
        filter: filter_from_proto(request.filter, access)?,
        sorting: sorting_from_proto(request.sorting.unwrap_or_default())?,
        page_size: page_size(request.page_size as usize, DEFAULT_LIST_SIZE, limits.max_page_size)?,
        page_token: request.page_token,
        count: request.count,
    })
}

fn sorting_from_proto(sorting: v1::Sorting) -> Result<Sorting> {
    let by = match v1::SortBy::try_from(sorting.by) {
        Ok(v1::SortBy::Unspecified | v1::SortBy::Time) => SortBy::Time,
        Ok(v1::SortBy::Nps) => SortBy::Score(ScoreKind::Nps),
        Ok(v1::SortBy::Csat) => SortBy::Score(ScoreKind::Csat),
        Ok(v1::SortBy::Stars) => SortBy::Score(ScoreKind::Stars),
        Ok(v1::SortBy::Sentiment) => SortBy::Score(ScoreKind::Sentiment),
        Ok(v1::SortBy::Severity) => SortBy::Score(ScoreKind::Severity),
        Err(_) => return Err(Error::EnumUnknown { field: "sorting.by", number: sorting.by }),
    };
    Ok(Sorting { by, ascending: sorting.ascending })
}

pub fn listed_to_proto(listed: &Listed, pain_points: &Assigners) -> v1::ListCommentsResponse {
    v1::ListCommentsResponse {
        comments: listed.comments.iter().map(|stored| stored_comment_to_proto(stored, pain_points)).collect(),
        next_page_token: listed.next_page_token.clone(),
        total: listed.total,
    }
}

pub fn search_from_proto(request: v1::SearchCommentsRequest, access: &Access, limits: &LimitsConfig) -> Result<Search> {
    let query = match request.query {
        Some(search_comments_request::Query::Text(text)) => Query::Text(text),
        Some(search_comments_request::Query::Comment(comment)) => Query::Comment(id_from_proto(comment)?),
        Some(search_comments_request::Query::Mention(mention)) => Query::Mention(mention_from_proto(mention)?),
        None => return Err(Error::FieldMissing { field: "query" }),
    };
    let unit = match v1::SearchUnit::try_from(request.unit) {
        Ok(v1::SearchUnit::Mention) => Kind::Mentions,
        Ok(v1::SearchUnit::Comment) => Kind::Comments,
        Ok(v1::SearchUnit::Unspecified) if matches!(query, Query::Comment(_)) => Kind::Comments,
        Ok(v1::SearchUnit::Unspecified) => Kind::Mentions,
        Err(_) => return Err(Error::EnumUnknown { field: "unit", number: request.unit }),
    };
    Ok(Search {
        query,
        unit,
        filter: filter_from_proto(request.filter, access)?,
        page_size: page_size(request.page_size as usize, DEFAULT_SEARCH_SIZE, limits.max_page_size)?,
        page_token: request.page_token,
    })
}

pub fn hits_to_proto(hits: &Hits, pain_points: &Assigners) -> v1::SearchCommentsResponse {
    let hit_to_proto = |hit: &Hit| v1::SearchHit {
        similarity: f64::from(hit.similarity),
        comment: Some(stored_comment_to_proto(&hit.comment, pain_points)),
        mention: hit.mention.map(|index| index as u32),
    };
    v1::SearchCommentsResponse {
        hits: hits.hits.iter().map(hit_to_proto).collect(),
        next_page_token: hits.next_page_token.clone(),
    }
}

/// Not for limited callers: ids are deleted whoever owns them.
pub fn deletion_from_proto(
    by: Option<delete_comments_request::By>,
    access: &Access,
    limits: &LimitsConfig,
) -> Result<Deletion> {
    if access.is_limited() {
        return Err(Error::AccessLimited);
    }
    match by {
        Some(delete_comments_request::By::Ids(v1::CommentIds { ids })) => {
            let limit = limits.max_comments_per_call;
            if ids.len() > limit {
                return Err(Error::TooManyComments { count: ids.len(), limit });
            }
            Ok(Deletion::Ids(ids.into_iter().map(id_from_proto).collect::<Result<_>>()?))
        }
        Some(delete_comments_request::By::Filter(filter)) => {
            Ok(Deletion::Filter(Box::new(filter_from_proto(Some(filter), access)?)))
        }
        None => Err(Error::FieldMissing { field: "ids or filter" }),
    }
}

pub fn correction_from_proto(request: v1::CorrectMentionRequest, access: Access) -> Result<CorrectionOrder> {
    let change = match request.label.ok_or(Error::FieldMissing { field: "label" })? {
        correct_mention_request::Label::Sentiment(number) => {
            match polarity_from_proto("sentiment", number)? {
                // A mention says one thing.
                Polarity::Mixed => return Err(Error::EnumUnknown { field: "sentiment", number }),
                polarity => LabelChange::Set(CorrectionValue::Sentiment(polarity)),
            }
        }
        correct_mention_request::Label::Topics(v1::TopicIds { topics }) => {
            LabelChange::Set(CorrectionValue::Topics(topics))
        }
        correct_mention_request::Label::Touchpoint(touchpoint) => {
            LabelChange::Set(CorrectionValue::Touchpoint(Some(touchpoint).filter(|id| !id.is_empty())))
        }
        correct_mention_request::Label::Withdraw(number) => LabelChange::Withdraw(label_name_from_proto(number)?),
    };
    let mention = request.mention.ok_or(Error::FieldMissing { field: "mention" })?;
    Ok(CorrectionOrder { mention: mention_from_proto(mention)?, change, corrected_by: request.corrected_by, access })
}

fn label_name_from_proto(number: i32) -> Result<LabelName> {
    match v1::CorrectedLabel::try_from(number) {
        Ok(v1::CorrectedLabel::Sentiment) => Ok(LabelName::Sentiment),
        Ok(v1::CorrectedLabel::Topics) => Ok(LabelName::Topics),
        Ok(v1::CorrectedLabel::Touchpoint) => Ok(LabelName::Touchpoint),
        Ok(v1::CorrectedLabel::Unspecified) | Err(_) => Err(Error::EnumUnknown { field: "withdraw", number }),
    }
}

pub fn export_from_proto(request: v1::ExportCommentsRequest, access: &Access) -> Result<Export> {
    Ok(Export { filter: filter_from_proto(request.filter, access)?, resume_token: request.resume_token })
}

pub fn exported_to_proto(exported: Exported, pain_points: &Assigners) -> v1::ExportCommentsResponse {
    v1::ExportCommentsResponse {
        comment: Some(stored_comment_to_proto(&exported.comment, pain_points)),
        resume_token: exported.resume_token,
    }
}
