//! What a deployment learned of its accept threshold: the calibration in force, the versions before it, and what it is learned
//! from besides decisions.

use bytes::Bytes;
use domain::{JobId, SupplierId};

use crate::{
    Files, StoreError, Swapped,
    files::{ETag, Versioned},
};

/// What `analyze` matches by; it is not there while the built-in threshold holds.
const IN_FORCE_KEY: &str = "catalogue/calibration.json";

/// Every version that was learned, and who put which in force when.
const HISTORY_KEY: &str = "catalogue/calibrations.json";

impl Files {
    /// The calibration in force; none while the built-in threshold holds.
    ///
    /// # Errors
    /// The call failed.
    pub async fn calibration(&self) -> Result<Option<Bytes>, StoreError> {
        self.get_optional(IN_FORCE_KEY, "reading the calibration").await
    }

    /// Puts a calibration in force.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_calibration(&self, json: Vec<u8>) -> Result<(), StoreError> {
        self.put(IN_FORCE_KEY, json, "application/json", "writing the calibration")
            .await
    }

    /// Lets the built-in threshold hold again.
    ///
    /// # Errors
    /// The call failed.
    pub async fn remove_calibration(&self) -> Result<(), StoreError> {
        self.delete(IN_FORCE_KEY).await
    }

    /// The versions of the calibration; none before the first.
    ///
    /// # Errors
    /// The call failed.
    pub async fn calibration_history(&self) -> Result<Option<Versioned>, StoreError> {
        self.get_versioned(HISTORY_KEY, "reading the calibration's history")
            .await
    }

    /// Stores the versions of the calibration, if they are still those that were read: those of `before`, or none.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_calibration_history(&self, before: Option<&ETag>, json: Vec<u8>) -> Result<Swapped, StoreError> {
        let operation = "writing the calibration's history";
        self.replace(HISTORY_KEY, before, json, "application/json", operation)
            .await
    }

    /// Stores the accept scores of what a job's list accepted without a person: `results/{supplier_id}/{job_id}.accepted.json`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_accepted_scores(
        &self,
        supplier: &SupplierId,
        job: JobId,
        json: Vec<u8>,
    ) -> Result<(), StoreError> {
        let operation = "writing accepted scores";
        self.put(&accepted_key(supplier, job), json, "application/json", operation)
            .await
    }

    /// The accept scores of what a job's list accepted; none for a job of a time when they were not written.
    ///
    /// # Errors
    /// The call failed.
    pub async fn accepted_scores(&self, supplier: &SupplierId, job: JobId) -> Result<Option<Bytes>, StoreError> {
        self.get_optional(&accepted_key(supplier, job), "reading accepted scores")
            .await
    }
}

fn accepted_key(supplier: &SupplierId, job: JobId) -> String {
    format!("results/{supplier}/{job}.accepted.json")
}
