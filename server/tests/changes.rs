//! What has changed since some week, over gRPC.

mod support;

use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::{
    Channel, Comment, CommentFilter, JourneyChange, JourneyDimension, JourneyFigure, ListChangesRequest,
    ListChangesResponse, MentionFilter, Scores, SurveyKind, TimeRange,
};
use prost_types::Timestamp;
use support::{TestServer, comment};
use tonic::{Code, Status};

/// Monday, 5 January 2026.
const FIRST_MONDAY: i64 = 1_767_571_200;
const DAY: i64 = 86_400;
const WEEKS: i64 = 16;
/// From here on ticket inspections go wrong.
const BROKEN_SINCE: i64 = 9;

const GOOD: [&str; 3] = ["Alles war sehr gut!", "Alles super gelaufen", "Wunderbar, gerne wieder."];
const BAD: [&str; 3] = ["Das war sehr schlecht!", "Unfreundlich und ärgerlich.", "Furchtbar, nie wieder."];

/// Twelve comments a week at two touchpoints, a third of them bad; at one of them nearly all since some week.
fn comments() -> Vec<Comment> {
    let of_week = |week: i64| {
        (0..12_i64).map(move |number| {
            let is_inspection = number % 2 == 0;
            let is_broken = is_inspection && week >= BROKEN_SINCE && number != 0;
            let is_bad = is_broken || (number + week) % 3 == 0;
            let texts = if is_bad { BAD } else { GOOD };
            Comment {
                external_id: format!("{week}-{number}"),
                channel: Channel::Survey.into(),
                touchpoint: if is_inspection { "ticket-inspection" } else { "on-board-ride" }.to_owned(),
                time: Some(monday(week, number % 7)),
                scores: Some(Scores { nps: Some(if is_bad { 2.0 } else { 10.0 }), ..Scores::default() }),
                ..comment(texts[((number + week) / 2 % 3) as usize])
            }
        })
    };
    (0..WEEKS).flat_map(of_week).collect()
}

fn monday(week: i64, day: i64) -> Timestamp {
    Timestamp { seconds: FIRST_MONDAY + (week * 7 + day) * DAY, nanos: 0 }
}

fn whole_time() -> CommentFilter {
    let time = TimeRange { from: Some(monday(0, 0)), until: Some(monday(WEEKS, 0)) };
    CommentFilter { time: Some(time), ..CommentFilter::default() }
}

async fn changes(server: &TestServer, request: ListChangesRequest) -> Result<ListChangesResponse, Status> {
    let mut client = JourneyServiceClient::new(server.channel.clone());
    client.list_changes(request).await.map(tonic::Response::into_inner)
}

fn of_figure(found: &ListChangesResponse, value: &str, figure: JourneyFigure) -> Option<JourneyChange> {
    found.changes.iter().find(|change| change.value == value && change.figure() == figure).cloned()
}

