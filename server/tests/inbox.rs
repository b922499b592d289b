//! The inbox: what needs somebody, what people do with it, and whoever follows it.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::insight_service_client::InsightServiceClient;
use klartext_proto::v1::rescoring_service_client::RescoringServiceClient;
use klartext_proto::v1::watch_inbox_response::Change;
use klartext_proto::v1::{
    self, AnalyzeRequest, Comment, CommentIds, CorrectMentionRequest, CorrectedLabel, DeleteCommentsRequest,
    EraseSubjectRequest, GetCommentRequest, GetJourneyInsightsRequest, InboxChangeKind, InboxFilter, InboxItem,
    InboxReasonKind, InboxState, MentionRef, Polarity, Scores, correct_mention_request, delete_comments_request,
    get_comment_request, journey_service_client::JourneyServiceClient,
};
use klartext_server::ops::config::InboxConfig;
use klartext_server::store::{Filter, Kind};
use support::{Process, TestServer, comment, connect, files_with, insight, klartext};
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

const REFUND: &str = "Servicecenter Fahrgastrechte";
const LOST_PROPERTY: &str = "Fundservice";

type Client = InsightServiceClient<Channel>;

fn client(channel: &Channel) -> Client {
    InsightServiceClient::new(channel.clone())
}

/// It hurts, and its text is about no touchpoint, so that the one that is given counts.
fn complaint(external_id: &str, touchpoint: &str) -> Comment {
    Comment {
        external_id: external_id.to_owned(),
        touchpoint: touchpoint.to_owned(),
        scores: Some(Scores { nps: Some(0.0), ..Scores::default() }),
        ..comment("Das war wirklich schlecht und ich bin sehr enttäuscht.")
    }
}

async fn list(client: &Client, filter: InboxFilter) -> Vec<InboxItem> {
    let request = v1::ListInboxItemsRequest { filter: Some(filter), page_size: 1_000, ..Default::default() };
    client.clone().list(request).await.expect("it is listed").into_inner().items
}

async fn of_comment(client: &Client, comment_id: &str) -> Vec<InboxItem> {
    let states = (1..=4).collect();
    list(client, InboxFilter { comment_id: comment_id.to_owned(), states, ..InboxFilter::default() }).await
}

async fn get(client: &Client, id: &str) -> Result<InboxItem, Status> {
    let request = v1::GetInboxItemRequest { item_id: id.to_owned() };
    client.clone().get(request).await.map(tonic::Response::into_inner)
}

async fn acknowledge(client: &Client, id: &str, by: &str) -> Result<InboxItem, Status> {
    let request = v1::AcknowledgeInboxItemRequest { item_id: id.to_owned(), by: by.to_owned(), ..Default::default() };
    client.clone().acknowledge(request).await.map(tonic::Response::into_inner)
}

fn resolution(id: &str, note: &str, customer_answered: bool) -> v1::ResolveInboxItemRequest {
    v1::ResolveInboxItemRequest {
        item_id: id.to_owned(),
        by: "anna".to_owned(),
        note: note.to_owned(),
        customer_answered,
        request_id: String::new(),
    }
}

async fn resolve(client: &Client, request: v1::ResolveInboxItemRequest) -> Result<InboxItem, Status> {
    client.clone().resolve(request).await.map(tonic::Response::into_inner)
}

async fn reopen(client: &Client, id: &str) -> Result<InboxItem, Status> {
    let request = v1::ReopenInboxItemRequest { item_id: id.to_owned(), by: "anna".to_owned(), ..Default::default() };
    client.clone().reopen(request).await.map(tonic::Response::into_inner)
}

async fn reassign(client: &Client, id: &str, owner: &str, touchpoint: &str) -> Result<InboxItem, Status> {
    let request = v1::ReassignInboxItemRequest {
        item_id: id.to_owned(),
        by: "anna".to_owned(),
        owner: owner.to_owned(),
        touchpoint: touchpoint.to_owned(),
        ..Default::default()
    };
    client.clone().reassign(request).await.map(tonic::Response::into_inner)
}

