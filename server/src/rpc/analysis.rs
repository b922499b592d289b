use std::sync::Arc;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use klartext_proto::v1::analysis_service_server::AnalysisService;
use klartext_proto::v1::analyze_stream_request::Message;
use klartext_proto::v1::{
    AnalyzeRequest, AnalyzeResponse, AnalyzeResult, AnalyzeStreamRequest, AnalyzeStreamResponse, Comment, ResultOrder,
    StageTime, StreamOptions, analyze_result,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::answered::{count_answer, count_refused_call};
use super::convert::{SpanTarget, draft_from_proto, insight_to_proto, selection_from_proto};
use super::item_error;
use crate::error::{Error, Result};
use crate::insights::Selection;
use crate::insights::intake::Draft;
use crate::pipeline::{self, Analysed, Pipeline, StageTimes};

pub struct AnalysisHandler {
    pub pipeline: Arc<Pipeline>,
    /// Open streams end when this is cancelled.
    pub stopping: CancellationToken,
}

#[tonic::async_trait]
impl AnalysisService for AnalysisHandler {
    async fn analyze(
        &self,
        request: Request<AnalyzeRequest>,
    ) -> std::result::Result<Response<AnalyzeResponse>, Status> {
        let AnalyzeRequest { comments, store, analyses } = request.into_inner();
        // Ids and texts stay here for the reply: spans point into the text as it was sent.
        let sent: Vec<(String, String)> =
            comments.iter().map(|comment| (comment.external_id.clone(), comment.text.clone())).collect();
        let drafts = comments.into_iter().map(draft_from_proto).collect();
        let analysed = self.analyse(drafts, &analyses, store).await;
        let pipeline = &self.pipeline;
        let refused = |error: &Error| count_refused_call(pipeline.metrics(), error, sent.len());
        let (results, times) = analysed.inspect_err(refused)?;
        let results = sent.into_iter().zip(results);
        let results =
            results.map(|((external_id, text), result)| result_to_proto(external_id, &text, result, pipeline));
        Ok(Response::new(AnalyzeResponse { results: results.collect(), stages: stage_times(times) }))
    }

    type AnalyzeStreamStream = BoxStream<'static, std::result::Result<AnalyzeStreamResponse, Status>>;

    /// Answers at once: the first message may come only after that.
    async fn analyze_stream(
        &self,
        request: Request<Streaming<AnalyzeStreamRequest>>,
    ) -> std::result::Result<Response<Self::AnalyzeStreamStream>, Status> {
        let requests = Requests { messages: request.into_inner(), stopping: self.stopping.clone() };
        Ok(Response::new(answers(self.pipeline.clone(), requests).flatten_stream().boxed()))
    }
}

impl AnalysisHandler {
    async fn analyse(
        &self,
        drafts: Vec<Result<Draft>>,
        analyses: &[i32],
        store: bool,
    ) -> Result<(Vec<Result<Analysed>>, StageTimes)> {
        self.pipeline.analyse(drafts, selection_from_proto(analyses)?, store).await
    }
}

/// What is needed of a comment for its answer.
struct Sent {
    sequence: u64,
    external_id: String,
    text: String,
}

/// The results of a stream, and at its end why the service ended it, if it did.
async fn answers(
    pipeline: Arc<Pipeline>,
    mut requests: Requests,
) -> BoxStream<'static, std::result::Result<AnalyzeStreamResponse, Status>> {
    let (options, first) = match requests.next().await {
        Ok(Some(Some(Message::Options(options)))) => (options, None),
        Ok(first) => (StreamOptions::default(), first),
        Err(status) => return stream::once(async { Err(status) }).boxed(),
    };
    let (selection, store, order) = match read_options(&options) {
        Ok(options) => options,
        Err(error) => return stream::once(async { Err(error.into()) }).boxed(),
    };
    let (end, ended) = oneshot::channel();
    let max_text_chars = pipeline.limits().max_text_chars;
    let comments = SentComments { requests, first, sequence: 0, max_text_chars, end: Some(end) };
    let drafts = stream::unfold(comments, async |mut comments| Some((comments.next().await?, comments)));
    let answering = pipeline.clone();
    let results = pipeline.analyse_stream(drafts, selection, store, order).flat_map(move |chunk| {
        let answers: Vec<_> = match chunk {
            Ok(chunk) => chunk.into_iter().map(|(sent, result)| answer(sent, result, &answering)).collect(),
            Err(error) => vec![Err(error.into())],
        };
        stream::iter(answers)
    });
    let end = ended.into_stream().filter_map(async |end| end.ok().map(Err));
    results.chain(end).boxed()
}

