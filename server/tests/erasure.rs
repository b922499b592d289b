//! After an erasure nothing of a subject is left: not in the store, not in a file, not in a log; whatever happens in
//! between.

mod support;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, AttributeValue, Comment, CommentFilter, CorrectMentionRequest, EraseSubjectRequest,
    EraseSubjectResponse, GetRescoringRequest, Insight, ListCommentsRequest, MentionRef, Polarity, RescoringState,
    StartRescoringRequest, StoreOutcome, StoredComment, analysis_service_client::AnalysisServiceClient,
    attribute_value, correct_mention_request, rescoring_service_client::RescoringServiceClient,
};
use klartext_server::ops::config::LimitsConfig;
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::{
    Compaction, FieldValue, Filter, Kind, Order, Point, ScoredPoint, Store, StoreError, Write, due_erasures,
};
use support::{TestServer, comment, connect, files_with, insight, serve_with_log};
use tokio::sync::{Semaphore, watch};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

/// Words that nothing else contains; they stand in what is to be erased.
const ERASED: [&str; 5] = ["Quarzlibelle", "Zinnoberfalke", "Kupferqualle", "Moosagame", "Opalmarder"];
const KEPT: &str = "Bernsteinwolf";

async fn store(channel: &Channel, comments: Vec<Comment>) -> Vec<Insight> {
    let request = AnalyzeRequest { comments, store: true, analyses: vec![] };
    let response = AnalysisServiceClient::new(channel.clone()).analyze(request).await.expect("it is stored");
    response.into_inner().results.into_iter().map(insight).collect()
}

async fn erase(channel: Channel, subject: &str) -> Result<EraseSubjectResponse, Status> {
    let request = EraseSubjectRequest { subject: subject.to_owned() };
    CommentServiceClient::new(channel).erase(request).await.map(tonic::Response::into_inner)
}

async fn everything(channel: &Channel) -> Vec<StoredComment> {
    let request = ListCommentsRequest { page_size: 1000, filter: Some(CommentFilter::default()), ..Default::default() };
    let client = CommentServiceClient::new(channel.clone()).max_decoding_message_size(usize::MAX);
    client.clone().list(request).await.expect("it is listed").into_inner().comments
}

/// Re-scores and waits for the end.
async fn rescore(channel: &Channel, filter: CommentFilter) {
    let mut client = RescoringServiceClient::new(channel.clone());
    let request = StartRescoringRequest { filter: Some(filter), request_id: String::new() };
    let rescoring_id = client.start(request).await.expect("it begins").into_inner().rescoring_id;
    let mut states = client.watch(GetRescoringRequest { rescoring_id }).await.expect("it is watched").into_inner();
    let mut last = RescoringState::Running;
    while let Some(state) = states.message().await.expect("it goes on") {
        last = state.state();
    }
    assert_eq!(last, RescoringState::Done);
}

