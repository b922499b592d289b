//! The workbench as a browser meets it: files, addresses of views, headers, and gRPC-web.

mod support;

use klartext_proto::v1::system_service_client::SystemServiceClient;
use klartext_proto::v1::{InfoRequest, InfoResponse};
use prost::Message;
use support::{TestServer, connect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SCRIPT_MARK: &str = "src=\"/assets/";
/// And of those that it needs.
const PRELOAD_MARK: &str = "rel=\"modulepreload\" crossorigin href=\"/assets/";
/// gRPC-web puts one flag and four bytes of length before each message; this flag marks the trailers.
const FRAME_HEADER: usize = 5;
const TRAILERS: u8 = 0x80;

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn read(answered: Result<ureq::Response, ureq::Error>) -> Answer {
    let response = match answered {
        Ok(response) | Err(ureq::Error::Status(_, response)) => response,
        Err(error) => panic!("it does not answer: {error}"),
    };
    let status = response.status();
    let headers = response.headers_names().into_iter();
    let headers = headers.map(|name| (name.clone(), response.header(&name).unwrap_or_default().to_owned())).collect();
    let mut body = Vec::new();
    std::io::copy(&mut response.into_reader(), &mut body).expect("the body arrives");
    Answer { status, headers, body }
}

/// GET with these headers, off the runtime's threads.
async fn get(server: &TestServer, path: &str, headers: &'static [(&'static str, &'static str)]) -> Answer {
    let url = format!("http://{}{path}", server.address);
    let asked = move || {
        let request = headers.iter().fold(ureq::get(&url), |request, (name, value)| request.set(name, value));
        read(request.call())
    };
    tokio::task::spawn_blocking(asked).await.expect("it does not panic")
}

/// Head and body as they are sent to a browser that unpacks gzip: `ureq` would unpack it too.
async fn packed_answer(server: &TestServer, path: &str) -> Vec<u8> {
    let mut connection = tokio::net::TcpStream::connect(server.address).await.expect("it accepts connections");
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("it is answered");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served_for_every_view_and_asks_for_its_own_files_only() {
    let server = TestServer::start().await;
    let page = get(&server, "/", &[]).await;
    let html = page.text();
    assert!(html.contains(SCRIPT_MARK), "the page is not built in: run `python3 scripts/web.py build` first\n{html}");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), "no-cache");
    assert!(!html.contains("<style") && !html.contains("<script>"), "{html}");

    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff");

    for view in ["/comments", "/comments/8a6e0e0c-0000-5000-8000-000000000000?q=zu+sp%C3%A4t", "/no-such-view"] {
        let answer = get(&server, view, &[]).await;
        assert_eq!((answer.status, answer.text()), (200, html.clone()), "{view}");
    }

    // The first script is too small to be worth packing; those that it needs are preloaded.
    let preloaded = html.split(PRELOAD_MARK).nth(1);
    let script = preloaded.and_then(|rest| rest.split('"').next()).expect("a script is preloaded");
    let script = format!("/assets/{script}");
    let plain = get(&server, &script, &[("accept-encoding", "identity")]).await;
    assert_eq!((plain.status, plain.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("content-encoding"), "");
    let packed = packed_answer(&server, &script).await;
    assert!(packed.len() < plain.body.len() / 2);
    assert!(String::from_utf8_lossy(&packed).contains("\r\ncontent-encoding: gzip\r\n"));

    for missing in ["/assets/no-such.js", "/assets/", "/favicon.ico", "/../Cargo.toml", "/assets/../../Cargo.toml"] {
        let answer = get(&server, missing, &[]).await;
        assert_eq!(answer.status, 404, "{missing}");
        assert_eq!(answer.header("content-security-policy"), policy, "{missing}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_known_already_is_not_sent_again() {
    let server = TestServer::start().await;
    let tag = get(&server, "/", &[]).await.header("etag").to_owned();
    let url = format!("http://{}/", server.address);
    let again = move || read(ureq::get(&url).set("if-none-match", &tag).call());
    let answer = tokio::task::spawn_blocking(again).await.expect("it does not panic");
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_calls_by_grpc_web_and_back_ends_by_grpc_on_the_same_port() {
    let server = TestServer::start().await;
    let url = format!("http://{}/klartext.v1.SystemService/Info", server.address);
    let call = |content_type: &'static str| {
        let url = url.clone();
        let empty_message = [0; FRAME_HEADER];
        move || read(ureq::post(&url).set("content-type", content_type).send_bytes(&empty_message))
    };
    let answer = tokio::task::spawn_blocking(call("application/grpc-web+proto")).await.expect("it does not panic");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/grpc-web+proto"));
    let length = u32::from_be_bytes(answer.body[1..FRAME_HEADER].try_into().expect("four bytes")) as usize;
    let (message, trailers) = answer.body[FRAME_HEADER..].split_at(length);
    let info = InfoResponse::decode(message).expect("it is the message");
    assert_eq!(info.default_journey, "public-transport");
    assert_eq!(trailers[0], TRAILERS);
    assert!(String::from_utf8_lossy(&trailers[FRAME_HEADER..]).contains("grpc-status:0"));

    // What a page of somebody else's could send without being asked for leave is no call.
    let answer = tokio::task::spawn_blocking(call("text/plain")).await.expect("it does not panic");
    assert_eq!(answer.status, 400);

    // A page of somebody else's whose name was made to point here is of the same origin, but not welcome.
    let foreign = get(&server, "/", &[("host", "evil.example")]).await;
    assert_eq!(foreign.status, 421);

    let channel = connect(&format!("http://{}", server.address)).await;
    let same = SystemServiceClient::new(channel).info(InfoRequest {}).await.expect("it answers").into_inner();
    assert_eq!(same, info);
    server.stop().await;
}
