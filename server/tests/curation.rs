//! What people do with pain points, and what everybody can follow of it.

mod support;

use std::collections::BTreeSet;

use klartext_proto::v1::{
    self, DiscoverRequest, GetPainPointRequest, PainPoint, PainPointEventKind, PainPointState, WatchPainPointsRequest,
};
use support::pain_points::{
    Client, client, discover, discover_everything, events, folder_of_variations_of, import, list, mentions_of, reason,
    samples, start_on_folder,
};
use support::{TestServer, comment};
use tonic::{Code, Status};

/// A service with the sample comments, all of whose mentions were looked at, and its pain points, the largest first.
async fn with_pain_points() -> (TestServer, Vec<PainPoint>) {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    discover_everything(&client(&server)).await;
    let pain_points = largest_first(&client(&server)).await;
    assert!(pain_points.len() >= 4, "there are {} pain points", pain_points.len());
    (server, pain_points)
}

async fn largest_first(client: &Client) -> Vec<PainPoint> {
    let request = v1::ListPainPointsRequest {
        sort_by: v1::SortPainPointsBy::Mentions.into(),
        page_size: 1_000,
        ..v1::ListPainPointsRequest::default()
    };
    list(client, request).await.pain_points
}

async fn get(client: &Client, id: &str) -> PainPoint {
    let request = GetPainPointRequest { pain_point_id: id.to_owned() };
    client.clone().get(request).await.expect("it is there").into_inner()
}

/// Comment and place of its mentions.
async fn mentions(client: &Client, id: &str) -> BTreeSet<(String, u32)> {
    mentions_of(client, id).await.into_iter().map(|mention| (mention.comment_id, mention.index)).collect()
}

async fn split(client: &Client, id: &str) -> Result<Vec<PainPoint>, Status> {
    let request = v1::SplitPainPointRequest { pain_point_id: id.to_owned(), by: "anna".to_owned() };
    client.clone().split(request).await.map(|parts| parts.into_inner().pain_points)
}

fn order(id: &str) -> v1::CuratePainPointRequest {
    v1::CuratePainPointRequest { pain_point_id: id.to_owned(), by: "anna".to_owned() }
}

async fn rename(client: &Client, id: &str, name: &str) -> Result<PainPoint, Status> {
    let (pain_point_id, name, by) = (id.to_owned(), name.to_owned(), "anna".to_owned());
    let renamed = client.clone().rename(v1::RenamePainPointRequest { pain_point_id, name, by }).await;
    renamed.map(tonic::Response::into_inner)
}

async fn merge(client: &Client, id: &str, others: &[&str]) -> Result<PainPoint, Status> {
    let others = others.iter().map(|other| (*other).to_owned()).collect();
    let request = v1::MergePainPointsRequest { pain_point_id: id.to_owned(), others, by: "anna".to_owned() };
    client.clone().merge(request).await.map(tonic::Response::into_inner)
}

async fn undo(client: &Client, id: &str) -> Result<PainPoint, Status> {
    client.clone().undo(order(id)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_persons_name_holds_and_can_be_taken_back() {
    let (server, pain_points) = with_pain_points().await;
    let client = client(&server);
    let PainPoint { pain_point_id: id, machine_name, .. } = &pain_points[0];
    let renamed = rename(&client, id, "  Warten auf die Erstattung ").await.expect("it can be named");
    assert_eq!((renamed.name.as_str(), renamed.named_by.as_str()), ("Warten auf die Erstattung", "anna"));
    assert_eq!(&renamed.machine_name, machine_name);
    rename(&client, id, "Erstattung").await.expect("it can be named");

    discover(&client, DiscoverRequest::default()).await.expect("it starts");
    // The default discovery takes negative mentions only: those that it still is keep its name.
    if let Some(found) = largest_first(&client).await.iter().find(|found| found.pain_point_id == *id) {
        assert_eq!((found.name.as_str(), found.named_by.as_str()), ("Erstattung", "anna"));
    }
    assert_eq!(undo(&client, id).await.expect("it can be undone").name, "Warten auf die Erstattung");
    let unnamed = undo(&client, id).await.expect("it can be undone");
    assert_eq!((unnamed.name.as_str(), unnamed.named_by.as_str()), (unnamed.machine_name.as_str(), ""));
    let nothing = undo(&client, id).await.expect_err("nothing is left");
    assert_eq!((nothing.code(), reason(&nothing).as_str()), (Code::FailedPrecondition, "NOTHING_TO_UNDO"));
    server.stop().await;
}

#[tokio::test]
async fn merged_ones_are_one_and_become_several_again() {
    let (server, pain_points) = with_pain_points().await;
    let client = client(&server);
    let ids: Vec<&str> = pain_points.iter().map(|pain_point| pain_point.pain_point_id.as_str()).collect();
    let own = [mentions(&client, ids[0]).await, mentions(&client, ids[1]).await, mentions(&client, ids[2]).await];
    merge(&client, ids[0], &[ids[1], ids[2]]).await.expect("they can be merged");
    let all: BTreeSet<_> = own.iter().flatten().cloned().collect();
    assert_eq!(mentions(&client, ids[0]).await, all);
    assert_eq!(largest_first(&client).await.len(), pain_points.len() - 2);
    let merged = get(&client, ids[1]).await;
    assert_eq!((merged.state(), merged.merged_into.as_str()), (PainPointState::Merged, ids[0]));

    for (id, others) in [(ids[0], vec![ids[0]]), (ids[0], vec![ids[1]]), (ids[1], vec![ids[3]])] {
        let refusal = merge(&client, id, &others).await.expect_err("it cannot be merged");
        assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::FailedPrecondition, "PAIN_POINT_UNFIT"));
    }
    let undone = undo(&client, ids[0]).await.expect("it can be undone");
    assert_eq!(undone.state(), PainPointState::Active);
    assert_eq!(mentions(&client, ids[0]).await, own[0]);
    assert_eq!(mentions(&client, ids[1]).await, own[1]);
    assert_eq!(largest_first(&client).await.len(), pain_points.len());

    // Splitting gives what was merged its own again, too.
    merge(&client, ids[0], &[ids[1]]).await.expect("they can be merged");
    let parts = split(&client, ids[0]).await.expect("it can be split");
    let parts: Vec<&str> = parts.iter().map(|part| part.pain_point_id.as_str()).collect();
    assert_eq!(parts, [ids[0], ids[1]]);
    assert_eq!(mentions(&client, ids[1]).await, own[1]);
    server.stop().await;
}

