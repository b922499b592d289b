use klartext_proto::v1;
use klartext_proto::v1::measure_service_server::MeasureService;
use tonic::{Request, Response, Status};

use super::convert::{
    DEFAULT_PAGE_SIZE, effect_request_from_proto, effect_to_proto, measure_from_proto, measure_to_proto,
    minimum_volume, uuid_of,
};
use crate::comments::page_size;
use crate::error::Error;
use crate::measures::{MeasureFilter, MeasureRegister};

pub struct MeasureHandler {
    pub measures: MeasureRegister,
    pub max_page_size: usize,
}

#[tonic::async_trait]
impl MeasureService for MeasureHandler {
    async fn create(&self, request: Request<v1::CreateMeasureRequest>) -> Result<Response<v1::Measure>, Status> {
        let v1::CreateMeasureRequest { measure, by, request_id } = request.into_inner();
        let measure = required(measure)?;
        let journey = measure.journey.clone();
        let content = measure_from_proto(measure)?;
        let measure = self.measures.create(&journey, content, &by, &request_id).await?;
        Ok(Response::new(measure_to_proto(&measure)))
    }

    async fn list(
        &self,
        request: Request<v1::ListMeasuresRequest>,
    ) -> Result<Response<v1::ListMeasuresResponse>, Status> {
        let request = request.into_inner();
        let limit = page_size(request.page_size as usize, DEFAULT_PAGE_SIZE, self.max_page_size)?;
        let filter = MeasureFilter {
            journey: request.journey,
            touchpoint: request.touchpoint,
            with_deleted: request.show_deleted,
        };
        let page = self.measures.list(&filter, limit, &request.page_token).await?;
        Ok(Response::new(v1::ListMeasuresResponse {
            measures: page.items.iter().map(measure_to_proto).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn get(&self, request: Request<v1::GetMeasureRequest>) -> Result<Response<v1::Measure>, Status> {
        let id = uuid_of("measure_id", &request.into_inner().measure_id)?;
        Ok(Response::new(measure_to_proto(&self.measures.get(id).await?)))
    }

    async fn update(&self, request: Request<v1::UpdateMeasureRequest>) -> Result<Response<v1::Measure>, Status> {
        let v1::UpdateMeasureRequest { measure, by } = request.into_inner();
        let measure = required(measure)?;
        let id = uuid_of("measure.measure_id", &measure.measure_id)?;
        let measure = self.measures.update(id, measure_from_proto(measure)?, &by).await?;
        Ok(Response::new(measure_to_proto(&measure)))
    }

    async fn delete(&self, request: Request<v1::DeleteMeasureRequest>) -> Result<Response<v1::Measure>, Status> {
        let v1::DeleteMeasureRequest { measure_id, by } = request.into_inner();
        let measure = self.measures.delete(uuid_of("measure_id", &measure_id)?, &by).await?;
        Ok(Response::new(measure_to_proto(&measure)))
    }

    async fn get_effect(
        &self,
        request: Request<v1::GetMeasureEffectRequest>,
    ) -> Result<Response<v1::MeasureEffect>, Status> {
        let request = request.into_inner();
        let minimum_volume = minimum_volume(request.minimum_volume);
        let effect = self.measures.effect(effect_request_from_proto(request)?).await?;
        Ok(Response::new(effect_to_proto(&effect, minimum_volume)))
    }
}

fn required(measure: Option<v1::Measure>) -> Result<v1::Measure, Error> {
    measure.ok_or(Error::FieldMissing { field: "measure" })
}
