//! What one list changed in what the list before had published.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Availability, Currency, Decision, Price, Product, ProductId, Unit};

/// What is compared of an item from one list to the next.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemState {
    /// *The* price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The unit that the price is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// What became of it; none for the catalogue's own products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The accepted product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
}

impl ItemState {
    /// The state of a product of the catalogue.
    pub fn of_product(product: &Product) -> Self {
        Self {
            price: product.price,
            currency: product.currency,
            ..Self::default()
        }
    }

    /// Price, currency and unit: what a price means.
    pub fn terms(&self) -> PriceTerms {
        PriceTerms {
            price: self.price,
            currency: self.currency,
            unit: self.unit.clone(),
        }
    }

    /// By how many per cent the price moved; none where two prices cannot be compared: another currency or unit, no price,
    /// or a price of zero before.
    pub fn price_move(&self, new: &Self) -> Option<Decimal> {
        let (before, now) = (self.price?.amount(), new.price?.amount());
        if self.currency != new.currency || !same_unit(self.unit.as_ref(), new.unit.as_ref()) || before.is_zero() {
            return None;
        }
        let ratio = now.checked_sub(before)?.checked_mul(Decimal::ONE_HUNDRED)?;
        ratio.checked_div(before).map(|percent| percent.round_dp(2).normalize())
    }

    fn same_terms(&self, other: &Self) -> bool {
        self.terms().is_same(&other.terms())
    }

    fn same_stock(&self, other: &Self) -> bool {
        let stock = |state: &Self| {
            let availability = state.availability.as_ref()?;
            Some((availability.status, availability.quantity))
        };
        stock(self) == stock(other)
    }
}

/// A price with what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceTerms {
    /// The amount; none when the list gives none.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub price: Option<Price>,
    /// Its currency, where the list says it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub currency: Option<Currency>,
    /// The unit that it is for, where the list says it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub unit: Option<Unit>,
}

impl PriceTerms {
    /// Whether both say the same, however the unit is spelt.
    pub fn is_same(&self, other: &Self) -> bool {
        self.price == other.price
            && self.currency == other.currency
            && same_unit(self.unit.as_ref(), other.unit.as_ref())
    }
}

/// Whether two units are one: by code where both have one, else by their word.
pub fn same_unit(a: Option<&Unit>, b: Option<&Unit>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => match (&a.code, &b.code) {
            (Some(a), Some(b)) => a == b,
            _ => a.original.to_lowercase() == b.original.to_lowercase(),
        },
        _ => false,
    }
}

/// In which way an item changed. An item that changed in several ways is reported once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The list before did not have it.
    Added,
    /// The list does not have it any more.
    Discontinued,
    /// It costs more.
    PriceUp,
    /// It costs less.
    PriceDown,
    /// A price came, went, or is in another currency or unit: it cannot be compared.
    PriceOther,
    /// Stock or availability.
    Stock,
    /// Another product, or another decision.
    Rematched,
    /// Anything else: name, brand, further prices, the candidates found.
    Details,
}

impl ChangeKind {
    /// All kinds, in the order in which they are reported.
    pub const ALL: [Self; 8] = [
        Self::Added,
        Self::Discontinued,
        Self::PriceUp,
        Self::PriceDown,
        Self::PriceOther,
        Self::Stock,
        Self::Rematched,
        Self::Details,
    ];

    /// The kind's name, as stored and as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Discontinued => "discontinued",
            Self::PriceUp => "price_up",
            Self::PriceDown => "price_down",
            Self::PriceOther => "price_other",
            Self::Stock => "stock",
            Self::Rematched => "rematched",
            Self::Details => "details",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One change of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// In which way.
    pub kind: ChangeKind,
    /// Which item.
    pub item_key: String,
    /// Its code.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub sku: Option<String>,
    /// What it is called.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// Before; none for an added item.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub old: Option<ItemState>,
    /// Now; none for a discontinued item.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub new: Option<ItemState>,
    /// By how many per cent the price moved, below zero when it fell; only where the two can be compared.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub percent: Option<Decimal>,
}

impl Change {
    /// The ways in which an item changed from `old` to `new`; none when nothing that is compared did.
    pub fn between(
        item_key: String,
        sku: Option<String>,
        name: Option<String>,
        old: Option<ItemState>,
        new: Option<ItemState>,
    ) -> Vec<Self> {
        let kinds: Vec<(ChangeKind, Option<Decimal>)> = match (&old, &new) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec![(ChangeKind::Added, None)],
            (Some(_), None) => vec![(ChangeKind::Discontinued, None)],
            (Some(old), Some(new)) => kinds_between(old, new),
        };
        let change = |(kind, percent)| Self {
            kind,
            item_key: item_key.clone(),
            sku: sku.clone(),
            name: name.clone(),
            old: old.clone(),
            new: new.clone(),
            percent,
        };
        kinds.into_iter().map(change).collect()
    }

    /// Whether the list does not have the item any more.
    pub fn is_discontinued(&self) -> bool {
        self.kind == ChangeKind::Discontinued
    }
}