fn reason_of(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn changes(item: &InboxItem) -> Vec<InboxChangeKind> {
    item.history.iter().map(v1::InboxHistoryEntry::kind).collect()
}

async fn share_answered(server: &TestServer) -> Option<(f64, u64)> {
    let mut client = JourneyServiceClient::new(server.channel.clone());
    let figures = client.get_journey_insights(GetJourneyInsightsRequest::default()).await.expect("it answers");
    let total = figures.into_inner().total.expect("there is a total").figures.expect("it has figures");
    total.share_answered.map(|share| (share.value, share.count))
}

#[tokio::test]
async fn an_item_goes_from_open_to_resolved_and_back() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let praise = Comment {
        scores: Some(Scores { nps: Some(10.0), ..Scores::default() }),
        ..comment("Vielen Dank, das Personal war sehr freundlich!")
    };
    server.insight(praise, true).await;
    let stored = server.insight(complaint("1", "refund"), true).await;
    let items = list(&client, InboxFilter::default()).await;
    assert_eq!(items.len(), 1, "praise needs nobody: {items:?}");
    let item = &items[0];
    assert_eq!((item.owner.as_str(), item.touchpoint.as_str(), item.state()), (REFUND, "refund", InboxState::Open));
    assert_eq!(item.comment_id, stored.comment_id);
    assert!((item.severity - stored.severity).abs() < 1e-5);
    let reasons: Vec<InboxReasonKind> = item.reasons.iter().map(v1::InboxReason::kind).collect();
    assert!(reasons.contains(&InboxReasonKind::Severity), "{reasons:?}");
    assert!(item.reasons.iter().all(|reason| !reason.text.is_empty()));
    assert!(!item.evidence.is_empty() && item.evidence[0].text.starts_with("Das war wirklich schlecht"));
    assert_eq!(share_answered(&server).await, None, "nobody waits for an answer");

    let id = &item.item_id;
    let acknowledged = acknowledge(&client, id, "ben").await.expect("it is open");
    assert_eq!(acknowledged.state(), InboxState::Acknowledged);
    assert_eq!(acknowledge(&client, id, "cleo").await.expect("it is no error"), acknowledged, "once is enough");
    let refused = reopen(&client, id).await.expect_err("it is under way");
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::FailedPrecondition, "INBOX_ITEM_UNFIT"));

    let order = resolution(id, "Gutschrift geschickt, Rückruf 0171 3920012", true);
    let resolved = resolve(&client, order.clone()).await.expect("it is under way");
    assert_eq!(resolved.state(), InboxState::Resolved);
    assert!(resolved.customer_answered && resolved.resolved_at.is_some());
    assert_eq!(resolve(&client, order).await.expect("the same words are no error"), resolved);
    let refused = resolve(&client, resolution(id, "etwas anderes", true)).await.expect_err("these are others");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(acknowledge(&client, id, "ben").await.expect_err("it is resolved").code(), Code::FailedPrecondition);
    assert_eq!(
        reassign(&client, id, LOST_PROPERTY, "").await.expect_err("it is resolved").code(),
        Code::FailedPrecondition
    );
    assert_eq!(share_answered(&server).await, Some((1.0, 1)));
    assert!(list(&client, InboxFilter::default()).await.is_empty(), "what is resolved is not to be done");

    let reopened = reopen(&client, id).await.expect("it is resolved");
    assert_eq!((reopened.state(), reopened.resolved_at, reopened.customer_answered), (InboxState::Open, None, false));
    assert_eq!(share_answered(&server).await, None);
    let reassigned = reassign(&client, id, "", "lost-property").await.expect("it is open");
    assert_eq!((reassigned.owner.as_str(), reassigned.reassigned), (LOST_PROPERTY, true));

    let found = get(&client, id).await.expect("it is there");
    assert_eq!(
        changes(&found),
        [
            InboxChangeKind::Opened,
            InboxChangeKind::Acknowledged,
            InboxChangeKind::Resolved,
            InboxChangeKind::Reopened,
            InboxChangeKind::Reassigned
        ]
    );
    let resolution = &found.history[2];
    assert_eq!(resolution.by, "anna");
    assert!(resolution.customer_answered && resolution.note.contains("[Telefon]"), "{}", resolution.note);
    let reassignment = &found.history[4];
    assert_eq!((reassignment.from_owner.as_str(), reassignment.to_owner.as_str()), (REFUND, LOST_PROPERTY));
    server.stop().await;
}

