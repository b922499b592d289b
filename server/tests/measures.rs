//! Measures are recorded, and their effect is the difference in differences of a plain calculation.

mod support;

use std::collections::HashSet;
use std::slice::from_ref;

use klartext_proto::v1::measure::Place;
use klartext_proto::v1::measure_service_client::MeasureServiceClient;
use klartext_proto::v1::pain_point_service_client::PainPointServiceClient;
use klartext_proto::v1::{
    Comment, CommentFilter, CreateMeasureRequest, DeleteMeasureRequest, DiscoverRequest, FigureEffect, Figures,
    GetDiscoveryRequest, GetMeasureEffectRequest, GetMeasureRequest, ListMeasuresRequest, ListPainPointMentionsRequest,
    ListPainPointsRequest, Measure, MeasureEffect, MeasureFigure, MeasureHandover, MeasureWeek, Scores, StoredComment,
    TimeRange, UpdateMeasureRequest,
};
use prost_types::Timestamp;
use support::{Process, TestServer, comment, connect, klartext, net_promoter, net_sentiment};
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Monday, 2 March 2026.
const START: i64 = 1_772_409_600;
const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

type Client = MeasureServiceClient<Channel>;

fn client(channel: &Channel) -> Client {
    MeasureServiceClient::new(channel.clone()).max_decoding_message_size(usize::MAX)
}

fn time(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn at(touchpoint: &str) -> Measure {
    Measure {
        title: "Zwei Personen mehr am Telefon".to_owned(),
        place: Some(Place::Touchpoint(touchpoint.to_owned())),
        start: time(START),
        ..Measure::default()
    }
}

async fn create(client: &Client, measure: Measure) -> Result<Measure, Status> {
    let request = CreateMeasureRequest { measure: Some(measure), by: "anna".to_owned(), request_id: String::new() };
    client.clone().create(request).await.map(tonic::Response::into_inner)
}

async fn effect(client: &Client, request: GetMeasureEffectRequest) -> Result<MeasureEffect, Status> {
    client.clone().get_effect(request).await.map(tonic::Response::into_inner)
}

async fn listed(client: &Client, request: ListMeasuresRequest) -> Vec<String> {
    let page = client.clone().list(request).await.expect("it lists").into_inner();
    page.measures.into_iter().map(|measure| measure.measure_id).collect()
}

const BAD_CALL: &str = "Die Hotline ist nie erreichbar.";
const GOOD_CALL: &str = "Die Hotline hat mir sofort freundlich geholfen.";
const BAD_RIDE: &str = "Die Kontrolleurin war unfreundlich.";
const GOOD_RIDE: &str = "Die Kontrolleurin war sehr freundlich.";

/// Sixteen weeks about the hotline, which helps more from the start on, and about inspections, which stay as they are.
fn comments() -> Vec<Comment> {
    let mut comments = Vec::new();
    for week in -8..8_i64 {
        for day in 0..6 {
            let helps = if week < 0 { day == 0 } else { day > 1 };
            let call = if helps { (GOOD_CALL, 9.0 + (day % 2) as f64) } else { (BAD_CALL, 2.0 + day as f64) };
            let ride = if (week + day) % 2 == 0 { (GOOD_RIDE, 9.0) } else { (BAD_RIDE, 4.0) };
            for (name, (text, nps)) in [("call", call), ("ride", ride)] {
                comments.push(Comment {
                    external_id: format!("{name} {week} {day}"),
                    time: time(START + week * WEEK + day * DAY + 3_600),
                    scores: Some(Scores { nps: Some(nps), ..Scores::default() }),
                    ..comment(text)
                });
            }
        }
    }
    comments
}

/// The touchpoint of the first mention.
fn touchpoint(stored: &StoredComment) -> String {
    let mention = stored.insight.as_ref().and_then(|insight| insight.mentions.first());
    mention.and_then(|mention| mention.touchpoint.as_ref()).map(|tag| tag.touchpoint.clone()).unwrap_or_default()
}

/// Net sentiment of the mentions, or NPS of the comments, that are about the touchpoint, or about another one.
fn plain(stored: &[StoredComment], about: &str, is_about: bool, is_after: bool, of_comments: bool) -> (f64, u64) {
    let mut values = Vec::new();
    for stored in stored {
        let (comment, insight) = (stored.comment.as_ref().expect("there"), stored.insight.as_ref().expect("there"));
        if (comment.time.expect("it has one").seconds >= START) != is_after {
            continue;
        }
        let tags = insight.mentions.iter().filter_map(|mention| Some((mention, mention.touchpoint.as_ref()?)));
        let here: Vec<_> = tags.filter(|(_, tag)| (tag.touchpoint == about) == is_about).collect();
        if of_comments {
            let speaks_of_it = insight
                .mentions
                .iter()
                .any(|mention| mention.touchpoint.as_ref().is_some_and(|tag| tag.touchpoint == about));
            let nps = comment.scores.and_then(|scores| scores.nps).expect("there");
            values.extend((!here.is_empty() && (is_about || !speaks_of_it)).then_some(net_promoter(nps)));
        } else {
            values.extend(here.iter().map(|(mention, _)| net_sentiment(mention)));
        }
    }
    (values.iter().sum::<f64>() / values.len() as f64, values.len() as u64)
}

fn figure(effect: &MeasureEffect, figure: MeasureFigure) -> &FigureEffect {
    effect.figures.iter().find(|found| found.figure() == figure).expect("it is there")
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-9, "{what}: {found} instead of {expected}");
}