fn about(subject: &str, external_id: &str, text: &str) -> Comment {
    Comment { subject: subject.to_owned(), external_id: external_id.to_owned(), ..comment(text) }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_subject_is_left_in_any_file_or_log() {
    let (data, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (process, log) = serve_with_log(data.path(), temporary.path(), &[]);
    let channel = connect(&process.address).await;
    let [subject, first_text, second_text, question, attribute] = ERASED;

    let attribute_value =
        AttributeValue { value: Some(attribute_value::Value::Text(format!("Stichwort {attribute}"))) };
    let first = Comment {
        question: format!("Was war mit {question}?"),
        attributes: [("note".to_owned(), attribute_value)].into(),
        ..about(subject, "1", &format!("Der {first_text} im Zug war sehr freundlich. Der Automat war kaputt."))
    };
    let kept = about("person-b", "kept", &format!("Der {KEPT} im Bus war laut. Die Fahrt war pünktlich."));
    // Stored, replaced, sent again, corrected.
    store(&channel, vec![first.clone(), kept, about(subject, "2", "Alles gut, danke.")]).await;
    let replaced = Comment { text: format!("Der {second_text} fuhr nicht mit. Die Tür klemmte."), ..first };
    let stored = store(&channel, vec![replaced.clone()]).await.remove(0);
    assert_eq!(stored.store_outcome(), StoreOutcome::Replaced);
    assert_eq!(store(&channel, vec![replaced]).await[0].store_outcome(), StoreOutcome::Unchanged);
    let correction = CorrectMentionRequest {
        mention: Some(MentionRef { comment_id: stored.comment_id.clone(), index: 0 }),
        label: Some(correct_mention_request::Label::Sentiment(Polarity::Positive.into())),
        corrected_by: "a.meyer".to_owned(),
    };
    CommentServiceClient::new(channel.clone()).correct(correction).await.expect("it is corrected");
    let filter = CommentFilter { subjects: vec![subject.to_owned()], ..CommentFilter::default() };
    rescore(&channel, filter).await;
    let kept_before: Vec<StoredComment> = of_subject(everything(&channel).await, "person-b");
    for word in ERASED.into_iter().chain([KEPT]) {
        assert!(!files_with(data.path(), word).is_empty(), "{word} was in no file to begin with");
    }

    let erased = erase(channel.clone(), subject).await.expect("it is erased");
    assert_eq!(erased, EraseSubjectResponse { comments: 2, mentions: erased.mentions, files_rewritten: true });
    assert!(erased.mentions >= 3);
    for word in ERASED {
        assert_eq!(files_with(data.path(), word), Vec::<PathBuf>::new(), "{word}");
        assert_eq!(files_with(temporary.path(), word), Vec::<PathBuf>::new(), "{word}");
    }
    assert!(!files_with(data.path(), KEPT).is_empty());
    assert_eq!(everything(&channel).await, kept_before, "the other subject's comments are as they were");
    let again = erase(channel.clone(), subject).await.expect("a subject without comments is no error");
    assert_eq!(again, EraseSubjectResponse { comments: 0, mentions: 0, files_rewritten: true });

    drop(channel);
    let printed = process.printed.clone();
    assert_eq!(process.terminate(), Some(0));
    let told: Vec<String> = log.all().into_iter().chain(printed.lock().expect("nobody panics").clone()).collect();
    assert!(told.iter().any(|line| line.contains("erasure finished")));
    for word in ERASED.into_iter().chain([KEPT]) {
        let leak = told.iter().find(|line| line.to_lowercase().contains(&word.to_lowercase()));
        assert_eq!(leak, None, "{word}");
        let is_kept = word == KEPT;
        assert_eq!(!files_with(data.path(), word).is_empty(), is_kept, "{word} after the end of the service");
    }
}

fn of_subject(comments: Vec<StoredComment>, subject: &str) -> Vec<StoredComment> {
    comments
        .into_iter()
        .filter(|stored| stored.comment.as_ref().is_some_and(|comment| comment.subject == subject))
        .collect()
}

/// How often the kill may come too late before the test gives up.
const ATTEMPTS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_a_kill_cut_off_is_finished_after_the_restart() {
    let (data, temporary) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let word = ERASED[0];
    let mut was_cut_off = false;
    for attempt in 0..ATTEMPTS {
        let (process, mut log) = serve_with_log(data.path(), temporary.path(), &[]);
        let channel = connect(&process.address).await;
        let doomed = |number: usize| {
            about(word, &format!("{attempt}-{number}"), &format!("Die {word} {number} kam zu spät. Der Bus war voll."))
        };
        let kept = |number: usize| about("person-b", &format!("kept-{number}"), &format!("Gleis {number} war sauber."));
        store(&channel, (0..30).map(doomed).chain((0..30).map(kept)).collect()).await;
        let call = tokio::spawn(async move { erase(channel, word).await });
        log.wait_for("deleted what was stored about a subject");
        process.kill();
        drop(call.await);
        let store = EdgeStore::open(data.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
        let due = due_erasures(&store).await.expect("it is read");
        store.close().await.expect("it closes");
        was_cut_off = !due.is_empty() && !files_with(data.path(), word).is_empty();
        if was_cut_off {
            break;
        }
    }
    assert!(was_cut_off, "the kill never came before the end of the rewriting");

    let (process, mut log) = serve_with_log(data.path(), temporary.path(), &[]);
    log.wait_for("finished erasures that had been cut off");
    assert_eq!(files_with(data.path(), word), Vec::<PathBuf>::new());
    let left = everything(&connect(&process.address).await).await;
    assert_eq!((left.len(), of_subject(left, "person-b").len()), (30, 30));
    assert_eq!(process.terminate(), Some(0));
    assert_eq!(files_with(data.path(), word), Vec::<PathBuf>::new());
}

/// The embedded store, whose rewriting waits at a gate, or fails.
struct GatedStore {
    inner: EdgeStore,
    gate: Semaphore,
    failing: AtomicBool,
    /// How many rewritings were asked for.
    begun: watch::Sender<usize>,
}

impl GatedStore {
    fn open(folder: &Path) -> Arc<GatedStore> {
        let inner = EdgeStore::open(folder, EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
        Arc::new(GatedStore {
            inner,
            gate: Semaphore::new(0),
            failing: AtomicBool::new(false),
            begun: watch::Sender::new(0),
        })
    }

    async fn begun(&self, count: usize) {
        self.begun.subscribe().wait_for(|begun| *begun >= count).await.expect("it is still there");
    }

    async fn no_erasure_is_due(&self) {
        while !due_erasures(&self.inner).await.expect("it is read").is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait::async_trait]
impl Store for GatedStore {
    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.inner.write(writes).await
    }

    async fn get(&self, kind: Kind, ids: Vec<Uuid>, with_vectors: bool) -> Result<Vec<Point>, StoreError> {
        self.inner.get(kind, ids, with_vectors).await
    }

    async fn matching(&self, kind: Kind, filter: Filter, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, StoreError> {
        self.inner.matching(kind, filter, ids).await
    }

    async fn scroll(
        &self,
        kind: Kind,
        filter: Filter,
        from: Option<Uuid>,
        limit: usize,
        with_vectors: bool,
    ) -> Result<(Vec<Point>, Option<Uuid>), StoreError> {
        self.inner.scroll(kind, filter, from, limit, with_vectors).await
    }

    async fn scroll_by(
        &self,
        kind: Kind,
        filter: Filter,
        order: Order,
        limit: usize,
        with_vectors: bool,
    ) -> Result<Vec<Point>, StoreError> {
        self.inner.scroll_by(kind, filter, order, limit, with_vectors).await
    }

    async fn search(
        &self,
        kind: Kind,
        vector: Vec<f32>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ScoredPoint>, StoreError> {
        self.inner.search(kind, vector, filter, offset, limit).await
    }

    async fn count(&self, kind: Kind, filter: Filter) -> Result<u64, StoreError> {
        self.inner.count(kind, filter).await
    }

    async fn count_by(
        &self,
        kind: Kind,
        field: &'static str,
        filter: Filter,
    ) -> Result<Vec<(FieldValue, u64)>, StoreError> {
        self.inner.count_by(kind, field, filter).await
    }

    async fn compact(&self) -> Result<Compaction, StoreError> {
        self.begun.send_modify(|begun| *begun += 1);
        self.gate.acquire().await.expect("it stays open").forget();
        if self.failing.load(Ordering::SeqCst) {
            return Err(StoreError::Write { reason: "no room on the disk".to_owned() });
        }
        self.inner.compact().await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.inner.ready().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

/// A server on a gated store, with one comment about each of so many people.
async fn gated(people: usize) -> (TestServer, Arc<GatedStore>) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = GatedStore::open(folder.path());
    // At the start nothing is due, and nothing is rewritten.
    let server = TestServer::start_on(store.clone(), folder, LimitsConfig::default()).await;
    let comments = (0..people).map(|number| about(&format!("person-{number}"), "1", "Der Bus war voll.")).map(|sent| {
        let external_id = sent.subject.clone();
        Comment { external_id, ..sent }
    });
    server.analyze(comments.collect(), true).await;
    (server, store)
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_stop_an_erasure() {
    let (server, store) = gated(1).await;
    let call = tokio::spawn(erase(server.channel.clone(), "person-0"));
    store.begun(1).await;
    call.abort();
    drop(call.await);
    assert_eq!(due_erasures(store.as_ref()).await.expect("it is read").len(), 1);
    store.gate.add_permits(1);
    store.no_erasure_is_due().await;
    assert!(everything(&server.channel).await.is_empty());
    assert_eq!(*store.begun.borrow(), 1);
    server.stop().await;
}

#[tokio::test]
async fn erasures_that_come_meanwhile_share_the_next_rewriting() {
    const PEOPLE: usize = 6;
    let (server, store) = gated(PEOPLE).await;
    let first = tokio::spawn(erase(server.channel.clone(), "person-0"));
    store.begun(1).await;
    let others: Vec<_> = (1..PEOPLE)
        .map(|number| {
            let channel = server.channel.clone();
            tokio::spawn(async move { erase(channel, &format!("person-{number}")).await })
        })
        .collect();
    while !everything(&server.channel).await.is_empty() {
        tokio::task::yield_now().await;
    }
    store.gate.add_permits(PEOPLE);
    for call in std::iter::once(first).chain(others) {
        let erased = call.await.expect("it ends").expect("it is erased");
        assert_eq!((erased.comments, erased.files_rewritten), (1, true));
    }
    let rewritings = *store.begun.borrow();
    assert!((2..PEOPLE).contains(&rewritings), "{rewritings} rewritings for {PEOPLE} erasures");
    assert!(due_erasures(store.as_ref()).await.expect("it is read").is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_rewriting_that_failed_stays_due_and_the_next_one_covers_it() {
    let (server, store) = gated(2).await;
    store.failing.store(true, Ordering::SeqCst);
    store.gate.add_permits(2);
    let status = erase(server.channel.clone(), "person-0").await.expect_err("its files could not be rewritten");
    assert_eq!(status.code(), Code::Unavailable);
    // The service itself tries again at once, and then waits a while.
    store.begun(2).await;
    assert_eq!(everything(&server.channel).await.len(), 1, "the deletion stays");
    assert_eq!(due_erasures(store.as_ref()).await.expect("it is read").len(), 1);
    store.failing.store(false, Ordering::SeqCst);
    store.gate.add_permits(1);
    erase(server.channel.clone(), "person-1").await.expect("it is erased");
    store.no_erasure_is_due().await;
    assert!(everything(&server.channel).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_subject_is_required_and_only_exactly_that_one_is_erased() {
    let server = TestServer::start().await;
    let like = ["person-1", "person-10", "Person-1", "person-1 "];
    let comments = like.iter().zip(1..).map(|(subject, number)| about(subject, &format!("{number}"), "Alles gut."));
    server.analyze(comments.chain([comment("Ohne Angabe.")]).collect(), true).await;
    for (subject, expected) in [("", "FIELD_MISSING"), (&*"x".repeat(257), "FIELD_TOO_LONG")] {
        let status = erase(server.channel.clone(), subject).await.expect_err("it is refused");
        let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
        assert_eq!((status.code(), reason.as_deref()), (Code::InvalidArgument, Some(expected)));
    }
    let erased = erase(server.channel.clone(), "person-1").await.expect("it is erased");
    assert_eq!((erased.comments, erased.mentions), (1, 1));
    assert_eq!(everything(&server.channel).await.len(), like.len());
    server.stop().await;
}
