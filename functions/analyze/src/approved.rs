//! A held result that a person has approved: published from its snapshot.

use domain::{JobId, Summary};
use jiff::Timestamp;
use serde::de::IgnoredAny;
use store::{HeldError, HeldJob, PublishedItem, StoreError, Taken, fingerprints};

use crate::{
    Analysis, Deps,
    analysis::give_back,
    ending::{AnalyzeFailure, Ending},
    memory,
    new_list::NewList,
    publishing::{SupplierItems, Written, publish},
    replay::reapply_decisions,
};

/// Publishes the held result of `job_id`, whatever the guards say, unless a newer list was published meanwhile.
///
/// # Errors
/// Our own stores failed, or it was another list's turn; the message goes back to the queue.
pub(crate) async fn publish_approved(
    deps: &Deps,
    job_id: JobId,
    lease_until: Timestamp,
) -> Result<Analysis, AnalyzeFailure> {
    let now = deps.clock.now();
    let start = |job: &domain::Job| job.start_publishing(lease_until, now);
    let held = match deps.jobs.take(&deps.suppliers, job_id, now, start).await? {
        Taken::Held(held) => held,
        not_taken => {
            tracing::info!(%job_id, ?not_taken, "message passed over");
            return Ok(Analysis::Passed);
        }
    };
    let ended = match write(deps, &held, lease_until).await {
        Ok((Written::Superseded, _)) => held.superseded(deps.clock.now()).await.map(|()| Analysis::Passed),
        Ok((written, mut summary)) => {
            written.note(&mut summary);
            let ended = held.published(summary, deps.clock.now()).await;
            ended.map(|()| Analysis::Complete(summary))
        }
        Err(Ending::Store(error)) => return Err(give_back(deps, held, error.into()).await),
        Err(Ending::Busy) => return Err(give_back(deps, held, AnalyzeFailure::Busy).await),
        Err(Ending::Lost | Ending::Later | Ending::Job(_)) => return Ok(Analysis::Passed),
    };
    match ended {
        Ok(analysis) => Ok(analysis),
        Err(HeldError::Store(error)) => Err(error.into()),
        Err(HeldError::Lost | HeldError::Refused(_)) => Ok(Analysis::Passed),
    }
}

async fn write(deps: &Deps, held: &HeldJob, lease_until: Timestamp) -> Result<(Written, Summary), Ending> {
    let job = held.job();
    let missing = || StoreError::Missing {
        what: format!("the snapshot of job {}", job.job_id),
    };
    let snapshot = deps
        .files
        .snapshot(&job.supplier_id, job.job_id)
        .await?
        .ok_or_else(missing)?;
    let fingerprints = fingerprints::<PublishedItem, IgnoredAny>(&snapshot)?;
    let summary = job.summary.unwrap_or_default();
    let list = NewList {
        snapshot: &snapshot,
        fingerprints: &fingerprints,
        counts: (&summary).into(),
        guards: None,
    };
    let table = SupplierItems {
        items: &deps.items,
        supplier_id: &job.supplier_id,
    };
    let written = publish(deps, job, &list, lease_until, &table).await?;
    if let Written::Published(_) = written {
        reapply_decisions(deps, job).await?;
        memory::keep_of_held(&deps.files, &job.supplier_id, job.job_id).await;
    }
    Ok((written, summary))
}