#[tokio::test]
async fn a_planted_effect_is_the_difference_in_differences() {
    let server = TestServer::start().await;
    server.analyze(comments(), true).await;
    let stored = server.everything().await;
    let of_text = |text: &str| {
        let found = stored.iter().find(|stored| stored.comment.as_ref().is_some_and(|comment| comment.text == text));
        touchpoint(found.expect("it is stored"))
    };
    let hotline = of_text(BAD_CALL);
    assert_eq!(hotline, "customer-service");
    assert_eq!(of_text(BAD_RIDE), "ticket-inspection");

    let client = client(&server.channel);
    let measure = create(&client, at(&hotline)).await.expect("it is recorded");
    assert_eq!((measure.done_by.as_str(), measure.created_by.as_str()), ("Kundendialog", "anna"));
    let request = GetMeasureEffectRequest { measure_id: measure.measure_id.clone(), ..Default::default() };
    let found = effect(&client, request.clone()).await.expect("it answers");
    assert_eq!(found.measure, Some(measure.clone()));
    assert_eq!(found.before, Some(TimeRange { from: time(START - 8 * WEEK), until: time(START) }));
    assert_eq!(found.after, Some(TimeRange { from: time(START), until: time(START + 8 * WEEK) }));
    assert_eq!((found.figures.len(), found.weeks.len()), (9, 16));
    for (which, nps) in [(MeasureFigure::NetSentiment, false), (MeasureFigure::Nps, true)] {
        let found = figure(&found, which);
        let cell = |is_about, is_after| plain(&stored, &hotline, is_about, is_after, nps);
        let expected = [cell(true, false), cell(true, true), cell(false, false), cell(false, true)];
        let cells = [&found.before, &found.after, &found.comparison_before, &found.comparison_after];
        for (estimate, (mean, count)) in cells.into_iter().zip(expected) {
            let estimate = estimate.as_ref().expect("there are answers");
            assert_near(estimate.value, mean, which.as_str_name());
            assert_eq!(estimate.count, count, "{which:?}");
        }
        let [before, after, others_before, others_after] = expected.map(|(mean, _)| mean);
        let judged = found.effect.expect("there is one");
        assert_near(judged.value, after - before - (others_after - others_before), which.as_str_name());
        assert!(judged.low > 0.0 && judged.low < judged.value && judged.value < judged.high, "{which:?}: {judged:?}");
        assert!(judged.p_value < 0.01 && !found.few, "{which:?}: {judged:?}");
        let others = found.comparison_change.expect("there is one");
        assert!(others.p_value > 0.05, "inspections stay as they were: {others:?}");
        let trend = found.trend_before.expect("there are eight weeks");
        assert!(trend.p_value > 0.05, "nothing drifted before: {trend:?}");
    }
    let share = figure(&found, MeasureFigure::NegativeShare);
    assert!(share.change.is_some_and(|change| change.value < 0.0) && share.effect.is_none(), "{share:?}");

    // From the middle of the first eight weeks on, the hotline looks as it did.
    let nothing = Measure { start: time(START - 4 * WEEK), ..at(&hotline) };
    let nothing = create(&client, nothing).await.expect("it is recorded");
    let short = GetMeasureEffectRequest { weeks_before: 4, weeks_after: 4, ..request.clone() };
    let request = GetMeasureEffectRequest { measure_id: nothing.measure_id.clone(), ..short };
    let unchanged = effect(&client, request).await.expect("it answers");
    let judged = figure(&unchanged, MeasureFigure::Nps).effect.expect("there is one");
    assert!(judged.low < 0.0 && 0.0 < judged.high && judged.p_value > 0.05, "{judged:?}");
    assert_eq!(unchanged.weeks.len(), 8);

    // It begins within eight weeks of the other one, on the same touchpoint.
    let request = GetMeasureEffectRequest { measure_id: measure.measure_id, ..Default::default() };
    assert_eq!(effect(&client, request).await.expect("it answers").overlapping, [nothing.measure_id]);
    server.stop().await;
}

