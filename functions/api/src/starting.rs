//! Starting jobs on request.

use domain::{Job, Supplier, Trigger};
use jiff::Timestamp;
use store::{JobStart, Swapped};

use crate::{Deps, Problem};

/// Starts `job` for `supplier` (again, if it is `stored` already), unless the supplier has a live job.
pub(crate) async fn start(
    deps: &Deps,
    supplier: &Supplier,
    job: &Job,
    stored: Option<&Job>,
    now: Timestamp,
) -> Result<(), Problem> {
    refuse_if_busy(deps, supplier, now).await?;
    let start = JobStart {
        job,
        stored,
        slot: supplier.live_job,
        next_due_at: None,
    };
    match deps.suppliers.start_job(&deps.jobs, start).await? {
        Swapped::Applied if job.trigger == Trigger::MatchAgain => Ok(deps.queues.send_match(job).await?),
        Swapped::Applied => Ok(deps.queues.send_download(job).await?),
        Swapped::Conflict => Err(busy("another job of this supplier was started in this moment")),
    }
}

/// A live job of the supplier is a conflict.
pub(crate) async fn refuse_if_busy(deps: &Deps, supplier: &Supplier, now: Timestamp) -> Result<(), Problem> {
    let Some(live) = supplier.live_job else {
        return Ok(());
    };
    let holder = deps.jobs.get(live, now).await?;
    match holder.is_some_and(|holder| holder.phase.is_live()) {
        true => Err(busy(&format!(
            "job {live} of this supplier is on its way; wait for its end"
        ))),
        false => Ok(()),
    }
}

fn busy(detail: &str) -> Problem {
    Problem::conflict("supplier_busy", detail)
}
