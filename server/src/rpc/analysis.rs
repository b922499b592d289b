use std::sync::Arc;
use std::time::Duration;

use klartext_proto::v1::analysis_service_server::AnalysisService;
use klartext_proto::v1::{AnalyzeRequest, AnalyzeResponse, AnalyzeResult, StageTime, analyze_result};
use tonic::{Request, Response, Status};

use super::convert::{SpanTarget, draft_from_proto, insight_to_proto, selection_from_proto};
use super::item_error;
use crate::pipeline::{Pipeline, StageTimes};

pub struct AnalysisHandler {
    pub pipeline: Arc<Pipeline>,
}

#[tonic::async_trait]
impl AnalysisService for AnalysisHandler {
    async fn analyze(&self, request: Request<AnalyzeRequest>) -> Result<Response<AnalyzeResponse>, Status> {
        let AnalyzeRequest { comments, store, analyses } = request.into_inner();
        let selection = selection_from_proto(&analyses)?;
        // Ids and texts stay here for the reply: spans point into the text as it was sent.
        let sent: Vec<(String, String)> =
            comments.iter().map(|comment| (comment.external_id.clone(), comment.text.clone())).collect();
        let drafts = comments.into_iter().map(draft_from_proto).collect();
        let (results, times) = self.pipeline.analyse(drafts, selection, store).await?;
        let results = sent.into_iter().zip(results).map(|((external_id, text), result)| {
            let outcome = match result {
                Ok(done) => analyze_result::Outcome::Insight(insight_to_proto(
                    done.analysed.id,
                    &done.analysed.insight,
                    &SpanTarget::caller(&text, &done.map),
                    done.store_outcome,
                    &done.personal_data,
                )),
                Err(error) => analyze_result::Outcome::Error(item_error(&error)),
            };
            AnalyzeResult { external_id, outcome: Some(outcome) }
        });
        Ok(Response::new(AnalyzeResponse { results: results.collect(), stages: stage_times(times) }))
    }

    type AnalyzeStreamStream = futures::stream::Empty<Result<klartext_proto::v1::AnalyzeStreamResponse, Status>>;

    async fn analyze_stream(
        &self,
        _request: Request<tonic::Streaming<klartext_proto::v1::AnalyzeStreamRequest>>,
    ) -> Result<Response<Self::AnalyzeStreamStream>, Status> {
        Err(Status::unimplemented("analyze_stream"))
    }
}

fn stage_times(times: StageTimes) -> Vec<StageTime> {
    let stage = |name: &str, elapsed: Duration| StageTime {
        stage: name.to_owned(),
        elapsed: prost_types::Duration::try_from(elapsed).ok(),
    };
    vec![
        stage("intake", times.intake),
        stage("encode", times.encode),
        stage("label", times.label),
        stage("store", times.store),
    ]
}
