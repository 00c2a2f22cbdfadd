//! A supplier's list: match, then publish.

use std::sync::Arc;

use domain::{
    AnalysisPath, Decision, EmbeddingsUse, FieldCells, JobError, JobId, ListItem, Match, Position, Ruling, Summary,
    item_keys,
};
use jiff::Timestamp;
use matching::{AcceptedScores, Calibration, CatalogueIndex, MatchOptions, Matcher, SupplierList};
use pricelist::Reading;
use serde::{Deserialize, Serialize};
use store::{HeldJob, PublishedItem, SnapshotEntry, SnapshotWriter};
use tokio::sync::watch;

use crate::{
    Deps,
    catalogue::load_index,
    embedding::ListVectors,
    ending::Ending,
    equality::match_by_equality,
    new_list::NewList,
    outcome::Outcome,
    publishing::{SupplierItems, Written, publish},
    replay::{Replay, reapply_decisions},
};

/// What the snapshot keeps of an item beside what is published.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Provenance {
    pub(crate) position: Position,
    #[serde(default)]
    pub(crate) cells: FieldCells,
}

/// The items of a list with their keys in the table.
pub(crate) struct KeyedItems {
    pub(crate) keys: Vec<String>,
    pub(crate) items: Vec<ListItem>,
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
) -> Result<Outcome, Ending> {
    let list = KeyedItems {
        keys: item_keys(&reading.items),
        items: reading.items,
    };
    take_items(deps, held, list, reading.errors.len(), lease_until).await
}

/// Matches `list`, of which so many rows could not be read, and publishes what changed.
///
/// # Errors
/// See [`Ending`].
pub(crate) async fn take_items(
    deps: &Deps,
    held: &mut HeldJob,
    list: KeyedItems,
    errors: usize,
    lease_until: Timestamp,
) -> Result<Outcome, Ending> {
    let supplier_id = held.job().supplier_id.clone();
    let KeyedItems { keys, items } = list;
    let replay = Replay::load(deps, &supplier_id).await?;
    let items = Arc::new(items);
    let rulings = replay.rulings(&keys);
    let mut matches = match_items(deps, held, Arc::clone(&items), rulings.clone()).await?;
    keep_accepted_scores(deps, held, &rulings, &matches).await?;
    replay.leave_open(&keys, &mut matches);
    let mut summary = counted(&matches, errors);
    let offered = matches.iter().filter_map(|found| found.product_id.as_ref()).collect();
    deps.files
        .put_offered(&supplier_id, held.job().job_id, &offered)
        .await?;
    let items = Arc::unwrap_or_clone(items);
    let mut writer = SnapshotWriter::new()?;
    for ((key, item), found) in keys.into_iter().zip(items).zip(matches) {
        let extra = Provenance {
            position: item.position.clone(),
            cells: item.cells.clone(),
        };
        let published = PublishedItem::new(supplier_id.clone(), key.clone(), item, worth_keeping(found));
        writer.push(&SnapshotEntry { key, published, extra })?;
    }
    let (snapshot, fingerprints) = writer.finish()?;
    let guards = deps
        .suppliers
        .get(&supplier_id)
        .await?
        .map(|supplier| supplier.settings.guards);
    let list = NewList {
        snapshot: &snapshot,
        fingerprints: &fingerprints,
        counts: (&summary).into(),
        guards: Some(guards.unwrap_or_default()),
    };
    let table = SupplierItems {
        items: &deps.items,
        supplier_id: &supplier_id,
    };
    let written = publish(deps, held.job(), &list, lease_until, &table).await?;
    if let Written::Published(_) = written {
        reapply_decisions(deps, held.job()).await?;
    }
    let hold_reasons = written.note(&mut summary);
    Ok(Outcome { summary, hold_reasons })
}

/// Keeps how surely items were accepted without a person: what corrections are later set against.
async fn keep_accepted_scores(
    deps: &Deps,
    held: &HeldJob,
    rulings: &[Option<Ruling>],
    matches: &[Match],
) -> Result<(), Ending> {
    let job = held.job();
    if job.path == AnalysisPath::Legacy {
        return Ok(());
    }
    let json = serde_json::to_vec(&accepted_scores(rulings, matches)).unwrap_or_default();
    Ok(deps
        .files
        .put_accepted_scores(&job.supplier_id, job.job_id, json)
        .await?)
}

fn accepted_scores(rulings: &[Option<Ruling>], matches: &[Match]) -> AcceptedScores {
    let mut scores = AcceptedScores::default();
    for (_, found) in rulings.iter().zip(matches).filter(|(ruling, _)| ruling.is_none()) {
        if found.decision == Decision::Matched {
            scores.count(found.accept_score);
        }
    }
    scores
}

/// What is kept of a match with the item. Nobody chooses among the candidates of a new item, and they are most of its
/// record: DynamoDB charges by the kilobyte.
fn worth_keeping(mut found: Match) -> Match {
    if found.decision == Decision::New {
        found.candidates.truncate(CANDIDATES_OF_NEW);
    }
    found
}

/// Enough to see what a new item was nearest to.
const CANDIDATES_OF_NEW: usize = 1;

