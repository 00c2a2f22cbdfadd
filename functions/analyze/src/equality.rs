//! The legacy way of finding items in the catalogue: an equal SKU or an equal barcode, and nothing else.

use std::collections::HashMap;

use domain::{Candidate, Decision, ListItem, Match, Product, ProductId, Ruling};

/// Finds each item among `products`. One product found is a match; several are for a person; none makes the item new. What
/// a person has decided (`rulings`, in the items' order; those beyond its end have none) stands above that.
pub(crate) fn match_by_equality<'p>(
    items: &[ListItem],
    rulings: &[Option<Ruling>],
    products: impl Iterator<Item = &'p Product>,
) -> Vec<Match> {
    let index = Index::of(products);
    let ruled = |place: usize| rulings.get(place).and_then(Option::as_ref);
    let find = |(place, item): (usize, &ListItem)| match ruled(place) {
        Some(Ruling::Product(product)) => decided(Decision::Matched, &[product], "a person decided so"),
        Some(Ruling::New) => decided(Decision::New, &[], "a person decided so"),
        None => index.find(item),
    };
    items.iter().enumerate().map(find).collect()
}

#[derive(Default)]
struct Index<'p> {
    by_sku: HashMap<&'p str, Vec<&'p ProductId>>,
    by_barcode: HashMap<String, Vec<&'p ProductId>>,
}

impl<'p> Index<'p> {
    fn of(products: impl Iterator<Item = &'p Product>) -> Self {
        let mut index = Self::default();
        for product in products {
            if let Some(sku) = product.sku.as_deref().map(str::trim).filter(|sku| !sku.is_empty()) {
                index.by_sku.entry(sku).or_default().push(&product.product_id);
            }
            if let Some(barcode) = product.barcode.as_deref().and_then(digits) {
                index.by_barcode.entry(barcode).or_default().push(&product.product_id);
            }
        }
        index
    }

    fn find(&self, item: &ListItem) -> Match {
        let none: &[&ProductId] = &[];
        let of_sku = item
            .sku
            .as_deref()
            .and_then(|sku| self.by_sku.get(sku.trim()))
            .map_or(none, Vec::as_slice);
        let barcode = item.barcode.as_deref().and_then(digits);
        let of_barcode = barcode
            .and_then(|barcode| self.by_barcode.get(&barcode))
            .map_or(none, Vec::as_slice);
        let mut found: Vec<&ProductId> = of_sku.iter().chain(of_barcode).copied().collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [] => decided(
                Decision::New,
                &[],
                "no product of the catalogue has this SKU or barcode",
            ),
            [_] if of_barcode.is_empty() => decided(Decision::Matched, &found, "the SKU is equal"),
            [_] if of_sku.is_empty() => decided(Decision::Matched, &found, "the barcode is equal"),
            [_] => decided(Decision::Matched, &found, "SKU and barcode are equal"),
            _ => decided(
                Decision::Review,
                &found,
                "SKU and barcode belong to several products of the catalogue",
            ),
        }
    }
}

fn decided(decision: Decision, found: &[&ProductId], reason: &str) -> Match {
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    let probability = match found.len() {
        0 => 0.0,
        several => 1.0 / several as f64,
    };
    let candidate = |product_id: &&ProductId| Candidate {
        product_id: (*product_id).clone(),
        probability,
    };
    Match {
        decision,
        product_id: found
            .first()
            .filter(|_| decision == Decision::Matched)
            .map(|id| (*id).clone()),
        probability,
        accept_score: probability,
        barred: false,
        candidates: found.iter().map(candidate).collect(),
        reasons: vec![reason.to_owned()],
    }
}

/// The digits of a barcode without separators and without the zeros that spreadsheets lose; none when it has other
/// characters.
fn digits(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|char| !char.is_whitespace() && *char != '-')
        .collect();
    let digits = text.trim_start_matches('0');
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(id: &str, sku: &str, barcode: &str) -> Product {
        serde_json::from_value(serde_json::json!({"product_id": id, "name": id, "sku": sku, "barcode": barcode}))
            .unwrap()
    }

    fn item(sku: &str, barcode: &str) -> ListItem {
        ListItem {
            sku: Some(sku.into()).filter(|sku: &domain::Text| !sku.is_empty()),
            barcode: Some(barcode.into()).filter(|barcode: &domain::Text| !barcode.is_empty()),
            ..ListItem::default()
        }
    }

    #[test]
    fn only_equality_counts() {
        let products = [
            product("P-1", "A-1", "4006381333931"),
            product("P-2", "A-2", "0036000291452"),
            product("P-3", "A-3", ""),
            product("P-4", "A-3", ""),
        ];
        let items = [
            item("A-1", ""),
            item("", "36000291452"),
            item("A-1", "4006381333931"),
            item("a-1", ""),
            item("A-1", "036000291452"),
            item("A-3", ""),
        ];
        let matches = match_by_equality(&items, &[], products.iter());
        let said: Vec<_> = matches
            .iter()
            .map(|found| (found.decision, found.product_id.as_ref().map(ProductId::as_str)))
            .collect();
        assert_eq!(
            said,
            [
                (Decision::Matched, Some("P-1")),
                (Decision::Matched, Some("P-2")),
                (Decision::Matched, Some("P-1")),
                (Decision::New, None),
                (Decision::Review, None),
                (Decision::Review, None),
            ]
        );
        assert_eq!(matches[4].candidates.len(), 2);
    }

    #[test]
    fn what_a_person_decided_stands() {
        let products = [product("P-1", "A-1", ""), product("P-2", "A-2", "")];
        let items = [item("A-1", ""), item("A-1", ""), item("A-1", "")];
        let rulings = [Some(Ruling::Product("P-2".parse().unwrap())), Some(Ruling::New)];
        let found: Vec<_> = match_by_equality(&items, &rulings, products.iter())
            .into_iter()
            .map(|found| found.product_id.map(|id| id.to_string()))
            .collect();
        assert_eq!(found, [Some("P-2".to_owned()), None, Some("P-1".to_owned())]);
    }
}
