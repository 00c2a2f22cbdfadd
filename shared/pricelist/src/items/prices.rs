//! The prices of a row, and which of them is *the* price.

use domain::{Currency, Field, ListItem, NamedPrice, Price, RowError, Text, Unit};
use rust_decimal::Decimal;

use super::{Money, Sink, TableReader, row::Row};
use crate::{
    amount::{Amount, DecimalMark, Reading},
    columns::Columns,
    currency,
    dictionary::{PriceKind, Role},
    structure::Table,
    unit::price_basis::{self, Basis},
};

/// Below this a price is a placeholder (0, 0.001, 0.01 beside prices in hundreds).
const PLACEHOLDER: (i64, u32) = (1, 2);

/// What the chosen price is for, as its cell or its header says.
#[derive(Default)]
pub(super) struct UnitOfPrice {
    pub(super) unit: Option<Unit>,
    /// Several of it.
    pub(super) basis: Option<Basis>,
}

/// A price column with what its header and its cells say once for all rows.
pub(super) struct PriceColumn {
    pub(super) column: u32,
    name: Text,
    currency: Option<Currency>,
    unit: Option<Unit>,
    basis: Option<Basis>,
    is_old: bool,
    /// The header says that the amounts are cents.
    is_in_cents: bool,
    pub(super) mark: Option<DecimalMark>,
    median: f64,
}

impl PriceColumn {
    pub(super) fn new(column: u32, table: &Table, columns: &Columns, money: Money) -> Self {
        let name = table
            .header(column)
            .map(|header| header.text.clone())
            .unwrap_or_default();
        let profile = columns.profile(column);
        Self {
            column,
            currency: currency::in_text(&name).filter(|_| money.is_dollar_usual || !currency::is_bare_dollar(&name)),
            unit: price_basis::after_slash(&name),
            basis: price_basis::basis(&name),
            is_in_cents: currency::names_cents(&name),
            is_old: columns.role(column) == Some(Role::Price(PriceKind::Old)),
            mark: profile.and_then(|profile| profile.mark),
            median: profile.map_or(0.0, |profile| profile.median),
            name: name.into(),
        }
    }

    /// Whether the header says what the prices are for.
    fn is_for_units(&self) -> bool {
        self.unit.is_some() || self.basis.is_some()
    }

    /// The amount in the currency itself.
    pub(super) fn whole(&self, amount: Decimal) -> Decimal {
        if self.is_in_cents {
            amount / Decimal::ONE_HUNDRED
        } else {
            amount
        }
    }

    fn is_placeholder(&self, amount: &Amount) -> bool {
        if amount.value.is_zero() {
            return true;
        }
        // Of at most two decimals, as nearly all have, the digits alone tell.
        if amount.value.scale() <= 2 && amount.value.mantissa() > PLACEHOLDER.0.into() {
            return false;
        }
        let least = Decimal::new(PLACEHOLDER.0, PLACEHOLDER.1);
        amount.value <= least && self.median >= 10.0
    }
}

/// The currency of a row's prices that state one, where it is the same.
fn common_currency(prices: &[NamedPrice]) -> Option<Currency> {
    let mut stated = prices.iter().filter_map(|price| price.currency);
    let first = stated.next()?;
    stated.all(|other| other == first).then_some(first)
}

impl TableReader<'_> {
    /// Reads every price of the row and chooses *the* price; false where the row is to be reported instead of read.
    pub(super) fn read_prices<'t>(
        &self,
        row: impl Row<'t>,
        mut first_price: Option<&Reading>,
        item: &mut ListItem,
        unit_of_price: &mut UnitOfPrice,
        sink: &mut Sink<'_>,
    ) -> bool {
        let mut faults: Vec<RowError> = Vec::new();
        for price_column in &self.prices {
            let column = price_column.column;
            let read;
            let reading = match first_price.take() {
                Some(known) => known,
                None => {
                    read = row.price(column, price_column.mark);
                    &read
                }
            };
            let fault = |message: &str| RowError {
                position: row.position(),
                cell: Some(row.cell_name(column).to_string()),
                text: row.text(column).unwrap_or_default().chars().take(120).collect(),
                message: message.to_owned(),
            };
            match reading {
                Reading::Amount(amount) => {
                    if price_column.is_placeholder(amount) {
                        continue;
                    }
                    let Ok(price) = Price::try_from(price_column.whole(amount.value)) else {
                        continue;
                    };
                    let currency = self
                        .stated(row, column, amount)
                        .or(price_column.currency)
                        .or(self.money.currency);
                    if item.price.is_none() && !price_column.is_old {
                        item.price = Some(price);
                        item.currency = currency;
                        item.cells.insert(Field::Price, row.cell_name(column));
                        if amount.unit.is_some() || price_column.is_for_units() {
                            let unit = amount.unit.as_deref().or(price_column.unit.as_ref());
                            *unit_of_price = UnitOfPrice {
                                unit: unit.cloned(),
                                basis: price_column.basis.clone(),
                            };
                        }
                    }
                    if self.prices.len() > 1 {
                        item.prices.push(NamedPrice {
                            name: price_column.name.clone(),
                            price,
                            currency,
                        });
                    }
                }
                Reading::Negative => faults.push(fault("a price cannot be negative")),
                Reading::Unreadable => faults.push(fault("this is not a price")),
                Reading::OnRequest | Reading::Blank => {}
            }
        }
        if item.price.is_some() && item.currency.is_none() {
            item.currency = common_currency(&item.prices);
        }
        let main = self.prices.first();
        // What is wrong with a cell that could not be had has been said.
        let is_lost = main.is_some_and(|price| row.has_fault(price.column));
        let is_missing = item.price.is_none() && faults.is_empty() && !is_lost;
        if is_missing && main.is_some_and(|price| self.misses_usual_price(row, price)) {
            sink.error(RowError {
                position: row.position(),
                cell: main.map(|price| row.cell_name(price.column).to_string()),
                text: item.name.as_deref().unwrap_or_default().to_owned(),
                message: "this row has no price; it was kept as an item without one".to_owned(),
            });
        }
        let main_fails = item.price.is_none() && (is_lost || !faults.is_empty());
        for fault in faults {
            sink.error(fault);
        }
        !main_fails
    }

    /// The currency that a price's cell states. Where `$` is not the US dollar, it states none.
    pub(super) fn stated<'t>(&self, row: impl Row<'t>, column: u32, amount: &Amount) -> Option<Currency> {
        let currency = amount.currency?;
        let is_doubtful = !self.money.is_dollar_usual
            && currency.code() == "USD"
            && row
                .text(column)
                .is_none_or(|text| currency::is_bare_dollar(&text) || !text.to_lowercase().contains("us"));
        (!is_doubtful).then_some(currency)
    }

    /// Whether the price cell is empty where nearly all rows have one.
    fn misses_usual_price<'t>(&self, row: impl Row<'t>, price: &PriceColumn) -> bool {
        matches!(row.price(price.column, price.mark), Reading::Blank)
            && self
                .columns
                .profile(price.column)
                .is_some_and(|profile| profile.fill() > 0.6)
    }
}
