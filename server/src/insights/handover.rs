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

/// Two mentions are about two touchpoints between which the journey has a handover when the geometric mean of both
/// probabilities reaches this. On the tune half of the gold comments 5 of the 7 comments found this way touch one (.40: 9
/// of 13). All of them that complain are found by their words already: what this adds there is 2 wrong (.40: 1 right
/// and 4 wrong).
const LEAST_OF_PAIR: f32 = 0.45;
/// Who is responsible is looked for in the mention that tells of the handover and in so many on either side of it.
const MENTIONS_BESIDE: usize = 2;
/// A side's department is named from here on. On the tune half 12 of 27 departments named are right, and both in 3 of 17
/// comments.
const LEAST_OF_SIDE: f32 = 0.5;

/// What the finder looks at.
pub(super) struct HandoverView<'a> {
    pub text: &'a str,
    pub mentions: &'a [Mention],
    /// One a mention.
    pub vectors: Vec<BranchVectors<'a>>,
    pub journey: &'a RegisteredJourney,
}

/// A touchpoint that one side may be.
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
    /// One that is said in words, else one that two mentions touch.
    pub fn find(&self, head: &HandoverHead) -> Option<Handover> {
        self.told(head).or_else(|| self.touched())
    }

    fn told(&self, head: &HandoverHead) -> Option<Handover> {
        let logits = self.vectors.iter().map(|vectors| head.linear.logit(0, vectors.label));
        let (mention, logit) = logits.enumerate().max_by(|(_, left), (_, right)| left.total_cmp(right))?;
        let confidence = sigmoid(logit);
        if confidence < head.threshold {
            return None;
        }
        let clause = self.mentions[mention].span.clone();
        let sides = self.sides_beside(mention);
        let side_of = |candidate: &Candidate<'_>| {
            let is_known = candidate.probability >= LEAST_OF_SIDE;
            if is_known { self.side(candidate) } else { unknown_side(clause.clone()) }
        };
        let (from, to) = match &sides {
            Some((from, to)) => (side_of(from), side_of(to)),
            None => (unknown_side(clause.clone()), unknown_side(clause.clone())),
        };
        let known = [&from, &to].into_iter().zip(sides.iter().flat_map(|(from, to)| [from, to]));
        let known = known.filter(|(side, _)| !side.owner.is_empty()).map(|(_, candidate)| candidate.mention);
        let span = known.fold(clause, |span, mention| covering(&span, &self.mentions[mention].span));
        Some(Handover { from, to, origin: HandoverOrigin::Words, confidence, span })
    }

    /// The likeliest two touchpoints with different owners around a mention, in the order of the customer's way.
    fn sides_beside(&self, mention: usize) -> Option<(Candidate<'_>, Candidate<'_>)> {
        let last = (mention + MENTIONS_BESIDE).min(self.mentions.len() - 1);
        let beside = mention.saturating_sub(MENTIONS_BESIDE)..=last;
        let candidates: Vec<Candidate<'_>> = beside.flat_map(|mention| self.candidates(mention)).collect();
        let mut best: Option<(usize, usize, f32)> = None;
        for (index, one) in candidates.iter().enumerate() {
            for (offset, other) in candidates[index + 1..].iter().enumerate() {
                let both = one.probability * other.probability;
                if best.is_none_or(|(_, _, most)| both > most) && one.can_stand_beside(other) {
                    best = Some((index, index + 1 + offset, both));
                }
            }
        }
        let (one, other, _) = best?;
        let mut rest = candidates.into_iter().skip(one);
        let (one, other) = (rest.next()?, rest.nth(other - one - 1)?);
        Some(if self.comes_first(&one, &other) { (one, other) } else { (other, one) })
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

    /// The likeliest pair of mentions about the two touchpoints of one of the journey's handovers. Two departments that
    /// are only praised touch none.
    fn touched(&self) -> Option<Handover> {
        let about: Vec<Vec<(&str, f32)>> = (0..self.mentions.len()).map(|mention| self.about(mention)).collect();
        let mut best: Option<(usize, usize, &crate::journey::Handover, f32)> = None;
        for edge in &self.journey.journey.handovers {
            let probabilities = |touchpoint: &str| -> Vec<f32> {
                let of = |about: &Vec<(&str, f32)>| about.iter().find(|(id, _)| *id == touchpoint).map(|(_, p)| *p);
                about.iter().map(|about| of(about).unwrap_or(0.0)).collect()
            };
            let (from, to) = (probabilities(&edge.from), probabilities(&edge.to));
            // Below its square the other side would have to be more than certain.
            let is_likely = |probabilities: &[f32], mention: usize| probabilities[mention] >= LEAST_OF_PAIR.powi(2);
            for one in (0..from.len()).filter(|&one| is_likely(&from, one)) {
                for other in (0..to.len()).filter(|&other| other != one && is_likely(&to, other)) {
                    let both = (from[one] * to[other]).sqrt();
                    let hurts = self.mentions[one].complains() || self.mentions[other].complains();
                    if hurts && both >= LEAST_OF_PAIR && best.is_none_or(|(_, _, _, most)| both > most) {
                        best = Some((one, other, edge, both));
                    }
                }
            }
        }
        let (one, other, edge, confidence) = best?;
        let span = covering(&self.mentions[one].span, &self.mentions[other].span);
        let (from, to) = (self.side_at(&edge.from, one)?, self.side_at(&edge.to, other)?);
        Some(Handover { from, to, origin: HandoverOrigin::Touchpoints, confidence, span })
    }

    fn side_at(&self, touchpoint: &str, mention: usize) -> Option<HandoverSide> {
        let touchpoint = self.journey.journey.touchpoint(touchpoint)?;
        Some(HandoverSide {
            owner: touchpoint.owner.clone(),
            touchpoint: Some(touchpoint.id.clone()),
            span: self.words_about(&touchpoint.id, mention),
        })
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