#[tokio::test]
async fn a_roll_out_is_neither_before_nor_after_and_little_is_marked() {
    let server = TestServer::start().await;
    server.analyze(comments(), true).await;
    let client = client(&server.channel);
    let rolled_out = Measure { rolled_out: time(START + 2 * WEEK), ..at("customer-service") };
    let measure = create(&client, rolled_out).await.expect("it is recorded");
    let request = GetMeasureEffectRequest {
        measure_id: measure.measure_id,
        weeks_before: 2,
        weeks_after: 3,
        ..Default::default()
    };
    let found = effect(&client, request).await.expect("it answers");
    assert_eq!(found.after, Some(TimeRange { from: time(START + 2 * WEEK), until: time(START + 5 * WEEK) }));
    let starts: Vec<i64> = found.weeks.iter().filter_map(|week| Some(week.start?.seconds)).collect();
    assert_eq!(starts, [-2, -1, 2, 3, 4].map(|week| START + week * WEEK));
    let nps = figure(&found, MeasureFigure::Nps);
    assert!(nps.few && nps.before.as_ref().is_some_and(|before| before.few && before.count == 12), "{nps:?}");
    assert_eq!(nps.trend_before, None, "two weeks are no trend");

    // Nobody says anything there.
    let elsewhere = create(&client, at("lost-property")).await.expect("it is recorded");
    let request = GetMeasureEffectRequest { measure_id: elsewhere.measure_id, ..Default::default() };
    let nothing = effect(&client, request).await.expect("it answers");
    let nps = figure(&nothing, MeasureFigure::Nps);
    assert_eq!((nps.before.as_ref(), nps.effect, nps.few), (None, None, true));
    assert!(nps.comparison_before.is_some());

    let handover = Place::Handover(MeasureHandover { from_owner: "Vertrieb".to_owned(), to_owner: String::new() });
    let handover = Measure { place: Some(handover), ..at("") };
    let handover = create(&client, handover).await.expect("it is recorded");
    let request = GetMeasureEffectRequest { measure_id: handover.measure_id, ..Default::default() };
    let found = effect(&client, request).await.expect("it answers");
    assert_eq!(figure(&found, MeasureFigure::Nps).before, None);
    assert!(figure(&found, MeasureFigure::Nps).comparison_after.as_ref().is_some_and(|after| after.count == 96));
    server.stop().await;
}