fn read_options(options: &StreamOptions) -> Result<(Selection, bool, pipeline::ResultOrder)> {
    let selection = selection_from_proto(&options.analyses)?;
    if options.store && selection != Selection::ALL {
        return Err(Error::SelectionNotStorable);
    }
    let order = ResultOrder::try_from(options.order)
        .map_err(|_| Error::EnumUnknown { field: "order", number: options.order })?;
    let order = match order {
        ResultOrder::Unspecified | ResultOrder::AsSent => pipeline::ResultOrder::AsSent,
        ResultOrder::AsReady => pipeline::ResultOrder::AsReady,
    };
    Ok((selection, options.store, order))
}

fn answer(
    sent: Sent,
    result: Result<Analysed>,
    pipeline: &Pipeline,
) -> std::result::Result<AnalyzeStreamResponse, Status> {
    let Sent { sequence, external_id, text } = sent;
    Ok(AnalyzeStreamResponse { sequence, result: Some(result_to_proto(external_id, &text, result, pipeline)) })
}

/// What a client sends, until the service stops.
struct Requests {
    messages: Streaming<AnalyzeStreamRequest>,
    stopping: CancellationToken,
}

impl Requests {
    /// `None` at the client's end; an inner `None` is a message without content.
    async fn next(&mut self) -> std::result::Result<Option<Option<Message>>, Status> {
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Err(Error::ShuttingDown.into()),
            message = self.messages.message() => Ok(message?.map(|request| request.message)),
        }
    }
}

/// The comments of a stream.
struct SentComments {
    requests: Requests,
    /// Read before it was known that there are no options.
    first: Option<Option<Message>>,
    sequence: u64,
    max_text_chars: usize,
    /// Told when the service ends the stream: everything that was read is answered before.
    end: Option<oneshot::Sender<Status>>,
}

impl SentComments {
    async fn next(&mut self) -> Option<(Sent, Result<Draft>)> {
        let message = match self.first.take() {
            Some(first) => first,
            None => match self.requests.next().await {
                Ok(message) => message?,
                Err(status) => return self.end(status),
            },
        };
        let sequence = self.sequence;
        self.sequence += 1;
        match message {
            Some(Message::Comment(comment)) => Some(self.comment(sequence, comment)),
            Some(Message::Options(_)) => self.end(Error::OptionsNotFirst.into()),
            None => {
                let sent = Sent { sequence, external_id: String::new(), text: String::new() };
                Some((sent, Err(Error::FieldMissing { field: "comment" })))
            }
        }
    }

    fn comment(&self, sequence: u64, mut comment: Comment) -> (Sent, Result<Draft>) {
        let limit = self.max_text_chars;
        let mut sent = Sent { sequence, external_id: comment.external_id.clone(), text: String::new() };
        if comment.text.len() > 4 * limit {
            // Let go at once, so that a stream never holds many of them.
            let chars = std::mem::take(&mut comment.text).chars().count();
            return (sent, Err(Error::TextTooLong { chars, limit }));
        }
        sent.text = comment.text.clone();
        (sent, draft_from_proto(comment))
    }

    fn end<T>(&mut self, status: Status) -> Option<T> {
        let end = self.end.take()?;
        // Nobody listens when the client is gone.
        drop(end.send(status));
        None
    }
}

fn result_to_proto(external_id: String, text: &str, result: Result<Analysed>, pipeline: &Pipeline) -> AnalyzeResult {
    count_answer(pipeline.metrics(), &result);
    let outcome = match result {
        Ok(done) => analyze_result::Outcome::Insight(insight_to_proto(
            done.analysed.id,
            &done.analysed.insight,
            &SpanTarget::caller(text, &done.map),
            done.store_outcome,
            &done.personal_data,
            pipeline.assigners(),
        )),
        Err(error) => analyze_result::Outcome::Error(item_error(&error)),
    };
    AnalyzeResult { external_id, outcome: Some(outcome) }
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
