//! A job in a worker's hands.

use domain::{
    AnalysisPath, AnalysisProgress, DownloadProgress, EmbeddingsUse, FileFacts, HoldReason, Job, JobError, JobId,
    Refused, RemoteAnalysis, ShadowSummary, Summary,
};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::{Jobs, StoreError, Suppliers, Swapped};

/// Progress is written at most this often. Pages read on a two-second poll, so it is never over four seconds old.
const PROGRESS_EVERY: SignedDuration = SignedDuration::from_secs(2);

/// A job that this worker has taken. Every change is a compare-and-swap under the fence that it took the job with; once
/// one is refused the job is somebody else's, and the worker has to stop.
#[derive(Debug)]
pub struct HeldJob {
    jobs: Jobs,
    suppliers: Suppliers,
    job: Job,
    progress_at: Timestamp,
}

/// What came of trying to take a job.
#[derive(Debug)]
pub enum Taken {
    /// It is this worker's.
    Held(Box<HeldJob>),
    /// There is no such job (any more).
    Gone,
    /// It is not to be had; the message is done with.
    Refused(Refused),
    /// Another worker took it in the same moment.
    Lost,
}

/// Why a change of a held job was not made.
#[derive(Debug, Error)]
pub enum HeldError {
    /// The job was taken over, retried or ended by another; whatever this worker does now is void.
    #[error("the job is no longer this worker's")]
    Lost,
    /// The contract has no such step: a fault in the worker.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The call failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Jobs {
    /// Takes a job by `start`, one of the domain's starting steps.
    ///
    /// # Errors
    /// A call failed.
    pub async fn take(
        &self,
        suppliers: &Suppliers,
        job_id: JobId,
        now: Timestamp,
        start: impl FnOnce(&Job) -> Result<Job, Refused>,
    ) -> Result<Taken, StoreError> {
        let Some(stored) = self.get(job_id, now).await? else {
            return Ok(Taken::Gone);
        };
        let job = match start(&stored) {
            Ok(job) => job,
            Err(refused) => return Ok(Taken::Refused(refused)),
        };
        match self.swap(&stored, &job).await? {
            Swapped::Applied => Ok(Taken::Held(Box::new(HeldJob {
                jobs: self.clone(),
                suppliers: suppliers.clone(),
                job,
                progress_at: now,
            }))),
            Swapped::Conflict => Ok(Taken::Lost),
        }
    }
}

