//! What matters and what good scores hide, against calculations of their own over everything that is stored.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::{
    Comment, CommentFilter, DiscrepancyKind, Driver, DriverKind, DriverQuadrant, DriverSide, GetDriversRequest,
    GetDriversResponse, GetGapsRequest, GetGapsResponse, Outcome, Polarity, Scores, StoredComment, SurveyKind,
};
use support::{TestServer, comment, net_promoter};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// With the NPS that most customers who say so give.
const TEXTS: [(&str, f64); 8] = [
    ("Die Hotline ist nie erreichbar, ich habe 40 Minuten gewartet.", 1.0),
    ("Am Telefon wurde mir sehr freundlich und schnell geholfen.", 10.0),
    ("Der Fahrkartenautomat am Bahnhof nimmt keine Scheine.", 6.0),
    ("Die Kontrolleurin war unfreundlich und hat mich angeschrien.", 3.0),
    ("Der Zug war sauber und pünktlich, gerne wieder!", 9.0),
    ("Der Aufzug ist seit Wochen kaputt.", 5.0),
    ("Die Erstattung kam schnell und ohne Rückfragen.", 10.0),
    ("Der Busfahrer war sehr freundlich, aber wir haben 40 Minuten gewartet.", 7.0),
];

/// Each text many times, with an NPS that scatters; a few of a community survey, a few without an answer.
fn comments() -> Vec<Comment> {
    (0..240_usize)
        .map(|number| {
            let (text, usual) = TEXTS[number * 5 % TEXTS.len()];
            let nps = (usual + [-1.0, 0.0, 0.0, 1.0, -2.0, 2.0, 0.0][number % 7]).clamp(0.0, 10.0);
            let scores = Scores { nps: Some(nps), csat: Some(1.0 + (nps / 2.5).round()), stars: None };
            Comment {
                external_id: number.to_string(),
                survey_kind: if number % 12 == 11 { SurveyKind::Community } else { SurveyKind::Permanent }.into(),
                scores: (number % 10 != 9).then_some(scores),
                ..comment(text)
            }
        })
        .collect()
}

fn client(server: &TestServer) -> JourneyServiceClient<tonic::transport::Channel> {
    JourneyServiceClient::new(server.channel.clone()).max_decoding_message_size(usize::MAX)
}

async fn drivers(server: &TestServer, request: GetDriversRequest) -> Result<GetDriversResponse, Status> {
    client(server).get_drivers(request).await.map(tonic::Response::into_inner)
}

async fn gaps(server: &TestServer, request: GetGapsRequest) -> Result<GetGapsResponse, Status> {
    client(server).get_gaps(request).await.map(tonic::Response::into_inner)
}

async fn import(server: &TestServer, comments: Vec<Comment>) {
    for batch in comments.chunks(100) {
        for result in server.analyze(batch.to_vec(), true).await {
            support::insight(result);
        }
    }
}

/// Driver, and whether it is praised.
type Feature = (DriverKind, String, bool);

/// What a comment says good or bad, read off its insight.
fn features(stored: &StoredComment) -> BTreeSet<Feature> {
    let insight = stored.insight.as_ref().expect("it has one");
    let mut features = BTreeSet::new();
    for mention in &insight.mentions {
        let mut is_explained = insight.handover.is_some() || !mention.frictions.is_empty();
        let side = match mention.sentiment.as_ref().expect("it has one").polarity() {
            Polarity::Positive => Some(true),
            Polarity::Negative => Some(false),
            _ => None,
        };
        let mut named: Vec<(DriverKind, String)> = Vec::new();
        let touchpoint = mention.touchpoint.as_ref().or(insight.given_touchpoint.as_ref());
        named.extend(touchpoint.map(|tag| (DriverKind::Touchpoint, tag.touchpoint.clone())));
        named.extend(mention.topics.iter().map(|topic| (DriverKind::Topic, topic.topic.clone())));
        is_explained |= !named.is_empty();
        features.extend(side.iter().flat_map(|side| named.iter().map(|(kind, value)| (*kind, value.clone(), *side))));
        let friction = |friction: &klartext_proto::v1::Friction| {
            let name = friction.kind().as_str_name().trim_start_matches("FRICTION_KIND_").to_lowercase();
            (DriverKind::Friction, name, false)
        };
        features.extend(mention.frictions.iter().map(friction));
        features.extend(side.filter(|_| !is_explained).map(|side| (DriverKind::Other, String::new(), side)));
    }
    if let Some(handover) = &insight.handover {
        let owner = |side: &Option<klartext_proto::v1::HandoverSide>| {
            let owner = side.as_ref().map(|side| side.owner.clone()).unwrap_or_default();
            if owner.is_empty() { "?".to_owned() } else { owner }
        };
        let passage = format!("{} -> {}", owner(&handover.from), owner(&handover.to));
        features.insert((DriverKind::Handover, passage, false));
    }
    features
}

