//! Where a matter passes, or should have passed, from one department to another.
//!
//! Everything here works from stored vectors and the text, so a comment that is scored again gets what it would get
//! when it is analysed again.

use std::ops::Range;

use klartext_models::encoder::BranchVectors;
use klartext_models::heads::{HandoverHead, sigmoid};

use super::correction::CorrectionValue;
use super::{Evidence, Handover, HandoverOrigin, HandoverSide, Mention, Polarity};
use crate::journey::{RegisteredJourney, Touchpoint};

/// Who is responsible is looked for in the mention that tells of the handover and in so many on either side of it.
const MENTIONS_BESIDE: usize = 2;
/// A side's department is named from here on where a head knows the journey: on the written comments that are held out both are then right
/// and in their order in half of those that have a handover, and in three of ten where one is said to be (.25: hardly less).
const LEAST_BY_HEAD: f32 = 0.2;
/// The same for a journey that was learnt from its examples, by what a mention is about or names.
const LEAST_OF_SIDE: f32 = 0.5;
/// How much what mentions are about counts beside what the head says (0: .388 for both owners on the same comments; .5: .391; .25: .396).
const WEIGHT_OF_ABOUT: f32 = 0.25;

/// What the finder looks at.
pub(super) struct HandoverView<'a> {
    pub text: &'a str,
    pub mentions: &'a [Mention],
    /// One a mention.
    pub vectors: Vec<BranchVectors<'a>>,
    pub journey: &'a RegisteredJourney,
}

/// A touchpoint that one side may be.
#[derive(Clone)]
struct Candidate<'a> {
    /// Position in the journey.
    position: usize,
    touchpoint: &'a Touchpoint,
    probability: f32,
    mention: usize,
    /// The words that name it, where words do.
    words: Option<Range<usize>>,
}

