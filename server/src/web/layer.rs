use std::net::IpAddr;
use std::task::{Context, Poll};

use axum::response::IntoResponse;
use futures::future::{Either, Ready, ready};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::header::HOST;
use tonic::codegen::http::uri::Authority;
use tonic::codegen::http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use tower_layer::Layer;

use super::files;

/// Answers what a browser reads (GET and HEAD) with the page; every gRPC call is a POST and goes on.
#[derive(Clone)]
pub struct WebLayer {
    /// The service listens on loopback. Then a browser must ask for it by a local name: a foreign page whose name was
    /// made to point to this machine (DNS rebinding) would otherwise be of the same origin.
    pub only_this_machine: bool,
}

impl<S> Layer<S> for WebLayer {
    type Service = WebService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebService { inner, only_this_machine: self.only_this_machine }
    }
}

#[derive(Clone)]
pub struct WebService<S> {
    inner: S,
    only_this_machine: bool,
}

impl<S> Service<Request<Body>> for WebService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<Ready<Result<Self::Response, Self::Error>>, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // Browsers speak HTTP/2 with TLS only, which this port has not.
        let from_browser = request.version() <= Version::HTTP_11;
        let answer = if from_browser && self.only_this_machine && !names_this_machine(request.headers()) {
            (StatusCode::MISDIRECTED_REQUEST, "this service answers to localhost only\n").into_response()
        } else if matches!(*request.method(), Method::GET | Method::HEAD) {
            files::answer(request.uri().path(), request.headers())
        } else {
            return Either::Right(self.inner.call(request));
        };
        let answer =
            if request.method() == Method::HEAD { answer.map(|_| Body::empty()) } else { answer.map(Body::new) };
        Either::Left(ready(Ok(answer)))
    }
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| {
        let name = host.host().trim_matches(['[', ']']);
        name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use tonic::codegen::http::HeaderValue;

    use super::*;

    #[test]
    fn only_loopback_names_are_this_machine() {
        let names = |host: &str| {
            let value = HeaderValue::from_str(host).expect("it is a header's value");
            names_this_machine(&HeaderMap::from_iter([(HOST, value)]))
        };
        for host in ["localhost", "LocalHost:50051", "127.0.0.1:50051", "127.9.9.9", "[::1]:50051"] {
            assert!(names(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:50051", "10.0.0.1", "127.0.0.1.evil.example", "", "[::2]"]
        {
            assert!(!names(host), "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
