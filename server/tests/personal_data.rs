//! Personal data are in no reply's stored text, no file and no log, unless the service is told to keep them.

mod support;

use std::path::{Path, PathBuf};

use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::{
    AnalyzeRequest, AttributeValue, Comment, GetCommentRequest, Insight, PersonalDataKind, SearchCommentsRequest,
    attribute_value, get_comment_request, search_comments_request,
};
use support::{comment, connect, files_with, insight, serve_with_log};

const TEXT: &str = "Frau Eberhardine Quast hat meinen Vertrag V-2210-88431 verlegt, und der Bus OF-PJ 3105 fuhr vorbei. Ich \
                    wohne Birkenhang 2, 07999 Wolfshain, geboren 05.05.1939. Rückruf 0171 3920012 oder quast@example.org, \
                    Konto DE02120300000000202051, Karte 4111 1111 1111 1111. Gesehen hat es @vier_pfoten_tina auch.";
const MASKED: &str = "Frau [Name] hat meinen Vertrag [Kundennummer] verlegt, und der Bus [Kennzeichen] fuhr vorbei. Ich wohne \
                      [Adresse], geboren [Geburtsdatum]. Rückruf [Telefon] oder [E-Mail], Konto [IBAN], Karte [Karte]. \
                      Gesehen hat es @vier_pfoten_tina auch.";
const DROPPED: &str = "Frau hat meinen Vertrag verlegt, und der Bus fuhr vorbei. Ich wohne, geboren. Rückruf oder, Konto, \
                       Karte. Gesehen hat es auch.";

/// The words of [`TEXT`], in its order, and their kinds.
const WORDS: [(PersonalDataKind, &str); 10] = [
    (PersonalDataKind::Name, "Eberhardine Quast"),
    (PersonalDataKind::CustomerNumber, "V-2210-88431"),
    (PersonalDataKind::LicencePlate, "OF-PJ 3105"),
    (PersonalDataKind::Address, "Birkenhang 2, 07999 Wolfshain"),
    (PersonalDataKind::BirthDate, "05.05.1939"),
    (PersonalDataKind::Phone, "0171 3920012"),
    (PersonalDataKind::EMail, "quast@example.org"),
    (PersonalDataKind::Iban, "DE02120300000000202051"),
    (PersonalDataKind::Card, "4111 1111 1111 1111"),
    (PersonalDataKind::Handle, "@vier_pfoten_tina"),
];
/// In the question, an attribute and a search.
const FURTHER_WORDS: [&str; 3] = ["Pawlowski", "55-90318", "0174 9464308"];

fn attribute(text: &str) -> AttributeValue {
    AttributeValue { value: Some(attribute_value::Value::Text(text.to_owned())) }
}

/// What one policy makes of the comment.
struct Outcome {
    insight: Insight,
    stored: Comment,
    /// Which of the words are in a file, and which in a log.
    in_files: Vec<&'static str>,
    in_logs: Vec<&'static str>,
}

