//! The gap between scores and texts, for protobuf.

use klartext_proto::v1;

use super::journey::estimate_to_proto;
use super::{channel_to_proto, discrepancy_kind_to_proto, filter_from_proto, scores_to_proto, time_to_proto};
use crate::access::Access;
use crate::error::Result;
use crate::gaps::{Disagreement, Example, Gap, GapPart, Gaps, GapsRequest, example_count};
use crate::statistics::Sample;

const DEFAULT_EXAMPLES: usize = 3;

/// # Errors
/// A filter that names journeys or is invalid, and too many examples.
pub fn gaps_request_from_proto(request: v1::GetGapsRequest, journey: &str, minimum_volume: u64) -> Result<GapsRequest> {
    // Callers who are limited to some owners may not ask.
    let mut filter = filter_from_proto(request.filter, &Access::Everything)?;
    filter.check_names_no_journey()?;
    filter.journeys = vec![journey.to_owned()];
    let examples = example_count(request.examples as usize, DEFAULT_EXAMPLES)?;
    Ok(GapsRequest { filter, include_community: request.include_community, minimum_volume, examples })
}

pub fn gaps_to_proto(gaps: &Gaps, minimum_volume: u64) -> v1::GetGapsResponse {
    let disagreement = |found: &Disagreement| v1::Disagreement {
        kind: discrepancy_kind_to_proto(found.kind).into(),
        comments: found.comments,
        share: found.comments as f64 / gaps.rated_comments.max(1) as f64,
        examples: found.examples.iter().map(example_to_proto).collect(),
    };
    v1::GetGapsResponse {
        gaps: gaps.gaps.iter().map(|gap| gap_to_proto(gap, minimum_volume)).collect(),
        disagreements: gaps.disagreements.iter().map(disagreement).collect(),
        rated_comments: gaps.rated_comments,
    }
}

fn gap_to_proto(gap: &Gap, minimum_volume: u64) -> v1::Gap {
    let estimate = |sample: &Sample, low: f64, high: f64| {
        (sample.count > 0).then(|| estimate_to_proto(sample, low..=high, minimum_volume))
    };
    let parts = |parts: &[GapPart]| {
        let part = |part: &GapPart| v1::GapPart {
            value: part.value.clone(),
            name: part.name.clone(),
            comments: part.comments,
            mentions: part.mentions,
            share: part.comments as f64 / gap.hidden_comments.max(1) as f64,
        };
        parts.iter().map(part).collect()
    };
    v1::Gap {
        touchpoint: gap.touchpoint.clone(),
        name: gap.described.name.clone(),
        owner: gap.described.owner.clone(),
        phase: gap.described.phase.clone(),
        rated_comments: gap.ratings.all.count,
        nps: estimate(&gap.ratings.nps, -100.0, 100.0),
        csat: estimate(&gap.ratings.csat, 1.0, 5.0),
        stars: estimate(&gap.ratings.stars, 1.0, 5.0),
        hidden_comments: gap.hidden_comments,
        hidden_share: gap.hidden_share(),
        few: gap.is_few,
        touchpoints: parts(&gap.touchpoints),
        handovers: parts(&gap.handovers),
        frictions: parts(&gap.frictions),
        pain_points: parts(&gap.pain_points),
        examples: gap.examples.iter().map(example_to_proto).collect(),
    }
}

fn example_to_proto(example: &Example) -> v1::GapExample {
    v1::GapExample {
        comment_id: example.comment_id.to_string(),
        index: example.index as u32,
        text: example.text.clone(),
        channel: channel_to_proto(example.channel).into(),
        time: Some(time_to_proto(example.time)),
        scores: Some(scores_to_proto(example.scores)),
        reason: example.reason.clone(),
    }
}
