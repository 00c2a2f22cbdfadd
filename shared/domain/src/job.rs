//! A job: one price list on its way from its source to the published items.

mod ingestion_job;
mod job_error;
mod phase;
mod progress;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::{
    ingestion_job::IngestionJob,
    job_error::JobError,
    phase::{Fence, Phase},
    progress::{AnalysisProgress, DownloadProgress, Summary},
};
use crate::{
    AnalysisPath, ChangeCounts, FileFacts, HELD_RETENTION, HeldResult, HeldState, JobId, RawKey, RemoteAnalysis,
    ShadowSummary, SupplierId,
};

/// How often a failed job may be started again.
pub const MAX_RETRIES: u32 = 3;

/// How long a job's record is kept after its last change.
pub const JOB_RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What started a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The supplier was due.
    Schedule,
    /// "Sync now".
    Manual,
    /// A file was announced.
    Upload,
    /// "Match again": the published items are matched anew, and nothing is fetched or read.
    MatchAgain,
}

/// Whether the list was matched by vectors of an embedding server too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingsUse {
    /// It was.
    Used,
    /// The server failed; words alone were compared.
    FellBack,
}

/// A job's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Which job.
    pub job_id: JobId,
    /// Whose list.
    pub supplier_id: SupplierId,
    /// Where it stands.
    pub phase: Phase,
    /// Raised at each start and retry.
    pub fence: Fence,
    /// Until when a worker holds it; none when nobody does.
    #[serde(default)]
    pub lease_until: Option<Timestamp>,
    /// What started it.
    pub trigger: Trigger,
    /// Which way through analysis: the one that is meant, until it is gone.
    #[serde(default)]
    pub path: AnalysisPath,
    /// Whether its uploader wants it read by inference, or by the supplier's fixed columns; none: as the supplier's
    /// settings say.
    #[serde(default)]
    pub process_via_ml: Option<bool>,
    /// How a second way would have read the list.
    #[serde(default)]
    pub shadow: Option<ShadowSummary>,
    /// How often it was started again. Messages and files carry it, so that those of an earlier attempt are known.
    pub retry_count: u32,
    /// Fetches and reads the list whole, even if it is the published one.
    #[serde(default)]
    pub force: bool,
    /// How far the download is.
    #[serde(default)]
    pub download_progress: Option<DownloadProgress>,
    /// How far matching is.
    #[serde(default)]
    pub analysis_progress: Option<AnalysisProgress>,
    /// Whether vectors of an embedding server were used; none where no server is named, and before matching.
    #[serde(default)]
    pub embeddings: Option<EmbeddingsUse>,
    /// The part of an ml-analyze service; none where none is asked.
    #[serde(default)]
    pub remote: Option<RemoteAnalysis>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<JobError>,
    /// The received file.
    #[serde(default)]
    pub file: Option<FileFacts>,
    /// What came of it.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Why its result was held back, and what came of that; none for one that was published at once.
    #[serde(default)]
    pub held: Option<HeldResult>,
    /// The upload in parts by which an announced file arrives, if it does not arrive whole.
    #[serde(default)]
    pub upload_id: Option<String>,
    /// Until when an announced upload may arrive.
    #[serde(default)]
    pub upload_expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the reading of its file last began.
    #[serde(default)]
    pub analyzing_at: Option<Timestamp>,
    /// When its items were read, and matching began.
    #[serde(default)]
    pub matching_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
}

/// Why a change was not applied. None of these is a fault: they are what makes duplicates and latecomers harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// The contract has no such step.
    #[error("a job that is {from} cannot become {to}")]
    Phase {
        /// Where the job stands.
        from: Phase,
        /// What was asked.
        to: Phase,
    },
    /// The message or file belongs to another attempt.
    #[error("it belongs to attempt {asked}; the job is at attempt {current}")]
    Attempt {
        /// The message's attempt.
        asked: u32,
        /// The job's.
        current: u32,
    },
    /// Another worker holds the job.
    #[error("another worker holds the job until {until}")]
    Held {
        /// End of that worker's lease.
        until: Timestamp,
    },
    /// The file is not the one that the job brought or announced.
    #[error("the file is not the job's")]
    OtherFile,
    /// No retry is left.
    #[error("it was retried {MAX_RETRIES} times already")]
    RetriesUsedUp,
    /// Its result was not held back.
    #[error("its result is not held")]
    NotHeld,
    /// Its held result is decided on already.
    #[error("its held result is {state:?} already")]
    Decided {
        /// What was decided.
        state: HeldState,
    },
}

