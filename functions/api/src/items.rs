//! Published items and offers.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use domain::{ProductId, SupplierId};
use serde::{Deserialize, Serialize};
use store::{ItemPage, PublishedItem};

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, Segment},
    suppliers::existing,
};

/// Items can be asked for by the one decision that has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Waiting {
    Review,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Filter {
    decision: Option<Waiting>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ItemList {
    items: Vec<PublishedItem>,
    next_cursor: Option<String>,
}

impl From<ItemPage> for ItemList {
    fn from(page: ItemPage) -> Self {
        Self {
            items: page.items,
            next_cursor: page.next_cursor,
        }
    }
}

pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .route("/admin/suppliers/{supplier_id}/items", get(of_supplier))
        .route("/admin/products/{product_id}/offers", get(offers))
}

pub(crate) async fn of_supplier(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
    Parameters(filter): Parameters<Filter>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ItemList>, Problem> {
    existing(&deps, &supplier_id).await?;
    let (limit, cursor) = (paging.limit()?, paging.cursor.as_deref());
    let page = match filter.decision {
        Some(Waiting::Review) => deps.items.to_review(&supplier_id, limit, cursor).await?,
        None => deps.items.of_supplier(&supplier_id, limit, cursor).await?,
    };
    Ok(Json(page.into()))
}

pub(crate) async fn offers(
    State(deps): State<Arc<Deps>>,
    Segment(product_id): Segment<ProductId>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ItemList>, Problem> {
    Ok(Json(
        deps.items
            .offers(&product_id, paging.limit()?, paging.cursor.as_deref())
            .await?
            .into(),
    ))
}
