//! Publishing a result: when it is its turn, if the guards let it, and only what changed.

use std::time::Duration;

use domain::{ChangeCounts, HoldReason, Job, JobId, Summary, SupplierId};
use jiff::{SignedDuration, Timestamp};
use serde::de::IgnoredAny;
use store::{
    Catalogue, Difference, Items, PreviousList, PublicationTurn, Publishable, PublishedItem, SearchText, SnapshotEntry,
    SnapshotReader, SnapshotWriter, StoreError, Swapped, Turn, previous_list,
};

use crate::{
    Deps,
    comparison::{Comparison, Earlier, compare, leftover_steps},
    ending::Ending,
    new_list::NewList,
};

/// How a list differs from the one published before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Changed {
    added: u64,
    changed: u64,
    discontinued: u64,
    by_kind: ChangeCounts,
}

/// What came of publishing.
#[derive(Debug)]
pub(crate) enum Written {
    /// The result is published.
    Published(Changed),
    /// The result waits for a person; nothing but its reports was written.
    Held(Changed, Vec<HoldReason>),
    /// A newer result was published or held first; nothing was written.
    Superseded,
}

impl Written {
    /// Notes in the job's summary what came of it; gives the reasons of a held result.
    pub(crate) fn note(self, summary: &mut Summary) -> Vec<HoldReason> {
        let (changed, reasons) = match self {
            Self::Published(changed) => (changed, Vec::new()),
            Self::Held(changed, reasons) => (changed, reasons),
            Self::Superseded => {
                summary.superseded = true;
                return Vec::new();
            }
        };
        summary.added = changed.added;
        summary.changed = changed.changed;
        summary.discontinued = changed.discontinued;
        summary.changes = changed.by_kind;
        reasons
    }
}

/// The table that a list is published in.
pub(crate) trait PublishedTable {
    /// What stands in it.
    type Entry: Publishable;

    /// Writes what `difference` names, from the list's snapshot.
    async fn write(&self, difference: &Difference, snapshot: &[u8]) -> Result<(), StoreError>;

    /// All that stands in it, as a snapshot.
    async fn stored(&self) -> Result<Vec<u8>, StoreError>;
}

/// A supplier's items.
pub(crate) struct SupplierItems<'a> {
    pub(crate) items: &'a Items,
    pub(crate) supplier_id: &'a SupplierId,
}

impl PublishedTable for SupplierItems<'_> {
    type Entry = PublishedItem;

    async fn write(&self, difference: &Difference, snapshot: &[u8]) -> Result<(), StoreError> {
        let items = published::<PublishedItem>(snapshot)?;
        self.items.apply(self.supplier_id, difference, items).await
    }

    async fn stored(&self) -> Result<Vec<u8>, StoreError> {
        let mut writer = SnapshotWriter::new()?;
        let mut cursor = None::<String>;
        loop {
            let suppliers = std::slice::from_ref(self.supplier_id);
            let page = self.items.of_suppliers(suppliers, PAGE, cursor.as_deref()).await?;
            for published in page.items {
                let key = published.item_key.clone();
                writer.push(&SnapshotEntry {
                    key,
                    published,
                    extra: (),
                })?;
            }
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(writer.finish()?.0),
            }
        }
    }
}

/// Items read at once where all are read.
const PAGE: i32 = 1_000;

/// The buyer's catalogue.
pub(crate) struct Products<'a>(pub(crate) &'a Catalogue);

impl PublishedTable for Products<'_> {
    type Entry = domain::Product;

    async fn write(&self, difference: &Difference, snapshot: &[u8]) -> Result<(), StoreError> {
        self.0.apply(difference, published(snapshot)?).await
    }

    async fn stored(&self) -> Result<Vec<u8>, StoreError> {
        let mut writer = SnapshotWriter::new()?;
        for published in self.0.all().await? {
            let key = published.product_id.to_string();
            writer.push(&SnapshotEntry {
                key,
                published,
                extra: (),
            })?;
        }
        Ok(writer.finish()?.0)
    }
}

