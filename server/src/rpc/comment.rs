use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use klartext_proto::v1;
use klartext_proto::v1::comment_service_server::CommentService;
use tonic::{Request, Response, Status};

use super::access::access_of;
use super::convert::{
    ExplainedText, correction_from_proto, deletion_from_proto, explain_from_proto, explanations_to_proto,
    export_from_proto, exported_to_proto, hits_to_proto, id_from_proto, list_from_proto, listed_to_proto,
    search_from_proto, stored_comment_to_proto,
};
use crate::comments::{Erasures, correct, delete, export, list, search};
use crate::insights::{StoredComment, comment_of_mention, read_comment};
use crate::pipeline::{Pipeline, Writing};
use crate::store::Store;

pub struct CommentHandler {
    pub pipeline: Arc<Pipeline>,
    pub store: Arc<dyn Store>,
    pub writing: Arc<Writing>,
    pub erasures: Arc<Erasures>,
}

#[tonic::async_trait]
impl CommentService for CommentHandler {
    async fn get(&self, request: Request<v1::GetCommentRequest>) -> Result<Response<v1::StoredComment>, Status> {
        let access = access_of(&request)?;
        let id = id_from_proto(request.into_inner())?;
        let stored = read_comment(self.store.as_ref(), id, &access).await?;
        Ok(Response::new(stored_comment_to_proto(&stored, self.pipeline.assigners())))
    }

    async fn list(
        &self,
        request: Request<v1::ListCommentsRequest>,
    ) -> Result<Response<v1::ListCommentsResponse>, Status> {
        let access = access_of(&request)?;
        let request = list_from_proto(request.into_inner(), &access, self.pipeline.limits())?;
        let listed = list(self.store.as_ref(), request).await?;
        Ok(Response::new(listed_to_proto(&listed, self.pipeline.assigners())))
    }

    async fn search(
        &self,
        request: Request<v1::SearchCommentsRequest>,
    ) -> Result<Response<v1::SearchCommentsResponse>, Status> {
        let access = access_of(&request)?;
        let request = search_from_proto(request.into_inner(), &access, self.pipeline.limits())?;
        let hits = search(&self.pipeline, self.store.as_ref(), request).await?;
        Ok(Response::new(hits_to_proto(&hits, self.pipeline.assigners())))
    }

    async fn delete(
        &self,
        request: Request<v1::DeleteCommentsRequest>,
    ) -> Result<Response<v1::DeleteCommentsResponse>, Status> {
        let access = access_of(&request)?;
        let v1::DeleteCommentsRequest { by, dry_run } = request.into_inner();
        let deletion = deletion_from_proto(by, &access, self.pipeline.limits())?;
        let comments = delete(self.writing.clone(), deletion, dry_run).await?;
        Ok(Response::new(v1::DeleteCommentsResponse { comments }))
    }

    async fn erase(
        &self,
        request: Request<v1::EraseSubjectRequest>,
    ) -> Result<Response<v1::EraseSubjectResponse>, Status> {
        let erased = self.erasures.erase(request.into_inner().subject).await?;
        Ok(Response::new(v1::EraseSubjectResponse {
            comments: erased.comments,
            mentions: erased.mentions,
            files_rewritten: erased.files_rewritten,
        }))
    }

    async fn correct(
        &self,
        request: Request<v1::CorrectMentionRequest>,
    ) -> Result<Response<v1::StoredComment>, Status> {
        let access = access_of(&request)?;
        let order = correction_from_proto(request.into_inner(), access)?;
        let stored = correct(self.writing.clone(), order).await?;
        Ok(Response::new(stored_comment_to_proto(&stored, self.pipeline.assigners())))
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainMentionRequest>,
    ) -> Result<Response<v1::ExplainMentionResponse>, Status> {
        let access = access_of(&request)?;
        let (text, explanations) = match explain_from_proto(request.into_inner())? {
            ExplainedText::Mention(place) => {
                let StoredComment { comment, insight, .. } =
                    comment_of_mention(self.store.as_ref(), place, &access).await?;
                let mentions: Vec<_> = insight.mentions.into_iter().map(|mention| mention.span).collect();
                let words = comment.text[mentions[place.index].clone()].to_owned();
                let explanations =
                    self.pipeline.explain((comment.text, mentions), place.index, &comment.journey).await?;
                (words, explanations)
            }
            ExplainedText::Text { text, journey } => self.pipeline.explain_text(&text, &journey).await?,
        };
        Ok(Response::new(explanations_to_proto(text, &explanations)))
    }

    type ExportStream = Pin<Box<dyn Stream<Item = Result<v1::ExportCommentsResponse, Status>> + Send>>;

    async fn export(
        &self,
        request: Request<v1::ExportCommentsRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let access = access_of(&request)?;
        let exported = export(self.store.clone(), export_from_proto(request.into_inner(), &access)?)?;
        let pain_points = self.pipeline.assigners().clone();
        Ok(Response::new(exported.map(move |comment| Ok(exported_to_proto(comment?, &pain_points))).boxed()))
    }
}
