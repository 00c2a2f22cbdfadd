//! What each column of a table holds: the header's words and the cells' shapes are scored together, and the best joint
//! assignment wins.

mod assignment;
mod profile;

use serde::{Deserialize, Serialize};

pub(crate) use self::profile::{Profile, is_gtin, number_currency};
use crate::{
    dictionary::{self, PriceKind, Role},
    grid::Grid,
    remembered::RememberedTable,
    structure::Table,
};

/// A column that was given a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnReading {
    /// From 0.
    pub column: u32,
    /// The header's text, empty where there is none.
    pub header: String,
    /// What it holds.
    pub role: Role,
    /// From 0 to 1.
    pub confidence: f64,
    /// What spoke for it: `header`, `content`, `memory` of the supplier's list before.
    pub evidence: Vec<String>,
}

/// The columns of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) readings: Vec<ColumnReading>,
    pub(crate) profiles: Vec<Profile>,
    /// Price columns, *the* price's first.
    pub(crate) prices: Vec<u32>,
    /// Columns that price one variant each, with the variant's name.
    pub(crate) variants: Vec<(u32, String)>,
}

impl Columns {
    pub(crate) fn of(&self, role: Role) -> Option<u32> {
        self.readings
            .iter()
            .find(|reading| reading.role == role)
            .map(|reading| reading.column)
    }

    pub(crate) fn role(&self, column: u32) -> Option<Role> {
        self.readings
            .iter()
            .find(|reading| reading.column == column)
            .map(|reading| reading.role)
    }

    pub(crate) fn profile(&self, column: u32) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.column == column)
    }

    /// Whether a header's words name the price.
    pub(crate) fn has_named_price(&self) -> bool {
        let price = self.prices.first();
        self.readings.iter().any(|reading| {
            Some(&reading.column) == price && reading.evidence.iter().any(|evidence| evidence == "header")
        })
    }

    /// Whether the table can give items: something to call them by, and a price. Without a header's word for it a column
    /// that says "on request" throughout is no price's: so do letters.
    pub(crate) fn gives_items(&self) -> bool {
        let has_amounts = |column: &u32| self.profile(*column).is_some_and(Profile::has_amounts);
        !self.prices.is_empty()
            && (self.has_named_price() || self.prices.iter().any(has_amounts))
            && (self.of(Role::Name).is_some() || self.of(Role::Sku).is_some() || self.of(Role::Barcode).is_some())
    }
}

/// The roles that the joint assignment hands out, each to at most one column.
const SINGLE: [Role; 12] = [
    Role::Price(PriceKind::Plain),
    Role::Name,
    Role::Sku,
    Role::Barcode,
    Role::Unit,
    Role::Currency,
    Role::Category,
    Role::Availability,
    Role::Brand,
    Role::PackSize,
    Role::MinimumOrder,
    Role::Description,
];

/// What a header's word is worth beside the cells' evidence.
const HEADER_WEIGHT: f64 = 3.0;
/// What a column must reach to be given a role.
const THRESHOLD: f64 = 0.9;

/// What it is worth that a column was the same in the supplier's list before: more than cells that say little, less than
/// any word of a header.
const MEMORY_WEIGHT: f64 = 1.2;
/// From this likeness on a column without known words in its header is taken for what it was.
const SURE_MEMORY: f64 = 0.6;

/// A column with the scores of its header.
struct Candidate<'t> {
    profile: &'t Profile,
    header: String,
    header_roles: Vec<(Role, f64)>,
    is_shared: bool,
    /// What it was in the supplier's list before, and how alike its cells are, from 0 to 1.
    memory: Option<(Role, f64)>,
    /// The best score of the roles that are no field of an item.
    other: Option<(Role, f64)>,
}

impl Candidate<'_> {
    fn header_weight(&self, role: Role) -> f64 {
        let matches = |known: Role| known == role || (known.is_price() && role.is_price());
        let weight = self
            .header_roles
            .iter()
            .filter(|(known, _)| matches(*known))
            .map(|(_, weight)| *weight)
            .fold(0.0, f64::max);
        if self.is_shared { weight * 0.7 } else { weight }
    }

    fn content(&self, role: Role) -> f64 {
        self.profile.fit(role)
    }

    /// How alike the column is to the one that had this role before.
    fn memory(&self, role: Role) -> f64 {
        match self.memory {
            Some((known, likeness)) if known == role || (known.is_price() && role.is_price()) => likeness,
            _ => 0.0,
        }
    }

    /// The score of a role for this column.
    fn score(&self, role: Role) -> f64 {
        let header = self.header_weight(role);
        let mut score = HEADER_WEIGHT * header + self.content(role);
        // A header that is there and says something else speaks a little against.
        if header < 0.2 && !self.header.is_empty() && !self.is_shared && self.memory(role) == 0.0 {
            score -= 0.4;
        }
        score + MEMORY_WEIGHT * self.memory(role)
    }
}

