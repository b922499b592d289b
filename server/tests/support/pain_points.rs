//! What tests of pain points begin with: comments, discoveries, and what they have found.

use std::collections::HashMap;
use std::sync::Arc;

use klartext_models::VECTOR_SIZE;
use klartext_proto::v1::pain_point_service_client::PainPointServiceClient;
use klartext_proto::v1::{
    self, Comment, CommentFilter, DiscoverRequest, Discovery, DiscoveryState, GetDiscoveryRequest, MentionFilter,
    PainPoint, PainPointMention, Polarity,
};
use klartext_server::insights::{AnalysedComment, analysed_comments, comment_id, writes};
use klartext_server::store::edge::{EdgeOptions, EdgeStore};
use klartext_server::store::paging::page_by_id;
use klartext_server::store::{Filter, Kind, Store as _};
use tempfile::TempDir;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use super::{TestServer, comment, insight, patient_limits};

const SAMPLES: &str = include_str!("../../assets/samples.jsonl");

pub type Client = PainPointServiceClient<Channel>;

pub fn client(server: &TestServer) -> Client {
    client_on(server.channel.clone())
}

pub fn client_on(channel: Channel) -> Client {
    PainPointServiceClient::new(channel).max_decoding_message_size(usize::MAX)
}

/// The sample comments, of five channels, a few customers and one a day.
pub fn samples() -> Vec<Comment> {
    let read = |(number, line): (usize, &str)| {
        let sample: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = sample["text"].as_str().expect("there is a text");
        Comment {
            external_id: number.to_string(),
            channel: (number % 5 + 1) as i32,
            subject: format!("customer-{}", number % 7),
            time: Some(prost_types::Timestamp { seconds: 1_767_225_600 + number as i64 * 86_400, nanos: 0 }),
            ..comment(text)
        }
    };
    SAMPLES.lines().enumerate().map(read).collect()
}

pub async fn import(server: &TestServer, comments: Vec<Comment>) {
    for batch in comments.chunks(128) {
        for result in server.analyze(batch.to_vec(), true).await {
            insight(result);
        }
    }
}

/// Until it has ended, however.
pub async fn discover(client: &Client, request: DiscoverRequest) -> Result<Discovery, Status> {
    let started = client.clone().discover(request).await?.into_inner();
    Ok(watch_to_end(client, &started.discovery_id).await)
}

pub fn by_id(discovery_id: &str) -> GetDiscoveryRequest {
    GetDiscoveryRequest { discovery_id: discovery_id.to_owned() }
}

pub async fn watch_to_end(client: &Client, id: &str) -> Discovery {
    let mut states = client.clone().watch_discovery(by_id(id)).await.expect("it is watched").into_inner();
    let mut last = None;
    while let Some(state) = states.message().await.expect("it goes on") {
        last = Some(state);
    }
    last.expect("there is a state")
}

/// Until a state of it is as wished. Such a state has to come.
pub async fn watch_until(client: &Client, id: &str, is_wished: impl Fn(&Discovery) -> bool) {
    let mut states = client.clone().watch_discovery(by_id(id)).await.expect("it is watched").into_inner();
    while let Some(state) = states.message().await.expect("it goes on") {
        if is_wished(&state) {
            return;
        }
    }
    panic!("it has ended");
}

async fn discover_in(client: &Client, request: DiscoverRequest) -> Discovery {
    let discovery = discover(client, request).await.expect("it starts");
    assert_eq!(discovery.state(), DiscoveryState::Done, "{}", discovery.error);
    discovery
}

/// Among negative mentions.
pub async fn discover_all(client: &Client) -> Discovery {
    discover_in(client, DiscoverRequest::default()).await
}

/// Among mentions of any sentiment.
pub async fn discover_everything(client: &Client) -> Discovery {
    discover_in(client, of_everything()).await
}

/// Mentions of any sentiment.
pub fn of_everything() -> DiscoverRequest {
    let sentiments = [Polarity::Negative, Polarity::Neutral, Polarity::Positive];
    let mention = MentionFilter { sentiments: sentiments.map(Into::into).to_vec(), ..MentionFilter::default() };
    let filter = CommentFilter { mention: Some(mention), ..CommentFilter::default() };
    DiscoverRequest { filter: Some(filter), ..DiscoverRequest::default() }
}

