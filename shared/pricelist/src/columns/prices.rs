//! Which columns are prices, of what kind, and which of them has *the* price.

use super::{
    Columns, Profile, THRESHOLD,
    candidate::{Candidate, called, reading},
    identity,
};
use crate::{
    columns::ColumnReading,
    currency,
    dictionary::{self, PriceKind, Role},
    grid::Grid,
    structure::Table,
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

/// What a header says that has no known word but a currency's: `Euro`, `USD 18K`.
pub(super) fn called_by_currency(header: &str, roles: Vec<(Role, f64)>) -> Vec<(Role, f64)> {
    const LONGEST: usize = 24;
    const WEIGHT: f64 = 0.7;
    let is_known = roles.first().is_some_and(|(_, weight)| *weight >= 0.4);
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

/// Where the header names items but no price: columns of quantities ("1-9", "from 10") price tiers; else the column that
/// looks most like prices is the price.
pub(super) fn price_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let names_items = columns.readings.iter().any(|reading| {
        matches!(reading.role, Role::Name | Role::Sku) && reading.evidence.iter().any(|evidence| evidence == "header")
    });
    if !names_items || columns.readings.iter().any(|reading| reading.role.is_price()) {
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
    let tiers: Vec<&&Candidate<'_>> = free
        .iter()
        .filter(|candidate| candidate.is_tier && candidate.content(price) > 0.3)
        .collect();
    if tiers.len() >= 2 {
        let readings: Vec<ColumnReading> = tiers
            .iter()
            .map(|candidate| called(reading(candidate, Role::Price(PriceKind::Tier))))
            .collect();
        columns.readings.extend(readings);
        return;
    }
    let best = free
        .into_iter()
        .filter(|candidate| candidate.content(price) >= 0.85)
        .max_by(|a, b| a.content(price).total_cmp(&b.content(price)));
    columns.readings.extend(best.map(|candidate| reading(candidate, price)));
}

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

/// In a list without a header whose rows have a name, the column of amounts that looks most like prices is the price, though
/// little in it says so; how unsure that is, its confidence tells.
pub(super) fn price_left_over(candidates: &[Candidate<'_>], columns: &mut Columns) {
    const LEAST: f64 = 0.5;
    const FEWEST_ROWS: usize = 5;
    let has_header = candidates.iter().any(|candidate| !candidate.header.is_empty());
    if has_header || columns.of(Role::Name).is_none() || columns.readings.iter().any(|reading| reading.role.is_price())
    {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let amounts = candidates.iter().filter(|candidate| {
        let profile = candidate.profile;
        columns.role(profile.column).is_none()
            && candidate.content(price) >= LEAST
            && profile.rows >= FEWEST_ROWS
            && profile.fill() > 0.8
    });
    // Of equals the last: weights and quantities stand before the price.
    let best = amounts.max_by(|a, b| a.content(price).total_cmp(&b.content(price)));
    if let Some(candidate) = best {
        columns.readings.push(reading(candidate, price));
    }
}

/// Of columns without a header that look like prices, the price is the lower of two, since that is what a
/// buyer pays (wholesale beside retail, the new beside the old), and the first of more.
pub(super) fn price_among_unnamed(grid: &Grid, table: &Table, candidates: &[Candidate<'_>], columns: &mut Columns) {
    const LIKENESS: f64 = 0.3;
    if table.has_header() {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let Some(at) = columns.readings.iter().position(|reading| reading.role.is_price()) else {
        return;
    };
    let chosen = columns.readings.get(at).map_or(0, |reading| reading.column);
    let Some(score) = candidates
        .iter()
        .find(|candidate| candidate.profile.column == chosen)
        .map(|candidate| candidate.content(price))
    else {
        return;
    };
    let alike: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| columns.role(candidate.profile.column).is_none() && candidate.other.is_none())
        .filter(|candidate| candidate.content(price) >= score - LIKENESS)
        .collect();
    // A third of it is no price of the same goods.
    const LEAST_SHARE: f64 = 0.3;
    let better = match alike.as_slice() {
        [] => None,
        [other] => share_of(
            grid,
            table,
            other.profile,
            columns.profile(chosen).unwrap_or(other.profile),
        )
        .is_some_and(|share| (LEAST_SHARE..1.0).contains(&share))
        .then_some(*other),
        [first, ..] => Some(*first).filter(|first| first.profile.column < chosen),
    };
    if let Some(candidate) = better {
        columns.readings.remove(at);
        columns.readings.push(reading(candidate, price));
    }
}

/// What a column of amounts is of another, in the median, where it is about the same in nearly all rows and never beyond 1.
fn share_of(grid: &Grid, table: &Table, part: &Profile, whole: &Profile) -> Option<f64> {
    const SAMPLE: usize = 400;
    const WIDEST: f64 = 3.0;
    let amount = |row: usize, profile: &Profile| {
        let cell = grid.cell(row, profile.column)?;
        let reading = match grid.number(cell) {
            Some(number) => crate::amount::from_number(number, None),
            None => crate::amount::read(&grid.shown(cell), profile.mark),
        };
        match reading {
            crate::amount::Reading::Amount(amount) => f64::try_from(amount.value).ok().filter(|value| *value > 0.0),
            _ => None,
        }
    };
    let rows: Vec<usize> = table.rows().take(SAMPLE).collect();
    let priced = rows.iter().filter(|row| amount(**row, whole).is_some()).count();
    let mut shares: Vec<f64> = rows
        .iter()
        .filter_map(|row| Some(amount(*row, part)? / amount(*row, whole)?))
        .collect();
    if shares.len() < 5 || shares.len() * 2 < priced {
        return None;
    }
    shares.sort_by(f64::total_cmp);
    let at = |share: usize| shares.get(shares.len() * share / 100).copied();
    let (low, median, high) = (at(5)?, at(50)?, at(94)?);
    let is_one_sided = high <= 1.0 || low >= 1.0;
    (high <= low * WIDEST && is_one_sided).then_some(median)
}

/// Finds the columns that price one size or colour each: under a common header that says "price", or in a table that has
/// no other price. Where no header says "price", neighbours whose headers say nothing known and whose cells are prices of
/// one order are variants too, whatever they are called: finishes, thicknesses, grades.
pub(super) fn variants(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let has_price = columns
        .readings
        .iter()
        .any(|reading| reading.role.is_price() && is_called(reading));
    let labelled: Vec<(u32, String)> = candidates
        .iter()
        .filter(|candidate| candidate.profile.fit(Role::Price(PriceKind::Plain)) > -0.5)
        .filter_map(|candidate| {
            let column = candidate.profile.column;
            let role = columns.role(column);
            let is_free = role.is_none_or(|role| role.field().is_none() || role.is_price());
            let (label, name) = match candidate.header.rsplit_once(" · ") {
                Some((_, label)) if has_price && role.is_some_and(Role::is_price) => (label, label.to_owned()),
                Some((_, label)) if !has_price && is_free => (label, candidate.header.replace(" · ", " ")),
                None if !has_price && is_free => (candidate.header.as_str(), candidate.header.clone()),
                _ => return None,
            };
            crate::variants::is_variant(label).then_some((column, name))
        })
        .collect();
    let prices = columns
        .readings
        .iter()
        .filter(|reading| reading.role.is_price())
        .count();
    let labelled = if labelled.len() >= 2 && (labelled.len() >= prices || !has_price) {
        labelled
    } else if has_price {
        return;
    } else {
        unnamed_variants(candidates, columns)
    };
    if labelled.len() < 2 {
        return;
    }
    if !has_price {
        columns.readings.retain(|reading| !reading.role.is_price());
    }
    for candidate in candidates
        .iter()
        .filter(|c| labelled.iter().any(|(column, _)| *column == c.profile.column))
    {
        columns
            .readings
            .retain(|reading| reading.column != candidate.profile.column);
        columns
            .readings
            .push(called(reading(candidate, Role::Price(PriceKind::Plain))));
    }
    columns.variants = labelled;
    identity::first_of_matrix(candidates, columns);
}

fn is_called(reading: &ColumnReading) -> bool {
    reading.evidence.iter().any(|evidence| evidence == "header")
}

/// The longest run of neighbours that look like prices of one order under headers that say nothing known: two or more under
/// a common header, or three at the end of a table that knows no codes.
fn unnamed_variants(candidates: &[Candidate<'_>], columns: &Columns) -> Vec<(u32, String)> {
    const MOST_APART: f64 = 50.0;
    let price = Role::Price(PriceKind::Plain);
    let group = |candidate: &Candidate<'_>| candidate.header.split_once(" · ").map(|(group, _)| group.to_owned());
    let is_unknown = |candidate: &Candidate<'_>| match candidate.header.rsplit_once(" · ") {
        Some((_, label)) => dictionary::roles(label).first().is_none_or(|(_, weight)| *weight < 0.4),
        None => candidate.other.is_none() && candidate.header_roles.first().is_none_or(|(_, weight)| *weight < 0.4),
    };
    let is_free = |candidate: &Candidate<'_>| {
        let role = columns.role(candidate.profile.column);
        role.is_none_or(|role| role.is_price() || role.field().is_none())
            && !candidate.header.is_empty()
            && is_unknown(candidate)
            && !candidate.is_tier
            && candidate.content(price) >= 0.5
    };
    let follows = |left: &Candidate<'_>, right: &Candidate<'_>| {
        let (left_profile, right_profile) = (left.profile, right.profile);
        let low = left_profile.median.min(right_profile.median);
        let high = left_profile.median.max(right_profile.median);
        is_free(left)
            && is_free(right)
            && left_profile.column + 1 == right_profile.column
            && low > 0.0
            && high <= low * MOST_APART
            && (left_profile.fractions_share() - right_profile.fractions_share()).abs() <= 0.6
    };
    let last = candidates.last().map(|candidate| candidate.profile.column);
    let longest = candidates
        .chunk_by(follows)
        .filter(|run| {
            let groups: std::collections::HashSet<_> = run.iter().map(group).collect();
            let is_grouped = groups.iter().all(Option::is_some) && groups.len() * 2 <= run.len();
            let ends_table = run.last().map(|candidate| candidate.profile.column) == last;
            run.len() >= 2 && is_grouped || run.len() >= 3 && ends_table && columns.of(Role::Sku).is_none()
        })
        .max_by_key(|run| run.len())
        .unwrap_or_default();
    // The name of a group that stands over all of them tells none from another.
    let shared = longest
        .first()
        .and_then(group)
        .filter(|first| longest.iter().all(|candidate| group(candidate).as_ref() == Some(first)));
    longest
        .iter()
        .map(|candidate| {
            let header = match &shared {
                Some(_) => candidate.header.split_once(" · ").map_or("", |(_, label)| label),
                None => candidate.header.as_str(),
            };
            (candidate.profile.column, header.replace(" · ", " "))
        })
        .collect()
}

/// Puts *the* price first. The rule: the price the buyer pays before the price others pay; the current before the old;
/// the piece before the pack; among equals the one that was *the* price in the list before, then the one that more rows
/// have, then the leftmost.
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
    prices.sort_unstable();
    // A column that few rows fill is no list's main price.
    let fullest = prices.iter().map(|(_, fill, _)| fill.0).max().unwrap_or(0);
    prices.sort_by_key(|(kind, fill, column)| {
        (
            // A special price holds where there is one.
            fill.0 * 2 < fullest && *kind != PriceKind::Purchase as u8,
            *kind == PriceKind::Old as u8,
            *kind,
            !was_price(*column),
            *fill,
            *column,
        )
    });
    columns.prices = prices.into_iter().map(|(_, _, column)| column).collect();
}
