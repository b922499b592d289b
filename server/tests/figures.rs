//! The journey's figures over gRPC, against a calculation of their own over everything that is stored.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::{
    Channel, Comment, CommentFilter, Estimate, Figures, GetJourneyInsightsRequest, GetJourneyInsightsResponse,
    JourneyDimension, MentionFilter, Period, Polarity, Scores, StoredComment, SurveyKind, TimeRange,
};
use prost_types::Timestamp;
use support::{Process, TestServer, comment, klartext, net_promoter, net_sentiment};
use tonic::{Code, Status};

/// 1 January 2026, a Thursday.
const NEW_YEAR: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

const TEXTS: [&str; 8] = [
    "Der Busfahrer war sehr freundlich, aber wir haben 40 Minuten gewartet.",
    "Die App stürzt ständig ab, und an der Hotline geht niemand ran.",
    "Der Fahrkartenautomat am Bahnhof nimmt keine Scheine.",
    "Sauberer Zug, pünktlich, gerne wieder!",
    "Der Vertrieb hat mir die Fahrkarte zugesagt, der Kontrolleur wusste von nichts.",
    "Ich habe jetzt zum dritten Mal angerufen, und keiner ist zuständig.",
    "Der Aufzug ist seit Wochen kaputt.",
    "Alles in Ordnung.",
];

/// A hundred days of comments on several channels, some without a score, a few from a community survey.
fn comments() -> Vec<Comment> {
    (0..100_i64)
        .map(|number| {
            let text = TEXTS[(number % 8) as usize];
            Comment {
                external_id: number.to_string(),
                channel: [Channel::Survey, Channel::CallCentre, Channel::AppStore][(number % 3) as usize].into(),
                survey_kind: if number % 10 == 9 { SurveyKind::Community } else { SurveyKind::Permanent }.into(),
                time: Some(Timestamp { seconds: NEW_YEAR + number * DAY, nanos: 0 }),
                scores: (number % 4 != 0).then(|| Scores {
                    nps: Some((number * 7 % 11) as f64),
                    csat: (number % 2 == 0).then_some(1.0 + (number % 9) as f64 / 2.0),
                    stars: None,
                }),
                ..comment(text)
            }
        })
        .collect()
}

async fn insights(
    server: &TestServer,
    request: GetJourneyInsightsRequest,
) -> Result<GetJourneyInsightsResponse, Status> {
    let mut client = JourneyServiceClient::new(server.channel.clone());
    client.get_journey_insights(request).await.map(tonic::Response::into_inner)
}

/// The plain way: lists of numbers.
#[derive(Default)]
struct Plain {
    mentions: u64,
    comments: u64,
    net_sentiment: Vec<f64>,
    nps: Vec<f64>,
    csat: Vec<f64>,
}

fn plain(stored: &[StoredComment], belongs: impl Fn(&StoredComment, usize) -> bool) -> Plain {
    let mut plain = Plain::default();
    for stored_comment in stored {
        let insight = stored_comment.insight.as_ref().expect("it has one");
        let mentions: Vec<usize> =
            (0..insight.mentions.len()).filter(|index| belongs(stored_comment, *index)).collect();
        for index in &mentions {
            plain.net_sentiment.push(net_sentiment(&insight.mentions[*index]));
        }
        plain.mentions += mentions.len() as u64;
        if !mentions.is_empty() {
            plain.comments += 1;
            let scores = stored_comment.comment.as_ref().and_then(|comment| comment.scores).unwrap_or_default();
            plain.csat.extend(scores.csat);
            plain.nps.extend(scores.nps.map(net_promoter));
        }
    }
    plain
}

