//! Who may see what, from the metadata of a call.
//!
//! `klartext-owners` limits a caller to some owners: their names, percent-encoded UTF-8, separated by commas. Klartext
//! believes it: a proxy in front must set it, and take away what callers send. A limited caller may call only what
//! [`HEEDS_LIMITS`] lists, so that a method which is new, or which does not ask, is closed to it.

use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use percent_encoding::percent_decode_str;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tower_layer::Layer;

use crate::access::Access;
use crate::error::{Error, Result};

const OWNERS_HEADER: &str = "klartext-owners";
const MOST_OWNERS: usize = 100;
const OWN_SERVICES: &str = "/klartext.v1.";

/// What limited callers may call: it shows and changes only what they may see, or nothing of single customers.
const HEEDS_LIMITS: [&str; 24] = [
    "CommentService/Get",
    "CommentService/List",
    "CommentService/Search",
    "CommentService/Export",
    "CommentService/Explain",
    "CommentService/Correct",
    "InsightService/Watch",
    "InsightService/List",
    "InsightService/Get",
    "InsightService/Acknowledge",
    "InsightService/Resolve",
    "InsightService/Reopen",
    "InsightService/Reassign",
    "InsightService/GetFigures",
    "JourneyService/GetJourneyInsights",
    "PainPointService/List",
    "PainPointService/Get",
    "PainPointService/ListMentions",
    "PainPointService/Trend",
    "PainPointService/Map",
    "PainPointService/Similar",
    "PainPointService/Watch",
    "PainPointService/ListEvents",
    "SystemService/Info",
];

/// Of the call that a handler works on.
///
/// # Errors
/// A server without [`AccessLayer`]: nobody sees anything then.
pub fn access_of<T>(request: &tonic::Request<T>) -> Result<Access> {
    let found = request.extensions().get::<Access>().cloned();
    found.ok_or_else(|| Error::Internal("nobody has looked at who may see what".to_owned()))
}

/// Tells the handlers of all services what their caller may see.
#[derive(Clone)]
pub struct AccessLayer;

impl<S> Layer<S> for AccessLayer {
    type Service = AccessService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AccessService { inner }
    }
}

#[derive(Clone)]
pub struct AccessService<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for AccessService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<std::result::Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match allowed(request.uri().path(), request.headers()) {
            Ok(access) => {
                request.extensions_mut().insert(access);
                Either::Left(self.inner.call(request))
            }
            Err(error) => Either::Right(ready(Ok(Status::from(error).into_http()))),
        }
    }
}

/// # Errors
/// [`Error::AccessInvalid`], [`Error::AccessLimited`].
fn allowed(path: &str, headers: &HeaderMap) -> Result<Access> {
    let access = access_from(headers)?;
    let is_open = path.strip_prefix(OWN_SERVICES).is_none_or(|method| HEEDS_LIMITS.contains(&method));
    if access.is_limited() && !is_open { Err(Error::AccessLimited) } else { Ok(access) }
}

fn access_from(headers: &HeaderMap) -> Result<Access> {
    let invalid = |reason| Error::AccessInvalid { reason };
    let mut owners: Vec<String> = Vec::new();
    for header in headers.get_all(OWNERS_HEADER) {
        let header = header.to_str().map_err(|_| invalid("it is not ASCII; percent-encode the names"))?;
        for name in header.split(',') {
            let name = percent_decode_str(name.trim()).decode_utf8();
            let name = name.map_err(|_| invalid("a name is not percent-encoded UTF-8"))?;
            if name.is_empty() {
                return Err(invalid("a name is empty; leave the header out for a caller without limits"));
            }
            owners.push(name.into_owned());
        }
    }
    if owners.len() > MOST_OWNERS {
        return Err(invalid("more than 100 names"));
    }
    Ok(if owners.is_empty() { Access::Everything } else { Access::Owners(owners) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(OWNERS_HEADER, value.parse().expect("it is a header"));
        }
        headers
    }

    #[test]
    fn names_are_read() {
        let owners = |values: &[&str]| match access_from(&headers(values)) {
            Ok(Access::Owners(owners)) => owners,
            other => panic!("{other:?}"),
        };
        assert_eq!(access_from(&headers(&[])).ok(), Some(Access::Everything));
        assert_eq!(owners(&["Vertrieb, Pr%C3%BCfdienst", "a%2Cb"]), ["Vertrieb", "Prüfdienst", "a,b"]);
    }

    #[test]
    fn what_cannot_be_read_opens_nothing() {
        for value in ["", ",", "Vertrieb,", "%FF"] {
            assert!(matches!(access_from(&headers(&[value])), Err(Error::AccessInvalid { .. })), "{value:?}");
        }
    }

    #[test]
    fn what_does_not_heed_limits_is_closed_to_limited_callers() {
        let limited = headers(&["Vertrieb"]);
        let own = klartext_proto::methods();
        for method in HEEDS_LIMITS {
            let (service, name) = method.split_once('/').expect("both are named");
            let full = format!("klartext.v1.{service}");
            assert!(own.iter().any(|(known, method)| *known == full && method == name), "{method} does not exist");
        }
        for path in ["/klartext.v1.CommentService/Erase", "/klartext.v1.NewService/Anything"] {
            assert!(matches!(allowed(path, &limited), Err(Error::AccessLimited)), "{path}");
            assert!(allowed(path, &headers(&[])).is_ok());
        }
        assert!(allowed("/grpc.health.v1.Health/Check", &limited).is_ok());
        assert!(allowed("/klartext.v1.CommentService/List", &limited).is_ok());
    }
}
