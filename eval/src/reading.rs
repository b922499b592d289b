//! What the service says about gold comments beside their labels, for somebody who reads it critically.

use std::fmt;

use klartext_proto::v1::{ActionKind, Insight};

use crate::Result;
use crate::gold::{FrictionLabels, GoldComment, HandoverLabels, Labels, MentionLabels, Split, align, labels_of};
use crate::random::Random;

/// Comments of each industry, at most `count`, drawn by the seed. Only those that are there to tune on: whoever reads
/// the errors of the others will build for them.
pub fn draw(comments: Vec<GoldComment>, industries: &[String], count: usize, seed: u64) -> Vec<GoldComment> {
    let mut to_tune: Vec<GoldComment> =
        comments.into_iter().filter(|comment| comment.split == Some(Split::Tune)).collect();
    Random::new(seed).shuffle(&mut to_tune);
    to_tune.sort_by(|one, other| one.industry.cmp(&other.industry));
    let is_wanted = |comment: &GoldComment| industries.is_empty() || industries.contains(&comment.industry);
    let mut drawn: Vec<GoldComment> = Vec::new();
    for comment in to_tune.into_iter().filter(is_wanted) {
        if drawn.iter().filter(|known| known.industry == comment.industry).count() < count {
            drawn.push(comment);
        }
    }
    drawn
}

/// Markdown: for each comment its text, its mentions with both labels, and both verdicts on the whole.
pub struct Reading {
    comments: Vec<(GoldComment, Labels, Insight)>,
}

impl Reading {
    /// `insights` has one for each comment.
    ///
    /// # Errors
    /// An insight lacks something.
    pub fn new(comments: Vec<GoldComment>, insights: Vec<Insight>) -> Result<Self> {
        let pairs = comments.into_iter().zip(insights);
        let comments = pairs.map(|(comment, insight)| Ok((comment, labels_of(&insight)?, insight)));
        Ok(Self { comments: comments.collect::<Result<_>>()? })
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut industry = "";
        for (comment, said, insight) in &self.comments {
            if comment.industry != industry {
                industry = &comment.industry;
                writeln!(formatter, "## {industry}\n")?;
            }
            write_comment(formatter, comment, said, insight)?;
        }
        Ok(())
    }
}

fn write_comment(
    formatter: &mut fmt::Formatter<'_>,
    comment: &GoldComment,
    said: &Labels,
    insight: &Insight,
) -> fmt::Result {
    let scores = comment.scores;
    let named = [("nps", scores.nps), ("csat", scores.csat), ("stars", scores.stars)];
    let scores: String = named.into_iter().filter_map(|(name, score)| Some(format!(", {name} {}", score?))).collect();
    let asked = comment.given_touchpoint.iter().map(|touchpoint| format!(", asked about {touchpoint}"));
    writeln!(formatter, "### {} ({}{scores}{})\n", comment.id, comment.channel, asked.collect::<String>())?;
    for line in comment.text.lines() {
        writeln!(formatter, "> {line}")?;
    }
    writeln!(formatter, "\n| words | Klartext | gold |\n|---|---|---|")?;
    for (words, klartext, gold) in mention_rows(comment, said) {
        writeln!(formatter, "| {} | {klartext} | {gold} |", words.replace(['|', '\n'], " "))?;
    }
    let action = insight.action.unwrap_or_default();
    let action_name = match action.kind() {
        ActionKind::Unspecified | ActionKind::None => "no action",
        ActionKind::AnswerNeeded => "answer needed",
        ActionKind::Suggestion => "suggestion",
        ActionKind::Praise => "praise",
    };
    let personal_data = insight.personal_data.len();
    let details = format!(
        "{action_name} {:.2}, severity {:.2}, {}, masked {personal_data}",
        action.confidence, insight.severity, insight.language
    );
    writeln!(formatter, "\n- Klartext: {}; {details}", whole(said))?;
    writeln!(formatter, "- gold: {}; {}\n", whole(&comment.labels), comment.lang.code())
}

