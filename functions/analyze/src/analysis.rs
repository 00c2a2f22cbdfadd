//! One file, from the bucket to the published items.

use std::time::Duration;

use domain::{Container, FileFacts, Job, JobError, Origin, RawKey, Refused, Summary, SupplierId, SupplierSettings};
use jiff::Timestamp;
use pricelist::Reading;
use store::{HeldError, HeldJob, RawFile, StoreError, Taken};

use crate::{
    Deps,
    catalogue::take_catalogue,
    ending::{AnalyzeFailure, Ending},
    list::take_list,
    memory,
    outcome::Outcome,
    reading::{keep_report, no_items, read},
    remote::RemoteReading,
    request::Request,
    shadow::compare,
    way::Way,
};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Analysis {
    /// The job is complete.
    Complete(Summary),
    /// The job has failed, with its reason.
    Failed,
    /// Another service is at work on the list; the next message goes on.
    Waiting,
    /// Nothing to do: another attempt's, another worker's, or no job at all.
    Passed,
}

/// Time kept for ending the job before the worker's deadline.
pub(crate) const MARGIN: Duration = Duration::from_secs(10);

/// Reads, matches and publishes the file of `request`, as long as `lease_until` allows.
///
/// # Errors
/// Our own stores failed, or it was another list's turn; the job is released, so that the redelivered message can go on.
pub async fn analyze(deps: &Deps, request: &Request, lease_until: Timestamp) -> Result<Analysis, AnalyzeFailure> {
    let Some(attempt) = attempt_of(deps, request).await? else {
        tracing::warn!(raw_key = %request.key, "the file is gone; message passed over");
        return Ok(Analysis::Passed);
    };
    let now = deps.clock.now();
    let start = |job: &Job| match job.raw_key() {
        Some(key) if key == request.key => job.start_analysis(attempt, lease_until, now),
        _ => Err(Refused::OtherFile),
    };
    let mut held = match deps.jobs.take(&deps.suppliers, request.key.job_id, now, start).await? {
        Taken::Held(held) => held,
        not_taken => {
            tracing::info!(raw_key = %request.key, ?not_taken, "message passed over");
            return Ok(Analysis::Passed);
        }
    };
    let left = lease_until.duration_since(now).unsigned_abs().saturating_sub(MARGIN);
    let worked = tokio::time::timeout(left, work(deps, &mut held, &request.key, lease_until)).await;
    match worked.unwrap_or_else(|_| Err(Ending::Job(took_too_long(left)))) {
        Err(Ending::Later) => wait_on(deps, held, &request.key, attempt).await,
        worked => end(deps, held, worked).await,
    }
}

/// Ends the job, or gives it back, as its work ended.
///
/// # Errors
/// Our own stores failed, or it was another list's turn; the job is released, so that the redelivered message can go on.
pub(crate) async fn end(
    deps: &Deps,
    held: Box<HeldJob>,
    worked: Result<Outcome, Ending>,
) -> Result<Analysis, AnalyzeFailure> {
    let error = match worked {
        Ok(outcome) => return complete(deps, held, outcome).await,
        Err(Ending::Lost) => return Ok(Analysis::Passed),
        Err(Ending::Job(error)) => error,
        Err(Ending::Store(error)) if error.is_transient() => return Err(give_back(deps, held, error.into()).await),
        Err(Ending::Busy | Ending::Later) => return Err(give_back(deps, held, AnalyzeFailure::Busy).await),
        Err(Ending::Store(error)) => {
            tracing::error!(job_id = %held.job().job_id, %error, "storing the result failed for good");
            JobError::new(
                "storage",
                format!("The result could not be stored ({error}). Tell the operator."),
            )
        }
    };
    fail(deps, held, error).await
}

async fn attempt_of(deps: &Deps, request: &Request) -> Result<Option<u32>, StoreError> {
    match request.attempt {
        Some(attempt) => Ok(Some(attempt)),
        None => deps.files.raw_attempt(&request.key).await,
    }
}

