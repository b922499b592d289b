use std::sync::Arc;

use klartext_proto::v1;
use klartext_proto::v1::comment_service_server::CommentService;
use klartext_proto::v1::{GetCommentRequest, StoredComment, get_comment_request};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{SpanTarget, comment_to_proto, insight_to_proto, stored_at_to_proto};
use crate::error::Error;
use crate::insights::{comment_id, read_comment};
use crate::pipeline::StoreOutcome;
use crate::store::Store;

pub struct CommentHandler {
    pub store: Arc<dyn Store>,
}

#[tonic::async_trait]
impl CommentService for CommentHandler {
    async fn get(&self, request: Request<GetCommentRequest>) -> Result<Response<StoredComment>, Status> {
        let id = requested_id(request.into_inner())?;
        let stored = read_comment(self.store.as_ref(), id).await?;
        let target = SpanTarget::stored(&stored.comment.text);
        let insight = insight_to_proto(stored.id, &stored.insight, &target, StoreOutcome::Unchanged, &[]);
        Ok(Response::new(StoredComment {
            comment: Some(comment_to_proto(&stored.comment)),
            insight: Some(insight),
            stored_at: Some(stored_at_to_proto(stored.stored_at)),
        }))
    }

    async fn list(
        &self,
        _request: Request<v1::ListCommentsRequest>,
    ) -> Result<Response<v1::ListCommentsResponse>, Status> {
        Err(Status::unimplemented("list"))
    }

    async fn search(
        &self,
        _request: Request<v1::SearchCommentsRequest>,
    ) -> Result<Response<v1::SearchCommentsResponse>, Status> {
        Err(Status::unimplemented("search"))
    }

    async fn delete(
        &self,
        _request: Request<v1::DeleteCommentsRequest>,
    ) -> Result<Response<v1::DeleteCommentsResponse>, Status> {
        Err(Status::unimplemented("delete"))
    }

    async fn erase(
        &self,
        _request: Request<v1::EraseSubjectRequest>,
    ) -> Result<Response<v1::EraseSubjectResponse>, Status> {
        Err(Status::unimplemented("erase"))
    }

    async fn correct(
        &self,
        _request: Request<v1::CorrectMentionRequest>,
    ) -> Result<Response<v1::StoredComment>, Status> {
        Err(Status::unimplemented("correct"))
    }

    type ExportStream = futures::stream::Empty<Result<v1::ExportCommentsResponse, Status>>;

    async fn export(
        &self,
        _request: Request<v1::ExportCommentsRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        Err(Status::unimplemented("export"))
    }
}

fn requested_id(request: GetCommentRequest) -> Result<Uuid, Error> {
    match request.by {
        Some(get_comment_request::By::CommentId(id)) => {
            id.parse().map_err(|_| Error::IdInvalid { reason: format!("comment_id {id:?} is no UUID") })
        }
        Some(get_comment_request::By::External(external)) if !external.external_id.is_empty() => {
            Ok(comment_id(&external.source, &external.external_id))
        }
        Some(get_comment_request::By::External(_)) => {
            Err(Error::IdInvalid { reason: "external.external_id is empty".to_owned() })
        }
        None => Err(Error::IdInvalid { reason: "neither comment_id nor external is given".to_owned() }),
    }
}