fn published<P: Publishable>(snapshot: &[u8]) -> Result<impl Iterator<Item = Result<P, StoreError>>, StoreError> {
    Ok(SnapshotReader::<P, IgnoredAny>::new(snapshot)?.map(|entry| Ok(entry?.published)))
}

/// How long to wait between two looks whether the turn is free.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits for the turn, compares with what is published, and writes the difference, unless a guard holds the list back.
///
/// The snapshot is stored before the first item is written: whoever finds this publication cut off needs it to mend the
/// table.
///
/// # Errors
/// See [`Ending`].
pub(crate) async fn publish<T: PublishedTable>(
    deps: &Deps,
    job: &Job,
    list: &NewList<'_>,
    lease_until: Timestamp,
    table: &T,
) -> Result<Written, Ending> {
    let supplier_id = &job.supplier_id;
    deps.files
        .put_snapshot(supplier_id, job.job_id, list.snapshot.to_vec())
        .await?;
    let turn = match await_turn(deps, job, lease_until).await? {
        Turn::Superseded => return Ok(Written::Superseded),
        Turn::Busy { .. } => return Err(Ending::Busy),
        Turn::Published { previous } => {
            let (earlier, _) = earlier_lists(deps, table, supplier_id, previous, &[]).await?;
            let comparison = compare::<T::Entry>(job, &earlier, list)?;
            let difference = Difference::between(&earlier.list, &[], list.fingerprints);
            return Ok(Written::Published(changed(&difference, &comparison)));
        }
        Turn::Granted(turn) => turn,
    };
    let (earlier, unfinished) = earlier_lists(deps, table, supplier_id, turn.published, &turn.unfinished).await?;
    let comparison = compare::<T::Entry>(job, &earlier, list)?;
    let lists: Vec<PreviousList> = unfinished.iter().map(|cut_off| cut_off.list.clone()).collect();
    let difference = Difference::between(&earlier.list, &lists, list.fingerprints);
    let changed = changed(&difference, &comparison);
    let reasons = match list.guards.filter(|_| !turn.resumed) {
        Some(guards) => {
            let (before, now) = (earlier.list.len() as u64, list.fingerprints.len() as u64);
            comparison.guards.reasons(&guards, before, now)
        }
        None => Vec::new(),
    };
    deps.files
        .put_changes(supplier_id, job.job_id, comparison.changes)
        .await?;
    if !reasons.is_empty() {
        return hold(deps, job, &turn, changed, reasons).await;
    }
    let publication = deps.suppliers.publication();
    publication.start_writing(supplier_id, job.job_id).await?;
    table.write(&difference, list.snapshot).await?;
    if !supplier_id.is_catalogue() {
        let leftovers = leftover_steps(&earlier, &unfinished, job.job_id);
        let steps = comparison.price_steps.into_iter();
        deps.prices.apply(supplier_id, steps, leftovers.into_iter()).await?;
    }
    let search = comparison.search.to_bytes()?;
    deps.files.put_search(supplier_id, job.job_id, search).await?;
    publication.finish(supplier_id, job.job_id, &turn, list.counts).await?;
    supersede_held(deps, &turn, job.job_id).await;
    Ok(Written::Published(changed))
}

/// Names the result as the one that waits, unless a newer one waits already.
async fn hold(
    deps: &Deps,
    job: &Job,
    turn: &PublicationTurn,
    changed: Changed,
    reasons: Vec<HoldReason>,
) -> Result<Written, Ending> {
    let publication = deps.suppliers.publication();
    if turn.held.is_some_and(|held| held > job.job_id) {
        publication.give_up(&job.supplier_id, job.job_id).await?;
        return Ok(Written::Superseded);
    }
    publication.hold(&job.supplier_id, job.job_id).await?;
    supersede_held(deps, turn, job.job_id).await;
    Ok(Written::Held(changed, reasons))
}