#[tokio::test]
async fn orders_are_repeated_safely_and_wrong_ones_refused() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    server.insight(complaint("1", "refund"), true).await;
    let id = list(&client, InboxFilter::default()).await.remove(0).item_id;
    let order = v1::ResolveInboxItemRequest { request_id: "r-1".to_owned(), ..resolution(&id, "erledigt", false) };
    let resolved = resolve(&client, order.clone()).await.expect("it is open");
    reopen(&client, &id).await.expect("it is resolved");
    let repeated = resolve(&client, order).await.expect("it is no error");
    assert_eq!(repeated.state(), InboxState::Open, "the order had been carried out before");
    assert_eq!(repeated.history.len(), resolved.history.len() + 1);

    let nobody = acknowledge(&client, &id, " ").await.expect_err("somebody did it");
    assert_eq!(reason_of(&nobody), "FIELD_MISSING");
    let cases = [
        (reassign(&client, &id, "Niemandsamt", "").await, "OWNER_UNKNOWN"),
        (reassign(&client, &id, LOST_PROPERTY, "refund").await, "OWNER_UNKNOWN"),
        (reassign(&client, &id, "", "no-such").await, "TOUCHPOINT_UNKNOWN"),
        (reassign(&client, &id, "", "").await, "FIELD_MISSING"),
        (acknowledge(&client, "42", "anna").await, "ID_INVALID"),
        (acknowledge(&client, &uuid::Uuid::nil().to_string(), "anna").await, "INBOX_ITEM_NOT_FOUND"),
    ];
    for (refused, reason) in cases {
        assert_eq!(reason_of(&refused.expect_err(reason)), reason);
    }
    server.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let touchpoints = ["refund", "lost-property"];
    let comments = (0..14).map(|number: usize| Comment {
        scores: Some(Scores { nps: Some((number % 3) as f64), ..Scores::default() }),
        ..complaint(&number.to_string(), touchpoints[number % 2])
    });
    server.analyze(comments.collect(), true).await;
    let all = list(&client, InboxFilter::default()).await;
    assert_eq!(all.len(), 14);
    assert!(all.is_sorted_by(|left, right| left.severity >= right.severity));
    let of_owner = InboxFilter { owners: vec![LOST_PROPERTY.to_owned()], ..InboxFilter::default() };
    assert_eq!(list(&client, of_owner.clone()).await.len(), 7);
    let least = all[3].severity;
    let severe = InboxFilter { min_severity: Some(least), ..InboxFilter::default() };
    assert_eq!(list(&client, severe).await.len(), all.iter().filter(|item| item.severity >= least).count());
    let with_reason = InboxFilter { reasons: vec![InboxReasonKind::Severity.into()], ..InboxFilter::default() };
    assert_eq!(list(&client, with_reason).await.len(), 14);
    let nobodys = InboxFilter { owners: vec![String::new()], ..InboxFilter::default() };
    assert!(list(&client, nobodys).await.is_empty());

    let mut paged = Vec::new();
    let mut request = v1::ListInboxItemsRequest { page_size: 4, count: true, ..Default::default() };
    loop {
        let page = client.clone().list(request.clone()).await.expect("it is listed").into_inner();
        assert_eq!(page.total, Some(14));
        paged.extend(page.items);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(paged, all);
    request.filter = Some(of_owner);
    let refused = client.clone().list(request).await.expect_err("the token is another list's");
    assert_eq!(reason_of(&refused), "PAGE_TOKEN_INVALID");

    for item in all.iter().take(4) {
        acknowledge(&client, &item.item_id, "anna").await.expect("it is open");
    }
    resolve(&client, resolution(&all[0].item_id, "", true)).await.expect("it is under way");
    resolve(&client, resolution(&all[1].item_id, "", false)).await.expect("it is under way");
    let figures = client.clone().get_figures(v1::GetInboxFiguresRequest::default()).await.expect("it answers");
    let v1::GetInboxFiguresResponse { rows, total } = figures.into_inner();
    let total = total.expect("there is a total");
    assert_eq!((total.open, total.acknowledged, total.resolved, total.withdrawn), (10, 2, 2, 0));
    assert_eq!(total.share_answered, Some(0.5));
    let (to_acknowledge, to_resolve) = (total.time_to_acknowledge.expect("some"), total.time_to_resolve.expect("some"));
    assert_eq!((to_acknowledge.count, to_resolve.count), (4, 2));
    assert!(to_acknowledge.median.is_some() && to_resolve.p90.is_some());
    assert_eq!(rows.len(), 2);
    assert_eq!(rows.iter().map(|row| row.open).sum::<u64>(), 10);
    server.stop().await;
}

