//! A store of an earlier version is refused, and brought over by `klartext migrate`; what people have set stays.

mod support;

use std::path::Path;
use std::process::Output;

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, Comment, CommentFilter, CorrectMentionRequest, ListCommentsRequest, MentionFilter, MentionRef,
    Polarity, Sorting, StoredComment, analysis_service_client::AnalysisServiceClient, correct_mention_request,
};
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::{Filter, Kind, Origin, Payload, Point, Store, Write, read_origin, write_origin};
use serde_json::{Value, json};
use support::{Process, comment, connect, insight, klartext};

fn run(command: &str, data: &Path) -> Output {
    let mut klartext = klartext();
    klartext.arg(command).arg("--data").arg(data);
    if command == "serve" {
        klartext.args(["--listen", "127.0.0.1:0", "--set", "listen.http="]);
    }
    klartext.output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Does something to the closed data folder.
async fn in_folder(data: &Path, change: impl AsyncFnOnce(&EdgeStore)) {
    let store = EdgeStore::open(data, EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    change(&store).await;
    store.close().await.expect("it closes");
}

/// Writes every point of a kind again, with another payload.
async fn change_payloads(store: &EdgeStore, kind: Kind, change: impl Fn(&mut Payload)) {
    let (mut points, _) = store.scroll(kind, Filter::default(), None, 1_000, true).await.expect("it is read");
    points.iter_mut().for_each(|Point { payload, .. }| change(payload));
    store.write(vec![Write::Upsert { kind, points }]).await.expect("it is written");
}

/// As the first version wrote them: what filters and sorting need was laid out otherwise, or not there.
fn as_first_layout(payload: &mut Payload) {
    if let Some(Value::Array(mentions)) = payload.remove("mentions") {
        payload.insert("mention_count".to_owned(), json!(mentions.len()));
    }
    for field in ["corrected", "index", "comment_score", "severity", "action"] {
        payload.remove(field);
    }
    if let Some(sentiment) = payload.remove("comment_sentiment") {
        payload.insert("sentiment".to_owned(), sentiment);
    }
    if let Some(micros) = payload.get("time").and_then(Value::as_i64) {
        payload.insert("time".to_owned(), json!(micros / 1_000_000));
    }
    if let Some(Value::Object(mention)) = payload.get_mut("mention") {
        mention.remove("corrections");
    }
}

async fn list(process: &Process, request: ListCommentsRequest) -> Vec<StoredComment> {
    let mut client = CommentServiceClient::new(connect(&process.address).await);
    client.list(request).await.expect("it is listed").into_inner().comments
}

async fn all_of(process: &Process) -> Vec<StoredComment> {
    list(process, ListCommentsRequest::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_layout_is_refused_and_written_anew_and_corrections_survive_another_encoder() {
    let data = tempfile::tempdir().expect("a folder");
    let said = |number: i64, text: &str| Comment {
        external_id: number.to_string(),
        time: Some(prost_types::Timestamp { seconds: 1_767_225_600 + number, nanos: 0 }),
        ..comment(text)
    };
    let process = Process::serve(data.path(), &[]);
    let comments = vec![
        said(1, "Der Schaffner war freundlich. Der Automat hat meine Karte nicht angenommen."),
        said(2, "Die App stürzt beim Ticketkauf ständig ab."),
    ];
    let request = AnalyzeRequest { comments, store: true, analyses: vec![] };
    let mut analysis = AnalysisServiceClient::new(connect(&process.address).await);
    let results = analysis.analyze(request).await.expect("it is stored").into_inner().results;
    let corrected_id = results.into_iter().map(insight).next().expect("it is there").comment_id;
    let before = all_of(&process).await;
    assert_eq!(process.terminate(), Some(0));

    let mut encoder = String::new();
    in_folder(data.path(), async |store| {
        change_payloads(store, Kind::Comments, as_first_layout).await;
        change_payloads(store, Kind::Mentions, as_first_layout).await;
        encoder = read_origin(store).await.expect("it is read").expect("it is there").encoder;
        write_origin(store, &Origin { encoder: encoder.clone(), layout: 1 }).await.expect("it is written");
    })
    .await;
    let refused = run("serve", data.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("klartext migrate --data"), "{}", stderr(&refused));
    let migrated = run("migrate", data.path());
    assert!(migrated.status.success(), "{}", stderr(&migrated));
    assert!(String::from_utf8_lossy(&migrated.stdout).contains("2 comments written anew"));
    let again = run("migrate", data.path());
    assert!(again.status.success() && String::from_utf8_lossy(&again.stdout).contains("already"));

    let process = Process::serve(data.path(), &[]);
    assert_eq!(all_of(&process).await, before, "nothing that they say has changed, and they are in order of time");
    let praised = MentionFilter { sentiments: vec![Polarity::Positive.into()], ..MentionFilter::default() };
    let request = ListCommentsRequest {
        filter: Some(CommentFilter { mention: Some(praised), ..CommentFilter::default() }),
        sorting: Some(Sorting { by: klartext_proto::v1::SortBy::Severity.into(), ascending: false }),
        ..ListCommentsRequest::default()
    };
    let found = list(&process, request).await;
    assert_eq!(found.len(), 1, "what the first layout did not have is there");
    let correction = CorrectMentionRequest {
        mention: Some(MentionRef { comment_id: corrected_id, index: 0 }),
        label: Some(correct_mention_request::Label::Sentiment(Polarity::Neutral.into())),
        corrected_by: "a.meyer".to_owned(),
    };
    let mut client = CommentServiceClient::new(connect(&process.address).await);
    let corrected = client.correct(correction).await.expect("it is corrected").into_inner();
    assert_eq!(process.terminate(), Some(0));

    // Another encoder made other score versions, and so other fingerprints.
    in_folder(data.path(), async |store| {
        change_payloads(store, Kind::Comments, |payload| {
            payload.insert("fingerprint".to_owned(), json!("of another encoder"));
        })
        .await;
        write_origin(store, &Origin::current("e5-small-q4-0")).await.expect("it is written");
    })
    .await;
    let migrated = run("migrate", data.path());
    assert!(migrated.status.success(), "{}", stderr(&migrated));
    assert!(String::from_utf8_lossy(&migrated.stdout).contains("2 comments encoded again"));
    let process = Process::serve(data.path(), &[]);
    let after = all_of(&process).await;
    let mentions = |stored: &StoredComment| stored.insight.clone().expect("it is there").mentions;
    let kept = after.iter().find(|stored| stored.comment == corrected.comment).expect("it is there");
    assert_eq!(mentions(kept)[0].corrections, mentions(&corrected)[0].corrections);
    assert_eq!(mentions(kept)[0].sentiment, mentions(&corrected)[0].sentiment);
    assert_eq!(process.terminate(), Some(0));

    in_folder(data.path(), async |store| {
        write_origin(store, &Origin { encoder: encoder.clone(), layout: 99 }).await.expect("it is written");
    })
    .await;
    for command in ["serve", "migrate"] {
        let refused = run(command, data.path());
        assert_eq!(refused.status.code(), Some(1), "{command}");
        assert!(stderr(&refused).contains("newer version"), "{}", stderr(&refused));
    }
}