/// Notes in the record of an older held result that this one took its place. For show only, since the supplier's record
/// says what waits: a failure is no reason to fail the job.
async fn supersede_held(deps: &Deps, turn: &PublicationTurn, job_id: JobId) {
    let Some(held) = turn.held.filter(|held| *held < job_id) else {
        return;
    };
    let now = deps.clock.now();
    let noted = async {
        let Some(job) = deps.jobs.get(held, now).await? else {
            return Ok(Swapped::Conflict);
        };
        match job.supersede(now) {
            Ok(superseded) => deps.jobs.swap(&job, &superseded).await,
            Err(_) => Ok(Swapped::Conflict),
        }
    };
    if let Err(error) = noted.await {
        tracing::warn!(job_id = %held, %error, "a held result could not be marked as superseded");
    }
}

fn changed(difference: &Difference, comparison: &Comparison) -> Changed {
    Changed {
        added: difference.added.len() as u64,
        changed: comparison.changed,
        discontinued: difference.discontinued.len() as u64,
        by_kind: comparison.counts,
    }
}

async fn await_turn(deps: &Deps, job: &Job, lease_until: Timestamp) -> Result<Turn, Ending> {
    let give_up = lease_until
        .checked_sub(SignedDuration::from_secs(30))
        .unwrap_or(lease_until);
    loop {
        let now = deps.clock.now();
        let turn = deps
            .suppliers
            .publication()
            .begin(&job.supplier_id, job.job_id, lease_until, now)
            .await?;
        if !matches!(turn, Turn::Busy { .. }) || now >= give_up {
            return Ok(turn);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The published list, and those of publications that were cut off. If a snapshot is gone, what stands in the table is
/// taken for the published list: it holds whatever the others left in it.
async fn earlier_lists<T: PublishedTable>(
    deps: &Deps,
    table: &T,
    supplier_id: &SupplierId,
    published: Option<JobId>,
    cut_off: &[JobId],
) -> Result<(Earlier, Vec<Earlier>), StoreError> {
    let mut lists = Vec::with_capacity(cut_off.len());
    for job_id in cut_off {
        match deps.files.snapshot(supplier_id, *job_id).await? {
            Some(snapshot) => lists.push(Earlier {
                job_id: Some(*job_id),
                list: previous_list::<T::Entry>(&snapshot)?,
                snapshot,
                search: None,
            }),
            None => return Ok((rebuilt(deps, table, supplier_id, published).await?, Vec::new())),
        }
    }
    let Some(job_id) = published else {
        return Ok((Earlier::default(), lists));
    };
    let Some(snapshot) = deps.files.snapshot(supplier_id, job_id).await? else {
        return Ok((rebuilt(deps, table, supplier_id, published).await?, Vec::new()));
    };
    let earlier = Earlier {
        job_id: published,
        list: previous_list::<T::Entry>(&snapshot)?,
        snapshot,
        search: search_text(deps, supplier_id, job_id).await?,
    };
    Ok((earlier, lists))
}

async fn rebuilt<T: PublishedTable>(
    deps: &Deps,
    table: &T,
    supplier_id: &SupplierId,
    published: Option<JobId>,
) -> Result<Earlier, StoreError> {
    tracing::error!(%supplier_id, ?published, "the snapshot of an earlier list is gone; reading the table instead");
    let snapshot = table.stored().await?;
    let search = match published {
        Some(job_id) => search_text(deps, supplier_id, job_id).await?,
        None => None,
    };
    Ok(Earlier {
        job_id: published,
        list: previous_list::<T::Entry>(&snapshot)?,
        snapshot: snapshot.into(),
        search,
    })
}

/// The search text of the published list. One that cannot be read costs the times of earlier changes, no more.
async fn search_text(deps: &Deps, supplier_id: &SupplierId, job_id: JobId) -> Result<Option<SearchText>, StoreError> {
    let Some(bytes) = deps.files.search(supplier_id, job_id).await? else {
        return Ok(None);
    };
    match SearchText::from_bytes(&bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            tracing::warn!(%supplier_id, %job_id, %error, "the search text is passed over");
            Ok(None)
        }
    }
}
