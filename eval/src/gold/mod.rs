//! The gold comments (eval/gold): what the service says about them against what labellers said.

mod alignment;
mod comparison;
mod insight;
mod labels;

use std::collections::HashMap;

use klartext_proto::v1::{Channel, Comment, Insight, Scores};

pub use alignment::{align, overlap_by_half};
pub use comparison::{Compared, Measured, discrepancy, friction, handover, sentiment, span, topics, touchpoint};
pub(crate) use insight::friction_kind;
pub use insight::labels_of;
pub use labels::{
    Discrepancy, FrictionLabels, GivenScores, GoldComment, HandoverLabels, Labels, MentionLabels, Owners, Split,
};

use crate::service::Service;
use crate::{Error, Result};

/// Comments with their labels, and what somebody else says about each of them.
#[derive(Debug)]
pub struct Judged {
    pub comments: Vec<GoldComment>,
    /// One for each comment.
    pub said: Vec<Labels>,
}

impl Judged {
    pub fn compared(&self) -> Vec<Compared<'_>> {
        let pairs = self.comments.iter().zip(&self.said).enumerate();
        pairs.map(|(text, (comment, said))| Compared::new(text, comment, said)).collect()
    }
}

/// What the service says about each comment.
///
/// # Errors
/// The service refuses one or does not answer.
pub fn ask(service: &Service, comments: &[GoldComment]) -> Result<Vec<Insight>> {
    service.insights(comments.iter().map(as_comment).collect::<Result<_>>()?)
}

/// Comments that were labelled twice, with what the second labeller says: those of `relabelled` that `comments` has.
pub fn labelled_twice(comments: &[GoldComment], relabelled: Vec<GoldComment>) -> Judged {
    let by_id: HashMap<&str, &GoldComment> = comments.iter().map(|comment| (comment.id.as_str(), comment)).collect();
    let twice = relabelled.into_iter().filter_map(|second| Some(((*by_id.get(second.id.as_str())?).clone(), second)));
    let (comments, said) = twice.map(|(first, second)| (first, second.labels)).unzip();
    Judged { comments, said }
}

/// As a back end would send it: without the language, which the service has to find.
fn as_comment(comment: &GoldComment) -> Result<Comment> {
    let channel_name = format!("CHANNEL_{}", comment.channel.to_uppercase());
    let channel = Channel::from_str_name(&channel_name)
        .ok_or_else(|| Error::TooLittleData(format!("{}: unknown channel {}", comment.id, comment.channel)))?;
    let GivenScores { nps, csat, stars } = comment.scores;
    Ok(Comment {
        external_id: comment.id.clone(),
        source: "gold".to_owned(),
        text: comment.text.clone(),
        journey: comment.journey.clone(),
        channel: channel.into(),
        scores: Some(Scores { nps, csat, stars }),
        touchpoint: comment.given_touchpoint.clone().unwrap_or_default(),
        ..Comment::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":"gold-de-1","lang":"de","industry":"hotel","channel":"call_centre","journey":"generic",
        "text":"Zimmer gut, Rechnung falsch.","scores":{"nps":3},"given_touchpoint":"billing","tags":["mixed"],
        "mentions":[{"begin":0,"end":10,"sentiment":"positive","touchpoint":"product-use","topics":[],"friction":[]},
        {"begin":12,"end":28,"sentiment":"negative","touchpoint":"billing","topics":["invoice"],"friction":
        [{"kind":"repeated_contact","begin":12,"end":27,"count":2}]}],"handover":{"from":"product-use","to":"billing","begin":0,
        "end":27},"discrepancy":"none","sentiment":"mixed","split":"test"}"#;

    pub(super) fn comment() -> GoldComment {
        serde_json::from_str(LINE).expect("it is in the gold format")
    }

    #[test]
    fn a_comment_is_sent_with_everything_but_its_language() {
        let sent = as_comment(&comment()).expect("the channel is known");
        assert_eq!((sent.channel(), sent.touchpoint.as_str()), (Channel::CallCentre, "billing"));
        assert_eq!(sent.scores.and_then(|scores| scores.nps), Some(3.0));
        assert!(sent.language.is_empty());
        let unknown = GoldComment { channel: "fax".to_owned(), ..comment() };
        assert!(as_comment(&unknown).is_err());
    }

    #[test]
    fn owners_are_named_from_the_journey() {
        let owners =
            Owners::from_iter([(("generic", "product-use"), "Betrieb"), (("generic", "billing"), "Buchhaltung")]);
        let mut comment = comment();
        comment.name_owners(&owners);
        let handover = comment.labels.handover.expect("it has one");
        assert_eq!(handover.owners, Some(("Betrieb".to_owned(), "Buchhaltung".to_owned())));
    }

    #[test]
    fn only_comments_that_both_have_are_labelled_twice() {
        let other = GoldComment { id: "gold-de-2".to_owned(), ..comment() };
        let judged = labelled_twice(&[comment()], vec![other, comment()]);
        assert_eq!((judged.comments.len(), judged.said.len()), (1, 1));
    }
}
