//! Analyze, Get and Info as a back end calls them.

mod support;

use klartext_models::text::spans;
use klartext_proto::v1::{
    ActionKind, Analysis, AnalyzeRequest, AttributeValue, Channel, Comment, DiscrepancyKind, ErrorReason, ExternalId,
    GetCommentRequest, InfoRequest, PersonalDataKind, Polarity, Scores, StoreOutcome, SurveyKind, TouchpointOrigin,
    attribute_value, get_comment_request,
};
use klartext_server::ops::config::LimitsConfig;
use klartext_server::store::{Filter, Kind};
use prost_types::Timestamp;
use support::{TestServer, comment, insight, item_error, patient_limits};
use tonic::Code;
use tonic_types::StatusExt;

fn by_id(comment_id: &str) -> GetCommentRequest {
    GetCommentRequest { by: Some(get_comment_request::By::CommentId(comment_id.to_owned())) }
}

#[tokio::test]
async fn praise_and_complaint_in_one_sentence_are_two_mentions() {
    let server = TestServer::start().await;
    let text = "Personal super freundlich, aber 40 Minuten Wartezeit";
    let insight = server.insight(comment(text), false).await;
    assert_eq!(insight.language, "de");
    assert_eq!(insight.mentions.len(), 2, "{:?}", insight.mentions);
    let polarity = |index: usize| insight.mentions[index].sentiment.as_ref().expect("it is there").polarity();
    assert_eq!(polarity(0), Polarity::Positive);
    assert_eq!(polarity(1), Polarity::Negative);
    assert_eq!(insight.sentiment.as_ref().expect("it is there").polarity(), Polarity::Mixed);
    assert_eq!(insight.store_outcome(), StoreOutcome::NotStored);
    let version = insight.score_version.expect("labels carry their version");
    assert!(version.bundle.contains("labels") && version.journey.starts_with("public-transport@"), "{version:?}");
    server.stop().await;
}

#[tokio::test]
async fn spans_point_into_the_text_as_it_was_sent() {
    let server = TestServer::start().await;
    // Decomposed umlauts, an emoji, a soft hyphen and personal data: all of it moves offsets.
    let text = "Fu\u{308}r 😀 die Ver\u{ad}spa\u{308}tung bitte an anna.beispiel@example.org schreiben. Der Aufzug war kaputt!";
    let insight = server.insight(comment(text), false).await;
    assert!(insight.mentions.len() >= 2);
    for mention in &insight.mentions {
        let evidence = mention.evidence.iter().map(|evidence| (&evidence.span, &evidence.text));
        for (span, shown) in evidence.chain([(&mention.span, &mention.text)]) {
            let span = span.as_ref().expect("it is there");
            let (start, end) = (span.start_byte as usize, span.end_byte as usize);
            assert_eq!(&text[start..end], shown);
            let range = start..end;
            let counted = spans(text, std::slice::from_ref(&range)).remove(0);
            assert_eq!((counted.chars.start, counted.chars.end), (span.start_char as usize, span.end_char as usize));
        }
    }
    let personal = &insight.personal_data[0];
    let span = personal.span.as_ref().expect("it is there");
    assert_eq!(personal.kind(), PersonalDataKind::EMail);
    assert_eq!(&text[span.start_byte as usize..span.end_byte as usize], "anna.beispiel@example.org");
    server.stop().await;
}

