use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Method, Request, Response};
use tower_layer::Layer;

use super::files;

/// Answers what a browser reads (GET and HEAD) with the page; every gRPC call is a POST and goes on.
#[derive(Clone)]
pub struct WebLayer;

impl<S> Layer<S> for WebLayer {
    type Service = WebService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        WebService { inner }
    }
}

#[derive(Clone)]
pub struct WebService<S> {
    inner: S,
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
        match *request.method() {
            Method::GET => {
                let page = files::answer(request.uri().path(), request.headers());
                Either::Left(ready(Ok(page.map(Body::new))))
            }
            Method::HEAD => {
                let page = files::answer(request.uri().path(), request.headers());
                Either::Left(ready(Ok(page.map(|_| Body::empty()))))
            }
            _ => Either::Right(self.inner.call(request)),
        }
    }
}