impl Job {
    /// A new job that fetches a supplier's list.
    pub fn to_fetch(supplier_id: SupplierId, trigger: Trigger, now: Timestamp) -> Self {
        Self {
            job_id: JobId::new(now),
            supplier_id,
            phase: Phase::Downloading,
            fence: Fence::default(),
            lease_until: None,
            trigger,
            path: AnalysisPath::Ml,
            process_via_ml: None,
            shadow: None,
            retry_count: 0,
            force: false,
            download_progress: None,
            analysis_progress: None,
            embeddings: None,
            remote: None,
            error: None,
            file: None,
            summary: None,
            held: None,
            upload_id: None,
            upload_expires_at: None,
            created_at: now,
            updated_at: now,
            analyzing_at: None,
            matching_at: None,
            finished_at: None,
        }
    }

    /// A new job that awaits an announced file until `expires_at`.
    pub fn to_receive(supplier_id: SupplierId, file: FileFacts, expires_at: Timestamp, now: Timestamp) -> Self {
        Self {
            file: Some(file),
            upload_expires_at: Some(expires_at),
            ..Self::to_fetch(supplier_id, Trigger::Upload, now)
        }
    }

    /// A new job that matches a supplier's published items again.
    pub fn to_match_again(supplier_id: SupplierId, now: Timestamp) -> Self {
        Self::to_fetch(supplier_id, Trigger::MatchAgain, now)
    }

    /// Where the received file is, once its name is known.
    pub fn raw_key(&self) -> Option<RawKey> {
        let file_name = self.file.as_ref()?.name.clone();
        Some(RawKey {
            supplier_id: self.supplier_id.clone(),
            job_id: self.job_id,
            file_name,
        })
    }

    /// Whether an admin may start it again.
    pub fn can_retry(&self) -> bool {
        self.phase == Phase::Failed && self.retry_count < MAX_RETRIES
    }

