//! What the rows are called by, where the joint assignment leaves it open.

use super::{
    Columns, Profile, THRESHOLD,
    candidate::{Candidate, left_over, reading},
};
use crate::{
    dictionary::{self, Role},
    grid::Grid,
    structure::Table,
};

/// Whether each cell of a column names its code itself, as `Item K001` and `Item K002` do.
pub(super) fn has_labelled_codes(grid: &Grid, table: &Table, column: u32) -> bool {
    const SAMPLE: usize = 40;
    const LEAST: usize = 3;
    let texts: Vec<String> = table
        .body
        .iter()
        .flat_map(Clone::clone)
        .take(SAMPLE)
        .map(|row| grid.text_at(row, column).trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    let labels: Vec<&str> = texts
        .iter()
        .filter_map(|text| dictionary::labelled(text))
        .map(|(label, _)| label)
        .collect();
    labels.len() >= LEAST && labels.len() * 10 >= texts.len() * 9 && labels.windows(2).all(|pair| pair[0] == pair[1])
}

/// Many lists call the name "description": where nothing else is the name, it is.
pub(super) fn description_as_name(columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    let is_filled = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.letters_share() > 0.5 && profile.fill() > 0.5)
    };
    let found = columns
        .readings
        .iter()
        .position(|reading| reading.role == Role::Description && is_filled(reading.column));
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}

/// A column called "item" or "article" that holds codes beside a description is the code, and the description the name.
pub(super) fn codes_as_names(columns: &mut Columns) {
    let letters = |column| columns.profile(column).map_or(0.0, Profile::letters_share);
    let (Some(name), Some(description), None) = (
        columns.of(Role::Name),
        columns.of(Role::Description),
        columns.of(Role::Sku),
    ) else {
        return;
    };
    if letters(name) > 0.3 || letters(description) < 0.7 {
        return;
    }
    for reading in &mut columns.readings {
        if reading.column == name {
            reading.role = Role::Sku;
        } else if reading.column == description {
            reading.role = Role::Name;
        }
    }
}

/// Whether a column says what the rows are called by: a name, a code or a barcode.
fn names_rows(columns: &Columns) -> bool {
    [Role::Name, Role::Sku, Role::Barcode]
        .iter()
        .any(|role| columns.of(*role).is_some())
}

/// Where no column is a name or code by its own right, the first whose values tell rows apart is.
pub(super) fn identity(candidates: &[Candidate<'_>], columns: &mut Columns) {
    if names_rows(columns) {
        return;
    }
    let free: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| {
            columns.role(candidate.profile.column).is_none()
                && candidate.other.is_none_or(|(_, other)| other < THRESHOLD)
                && candidate.profile.fill() > 0.5
                && !crate::variants::is_variant(&candidate.header)
        })
        .collect();
    // Sizes repeat under each section; the first column is what rows are called by even then.
    let first = candidates.iter().map(|candidate| candidate.profile.column).min();
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
    if let Some(candidate) = best {
        columns.readings.push(left_over(reading(candidate, Role::Sku)));
    }
}

/// What stands alone and is called nothing is a name, unless it is but digits.
pub(super) fn nameless_code_as_name(columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    let digits = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.digits_share() > 0.8)
    };
    let found = columns.readings.iter().position(|reading| {
        let by_header = reading.evidence.iter().any(|evidence| evidence == "header");
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

/// Where nothing is called a code, the leading column whose every cell is another code is the code.
pub(super) fn code_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
    if columns.of(Role::Sku).is_some() || columns.of(Role::Name).is_none() {
        return;
    }
    let name = columns.of(Role::Name);
    let best = candidates
        .iter()
        .filter(|candidate| Some(candidate.profile.column) < name)
        .find(|candidate| {
            let profile = candidate.profile;
            let says = |wanted: fn(Role) -> bool| {
                let mut said = candidate.header_roles.iter().filter(|(_, weight)| *weight >= 0.55);
                said.any(|(role, _)| wanted(*role))
            };
            // "No." heads codes with letters, and the count of rows.
            let is_number = says(|role| role == Role::RowNumber) && profile.is_lettered_codes();
            // "Material" heads names, codes and what things are made of.
            let says_other = says(|role| role != Role::Sku) && !says(|role| role == Role::Name);
            // "Model" beside a name, each of one word.
            let is_model = says(|role| role == Role::Name) && profile.is_single_words();
            columns.role(profile.column).is_none() && (is_number || is_model || profile.is_codes() && !says_other)
        });
    if let Some(candidate) = best {
        columns.readings.push(left_over(reading(candidate, Role::Sku)));
    }
}

/// Where nothing is a name and the code's column says the same of many rows, the column that has another code in each row is
/// what they are called by: a model of which many are made, beside what is ordered.
pub(super) fn code_of_each_row(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let Some(code) = columns.of(Role::Sku).filter(|_| columns.of(Role::Name).is_none()) else {
        return;
    };
    if columns
        .profile(code)
        .is_none_or(|profile| profile.distinct_share() > 0.6)
    {
        return;
    }
    let is_free = |role: Option<Role>| role.is_none_or(|role| matches!(role, Role::Category | Role::Brand));
    let best = candidates
        .iter()
        .find(|candidate| is_free(columns.role(candidate.profile.column)) && candidate.profile.is_lettered_codes());
    if let Some(candidate) = best {
        let column = candidate.profile.column;
        columns
            .readings
            .retain(|reading| !matches!(reading.column, at if at == column || at == code));
        columns.readings.push(left_over(reading(candidate, Role::Sku)));
    }
}

/// A grade or make whose column nothing else names is what the items are called.
pub(super) fn brand_as_name(columns: &mut Columns) {
    let by_header = |role| {
        let named = |reading: &&super::ColumnReading| reading.evidence.iter().any(|evidence| evidence == "header");
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
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}
