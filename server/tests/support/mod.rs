//! Starts the real service on a free port: in this process, or the binary.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod pain_points;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use klartext_models::VECTOR_SIZE;
use klartext_models::bundle::{Bundle, default_cache_dir};
use klartext_models::encoder::{EncoderOptions, Precision};
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::system_service_client::SystemServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, AnalyzeResult, Comment, ExportCommentsRequest, Insight, ItemError, Mention, Polarity,
    StoredComment, analyze_result,
};
use klartext_server::journey::{JourneyRegistry, SHIPPED, parse};
use klartext_server::ops::config::{InboxConfig, LimitsConfig, PainPointsConfig};
use klartext_server::ops::metrics::{CallMetrics, HookMetrics};
use klartext_server::ops::readiness::Readiness;
use klartext_server::pipeline::{Engine, Pipeline};
use klartext_server::rpc::{Services, serve};
use klartext_server::store::Store;
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, oneshot};
use tonic::transport::Channel;

/// The model and the learnt journeys, once per test binary.
type LoadedEngine = (Arc<Engine>, JourneyRegistry);
static ENGINE: OnceCell<LoadedEngine> = OnceCell::const_new();
static EXACT_ENGINE: OnceCell<LoadedEngine> = OnceCell::const_new();

pub async fn engine() -> &'static LoadedEngine {
    ENGINE.get_or_init(|| load(EncoderOptions::default())).await
}

/// In float32, where an answer does not depend on which comments share a batch.
async fn exact_engine() -> &'static LoadedEngine {
    let options = EncoderOptions { precision: Precision::Float32, ..EncoderOptions::default() };
    EXACT_ENGINE.get_or_init(|| load(options)).await
}

async fn load(options: EncoderOptions) -> LoadedEngine {
    let bundle = Bundle::open(&Bundle::folder_in(&default_cache_dir()))
        .unwrap_or_else(|error| panic!("the tests need the model: {error}"));
    let engine = Engine::load(&bundle, options).await.expect("the model loads");
    let mut journeys = Vec::new();
    for (file, yaml) in SHIPPED {
        let journey = parse(file, yaml).expect("shipped journeys are valid");
        journeys.push(engine.register(journey, None).await.expect("it can be learnt"));
    }
    let registry = JourneyRegistry::new(journeys, "public-transport").expect("it is there");
    (Arc::new(engine), registry)
}

/// Tests run side by side in front of one model: only those that are about overload are refused.
pub fn patient_limits() -> LimitsConfig {
    LimitsConfig { max_queue_wait: Duration::from_secs(3_600), ..LimitsConfig::default() }
}

/// What tests set otherwise than the shipped configuration.
struct Settings {
    /// Another one than [`engine`].
    engine: Option<Arc<Engine>>,
    inbox: InboxConfig,
    pain_points: PainPointsConfig,
}

impl Default for Settings {
    fn default() -> Self {
        // Pain points are measured again soon.
        let pain_points = PainPointsConfig { refresh_every: Duration::from_millis(200), ..PainPointsConfig::default() };
        Self { engine: None, inbox: InboxConfig::default(), pain_points }
    }
}

