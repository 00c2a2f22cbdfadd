//! Names that several rows have, and the columns that tell those rows apart: the size, the volume, the year.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{Columns, Profile, like_names};
use crate::{
    dictionary::{self, Role},
    grid::Grid,
    structure::Table,
};

/// What a repeated name lacks. In a long text it is told by the records that its columns are told by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telling {
    /// The columns whose texts complete a repeated name, in the table's order.
    pub(crate) columns: Vec<u32>,
    /// Every name lacks what they say, repeated or not: it is that of a series.
    of_all: bool,
    hasher: RandomState,
    repeated: HashSet<u64>,
}

/// More columns than these make no name.
const MOST_COLUMNS: usize = 4;

impl Telling {
    /// Finds the names that differing rows share, and the fewest columns from the left that part them.
    pub(super) fn of(grid: &Grid, table: &Table, columns: &Columns) -> Self {
        let mut telling = Self::default();
        let Some(name) = columns.of(Role::Name) else {
            return telling;
        };
        if let Some(second) = like_names::second_part(columns, &table.headers) {
            telling.columns.push(second);
            telling.of_all = true;
            return telling;
        }
        let candidates = candidates(table, columns);
        let repeats = columns
            .profile(name)
            .is_some_and(|profile| profile.distinct_share() < 1.0);
        if !repeats || candidates.is_empty() {
            return telling;
        }
        let mut rows_of: HashMap<u64, Vec<usize>> = HashMap::new();
        for row in table.rows().filter(|row| may_be_item(grid, *row, columns)) {
            let text = grid.text_at(row, name);
            if !text.trim().is_empty() {
                rows_of.entry(telling.hash(text.trim())).or_default().push(row);
            }
        }
        let mut groups: Vec<Vec<usize>> = rows_of.values().filter(|rows| rows.len() > 1).cloned().collect();
        let sharing: usize = groups.iter().map(Vec::len).sum();
        for column in candidates {
            if groups.is_empty() || telling.columns.len() == MOST_COLUMNS {
                break;
            }
            let (mut next, mut parts) = (Vec::new(), false);
            for rows in groups {
                let mut by_text: HashMap<u64, Vec<usize>> = HashMap::new();
                for row in rows {
                    let key = telling.hash(grid.text_at(row, column).trim());
                    by_text.entry(key).or_default().push(row);
                }
                parts |= by_text.len() > 1;
                next.extend(by_text.into_values().filter(|rows| rows.len() > 1));
            }
            groups = next;
            if parts {
                telling.columns.push(column);
            }
        }
        // What leaves most of them alike, as the place they are sold from does, is no part of what they are called.
        let still_alike: usize = groups.iter().map(Vec::len).sum();
        if still_alike * 2 > sharing {
            telling.columns.clear();
        }
        let profile = |column: u32| columns.profile(column);
        telling.of_all = profile(name).is_some_and(|profile| profile.distinct_share() < 0.5)
            && telling
                .columns
                .iter()
                .any(|column| profile(*column).is_some_and(Profile::names_each_row));
        telling.columns.sort_unstable();
        if !telling.columns.is_empty() {
            telling.repeated = rows_of
                .into_iter()
                .filter(|(_, rows)| rows.len() > 1)
                .map(|(name, _)| name)
                .collect();
        }
        telling
    }

    /// Whether the name does not say all: other rows have it too.
    pub(crate) fn repeats(&self, name: &str) -> bool {
        !self.columns.is_empty() && (self.of_all || self.repeated.contains(&self.hash(name)))
    }

    fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }
}

/// The columns that may tell items of one name apart: what is said of the item first, then what no header explains.
fn candidates(table: &Table, columns: &Columns) -> Vec<u32> {
    let has_headers = columns.readings.iter().any(|reading| !reading.header.is_empty());
    let name = columns.of(Role::Name).and_then(|column| columns.profile(column));
    // Names that are called something else are those of makes and models.
    let is_called_otherwise = columns.readings.iter().any(|reading| {
        let says = |(role, weight): &(Role, f64)| !matches!(role, Role::Name | Role::Description) && *weight >= 0.55;
        reading.role == Role::Name && dictionary::roles(&reading.header).first().is_some_and(says)
    });
    let is_series = is_called_otherwise || name.is_some_and(|profile| profile.distinct_share() < 0.5);
    let header = |column: u32| table.header(column).map_or("", |header| header.text.as_str());
    let is_id = |column: u32| dictionary::is_called_id(header(column));
    let is_headed = |column: u32| !header(column).is_empty();
    // Remarks stand beside a table, under no header of it.
    let first_price = columns.prices.iter().min().copied().unwrap_or(u32::MAX);
    let is_aside = |column: u32| has_headers && !is_headed(column) && column > first_price;
    let before_name = |column: u32| columns.of(Role::Name).is_some_and(|name| column < name);
    let rank = |profile: &Profile| match columns.role(profile.column) {
        _ if is_id(profile.column) => None,
        Some(Role::Attribute | Role::Measure) => Some(0),
        Some(Role::PackSize) if profile.letters_share() > 0.5 || profile.units_share() > 0.5 => Some(1),
        // What a grade or size is called in some languages ("規格") is called a description in others.
        Some(Role::Description) if profile.length() <= 20.0 && profile.words() <= 3.0 => Some(1),
        // A text that every row has of its own says more than a size that many share.
        None if profile.names_each_row() && !is_aside(profile.column) => Some(0),
        // Bare numbers of a list without headers are counts as likely as sizes.
        // What stands before the name numbers the rows as likely as not.
        None if profile.says_variant() && (has_headers || profile.digits_share() < 0.9) => {
            Some(if before_name(profile.column) && !is_headed(profile.column) {
                4
            } else {
                2
            })
        }
        // Names of few series, each with what its items are in another column.
        Some(Role::Category) if is_series => Some(3),
        _ => None,
    };
    let mut ranked: Vec<(u8, u32)> = columns
        .profiles
        .iter()
        .filter(|profile| profile.distinct > 1 && profile.fill() > 0.5 && !profile.is_dates())
        .filter_map(|profile| Some((rank(profile)?, profile.column)))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, column)| column).collect()
}

/// Whether a row has a price, or says as much beside its name as goods on request do.
fn may_be_item(grid: &Grid, row: usize, columns: &Columns) -> bool {
    const FEWEST: usize = 4;
    let is_filled = |column: u32| grid.cell(row, column).is_some_and(|cell| !grid.is_blank(cell));
    columns.prices.iter().any(|column| is_filled(*column))
        || columns
            .profiles
            .iter()
            .filter(|profile| is_filled(profile.column))
            .count()
            >= FEWEST
}