async fn work(deps: &Deps, held: &mut HeldJob, key: &RawKey, lease_until: Timestamp) -> Result<Outcome, Ending> {
    let raw = verified(deps, held.job(), key).await?;
    if held.job().supplier_id.is_catalogue() {
        let reading = read(deps, key, raw, None, Way::Inferred).await?;
        if reading.items.is_empty() {
            return Err(no_items(&reading, held.job().trigger).into());
        }
        start_matching(deps, held, &reading).await?;
        return take_catalogue(deps, held, reading, lease_until).await;
    }
    let supplier = deps.suppliers.get(&key.supplier_id).await?;
    let settings = supplier.ok_or_else(supplier_removed)?.settings;
    let (asked, has_remote) = (held.job().process_via_ml, deps.remote.is_some());
    let way = Way::meant(&settings, asked, deps.use_ml, has_remote)?;
    let second = way
        .other(&settings)
        .filter(|_| settings.shadow)
        .map(|way| (way, raw.clone()));
    held.note_path(way.path(), deps.clock.now()).await?;
    let (reading, way) = read_by(deps, held, (key, raw), &settings, way, lease_until).await?;
    let inferred = matches!(way, Way::Inferred);
    if reading.items.is_empty() && !may_be_empty(deps, &reading, &key.supplier_id).await? {
        return Err(no_items(&reading, held.job().trigger).into());
    }
    start_matching(deps, held, &reading).await?;
    let remembered = reading.remembered.clone();
    let outcome = take_list(deps, held, reading, lease_until).await?;
    // Only what is published teaches: a result that is held may have been read wrong. Fixed columns teach nothing.
    if inferred && !outcome.summary.superseded && outcome.hold_reasons.is_empty() {
        memory::keep(&deps.files, &key.supplier_id, &remembered).await;
    }
    if let Some((way, raw)) = second {
        compare(deps, held, &settings, (key, raw), way).await?;
    }
    Ok(outcome)
}

/// Reads the list by `way`, or by the one that stands in for it; tells which it was.
async fn read_by(
    deps: &Deps,
    held: &mut HeldJob,
    (key, raw): (&RawKey, RawFile),
    settings: &SupplierSettings,
    way: Way,
    lease_until: Timestamp,
) -> Result<(Reading, Way), Ending> {
    let way = match (&way, &deps.remote) {
        (Way::Remote, Some(remote)) => match remote.read(deps, held, (key, &raw), settings, lease_until).await? {
            RemoteReading::Read(reading) => {
                keep_report(deps, key, &reading).await?;
                return Ok((*reading, way));
            }
            RemoteReading::FellBack(way) => {
                held.note_path(way.path(), deps.clock.now()).await?;
                way
            }
        },
        _ => way,
    };
    let reading = read(deps, key, raw, settings.default_currency, way.clone()).await?;
    Ok((reading, way))
}

async fn start_matching(deps: &Deps, held: &mut HeldJob, reading: &Reading) -> Result<(), Ending> {
    let items = reading.items.len() as u64;
    Ok(held.start_matching(items, deps.clock.now()).await?)
}

pub(crate) fn supplier_removed() -> JobError {
    JobError::new("supplier_removed", "The supplier was removed before its list was read.")
}

/// Whether a list without items may be a supplier's true list, for a person to decide: it has the supplier's columns, and
/// there are published items that it would remove. Any other file without items is none that can be read.
async fn may_be_empty(deps: &Deps, reading: &Reading, supplier_id: &SupplierId) -> Result<bool, StoreError> {
    let has_table = reading.report.sheets.iter().any(|sheet| !sheet.tables.is_empty());
    if !has_table {
        return Ok(false);
    }
    Ok(deps.suppliers.publication().published(supplier_id).await?.is_some())
}