async fn correct(server: &TestServer, comment_id: &str, label: correct_mention_request::Label) {
    let request = CorrectMentionRequest {
        mention: Some(MentionRef { comment_id: comment_id.to_owned(), index: 0 }),
        label: Some(label),
        corrected_by: "anna".to_owned(),
    };
    server.comments.clone().correct(request).await.expect("it is corrected");
}

#[tokio::test]
async fn corrections_move_withdraw_and_bring_back_what_nobody_has_touched() {
    use correct_mention_request::Label;

    let folder = tempfile::tempdir().expect("a folder");
    let rules = InboxConfig { severity: 0.3, ..InboxConfig::default() };
    let server = TestServer::start_with_inbox(folder, rules).await;
    let client = client(&server.channel);
    let without_score = |id: &str| Comment {
        scores: None,
        text: "Das war wirklich sehr schlecht.".to_owned(),
        ..complaint(id, "refund")
    };
    let stored = server.insight(without_score("1"), true).await;
    assert_eq!(stored.mentions.len(), 1, "{:?}", stored.mentions);
    let comment_id = stored.comment_id.as_str();
    let item = of_comment(&client, comment_id).await.remove(0);

    correct(&server, comment_id, Label::Sentiment(Polarity::Positive.into())).await;
    let withdrawn = of_comment(&client, comment_id).await;
    assert_eq!((withdrawn.len(), withdrawn[0].state()), (1, InboxState::Withdrawn));
    assert_eq!(acknowledge(&client, &item.item_id, "anna").await.expect_err("gone").code(), Code::FailedPrecondition);
    correct(&server, comment_id, Label::Withdraw(CorrectedLabel::Sentiment.into())).await;
    let again = get(&client, &item.item_id).await.expect("it is there");
    assert_eq!(changes(&again), [InboxChangeKind::Opened, InboxChangeKind::Withdrawn, InboxChangeKind::Opened]);

    correct(&server, comment_id, Label::Touchpoint("lost-property".to_owned())).await;
    let states: BTreeMap<String, InboxState> =
        of_comment(&client, comment_id).await.into_iter().map(|item| (item.owner.clone(), item.state())).collect();
    let expected = [(LOST_PROPERTY.to_owned(), InboxState::Open), (REFUND.to_owned(), InboxState::Withdrawn)];
    assert_eq!(states, BTreeMap::from(expected));

    // What a person has touched stays, and whose it is is theirs to say.
    let touched = server.insight(without_score("2"), true).await.comment_id;
    let item_id = of_comment(&client, &touched).await.remove(0).item_id;
    reassign(&client, &item_id, "Vertrieb", "").await.expect("it is open");
    correct(&server, &touched, Label::Touchpoint("lost-property".to_owned())).await;
    let items = of_comment(&client, &touched).await;
    assert_eq!((items.len(), items[0].owner.as_str(), items[0].state()), (1, "Vertrieb", InboxState::Open));
    correct(&server, &touched, Label::Sentiment(Polarity::Positive.into())).await;
    assert_eq!(get(&client, &item_id).await.expect("it is there").state(), InboxState::Open);
    server.stop().await;
}

