//! The buyer's catalogue: which one counts, what it changed, and how much of it is offered.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{IngestionJob, JobId, Product};
use serde::Deserialize;

use super::{Frame, Section, format, page};
use crate::{
    Deps, Problem,
    body::Parameters,
    caller::Caller,
    catalogue::published,
    coverage::{Coverage, coverage, page_of_not_offered},
};

/// Products without an offer that are shown at once.
const SHOWN: usize = 25;

#[derive(Template)]
#[template(path = "catalogue/page.html")]
struct CataloguePage {
    frame: Frame,
    published_job: Option<JobId>,
    since: String,
    job: Option<IngestionJob>,
}

#[derive(Template)]
#[template(path = "catalogue/coverage.html")]
struct CoveragePart {
    coverage: Coverage,
    rows: NotOfferedRows,
}

#[derive(Template)]
#[template(path = "catalogue/rows.html")]
struct NotOfferedRows {
    products: Vec<(Product, Option<String>)>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct After {
    cursor: Option<String>,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/catalogue", get(show))
        .route("/catalogue/coverage", get(covered))
        .route("/catalogue/not-offered", get(more))
}

async fn show(State(deps): State<Arc<Deps>>, caller: Caller) -> Result<Response, Problem> {
    let (published_job, job) = published(&deps).await?;
    let now = deps.clock.now();
    page(&CataloguePage {
        frame: Frame::new(Section::Catalogue, caller),
        since: published_job.map_or_else(String::new, |job| format::ago(job.made_at(), now)),
        published_job,
        job,
    })
}

/// Reckoned from what every published list offers: the page does not wait for it.
async fn covered(State(deps): State<Arc<Deps>>) -> Result<Response, Problem> {
    page(&CoveragePart {
        coverage: coverage(&deps).await?,
        rows: rows(&deps, None).await?,
    })
}

async fn more(State(deps): State<Arc<Deps>>, Parameters(after): Parameters<After>) -> Result<Response, Problem> {
    page(&rows(&deps, after.cursor.as_deref()).await?)
}

async fn rows(deps: &Deps, cursor: Option<&str>) -> Result<NotOfferedRows, Problem> {
    let found = page_of_not_offered(deps, SHOWN, cursor).await?;
    let priced = |product: Product| {
        let price = product.price.map(|price| format::money(price, product.currency));
        (product, price)
    };
    Ok(NotOfferedRows {
        products: found.products.into_iter().map(priced).collect(),
        next_cursor: found.next_cursor,
    })
}
