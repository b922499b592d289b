//! A caller who is limited to some owners sees nothing of the others' customers, whatever it asks.

mod support;

use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::insight_service_client::InsightServiceClient;
use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::pain_point_service_client::PainPointServiceClient;
use klartext_proto::v1::watch_inbox_response::Change;
use klartext_proto::v1::{self, Comment, CommentFilter, Insight, JourneyDimension, MentionRef, Polarity, Scores};
use klartext_proto::{to_canonical_json, v1::get_comment_request::By};
use prost::{Message, Name};
use support::{TestServer, comment};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// Of the limited caller; in the header it is percent-encoded.
const OWN: &str = "Prüfdienst";
const OWN_IN_HEADER: &str = "Pr%C3%BCfdienst";
/// In the others' comments and nowhere else.
const SECRET: &str = "Quarzlibelle";

fn complaint(external_id: &str, touchpoint: &str, text: &str) -> Comment {
    Comment {
        external_id: external_id.to_owned(),
        touchpoint: touchpoint.to_owned(),
        scores: Some(Scores { nps: Some(0.0), ..Scores::default() }),
        ..comment(text)
    }
}

fn limited<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("klartext-owners", OWN_IN_HEADER.parse().expect("it is ASCII"));
    request
}

fn assert_silent<M: Message + Name>(message: &M) {
    let json = to_canonical_json(message).to_string();
    assert!(!json.contains(SECRET), "{}: {json}", M::full_name());
}

