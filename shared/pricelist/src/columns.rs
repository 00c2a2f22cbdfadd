//! What each column of a table holds: the header's words and the cells' shapes are scored together, and the best joint
//! assignment wins.

mod assignment;
mod candidate;
mod coded_names;
mod codes;
mod like_names;
mod names;
mod price_order;
mod priced_variants;
mod prices;
mod profile;
mod telling;
mod unnamed_prices;
mod unnamed_texts;

use serde::{Deserialize, Serialize};

use self::{
    candidate::{Candidate, HEADER_WEIGHT, MEMORY_WEIGHT, reading},
    codes::has_labelled_codes,
    prices::price_kind,
};
pub(crate) use self::{
    coded_names::CodedName,
    profile::{Profile, is_gtin, number_currency},
    telling::Telling,
};
use crate::{
    dictionary::{self, PriceKind, Role},
    grid::Grid,
    remembered::RememberedTable,
    structure::Table,
    variants,
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

impl ColumnReading {
    /// Whether a header's words spoke for it.
    fn is_by_header(&self) -> bool {
        self.evidence.iter().any(|evidence| evidence == "header")
    }

    /// What the cells of a column without a header spoke for, as likely as not.
    fn by_content(column: u32, role: Role) -> Self {
        Self {
            column,
            header: String::new(),
            role,
            confidence: 0.5,
            evidence: vec!["content".to_owned()],
        }
    }
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
    /// How the names say the codes, where they do.
    pub(crate) coded_name: Option<CodedName>,
    /// What completes names that several rows have.
    pub(crate) telling: Telling,
}

impl Columns {
    pub(crate) fn of(&self, role: Role) -> Option<u32> {
        self.readings
            .iter()
            .find(|reading| reading.role == role)
            .map(|reading| reading.column)
    }

    /// Puts a reading where another column had its role.
    fn replace(&mut self, reading: ColumnReading) {
        self.readings.retain(|other| other.role != reading.role);
        self.readings.push(reading);
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
        self.readings
            .iter()
            .any(|reading| Some(&reading.column) == price && reading.is_by_header())
    }

    /// Whether a header calls any column a price.
    fn has_header_for_price(&self) -> bool {
        self.readings
            .iter()
            .any(|reading| reading.role.is_price() && reading.is_by_header())
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

/// What a column must reach to be given a role.
const THRESHOLD: f64 = 0.9;

/// Assigns roles to the columns of a table.
pub(crate) fn assign(grid: &Grid, table: &Table, remembered: Option<&RememberedTable>) -> Columns {
    let profiles = profile::profiles(grid, table);
    let candidates = candidates(grid, table, remembered, &profiles);
    let mut columns = Columns {
        readings: best_joint(&candidates, table.has_header()),
        profiles: profiles.clone(),
        ..Columns::default()
    };
    settle(grid, table, &candidates, &mut columns);
    columns.readings.sort_by_key(|reading| reading.column);
    price_order::sum_of_parts(grid, table, &mut columns);
    price_order::discounted(&mut columns);
    price_order::net_beside_list(&mut columns);
    price_order::reduced(&mut columns);
    price_order::regular_price(&mut columns);
    price_order::rank_prices(&mut columns, |column| {
        let header = table.header(column).map_or("", |header| header.text.as_str());
        remembered.is_some_and(|known| known.priced_by(column, header))
    });
    columns.coded_name = CodedName::of(grid, table, &columns);
    if columns.variants.is_empty() {
        columns.telling = Telling::of(grid, table, &columns);
    }
    columns
}

/// The columns that have a cell, each with what its header and memory speak for.
fn candidates<'p>(
    grid: &Grid,
    table: &Table,
    remembered: Option<&RememberedTable>,
    profiles: &'p [Profile],
) -> Vec<Candidate<'p>> {
    let from_last = table.headers.iter().rev().map(|header| (header.column, &header.text));
    let breaks = variants::price_breaks(from_last);
    let candidate = |profile: &'p Profile| {
        let header = table.header(profile.column);
        let text = header.map(|header| header.text.clone()).unwrap_or_default();
        let header_roles = match text.is_empty() && has_labelled_codes(grid, table, profile.column) {
            true => vec![(Role::Sku, 1.0)],
            false => prices::called_by_currency(&text, dictionary::roles(&table.path(&text))),
        };
        let is_shared = header.is_some_and(|header| header.is_shared);
        let is_tier = variants::is_tier(&text) || breaks.contains(&profile.column);
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
            is_tier,
            memory,
            other,
        }
    };
    profiles
        .iter()
        .filter(|profile| profile.filled > 0)
        .map(candidate)
        .collect()
}