pub async fn list(client: &Client, request: v1::ListPainPointsRequest) -> v1::ListPainPointsResponse {
    client.clone().list(request).await.expect("they are listed").into_inner()
}

/// The most severe first.
pub async fn list_all(client: &Client) -> Vec<PainPoint> {
    list(client, v1::ListPainPointsRequest { page_size: 1_000, ..Default::default() }).await.pain_points
}

/// With the weak ones, the strongest first.
pub async fn mentions_of(client: &Client, pain_point_id: &str) -> Vec<PainPointMention> {
    let mut mentions = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListPainPointMentionsRequest {
            pain_point_id: pain_point_id.to_owned(),
            weak_members: true,
            page_size: 7,
            page_token,
        };
        let page = client.clone().list_mentions(request).await.expect("they are listed").into_inner();
        mentions.extend(page.mentions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            assert_eq!(mentions.len() as u64, page.total);
            return mentions;
        }
    }
}

/// The pain point of every mention that has one; none has two.
pub async fn members(client: &Client) -> HashMap<(String, u32), String> {
    let mut members = HashMap::new();
    for pain_point in list_all(client).await {
        for mention in mentions_of(client, &pain_point.pain_point_id).await {
            let other = members.insert((mention.comment_id, mention.index), pain_point.pain_point_id.clone());
            assert_eq!(other, None, "a mention is in one pain point");
        }
    }
    members
}

/// Everything that has happened, the oldest first.
pub async fn events(client: &Client) -> Vec<v1::PainPointEvent> {
    let request = v1::ListPainPointEventsRequest { page_size: 1_000, ..v1::ListPainPointEventsRequest::default() };
    let page = client.clone().list_events(request).await.expect("they are listed").into_inner();
    assert_eq!(page.next_page_token, "");
    page.events.into_iter().rev().collect()
}

pub async fn map(client: &Client) -> Vec<v1::MapPoint> {
    let mut map = client.clone().map(v1::PainPointMapRequest::default()).await.expect("there is a map").into_inner();
    let mut points = Vec::new();
    while let Some(part) = map.message().await.expect("it goes on") {
        points.extend(part.points);
    }
    points
}

pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// The service on a folder that another one has left.
pub async fn start_on_folder(folder: TempDir) -> TestServer {
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("the store opens");
    TestServer::start_on(Arc::new(store), folder, patient_limits()).await
}

/// A folder with that many negative mentions, or a few more: variations of the samples' vectors.
pub async fn folder_of_variations(wanted: usize) -> TempDir {
    folder_of_variations_of(samples(), wanted).await
}

/// The same of these comments.
pub async fn folder_of_variations_of(comments: Vec<Comment>, wanted: usize) -> TempDir {
    let server = TestServer::start().await;
    import(&server, comments).await;
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Comments, &Filter::default(), None, 1_000, true)
        .await
        .expect("they are read");
    let originals = analysed_comments(server.store.as_ref(), points).await.expect("they are read");
    server.stop().await;

    let folder = tempfile::tempdir().expect("a folder");
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    let mut random = 1u64;
    let mut mentions = 0;
    let mut changes = Vec::new();
    for (number, (original, stored_at)) in originals.iter().cycle().enumerate() {
        let mut copy: AnalysedComment = original.clone();
        copy.comment.external_id = format!("variation-{number}");
        copy.id = comment_id(&copy.comment.source, &copy.comment.external_id);
        for sentiment in copy.insight.mentions.iter_mut().filter_map(|mention| mention.sentiment.as_mut()) {
            sentiment.polarity = klartext_server::insights::Polarity::Negative;
        }
        for value in copy.mention_vectors.iter_mut().flatten() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *value += ((random >> 33) as f32 / f32::from(u16::MAX) / 32_768.0 - 0.5) * 0.04;
        }
        mentions += copy.mention_vectors.len();
        changes.extend(writes(&copy, None, *stored_at).expect("it can be written"));
        if changes.len() > 400 || mentions >= wanted {
            store.write(std::mem::take(&mut changes)).await.expect("they are written");
        }
        if mentions >= wanted {
            break;
        }
    }
    store.close().await.expect("it closes");
    folder
}
