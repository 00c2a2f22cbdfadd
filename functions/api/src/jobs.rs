//! Jobs: list, show, report, retry.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{IngestionJob, Job, JobId, RawKey, Refused, RowError, ShadowReport, SupplierId, Trigger};
use jiff::Timestamp;
use pricelist::ReadingReport;
use serde::{Deserialize, Serialize};
use store::Swapped;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, Segment},
    problem_answers::{Conflict, NotFound},
    starting::start,
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfSupplier {
    /// One supplier's jobs; those of all, and of the catalogue, without it.
    supplier_id: Option<SupplierId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobList {
    jobs: Vec<IngestionJob>,
    #[schema(required)]
    next_cursor: Option<String>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(report))
        .routes(routes!(row_errors))
        .routes(routes!(file))
        .routes(routes!(shadow_report))
        .routes(routes!(retry))
}

/// Jobs, newest first.
///
/// Jobs are kept for 7 days after their last change.
#[utoipa::path(
    get, path = "/admin/jobs", tag = "Jobs", operation_id = "list_jobs",
    params(OfSupplier, Paging),
    responses((status = OK, description = "A page of jobs.", body = JobList)),
)]
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

/// One job.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}", tag = "Jobs", operation_id = "get_job",
    params(("job_id" = JobId, Path)),
    responses((status = OK, description = "The job as it is now.", body = IngestionJob), NotFound),
)]
pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Json<IngestionJob>, Problem> {
    Ok(Json(existing(&deps, job_id, deps.clock.now()).await?.into()))
}

/// How the job's file was read.
///
/// Sheets, header rows, each column with its field and the reason, and the rows that could not be read.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/report", tag = "Jobs", operation_id = "get_job_report",
    params(("job_id" = JobId, Path)),
    responses((status = OK, description = "The report.", body = StoredReport), NotFound),
)]
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
#[derive(Debug, Deserialize, ToSchema)]
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
///
/// Columns: `sheet`, `page`, `row`, `cell`, `text`, `error`. A text that a spreadsheet would take for a formula begins with
/// an apostrophe.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/errors.csv", tag = "Jobs", operation_id = "get_job_errors",
    params(("job_id" = JobId, Path)),
    responses((status = OK, description = "The rows.", body = String, content_type = "text/csv; charset=utf-8"), NotFound),
)]
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
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/file", tag = "Jobs", operation_id = "get_job_file",
    params(("job_id" = JobId, Path)),
    responses(
        (
            status = SEE_OTHER, description = "The file is at the address in `Location` for five minutes.",
            headers(("Location" = String, description = "A presigned address in the bucket.")),
        ),
        NotFound,
    ),
)]
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

/// How a second way would have read the job's list.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/shadow-report", tag = "Jobs", operation_id = "get_job_shadow_report",
    params(("job_id" = JobId, Path)),
    responses((status = OK, description = "The differences.", body = ShadowReport), NotFound),
)]
pub(crate) async fn shadow_report(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Response, Problem> {
    let job = existing(&deps, job_id, deps.clock.now()).await?;
    let report = deps.files.shadow_report(&job.supplier_id, job_id).await?;
    let report = report.ok_or_else(|| Problem::not_found("this job's list was read one way only"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], report).into_response())
}

/// Starts a failed job again, at most 3 times.
///
/// The stored file is used again, unless it was at fault and can be fetched anew.
#[utoipa::path(
    post, path = "/admin/jobs/{job_id}/retry", tag = "Jobs", operation_id = "retry_job",
    params(("job_id" = JobId, Path)),
    responses(
        (status = ACCEPTED, description = "The job is on its way again.", body = IngestionJob),
        NotFound, Conflict,
    ),
)]
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