/// Assigns roles to the columns of a table.
pub(crate) fn assign(grid: &Grid, table: &Table, remembered: Option<&RememberedTable>) -> Columns {
    let profiles = profile::profiles(grid, table);
    let has_header = table.has_header();
    let candidates: Vec<Candidate<'_>> = profiles
        .iter()
        .filter(|profile| profile.filled > 0)
        .map(|profile| {
            let header = table.header(profile.column);
            let text = header.map(|header| header.text.clone()).unwrap_or_default();
            let header_roles = match text.is_empty() && has_labelled_codes(grid, table, profile.column) {
                true => vec![(Role::Sku, 1.0)],
                false => dictionary::roles(&text),
            };
            let is_shared = header.is_some_and(|header| header.is_shared);
            let is_known = header_roles.first().is_some_and(|(_, weight)| *weight >= 0.4);
            let memory = remembered.and_then(|known| known.recall(table, profile, is_known));
            let recalled = memory
                .filter(|(role, _)| role.field().is_none())
                .map(|(role, likeness)| (role, 2.0 * MEMORY_WEIGHT * likeness + profile.fit(role)));
            let other = header_roles
                .iter()
                .filter(|(role, _)| role.field().is_none() && !is_shared)
                .map(|(role, weight)| (*role, HEADER_WEIGHT * weight + profile.fit(*role)))
                .chain(recalled)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            Candidate {
                profile,
                header: text,
                header_roles,
                is_shared,
                memory,
                other,
            }
        })
        .collect();
    let benefits: Vec<Vec<f64>> = SINGLE
        .iter()
        .map(|role| {
            candidates
                .iter()
                .map(|candidate| {
                    let others = candidate.other.map_or(0.0, |(_, score)| (score - THRESHOLD).max(0.0));
                    let unlabelled = if has_header && candidate.header_weight(*role) < 0.2 {
                        0.1
                    } else {
                        0.0
                    };
                    candidate.score(*role) - THRESHOLD - others - unlabelled
                })
                .collect()
        })
        .collect();
    let chosen = assignment::best(&benefits);
    let mut columns = Columns {
        profiles: profiles.clone(),
        ..Columns::default()
    };
    for (at, column) in chosen.iter().enumerate() {
        if let (Some(role), Some(candidate)) = (SINGLE.get(at), column.and_then(|column| candidates.get(column))) {
            let role = if role.is_price() { price_kind(candidate) } else { *role };
            columns.readings.push(reading(candidate, role));
        }
    }
    more_prices(&candidates, &mut columns);
    price_by_header_alone(&candidates, &mut columns);
    description_as_name(&mut columns);
    codes_as_names(&mut columns);
    price_by_content(&candidates, &mut columns);
    identity(&candidates, &mut columns);
    nameless_code_as_name(&mut columns);
    name_by_content(&candidates, &mut columns);
    for candidate in &candidates {
        if let (Some((role, score)), None) = (candidate.other, columns.role(candidate.profile.column))
            && score > THRESHOLD
        {
            columns.readings.push(reading(candidate, role));
        }
    }
    variants(&candidates, &mut columns);
    columns.readings.sort_by_key(|reading| reading.column);
    discounted(&mut columns);
    rank_prices(&mut columns, |column| {
        let header = table.header(column).map_or("", |header| header.text.as_str());
        remembered.is_some_and(|known| known.priced_by(column, header))
    });
    columns
}

fn reading(candidate: &Candidate<'_>, role: Role) -> ColumnReading {
    let (header, content) = (candidate.header_weight(role), candidate.content(role));
    let mut evidence = Vec::new();
    if header >= 0.2 {
        evidence.push("header".to_owned());
    }
    if content > 0.3 {
        evidence.push("content".to_owned());
    }
    if candidate.memory(role) > 0.0 {
        evidence.push("memory".to_owned());
    }
    let margin = (candidate.score(role) - THRESHOLD).max(0.0);
    ColumnReading {
        column: candidate.profile.column,
        header: candidate.header.clone(),
        role,
        confidence: ((1.0 - (-1.2 * margin).exp()) * 100.0).round() / 100.0,
        evidence,
    }
}

