//! The store on a Qdrant server: what is sent to it, and what happens when it is away, at fault, or something else.
//! Against a stand-in; see [`fake_qdrant`].

#![expect(deprecated, reason = "servers before 1.20 do not know `memory`, which is to take the place of these fields")]

mod fake_qdrant;
mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use fake_qdrant::{FakeQdrant, Fault, PREFIX};
use futures::future::join_all;
use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::{ErrorReason, ExternalId, GetCommentRequest, analyze_result, get_comment_request};
use klartext_server::ops::config::LimitsConfig;
use klartext_server::store::remote::{ApiKey, Quantisation, RemoteOptions, RemoteStore, Timeouts};
use klartext_server::store::{
    Compaction, Condition, Filter, INDEXES, IndexKind, Kind, Order, Payload, Point, Store, StoreError, Write,
};
use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::quantization_config::Quantization;
use qdrant_client::qdrant::vectors_config::Config;
use qdrant_client::qdrant::{
    CreateCollection, Distance, QuantizationType, VectorParams, VectorParamsMap, VectorsConfig, WriteOrderingType,
};
use support::{TestServer, comment, insight, klartext};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;
use uuid::Uuid;

const SIZE: usize = 4;
/// Long enough for a healthy answer on a busy machine, and short enough to wait for.
const SHORT: Duration = Duration::from_millis(1_500);
/// A test that waited for this instead would not end.
const ENDLESS: Duration = Duration::from_secs(3_600);

fn mention(number: u128) -> Point {
    let mut payload = Payload::new();
    payload.insert("time".to_owned(), (number as u64).into());
    Point { id: Uuid::from_u128(number), vector: Some(vec![1.0, 0.5, 0.25, number as f32]), payload }
}

fn upsert(numbers: std::ops::Range<u128>) -> Write {
    Write::Upsert { kind: Kind::Mentions, points: numbers.map(mention).collect() }
}

fn delete(number: u128) -> Write {
    let filter = Filter { all: vec![Condition::Ids(vec![Uuid::from_u128(number)])] };
    Write::Delete { kind: Kind::Mentions, filter }
}

async fn mentions(store: &dyn Store) -> Vec<u128> {
    let (points, _) = store.scroll(Kind::Mentions, Filter::default(), None, 100_000, false).await.expect("it is read");
    points.iter().map(|point| point.id.as_u128()).collect()
}

async fn connect(options: RemoteOptions) -> RemoteStore {
    RemoteStore::connect(options).await.expect("it connects")
}

async fn refused(options: RemoteOptions) -> StoreError {
    RemoteStore::connect(options).await.err().expect("it is refused")
}

fn with_timeouts(options: RemoteOptions, read: Duration, write: Duration) -> RemoteOptions {
    RemoteOptions { timeouts: Timeouts { connect: SHORT, read, write }, ..options }
}

