//! From the source to the bucket, in parts.

use std::time::Duration;

use domain::{Container, DownloadProgress, FileFacts, JobError, Md5, RawKey, Sidecar};
use sources::{Checksum, FetchError, Fetched, FetchedBody};
use store::{HeldError, HeldJob, RawWriter, StoreError};

use crate::{Deps, ending::Ending, known::Known, opening::Opener};

/// What a transfer found.
pub(crate) enum Transferred {
    /// The file is in the bucket.
    Stored,
    /// The file is the published one: told by the source, or by its bytes.
    Unchanged,
}

/// Fetches of one attempt. Each tries three times to get an answer and resumes a body that breaks off; one whose body
/// could not be brought to its end (the file changed meanwhile, or the connection kept breaking) is begun anew.
const FETCHES: u32 = 3;

/// Brings the file, in at most `left`.
pub(crate) async fn transfer_patiently(
    deps: &Deps,
    held: &mut HeldJob,
    opener: &Opener,
    known: &Known,
    left: Duration,
) -> Result<Transferred, Ending> {
    // Between two fetches, doubled each time; a fetch's own waits begin with half of it.
    let mut pause = deps.fetcher.policy().backoff.first * 2;
    let mut fetch = 1;
    loop {
        match transfer(deps, held, opener, known, left).await {
            Err(Stopped::Fetch(error)) if fetch < FETCHES && is_worth_waiting(deps, &error) => {
                tracing::info!(job_id = %held.job().job_id, code = error.code(), fetch, "fetching again");
                tokio::time::sleep(error.retry_after().unwrap_or(pause)).await;
                pause *= 2;
                fetch += 1;
            }
            Err(Stopped::Fetch(error)) => return Err(error.into()),
            Err(Stopped::Ending(ending)) => return Err(ending),
            Ok(transferred) => return Ok(transferred),
        }
    }
}

/// A server that wants to be asked much later is asked by the next job: its wait is not spent here.
fn is_worth_waiting(deps: &Deps, error: &FetchError) -> bool {
    let longest = deps.fetcher.policy().max_retry_after;
    error.is_transient() && error.retry_after().is_none_or(|wait| wait <= longest)
}

/// Why one fetch did not bring the file.
enum Stopped {
    Fetch(FetchError),
    Ending(Ending),
}

impl From<FetchError> for Stopped {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<Ending> for Stopped {
    fn from(ending: Ending) -> Self {
        Self::Ending(ending)
    }
}

impl From<HeldError> for Stopped {
    fn from(error: HeldError) -> Self {
        Self::Ending(error.into())
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Ending(error.into())
    }
}

async fn transfer(
    deps: &Deps,
    held: &mut HeldJob,
    opener: &Opener,
    known: &Known,
    left: Duration,
) -> Result<Transferred, Stopped> {
    let Fetched::Body(mut body) = opener.open(deps, left).await? else {
        return Ok(Transferred::Unchanged);
    };
    let job = held.job();
    let key = RawKey {
        supplier_id: job.supplier_id.clone(),
        job_id: job.job_id,
        file_name: body.file_name.clone(),
    };
    let mut writer = deps.files.raw_writer(key, job.retry_count);
    let received = match receive(deps, held, &mut body, &mut writer).await {
        Ok(received) => received,
        Err(stopped) => {
            abort(writer).await;
            return Err(stopped);
        }
    };
    if known.is(received.file.md5) {
        abort(writer).await;
        known.note_again(deps, body.file_state.clone()).await?;
        return Ok(Transferred::Unchanged);
    }
    let now = deps.clock.now();
    known
        .note(deps, held.job(), received.file.md5, body.file_state.clone(), now)
        .await?;
    let job = held.job();
    let sidecar = Sidecar {
        schema: Sidecar::SCHEMA,
        supplier_id: job.supplier_id.clone(),
        job_id: job.job_id,
        attempt: job.retry_count,
        origin: opener.origin(&body),
        recorded_at: now,
        file: received.file.clone(),
        content_type: body.content_type.clone(),
        content_encoding: body.content_encoding.clone(),
        declared_kind: received.file.name.declared_kind(),
        sniffed_kind: Some(received.container),
        etag: body.file_state.etag.clone(),
        last_modified: body.file_state.last_modified.clone(),
    };
    held.note_file(received.file, now).await?;
    writer.finish(&sidecar).await?;
    Ok(Transferred::Stored)
}

async fn abort(writer: RawWriter<'_>) {
    if let Err(error) = writer.abort().await {
        tracing::warn!(%error, "parts of a given-up file stay until the bucket's lifecycle removes them");
    }
}

/// A file whose last byte came.
struct Received {
    file: FileFacts,
    container: Container,
}

/// Bytes looked at to tell the container.
const SNIFFED: usize = 512;

async fn receive(
    deps: &Deps,
    held: &mut HeldJob,
    body: &mut FetchedBody,
    writer: &mut RawWriter<'_>,
) -> Result<Received, Stopped> {
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
    let md5: Md5 = checksum.finish();
    Ok(Received {
        file: FileFacts {
            name: body.file_name.clone(),
            size,
            md5,
        },
        container: Container::sniff(&head),
    })
}
