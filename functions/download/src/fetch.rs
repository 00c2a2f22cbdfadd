//! On a message: fetch one list.

use std::time::Duration;

use domain::{
    Container, DownloadProgress, FileFacts, Job, JobError, Origin, RawKey, Sidecar, Source, SupplierSettings, Trigger,
};
use jiff::Timestamp;
use sources::{Checksum, FetchError, Fetched, FetchedBody, HttpSource, SourceUrl};
use store::{DownloadMessage, HeldError, HeldJob, RawWriter, StoreError, Taken};
use thiserror::Error;

use crate::Deps;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    /// The file is in the bucket; its arrival starts the analysis.
    Stored,
    /// The file of an earlier attempt was there and whole; the analysis was asked for.
    Reused,
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
        Ok(fetching) => {
            // Nobody holds the job until the analysis takes it, which may be soon or, behind a backlog, late; it may be
            // the analysis's already.
            match held.release(deps.clock.now()).await {
                Ok(()) | Err(HeldError::Lost | HeldError::Refused(_)) => Ok(fetching),
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

enum Ending {
    Lost,
    Job(JobError),
    Store(StoreError),
}

impl From<HeldError> for Ending {
    fn from(error: HeldError) -> Self {
        match error {
            HeldError::Lost | HeldError::Refused(_) => Self::Lost,
            HeldError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FetchError> for Ending {
    fn from(error: FetchError) -> Self {
        Self::Job(JobError::new(error.code(), sentence(&error.to_string())))
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

async fn bring(deps: &Deps, held: &mut HeldJob, lease_until: Timestamp) -> Result<Fetching, Ending> {
    let stored = stored_file(deps, held.job()).await?;
    if let Stored::Whole(key, file) = stored {
        let attempt = held.job().retry_count;
        held.note_file(file, deps.clock.now()).await?;
        deps.queues.send_analyze(&key, attempt).await?;
        return Ok(Fetching::Reused);
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
    let source = http_source(&supplier.settings)?;
    // Each fetch has its own limit; this one holds whatever it waits for, our own stores included.
    let left = lease_until
        .duration_since(deps.clock.now())
        .unsigned_abs()
        .saturating_sub(MARGIN);
    match tokio::time::timeout(left, transfer_patiently(deps, held, &source, left)).await {
        Ok(result) => result.map(|()| Fetching::Stored),
        Err(_) => Err(Ending::Job(JobError::new(
            "timed_out",
            format!(
                "The file did not arrive within {} s. Ask the supplier for a smaller or faster one.",
                left.as_secs()
            ),
        ))),
    }
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

fn http_source(settings: &SupplierSettings) -> Result<HttpSource, Ending> {
    match &settings.source {
        Source::Http { url, .. } => {
            let url: SourceUrl = url.parse().map_err(FetchError::from)?;
            Ok(HttpSource {
                url,
                auth: None,
                validators: None,
            })
        }
        Source::GoogleSheet { .. } => Err(Ending::Job(JobError::new(
            "unsupported_source",
            "Google sheets cannot be fetched by this version. Give the supplier an address.",
        ))),
        Source::Upload => Err(Ending::Job(JobError::new(
            "nothing_to_fetch",
            "This supplier's lists are uploaded. Upload a file, or give the supplier an address.",
        ))),
    }
}

/// Fetches of one attempt. Each tries three times to get an answer and resumes a body that breaks off; one whose body
/// could not be brought to its end (the file changed meanwhile, or the connection kept breaking) is begun anew.
const FETCHES: u32 = 3;

/// Between two fetches of an attempt, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

async fn transfer_patiently(
    deps: &Deps,
    held: &mut HeldJob,
    source: &HttpSource,
    left: Duration,
) -> Result<(), Ending> {
    let mut pause = FIRST_PAUSE;
    for fetch in 1.. {
        match transfer(deps, held, source, left).await {
            Err(Transfer::Fetch(error)) if error.is_transient() && fetch < FETCHES => {
                tracing::info!(job_id = %held.job().job_id, code = error.code(), fetch, "fetching again");
                tokio::time::sleep(error.retry_after().unwrap_or(pause)).await;
                pause *= 2;
            }
            Err(Transfer::Fetch(error)) => return Err(error.into()),
            Err(Transfer::Ending(ending)) => return Err(ending),
            Ok(()) => break,
        }
    }
    Ok(())
}

/// Why one fetch did not bring the file.
enum Transfer {
    Fetch(FetchError),
    Ending(Ending),
}

impl From<FetchError> for Transfer {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<Ending> for Transfer {
    fn from(ending: Ending) -> Self {
        Self::Ending(ending)
    }
}

impl From<HeldError> for Transfer {
    fn from(error: HeldError) -> Self {
        Self::Ending(error.into())
    }
}

impl From<StoreError> for Transfer {
    fn from(error: StoreError) -> Self {
        Self::Ending(error.into())
    }
}

async fn transfer(deps: &Deps, held: &mut HeldJob, source: &HttpSource, left: Duration) -> Result<(), Transfer> {
    let fetched = deps.fetcher.open_within(source, left).await;
    let Fetched::Body(mut body) = fetched.map_err(Ending::from)? else {
        // Without validators no server may answer 304 (RFC 9110, 15.4.5).
        let error = JobError::new("not_modified", "The server said \"not modified\" without being asked.");
        return Err(Ending::Job(error).into());
    };
    let job = held.job();
    let key = RawKey {
        supplier_id: job.supplier_id.clone(),
        job_id: job.job_id,
        file_name: body.file_name.clone(),
    };
    let mut writer = deps.files.raw_writer(key, job.retry_count);
    match receive(deps, held, &mut body, &mut writer).await {
        Ok(sidecar) => Ok(writer.finish(&sidecar).await?),
        Err(ending) => {
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "parts of a given-up file stay until the bucket's lifecycle removes them");
            }
            Err(ending)
        }
    }
}

async fn receive(
    deps: &Deps,
    held: &mut HeldJob,
    body: &mut FetchedBody,
    writer: &mut RawWriter<'_>,
) -> Result<Sidecar, Transfer> {
    let mut checksum = Checksum::new();
    let mut head = Vec::with_capacity(SNIFFED);
    while let Some(chunk) = body.next_chunk().await? {
        checksum.update(&chunk);
        head.extend_from_slice(&chunk[..chunk.len().min(SNIFFED - head.len())]);
        writer.write(&chunk).await?;
        let progress = DownloadProgress::new(checksum.size(), body.content_length);
        held.note_download(progress, deps.clock.now()).await?;
    }
    let size = checksum.size();
    if size == 0 {
        let message = format!(
            "{} served an empty file. Ask the supplier for the list.",
            body.final_url
        );
        return Err(Ending::Job(JobError::new("empty_file", message)).into());
    }
    let file = FileFacts {
        name: body.file_name.clone(),
        size,
        md5: checksum.finish(),
    };
    let now = deps.clock.now();
    let sidecar = sidecar_of(held.job(), &file, &head, body, now);
    held.note_file(file, now).await?;
    Ok(sidecar)
}

/// Bytes looked at to tell the container.
const SNIFFED: usize = 512;

fn sidecar_of(job: &Job, file: &FileFacts, head: &[u8], body: &FetchedBody, now: Timestamp) -> Sidecar {
    Sidecar {
        schema: Sidecar::SCHEMA,
        supplier_id: job.supplier_id.clone(),
        job_id: job.job_id,
        attempt: job.retry_count,
        origin: Origin::Http {
            url: body.final_url.to_string(),
        },
        recorded_at: now,
        file: file.clone(),
        content_type: body.content_type.clone(),
        content_encoding: body.content_encoding.clone(),
        declared_kind: file.name.declared_kind(),
        sniffed_kind: Some(Container::sniff(head)),
        etag: body.validators.etag.clone(),
        last_modified: body.validators.last_modified.clone(),
    }
}

/// An error's text as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
