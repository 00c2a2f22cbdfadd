//! Open items as a table, each decided in its row.

use askama::Template;
use domain::Decision;

use super::comparison::{CandidateView, percent};
use crate::{caller::Caller, pages::format, review::Review};

#[derive(Template)]
#[template(path = "review/rows.html")]
pub(super) struct ReviewRows {
    pub(super) rows: Vec<ReviewRow>,
    pub(super) supplier: String,
    pub(super) next_cursor: Option<String>,
    pub(super) open: u64,
}

#[derive(Template)]
#[template(path = "review/row.html")]
pub(super) struct ReviewRow {
    may_change: bool,
    supplier_id: String,
    item_key: String,
    etag: String,
    name: String,
    sku: Option<String>,
    price: Option<String>,
    score: u32,
    best: Option<CandidateView>,
    /// What was decided in this row; none while it is open.
    decided: Option<String>,
    /// Why the last answer to it was not taken.
    said: Option<String>,
}

impl ReviewRow {
    pub(super) fn new(review: Review, caller: &Caller) -> Self {
        let item = review.item;
        let decided = match (item.found.decision, &item.found.product_id) {
            (Decision::Matched, Some(product)) => Some(format!("Accepted: {product}")),
            (Decision::New, _) => Some("New".to_owned()),
            _ => None,
        };
        let best = review.candidates.into_iter().next();
        Self {
            may_change: caller.may_change(),
            supplier_id: item.supplier_id.to_string(),
            item_key: item.item_key.clone(),
            etag: review.etag,
            name: item.name.clone().unwrap_or_else(|| item.item_key.clone()),
            sku: item.sku.clone(),
            price: item.price.map(|price| format::money(price, item.currency)),
            score: percent(item.found.accept_score),
            best: best.map(|best| CandidateView::new(1, &item, best)),
            decided,
            said: None,
        }
    }

    /// The row after an answer that was not taken.
    pub(super) fn saying(self, said: String) -> Self {
        Self {
            said: Some(said),
            ..self
        }
    }
}