#[tokio::test]
async fn a_touchpoint_that_breaks_is_found_with_its_week() {
    let server = TestServer::start().await;
    server.analyze(comments(), true).await;
    let request = ListChangesRequest {
        dimensions: vec![JourneyDimension::Touchpoint.into()],
        filter: Some(whole_time()),
        ..ListChangesRequest::default()
    };
    let found = changes(&server, request.clone()).await.expect("it answers");
    assert_eq!(found.weeks, WEEKS as u32);
    assert!(found.tested >= 4, "{}", found.tested);

    let nps = of_figure(&found, "ticket-inspection", JourneyFigure::Nps).expect("NPS has fallen");
    assert_eq!(nps.since, Some(monday(BROKEN_SINCE, 0)));
    assert!(nps.since_earliest.is_some_and(|earliest| earliest.seconds <= monday(BROKEN_SINCE, 0).seconds));
    assert_eq!(
        (nps.dimension(), nps.owner.is_empty(), nps.phase.is_empty()),
        (JourneyDimension::Touchpoint, false, false)
    );
    let (before, after) = (nps.before.expect("there is a before"), nps.after.expect("there is an after"));
    assert_eq!((before.count, after.count), (9 * 6, 7 * 6));
    // A third of them bad, and then all but those of the first of six that are not.
    assert!((before.value - 33.3).abs() < 0.1 && after.value < -70.0, "{before:?} {after:?}");
    let difference = nps.difference.expect("they differ");
    assert!(difference.low < difference.value && difference.value < difference.high && difference.high < -50.0);
    assert!((0.0005..=0.01).contains(&nps.p_value));
    assert!(nps.rest_before.is_some() && !nps.journey_moved);
    let counted: Vec<u64> = nps.weeks.iter().map(|week| week.count).collect();
    assert_eq!(counted, [6; WEEKS as usize]);
    assert_eq!(nps.weeks[0].start, Some(monday(0, 0)));

    let net_sentiment = of_figure(&found, "ticket-inspection", JourneyFigure::NetSentiment);
    assert!(net_sentiment.is_some_and(|change| change.since == nps.since));
    assert!(found.changes.iter().all(|change| change.value != "on-board-ride"), "the other touchpoint is as it was");
    assert!(of_figure(&found, "ticket-inspection", JourneyFigure::Volume).is_none(), "as many came as before");

    // The same question has the same answer; a part of it is in the whole.
    assert_eq!(changes(&server, request.clone()).await.expect("it answers"), found);
    let by_owner = ListChangesRequest {
        dimensions: vec![JourneyDimension::Owner.into()],
        figures: vec![JourneyFigure::Nps.into()],
        ..request.clone()
    };
    let by_owner = changes(&server, by_owner).await.expect("it answers");
    assert!(by_owner.changes.iter().any(|change| change.value == nps.owner && change.since == nps.since));

    // Nothing has changed before it broke, and what is left out is not looked at.
    let calm = TimeRange { from: Some(monday(0, 0)), until: Some(monday(12, 0)) };
    let few = CommentFilter { survey_kinds: vec![SurveyKind::Community.into()], ..whole_time() };
    for (filter, weeks) in [(few, 16), (CommentFilter { time: Some(calm), ..CommentFilter::default() }, 12)] {
        let asked = ListChangesRequest { filter: Some(filter), significance: 0.0005, ..request.clone() };
        let found = changes(&server, asked).await.expect("it answers");
        assert_eq!((found.changes.len(), found.weeks), (0, weeks));
    }
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let server = TestServer::start().await;
    let with_filter = |filter| ListChangesRequest { filter: Some(filter), ..ListChangesRequest::default() };
    let of_weeks = |weeks| {
        let time = TimeRange { from: Some(monday(0, 1)), until: Some(monday(weeks, 0)) };
        CommentFilter { time: Some(time), ..CommentFilter::default() }
    };
    let of_mentions = CommentFilter {
        mention: Some(MentionFilter { topics: vec!["x".to_owned()], ..MentionFilter::default() }),
        ..whole_time()
    };
    let requests = [
        ListChangesRequest::default(),
        // Twelve weeks, the first of them cut.
        with_filter(of_weeks(12)),
        with_filter(of_weeks(200)),
        with_filter(of_mentions),
        with_filter(CommentFilter { journeys: vec!["generic".to_owned()], ..whole_time() }),
        ListChangesRequest { significance: 0.5, ..with_filter(whole_time()) },
        ListChangesRequest { dimensions: vec![99], ..with_filter(whole_time()) },
        ListChangesRequest { figures: vec![99], ..with_filter(whole_time()) },
    ];
    for request in requests {
        let refusal = changes(&server, request.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{request:?}: {refusal}");
    }
    let empty = changes(&server, with_filter(whole_time())).await.expect("it answers");
    assert_eq!((empty.changes.len(), empty.tested), (0, 0));
    server.stop().await;
}
