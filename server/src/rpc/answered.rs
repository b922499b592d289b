//! Counts what callers are told of their comments: once for each, wherever the answer goes.

use super::status::reason_of;
use crate::error::{Error, Result};
use crate::insights::{Channel, Polarity, Sentiment};
use crate::ops::metrics::{CommentLabels, PipelineMetrics};
use crate::pipeline::{Analysed, StoreOutcome};

/// One comment's answer.
pub fn count_answer(metrics: &PipelineMetrics, result: &Result<Analysed>) {
    let done = match result {
        Ok(done) => done,
        Err(error) => return metrics.refused(reason_of(error), 1),
    };
    let insight = &done.analysed.insight;
    let labels = CommentLabels {
        channel: channel_label(done.analysed.comment.channel),
        language: insight.language.code(),
        sentiment: sentiment_label(insight.sentiment),
        store_outcome: store_outcome_label(done.store_outcome),
    };
    metrics.analysed(&labels, insight.mentions.iter().map(|mention| sentiment_label(mention.sentiment)));
}

/// The comments of a call that was refused as a whole.
pub fn count_refused_call(metrics: &PipelineMetrics, error: &Error, comments: usize) {
    metrics.refused(reason_of(error), comments);
}

fn channel_label(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "unspecified",
        Channel::Survey => "survey",
        Channel::CallCentre => "call_centre",
        Channel::EMail => "e_mail",
        Channel::Chat => "chat",
        Channel::AppStore => "app_store",
        Channel::ReviewSite => "review_site",
        Channel::Social => "social",
        Channel::Shop => "shop",
        Channel::Other => "other",
    }
}

/// "none" when the caller did not ask for sentiment.
fn sentiment_label(sentiment: Option<Sentiment>) -> &'static str {
    match sentiment.map(|sentiment| sentiment.polarity) {
        Some(Polarity::Negative) => "negative",
        Some(Polarity::Neutral) => "neutral",
        Some(Polarity::Positive) => "positive",
        Some(Polarity::Mixed) => "mixed",
        None => "none",
    }
}

fn store_outcome_label(outcome: StoreOutcome) -> &'static str {
    match outcome {
        StoreOutcome::NotStored => "not_stored",
        StoreOutcome::Created => "created",
        StoreOutcome::Replaced => "replaced",
        StoreOutcome::Unchanged => "unchanged",
    }
}
