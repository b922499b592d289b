//! Web hooks: what a real, small HTTP server receives of the inbox, when it is there and when it is not.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use klartext_proto::v1::insight_service_client::InsightServiceClient;
use klartext_proto::v1::{self, Comment, Scores, Undelivered};
use klartext_server::inbox::hooks::signature;
use klartext_server::ops::config::{HookConfig, HookSecret, InboxConfig};
use serde_json::Value;
use support::{TestServer, comment};
use tempfile::TempDir;
use tokio::sync::mpsc;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Answered with this status, a target is away: see [`Target::answer_with`].
const AWAY: u16 = 503;

/// What a target was sent.
#[derive(Debug, Clone)]
struct Message {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Message {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("it is JSON")
    }

    fn assert_signed(&self) {
        let key = HookSecret::new(SECRET).key().expect("it is one");
        let timestamp = self.headers["webhook-timestamp"].parse().expect("it is a number");
        let expected = signature(&key, &self.headers["webhook-id"], timestamp, &self.body);
        assert_eq!(self.headers["webhook-signature"], expected);
    }
}

/// A system that takes messages, or refuses them.
struct Target {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    messages: mpsc::UnboundedReceiver<Message>,
}

impl Target {
    fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let status = Arc::new(AtomicU16::new(status));
        let (sender, messages) = mpsc::unbounded_channel();
        let answered = status.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let message = answer(stream, &answered);
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { address, status, messages }
    }

    fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    async fn next(&mut self) -> Message {
        self.messages.recv().await.expect("it goes on")
    }
}