/// The kind of price that the header's words name; the more special wins over the plain word.
fn price_kind(candidate: &Candidate<'_>) -> Role {
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
fn more_prices(candidates: &[Candidate<'_>], columns: &mut Columns) {
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
fn price_by_header_alone(candidates: &[Candidate<'_>], columns: &mut Columns) {
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

/// Where the header names items but no price: columns of quantities ("1-9", "from 10") price tiers; else the column that
/// looks most like prices is the price.
fn price_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let names_items = columns.readings.iter().any(|reading| {
        matches!(reading.role, Role::Name | Role::Sku) && reading.evidence.iter().any(|evidence| evidence == "header")
    });
    if !names_items || columns.readings.iter().any(|reading| reading.role.is_price()) {
        return;
    }
    let price = Role::Price(PriceKind::Plain);
    let free: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| columns.role(candidate.profile.column).is_none() && candidate.other.is_none())
        .filter(|candidate| !crate::variants::is_variant(&candidate.header))
        .collect();
    let tiers: Vec<&&Candidate<'_>> = free
        .iter()
        .filter(|candidate| crate::variants::is_tier(&candidate.header) && candidate.content(price) > 0.3)
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

/// The reading of a price that its header names by a quantity, size or colour: as sure as one that is called a price.
fn called(mut reading: ColumnReading) -> ColumnReading {
    const SURE: f64 = 0.8;
    reading.confidence = reading.confidence.max(SURE);
    if !reading.evidence.iter().any(|evidence| evidence == "header") {
        reading.evidence.insert(0, "header".to_owned());
    }
    reading
}

/// Many lists call the name "description": where nothing else is the name, it is.
fn description_as_name(columns: &mut Columns) {
    if columns.of(Role::Name).is_some() {
        return;
    }
    let letters = |column| {
        columns
            .profile(column)
            .is_some_and(|profile| profile.letters_share() > 0.5)
    };
    let found = columns
        .readings
        .iter()
        .position(|reading| reading.role == Role::Description && letters(reading.column));
    if let Some(reading) = found.and_then(|at| columns.readings.get_mut(at)) {
        reading.role = Role::Name;
    }
}

/// A column called "item" or "article" that holds codes beside a description is the code, and the description the name.
fn codes_as_names(columns: &mut Columns) {
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

/// Of two plain prices with a discount between them, the lower one after it is what the buyer pays.
fn discounted(columns: &mut Columns) {
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

/// Where no column is a name or code by its own right, the first whose values tell rows apart is.
/// Whether each cell of a column names its code itself, as `Item K001` and `Item K002` do.
fn has_labelled_codes(grid: &Grid, table: &Table, column: u32) -> bool {
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

fn identity(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let known = [Role::Name, Role::Sku, Role::Barcode]
        .iter()
        .any(|role| columns.of(*role).is_some());
    if known {
        return;
    }
    let free: Vec<&Candidate<'_>> = candidates
        .iter()
        .filter(|candidate| {
            columns.role(candidate.profile.column).is_none()
                && candidate.other.is_none_or(|(_, other)| other < THRESHOLD)
                && candidate.profile.fill() > 0.5
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
        columns.readings.push(reading(candidate, Role::Sku));
    }
}

/// What stands alone and is called nothing is a name, unless it is but digits.
fn nameless_code_as_name(columns: &mut Columns) {
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
fn name_by_content(candidates: &[Candidate<'_>], columns: &mut Columns) {
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
        columns.readings.push(reading(candidate, Role::Name));
    }
}

/// Finds the columns that price one size or colour each: under a common header that says "price", or in a table that has
/// no other price.
fn variants(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let has_price = columns.readings.iter().any(|reading| reading.role.is_price());
    let labelled: Vec<(u32, String)> = candidates
        .iter()
        .filter(|candidate| candidate.profile.fit(Role::Price(PriceKind::Plain)) > -0.5)
        .filter_map(|candidate| {
            let column = candidate.profile.column;
            let role = columns.role(column);
            let label = match candidate.header.rsplit_once(" · ") {
                Some((_, label)) if role.is_some_and(Role::is_price) => label,
                None if !has_price && role.is_none_or(|role| role.field().is_none()) => candidate.header.as_str(),
                _ => return None,
            };
            crate::variants::is_variant(label).then(|| (column, label.to_owned()))
        })
        .collect();
    let prices = columns
        .readings
        .iter()
        .filter(|reading| reading.role.is_price())
        .count();
    if labelled.len() < 2 || labelled.len() < prices {
        return;
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
}

/// Puts *the* price first. The rule: the price the buyer pays before the price others pay; the current before the old;
/// the piece before the pack; among equals the one that was *the* price in the list before, then the one that more rows
/// have, then the leftmost.
fn rank_prices(columns: &mut Columns, was_price: impl Fn(u32) -> bool) {
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
            fill.0 * 2 < fullest,
            *kind == PriceKind::Old as u8,
            *kind,
            !was_price(*column),
            *fill,
            *column,
        )
    });
    columns.prices = prices.into_iter().map(|(_, _, column)| column).collect();
}
