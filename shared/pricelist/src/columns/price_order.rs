//! Which of the price columns has *the* price.

use rust_decimal::Decimal;

use super::{Columns, Profile};
use crate::{
    amount::{self, Reading},
    dictionary::{self, PriceKind, Role},
    grid::Grid,
    structure::Table,
};

/// An old price beside which few rows have another is the price of the others: shops' programs call it the regular one, beside
/// a price of the sale that is mostly empty or left out.
pub(super) fn regular_price(columns: &mut Columns) {
    let old = Role::Price(PriceKind::Old);
    let fill = |columns: &Columns, is_old: bool| {
        let of_kind = columns
            .readings
            .iter()
            .filter(|reading| reading.role.is_price() && (reading.role == old) == is_old);
        of_kind
            .filter_map(|reading| columns.profile(reading.column))
            .map(Profile::fill)
            .fold(0.0, f64::max)
    };
    if fill(columns, false) * 2.0 >= fill(columns, true) {
        return;
    }
    for reading in columns.readings.iter_mut().filter(|reading| reading.role == old) {
        reading.role = Role::Price(PriceKind::Plain);
    }
}

/// Of two plain prices with a discount between them, the lower one after it is what the buyer pays.
pub(super) fn discounted(columns: &mut Columns) {
    let plain = Role::Price(PriceKind::Plain);
    let median = |columns: &Columns, column: u32| columns.profile(column).map_or(0.0, |profile| profile.median);
    let after = columns.readings.windows(3).find_map(|window| match window {
        [list, rate, net]
            if list.role == plain
                && rate.role == Role::Rate
                && net.role == plain
                && median(columns, net.column) < median(columns, list.column) =>
        {
            Some(net.column)
        }
        _ => None,
    });
    if let Some(reading) = columns
        .readings
        .iter_mut()
        .find(|reading| Some(reading.column) == after)
    {
        reading.role = Role::Price(PriceKind::Purchase);
    }
}

/// A net price that is lower than the list price beside it is what the buyer pays.
pub(super) fn net_beside_list(columns: &mut Columns) {
    let plain = Role::Price(PriceKind::Plain);
    let median = |column: u32| columns.profile(column).map_or(0.0, |profile| profile.median);
    let of_list = columns
        .readings
        .iter()
        .filter(|reading| reading.role == plain && dictionary::is_called_list_price(&reading.header))
        .map(|reading| median(reading.column))
        .fold(0.0, f64::max);
    let net: Vec<u32> = columns
        .readings
        .iter()
        .filter(|reading| reading.role == plain && dictionary::is_called_net(&reading.header))
        .filter(|reading| !dictionary::is_called_list_price(&reading.header) && median(reading.column) < of_list)
        .map(|reading| reading.column)
        .collect();
    for reading in columns.readings.iter_mut().filter(|it| net.contains(&it.column)) {
        reading.role = Role::Price(PriceKind::Purchase);
    }
}

/// Of prices that are not the buyer's by name, one whose header says a per cent and that is lower than another is what is left
/// to pay after a discount: `Partner (60%)`, `-20 %`.
pub(super) fn reduced(columns: &mut Columns) {
    let is_open = |role: Role| {
        matches!(
            role,
            Role::Price(PriceKind::Plain | PriceKind::Retail | PriceKind::Wholesale)
        )
    };
    let median = |columns: &Columns, column: u32| columns.profile(column).map_or(0.0, |profile| profile.median);
    let highest = columns
        .readings
        .iter()
        .filter(|reading| is_open(reading.role))
        .map(|reading| median(columns, reading.column))
        .fold(0.0, f64::max);
    let reduced: Vec<u32> = columns
        .readings
        .iter()
        .filter(|reading| is_open(reading.role) && dictionary::says_per_cent(&reading.header))
        .filter(|reading| median(columns, reading.column) < highest)
        .map(|reading| reading.column)
        .collect();
    for reading in columns.readings.iter_mut().filter(|it| reduced.contains(&it.column)) {
        reading.role = Role::Price(PriceKind::Purchase);
    }
}

