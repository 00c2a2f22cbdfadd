//! All jobs, live.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{IngestionJob, Job};
use jiff::Timestamp;

use super::{
    Frame, Section, format, page,
    phases::{self, Step},
};
use crate::{Deps, Problem, caller::Caller};

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
    upload_at: Option<String>,
    started: String,
    took: String,
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
        jobs: page.jobs.into_iter().map(|job| row(job, now)).collect(),
        may_change: caller.may_change(),
    })
}

fn row(job: Job, now: Timestamp) -> JobRow {
    let upload_at = phases::upload_at(&job);
    let job = IngestionJob::from(job);
    JobRow {
        upload_at,
        steps: phases::steps(&job),
        label: phases::label(&job),
        activity: phases::activity(&job),
        started: format::ago(job.created_at, now),
        took: format::took(job.created_at, job.finished_at.unwrap_or(now)),
        job,
    }
}