/// The readings of the best joint assignment of the single roles.
fn best_joint(candidates: &[Candidate<'_>], has_header: bool) -> Vec<ColumnReading> {
    let benefit = |candidate: &Candidate<'_>, role: Role| {
        let others = candidate.other.map_or(0.0, |(_, score)| (score - THRESHOLD).max(0.0));
        // One of several prices is none of the other fields.
        let price = Role::Price(PriceKind::Plain);
        let is_called_price = !role.is_price() && candidate.header_weight(price) >= 0.6;
        let as_price = if is_called_price {
            candidate.score(price) - THRESHOLD
        } else {
            0.0
        };
        let others = others.max(as_price);
        let is_unlabelled = has_header && candidate.header_weight(role) < 0.2;
        // A word over a few rows and no word above it: a group's, or a note.
        let is_sparse = is_unlabelled && candidate.profile.fill() < 0.5;
        // Colours of buttons, groups of taxes: what rows share unsaid is no code of theirs.
        let is_group = !has_header && candidate.profile.distinct_share() < 0.8;
        let against = if is_unlabelled { 0.1 } else { 0.0 };
        let no_code = if role == Role::Sku && (is_sparse || is_group) {
            1.0
        } else {
            0.0
        };
        candidate.score(role) - THRESHOLD - others - against - no_code
    };
    let benefits: Vec<Vec<f64>> = SINGLE
        .iter()
        .map(|role| candidates.iter().map(|candidate| benefit(candidate, *role)).collect())
        .collect();
    let chosen = assignment::best(&benefits);
    let readings = SINGLE.iter().zip(chosen).filter_map(|(role, column)| {
        let candidate = candidates.get(column?)?;
        let role = if role.is_price() { price_kind(candidate) } else { *role };
        Some(reading(candidate, role))
    });
    readings.collect()
}

/// Settles what the joint assignment leaves open: prices first, then what the rows are called by, then the rest. Each step
/// sees what those before it decided.
fn settle(grid: &Grid, table: &Table, candidates: &[Candidate<'_>], columns: &mut Columns) {
    prices::more_prices(candidates, columns);
    prices::tiers(candidates, columns);
    prices::price_by_header_alone(candidates, columns);
    prices::total_as_price(candidates, columns);
    if !table.has_header() {
        unnamed_prices::price_left_over(candidates, columns);
        unnamed_prices::price_among_unnamed(grid, table, candidates, columns);
    }
    names::description_as_name(columns);
    like_names::first_of_like_names(candidates, columns);
    like_names::first_part(candidates, columns);
    like_names::fuller_of_like_names(candidates, columns);
    names::first_of_unnamed_names(candidates, columns);
    names::description_before_unnamed(columns);
    codes::code_taken_for_name(columns);
    codes::codes_as_names(columns);
    names::name_before_description(candidates, columns);
    codes::code_called_article(candidates, columns);
    codes::code_before_id(candidates, columns);
    codes::article_in_words(columns);
    prices::price_by_content(candidates, columns);
    priced_variants::variants(candidates, columns);
    names::brand_as_name(columns);
    names::identity(candidates, columns);
    names::nameless_code_as_name(columns);
    codes::code_of_each_row(candidates, columns);
    names::name_by_content(candidates, columns);
    codes::code_by_content(candidates, columns);
    // Once it is known what the rows are called by.
    prices::price_by_content(candidates, columns);
    for candidate in candidates {
        if let (Some((role, score)), None) = (candidate.other, columns.role(candidate.profile.column))
            && score > THRESHOLD
        {
            columns.readings.push(reading(candidate, role));
        }
    }
    names::category_as_name(columns);
    more_categories(candidates, columns);
    stock_by_content(columns);
    if !table.has_header() {
        codes::code_left_over(candidates, columns);
        unnamed_texts::brand_by_content(grid, table, columns);
        unnamed_texts::category_by_content(grid, table, columns);
    }
}

/// Further levels of the category: `category1`, `category2`; "Group" and "Subgroup".
fn more_categories(candidates: &[Candidate<'_>], columns: &mut Columns) {
    let Some(main) = columns.readings.iter().find(|reading| reading.role == Role::Category) else {
        return;
    };
    let main = main.header.clone();
    for candidate in candidates {
        let profile = candidate.profile;
        let is_level = columns.role(profile.column).is_none()
            && candidate.header_weight(Role::Category) >= 0.6
            && dictionary::are_levels(&main, &candidate.header)
            && profile.letters_share() > 0.5
            && profile.words() <= 8.0;
        if is_level {
            columns.readings.push(reading(candidate, Role::Category));
        }
    }
}

/// A column called "quantity" that the supplier has filled in is its stock, unless sums beside it make it an order. It says more
/// than a flag does: `is_in_stock`, `status`.
fn stock_by_content(columns: &mut Columns) {
    const MOST_FLAGS: usize = 3;
    let said = columns.of(Role::Availability);
    let is_flag = |column| {
        columns
            .profile(column)
            .is_some_and(|it| it.distinct <= MOST_FLAGS && !it.counts_stock())
    };
    if said.is_some_and(|column| !is_flag(column)) || columns.of(Role::Total).is_some() {
        return;
    }
    let profiles = &columns.profiles;
    let is_stock = |column| {
        profiles
            .iter()
            .any(|profile| profile.column == column && profile.counts_stock())
    };
    let found = columns
        .readings
        .iter_mut()
        .find(|reading| reading.role == Role::OrderQuantity && is_stock(reading.column));
    let Some(counted) = found.map(|reading| {
        reading.role = Role::Availability;
        reading.column
    }) else {
        return;
    };
    columns
        .readings
        .retain(|reading| reading.role != Role::Availability || reading.column == counted);
}
