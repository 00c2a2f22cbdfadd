//! One run.

use std::collections::HashMap;

use domain::{Job, JobId, RawKey};
use jiff::Timestamp;
use serde::Serialize;
use store::{RawObject, StoreError, Swapped};

use crate::{CleanupError, Deps, Verdict, judge};

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Raw files removed.
    pub raw_removed: usize,
    /// Raw files past their time that were left, since their job is on its way.
    pub raw_kept: usize,
    /// Jobs ended as failed.
    pub jobs_failed: usize,
    /// Suppliers put into the index that they are listed by.
    pub suppliers_listed: usize,
}

/// Ends stuck jobs, then removes old raw files, as of `now`, and lists suppliers that no index has.
///
/// # Errors
/// Listing failed, or (after all else was done) some changes failed.
pub async fn clean(deps: &Deps, now: Timestamp) -> Result<Cleaned, CleanupError> {
    let mut cleaned = Cleaned::default();
    let mut failures = Vec::new();
    for job in deps.jobs.live_since_days(now).await.map_err(CleanupError::List)? {
        match end_if_stuck(deps, &job, now).await {
            Ok(true) => cleaned.jobs_failed += 1,
            Ok(false) => {}
            Err(error) => failures.push(error),
        }
    }
    let mut live = HashMap::new();
    for object in deps.files.list_raw().await.map_err(CleanupError::List)? {
        if now.duration_since(object.stored_at) < deps.retention {
            continue;
        }
        match remove_unless_live(deps, &object, &mut live, now).await {
            Ok(true) => cleaned.raw_removed += 1,
            Ok(false) => cleaned.raw_kept += 1,
            Err(error) => failures.push(error),
        }
    }
    match deps.suppliers.list_unlisted().await {
        Ok(listed) => cleaned.suppliers_listed = listed,
        Err(error) => failures.push(error),
    }
    let failed = failures.len();
    match failures.into_iter().next() {
        None => Ok(cleaned),
        Some(first) => Err(CleanupError::Partly { failed, first }),
    }
}

/// The job came from an index, which may lag behind; it is judged as it stands in the table.
async fn end_if_stuck(deps: &Deps, job: &Job, now: Timestamp) -> Result<bool, StoreError> {
    if judge(job, now) == Verdict::Leave {
        return Ok(false);
    }
    let Some(stored) = deps.jobs.get(job.job_id, now).await? else {
        return Ok(false);
    };
    let Verdict::Fail(error) = judge(&stored, now) else {
        return Ok(false);
    };
    let code = error.code.clone();
    let Ok(failed) = stored.fail(error, now) else {
        return Ok(false);
    };
    if deps.jobs.swap(&stored, &failed).await? == Swapped::Conflict {
        return Ok(false);
    }
    tracing::warn!(job_id = %job.job_id, supplier_id = %job.supplier_id, code, "stuck job ended");
    if let (Some(upload_id), Some(key)) = (&failed.upload_id, failed.raw_key()) {
        deps.files.abort_parts(&key, upload_id).await?;
    }
    deps.suppliers.end_fetch(&failed).await?;
    Ok(true)
}

async fn remove_unless_live(
    deps: &Deps,
    object: &RawObject,
    live: &mut HashMap<JobId, bool>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // What is not under one of our keys belongs to no job.
    if let Ok(RawKey { job_id, .. }) = object.key.parse() {
        let is_live = match live.get(&job_id) {
            Some(is_live) => *is_live,
            None => deps.jobs.get(job_id, now).await?.is_some_and(|job| job.phase.is_live()),
        };
        live.insert(job_id, is_live);
        if is_live {
            return Ok(false);
        }
    }
    deps.files.delete(&object.key).await?;
    Ok(true)
}
