//! On the schedule: who is due?

use domain::{Job, Supplier, SupplierId, Trigger};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{JobStart, StoreError, Swapped};

use crate::{Deps, DownloadError};

/// What a planning run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Suppliers that were due.
    pub due: usize,
    /// Jobs started.
    pub started: usize,
    /// Suppliers passed over, since their last job is still on its way.
    pub busy: usize,
    /// Messages sent again for jobs that nobody took in hand.
    pub reminded: usize,
}

/// After this long without a worker a job's message is sent again: it may have been lost between the job's record and
/// the queue. Twice the same message does no harm.
const REMIND_AFTER: SignedDuration = SignedDuration::from_mins(2);

enum Planned {
    Started,
    Busy,
    Reminded,
    NotDue,
}

/// Starts a job for each supplier that is due.
///
/// # Errors
/// The due suppliers could not be listed, or (after all others were planned) some could not be planned.
pub async fn plan(deps: &Deps) -> Result<Plan, DownloadError> {
    let now = deps.clock.now();
    let due = deps.suppliers.due(now).await.map_err(DownloadError::Plan)?;
    let mut plan = Plan {
        due: due.len(),
        ..Plan::default()
    };
    let mut failures = Vec::new();
    for supplier_id in due {
        match plan_supplier(deps, &supplier_id, now).await {
            Ok(Planned::Started) => plan.started += 1,
            Ok(Planned::Busy) => plan.busy += 1,
            Ok(Planned::Reminded) => plan.reminded += 1,
            Ok(Planned::NotDue) => {}
            Err(error) => {
                tracing::error!(%supplier_id, %error, "supplier could not be planned");
                failures.push(error);
            }
        }
    }
    tracing::info!(?plan, "planned");
    let failed = failures.len();
    match failures.into_iter().next() {
        None => Ok(plan),
        Some(first) => Err(DownloadError::PartlyPlanned {
            failed,
            due: plan.due,
            first,
        }),
    }
}

async fn plan_supplier(deps: &Deps, supplier_id: &SupplierId, now: Timestamp) -> Result<Planned, StoreError> {
    let Some(supplier) = deps.suppliers.get(supplier_id).await? else {
        return Ok(Planned::NotDue);
    };
    if supplier.next_due_at.is_none_or(|due| due > now) {
        return Ok(Planned::NotDue);
    }
    if let Some(live) = live_job(deps, &supplier, now).await? {
        return remind(deps, &live, now).await;
    }
    let job = Job::to_fetch(supplier_id.clone(), Trigger::Schedule, now);
    let start = JobStart {
        job: &job,
        stored: None,
        slot: supplier.live_job,
        next_due_at: supplier.next_due_after(now),
    };
    match deps.suppliers.start_job(&deps.jobs, start).await? {
        Swapped::Conflict => Ok(Planned::Busy),
        Swapped::Applied => {
            deps.queues.send_download(&job).await?;
            tracing::info!(%supplier_id, job_id = %job.job_id, "job started");
            Ok(Planned::Started)
        }
    }
}

async fn live_job(deps: &Deps, supplier: &Supplier, now: Timestamp) -> Result<Option<Job>, StoreError> {
    let Some(job_id) = supplier.live_job else {
        return Ok(None);
    };
    Ok(deps.jobs.get(job_id, now).await?.filter(|job| job.phase.is_live()))
}

async fn remind(deps: &Deps, job: &Job, now: Timestamp) -> Result<Planned, StoreError> {
    let untouched = job.lease_until.is_none() && now.duration_since(job.updated_at) >= REMIND_AFTER;
    if !untouched {
        return Ok(Planned::Busy);
    }
    deps.queues.send_download(job).await?;
    Ok(Planned::Reminded)
}
