//! List, Search, Delete, Correct and Export as a back end calls them. Erase has a file of its own.

mod support;

use std::collections::{BTreeMap, HashMap, HashSet};

use klartext_proto::v1::{
    Channel, Comment, CommentFilter, CommentIds, CorrectMentionRequest, CorrectedLabel, DeleteCommentsRequest,
    ExplainMentionRequest, ExplainMentionResponse, ExportCommentsRequest, ExternalId, GetCommentRequest, Insight,
    ListCommentsRequest, Mention, MentionFilter, MentionRef, Polarity, ScoreKind, ScoreRange, Scores,
    SearchCommentsRequest, SearchCommentsResponse, SearchUnit, SortBy, Sorting, StoreOutcome, StoredComment,
    SurveyKind, TimeRange, TopicIds, TouchpointOrigin, correct_mention_request, delete_comments_request,
    explain_mention_request, get_comment_request, search_comments_request,
};
use klartext_server::ops::config::LimitsConfig;
use klartext_server::store::{Filter, Kind};
use prost_types::Timestamp;
use support::{TestServer, comment, insight, patient_limits};
use tonic::{Code, Status};
use tonic_types::StatusExt;

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn by_id(comment_id: &str) -> GetCommentRequest {
    GetCommentRequest { by: Some(get_comment_request::By::CommentId(comment_id.to_owned())) }
}

fn by_external(external_id: &str) -> GetCommentRequest {
    let external = ExternalId { source: "test".to_owned(), external_id: external_id.to_owned() };
    GetCommentRequest { by: Some(get_comment_request::By::External(external)) }
}

const DAY: i64 = 86_400;
/// The day on which the first comment was said.
const FIRST_DAY: i64 = 1_767_225_600;

/// Comments that differ in everything that a filter can ask for; said on one day after the other.
fn corpus() -> Vec<Comment> {
    let said = |number: i64, text: &str| Comment {
        external_id: number.to_string(),
        time: Some(Timestamp { seconds: FIRST_DAY + number * DAY, nanos: 250_000 }),
        ..comment(text)
    };
    let scores = |nps: Option<f64>, csat: Option<f64>, stars: Option<f64>| Some(Scores { nps, csat, stars });
    vec![
        Comment {
            channel: Channel::Survey.into(),
            survey_kind: SurveyKind::Permanent.into(),
            scores: scores(Some(2.0), None, None),
            subject: "kundin-1".to_owned(),
            ..said(
                0,
                "Der Schaffner im Zug war sehr freundlich und geduldig. Der Fahrkartenautomat hat meine Karte nicht angenommen.",
            )
        },
        Comment {
            channel: Channel::CallCentre.into(),
            scores: scores(Some(0.0), Some(1.0), None),
            subject: "kundin-1".to_owned(),
            ..said(1, "Am Telefon hing ich eine halbe Stunde in der Warteschleife, bis endlich jemand abnahm.")
        },
        Comment {
            channel: Channel::AppStore.into(),
            scores: scores(None, None, Some(1.0)),
            ..said(2, "Die App stürzt beim Ticketkauf ständig ab.")
        },
        Comment {
            channel: Channel::AppStore.into(),
            scores: scores(None, None, Some(5.0)),
            ..said(3, "Die App ist übersichtlich und schnell, großes Lob!")
        },
        Comment {
            channel: Channel::EMail.into(),
            source: "crm".to_owned(),
            subject: "kunde-2".to_owned(),
            ..said(4, "Ich warte seit sechs Wochen auf meine Erstattung. Bitte melden Sie sich endlich bei mir!")
        },
        Comment {
            channel: Channel::Survey.into(),
            survey_kind: SurveyKind::Community.into(),
            scores: scores(Some(9.0), Some(5.0), None),
            ..said(5, "Alles bestens, sehr freundliches Personal, vielen Dank!")
        },
        Comment {
            channel: Channel::Survey.into(),
            survey_kind: SurveyKind::Temporary.into(),
            scores: scores(Some(7.0), None, None),
            touchpoint: "ticket-purchase".to_owned(),
            ..said(6, "Es wäre schön, wenn es im Zug mehr Steckdosen gäbe.")
        },
        Comment {
            channel: Channel::Social.into(),
            scores: scores(Some(2.0), None, None),
            ..said(7, "The lift at the station has been broken for weeks and nobody cares.")
        },
        Comment {
            channel: Channel::Chat.into(),
            journey: "generic".to_owned(),
            scores: scores(Some(2.0), Some(3.0), Some(3.0)),
            ..said(8, "Die Lieferung kam zwei Wochen zu spät, und das Paket war beschädigt.")
        },
        Comment {
            channel: Channel::Shop.into(),
            scores: scores(Some(7.0), Some(3.0), Some(3.0)),
            ..said(9, "Der Aufzug am Bahnhof ist seit Wochen kaputt. Die Durchsagen waren nicht zu verstehen.")
        },
    ]
}

async fn with_corpus() -> TestServer {
    let server = TestServer::start().await;
    let results = server.analyze(corpus(), true).await;
    assert!(results.into_iter().map(insight).all(|insight| insight.store_outcome() == StoreOutcome::Created));
    server
}