#[tokio::test]
async fn other_words_open_it_again_and_the_same_ones_do_not() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let stored = server.insight(complaint("1", "refund"), true).await;
    let item_id = of_comment(&client, &stored.comment_id).await.remove(0).item_id;
    resolve(&client, resolution(&item_id, "", true)).await.expect("it is open");
    let other_score = Scores { nps: Some(1.0), ..Scores::default() };
    server.insight(Comment { scores: Some(other_score), ..complaint("1", "refund") }, true).await;
    assert_eq!(get(&client, &item_id).await.expect("it is there").state(), InboxState::Resolved);
    assert_eq!(share_answered(&server).await, Some((1.0, 1)), "it is kept when a comment is stored again");
    let words = "Das war eine Frechheit, ich bin noch enttäuschter als vorher.";
    server.insight(Comment { text: words.to_owned(), ..complaint("1", "refund") }, true).await;
    let reopened = get(&client, &item_id).await.expect("it is there");
    assert_eq!(reopened.state(), InboxState::Open);
    assert_eq!(
        reopened.history.last().map(|entry| (entry.kind(), entry.by.as_str())),
        Some((InboxChangeKind::Reopened, ""))
    );
    assert!(reopened.evidence.iter().all(|evidence| words.contains(&evidence.text)));

    // Re-scoring changes nothing that fits already.
    let mut rescoring = RescoringServiceClient::new(server.channel.clone());
    let started = rescoring.start(v1::StartRescoringRequest::default()).await.expect("it begins").into_inner();
    let request = v1::GetRescoringRequest { rescoring_id: started.rescoring_id };
    let mut states = rescoring.watch(request).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    assert_eq!(get(&client, &item_id).await.expect("it is there"), reopened);
    server.stop().await;
}

#[tokio::test]
async fn rescoring_gives_items_to_comments_that_have_none() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let stored = server.insight(complaint("1", "refund"), true).await;
    // As an earlier version left it.
    let all = klartext_server::store::Write::Delete { kind: Kind::InboxItems, filter: Filter::default() };
    server.store.write(vec![all]).await.expect("they are deleted");
    let mut rescoring = RescoringServiceClient::new(server.channel.clone());
    let started = rescoring.start(v1::StartRescoringRequest::default()).await.expect("it begins").into_inner();
    let request = v1::GetRescoringRequest { rescoring_id: started.rescoring_id };
    let mut states = rescoring.watch(request).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    assert_eq!(of_comment(&client, &stored.comment_id).await.len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn items_go_with_their_comment() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let erased = Comment { subject: "person-a".to_owned(), ..complaint("1", "refund") };
    let erased = server.insight(erased, true).await.comment_id;
    let deleted = server.insight(complaint("2", "refund"), true).await.comment_id;
    let kept = server.insight(complaint("3", "refund"), true).await.comment_id;
    let mut ids = Vec::new();
    for (comment, note) in [(&erased, "Quarzlibelle angerufen"), (&deleted, "erledigt")] {
        let id = of_comment(&client, comment).await.remove(0).item_id;
        resolve(&client, resolution(&id, note, true)).await.expect("it is open");
        ids.push(id);
    }
    assert!(!files_with(server.folder.path(), "Quarzlibelle").is_empty());
    server.comments.clone().erase(EraseSubjectRequest { subject: "person-a".to_owned() }).await.expect("it is erased");
    for word in ["Quarzlibelle", "person-a"] {
        assert!(files_with(server.folder.path(), word).is_empty(), "{word} is left in a file");
    }
    let by_id = GetCommentRequest { by: Some(get_comment_request::By::CommentId(deleted.clone())) };
    let by = delete_comments_request::By::Ids(CommentIds { ids: vec![by_id] });
    server
        .comments
        .clone()
        .delete(DeleteCommentsRequest { by: Some(by), dry_run: false })
        .await
        .expect("it is deleted");
    for id in &ids {
        assert_eq!(reason_of(&get(&client, id).await.expect_err("it is gone")), "INBOX_ITEM_NOT_FOUND");
    }
    assert_eq!(server.store.count(Kind::InboxItems, Filter::default()).await.expect("it is counted"), 1);
    assert_eq!(of_comment(&client, &kept).await.len(), 1);
    server.stop().await;
}

async fn watch(client: &Client, request: v1::WatchInboxRequest) -> Streaming<v1::WatchInboxResponse> {
    client.clone().watch(request).await.expect("it is followed").into_inner()
}

