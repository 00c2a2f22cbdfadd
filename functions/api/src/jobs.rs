//! Jobs: list, show, report, retry.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::{IngestionJob, Job, JobId, RawKey, Refused, RowError, SupplierId, Trigger};
use jiff::Timestamp;
use pricelist::ReadingReport;
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
        .route("/admin/jobs/{job_id}/errors.csv", get(row_errors))
        .route("/admin/jobs/{job_id}/file", get(file))
        .route("/admin/jobs/{job_id}/shadow-report", get(shadow_report))
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

/// What `analyze` writes beside a result.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredReport {
    /// How the file was read.
    pub(crate) report: ReadingReport,
    /// Rows that could not be read.
    #[serde(default)]
    pub(crate) errors: Vec<RowError>,
}

/// How a job's file was read; none when it never was, or when a later version of ours cannot read what was written.
pub(crate) async fn stored_report(deps: &Deps, job: &Job) -> Result<Option<StoredReport>, Problem> {
    let json = deps.files.report(&job.supplier_id, job.job_id).await?;
    let report = json.map(|json| serde_json::from_slice::<StoredReport>(&json));
    report.transpose().or_else(|error| {
        tracing::warn!(job_id = %job.job_id, %error, "a reading report cannot be read");
        Ok(None)
    })
}

/// The rows that could not be read, for a spreadsheet.
async fn row_errors(State(deps): State<Arc<Deps>>, Segment(job_id): Segment<JobId>) -> Result<Response, Problem> {
    let job = existing(&deps, job_id, deps.clock.now()).await?;
    let report = stored_report(&deps, &job).await?;
    let report = report.ok_or_else(|| Problem::not_found("this job's file has not been read"))?;
    let name = format!("{}-{}-errors.csv", job.supplier_id, job.created_at.strftime("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, error_table(&report.errors)?).into_response())
}

fn error_table(errors: &[RowError]) -> Result<Vec<u8>, Problem> {
    let failed = |error: csv::Error| {
        tracing::error!(%error, "a CSV could not be written");
        Problem::internal()
    };
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record(["sheet", "page", "row", "cell", "text", "error"])
        .map_err(failed)?;
    for error in errors {
        let RowError {
            position,
            cell,
            text,
            message,
        } = error;
        table
            .write_record([
                inert(position.sheet.as_deref().unwrap_or_default()).as_ref(),
                &position.page.map(|page| page.to_string()).unwrap_or_default(),
                &position.row.to_string(),
                cell.as_deref().unwrap_or_default(),
                inert(text).as_ref(),
                inert(message).as_ref(),
            ])
            .map_err(failed)?;
    }
    table.into_inner().map_err(|_| Problem::internal())
}

/// A spreadsheet takes a text that begins so for a formula (OWASP, "CSV injection"); an apostrophe before it makes it text.
fn inert(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// How long a link to a raw file is good.
const FILE_LINK: Duration = Duration::from_secs(300);

/// Leads to the raw file, byte for byte as received, while it is kept.
async fn file(State(deps): State<Arc<Deps>>, Segment(job_id): Segment<JobId>) -> Result<Response, Problem> {
    let now = deps.clock.now();
    let job = existing(&deps, job_id, now).await?;
    let key = stored_file(&deps, &job).await?;
    let key = key.ok_or_else(|| Problem::not_found("the file of this job is not stored (any more)"))?;
    let link = deps.files.presign_raw(&key, FILE_LINK, now).await?;
    Ok(Redirect::to(&link).into_response())
}

/// The key of the job's raw file, if that is stored.
pub(crate) async fn stored_file(deps: &Deps, job: &Job) -> Result<Option<RawKey>, Problem> {
    let (Some(key), Some(file)) = (job.raw_key(), &job.file) else {
        return Ok(None);
    };
    Ok(deps.files.has_raw(&key, file).await?.then_some(key))
}

pub(crate) async fn shadow_report(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Response, Problem> {
    let job = existing(&deps, job_id, deps.clock.now()).await?;
    let report = deps.files.shadow_report(&job.supplier_id, job_id).await?;
    let report = report.ok_or_else(|| Problem::not_found("this job's list was read one way only"))?;
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
    match stored_file(deps, job).await? {
        Some(_) => Ok(()),
        None => Err(Problem::conflict(
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

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;

    #[test]
    fn a_table_of_errors_has_cells_and_no_formulas() {
        let error = RowError {
            position: Position {
                sheet: Some("=HYPERLINK(\"x\")".into()),
                page: None,
                row: 14,
            },
            cell: Some("C14".into()),
            text: "-5,00 \"net\"".into(),
            message: "a price is never negative".into(),
        };
        let table = String::from_utf8(error_table(&[error]).unwrap()).unwrap();
        assert_eq!(
            table,
            "sheet,page,row,cell,text,error\n\"'=HYPERLINK(\"\"x\"\")\",,14,C14,\"'-5,00 \"\"net\"\"\",a price is never negative\n"
        );
    }
}
