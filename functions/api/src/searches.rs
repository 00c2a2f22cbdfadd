//! The search texts of published lists, kept while they are the published ones.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{JobId, Product, Supplier, SupplierId};
use store::{Publishable, PublishedItem, SearchText, StoreError};

use crate::Deps;

/// Bytes of search texts that an environment keeps: over a million items, and a third of the function's memory.
const BUDGET: usize = 160 << 20;

/// The search texts that this environment has loaded.
#[derive(Debug, Default)]
pub struct Searches {
    loaded: Mutex<HashMap<SupplierId, Loaded>>,
}

#[derive(Debug, Clone)]
struct Loaded {
    job_id: JobId,
    text: Arc<SearchText>,
}

impl Searches {
    /// The search text of the supplier's published list; none when nothing is published.
    ///
    /// # Errors
    /// A call failed, or the stored text cannot be read.
    pub(crate) async fn text(&self, deps: &Deps, supplier: &Supplier) -> Result<Option<Arc<SearchText>>, StoreError> {
        let Some(job_id) = supplier.published_job else {
            return Ok(None);
        };
        if let Some(text) = self.kept(&supplier.supplier_id, job_id) {
            return Ok(Some(text));
        }
        let text = Arc::new(load::<PublishedItem>(deps, &supplier.supplier_id, job_id).await?);
        self.keep(&supplier.supplier_id, job_id, &text);
        Ok(Some(text))
    }

    /// The search text of the published catalogue; none before the first.
    ///
    /// # Errors
    /// A call failed, or the stored text cannot be read.
    pub(crate) async fn catalogue(&self, deps: &Deps) -> Result<Option<Arc<SearchText>>, StoreError> {
        let catalogue = SupplierId::catalogue();
        let Some(job_id) = deps.suppliers.publication().published(&catalogue).await? else {
            return Ok(None);
        };
        if let Some(text) = self.kept(&catalogue, job_id) {
            return Ok(Some(text));
        }
        let text = Arc::new(load::<Product>(deps, &catalogue, job_id).await?);
        self.keep(&catalogue, job_id, &text);
        Ok(Some(text))
    }

    fn kept(&self, supplier_id: &SupplierId, job_id: JobId) -> Option<Arc<SearchText>> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = loaded.get(supplier_id).filter(|kept| kept.job_id == job_id)?;
        Some(Arc::clone(&kept.text))
    }

    /// Keeps the text, and gives up others when they become too many.
    fn keep(&self, supplier_id: &SupplierId, job_id: JobId, text: &Arc<SearchText>) {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.remove(supplier_id);
        let mut size: usize = loaded.values().map(|kept| kept.text.size()).sum();
        while size + text.size() > BUDGET {
            let Some(largest) = loaded
                .iter()
                .max_by_key(|(_, kept)| kept.text.size())
                .map(|(supplier_id, _)| supplier_id.clone())
            else {
                break;
            };
            size -= loaded.remove(&largest).map_or(0, |given_up| given_up.text.size());
        }
        let text = Arc::clone(text);
        loaded.insert(supplier_id.clone(), Loaded { job_id, text });
    }
}

async fn load<P: Publishable>(deps: &Deps, supplier_id: &SupplierId, job_id: JobId) -> Result<SearchText, StoreError> {
    if let Some(bytes) = deps.files.search(supplier_id, job_id).await? {
        return SearchText::from_bytes(&bytes);
    }
    // A list published before search texts were stored.
    let missing = || StoreError::Missing {
        what: format!("the snapshot of {supplier_id}'s job {job_id}"),
    };
    let snapshot = deps.files.snapshot(supplier_id, job_id).await?.ok_or_else(missing)?;
    SearchText::of_snapshot::<P>(&snapshot, job_id)
}