/// The next change; where the stream begins is skipped.
async fn next(stream: &mut Streaming<v1::WatchInboxResponse>) -> (Change, String) {
    loop {
        let message = stream.message().await.expect("it goes on").expect("it has no end");
        if let Some(change) = message.change {
            return (change, message.resume_token);
        }
    }
}

#[tokio::test]
async fn whoever_watches_an_owner_sees_what_comes_and_what_leaves() {
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let filter = InboxFilter { owners: vec![REFUND.to_owned()], ..InboxFilter::default() };
    let request = v1::WatchInboxRequest { filter: Some(filter.clone()), ..Default::default() };
    let mut stream = watch(&client, request.clone()).await;
    let begun = stream.message().await.expect("it goes on").expect("it has no end");
    assert!(begun.change.is_none() && !begun.resume_token.is_empty());
    server.analyze(vec![complaint("1", "lost-property"), complaint("2", "refund")], true).await;
    let (change, token) = next(&mut stream).await;
    let Change::Item(item) = change else { panic!("{change:?}") };
    assert_eq!((item.owner.as_str(), item.state()), (REFUND, InboxState::Open));

    // Cut off; what happens meanwhile comes when the stream is resumed, from a change or from its beginning.
    drop(stream);
    reassign(&client, &item.item_id, LOST_PROPERTY, "").await.expect("it is open");
    for resume_token in [token, begun.resume_token] {
        let mut stream = watch(&client, v1::WatchInboxRequest { resume_token, ..request.clone() }).await;
        assert_eq!(next(&mut stream).await.0, Change::LeftItemId(item.item_id.clone()));
    }
    let all = v1::WatchInboxRequest { from_the_beginning: true, ..Default::default() };
    let mut stream = watch(&client, all).await;
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        if let (Change::Item(item), _) = next(&mut stream).await {
            assert_eq!(item.owner, LOST_PROPERTY);
            seen.insert(item.item_id);
        }
    }
    let wrong = v1::WatchInboxRequest { resume_token: "00".to_owned(), ..request };
    assert_eq!(client.clone().watch(wrong).await.expect_err("it is no token").code(), Code::InvalidArgument);
    server.stop().await;
}

/// Many write at once; the one who watches sees the last state of every item, and no message goes back in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_missed_while_many_write() {
    const WRITERS: usize = 8;
    const EACH: usize = 6;
    let server = TestServer::start().await;
    let client = client(&server.channel);
    let mut stream = watch(&client, v1::WatchInboxRequest::default()).await;
    stream.message().await.expect("it goes on");
    let write = async |writer: usize| {
        for number in 0..EACH {
            let comment = complaint(&format!("{writer}-{number}"), "refund");
            let stored = server.insight(comment, true).await;
            let item = of_comment(&client, &stored.comment_id).await.remove(0);
            acknowledge(&client, &item.item_id, "anna").await.expect("it is open");
            if number % 2 == 0 {
                resolve(&client, resolution(&item.item_id, "", true)).await.expect("it is under way");
            }
        }
    };
    let writing = futures::future::join_all((0..WRITERS).map(write));
    let mut last_states: BTreeMap<String, InboxState> = BTreeMap::new();
    let mut last_token = String::new();
    let watching = async {
        let is_done = |states: &BTreeMap<String, InboxState>| {
            let count = |wanted| states.values().filter(|state| **state == wanted).count();
            let half = WRITERS * EACH / 2;
            count(InboxState::Resolved) == half && count(InboxState::Acknowledged) == half
        };
        while !is_done(&last_states) {
            let (change, token) = next(&mut stream).await;
            let Change::Item(item) = change else { panic!("nothing leaves") };
            assert!(token > last_token, "tokens of one stream are in order");
            last_token = token;
            last_states.insert(item.item_id.clone(), item.state());
        }
    };
    tokio::join!(writing, watching);
    assert_eq!(last_states.len(), WRITERS * EACH);
    server.stop().await;
}

/// Follows the inbox of a process until it dies; returns the token of the last message.
async fn follow_until_cut_off(address: String, mut token: String, seen: &mut BTreeSet<String>) -> String {
    let client = client(&connect(&address).await);
    let from_the_beginning = token.is_empty();
    let request = v1::WatchInboxRequest { resume_token: token.clone(), from_the_beginning, ..Default::default() };
    let mut stream = watch(&client, request).await;
    while let Ok(Some(message)) = stream.message().await {
        if let Some(Change::Item(item)) = message.change {
            seen.insert(item.comment_id);
        }
        token = message.resume_token;
    }
    token
}

