//! A job's phases in the words of the pages.

use domain::{AnalysisProgress, HeldState, IngestionJob, Job, Phase, Trigger};
use jiff::Timestamp;

use super::format;

const NAMES: [&str; 4] = ["Downloading", "Analyzing", "Matching", "Complete"];

/// A phase as shown: `done`, `now`, `failed` or `todo`.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) state: &'static str,
}

impl Step {
    /// The state in words.
    pub(super) fn word(self) -> &'static str {
        match self.state {
            "done" => "done",
            "now" => "under way",
            "failed" => "failed",
            _ => "to come",
        }
    }
}

/// The phases that a job goes through.
pub(super) fn steps(job: &IngestionJob) -> [Step; 4] {
    let reached = match job.phase {
        Phase::Downloading => 0,
        Phase::Analyzing => 1,
        Phase::Matching => 2,
        Phase::Complete => 4,
        Phase::Failed if job.matching_at.is_some() => 2,
        Phase::Failed if job.analyzing_at.is_some() => 1,
        Phase::Failed => 0,
    };
    let state = |at: usize| match at.cmp(&reached) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Greater => "todo",
        std::cmp::Ordering::Equal if job.phase == Phase::Failed => "failed",
        std::cmp::Ordering::Equal => "now",
    };
    std::array::from_fn(|at| Step {
        name: NAMES[at],
        state: state(at),
    })
}

/// The phase as a word for people.
pub(super) fn label(job: &IngestionJob) -> String {
    if job.held.as_ref().is_some_and(|held| held.state == HeldState::Waiting) {
        return "Held back".to_owned();
    }
    let steps = steps(job);
    match steps.iter().find(|step| step.state == "failed") {
        Some(step) => format!("Failed while {}", step.name.to_lowercase()),
        None => steps
            .iter()
            .rev()
            .find(|step| step.state != "todo")
            .map_or("Downloading", |step| step.name)
            .to_owned(),
    }
}

/// What goes on in a live job; empty in one that has ended.
pub(super) fn activity(job: &IngestionJob) -> String {
    match (job.phase, &job.download_progress, &job.analysis_progress) {
        (Phase::Downloading, Some(progress), _) if progress.percentage > 0 => {
            format!(
                "{} %, {}",
                progress.percentage,
                format::bytes(progress.bytes_downloaded)
            )
        }
        (Phase::Downloading, Some(progress), _) => format::bytes(progress.bytes_downloaded),
        (Phase::Downloading, None, _) => "waiting for the file".into(),
        (Phase::Analyzing, ..) => "reading the file".into(),
        (
            Phase::Matching,
            _,
            Some(AnalysisProgress {
                items_processed,
                items_total,
            }),
        ) => {
            format!(
                "{} of {}",
                format::count(*items_processed),
                format::counted(*items_total, "item", "items")
            )
        }
        _ => String::new(),
    }
}

/// Where another file is uploaded in place of the job's, when only that helps: an upload's file was at fault, and reading the
/// same bytes again would end the same.
pub(super) fn upload_at(job: &Job) -> Option<String> {
    let is_at_fault = job.error.as_ref().is_some_and(|error| error.about_file);
    let wants_another = job.phase == Phase::Failed && job.trigger == Trigger::Upload && is_at_fault;
    wants_another.then(|| match job.supplier_id.is_catalogue() {
        true => "/catalogue#upload".to_owned(),
        false => format!("/suppliers#upload={}", job.supplier_id),
    })
}

/// How far a job is in its phase, from 0 to 100, where that is known.
pub(super) fn percentage(job: &IngestionJob) -> Option<u64> {
    match (job.phase, &job.download_progress, &job.analysis_progress) {
        (Phase::Downloading, Some(progress), _) if progress.percentage > 0 => Some(progress.percentage.into()),
        (Phase::Matching, _, Some(progress)) if progress.items_total > 0 => {
            Some(progress.items_processed * 100 / progress.items_total)
        }
        _ => None,
    }
}

/// When each phase began, and how long it took; none for one that was not reached.
pub(super) fn times(job: &IngestionJob, now: Timestamp) -> [Option<(Timestamp, String)>; 4] {
    let ended = job.finished_at;
    let begun = [Some(job.created_at), job.analyzing_at, job.matching_at];
    let end_of = |at: usize| {
        begun[at + 1..]
            .iter()
            .flatten()
            .next()
            .copied()
            .or(ended)
            .unwrap_or(now)
    };
    let took = |at: usize| begun[at].map(|start| (start, format::took(start, end_of(at))));
    let complete = ended.filter(|_| job.phase == Phase::Complete);
    [
        took(0),
        took(1),
        took(2),
        complete.map(|end| (end, format!("{} in all", format::took(job.created_at, end)))),
    ]
}

#[cfg(test)]
mod tests {
    use domain::{FileFacts, JobError};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_failed_job_shows_where_it_failed() {
        let start = at("2026-03-01T12:00:00Z");
        let job = Job::to_fetch("acme".parse().unwrap(), Trigger::Manual, start);
        let reading = job
            .start_analysis(0, at("2026-03-01T12:10:00Z"), at("2026-03-01T12:00:05Z"))
            .unwrap();
        let failed = reading
            .fail(
                JobError::in_file("damaged", "It is damaged."),
                at("2026-03-01T12:00:07Z"),
            )
            .unwrap();
        let shown = IngestionJob::from(failed);
        assert_eq!(steps(&shown).map(|step| step.state), ["done", "failed", "todo", "todo"]);
        assert_eq!(label(&shown), "Failed while analyzing");
        let times = times(&shown, at("2026-03-01T13:00:00Z")).map(|time| time.map(|(_, took)| took));
        assert_eq!(times, [Some("5 s".into()), Some("2 s".into()), None, None]);
    }

    #[test]
    fn another_file_is_asked_for_where_only_that_helps() {
        let (start, expires) = (at("2026-03-01T12:00:00Z"), at("2026-03-01T12:10:00Z"));
        let uploaded = |supplier: &str| {
            let file = FileFacts {
                name: "list.csv".parse().unwrap(),
                size: 10,
                md5: [7; 16].into(),
            };
            let job = Job::to_receive(supplier.parse().unwrap(), file, expires, start);
            job.start_analysis(0, expires, start).unwrap()
        };
        let damaged = || JobError::in_file("damaged", "It is damaged.");
        let failed = uploaded("acme").fail(damaged(), start).unwrap();
        assert_eq!(upload_at(&failed).as_deref(), Some("/suppliers#upload=acme"));
        let catalogue = uploaded("catalogue").fail(damaged(), start).unwrap();
        assert_eq!(upload_at(&catalogue).as_deref(), Some("/catalogue#upload"));
        let slow = uploaded("acme")
            .fail(JobError::new("timed_out", "It took too long."), start)
            .unwrap();
        assert_eq!(upload_at(&slow), None, "the same file may be read the next time");
        let fetched = Job::to_fetch("acme".parse().unwrap(), Trigger::Manual, start);
        let fetched = fetched
            .start_analysis(0, expires, start)
            .unwrap()
            .fail(damaged(), start)
            .unwrap();
        assert_eq!(upload_at(&fetched), None, "a retry fetches it anew");
        assert_eq!(upload_at(&uploaded("acme")), None);
    }
}
