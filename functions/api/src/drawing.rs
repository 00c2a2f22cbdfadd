//! What was read on a page of a PDF, as a picture.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Container, JobId};
use pdf::{Limits, PdfError};
use store::StoreError;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Deps, Problem, body::Segment, jobs::existing, problem_answers::NotFound};

/// A larger file would take longer than a person waits for a picture.
const LARGEST: u64 = 20 << 20;

/// A page can only be drawn after all before it are read, since tables run over pages.
const LAST_PAGE: u32 = 500;

/// Well within the function's 30 s.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(page))
}

/// A page of the job's PDF as a picture.
///
/// An SVG with the cells of the tables found on the page framed.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/pages/{page}", tag = "Jobs", operation_id = "get_job_page",
    params(("job_id" = JobId, Path), ("page" = u32, Path, minimum = 1, maximum = 500)),
    responses((status = OK, description = "The picture.", body = String, content_type = "image/svg+xml"), NotFound),
)]
async fn page(
    State(deps): State<Arc<Deps>>,
    Segment((job_id, page)): Segment<(JobId, u32)>,
) -> Result<Response, Problem> {
    if !(1..=LAST_PAGE).contains(&page) {
        let detail = format!("pages 1 to {LAST_PAGE} can be drawn, not {page}");
        return Err(Problem::not_found(detail));
    }
    let bytes = raw_pdf(&deps, job_id).await?;
    let limits = Limits {
        pages: page,
        ..Limits::default()
    };
    let reading = tokio::task::spawn_blocking(move || pdf::read(&bytes, &limits).map(|document| document.draw(page)));
    let drawn = tokio::time::timeout(PATIENCE, reading).await;
    let Ok(Ok(drawn)) = drawn else {
        tracing::error!(%job_id, page, "a page could not be drawn");
        return Err(Problem::unavailable(
            "drawing this page takes too long; open the file itself",
        ));
    };
    let picture = drawn
        .map_err(|error: PdfError| Problem::not_found(error.to_string()))?
        .ok_or_else(|| Problem::not_found(format!("page {page} was not read, or is not there")))?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        // The raw file of an attempt never changes, but it may be gone tomorrow.
        (header::CACHE_CONTROL, "private, max-age=3600"),
    ];
    Ok((StatusCode::OK, headers, picture).into_response())
}

async fn raw_pdf(deps: &Deps, job_id: JobId) -> Result<axum::body::Bytes, Problem> {
    let job = existing(deps, job_id, deps.clock.now()).await?;
    let key = job
        .raw_key()
        .ok_or_else(|| Problem::not_found("this job has no file yet"))?;
    let raw = deps.files.raw(&key, LARGEST).await.map_err(|error| match error {
        StoreError::Missing { .. } => Problem::not_found("the file is no longer stored: raw files are kept for a day"),
        StoreError::TooLarge { .. } => Problem::too_large(format!(
            "only files of at most {} MB are drawn; open the file itself",
            LARGEST >> 20
        )),
        error => error.into(),
    })?;
    match Container::sniff(&raw.bytes) {
        Container::Pdf => Ok(raw.bytes),
        _ => Err(Problem::not_found(
            "this job's file is no PDF; only PDF pages are drawn",
        )),
    }
}