/// The file's bytes, if they are those that were received or announced.
async fn verified(deps: &Deps, job: &Job, key: &RawKey) -> Result<RawFile, Ending> {
    let raw = match deps.files.raw(key, deps.max_read_bytes).await {
        Ok(raw) => raw,
        Err(StoreError::Missing { .. }) => {
            return Err(
                JobError::in_file("file_gone", "The file is no longer stored. Retry, or upload it again.").into(),
            );
        }
        Err(StoreError::TooLarge { size, limit, .. }) => {
            let message = format!(
                "The file has {size} bytes; at most {limit} are read. Ask the supplier for smaller files, or the operator \
                 to raise MaxReadBytes and AnalyzeMemory."
            );
            return Err(JobError::in_file("too_large", message).into());
        }
        Err(error) => return Err(error.into()),
    };
    let mut sidecar = deps.files.sidecar(key).await?;
    let expected = job.file.as_ref().unwrap_or(&sidecar.file);
    if raw.md5 != expected.md5 || sidecar.file.md5 != expected.md5 {
        return Err(not_as_announced(expected, &raw).into());
    }
    if sidecar.origin == Origin::Upload && sidecar.sniffed_kind.is_none() {
        sidecar.sniffed_kind = Some(Container::sniff(&raw.bytes));
        deps.files.put_sidecar(key, &sidecar).await?;
    }
    Ok(raw)
}

fn not_as_announced(expected: &FileFacts, raw: &RawFile) -> JobError {
    let message = format!(
        "The stored file ({} bytes, MD5 {}) is not the one announced ({} bytes, MD5 {}). Upload it again.",
        raw.bytes.len(),
        raw.md5,
        expected.size,
        expected.md5
    );
    JobError::in_file("checksum_mismatch", message)
}

pub(crate) fn took_too_long(left: Duration) -> JobError {
    let message = format!(
        "Reading and matching the file took more than {} s. Split the list.",
        left.as_secs()
    );
    JobError::new("timed_out", message)
}

async fn complete(deps: &Deps, held: Box<HeldJob>, outcome: Outcome) -> Result<Analysis, AnalyzeFailure> {
    let Outcome { summary, hold_reasons } = outcome;
    let now = deps.clock.now();
    let ended = match hold_reasons.is_empty() {
        true => held.complete(summary, now).await,
        false => held.hold(summary, hold_reasons, now).await,
    };
    match ended {
        Ok(()) => Ok(Analysis::Complete(summary)),
        Err(HeldError::Store(error)) => Err(error.into()),
        Err(HeldError::Lost | HeldError::Refused(_)) => Ok(Analysis::Passed),
    }
}

async fn fail(deps: &Deps, held: Box<HeldJob>, error: JobError) -> Result<Analysis, AnalyzeFailure> {
    let job = held.job();
    tracing::warn!(job_id = %job.job_id, supplier_id = %job.supplier_id, code = error.code, "analysis failed");
    match held.fail(error, deps.clock.now()).await {
        Ok(()) => Ok(Analysis::Failed),
        Err(HeldError::Store(error)) => Err(error.into()),
        Err(HeldError::Lost | HeldError::Refused(_)) => Ok(Analysis::Passed),
    }
}

/// Gives the job up and sends a message of our own, which comes at once: one that is given back comes after half an hour, and
/// not often. In this order, or the message might find the job held and be done with.
async fn wait_on(deps: &Deps, held: Box<HeldJob>, key: &RawKey, attempt: u32) -> Result<Analysis, AnalyzeFailure> {
    match held.release(deps.clock.now()).await {
        Ok(()) => {}
        Err(HeldError::Lost | HeldError::Refused(_)) => return Ok(Analysis::Passed),
        Err(HeldError::Store(error)) => return Err(error.into()),
    }
    deps.queues.send_analyze(key, attempt).await?;
    Ok(Analysis::Waiting)
}

pub(crate) async fn give_back(deps: &Deps, held: Box<HeldJob>, failure: AnalyzeFailure) -> AnalyzeFailure {
    let job_id = held.job().job_id;
    // A redelivery goes on at once; if even this fails, the lease runs out and cleanup ends the job.
    if let Err(release) = held.release(deps.clock.now()).await {
        tracing::warn!(%job_id, %release, "job could not be released");
    }
    failure
}
