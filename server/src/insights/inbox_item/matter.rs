//! Whether a comment needs somebody, and whom: told from its labels alone.

use std::collections::BTreeSet;

use klartext_models::friction::FrictionKind;
use serde::{Deserialize, Serialize};

use super::{Assignment, Reason, ReasonKind, SuggestedAction};
use crate::insights::{ActionKind, DiscrepancyKind, HandoverSide, Insight, Mention, Polarity, TouchpointTag};

/// From here on severity alone makes a comment need somebody: 88 of the 315 sample comments, of which 5 have no other reason.
pub const DEFAULT_SEVERITY: f64 = 0.6;

/// What makes a comment need somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxRules {
    /// The least severity that does so, 0 to 1.
    pub severity: f64,
    /// The reasons that count.
    pub reasons: Vec<ReasonKind>,
}

impl Default for InboxRules {
    fn default() -> Self {
        Self { severity: DEFAULT_SEVERITY, reasons: ReasonKind::ALL.to_vec() }
    }
}

/// What a comment asks of one owner, or of nobody in particular.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    pub assignment: Assignment,
    /// At least one; in the order of their kinds.
    pub reasons: Vec<Reason>,
    pub suggested_action: SuggestedAction,
    /// What it is about, by place in the comment.
    pub mentions: Vec<usize>,
}

/// One matter for each owner whom the comment concerns; one without an owner where it lies with nobody; none when it needs
/// nobody.
///
/// An owner is concerned by a negative mention about one of its touchpoints, or by being a side of the handover. Where
/// nothing is negative (a customer may also ask), every mention counts. Mentions that are about no touchpoint belong to
/// each of the matters.
pub fn matters(insight: &Insight, rules: &InboxRules) -> Vec<Matter> {
    let view = View { insight, rules };
    let mut owners: Vec<String> = Vec::new();
    let of_mentions = view.concerned().into_iter().map(|index| view.owner_of(index));
    for owner in of_mentions.chain(view.sides().map(|side| side.owner.as_str())) {
        if !owner.is_empty() && !owners.iter().any(|known| known == owner) {
            owners.push(owner.to_owned());
        }
    }
    if owners.is_empty() {
        owners.push(String::new());
    }
    owners.into_iter().filter_map(|owner| view.matter_of(owner)).collect()
}

struct View<'a> {
    insight: &'a Insight,
    rules: &'a InboxRules,
}

