//! A supplier's published items matched again: with another catalogue, another threshold, and the decisions of today.

use domain::{Job, JobError, JobId, Refused, Trigger};
use jiff::Timestamp;
use store::{HeldJob, PublishedItem, SnapshotReader, StoreError, Taken};

use crate::{
    Analysis, Deps,
    analysis::{MARGIN, end, supplier_removed, took_too_long},
    ending::{AnalyzeFailure, Ending},
    list::{KeyedItems, Provenance, take_items},
    outcome::Outcome,
    way::Way,
};

/// Jobs of the supplier among which one that is still on its way is looked for.
const LOOKED_THROUGH: i32 = 50;

/// Matches the published items of the job's supplier again and publishes what that changes, as long as `lease_until` allows.
///
/// # Errors
/// Our own stores failed, or it was another list's turn; the job is released, so that the redelivered message can go on.
pub(crate) async fn match_again(
    deps: &Deps,
    job_id: JobId,
    attempt: u32,
    lease_until: Timestamp,
) -> Result<Analysis, AnalyzeFailure> {
    let now = deps.clock.now();
    let start = |job: &Job| match job.trigger {
        Trigger::MatchAgain => job.start_analysis(attempt, lease_until, now),
        _ => Err(Refused::OtherFile),
    };
    let mut held = match deps.jobs.take(&deps.suppliers, job_id, now, start).await? {
        Taken::Held(held) => held,
        not_taken => {
            tracing::info!(%job_id, ?not_taken, "message passed over");
            return Ok(Analysis::Passed);
        }
    };
    let left = lease_until.duration_since(now).unsigned_abs().saturating_sub(MARGIN);
    let worked = tokio::time::timeout(left, work(deps, &mut held, lease_until)).await;
    let worked = worked.unwrap_or_else(|_| Err(Ending::Job(took_too_long(left))));
    end(deps, held, worked).await
}

async fn work(deps: &Deps, held: &mut HeldJob, lease_until: Timestamp) -> Result<Outcome, Ending> {
    let supplier_id = held.job().supplier_id.clone();
    let supplier = deps.suppliers.get(&supplier_id).await?.ok_or_else(supplier_removed)?;
    refuse_before_older_lists(deps, held.job(), supplier.held_job).await?;
    let way = Way::meant(&supplier.settings, None, deps.use_ml, deps.remote.is_some())?;
    held.note_path(way.path(), deps.clock.now()).await?;
    let published = supplier.published_job.ok_or_else(nothing_published)?;
    let list = published_items(deps, held.job(), published).await?;
    held.start_matching(list.items.len() as u64, deps.clock.now()).await?;
    take_items(deps, held, list, 0, lease_until).await
}

/// Lists are published in the order of their jobs: one that was started before and is not through yet would be passed over
/// for this job, and its prices with it.
async fn refuse_before_older_lists(deps: &Deps, job: &Job, held: Option<JobId>) -> Result<(), Ending> {
    if let Some(held) = held.filter(|held| *held < job.job_id) {
        let message = format!(
            "The result of job {held} waits for a decision, and is the newer list. Approve or reject it, then retry."
        );
        return Err(JobError::new("result_held", message).into());
    }
    let now = deps.clock.now();
    let page = deps
        .jobs
        .of_supplier(&job.supplier_id, LOOKED_THROUGH, None, now)
        .await?;
    let older = page
        .jobs
        .iter()
        .find(|other| other.phase.is_live() && other.job_id < job.job_id);
    match older {
        Some(older) => {
            let message = format!(
                "Job {} of this supplier is still on its way with another list. Retry when it has ended.",
                older.job_id
            );
            Err(JobError::new("list_on_its_way", message).into())
        }
        None => Ok(()),
    }
}

fn nothing_published() -> JobError {
    JobError::new(
        "nothing_published",
        "No list of this supplier is published any more; there is nothing to match again.",
    )
}

/// The items as the job `published` published them, with the keys that they have.
async fn published_items(deps: &Deps, job: &Job, published: JobId) -> Result<KeyedItems, Ending> {
    let Some(snapshot) = deps.files.snapshot(&job.supplier_id, published).await? else {
        let message = format!(
            "What job {published} published is not stored any more. Sync the supplier, or upload its list again."
        );
        return Err(JobError::new("snapshot_gone", message).into());
    };
    // Large lists are large snapshots.
    let read = tokio::task::spawn_blocking(move || keyed_items(&snapshot)).await;
    match read {
        Ok(list) => Ok(list?),
        Err(panic) => Err(StoreError::Corrupt {
            what: "a snapshot".into(),
            detail: panic.to_string(),
        }
        .into()),
    }
}

fn keyed_items(snapshot: &[u8]) -> Result<KeyedItems, StoreError> {
    let (mut keys, mut items) = (Vec::new(), Vec::new());
    for entry in SnapshotReader::<PublishedItem, Provenance>::new(snapshot)? {
        let entry = entry?;
        let mut item = entry.published.item();
        (item.position, item.cells) = (entry.extra.position, entry.extra.cells);
        keys.push(entry.key);
        items.push(item);
    }
    Ok(KeyedItems { keys, items })
}

#[cfg(test)]
mod tests {
    use domain::{Decision, ListItem, Match, Position, item_keys};
    use store::{SnapshotEntry, SnapshotWriter};

    use super::*;

    #[test]
    fn what_was_published_is_read_back_as_it_was_listed() {
        let listed: ListItem = serde_json::from_value(serde_json::json!({
            "position": {"sheet": "Preise", "row": 7}, "sku": "A-1", "barcode": "4006381333931", "name": "Drill 18 V",
            "brand": "Bosch", "category": "Tools", "description": "with case", "price": "129.90", "currency": "EUR",
            "prices": [{"name": "UVP", "price": "159"}], "unit": {"original": "Stk", "code": "C62"}, "pack_size": "2",
            "minimum_order": "4", "availability": {"original": "da", "status": "in_stock"}, "cells": {}
        }))
        .unwrap();
        let second = ListItem {
            position: Position {
                row: 8,
                ..Position::default()
            },
            ..listed.clone()
        };
        let items = vec![listed, second];
        let keys = item_keys(&items);
        let found = Match {
            decision: Decision::New,
            product_id: None,
            probability: 0.0,
            accept_score: 0.0,
            barred: false,
            candidates: Vec::new(),
            reasons: Vec::new(),
        };
        let mut writer = SnapshotWriter::new().unwrap();
        for (key, item) in keys.iter().zip(&items) {
            let extra = Provenance {
                position: item.position.clone(),
                cells: item.cells.clone(),
            };
            let published = PublishedItem::new("acme".parse().unwrap(), key.clone(), item.clone(), found.clone());
            let key = key.clone();
            writer.push(&SnapshotEntry { key, published, extra }).unwrap();
        }
        let list = keyed_items(&writer.finish().unwrap().0).unwrap();
        assert_eq!((list.keys, list.items), (keys, items));
    }
}
