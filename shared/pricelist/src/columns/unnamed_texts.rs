//! Which texts of a list without headers are categories and brands.

use super::{ColumnReading, Columns, Profile};
use crate::{dictionary::Role, grid::Grid, structure::Table};

/// In a list without a header the words before the name that stand in runs, each over several rows, are the categories.
pub(super) fn category_by_content(grid: &Grid, table: &Table, columns: &mut Columns) {
    const ROWS: usize = 500;
    let (Some(name), None) = (columns.of(Role::Name), columns.of(Role::Category)) else {
        return;
    };
    let is_in_runs = |column: u32| {
        let texts: Vec<_> = table.rows().take(ROWS).map(|row| grid.text_at(row, column)).collect();
        let runs = texts.chunk_by(|above, below| above == below).count();
        let distinct = texts.iter().collect::<std::collections::HashSet<_>>().len();
        distinct >= 2 && runs == distinct && distinct * 10 <= texts.len() * 7
    };
    let found = columns.profiles.iter().find(|profile| {
        profile.column < name
            && columns.role(profile.column).is_none()
            && profile.letters_share() > 0.9
            && profile.fill() > 0.95
            && profile.length() >= 4.0
            && is_in_runs(profile.column)
    });
    if let Some(profile) = found {
        columns
            .readings
            .push(ColumnReading::by_content(profile.column, Role::Category));
    }
}

/// In a list without a header a column of few short words in Latin capitals is the brand where names say them again.
pub(super) fn brand_by_content(grid: &Grid, table: &Table, columns: &mut Columns) {
    const SAMPLE: usize = 400;
    let (Some(name), None) = (columns.of(Role::Name), columns.of(Role::Brand)) else {
        return;
    };
    let is_brand = |profile: &&Profile| {
        let rows: Vec<(String, String)> = table
            .rows()
            .take(SAMPLE)
            .map(|row| {
                (
                    grid.text_at(row, profile.column).trim().to_owned(),
                    grid.text_at(row, name).to_lowercase(),
                )
            })
            .filter(|(brand, name)| !brand.is_empty() && !name.trim().is_empty())
            .collect();
        let is_capital = |brand: &str| brand.starts_with(|char: char| char.is_ascii_uppercase());
        let capital = rows.iter().filter(|(brand, _)| is_capital(brand)).count();
        let said_again = rows
            .iter()
            .filter(|(brand, name)| name.contains(&brand.to_lowercase()))
            .count();
        capital * 10 >= rows.len() * 9 && said_again * 10 >= rows.len() && said_again >= 2
    };
    let found = columns
        .profiles
        .iter()
        .filter(|profile| columns.role(profile.column).is_none() && profile.may_be_brands())
        .find(is_brand)
        .map(|profile| profile.column);
    if let Some(column) = found {
        columns.readings.push(ColumnReading::by_content(column, Role::Brand));
    }
}