    /// Whether its record is past its time. DynamoDB removes such records late.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at() <= now
    }

    /// When its record may go.
    pub fn expires_at(&self) -> Timestamp {
        let kept = if self.is_waiting() {
            HELD_RETENTION
        } else {
            JOB_RETENTION
        };
        self.updated_at.checked_add(kept).unwrap_or(Timestamp::MAX)
    }

    /// Takes the job in hand to fetch its file, holding it until `lease_until`.
    ///
    /// # Errors
    /// Not downloading, another attempt, or held by another worker.
    pub fn start_download(&self, attempt: u32, lease_until: Timestamp, now: Timestamp) -> Result<Self, Refused> {
        self.check_attempt(attempt)?;
        if self.phase != Phase::Downloading {
            return Err(Refused::Phase {
                from: self.phase,
                to: Phase::Downloading,
            });
        }
        self.check_lease(now)?;
        Ok(Self {
            fence: self.fence.raised(),
            lease_until: Some(lease_until),
            updated_at: now,
            ..self.clone()
        })
    }

    /// Takes the job in hand to read its file. The arrived file ends the download, whoever held it; an analysis whose
    /// worker is gone is begun again.
    ///
    /// # Errors
    /// Already ended, another attempt, or held by another analysis.
    pub fn start_analysis(&self, attempt: u32, lease_until: Timestamp, now: Timestamp) -> Result<Self, Refused> {
        self.check_attempt(attempt)?;
        match self.phase {
            Phase::Downloading => {}
            Phase::Analyzing | Phase::Matching => self.check_lease(now)?,
            from => {
                return Err(Refused::Phase {
                    from,
                    to: Phase::Analyzing,
                });
            }
        }
        Ok(Self {
            phase: Phase::Analyzing,
            fence: self.fence.raised(),
            lease_until: Some(lease_until),
            analysis_progress: None,
            analyzing_at: Some(now),
            matching_at: None,
            updated_at: now,
            ..self.clone()
        })
    }

    /// The file is read: `items_total` items go on to matching.
    ///
    /// # Errors
    /// Not analyzing.
    pub fn start_matching(&self, items_total: u64, now: Timestamp) -> Result<Self, Refused> {
        let progress = AnalysisProgress {
            items_processed: 0,
            items_total,
        };
        Ok(Self {
            analysis_progress: Some(progress),
            matching_at: Some(now),
            ..self.moved(Phase::Matching, now)?
        })
    }

    /// Ends the job with a result.
    ///
    /// # Errors
    /// Not matching.
    pub fn complete(&self, summary: Summary, now: Timestamp) -> Result<Self, Refused> {
        if self.phase != Phase::Matching {
            return Err(Refused::Phase {
                from: self.phase,
                to: Phase::Complete,
            });
        }
        self.completed(summary, now)
    }

    /// Ends the job without reading its list, since that is the one that a job `before` brought, which was published or
    /// rejected; a rejection stands for this one too.
    ///
    /// # Errors
    /// Not downloading.
    pub fn complete_unchanged(&self, before: Option<&Self>, now: Timestamp) -> Result<Self, Refused> {
        if self.phase != Phase::Downloading {
            return Err(Refused::Phase {
                from: self.phase,
                to: Phase::Complete,
            });
        }
        let summary = Summary {
            added: 0,
            changed: 0,
            discontinued: 0,
            changes: ChangeCounts::default(),
            unchanged: true,
            ..before.and_then(|job| job.summary).unwrap_or_default()
        };
        let held = before.and_then(|job| job.held.clone());
        Ok(Self {
            held: held.filter(|held| held.state == HeldState::Rejected),
            ..self.completed(summary, now)?
        })
    }

    fn completed(&self, summary: Summary, now: Timestamp) -> Result<Self, Refused> {
        let done = self.moved(Phase::Complete, now)?;
        Ok(Self {
            summary: Some(summary),
            lease_until: None,
            finished_at: Some(now),
            ..done
        })
    }

    /// Ends the job without a result.
    ///
    /// # Errors
    /// It has ended already.
    pub fn fail(&self, error: JobError, now: Timestamp) -> Result<Self, Refused> {
        let failed = self.moved(Phase::Failed, now)?;
        Ok(Self {
            error: Some(error),
            lease_until: None,
            finished_at: Some(now),
            ..failed
        })
    }

    /// Starts a failed job again at the download phase.
    ///
    /// # Errors
    /// Not failed, or no retry left.
    pub fn retry(&self, now: Timestamp) -> Result<Self, Refused> {
        let again = self.moved(Phase::Downloading, now)?;
        // An upload has no other bytes to offer; a fetched file that could not be read is fetched anew.
        let is_reusable = self.trigger == Trigger::Upload || self.error.as_ref().is_none_or(|error| !error.about_file);
        if self.retry_count >= MAX_RETRIES {
            return Err(Refused::RetriesUsedUp);
        }
        Ok(Self {
            fence: self.fence.raised(),
            retry_count: self.retry_count + 1,
            download_progress: None,
            analysis_progress: None,
            embeddings: None,
            remote: None,
            error: None,
            file: self.file.clone().filter(|_| is_reusable),
            summary: None,
            shadow: None,
            upload_expires_at: None,
            analyzing_at: None,
            matching_at: None,
            finished_at: None,
            ..again
        })
    }

    /// Gives up the lease, so that a redelivered message can go on at once.
    pub fn released(&self, now: Timestamp) -> Self {
        Self {
            lease_until: None,
            updated_at: now,
            ..self.clone()
        }
    }

    fn moved(&self, next: Phase, now: Timestamp) -> Result<Self, Refused> {
        if self.phase.may_become(next) {
            Ok(Self {
                phase: next,
                updated_at: now,
                ..self.clone()
            })
        } else {
            Err(Refused::Phase {
                from: self.phase,
                to: next,
            })
        }
    }

    fn check_attempt(&self, asked: u32) -> Result<(), Refused> {
        if asked == self.retry_count {
            Ok(())
        } else {
            Err(Refused::Attempt {
                asked,
                current: self.retry_count,
            })
        }
    }

    pub(crate) fn check_lease(&self, now: Timestamp) -> Result<(), Refused> {
        match self.lease_until {
            Some(until) if until > now => Err(Refused::Held { until }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn job() -> Job {
        Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(0))
    }

    #[test]
    fn a_job_goes_through_its_phases() {
        let job = job().start_download(0, at(60), at(1)).unwrap();
        let job = job.start_analysis(0, at(90), at(2)).unwrap();
        let job = job.start_matching(3, at(3)).unwrap();
        let job = job
            .complete(
                Summary {
                    items: 3,
                    ..Summary::default()
                },
                at(4),
            )
            .unwrap();
        assert_eq!(
            (job.phase, job.fence.count(), job.finished_at),
            (Phase::Complete, 2, Some(at(4)))
        );
        assert!(!job.can_retry());
    }

    #[test]
    fn an_unchanged_list_completes_the_download_and_nothing_else_does() {
        let downloading = job().start_download(0, at(60), at(1)).unwrap();
        assert!(downloading.complete(Summary::default(), at(2)).is_err());
        let before = Job {
            summary: Some(Summary {
                items: 3,
                changed: 2,
                ..Summary::default()
            }),
            ..job()
        };
        let done = downloading.complete_unchanged(Some(&before), at(2)).unwrap();
        let summary = done.summary.unwrap();
        assert_eq!(
            (
                done.phase,
                done.lease_until,
                summary.items,
                summary.changed,
                summary.unchanged
            ),
            (Phase::Complete, None, 3, 0, true)
        );
        let analyzing = downloading.start_analysis(0, at(60), at(2)).unwrap();
        assert!(analyzing.complete_unchanged(None, at(3)).is_err() && done.complete_unchanged(None, at(3)).is_err());
    }

    #[test]
    fn the_arrived_file_ends_the_download_whoever_holds_it() {
        let downloading = job().start_download(0, at(60), at(1)).unwrap();
        assert!(downloading.start_analysis(0, at(90), at(2)).is_ok());
    }

    #[test]
    fn a_held_job_is_not_taken_until_its_lease_ends() {
        let analyzing = job().start_analysis(0, at(60), at(1)).unwrap();
        assert_eq!(
            analyzing.start_analysis(0, at(90), at(59)),
            Err(Refused::Held { until: at(60) })
        );
        let taken_over = analyzing.start_analysis(0, at(120), at(60)).unwrap();
        assert!(taken_over.fence > analyzing.fence);
    }

    #[test]
    fn a_message_of_an_earlier_attempt_does_nothing() {
        let failed = job()
            .fail(JobError::new("server_error", "The server answered 500."), at(1))
            .unwrap();
        let again = failed.retry(at(2)).unwrap();
        assert_eq!(
            again.start_download(0, at(9), at(3)),
            Err(Refused::Attempt { asked: 0, current: 1 })
        );
        assert!(again.start_download(1, at(9), at(3)).is_ok());
    }

    #[test]
    fn the_fourth_retry_is_refused() {
        let mut job = job();
        for _ in 0..MAX_RETRIES {
            job = job.fail(JobError::new("x", "y"), at(1)).unwrap();
            assert!(job.can_retry());
            job = job.retry(at(2)).unwrap();
        }
        let job = job.fail(JobError::new("x", "y"), at(3)).unwrap();
        assert!(!job.can_retry());
        assert_eq!(job.retry(at(4)), Err(Refused::RetriesUsedUp));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Download(u32),
        Analyse(u32),
        Match,
        Complete,
        Unchanged,
        Fail,
        Retry,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..4_u32).prop_map(Step::Download),
            (0..4_u32).prop_map(Step::Analyse),
            Just(Step::Match),
            Just(Step::Complete),
            Just(Step::Unchanged),
            Just(Step::Fail),
            Just(Step::Retry),
        ];
        prop::collection::vec(step, 0..40)
    }

    proptest! {
        /// Whatever arrives in whatever order, a job only takes allowed steps, its fence never falls, and it is retried
        /// at most three times.
        #[test]
        fn any_order_of_events_keeps_the_contract(steps in steps()) {
            let mut job = job();
            for (time, step) in (0_i64..).zip(steps) {
                let (now, lease) = (at(time * 10), at(time * 10 + 15));
                let next = match step {
                    Step::Download(attempt) => job.start_download(attempt, lease, now),
                    Step::Analyse(attempt) => job.start_analysis(attempt, lease, now),
                    Step::Match => job.start_matching(1, now),
                    Step::Complete => job.complete(Summary::default(), now),
                    Step::Unchanged => job.complete_unchanged(None, now),
                    Step::Fail => job.fail(JobError::new("x", "y"), now),
                    Step::Retry => job.retry(now),
                };
                if let Ok(next) = next {
                    let begun_again = matches!((job.phase, next.phase),
                        (Phase::Downloading, Phase::Downloading) | (Phase::Analyzing | Phase::Matching, Phase::Analyzing));
                    prop_assert!(job.phase.may_become(next.phase) || (begun_again && next.fence > job.fence));
                    prop_assert!(next.fence >= job.fence && next.retry_count <= MAX_RETRIES);
                    prop_assert_eq!(next.error.is_some(), next.phase == Phase::Failed);
                    job = next;
                }
            }
        }
    }
}