/// Continuous comments with an NPS answer, and what it adds to NPS.
fn answers(stored: &[StoredComment]) -> Vec<(BTreeSet<Feature>, f64)> {
    let answer = |stored: &StoredComment| {
        let comment = stored.comment.as_ref()?;
        let nps = comment.scores?.nps.filter(|_| comment.survey_kind() != SurveyKind::Community)?;
        Some((features(stored), net_promoter(nps)))
    };
    stored.iter().filter_map(answer).collect()
}

/// Solves by elimination with pivots; each row has its right side at its end.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let size = rows.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
        rows.swap(column, pivot.expect("there is a row"));
        let pivot = rows[column].clone();
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / pivot[column];
            row.iter_mut().zip(&pivot).for_each(|(value, above)| *value -= factor * above);
        }
    }
    let mut solution = vec![0.0; size];
    for (column, row) in rows.iter().enumerate().rev() {
        let known: f64 = row.iter().zip(&solution).skip(column + 1).map(|(value, found)| value * found).sum();
        solution[column] = (row[size] - known) / row[column];
    }
    solution
}

/// The plain ridge regression: dense and centred. Base and coefficients.
fn ridge(answers: &[(BTreeSet<Feature>, f64)], penalty: f64) -> (f64, BTreeMap<Feature, f64>) {
    let known: Vec<Feature> =
        answers.iter().flat_map(|(features, _)| features.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let count = answers.len() as f64;
    let mean = answers.iter().map(|(_, outcome)| outcome).sum::<f64>() / count;
    let share =
        |feature: &Feature| answers.iter().filter(|(features, _)| features.contains(feature)).count() as f64 / count;
    let shares: Vec<f64> = known.iter().map(share).collect();
    let rows: Vec<Vec<f64>> = answers
        .iter()
        .map(|(features, _)| {
            known.iter().zip(&shares).map(|(feature, share)| f64::from(features.contains(feature)) - share).collect()
        })
        .collect();
    let product = |first: usize, second: usize| rows.iter().map(|row| row[first] * row[second]).sum::<f64>();
    let equation = |first: usize| {
        let ridge = |second: usize| if first == second { penalty } else { 0.0 };
        let mut equation: Vec<f64> = (0..known.len()).map(|second| product(first, second) + ridge(second)).collect();
        equation.push(rows.iter().zip(answers).map(|(row, (_, outcome))| row[first] * (outcome - mean)).sum());
        equation
    };
    let coefficients = solve((0..known.len()).map(equation).collect());
    let base = mean - coefficients.iter().zip(&shares).map(|(coefficient, share)| coefficient * share).sum::<f64>();
    (base, known.into_iter().zip(coefficients).collect())
}

fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-6, "{what}: {found} instead of {expected}");
}