#[tokio::test]
async fn collections_are_made_as_configured() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    let options = RemoteOptions { shards: Some(6), replicas: 3, write_consistency: 2, ..fake.options() };
    connect(options.clone()).await;
    let requests = fake.take_requests();

    assert_eq!(requests.creates.len(), Kind::ALL.len());
    for (made, kind) in requests.creates.iter().zip(Kind::ALL) {
        assert_eq!(made.collection_name, format!("{PREFIX}{}", kind.name()));
        assert_eq!((made.replication_factor, made.write_consistency_factor), (Some(3), Some(2)));
        assert_eq!(made.on_disk_payload, Some(true));
        let vectors = made.vectors_config.as_ref().and_then(|vectors| vectors.config.as_ref());
        if !kind.has_vectors() {
            assert_eq!(vectors, Some(&Config::ParamsMap(VectorParamsMap::default())));
            assert_eq!((made.shard_number, &made.quantization_config), (Some(1), &None));
            continue;
        }
        let Some(Config::Params(vector)) = vectors else { panic!("{vectors:?}") };
        assert_eq!((vector.size, vector.distance(), vector.on_disk), (SIZE as u64, Distance::Cosine, Some(true)));
        assert_eq!(made.shard_number, Some(6));
        assert!(made.hnsw_config.is_some_and(|hnsw| hnsw.m.is_some() && hnsw.ef_construct.is_some()));
        let quantisation = made.quantization_config.and_then(|config| config.quantization);
        let Some(Quantization::Scalar(scalar)) = quantisation else { panic!("{quantisation:?}") };
        assert_eq!((scalar.r#type(), scalar.always_ram), (QuantizationType::Int8, Some(true)));
    }

    assert_eq!(requests.indexes.len(), INDEXES.len());
    for (made, (kind, field, index)) in requests.indexes.iter().zip(in_order_of_kinds()) {
        assert_eq!(made.collection_name, format!("{PREFIX}{}", kind.name()));
        assert_eq!((made.field_name.as_str(), made.wait), (field, Some(true)));
        let params = made.field_index_params.as_ref().and_then(|params| params.index_params.as_ref());
        let fits = match (params, index) {
            (Some(IndexParams::KeywordIndexParams(keyword)), IndexKind::Tenant) => keyword.is_tenant == Some(true),
            (Some(IndexParams::KeywordIndexParams(keyword)), IndexKind::Keyword) => keyword.on_disk == Some(true),
            (Some(IndexParams::IntegerIndexParams(integer)), IndexKind::Integer) => integer.range == Some(true),
            (Some(IndexParams::IntegerIndexParams(integer)), IndexKind::CountedInteger) => integer.lookup == Some(true),
            (Some(IndexParams::FloatIndexParams(float)), IndexKind::Float) => float.on_disk == Some(true),
            _ => false,
        };
        assert!(fits, "{field}: {params:?}");
    }

    connect(options).await;
    let again = fake.take_requests();
    assert_eq!((again.creates.len(), again.indexes.len(), again.updates.len()), (0, 0, 0), "nothing is made twice");
}

fn in_order_of_kinds() -> impl Iterator<Item = (Kind, &'static str, IndexKind)> {
    Kind::ALL.into_iter().flat_map(|kind| INDEXES.iter().copied().filter(move |(of, _, _)| *of == kind))
}

#[tokio::test]
async fn vectors_can_stay_whole_and_in_memory() {
    let fake = FakeQdrant::start(SIZE).await;
    let options = RemoteOptions { quantisation: Quantisation::None, on_disk: false, ..fake.options() };
    let store = connect(options).await;
    store.search(Kind::Comments, vec![1.0; SIZE], Filter::default(), 0, 1).await.expect("it is searched");
    let requests = fake.take_requests();
    let comments = &requests.creates[0];
    let vectors = comments.vectors_config.as_ref().and_then(|vectors| vectors.config.as_ref());
    let Some(Config::Params(vector)) = vectors else { panic!("{vectors:?}") };
    assert_eq!((vector.on_disk, &comments.quantization_config), (Some(false), &None));
    assert_eq!(comments.shard_number, None, "one for each node");
    assert_eq!(requests.queries[0].params, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_start_at_once() {
    let fake = FakeQdrant::start(SIZE).await;
    let stores = join_all((0..6).map(|_| connect(fake.options()))).await;
    for (number, store) in (0..).zip(&stores) {
        store.write(vec![upsert(number..number + 1)]).await.expect("it is written");
    }
    assert_eq!(mentions(&stores[0]).await, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn changes_wait_until_they_are_applied_and_keep_their_order() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(fake.options()).await;
    fake.take_requests();
    store.write(vec![upsert(0..1_200), delete(3), upsert(3..4), delete(5)]).await.expect("it is written");
    let requests = fake.take_requests();
    let calls: Vec<&str> = requests.calls.iter().map(|call| call.name).collect();
    assert_eq!(calls, ["upsert", "upsert", "upsert", "delete", "upsert", "delete"]);
    let sizes: Vec<usize> = requests.upserts.iter().map(|upsert| upsert.points.len()).collect();
    assert_eq!(sizes, [500, 500, 200, 1]);
    let medium = |ordering: Option<_>| ordering.map(|ordering: qdrant_client::qdrant::WriteOrdering| ordering.r#type());
    for upsert in requests.upserts {
        assert_eq!((upsert.wait, medium(upsert.ordering)), (Some(true), Some(WriteOrderingType::Medium)));
    }
    for delete in requests.deletes {
        assert_eq!((delete.wait, medium(delete.ordering)), (Some(true), Some(WriteOrderingType::Medium)));
    }
    assert_eq!(mentions(&store).await.len(), 1_199);
}

#[tokio::test]
async fn large_points_travel_in_several_messages() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(fake.options()).await;
    let large = |number: u128| {
        let mut point = mention(number);
        point.payload.insert("text".to_owned(), "ä".repeat(700_000).into());
        point
    };
    let points = (0..7).map(large).collect();
    store.write(vec![Write::Upsert { kind: Kind::Mentions, points }]).await.expect("it is written");
    let sizes: Vec<usize> = fake.take_requests().upserts.iter().map(|upsert| upsert.points.len()).collect();
    assert_eq!(sizes, [2, 2, 2, 1]);
}

#[tokio::test]
async fn reads_ask_for_what_they_need() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(fake.options()).await;
    store.write(vec![upsert(0..1_500)]).await.expect("it is written");
    fake.take_requests();

    store.search(Kind::Mentions, vec![1.0; SIZE], Filter::default(), 20, 10).await.expect("it is searched");
    store.count(Kind::Mentions, Filter::default()).await.expect("it counts");
    let order = Order { field: "time", descending: true };
    store.scroll_by(Kind::Mentions, Filter::default(), order, 30, true).await.expect("it is read");
    let requests = fake.take_requests();
    let params = requests.queries[0].params.as_ref().expect("there are some");
    let quantised = params.quantization.as_ref().expect("there is one");
    assert_eq!(quantised.rescore, Some(true), "compared again by the full vectors");
    assert!(quantised.oversampling > Some(1.0));
    assert_eq!((requests.queries[0].offset, requests.queries[0].limit), (Some(20), Some(10)));
    assert_eq!(requests.counts[0].exact, Some(true));
    assert_eq!(requests.scrolls[0].order_by.as_ref().map(|order| order.key.as_str()), Some("time"));

    // A long page comes in parts, and so do many ids.
    assert_eq!(mentions(&store).await.len(), 1_500);
    let ids = (0..1_500).map(Uuid::from_u128).collect();
    assert_eq!(store.get(Kind::Mentions, ids, false).await.expect("it is read").len(), 1_500);
    let requests = fake.take_requests();
    let limits: Vec<_> = requests.scrolls.iter().map(|scroll| scroll.limit).collect();
    assert_eq!(limits, [Some(1_000), Some(1_000)]);
    let asked: Vec<_> = requests.gets.iter().map(|get| get.ids.len()).collect();
    assert_eq!(asked, [1_000, 500]);
}

/// Of a grpc-timeout header.
fn milliseconds(header: &str) -> f64 {
    let (number, unit) = header.split_at(header.len() - 1);
    let factor = match unit {
        "m" => 1.0,
        "u" => 1e-3,
        "n" => 1e-6,
        "S" => 1e3,
        other => panic!("unit {other}"),
    };
    number.parse::<f64>().expect("a number") * factor
}

#[tokio::test]
async fn the_key_and_the_deadline_travel_with_every_call() {
    let fake = FakeQdrant::start(SIZE).await;
    fake.require_api_key("a-secret");
    let options = RemoteOptions { api_key: ApiKey::new("a-secret"), ..fake.options() };
    let store = connect(options).await;
    store.write(vec![upsert(0..1)]).await.expect("it is written");
    store.count(Kind::Mentions, Filter::default()).await.expect("it counts");
    let calls = fake.take_requests().calls;
    assert!(calls.iter().all(|call| call.api_key.as_deref() == Some("a-secret")), "{calls:?}");
    let Timeouts { read, write, .. } = Timeouts::default();
    for (name, limit) in [("upsert", write), ("count", read), ("health_check", read)] {
        let call = calls.iter().find(|call| call.name == name).expect(name);
        let given = milliseconds(call.timeout.as_deref().expect("a deadline"));
        assert!(given > 0.0 && given <= limit.as_millis() as f64, "{name}: {given} ms");
    }
}

#[tokio::test]
async fn a_refused_key_is_no_reason_to_try_again() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    fake.require_api_key("the-right-one");
    let options = RemoteOptions { api_key: ApiKey::new("the-wrong-one"), ..fake.options() };
    let error = refused(with_timeouts(options, ENDLESS, ENDLESS)).await;
    let message = error.to_string();
    assert!(matches!(error, StoreError::Unusable { .. }), "{message}");
    assert!(message.contains(&fake.url()) && message.contains("store.api_key"), "{message}");
    assert!(!message.contains("the-wrong-one"), "{message}");
    let calls: Vec<&str> = fake.take_requests().calls.iter().map(|call| call.name).collect();
    assert_eq!(calls, ["health_check", "collection_exists"]);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_applied_once() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(fake.options()).await;
    let faults = [
        [Fault::Unavailable, Fault::Unavailable],
        [Fault::Internal, Fault::Unavailable],
        [Fault::AnswerLost, Fault::AnswerLost],
        [Fault::OnlyAccepted, Fault::AnswerLost],
    ];
    for (number, faults) in (0..).zip(faults) {
        fake.take_requests();
        fake.fail_next(&faults);
        store.write(vec![upsert(number..number + 1), delete(99)]).await.expect("it is written in the end");
        assert_eq!(fake.take_requests().upserts.len(), 3, "{faults:?}");
        fake.fail_next(&faults[..1]);
        store.write(vec![delete(99)]).await.expect("it is deleted in the end");
        fake.fail_next(&[Fault::Unavailable, Fault::Internal]);
        assert_eq!(mentions(&store).await, (0..=number).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_lasting_fault_ends_in_time_and_quotes_nothing() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, SHORT)).await;
    fake.fail_always(Some(Fault::Internal));
    let error = store.write(vec![upsert(0..1)]).await.expect_err("it fails");
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
    assert!(error.to_string().contains("Internal") && !error.to_string().contains("xxx"), "{error}");
    let error = store.count(Kind::Mentions, Filter::default()).await.expect_err("it fails");
    assert!(matches!(error, StoreError::Read { .. }), "{error}");
    fake.fail_always(Some(Fault::Unavailable));
    let error = store.write(vec![upsert(0..1)]).await.expect_err("it fails");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    fake.fail_always(Some(Fault::OnlyAccepted));
    let error = store.write(vec![upsert(0..1)]).await.expect_err("it is not acknowledged");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    fake.fail_always(None);
    store.write(vec![upsert(0..1)]).await.expect("all is well again");
}

#[tokio::test]
async fn a_failed_write_leaves_out_what_comes_after_it() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, ENDLESS)).await;
    fake.lose_collection("klartext_journeys");
    let without_vector = |kind| Write::Upsert { kind, points: vec![Point { vector: None, ..mention(1) }] };
    let list = vec![upsert(0..1), without_vector(Kind::Journeys), without_vector(Kind::Meta)];
    let error = store.write(list).await.expect_err("one collection is gone");
    assert!(matches!(error, StoreError::Write { .. }), "{error}");
    assert!(error.to_string().contains("klartext_journeys"), "{error}");
    assert_eq!(mentions(&store).await, [0]);
    assert_eq!(store.count(Kind::Meta, Filter::default()).await.expect("it counts"), 0);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let fake = FakeQdrant::start(SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, ENDLESS)).await;
    fake.fail_always(Some(Fault::Hang));
    // Reads do not wait as long as writes may.
    let error = store.count(Kind::Mentions, Filter::default()).await.expect_err("nobody answers");
    assert!(matches!(&error, StoreError::Unreachable { address, .. } if *address == fake.url()), "{error}");
    let error = store.ready().await.expect_err("nobody answers");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    fake.fail_always(None);
    let store = connect(with_timeouts(fake.options(), ENDLESS, SHORT)).await;
    fake.fail_always(Some(Fault::Hang));
    let error = store.write(vec![upsert(0..1)]).await.expect_err("nobody answers");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named() {
    let mut fake = FakeQdrant::start_without_points(SIZE).await;
    fake.die();
    let error = refused(with_timeouts(fake.options(), SHORT, ENDLESS)).await;
    assert!(matches!(&error, StoreError::Unreachable { address, .. } if *address == fake.url()), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn what_can_be_no_address_or_key_is_told_at_once() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    for options in [
        RemoteOptions { url: "no address".to_owned(), ..fake.options() },
        RemoteOptions { api_key: ApiKey::new("line\nbreak"), ..fake.options() },
    ] {
        let error = refused(options).await;
        assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
        assert!(!error.to_string().contains("break"), "{error}");
    }
}

fn collection(kind: &str, config: Option<Config>) -> CreateCollection {
    CreateCollection {
        collection_name: format!("{PREFIX}{kind}"),
        vectors_config: config.map(|config| VectorsConfig { config: Some(config) }),
        ..CreateCollection::default()
    }
}

fn vectors(size: u64, distance: Distance) -> VectorParams {
    VectorParams { size, distance: distance.into(), ..VectorParams::default() }
}

#[tokio::test]
async fn a_collection_with_other_vectors_is_refused() {
    let cosine = vectors(SIZE as u64, Distance::Cosine);
    let named = VectorParamsMap { map: [("text".to_owned(), cosine)].into() };
    let cases = [
        (collection("mentions", Some(Config::Params(vectors(768, Distance::Cosine)))), "768 numbers instead of 4"),
        (collection("comments", Some(Config::Params(vectors(SIZE as u64, Distance::Dot)))), "Dot instead of Cosine"),
        (collection("comments", Some(Config::ParamsMap(named))), "without a name"),
        (collection("comments", None), "without a name"),
        (collection("meta", Some(Config::Params(cosine))), "meta have none"),
    ];
    for (made, reason) in cases {
        let fake = FakeQdrant::start_without_points(SIZE).await;
        fake.make_collection(made.clone());
        let error = refused(fake.options()).await;
        let message = error.to_string();
        assert!(matches!(error, StoreError::Unusable { .. }), "{message}");
        assert!(message.contains(&made.collection_name) && message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn other_versions_are_tried() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    for version in ["1.9.0", "2.0.0-dev", "nonsense", ""] {
        fake.pretend_version(version);
        connect(fake.options()).await;
    }
}

#[tokio::test]
async fn settings_of_a_collection_that_can_change_do() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    connect(RemoteOptions { replicas: 3, write_consistency: 1, ..fake.options() }).await;
    fake.take_requests();
    connect(RemoteOptions { replicas: 3, write_consistency: 2, ..fake.options() }).await;
    let updates = fake.take_requests().updates;
    assert_eq!(updates.len(), Kind::ALL.len());
    assert!(updates.iter().all(|update| update.params.is_some_and(|to| to.write_consistency_factor == Some(2))));
}

fn deleted_shares(fake: &FakeQdrant) -> Vec<Option<f64>> {
    let updates = fake.take_requests().updates;
    updates.iter().map(|update| update.optimizers_config.and_then(|config| config.deleted_threshold)).collect()
}

#[tokio::test]
async fn compacting_has_the_server_rewrite_everything_once() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    fake.rewrite_for(2);
    let store = connect(fake.options()).await;
    fake.take_requests();
    assert_eq!(store.compact().await.expect("it is asked"), Compaction::LeftToServer);
    let usual = Some(0.1);
    assert_eq!(deleted_shares(&fake), [[Some(0.0); Kind::ALL.len()], [usual; Kind::ALL.len()]].concat());
}

#[tokio::test]
async fn closing_does_not_wait_for_the_server_to_compact() {
    let fake = FakeQdrant::start_without_points(SIZE).await;
    fake.rewrite_for(usize::MAX);
    let store = connect(fake.options()).await;
    let (compacted, closed) = tokio::join!(store.compact(), async {
        // It has begun when the first collection was asked how far it is.
        while !fake.take_requests().calls.iter().any(|call| call.name == "describe") {
            tokio::task::yield_now().await;
        }
        store.close().await
    });
    assert_eq!(compacted.expect("it was asked"), Compaction::LeftToServer);
    closed.expect("it closes");
    assert_eq!(deleted_shares(&fake).last(), Some(&Some(0.1)), "the usual setting is back");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_the_server_comes_back() {
    let mut fake = FakeQdrant::start(SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, SHORT)).await;
    store.write(vec![upsert(0..10)]).await.expect("it is written");
    for round in 1..4 {
        fake.die();
        let written = store.write(vec![upsert(round * 10..round * 10 + 10)]).await;
        assert!(matches!(written, Err(StoreError::Unreachable { .. })), "{written:?}");
        assert!(matches!(store.ready().await, Err(StoreError::Unreachable { .. })));
        fake.come_up().await;
        store.ready().await.expect("it is there again");
        store.write(vec![upsert(round * 10..round * 10 + 10)]).await.expect("it is written");
        assert_eq!(mentions(&store).await, (0..round * 10 + 10).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_outlasts_a_restart_of_the_server() {
    let mut fake = FakeQdrant::start(SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, ENDLESS)).await;
    fake.die();
    let (written, ()) = tokio::join!(store.write(vec![upsert(0..5)]), async {
        tokio::task::yield_now().await;
        fake.come_up().await;
    });
    written.expect("it waited for the server");
    assert_eq!(mentions(&store).await, [0, 1, 2, 3, 4]);
}

/// Wait until the health service says so.
async fn until(health: &mut tonic::Streaming<tonic_health::pb::HealthCheckResponse>, wanted: ServingStatus) {
    while let Some(reply) = health.message().await.expect("the watch goes on") {
        if reply.status() == wanted {
            return;
        }
    }
    panic!("the watch ended before {wanted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_stands_still_while_the_server_is_away() {
    let mut fake = FakeQdrant::start(VECTOR_SIZE).await;
    let store = connect(with_timeouts(fake.options(), SHORT, SHORT)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_on(std::sync::Arc::new(store), folder, LimitsConfig::default()).await;
    let named = |name: &str| klartext_proto::v1::Comment {
        external_id: name.to_owned(),
        ..comment("Der Fahrer war sehr freundlich, aber der Bus kam zwanzig Minuten zu spät.")
    };
    let get = |name: &str| {
        let by =
            get_comment_request::By::External(ExternalId { source: "test".to_owned(), external_id: name.to_owned() });
        let mut client = server.comments.clone();
        async move { client.get(GetCommentRequest { by: Some(by) }).await }
    };
    let mut health = HealthClient::new(server.channel.clone());
    let mut health = health.watch(HealthCheckRequest::default()).await.expect("it is watched").into_inner();
    until(&mut health, ServingStatus::Serving).await;
    let before = insight(server.analyze(vec![named("before")], true).await.remove(0));
    assert!(!before.mentions.is_empty());

    fake.die();
    let refused = server.analyze(vec![named("meanwhile")], true).await.remove(0);
    let Some(analyze_result::Outcome::Error(error)) = refused.outcome else { panic!("it was acknowledged") };
    assert_eq!(error.reason(), ErrorReason::StoreUnavailable);
    let status = get("before").await.expect_err("it cannot be read");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.get_error_details().error_info().map(|info| info.reason.as_str()), Some("STORE_UNAVAILABLE"));
    assert!(status.message().contains(&fake.url()), "{}", status.message());
    until(&mut health, ServingStatus::NotServing).await;
    // What needs no store goes on.
    insight(server.analyze(vec![named("not stored")], false).await.remove(0));

    fake.come_up().await;
    until(&mut health, ServingStatus::Serving).await;
    let stored = get("before").await.expect("it is there").into_inner();
    assert_eq!(stored.insight.expect("it is there").mentions.len(), before.mentions.len());
    insight(server.analyze(vec![named("meanwhile")], true).await.remove(0));
    get("meanwhile").await.expect("now it is there");
    server.stop().await;
}

#[tokio::test]
async fn the_start_gives_up_on_an_absent_server() {
    let mut fake = FakeQdrant::start_without_points(VECTOR_SIZE).await;
    fake.die();
    let output = klartext()
        .args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http=", "--set", "store.wait_at_start=0s"])
        .args(["--set", &format!("store.url={}", fake.url())])
        .output()
        .expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(69), "{message}");
    assert!(message.contains(&fake.url()) && message.contains("does not answer"), "{message}");
}

#[tokio::test]
async fn the_start_refuses_a_server_that_holds_something_else() {
    let fake = FakeQdrant::start_without_points(VECTOR_SIZE).await;
    fake.make_collection(collection("comments", Some(Config::Params(vectors(768, Distance::Cosine)))));
    let url = fake.url();
    let output = tokio::task::spawn_blocking(move || {
        klartext()
            .args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http="])
            .env("KLARTEXT_STORE__URL", url)
            .env("KLARTEXT_STORE__API_KEY", "007")
            .output()
    });
    let output = output.await.expect("it is waited for").expect("it runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{message}");
    assert!(message.contains("klartext_comments") && message.contains("768"), "{message}");
    assert_eq!(fake.take_requests().calls[0].api_key.as_deref(), Some("007"), "as it stood in the environment");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_waits_for_a_server_that_comes_late() {
    let mut fake = FakeQdrant::start(VECTOR_SIZE).await;
    fake.die();
    let mut child = klartext()
        .args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http=", "--set", "log.format=text"])
        .args(["--set", &format!("store.url={}", fake.url())])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let waiting = BufReader::new(child.stderr.take().expect("it is piped"));
    let listening = BufReader::new(child.stdout.take().expect("it is piped"));
    let waits = tokio::task::spawn_blocking(move || {
        let mut lines = waiting.lines().map_while(Result::ok);
        let found = lines.any(|line| line.contains("waiting for the store"));
        // Keep reading, so that the service never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        found
    });
    assert!(waits.await.expect("it is read"), "it says that it waits");
    fake.come_up().await;
    let listens = tokio::task::spawn_blocking(move || {
        listening.lines().map_while(Result::ok).any(|line| line.contains("listens on http://"))
    });
    assert!(listens.await.expect("it is read"), "it says where it listens");
    child.kill().expect("SIGKILL");
    child.wait().expect("it is gone");
    let made = fake.take_requests();
    assert_eq!(made.creates.len(), Kind::ALL.len());
    assert!(!made.upserts.is_empty(), "the store's origin and the journeys are stored");
}
