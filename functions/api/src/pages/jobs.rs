//! All jobs, live.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{AnalysisProgress, IngestionJob, Phase};
use jiff::Timestamp;

use super::{Frame, Section, format, page};
use crate::{Deps, Problem, session::Caller};

/// Jobs on the page.
const SHOWN: i32 = 50;

#[derive(Template)]
#[template(path = "jobs/page.html")]
struct JobsPage {
    frame: Frame,
    rows: JobRows,
}

#[derive(Template)]
#[template(path = "jobs/rows.html")]
struct JobRows {
    jobs: Vec<JobRow>,
    may_change: bool,
}

/// A job in the words of the page.
struct JobRow {
    job: IngestionJob,
    steps: [Step; 4],
    label: String,
    activity: String,
    started: String,
    took: String,
}

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

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new().route("/", get(show)).route("/jobs/rows", get(rows))
}

async fn show(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    page(&JobsPage {
        rows: recent(&deps, &caller).await?,
        frame: Frame::new(Section::Jobs, caller),
    })
}

async fn rows(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    page(&recent(&deps, &caller).await?)
}

async fn recent(deps: &Deps, caller: &Caller) -> Result<JobRows, Problem> {
    let now = deps.clock.now();
    let page = deps.jobs.recent(SHOWN, None, now).await?;
    Ok(JobRows {
        jobs: page.jobs.into_iter().map(|job| row(job.into(), now)).collect(),
        may_change: caller.may_change(),
    })
}

fn row(job: IngestionJob, now: Timestamp) -> JobRow {
    JobRow {
        steps: steps(&job),
        label: label(&job),
        activity: activity(&job),
        started: format::ago(job.created_at, now),
        took: format::took(job.created_at, job.finished_at.unwrap_or(now)),
        job,
    }
}

/// The phases a job goes through. A failed job's record does not keep the phase it failed in; how far it came shows in its
/// progress.
pub(super) fn steps(job: &IngestionJob) -> [Step; 4] {
    // An announced upload has its file's facts before its file.
    let arrived = !matches!(job.error_code.as_deref(), Some("upload_never_arrived" | "upload_gone"));
    let reached = match (job.phase, &job.analysis_progress, &job.download_progress) {
        (Phase::Downloading, ..) => 0,
        (Phase::Analyzing, ..) => 1,
        (Phase::Matching, ..) | (Phase::Failed, Some(_), _) => 2,
        (Phase::Complete, ..) => 4,
        (Phase::Failed, None, Some(progress)) if progress.percentage == 100 => 1,
        (Phase::Failed, None, _) if job.file.is_some() && arrived => 1,
        (Phase::Failed, ..) => 0,
    };
    let state = |at: usize| match at.cmp(&reached) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Greater => "todo",
        std::cmp::Ordering::Equal if job.phase == Phase::Failed => "failed",
        std::cmp::Ordering::Equal => "now",
    };
    let names = ["Downloading", "Analyzing", "Matching", "Complete"];
    std::array::from_fn(|at| Step {
        name: names[at],
        state: state(at),
    })
}

/// The phase as a word for people.
pub(super) fn label(job: &IngestionJob) -> String {
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