/// A running service with a data folder of its own.
pub struct TestServer {
    pub analysis: AnalysisServiceClient<Channel>,
    pub comments: CommentServiceClient<Channel>,
    pub system: SystemServiceClient<Channel>,
    pub channel: Channel,
    pub address: SocketAddr,
    pub store: Arc<dyn Store>,
    pub pipeline: Arc<Pipeline>,
    pub folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: tokio::task::JoinHandle<anyhow::Result<()>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(patient_limits()).await
    }

    /// In float32: answers are the same whatever they are encoded with.
    pub async fn start_exact() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
        let (engine, journeys) = exact_engine().await;
        let settings = Settings { engine: Some(engine.clone()), ..Settings::default() };
        Self::start_with_settings(Arc::new(store), folder, patient_limits(), journeys.clone(), settings).await
    }

    pub async fn start_with(limits: LimitsConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
        Self::start_on(Arc::new(store), folder, limits).await
    }

    pub async fn start_on(store: Arc<dyn Store>, folder: TempDir, limits: LimitsConfig) -> Self {
        let (_, journeys) = engine().await;
        Self::start_with_journeys(store, folder, limits, journeys.clone()).await
    }

    pub async fn start_with_pain_points(pain_points: PainPointsConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
        let (_, journeys) = engine().await;
        let settings = Settings { pain_points, ..Settings::default() };
        Self::start_with_settings(Arc::new(store), folder, patient_limits(), journeys.clone(), settings).await
    }

    /// With other journeys than the shipped ones.
    pub async fn start_with_journeys(
        store: Arc<dyn Store>,
        folder: TempDir,
        limits: LimitsConfig,
        journeys: JourneyRegistry,
    ) -> Self {
        Self::start_with_settings(store, folder, limits, journeys, Settings::default()).await
    }

    /// With other settings of the inbox, on a folder that may hold something.
    pub async fn start_with_inbox(folder: TempDir, inbox: InboxConfig) -> Self {
        let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
        let (_, journeys) = engine().await;
        let settings = Settings { inbox, ..Settings::default() };
        Self::start_with_settings(Arc::new(store), folder, patient_limits(), journeys.clone(), settings).await
    }

    async fn start_with_settings(
        store: Arc<dyn Store>,
        folder: TempDir,
        limits: LimitsConfig,
        journeys: JourneyRegistry,
        settings: Settings,
    ) -> Self {
        let engine = match settings.engine {
            Some(other) => other,
            None => engine().await.0.clone(),
        };
        let pipeline = Pipeline::new(engine, journeys, Some(store.clone()), limits.clone());
        let pipeline = Arc::new(pipeline.with_inbox_rules(settings.inbox.rules()));
        let services = Services {
            pipeline: pipeline.clone(),
            store: store.clone(),
            readiness: Readiness::default(),
            calls: CallMetrics::default(),
            hooks: HookMetrics::default(),
            inbox: settings.inbox,
            pain_points: settings.pain_points,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let drain = Duration::from_secs(20);
            serve(listener, services, &limits, drain, async move { drop(stopped.await) }).await
        });
        let channel = connect(&format!("http://{address}")).await;
        Self {
            analysis: AnalysisServiceClient::new(channel.clone()).max_decoding_message_size(usize::MAX),
            comments: CommentServiceClient::new(channel.clone()),
            system: SystemServiceClient::new(channel.clone()),
            channel,
            address,
            store,
            pipeline,
            folder,
            stop: Some(stop),
            running,
        }
    }

    /// Ask the service to stop, and wait until it has.
    pub async fn stop(mut self) -> TempDir {
        drop(self.stop.take());
        self.running.await.expect("it does not panic").expect("it stops cleanly");
        self.folder
    }

    pub async fn analyze(&self, comments: Vec<Comment>, store: bool) -> Vec<AnalyzeResult> {
        let request = AnalyzeRequest { comments, store, analyses: Vec::new() };
        self.analysis.clone().analyze(request).await.expect("the call succeeds").into_inner().results
    }

    /// All stored comments, in the order of ids.
    pub async fn everything(&self) -> Vec<StoredComment> {
        let mut stream = self.comments.clone().export(ExportCommentsRequest::default()).await.expect("it exports");
        let mut stored = Vec::new();
        while let Some(message) = stream.get_mut().message().await.expect("it goes on") {
            stored.extend(message.comment);
        }
        stored
    }

    /// The insight of a single, valid comment.
    pub async fn insight(&self, comment: Comment, store: bool) -> Insight {
        insight(self.analyze(vec![comment], store).await.remove(0))
    }
}

/// What an answer adds to NPS.
pub fn net_promoter(nps: f64) -> f64 {
    match nps {
        9.0.. => 100.0,
        ..=6.0 => -100.0,
        _ => 0.0,
    }
}

/// -100, 0 or 100.
pub fn net_sentiment(mention: &Mention) -> f64 {
    match mention.sentiment.as_ref().expect("it has one").polarity() {
        Polarity::Positive => 100.0,
        Polarity::Negative => -100.0,
        _ => 0.0,
    }
}

pub async fn connect(address: &str) -> Channel {
    let endpoint = tonic::transport::Endpoint::from_shared(address.to_owned()).expect("an address");
    endpoint.connect().await.expect("the service accepts connections")
}

pub fn comment(text: &str) -> Comment {
    Comment { text: text.to_owned(), source: "test".to_owned(), ..Comment::default() }
}

pub fn insight(result: AnalyzeResult) -> Insight {
    match result.outcome.expect("there is an outcome") {
        analyze_result::Outcome::Insight(insight) => insight,
        analyze_result::Outcome::Error(error) => panic!("refused: {}", error.message),
    }
}