impl HandoverView<'_> {
    pub fn find(&self, head: &HandoverHead) -> Option<Handover> {
        let chances: Vec<f32> =
            self.vectors.iter().map(|vectors| sigmoid(head.linear.logit(0, vectors.label))).collect();
        let likeliest = chances.iter().enumerate().max_by(|(_, left), (_, right)| left.total_cmp(right));
        let (mention, &confidence) = likeliest?;
        if confidence < head.threshold {
            return None;
        }
        let clause = self.mentions[mention].span.clone();
        let sides = self.sides_beside(mention, &chances);
        let side_of = |candidate: &Option<Candidate<'_>>| {
            candidate.as_ref().map_or_else(|| unknown_side(clause.clone()), |candidate| self.side(candidate))
        };
        let (from, to) = (side_of(&sides[0]), side_of(&sides[1]));
        let known = sides.iter().flatten().map(|candidate| candidate.mention);
        let span = known.fold(clause, |span, mention| covering(&span, &self.mentions[mention].span));
        Some(Handover { from, to, origin: HandoverOrigin::Words, confidence, span })
    }

    /// The likeliest two touchpoints with different owners around a mention, that from which the matter passes first; `None` for one that is
    /// too uncertain to be named. `chances` are how likely each mention tells of it.
    fn sides_beside(&self, mention: usize, chances: &[f32]) -> [Option<Candidate<'_>>; 2] {
        let last = (mention + MENTIONS_BESIDE).min(self.mentions.len() - 1);
        let beside = mention.saturating_sub(MENTIONS_BESIDE)..=last;
        let told: Vec<(BranchVectors<'_>, f32)> =
            beside.clone().map(|mention| (self.vectors[mention], chances[mention])).collect();
        let passing = self.journey.passing(&told);
        let candidates: Vec<Candidate<'_>> = beside.flat_map(|mention| self.candidates(mention)).collect();
        let mut best: Option<(&Candidate<'_>, &Candidate<'_>, f32)> = None;
        for from in &candidates {
            for to in candidates.iter().filter(|to| from.can_stand_beside(to)) {
                let about = from.probability * to.probability;
                let likely = match &passing {
                    Some(passing) => {
                        passing.from[from.position] * passing.to[to.position] * about.powf(WEIGHT_OF_ABOUT)
                    }
                    None if self.comes_first(from, to) => about,
                    None => continue,
                };
                if best.is_none_or(|(_, _, most)| likely > most) {
                    best = Some((from, to, likely));
                }
            }
        }
        let Some((from, to, _)) = best else { return [None, None] };
        let is_known = |candidate: &Candidate<'_>, by_head: Option<&Vec<f32>>| match by_head {
            Some(by_head) => by_head[candidate.position] >= LEAST_BY_HEAD,
            None => candidate.probability >= LEAST_OF_SIDE,
        };
        let (by_head_from, by_head_to) = (passing.as_ref().map(|it| &it.from), passing.as_ref().map(|it| &it.to));
        [(from, by_head_from), (to, by_head_to)]
            .map(|(candidate, by_head)| is_known(candidate, by_head).then(|| candidate.clone()))
    }

    /// The journey says it by a handover, else by the order of its touchpoints.
    fn comes_first(&self, one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
        let handovers = &self.journey.journey.handovers;
        let has = |from: &Candidate<'_>, to: &Candidate<'_>| {
            handovers.iter().any(|edge| edge.from == from.touchpoint.id && edge.to == to.touchpoint.id)
        };
        has(one, other) || (!has(other, one) && one.position < other.position)
    }

    /// By what a mention is about and by what its words name.
    fn candidates(&self, mention: usize) -> Vec<Candidate<'_>> {
        let touchpoints = &self.journey.journey.touchpoints;
        let span = &self.mentions[mention].span;
        let about = self.about(mention).into_iter().filter_map(|(id, probability)| {
            let position = touchpoints.iter().position(|touchpoint| touchpoint.id == id)?;
            let touchpoint = &touchpoints[position];
            Some(Candidate { position, touchpoint, probability, mention, words: None })
        });
        let named = self.journey.parties.find(&self.text[span.clone()]).into_iter().map(|party| Candidate {
            position: party.touchpoint,
            touchpoint: &touchpoints[party.touchpoint],
            probability: party.weight,
            mention,
            words: Some(span.start + party.span.start..span.start + party.span.end),
        });
        about.chain(named).collect()
    }

    /// Every touchpoint that a mention may be about with its probability; only the one that a person has set.
    fn about(&self, mention: usize) -> Vec<(&str, f32)> {
        let corrections = self.mentions[mention].corrections.iter();
        let is_set = corrections.map(|set| &set.value).any(|value| matches!(value, CorrectionValue::Touchpoint(_)));
        if is_set {
            let set = self.mentions[mention].touchpoint.iter();
            return set.map(|tag| (tag.touchpoint.as_str(), tag.confidence)).collect();
        }
        let touchpoints = self.journey.journey.touchpoints.iter().map(|touchpoint| touchpoint.id.as_str());
        touchpoints.zip(self.journey.touchpoint_probabilities(self.vectors[mention])).collect()
    }

    fn side(&self, candidate: &Candidate<'_>) -> HandoverSide {
        let id = &candidate.touchpoint.id;
        HandoverSide {
            owner: candidate.touchpoint.owner.clone(),
            touchpoint: Some(id.clone()),
            span: candidate.words.clone().unwrap_or_else(|| self.words_about(id, candidate.mention)),
        }
    }

    /// The words that moved the mention's touchpoint most, else all of it.
    fn words_about(&self, touchpoint: &str, mention: usize) -> Range<usize> {
        let mention = &self.mentions[mention];
        let speaks = |evidence: &&Evidence| evidence.touchpoint() == Some(touchpoint);
        mention.evidence.iter().find(speaks).map_or(mention.span.clone(), |evidence| evidence.span.clone())
    }
}

impl Candidate<'_> {
    /// Different departments; what one mention is about is one thing, unless words name another.
    fn can_stand_beside(&self, other: &Candidate<'_>) -> bool {
        let in_one_mention = self.mention == other.mention && self.words.is_none() && other.words.is_none();
        self.touchpoint.owner != other.touchpoint.owner && !in_one_mention
    }
}

impl Mention {
    /// Negative, or with something that hurts.
    pub fn complains(&self) -> bool {
        let is_negative = self.sentiment.is_some_and(|sentiment| sentiment.polarity == Polarity::Negative);
        is_negative || !self.frictions.is_empty()
    }
}

/// The text leaves open which department it is.
fn unknown_side(clause: Range<usize>) -> HandoverSide {
    HandoverSide { owner: String::new(), touchpoint: None, span: clause }
}

fn covering(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    one.start.min(other.start)..one.end.max(other.end)
}
