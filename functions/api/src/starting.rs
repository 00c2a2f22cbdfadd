//! Starting jobs on request.

use domain::{Job, Supplier};
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
    if let Some(live) = supplier.live_job {
        let holder = deps.jobs.get(live, now).await?;
        if holder.is_some_and(|holder| holder.phase.is_live()) {
            return Err(busy(&format!(
                "job {live} of this supplier is on its way; wait for its end"
            )));
        }
    }
    let start = JobStart {
        job,
        stored,
        slot: supplier.live_job,
        next_due_at: None,
    };
    match deps.suppliers.start_job(&deps.jobs, start).await? {
        Swapped::Applied => Ok(deps.queues.send_download(job).await?),
        Swapped::Conflict => Err(busy("another job of this supplier was started in this moment")),
    }
}

fn busy(detail: &str) -> Problem {
    Problem::conflict("supplier_busy", detail)
}