pub fn item_error(result: AnalyzeResult) -> ItemError {
    match result.outcome.expect("there is an outcome") {
        analyze_result::Outcome::Insight(_) => panic!("it should have been refused"),
        analyze_result::Outcome::Error(error) => error,
    }
}

/// The binary as a user starts it.
pub struct Process {
    /// Of the gRPC service and of the HTTP pages, as URLs.
    pub address: String,
    pub http: String,
    /// What it has written to standard output so far, line by line.
    pub printed: Arc<Mutex<Vec<String>>>,
    child: Child,
}

pub fn klartext() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klartext"));
    command.env_remove("KLARTEXT_CONFIG").env_remove("KLARTEXT_SERVER");
    command
}

impl Process {
    /// `klartext serve` on free ports; returns when it says where it listens.
    pub fn serve(data: &Path, extra: &[&str]) -> Self {
        Self::serve_with(data, extra, |_| {})
    }

    /// The same, with changes to the command: for example where its log goes.
    pub fn serve_with(data: &Path, extra: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = klartext();
        command.args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http=127.0.0.1:0", "--data"]).arg(data);
        command.args(extra).stdout(Stdio::piped()).stderr(Stdio::inherit());
        change(&mut command);
        let mut child = command.spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let printed = Arc::new(Mutex::new(Vec::new()));
        let keep = |line: String, printed: &Mutex<Vec<String>>| printed.lock().expect("nobody panics").push(line);
        let listening = lines
            .by_ref()
            .inspect(|line| keep(line.clone(), &printed))
            .find(|line| line.contains("listens on http://"))
            .expect("it says where it listens");
        let mut addresses = listening.split_whitespace().filter(|word| word.starts_with("http://")).map(str::to_owned);
        let address = addresses.next().expect("of the gRPC service");
        let http = addresses.next().unwrap_or_default();
        // Keep reading, so that the service never blocks on a full pipe.
        let read_on = printed.clone();
        std::thread::spawn(move || lines.for_each(|line| keep(line, &read_on)));
        Self { address, http, printed, child }
    }

    /// Its log, when standard error is piped.
    pub fn take_log(&mut self) -> ChildStderr {
        self.child.stderr.take().expect("it is piped")
    }

    pub fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
    }

    /// SIGTERM, and the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
        self.child.wait().expect("it stops").code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that failed must not leave a service behind; one that is gone already does not mind.
        drop(self.child.kill());
    }
}

pub fn write_file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("it can be written");
    path
}

/// The files below `folder` that contain the word, in any case of letters.
pub fn files_with(folder: &Path, word: &str) -> Vec<PathBuf> {
    let word = word.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A file may be on its way out while the service runs.
        let entries = std::fs::read_dir(&folder).into_iter().flatten().map_while(Result::ok);
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(content) = std::fs::read(&path) {
                // What is no UTF-8 around a word does not hide it.
                if String::from_utf8_lossy(&content.to_ascii_lowercase()).contains(&word) {
                    found.push(path);
                }
            }
        }
    }
    found
}

/// What a process writes to standard error, as it comes.
pub struct Log {
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Log {
    fn follow(stderr: ChildStderr) -> Log {
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Log { lines, seen: Vec::new() }
    }

    /// Blocks until a line contains this.
    pub fn wait_for(&mut self, message: &str) {
        while !self.seen.last().is_some_and(|line| line.contains(message)) {
            let line = self.lines.recv().unwrap_or_else(|_| panic!("it ended without {message:?}: {:?}", self.seen));
            self.seen.push(line);
        }
    }

    /// Everything up to the end of the process.
    pub fn all(mut self) -> Vec<String> {
        self.seen.extend(self.lines.iter());
        self.seen
    }
}

/// The binary with a log of everything, in a folder for temporary files of its own.
pub fn serve_with_log(data: &Path, temporary: &Path, settings: &[&str]) -> (Process, Log) {
    let settings = settings.iter().chain(&["log.filter=debug"]).flat_map(|setting| ["--set", *setting]);
    let mut process = Process::serve_with(data, &settings.collect::<Vec<_>>(), |command| {
        command.stderr(Stdio::piped()).env("TMPDIR", temporary).current_dir(temporary);
    });
    let log = Log::follow(process.take_log());
    (process, log)
}
