//! What Prometheus scrapes from the real service, and what the board and the alerts make of it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, AnalyzeResult, AnalyzeStreamRequest, Channel, Comment, ExternalId, GetCommentRequest,
    GetRescoringRequest, Polarity, RescoringState, StartRescoringRequest, StoreOutcome, analyze_result,
    get_comment_request,
};
use klartext_server::ops::http::HttpServer;
use klartext_server::ops::readiness::Readiness;
use klartext_server::store::Store;
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use serde_json::Value;
use support::{Process, comment, connect, klartext};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// One line of a scrape.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

struct Scrape {
    text: String,
    samples: Vec<Sample>,
}

impl Scrape {
    fn parse(text: String) -> Self {
        assert!(text.ends_with("# EOF\n"), "{text}");
        let samples = text.lines().filter(|line| !line.starts_with('#')).map(parse_sample).collect();
        Self { text, samples }
    }

    fn of(http: &str) -> Self {
        Self::parse(
            ureq::get(&format!("{http}/metrics")).call().expect("it answers").into_string().expect("it is text"),
        )
    }

    /// The sum over all samples with these labels.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &Sample| {
            labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|found| found == value))
        };
        self.samples.iter().filter(|sample| sample.name == name && has(sample)).map(|sample| sample.value).sum()
    }

    fn calls(&self, method: &str, code: &str) -> f64 {
        self.sum("klartext_grpc_calls_total", &[("method", method), ("code", code)])
    }

    /// The labels of a metric, over all of its samples; empty when there is none.
    fn labels_of(&self, name: &str) -> Option<BTreeSet<&str>> {
        let mut samples = self.samples.iter().filter(|sample| sample.name == name).peekable();
        samples.peek()?;
        Some(samples.flat_map(|sample| sample.labels.keys().map(String::as_str)).collect())
    }
}

