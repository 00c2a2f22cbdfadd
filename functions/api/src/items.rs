//! Published items: by supplier, by decision, by word, by what the last list changed.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{Decision, PricePeriod, Supplier, SupplierId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{ItemPage, PriceMove, PriceNow, Publishable, PublishedItem, SearchQuery};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{ItemKey, Paging, Parameters, Segment, unknown_cursor},
    problem_answers::NotFound,
    suppliers::existing,
};

/// Which items.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// What became of them.
    pub(crate) decision: Option<Decision>,
    /// Words that must all be in name, code, barcode or brand.
    pub(crate) q: Option<String>,
    /// Added or changed by a list made then or later.
    pub(crate) changed_since: Option<Timestamp>,
    /// Added or changed by the published list itself.
    pub(crate) changed: Option<Changed>,
    /// Whose price the published list moved so.
    pub(crate) price_move: Option<Direction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Changed {
    LastList,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Up,
    Down,
}

impl Filter {
    /// What is looked for in the search text of `supplier`'s published list; all of it when it leaves nothing out.
    pub(crate) fn query(&self, supplier: &Supplier) -> SearchQuery {
        let last_list = match self.changed {
            Some(Changed::LastList) => supplier.published_job.map(domain::JobId::made_at),
            None => None,
        };
        let mut query = SearchQuery::of_words(self.q.as_deref().unwrap_or_default());
        query.changed_since = self.changed_since.max(last_list);
        query.price_move = self.price_move.map(|direction| match direction {
            Direction::Up => PriceMove::Up,
            Direction::Down => PriceMove::Down,
        });
        query
    }

    /// Whether the search text is needed: for anything but the decision, which has an index.
    fn needs_search(&self) -> bool {
        let has_words = self.q.as_deref().is_some_and(|words| !words.trim().is_empty());
        has_words || self.changed_since.is_some() || self.changed.is_some() || self.price_move.is_some()
    }