/// The sample comments over the sixteen weeks, with an NPS each.
fn samples() -> Vec<Comment> {
    let read = |(number, line): (usize, &str)| {
        let sample: serde_json::Value = serde_json::from_str(line).expect("JSON");
        Comment {
            external_id: number.to_string(),
            time: time(START - 8 * WEEK + number as i64 * 8 * 3_600),
            scores: Some(Scores { nps: Some((number * 7 % 11) as f64), ..Scores::default() }),
            ..comment(sample["text"].as_str().expect("there is a text"))
        }
    };
    include_str!("../assets/samples.jsonl").lines().enumerate().map(read).collect()
}

#[tokio::test]
async fn a_pain_point_is_compared_with_everything_else() {
    let server = TestServer::start().await;
    for batch in samples().chunks(120) {
        server.analyze(batch.to_vec(), true).await;
    }
    let mut pain_points = PainPointServiceClient::new(server.channel.clone()).max_decoding_message_size(usize::MAX);
    let discovery = pain_points.discover(DiscoverRequest::default()).await.expect("it begins").into_inner();
    let watch = GetDiscoveryRequest { discovery_id: discovery.discovery_id };
    let mut states = pain_points.watch_discovery(watch).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    let found = pain_points.list(ListPainPointsRequest::default()).await.expect("it lists").into_inner().pain_points;
    let pain_point = found.first().expect("there are pain points").pain_point_id.clone();
    let request =
        ListPainPointMentionsRequest { pain_point_id: pain_point.clone(), page_size: 200, ..Default::default() };
    let mentions = pain_points.list_mentions(request).await.expect("it lists").into_inner().mentions;
    assert!(mentions.len() > 1, "{found:?}");

    let client = client(&server.channel);
    let place = Some(Place::PainPointId(pain_point));
    let measure = create(&client, Measure { place, ..at("") }).await.expect("it is recorded");
    assert_eq!(measure.done_by, "");
    let request = GetMeasureEffectRequest { measure_id: measure.measure_id, ..Default::default() };
    let found = effect(&client, request).await.expect("it answers");
    let stored = server.everything().await;
    let in_it: HashSet<&str> = mentions.iter().map(|mention| mention.comment_id.as_str()).collect();
    let nps = figure(&found, MeasureFigure::Nps);
    let cells = [(&nps.before, true, false), (&nps.after, true, true), (&nps.comparison_before, false, false)];
    for (estimate, is_in_it, is_after) in cells {
        let belongs = |stored: &&StoredComment| {
            let seconds = stored.comment.as_ref().and_then(|comment| comment.time).expect("it has one").seconds;
            let id = stored.insight.as_ref().expect("it has one").comment_id.as_str();
            in_it.contains(id) == is_in_it && (seconds >= START) == is_after
        };
        let answers = stored.iter().filter(belongs).filter_map(|stored| stored.comment.as_ref()?.scores?.nps);
        let values: Vec<f64> = answers.map(net_promoter).collect();
        assert_eq!(estimate.as_ref().map_or(0, |estimate| estimate.count), values.len() as u64);
        if let Some(estimate) = estimate {
            assert_near(estimate.value, values.iter().sum::<f64>() / values.len() as f64, "NPS");
        }
    }
    let counted = |side: fn(&MeasureWeek) -> Option<&Figures>| -> u64 {
        found.weeks.iter().filter_map(side).map(|figures| figures.mentions).sum()
    };
    assert_eq!(counted(|week| week.place.as_ref()), mentions.len() as u64);
    let all: usize =
        stored.iter().filter_map(|stored| stored.insight.as_ref()).map(|insight| insight.mentions.len()).sum();
    assert!(counted(|week| week.comparison.as_ref()) <= (all - mentions.len()) as u64);
    server.stop().await;
}

