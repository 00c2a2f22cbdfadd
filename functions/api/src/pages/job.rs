//! One job: where it stands, what came of it, how its file was read.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{ChangeKind, HeldResult, HeldState, IngestionJob, ItemState, Job, JobId, MAX_RETRIES, Origin, Sidecar};
use jiff::Timestamp;
use store::Changes;

use super::{
    Frame, Section, format, page,
    phases::{self, Step},
    reading::{ErrorView, ReadingView},
};
use crate::{
    Deps, Problem,
    body::Segment,
    caller::Caller,
    jobs::{existing, stored_file, stored_report},
};

/// Row errors on the page; the download has all.
const ERRORS_SHOWN: usize = 50;

/// Changes of each kind on the page.
const CHANGES_SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "jobs/job_page.html")]
struct JobPage {
    frame: Frame,
    job: JobView,
}

/// What of the page changes while the job runs.
#[derive(Template)]
#[template(path = "jobs/job.html")]
struct JobView {
    job: IngestionJob,
    may_change: bool,
    supplier_name: String,
    label: String,
    activity: String,
    percentage: Option<u64>,
    phases: Vec<PhaseView>,
    held: Option<HeldResult>,
    /// Published items that the list left to a person.
    to_review: u64,
    /// Where another file is uploaded in place of one at fault.
    upload_at: Option<String>,
    facts: Vec<(&'static str, String)>,
    is_file_stored: bool,
    reading: Option<ReadingView>,
    /// Where the pages of a PDF are drawn; empty where they are not.
    drawings: String,
    changes: Vec<ChangeView>,
    errors: Vec<ErrorView>,
    errors_total: u64,
}

/// One change of one item.
struct ChangeView {
    kind: &'static str,
    /// `good` for what became cheaper, `bad` for what became dearer.
    tone: &'static str,
    sku: String,
    name: String,
    before: String,
    after: String,
    percent: String,
}

struct PhaseView {
    step: Step,
    began: Option<Timestamp>,
    took: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/jobs/{job_id}", get(show))
        .route("/jobs/{job_id}/live", get(live))
}

async fn show(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
    caller: Caller,
) -> Result<Response, Problem> {
    page(&JobPage {
        job: view(&deps, job_id, &caller).await?,
        frame: Frame::new(Section::Jobs, caller),
    })
}

async fn live(
    State(deps): State<Arc<Deps>>,
    Segment(job_id): Segment<JobId>,
    caller: Caller,
) -> Result<Response, Problem> {
    page(&view(&deps, job_id, &caller).await?)
}

async fn view(deps: &Deps, job_id: JobId, caller: &Caller) -> Result<JobView, Problem> {
    let now = deps.clock.now();
    let job = existing(deps, job_id, now).await?;
    let file = async {
        let key = stored_file(deps, &job).await?;
        let sidecar = match &key {
            // A sidecar is there before its file; one that cannot be read costs the page its facts, not the page.
            Some(key) => deps.files.sidecar(key).await.ok(),
            None => None,
        };
        Ok((key, sidecar))
    };
    let stored = async {
        match job.matching_at.is_some() || !job.phase.is_live() {
            true => stored_report(deps, &job).await,
            false => Ok(None),
        }
    };
    let supplier = async { Ok(deps.suppliers.get(&job.supplier_id).await?) };
    let ((key, sidecar), stored, supplier, changes) = tokio::try_join!(file, stored, supplier, changes(deps, &job))?;
    let upload_at = phases::upload_at(&job);
    let job = IngestionJob::from(job);
    let errors = stored
        .as_ref()
        .map(|stored| stored.errors.as_slice())
        .unwrap_or_default();
    Ok(JobView {
        label: phases::label(&job),
        activity: phases::activity(&job),
        percentage: phases::percentage(&job),
        phases: phases::steps(&job)
            .into_iter()
            .zip(phases::times(&job, now))
            .map(|(step, time)| PhaseView {
                step,
                began: time.as_ref().map(|(began, _)| *began),
                took: time.map(|(_, took)| took).unwrap_or_default(),
            })
            .collect(),
        held: job.held.clone(),
        to_review: to_review(&job),
        facts: facts(&job, sidecar.as_ref(), now),
        changes,
        upload_at,
        drawings: match &key {
            Some(_) => format!("/admin/jobs/{job_id}/pages"),
            None => String::new(),
        },
        is_file_stored: key.is_some(),
        supplier_name: match supplier {
            Some(supplier) => supplier.settings.name,
            None if job.supplier_id.is_catalogue() => "The buyer's catalogue".to_owned(),
            None => job.supplier_id.to_string(),
        },
        errors: errors.iter().take(ERRORS_SHOWN).map(ErrorView::of).collect(),
        errors_total: errors.len() as u64,
        reading: stored.as_ref().map(|stored| ReadingView::of(&stored.report)),
        may_change: caller.may_change(),
        job,
    })
}

/// None of a result that is not published.
fn to_review(job: &IngestionJob) -> u64 {
    let is_kept_back = job.held.as_ref().is_some_and(|held| held.state != HeldState::Approved);
    let published = job
        .summary
        .as_ref()
        .filter(|summary| !summary.superseded && !is_kept_back);
    published.map_or(0, |summary| summary.review)
}

/// The first changes of the kinds that buyers look for; the API has all.
async fn changes(deps: &Deps, job: &Job) -> Result<Vec<ChangeView>, Problem> {
    let Some(report) = deps.files.changes(&job.supplier_id, job.job_id).await? else {
        return Ok(Vec::new());
    };
    let report = Changes::new(&report)?;
    let mut shown = Vec::new();
    for (kind, name, tone) in [
        (ChangeKind::PriceUp, "Dearer", "bad"),
        (ChangeKind::PriceDown, "Cheaper", "good"),
        (ChangeKind::Discontinued, "Gone", "warn"),
        (ChangeKind::Added, "Added", "accent"),
    ] {
        let page = report.page(Some(kind), CHANGES_SHOWN, None)?;
        shown.extend(page.changes.into_iter().map(|change| {
            ChangeView {
                kind: name,
                tone,
                sku: change.sku.unwrap_or_default(),
                name: change.name.unwrap_or_default(),
                before: change.old.as_ref().map(price).unwrap_or_default(),
                after: change.new.as_ref().map(price).unwrap_or_default(),
                percent: change
                    .percent
                    .map(|percent| format!("{percent:+.1} %"))
                    .unwrap_or_default(),
            }
        }));
    }
    Ok(shown)
}

fn price(state: &ItemState) -> String {
    match state.price {
        Some(price) => format::money(price, state.currency),
        None => "no price".to_owned(),
    }
}

/// What is known of the job and its file, by name.
fn facts(job: &IngestionJob, sidecar: Option<&Sidecar>, now: Timestamp) -> Vec<(&'static str, String)> {
    let trigger = match job.trigger {
        domain::Trigger::Schedule => "the schedule",
        domain::Trigger::Manual => "“sync now”",
        domain::Trigger::Upload => "an upload",
        domain::Trigger::MatchAgain => "“match again”",
    };
    let mut facts = vec![
        (
            "Started",
            format!(
                "{} UTC, {}, by {trigger}",
                format::second(job.created_at),
                format::ago(job.created_at, now)
            ),
        ),
        ("Retries", format!("{} of {MAX_RETRIES} used", job.retry_count)),
    ];
    if let Some(file) = &job.file {
        facts.push(("File", file.name.to_string()));
        let exact = format::counted(file.size, "byte", "bytes");
        let size = match file.size {
            ..1000 => exact,
            _ => format!("{} ({exact})", format::bytes(file.size)),
        };
        facts.push(("Size", size));
        facts.push(("MD5", file.md5.to_string()));
    }
    let Some(sidecar) = sidecar else { return facts };
    facts.push((
        "Came from",
        match &sidecar.origin {
            Origin::Http { url } => url.clone(),
            Origin::GoogleSheet { sheet, .. } => format!("Google sheet {}", sheet.as_str()),
            Origin::Upload => "an upload".to_owned(),
        },
    ));
    facts.push(("Received", format!("{} UTC", format::second(sidecar.recorded_at))));
    let optional = [
        ("Content type", sidecar.content_type.clone()),
        ("Content encoding", sidecar.content_encoding.clone()),
        ("Entity tag", sidecar.etag.clone()),
        ("Last modified", sidecar.last_modified.clone()),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    facts
}
