//! A job as the API and the pages show it.

use jiff::Timestamp;
use serde::Serialize;

use super::{AnalysisProgress, DownloadProgress, Job, Phase, Summary, Trigger};
use crate::{AnalysisPath, FileFacts, HeldResult, JobId, RemoteAnalysis, ShadowSummary, SupplierId};

/// A job as the API and the pages show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[allow(missing_docs, reason = "the fields are those of `Job`")]
pub struct IngestionJob {
    pub job_id: JobId,
    pub phase: Phase,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub download_progress: Option<DownloadProgress>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub analysis_progress: Option<AnalysisProgress>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<String>,
    pub can_retry: bool,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error_code: Option<String>,
    pub supplier_id: SupplierId,
    pub trigger: Trigger,
    pub path: AnalysisPath,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub remote: Option<RemoteAnalysis>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub shadow: Option<ShadowSummary>,
    pub retry_count: u32,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub file: Option<FileFacts>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub summary: Option<Summary>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub held: Option<HeldResult>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub analyzing_at: Option<Timestamp>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub matching_at: Option<Timestamp>,
    #[cfg_attr(feature = "openapi", schema(required))]
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for IngestionJob {
    fn from(job: Job) -> Self {
        let can_retry = job.can_retry();
        let (error_code, error) = job.error.map(|error| (error.code, error.message)).unzip();
        Self {
            job_id: job.job_id,
            phase: job.phase,
            download_progress: job.download_progress,
            analysis_progress: job.analysis_progress,
            error,
            can_retry,
            error_code,
            supplier_id: job.supplier_id,
            trigger: job.trigger,
            path: job.path,
            remote: job.remote,
            shadow: job.shadow,
            retry_count: job.retry_count,
            file: job.file,
            summary: job.summary,
            held: job.held,
            created_at: job.created_at,
            updated_at: job.updated_at,
            analyzing_at: job.analyzing_at,
            matching_at: job.matching_at,
            finished_at: job.finished_at,
        }
    }
}
