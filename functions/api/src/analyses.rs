//! The two calls of an ml-analyze service: files that other programs have read here. `analyze` does the reading; nothing of
//! it is matched or published.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use domain::{AnalysisRequest, AnalysisState, AnalysisStatus, JobId};
use jiff::{SignedDuration, Timestamp};
use sources::SourceUrl;
use store::AnalysisFile;

use crate::{
    Deps, Problem,
    body::{Body, Segment},
};

/// How long the addresses of a result are good; each look at the status gives new ones.
const LIFETIME: Duration = Duration::from_secs(3600);

/// After this long an analysis is given up, whatever its status says: its message was delivered several times by then, and its
/// function has ended each time. No caller of ours waits so long.
const LOST_AFTER: SignedDuration = SignedDuration::from_hours(2);

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/analyze/file", post(start))
        .route("/analyze/status/{job_id}", get(status))
}

async fn start(
    State(deps): State<Arc<Deps>>,
    Body(request): Body<AnalysisRequest>,
) -> Result<(StatusCode, Json<AnalysisStatus>), Problem> {
    if let Err(error) = request.file_url.parse::<SourceUrl>() {
        return Err(Problem::invalid(format!("file_url: {error}")));
    }
    let job_id = JobId::new(deps.clock.now());
    let pending = AnalysisStatus::pending(job_id.to_string());
    deps.files.analyses().put_status(job_id, &pending).await?;
    deps.queues.send_read_file(job_id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(pending)))
}

async fn status(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
) -> Result<Json<AnalysisStatus>, Problem> {
    let now = deps.clock.now();
    let analyses = deps.files.analyses();
    let unknown = || Problem::not_found(format!("there is no analysis {job_id}, or it is kept no longer"));
    let mut status = as_of(analyses.status(job_id).await?.ok_or_else(unknown)?, job_id, now);
    if status.status == AnalysisState::Completed {
        let presign = |file| analyses.presign(job_id, file, LIFETIME, now);
        status.items_url = Some(presign(AnalysisFile::Items).await?);
        status.report_url = Some(presign(AnalysisFile::Report).await?);
    }
    Ok(Json(status))
}

/// The status at `now`: an analysis of which nothing was heard for long has failed.
fn as_of(status: AnalysisStatus, job_id: JobId, now: Timestamp) -> AnalysisStatus {
    if status.status.is_final() || now.duration_since(job_id.made_at()) < LOST_AFTER {
        return status;
    }
    AnalysisStatus {
        status: AnalysisState::Failed,
        errors: vec!["The analysis was lost. Ask for it again.".into()],
        ..status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analysis_that_nobody_ends_has_failed_after_two_hours() {
        let made: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let job_id = JobId::new(made);
        let state = |status: AnalysisState, minutes: i64| {
            let now = made.checked_add(SignedDuration::from_mins(minutes)).unwrap();
            let status = AnalysisStatus {
                status,
                ..AnalysisStatus::pending(job_id.to_string())
            };
            as_of(status, job_id, now).status
        };
        assert_eq!(state(AnalysisState::Processing, 119), AnalysisState::Processing);
        assert_eq!(state(AnalysisState::Processing, 120), AnalysisState::Failed);
        assert_eq!(state(AnalysisState::Completed, 1_000), AnalysisState::Completed);
    }
}