fn assert_is(estimate: Option<&Estimate>, values: &[f64], what: &str) {
    let Some(estimate) = estimate else {
        assert!(values.is_empty(), "{what}: there are {} values", values.len());
        return;
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    assert_eq!(estimate.count, values.len() as u64, "{what}");
    assert!((estimate.value - mean).abs() < 1e-9, "{what}: {} instead of {mean}", estimate.value);
    assert!(estimate.low <= estimate.value && estimate.value <= estimate.high, "{what}");
}

fn assert_same(figures: Option<&Figures>, plain: &Plain, what: &str) {
    let figures = figures.expect("it has figures");
    assert_eq!((figures.mentions, figures.comments), (plain.mentions, plain.comments), "{what}");
    assert_is(figures.net_sentiment.as_ref(), &plain.net_sentiment, what);
    assert_is(figures.nps.as_ref(), &plain.nps, what);
    assert_is(figures.csat.as_ref(), &plain.csat, what);
}

fn touchpoint_of(stored: &StoredComment, index: usize) -> String {
    let mention = &stored.insight.as_ref().expect("it has one").mentions[index];
    mention.touchpoint.as_ref().map(|tag| tag.touchpoint.clone()).unwrap_or_default()
}

fn is_community(stored: &StoredComment) -> bool {
    stored.comment.as_ref().is_some_and(|comment| comment.survey_kind() == SurveyKind::Community)
}

fn seconds_of(stored: &StoredComment) -> i64 {
    stored.comment.as_ref().and_then(|comment| comment.time).map_or(0, |time| time.seconds)
}

#[tokio::test]
async fn figures_are_those_of_a_plain_calculation() {
    let server = TestServer::start().await;
    server.analyze(comments(), true).await;
    let stored = server.everything().await;
    assert_eq!(stored.len(), 100);

    let time = TimeRange {
        from: Some(Timestamp { seconds: NEW_YEAR, nanos: 0 }),
        until: Some(Timestamp { seconds: NEW_YEAR + 90 * DAY, nanos: 0 }),
    };
    let request = GetJourneyInsightsRequest {
        dimension: JourneyDimension::Touchpoint.into(),
        period: Period::Month.into(),
        filter: Some(CommentFilter { time: Some(time), ..CommentFilter::default() }),
        ..GetJourneyInsightsRequest::default()
    };
    let found = insights(&server, request.clone()).await.expect("it answers");
    let counts = |stored: &StoredComment| !is_community(stored) && seconds_of(stored) < NEW_YEAR + 90 * DAY;
    let total = found.total.as_ref().expect("there is a total");
    assert_same(total.figures.as_ref(), &plain(&stored, |stored, _| counts(stored)), "all");
    // January, February and the 31 days of March of which 90 days leave all.
    let starts: Vec<i64> = total.periods.iter().filter_map(|period| Some(period.start?.seconds)).collect();
    assert_eq!(starts, [NEW_YEAR, NEW_YEAR + 31 * DAY, NEW_YEAR + 59 * DAY]);
    assert!(!total.periods[2].cut && total.periods[0].change.is_none() && total.periods[1].change.is_some());
    let mut named = 0;
    for row in &found.rows {
        let belongs =
            |stored: &StoredComment, index: usize| counts(stored) && touchpoint_of(stored, index) == row.value;
        assert_same(row.figures.as_ref(), &plain(&stored, belongs), &row.value);
        for (period, days) in row.periods.iter().zip([0..31, 31..59, 59..90]) {
            let of_month = |stored: &StoredComment, index: usize| {
                belongs(stored, index) && days.contains(&((seconds_of(stored) - NEW_YEAR) / DAY))
            };
            assert_same(period.figures.as_ref(), &plain(&stored, of_month), &row.value);
        }
        named += row.figures.as_ref().map_or(0, |figures| figures.mentions);
        assert!(!row.owner.is_empty() && !row.phase.is_empty());
    }
    assert!(named > 0, "some mentions have a touchpoint");
    assert_eq!(found.rows.len(), 14, "every touchpoint is a row");

    // With a condition on mentions, comments are those with one mention for which all of it holds.
    let negative = MentionFilter { sentiments: vec![Polarity::Negative.into()], ..MentionFilter::default() };
    let filter = CommentFilter { mention: Some(negative), ..CommentFilter::default() };
    let request = GetJourneyInsightsRequest {
        filter: Some(filter),
        include_community: true,
        ..GetJourneyInsightsRequest::default()
    };
    for row in insights(&server, request).await.expect("it answers").rows {
        let belongs = |stored: &StoredComment, index: usize| {
            let mention = &stored.insight.as_ref().expect("it has one").mentions[index];
            let is_negative = mention.sentiment.as_ref().is_some_and(|found| found.polarity() == Polarity::Negative);
            is_negative && touchpoint_of(stored, index) == row.value
        };
        assert_same(row.figures.as_ref(), &plain(&stored, belongs), &row.value);
    }
    server.stop().await;
}

#[tokio::test]
async fn every_dimension_divides_the_mentions() {
    let server = TestServer::start().await;
    server.analyze(comments(), true).await;
    let stored = server.everything().await;
    let continuous: Vec<&StoredComment> = stored.iter().filter(|stored| !is_community(stored)).collect();
    let mut rows = BTreeMap::new();
    for dimension in 1..=9 {
        let request = GetJourneyInsightsRequest { dimension, ..GetJourneyInsightsRequest::default() };
        let found = insights(&server, request).await.expect("it answers");
        let total = found.total.expect("there is a total").figures.expect("it has figures");
        assert_eq!(total.comments, continuous.len() as u64);
        let of_rows = found.rows.iter().filter_map(|row| row.figures.clone());
        rows.insert(dimension, (found.rows.len(), of_rows.map(|figures| figures.mentions).sum::<u64>(), total));
    }
    let (channels, mentions, total) = &rows[&JourneyDimension::Channel.into()];
    assert_eq!((*channels, *mentions), (3, total.mentions));
    let (kinds, mentions, total) = &rows[&JourneyDimension::SurveyKind.into()];
    assert_eq!((*kinds, *mentions), (1, total.mentions), "community surveys are left out");
    let (frictions, mentions, total) = &rows[&JourneyDimension::Friction.into()];
    assert_eq!(*frictions, 4);
    assert_eq!(total.frictions.iter().map(|rate| rate.mentions).sum::<u64>(), *mentions);
    let (_, of_handovers, _) = &rows[&JourneyDimension::Handover.into()];
    let handed_over = continuous.iter().filter_map(|stored| stored.insight.as_ref());
    let handed_over = handed_over.filter(|insight| insight.handover.is_some());
    assert_eq!(*of_handovers, handed_over.map(|insight| insight.mentions.len() as u64).sum::<u64>());
    server.stop().await;
}

#[tokio::test]
async fn scores_count_where_the_customer_was_asked_whatever_the_text_speaks_of() {
    let server = TestServer::start().await;
    let asked = ["ticket-inspection", "on-board-ride", ""];
    let with_asked =
        |(number, comment): (usize, Comment)| Comment { touchpoint: asked[number % 3].to_owned(), ..comment };
    server.analyze(comments().into_iter().enumerate().map(with_asked).collect(), true).await;
    let stored = server.everything().await;
    let asked_of = |stored: &StoredComment| {
        let given = stored.insight.as_ref().and_then(|insight| insight.given_touchpoint.clone());
        given.map(|tag| tag.touchpoint).unwrap_or_default()
    };
    let request = GetJourneyInsightsRequest {
        dimension: JourneyDimension::GivenTouchpoint.into(),
        ..GetJourneyInsightsRequest::default()
    };
    let found = insights(&server, request).await.expect("it answers");
    assert_eq!(found.rows.len(), 14, "every touchpoint is a row");
    for row in &found.rows {
        let belongs = |stored: &StoredComment, _| !is_community(stored) && asked_of(stored) == row.value;
        assert_same(row.figures.as_ref(), &plain(&stored, belongs), &row.value);
        assert_eq!(row.figures.as_ref().is_some_and(|figures| figures.comments > 0), asked.contains(&&*row.value));
        assert!(!row.owner.is_empty() && !row.phase.is_empty());
    }

    // The same comments by a condition.
    let inspection =
        CommentFilter { given_touchpoints: vec!["ticket-inspection".to_owned()], ..CommentFilter::default() };
    let request = GetJourneyInsightsRequest { filter: Some(inspection), ..GetJourneyInsightsRequest::default() };
    let total = insights(&server, request).await.expect("it answers").total.expect("there is a total");
    let of_inspection = |stored: &StoredComment, _| !is_community(stored) && asked_of(stored) == "ticket-inspection";
    assert_same(total.figures.as_ref(), &plain(&stored, of_inspection), "asked about inspections");
    server.stop().await;
}

#[tokio::test]
async fn an_empty_store_has_rows_without_figures() {
    let server = TestServer::start().await;
    let found = insights(&server, GetJourneyInsightsRequest::default()).await.expect("it answers");
    assert_eq!(found.rows.len(), 14);
    let total = found.total.and_then(|total| total.figures).expect("it has figures");
    assert_eq!((total.mentions, total.nps, total.net_sentiment), (0, None, None));
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let server = TestServer::start().await;
    let with_filter = |filter| GetJourneyInsightsRequest { filter: Some(filter), ..Default::default() };
    let endless = GetJourneyInsightsRequest { period: Period::Day.into(), ..Default::default() };
    let long = TimeRange {
        from: Some(Timestamp { seconds: NEW_YEAR, nanos: 0 }),
        until: Some(Timestamp { seconds: NEW_YEAR + 401 * DAY, nanos: 0 }),
    };
    let too_many = GetJourneyInsightsRequest {
        period: Period::Day.into(),
        ..with_filter(CommentFilter { time: Some(long), ..CommentFilter::default() })
    };
    let requests = [
        endless,
        too_many,
        with_filter(CommentFilter { journeys: vec!["generic".to_owned()], ..CommentFilter::default() }),
        GetJourneyInsightsRequest { journey: "no-such".to_owned(), ..Default::default() },
        GetJourneyInsightsRequest { dimension: 99, ..Default::default() },
        GetJourneyInsightsRequest { period: -1, ..Default::default() },
    ];
    for request in requests {
        let refusal = insights(&server, request.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{request:?}: {refusal}");
    }
    server.stop().await;
}

/// A path of the project.
fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn calculated(export: &Path, insights: &Path) -> Output {
    let script = project("eval/peers/journey_figures.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(export).arg("--against").arg(insights);
    python.output().expect("python3 is installed")
}

#[test]
fn another_program_calculates_the_same_from_an_export_of_the_samples() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Process::serve(&folder.path().join("data"), &[]);
    let run = |arguments: &[&str]| {
        let output = klartext().args(arguments).args(["--server", &service.address]).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let samples = project("server/assets/samples.jsonl").display().to_string();
    run(&["import", &samples]);
    let (export, insights) = (folder.path().join("comments.jsonl"), folder.path().join("insights.json"));
    run(&["export", "--out", &export.display().to_string()]);
    let answer = run(&["journey", "insights", "--format", "json"]);
    std::fs::write(&insights, &answer).expect("it can be written");
    let output = calculated(&export, &insights);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("the service says the same"), "{told}");
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    for value in ["", "on-board-ride", "ticket-purchase"] {
        assert!(figures[value]["netSentiment"]["count"].as_u64().is_some_and(|count| count > 0), "{value}: {figures}");
    }
    assert!(figures[""]["nps"]["count"].as_u64().is_some_and(|count| count > 0), "{figures}");

    // It would notice: the same comments without the first.
    let lines = std::fs::read_to_string(&export).expect("it is there");
    std::fs::write(&export, lines.split_once('\n').expect("several").1).expect("it can be written");
    let output = calculated(&export, &insights);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("all: comments is"), "{told}");
}
