//! What is known of the list that is published, or that was rejected, so that the same one is not read again.

use domain::{FileState, Job, JobId, LastFetch, Md5, Supplier, SupplierId};
use jiff::Timestamp;
use store::StoreError;

use crate::Deps;

/// The known list as it was fetched, if it may be compared with; and what a new fetch is noted with.
pub(crate) struct Known {
    supplier_id: SupplierId,
    settings_at: Timestamp,
    catalogue: Option<JobId>,
    last: Option<LastFetch>,
}

impl Known {
    /// Looks it up. A job that is forced, and one whose settings or catalogue are others than those of the published list,
    /// compares with nothing.
    pub(crate) async fn of(deps: &Deps, supplier: &Supplier, job: &Job) -> Result<Self, StoreError> {
        let catalogue = deps.suppliers.publication().published(&SupplierId::catalogue()).await?;
        Ok(Self {
            supplier_id: supplier.supplier_id.clone(),
            settings_at: supplier.updated_at,
            catalogue,
            last: supplier.comparable_fetch(catalogue).filter(|_| !job.force).cloned(),
        })
    }

    /// The state in which the source need not send its file.
    pub(crate) fn state(&self) -> Option<FileState> {
        self.last.as_ref().map(|last| last.state.clone())
    }

    /// The job that brought the known list.
    pub(crate) fn brought_by(&self) -> Option<JobId> {
        self.last.as_ref().map(|last| last.job_id)
    }

    /// Whether these bytes are the known list.
    pub(crate) fn is(&self, md5: Md5) -> bool {
        self.last.as_ref().is_some_and(|last| last.md5 == md5)
    }

    /// Notes what `job` fetched.
    pub(crate) async fn note(
        &self,
        deps: &Deps,
        job: &Job,
        md5: Md5,
        state: FileState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let fetch = LastFetch {
            job_id: job.job_id,
            fetched_at: now,
            md5,
            settings_at: self.settings_at,
            catalogue: self.catalogue,
            state,
        };
        deps.suppliers.note_fetch(&self.supplier_id, &fetch).await
    }

    /// Notes that the known list came once more: the source may have told it by another state.
    pub(crate) async fn note_again(&self, deps: &Deps, state: FileState) -> Result<(), StoreError> {
        match &self.last {
            Some(last) if last.state != state => {
                let fetch = LastFetch { state, ..last.clone() };
                deps.suppliers.note_fetch(&self.supplier_id, &fetch).await
            }
            _ => Ok(()),
        }
    }
}