/// Comments that were acknowledged until the process died, by several writers at once.
async fn write_until_cut_off(address: &str, round: usize, writer: usize, kill_after: usize) -> Vec<String> {
    let mut client = AnalysisServiceClient::new(connect(address).await);
    let mut acknowledged = Vec::new();
    for number in 0..kill_after {
        let comments = vec![complaint(&format!("{round}-{writer}-{number}"), "refund")];
        let Ok(response) = client.analyze(AnalyzeRequest { comments, store: true, analyses: vec![] }).await else {
            break;
        };
        acknowledged.extend(response.into_inner().results.into_iter().map(|result| insight(result).comment_id));
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_goes_on_without_a_gap_over_kill_minus_nine() {
    const WRITERS: usize = 4;
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = BTreeSet::new();
    let mut acknowledged = Vec::new();
    let mut token = String::new();
    for round in 0..2 {
        let process = Process::serve(folder.path(), &[]);
        let address = process.address.clone();
        let following = follow_until_cut_off(address.clone(), token, &mut seen);
        let writing = async {
            // One writer stops and kills the service while the others are in the middle of it.
            let first = write_until_cut_off(&address, round, 0, 12).await;
            tokio::task::spawn_blocking(move || process.kill()).await.expect("it is killed");
            first
        };
        let others = (1..WRITERS).map(|writer| write_until_cut_off(&address, round, writer, usize::MAX));
        let (followed, first, others) = tokio::join!(following, writing, futures::future::join_all(others));
        token = followed;
        assert_eq!(first.len(), 12);
        acknowledged.extend(first);
        acknowledged.extend(others.into_iter().flatten());
    }
    let process = Process::serve(folder.path(), &[]);
    let client = client(&connect(&process.address).await);
    let mut stream = watch(&client, v1::WatchInboxRequest { resume_token: token, ..Default::default() }).await;
    // The last of all: when it is seen, so is everything before it.
    let end = write_until_cut_off(&process.address, 2, 0, 1).await.remove(0);
    while !seen.contains(&end) {
        if let (Change::Item(item), _) = next(&mut stream).await {
            seen.insert(item.comment_id);
        }
    }
    let missed: Vec<&String> = acknowledged.iter().filter(|id| !seen.contains(*id)).collect();
    assert!(missed.is_empty(), "{} of {} were missed", missed.len(), acknowledged.len());
    assert_eq!(process.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_shows_and_changes_items() {
    let server = TestServer::start().await;
    server.analyze(vec![complaint("1", "refund"), complaint("2", "lost-property")], true).await;
    let url = format!("http://{}", server.address);
    let run = async |arguments: &[&str]| {
        let mut command = klartext();
        command.arg("inbox").args(arguments).args(["--server", &url]);
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("it ends");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let listed: serde_json::Value =
        serde_json::from_str(&run(&["--owner", REFUND, "--json"]).await).expect("it is JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let id = listed[0]["itemId"].as_str().expect("an id").to_owned();
    let severity = format!("{:.2}", listed[0]["severity"].as_f64().expect("a number"));
    let table = run(&["--format", "table"]).await;
    assert!(table.contains(&id) && table.contains(&severity) && table.contains("Fundservice"), "{table}");
    let shown = run(&["resolve", &id, "--by", "anna", "--note", "erledigt", "--answered", "--format", "table"]).await;
    assert!(shown.contains("resolved by anna, customer answered: erledigt"), "{shown}");
    let figures = run(&["figures", "--csv"]).await;
    assert!(figures.starts_with("value,open,") && figures.lines().count() == 4, "{figures}");
    assert_eq!(run(&["--state", "resolved", "--csv"]).await.lines().count(), 2);
    assert_eq!(run(&["undelivered", "--format", "jsonl"]).await, "");
    assert_eq!(run(&["redeliver"]).await, "0 delivered, 0 still undelivered\n");
    server.stop().await;
}
