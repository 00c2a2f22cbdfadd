//! Columns that price one size, colour or finish each.

use super::{
    ColumnReading, Columns,
    candidate::{Candidate, called, reading},
    names,
};
use crate::dictionary::{self, PriceKind, Role};

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
    names::first_of_matrix(candidates, columns);
}

fn is_called(reading: &ColumnReading) -> bool {
    reading.is_by_header()
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