/// Stores the comment in a service with these settings, searches, and looks at everything that is left.
async fn outcome(data: &Path, settings: &[&str]) -> Outcome {
    let temporary = tempfile::tempdir().expect("a folder");
    let (process, log) = serve_with_log(data, temporary.path(), settings);
    let channel = connect(&process.address).await;
    let sent = Comment {
        question: "Was sagte Herr Pawlowski?".to_owned(),
        attributes: [("note".to_owned(), attribute("Kundennummer 55-90318"))].into(),
        ..comment(TEXT)
    };
    let request = AnalyzeRequest { comments: vec![sent], store: true, analyses: vec![] };
    let reply = AnalysisServiceClient::new(channel.clone()).analyze(request).await.expect("it is stored").into_inner();
    let insight = insight(reply.results.into_iter().next().expect("one comment, one result"));

    let mut comments = CommentServiceClient::new(channel);
    let query = search_comments_request::Query::Text("Rückruf unter 0174 9464308".to_owned());
    comments.search(SearchCommentsRequest { query: Some(query), ..Default::default() }).await.expect("it is searched");
    let by = get_comment_request::By::CommentId(insight.comment_id.clone());
    let got = comments.get(GetCommentRequest { by: Some(by) }).await.expect("it is stored").into_inner();
    drop(comments);

    let printed = process.printed.clone();
    assert_eq!(process.terminate(), Some(0));
    let told: Vec<String> = log.all().into_iter().chain(printed.lock().expect("nobody panics").clone()).collect();
    assert!(!told.is_empty());
    let words = || WORDS.map(|(_, word)| word).into_iter().chain(FURTHER_WORDS);
    let files = |word: &str| -> Vec<PathBuf> {
        [data, temporary.path()].into_iter().flat_map(|folder| files_with(folder, word)).collect()
    };
    Outcome {
        insight,
        stored: got.comment.expect("it is in the reply"),
        in_files: words().filter(|word| !files(word).is_empty()).collect(),
        in_logs: words().filter(|word| told.iter().any(|line| line.contains(word))).collect(),
    }
}

/// What the reply says was found, in the words of the text that was sent.
fn told(insight: &Insight) -> Vec<(PersonalDataKind, &str)> {
    let words = insight.personal_data.iter().map(|found| {
        let span = found.span.as_ref().expect("it is in the reply");
        (found.kind(), &TEXT[span.start_byte as usize..span.end_byte as usize])
    });
    words.collect()
}

/// One after the other in one data folder, because only the first start in a folder learns the journeys.
#[tokio::test(flavor = "multi_thread")]
async fn the_policy_decides_what_is_stored_and_nothing_is_ever_logged() {
    let data = tempfile::tempdir().expect("a folder");
    let drop_all = ["personal_data.default=drop", "personal_data.handle=drop"];
    check_dropped(&outcome(data.path(), &drop_all).await);
    check_default(&outcome(data.path(), &[]).await);
    check_kept(&outcome(data.path(), &["personal_data.default=keep"]).await);
}

fn check_dropped(outcome: &Outcome) {
    let Outcome { insight, stored, in_files, in_logs } = outcome;
    assert_eq!(stored.text, DROPPED);
    assert_eq!(stored.question, "Was sagte Herr?");
    assert_eq!(stored.attributes["note"], attribute("Kundennummer"));
    assert_eq!(told(insight), WORDS);
    // Spans lead back to the words that were sent, whatever is missing between them.
    let last = insight.mentions.last().and_then(|mention| mention.span.as_ref()).expect("there are mentions");
    assert!(TEXT[..last.end_byte as usize].ends_with("auch."));
    assert!(in_files.is_empty(), "{in_files:?}");
    assert!(in_logs.is_empty(), "{in_logs:?}");
}

/// Every kind is masked but handles.
fn check_default(outcome: &Outcome) {
    let Outcome { insight, stored, in_files, in_logs } = outcome;
    assert_eq!(stored.text, MASKED);
    assert_eq!(stored.question, "Was sagte Herr [Name]?");
    assert_eq!(stored.attributes["note"], attribute("Kundennummer [Kundennummer]"));
    assert_eq!(told(insight), WORDS[..9]);
    assert_eq!(in_files, &["@vier_pfoten_tina"]);
    assert!(in_logs.is_empty(), "{in_logs:?}");
}

fn check_kept(outcome: &Outcome) {
    let Outcome { insight, stored, in_files, in_logs } = outcome;
    assert_eq!(stored.text, TEXT);
    assert_eq!(stored.question, "Was sagte Herr Pawlowski?");
    assert!(insight.personal_data.is_empty());
    // All but the search, which is never stored.
    assert_eq!(in_files.len(), WORDS.len() + FURTHER_WORDS.len() - 1);
    assert!(!in_files.contains(&"0174 9464308"));
    assert!(in_logs.is_empty(), "{in_logs:?}");
}
