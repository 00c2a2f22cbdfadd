//! The buyer's catalogue: taken in like a list, loaded for matching.

use std::sync::{Arc, PoisonError};

use domain::{JobError, JobId, Product, Summary, SupplierId};
use jiff::Timestamp;
use matching::{CatalogueIndex, products_from_items};
use pricelist::Reading;
use store::{HeldJob, SnapshotEntry, SnapshotReader, SnapshotWriter, StoreError};

use crate::{
    Deps,
    ending::Ending,
    new_list::NewList,
    outcome::Outcome,
    publishing::{Products, publish},
};

/// Makes products of the items of `reading`, builds the matching index, and publishes what changed.
///
/// # Errors
/// See [`Ending`].
pub(crate) async fn take_catalogue(
    deps: &Deps,
    held: &mut HeldJob,
    reading: Reading,
    lease_until: Timestamp,
) -> Result<Outcome, Ending> {
    let (products, refused) = products_from_items(&reading.items);
    if products.is_empty() {
        let message =
            "No products were found in the catalogue file. It needs a name for each product, and a code of yours.";
        return Err(JobError::in_file("no_products", message).into());
    }
    let mut summary = Summary {
        items: products.len() as u64,
        errors: (reading.errors.len() + refused.len()) as u64,
        ..Summary::default()
    };
    let mut writer = SnapshotWriter::new()?;
    for product in &products {
        writer.push(&SnapshotEntry {
            key: product.product_id.to_string(),
            published: product.clone(),
            extra: (),
        })?;
    }
    let (snapshot, fingerprints) = writer.finish()?;
    deps.files
        .put_index(held.job().job_id, build(products.clone()).await?.to_bytes())
        .await?;
    if let Some(embedding) = &deps.embedding {
        let before = deps.suppliers.publication().published(&SupplierId::catalogue()).await?;
        let used = embedding
            .take_catalogue(&deps.files, held.job().job_id, before, &products)
            .await?;
        held.note_embeddings(used, deps.clock.now()).await?;
    }
    let list = NewList {
        snapshot: &snapshot,
        fingerprints: &fingerprints,
        counts: (&summary).into(),
        guards: None,
    };
    let written = publish(deps, held.job(), &list, lease_until, &Products(&deps.catalogue)).await?;
    let hold_reasons = written.note(&mut summary);
    Ok(Outcome { summary, hold_reasons })
}

/// The index of the published catalogue, with its version; an empty one before the first. An environment keeps the one it
/// loaded last.
///
/// # Errors
/// Our own stores failed.
pub(crate) async fn load_index(deps: &Deps) -> Result<(Option<JobId>, Arc<CatalogueIndex>), Ending> {
    let catalogue = SupplierId::catalogue();
    let Some(version) = deps.suppliers.publication().published(&catalogue).await? else {
        return Ok((None, Arc::new(build(Vec::new()).await?)));
    };
    let kept = deps.loaded_index.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, index)) = kept.filter(|(kept, _)| *kept == version) {
        return Ok((Some(version), index));
    }
    let index = Arc::new(fetch_index(deps, &catalogue, version).await?);
    *deps.loaded_index.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, Arc::clone(&index)));
    Ok((Some(version), index))
}

/// The stored index, or one built anew from the snapshot when the stored one is of an older code version or gone.
async fn fetch_index(deps: &Deps, catalogue: &SupplierId, version: JobId) -> Result<CatalogueIndex, Ending> {
    if let Some(bytes) = deps.files.index(version).await? {
        match CatalogueIndex::from_bytes(&bytes) {
            Ok(index) => return Ok(index),
            Err(error) => tracing::warn!(%version, %error, "the stored index cannot be read; building it anew"),
        }
    }
    let missing = || StoreError::Missing {
        what: format!("the snapshot of catalogue {version}"),
    };
    let snapshot = deps.files.snapshot(catalogue, version).await?.ok_or_else(missing)?;
    let products = SnapshotReader::<Product, ()>::new(&snapshot)?
        .map(|entry| Ok(entry?.published))
        .collect::<Result<Vec<_>, StoreError>>()?;
    build(products).await
}

async fn build(products: Vec<Product>) -> Result<CatalogueIndex, Ending> {
    tokio::task::spawn_blocking(move || CatalogueIndex::build(products))
        .await
        .map_err(|panic| {
            tracing::error!(%panic, "building the catalogue index panicked");
            JobError::new(
                "index_failed",
                "The catalogue could not be indexed. Send the file to whoever keeps this installation.",
            )
            .into()
        })
}
