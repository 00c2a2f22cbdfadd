//! On a message: fetch one list.

use std::time::Duration;

use domain::{FileFacts, Job, JobError, JobId, RawKey, Trigger};
use jiff::Timestamp;
use store::{DownloadMessage, HeldError, HeldJob, StoreError, Taken};
use thiserror::Error;

use crate::{
    Deps,
    ending::Ending,
    known::Known,
    opening::{Opener, forget_refused},
    transfer::{Transferred, transfer_patiently},
};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    /// The file is in the bucket; its arrival starts the analysis.
    Stored,
    /// The file of an earlier attempt was there and whole; the analysis was asked for.
    Reused,
    /// The list is the published one, or one that was rejected; the job is complete without an analysis.
    Unchanged,
    /// The job has failed, with its reason.
    Failed,
    /// Nothing to do: another attempt's, another worker's, or no job at all.
    Passed,
}

/// Why a message goes back to the queue.
#[derive(Debug, Error)]
pub enum FetchFailure {
    /// Not one of ours; it ends in the dead-letter queue.
    #[error("the message cannot be read: {0}")]
    Message(#[source] serde_json::Error),
    /// Our own stores failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches the list of the message's job.
///
/// # Errors
/// Our own stores failed; the job is released, so that the redelivered message can go on.
pub async fn fetch(deps: &Deps, message: &DownloadMessage, lease_until: Timestamp) -> Result<Fetching, FetchFailure> {
    let now = deps.clock.now();
    let start = |job: &Job| job.start_download(message.attempt, lease_until, now);
    let mut held = match deps.jobs.take(&deps.suppliers, message.job_id, now, start).await? {
        Taken::Held(held) => held,
        not_taken => {
            tracing::info!(job_id = %message.job_id, ?not_taken, "message passed over");
            return Ok(Fetching::Passed);
        }
    };
    match bring(deps, &mut held, lease_until).await {
        Ok(Brought::Unchanged(known)) => end_as_unchanged(deps, held, known).await,
        Ok(brought) => {
            // Nobody holds the job until the analysis takes it, which may be soon or, behind a backlog, late; it may be
            // the analysis's already.
            match held.release(deps.clock.now()).await {
                Ok(()) | Err(HeldError::Lost | HeldError::Refused(_)) => Ok(match brought {
                    Brought::Reused => Fetching::Reused,
                    _ => Fetching::Stored,
                }),
                Err(HeldError::Store(error)) => Err(error.into()),
            }
        }
        Err(Ending::Lost) => Ok(Fetching::Passed),
        Err(Ending::Job(error)) => end_as_failed(deps, held, error).await,
        Err(Ending::Store(error)) if error.is_transient() => {
            // A redelivery goes on at once; if even this fails, the lease runs out and cleanup ends the job.
            if let Err(release) = held.release(deps.clock.now()).await {
                tracing::warn!(job_id = %message.job_id, %release, "job could not be released");
            }
            Err(error.into())
        }
        Err(Ending::Store(error)) => {
            tracing::error!(job_id = %message.job_id, %error, "storing the file failed for good");
            let error = JobError::new(
                "storage",
                format!("The file could not be stored ({error}). Tell the operator."),
            );
            end_as_failed(deps, held, error).await
        }
    }
}

async fn end_as_unchanged(deps: &Deps, held: Box<HeldJob>, known: Option<JobId>) -> Result<Fetching, FetchFailure> {
    let now = deps.clock.now();
    let before = match known {
        Some(job_id) => deps.jobs.get(job_id, now).await?,
        None => None,
    };
    match held.complete_unchanged(before.as_ref(), now).await {
        Ok(()) => Ok(Fetching::Unchanged),
        Err(HeldError::Store(error)) => Err(error.into()),
        Err(HeldError::Lost | HeldError::Refused(_)) => Ok(Fetching::Passed),
    }
}

async fn end_as_failed(deps: &Deps, held: Box<HeldJob>, error: JobError) -> Result<Fetching, FetchFailure> {
    let job = held.job();
    tracing::warn!(job_id = %job.job_id, supplier_id = %job.supplier_id, code = error.code, "download failed");
    match held.fail(error, deps.clock.now()).await {
        Ok(()) => Ok(Fetching::Failed),
        Err(HeldError::Store(error)) => Err(error.into()),
        Err(HeldError::Lost | HeldError::Refused(_)) => Ok(Fetching::Passed),
    }
}

/// What was brought for a job.
enum Brought {
    Stored,
    Reused,
    /// The published list, by the job that published it.
    Unchanged(Option<JobId>),
}

async fn bring(deps: &Deps, held: &mut HeldJob, lease_until: Timestamp) -> Result<Brought, Ending> {
    let stored = stored_file(deps, held.job()).await?;
    if let Stored::Whole(key, file) = stored {
        let attempt = held.job().retry_count;
        held.note_file(file, deps.clock.now()).await?;
        deps.queues.send_analyze(&key, attempt).await?;
        return Ok(Brought::Reused);
    }
    let job = held.job();
    if job.trigger == Trigger::Upload {
        return Err(Ending::Job(not_to_be_had_again(&stored)));
    }
    let supplier = deps.suppliers.get(&job.supplier_id).await?.ok_or_else(|| {
        Ending::Job(JobError::new(
            "supplier_removed",
            "The supplier was removed before its list was fetched.",
        ))
    })?;
    let known = Known::of(deps, &supplier, job).await?;
    // Each fetch has its own limit; this one holds whatever it waits for, our own stores included.
    let left = lease_until
        .duration_since(deps.clock.now())
        .unsigned_abs()
        .saturating_sub(MARGIN);
    let source = &supplier.settings.source;
    let fetching = async {
        let opener = Opener::of(deps, source, known.state(), deps.clock.now()).await?;
        transfer_patiently(deps, held, &opener, &known, left).await
    };
    let transferred = tokio::time::timeout(left, fetching)
        .await
        .unwrap_or_else(|_| Err(Ending::Job(took_too_long(left))));
    if let Err(ending) = &transferred {
        forget_refused(deps, source.credential(), ending);
    }
    match transferred? {
        Transferred::Stored => Ok(Brought::Stored),
        Transferred::Unchanged => Ok(Brought::Unchanged(known.brought_by())),
    }
}

fn took_too_long(left: Duration) -> JobError {
    let message = format!(
        "The file did not arrive within {} s. Ask the supplier for a smaller or faster one.",
        left.as_secs()
    );
    JobError::new("timed_out", message)
}

/// Time kept for ending the job before the worker's deadline.
const MARGIN: Duration = Duration::from_secs(10);

/// What there is of the file that an earlier attempt brought.
enum Stored {
    Whole(RawKey, FileFacts),
    Other,
    Nothing,
}

async fn stored_file(deps: &Deps, job: &Job) -> Result<Stored, Ending> {
    let (Some(key), Some(file)) = (job.raw_key(), job.file.clone()) else {
        return Ok(Stored::Nothing);
    };
    if job.retry_count == 0 {
        return Ok(Stored::Nothing);
    }
    match deps.files.raw_md5(&key, deps.fetcher.policy().max_bytes).await? {
        None => Ok(Stored::Nothing),
        Some(md5) if md5 == file.md5 => Ok(Stored::Whole(key, file)),
        Some(md5) => {
            tracing::warn!(job_id = %job.job_id, %key, %md5, "the stored file is not the one received");
            Ok(Stored::Other)
        }
    }
}

/// Nobody but the admin has the bytes of an upload.
fn not_to_be_had_again(stored: &Stored) -> JobError {
    match stored {
        Stored::Other => JobError::in_file(
            "checksum_mismatch",
            "The stored file is not the one announced. Upload it again.",
        ),
        _ => JobError::new("upload_gone", "The uploaded file is no longer stored. Upload it again."),
    }
}
