//! Which column holds the supplier's codes, where the joint assignment leaves it open.

use super::{
    Columns, Profile,
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
    // "Model" heads codes as often as names.
    let is_coded = columns.profile(name).is_some_and(Profile::are_mostly_codes)
        && columns
            .profile(description)
            .is_some_and(|profile| profile.words() >= 3.0);
    if letters(name) > 0.3 && !is_coded || letters(description) < 0.7 {
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

/// Exports of shops number their records beside the code that people call an article by: where a column is called a code and
/// another but an id, the code is the code.
pub(super) fn code_before_id(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let known = columns.readings.iter().find(|reading| reading.role == Role::Sku);
    if !known.is_some_and(|reading| dictionary::is_called_id(&reading.header)) {
        return;
    }
    let is_code = |candidate: &&Candidate<'_>| {
        let profile = candidate.profile;
        columns.role(profile.column).is_none()
            && candidate.header_weight(Role::Sku) >= 0.7
            && !dictionary::is_called_id(&candidate.header)
            && profile.fill() >= 0.3
            && profile.distinct_share() > 0.8
    };
    let code = candidates.iter().filter(is_code).max_by(|a, b| {
        let worth = |candidate: &Candidate<'_>| candidate.score(Role::Sku);
        worth(a)
            .total_cmp(&worth(b))
            .then(b.profile.column.cmp(&a.profile.column))
    });
    if let Some(code) = code {
        columns.replace(reading(code, Role::Sku));
    }
}

/// In a list without a header a column whose every cell is another code is the code, though nothing else is a name.
pub(super) fn code_taken_for_name(columns: &mut Columns) {
    if columns.of(Role::Sku).is_some() {
        return;
    }
    let is_codes = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.is_codes() && profile.is_lettered_codes())
    };
    let found = columns
        .readings
        .iter()
        .position(|reading| reading.role == Role::Name && reading.header.is_empty() && is_codes(reading.column));
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Sku;
    }
}

/// A column called "article" that holds words beside models with digits says what the goods are, and the models are the codes.
pub(super) fn article_in_words(columns: &mut Columns) {
    let (Some(code), Some(name)) = (columns.of(Role::Sku), columns.of(Role::Name)) else {
        return;
    };
    let digits = |column| columns.profile(column).map_or(0.0, Profile::with_digit_share);
    let is_words = columns
        .profile(code)
        .is_some_and(|profile| profile.letters_share() > 0.95 && profile.length() >= 4.0);
    if code > name || !is_words || digits(code) > 0.0 || digits(name) < 0.9 {
        return;
    }
    for reading in &mut columns.readings {
        reading.role = match reading.role {
            Role::Sku => Role::Name,
            Role::Name => Role::Sku,
            role => role,
        };
    }
}

/// A column called "article" that holds a code in each row is the supplier's code, before any other that is left of the
/// name's: that is its maker's.
pub(super) fn code_called_article(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let Some(name) = columns.of(Role::Name) else {
        return;
    };
    let at = columns.readings.iter().position(|reading| reading.role == Role::Sku);
    let code = at
        .and_then(|at| columns.readings.get(at))
        .map_or(u32::MAX, |reading| reading.column);
    let article = candidates.iter().find(|candidate| {
        candidate.profile.column < code.min(name)
            && columns.role(candidate.profile.column).is_none()
            && candidate.header_weight(Role::Name) >= 0.7
            && candidate.profile.are_mostly_codes()
    });
    if let Some(candidate) = article {
        columns.replace(reading(candidate, Role::Sku));
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
            // "No." heads codes with letters, numbers of goods, and the count of rows.
            let is_numbered = profile.digits_share() > 0.95
                && profile.distinct_share() > 0.95
                && profile.length() >= 3.0
                && !profile.is_sequence();
            let is_number = says(|role| role == Role::RowNumber) && (profile.has_lettered_codes() || is_numbered);
            // "Material" heads names, codes and what things are made of.
            let says_other = says(|role| role != Role::Sku) && !says(|role| role == Role::Name);
            // "Model" beside a name, each of one word.
            let is_model = says(|role| role == Role::Name) && profile.is_single_words();
            let is_codes = profile.is_codes() || profile.is_lettered_codes() && profile.length() >= 4.0;
            columns.role(profile.column).is_none() && (is_number || is_model || is_codes && !says_other)
        });
    if let Some(candidate) = best {
        columns.readings.push(left_over(reading(candidate, Role::Sku)));
    }
}

/// In a list without a header whose rows have a name and a price, the numbers before the name that differ and do not count the
/// rows are codes.
pub(super) fn code_left_over(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let (Some(name), None) = (columns.of(Role::Name), columns.of(Role::Sku)) else {
        return;
    };
    let is_priced = columns.readings.iter().any(|reading| reading.role.is_price());
    let best = candidates.iter().find(|candidate| {
        candidate.profile.column < name
            && columns.role(candidate.profile.column).is_none()
            && candidate.profile.are_numbers_of_their_own()
    });
    if let Some(candidate) = best.filter(|_| is_priced) {
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