#[tokio::test]
async fn a_split_divides_the_mentions_and_can_be_taken_back() {
    let (server, pain_points) = with_pain_points().await;
    let client = client(&server);
    let mut divided_one = None;
    for pain_point in &pain_points {
        let own = mentions(&client, &pain_point.pain_point_id).await;
        match split(&client, &pain_point.pain_point_id).await {
            Ok(parts) => divided_one = divided_one.or(Some((own, parts))),
            Err(refusal) => assert_eq!(reason(&refusal), "PAIN_POINT_INDIVISIBLE"),
        }
    }
    // Whether a level is finer than the one that people see depends on the mentions.
    if let Some((own, parts)) = divided_one {
        assert!(parts.len() > 1);
        let mut divided = Vec::new();
        for part in &parts {
            divided.push(mentions(&client, &part.pain_point_id).await);
        }
        assert!(divided.iter().all(|part| part.len() <= divided[0].len()), "the largest part keeps the identity");
        assert_eq!(divided.iter().map(BTreeSet::len).sum::<usize>(), own.len());
        assert_eq!(divided.into_iter().flatten().collect::<BTreeSet<_>>(), own);
        undo(&client, &parts[0].pain_point_id).await.expect("it can be undone");
        assert_eq!(mentions(&client, &parts[0].pain_point_id).await, own);
    }
    server.stop().await;
}

/// Divides the first one that can be: its parts, the largest first.
async fn split_any(client: &Client, pain_points: &[PainPoint]) -> Vec<PainPoint> {
    for pain_point in pain_points {
        if let Ok(parts) = split(client, &pain_point.pain_point_id).await {
            return parts;
        }
    }
    panic!("none of them can be divided");
}

#[tokio::test]
async fn what_a_person_has_split_is_kept_apart_by_discoveries() {
    // Much that is said about few things: the finest clusters are pieces of what is shown.
    let few =
        ["Der Aufzug am Lindenplatz ist kaputt.", "Die App stürzt beim Bezahlen ab.", "Der Bus kam viel zu spät."];
    let folder = folder_of_variations_of(few.map(comment).to_vec(), 1_500).await;
    let server = start_on_folder(folder).await;
    let client = client(&server);
    discover_everything(&client).await;
    let parts = split_any(&client, &largest_first(&client).await).await;
    let mut own = Vec::new();
    for part in &parts {
        own.push(mentions(&client, &part.pain_point_id).await);
    }
    for _ in 0..2 {
        let again = discover_everything(&client).await;
        assert_eq!((again.born, again.ended), (0, 0), "{again:?}");
        for (part, own) in parts.iter().zip(&own) {
            let found = get(&client, &part.pain_point_id).await;
            assert_eq!(found.state(), PainPointState::Active);
            assert_eq!(&mentions(&client, &part.pain_point_id).await, own);
        }
    }
    // Taken back, they are one again, and stay it.
    undo(&client, &parts[0].pain_point_id).await.expect("it can be undone");
    let all: BTreeSet<_> = own.into_iter().flatten().collect();
    assert_eq!(mentions(&client, &parts[0].pain_point_id).await, all);
    discover_everything(&client).await;
    assert_eq!(mentions(&client, &parts[0].pain_point_id).await, all);
    server.stop().await;
}

