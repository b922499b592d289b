//! One connection to the server, shared by all calls: it is made when it is first needed, and again when it broke.
//!
//! The generated clients of crate `qdrant-client` are used on a channel of our own. The crate's `Qdrant` has one timeout
//! for reads and writes, repeats some calls by itself, tells a refused connection from a failing server only in words,
//! and quotes a malformed key in an error.

use std::error::Error as _;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use qdrant_client::qdrant::collections_client::CollectionsClient;
use qdrant_client::qdrant::points_client::PointsClient;
use qdrant_client::qdrant::qdrant_client::QdrantClient;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Uri};
use tonic::{Code, Request, Response, Status};
use tracing::{debug, warn};

use super::options::{RemoteOptions, Timeouts};
use crate::store::StoreError;

const API_KEY_HEADER: &str = "api-key";
/// For making collections and indexes, on which a cluster has to agree.
const SET_UP_PATIENCE: Duration = Duration::from_secs(60);
/// Between a failure and the next try; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A node that vanished without a word is noticed after both of these.
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// A longer message of a server's fault quotes what it was given, and that may be somebody's words.
const MAX_QUOTED_MESSAGE: usize = 160;

pub(super) type Service = InterceptedService<Channel, KeyHeader>;

pub(super) struct Connection {
    address: String,
    service: Service,
    timeouts: Timeouts,
}

/// Adds the API key to every call.
#[derive(Clone)]
pub(super) struct KeyHeader(Option<MetadataValue<Ascii>>);

impl Interceptor for KeyHeader {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert(API_KEY_HEADER, key.clone());
        }
        Ok(request)
    }
}

/// What a call is for: it decides how long is waited, and what a failure is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// A change to a collection itself.
    SetUp,
}

/// Why a call did not succeed.
#[derive(Debug)]
enum Failure {
    /// There is no answer, or it is "not now".
    NoAnswer(String),
    /// The server failed. In a cluster that happens for a moment when a node is lost and another takes over.
    Faulty(String),
    /// This client may not do that.
    Forbidden(String),
    /// It would fail again.
    Rejected(String),
}

