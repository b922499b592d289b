//! Pain points are found, recognised, measured and browsed, whatever happens meanwhile.

mod support;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{
    self, Comment, CommentFilter, DiscoverRequest, DiscoveryState, DiscoveryStep, PainPoint, PainPointEventKind,
    PainPointFilter, PainPointMention, Polarity,
};
use klartext_server::ops::config::PainPointsConfig;
use klartext_server::store::paging::page_by_id;
use klartext_server::store::{Filter, Kind};
use support::pain_points::{
    by_id, client, client_on, discover, discover_all, discover_everything, events, folder_of_variations, import, list,
    list_all, map, members, mentions_of, reason, samples, start_on_folder, watch_to_end, watch_until,
};
use support::{Process, TestServer, comment, connect};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn pain_points_are_found_measured_and_recognised() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    let first = discover_all(&client).await;
    assert!(first.pain_points >= 3 && first.born == first.pain_points, "{first:?}");
    assert!(first.mentions_total > 50 && first.seconds > 0.0 && first.ended_at.is_some(), "{first:?}");

    let listed = list_all(&client).await;
    assert_eq!(listed.len(), first.pain_points as usize);
    let severity = |pain_point: &PainPoint| pain_point.measures.as_ref().expect("it is measured").severity;
    assert!(listed.is_sorted_by(|left, right| severity(left) >= severity(right)), "the most severe come first");
    for pain_point in &listed {
        let measures = pain_point.measures.as_ref().expect("it is measured");
        let mentions = mentions_of(&client, &pain_point.pain_point_id).await;
        assert!(mentions.is_sorted_by(|left, right| left.membership >= right.membership));
        let strong = mentions.iter().filter(|mention| mention.membership >= 0.5).count() as u64;
        assert_eq!((measures.mentions, measures.weak_members), (strong, mentions.len() as u64 - strong));
        assert!((1..=3).contains(&pain_point.quotes.len()));
        for quote in &pain_point.quotes {
            assert!(mentions.iter().any(|mention| mention.text == quote.text), "a quote is one of its mentions");
        }
        assert!(!pain_point.name.is_empty() && pain_point.name == pain_point.machine_name, "{pain_point:?}");
        assert!(!pain_point.key_terms.is_empty());
    }

    let before = members(&client).await;
    let second = discover_all(&client).await;
    assert_eq!((second.born, second.continued, second.ended), (0, first.pain_points, 0), "{second:?}");
    assert_eq!(members(&client).await, before, "the same mentions are found again in the same pain points");
    let discoveries = client.clone().list_discoveries(v1::ListDiscoveriesRequest::default()).await;
    let ids: Vec<String> = discoveries
        .expect("they are listed")
        .into_inner()
        .discoveries
        .into_iter()
        .map(|discovery| discovery.discovery_id)
        .collect();
    assert_eq!(ids, [second.discovery_id, first.discovery_id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_browsed() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    let discovery = discover_all(&client).await;
    let all = list_all(&client).await;

    let mut paged = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListPainPointsRequest { page_size: 2, page_token, ..Default::default() };
        let page = list(&client, request).await;
        assert_eq!(page.total, u64::from(discovery.pain_points));
        paged.extend(page.pain_points);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    // They may have been measured anew in between.
    let ids = |listed: &[PainPoint]| listed.iter().map(|listed| listed.pain_point_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&paged), ids(&all));

    let one = &all[0];
    let filter = |filter: PainPointFilter| v1::ListPainPointsRequest { filter: Some(filter), ..Default::default() };
    let named = PainPointFilter { text: one.name.to_uppercase(), ..Default::default() };
    assert!(ids(&list(&client, filter(named)).await.pain_points).contains(&one.pain_point_id));
    let resolved = PainPointFilter { states: vec![v1::PainPointState::Resolved.into()], ..Default::default() };
    assert_eq!(list(&client, filter(resolved)).await.total, 0);

    let request = v1::PainPointTrendRequest { pain_point_id: one.pain_point_id.clone(), ..Default::default() };
    let trend = client.clone().trend(request).await.expect("there is a trend").into_inner().points;
    let measures = one.measures.as_ref().expect("it is measured");
    assert_eq!(trend.iter().map(|point| point.mentions).sum::<u64>(), measures.mentions);
    assert!(trend.iter().all(|point| point.low <= point.share && point.share <= point.high));

    let request = v1::SimilarPainPointsRequest { pain_point_id: one.pain_point_id.clone(), page_size: 2 };
    let similar = client.clone().similar(request).await.expect("it is answered").into_inner().pain_points;
    assert_eq!(similar.len(), 2);
    assert!(similar[0].similarity >= similar[1].similarity);
    assert!(similar.iter().all(|similar| similar.pain_point.as_ref() != Some(one)));

    let points = map(&client).await;
    assert_eq!(points.len() as u64, discovery.mentions_total);
    assert!(points.iter().all(|point| point.x.abs() <= 20.0 && point.y.abs() <= 20.0));
    assert!(points.iter().any(|point| point.pain_point_id == one.pain_point_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_comment_joins_its_pain_point_at_once() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let pain_point = list_all(&client).await.remove(0);
    let strongest = mentions_of(&client, &pain_point.pain_point_id).await.remove(0);
    let again = Comment { external_id: "new".to_owned(), ..comment(&strongest.text) };

    let tag = |insight: &v1::Insight| insight.mentions[0].pain_point.clone();
    let unstored = tag(&server.insight(again.clone(), false).await).expect("it has a place");
    assert_eq!((&unstored.pain_point_id, &unstored.name), (&pain_point.pain_point_id, &pain_point.name));
    assert!(unstored.membership >= 0.5);
    let stored = server.insight(again.clone(), true).await;
    assert_eq!(tag(&stored), Some(unstored));
    let id = stored.comment_id;
    let is_in_it = |mention: &PainPointMention| mention.comment_id == id;
    assert!(mentions_of(&client, &pain_point.pain_point_id).await.iter().any(is_in_it));

    let elsewhere = server.insight(comment("Der Mond ist aus Käse und das finde ich schrecklich."), true).await;
    let of_elsewhere = elsewhere.mentions[0].pain_point.as_ref();
    assert!(of_elsewhere.is_none_or(|tag| tag.membership >= 0.5), "{of_elsewhere:?}");

    let measured = async || {
        let request = v1::GetPainPointRequest { pain_point_id: pain_point.pain_point_id.clone() };
        client.clone().get(request).await.expect("it is there").into_inner().measures.expect("it is measured").mentions
    };
    let before = pain_point.measures.as_ref().expect("it is measured").mentions;
    while measured().await <= before {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_survive_rewriting_and_follow_the_sentiment() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let before = members(&client).await;
    let pain_point = list_all(&client).await.remove(0);
    let mention = mentions_of(&client, &pain_point.pain_point_id).await.remove(0);

    let filter = Some(CommentFilter::default());
    let mut rescorings = v1::rescoring_service_client::RescoringServiceClient::new(server.channel.clone());
    let request = v1::StartRescoringRequest { filter, ..Default::default() };
    let rescoring = rescorings.start(request).await.expect("it starts").into_inner();
    let request = v1::GetRescoringRequest { rescoring_id: rescoring.rescoring_id };
    let mut states = rescorings.watch(request).await.expect("it is watched").into_inner();
    while states.message().await.expect("it goes on").is_some() {}
    let changed =
        samples().into_iter().map(|sample| Comment { question: "Wie war es?".to_owned(), ..sample }).collect();
    import(&server, changed).await;
    assert_eq!(members(&client).await, before, "the same text sent again stays where it was");

    let mut comments = CommentServiceClient::new(server.channel.clone());
    let mut correct = async |label| {
        let mention = v1::MentionRef { comment_id: mention.comment_id.clone(), index: mention.index };
        let request = v1::CorrectMentionRequest {
            mention: Some(mention.clone()),
            corrected_by: "me".to_owned(),
            label: Some(label),
        };
        let stored = comments.correct(request).await.expect("it is corrected").into_inner();
        stored.insight.expect("it is there").mentions[mention.index as usize].pain_point.clone()
    };
    let positive = v1::correct_mention_request::Label::Sentiment(Polarity::Positive.into());
    assert_eq!(correct(positive).await, None, "praise is no pain");
    let key = (mention.comment_id.clone(), mention.index);
    assert!(!members(&client).await.contains_key(&key));
    let withdrawn = v1::correct_mention_request::Label::Withdraw(v1::CorrectedLabel::Sentiment.into());
    let tag = correct(withdrawn).await.expect("it is in a pain point again");
    assert_eq!(tag.pain_point_id, pain_point.pain_point_id);
    assert_eq!(members(&client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_quoted_no_more() {
    let server = TestServer::start().await;
    import(&server, samples()).await;
    let client = client(&server);
    discover_all(&client).await;
    let mut comments = CommentServiceClient::new(server.channel.clone());
    let quoted = list_all(&client).await[0].quotes[0].clone();
    let by = Some(v1::get_comment_request::By::CommentId(quoted.comment_id.clone()));
    let stored = comments.get(v1::GetCommentRequest { by }).await.expect("it is there").into_inner();
    let subject = stored.comment.expect("it is there").subject;
    comments.erase(v1::EraseSubjectRequest { subject }).await.expect("it is erased");
    for pain_point in list_all(&client).await {
        assert!(pain_point.quotes.iter().all(|quote| quote.comment_id != quoted.comment_id));
        let mentions = mentions_of(&client, &pain_point.pain_point_id).await;
        assert!(mentions.iter().all(|mention| mention.comment_id != quoted.comment_id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_is_idempotent_and_wrong_requests_are_refused() {
    let server = TestServer::start().await;
    import(&server, samples().into_iter().take(40).collect()).await;
    let client = client(&server);
    let request = DiscoverRequest { request_id: "once".to_owned(), ..DiscoverRequest::default() };
    let first = discover(&client, request.clone()).await.expect("it starts");
    let again = client.clone().discover(request).await.expect("it is the same").into_inner();
    assert_eq!(first, again);
    let cancelled = client.clone().cancel_discovery(by_id(&first.discovery_id)).await.expect("it has ended");
    assert_eq!(cancelled.into_inner().state(), DiscoveryState::Done);

    let refused = |request: DiscoverRequest| async { discover(&client, request).await.expect_err("it is refused") };
    let unknown = refused(DiscoverRequest { journey: "nowhere".to_owned(), ..Default::default() }).await;
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::InvalidArgument, "JOURNEY_UNKNOWN"));
    let filter = CommentFilter { journeys: vec!["generic".to_owned()], ..CommentFilter::default() };
    let doubled = refused(DiscoverRequest { filter: Some(filter), ..Default::default() }).await;
    assert_eq!(reason(&doubled), "FILTER_INVALID");
    let long = refused(DiscoverRequest { request_id: "x".repeat(129), ..Default::default() }).await;
    assert_eq!(reason(&long), "FIELD_TOO_LONG");
    let nothing = client.clone().get_discovery(by_id("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(reason(&nothing.expect_err("there is none")), "DISCOVERY_NOT_FOUND");
    let garbage = client.clone().get_discovery(by_id("x")).await.expect_err("it is no id");
    assert_eq!(reason(&garbage), "ID_INVALID");
    let missing = v1::GetPainPointRequest { pain_point_id: "00000000-0000-0000-0000-000000000000".to_owned() };
    assert_eq!(reason(&client.clone().get(missing).await.expect_err("there is none")), "PAIN_POINT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mention_one_and_five() {
    let server = TestServer::start().await;
    let client = client(&server);
    let nothing = discover_all(&client).await;
    assert_eq!((nothing.mentions_total, nothing.pain_points), (0, 0));
    assert!(map(&client).await.is_empty() && list_all(&client).await.is_empty());

    let late = "Der Bus kam schon wieder viel zu spät.";
    import(&server, vec![comment(late)]).await;
    let one = discover_everything(&client).await;
    assert_eq!((one.mentions_total, one.pain_points), (1, 0), "one is none");
    assert_eq!(map(&client).await.len(), 1, "it has a place all the same");

    let others = ["Der Aufzug ist kaputt.", "Die App stürzt ab.", "Das Personal war freundlich.", "Es war laut."];
    import(&server, others.map(comment).to_vec()).await;
    let five = discover_everything(&client).await;
    assert_eq!(five.mentions_total, 5);
    assert!(five.pain_points <= 1, "{five:?}");
    assert_eq!(map(&client).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_again_and_again_is_one_pain_point() {
    let server = TestServer::start().await;
    let client = client(&server);
    let late = "Der Bus kam schon wieder viel zu spät.";
    let copy = |number: usize| Comment { external_id: format!("copy-{number}"), ..comment(late) };
    import(&server, (0..7).map(copy).collect()).await;
    let copies = discover_everything(&client).await;
    assert_eq!((copies.pain_points, copies.copies), (1, 6), "{copies:?}");
    let pain_point = list_all(&client).await.remove(0);
    assert_eq!(pain_point.quotes.len(), 1, "the same words once");
    assert_eq!(pain_point.quotes[0].copies, 7, "{pain_point:?}");
    assert!(mentions_of(&client, &pain_point.pain_point_id).await.iter().all(|mention| mention.copies == 7));
    assert!(!pain_point.name.is_empty());
    // One channel only: nothing is shared.
    let hiddenness = pain_point.measures.and_then(|measures| measures.hiddenness).expect("it is measured");
    assert!(hiddenness.spread.abs() < 1e-6, "{hiddenness:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_are_half_of_all_drown_nothing() {
    let server = TestServer::start().await;
    let client = client(&server);
    let originals: Vec<Comment> = samples().into_iter().take(100).collect();
    import(&server, originals.clone()).await;
    let without = discover_everything(&client).await;
    let before = members(&client).await;

    let copied = before.keys().next().expect("there is a member").0.clone();
    let by = Some(v1::get_comment_request::By::CommentId(copied.clone()));
    let copied = server.comments.clone().get(v1::GetCommentRequest { by }).await.expect("it is there").into_inner();
    let text = copied.comment.expect("it is there").text;
    let many = without.mentions_total as usize;
    let copy = |number: usize| Comment { external_id: format!("copy-{number}"), ..comment(&text) };
    import(&server, (0..many).map(copy).collect()).await;
    let with = discover_everything(&client).await;
    assert!(with.mentions_total >= 2 * without.mentions_total && with.copies >= without.mentions_total, "{with:?}");
    // Which of equals comes first may change what the chance in clustering makes of them.
    let after = members(&client).await;
    let stayed = before.iter().filter(|(mention, pain_point)| after.get(*mention) == Some(*pain_point)).count();
    assert!(stayed * 10 >= before.len() * 8, "{stayed} of {} lie where they lay without the copies", before.len());
    let is_repeated = |pain_point: &PainPoint| pain_point.quotes.iter().any(|quote| quote.copies as usize > many);
    assert!(list_all(&client).await.iter().any(is_repeated), "it is said how often it is repeated");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_languages_have_pain_points_too() {
    let server = TestServer::start().await;
    let client = client(&server);
    let french = ["L'ascenseur est en panne.", "L'ascenseur ne marche toujours pas.", "Encore un ascenseur en panne."];
    let chinese = ["電梯壞了。", "電梯又壞了。", "車站的電梯壞了很久。"];
    let polish = ["Winda nie działa.", "Winda znowu zepsuta.", "Kolejny tydzień bez windy."];
    let signs = ["🤬🤬🤬", "!!!", "???"];
    let texts = french.into_iter().chain(chinese).chain(polish).chain(signs);
    import(&server, texts.map(comment).collect()).await;
    let found = discover_everything(&client).await;
    assert!(found.pain_points >= 1, "{found:?}");
    for pain_point in list_all(&client).await {
        assert!(!pain_point.quotes.is_empty() && pain_point.measures.is_some(), "{pain_point:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_a_sample_mentions_are_assigned() {
    const SAMPLE: usize = 60;
    let pain_points = PainPointsConfig { clustered_at_most: SAMPLE, ..PainPointsConfig::default() };
    let server = TestServer::start_with_pain_points(pain_points).await;
    import(&server, samples()).await;
    let client = client(&server);
    let discovery = discover_everything(&client).await;
    assert!(discovery.mentions_total as usize > 4 * SAMPLE, "{discovery:?}");
    assert!(discovery.pain_points > 1, "{discovery:?}");
    assert_eq!(map(&client).await.len() as u64, discovery.mentions_total, "each has a place");
    assert!(members(&client).await.len() > SAMPLE, "others than those of the sample belong to pain points");
    let again = discover_everything(&client).await;
    assert_eq!((again.born, again.continued, again.ended), (0, discovery.pain_points, 0), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_cancelled_leaves_nothing_behind() {
    let server = start_on_folder(folder_of_variations(5_000).await).await;
    let client = client(&server);
    let started = client.clone().discover(DiscoverRequest::default()).await.expect("it starts").into_inner();
    let id = started.discovery_id;
    watch_until(&client, &id, |state| state.step() == DiscoveryStep::Clustering).await;
    let cancelled = client.clone().cancel_discovery(by_id(&id)).await.expect("it is cancelled").into_inner();
    assert_eq!(cancelled.state(), DiscoveryState::Cancelled, "{cancelled:?}");
    assert_eq!(cancelled.step(), DiscoveryStep::Clustering);
    assert!(list_all(&client).await.is_empty() && events(&client).await.is_empty());
    assert!(map(&client).await.is_empty(), "no mention has a place");

    let next = discover_all(&client).await;
    assert!(next.pain_points > 0 && next.born == next.pain_points, "the next one finds everything: {next:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_the_middle_is_made_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(folder.path(), &["--samples"]);
    let client = client_on(connect(&process.address).await);
    let request = DiscoverRequest { request_id: "crash".to_owned(), ..DiscoverRequest::default() };
    let started = client.clone().discover(request.clone()).await.expect("it starts").into_inner();
    watch_until(&client, &started.discovery_id, |state| state.step() == DiscoveryStep::Clustering).await;
    process.kill();

    let process = Process::serve(folder.path(), &[]);
    let client = client_on(connect(&process.address).await);
    let ended = watch_to_end(&client, &started.discovery_id).await;
    assert_eq!((ended.state(), ended.resumed), (DiscoveryState::Done, 1), "{ended:?}");
    assert!(ended.pain_points > 0);
    assert_eq!(list_all(&client).await.len(), ended.pain_points as usize);
    let before = members(&client).await;
    process.kill();

    let process = Process::serve(folder.path(), &[]);
    let client = client_on(connect(&process.address).await);
    assert_eq!(members(&client).await, before, "pain points are there after another start");
    let again = discover_all(&client).await;
    assert_eq!((again.born, again.ended), (0, 0), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_it_writes_doubles_and_loses_nothing() {
    let folder = folder_of_variations(3_000).await;
    let process = Process::serve(folder.path(), &[]);
    let client = client_on(connect(&process.address).await);
    let started = client.clone().discover(DiscoverRequest::default()).await.expect("it starts").into_inner();
    let id = started.discovery_id;
    let is_in_the_middle = |state: &v1::Discovery| state.step() == DiscoveryStep::Writing && state.mentions_done > 0;
    watch_until(&client, &id, is_in_the_middle).await;
    let named = list_all(&client).await.remove(0).pain_point_id;
    let rename =
        v1::RenamePainPointRequest { pain_point_id: named.clone(), name: "Warten".to_owned(), by: "anna".to_owned() };
    client.clone().rename(rename).await.expect("it is there already");
    process.kill();

    let process = Process::serve(folder.path(), &[]);
    let client = client_on(connect(&process.address).await);
    let ended = watch_to_end(&client, &id).await;
    assert_eq!((ended.state(), ended.resumed), (DiscoveryState::Done, 1), "{ended:?}");
    let listed = list_all(&client).await;
    assert_eq!((listed.len(), ended.born), (ended.pain_points as usize, ended.pain_points), "{ended:?}");
    assert_eq!(map(&client).await.len() as u64, ended.mentions_total, "every mention has its place");
    assert!(!members(&client).await.is_empty());
    let renamed = listed.iter().find(|listed| listed.pain_point_id == named).expect("it is there");
    assert_eq!((renamed.name.as_str(), renamed.named_by.as_str()), ("Warten", "anna"), "a person's name holds");
    let mut born = HashSet::new();
    for event in events(&client).await.iter().filter(|event| event.kind() == PainPointEventKind::Born) {
        assert!(born.insert(event.pain_point_id.clone()), "it was born once");
    }
    assert_eq!(born, listed.iter().map(|listed| listed.pain_point_id.clone()).collect());

    let again = discover_all(&client).await;
    assert_eq!((again.born, again.continued, again.ended), (0, ended.pain_points, 0), "{again:?}");
}

/// Figures for a report, not a promise: `KLARTEXT_TEST_MENTIONS=100000 cargo test --release --test painpoints -- --ignored
/// --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn figures_of_a_large_discovery() {
    let wanted = std::env::var("KLARTEXT_TEST_MENTIONS").ok().and_then(|count| count.parse().ok());
    let wanted: usize = wanted.unwrap_or(20_000);
    let server = start_on_folder(folder_of_variations(wanted).await).await;
    println!("{wanted} mentions stored; anonymous memory {} MB", anonymous_megabytes());
    let start = Instant::now();
    let client = client(&server);
    let started = client.clone().discover(DiscoverRequest::default()).await.expect("it starts").into_inner();
    let mut states =
        client.clone().watch_discovery(by_id(&started.discovery_id)).await.expect("it is watched").into_inner();
    let mut step = None;
    let mut is_placed = false;
    let mut highest = 0;
    while let Some(state) = states.message().await.expect("it goes on") {
        highest = highest.max(anonymous_megabytes());
        if step != Some(state.step()) || state.state() != DiscoveryState::Running {
            step = Some(state.step());
            println!("{:6.1} s {:?} {:?}", start.elapsed().as_secs_f64(), state.state(), state.step());
        }
        if !is_placed && state.step() == DiscoveryStep::Writing && state.mentions_done >= state.mentions_total {
            is_placed = true;
            println!("{:6.1} s every mention has its place", start.elapsed().as_secs_f64());
        }
        if state.state() == DiscoveryState::Done {
            println!("{} pain points, {} weak members", state.pain_points, state.weak_members);
        }
    }
    println!("anonymous memory {highest} MB at the most that was seen");
    let assigner = server.pipeline.assigners().of("public-transport").expect("there is one");
    let (points, _) = page_by_id(server.store.as_ref(), Kind::Mentions, &Filter::default(), None, 1_000, true)
        .await
        .expect("they are read");
    let vectors: Vec<Vec<f32>> = points.into_iter().filter_map(|point| point.vector).collect();
    let start = Instant::now();
    let placed = vectors.iter().filter_map(|vector| assigner.place(vector)).count();
    let micros = start.elapsed().as_micros() / placed as u128;
    println!("{micros} µs to place a mention among {} leaves", assigner.model.hierarchy.leaves());
}

fn anonymous_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("it says so");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1_024
}