#[tokio::test]
async fn a_dismissed_one_leaves_the_lists_until_it_is_restored() {
    let (server, pain_points) = with_pain_points().await;
    let client = client(&server);
    let id = pain_points[0].pain_point_id.as_str();
    let dismissed = client.clone().dismiss(order(id)).await.expect("it can be dismissed").into_inner();
    assert_eq!(dismissed.state(), PainPointState::Dismissed);
    assert!(largest_first(&client).await.iter().all(|listed| listed.pain_point_id != id));
    assert!(!mentions(&client, id).await.is_empty(), "it keeps its mentions");
    let restored = client.clone().restore(order(id)).await.expect("it can be restored").into_inner();
    assert_eq!(restored.state(), PainPointState::Active);
    assert_eq!(undo(&client, id).await.expect("it can be undone").state(), PainPointState::Dismissed);
    assert_eq!(undo(&client, id).await.expect("it can be undone").state(), PainPointState::Active);
    let mut events = events(&client).await;
    events.retain(|event| event.pain_point_id == id && event.by == "anna");
    let kinds: Vec<PainPointEventKind> = events.iter().map(v1::PainPointEvent::kind).collect();
    use PainPointEventKind::{Dismissed, Restored, Undone};
    assert_eq!(kinds, [Dismissed, Restored, Undone, Undone]);
    server.stop().await;
}

#[tokio::test]
async fn events_go_on_without_a_gap_over_a_restart() {
    let (server, pain_points) = with_pain_points().await;
    let id = pain_points[0].pain_point_id.clone();
    let from_the_beginning = WatchPainPointsRequest { from_the_beginning: true, ..Default::default() };
    let mut stream = client(&server).watch(from_the_beginning).await.expect("it is watched").into_inner();
    for _ in 0..pain_points.len() {
        let event = stream.message().await.expect("it goes on").expect("there is one");
        assert_eq!(event.kind(), PainPointEventKind::Born);
    }
    // What happens while somebody watches arrives.
    rename(&client(&server), &id, "eins").await.expect("it can be named");
    let event = stream.message().await.expect("it goes on").expect("there is one");
    assert_eq!((event.kind(), event.name.as_str(), event.by.as_str()), (PainPointEventKind::Renamed, "eins", "anna"));
    let resume_token = event.resume_token;
    // What happens while nobody watches, and before a restart, arrives afterwards.
    rename(&client(&server), &id, "zwei").await.expect("it can be named");
    let folder = server.stop().await;
    let server = start_on_folder(folder).await;
    assert_eq!(get(&client(&server), &id).await.name, "zwei");
    rename(&client(&server), &id, "drei").await.expect("it can be named");
    let request = WatchPainPointsRequest { resume_token: resume_token.clone(), ..Default::default() };
    let mut stream = client(&server).watch(request).await.expect("it is watched").into_inner();
    for name in ["zwei", "drei"] {
        assert_eq!(stream.message().await.expect("it goes on").expect("there is one").name, name);
    }
    drop(stream);
    // A token belongs to what it was given for.
    let of_another = WatchPainPointsRequest { resume_token, journey: "generic".to_owned(), ..Default::default() };
    let mut refused = client(&server).watch(of_another).await.expect_err("the token is of another request");
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
    let both = WatchPainPointsRequest { from_the_beginning: true, resume_token: "x".to_owned(), ..Default::default() };
    refused = client(&server).watch(both).await.expect_err("it says both");
    assert_eq!(refused.code(), Code::InvalidArgument);
    server.stop().await;
}

#[tokio::test]
async fn who_it_was_has_to_be_said() {
    let (server, pain_points) = with_pain_points().await;
    let id = pain_points[0].pain_point_id.clone();
    let nobody = v1::CuratePainPointRequest { pain_point_id: id.clone(), by: " ".to_owned() };
    let refusal = client(&server).dismiss(nobody).await.expect_err("nobody did it");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::InvalidArgument, "FIELD_MISSING"));
    let refusal = rename(&client(&server), &id, &"x".repeat(201)).await.expect_err("it is too long");
    assert_eq!(reason(&refusal), "FIELD_TOO_LONG");
    let refusal = rename(&client(&server), "no id", "x").await.expect_err("it is no id");
    assert_eq!(reason(&refusal), "ID_INVALID");
    let unknown = "00000000-0000-0000-0000-000000000000";
    let refusal = rename(&client(&server), unknown, "x").await.expect_err("there is none");
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::NotFound, "PAIN_POINT_NOT_FOUND"));
    server.stop().await;
}
