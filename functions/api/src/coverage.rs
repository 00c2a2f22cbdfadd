//! How much of the catalogue is offered by the suppliers' published lists.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Json, extract::State};
use domain::{JobId, ProductId, SupplierId};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use store::{SearchQuery, StoreError};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Paging, Parameters, unknown_cursor},
    products::ProductList,
};

/// Lists that are read at once.
const PARALLEL: usize = 8;

/// What the published lists offer, as this environment has read it.
#[derive(Debug, Default)]
pub struct Offered {
    lists: Mutex<HashMap<SupplierId, OfferedList>>,
}

/// A published list's job, and the ids of the products that it offers.
type OfferedList = (JobId, Arc<Vec<String>>);

/// How many products of the catalogue some published list offers. Decisions since count from the supplier's next list on.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Coverage {
    pub(crate) products: u64,
    pub(crate) offered: u64,
    pub(crate) not_offered: u64,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(not_offered))
}

/// How many products of the catalogue some published list offers.
#[utoipa::path(
    get, path = "/admin/catalogue/coverage", tag = "Catalogue", operation_id = "get_catalogue_coverage",
    responses((status = OK, description = "The numbers.", body = Coverage)),
)]
async fn show(State(deps): State<Arc<Deps>>) -> Result<Json<Coverage>, Problem> {
    Ok(Json(coverage(&deps).await?))
}

pub(crate) async fn coverage(deps: &Deps) -> Result<Coverage, Problem> {
    let offered = deps.offered.products(deps).await?;
    let mut coverage = Coverage {
        products: 0,
        offered: 0,
        not_offered: 0,
    };
    if let Some(text) = deps.searches.catalogue(deps).await? {
        for (key, _) in text.movements() {
            coverage.products += 1;
            match offered.contains(key) {
                true => coverage.offered += 1,
                false => coverage.not_offered += 1,
            }
        }
    }
    Ok(coverage)
}

/// Products that no published list offers.
#[utoipa::path(
    get, path = "/admin/catalogue/not-offered", tag = "Catalogue", operation_id = "list_products_not_offered",
    params(Paging),
    responses((status = OK, description = "A page of products.", body = ProductList)),
)]
async fn not_offered(
    State(deps): State<Arc<Deps>>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ProductList>, Problem> {
    let limit = usize::try_from(paging.limit()?).unwrap_or(1);
    Ok(Json(page_of_not_offered(&deps, limit, paging.cursor.as_deref()).await?))
}

/// Keys that are looked at in one go while looking for products that nobody offers.
const STRIDE: usize = 1_000;

pub(crate) async fn page_of_not_offered(
    deps: &Deps,
    limit: usize,
    cursor: Option<&str>,
) -> Result<ProductList, Problem> {
    let mut place = cursor.map(str::parse).transpose().map_err(unknown_cursor)?.or(Some(0));
    let offered = deps.offered.products(deps).await?;
    let mut ids: Vec<ProductId> = Vec::new();
    if let Some(text) = deps.searches.catalogue(deps).await? {
        let all = SearchQuery::default();
        while let Some(from) = place.filter(|_| ids.len() < limit) {
            // So few at a time near the end that a page does not pass over a product that it has no room for.
            let stride = if ids.is_empty() { STRIDE } else { limit - ids.len() };
            let (keys, next) = text.find(&all, from, stride.min(limit));
            let missing = keys.into_iter().filter(|key| !offered.contains(*key));
            ids.extend(missing.filter_map(|key| key.parse().ok()));
            place = next;
        }
    } else {
        place = None;
    }
    let mut products = deps.catalogue.of_ids(&ids).await?;
    Ok(ProductList {
        products: ids.iter().filter_map(|id| products.remove(id)).collect(),
        next_cursor: place.map(|place| place.to_string()),
    })
}

impl Offered {
    /// The ids of all products that a published list offers.
    async fn products(&self, deps: &Deps) -> Result<BTreeSet<String>, StoreError> {
        let suppliers = deps.suppliers.all().await?;
        let published = suppliers
            .into_iter()
            .filter_map(|supplier| Some((supplier.supplier_id, supplier.published_job?)));
        let reads: Vec<_> = published
            .map(|(supplier_id, job_id)| self.list(deps, supplier_id, job_id))
            .collect();
        let lists: Vec<Arc<Vec<String>>> = stream::iter(reads).buffer_unordered(PARALLEL).try_collect().await?;
        Ok(lists.iter().flat_map(|list| list.iter().cloned()).collect())
    }

    async fn list(&self, deps: &Deps, supplier_id: SupplierId, job_id: JobId) -> Result<Arc<Vec<String>>, StoreError> {
        let kept = self
            .lists
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&supplier_id)
            .cloned();
        if let Some((_, list)) = kept.filter(|(kept, _)| *kept == job_id) {
            return Ok(list);
        }
        let list = Arc::new(deps.files.offered(&supplier_id, job_id).await?.unwrap_or_default());
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(supplier_id, (job_id, Arc::clone(&list)));
        Ok(list)
    }
}
