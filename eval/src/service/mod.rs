//! The running service, as a gRPC client sees it.

mod started;

use std::path::PathBuf;

use futures::stream;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::measure_service_client::MeasureServiceClient;
use klartext_proto::v1::system_service_client::SystemServiceClient;
use klartext_proto::v1::{
    AnalyzeStreamRequest, Comment, CreateMeasureRequest, GetGapsRequest, GetGapsResponse, GetMeasureEffectRequest,
    InfoRequest, Insight, JourneyInfo, ListChangesRequest, ListChangesResponse, Measure, MeasureEffect, ResultOrder,
    StreamOptions, analyze_result,
};
use tokio::runtime::Runtime;
use tonic::transport::{Channel, Endpoint};

pub use started::StartedService;

use crate::{Error, Result};

/// Which service is measured.
#[derive(Debug, Clone, Default)]
pub struct ServiceOptions {
    /// One that runs, for example `http://127.0.0.1:50051`.
    pub server: Option<String>,
    /// Otherwise this program is started; without a name, the `klartext` beside this program.
    pub binary: Option<PathBuf>,
    /// `NAME=VALUE`, for a service that is started.
    pub settings: Vec<String>,
}

impl ServiceOptions {
    /// The address, and the service where one was started; it ends when it is dropped.
    ///
    /// # Errors
    /// There is no program to start, or it ends before it listens.
    pub fn reach(&self) -> Result<(String, Option<StartedService>)> {
        if let Some(server) = &self.server {
            return Ok((server.clone(), None));
        }
        let binary = self.binary.clone().unwrap_or_else(beside_this_program);
        if !binary.exists() {
            return Err(Error::NoService { binary });
        }
        let started = StartedService::start(&binary, &self.settings)?;
        Ok((started.address.clone(), Some(started)))
    }
}

fn beside_this_program() -> PathBuf {
    let folder = std::env::current_exe().ok().and_then(|program| program.parent().map(PathBuf::from));
    folder.unwrap_or_default().join("klartext")
}

/// A connection on which one question is asked after the other.
pub struct Service {
    address: String,
    channel: Channel,
    runtime: Runtime,
    _started: Option<StartedService>,
}

impl Service {
    /// # Errors
    /// The service cannot be started or reached.
    pub fn open(options: &ServiceOptions) -> Result<Self> {
        let (address, started) = options.reach()?;
        let runtime = Runtime::new().map_err(|error| Error::Service(error.to_string()))?;
        let channel = runtime.block_on(connect(&address))?;
        Ok(Self { address, channel, runtime, _started: started })
    }

    /// What the service says about each comment, in their order. Nothing is stored. A stream, because a stream waits
    /// where a single call would be refused.
    ///
    /// # Errors
    /// The stream breaks, or a comment is refused.
    pub fn insights(&self, comments: Vec<Comment>) -> Result<Vec<Insight>> {
        self.runtime.block_on(self.stream(comments, false))
    }

    /// The same, and the service stores them.
    ///
    /// # Errors
    /// The stream breaks, or a comment is refused.
    pub fn store(&self, comments: Vec<Comment>) -> Result<Vec<Insight>> {
        self.runtime.block_on(self.stream(comments, true))
    }

    /// What has changed in the stored comments.
    ///
    /// # Errors
    /// The service does not answer.
    pub fn changes(&self, request: ListChangesRequest) -> Result<ListChangesResponse> {
        let mut client = JourneyServiceClient::new(self.channel.clone()).max_decoding_message_size(usize::MAX);
        let changes = self.runtime.block_on(client.list_changes(request)).map_err(|status| self.failed(&status))?;
        Ok(changes.into_inner())
    }

    /// # Errors
    /// The service does not answer.
    pub fn journeys(&self) -> Result<Vec<JourneyInfo>> {
        let mut client = SystemServiceClient::new(self.channel.clone());
        let info = self.runtime.block_on(client.info(InfoRequest {})).map_err(|status| self.failed(&status))?;
        Ok(info.into_inner().journeys)
    }

    /// What good scores hide in the stored comments.
    ///
    /// # Errors
    /// The service does not answer.
    pub fn gaps(&self, request: GetGapsRequest) -> Result<GetGapsResponse> {
        let mut client = JourneyServiceClient::new(self.channel.clone());
        let gaps = self.runtime.block_on(client.get_gaps(request)).map_err(|status| self.failed(&status))?;
        Ok(gaps.into_inner())
    }

    /// # Errors
    /// The service refuses it or does not answer.
    pub fn create_measure(&self, request: CreateMeasureRequest) -> Result<Measure> {
        let mut client = MeasureServiceClient::new(self.channel.clone());
        let measure = self.runtime.block_on(client.create(request)).map_err(|status| self.failed(&status))?;
        Ok(measure.into_inner())
    }

    /// # Errors
    /// There is no such measure, or the service does not answer.
    pub fn measure_effect(&self, request: GetMeasureEffectRequest) -> Result<MeasureEffect> {
        let mut client = MeasureServiceClient::new(self.channel.clone());
        let effect = self.runtime.block_on(client.get_effect(request)).map_err(|status| self.failed(&status))?;
        Ok(effect.into_inner())
    }

    async fn stream(&self, comments: Vec<Comment>, store: bool) -> Result<Vec<Insight>> {
        let count = comments.len();
        let options = StreamOptions { store, order: ResultOrder::AsSent.into(), ..StreamOptions::default() };
        let messages = [Message::Options(options)].into_iter().chain(comments.into_iter().map(Message::Comment));
        let requests = messages.map(|message| AnalyzeStreamRequest { message: Some(message) });
        let mut client = AnalysisServiceClient::new(self.channel.clone());
        let answer = client.analyze_stream(stream::iter(requests.collect::<Vec<_>>()));
        let mut answers = answer.await.map_err(|status| self.failed(&status))?.into_inner();
        let mut insights = Vec::with_capacity(count);
        while let Some(answer) = answers.message().await.map_err(|status| self.failed(&status))? {
            let result = answer.result.unwrap_or_default();
            match result.outcome {
                Some(analyze_result::Outcome::Insight(insight)) => insights.push(insight),
                Some(analyze_result::Outcome::Error(error)) => {
                    return Err(Error::Service(format!("comment {}: {}", result.external_id, error.message)));
                }
                None => return Err(Error::Service(format!("comment {}: no outcome", result.external_id))),
            }
        }
        if insights.len() < count {
            return Err(Error::Service(format!("{} of {count} comments were answered", insights.len())));
        }
        Ok(insights)
    }

    fn failed(&self, status: &tonic::Status) -> Error {
        Error::Service(format!("{}: {} ({:?})", self.address, status.message(), status.code()))
    }
}

/// # Errors
/// The address is none, or nobody listens there.
pub async fn connect(address: &str) -> Result<Channel> {
    let unreachable = |error: tonic::transport::Error| Error::Service(format!("{address}: {error}"));
    Endpoint::from_shared(address.to_owned()).map_err(unreachable)?.connect().await.map_err(unreachable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_missing_input() {
        let options = ServiceOptions { binary: Some(PathBuf::from("nowhere/klartext")), ..ServiceOptions::default() };
        let error = options.reach().err().expect("there is no such program");
        assert!(error.is_missing_input() && error.to_string().contains("nowhere/klartext"), "{error}");
    }
}