impl View<'_> {
    /// `None` when nothing makes it need somebody.
    fn matter_of(&self, owner: String) -> Option<Matter> {
        let concerned = self.concerned();
        let is_about = |index: &usize| ["", owner.as_str()].contains(&self.owner_of(*index));
        let mut mentions: Vec<usize> = concerned.into_iter().filter(is_about).collect();
        let is_side = owner.is_empty() || self.sides().any(|side| side.owner == owner);
        if is_side {
            mentions.extend(self.mentions_of_handover());
            mentions.sort_unstable();
            mentions.dedup();
        }
        let mut reasons = self.reasons_of_comment();
        reasons.extend(self.friction(&mentions));
        reasons.extend(self.handover().filter(|_| is_side));
        reasons.retain(|reason| self.rules.reasons.contains(&reason.kind()));
        reasons.sort_by_key(Reason::kind);
        let suggested_action = suggested_action(reasons.first()?, &reasons);
        let touchpoint = self.touchpoint_of(&owner, &mentions).unwrap_or_default();
        Some(Matter { assignment: Assignment { owner, touchpoint }, reasons, suggested_action, mentions })
    }

    /// The mentions that somebody may have to do something about.
    fn concerned(&self) -> Vec<usize> {
        let places = 0..self.insight.mentions.len();
        let negative: Vec<usize> = places.clone().filter(|index| is_negative(&self.insight.mentions[*index])).collect();
        if negative.is_empty() { places.collect() } else { negative }
    }

    fn tag_of(&self, index: usize) -> Option<&TouchpointTag> {
        self.insight.mentions[index].touchpoint.as_ref().or(self.insight.given_touchpoint.as_ref())
    }

    /// Empty when it is about no touchpoint.
    fn owner_of(&self, index: usize) -> &str {
        self.tag_of(index).map_or("", |tag| &tag.owner)
    }

    /// Of the owner's worst mention, else of its side of the handover.
    fn touchpoint_of(&self, owner: &str, mentions: &[usize]) -> Option<String> {
        let score = |index: &usize| self.insight.mentions[*index].sentiment.map_or(0.0, |sentiment| sentiment.score);
        let own = mentions.iter().copied().filter(|index| !owner.is_empty() && self.owner_of(*index) == owner);
        let worst = own.min_by(|left, right| score(left).total_cmp(&score(right)));
        let of_mention = worst.and_then(|index| self.tag_of(index)).map(|tag| tag.touchpoint.clone());
        of_mention.or_else(|| self.sides().find(|side| side.owner == owner)?.touchpoint.clone())
    }

    fn reasons_of_comment(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.insight.action.is_some_and(|action| action.kind == ActionKind::AnswerNeeded) {
            reasons.push(Reason::AnswerNeeded);
        }
        if f64::from(self.insight.severity) >= self.rules.severity {
            reasons.push(Reason::Severity);
        }
        let discrepancy = self.insight.discrepancy.as_ref().filter(|found| found.kind != DiscrepancyKind::None);
        reasons.extend(discrepancy.map(|found| Reason::Discrepancy { kind: found.kind, text: found.reason.clone() }));
        reasons
    }

    /// Of negative mentions: what a customer is content with holds nobody up.
    fn friction(&self, mentions: &[usize]) -> Option<Reason> {
        let negative =
            mentions.iter().map(|index| &self.insight.mentions[*index]).filter(|mention| is_negative(mention));
        let found: BTreeSet<&str> =
            negative.flat_map(|mention| &mention.frictions).map(|friction| friction.kind.name()).collect();
        let kinds: Vec<FrictionKind> =
            FrictionKind::ALL.into_iter().filter(|kind| found.contains(kind.name())).collect();
        (!kinds.is_empty()).then_some(Reason::Friction(kinds))
    }

    fn handover(&self) -> Option<Reason> {
        let handover = self.insight.handover.as_ref()?;
        Some(Reason::Handover { from: handover.from.owner.clone(), to: handover.to.owner.clone() })
    }

    fn sides(&self) -> impl Iterator<Item = &HandoverSide> {
        let counts = self.rules.reasons.contains(&ReasonKind::Handover);
        self.insight.handover.iter().filter(move |_| counts).flat_map(|handover| [&handover.from, &handover.to])
    }

    fn mentions_of_handover(&self) -> Vec<usize> {
        let Some(handover) = &self.insight.handover else { return Vec::new() };
        let mentions = self.insight.mentions.iter().enumerate();
        let touched = mentions
            .filter(|(_, mention)| mention.span.start < handover.span.end && handover.span.start < mention.span.end);
        touched.map(|(index, _)| index).collect()
    }
}

fn is_negative(mention: &Mention) -> bool {
    mention.sentiment.is_some_and(|sentiment| sentiment.polarity == Polarity::Negative)
}

