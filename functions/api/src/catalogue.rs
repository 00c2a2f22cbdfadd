//! The buyer's catalogue.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{IngestionJob, JobId, Product, ProductId, SupplierId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Deps, Problem, body::Segment, problem_answers::NotFound};

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublishedCatalogue {
    /// The job that brought the published catalogue; null before the first.
    #[schema(required)]
    published_job: Option<JobId>,
    /// That job, while its record is kept.
    #[schema(required)]
    job: Option<IngestionJob>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(product))
}

/// Which catalogue is published.
#[utoipa::path(
    get, path = "/admin/catalogue", tag = "Catalogue", operation_id = "get_catalogue",
    responses((status = OK, description = "The job that brought it.", body = PublishedCatalogue)),
)]
pub(crate) async fn show(State(deps): State<Arc<Deps>>) -> Result<Json<PublishedCatalogue>, Problem> {
    let (published_job, job) = published(&deps).await?;
    Ok(Json(PublishedCatalogue { published_job, job }))
}

/// The job that brought the published catalogue, and its record while that is kept.
pub(crate) async fn published(deps: &Deps) -> Result<(Option<JobId>, Option<IngestionJob>), Problem> {
    let published_job = deps.suppliers.publication().published(&SupplierId::catalogue()).await?;
    let job = match published_job {
        Some(job_id) => deps.jobs.get(job_id, deps.clock.now()).await?,
        None => None,
    };
    Ok((published_job, job.map(Into::into)))
}

/// One product.
#[utoipa::path(
    get, path = "/admin/products/{product_id}", tag = "Catalogue", operation_id = "get_product",
    params(("product_id" = ProductId, Path)),
    responses((status = OK, description = "The product.", body = Product), NotFound),
)]
pub(crate) async fn product(
    State(deps): State<Arc<Deps>>,
    Segment(product_id): Segment<ProductId>,
) -> Result<Json<Product>, Problem> {
    let product = deps.catalogue.get(&product_id).await?;
    product
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("there is no product {product_id}")))
}
