//! What the upload dialog shows of a job that it started.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{IngestionJob, JobId};

use super::{
    page,
    phases::{self, Step},
};
use crate::{Deps, Problem, body::Segment, jobs::existing};

#[derive(Template)]
#[template(path = "jobs/progress.html")]
struct Progress {
    job: IngestionJob,
    steps: [Step; 4],
    label: String,
    activity: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new().route("/jobs/{job_id}/progress", get(progress))
}

async fn progress(State(deps): State<Arc<Deps>>, Segment(job_id): Segment<JobId>) -> Result<Response, Problem> {
    let job = IngestionJob::from(existing(&deps, job_id, deps.clock.now()).await?);
    page(&Progress {
        steps: phases::steps(&job),
        label: phases::label(&job),
        activity: phases::activity(&job),
        job,
    })
}