#[tokio::test]
async fn a_touchpoint_is_found_with_owner_and_evidence_and_the_callers_is_kept() {
    let server = TestServer::start().await;
    let sent = Comment {
        touchpoint: "ticket-purchase".to_owned(),
        survey_kind: SurveyKind::Permanent.into(),
        ..comment(
            "Der Fahrkartenautomat nahm meine Karte nicht an. Der Schaffner im Zug war sehr freundlich und geduldig.",
        )
    };
    let insight = server.insight(sent, false).await;
    let given = insight.given_touchpoint.expect("the caller named one");
    assert_eq!((given.touchpoint.as_str(), given.origin()), ("ticket-purchase", TouchpointOrigin::Caller));
    assert!(insight.other_touchpoints.iter().all(|other| other.touchpoint != "ticket-purchase"));
    assert!(!insight.other_touchpoints.is_empty(), "the staff on board is another touchpoint");
    let tagged = insight.mentions.iter().find_map(|mention| mention.touchpoint.as_ref()).expect("one is tagged");
    assert!(!tagged.owner.is_empty() && !tagged.phase.is_empty());
    assert!((0.5..=1.0).contains(&tagged.confidence));
    let labels: Vec<&str> =
        insight.mentions.iter().flat_map(|mention| &mention.evidence).map(|evidence| evidence.label.as_str()).collect();
    assert!(labels.contains(&"sentiment") && labels.iter().any(|label| label.starts_with("touchpoint:")), "{labels:?}");
    server.stop().await;
}

#[tokio::test]
async fn none_of_these_is_an_answer() {
    let server = TestServer::start().await;
    let insight = server.insight(comment("Meine Oma hat gestern Pflaumenkuchen gebacken."), false).await;
    assert!(insight.mentions.iter().all(|mention| mention.touchpoint.is_none()), "{:?}", insight.mentions);
    server.stop().await;
}

#[tokio::test]
async fn score_and_text_that_disagree_are_told() {
    let server = TestServer::start().await;
    let with_nps =
        |nps, text| Comment { scores: Some(Scores { nps: Some(nps), ..Scores::default() }), ..comment(text) };
    let complaint = "Ich bin sehr enttäuscht. Die App stürzt ständig ab, und der Automat war auch kaputt.";
    let results = server.analyze(vec![with_nps(10.0, complaint), with_nps(0.0, complaint)], false).await;
    let kinds: Vec<DiscrepancyKind> =
        results.into_iter().map(|result| insight(result).discrepancy.expect("there is a score").kind()).collect();
    assert_eq!(kinds, [DiscrepancyKind::ScoreAboveText, DiscrepancyKind::None]);
    server.stop().await;
}