    /// Whether an item as it is now has the decision that is asked for.
    pub(crate) fn has_decision(&self, item: &PublishedItem) -> bool {
        self.decision.is_none_or(|decision| item.found.decision == decision)
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemList {
    pub(crate) items: Vec<PublishedItem>,
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

impl From<ItemPage> for ItemList {
    fn from(page: ItemPage) -> Self {
        Self {
            items: page.items,
            next_cursor: page.next_cursor,
        }
    }
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .routes(routes!(of_all))
        .routes(routes!(of_supplier))
        .routes(routes!(show))
        .routes(routes!(prices))
}

/// Published items of all suppliers.
///
/// Those to review come the surest first. A page may be short, or empty, and still have a next one.
#[utoipa::path(
    get, path = "/admin/items", tag = "Items", operation_id = "list_items",
    params(Filter, Paging),
    responses((status = OK, description = "A page of items.", body = ItemList)),
)]
pub(crate) async fn of_all(
    State(deps): State<Arc<Deps>>,
    Parameters(filter): Parameters<Filter>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ItemList>, Problem> {
    if filter.decision == Some(Decision::Review) && !filter.needs_search() {
        let page = deps
            .items
            .to_review(None, paging.limit()?, paging.cursor.as_deref())
            .await?;
        return Ok(Json(page.into()));
    }
    let mut suppliers = deps.suppliers.all().await?;
    suppliers.retain(|supplier| supplier.published_job.is_some());
    page_of(&deps, &suppliers, &filter, &paging).await
}

/// A supplier's published items.
#[utoipa::path(
    get, path = "/admin/suppliers/{supplier_id}/items", tag = "Items", operation_id = "list_supplier_items",
    params(("supplier_id" = SupplierId, Path), Filter, Paging),
    responses((status = OK, description = "A page of items.", body = ItemList), NotFound),
)]
pub(crate) async fn of_supplier(
    State(deps): State<Arc<Deps>>,
    Segment(supplier_id): Segment<SupplierId>,
    Parameters(filter): Parameters<Filter>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<ItemList>, Problem> {
    let supplier = existing(&deps, &supplier_id).await?;
    if filter.decision == Some(Decision::Review) && !filter.needs_search() {
        let page = deps
            .items
            .to_review(Some(&supplier_id), paging.limit()?, paging.cursor.as_deref())
            .await?;
        return Ok(Json(page.into()));
    }
    page_of(&deps, std::slice::from_ref(&supplier), &filter, &paging).await
}

async fn page_of(
    deps: &Deps,
    suppliers: &[Supplier],
    filter: &Filter,
    paging: &Paging,
) -> Result<Json<ItemList>, Problem> {
    let (limit, cursor) = (paging.limit()?, paging.cursor.as_deref());
    if filter.needs_search() {
        return Ok(Json(found(deps, suppliers, filter, limit, cursor).await?));
    }
    let page = match filter.decision {
        Some(decision) => deps.items.decided(suppliers, decision, limit, cursor).await?,
        None => {
            let ids: Vec<SupplierId> = suppliers.iter().map(|supplier| supplier.supplier_id.clone()).collect();
            deps.items.of_suppliers(&ids, limit, cursor).await?
        }
    };
    Ok(Json(page.into()))
}

/// Rounds of search and reading for one page. With a decision that few of the found items have, a page may be short.
const ROUNDS: usize = 4;

/// Searches the suppliers' texts one after the other and reads what is found from the table, so that the answer is what
/// is published now, decisions of today included.
async fn found(
    deps: &Deps,
    suppliers: &[Supplier],
    filter: &Filter,
    limit: i32,
    cursor: Option<&str>,
) -> Result<ItemList, Problem> {
    let wanted = usize::try_from(limit).unwrap_or(1);
    let mut items = Vec::new();
    let mut place = cursor.map(read_place).transpose()?;
    for _ in 0..ROUNDS {
        let (keys, next) = find_keys(deps, suppliers, filter, wanted - items.len(), place).await?;
        let read = deps.items.of_keys(&keys).await?;
        items.extend(read.into_iter().filter(|item| filter.has_decision(item)));
        place = next;
        if place.is_none() || items.len() >= wanted {
            break;
        }
    }
    Ok(ItemList {
        items,
        next_cursor: place.map(|(supplier, at)| format!("{at}.{supplier}")),
    })
}

/// Where a search goes on: the supplier, and the place in its text. Should a new list be published in between, it goes on
/// at that place of the new one.
type Place = (SupplierId, usize);

async fn find_keys(
    deps: &Deps,
    suppliers: &[Supplier],
    filter: &Filter,
    wanted: usize,
    place: Option<Place>,
) -> Result<(Vec<(SupplierId, String)>, Option<Place>), Problem> {
    let mut keys = Vec::new();
    let (first, mut from) = match place {
        Some((supplier_id, at)) => (Some(supplier_id), at),
        None => (None, 0),
    };
    for supplier in suppliers
        .iter()
        .skip_while(|supplier| first.as_ref().is_some_and(|first| supplier.supplier_id < *first))
    {
        if keys.len() >= wanted {
            return Ok((keys, Some((supplier.supplier_id.clone(), 0))));
        }
        if first.as_ref() != Some(&supplier.supplier_id) {
            from = 0;
        }
        let Some(text) = deps.searches.text(deps, supplier).await? else {
            continue;
        };
        let (found, next) = text.find(&filter.query(supplier), from, wanted - keys.len());
        keys.extend(
            found
                .into_iter()
                .map(|key| (supplier.supplier_id.clone(), key.to_owned())),
        );
        if let Some(next) = next {
            return Ok((keys, Some((supplier.supplier_id.clone(), next))));
        }
    }
    Ok((keys, None))
}

fn read_place(cursor: &str) -> Result<Place, Problem> {
    let place = cursor
        .split_once('.')
        .and_then(|(at, supplier)| Some((supplier.parse().ok()?, at.parse().ok()?)));
    place.ok_or_else(|| unknown_cursor(cursor))
}

/// One published item.
#[utoipa::path(
    get, path = "/admin/suppliers/{supplier_id}/items/{item_key}", tag = "Items", operation_id = "get_item",
    params(("supplier_id" = SupplierId, Path), ("item_key" = ItemKey, Path)),
    responses((status = OK, description = "The item.", body = PublishedItem), NotFound),
)]
pub(crate) async fn show(
    State(deps): State<Arc<Deps>>,
    Segment((supplier_id, ItemKey(item_key))): Segment<(SupplierId, ItemKey)>,
) -> Result<Json<PublishedItem>, Problem> {
    let item = deps.items.get(&supplier_id, &item_key).await?;
    item.map(Json).ok_or_else(|| not_published(&supplier_id, &item_key))
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceHistory {
    supplier_id: SupplierId,
    item_key: String,
    /// Newest first. The first is the price of now, if the item is published.
    periods: Vec<PricePeriod>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// An item's prices, newest first, from when to when.
#[utoipa::path(
    get, path = "/admin/suppliers/{supplier_id}/items/{item_key}/prices", tag = "Items", operation_id = "list_item_prices",
    params(("supplier_id" = SupplierId, Path), ("item_key" = ItemKey, Path), Paging),
    responses((status = OK, description = "A page of periods.", body = PriceHistory), NotFound),
)]
pub(crate) async fn prices(
    State(deps): State<Arc<Deps>>,
    Segment((supplier_id, ItemKey(item_key))): Segment<(SupplierId, ItemKey)>,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<PriceHistory>, Problem> {
    let supplier = existing(&deps, &supplier_id).await?;
    let item = deps.items.get(&supplier_id, &item_key).await?;
    let now = PriceNow {
        terms: item
            .as_ref()
            .map(|item| item.state().terms())
            .filter(|terms| terms.price.is_some()),
        first_list: supplier.first_published_at,
    };
    let page = deps
        .prices
        .history(&supplier_id, &item_key, now, paging.limit()?, paging.cursor.as_deref())
        .await?;
    if item.is_none() && page.periods.is_empty() && paging.cursor.is_none() {
        return Err(not_published(&supplier_id, &item_key));
    }
    Ok(Json(PriceHistory {
        supplier_id,
        item_key,
        periods: page.periods,
        next_cursor: page.next_cursor,
    }))
}

fn not_published(supplier_id: &SupplierId, item_key: &str) -> Problem {
    Problem::not_found(format!("{supplier_id} has no item {item_key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_and_made_up_ones_are_refused() {
        assert_eq!(read_place("17.acme-2").unwrap(), ("acme-2".parse().unwrap(), 17));
        for made_up in ["", "17", ".", "x.acme", "17.ACME", "-1.acme"] {
            assert!(read_place(made_up).is_err(), "{made_up}");
        }
    }
}