fn kinds_between(old: &ItemState, new: &ItemState) -> Vec<(ChangeKind, Option<Decimal>)> {
    let mut kinds = Vec::new();
    if !old.same_terms(new) {
        kinds.push(match old.price_move(new) {
            Some(percent) if new.price > old.price => (ChangeKind::PriceUp, Some(percent)),
            Some(percent) => (ChangeKind::PriceDown, Some(percent)),
            None => (ChangeKind::PriceOther, None),
        });
    }
    if !old.same_stock(new) {
        kinds.push((ChangeKind::Stock, None));
    }
    if old.decision != new.decision || old.product_id != new.product_id {
        kinds.push((ChangeKind::Rematched, None));
    }
    kinds
}

/// How many changes of each kind a publication made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the kinds of `ChangeKind`")]
pub struct ChangeCounts {
    pub added: u64,
    pub discontinued: u64,
    pub price_up: u64,
    pub price_down: u64,
    pub price_other: u64,
    pub stock: u64,
    pub rematched: u64,
    pub details: u64,
}

impl ChangeCounts {
    /// The count of one kind.
    pub fn of(&self, kind: ChangeKind) -> u64 {
        match kind {
            ChangeKind::Added => self.added,
            ChangeKind::Discontinued => self.discontinued,
            ChangeKind::PriceUp => self.price_up,
            ChangeKind::PriceDown => self.price_down,
            ChangeKind::PriceOther => self.price_other,
            ChangeKind::Stock => self.stock,
            ChangeKind::Rematched => self.rematched,
            ChangeKind::Details => self.details,
        }
    }

    /// Counts one more of `kind`.
    pub fn count(&mut self, kind: ChangeKind) {
        *match kind {
            ChangeKind::Added => &mut self.added,
            ChangeKind::Discontinued => &mut self.discontinued,
            ChangeKind::PriceUp => &mut self.price_up,
            ChangeKind::PriceDown => &mut self.price_down,
            ChangeKind::PriceOther => &mut self.price_other,
            ChangeKind::Stock => &mut self.stock,
            ChangeKind::Rematched => &mut self.rematched,
            ChangeKind::Details => &mut self.details,
        } += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AvailabilityStatus;

    fn state(price: &str, currency: &str, unit: &str) -> ItemState {
        ItemState {
            price: Some(price.parse::<Decimal>().unwrap().try_into().unwrap()),
            currency: currency.parse().ok(),
            unit: Some(Unit {
                original: unit.into(),
                code: None,
            }),
            decision: Some(Decision::New),
            ..ItemState::default()
        }
    }

    fn kinds(old: Option<ItemState>, new: Option<ItemState>) -> Vec<(ChangeKind, Option<String>)> {
        Change::between("sku:1".into(), None, None, old, new)
            .into_iter()
            .map(|change| (change.kind, change.percent.map(|percent| percent.to_string())))
            .collect()
    }

    #[test]
    fn prices_move_up_and_down_by_per_cent() {
        let was = state("10", "EUR", "pcs");
        let now = |price| kinds(Some(was.clone()), Some(state(price, "EUR", "PCS")));
        assert_eq!(now("12.5"), [(ChangeKind::PriceUp, Some("25".into()))]);
        assert_eq!(now("9.99"), [(ChangeKind::PriceDown, Some("-0.1".into()))]);
        assert_eq!(now("10.00"), []);
    }

    #[test]
    fn another_currency_or_unit_is_no_move() {
        let was = state("10", "EUR", "pcs");
        assert_eq!(
            kinds(Some(was.clone()), Some(state("10", "USD", "pcs"))),
            [(ChangeKind::PriceOther, None)]
        );
        assert_eq!(
            kinds(Some(was.clone()), Some(state("12", "EUR", "box"))),
            [(ChangeKind::PriceOther, None)]
        );
        let free = state("0", "EUR", "pcs");
        assert_eq!(kinds(Some(free), Some(was)), [(ChangeKind::PriceOther, None)]);
    }

    #[test]
    fn an_item_may_change_in_several_ways() {
        let was = state("10", "EUR", "pcs");
        let now = ItemState {
            availability: Some(Availability {
                original: "none".into(),
                status: AvailabilityStatus::OutOfStock,
                quantity: None,
            }),
            decision: Some(Decision::Matched),
            product_id: "P-1".parse().ok(),
            ..was.clone()
        };
        assert_eq!(
            kinds(Some(was.clone()), Some(now.clone())),
            [(ChangeKind::Stock, None), (ChangeKind::Rematched, None)]
        );
        assert_eq!(kinds(None, Some(now)), [(ChangeKind::Added, None)]);
        assert_eq!(kinds(Some(was), None), [(ChangeKind::Discontinued, None)]);
    }

    #[test]
    fn counts_have_a_field_for_each_kind() {
        let mut counts = ChangeCounts::default();
        ChangeKind::ALL.iter().for_each(|kind| counts.count(*kind));
        let json = serde_json::to_value(counts).unwrap();
        assert_eq!(json.as_object().unwrap().len(), ChangeKind::ALL.len());
        for kind in ChangeKind::ALL {
            assert_eq!((counts.of(kind), &json[kind.as_str()]), (1, &serde_json::json!(1)));
        }
    }
}
