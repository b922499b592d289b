//! Friction, handovers and scores that do not fit, as a caller sees them: on analysis, in filters, after re-scoring.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    Comment, CommentFilter, CorrectMentionRequest, DiscrepancyKind, Friction, FrictionKind, GetRescoringRequest,
    HandoverOrigin, Insight, ListCommentsRequest, MentionFilter, MentionRef, Polarity, RescoringState, Scores,
    StartRescoringRequest, correct_mention_request,
};
use klartext_server::journey::{JourneyRegistry, SHIPPED, parse};
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use support::{TestServer, comment, engine, insight, patient_limits};

const WAITING: &str = "Am Schalter 50 Minuten in der Schlange gestanden.";
const REPEATED: &str = "Ich habe jetzt zum vierten Mal wegen derselben Sache angerufen.";
const UNCERTAIN: &str = "Niemand konnte mir sagen, wann es weitergeht.";
const DEAD_END: &str = "Der Link in der Mail führt auf eine Fehlerseite.";
/// Each with the kind that it shows.
const SHOWN: [(&str, FrictionKind); 4] = [
    (WAITING, FrictionKind::Waiting),
    (REPEATED, FrictionKind::RepeatedContact),
    (UNCERTAIN, FrictionKind::Uncertainty),
    (DEAD_END, FrictionKind::DeadEnd),
];
const NOT_SHOWN: [&str; 3] = [
    "Keine Wartezeit, sofort dran gewesen.",
    "Schon beim ersten Anruf war alles geklärt.",
    "Die Sitze sind bequem und sauber.",
];
const HANDOVER: &str = "Das Abo-Center hat die Karte bestätigt, beim Prüfdienst wusste davon keiner.";

fn frictions(insight: &Insight) -> Vec<&Friction> {
    insight.mentions.iter().flat_map(|mention| &mention.frictions).collect()
}

