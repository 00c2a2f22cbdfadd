//! When is a job stuck?

use domain::{Job, JobError, Phase, Trigger};
use jiff::{SignedDuration, Timestamp};

/// What is to be done about a live job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is on its way.
    Leave,
    /// It will not end by itself.
    Fail(JobError),
}

/// After its lease a worker is gone (the lease ends at its Lambda deadline); a minute is left for clocks that differ and
/// for a redelivery that takes the job over in this very moment.
const LEASE_GRACE: SignedDuration = SignedDuration::from_mins(1);

/// A presigned PUT that began before its URL expired may still be running.
const UPLOAD_GRACE: SignedDuration = SignedDuration::from_mins(15);

/// How long a job may wait in the download queue. The planner sends its message again after two minutes.
const START_PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// How long a job whose file is there may wait for its analysis: behind a backlog, or between two deliveries of its
/// message (a visibility time-out, half an hour, at most five times).
const ANALYSIS_PATIENCE: SignedDuration = SignedDuration::from_hours(6);

/// Judges a job as it stands at `now`; `has_arrived` says whether a file of it lies in the bucket.
pub fn judge(job: &Job, has_arrived: bool, now: Timestamp) -> Verdict {
    let since = |time: Timestamp| now.duration_since(time);
    let fail = |code, message: String| Verdict::Fail(JobError::new(code, message));
    if !job.phase.is_live() {
        return Verdict::Leave;
    }
    if let Some(until) = job.lease_until {
        return match since(until) > LEASE_GRACE {
            true => fail(
                "worker_lost",
                format!("The worker stopped while {}. Retry.", activity(job.phase)),
            ),
            false => Verdict::Leave,
        };
    }
    let awaits_upload = job.phase == Phase::Downloading && !has_arrived;
    if let Some(expires) = job.upload_expires_at.filter(|_| awaits_upload) {
        return match since(expires) > UPLOAD_GRACE {
            true => fail(
                "upload_never_arrived",
                "The announced file did not arrive in time. Upload it again.".into(),
            ),
            false => Verdict::Leave,
        };
    }
    let has_file = job.file.is_some() || matches!(job.trigger, Trigger::Upload | Trigger::MatchAgain);
    let patience = if job.phase == Phase::Downloading && !has_file {
        START_PATIENCE
    } else {
        ANALYSIS_PATIENCE
    };
    match since(job.updated_at) > patience {
        true => fail(
            "never_taken",
            format!(
                "Nobody took the job in hand within {} h. Retry; if it happens again, tell the operator.",
                patience.as_hours()
            ),
        ),
        false => Verdict::Leave,
    }
}

/// How long the news of a stored file may take: S3 tells it within seconds typically, and sometimes after a minute or more
/// (Amazon S3 User Guide, Event Notifications); then it waits behind those that came before.
const NEWS_PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// The object is written before the job's record tells of it; clocks differ, too.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(1);

/// Whether the file of a job lies in the bucket since `stored_at` and nobody has begun to read it: the news of it may be
/// lost. A file from before the job's last change is that of an earlier attempt.
pub(crate) fn is_unheard_of(job: &Job, stored_at: Timestamp, now: Timestamp) -> bool {
    job.phase == Phase::Downloading
        && job.lease_until.is_none()
        && now.duration_since(stored_at) > NEWS_PATIENCE
        && stored_at + CLOCK_SLACK >= job.updated_at
}

fn activity(phase: Phase) -> &'static str {
    match phase {
        Phase::Downloading => "fetching the file",
        Phase::Analyzing => "reading the file",
        _ => "matching and publishing the items",
    }
}

#[cfg(test)]
mod tests {
    use domain::{FileFacts, Md5};

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn fetching() -> Job {
        Job::to_fetch("acme".parse().unwrap(), Trigger::Schedule, at(0))
    }

    fn uploading() -> Job {
        let file = FileFacts {
            name: "a.csv".parse().unwrap(),
            size: 1,
            md5: Md5::from([0; 16]),
        };
        Job::to_receive("acme".parse().unwrap(), file, at(60), at(0))
    }

    fn code(job: &Job, minutes: i64) -> Option<String> {
        match judge(job, false, at(minutes)) {
            Verdict::Leave => None,
            Verdict::Fail(error) => Some(error.code),
        }
    }

    #[test]
    fn a_held_job_is_left_until_a_minute_past_its_lease() {
        let held = fetching().start_download(0, at(5), at(0)).unwrap();
        assert_eq!((code(&held, 6), code(&held, 7)), (None, Some("worker_lost".into())));
        let analyzing = held.start_analysis(0, at(10), at(1)).unwrap();
        assert_eq!(
            (code(&analyzing, 11), code(&analyzing, 12)),
            (None, Some("worker_lost".into()))
        );
    }

    #[test]
    fn an_announced_upload_may_arrive_until_a_quarter_hour_past_its_time() {
        assert_eq!(
            (code(&uploading(), 75), code(&uploading(), 76)),
            (None, Some("upload_never_arrived".into()))
        );
    }

    #[test]
    fn an_upload_that_arrived_waits_for_its_analysis_as_others_do() {
        let arrived = |minutes| judge(&uploading(), true, at(minutes));
        assert_eq!(arrived(360), Verdict::Leave);
        assert!(matches!(arrived(361), Verdict::Fail(error) if error.code == "never_taken"));
    }

    #[test]
    fn a_job_that_nobody_takes_is_ended_at_last() {
        assert_eq!(
            (code(&fetching(), 60), code(&fetching(), 61)),
            (None, Some("never_taken".into()))
        );
        let waiting = fetching().start_download(0, at(5), at(0)).unwrap();
        let waiting = Job {
            file: uploading().file,
            ..waiting.released(at(3))
        };
        assert_eq!(
            (code(&waiting, 63), code(&waiting, 364)),
            (None, Some("never_taken".into()))
        );
    }

    #[test]
    fn ended_jobs_are_left() {
        let failed = fetching().fail(JobError::new("x", "y"), at(1)).unwrap();
        assert_eq!(code(&failed, 100_000), None);
    }
}
