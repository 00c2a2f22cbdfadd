//! One run.

use std::collections::{HashMap, HashSet};

use domain::{Job, JobId, RawKey};
use jiff::Timestamp;
use serde::Serialize;
use store::{RawObject, StoreError, Swapped};

use crate::{CleanupError, Deps, Verdict, judge, verdict::is_unheard_of};

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// Raw files removed.
    pub raw_removed: usize,
    /// Raw files past their time that were left, since their job is on its way.
    pub raw_kept: usize,
    /// Jobs ended as failed.
    pub jobs_failed: usize,
    /// Stored files whose news seems lost, asked to be read.
    pub files_told_of: usize,
    /// Suppliers put into the index that they are listed by.
    pub suppliers_listed: usize,
}

/// Ends stuck jobs, then removes old raw files and tells of those that nobody heard of, as of `now`, and lists suppliers that
/// no index has.
///
/// # Errors
/// Listing failed, or (after all else was done) some changes failed.
pub async fn clean(deps: &Deps, now: Timestamp) -> Result<Cleaned, CleanupError> {
    let mut cleaned = Cleaned::default();
    let mut failures = Vec::new();
    let jobs = deps.jobs.live_since_days(now).await.map_err(CleanupError::List)?;
    let objects = deps.files.list_raw().await.map_err(CleanupError::List)?;
    let keys = objects.iter().filter_map(|object| object.key.parse::<RawKey>().ok());
    let arrived: HashSet<JobId> = keys.map(|key| key.job_id).collect();
    for job in &jobs {
        match end_if_stuck(deps, job, arrived.contains(&job.job_id), now).await {
            Ok(true) => cleaned.jobs_failed += 1,
            Ok(false) => {}
            Err(error) => failures.push(error),
        }
    }
    let jobs: HashMap<JobId, Job> = jobs.into_iter().map(|job| (job.job_id, job)).collect();
    let mut live = HashMap::new();
    for object in objects {
        if now.duration_since(object.stored_at) < deps.retention {
            match tell_if_unheard_of(deps, &object, &jobs, now).await {
                Ok(told) => cleaned.files_told_of += usize::from(told),
                Err(error) => failures.push(error),
            }
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
async fn end_if_stuck(deps: &Deps, job: &Job, has_arrived: bool, now: Timestamp) -> Result<bool, StoreError> {
    if judge(job, has_arrived, now) == Verdict::Leave {
        return Ok(false);
    }
    let Some(stored) = deps.jobs.get(job.job_id, now).await? else {
        return Ok(false);
    };
    let Verdict::Fail(error) = judge(&stored, has_arrived, now) else {
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

/// Asks for a stored file to be read if it waits for that longer than its news may take. Whoever reads it takes its job in
/// hand, so that late news harms nothing.
async fn tell_if_unheard_of(
    deps: &Deps,
    object: &RawObject,
    jobs: &HashMap<JobId, Job>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Ok(key) = object.key.parse::<RawKey>() else {
        return Ok(false);
    };
    if !jobs
        .get(&key.job_id)
        .is_some_and(|job| is_unheard_of(job, object.stored_at, now))
    {
        return Ok(false);
    }
    // The job came from an index, which may lag behind.
    let Some(stored) = deps.jobs.get(key.job_id, now).await? else {
        return Ok(false);
    };
    if !is_unheard_of(&stored, object.stored_at, now) {
        return Ok(false);
    }
    deps.queues.send_analyze(&key, stored.retry_count).await?;
    tracing::warn!(job_id = %key.job_id, key = object.key, "a stored file was not read; it is asked for again");
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
