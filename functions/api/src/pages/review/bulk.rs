//! Accepting many at once: first what it would do, then exactly that.

use std::sync::Arc;

use askama::Template;
use axum::{Form, extract::State, response::Response};
use serde::Deserialize;

use super::queue_of;
use crate::{
    Deps, Problem,
    body::Parameters,
    caller::Caller,
    pages::page,
    reviews::{Acceptable, Accepted, ToAccept, accept_all, preview as preview_of},
};

/// The threshold that is offered first, in per cent.
const FIRST_THRESHOLD: u32 = 70;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    supplier: String,
    /// In per cent.
    threshold: Option<u32>,
}

#[derive(Template)]
#[template(path = "review/bulk.html")]
struct BulkPreview {
    supplier: String,
    threshold: u32,
    /// Those that can be chosen, and which of them is.
    thresholds: [(u32, bool); 6],
    items: Vec<Acceptable>,
    has_more: bool,
    /// The items as JSON: what is accepted is what was shown.
    to_accept: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Bulk {
    /// JSON of [`ToAccept`].
    items: String,
}

#[derive(Template)]
#[template(path = "review/accepted.html")]
struct BulkAccepted {
    accepted: Accepted,
}

pub(super) async fn preview(
    State(deps): State<Arc<Deps>>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    let threshold = asked.threshold.unwrap_or(FIRST_THRESHOLD).min(100);
    let queue = queue_of(&asked.supplier)?;
    let preview = preview_of(&deps, &queue, f64::from(threshold) / 100.0).await?;
    let to_accept: Vec<&ToAccept> = preview.items.iter().map(|item| &item.accept).collect();
    page(&BulkPreview {
        to_accept: serde_json::to_string(&to_accept).map_err(|_| Problem::internal())?,
        supplier: asked.supplier,
        threshold,
        thresholds: [90, 80, 70, 60, 50, 40].map(|choice| (choice, choice == threshold)),
        items: preview.items,
        has_more: preview.has_more,
    })
}

pub(super) async fn accept(
    State(deps): State<Arc<Deps>>,
    caller: Caller,
    Form(bulk): Form<Bulk>,
) -> Result<Response, Problem> {
    let items: Vec<ToAccept> = serde_json::from_str(&bulk.items).map_err(Problem::invalid)?;
    page(&BulkAccepted {
        accepted: accept_all(&deps, &items, &caller.name).await?,
    })
}