#[tokio::test]
async fn requests_suggestions_and_praise_are_told_apart() {
    let server = TestServer::start().await;
    let cases = [
        (
            "Ich warte seit sechs Wochen auf meine Erstattung. Bitte melden Sie sich endlich bei mir!",
            ActionKind::AnswerNeeded,
        ),
        ("Es wäre schön, wenn es im Zug mehr Steckdosen gäbe.", ActionKind::Suggestion),
        ("Alles bestens, sehr freundliches Personal, vielen Dank!", ActionKind::Praise),
    ];
    for (text, expected) in cases {
        let insight = server.insight(comment(text), false).await;
        assert_eq!(insight.action.as_ref().map(|action| action.kind()), Some(expected), "{text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_selection_leaves_the_rest_out_and_cannot_be_stored() {
    let server = TestServer::start().await;
    let request = |store| AnalyzeRequest {
        comments: vec![comment("Der Aufzug am Bahnhof ist seit Wochen kaputt.")],
        store,
        analyses: vec![Analysis::Sentiment.into()],
    };
    let response = server.analysis.clone().analyze(request(false)).await.expect("it succeeds").into_inner();
    let stages: Vec<&str> = response.stages.iter().map(|stage| stage.stage.as_str()).collect();
    assert_eq!(stages, ["intake", "encode", "label", "store"]);
    let found = insight(response.results.into_iter().next().expect("one result"));
    assert!(found.sentiment.is_some() && found.action.is_none());
    assert!(
        found.mentions.iter().all(|mention| {
            mention.topics.is_empty() && mention.touchpoint.is_none() && mention.evidence.is_empty()
        })
    );
    let status = server.analysis.clone().analyze(request(true)).await.expect_err("it is refused");
    assert_eq!(reason(&status), "SELECTION_NOT_STORABLE");
    server.stop().await;
}

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test]
async fn every_bad_comment_has_its_reason_and_none_fails_its_neighbours() {
    let server = TestServer::start().await;
    let with_scores = |scores| Comment { scores: Some(scores), ..comment("gut") };
    let in_days = |days: i64| {
        let seconds = chrono::Utc::now().timestamp() + days * 86_400;
        Comment { time: Some(Timestamp { seconds, nanos: 0 }), ..comment("gut") }
    };
    let attribute = |value| {
        let value = AttributeValue { value: Some(attribute_value::Value::Number(value)) };
        Comment { attributes: [("wait_seconds".to_owned(), value)].into(), ..comment("gut") }
    };
    let bad = [
        (comment(""), ErrorReason::TextEmpty, "text"),
        (comment(" \n\t\u{200b}"), ErrorReason::TextEmpty, "text"),
        (comment(&"a".repeat(20_001)), ErrorReason::TextTooLong, "text"),
        (Comment { external_id: "x".repeat(257), ..comment("gut") }, ErrorReason::FieldTooLong, "external_id"),
        (Comment { journey: "nowhere".to_owned(), ..comment("gut") }, ErrorReason::JourneyUnknown, "journey"),
        (Comment { touchpoint: "nowhere".to_owned(), ..comment("gut") }, ErrorReason::TouchpointUnknown, "touchpoint"),
        (Comment { channel: 99, ..comment("gut") }, ErrorReason::EnumUnknown, "channel"),
        (Comment { survey_kind: -1, ..comment("gut") }, ErrorReason::EnumUnknown, "survey_kind"),
        (with_scores(Scores { nps: Some(f64::NAN), ..Scores::default() }), ErrorReason::NumberInvalid, "scores.nps"),
        (with_scores(Scores { stars: Some(6.0), ..Scores::default() }), ErrorReason::NumberInvalid, "scores.stars"),
        (attribute(f64::INFINITY), ErrorReason::NumberInvalid, "attributes.wait_seconds"),
        (in_days(2), ErrorReason::TimeInvalid, "time"),
        (
            Comment { time: Some(Timestamp { seconds: i64::MAX, nanos: -5 }), ..comment("gut") },
            ErrorReason::TimeInvalid,
            "time",
        ),
        (Comment { language: "deutsch!".to_owned(), ..comment("gut") }, ErrorReason::LanguageInvalid, "language"),
    ];
    let mut comments = vec![comment("Der Zug war pünktlich.")];
    comments.extend(bad.iter().map(|(comment, _, _)| comment.clone()));
    comments.push(in_days(0));
    let mut results = server.analyze(comments, true).await;
    assert_eq!(insight(results.remove(0)).store_outcome(), StoreOutcome::Created);
    assert_eq!(insight(results.pop().expect("the last")).store_outcome(), StoreOutcome::Created);
    for (result, (sent, reason, field)) in results.into_iter().zip(&bad) {
        let error = item_error(result);
        assert_eq!((error.reason(), error.field.as_str()), (*reason, *field), "{}", error.message);
        assert_eq!(error.code, Code::InvalidArgument as i32);
        assert!(!error.message.is_empty() && (sent.text.len() < 10 || !error.message.contains(&sent.text)));
    }
    assert_eq!(server.store.count(Kind::Comments, Filter::default()).await.expect("it counts"), 2);
    server.stop().await;
}

#[tokio::test]
async fn calls_that_make_no_sense_fail_as_a_whole() {
    let server = TestServer::start().await;
    let call = |comments, analyses| {
        let mut client = server.analysis.clone();
        async move {
            let request = AnalyzeRequest { comments, store: false, analyses };
            client.analyze(request).await.expect_err("it is refused")
        }
    };
    let none = call(vec![], vec![]).await;
    assert_eq!((none.code(), reason(&none).as_str()), (Code::InvalidArgument, "NO_COMMENTS"));
    let many = call(vec![comment("gut"); 10_000], vec![]).await;
    assert_eq!((many.code(), reason(&many).as_str()), (Code::InvalidArgument, "TOO_MANY_COMMENTS"));
    assert!(many.message().contains("10000") && many.message().contains("256"), "{}", many.message());
    let unknown = call(vec![comment("gut")], vec![77]).await;
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::InvalidArgument, "ENUM_UNKNOWN"));
    server.stop().await;
}

