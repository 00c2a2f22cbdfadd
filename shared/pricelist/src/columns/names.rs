//! What the rows are called by, where the joint assignment leaves it open.

use super::{
    ColumnReading, Columns, Profile, THRESHOLD,
    candidate::{Candidate, left_over, reading},
};
use crate::dictionary::{self, Role};

/// Many lists call the name "description": where nothing else is the name, it is.
pub(super) fn description_as_name(columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    // What many rows share describes them; what tells them apart calls them, be it called a category.
    let category = columns.of(Role::Category).and_then(|column| columns.profile(column));
    let told_apart = category
        .filter(|profile| profile.letters_share() > 0.8)
        .map_or(0.0, Profile::distinct_share);
    let is_filled = |column| {
        columns.profile(column).is_some_and(|profile| {
            let is_shared = profile.distinct_share() < 0.6 && told_apart > 0.8;
            profile.letters_share() > 0.5 && profile.fill() > 0.5 && !is_shared
        })
    };
    let found = columns
        .readings
        .iter()
        .position(|reading| reading.role == Role::Description && is_filled(reading.column));
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}

/// Where a column is called the product and another its description, the product is the name, though the description has more
/// words, if it tells the rows apart as well.
pub(super) fn name_before_description(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let Some(at) = columns.readings.iter().position(|reading| reading.role == Role::Name) else {
        return;
    };
    let chosen = columns
        .readings
        .get(at)
        .filter(|reading| dictionary::is_called_description(&reading.header));
    let Some(profile) = chosen.and_then(|reading| columns.profile(reading.column)) else {
        return;
    };
    let called_name = candidates.iter().find(|candidate| {
        let other = candidate.profile;
        candidate.header_weight(Role::Name) >= 0.7
            && !dictionary::is_called_description(&candidate.header)
            && columns.role(other.column).is_none()
            && other.letters_share() > 0.6
            && other.fill() > 0.8
            && !other.are_mostly_codes()
            && other.distinct_share() >= 0.8 * profile.distinct_share()
    });
    let Some(candidate) = called_name else {
        return;
    };
    let has_description = columns.of(Role::Description).is_some();
    match columns.readings.get_mut(at) {
        Some(description) if !has_description => description.role = Role::Description,
        _ => _ = columns.readings.remove(at),
    }
    columns.readings.push(reading(candidate, Role::Name));
}

/// Where no column is a name or code by its own right, the first whose values tell rows apart is.
pub(super) fn identity(candidates: &[Candidate<'_>], columns: &mut Columns) {
    if names_rows(columns) {
        return;
    }
    // Sizes repeat under each section; the first column is what rows are called by even then.
    let first = candidates.iter().map(|candidate| candidate.profile.column).min();
    // A size that each row has its own of is what it is called, rather than the weight beside it.
    let is_size_of_each = |candidate: &Candidate<'_>| {
        let is_attribute = candidate.other.is_some_and(|(role, _)| role == Role::Attribute);
        let profile = candidate.profile;
        is_attribute
            && first == Some(profile.column)
            && (profile.is_lettered_codes()
                || profile.fill() > 0.9 && profile.distinct_share() > 0.95 && !profile.has_amounts())
    };
    let free: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| {
            columns.role(candidate.profile.column).is_none()
                && (candidate.other.is_none_or(|(_, other)| other < THRESHOLD) || is_size_of_each(candidate))
                && candidate.profile.fill() > 0.5
                && !crate::variants::is_variant(&candidate.header)
        })
        .collect();
    let best = free
        .into_iter()
        .filter(|candidate| {
            candidate.profile.distinct_share() > 0.3
                || first == Some(candidate.profile.column) && candidate.profile.distinct > 1
        })
        .max_by(|a, b| {
            let worth = |c: &Candidate<'_>| {
                c.profile.distinct_share() + 0.5 * c.profile.letters_share() - 0.01 * f64::from(c.profile.column)
            };
            worth(a).total_cmp(&worth(b))
        });
    // A country in each row calls them something, a continent that many share does not.
    let is_told_apart = candidates.iter().any(|candidate| {
        candidate.other.is_some_and(|(role, _)| role == Role::Attribute)
            && candidate.profile.letters_share() > 0.8
            && candidate.profile.distinct_share() > 0.8
    });
    let best = best.filter(|candidate| !is_told_apart || candidate.profile.distinct_share() > 0.5);
    if let Some(candidate) = best {
        columns.readings.push(left_over(reading(candidate, Role::Sku)));
    }
}

/// Whether a column says what the rows are called by: a name, a code or a barcode.
fn names_rows(columns: &Columns) -> bool {
    [Role::Name, Role::Sku, Role::Barcode]
        .iter()
        .any(|role| columns.of(*role).is_some())
}

/// What stands alone and is called nothing is a name, unless it is but digits, or a code in each row.
pub(super) fn nameless_code_as_name(columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    let digits = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.digits_share() > 0.7 || profile.is_codes())
    };
    let found = columns.readings.iter().position(|reading| {
        let by_header = reading.is_by_header();
        reading.role == Role::Sku && !by_header && !digits(reading.column)
    });
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}

