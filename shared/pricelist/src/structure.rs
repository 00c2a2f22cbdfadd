//! Where the tables of a sheet are: header rows found by their words, stacked tables, tables side by side.

mod header_lines;
mod header_rows;
mod joined_headers;
mod numbering;

use std::{borrow::Cow, ops::Range};

pub(crate) use self::header_rows::{is_header, is_header_throughout};
use self::{
    header_rows::header_blocks,
    joined_headers::{join_headers, side_by_side},
    numbering::numbers_columns,
};

use crate::{
    amount::{self, Reading},
    grid::{Cell, Grid, Value},
};

/// The header of one column, joined over the header's rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Header {
    pub(crate) column: u32,
    pub(crate) text: String,
    /// The text is that of a cell merged over several columns, of which this is not the first.
    pub(crate) is_shared: bool,
}

/// A table: header rows and the rows under it, in a range of columns. Rows are indexes into the grid, not numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) header_rows: Range<usize>,
    pub(crate) headers: Vec<Header>,
    pub(crate) columns: Range<u32>,
    /// Rows under each of its headers: one range, or several where the header is repeated.
    pub(crate) body: Vec<Range<usize>>,
    /// Rows that say the header again.
    pub(crate) repeated_headers: usize,
}

impl Table {
    pub(crate) fn has_header(&self) -> bool {
        // A table that continues another has that one's headers without rows of its own for them.
        !self.header_rows.is_empty() || !self.headers.is_empty()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.body.iter().flat_map(Clone::clone)
    }

    pub(crate) fn header(&self, column: u32) -> Option<&Header> {
        self.headers.iter().find(|header| header.column == column)
    }

    /// A header with its path as lines: programs write `Price list/Minimum quantity` and `Price list/Fixed price` for the two
    /// columns of one group.
    pub(crate) fn path<'t>(&self, header: &'t str) -> Cow<'t, str> {
        let group = |text: &str| text.split_once('/').map(|(group, _)| group.trim().to_owned());
        let Some(own) = group(header).filter(|own| !own.is_empty()) else {
            return Cow::Borrowed(header);
        };
        let mut others = self.headers.iter().filter(|other| other.text != header);
        match others.any(|other| group(&other.text).as_ref() == Some(&own)) {
            true => Cow::Owned(header.replace('/', " · ")),
            false => Cow::Borrowed(header),
        }
    }
}

/// Finds the tables of a sheet. Without any header, the whole sheet is one table without header.
pub(crate) fn find_tables(grid: &Grid) -> Vec<Table> {
    let blocks = header_blocks(grid);
    let mut tables: Vec<Table> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let end = blocks.get(at + 1).map_or(grid.height(), |next| next.start);
        let headers = join_headers(grid, block);
        for (columns, headers) in side_by_side(headers, grid.width()) {
            let body = block.end..end;
            // The same header again continues the table.
            let same = |table: &Table| {
                table.columns == columns
                    && table.headers.len() == headers.len()
                    && table
                        .headers
                        .iter()
                        .zip(&headers)
                        .all(|(a, b)| a.column == b.column && a.text == b.text)
            };
            match tables.iter_mut().find(|table| same(table)) {
                Some(table) => {
                    table.body.push(body);
                    table.repeated_headers += 1;
                }
                None => tables.push(Table {
                    header_rows: block.clone(),
                    headers,
                    columns,
                    body: vec![body],
                    repeated_headers: 0,
                }),
            }
        }
    }
    if tables.is_empty() && grid.height() > 0 {
        let start = usize::from(numbers_columns(grid, 0));
        tables.extend(parted_by_blanks(grid).into_iter().map(|columns| Table {
            header_rows: 0..0,
            headers: Vec::new(),
            columns,
            body: std::iter::once(start..grid.height()).collect(),
            repeated_headers: 0,
        }));
    }
    tables
}