/// Whoever waits comes first, then what lies between two departments.
fn suggested_action(strongest: &Reason, reasons: &[Reason]) -> SuggestedAction {
    let is_handover = reasons.iter().any(|reason| reason.kind() == ReasonKind::Handover);
    match strongest.kind() {
        ReasonKind::AnswerNeeded => SuggestedAction::Answer,
        _ if is_handover => SuggestedAction::SettleHandover,
        ReasonKind::Severity => SuggestedAction::Contact,
        ReasonKind::Discrepancy => SuggestedAction::Ask,
        ReasonKind::Friction | ReasonKind::Handover => SuggestedAction::RemoveFriction,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use klartext_models::text::Language;

    use super::*;
    use crate::insights::{Action, Friction, Handover, HandoverOrigin, ScoreVersion, Sentiment, TouchpointOrigin};

    fn tag(touchpoint: &str, owner: &str) -> TouchpointTag {
        TouchpointTag {
            touchpoint: touchpoint.to_owned(),
            name: touchpoint.to_owned(),
            phase: "retention".to_owned(),
            owner: owner.to_owned(),
            confidence: 0.9,
            origin: TouchpointOrigin::Text,
        }
    }

    /// `score` below 0 is negative.
    fn mention(span: Range<usize>, score: f32, touchpoint: Option<TouchpointTag>) -> Mention {
        let polarity = if score < 0.0 { Polarity::Negative } else { Polarity::Positive };
        let (negative, positive) = if score < 0.0 { (-score, 0.0) } else { (0.0, score) };
        let sentiment = Sentiment { polarity, score, negative, neutral: 1.0 - negative - positive, positive };
        Mention {
            span,
            sentiment: Some(sentiment),
            topics: Vec::new(),
            touchpoint,
            evidence: Vec::new(),
            corrections: Vec::new(),
            frictions: Vec::new(),
            place: None,
        }
    }

    fn insight(mentions: Vec<Mention>, severity: f32) -> Insight {
        Insight {
            language: Language::German,
            mentions,
            sentiment: None,
            given_touchpoint: None,
            other_touchpoints: Vec::new(),
            discrepancy: None,
            action: None,
            severity,
            score_version: ScoreVersion { bundle: String::new(), journey: String::new() },
            handover: None,
        }
    }

    fn found(insight: &Insight) -> Vec<(String, String, Vec<ReasonKind>, Vec<usize>)> {
        let matters = matters(insight, &InboxRules::default()).into_iter();
        matters
            .map(|matter| {
                let kinds = matter.reasons.iter().map(Reason::kind).collect();
                (matter.assignment.owner, matter.assignment.touchpoint, kinds, matter.mentions)
            })
            .collect()
    }

    fn as_found(
        owner: &str,
        touchpoint: &str,
        reasons: &[ReasonKind],
        mentions: &[usize],
    ) -> (String, String, Vec<ReasonKind>, Vec<usize>) {
        (owner.to_owned(), touchpoint.to_owned(), reasons.to_vec(), mentions.to_vec())
    }

    #[test]
    fn each_owner_who_is_complained_about_has_its_own_matter() {
        let mentions = vec![
            mention(0..5, 0.9, Some(tag("staff", "Fahrdienst"))),
            mention(6..9, -0.5, Some(tag("counter", "Vertrieb"))),
            mention(10..14, -0.9, Some(tag("machine", "Vertrieb"))),
            mention(15..19, -0.4, Some(tag("refund", "Fahrgastrechte"))),
            mention(20..25, -0.4, None),
        ];
        let severe = [ReasonKind::Severity];
        let expected = [
            as_found("Vertrieb", "machine", &severe, &[1, 2, 4]),
            as_found("Fahrgastrechte", "refund", &severe, &[3, 4]),
        ];
        assert_eq!(found(&insight(mentions.clone(), 0.8)), expected);
        assert!(found(&insight(mentions, 0.1)).is_empty(), "nothing makes it need somebody");
    }

    #[test]
    fn what_lies_with_nobody_has_no_owner_unless_one_was_given() {
        let mut asks = insight(vec![mention(0..5, 0.1, None)], 0.0);
        asks.action = Some(Action { kind: ActionKind::AnswerNeeded, confidence: 0.9 });
        assert_eq!(found(&asks), [as_found("", "", &[ReasonKind::AnswerNeeded], &[0])]);
        asks.given_touchpoint = Some(tag("refund", "Fahrgastrechte"));
        assert_eq!(found(&asks), [as_found("Fahrgastrechte", "refund", &[ReasonKind::AnswerNeeded], &[0])]);
        asks.action = Some(Action { kind: ActionKind::Praise, confidence: 0.9 });
        assert!(found(&asks).is_empty());
    }

    #[test]
    fn friction_counts_where_it_is_complained_about() {
        let waiting = Friction { kind: FrictionKind::Waiting, confidence: 0.9, span: None, minutes: None, count: None };
        let told = |score| {
            let told = mention(0..5, score, Some(tag("refund", "Fahrgastrechte")));
            insight(vec![Mention { frictions: vec![waiting.clone()], ..told }], 0.0)
        };
        assert_eq!(found(&told(-0.5)), [as_found("Fahrgastrechte", "refund", &[ReasonKind::Friction], &[0])]);
        assert!(found(&told(0.5)).is_empty());
    }

    #[test]
    fn both_sides_of_a_handover_have_it() {
        let side = |owner: &str, touchpoint: Option<&str>| HandoverSide {
            owner: owner.to_owned(),
            touchpoint: touchpoint.map(str::to_owned),
            span: 0..5,
        };
        let mut passed = insight(vec![mention(0..5, -0.5, None), mention(6..9, 0.5, None)], 0.0);
        passed.handover = Some(Handover {
            from: side("Vertrieb", Some("counter")),
            to: side("Fahrgastrechte", None),
            origin: HandoverOrigin::Words,
            confidence: 0.9,
            span: 0..5,
        });
        let reasons = [ReasonKind::Handover];
        let expected =
            [as_found("Vertrieb", "counter", &reasons, &[0]), as_found("Fahrgastrechte", "", &reasons, &[0])];
        assert_eq!(found(&passed), expected);
        let [matter, _] = matters(&passed, &InboxRules::default()).try_into().expect("there are two");
        assert_eq!(matter.suggested_action, SuggestedAction::SettleHandover);
        let without = InboxRules { reasons: vec![ReasonKind::Severity], ..InboxRules::default() };
        assert!(matters(&passed, &without).is_empty());
    }
}