/// Of work that is priced by its parts, as material and labour, the column that adds them up is the price.
pub(super) fn sum_of_parts(grid: &Grid, table: &Table, columns: &mut Columns) {
    const ROWS: usize = 200;
    const FEWEST: usize = 3;
    let Some(total) = columns.of(Role::Total) else { return };
    let is_part = |role: Role| role.is_price() && role != Role::Price(PriceKind::Old);
    let parts: Vec<u32> = columns
        .readings
        .iter()
        .filter(|reading| is_part(reading.role))
        .map(|reading| reading.column)
        .collect();
    let is_labour = columns
        .readings
        .iter()
        .any(|reading| is_part(reading.role) && dictionary::is_called_labour(&reading.header));
    if parts.len() < 2 || !is_labour {
        return;
    }
    let amount = |row: usize, column: u32| {
        let mark = columns.profile(column).and_then(|profile| profile.mark);
        match amount::read(&grid.text_at(row, column), mark) {
            Reading::Amount(amount) => amount.value,
            _ => Decimal::ZERO,
        }
    };
    let (mut rows, mut sums) = (0, 0);
    for row in table.rows().take(ROWS) {
        let whole = amount(row, total);
        if !whole.is_zero() {
            rows += 1;
            sums += usize::from(parts.iter().map(|column| amount(row, *column)).sum::<Decimal>() == whole);
        }
    }
    if rows < FEWEST || sums * 10 < rows * 7 {
        return;
    }
    if let Some(reading) = columns.readings.iter_mut().find(|reading| reading.column == total) {
        reading.role = Role::Price(PriceKind::Purchase);
    }
}

/// Puts *the* price first. The rule: the price the buyer pays before the price others pay; the current before the old;
/// the piece before the pack; among equals the one that was *the* price in the list before, then one that differs between
/// rows, then one without tax, then the one that more rows have, then the leftmost.
pub(super) fn rank_prices(columns: &mut Columns, was_price: impl Fn(u32) -> bool) {
    let mut prices: Vec<(u8, std::cmp::Reverse<u64>, u32)> = columns
        .readings
        .iter()
        .filter_map(|reading| match reading.role {
            Role::Price(kind) => {
                let fill = columns.profile(reading.column).map_or(0.0, Profile::fill);
                Some((
                    kind as u8,
                    std::cmp::Reverse((fill * 4.0).round() as u64),
                    reading.column,
                ))
            }
            _ => None,
        })
        .collect();
    let speaks_to_buyer = |column: u32| {
        let mut readings = columns.readings.iter();
        readings.any(|reading| reading.column == column && dictionary::speaks_to_buyer(&reading.header))
    };
    let includes_tax = |column: u32| {
        let mut readings = columns.readings.iter();
        readings.any(|reading| reading.column == column && dictionary::includes_tax(&reading.header))
    };
    let is_constant = |column: u32| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.distinct <= 1 && profile.filled >= 5)
    };
    prices.sort_unstable();
    // A column that few rows fill is no list's main price.
    let fullest = prices.iter().map(|(_, fill, _)| fill.0).max().unwrap_or(0);
    prices.sort_by_key(|(kind, fill, column)| {
        (
            // A special price holds where there is one.
            fill.0 * 2 < fullest && *kind != PriceKind::Purchase as u8,
            *kind == PriceKind::Old as u8,
            *kind,
            // Of the buyer's prices the one that is theirs by name, before one that is special to all.
            *kind == PriceKind::Purchase as u8 && !speaks_to_buyer(*column),
            !was_price(*column),
            // What is the same for all, as a point's price is, prices none of them.
            is_constant(*column),
            // A business is given the tax back.
            includes_tax(*column),
            *fill,
            *column,
        )
    });
    columns.prices = prices.into_iter().map(|(_, _, column)| column).collect();
}