/// Matches on a thread of its own, and notes the progress in the job meanwhile.
async fn match_items(
    deps: &Deps,
    held: &mut HeldJob,
    items: Arc<Vec<ListItem>>,
    rulings: Vec<Option<Ruling>>,
) -> Result<Vec<Match>, Ending> {
    if held.job().path == AnalysisPath::Legacy {
        return matches_of(deps, &items, rulings, AnalysisPath::Legacy).await;
    }
    let (version, index) = load_index(deps).await?;
    let vectors = list_vectors(deps, held, version, &index, &items).await?;
    let options = match_options(deps).await?;
    let (progress, mut seen) = watch::channel(0_u64);
    let matching = tokio::task::spawn_blocking(move || {
        let mut matcher = Matcher::new(&index, options);
        let mut list = SupplierList::new(&items).ruled(&rulings);
        if let Some(vectors) = &vectors {
            matcher = matcher.with_vectors(&vectors.products);
            list = list.embedded(&vectors.items);
        }
        matcher.match_list(list, |done, _| _ = progress.send(done as u64))
    });
    while seen.changed().await.is_ok() {
        let done = *seen.borrow_and_update();
        held.note_matching(done, deps.clock.now()).await?;
    }
    matching.await.map_err(|panic| matcher_failed(&panic).into())
}

/// Matches without noting progress: by equality in the legacy way.
///
/// # Errors
/// The catalogue could not be loaded, or matching failed.
pub(crate) async fn matches_of(
    deps: &Deps,
    items: &[ListItem],
    rulings: Vec<Option<Ruling>>,
    path: AnalysisPath,
) -> Result<Vec<Match>, Ending> {
    let (_, index) = load_index(deps).await?;
    let items = items.to_vec();
    let matching = tokio::task::spawn_blocking(move || match path {
        AnalysisPath::Legacy => match_by_equality(&items, &rulings, index.products()),
        _ => {
            let list = SupplierList::new(&items).ruled(&rulings);
            Matcher::new(&index, MatchOptions::default()).match_list(list, |_, _| ())
        }
    });
    matching.await.map_err(|panic| matcher_failed(&panic).into())
}

fn matcher_failed(panic: &tokio::task::JoinError) -> JobError {
    tracing::error!(%panic, "the matcher panicked");
    JobError::new(
        "matcher_failed",
        "Matching failed; nothing was changed. Send the file to whoever keeps this installation.",
    )
}

/// How lists are matched here: by the threshold that was learned from this deployment's decisions, where one was.
async fn match_options(deps: &Deps) -> Result<MatchOptions, Ending> {
    let shipped = MatchOptions::default();
    let Some(json) = deps.files.calibration().await? else {
        return Ok(shipped);
    };
    match Calibration::parse(&String::from_utf8_lossy(&json)) {
        Ok(calibration) => Ok(calibration.apply(shipped)),
        Err(error) => {
            tracing::error!(%error, "the stored calibration cannot be used; the shipped threshold holds");
            Ok(shipped)
        }
    }
}

/// The vectors of the list, where an embedding server is named and there is a catalogue; the job says whether they are used.
async fn list_vectors(
    deps: &Deps,
    held: &mut HeldJob,
    version: Option<JobId>,
    index: &Arc<CatalogueIndex>,
    items: &[ListItem],
) -> Result<Option<ListVectors>, Ending> {
    let (Some(embedding), Some(version)) = (&deps.embedding, version) else {
        return Ok(None);
    };
    let vectors = embedding.of_list(&deps.files, version, index, items).await?;
    let used = match vectors {
        Some(_) => EmbeddingsUse::Used,
        None => EmbeddingsUse::FellBack,
    };
    held.note_embeddings(used, deps.clock.now()).await?;
    Ok(vectors)
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

#[cfg(test)]
mod tests {
    use domain::Candidate;

    use super::*;

    fn found(decision: Decision) -> Match {
        let candidate = |n: u32| Candidate {
            product_id: format!("P-{n}").parse().unwrap(),
            probability: 0.5 / f64::from(n),
        };
        Match {
            decision,
            product_id: None,
            probability: 0.5,
            accept_score: 0.4,
            barred: false,
            candidates: (1..=10).map(candidate).collect(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_person_gets_all_candidates_and_a_new_item_keeps_the_nearest() {
        assert_eq!(worth_keeping(found(Decision::Review)).candidates.len(), 10);
        let new = worth_keeping(found(Decision::New));
        assert_eq!(new.candidates, [found(Decision::New).candidates[0].clone()]);
    }

    #[test]
    fn what_a_person_decided_is_not_accepted_without_one() {
        let matches = [Decision::Matched, Decision::Matched, Decision::Review].map(found);
        let rulings = [None, Some(Ruling::New), None];
        assert_eq!(accepted_scores(&rulings, &matches).between(0.0, 1.0), 1);
    }

    #[test]
    fn a_summary_counts_decisions() {
        let matches = [Decision::Matched, Decision::Review, Decision::New, Decision::New].map(found);
        let summary = counted(&matches, 3);
        assert_eq!(
            (
                summary.items,
                summary.matched,
                summary.review,
                summary.new,
                summary.errors
            ),
            (4, 1, 1, 2, 3)
        );
    }
}
