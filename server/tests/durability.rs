//! What was acknowledged survives SIGKILL; what was not is not half there.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::comment_service_client::CommentServiceClient;
use klartext_proto::v1::system_service_client::SystemServiceClient;
use klartext_proto::v1::{AnalyzeRequest, Comment, ExternalId, GetCommentRequest, InfoRequest, get_comment_request};
use support::{Process, comment, connect, insight, klartext};

const KILLS: usize = 3;
const BATCH: usize = 8;

fn numbered(number: usize) -> Comment {
    // Two mentions each, different texts.
    let text = format!("Der Zug {number} war pünktlich. Das WLAN in Wagen {number} ging leider nicht.");
    Comment { external_id: number.to_string(), ..comment(&text) }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_comments_survive_kill_minus_nine_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged: HashMap<String, usize> = HashMap::new();
    let mut next = 0;
    for round in 0..KILLS {
        let process = Process::serve(folder.path(), &[]);
        let mut client = AnalysisServiceClient::new(connect(&process.address).await);
        let kill_after = Duration::from_millis(700 + 400 * round as u64);
        let killer = tokio::task::spawn_blocking(move || {
            std::thread::sleep(kill_after);
            process.kill();
        });
        loop {
            let comments: Vec<Comment> = (next..next + BATCH).map(numbered).collect();
            next += BATCH;
            let Ok(response) = client.analyze(AnalyzeRequest { comments, store: true, analyses: vec![] }).await else {
                break;
            };
            for result in response.into_inner().results {
                let id = result.external_id.clone();
                acknowledged.insert(id, insight(result).mentions.len());
            }
        }
        killer.await.expect("it was killed");
    }
    assert!(acknowledged.len() >= BATCH, "nothing was acknowledged before the kills");

    let process = Process::serve(folder.path(), &[]);
    let channel = connect(&process.address).await;
    let mut comments = CommentServiceClient::new(channel.clone());
    for (external_id, mentions) in &acknowledged {
        let external = ExternalId { source: "test".to_owned(), external_id: external_id.clone() };
        let request = GetCommentRequest { by: Some(get_comment_request::By::External(external)) };
        let stored = comments.get(request).await.unwrap_or_else(|status| panic!("{external_id}: {status}"));
        let found = stored.into_inner().insight.expect("it is there").mentions.len();
        assert_eq!(found, *mentions, "{external_id}");
    }
    // Sending everything again makes nothing double.
    let mut client = AnalysisServiceClient::new(channel.clone());
    for start in (0..next).step_by(BATCH) {
        let comments = (start..start + BATCH).map(numbered).collect();
        let request = AnalyzeRequest { comments, store: true, analyses: vec![] };
        client.analyze(request).await.expect("it is stored");
    }
    let info = SystemServiceClient::new(channel).info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!(info.comments, next as u64);
    assert_eq!(info.mentions, 2 * next as u64);
    assert_eq!(process.terminate(), Some(0), "SIGTERM stops it gracefully");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_encoder_is_refused_and_migrated() {
    use klartext_models::VECTOR_SIZE;
    use klartext_server::store::edge::{EdgeOptions, EdgeStore};
    use klartext_server::store::{Origin, Store, write_origin};

    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serve(folder.path(), &[]);
    let mut client = AnalysisServiceClient::new(connect(&process.address).await);
    let request = AnalyzeRequest { comments: vec![numbered(1), numbered(2)], store: true, analyses: vec![] };
    client.analyze(request).await.expect("it is stored");

    let second = klartext().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output();
    let second = second.expect("it runs");
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another process"));
    assert_eq!(process.terminate(), Some(0));

    let store = EdgeStore::open(folder.path(), EdgeOptions::new(VECTOR_SIZE)).expect("it opens");
    write_origin(&store, &Origin::current("e5-small-q4-0")).await.expect("it is written");
    store.close().await.expect("it closes");
    drop(store);

    let refused = klartext().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output();
    let refused = refused.expect("it runs");
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(message.contains("e5-small-q4-0") && message.contains("klartext migrate --data"), "{message}");

    let migrated = klartext().args(["migrate", "--data"]).arg(folder.path()).output().expect("it runs");
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let process = Process::serve(folder.path(), &[]);
    let channel = connect(&process.address).await;
    let info = SystemServiceClient::new(channel).info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!((info.comments, info.mentions), (2, 4));
    assert_eq!(process.terminate(), Some(0));
}