fn parse_sample(line: &str) -> Sample {
    let (key, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let Some((name, labels)) = key.split_once('{') else {
        return Sample { name: key.to_owned(), labels: BTreeMap::new(), value };
    };
    let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
    let labels = labels.split("\",").filter(|label| !label.is_empty()).map(|label| {
        let (label, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
        (label.to_owned(), value.trim_end_matches('"').to_owned())
    });
    Sample { name: name.to_owned(), labels: labels.collect(), value }
}

/// A call is counted when its answer has left, which may be a moment after the caller has it.
async fn scrape_when_quiet(http: &str, still_open: f64) -> Scrape {
    let scrape = async || {
        let address = http.to_owned();
        tokio::task::spawn_blocking(move || Scrape::of(&address)).await.expect("it can be scraped")
    };
    while scrape().await.sum("klartext_grpc_calls_open", &[]) != still_open {
        tokio::task::yield_now().await;
    }
    // The first quiet one may have read some of its numbers before the last call ended.
    scrape().await
}

async fn serve(data: &tempfile::TempDir, settings: &'static [&'static str]) -> Process {
    let folder = data.path().to_owned();
    tokio::task::spawn_blocking(move || Process::serve(&folder, settings)).await.expect("it starts")
}

fn analyze(comments: Vec<Comment>, store: bool) -> AnalyzeRequest {
    AnalyzeRequest { comments, store, analyses: Vec::new() }
}

/// Name of an enum's value without its prefix, in small letters.
fn label(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}

type CommentKey = (String, String, String, String);

/// Comments by channel, language, sentiment and store outcome, and mentions by sentiment, as the caller saw them.
#[derive(Default)]
struct Expected {
    comments: BTreeMap<CommentKey, f64>,
    mentions: BTreeMap<String, f64>,
}

impl Expected {
    fn add(&mut self, sent: &[Comment], results: &[AnalyzeResult]) {
        for (comment, result) in sent.iter().zip(results) {
            let Some(analyze_result::Outcome::Insight(insight)) = &result.outcome else { continue };
            let polarity = |polarity: Polarity| label(polarity.as_str_name(), "POLARITY_");
            let key = (
                label(comment.channel().as_str_name(), "CHANNEL_"),
                insight.language.clone(),
                polarity(insight.sentiment.expect("there is one").polarity()),
                label(insight.store_outcome().as_str_name(), "STORE_OUTCOME_"),
            );
            *self.comments.entry(key).or_default() += 1.0;
            for mention in &insight.mentions {
                let sentiment = polarity(mention.sentiment.expect("there is one").polarity());
                *self.mentions.entry(sentiment).or_default() += 1.0;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_exact_and_show_no_text() {
    let data = tempfile::tempdir().expect("a folder");
    let process = serve(&data, &["--set", "limits.max_comments_per_call=4"]).await;
    let channel = connect(&process.address).await;
    let mut analysis = AnalysisServiceClient::new(channel.clone());
    let mut stored = CommentServiceClient::new(channel.clone());
    let mut expected = Expected::default();

    let good = vec![
        Comment {
            external_id: "kennung-1".to_owned(),
            subject: "kundin-3391".to_owned(),
            channel: Channel::Survey.into(),
            ..comment("Die Fahrerin am Marderplatz war freundlich, aber der Bus kam zu spät")
        },
        Comment { external_id: "kennung-2".to_owned(), ..comment("The ticket machine was broken again") },
        Comment { external_id: "kennung-3".to_owned(), ..comment(" ") },
    ];
    for _ in 0..2 {
        let answer = analysis.analyze(analyze(good.clone(), true)).await.expect("it is analysed").into_inner();
        expected.add(&good, &answer.results);
    }
    let unstored = vec![comment("Der Aufzug am Marderplatz ist kaputt")];
    let answer = analysis.analyze(analyze(unstored.clone(), false)).await.expect("it is analysed").into_inner();
    expected.add(&unstored, &answer.results);
    let status = analysis.analyze(analyze(vec![comment("gut"); 5], true)).await.expect_err("they are too many");
    assert_eq!(status.code(), Code::InvalidArgument);

    let get = |external_id: &str| GetCommentRequest {
        by: Some(get_comment_request::By::External(ExternalId {
            source: "test".to_owned(),
            external_id: external_id.to_owned(),
        })),
    };
    stored.get(get("kennung-1")).await.expect("it is stored");
    assert_eq!(stored.get(get("kennung-9")).await.expect_err("it is not").code(), Code::NotFound);
    assert_eq!(call_unknown_method(&process.address).await.code(), Code::Unimplemented);
    rescore_everything(&process.address).await;

    let mut health = HealthClient::new(channel);
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("it can be watched").into_inner();
    watch.message().await.expect("it answers").expect("there is a first message");
    let scrape = scrape_when_quiet(&process.http, 1.0).await;
    assert_eq!(scrape.sum("klartext_grpc_calls_open", &[("method", "Watch")]), 1.0);
    drop(watch);
    let scrape = scrape_when_quiet(&process.http, 0.0).await;

    assert_eq!(scrape.calls("Analyze", "OK"), 3.0);
    assert_eq!(scrape.calls("Analyze", "INVALID_ARGUMENT"), 1.0);
    assert_eq!(scrape.calls("Get", "NOT_FOUND"), 1.0);
    assert_eq!(scrape.calls("unknown", "UNIMPLEMENTED"), 1.0);
    let health_calls = [("service", "grpc.health.v1.Health"), ("method", "Watch"), ("code", "CANCELLED")];
    assert_eq!(scrape.sum("klartext_grpc_calls_total", &health_calls), 1.0);
    assert_eq!(scrape.sum("klartext_grpc_call_duration_seconds_count", &[("method", "Analyze")]), 4.0);

    for ((channel, language, sentiment, store_outcome), count) in &expected.comments {
        let labels = [
            ("channel", channel.as_str()),
            ("language", language),
            ("sentiment", sentiment),
            ("store_outcome", store_outcome),
        ];
        assert_eq!(scrape.sum("klartext_comments_total", &labels), *count, "{labels:?}");
    }
    assert_eq!(scrape.sum("klartext_comments_total", &[]), 5.0);
    let unchanged = label(StoreOutcome::Unchanged.as_str_name(), "STORE_OUTCOME_");
    assert_eq!(scrape.sum("klartext_comments_total", &[("store_outcome", &unchanged)]), 2.0);
    for (sentiment, count) in &expected.mentions {
        assert_eq!(scrape.sum("klartext_mentions_total", &[("sentiment", sentiment)]), *count, "{sentiment}");
    }
    assert_eq!(scrape.sum("klartext_mentions_total", &[]), expected.mentions.values().sum::<f64>());
    assert_eq!(scrape.sum("klartext_refused_comments_total", &[("reason", "TEXT_EMPTY")]), 2.0);
    assert_eq!(scrape.sum("klartext_refused_comments_total", &[("reason", "TOO_MANY_COMMENTS")]), 5.0);
    assert_eq!(scrape.sum("klartext_refused_comments_total", &[]), 7.0);

    for (stage, passes) in [("intake", 3.0), ("encode", 3.0), ("label", 3.0), ("store", 2.0)] {
        assert_eq!(scrape.sum("klartext_stage_duration_seconds_count", &[("stage", stage)]), passes, "{stage}");
    }
    let write = [("operation", "write"), ("kind", "several"), ("outcome", "ok")];
    assert!(scrape.sum("klartext_store_operation_duration_seconds_count", &write) >= 1.0);
    assert_eq!(scrape.sum("klartext_in_flight_comments", &[]), 0.0);
    assert_eq!(scrape.sum("klartext_in_flight_comments_limit", &[]), 2048.0);
    assert_eq!(scrape.sum("klartext_encoder_waiting_calls", &[]), 0.0);
    assert!(scrape.sum("klartext_encoder_run_tokens_sum", &[]) > 30.0);
    assert_eq!(scrape.sum("klartext_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    let stored_mentions = expected.comments.iter().filter(|((.., outcome), _)| outcome == "created").count();
    assert!(scrape.sum("klartext_rescored_mentions_total", &[]) >= stored_mentions as f64);

    for secret in ["Marder", "Fahrerin", "ticket", "kennung", "kundin"] {
        assert!(!scrape.text.contains(secret), "{secret}: {}", scrape.text);
    }
    the_board_and_the_alerts_ask_for_what_is_there(&scrape);
    tokio::task::spawn_blocking(|| process.terminate()).await.expect("it stops");
}

/// A method that a caller made up.
async fn call_unknown_method(address: &str) -> tonic::Status {
    let mut client = tonic::client::Grpc::new(connect(address).await);
    client.ready().await.expect("it is connected");
    let path = "/klartext.v1.AnalysisService/Marderplatz".parse().expect("it is a path");
    let codec = tonic_prost::ProstCodec::<AnalyzeRequest, AnalyzeRequest>::default();
    client.unary(tonic::Request::new(AnalyzeRequest::default()), path, codec).await.expect_err("there is none")
}

async fn rescore_everything(address: &str) {
    let mut rescorings = RescoringServiceClient::new(connect(address).await);
    let started = rescorings.start(StartRescoringRequest::default()).await.expect("it starts").into_inner();
    let request = GetRescoringRequest { rescoring_id: started.rescoring_id };
    let mut watch = rescorings.watch(request).await.expect("it can be watched").into_inner();
    let mut last = None;
    while let Some(state) = watch.message().await.expect("it goes on") {
        last = Some(state);
    }
    assert_eq!(last.expect("there was one").state(), RescoringState::Done);
}

/// Every metric and every label in the queries of the Grafana board and of the alert rules.
fn the_board_and_the_alerts_ask_for_what_is_there(scrape: &Scrape) {
    let docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker");
    let board = std::fs::read_to_string(docker.join("grafana/dashboards/klartext.json")).expect("it is there");
    let board: Value = serde_json::from_str(&board).expect("it is JSON");
    let panels = board["panels"].as_array().expect("there are panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut queries: Vec<String> =
        targets.map(|target| target["expr"].as_str().expect("there is a query").to_owned()).collect();
    let rules = std::fs::read_to_string(docker.join("prometheus/alerts.yml")).expect("it is there");
    let rules: Value = serde_saphyr::from_str(&rules).expect("it is YAML");
    let rules = rules["groups"][0]["rules"].as_array().expect("there are rules").iter();
    queries.extend(rules.map(|rule| rule["expr"].as_str().expect("there is a query").to_owned()));
    assert!(queries.len() > 25, "{queries:?}");

    let mut asked = BTreeSet::new();
    for query in &queries {
        let metrics = metrics_in(query);
        assert!(!metrics.is_empty() || query.starts_with("up{"), "{query}");
        let mut known = BTreeSet::from(["le", "instance", "job"]);
        for (name, selected) in &metrics {
            let labels = scrape.labels_of(name).unwrap_or_else(|| panic!("there is no {name}, asked for by {query}"));
            for label in selected {
                assert!(labels.contains(label), "{name} has no label {label}, asked for by {query}");
            }
            known.extend(labels);
            asked.insert(*name);
        }
        for label in grouping_labels(query) {
            assert!(known.contains(label), "no metric of {query} has the label {label}");
        }
    }
    let families = scrape.text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for family in families {
        assert!(asked.iter().any(|name| name.starts_with(family)), "nobody looks at {family}");
    }
}

/// Names of Klartext's metrics in a query, each with the labels by which it is selected.
fn metrics_in(query: &str) -> Vec<(&str, Vec<&str>)> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = Vec::new();
    for (start, _) in query.match_indices("klartext_") {
        let rest = &query[start..];
        let (name, after) = rest.split_at(rest.find(|character| !is_name(character)).unwrap_or(rest.len()));
        let selector = after.strip_prefix('{').and_then(|after| after.split('}').next()).unwrap_or_default();
        let labels = selector.split(',').filter_map(|part| part.split(['=', '!']).next()).map(str::trim);
        found.push((name, labels.filter(|label| !label.is_empty()).collect()));
    }
    found
}

/// What stands in the parentheses after "by".
fn grouping_labels(query: &str) -> Vec<&str> {
    let groups = query.split("by (").skip(1).filter_map(|after| after.split(')').next());
    groups.flat_map(|group| group.split(',').map(str::trim)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_a_full_service_are_counted_as_callers_see_them() {
    let data = tempfile::tempdir().expect("a folder");
    let process =
        serve(&data, &["--set", "limits.max_comments_per_call=1", "--set", "limits.max_in_flight_comments=1"]).await;
    let channel = connect(&process.address).await;
    let (mut done, mut refused) = (0, 0);
    while refused == 0 {
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..8 {
            let mut analysis = AnalysisServiceClient::new(channel.clone());
            let text = format!("{number}: {}", "Der Zug war voll und kam zu spät. ".repeat(60));
            calls.spawn(async move { analysis.analyze(analyze(vec![comment(&text)], false)).await.map(|_| ()) });
        }
        for ended in calls.join_all().await {
            match ended {
                Ok(()) => done += 1,
                Err(status) => {
                    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                    refused += 1;
                }
            }
        }
    }
    // A stream waits where a call is refused.
    let streamed = [comment("Das Personal half mir sofort"), comment(" ")];
    let streamed = streamed.map(|comment| AnalyzeStreamRequest { message: Some(Message::Comment(comment)) });
    let mut analysis = AnalysisServiceClient::new(channel);
    let answers = analysis.analyze_stream(futures::stream::iter(streamed)).await.expect("it is let in").into_inner();
    assert_eq!(answers.collect::<Vec<_>>().await.into_iter().filter(|answer| answer.is_ok()).count(), 2);

    let scrape = scrape_when_quiet(&process.http, 0.0).await;
    assert_eq!(scrape.calls("Analyze", "OK"), f64::from(done));
    assert_eq!(scrape.calls("AnalyzeStream", "OK"), 1.0);
    assert_eq!(scrape.sum("klartext_refused_comments_total", &[("reason", "TEXT_EMPTY")]), 1.0);
    assert_eq!(scrape.calls("Analyze", "RESOURCE_EXHAUSTED"), f64::from(refused));
    assert_eq!(scrape.sum("klartext_refused_comments_total", &[("reason", "OVERLOADED")]), f64::from(refused));
    assert_eq!(scrape.sum("klartext_comments_total", &[]), f64::from(done) + 1.0);

    let address = process.address.clone();
    let health = move || klartext().args(["health", "--server", &address]).output().expect("it runs").status.code();
    let asked = health.clone();
    assert_eq!(tokio::task::spawn_blocking(asked).await.expect("it ends"), Some(0));
    tokio::task::spawn_blocking(|| process.terminate()).await.expect("it stops");
    assert_eq!(tokio::task::spawn_blocking(health).await.expect("it ends"), Some(1));
}

/// Status and body of a page.
async fn get(server: &HttpServer, page: &str) -> (u16, String) {
    let url = format!("http://{}{page}", server.address());
    let call = move || match ureq::get(&url).call() {
        Ok(response) | Err(ureq::Error::Status(_, response)) => {
            (response.status(), response.into_string().expect("it is text"))
        }
        Err(error) => panic!("{error}"),
    };
    tokio::task::spawn_blocking(call).await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn alive_is_not_ready() {
    let readiness = Readiness::default();
    let address = "127.0.0.1:0".parse().expect("it is an address");
    let server = HttpServer::start(address, readiness.clone()).await.expect("a free port");
    assert_eq!(get(&server, "/healthz").await.0, 200);
    assert_eq!(get(&server, "/metrics").await.0, 503);
    let (status, reason) = get(&server, "/readyz").await;
    assert_eq!((status, reason.starts_with("starting")), (503, true), "{reason}");

    let folder = tempfile::tempdir().expect("a folder");
    let store: Arc<dyn Store> =
        Arc::new(EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens"));
    readiness.running(store.clone());
    assert_eq!(get(&server, "/readyz").await, (200, "ready\n".to_owned()));
    store.close().await.expect("it closes");
    let (status, reason) = get(&server, "/readyz").await;
    assert_eq!((status, reason.contains("store")), (503, true), "{reason}");
    readiness.stopping();
    assert_eq!(get(&server, "/readyz").await, (503, "shutting down\n".to_owned()));
    assert_eq!(get(&server, "/healthz").await.0, 200);
    assert_eq!(get(&server, "/nowhere").await.0, 404);
    server.stop().await;
}
