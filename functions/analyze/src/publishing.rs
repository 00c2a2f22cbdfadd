//! Publishing a result: when it is its turn, and only what changed.

use std::time::Duration;

use domain::{Job, JobId, SupplierId};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use store::{Difference, Fingerprints, PublicationTurn, StoreError, Turn, fingerprints};

use crate::{Deps, ending::Ending};

/// What came of publishing.
pub(crate) enum Written {
    /// The result is published; this is how it differs from the one before.
    Published(Box<Difference>),
    /// A newer result was published first; nothing was written.
    Superseded,
}

/// How long to wait between two looks whether the turn is free.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Stores the snapshot, waits for the turn, and has `write` write the difference.
///
/// The snapshot is stored before the turn is taken: whoever finds this publication cut off needs it to mend the table.
///
/// # Errors
/// See [`Ending`].
pub(crate) async fn publish<P, E, W>(
    deps: &Deps,
    job: &Job,
    (snapshot, new): (&[u8], &Fingerprints),
    lease_until: Timestamp,
    write: W,
) -> Result<Written, Ending>
where
    P: Serialize + DeserializeOwned,
    E: DeserializeOwned,
    W: AsyncFnOnce(&Difference) -> Result<(), StoreError>,
{
    let supplier_id = &job.supplier_id;
    deps.files
        .put_snapshot(supplier_id, job.job_id, snapshot.to_vec())
        .await?;
    let published = |job| published_before::<P, E>(deps, supplier_id, job);
    match await_turn(deps, job, lease_until).await? {
        Turn::Superseded => Ok(Written::Superseded),
        Turn::Busy { .. } => Err(Ending::Busy),
        Turn::Published { previous } => {
            let before = published(previous).await?;
            Ok(Written::Published(Box::new(Difference::between(&before, &[], new))))
        }
        Turn::Granted(turn) => {
            let before = published(turn.published).await?;
            let mut unfinished = Vec::with_capacity(turn.unfinished.len());
            for job in &turn.unfinished {
                unfinished.push(published(Some(*job)).await?);
            }
            let difference = Difference::between(&before, &unfinished, new);
            write(&difference).await?;
            finish(deps, job, &turn).await?;
            Ok(Written::Published(Box::new(difference)))
        }
    }
}

async fn finish(deps: &Deps, job: &Job, turn: &PublicationTurn) -> Result<(), Ending> {
    Ok(deps
        .suppliers
        .publication()
        .finish(&job.supplier_id, job.job_id, turn)
        .await?)
}

async fn await_turn(deps: &Deps, job: &Job, lease_until: Timestamp) -> Result<Turn, Ending> {
    let give_up = lease_until
        .checked_sub(SignedDuration::from_secs(30))
        .unwrap_or(lease_until);
    loop {
        let now = deps.clock.now();
        let turn = deps
            .suppliers
            .publication()
            .begin(&job.supplier_id, job.job_id, lease_until, now)
            .await?;
        if !matches!(turn, Turn::Busy { .. }) || now >= give_up {
            return Ok(turn);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What a job published; nothing when there was none.
async fn published_before<P, E>(
    deps: &Deps,
    supplier_id: &SupplierId,
    job: Option<JobId>,
) -> Result<Fingerprints, StoreError>
where
    P: Serialize + DeserializeOwned,
    E: DeserializeOwned,
{
    let Some(job_id) = job else {
        return Ok(Fingerprints::new());
    };
    match deps.files.snapshot(supplier_id, job_id).await? {
        Some(snapshot) => fingerprints::<P, E>(&snapshot),
        None => {
            // Everything is written anew then; items that are gone from the list stay until an operator looks.
            tracing::error!(%supplier_id, %job_id, "the snapshot of an earlier list is gone");
            Ok(Fingerprints::new())
        }
    }
}