/// Where codes are known and no name is, the column of words that is nothing else is the name, though its words repeat.
pub(super) fn name_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    let best = candidates
        .iter()
        .filter(|candidate| {
            columns.role(candidate.profile.column).is_none()
                && candidate.other.is_none_or(|(_, other)| other < THRESHOLD)
                && candidate.header_roles.first().is_none_or(|(_, weight)| *weight < 0.55)
        })
        .filter(|candidate| {
            let profile = candidate.profile;
            profile.fill() > 0.8 && profile.letters_share() > 0.8 && profile.distinct > 1
        })
        .max_by(|a, b| {
            let worth = |c: &Candidate<'_>| c.profile.words() + c.profile.distinct_share();
            worth(a)
                .total_cmp(&worth(b))
                .then(b.profile.column.cmp(&a.profile.column))
        });
    if let Some(candidate) = best {
        columns.readings.push(left_over(reading(candidate, Role::Name)));
    }
}

/// Of columns without a header, or with one that says nothing known, the first whose cells are words of their own is the name,
/// should another have longer ones.
pub(super) fn first_of_unnamed_names(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let Some(at) = columns.readings.iter().position(|reading| reading.role == Role::Name) else {
        return;
    };
    let is_unnamed = |reading: &&ColumnReading| !reading.is_by_header();
    let chosen = columns.readings.get(at).filter(is_unnamed);
    let Some(profile) = chosen.and_then(|reading| columns.profile(reading.column)) else {
        return;
    };
    let first = candidates.iter().find(|candidate| {
        let other = candidate.profile;
        other.column < profile.column
            && candidate.header_roles.first().is_none_or(|(_, weight)| *weight < 0.4)
            && columns.role(other.column).is_none()
            && candidate.other.is_none()
            && other.are_words_of_their_own()
            && other.fill() >= profile.fill()
            && other.distinct_share() >= 0.8 * profile.distinct_share()
    });
    if let Some(candidate) = first {
        columns.replace(reading(candidate, Role::Name));
    }
}

/// A column that is called a description, and that tells the rows apart at least as well, is the name rather than one behind it
/// that is called nothing known: what the goods must not contain, where they come from.
pub(super) fn description_before_unnamed(columns: &mut Columns) {
    let by_header = |reading: &&ColumnReading| reading.is_by_header();
    let named = columns.readings.iter().find(|reading| reading.role == Role::Name);
    let described = columns
        .readings
        .iter()
        .find(|reading| reading.role == Role::Description);
    let (Some(named), Some(described)) = (named, described.filter(by_header)) else {
        return;
    };
    let distinct = |column| columns.profile(column).map_or(0.0, Profile::distinct_share);
    let fill = columns.profile(described.column).map_or(0.0, Profile::fill);
    let (name, description) = (named.column, described.column);
    let is_better = !by_header(&named) && description < name && distinct(description) >= distinct(name) && fill > 0.9;
    if !is_better {
        return;
    }
    columns.readings.retain(|reading| reading.column != name);
    if let Some(reading) = columns
        .readings
        .iter_mut()
        .find(|reading| reading.column == description)
    {
        reading.role = Role::Name;
    }
}

/// In a matrix of prices the column before them is what rows are called by, be it a size or a grade.
pub(super) fn first_of_matrix(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let known = names_rows(columns);
    let first = columns.variants.first().map(|(column, _)| *column);
    let best = candidates
        .iter()
        .filter(|candidate| Some(candidate.profile.column) < first && candidate.profile.fill() > 0.5)
        .find(|candidate| candidate.profile.distinct > 1);
    if let Some(candidate) = best.filter(|_| !known) {
        columns
            .readings
            .retain(|reading| reading.column != candidate.profile.column);
        columns.readings.push(left_over(reading(candidate, Role::Name)));
    }
}

/// A grade or make whose column nothing else names is what the items are called.
pub(super) fn brand_as_name(columns: &mut Columns) {
    let by_header = |role| {
        let named = |reading: &&ColumnReading| reading.is_by_header();
        columns
            .readings
            .iter()
            .filter(|reading| reading.role == role)
            .any(|reading| named(&reading))
    };
    let is_called = by_header(Role::Name) || by_header(Role::Sku) || columns.of(Role::Barcode).is_some();
    if is_called || columns.of(Role::Name).is_some() {
        return;
    }
    if let Some(reading) = columns.readings.iter_mut().find(|reading| reading.role == Role::Brand) {
        reading.role = Role::Name;
    }
}

/// Where nothing else names the rows, the category that is another in each row is what they are called.
pub(super) fn category_as_name(columns: &mut Columns) {
    if names_rows(columns) {
        return;
    }
    let is_told_apart = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.letters_share() > 0.8 && profile.distinct_share() > 0.8)
    };
    let found = columns
        .readings
        .iter()
        .position(|reading| matches!(reading.role, Role::Category | Role::Attribute) && is_told_apart(reading.column));
    // Of tariffs the class of what is sent, which weights and places complete.
    let found = found.or_else(|| {
        let is_priced = columns.has_header_for_price();
        let is_named = |column| {
            columns
                .profile(column)
                .is_some_and(|profile| profile.letters_share() > 0.8 && profile.fill() > 0.9)
        };
        columns
            .readings
            .iter()
            .position(|reading| reading.role == Role::Category && is_priced && is_named(reading.column))
    });
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}