#[tokio::test]
async fn influences_are_those_of_a_plain_regression() {
    let server = TestServer::start().await;
    import(&server, comments()).await;
    let found =
        drivers(&server, GetDriversRequest { minimum_volume: 20, ..Default::default() }).await.expect("it answers");
    let fit = found.fit.expect("there is one");
    let answers = answers(&server.everything().await);
    assert_eq!(fit.comments, answers.len() as u64);
    let (base, coefficients) = ridge(&answers, fit.penalty);
    assert_near(fit.base, base, "base");
    let mut nets = fit.base;
    let mut told = 0;
    for driver in &found.drivers {
        for (side, is_praise) in [(driver.negative, false), (driver.positive, true)] {
            let feature = (driver.kind(), driver.value.clone(), is_praise);
            let Some(DriverSide { comments, share, per_mention: Some(influence), net: Some(net) }) = side else {
                assert!(!coefficients.contains_key(&feature), "{feature:?}");
                continue;
            };
            let holds = answers.iter().filter(|(features, _)| features.contains(&feature)).count();
            assert_eq!(comments, holds as u64, "{feature:?}");
            let expected = coefficients.get(&feature).copied().unwrap_or_default();
            assert_near(influence.value, expected, &format!("{feature:?}"));
            assert_near(net.value, expected * holds as f64 / answers.len() as f64, &format!("{feature:?}"));
            assert_near(share, holds as f64 / answers.len() as f64, "share");
            assert!(influence.low <= influence.value && influence.value <= influence.high, "{feature:?}");
            nets += net.value;
            told += usize::from(holds > 0);
        }
        let either = answers.iter().filter(|(features, _)| {
            let of_driver = |(kind, value, _): &&Feature| *kind == driver.kind() && *value == driver.value;
            features.iter().any(|feature| of_driver(&feature))
        });
        assert_eq!(driver.comments, either.count() as u64, "{driver:?}");
        assert_eq!(driver.few, driver.comments < 20);
    }
    assert_eq!(told, coefficients.len(), "every feature belongs to a driver");
    assert_near(nets, fit.mean, "base and nets add up to the mean");
    assert!(fit.r_squared > 0.5 && fit.r_squared <= fit.r_squared_seen, "{fit:?}");
    assert_quadrants(&found);

    // What was planted: waiting at the hotline costs most, help on the phone gives.
    let waiting = found.drivers.iter().find(|driver| driver.value == "waiting").expect("it is told of");
    assert!(waiting.net.is_some_and(|net| net.value < 0.0), "{waiting:?}");
    let again = drivers(&server, GetDriversRequest { minimum_volume: 20, ..Default::default() }).await;
    assert_eq!(again.expect("it answers"), found, "the same comments and seed give the same intervals");
    server.stop().await;
}

fn assert_quadrants(found: &GetDriversResponse) {
    let importance = |driver: &Driver| driver.importance.expect("there is one").value;
    let importances: Vec<f64> = found.drivers.iter().map(importance).collect();
    assert!(importances.is_sorted_by(|left, right| left >= right), "{importances:?}");
    for driver in &found.drivers {
        let is_important = importance(driver) >= found.importance_threshold;
        let does_well = driver.fulfilment.as_ref().expect("there is one").value >= found.fulfilment_threshold;
        let expected = match (is_important, does_well) {
            (true, true) => DriverQuadrant::Keep,
            (true, false) => DriverQuadrant::Improve,
            (false, false) => DriverQuadrant::Watch,
            (false, true) => DriverQuadrant::Overdone,
        };
        assert_eq!(driver.quadrant(), expected, "{driver:?}");
    }
    let reliable: Vec<f64> = found.drivers.iter().filter(|driver| !driver.few).map(importance).collect();
    let middle = [(reliable.len() - 1) / 2, reliable.len() / 2].map(|place| reliable[place]);
    assert_near(found.importance_threshold, (middle[0] + middle[1]) / 2.0, "the threshold is the median");
}

