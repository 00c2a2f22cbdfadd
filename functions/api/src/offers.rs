//! The offers of a catalogue product over all suppliers, and the best of those that can be compared.

use std::{cmp::Reverse, sync::Arc};

use axum::{Json, extract::State};
use domain::{AvailabilityStatus, Currency, ProductId, Supplier, SupplierId, Unit, same_unit};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use store::PublishedItem;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Deps, Problem, body::Segment, problem_answers::NotFound};

/// Offers that are looked at: more suppliers of one product than that are none.
const MOST: usize = 1_000;

/// Offers read at once.
const PAGE: i32 = 200;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductOffers {
    pub(crate) product_id: ProductId,
    /// One for each currency, unit and pack size: prices are compared within a group only, never converted.
    pub(crate) groups: Vec<OfferGroup>,
    /// There are more offers than are looked at.
    is_cut_off: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferGroup {
    #[schema(required)]
    pub(crate) currency: Option<Currency>,
    #[schema(required)]
    pub(crate) unit: Option<Unit>,
    #[schema(required)]
    pub(crate) pack_size: Option<Decimal>,
    /// The lowest price; of equal ones that which is best to be had, then that of the newest list. Null when no offer of
    /// the group has a price and a currency and is kept up to date: those of paused suppliers are not.
    #[schema(required)]
    pub(crate) best: Option<Offer>,
    /// All of the group, the best first.
    pub(crate) offers: Vec<Offer>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Offer {
    pub(crate) supplier_name: String,
    /// Whether the supplier is paused: its lists are not fetched, so its prices may be old. Such an offer is never the best.
    pub(crate) is_paused: bool,
    /// When the supplier's published list was made.
    #[schema(required)]
    pub(crate) listed_at: Option<Timestamp>,
    #[serde(flatten)]
    pub(crate) item: PublishedItem,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(offers))
}

/// Who offers a product, the best first.
///
/// Offers are grouped by currency, unit and pack size: nothing is converted.
#[utoipa::path(
    get, path = "/admin/products/{product_id}/offers", tag = "Catalogue", operation_id = "list_product_offers",
    params(("product_id" = ProductId, Path)),
    responses((status = OK, description = "The offers; none where nobody offers it.", body = ProductOffers), NotFound),
)]
pub(crate) async fn offers(
    State(deps): State<Arc<Deps>>,
    Segment(product_id): Segment<ProductId>,
) -> Result<Json<ProductOffers>, Problem> {
    let mut items = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let page = deps.items.offers(&product_id, PAGE, cursor.as_deref()).await?;
        items.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || items.len() >= MOST {
            break;
        }
    }
    // A decision of this moment may not have reached the index yet; the item itself is always true.
    items.retain(|item| item.found.product_id.as_ref() == Some(&product_id));
    let suppliers = deps.suppliers.all().await?;
    Ok(Json(ProductOffers {
        product_id,
        groups: grouped(items.into_iter().map(|item| offer(item, &suppliers)).collect()),
        is_cut_off: cursor.is_some(),
    }))
}

fn offer(item: PublishedItem, suppliers: &[Supplier]) -> Offer {
    let supplier = suppliers
        .iter()
        .find(|supplier| supplier.supplier_id == item.supplier_id);
    let name = |supplier_id: &SupplierId| supplier_id.to_string();
    Offer {
        supplier_name: supplier.map_or_else(|| name(&item.supplier_id), |supplier| supplier.settings.name.clone()),
        is_paused: supplier.is_some_and(|supplier| supplier.settings.paused),
        listed_at: supplier
            .and_then(|supplier| supplier.published_job)
            .map(domain::JobId::made_at),
        item,
    }
}

fn grouped(offers: Vec<Offer>) -> Vec<OfferGroup> {
    let mut groups: Vec<OfferGroup> = Vec::new();
    for offer in offers {
        let item = &offer.item;
        let pack_size = item.pack_size.map(|size| size.normalize());
        let group = groups.iter_mut().find(|group| {
            group.currency == item.currency
                && group.pack_size == pack_size
                && same_unit(group.unit.as_ref(), item.unit.as_ref())
        });
        match group {
            Some(group) => group.offers.push(offer),
            None => groups.push(OfferGroup {
                currency: item.currency,
                unit: item.unit.clone(),
                pack_size,
                best: None,
                offers: vec![offer],
            }),
        }
    }
    for group in &mut groups {
        group.offers.sort_by_key(|offer| {
            let price = offer.item.price;
            let rank = (price.is_none(), price, standing(offer), Reverse(offer.listed_at));
            (offer.is_paused, rank)
        });
        let best = group.offers.first();
        let best = best.filter(|offer| offer.item.price.is_some() && !offer.is_paused);
        group.best = best.filter(|_| group.currency.is_some()).cloned();
    }
    // The most offered first.
    groups.sort_by_key(|group| (group.best.is_none(), Reverse(group.offers.len())));
    groups
}

