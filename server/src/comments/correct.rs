use std::collections::HashSet;
use std::sync::Arc;

use chrono::Utc;

use crate::access::Access;
use crate::error::{Error, Result};
use crate::insights::intake::check_length;
use crate::insights::{Correction, CorrectionValue, Known, Mention, MentionPlace, StoredComment, writes};
use crate::journey::Journey;
use crate::pipeline::{Labellable, Writing, to_the_end};

const MAX_CORRECTED_BY_CHARS: usize = 128;

/// Which label of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelName {
    Sentiment,
    Topics,
    Touchpoint,
}

/// What a person wants of a label.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelChange {
    Set(CorrectionValue),
    /// The machine's label counts again.
    Withdraw(LabelName),
}

/// A person's order to correct a mention.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectionOrder {
    pub mention: MentionPlace,
    pub change: LabelChange,
    /// A name or a pseudonym.
    pub corrected_by: String,
    /// A limited caller corrects mentions of its owners only.
    pub access: Access,
}

/// Corrects a label of a mention, in place of an earlier correction of the same label, and labels the comment again.
/// Returns the comment as it is stored now.
///
/// # Errors
/// [`Error::CommentNotFound`], [`Error::MentionNotFound`], [`Error::TopicUnknown`], [`Error::TouchpointUnknown`],
/// [`Error::JourneyUnknown`] when the comment's journey is not registered any more; [`Error::FieldMissing`] or
/// [`Error::FieldTooLong`] for `corrected_by`; or what the store says.
pub async fn correct(writing: Arc<Writing>, order: CorrectionOrder) -> Result<StoredComment> {
    if order.corrected_by.trim().is_empty() {
        return Err(Error::FieldMissing { field: "corrected_by" });
    }
    check_length("corrected_by", &order.corrected_by, MAX_CORRECTED_BY_CHARS)?;
    to_the_end(async move { correct_claimed(&writing, order).await }).await
}

async fn correct_claimed(writing: &Writing, order: CorrectionOrder) -> Result<StoredComment> {
    let CorrectionOrder { mention: MentionPlace { comment_id, index }, change, corrected_by, access } = order;
    let ids = HashSet::from([comment_id]);
    let _claim = writing.claim(&ids).await;
    let found = writing.labellable(vec![comment_id]).await?.pop();
    let Labellable { mut analysed, stored_at, items, .. } = found.ok_or(Error::CommentNotFound)?;
    access.check_comment(&analysed.insight)?;
    let journey = writing.journeys().get(&analysed.comment.journey)?;
    let mentions = analysed.insight.mentions.len();
    let insight = &mut analysed.insight;
    let is_admitted = insight.mentions.get(index).is_some_and(|mention| access.admits_mention(insight, mention));
    let mention = insight.mentions.get_mut(index).filter(|_| is_admitted);
    let mention = mention.ok_or(Error::MentionNotFound { index, mentions })?;
    match change {
        LabelChange::Withdraw(label) => mention.corrections.retain(|correction| label_of(&correction.value) != label),
        LabelChange::Set(value) => set(mention, checked(value, &journey.journey)?, corrected_by),
    }
    let mut analysed = writing.label_again(analysed, journey)?;
    let known = Known::of(&analysed, stored_at);
    let inbox = writing.reconcile_inbox(&mut analysed, items, false);
    writing.write_with_items(inbox.changed, writes(&analysed, Some(&known), stored_at)?).await?;
    Ok(StoredComment { id: comment_id, comment: analysed.comment, insight: analysed.insight, stored_at })
}

fn set(mention: &mut Mention, value: CorrectionValue, corrected_by: String) {
    mention.corrections.retain(|correction| !correction.value.sets_same_label(&value));
    mention.corrections.push(Correction { value, corrected_by, corrected_at: Utc::now() });
}

/// A value that the journey knows, each topic once.
fn checked(value: CorrectionValue, journey: &Journey) -> Result<CorrectionValue> {
    match value {
        CorrectionValue::Sentiment(polarity) => Ok(CorrectionValue::Sentiment(polarity)),
        CorrectionValue::Topics(topics) => {
            let mut known: Vec<String> = Vec::with_capacity(topics.len());
            for topic in topics {
                if !journey.topics.iter().any(|of_journey| of_journey.id == topic) {
                    return Err(Error::TopicUnknown { journey: journey.id.clone(), topic });
                }
                if !known.contains(&topic) {
                    known.push(topic);
                }
            }
            Ok(CorrectionValue::Topics(known))
        }
        CorrectionValue::Touchpoint(Some(touchpoint)) if journey.touchpoint(&touchpoint).is_none() => {
            Err(Error::TouchpointUnknown { journey: journey.id.clone(), touchpoint })
        }
        CorrectionValue::Touchpoint(touchpoint) => Ok(CorrectionValue::Touchpoint(touchpoint)),
    }
}

fn label_of(value: &CorrectionValue) -> LabelName {
    match value {
        CorrectionValue::Sentiment(_) => LabelName::Sentiment,
        CorrectionValue::Topics(_) => LabelName::Topics,
        CorrectionValue::Touchpoint(_) => LabelName::Touchpoint,
    }
}