fn reason_of(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// Comments of the limited caller's owner, of others, and of nobody.
struct Stored {
    server: TestServer,
    own: Vec<Insight>,
    others: Vec<Insight>,
}

async fn stored() -> Stored {
    let server = TestServer::start().await;
    let mut own = Vec::new();
    let mut others = Vec::new();
    for number in 0..3 {
        let text = format!("Das war wirklich schlecht und ich bin sehr enttäuscht, Fall {number}.");
        own.push(server.insight(complaint(&format!("own-{number}"), "ticket-inspection", &text), true).await);
        let text = format!("Das war wirklich schlecht und ich bin sehr enttäuscht, {SECRET} {number}.");
        others.push(server.insight(complaint(&format!("other-{number}"), "refund", &text), true).await);
        let text = format!("Das war wirklich schlecht und ich bin sehr enttäuscht, {SECRET} ohne Ort {number}.");
        others.push(server.insight(complaint(&format!("nobody-{number}"), "", &text), true).await);
    }
    Stored { server, own, others }
}

fn by_id(insight: &Insight) -> v1::GetCommentRequest {
    v1::GetCommentRequest { by: Some(By::CommentId(insight.comment_id.clone())) }
}

fn mention_of(insight: &Insight) -> MentionRef {
    MentionRef { comment_id: insight.comment_id.clone(), index: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_others_are_not_there() {
    let Stored { server, own, others } = stored().await;
    let mut client = CommentServiceClient::new(server.channel.clone());
    client.get(limited(by_id(&own[0]))).await.expect("it is its own");
    for other in &others {
        let refused = client.get(limited(by_id(other))).await.expect_err("it is not");
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::NotFound, "COMMENT_NOT_FOUND"));
        let request = v1::ExplainMentionRequest {
            of: Some(v1::explain_mention_request::Of::Mention(mention_of(other))),
            journey: String::new(),
        };
        assert_eq!(client.explain(limited(request)).await.expect_err("it is not").code(), Code::NotFound);
        let request = v1::CorrectMentionRequest {
            mention: Some(mention_of(other)),
            label: Some(v1::correct_mention_request::Label::Sentiment(Polarity::Positive.into())),
            corrected_by: "anna".to_owned(),
        };
        assert_eq!(client.correct(limited(request)).await.expect_err("it is not").code(), Code::NotFound);
        for query in [
            v1::search_comments_request::Query::Comment(by_id(other)),
            v1::search_comments_request::Query::Mention(mention_of(other)),
        ] {
            let request = v1::SearchCommentsRequest { query: Some(query), ..Default::default() };
            assert_eq!(client.search(limited(request)).await.expect_err("it is not").code(), Code::NotFound);
        }
    }
    let request = v1::ListCommentsRequest { count: true, page_size: 100, ..Default::default() };
    let listed = client.list(limited(request)).await.expect("it is listed").into_inner();
    assert_silent(&listed);
    assert_eq!((listed.comments.len(), listed.total), (own.len(), Some(own.len() as u64)));
    // Asking for the others by name does not help.
    let mention = v1::MentionFilter { owners: vec!["Servicecenter Fahrgastrechte".to_owned()], ..Default::default() };
    let filter = CommentFilter { mention: Some(mention), ..CommentFilter::default() };
    let request = v1::ListCommentsRequest { filter: Some(filter), ..Default::default() };
    assert!(client.list(limited(request)).await.expect("it is listed").into_inner().comments.is_empty());
    for unit in [v1::SearchUnit::Mention, v1::SearchUnit::Comment] {
        let query = v1::search_comments_request::Query::Text(format!("schlecht {SECRET}"));
        let request = v1::SearchCommentsRequest { query: Some(query), unit: unit.into(), ..Default::default() };
        let hits = client.search(limited(request)).await.expect("it is found").into_inner();
        assert_silent(&hits);
        assert!(!hits.hits.is_empty());
    }
    let mut exported =
        client.export(limited(v1::ExportCommentsRequest::default())).await.expect("it begins").into_inner();
    let mut count = 0;
    while let Some(comment) = exported.message().await.expect("it goes on") {
        assert_silent(&comment);
        count += 1;
    }
    assert_eq!(count, own.len());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_and_the_figures_are_its_own() {
    let Stored { server, own, .. } = stored().await;
    let mut client = InsightServiceClient::new(server.channel.clone());
    let request = v1::ListInboxItemsRequest { page_size: 100, count: true, ..Default::default() };
    let all = client.list(request.clone()).await.expect("it is listed").into_inner();
    let listed = client.list(limited(request)).await.expect("it is listed").into_inner();
    assert_silent(&listed);
    assert_eq!((listed.items.len(), listed.total), (own.len(), Some(own.len() as u64)));
    assert!(all.items.len() > listed.items.len());
    let other = all.items.iter().find(|item| item.owner != OWN).expect("there are others");
    let id = other.item_id.clone();
    let refused = client.get(limited(v1::GetInboxItemRequest { item_id: id.clone() })).await.expect_err("it is not");
    assert_eq!(reason_of(&refused), "INBOX_ITEM_NOT_FOUND");
    let order = v1::AcknowledgeInboxItemRequest { item_id: id, by: "anna".to_owned(), ..Default::default() };
    assert_eq!(client.acknowledge(limited(order)).await.expect_err("it is not").code(), Code::NotFound);
    let figures = client.get_figures(limited(v1::GetInboxFiguresRequest::default())).await.expect("it answers");
    let figures = figures.into_inner();
    let values: Vec<&str> = figures.rows.iter().map(|row| row.value.as_str()).collect();
    assert_eq!((values, figures.total.map(|total| total.open)), (vec![OWN], Some(own.len() as u64)));

    // Others' items do not come, and what is given away leaves.
    let request = v1::WatchInboxRequest { from_the_beginning: true, ..Default::default() };
    let mut changes = client.watch(limited(request)).await.expect("it is followed").into_inner();
    let reassigned = listed.items[0].item_id.clone();
    let order = v1::ReassignInboxItemRequest {
        item_id: reassigned.clone(),
        by: "anna".to_owned(),
        touchpoint: "refund".to_owned(),
        ..Default::default()
    };
    client.reassign(limited(order)).await.expect("it is its own");
    loop {
        let message = changes.message().await.expect("it goes on").expect("it has no end");
        assert_silent(&message);
        match message.change {
            Some(Change::Item(item)) => assert_eq!(item.owner, OWN),
            Some(Change::LeftItemId(id)) => {
                assert_eq!(id, reassigned);
                break;
            }
            None => {}
        }
    }

    let mut journeys = JourneyServiceClient::new(server.channel.clone());
    for dimension in [JourneyDimension::Owner, JourneyDimension::Channel, JourneyDimension::Touchpoint] {
        let request = v1::GetJourneyInsightsRequest { dimension: dimension.into(), ..Default::default() };
        let figures = journeys.get_journey_insights(limited(request)).await.expect("it answers").into_inner();
        let total = figures.total.and_then(|total| total.figures).expect("there is a total");
        assert_eq!(total.comments, own.len() as u64);
        for row in figures.rows.iter().filter(|row| dimension == JourneyDimension::Owner && row.value != OWN) {
            assert_eq!(row.figures.as_ref().map(|figures| figures.mentions), Some(0), "{}", row.value);
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pain_points_quote_only_its_own() {
    let Stored { server, own, others } = stored().await;
    let mut client = PainPointServiceClient::new(server.channel.clone());
    let started = client.discover(v1::DiscoverRequest::default()).await.expect("it starts").into_inner();
    let request = v1::GetDiscoveryRequest { discovery_id: started.discovery_id };
    let mut states = client.watch_discovery(request).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    let request = v1::ListPainPointsRequest::default();
    let all = client.list(request.clone()).await.expect("they are listed").into_inner();
    let found = client.list(limited(request)).await.expect("they are listed").into_inner();
    assert_eq!(found.pain_points.len(), all.pain_points.len(), "what many say may be seen");
    let mut seen = 0;
    for pain_point in &found.pain_points {
        let quotes = pain_point.quotes.iter().map(|quote| &quote.text);
        assert!(quotes.clone().all(|text| !text.contains(SECRET)), "{:?}", quotes.collect::<Vec<_>>());
        let id = pain_point.pain_point_id.clone();
        let request =
            v1::ListPainPointMentionsRequest { pain_point_id: id.clone(), weak_members: true, ..Default::default() };
        let mentions = client.list_mentions(limited(request)).await.expect("they are listed").into_inner();
        assert_silent(&mentions);
        assert_eq!(mentions.total, mentions.mentions.len() as u64);
        seen += mentions.total;
        let request = v1::GetPainPointRequest { pain_point_id: id.clone() };
        let shown = client.get(limited(request)).await.expect("it is there").into_inner();
        assert!(shown.quotes.iter().all(|quote| !quote.text.contains(SECRET)));
        let request = v1::SimilarPainPointsRequest { pain_point_id: id, page_size: 10 };
        let similar = client.similar(limited(request)).await.expect("it is there").into_inner();
        let quotes = similar.pain_points.iter().filter_map(|similar| similar.pain_point.as_ref());
        assert!(quotes.flat_map(|pain_point| &pain_point.quotes).all(|quote| !quote.text.contains(SECRET)));
    }
    let mentions_of = |insights: &[Insight]| insights.iter().map(|insight| insight.mentions.len() as u64).sum::<u64>();
    assert!(seen <= mentions_of(&own) && mentions_of(&others) > 0, "{seen} mentions were seen");
    let mut map = client.map(limited(v1::PainPointMapRequest::default())).await.expect("it begins").into_inner();
    while let Some(points) = map.message().await.expect("it goes on") {
        for point in points.points {
            assert!(own.iter().any(|insight| insight.comment_id == point.comment_id), "{point:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_does_not_ask_who_calls_is_closed_to_limited_callers() {
    let server = TestServer::start().await;
    let mut client = CommentServiceClient::new(server.channel.clone());
    let refusals = [
        client.erase(limited(v1::EraseSubjectRequest { subject: "person-a".to_owned() })).await.map(drop),
        client.delete(limited(v1::DeleteCommentsRequest::default())).await.map(drop),
        InsightServiceClient::new(server.channel.clone())
            .redeliver(limited(v1::RedeliverRequest::default()))
            .await
            .map(drop),
        PainPointServiceClient::new(server.channel.clone())
            .discover(limited(v1::DiscoverRequest::default()))
            .await
            .map(drop),
    ];
    for refused in refusals {
        let refused = refused.expect_err("it is closed");
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "ACCESS_LIMITED"));
    }
    let mut unreadable = Request::new(v1::ListCommentsRequest::default());
    unreadable.metadata_mut().insert("klartext-owners", "".parse().expect("it is ASCII"));
    let refused = client.list(unreadable).await.expect_err("it opens nothing");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::InvalidArgument, "ACCESS_INVALID"));
    server.stop().await;
}