/// The columns of the lists that a sheet without headers has side by side: as wide each, with names and numbers each, and a
/// column without cells between them. All columns where it has but one.
fn parted_by_blanks(grid: &Grid) -> Vec<Range<u32>> {
    const WIDEST: u32 = 60;
    const ROWS: usize = 300;
    let whole = || std::iter::once(0..grid.width()).collect();
    if !(5..=WIDEST).contains(&grid.width()) {
        return whole();
    }
    // Of each column: its texts and its numbers.
    let mut counts = vec![(0usize, 0usize); grid.width() as usize];
    for row in 0..grid.height().min(ROWS) {
        for cell in grid.cells(row).iter().filter(|cell| !grid.is_blank(cell)) {
            let Some(count) = counts.get_mut(cell.column as usize) else {
                continue;
            };
            let shown = grid.shown(cell);
            match is_number(grid, cell, shown.trim()) {
                true => count.1 += 1,
                false => count.0 += 1,
            }
        }
    }
    let mut lists: Vec<Range<u32>> = Vec::new();
    for (column, _) in (0u32..).zip(&counts).filter(|(_, count)| **count != (0, 0)) {
        match lists.last_mut().filter(|list| list.end == column) {
            Some(list) => list.end = column + 1,
            None => lists.push(column..column + 1),
        }
    }
    let is_list = |list: &Range<u32>| {
        let counts = counts.get(list.start as usize..list.end as usize).unwrap_or_default();
        counts.iter().any(|(texts, numbers)| texts > numbers) && counts.iter().any(|(texts, numbers)| numbers > texts)
    };
    let is_as_wide = |list: &Range<u32>| lists.first().is_some_and(|first| first.len() == list.len());
    match lists.len() >= 2 && lists.iter().all(|list| is_list(list) && is_as_wide(list)) {
        true => lists,
        false => whole(),
    }
}

fn is_number(grid: &Grid, cell: &Cell, text: &str) -> bool {
    match cell.value {
        Value::Number(..) => true,
        Value::Text(_) | Value::Shared(_) => {
            text.starts_with(|char: char| char.is_numeric() || matches!(char, '$' | '€' | '£' | '-' | '+'))
                && matches!(amount::read(text, None), Reading::Amount(_) | Reading::Negative)
        }
        _ => {
            let _ = grid;
            false
        }
    }
}

/// Texts of a row with their columns.
fn texts(grid: &Grid, index: usize) -> Vec<(u32, String)> {
    grid.cells(index)
        .iter()
        .map(|cell| (cell.column, grid.shown(cell).trim().to_owned()))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn has_numbers(grid: &Grid, index: usize) -> bool {
    grid.cells(index)
        .iter()
        .any(|cell| is_number(grid, cell, grid.shown(cell).trim()))
}

fn row_number(grid: &Grid, index: usize) -> u32 {
    grid.row(index).map_or(0, |row| row.number)
}

/// Texts above a table's header, and on a page those beside its tables: letterhead, date, currency notes.
pub(crate) fn preamble<'g>(grid: &'g Grid, table: &Table) -> impl Iterator<Item = Cow<'g, str>> {
    // Without a header, what stands above the first row of several cells.
    let end = match table.has_header() {
        true => table.header_rows.start,
        false => table
            .rows()
            .take(40)
            .find(|row| grid.cells(*row).iter().filter(|cell| !grid.is_blank(cell)).count() >= 3)
            .unwrap_or(0),
    };
    let start = end.saturating_sub(40);
    (start..end)
        // Rows with numbers are of another table; a date beside a note is not that many texts.
        .filter(move |row| grid.cells(*row).len() < 3 || !has_numbers(grid, *row))
        .flat_map(move |row| grid.cells(row).iter().map(move |cell| grid.shown(cell)))
        .chain(grid.notes.iter().map(|note| Cow::Borrowed(note.as_str())))
}

/// Lone texts below a table's items: "all prices in EUR", terms of delivery.
pub(crate) fn notes_below<'g>(grid: &'g Grid, table: &Table) -> impl Iterator<Item = Cow<'g, str>> {
    const MOST: usize = 15;
    let body = table.body.last().cloned().unwrap_or_default();
    body.rev()
        .take(MOST)
        .take_while(|row| grid.cells(*row).iter().filter(|cell| !grid.is_blank(cell)).count() <= 1)
        .flat_map(move |row| grid.cells(row).iter().map(move |cell| grid.shown(cell)))
        .filter(|text| text.chars().any(char::is_alphabetic))
}