#[tokio::test]
async fn measures_are_listed_changed_and_deleted() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let first = create(&client, at("refund")).await.expect("it is recorded");
    let generic = &server.pipeline.journeys().get("generic").expect("it is shipped").journey;
    let later = Measure { start: time(START + DAY), journey: generic.id.clone(), ..at(&generic.touchpoints[0].id) };
    let second = create(&client, later).await.expect("it is recorded");
    let all = vec![second.measure_id.clone(), first.measure_id.clone()];
    assert_eq!(listed(&client, ListMeasuresRequest::default()).await, all, "latest start first");
    let page = ListMeasuresRequest { page_size: 1, ..Default::default() };
    let page_one = client.clone().list(page.clone()).await.expect("it lists").into_inner();
    assert_eq!(page_one.measures[0].measure_id, second.measure_id);
    let page_two = ListMeasuresRequest { page_token: page_one.next_page_token, ..page };
    assert_eq!(listed(&client, page_two).await, from_ref(&first.measure_id));
    let of_refund = ListMeasuresRequest { touchpoint: "refund".to_owned(), ..Default::default() };
    assert_eq!(listed(&client, of_refund).await, from_ref(&first.measure_id));
    let of_generic = ListMeasuresRequest { journey: "generic".to_owned(), ..Default::default() };
    assert_eq!(listed(&client, of_generic.clone()).await, from_ref(&second.measure_id));

    let changed = Measure { title: "Drei Personen mehr".to_owned(), note: "seit April".to_owned(), ..first.clone() };
    let request = UpdateMeasureRequest { measure: Some(changed), by: "ben".to_owned() };
    let changed = client.clone().update(request).await.expect("it is changed").into_inner();
    assert_eq!((changed.title.as_str(), changed.updated_by.as_str()), ("Drei Personen mehr", "ben"));
    assert_eq!((changed.created_by.as_str(), changed.created_at), ("anna", first.created_at));
    assert!(changed.updated_at.is_some() && changed.deleted_at.is_none());

    let delete = DeleteMeasureRequest { measure_id: second.measure_id.clone(), by: "carla".to_owned() };
    let deleted = client.clone().delete(delete.clone()).await.expect("it is deleted").into_inner();
    assert_eq!(deleted.deleted_by, "carla");
    assert_eq!(client.clone().delete(delete).await.expect("no error").into_inner(), deleted);
    assert!(listed(&client, of_generic.clone()).await.is_empty());
    let with_deleted = ListMeasuresRequest { show_deleted: true, ..of_generic };
    assert_eq!(listed(&client, with_deleted).await, from_ref(&second.measure_id));
    let get = GetMeasureRequest { measure_id: second.measure_id.clone() };
    assert_eq!(client.clone().get(get).await.expect("it is found").into_inner(), deleted);
    let request = UpdateMeasureRequest { measure: Some(second), by: "ben".to_owned() };
    assert_eq!(client.clone().update(request).await.expect_err("it is deleted").code(), Code::NotFound);

    let twice =
        CreateMeasureRequest { measure: Some(at("refund")), by: "anna".to_owned(), request_id: "spring".to_owned() };
    let once = client.clone().create(twice.clone()).await.expect("it is recorded").into_inner();
    assert_eq!(client.clone().create(twice).await.expect("it is the same").into_inner(), once);
    server.stop().await;
}