impl Connection {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the address or the key cannot be one.
    pub(super) fn new(options: &RemoteOptions) -> Result<Connection, StoreError> {
        let unusable = |reason: String| StoreError::Unusable { address: options.url.clone(), reason };
        let mut endpoint = Endpoint::from_shared(options.url.clone())
            .map_err(|error| unusable(format!("this is not an address: {error}")))?
            .connect_timeout(options.timeouts.connect)
            .http2_keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_ANSWERED_WITHIN)
            .keep_alive_while_idle(true);
        if endpoint.uri().scheme_str() == Some("https") {
            // Its features of tonic are on because qdrant-client needs them too.
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint = endpoint.tls_config(tls).map_err(|error| unusable(format!("no TLS: {error}")))?;
        }
        let key = options.api_key.expose();
        let key = (!key.is_empty()).then(|| key.parse::<MetadataValue<Ascii>>()).transpose();
        // The parser's error is left out: nothing of a key belongs into a message.
        let mut key = key.map_err(|_| unusable("the API key has characters that no header can hold".to_owned()))?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
            warn_of_listeners(endpoint.uri(), &options.url);
        }
        let service = InterceptedService::new(endpoint.connect_lazy(), KeyHeader(key));
        Ok(Connection { address: options.url.clone(), service, timeouts: options.timeouts })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn unusable(&self, reason: String) -> StoreError {
        StoreError::Unusable { address: self.address.clone(), reason }
    }

    /// Call, and call again while that may help and the time for it lasts.
    ///
    /// Every call that is made through here may be repeated, also when an earlier try was carried out unseen: reads change
    /// nothing, an upsert names the whole point, a delete names what has to be gone, and a setting is the same when set
    /// twice.
    pub(super) async fn call<Message: Clone, Reply, Calling>(
        &self,
        purpose: Purpose,
        message: Message,
        call: impl Fn(Service, Request<Message>) -> Calling,
    ) -> Result<Reply, StoreError>
    where
        Calling: Future<Output = Result<Response<Reply>, Status>>,
    {
        let patience = match purpose {
            Purpose::Read => self.timeouts.read,
            Purpose::Write => self.timeouts.write,
            Purpose::SetUp => SET_UP_PATIENCE,
        };
        self.repeat(patience, message, call).await.map_err(|failure| self.store_error(purpose, failure))
    }

    async fn repeat<Message: Clone, Reply, Calling>(
        &self,
        patience: Duration,
        message: Message,
        call: impl Fn(Service, Request<Message>) -> Calling,
    ) -> Result<Reply, Failure>
    where
        Calling: Future<Output = Result<Response<Reply>, Status>>,
    {
        let deadline = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut request = Request::new(message.clone());
            // The server need not go on either.
            request.set_timeout(left);
            let failure = match timeout(left, call(self.service.clone(), request)).await {
                Ok(Ok(reply)) => return Ok(reply.into_inner()),
                Ok(Err(status)) => Failure::from(status),
                Err(_) => return Err(Failure::NoAnswer(format!("nothing came within {patience:?}"))),
            };
            let again_at = Instant::now() + pause;
            if !failure.may_pass() || again_at >= deadline {
                return Err(failure);
            }
            debug!(address = self.address, failure = ?failure, "a call to the Qdrant server failed and is repeated");
            sleep_until(again_at).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn store_error(&self, purpose: Purpose, failure: Failure) -> StoreError {
        let address = self.address.clone();
        match failure {
            Failure::NoAnswer(reason) => StoreError::Unreachable { address, reason },
            Failure::Forbidden(reason) => StoreError::Unusable { address, reason },
            Failure::Faulty(reason) | Failure::Rejected(reason) => {
                let reason = format!("the Qdrant server at {address} says {reason}");
                match purpose {
                    Purpose::Read => StoreError::Read { reason },
                    Purpose::Write | Purpose::SetUp => StoreError::Write { reason },
                }
            }
        }
    }
}

impl Failure {
    fn may_pass(&self) -> bool {
        match self {
            Failure::NoAnswer(_) | Failure::Faulty(_) => true,
            Failure::Forbidden(_) | Failure::Rejected(_) => false,
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        // A status that was received has no cause; one that stands for a broken connection has.
        if let Some(cause) = root_cause(&status) {
            return Failure::NoAnswer(cause);
        }
        let code = status.code();
        let message = status.message();
        let quoted = if message.len() <= MAX_QUOTED_MESSAGE { message } else { "(see the server's log)" };
        let described = format!("{code:?}: {quoted}");
        match code {
            Code::Unavailable | Code::DeadlineExceeded => Failure::NoAnswer(described),
            Code::Internal | Code::Unknown | Code::Cancelled | Code::Aborted => Failure::Faulty(described),
            Code::Unauthenticated | Code::PermissionDenied => {
                Failure::Forbidden(format!("it refuses the API key (store.api_key): {described}"))
            }
            Code::Ok
            | Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::DataLoss => Failure::Rejected(described),
        }
    }
}

/// The key is readable on the way where there is no TLS.
fn warn_of_listeners(uri: &Uri, address: &str) {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let stays_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if uri.scheme_str() == Some("http") && !stays_here {
        warn!(address, "the API key is sent without encryption; use https where somebody could listen");
    }
}

fn root_cause(status: &Status) -> Option<String> {
    let mut cause = status.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}

pub(super) fn points(service: Service) -> PointsClient<Service> {
    // What comes back is bounded by what is asked for.
    PointsClient::new(service).max_decoding_message_size(usize::MAX)
}

pub(super) fn collections(service: Service) -> CollectionsClient<Service> {
    CollectionsClient::new(service)
}

pub(super) fn server(service: Service) -> QdrantClient<Service> {
    QdrantClient::new(service)
}