impl HeldJob {
    /// The job as last written.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Notes the download's progress, if the last note is two seconds old.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_download(&mut self, progress: DownloadProgress, now: Timestamp) -> Result<(), HeldError> {
        if !self.is_time(now) {
            return Ok(());
        }
        self.write(Job {
            download_progress: Some(progress),
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes what was received. It is written before the file becomes visible, since from then on the job is the
    /// analysis's.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_file(&mut self, file: FileFacts, now: Timestamp) -> Result<(), HeldError> {
        let download_progress = Some(DownloadProgress::done(file.size));
        self.write(Job {
            file: Some(file),
            download_progress,
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes the matching's progress, if the last note is two seconds old.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_matching(&mut self, items_processed: u64, now: Timestamp) -> Result<(), HeldError> {
        let Some(progress) = self.job.analysis_progress.filter(|_| self.is_time(now)) else {
            return Ok(());
        };
        let analysis_progress = Some(AnalysisProgress {
            items_processed,
            ..progress
        });
        self.write(Job {
            analysis_progress,
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes whether vectors of an embedding server are used.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_embeddings(&mut self, embeddings: EmbeddingsUse, now: Timestamp) -> Result<(), HeldError> {
        self.write(Job {
            embeddings: Some(embeddings),
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes the way through analysis.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_path(&mut self, path: AnalysisPath, now: Timestamp) -> Result<(), HeldError> {
        if self.job.path == path {
            return Ok(());
        }
        self.write(Job {
            path,
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes how far another service's reading is, if the last note is two seconds old.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_reading(&mut self, progress: AnalysisProgress, now: Timestamp) -> Result<(), HeldError> {
        if !self.is_time(now) || self.job.analysis_progress == Some(progress) {
            return Ok(());
        }
        self.write(Job {
            analysis_progress: Some(progress),
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes the part of another service in the analysis.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_remote(&mut self, remote: RemoteAnalysis, now: Timestamp) -> Result<(), HeldError> {
        self.write(Job {
            remote: Some(remote),
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// Notes how a second way would have read the list.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn note_shadow(&mut self, shadow: ShadowSummary, now: Timestamp) -> Result<(), HeldError> {
        self.write(Job {
            shadow: Some(shadow),
            updated_at: now,
            ..self.job.clone()
        })
        .await
    }

    /// The file is read; goes on to matching.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn start_matching(&mut self, items_total: u64, now: Timestamp) -> Result<(), HeldError> {
        let next = self.job.start_matching(items_total, now)?;
        self.write(next).await
    }

    /// Ends the job with a result and frees the supplier's slot.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn complete(mut self: Box<Self>, summary: Summary, now: Timestamp) -> Result<(), HeldError> {
        let done = Job {
            analysis_progress: Some(AnalysisProgress {
                items_processed: summary.items,
                items_total: summary.items,
            }),
            ..self.job.complete(summary, now)?
        };
        self.write(done).await?;
        self.free_slot().await
    }

    /// Ends the job since its list is one that is published or rejected already, and frees the supplier's slot. `before` is
    /// the job that brought it.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn complete_unchanged(
        mut self: Box<Self>,
        before: Option<&Job>,
        now: Timestamp,
    ) -> Result<(), HeldError> {
        let done = self.job.complete_unchanged(before, now)?;
        self.write(done).await?;
        self.free_slot().await
    }

    /// Ends the job with a result that waits for a person, and frees the supplier's slot.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn hold(
        mut self: Box<Self>,
        summary: Summary,
        reasons: Vec<HoldReason>,
        now: Timestamp,
    ) -> Result<(), HeldError> {
        let held = self.job.hold(summary, reasons, now)?;
        self.write(held).await?;
        self.free_slot().await
    }

    /// Ends the publication of an approved result.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn published(mut self: Box<Self>, summary: Summary, now: Timestamp) -> Result<(), HeldError> {
        let published = self.job.published(summary, now)?;
        self.write(published).await
    }

    /// Ends the publication of an approved result before which a newer list was published.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn superseded(mut self: Box<Self>, now: Timestamp) -> Result<(), HeldError> {
        let superseded = self.job.supersede(now)?;
        self.write(superseded).await
    }

    /// Ends the job without a result and frees the supplier's slot.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn fail(mut self: Box<Self>, error: JobError, now: Timestamp) -> Result<(), HeldError> {
        let failed = self.job.fail(error, now)?;
        self.write(failed).await?;
        self.free_slot().await
    }

    /// Gives the job up, so that the redelivered message can go on at once.
    ///
    /// # Errors
    /// See [`HeldError`].
    pub async fn release(mut self: Box<Self>, now: Timestamp) -> Result<(), HeldError> {
        let released = self.job.released(now);
        self.write(released).await
    }

    fn is_time(&self, now: Timestamp) -> bool {
        now.duration_since(self.progress_at) >= PROGRESS_EVERY
    }

    async fn write(&mut self, next: Job) -> Result<(), HeldError> {
        match self.jobs.swap(&self.job, &next).await? {
            Swapped::Applied => {
                self.progress_at = next.updated_at;
                self.job = next;
                Ok(())
            }
            Swapped::Conflict => Err(HeldError::Lost),
        }
    }

    async fn free_slot(&self) -> Result<(), HeldError> {
        Ok(self.suppliers.end_fetch(&self.job).await?)
    }
}
