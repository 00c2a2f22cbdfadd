//! The catalogue's products by word, code and barcode.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{Product, ProductId};
use serde::{Deserialize, Serialize};
use store::SearchQuery;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, unknown_cursor},
};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Words {
    /// Words that must all be in name, code, barcode or brand; all products without it.
    #[serde(default)]
    q: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductList {
    pub(crate) products: Vec<Product>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Products of the catalogue by word, code or barcode.
#[utoipa::path(
    get, path = "/admin/products", tag = "Catalogue", operation_id = "list_products",
    params(Words, Paging),
    responses((status = OK, description = "A page of products.", body = ProductList)),
)]
async fn list(
    State(deps): State<Arc<Deps>>,
    Parameters(words): Parameters<Words>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ProductList>, Problem> {
    let from = match &paging.cursor {
        Some(cursor) => cursor.parse().map_err(unknown_cursor)?,
        None => 0,
    };
    let limit = usize::try_from(paging.limit()?).unwrap_or(1);
    let (products, next) = find(&deps, &words.q, from, limit).await?;
    Ok(Json(ProductList {
        products,
        next_cursor: next.map(|place| place.to_string()),
    }))
}

/// Products of the published catalogue that have all of `words`, from the place `from` on, and the place of the next.
/// Should another catalogue be published in between, the search goes on at that place of the new one.
pub(crate) async fn find(
    deps: &Deps,
    words: &str,
    from: usize,
    limit: usize,
) -> Result<(Vec<Product>, Option<usize>), Problem> {
    let Some(text) = deps.searches.catalogue(deps).await? else {
        return Ok((Vec::new(), None));
    };
    let (keys, next) = text.find(&SearchQuery::of_words(words), from, limit);
    let ids: Vec<ProductId> = keys.into_iter().filter_map(|key| key.parse().ok()).collect();
    let mut products = deps.catalogue.of_ids(&ids).await?;
    Ok((ids.iter().filter_map(|id| products.remove(id)).collect(), next))
}