async fn list(server: &TestServer, request: ListCommentsRequest) -> Vec<StoredComment> {
    let mut request = request;
    let mut all = Vec::new();
    loop {
        let page = server.comments.clone().list(request.clone()).await.expect("it is listed").into_inner();
        all.extend(page.comments);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

async fn filtered(server: &TestServer, filter: CommentFilter) -> Vec<StoredComment> {
    list(server, ListCommentsRequest { filter: Some(filter), ..Default::default() }).await
}

async fn everything(server: &TestServer) -> Vec<StoredComment> {
    filtered(server, CommentFilter::default()).await
}

fn id_of(stored: &StoredComment) -> &str {
    &stored.insight.as_ref().expect("it is there").comment_id
}

fn ids(comments: &[StoredComment]) -> HashSet<&str> {
    comments.iter().map(id_of).collect()
}

fn mentions(stored: &StoredComment) -> &[Mention] {
    &stored.insight.as_ref().expect("it is there").mentions
}

fn polarity(mention: &Mention) -> Polarity {
    mention.sentiment.as_ref().expect("it is there").polarity()
}

fn touchpoint(mention: &Mention) -> &str {
    mention.touchpoint.as_ref().map_or("", |tag| tag.touchpoint.as_str())
}

/// A filter and what it should find, said in Rust.
type Case = (&'static str, CommentFilter, Box<dyn Fn(&StoredComment) -> bool>);

fn case(name: &'static str, filter: CommentFilter, matches: impl Fn(&StoredComment) -> bool + 'static) -> Case {
    (name, filter, Box::new(matches))
}

fn sent(stored: &StoredComment) -> &Comment {
    stored.comment.as_ref().expect("it is there")
}

fn of_mention(mention: MentionFilter) -> CommentFilter {
    CommentFilter { mention: Some(mention), ..CommentFilter::default() }
}

fn score_range(kind: ScoreKind, min: Option<f64>, max: Option<f64>) -> CommentFilter {
    CommentFilter { scores: vec![ScoreRange { kind: kind.into(), min, max }], ..CommentFilter::default() }
}

fn seconds(stored: &StoredComment) -> i64 {
    sent(stored).time.expect("it is there").seconds
}

fn comment_polarity(stored: &StoredComment) -> Polarity {
    stored.insight.as_ref().and_then(|insight| insight.sentiment.as_ref()).expect("it is there").polarity()
}

#[tokio::test]
async fn every_condition_finds_what_it_asks_for_and_nothing_else() {
    let server = with_corpus().await;
    let all = everything(&server).await;
    assert_eq!(all.len(), corpus().len());
    let default = CommentFilter::default;
    let at = |day: i64| Some(Timestamp { seconds: FIRST_DAY + day * DAY, nanos: 250_000 });
    let nps = |stored: &StoredComment| sent(stored).scores.and_then(|scores| scores.nps);
    // The touchpoint, topic and owner of the first mention that has them.
    let tagged = all.iter().flat_map(mentions).filter_map(|mention| mention.touchpoint.clone()).next();
    let tagged = tagged.expect("the journey knows some of it");
    let topic = all.iter().flat_map(mentions).find_map(|mention| mention.topics.first()).expect("there is one");
    let (touchpoint_id, owner, phase, topic) =
        (tagged.touchpoint.clone(), tagged.owner.clone(), tagged.phase.clone(), topic.topic.clone());
    // A mention is also found by the touchpoint that the caller named, where its text names none.
    let tag_of = |stored: &StoredComment, mention: &Mention| {
        mention.touchpoint.clone().or_else(|| stored.insight.as_ref().and_then(|all| all.given_touchpoint.clone()))
    };
    let cases = vec![
        case(
            "channels",
            CommentFilter { channels: vec![Channel::AppStore.into(), Channel::Chat.into()], ..default() },
            |stored| [Channel::AppStore, Channel::Chat].contains(&sent(stored).channel()),
        ),
        case("sources", CommentFilter { sources: vec!["crm".to_owned()], ..default() }, |stored| {
            sent(stored).source == "crm"
        }),
        case("journeys", CommentFilter { journeys: vec!["generic".to_owned()], ..default() }, |stored| {
            sent(stored).journey == "generic"
        }),
        case("languages", CommentFilter { languages: vec!["en".to_owned()], ..default() }, |stored| {
            stored.insight.as_ref().is_some_and(|insight| insight.language == "en")
        }),
        case(
            "survey_kinds",
            CommentFilter { survey_kinds: vec![SurveyKind::Permanent.into()], ..default() },
            |stored| sent(stored).survey_kind() == SurveyKind::Permanent,
        ),
        case("subjects", CommentFilter { subjects: vec!["kundin-1".to_owned()], ..default() }, |stored| {
            sent(stored).subject == "kundin-1"
        }),
        case(
            "time: from is inclusive, until is not",
            CommentFilter { time: Some(TimeRange { from: at(2), until: at(5) }), ..default() },
            |stored| (FIRST_DAY + 2 * DAY..FIRST_DAY + 5 * DAY).contains(&seconds(stored)),
        ),
        case(
            "time: open end",
            CommentFilter { time: Some(TimeRange { from: at(8), until: None }), ..default() },
            |stored| seconds(stored) >= FIRST_DAY + 8 * DAY,
        ),
        case("nps: both ends are inclusive", score_range(ScoreKind::Nps, Some(2.0), Some(7.0)), move |stored| {
            nps(stored).is_some_and(|nps| (2.0..=7.0).contains(&nps))
        }),
        case("csat", score_range(ScoreKind::Csat, None, Some(3.0)), |stored| {
            sent(stored).scores.and_then(|scores| scores.csat).is_some_and(|csat| csat <= 3.0)
        }),
        case("stars", score_range(ScoreKind::Stars, Some(4.0), None), |stored| {
            sent(stored).scores.and_then(|scores| scores.stars).is_some_and(|stars| stars >= 4.0)
        }),
        case("sentiment score", score_range(ScoreKind::Sentiment, Some(0.1), None), |stored| {
            let insight = stored.insight.as_ref().expect("it is there");
            insight.sentiment.as_ref().is_some_and(|sentiment| sentiment.score >= 0.1)
        }),
        case("severity", score_range(ScoreKind::Severity, Some(0.3), None), |stored| {
            stored.insight.as_ref().is_some_and(|insight| insight.severity >= 0.3)
        }),
        case(
            "two score ranges",
            CommentFilter {
                scores: [
                    score_range(ScoreKind::Nps, Some(0.0), Some(2.0)),
                    score_range(ScoreKind::Csat, Some(1.0), None),
                ]
                .into_iter()
                .flat_map(|filter| filter.scores)
                .collect(),
                ..default()
            },
            move |stored| {
                nps(stored).is_some_and(|nps| nps <= 2.0)
                    && sent(stored).scores.is_some_and(|scores| scores.csat.is_some())
            },
        ),
        case("sentiments", CommentFilter { sentiments: vec![Polarity::Positive.into()], ..default() }, |stored| {
            comment_polarity(stored) == Polarity::Positive
        }),
        case(
            "actions",
            CommentFilter { actions: vec![klartext_proto::v1::ActionKind::AnswerNeeded.into()], ..default() },
            |stored| {
                let action = stored.insight.as_ref().and_then(|insight| insight.action.as_ref());
                action.is_some_and(|action| action.kind() == klartext_proto::v1::ActionKind::AnswerNeeded)
            },
        ),
        case(
            "touchpoints",
            of_mention(MentionFilter { touchpoints: vec![touchpoint_id.clone()], ..Default::default() }),
            move |stored| {
                let mut tags = mentions(stored).iter().filter_map(|mention| tag_of(stored, mention));
                tags.any(|tag| tag.touchpoint == touchpoint_id)
            },
        ),
        case(
            "owners",
            of_mention(MentionFilter { owners: vec![owner.clone()], ..Default::default() }),
            move |stored| {
                let mut tags = mentions(stored).iter().filter_map(|mention| tag_of(stored, mention));
                tags.any(|tag| tag.owner == owner)
            },
        ),
        case(
            "phases",
            of_mention(MentionFilter { phases: vec![phase.clone()], ..Default::default() }),
            move |stored| {
                let mut tags = mentions(stored).iter().filter_map(|mention| tag_of(stored, mention));
                tags.any(|tag| tag.phase == phase)
            },
        ),
        case(
            "topics",
            of_mention(MentionFilter { topics: vec![topic.clone()], ..Default::default() }),
            move |stored| mentions(stored).iter().any(|mention| mention.topics.iter().any(|tag| tag.topic == topic)),
        ),
        case(
            "mention sentiments",
            of_mention(MentionFilter { sentiments: vec![Polarity::Positive.into()], ..Default::default() }),
            |stored| mentions(stored).iter().any(|mention| polarity(mention) == Polarity::Positive),
        ),
        case(
            "conditions together",
            CommentFilter {
                channels: vec![Channel::Survey.into()],
                subjects: vec!["kundin-1".to_owned(), "kunde-2".to_owned()],
                ..default()
            },
            |stored| sent(stored).channel() == Channel::Survey && !sent(stored).subject.is_empty(),
        ),
    ];
    for (name, filter, matches) in cases {
        let expected: HashSet<&str> = all.iter().filter(|stored| matches(stored)).map(id_of).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{name} tells nothing apart: {expected:?}");
        let found = filtered(&server, filter.clone()).await;
        assert_eq!(ids(&found), expected, "{name}");
        let request = ListCommentsRequest { filter: Some(filter), count: true, page_size: 1, ..Default::default() };
        let total = server.comments.clone().list(request).await.expect("it is listed").into_inner().total;
        assert_eq!(total, Some(expected.len() as u64), "{name}");
    }
    let nowhere = CommentFilter { sources: vec!["nowhere".to_owned()], ..default() };
    assert!(filtered(&server, nowhere).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn what_is_asked_of_a_mention_must_hold_for_one_and_the_same() {
    let server = with_corpus().await;
    let all = everything(&server).await;
    let praise_and_blame = all.iter().find_map(|stored| {
        let of = |wanted| {
            let with_touchpoint = mentions(stored).iter().filter(|mention| mention.touchpoint.is_some());
            with_touchpoint.filter(move |mention| polarity(mention) == wanted)
        };
        let praised = of(Polarity::Positive).next()?;
        let blamed = of(Polarity::Negative).find(|blamed| touchpoint(blamed) != touchpoint(praised))?;
        Some((stored, praised, blamed))
    });
    let (stored, praised, blamed) = praise_and_blame.expect("one comment praises one touchpoint and blames another");
    let asking = |touchpoint: &str, polarity: Polarity| {
        of_mention(MentionFilter {
            touchpoints: vec![touchpoint.to_owned()],
            sentiments: vec![polarity.into()],
            ..Default::default()
        })
    };
    for (tag, polarity, is_there) in [
        (touchpoint(praised), Polarity::Positive, true),
        (touchpoint(blamed), Polarity::Negative, true),
        (touchpoint(praised), Polarity::Negative, false),
        (touchpoint(blamed), Polarity::Positive, false),
    ] {
        let found = filtered(&server, asking(tag, polarity)).await;
        assert_eq!(ids(&found).contains(id_of(stored)), is_there, "{tag} {polarity:?}");
    }
    server.stop().await;
}

/// What a comment is sorted by.
fn sort_value(stored: &StoredComment, by: SortBy) -> Option<f64> {
    let scores = sent(stored).scores.unwrap_or_default();
    let insight = stored.insight.as_ref().expect("it is there");
    let millionths = |score: f64| (score * 1e6).round() / 1e6;
    match by {
        SortBy::Unspecified | SortBy::Time => Some(seconds(stored) as f64),
        SortBy::Nps => scores.nps,
        SortBy::Csat => scores.csat,
        SortBy::Stars => scores.stars,
        SortBy::Sentiment => insight.sentiment.as_ref().map(|sentiment| millionths(sentiment.score)),
        SortBy::Severity => Some(millionths(insight.severity)),
    }
}

#[tokio::test]
async fn pages_of_any_size_are_one_list_in_every_order() {
    let server = with_corpus().await;
    let all = everything(&server).await;
    for by in [SortBy::Time, SortBy::Nps, SortBy::Csat, SortBy::Stars, SortBy::Sentiment, SortBy::Severity] {
        for ascending in [false, true] {
            let mut expected: Vec<(f64, &str)> =
                all.iter().filter_map(|stored| Some((sort_value(stored, by)?, id_of(stored)))).collect();
            expected.sort_by(|left, right| {
                let by_value = left.0.total_cmp(&right.0);
                if ascending { by_value } else { by_value.reverse() }.then(left.1.cmp(right.1))
            });
            let expected: Vec<&str> = expected.into_iter().map(|(_, id)| id).collect();
            for page_size in [1, 3, 100] {
                let sorting = Some(Sorting { by: by.into(), ascending });
                let request = ListCommentsRequest { sorting, page_size, ..Default::default() };
                let found = list(&server, request).await;
                let found: Vec<&str> = found.iter().map(id_of).collect();
                assert_eq!(found, expected, "{by:?}, ascending {ascending}, {page_size} a page");
            }
            let sorting = Some(Sorting { by: by.into(), ascending });
            let request = ListCommentsRequest { sorting, count: true, page_size: 1, ..Default::default() };
            let total = server.comments.clone().list(request).await.expect("it is listed").into_inner().total;
            assert_eq!(total, Some(expected.len() as u64), "{by:?}");
        }
    }
    // Newest first, without being asked.
    let newest: Vec<i64> = all.iter().map(seconds).collect();
    assert!(newest.is_sorted_by(|left, right| left >= right), "{newest:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_listed_comment_is_the_stored_one() {
    let server = with_corpus().await;
    for listed in everything(&server).await {
        let stored = server.comments.clone().get(by_id(id_of(&listed))).await.expect("it is stored").into_inner();
        assert_eq!(listed, stored);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_page_goes_on_after_the_last_one_whatever_was_written_in_between() {
    let server = with_corpus().await;
    let sorting = Some(Sorting { by: SortBy::Nps.into(), ascending: true });
    let request = ListCommentsRequest { sorting, page_size: 2, ..Default::default() };
    let first = server.comments.clone().list(request.clone()).await.expect("it is listed").into_inner();
    let last_nps = sort_value(&first.comments[1], SortBy::Nps).expect("it has one");
    // The last one of the page goes, and new ones come before and after it.
    delete_ids(&server, vec![by_id(id_of(&first.comments[1]))]).await;
    let with_nps = |id: &str, nps| Comment {
        external_id: id.to_owned(),
        scores: Some(Scores { nps: Some(nps), ..Scores::default() }),
        ..comment("Der Bus kam pünktlich.")
    };
    server.analyze(vec![with_nps("before", 0.0), with_nps("after", 10.0)], true).await;
    let rest = list(&server, ListCommentsRequest { page_token: first.next_page_token, ..request }).await;
    let values: Vec<f64> = rest.iter().filter_map(|stored| sort_value(stored, SortBy::Nps)).collect();
    assert!(values.iter().all(|value| *value >= last_nps), "{values:?}");
    let external_ids: Vec<&str> = rest.iter().map(|stored| sent(stored).external_id.as_str()).collect();
    assert!(external_ids.contains(&"after") && !external_ids.contains(&"before"), "{external_ids:?}");
    assert!(ids(&first.comments).is_disjoint(&ids(&rest)));
    server.stop().await;
}

#[tokio::test]
async fn tokens_belong_to_their_request() {
    let server = with_corpus().await;
    let request = ListCommentsRequest { page_size: 2, ..Default::default() };
    let token = server.comments.clone().list(request.clone()).await.expect("it is listed").into_inner().next_page_token;
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    let other_filter = CommentFilter { sources: vec!["test".to_owned()], ..CommentFilter::default() };
    let other_order = Sorting { by: SortBy::Time.into(), ascending: true };
    let wrong = [
        ListCommentsRequest { filter: Some(other_filter), page_token: token.clone(), ..request.clone() },
        ListCommentsRequest { sorting: Some(other_order), page_token: token.clone(), ..request.clone() },
        ListCommentsRequest { page_token: "garbage".to_owned(), ..request.clone() },
        ListCommentsRequest { page_token: format!("{token}0"), ..request.clone() },
        ListCommentsRequest { page_token: token[..token.len() - 1].to_owned(), ..request.clone() },
        ListCommentsRequest { page_token: "ä".repeat(40), ..request.clone() },
    ];
    for request in wrong {
        let status = server.comments.clone().list(request).await.expect_err("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    }
    // The page size may change, and the same order may be said in other words.
    let same_order = Sorting { by: SortBy::Time.into(), ascending: false };
    let again = ListCommentsRequest { sorting: Some(same_order), page_token: token.clone(), page_size: 5, ..request };
    assert_eq!(server.comments.clone().list(again).await.expect("it is listed").into_inner().comments.len(), 5);
    let search = text_query("Aufzug", 2);
    let status = server
        .comments
        .clone()
        .search(SearchCommentsRequest { page_token: token.clone(), ..search })
        .await
        .expect_err("it is refused");
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    let export = ExportCommentsRequest { resume_token: token, ..Default::default() };
    let status = server.comments.clone().export(export).await.expect_err("it is refused");
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    server.stop().await;
}

#[tokio::test]
async fn bad_input_is_refused_with_its_reason() {
    let limits = LimitsConfig { max_page_size: 10, max_comments_per_call: 3, ..patient_limits() };
    let server = TestServer::start_with(limits).await;
    let filters = [
        (CommentFilter { channels: vec![99], ..Default::default() }, "ENUM_UNKNOWN"),
        (CommentFilter { survey_kinds: vec![-1], ..Default::default() }, "ENUM_UNKNOWN"),
        (CommentFilter { sentiments: vec![77], ..Default::default() }, "ENUM_UNKNOWN"),
        (CommentFilter { actions: vec![0], ..Default::default() }, "ENUM_UNKNOWN"),
        (of_mention(MentionFilter { sentiments: vec![0], ..Default::default() }), "ENUM_UNKNOWN"),
        (
            CommentFilter { scores: vec![ScoreRange { kind: 42, min: None, max: None }], ..Default::default() },
            "ENUM_UNKNOWN",
        ),
        (score_range(ScoreKind::Nps, Some(f64::NAN), None), "FILTER_INVALID"),
        (score_range(ScoreKind::Nps, None, Some(f64::INFINITY)), "FILTER_INVALID"),
        (score_range(ScoreKind::Nps, Some(3.0), Some(2.0)), "FILTER_INVALID"),
        (time_filter(10, 5), "FILTER_INVALID"),
        (
            CommentFilter {
                time: Some(TimeRange { from: Some(Timestamp { seconds: i64::MAX, nanos: 0 }), until: None }),
                ..Default::default()
            },
            "TIME_INVALID",
        ),
    ];
    for (filter, expected) in filters {
        let list = ListCommentsRequest { filter: Some(filter.clone()), ..Default::default() };
        let search = SearchCommentsRequest { filter: Some(filter.clone()), ..text_query("Aufzug", 1) };
        let export = ExportCommentsRequest { filter: Some(filter.clone()), ..Default::default() };
        let delete =
            DeleteCommentsRequest { by: Some(delete_comments_request::By::Filter(filter.clone())), dry_run: true };
        let refused = [
            server.comments.clone().list(list).await.expect_err("it is refused"),
            server.comments.clone().search(search).await.expect_err("it is refused"),
            server.comments.clone().export(export).await.expect_err("it is refused"),
            server.comments.clone().delete(delete).await.expect_err("it is refused"),
        ];
        for status in refused {
            assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, expected), "{filter:?}");
        }
    }

    let too_many = ListCommentsRequest { page_size: 11, ..Default::default() };
    let status = server.comments.clone().list(too_many).await.expect_err("it is refused");
    assert_eq!(reason(&status), "PAGE_SIZE_INVALID");
    let unknown = Sorting { by: 42, ascending: false };
    let unknown = ListCommentsRequest { sorting: Some(unknown), ..Default::default() };
    let status = server.comments.clone().list(unknown).await.expect_err("it is refused");
    assert_eq!(reason(&status), "ENUM_UNKNOWN");

    let no_id = "00000000-0000-0000-0000-000000000000";
    let like = |query| SearchCommentsRequest { query: Some(query), ..Default::default() };
    let mention = |comment_id: &str, index| {
        search_comments_request::Query::Mention(MentionRef { comment_id: comment_id.to_owned(), index })
    };
    let stored = server.insight(comment("Der Zug war voll."), true).await.comment_id;
    let searches = [
        (text_query("", 1), Code::InvalidArgument, "TEXT_EMPTY"),
        (text_query(" \u{200b}\n", 1), Code::InvalidArgument, "TEXT_EMPTY"),
        (text_query(&"a".repeat(20_001), 1), Code::InvalidArgument, "TEXT_TOO_LONG"),
        (text_query("Aufzug", 11), Code::InvalidArgument, "PAGE_SIZE_INVALID"),
        (SearchCommentsRequest { unit: 9, ..text_query("Aufzug", 1) }, Code::InvalidArgument, "ENUM_UNKNOWN"),
        (SearchCommentsRequest::default(), Code::InvalidArgument, "FIELD_MISSING"),
        (like(search_comments_request::Query::Comment(by_id("17"))), Code::InvalidArgument, "ID_INVALID"),
        (like(search_comments_request::Query::Comment(by_id(no_id))), Code::NotFound, "COMMENT_NOT_FOUND"),
        (like(mention("17", 0)), Code::InvalidArgument, "ID_INVALID"),
        (like(mention(no_id, 0)), Code::NotFound, "COMMENT_NOT_FOUND"),
        (like(mention(&stored, 1)), Code::NotFound, "MENTION_NOT_FOUND"),
    ];
    for (request, code, expected) in searches {
        let status = server.comments.clone().search(request.clone()).await.expect_err("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{request:?}");
    }

    let by_ids = |ids| Some(delete_comments_request::By::Ids(CommentIds { ids }));
    let deletions = [
        (None, "FIELD_MISSING"),
        (Some(delete_comments_request::By::Filter(CommentFilter::default())), "FILTER_EMPTY"),
        (Some(delete_comments_request::By::Filter(of_mention(MentionFilter::default()))), "FILTER_EMPTY"),
        (by_ids(vec![by_id("17")]), "ID_INVALID"),
        (by_ids(vec![GetCommentRequest::default()]), "ID_INVALID"),
        (by_ids(vec![by_id(no_id); 4]), "TOO_MANY_COMMENTS"),
    ];
    for (by, expected) in deletions {
        let request = DeleteCommentsRequest { by, dry_run: false };
        let status = server.comments.clone().delete(request).await.expect_err("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, expected));
    }
    assert_eq!(everything(&server).await.len(), 1, "nothing was deleted");
    server.stop().await;
}

fn time_filter(from: i64, until: i64) -> CommentFilter {
    let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
    CommentFilter { time: Some(TimeRange { from: at(from), until: at(until) }), ..CommentFilter::default() }
}

fn text_query(text: &str, page_size: u32) -> SearchCommentsRequest {
    let query = Some(search_comments_request::Query::Text(text.to_owned()));
    SearchCommentsRequest { query, page_size, ..Default::default() }
}

async fn search(server: &TestServer, request: SearchCommentsRequest) -> SearchCommentsResponse {
    server.comments.clone().search(request).await.expect("it is found").into_inner()
}

#[tokio::test]
async fn a_search_finds_what_is_said_in_other_words() {
    let server = with_corpus().await;
    let paraphrases = [
        ("Bei der Hotline geht ewig niemand ran", "1"),
        ("Das Programm auf dem Handy beendet sich dauernd von selbst", "2"),
        ("Mein Geld habe ich immer noch nicht zurück", "4"),
    ];
    for (text, expected) in paraphrases {
        for unit in [SearchUnit::Unspecified, SearchUnit::Mention, SearchUnit::Comment] {
            let found = search(&server, SearchCommentsRequest { unit: unit.into(), ..text_query(text, 3) }).await;
            assert_eq!(found.hits.len(), 3);
            assert!(found.hits.is_sorted_by(|left, right| left.similarity >= right.similarity));
            let best = &found.hits[0];
            let best_comment = best.comment.as_ref().expect("the whole comment comes with it");
            assert_eq!(sent(best_comment).external_id, expected, "{text} ({unit:?})");
            assert_eq!(best.mention.is_some(), unit != SearchUnit::Comment);
            let stored = server.comments.clone().get(by_id(id_of(best_comment))).await.expect("it is stored");
            assert_eq!(*best_comment, stored.into_inner());
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_search_takes_the_same_filters_and_asks_them_of_the_mention_found() {
    let server = with_corpus().await;
    let filter = of_mention(MentionFilter { sentiments: vec![Polarity::Negative.into()], ..Default::default() });
    let request = SearchCommentsRequest { filter: Some(filter), ..text_query("freundliches Personal im Zug", 100) };
    let found = search(&server, request.clone()).await;
    assert!(!found.hits.is_empty());
    for hit in &found.hits {
        let stored = hit.comment.as_ref().expect("it is there");
        let index = hit.mention.expect("a mention was found") as usize;
        assert_eq!(polarity(&mentions(stored)[index]), Polarity::Negative);
    }
    // Of a comment it is enough that one of its mentions is so.
    let comments = search(&server, SearchCommentsRequest { unit: SearchUnit::Comment.into(), ..request }).await;
    let praised_too = comments
        .hits
        .iter()
        .filter_map(|hit| hit.comment.as_ref())
        .any(|stored| mentions(stored).iter().any(|mention| polarity(mention) == Polarity::Positive));
    assert!(praised_too);
    let chat = CommentFilter { channels: vec![Channel::Chat.into()], ..CommentFilter::default() };
    let found = search(&server, SearchCommentsRequest { filter: Some(chat), ..text_query("Zug", 100) }).await;
    assert!(!found.hits.is_empty());
    assert!(found.hits.iter().filter_map(|hit| hit.comment.as_ref()).all(|it| sent(it).channel() == Channel::Chat));
    server.stop().await;
}

#[tokio::test]
async fn what_is_like_a_comment_or_a_mention_is_not_itself() {
    let server = with_corpus().await;
    let all = everything(&server).await;
    let broken_lift = all.iter().find(|stored| sent(stored).external_id == "9").expect("it is there");
    let id = id_of(broken_lift);
    let all_mentions: usize = all.iter().map(|stored| mentions(stored).len()).sum();
    let mention = MentionRef { comment_id: id.to_owned(), index: 0 };
    let queries = [
        (search_comments_request::Query::Comment(by_external("9")), SearchUnit::Unspecified, all.len() - 1),
        (search_comments_request::Query::Comment(by_id(id)), SearchUnit::Comment, all.len() - 1),
        (
            search_comments_request::Query::Comment(by_id(id)),
            SearchUnit::Mention,
            all_mentions - mentions(broken_lift).len(),
        ),
        (search_comments_request::Query::Mention(mention.clone()), SearchUnit::Unspecified, all_mentions - 1),
        (search_comments_request::Query::Mention(mention), SearchUnit::Comment, all.len() - 1),
    ];
    for (query, unit, hits) in queries {
        let request = SearchCommentsRequest {
            query: Some(query.clone()),
            unit: unit.into(),
            page_size: 100,
            ..Default::default()
        };
        let found = search(&server, request).await;
        assert_eq!(found.hits.len(), hits, "{query:?} {unit:?}");
        let is_itself = |hit: &klartext_proto::v1::SearchHit| {
            hit.comment.as_ref().is_some_and(|stored| id_of(stored) == id) && hit.mention.is_none_or(|index| index == 0)
        };
        assert!(!found.hits.iter().any(is_itself), "{query:?} {unit:?}");
        // The same trouble, said in English.
        if matches!(query, search_comments_request::Query::Mention(_)) {
            let best = found.hits[0].comment.as_ref().expect("it is there");
            assert_eq!(sent(best).external_id, "7", "{unit:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn pages_of_a_search_are_one_ranking_even_among_equals() {
    let server = with_corpus().await;
    let thanks = |number: usize| Comment { external_id: format!("thanks-{number}"), ..comment("Vielen Dank!") };
    server.analyze((0..20).map(thanks).collect(), true).await;
    for unit in [SearchUnit::Mention, SearchUnit::Comment] {
        let request = SearchCommentsRequest { unit: unit.into(), ..text_query("Danke schön", 100) };
        let ranking = search(&server, request.clone()).await;
        assert!(ranking.next_page_token.is_empty() && ranking.hits.len() > 28);
        for page_size in [1, 7] {
            let mut paged = Vec::new();
            let mut request = SearchCommentsRequest { page_size, ..request.clone() };
            loop {
                let page = search(&server, request.clone()).await;
                paged.extend(page.hits);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            assert_eq!(paged, ranking.hits, "{unit:?}, {page_size} a page");
        }
    }
    server.stop().await;
}

async fn delete_ids(server: &TestServer, ids: Vec<GetCommentRequest>) -> u64 {
    let by = Some(delete_comments_request::By::Ids(CommentIds { ids }));
    let request = DeleteCommentsRequest { by, dry_run: false };
    server.comments.clone().delete(request).await.expect("it is deleted").into_inner().comments
}

async fn points(server: &TestServer) -> (u64, u64) {
    let count = async |kind| server.store.count(kind, Filter::default()).await.expect("it counts");
    (count(Kind::Comments).await, count(Kind::Mentions).await)
}

#[tokio::test]
async fn comments_are_deleted_by_id_with_their_mentions_and_again_without_an_error() {
    let server = with_corpus().await;
    let all = everything(&server).await;
    let doomed = &all[0];
    let (comments, all_mentions) = points(&server).await;
    let unknown = by_external("never sent");
    assert_eq!(delete_ids(&server, vec![by_id(id_of(doomed)), unknown.clone(), by_id(id_of(doomed))]).await, 1);
    let left = all_mentions - mentions(doomed).len() as u64;
    assert_eq!(points(&server).await, (comments - 1, left));
    assert_eq!(delete_ids(&server, vec![by_id(id_of(doomed)), unknown]).await, 0);
    assert_eq!(delete_ids(&server, vec![]).await, 0);
    assert_eq!(points(&server).await, (comments - 1, left));
    let status = server.comments.clone().get(by_id(id_of(doomed))).await.expect_err("it is gone");
    assert_eq!(reason(&status), "COMMENT_NOT_FOUND");
    // Sent again it is new.
    let sent_again =
        corpus().into_iter().find(|sent| sent.external_id == doomed.comment.as_ref().expect("it is there").external_id);
    let again = server.insight(sent_again.expect("it is one of them"), true).await;
    assert_eq!(again.store_outcome(), StoreOutcome::Created);
    server.stop().await;
}

#[tokio::test]
async fn comments_are_deleted_by_filter_after_a_dry_run() {
    let server = with_corpus().await;
    let filter = CommentFilter { channels: vec![Channel::Survey.into()], ..CommentFilter::default() };
    let delete = async |dry_run| {
        let by = Some(delete_comments_request::By::Filter(filter.clone()));
        let request = DeleteCommentsRequest { by, dry_run };
        server.comments.clone().delete(request).await.expect("it works").into_inner().comments
    };
    let before = points(&server).await;
    assert_eq!(delete(true).await, 3);
    assert_eq!(points(&server).await, before);
    assert_eq!(delete(false).await, 3);
    assert_eq!(delete(false).await, 0);
    let left = everything(&server).await;
    assert_eq!(left.len() as u64, before.0 - 3);
    assert!(left.iter().all(|stored| sent(stored).channel() != Channel::Survey));
    let mentions_left: usize = left.iter().map(|stored| mentions(stored).len()).sum();
    assert_eq!(points(&server).await.1, mentions_left as u64);
    server.stop().await;
}

fn correction(comment_id: &str, index: u32, label: correct_mention_request::Label) -> CorrectMentionRequest {
    CorrectMentionRequest {
        mention: Some(MentionRef { comment_id: comment_id.to_owned(), index }),
        label: Some(label),
        corrected_by: "a.meyer".to_owned(),
    }
}

async fn correct(server: &TestServer, request: CorrectMentionRequest) -> StoredComment {
    server.comments.clone().correct(request).await.expect("it is corrected").into_inner()
}

const TWO_MENTIONS: &str =
    "Der Schaffner im Zug war sehr freundlich. Der Fahrkartenautomat hat meine Karte nicht angenommen.";

#[tokio::test]
async fn a_person_sets_and_withdraws_each_label() {
    use correct_mention_request::Label;
    let server = TestServer::start().await;
    let sent = Comment { external_id: "c-1".to_owned(), ..comment(TWO_MENTIONS) };
    let id = server.insight(sent, true).await.comment_id;
    let before = server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner();
    assert_eq!(polarity(&mentions(&before)[0]), Polarity::Positive);

    let corrected = correct(&server, correction(&id, 0, Label::Sentiment(Polarity::Negative.into()))).await;
    let mention = &mentions(&corrected)[0];
    let sentiment = mention.sentiment.as_ref().expect("it is there");
    assert_eq!((sentiment.polarity(), sentiment.score, sentiment.negative), (Polarity::Negative, -0.5, 1.0));
    assert!(mention.evidence.iter().all(|evidence| evidence.label != "sentiment"), "it spoke for the machine's label");
    let made = &mention.corrections[0];
    assert_eq!((made.label(), made.corrected_by.as_str()), (CorrectedLabel::Sentiment, "a.meyer"));
    assert!(made.corrected_at.expect("it is there").seconds >= before.stored_at.expect("it is there").seconds);
    assert_eq!(corrected.stored_at, before.stored_at);
    assert_eq!(mentions(&corrected)[1], mentions(&before)[1]);
    let stored = server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner();
    assert_eq!(stored, corrected, "it is stored as it was returned");

    // Filters and searches see it at once.
    let negative_only = of_mention(MentionFilter {
        touchpoints: vec![touchpoint(mention).to_owned()],
        sentiments: vec![Polarity::Negative.into()],
        ..Default::default()
    });
    assert_eq!(filtered(&server, negative_only.clone()).await.len(), 1);
    let found =
        search(&server, SearchCommentsRequest { filter: Some(negative_only), ..text_query("Schaffner", 5) }).await;
    assert_eq!(found.hits[0].mention, Some(0));

    let topics = TopicIds { topics: vec!["lift".to_owned(), "info display".to_owned(), "lift".to_owned()] };
    correct(&server, correction(&id, 0, Label::Topics(topics))).await;
    correct(&server, correction(&id, 0, Label::Touchpoint("ticket-purchase".to_owned()))).await;
    let by_another = CorrectMentionRequest {
        corrected_by: "b.schulz".to_owned(),
        ..correction(&id, 0, Label::Sentiment(Polarity::Neutral.into()))
    };
    let corrected = correct(&server, by_another).await;
    let mention = &mentions(&corrected)[0];
    let topics: Vec<&str> = mention.topics.iter().map(|tag| tag.topic.as_str()).collect();
    assert_eq!(topics, ["lift", "info display"]);
    let tag = mention.touchpoint.as_ref().expect("it was set");
    assert_eq!((tag.touchpoint.as_str(), tag.origin()), ("ticket-purchase", TouchpointOrigin::Person));
    assert!(!tag.owner.is_empty() && tag.confidence == 1.0);
    assert_eq!(polarity(mention), Polarity::Neutral);
    let mut who: Vec<(CorrectedLabel, &str)> =
        mention.corrections.iter().map(|made| (made.label(), made.corrected_by.as_str())).collect();
    who.sort();
    let expected = [
        (CorrectedLabel::Sentiment, "b.schulz"),
        (CorrectedLabel::Topics, "a.meyer"),
        (CorrectedLabel::Touchpoint, "a.meyer"),
    ];
    assert_eq!(who, expected, "one correction for each label, the last one counts");

    // None of them is an answer too.
    correct(&server, correction(&id, 0, Label::Topics(TopicIds::default()))).await;
    let corrected = correct(&server, correction(&id, 0, Label::Touchpoint(String::new()))).await;
    assert!(mentions(&corrected)[0].topics.is_empty() && mentions(&corrected)[0].touchpoint.is_none());

    for label in [CorrectedLabel::Sentiment, CorrectedLabel::Topics, CorrectedLabel::Touchpoint] {
        correct(&server, correction(&id, 0, Label::Withdraw(label.into()))).await;
    }
    let again = correct(&server, correction(&id, 0, Label::Withdraw(CorrectedLabel::Sentiment.into()))).await;
    let (withdrawn, machine) = (&mentions(&again)[0], &mentions(&before)[0]);
    assert!(withdrawn.corrections.is_empty());
    assert_eq!((&withdrawn.sentiment, &withdrawn.topics), (&machine.sentiment, &machine.topics));
    assert_eq!(touchpoint(withdrawn), touchpoint(machine));
    server.stop().await;
}

#[tokio::test]
async fn corrections_stay_when_the_same_comment_is_sent_again_and_go_with_its_text() {
    let server = TestServer::start().await;
    let version = |text: &str| Comment { external_id: "c-1".to_owned(), ..comment(text) };
    let id = server.insight(version(TWO_MENTIONS), true).await.comment_id;
    let label = correct_mention_request::Label::Sentiment(Polarity::Neutral.into());
    let corrected = correct(&server, correction(&id, 1, label)).await;
    let get = async || server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner();

    let again = server.insight(version(TWO_MENTIONS), true).await;
    assert_eq!(again.store_outcome(), StoreOutcome::Unchanged);
    assert_eq!(again.mentions[1].corrections, mentions(&corrected)[1].corrections);
    assert_eq!(get().await, corrected);

    let scores = Some(Scores { nps: Some(3.0), ..Scores::default() });
    let again = server.insight(Comment { scores, ..version(TWO_MENTIONS) }, true).await;
    assert_eq!(again.store_outcome(), StoreOutcome::Replaced);
    assert_eq!(polarity(&again.mentions[1]), Polarity::Neutral);
    let stored = get().await;
    assert_eq!(sent(&stored).scores.and_then(|scores| scores.nps), Some(3.0));
    assert_eq!(mentions(&stored)[1].corrections, mentions(&corrected)[1].corrections);

    let other_text = format!("{TWO_MENTIONS} Danke!");
    assert_eq!(server.insight(version(&other_text), true).await.store_outcome(), StoreOutcome::Replaced);
    assert!(mentions(&get().await).iter().all(|mention| mention.corrections.is_empty()));
    // And with the old text again there is nothing to come back.
    server.insight(version(TWO_MENTIONS), true).await;
    assert!(mentions(&get().await).iter().all(|mention| mention.corrections.is_empty()));
    server.stop().await;
}

#[tokio::test]
async fn the_same_words_have_the_same_labels_whatever_is_sent_beside_them() {
    let server = TestServer::start().await;
    let version = |text: &str, nps: Option<f64>| {
        let scores = Some(Scores { nps, ..Scores::default() });
        Comment { external_id: "c-1".to_owned(), scores, ..comment(text) }
    };
    let labels = |insight: &Insight| {
        let of_mention = |mention: &Mention| (mention.sentiment, mention.topics.clone(), mention.touchpoint.clone());
        insight.mentions.iter().map(of_mention).collect::<Vec<_>>()
    };
    let alone = server.insight(version(TWO_MENTIONS, None), true).await;
    let mut beside: Vec<Comment> =
        (1..40).map(|number| comment(&"Der Lift geht wieder nicht. ".repeat(number))).collect();
    beside.push(version(TWO_MENTIONS, Some(3.0)));
    let again = insight(server.analyze(beside, true).await.pop().expect("it is answered"));
    assert_eq!(again.store_outcome(), StoreOutcome::Replaced);
    assert_eq!(labels(&again), labels(&alone));

    // Two texts of one id in one call, cut alike: the last one counts, and is labelled by its own words.
    let (bad, good) = ("Der Fahrer war unfreundlich.", "Der Fahrer war zuvorkommend.");
    server.insight(version(bad, None), true).await;
    let both = server.analyze(vec![version(bad, Some(3.0)), version(good, Some(9.0))], true).await;
    let said: Vec<Polarity> = both.into_iter().map(|result| polarity(&insight(result).mentions[0])).collect();
    assert_eq!(said, [Polarity::Negative, Polarity::Positive]);
    server.stop().await;
}

#[tokio::test]
async fn bad_corrections_are_refused_and_change_nothing() {
    use correct_mention_request::Label;
    let server = TestServer::start().await;
    let id = server.insight(comment(TWO_MENTIONS), true).await.comment_id;
    let before = server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner();
    let neutral = || Label::Sentiment(Polarity::Neutral.into());
    let topics = |topic: &str| Label::Topics(TopicIds { topics: vec!["lift".to_owned(), topic.to_owned()] });
    let no_id = "00000000-0000-0000-0000-000000000000";
    let by = |corrected_by: &str| CorrectMentionRequest {
        corrected_by: corrected_by.to_owned(),
        ..correction(&id, 0, neutral())
    };
    let bad = [
        (correction(no_id, 0, neutral()), Code::NotFound, "COMMENT_NOT_FOUND"),
        (correction("17", 0, neutral()), Code::InvalidArgument, "ID_INVALID"),
        (correction(&id, 2, neutral()), Code::NotFound, "MENTION_NOT_FOUND"),
        (correction(&id, u32::MAX, neutral()), Code::NotFound, "MENTION_NOT_FOUND"),
        (correction(&id, 0, Label::Sentiment(0)), Code::InvalidArgument, "ENUM_UNKNOWN"),
        (correction(&id, 0, Label::Sentiment(9)), Code::InvalidArgument, "ENUM_UNKNOWN"),
        (correction(&id, 0, Label::Sentiment(Polarity::Mixed.into())), Code::InvalidArgument, "ENUM_UNKNOWN"),
        (correction(&id, 0, Label::Withdraw(0)), Code::InvalidArgument, "ENUM_UNKNOWN"),
        (correction(&id, 0, topics("nowhere")), Code::InvalidArgument, "TOPIC_UNKNOWN"),
        (correction(&id, 0, Label::Touchpoint("nowhere".to_owned())), Code::InvalidArgument, "TOUCHPOINT_UNKNOWN"),
        (by(""), Code::InvalidArgument, "FIELD_MISSING"),
        (by("  "), Code::InvalidArgument, "FIELD_MISSING"),
        (by(&"ü".repeat(129)), Code::InvalidArgument, "FIELD_TOO_LONG"),
        (CorrectMentionRequest { label: None, ..by("a") }, Code::InvalidArgument, "FIELD_MISSING"),
        (CorrectMentionRequest { mention: None, ..by("a") }, Code::InvalidArgument, "FIELD_MISSING"),
    ];
    for (request, code, expected) in bad {
        let status = server.comments.clone().correct(request.clone()).await.expect_err("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{request:?}");
    }
    assert_eq!(server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner(), before);
    server.stop().await;
}

#[tokio::test]
async fn corrections_of_many_people_at_once_do_not_lose_each_other() {
    use correct_mention_request::Label;
    let server = TestServer::start().await;
    let id = server.insight(comment(TWO_MENTIONS), true).await.comment_id;
    let labels = [
        (0, Label::Sentiment(Polarity::Neutral.into())),
        (1, Label::Sentiment(Polarity::Neutral.into())),
        (0, Label::Topics(TopicIds { topics: vec!["lift".to_owned()] })),
        (1, Label::Topics(TopicIds { topics: vec!["escalator".to_owned()] })),
        (0, Label::Touchpoint("ticket-purchase".to_owned())),
        (1, Label::Touchpoint(String::new())),
    ];
    let corrections = labels.into_iter().map(|(index, label)| correct(&server, correction(&id, index, label)));
    futures::future::join_all(corrections).await;
    let stored = server.comments.clone().get(by_id(&id)).await.expect("it is stored").into_inner();
    assert!(mentions(&stored).iter().all(|mention| mention.corrections.len() == 3), "{:?}", mentions(&stored));
    server.stop().await;
}

/// What an export sends from a token on, with the tokens.
async fn exported(server: &TestServer, request: ExportCommentsRequest) -> Vec<(StoredComment, String)> {
    let mut stream = server.comments.clone().export(request).await.expect("it starts").into_inner();
    let mut all = Vec::new();
    while let Some(next) = stream.message().await.expect("it goes on") {
        all.push((next.comment.expect("it is there"), next.resume_token));
    }
    all
}

#[tokio::test]
async fn an_export_is_ordered_filtered_and_goes_on_after_any_token() {
    let server = with_corpus().await;
    let request = ExportCommentsRequest::default();
    let all = exported(&server, request.clone()).await;
    let order: Vec<&str> = all.iter().map(|(stored, _)| id_of(stored)).collect();
    assert!(order.is_sorted() && order.len() == corpus().len());
    for (place, (stored, token)) in all.iter().enumerate() {
        assert_eq!(server.comments.clone().get(by_id(id_of(stored))).await.expect("it is stored").get_ref(), stored);
        let rest = exported(&server, ExportCommentsRequest { resume_token: token.clone(), ..request.clone() }).await;
        assert_eq!(rest, all[place + 1..], "after {place}");
    }
    let filter = Some(CommentFilter { channels: vec![Channel::Survey.into()], ..CommentFilter::default() });
    let surveys = exported(&server, ExportCommentsRequest { filter: filter.clone(), ..request.clone() }).await;
    assert_eq!(surveys.len(), 3);
    assert!(surveys.iter().all(|(stored, _)| sent(stored).channel() == Channel::Survey));
    for resume_token in ["garbage".to_owned(), surveys[0].1.clone()] {
        let request = ExportCommentsRequest { resume_token, ..request.clone() };
        let status = server.comments.clone().export(request).await.expect_err("it is refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    }
    server.stop().await;
}

#[tokio::test]
async fn an_export_misses_nothing_while_comments_come_change_and_go() {
    let server = TestServer::start().await;
    let numbered = |number: usize, text: &str| Comment {
        external_id: number.to_string(),
        ..comment(&format!("Bus {number}: {text}"))
    };
    for start in (0..600).step_by(200) {
        server.analyze((start..start + 200).map(|number| numbered(number, "zu spät.")).collect(), true).await;
    }
    let all: HashMap<String, String> = everything_by_external_id(&server).await;
    let mut stream =
        server.comments.clone().export(ExportCommentsRequest::default()).await.expect("it starts").into_inner();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut order = Vec::new();
    let mut step = 0;
    while let Some(next) = stream.message().await.expect("it goes on") {
        let stored = next.comment.expect("it is there");
        order.push(id_of(&stored).to_owned());
        *found.entry(sent(&stored).external_id.clone()).or_default() += 1;
        if order.len() % 60 == 0 {
            // Some change their text, some go, some come.
            let changed = (0..600).filter(|number| number % 6 == 0 && number / 6 % 5 == step % 5);
            server.analyze(changed.map(|number| numbered(number, "heute pünktlich.")).collect(), true).await;
            let doomed = (0..600).filter(|number| number % 6 == 1 && number / 6 % 5 == step % 5);
            delete_ids(&server, doomed.map(|number| by_external(&number.to_string())).collect()).await;
            server.analyze(vec![numbered(1_000 + step, "neu.")], true).await;
            step += 1;
        }
    }
    assert!(step >= 5, "the export went on while things were written");
    assert!(order.is_sorted() && order.iter().collect::<HashSet<_>>().len() == order.len(), "each once, by id");
    for external_id in all.keys() {
        let number: usize = external_id.parse().expect("a number");
        if number % 6 != 1 {
            assert_eq!(found.get(external_id), Some(&1), "{external_id}");
        }
    }
    server.stop().await;
}

async fn everything_by_external_id(server: &TestServer) -> HashMap<String, String> {
    let all = everything(server).await;
    all.iter().map(|stored| (sent(stored).external_id.clone(), id_of(stored).to_owned())).collect()
}

async fn explain(server: &TestServer, of: explain_mention_request::Of) -> Result<ExplainMentionResponse, Status> {
    let request = ExplainMentionRequest { of: Some(of), journey: String::new() };
    server.comments.clone().explain(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn labels_are_explained_word_by_word() {
    let server = TestServer::start().await;
    let stored = server
        .insight(comment("Der Fahrer war nett, aber seit drei Wochen warte ich vergeblich auf die Erstattung."), true)
        .await;
    let place = |index| MentionRef { comment_id: stored.comment_id.clone(), index };
    for (index, mention) in stored.mentions.iter().enumerate() {
        let explained = explain(&server, explain_mention_request::Of::Mention(place(index as u32))).await;
        let explained = explained.expect("it is explained");
        assert_eq!(explained.text, mention.text);
        let sentiment = &explained.explanations[0];
        let given = mention.sentiment.as_ref().expect("it has one");
        assert_eq!((sentiment.label.as_str(), sentiment.polarity()), ("sentiment", given.polarity()));
        let probability = [given.negative, given.neutral, given.positive].into_iter().fold(0.0, f64::max);
        assert!((sentiment.probability - probability).abs() < 0.01, "{} or {probability}", sentiment.probability);
        // Every word once, in order, and some of them matter.
        let words: Vec<&str> = sentiment.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, mention.text.split_whitespace().collect::<Vec<_>>());
        assert!(sentiment.words.iter().any(|word| word.share.abs() > 0.01));
        let labels: Vec<&str> = explained.explanations.iter().map(|explanation| explanation.label.as_str()).collect();
        let topics = mention.topics.iter().map(|tag| format!("topic:{}", tag.topic));
        assert!(topics.into_iter().all(|topic| labels.contains(&topic.as_str())), "{labels:?}");
    }
    let text = explain_mention_request::Of::Text("Frau Meier war unfreundlich".to_owned());
    let explained = explain(&server, text).await.expect("it is explained");
    assert!(!explained.text.contains("Meier"), "personal data are masked");
    let missing = explain(&server, explain_mention_request::Of::Mention(place(9))).await.expect_err("there is none");
    assert_eq!(missing.code(), Code::NotFound);
    let empty = explain(&server, explain_mention_request::Of::Text(" ".to_owned())).await.expect_err("it says nothing");
    assert_eq!(empty.code(), Code::InvalidArgument);
    server.stop().await;
}