#[tokio::test]
async fn bad_measures_are_refused_with_a_reason() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let fine = at("refund");
    let handover = |from: &str, to: &str| {
        Some(Place::Handover(MeasureHandover { from_owner: from.to_owned(), to_owner: to.to_owned() }))
    };
    let measures = [
        Measure { title: "  ".to_owned(), ..fine.clone() },
        Measure { title: "x".repeat(201), ..fine.clone() },
        Measure { place: None, ..fine.clone() },
        Measure { start: None, ..fine.clone() },
        Measure { start: time(i64::MAX), ..fine.clone() },
        Measure { start: time(-100 * 365 * DAY), ..fine.clone() },
        Measure { rolled_out: time(START - DAY), ..fine.clone() },
        Measure { place: handover("Vertrieb", "Marketing2"), ..fine.clone() },
        Measure { place: handover("", ""), ..fine.clone() },
        Measure { place: Some(Place::PainPointId("no id".to_owned())), ..fine.clone() },
        Measure { journey: "no-such".to_owned(), ..fine.clone() },
        at("no-such"),
    ];
    for measure in measures {
        let refusal = create(&client, measure.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{measure:?}: {refusal}");
    }
    let unknown = Some(Place::PainPointId("00000000-0000-7000-8000-000000000000".to_owned()));
    let refusal = create(&client, Measure { place: unknown, ..fine.clone() }).await.expect_err("there is none");
    assert_eq!(refusal.code(), Code::NotFound);
    let nobody = CreateMeasureRequest { measure: Some(fine.clone()), ..CreateMeasureRequest::default() };
    assert_eq!(client.clone().create(nobody).await.expect_err("nobody did it").code(), Code::InvalidArgument);

    let measure_id = create(&client, fine).await.expect("it is recorded").measure_id;
    let fine = GetMeasureEffectRequest { measure_id, ..Default::default() };
    let timed = CommentFilter { time: Some(TimeRange { from: time(0), until: None }), ..CommentFilter::default() };
    let requests = [
        GetMeasureEffectRequest { weeks_before: 53, ..fine.clone() },
        GetMeasureEffectRequest { filter: Some(timed), ..fine.clone() },
        GetMeasureEffectRequest { measure_id: "no id".to_owned(), ..fine },
    ];
    for request in requests {
        let refusal = effect(&client, request.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{request:?}: {refusal}");
    }
    server.stop().await;
}

/// What the command line says of a service that has one measure and no comments.
fn assert_commands_show(address: &str, measure: &Measure) {
    let printed = |arguments: &[&str]| {
        let output = klartext().args(arguments).args(["--server", address]).output().expect("it runs");
        let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("it is a text"));
        (output.status.code(), out, error)
    };
    let (code, list, _) = printed(&["measures", "list", "--csv"]);
    assert_eq!((code, list.lines().count()), (Some(0), 2), "{list}");
    assert!(list.contains(&measure.measure_id) && list.contains("touchpoint,refund"), "{list}");
    let (code, effect, _) = printed(&["measures", "effect", &measure.measure_id, "--format", "table"]);
    assert!(code == Some(0) && effect.contains("net sentiment by week"), "{effect}");
    let (code, effect, _) = printed(&["measures", "effect", &measure.measure_id, "--csv"]);
    assert_eq!((code, effect.lines().count()), (Some(0), 10), "{effect}");
    let (code, gaps, _) = printed(&["journey", "gaps", "--json"]);
    assert!(code == Some(0) && gaps.starts_with('{'), "{gaps}");
    let (code, _, error) = printed(&["drivers"]);
    assert!(code == Some(1) && error.contains("too few to learn from"), "{error}");
    let (code, insights, _) = printed(&["journey", "insights", "--by", "owner", "--format", "table"]);
    assert!(code == Some(0) && insights.lines().all(|line| line.chars().count() <= 120), "{insights}");
    let (code, _, error) = printed(&["measures", "add", "x", "--start", "2026-03-02", "--by", "anna"]);
    assert!(code == Some(2) && error.contains("--touchpoint"), "a place is required: {error}");
}

#[tokio::test]
async fn measures_survive_a_kill_and_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(folder.path(), &[]);
    let measure = create(&client(&connect(&process.address).await), at("refund")).await.expect("it is recorded");
    assert_commands_show(&process.address, &measure);
    process.kill();
    let process = Process::serve(folder.path(), &[]);
    let request = GetMeasureRequest { measure_id: measure.measure_id.clone() };
    let found = client(&connect(&process.address).await).get(request).await.expect("it is found").into_inner();
    assert_eq!(found, measure);
    assert_eq!(process.terminate(), Some(0));
    let process = Process::serve(folder.path(), &[]);
    let channel = connect(&process.address).await;
    assert_eq!(listed(&client(&channel), ListMeasuresRequest::default()).await, [measure.measure_id]);
    process.kill();
}
