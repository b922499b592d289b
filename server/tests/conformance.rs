//! One suite over every store: embedded, on a stand-in for a Qdrant server, and on a real one when
//! `KLARTEXT_TEST_QDRANT_URL` names it (and `KLARTEXT_TEST_QDRANT_API_KEY` its key). On a real one it makes collections
//! with a prefix of its own, and deletes them afterwards.
//!
//! `cargo test --release --workspace --test conformance -- --nocapture` prints a table.

mod fake_qdrant;
mod store_behaviour;

use std::sync::Arc;

use comfy_table::Table;
use fake_qdrant::FakeQdrant;
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::remote::{ApiKey, Quantisation, RemoteOptions, RemoteStore, Timeouts};
use klartext_server::store::{Kind, Store};
use qdrant_client::qdrant::DeleteCollection;
use qdrant_client::qdrant::collections_client::CollectionsClient;
use store_behaviour::{BEHAVIOURS, VECTOR_SIZE, wipe};
use tonic::Request;
use uuid::Uuid;

const REAL_URL: &str = "KLARTEXT_TEST_QDRANT_URL";
const REAL_API_KEY: &str = "KLARTEXT_TEST_QDRANT_API_KEY";

/// What each behaviour came to, in the order of [`BEHAVIOURS`]; `None` where nothing was tried.
struct Column {
    heading: &'static str,
    outcomes: Option<Vec<Result<(), String>>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_store_keeps_every_promise() {
    let folder = tempfile::tempdir().expect("a folder");
    let embedded = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let embedded = outcomes(Arc::new(embedded)).await;

    let fake = FakeQdrant::start(VECTOR_SIZE).await;
    let remote = RemoteStore::connect(fake.options()).await.expect("it connects");
    let remote = outcomes(Arc::new(remote)).await;

    let real = match std::env::var(REAL_URL) {
        Ok(url) => Some(outcomes_of_real(url).await),
        Err(_) => None,
    };
    let columns = [
        Column { heading: "embedded", outcomes: Some(embedded) },
        Column { heading: "remote, stand-in", outcomes: Some(remote) },
        Column { heading: "remote, real server", outcomes: real },
    ];
    println!("{}", table(&columns));
    if columns[2].outcomes.is_none() {
        println!("skipped on a real Qdrant server: {REAL_URL} names none, for example http://127.0.0.1:6334");
    }
    let failures: Vec<String> = columns.iter().flat_map(failures).collect();
    assert!(failures.is_empty(), "promises not kept:\n{}", failures.join("\n"));
}

async fn outcomes(store: Arc<dyn Store>) -> Vec<Result<(), String>> {
    let mut outcomes = Vec::with_capacity(BEHAVIOURS.len());
    for behaviour in BEHAVIOURS {
        let store = store.clone();
        let checked = tokio::spawn(async move {
            wipe(store.as_ref()).await;
            (behaviour.check)(store).await;
        });
        outcomes.push(checked.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => match panic.downcast::<String>() {
                Ok(message) => *message,
                Err(panic) => panic.downcast_ref::<&str>().unwrap_or(&"it panicked").to_string(),
            },
            Err(error) => error.to_string(),
        }));
    }
    outcomes
}

async fn outcomes_of_real(url: String) -> Vec<Result<(), String>> {
    let api_key = std::env::var(REAL_API_KEY).unwrap_or_default();
    let collection_prefix = format!("klartext_test_{}_", Uuid::now_v7().simple());
    let options = RemoteOptions {
        url: url.clone(),
        api_key: ApiKey::new(api_key.clone()),
        collection_prefix: collection_prefix.clone(),
        vector_size: VECTOR_SIZE,
        timeouts: Timeouts::default(),
        shards: None,
        replicas: 1,
        write_consistency: 1,
        quantisation: Quantisation::Int8,
        on_disk: true,
    };
    let store = RemoteStore::connect(options).await.expect("the real server can be used");
    let outcomes = outcomes(Arc::new(store)).await;
    let mut collections = CollectionsClient::connect(url).await.expect("the real server answers");
    for kind in Kind::ALL {
        let mut request = Request::new(DeleteCollection {
            collection_name: format!("{collection_prefix}{}", kind.name()),
            timeout: None,
        });
        if !api_key.is_empty() {
            request.metadata_mut().insert("api-key", api_key.parse().expect("a key for a header"));
        }
        collections.delete(request).await.expect("its collections are deleted");
    }
    outcomes
}

fn table(columns: &[Column]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY);
    table.set_header(std::iter::once("what a store promises").chain(columns.iter().map(|column| column.heading)));
    for (place, behaviour) in BEHAVIOURS.iter().enumerate() {
        let word = |column: &Column| match column.outcomes.as_ref().map(|outcomes| &outcomes[place]) {
            None => "skipped",
            Some(Ok(())) => "kept",
            Some(Err(_)) => "NOT KEPT",
        };
        table.add_row(std::iter::once(behaviour.says).chain(columns.iter().map(word)));
    }
    table
}

fn failures(column: &Column) -> Vec<String> {
    let outcomes = column.outcomes.iter().flatten().zip(BEHAVIOURS);
    let failed = outcomes.filter_map(|(outcome, behaviour)| Some((outcome.as_ref().err()?, behaviour)));
    failed.map(|(reason, behaviour)| format!("{}: {}: {reason}", column.heading, behaviour.says)).collect()
}
