//! A supplier's list: match, then publish.

use std::{collections::BTreeMap, sync::Arc};

use domain::{Decision, Field, ListItem, Match, Position, Summary, item_keys};
use jiff::Timestamp;
use matching::{MatchOptions, Matcher};
use pricelist::Reading;
use serde::{Deserialize, Serialize};
use store::{HeldJob, PublishedItem, SnapshotEntry, SnapshotReader, SnapshotWriter, StoreError};
use tokio::sync::watch;

use crate::{
    Deps,
    catalogue::load_index,
    ending::Ending,
    publishing::{Written, publish},
};

/// What the snapshot keeps of an item beside what is published.
#[derive(Debug, Serialize, Deserialize)]
struct Provenance {
    position: Position,
    #[serde(default)]
    cells: BTreeMap<Field, String>,
}

/// Matches the items of `reading` and publishes what changed.
///
/// # Errors
/// See [`Ending`].
pub(crate) async fn take_list(
    deps: &Deps,
    held: &mut HeldJob,
    reading: Reading,
    lease_until: Timestamp,
) -> Result<Summary, Ending> {
    let items = Arc::new(reading.items);
    let matches = match_items(deps, held, Arc::clone(&items)).await?;
    let mut summary = counted(&matches, reading.errors.len());
    let supplier_id = held.job().supplier_id.clone();
    let items = Arc::unwrap_or_clone(items);
    let keys = item_keys(&items);
    let mut writer = SnapshotWriter::new()?;
    for ((key, item), found) in keys.into_iter().zip(items).zip(matches) {
        let extra = Provenance {
            position: item.position.clone(),
            cells: item.cells.clone(),
        };
        let published = PublishedItem::new(supplier_id.clone(), key.clone(), item, found);
        writer.push(&SnapshotEntry { key, published, extra })?;
    }
    let (snapshot, fingerprints) = writer.finish()?;
    let written = publish::<PublishedItem, Provenance, _>(
        deps,
        held.job(),
        (&snapshot, &fingerprints),
        lease_until,
        async |difference| {
            let entries = SnapshotReader::<PublishedItem, Provenance>::new(&snapshot)?;
            let items = entries.map(|entry| Ok::<_, StoreError>(entry?.published));
            deps.items.apply(&supplier_id, difference, items).await
        },
    )
    .await?;
    note(&mut summary, written);
    Ok(summary)
}

pub(crate) fn note(summary: &mut Summary, written: Written) {
    match written {
        Written::Published(difference) => {
            summary.added = difference.added.len() as u64;
            summary.changed = difference.changed.len() as u64;
            summary.discontinued = difference.discontinued.len() as u64;
        }
        Written::Superseded => summary.superseded = true,
    }
}

/// Matches on a thread of its own, and notes the progress in the job meanwhile.
async fn match_items(deps: &Deps, held: &mut HeldJob, items: Arc<Vec<ListItem>>) -> Result<Vec<Match>, Ending> {
    let index = load_index(deps).await?;
    let (progress, mut seen) = watch::channel(0_u64);
    let matching = tokio::task::spawn_blocking(move || {
        let matcher = Matcher::new(&index, MatchOptions::default());
        matcher.match_list(&items, |done, _| _ = progress.send(done as u64))
    });
    while seen.changed().await.is_ok() {
        let done = *seen.borrow_and_update();
        held.note_matching(done, deps.clock.now()).await?;
    }
    matching.await.map_err(|panic| {
        tracing::error!(%panic, "the matcher panicked");
        domain::JobError::new(
            "matcher_failed",
            "Matching failed; nothing was changed. Keep the file for the developers.",
        )
        .into()
    })
}

fn counted(matches: &[Match], errors: usize) -> Summary {
    let count = |decision| matches.iter().filter(|found| found.decision == decision).count() as u64;
    Summary {
        items: matches.len() as u64,
        matched: count(Decision::Matched),
        review: count(Decision::Review),
        new: count(Decision::New),
        errors: errors as u64,
        ..Summary::default()
    }
}