fn generic(text: &str, scores: Scores) -> Comment {
    Comment { journey: "generic".to_owned(), scores: Some(scores), ..comment(text) }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_found_with_its_words_and_numbers() {
    let server = TestServer::start().await;
    for (text, kind) in SHOWN {
        let insight = server.insight(comment(text), false).await;
        let found = frictions(&insight);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].kind(), kind, "{text}");
        assert!(found[0].confidence > 0.2 && found[0].confidence <= 1.0);
        let span = found[0].span.as_ref().expect("its words are shown");
        assert_eq!(&text[span.start_byte as usize..span.end_byte as usize], found[0].text);
        let minutes = (kind == FrictionKind::Waiting).then_some(50.0);
        let count = (kind == FrictionKind::RepeatedContact).then_some(4);
        assert_eq!((found[0].minutes, found[0].count), (minutes, count), "{text}");
    }
    let waiting = server.insight(comment(WAITING), false).await;
    assert!(frictions(&waiting)[0].text.contains("50 Minuten"));
    for text in NOT_SHOWN {
        let insight = server.insight(comment(text), false).await;
        assert!(frictions(&insight).is_empty(), "{text}: {insight:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_comments_are_found_by_their_friction() {
    let server = TestServer::start().await;
    let texts = SHOWN.iter().map(|(text, _)| *text).chain(NOT_SHOWN);
    server.analyze(texts.map(comment).collect(), true).await;
    for (text, kind) in SHOWN {
        let mention = MentionFilter { frictions: vec![kind.into()], ..MentionFilter::default() };
        let filter = CommentFilter { mention: Some(mention), ..CommentFilter::default() };
        let request = ListCommentsRequest { filter: Some(filter), ..ListCommentsRequest::default() };
        let listed = server.comments.clone().list(request).await.expect("they are listed").into_inner().comments;
        let found: Vec<&str> =
            listed.iter().filter_map(|found| found.comment.as_ref()).map(|c| c.text.as_str()).collect();
        assert_eq!(found, [text]);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_names_both_departments() {
    let server = TestServer::start().await;
    let insight = server.insight(comment(HANDOVER), false).await;
    let handover = insight.handover.as_ref().expect("there is one");
    assert_eq!(handover.origin(), HandoverOrigin::Words);
    let (from, to) = (handover.from.as_ref().expect("a side"), handover.to.as_ref().expect("a side"));
    assert_eq!((from.owner.as_str(), from.text.as_str()), ("Abo-Center", "Abo-Center"));
    assert_eq!((to.owner.as_str(), to.text.as_str()), ("Prüfdienst", "Prüfdienst"));
    assert_eq!((from.touchpoint.as_str(), to.touchpoint.as_str()), ("subscription", "ticket-inspection"));
    let span = handover.span.as_ref().expect("it has a span");
    assert_eq!((span.start_byte as usize, span.end_byte as usize), (0, HANDOVER.len()));
    for text in ["Die Beratung im Laden war toll. Die Lieferung kam pünktlich.", NOT_SHOWN[2]] {
        let praise = server.insight(generic(text, Scores::default()), false).await;
        assert_eq!(praise.handover, None, "{text}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_that_do_not_fit_say_why() {
    let server = TestServer::start().await;
    let nps = |nps| Scores { nps: Some(nps), ..Scores::default() };
    let above = generic("Eine Frechheit, drei Wochen gewartet und dann kam die falsche Ware.", nps(9.0));
    let below = generic(
        "Alles wunderbar, sehr freundlich und schnell, vielen Dank!",
        Scores { stars: Some(1.0), ..Scores::default() },
    );
    let elsewhere = Comment {
        touchpoint: "advice".to_owned(),
        ..generic("Die Beraterin war sehr freundlich. Das Paket kam völlig zerdrückt an.", nps(9.0))
    };
    let agrees = generic("Alles wunderbar, sehr freundlich und schnell, vielen Dank!", nps(10.0));
    let cases = [
        (above, DiscrepancyKind::ScoreAboveText, "NPS 9 is good, but the text is negative and tells of waiting"),
        (below, DiscrepancyKind::ScoreBelowText, "stars 1 is bad, but the text does not complain"),
        (elsewhere, DiscrepancyKind::OtherTouchpoint, "NPS 9 for Beratung, but the complaint is about Lieferung"),
        (agrees, DiscrepancyKind::None, ""),
    ];
    for (comment, kind, reason) in cases {
        let insight = server.insight(comment, false).await;
        let discrepancy = insight.discrepancy.expect("there is a score");
        assert_eq!((discrepancy.kind(), discrepancy.reason.as_str()), (kind, reason));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_found_by_the_handover_that_they_tell_of() {
    let server = TestServer::start().await;
    server.analyze(vec![comment(HANDOVER), comment(WAITING)], true).await;
    for (passage, expected) in [("Abo-Center -> Prüfdienst", vec![HANDOVER]), ("Prüfdienst -> Abo-Center", vec![])] {
        let filter = CommentFilter { handovers: vec![passage.to_owned()], ..CommentFilter::default() };
        let request = ListCommentsRequest { filter: Some(filter), ..ListCommentsRequest::default() };
        let listed = server.comments.clone().list(request).await.expect("they are listed").into_inner();
        let texts: Vec<String> =
            listed.comments.into_iter().map(|stored| stored.comment.expect("it is there").text).collect();
        assert_eq!(texts, expected, "{passage}");
    }
    server.stop().await;
}

/// The shipped journeys, with a touchpoint of another name, so that everything gets new labels.
async fn changed_journeys() -> JourneyRegistry {
    let (engine, _) = engine().await;
    let yaml = SHIPPED[0].1.replace("lost-property", "lost-and-found");
    let mut registered = Vec::new();
    for journey in [parse("changed.yaml", &yaml), parse(SHIPPED[1].0, SHIPPED[1].1)] {
        registered.push(engine.register(journey.expect("it is valid"), None).await.expect("it can be learnt"));
    }
    JourneyRegistry::new(registered, "public-transport").expect("the default is there")
}

async fn stored(server: &TestServer) -> HashMap<String, Insight> {
    let listed = server.comments.clone().list(ListCommentsRequest::default()).await.expect("they are listed");
    let comments = listed.into_inner().comments.into_iter();
    comments.map(|stored| (stored.comment.expect("it is there").text, stored.insight.expect("it is there"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn re_scoring_keeps_words_and_numbers_and_what_people_set() {
    let server = TestServer::start().await;
    let mut comments: Vec<Comment> = SHOWN.iter().map(|(text, _)| comment(text)).collect();
    comments.push(Comment { scores: Some(Scores { nps: Some(9.0), ..Scores::default() }), ..comment(HANDOVER) });
    let results = server.analyze(comments, true).await;
    let corrected = insight(results.into_iter().nth(3).expect("the dead end"));
    let correction = CorrectMentionRequest {
        mention: Some(MentionRef { comment_id: corrected.comment_id, index: 0 }),
        label: Some(correct_mention_request::Label::Sentiment(Polarity::Positive.into())),
        corrected_by: "anna".to_owned(),
    };
    server.comments.clone().correct(correction).await.expect("it is corrected");
    let before = stored(&server).await;
    assert!(frictions(&before[DEAD_END]).is_empty(), "a person says that nothing hurts");
    let folder = server.stop().await;

    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
    let journeys = changed_journeys().await;
    let server = TestServer::start_with_journeys(Arc::new(store), folder, patient_limits(), journeys).await;
    let mut client = RescoringServiceClient::new(server.channel.clone());
    let started = client.start(StartRescoringRequest::default()).await.expect("it starts").into_inner();
    let id = GetRescoringRequest { rescoring_id: started.rescoring_id };
    let mut states = client.watch(id).await.expect("it is watched").into_inner();
    let mut last = started.state;
    while let Some(state) = states.message().await.expect("it goes on") {
        assert!(state.changes.is_empty(), "{:?}", state.changes);
        last = state.state;
    }
    assert_eq!(last, i32::from(RescoringState::Done));

    let after = stored(&server).await;
    for (text, before) in &before {
        let after = &after[text];
        assert_ne!(before.score_version, after.score_version, "{text}");
        assert_eq!(frictions(before), frictions(after), "{text}");
        assert_eq!(before.handover, after.handover, "{text}");
        assert_eq!(before.discrepancy, after.discrepancy, "{text}");
    }
    assert!(after[HANDOVER].handover.is_some());
    assert!(frictions(&after[WAITING])[0].span.is_some());
    server.stop().await;
}