#[tokio::test]
async fn kinds_outcomes_and_community_surveys_can_be_chosen() {
    let server = TestServer::start().await;
    import(&server, comments()).await;
    let all = drivers(&server, GetDriversRequest::default()).await.expect("it answers");
    let kinds = vec![DriverKind::Friction.into()];
    let frictions = drivers(&server, GetDriversRequest { kinds, ..Default::default() }).await.expect("it answers");
    let named: BTreeSet<DriverKind> = frictions.drivers.iter().map(Driver::kind).collect();
    assert_eq!(named, BTreeSet::from([DriverKind::Friction, DriverKind::Other]));
    assert!(frictions.drivers.iter().all(|driver| driver.positive.is_none() || driver.kind() == DriverKind::Other));

    let csat = GetDriversRequest { outcome: Outcome::Csat.into(), ..Default::default() };
    let fit = drivers(&server, csat).await.expect("it answers").fit.expect("there is one");
    assert!((1.0..=5.0).contains(&fit.mean) && fit.comments == all.fit.expect("there is one").comments, "{fit:?}");
    let community = GetDriversRequest { include_community: true, ..Default::default() };
    let with_community = drivers(&server, community).await.expect("it answers").fit.expect("there is one");
    assert!(with_community.comments > fit.comments);
    server.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let server = TestServer::start().await;
    let nothing = drivers(&server, GetDriversRequest::default()).await.expect_err("there is nothing");
    assert_eq!(nothing.code(), Code::FailedPrecondition);
    assert_eq!(
        nothing.get_error_details().error_info().map(|info| info.reason.clone()).as_deref(),
        Some("TOO_FEW_ANSWERS")
    );
    let with_journey = CommentFilter { journeys: vec!["generic".to_owned()], ..CommentFilter::default() };
    let requests = [
        GetDriversRequest { outcome: 9, ..Default::default() },
        GetDriversRequest { kinds: vec![DriverKind::Other.into()], ..Default::default() },
        GetDriversRequest { journey: "no-such".to_owned(), ..Default::default() },
        GetDriversRequest { filter: Some(with_journey.clone()), ..Default::default() },
    ];
    for request in requests {
        let refusal = drivers(&server, request.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{request:?}: {refusal}");
    }
    let requests = [
        GetGapsRequest { examples: 21, ..Default::default() },
        GetGapsRequest { filter: Some(with_journey), ..Default::default() },
        GetGapsRequest { journey: "no-such".to_owned(), ..Default::default() },
    ];
    for request in requests {
        let refusal = gaps(&server, request.clone()).await.expect_err("it is refused");
        assert_eq!(refusal.code(), Code::InvalidArgument, "{request:?}: {refusal}");
    }
    let empty = gaps(&server, GetGapsRequest::default()).await.expect("it answers");
    assert_eq!((empty.gaps.len(), empty.rated_comments, empty.disagreements.len()), (0, 0, 3));
    server.stop().await;
}

#[tokio::test]
async fn what_good_ratings_hide_is_found() {
    let server = TestServer::start().await;
    let asked = |number: usize, touchpoint: &str, nps: f64, text: &str| Comment {
        external_id: format!("{touchpoint}-{number}"),
        touchpoint: touchpoint.to_owned(),
        scores: Some(Scores { nps: Some(nps), ..Scores::default() }),
        ..comment(text)
    };
    let elsewhere = "Der Kauf war einfach. Der Kontrolleur hat mich angeschrien und eine Strafe verlangt.";
    let mut comments: Vec<Comment> = (0..6).map(|number| asked(number, "ticket-purchase", 9.0, elsewhere)).collect();
    comments
        .extend((6..20).map(|number| asked(number, "ticket-purchase", 10.0, "Der Kauf der Fahrkarte war einfach.")));
    // Badly rated: no gap, whatever is said.
    comments.extend((0..10).map(|number| asked(number, "refund", 1.0, elsewhere)));
    comments.push(asked(99, "refund", 1.0, "Alles bestens, die Erstattung kam sofort, vielen Dank!"));
    import(&server, comments).await;

    let found = gaps(&server, GetGapsRequest { examples: 2, minimum_volume: 15, ..Default::default() }).await;
    let found = found.expect("it answers");
    assert_eq!(found.rated_comments, 31);
    let [gap] = &found.gaps[..] else { panic!("{:?}", found.gaps) };
    assert_eq!(
        (gap.touchpoint.as_str(), gap.rated_comments, gap.hidden_comments, gap.few),
        ("ticket-purchase", 20, 6, false)
    );
    assert!((gap.hidden_share - 0.3).abs() < 1e-9 && !gap.owner.is_empty());
    assert_eq!(gap.nps.as_ref().map(|nps| (nps.value, nps.count)), Some((100.0, 20)));
    let goes_to = gap.touchpoints.first().expect("it goes somewhere");
    assert_eq!((goes_to.value.as_str(), goes_to.comments), ("ticket-inspection", 6));
    assert_eq!(gap.examples.len(), 2);
    for example in &gap.examples {
        assert!(example.text.contains("Kontrolleur"), "{example:?}");
        assert_eq!(example.scores.and_then(|scores| scores.nps), Some(9.0));
    }

    let stored = server.everything().await;
    let kinds = [DiscrepancyKind::ScoreAboveText, DiscrepancyKind::ScoreBelowText, DiscrepancyKind::OtherTouchpoint];
    for (disagreement, kind) in found.disagreements.iter().zip(kinds) {
        let disagrees = |stored: &&StoredComment| {
            let discrepancy = stored.insight.as_ref().and_then(|insight| insight.discrepancy.as_ref());
            discrepancy.is_some_and(|discrepancy| discrepancy.kind() == kind)
        };
        let expected = stored.iter().filter(disagrees).count();
        assert_eq!((disagreement.kind(), disagreement.comments), (kind, expected as u64));
        assert_eq!(disagreement.examples.len(), expected.min(2), "{kind:?}");
        assert!(disagreement.examples.iter().all(|example| !example.reason.is_empty()));
    }
    assert!(found.disagreements[1].comments >= 1, "praise beside NPS 1 disagrees");
    server.stop().await;
}
