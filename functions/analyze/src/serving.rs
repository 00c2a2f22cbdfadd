//! Files that others have read here: the work behind the ml-analyze calls that the api serves. Only reading is done; what the
//! items mean in a catalogue is the caller's to find.

use std::time::Duration;

use domain::{AnalysisRequest, AnalysisState, AnalysisStatus, JobError, JobId, ListItem, Trigger};
use jiff::Timestamp;
use pricelist::{ReadOptions, Reading};
use serde_json::Value;
use sources::{FetchError, FetchPolicy, Fetched, HttpSource};
use store::{AnalysisFile, Files, RawFile, StoreError};

use crate::{
    Deps,
    analysis::MARGIN,
    ending::{AnalyzeFailure, Ending},
    reading::{interpreted, no_items, report_json},
    way::Way,
};

/// What became of an analysis for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// Its items can be fetched.
    Completed,
    /// It failed, with its reason.
    Failed,
    /// It had ended before, or is kept no longer.
    Passed,
}

/// Row errors that the status tells; the report has them all.
const TOLD: usize = 20;

/// Limits of fetching a caller's file. Its size and the guard are the deployment's.
pub(crate) fn policy() -> FetchPolicy {
    FetchPolicy {
        read_timeout: Duration::from_secs(20),
        total_timeout: Duration::from_secs(120),
        max_redirects: 2,
        ..FetchPolicy::default()
    }
}

/// Fetches and reads the file of `request`, and writes down what came of it.
///
/// # Errors
/// Our own stores failed; the redelivered message does it again.
pub(crate) async fn serve(
    deps: &Deps,
    job_id: JobId,
    request: &AnalysisRequest,
    lease_until: Timestamp,
) -> Result<Served, AnalyzeFailure> {
    let analyses = deps.files.analyses();
    match analyses.status(job_id).await? {
        Some(status) if !status.status.is_final() => {}
        _ => return Ok(Served::Passed),
    }
    let processing = AnalysisStatus {
        status: AnalysisState::Processing,
        ..AnalysisStatus::pending(job_id.to_string())
    };
    analyses.put_status(job_id, &processing).await?;
    let left = lease_until
        .duration_since(deps.clock.now())
        .unsigned_abs()
        .saturating_sub(MARGIN);
    let worked = tokio::time::timeout(left, work(deps, job_id, request)).await;
    let error = match worked.unwrap_or_else(|_| Err(Ending::Job(too_slow(left)))) {
        Ok(status) => {
            analyses.put_status(job_id, &status).await?;
            return Ok(Served::Completed);
        }
        Err(Ending::Store(error)) => return Err(error.into()),
        Err(Ending::Job(error)) => error,
        // Only jobs of our own are taken over or wait.
        Err(Ending::Lost | Ending::Busy | Ending::Later) => return Ok(Served::Passed),
    };
    tracing::warn!(%job_id, code = error.code, "a caller's file could not be read");
    let failed = AnalysisStatus {
        status: AnalysisState::Failed,
        errors: vec![Value::String(error.message)],
        ..processing
    };
    analyses.put_status(job_id, &failed).await?;
    Ok(Served::Failed)
}

async fn work(deps: &Deps, job_id: JobId, request: &AnalysisRequest) -> Result<AnalysisStatus, Ending> {
    let (file_name, bytes) = fetched(deps, &request.file_url).await?;
    let raw = RawFile {
        md5: domain::Md5::from([0; 16]),
        bytes: bytes.into(),
        attempt: 0,
    };
    let options = ReadOptions {
        file_name: Some(file_name),
        ..ReadOptions::default()
    };
    let reading = interpreted(raw, options, Way::Inferred).await?;
    let has_table = reading.report.sheets.iter().any(|sheet| !sheet.tables.is_empty());
    if reading.items.is_empty() && !has_table {
        return Err(no_items(&reading, Trigger::Manual).into());
    }
    Ok(stored(&deps.files, job_id, &reading).await?)
}

async fn fetched(deps: &Deps, file_url: &str) -> Result<(String, Vec<u8>), Ending> {
    let fetched = async {
        let source = HttpSource {
            url: file_url.parse().map_err(FetchError::from)?,
            auth: None,
            known_state: None,
        };
        let mut bytes = Vec::new();
        let Fetched::Body(mut body) = deps.fetcher.open(&source).await? else {
            return Ok((String::new(), bytes));
        };
        while let Some(chunk) = body.next_chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok((body.file_name.to_string(), bytes))
    };
    fetched
        .await
        .map_err(|error: FetchError| JobError::sentence(error.code(), &error.to_string()).into())
}

/// Writes items and report; gives the status that tells of them.
async fn stored(files: &Files, job_id: JobId, reading: &Reading) -> Result<AnalysisStatus, StoreError> {
    let analyses = files.analyses();
    analyses
        .put(job_id, AnalysisFile::Report, report_json(reading)?)
        .await?;
    analyses
        .put(job_id, AnalysisFile::Items, lines(&reading.items)?)
        .await?;
    let items = reading.items.len() as u64;
    let told = reading.errors.iter().take(TOLD);
    Ok(AnalysisStatus {
        status: AnalysisState::Completed,
        progress_percentage: 100.0,
        items_processed: items,
        items_total: items,
        errors: told
            .map(|error| serde_json::to_value(error).unwrap_or_default())
            .collect(),
        ..AnalysisStatus::pending(job_id.to_string())
    })
}

fn lines(items: &[ListItem]) -> Result<Vec<u8>, StoreError> {
    let mut lines = Vec::new();
    for item in items {
        serde_json::to_writer(&mut lines, item).map_err(|error| StoreError::Corrupt {
            what: "a new item".into(),
            detail: error.to_string(),
        })?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn too_slow(left: Duration) -> JobError {
    let message = format!(
        "Fetching and reading the file took more than {} s. Split the list.",
        left.as_secs()
    );
    JobError::new("timed_out", message)
}
