//! Held results: approve or reject them, and see what they, or any publication, change.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use domain::{Change, ChangeCounts, ChangeKind, HeldState, IngestionJob, Job, JobId, Refused};
use serde::{Deserialize, Serialize};
use store::{Changes, Swapped};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, Segment},
    caller::Caller,
    jobs::existing,
    problem_answers::{Conflict, NotFound},
};

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(changes))
}

/// Lets a held result be published.
///
/// Again, it asks once more for what is not published yet, and does no harm.
#[utoipa::path(
    post, path = "/admin/jobs/{job_id}/approve", tag = "Jobs", operation_id = "approve_job",
    params(("job_id" = JobId, Path)),
    responses(
        (status = ACCEPTED, description = "It will be published.", body = IngestionJob),
        NotFound, Conflict,
    ),
)]
pub(crate) async fn approve(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Segment(job_id): Segment<JobId>,
) -> Result<(StatusCode, Json<IngestionJob>), Problem> {
    let now = deps.clock.now();
    let job = existing(&deps, job_id, now).await?;
    let approved = match job.approve(&caller.name, now) {
        Ok(approved) => {
            check_waits(&deps, &job).await?;
            swap(&deps, &job, &approved).await?;
            approved
        }
        Err(Refused::Decided {
            state: HeldState::Approved,
        }) => job,
        Err(refused) => return Err(refusal(refused)),
    };
    if approved.held.as_ref().is_some_and(|held| held.published_at.is_none()) {
        deps.queues.send_publish(job_id).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(approved.into())))
}

/// Lets a held result be: it is not published.
///
/// The same list is not read again when it is fetched again. A second time it does nothing.
#[utoipa::path(
    post, path = "/admin/jobs/{job_id}/reject", tag = "Jobs", operation_id = "reject_job",
    params(("job_id" = JobId, Path)),
    responses((status = OK, description = "The job.", body = IngestionJob), NotFound, Conflict),
)]
pub(crate) async fn reject(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Segment(job_id): Segment<JobId>,
) -> Result<Json<IngestionJob>, Problem> {
    let now = deps.clock.now();
    let job = existing(&deps, job_id, now).await?;
    let rejected = match job.reject(&caller.name, now) {
        Ok(rejected) => {
            swap(&deps, &job, &rejected).await?;
            rejected
        }
        Err(Refused::Decided {
            state: HeldState::Rejected,
        }) => job,
        Err(refused) => return Err(refusal(refused)),
    };
    // A newer result may have taken its place: then there is nothing to release.
    let _ = deps
        .suppliers
        .publication()
        .reject_held(&rejected.supplier_id, job_id)
        .await?;
    Ok(Json(rejected.into()))
}

/// The supplier's record says what waits: a newer list may have been published or held a moment ago.
async fn check_waits(deps: &Deps, job: &Job) -> Result<(), Problem> {
    let supplier = deps.suppliers.get(&job.supplier_id).await?;
    match supplier.and_then(|supplier| supplier.held_job) {
        Some(held) if held == job.job_id => Ok(()),
        _ => Err(outdated()),
    }
}

async fn swap(deps: &Deps, job: &Job, decided: &Job) -> Result<(), Problem> {
    match deps.jobs.swap(job, decided).await? {
        Swapped::Applied => Ok(()),
        Swapped::Conflict => Err(Problem::conflict(
            "changed_meanwhile",
            "somebody decided on this result in this moment; look again",
        )),
    }
}

fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::Decided {
            state: HeldState::Superseded,
        } => outdated(),
        Refused::Decided {
            state: HeldState::Rejected,
        } => Problem::conflict(
            "already_rejected",
            "this result was rejected; sync the supplier with force=true, or upload the list again, to have it read once more",
        ),
        Refused::Decided { .. } => Problem::conflict(
            "already_approved",
            "this result was approved; it cannot be rejected any more",
        ),
        _ => Problem::conflict(
            "not_held",
            "the result of this job is not held; there is nothing to decide",
        ),
    }
}

fn outdated() -> Problem {
    Problem::conflict(
        "outdated",
        "a newer list of this supplier was published or held meanwhile; decide on that one",
    )
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfKind {
    /// Changes of one kind; all without it.
    kind: Option<ChangeKind>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeList {
    job_id: JobId,
    /// All changes by kind, whatever is asked for.
    counts: ChangeCounts,
    changes: Vec<Change>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// What the job's list changed, or would change while it is held.
#[utoipa::path(
    get, path = "/admin/jobs/{job_id}/changes", tag = "Jobs", operation_id = "list_job_changes",
    params(("job_id" = JobId, Path), OfKind, Paging),
    responses((status = OK, description = "A page of changes.", body = ChangeList), NotFound),
)]
pub(crate) async fn changes(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
    Parameters(OfKind { kind }): Parameters<OfKind>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ChangeList>, Problem> {
    let job = existing(&deps, job_id, deps.clock.now()).await?;
    let limit = usize::try_from(paging.limit()?).unwrap_or(1);
    let report = deps.files.changes(&job.supplier_id, job_id).await?;
    let report = report.ok_or_else(|| Problem::not_found("this job's list has not been compared with another"))?;
    let report = Changes::new(&report)?;
    let page = report.page(kind, limit, paging.cursor.as_deref())?;
    Ok(Json(ChangeList {
        job_id,
        counts: report.counts(),
        changes: page.changes,
        next_cursor: page.next_cursor,
    }))
}
