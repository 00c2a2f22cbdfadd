//! The buyer's catalogue.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use domain::{IngestionJob, JobId, Product, ProductId, SupplierId};
use serde::Serialize;

use crate::{Deps, Problem, body::Segment};

#[derive(Debug, Serialize)]
pub(crate) struct Published {
    /// The job that brought the published catalogue; null before the first.
    published_job: Option<JobId>,
    /// That job, while its record is kept.
    job: Option<IngestionJob>,
}

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/admin/catalogue", get(show))
        .route("/admin/products/{product_id}", get(product))
}

pub(crate) async fn show(State(deps): State<Arc<Deps>>) -> Result<Json<Published>, Problem> {
    let (published_job, job) = published(&deps).await?;
    Ok(Json(Published { published_job, job }))
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

pub(crate) async fn product(
    State(deps): State<Arc<Deps>>,
    Segment(product_id): Segment<ProductId>,
) -> Result<Json<Product>, Problem> {
    let product = deps.catalogue.get(&product_id).await?;
    product
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("there is no product {product_id}")))
}
