//! Analyses made for others: what became of each, its items and its report, in the bucket under `analyses/{job_id}/`.

use std::time::Duration;

use domain::{AnalysisStatus, JobId};
use jiff::Timestamp;

use crate::{Files, StoreError, files::presigning};

/// The analyses of a bucket. S3 removes them after a day.
#[derive(Debug, Clone, Copy)]
pub struct Analyses<'a> {
    files: &'a Files,
}

/// A file that an analysis leaves for its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnalysisFile {
    /// The items, one JSON object a line.
    Items,
    /// How the file was read.
    Report,
}

impl AnalysisFile {
    fn key(self, job_id: JobId) -> String {
        match self {
            Self::Items => format!("analyses/{job_id}/items.jsonl"),
            Self::Report => format!("analyses/{job_id}/report.json"),
        }
    }
}

fn status_key(job_id: JobId) -> String {
    format!("analyses/{job_id}/status.json")
}

impl Files {
    /// Analyses made for others.
    pub fn analyses(&self) -> Analyses<'_> {
        Analyses { files: self }
    }
}

impl Analyses<'_> {
    /// Writes where an analysis stands.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put_status(&self, job_id: JobId, status: &AnalysisStatus) -> Result<(), StoreError> {
        let json = serde_json::to_vec(status).map_err(|error| StoreError::corrupt("a new status", error))?;
        let key = status_key(job_id);
        self.files
            .put(&key, json, "application/json", "writing an analysis's status")
            .await
    }

    /// Where an analysis stands; none when there is no such analysis (any more).
    ///
    /// # Errors
    /// The call failed, or the status cannot be read.
    pub async fn status(&self, job_id: JobId) -> Result<Option<AnalysisStatus>, StoreError> {
        let key = status_key(job_id);
        let json = self.files.get_optional(&key, "reading an analysis's status").await?;
        json.map(|json| serde_json::from_slice(&json).map_err(|error| StoreError::corrupt(key, error)))
            .transpose()
    }

    /// Writes a file of an analysis.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put(&self, job_id: JobId, file: AnalysisFile, bytes: Vec<u8>) -> Result<(), StoreError> {
        let key = file.key(job_id);
        self.files
            .put(&key, bytes, "application/json", "writing an analysis's result")
            .await
    }

    /// A GET of a file of an analysis that its caller can make without credentials, good for `lifetime`.
    ///
    /// # Errors
    /// Signing failed (no credentials).
    pub async fn presign(
        &self,
        job_id: JobId,
        file: AnalysisFile,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let signed = self
            .files
            .signer()
            .get_object()
            .bucket(self.files.bucket())
            .key(file.key(job_id))
            .presigned(presigning(lifetime, now)?)
            .await
            .map_err(StoreError::call("signing a result's address"))?;
        Ok(signed.uri().to_owned())
    }
}
