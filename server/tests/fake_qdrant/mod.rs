//! A stand-in for a Qdrant server: it speaks the real protocol on a real socket, through the server traits of crate
//! `qdrant-client`, and keeps its points in the embedded engine. It remembers what it was asked, and fails on request.
//!
//! It shows that what we send arrives as it was meant, and what we do when a server is away or at fault. It cannot show
//! how a real server understands settings: for that the conformance suite runs against one.

#![allow(dead_code, reason = "each test binary uses a part of it")]

mod convert;
mod services;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use klartext_server::store::edge::{Durability, EdgeOptions, EdgeStore};
use klartext_server::store::remote::{ApiKey, Quantisation, RemoteOptions, Timeouts};
use qdrant_client::qdrant::collections_server::CollectionsServer;
use qdrant_client::qdrant::points_server::PointsServer;
use qdrant_client::qdrant::qdrant_server::QdrantServer;
use qdrant_client::qdrant::{
    CountPoints, CreateCollection, CreateFieldIndexCollection, DeletePoints, GetPoints, QueryPoints, ScrollPoints,
    UpdateBatchPoints, UpdateCollection, UpsertPoints,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Status;
use tonic::transport::Server;

use services::Service;

/// What a real server would say of itself.
pub const VERSION: &str = "1.20.0";
pub const PREFIX: &str = "klartext_";

/// What happens to a call that reads or writes points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered with UNAVAILABLE, and nothing is done.
    Unavailable,
    /// It is answered with INTERNAL and a long message that quotes the request, and nothing is done.
    Internal,
    /// It is carried out, and answered with UNAVAILABLE.
    AnswerLost,
    /// It is carried out, and answered as accepted but not applied.
    OnlyAccepted,
    /// It is never answered.
    Hang,
}

/// All that was asked, in order.
#[derive(Debug, Default)]
pub struct Requests {
    pub calls: Vec<Call>,
    pub creates: Vec<CreateCollection>,
    pub updates: Vec<UpdateCollection>,
    pub indexes: Vec<CreateFieldIndexCollection>,
    pub upserts: Vec<UpsertPoints>,
    pub deletes: Vec<DeletePoints>,
    pub batches: Vec<UpdateBatchPoints>,
    pub gets: Vec<GetPoints>,
    pub scrolls: Vec<ScrollPoints>,
    pub counts: Vec<CountPoints>,
    pub queries: Vec<QueryPoints>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub name: &'static str,
    pub api_key: Option<String>,
    /// As it stands in the header: a number and a unit.
    pub timeout: Option<String>,
}

/// A collection as it was made and changed.
#[derive(Debug, Clone)]
struct Collection {
    made: CreateCollection,
    indexes: HashMap<String, CreateFieldIndexCollection>,
    /// How often it still says that it is rewriting segments.
    rewriting: usize,
}

#[derive(Default)]
struct State {
    requests: Requests,
    faults: VecDeque<Fault>,
    always: Option<Fault>,
    api_key: Option<String>,
    version: Option<String>,
    /// How often a collection says that it is rewriting segments, after it was asked to.
    rewriting_answers: usize,
    collections: HashMap<String, Collection>,
}

/// What outlives a restart.
struct Shared {
    /// `None` where a test is over before points are asked for: opening takes a while.
    points: Option<EdgeStore>,
    state: Mutex<State>,
    vector_size: usize,
    _folder: TempDir,
}

impl Shared {
    fn points(&self) -> Result<&EdgeStore, Status> {
        self.points.as_ref().ok_or_else(|| Status::unimplemented("this server has no points"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct FakeQdrant {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// While it is up.
    running: Option<Runtime>,
}

impl FakeQdrant {
    /// A server on a free port.
    pub async fn start(vector_size: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // It dies with the test, so nothing has to reach the disk.
        let durability = Durability::Timer(Duration::from_secs(3_600));
        let options = EdgeOptions { durability, ..EdgeOptions::new(vector_size) };
        let points = EdgeStore::open(folder.path(), options).expect("it opens");
        Self::start_with(vector_size, Some(points), folder).await
    }

    /// One that can be connected to, and keeps no points.
    pub async fn start_without_points(vector_size: usize) -> Self {
        Self::start_with(vector_size, None, tempfile::tempdir().expect("a folder")).await
    }

    async fn start_with(vector_size: usize, points: Option<EdgeStore>, folder: TempDir) -> Self {
        let shared = Arc::new(Shared { points, state: Mutex::default(), vector_size, _folder: folder });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        drop(listener);
        let mut fake = Self { shared, address, running: None };
        fake.come_up().await;
        fake
    }

    /// Listen again, on the same port and with the same points.
    pub async fn come_up(&mut self) {
        // A runtime of its own, because nothing else cuts off what is under way, as the death of a process does.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let shared = self.shared.clone();
        let address = self.address;
        let (listening, listens) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let listener = TcpListener::bind(address).await.expect("the port is still free");
            listening.send(()).expect("somebody waits");
            let service = Service(shared);
            let served = Server::builder()
                .add_service(PointsServer::new(service.clone()).max_decoding_message_size(usize::MAX))
                .add_service(CollectionsServer::new(service.clone()))
                .add_service(QdrantServer::new(service))
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await;
            served.expect("it serves");
        });
        listens.await.expect("it listens");
        self.running = Some(runtime);
    }

    /// As if its process were killed: connections break, calls under way end without an answer.
    pub fn die(&mut self) {
        if let Some(runtime) = self.running.take() {
            // Waiting is not allowed on a thread that runs tasks; afterwards the port is free.
            let dying = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(10)));
            dying.join().expect("it dies");
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn options(&self) -> RemoteOptions {
        RemoteOptions {
            url: self.url(),
            api_key: ApiKey::default(),
            collection_prefix: PREFIX.to_owned(),
            vector_size: self.shared.vector_size,
            timeouts: Timeouts::default(),
            shards: None,
            replicas: 1,
            write_consistency: 1,
            quantisation: Quantisation::Int8,
            on_disk: true,
        }
    }

    /// The next calls for points fail like this, one after the other.
    pub fn fail_next(&self, faults: &[Fault]) {
        self.shared.state().faults.extend(faults);
    }

    /// All calls for points fail like this, or none.
    pub fn fail_always(&self, fault: Option<Fault>) {
        self.shared.state().always = fault;
    }

    pub fn require_api_key(&self, key: &str) {
        self.shared.state().api_key = Some(key.to_owned());
    }

    pub fn pretend_version(&self, version: &str) {
        self.shared.state().version = Some(version.to_owned());
    }

    pub fn rewrite_for(&self, answers: usize) {
        self.shared.state().rewriting_answers = answers;
    }

    /// As somebody else made it.
    pub fn make_collection(&self, made: CreateCollection) {
        let name = made.collection_name.clone();
        self.shared.state().collections.insert(name, Collection { made, indexes: HashMap::new(), rewriting: 0 });
    }

    /// As if somebody had deleted it.
    pub fn lose_collection(&self, name: &str) {
        self.shared.state().collections.remove(name);
    }

    /// What was asked since the last time.
    pub fn take_requests(&self) -> Requests {
        std::mem::take(&mut self.shared.state().requests)
    }
}

impl Drop for FakeQdrant {
    fn drop(&mut self) {
        self.die();
    }
}
