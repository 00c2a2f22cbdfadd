//! Which columns are prices, and of what kind.

use super::{
    ColumnReading, Columns, THRESHOLD,
    candidate::{Candidate, called, reading},
};
use crate::{
    currency,
    dictionary::{PriceKind, Role},
};

/// From this likeness on a column without known words in its header is taken for what it was.
const SURE_MEMORY: f64 = 0.6;

/// The kind of price that the header's words name; the more special wins over the plain word.
pub(super) fn price_kind(candidate: &Candidate<'_>) -> Role {
    let roles = || candidate.header_roles.iter().filter(|(role, _)| role.is_price());
    let best = roles().map(|(_, weight)| *weight).fold(0.0, f64::max);
    let named = roles()
        .filter(|(role, weight)| *role != Role::Price(PriceKind::Plain) && *weight > best * 0.6)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(role, _)| *role);
    let recalled = candidate
        .memory
        .map(|(role, _)| role)
        .filter(|role| best < 0.2 && role.is_price());
    named.or(recalled).unwrap_or(Role::Price(PriceKind::Plain))
}

/// Every other column whose header names a price and whose cells are prices.
pub(super) fn more_prices(candidates: &[Candidate<'_>], columns: &mut Columns) {
    for candidate in candidates {
        if columns.role(candidate.profile.column).is_some() {
            continue;
        }
        let price = Role::Price(PriceKind::Plain);
        let is_price = (candidate.header_weight(price) >= 0.4 || candidate.memory(price) >= SURE_MEMORY)
            && candidate.score(price) > THRESHOLD
            && candidate.other.is_none_or(|(_, other)| candidate.score(price) > other);
        if is_price {
            columns.readings.push(reading(candidate, price_kind(candidate)));
        }
    }
}

/// Columns headed by quantities ("1-9", "10+") price tiers, beside a price that has a name as well.
pub(super) fn tiers(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let price = Role::Price(PriceKind::Plain);
    let is_by_header = |reading: &ColumnReading| reading.is_by_header();
    let is_open = |column: u32| {
        let mut readings = columns.readings.iter();
        readings.all(|reading| reading.column != column || reading.role.is_price() && !is_by_header(reading))
    };
    let tiers: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| candidate.is_tier && candidate.content(price) > 0.3 && is_open(candidate.profile.column))
        .collect();
    if tiers.len() < 2 {
        return;
    }
    columns
        .readings
        .retain(|reading| !tiers.iter().any(|tier| tier.profile.column == reading.column));
    let readings = tiers
        .iter()
        .map(|tier| called(reading(tier, Role::Price(PriceKind::Tier))));
    columns.readings.extend(readings);
}

/// A column that is called a price is one even where most of its cells are broken.
pub(super) fn price_by_header_alone(candidates: &[Candidate<'_>], columns: &mut Columns) {
    if columns.readings.iter().any(|reading| reading.role.is_price()) {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let called = candidates
        .iter()
        .filter(|candidate| columns.role(candidate.profile.column).is_none() && candidate.profile.has_amounts())
        .filter(|candidate| candidate.header_weight(price) >= 0.75)
        .max_by(|a, b| a.header_weight(price).total_cmp(&b.header_weight(price)));
    if let Some(candidate) = called {
        columns.readings.push(reading(candidate, price_kind(candidate)));
    }
}

/// What a header says that has no known word but a currency's, perhaps with a unit's: `Euro`, `USD 18K`, `Bottle €`.
pub(super) fn called_by_currency(header: &str, roles: Vec<(Role, f64)>) -> Vec<(Role, f64)> {
    const LONGEST: usize = 24;
    const WEIGHT: f64 = 0.7;
    let is_unit = |role: Role| matches!(role, Role::Unit | Role::PackSize);
    let is_known = roles
        .first()
        .is_some_and(|(role, weight)| *weight >= 0.4 && !is_unit(*role));
    if is_known || header.chars().count() > LONGEST || !currency::is_named(header) {
        return roles;
    }
    vec![(Role::Price(PriceKind::Plain), WEIGHT)]
}

/// A column that is called an amount is the price where nothing else is and no quantity makes it a sum.
pub(super) fn total_as_price(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let is_of = |role: Role| columns.readings.iter().any(|reading| reading.role == role);
    let is_ordered = |candidate: &Candidate<'_>| candidate.other.is_some_and(|(role, _)| role == Role::OrderQuantity);
    if columns.readings.iter().any(|reading| reading.role.is_price())
        || is_of(Role::Availability)
        || candidates.iter().any(is_ordered)
    {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let mut amounts = candidates.iter().filter(|candidate| {
        columns.role(candidate.profile.column).is_none()
            && candidate.other.is_some_and(|(role, _)| role == Role::Total)
            && candidate.content(price) >= 0.5
    });
    if let (Some(candidate), None) = (amounts.next(), amounts.next()) {
        columns.readings.push(called(reading(candidate, price)));
    }
}

/// Where the header names items but no price: the column that looks most like prices is the price, or where the header has no known word for the items either, the only one that does.
pub(super) fn price_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let names_items = |reading: &&ColumnReading| matches!(reading.role, Role::Name | Role::Sku);
    let by_header = |reading: &ColumnReading| reading.is_by_header();
    let is_called = columns.readings.iter().filter(names_items).any(by_header);
    if !columns.readings.iter().any(|reading| names_items(&reading))
        || columns.readings.iter().any(|reading| reading.role.is_price())
    {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let free: Vec<&Candidate<'_>> = candidates
        .iter()
        // What is called a rate and has no rates in it is the price: "PDV" is the point of sale in one language, a tax in another.
        .filter(|candidate| match candidate.other {
            Some((role, _)) => role == Role::Rate && !candidate.profile.may_be_rates(),
            None => true,
        })
        .filter(|candidate| columns.role(candidate.profile.column).is_none())
        .filter(|candidate| !crate::variants::is_variant(&candidate.header))
        .collect();
    let fitting: Vec<_> = free
        .into_iter()
        .filter(|candidate| candidate.content(price) >= 0.85)
        .collect();
    if !is_called && fitting.len() > 1 {
        return;
    }
    let best = fitting
        .into_iter()
        .max_by(|a, b| a.content(price).total_cmp(&b.content(price)));
    columns.readings.extend(best.map(|candidate| reading(candidate, price)));
}
