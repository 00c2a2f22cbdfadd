//! The tables of a file's grids, with what their columns hold.

use crate::{
    columns::{self, Columns},
    grid::Grid,
    remembered::{Remembered, RememberedTable},
    structure::{self, Table},
};

/// A table with its columns known.
pub(super) struct Understood {
    pub(super) table: Table,
    pub(super) columns: Columns,
}

impl Understood {
    /// Whether it gives items, and a header says so: beside such a table, others of the file are no price lists.
    pub(super) fn is_named(&self) -> bool {
        self.columns.gives_items() && self.table.has_header() && self.columns.has_named_price()
    }
}

/// Finds the tables of every grid and what their columns hold. A table of a PDF that has no header of its own but the
/// width of the one before it continues that one.
pub(super) fn understand(grids: &mut [Grid], remembered: Option<&Remembered>) -> Vec<Vec<Understood>> {
    let mut all: Vec<Vec<Understood>> = Vec::with_capacity(grids.len());
    for grid in grids {
        if let Some((flipped, tables)) = as_transposed(grid, remembered) {
            *grid = flipped;
            all.push(tables);
            continue;
        }
        let mut tables = Vec::new();
        for mut table in structure::find_tables(grid) {
            if !grid.places.is_empty() && !table.has_header() {
                let before = all.iter().flatten().rev().find(|before| before.columns.gives_items());
                if let Some(before) = before.filter(|before| before.table.columns == table.columns) {
                    table.headers.clone_from(&before.table.headers);
                }
            }
            let columns = columns::assign(grid, &table, known_table(grid, &table, remembered));
            tables.push(Understood { table, columns });
        }
        all.push(tables);
    }
    all
}

/// The sheet with rows and columns exchanged, where only so it has a header with a price and something to call items by, or
/// where its first column is words of a header throughout and its first row is not.
fn as_transposed(grid: &Grid, remembered: Option<&Remembered>) -> Option<(Grid, Vec<Understood>)> {
    const MOST_FIELDS: usize = 40;
    if grid.height() > MOST_FIELDS || grid.height() < 2 || grid.width() < 3 || !grid.places.is_empty() {
        return None;
    }
    let headed = |tables: &[Understood]| tables.iter().any(|u| u.table.has_header() && u.columns.gives_items());
    let flipped = grid.transposed();
    let lies = structure::is_header_throughout(&flipped, 0) && !structure::is_header_throughout(grid, 0);
    if !lies && headed(&understand_tables(grid, remembered)) {
        return None;
    }
    let tables = understand_tables(&flipped, remembered);
    // Goods in the first column are no header, whatever one or two of them are called.
    let starts_with_header = structure::is_header(&flipped, 0)
        && tables
            .iter()
            .any(|u| u.table.has_header() && u.columns.gives_items() && u.table.header_rows.start == 0);
    starts_with_header.then_some((flipped, tables))
}

fn understand_tables(grid: &Grid, remembered: Option<&Remembered>) -> Vec<Understood> {
    structure::find_tables(grid)
        .into_iter()
        .map(|table| {
            let columns = columns::assign(grid, &table, known_table(grid, &table, remembered));
            Understood { table, columns }
        })
        .collect()
}

/// The table of the supplier's list before that this one most likely is.
fn known_table<'r>(grid: &Grid, table: &Table, remembered: Option<&'r Remembered>) -> Option<&'r RememberedTable> {
    remembered?.table_like(grid.name.as_deref(), table)
}