/// How well an offer is to be had, best first.
fn standing(offer: &Offer) -> u8 {
    match offer.item.availability.as_ref().map(|availability| availability.status) {
        Some(AvailabilityStatus::InStock) => 0,
        None | Some(AvailabilityStatus::Unknown) => 1,
        Some(AvailabilityStatus::OnOrder) => 2,
        Some(AvailabilityStatus::OutOfStock) => 3,
    }
}

#[cfg(test)]
mod tests {
    use domain::{Availability, Decision, ListItem, Match};

    use super::*;

    fn an_offer(supplier: &str, price: &str, currency: &str, status: AvailabilityStatus, listed: i64) -> Offer {
        let listed_item = ListItem {
            sku: Some("A".into()),
            price: price.parse::<Decimal>().ok().and_then(|price| price.try_into().ok()),
            currency: currency.parse().ok(),
            availability: Some(Availability {
                original: Default::default(),
                status,
                quantity: None,
            }),
            ..ListItem::default()
        };
        let found = Match {
            decision: Decision::Matched,
            product_id: "P-1".parse().ok(),
            probability: 1.0,
            accept_score: 1.0,
            barred: false,
            candidates: Vec::new(),
            reasons: Vec::new(),
        };
        Offer {
            supplier_name: supplier.into(),
            is_paused: false,
            listed_at: Timestamp::from_second(listed).ok(),
            item: PublishedItem::new(supplier.parse().unwrap(), "sku:a".into(), listed_item, found),
        }
    }

    fn told(groups: &[OfferGroup]) -> Vec<(&str, Option<&str>, Vec<&str>)> {
        groups
            .iter()
            .map(|group| {
                (
                    group.currency.as_ref().map_or("-", Currency::code),
                    group.best.as_ref().map(|offer| offer.supplier_name.as_str()),
                    group.offers.iter().map(|offer| offer.supplier_name.as_str()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn the_lowest_price_is_best_then_stock_then_the_newest_list() {
        use AvailabilityStatus::{InStock, OutOfStock};
        let groups = grouped(vec![
            an_offer("dear", "9", "EUR", InStock, 9),
            an_offer("none", "-", "EUR", InStock, 9),
            an_offer("gone", "5", "EUR", OutOfStock, 9),
            an_offer("old", "5", "EUR", InStock, 1),
            an_offer("fresh", "5.00", "EUR", InStock, 2),
        ]);
        assert_eq!(
            told(&groups),
            [("EUR", Some("fresh"), vec!["fresh", "old", "gone", "dear", "none"])]
        );
    }

    #[test]
    fn an_offer_of_a_paused_supplier_stands_last_and_is_never_the_best() {
        use AvailabilityStatus::InStock;
        let mut paused = an_offer("paused", "1", "EUR", InStock, 9);
        paused.is_paused = true;
        let groups = grouped(vec![paused.clone(), an_offer("dear", "9", "EUR", InStock, 1)]);
        assert_eq!(told(&groups), [("EUR", Some("dear"), vec!["dear", "paused"])]);
        assert_eq!(told(&grouped(vec![paused])), [("EUR", None, vec!["paused"])]);
    }

    #[test]
    fn other_currencies_and_packs_are_groups_of_their_own() {
        use AvailabilityStatus::InStock;
        let mut by_ten = an_offer("by-ten", "1", "EUR", InStock, 1);
        by_ten.item.pack_size = Some(Decimal::TEN);
        let groups = grouped(vec![
            an_offer("nowhere", "0.5", "", InStock, 1),
            an_offer("a", "9", "EUR", InStock, 1),
            an_offer("dollar", "2", "USD", InStock, 1),
            by_ten,
            an_offer("b", "8", "EUR", InStock, 1),
        ]);
        assert_eq!(
            told(&groups),
            [
                ("EUR", Some("b"), vec!["b", "a"]),
                ("USD", Some("dollar"), vec!["dollar"]),
                ("EUR", Some("by-ten"), vec!["by-ten"]),
                ("-", None, vec!["nowhere"]),
            ]
        );
    }
}
