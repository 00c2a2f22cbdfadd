//! Jobs: list, show, report, retry.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{IngestionJob, Job, JobId, Refused, SupplierId, Trigger};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Swapped;

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, Segment},
    starting::start,
};

#[derive(Debug, Deserialize)]
pub(crate) struct OfSupplier {
    supplier_id: Option<SupplierId>,
}

#[derive(Debug, Serialize)]
pub(crate) struct JobList {
    jobs: Vec<IngestionJob>,
    next_cursor: Option<String>,
}

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/admin/jobs", get(list))
        .route("/admin/jobs/{job_id}", get(show))
        .route("/admin/jobs/{job_id}/report", get(report))
        .route("/admin/jobs/{job_id}/retry", post(retry))
}

pub(crate) async fn list(
    State(deps): State<Arc<Deps>>,
    Parameters(filter): Parameters<OfSupplier>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<JobList>, Problem> {
    let (limit, cursor, now) = (paging.limit()?, paging.cursor.as_deref(), deps.clock.now());
    let page = match &filter.supplier_id {
        Some(supplier_id) => deps.jobs.of_supplier(supplier_id, limit, cursor, now).await?,
        None => deps.jobs.recent(limit, cursor, now).await?,
    };
    Ok(Json(JobList {
        jobs: page.jobs.into_iter().map(Into::into).collect(),
        next_cursor: page.next_cursor,
    }))
}

pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Json<IngestionJob>, Problem> {
    Ok(Json(existing(&deps, job_id, deps.clock.now()).await?.into()))
}

pub(crate) async fn report(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Response, Problem> {
    let job = existing(&deps, job_id, deps.clock.now()).await?;
    let report = deps.files.report(&job.supplier_id, job_id).await?;
    let report = report.ok_or_else(|| Problem::not_found("this job's file has not been read"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], report).into_response())
}

pub(crate) async fn retry(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<(StatusCode, Json<IngestionJob>), Problem> {
    let now = deps.clock.now();
    let failed = existing(&deps, job_id, now).await?;
    let again = failed.retry(now).map_err(|refused| refusal(refused, &failed))?;
    if failed.trigger == Trigger::Upload {
        check_file(&deps, &failed).await?;
        match deps.jobs.swap(&failed, &again).await? {
            Swapped::Applied => deps.queues.send_download(&again).await?,
            Swapped::Conflict => {
                return Err(Problem::conflict(
                    "changed_meanwhile",
                    "the job was retried in this moment",
                ));
            }
        }
    } else {
        let supplier = deps.suppliers.get(&failed.supplier_id).await?;
        let supplier =
            supplier.ok_or_else(|| Problem::conflict("supplier_removed", "the supplier of this job was removed"))?;
        start(&deps, &supplier, &again, Some(&failed), now).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(again.into())))
}

/// An upload whose file is gone is told so at once, and costs no retry.
async fn check_file(deps: &Deps, job: &Job) -> Result<(), Problem> {
    let stored = match (job.raw_key(), &job.file) {
        (Some(key), Some(file)) => deps.files.has_raw(&key, file).await?,
        _ => false,
    };
    match stored {
        true => Ok(()),
        false => Err(Problem::conflict(
            "upload_gone",
            "the uploaded file is not stored (any more); upload it again",
        )),
    }
}

fn refusal(refused: Refused, job: &Job) -> Problem {
    match refused {
        Refused::RetriesUsedUp => {
            let detail = format!("{refused}; start a new job instead: upload the file again, or sync the supplier");
            Problem::conflict("retries_used_up", detail)
        }
        _ => Problem::conflict(
            "not_failed",
            format!("only a failed job can be retried; this one is {}", job.phase),
        ),
    }
}

pub(crate) async fn existing(deps: &Deps, job_id: JobId, now: Timestamp) -> Result<Job, Problem> {
    let job = deps.jobs.get(job_id, now).await?;
    job.ok_or_else(|| Problem::not_found(format!("there is no job {job_id}; jobs are kept for 7 days")))
}
