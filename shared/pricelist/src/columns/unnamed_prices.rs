//! The price of a list without a header.

use super::{
    Columns, Profile,
    candidate::{Candidate, reading},
};
use crate::{
    amount::{self, Reading},
    dictionary::{PriceKind, Role},
    grid::Grid,
    structure::Table,
};

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
            Some(number) => amount::from_number(number, None),
            None => amount::read(&grid.shown(cell), profile.mark),
        };
        match reading {
            Reading::Amount(amount) => f64::try_from(amount.value).ok().filter(|value| *value > 0.0),
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