#[tokio::test]
async fn a_full_service_says_so_at_once_with_a_retry_hint() {
    let limits = LimitsConfig { max_in_flight_comments: 8, max_comments_per_call: 8, ..patient_limits() };
    let server = TestServer::start_with(limits).await;
    let long = "Der Zug kam zu spät und niemand wusste warum. ".repeat(300);
    let calls = (0..6).map(|_| {
        let mut client = server.analysis.clone();
        let comments = vec![comment(&long); 8];
        async move { client.analyze(AnalyzeRequest { comments, store: false, analyses: vec![] }).await }
    });
    let outcomes = futures::future::join_all(calls).await;
    let refused: Vec<&tonic::Status> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(!refused.is_empty() && refused.len() < 6, "{} of 6 were refused", refused.len());
    for status in refused {
        assert_eq!((status.code(), reason(status).as_str()), (Code::ResourceExhausted, "OVERLOADED"));
        assert!(status.get_error_details().retry_info().is_some());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stored_comment_is_read_back_masked_with_spans_into_the_stored_text() {
    let server = TestServer::start().await;
    let text =
        "Rufen Sie mich an unter 0171 2345678, der Aufzug ist kaputt. Meine IBAN ist DE89 3704 0044 0532 0130 00.";
    let sent = Comment {
        external_id: "c-1".to_owned(),
        channel: Channel::EMail.into(),
        question: "Was sagen Sie dazu? (max@example.org)".to_owned(),
        subject: "customer-7".to_owned(),
        scores: Some(Scores { stars: Some(2.0), ..Scores::default() }),
        ..comment(text)
    };
    let created = server.insight(sent, true).await;
    assert_eq!(created.store_outcome(), StoreOutcome::Created);
    let by_external = ExternalId { source: "test".to_owned(), external_id: "c-1".to_owned() };
    let requests =
        [by_id(&created.comment_id), GetCommentRequest { by: Some(get_comment_request::By::External(by_external)) }];
    for request in requests {
        let stored = server.comments.clone().get(request).await.expect("it is stored").into_inner();
        let (stored_comment, found) = (stored.comment.expect("it is there"), stored.insight.expect("it is there"));
        assert!(stored_comment.text.contains("[Telefon]") && stored_comment.text.contains("[IBAN]"));
        assert!(!stored_comment.text.contains("2345678") && !stored_comment.question.contains("max@"));
        assert_eq!((stored_comment.channel(), stored_comment.subject.as_str()), (Channel::EMail, "customer-7"));
        assert_eq!(found.mentions.len(), created.mentions.len());
        for mention in &found.mentions {
            let span = mention.span.as_ref().expect("it is there");
            assert_eq!(&stored_comment.text[span.start_byte as usize..span.end_byte as usize], mention.text);
        }
        assert_eq!(found.score_version, created.score_version);
    }
    server.stop().await;
}

#[tokio::test]
async fn sending_again_stores_once_and_a_changed_text_replaces_comment_and_mentions() {
    let server = TestServer::start().await;
    let version = |text: &str| Comment { external_id: "c-1".to_owned(), ..comment(text) };
    let first = "Der Zug war voll. Das WLAN ging nicht. Die Toilette war gesperrt.";
    let count = async |kind| server.store.count(kind, Filter::default()).await.expect("it counts");
    let outcome = async |text| server.insight(version(text), true).await.store_outcome();
    assert_eq!(outcome(first).await, StoreOutcome::Created);
    assert_eq!(outcome(first).await, StoreOutcome::Unchanged);
    assert_eq!((count(Kind::Comments).await, count(Kind::Mentions).await), (1, 3));
    assert_eq!(outcome("Alles gut.").await, StoreOutcome::Replaced);
    assert_eq!((count(Kind::Comments).await, count(Kind::Mentions).await), (1, 1));

    // Twice in one call: the last one counts.
    let results = server.analyze(vec![version(first), version("Doch wieder alles gut.")], true).await;
    let outcomes: Vec<StoreOutcome> = results.into_iter().map(|result| insight(result).store_outcome()).collect();
    assert_eq!(outcomes, [StoreOutcome::Replaced, StoreOutcome::Replaced]);
    assert_eq!((count(Kind::Comments).await, count(Kind::Mentions).await), (1, 1));

    // Without an id the content stands in.
    let anonymous = async |text| server.insight(comment(text), true).await;
    assert_eq!(anonymous("Ohne Kennung").await.store_outcome(), StoreOutcome::Created);
    assert_eq!(anonymous("Ohne Kennung").await.store_outcome(), StoreOutcome::Unchanged);
    assert_eq!(anonymous("Mit anderem Text").await.store_outcome(), StoreOutcome::Created);
    assert_eq!(count(Kind::Comments).await, 3);
    server.stop().await;
}

#[tokio::test]
async fn the_same_comment_from_many_callers_at_once_is_stored_once() {
    let server = TestServer::start().await;
    let texts = ["Der Zug war voll. Das WLAN ging nicht.", "Alles gut. Danke. Gerne wieder."];
    let calls = (0..12).map(|call| {
        let sent = Comment { external_id: "same".to_owned(), ..comment(texts[call % 2]) };
        server.insight(sent, true)
    });
    futures::future::join_all(calls).await;
    let comments = server.store.count(Kind::Comments, Filter::default()).await.expect("it counts");
    let external = ExternalId { source: "test".to_owned(), external_id: "same".to_owned() };
    let request = GetCommentRequest { by: Some(get_comment_request::By::External(external)) };
    let stored = server.comments.clone().get(request).await.expect("it is stored").into_inner();
    let mentions = stored.insight.expect("it is there").mentions.len();
    let points = server.store.count(Kind::Mentions, Filter::default()).await.expect("it counts");
    assert_eq!((comments, points), (1, mentions as u64));
    server.stop().await;
}

#[tokio::test]
async fn ids_that_are_none_and_comments_that_are_not_there_are_told_apart() {
    let server = TestServer::start().await;
    let get = async |request| server.comments.clone().get(request).await.expect_err("there is nothing");
    let unknown = get(by_id("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "COMMENT_NOT_FOUND"));
    for request in [by_id("17"), GetCommentRequest { by: None }] {
        let status = get(request).await;
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "ID_INVALID"));
    }
    server.stop().await;
}

#[tokio::test]
async fn info_names_versions_limits_and_journeys() {
    let server = TestServer::start().await;
    server.insight(comment("Der Zug war pünktlich."), true).await;
    let info = server.system.clone().info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!(info.default_journey, "public-transport");
    assert_eq!((info.comments, info.mentions), (1, 1));
    let bundle = info.bundle.expect("it is there");
    assert_eq!(bundle.version, format!("{}+{}", bundle.encoder, bundle.heads));
    assert_eq!(info.limits.expect("they are there").max_text_chars, 20_000);
    let transport = info.journeys.iter().find(|journey| journey.id == "public-transport").expect("it ships");
    let mobasa = ["lift", "escalator", "barrier general", "info display", "acoustic signal", "guiding routes"];
    for category in mobasa {
        assert!(transport.topics.iter().any(|topic| topic.id == category), "{category}");
    }
    server.stop().await;
}

#[tokio::test]
async fn health_says_serving_and_reflection_lists_the_services() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let server = TestServer::start().await;
    let health = HealthClient::new(server.channel.clone()).check(HealthCheckRequest::default()).await;
    assert_eq!(health.expect("it answers").into_inner().status(), ServingStatus::Serving);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(server.channel.clone())
        .server_reflection_info(tokio_stream::once(request))
        .await
        .expect("it answers")
        .into_inner();
    let answer = answers.message().await.expect("it answers").expect("one answer").message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in ["klartext.v1.AnalysisService", "klartext.v1.CommentService", "klartext.v1.SystemService"] {
        assert!(names.contains(&name), "{names:?}");
    }
    drop(answers);
    server.stop().await;
}
