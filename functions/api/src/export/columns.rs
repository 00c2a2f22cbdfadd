//! The columns of an export.

use domain::{Currency, Decision, NamedPrice, ProductId};
use rust_decimal::{Decimal, prelude::FromPrimitive};
use store::{Movement, PublishedItem};

use super::Cell;

/// Their headers, in order; the names are those of the API.
pub(super) const COLUMNS: [&str; 21] = [
    "supplier_id",
    "item_key",
    "sku",
    "barcode",
    "name",
    "brand",
    "category",
    "description",
    "price",
    "currency",
    "unit",
    "pack_size",
    "minimum_order",
    "availability",
    "quantity",
    "other_prices",
    "decision",
    "product_id",
    "probability",
    "price_move_percent",
    "changed_at",
];

/// The cells of an item. Times are RFC 3339 in UTC.
pub(super) fn cells(item: &PublishedItem, movement: Option<Movement>) -> [Cell<'_>; COLUMNS.len()] {
    let availability = item.availability.as_ref();
    [
        Cell::text(Some(item.supplier_id.as_str())),
        Cell::text(Some(item.item_key.as_str())),
        Cell::text(item.sku.as_deref()),
        Cell::text(item.barcode.as_deref()),
        Cell::text(item.name.as_deref()),
        Cell::text(item.brand.as_deref()),
        Cell::text(item.category.as_deref()),
        Cell::text(item.description.as_deref()),
        Cell::number(item.price),
        Cell::text(item.currency.as_ref().map(Currency::code)),
        Cell::text(item.unit.as_ref().map(|unit| unit.original.as_str())),
        Cell::number(item.pack_size),
        Cell::number(item.minimum_order),
        Cell::text(availability.map(|availability| availability.original.as_str())),
        Cell::number(availability.and_then(|availability| availability.quantity)),
        Cell::text(other_prices(item)),
        Cell::text(Some(decision(item.found.decision))),
        Cell::text(item.found.product_id.as_ref().map(ProductId::as_str)),
        Cell::number(Decimal::from_f64(item.found.probability).map(|probability| probability.round_dp(4))),
        Cell::number(movement.and_then(|movement| movement.price_move)),
        Cell::text(movement.map(|movement| movement.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
    ]
}

/// What stands in the list beside its one price: `from 10 pcs: 11.2 EUR; Retail: 15`.
fn other_prices(item: &PublishedItem) -> Option<String> {
    let said = |named: &NamedPrice| match named.currency {
        Some(currency) => format!("{}: {} {}", named.name, named.price, currency.code()),
        None => format!("{}: {}", named.name, named.price),
    };
    let words: Vec<String> = item.prices.iter().map(said).collect();
    (words.len() > 1).then(|| words.join("; "))
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Matched => "matched",
        Decision::Review => "review",
        Decision::New => "new",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::item;

    #[test]
    fn an_items_cells_stand_under_their_headers() {
        let item = item();
        let movement = Movement {
            changed_at: "2026-03-01T12:00:00.123Z".parse().unwrap(),
            price_move: Some(Decimal::new(-250, 2)),
        };
        let cells = cells(&item, Some(movement));
        let cell = |header| &cells[COLUMNS.iter().position(|name| *name == header).unwrap()];
        assert_eq!(cell("sku"), &Cell::Text("-0102".into()));
        assert_eq!(cell("price"), &Cell::Number(Decimal::new(125, 1)));
        assert_eq!(cell("quantity"), &Cell::Number(Decimal::ONE_HUNDRED));
        assert_eq!(
            cell("other_prices"),
            &Cell::Text("Price: 12.5 EUR; from 10 pcs: 11".into())
        );
        assert_eq!((cell("brand"), cell("product_id")), (&Cell::Empty, &Cell::Empty));
        assert_eq!(cell("decision"), &Cell::Text("new".into()));
        assert_eq!(cell("probability"), &Cell::Number(Decimal::new(25, 2)));
        assert_eq!(cell("price_move_percent"), &Cell::Number(Decimal::new(-25, 1)));
        assert_eq!(cell("changed_at"), &Cell::Text("2026-03-01T12:00:00Z".into()));
    }
}