/// In the order of the text: mentions that both have on one line, the others alone.
fn mention_rows(comment: &GoldComment, said: &Labels) -> Vec<(String, String, String)> {
    const NO_MENTION: &str = "(no such mention)";
    let truth = &comment.labels;
    let words = |mention: &MentionLabels| comment.words(mention);
    let aligned = align(&truth.spans(), &said.spans());
    let mut rows: Vec<(usize, (String, String, String))> = Vec::new();
    for (position, mention) in said.mentions.iter().enumerate() {
        let partner = aligned.iter().find(|&&(_, second)| second == position).map(|&(first, _)| &truth.mentions[first]);
        let gold = partner.map_or(NO_MENTION.to_owned(), of_mention);
        rows.push((mention.begin, (words(mention), of_mention(mention), gold)));
    }
    for (position, mention) in truth.mentions.iter().enumerate() {
        if !aligned.iter().any(|&(first, _)| first == position) {
            rows.push((mention.begin, (words(mention), NO_MENTION.to_owned(), of_mention(mention))));
        }
    }
    rows.sort_by_key(|(begin, _)| *begin);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn of_mention(mention: &MentionLabels) -> String {
    let mut parts = vec![with_confidence(mention.sentiment.name(), mention.sentiment_confidence)];
    let touchpoint = mention.touchpoint.as_deref().unwrap_or("–");
    parts.push(with_confidence(touchpoint, mention.touchpoint_confidence));
    let confidences = mention.topic_confidences.iter().copied().map(Some).chain(std::iter::repeat(None));
    parts.extend(mention.topics.iter().zip(confidences).map(|(topic, confidence)| with_confidence(topic, confidence)));
    parts.extend(mention.friction.iter().map(|friction| format!("**{}**", of_friction(friction))));
    parts.join(" · ")
}

fn of_friction(friction: &FrictionLabels) -> String {
    let minutes = friction.minutes.map(|minutes| format!(", {minutes} min"));
    let count = friction.count.map(|count| format!(", {count} times"));
    let name = with_confidence(friction.kind.name(), friction.confidence);
    [Some(name), minutes, count].into_iter().flatten().collect()
}

fn whole(labels: &Labels) -> String {
    let handover = labels.handover.as_ref().map_or("no handover".to_owned(), of_handover);
    let discrepancy = labels.discrepancy.name().unwrap_or("no discrepancy");
    format!("{}; {handover}; {discrepancy}", labels.sentiment.name())
}

fn of_handover(handover: &HandoverLabels) -> String {
    let (from, to) = handover.owners.clone().unwrap_or_default();
    let side = |owner: String, touchpoint: &str| match (owner.is_empty(), touchpoint.is_empty()) {
        (true, _) => touchpoint.to_owned(),
        (false, true) => owner,
        (false, false) => format!("{owner} ({touchpoint})"),
    };
    let sides = format!("handover {} > {}", side(from, &handover.from), side(to, &handover.to));
    with_confidence(&sides, handover.confidence)
}

fn with_confidence(label: &str, confidence: Option<f32>) -> String {
    match confidence {
        Some(confidence) => format!("{label} {confidence:.2}"),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use klartext_proto::v1::{Mention, Polarity, Sentiment, Span};

    fn comment(id: &str, industry: &str, split: &str) -> GoldComment {
        let line = format!(
            r#"{{"id":"{id}","lang":"de","industry":"{industry}","channel":"survey","journey":"generic",
            "text":"Zimmer gut. Seit Mai | keine Rechnung.","scores":{{"nps":3}},"given_touchpoint":null,"tags":[],
            "mentions":[{{"begin":0,"end":11,"sentiment":"positive","touchpoint":"product-use","topics":["quality"],
            "friction":[]}},{{"begin":12,"end":38,"sentiment":"negative","touchpoint":"billing","topics":[],"friction":
            [{{"kind":"waiting","begin":12,"end":37,"minutes":60}}]}}],"handover":{{"from":"product-use","to":"billing",
            "begin":0,"end":37}},"discrepancy":"none","sentiment":"mixed","split":"{split}"}}"#
        );
        serde_json::from_str(&line).expect("it is in the gold format")
    }

    fn insight() -> Insight {
        let sentiment = Some(Sentiment { polarity: Polarity::Positive.into(), positive: 0.75, ..Sentiment::default() });
        let span = Some(Span { start_char: 0, end_char: 11, ..Span::default() });
        Insight {
            sentiment,
            mentions: vec![Mention { sentiment, span, ..Mention::default() }],
            language: "de".to_owned(),
            ..Insight::default()
        }
    }

    #[test]
    fn only_comments_to_tune_on_are_drawn() {
        let comments = || {
            let of =
                |industry: &'static str| (0..5).map(move |n| comment(&format!("{industry}-{n}"), industry, "tune"));
            of("hotel").chain(of("bank")).chain([comment("test", "hotel", "test")]).collect::<Vec<_>>()
        };
        let ids = |drawn: Vec<GoldComment>| drawn.into_iter().map(|comment| comment.id).collect::<Vec<_>>();
        let drawn = ids(draw(comments(), &[], 3, 1));
        assert!(drawn.len() == 6 && drawn[..3].iter().all(|id| id.starts_with("bank")), "{drawn:?}");
        assert_eq!(drawn, ids(draw(comments(), &[], 3, 1)));
        let hotels = ids(draw(comments(), &["hotel".to_owned()], 9, 1));
        assert!(hotels.len() == 5 && !hotels.contains(&"test".to_owned()), "{hotels:?}");
    }

    #[test]
    fn both_labels_stand_side_by_side() {
        let reading = Reading::new(vec![comment("gold-1", "hotel", "tune")], vec![insight()]).expect("all is there");
        let text = reading.to_string();
        for line in [
            "### gold-1 (survey, nps 3)",
            "> Zimmer gut. Seit Mai | keine Rechnung.",
            "| Zimmer gut. | positive 0.75 · – | positive · product-use · quality |",
            "| Seit Mai   keine Rechnung. | (no such mention) | negative · billing · **waiting, 60 min** |",
            "- Klartext: positive; no handover; no discrepancy; no action 0.00, severity 0.00, de, masked 0",
            "- gold: mixed; handover product-use > billing; no discrepancy; de",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
