//! The first page: jobs, live.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::{AnalysisProgress, IngestionJob, Phase};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Deps, Problem,
    access::{SESSION_COOKIE, comes_from_our_page},
    session::SESSION,
};

/// Jobs on the page.
const SHOWN: i32 = 50;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    refused: bool,
}

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    rows: JobRows,
}

#[derive(Template)]
#[template(path = "job_rows.html")]
struct JobRows {
    jobs: Vec<JobRow>,
}

/// A job in the words of the page.
struct JobRow {
    job: IngestionJob,
    steps: [Step; 4],
    activity: String,
    started: String,
    took: String,
}

struct Step {
    name: &'static str,
    state: &'static str,
}

pub(crate) async fn jobs(State(deps): State<Arc<Deps>>) -> Result<Response, Problem> {
    page(&JobsPage {
        rows: rows(&deps).await?,
    })
}

pub(crate) async fn job_rows(State(deps): State<Arc<Deps>>) -> Result<Response, Problem> {
    page(&rows(&deps).await?)
}

async fn rows(deps: &Deps) -> Result<JobRows, Problem> {
    let now = deps.clock.now();
    let page = deps.jobs.recent(SHOWN, None, now).await?;
    Ok(JobRows {
        jobs: page.jobs.into_iter().map(|job| row(job.into(), now)).collect(),
    })
}

fn row(job: IngestionJob, now: Timestamp) -> JobRow {
    let seconds = job
        .finished_at
        .unwrap_or(now)
        .duration_since(job.created_at)
        .as_secs()
        .max(0);
    JobRow {
        steps: steps(&job),
        activity: activity(&job),
        started: job.created_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        took: if seconds < 120 {
            format!("{seconds} s")
        } else {
            format!("{} min", seconds / 60)
        },
        job,
    }
}

/// The phases a job goes through, each `done`, `now`, `failed` or `todo`. A failed job's record does not keep the phase it
/// failed in; how far it came shows in its progress.
fn steps(job: &IngestionJob) -> [Step; 4] {
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

fn activity(job: &IngestionJob) -> String {
    match (job.phase, &job.download_progress, &job.analysis_progress) {
        (Phase::Downloading, Some(progress), _) if progress.percentage > 0 => format!("{} %", progress.percentage),
        (Phase::Downloading, Some(progress), _) => format!("{} kB", progress.bytes_downloaded / 1000),
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
            format!("{items_processed} of {items_total} items")
        }
        _ => String::new(),
    }
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    token: String,
}

pub(crate) async fn sign_in_page() -> Result<Response, Problem> {
    page(&SignInPage { refused: false })
}

pub(crate) async fn sign_in(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Problem> {
    if !comes_from_our_page(&headers) {
        return Err(Problem::forbidden("sign in on our own page"));
    }
    if !deps.admin.is(credentials.token.trim()) {
        let mut refused = page(&SignInPage { refused: true })?;
        *refused.status_mut() = StatusCode::FORBIDDEN;
        return Ok(refused);
    }
    let session = deps.admin.open_session(deps.clock.now());
    with_session(Redirect::to("/").into_response(), &session, SESSION.as_secs())
}

pub(crate) async fn sign_out() -> Result<Response, Problem> {
    with_session(Redirect::to("/sign-in").into_response(), "", 0)
}

fn with_session(mut response: Response, session: &str, seconds: i64) -> Result<Response, Problem> {
    let cookie = format!("{SESSION_COOKIE}={session}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

pub(crate) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../assets/app.css"))
}

pub(crate) async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("../assets/app.js"))
}

fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
}

fn page(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::internal()
    })?;
    Ok(Html(html).into_response())
}