fn answer(stream: TcpStream, status: &AtomicU16) -> Message {
    let mut reader = BufReader::new(stream.try_clone().expect("it is a stream"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header");
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length: usize = headers["content-length"].parse().expect("a number");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let status = status.load(Ordering::SeqCst);
    let reply = format!(
        "HTTP/1.1 {status} -\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    (&stream).write_all(reply.as_bytes()).expect("an answer");
    Message { headers, body: String::from_utf8(body).expect("text") }
}

fn config(target: &Target, hook: HookConfig) -> InboxConfig {
    let hook = HookConfig { url: format!("http://{}/hook", target.address), secret: HookSecret::new(SECRET), ..hook };
    InboxConfig {
        hooks: BTreeMap::from([("crm".to_owned(), hook)]),
        hook_attempts: 2,
        hook_first_pause: Duration::from_millis(10),
        ..InboxConfig::default()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn complaint(external_id: &str, touchpoint: &str) -> Comment {
    Comment {
        external_id: external_id.to_owned(),
        touchpoint: touchpoint.to_owned(),
        scores: Some(Scores { nps: Some(0.0), ..Scores::default() }),
        ..comment("Das war wirklich schlecht, Frau Eberhardine Quast, ich bin sehr enttäuscht.")
    }
}

async fn undelivered(server: &TestServer) -> Vec<Undelivered> {
    let mut client = InsightServiceClient::new(server.channel.clone());
    let found = client.list_undelivered(v1::ListUndeliveredRequest::default()).await.expect("they are listed");
    found.into_inner().undelivered
}

async fn redeliver(server: &TestServer, request: v1::RedeliverRequest) -> (u64, u64) {
    let mut client = InsightServiceClient::new(server.channel.clone());
    let done = client.redeliver(request).await.expect("it is tried").into_inner();
    (done.delivered, done.still_undelivered)
}

/// Waits until a hook has given something up.
async fn given_up(server: &TestServer, count: usize) -> Vec<Undelivered> {
    loop {
        let found = undelivered(server).await;
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_comes_back_gets_the_same_signed_message_again() {
    let mut target = Target::start(AWAY);
    let hook = HookConfig { owners: vec!["Fundservice".to_owned()], ..HookConfig::default() };
    let server =
        TestServer::start_with_inbox(folder(), InboxConfig { hook_attempts: 50, ..config(&target, hook) }).await;
    server.analyze(vec![complaint("1", "refund"), complaint("2", "lost-property")], true).await;
    let first = target.next().await;
    first.assert_signed();
    target.answer_with(200);
    let again = target.next().await;
    again.assert_signed();
    assert_eq!(first.headers["webhook-id"], again.headers["webhook-id"]);
    assert_eq!(first.body, again.body);
    let body = again.json();
    assert_eq!(body["type"], "inbox_item.open");
    assert_eq!(body["data"]["owner"], "Fundservice", "of others it hears nothing");
    let quoted = body["data"]["evidence"][0]["text"].as_str().expect("a text");
    assert!(quoted.contains("[Name]") && !again.body.contains("Quast"), "{quoted}");
    assert!(undelivered(&server).await.is_empty());

    let item_id = body["data"]["itemId"].as_str().expect("an id").to_owned();
    let request = v1::AcknowledgeInboxItemRequest { item_id, by: "anna".to_owned(), ..Default::default() };
    InsightServiceClient::new(server.channel.clone()).acknowledge(request).await.expect("it is open");
    // A delivery whose answer was lost may come a third time.
    let mut changed = target.next().await;
    while changed.headers["webhook-id"] == first.headers["webhook-id"] {
        changed = target.next().await;
    }
    assert_eq!(changed.json()["type"], "inbox_item.acknowledged");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_listed_and_sent_again() {
    let mut target = Target::start(302);
    let server = TestServer::start_with_inbox(folder(), config(&target, HookConfig::default())).await;
    server.analyze(vec![complaint("1", "refund"), complaint("2", "lost-property")], true).await;
    let given_up = given_up(&server, 2).await;
    for entry in &given_up {
        assert_eq!((entry.hook.as_str(), entry.attempts, entry.error.as_str()), ("crm", 2, "status 302"));
    }
    for _ in 0..4 {
        target.next().await;
    }
    assert_eq!(redeliver(&server, v1::RedeliverRequest::default()).await, (0, 2), "the second waits for another time");
    target.next().await;
    target.answer_with(204);
    let one = v1::RedeliverRequest { delivery_ids: vec![given_up[0].delivery_id.clone()], ..Default::default() };
    assert_eq!(redeliver(&server, one).await, (1, 0));
    assert_eq!(target.next().await.headers["webhook-id"], given_up[0].delivery_id);

    // What concerns a deleted comment is not told any more, and leaves the list with it.
    let item = target_item(&server, &given_up[1]).await;
    let by_id = v1::GetCommentRequest { by: Some(v1::get_comment_request::By::CommentId(item.comment_id)) };
    let by = v1::delete_comments_request::By::Ids(v1::CommentIds { ids: vec![by_id] });
    let request = v1::DeleteCommentsRequest { by: Some(by), dry_run: false };
    server.comments.clone().delete(request).await.expect("it is deleted");
    assert!(undelivered(&server).await.is_empty());
    assert_eq!(redeliver(&server, v1::RedeliverRequest::default()).await, (0, 0));
    server.stop().await;
}

async fn target_item(server: &TestServer, undelivered: &Undelivered) -> v1::InboxItem {
    let request = v1::GetInboxItemRequest { item_id: undelivered.item_id.clone() };
    InsightServiceClient::new(server.channel.clone()).get(request).await.expect("it is there").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_goes_on_after_a_restart_where_it_was() {
    let mut target = Target::start(200);
    let settings = config(&target, HookConfig::default());
    let server = TestServer::start_with_inbox(folder(), settings.clone()).await;
    server.insight(complaint("1", "refund"), true).await;
    let first = target.next().await;
    target.answer_with(AWAY);
    server.insight(complaint("2", "refund"), true).await;
    target.next().await;
    // Not given up yet, or given up: either way it is not forgotten.
    let folder = server.stop().await;

    target.answer_with(200);
    let patient = InboxConfig { hook_attempts: 50, ..settings };
    let server = TestServer::start_with_inbox(folder, patient).await;
    let third = server.insight(complaint("3", "refund"), true).await.comment_id;
    redeliver(&server, v1::RedeliverRequest::default()).await;
    let mut delivered = vec![first.json()["data"]["commentId"].clone()];
    while delivered.last() != Some(&Value::from(third.clone())) {
        delivered.push(target.next().await.json()["data"]["commentId"].clone());
    }
    delivered.dedup();
    let different: std::collections::BTreeSet<String> = delivered.iter().map(Value::to_string).collect();
    assert_eq!(different.len(), 3, "{delivered:?}");
    server.stop().await;
}
