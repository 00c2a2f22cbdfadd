//! A sheet, a text file or the tables of a page as rows of cells: what every format becomes before any meaning is sought.

mod builder;

use std::{borrow::Cow, ops::Range, sync::Arc};

use domain::{CellName, Position, Text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub(crate) use self::builder::GridBuilder;
use crate::{Limits, ReadError, number_format::NumberFormat};

/// Whether a person who opens the workbook sees the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Shown.
    #[default]
    Visible,
    /// Hidden by the author; can be shown from the menu.
    Hidden,
    /// Hidden by a macro; cannot be shown from the menu.
    VeryHidden,
}

/// A span of bytes in one of the grid's two text stores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// Text kept by this grid.
    Text(Span),
    /// Text of the workbook's shared strings.
    Shared(Span),
    /// A number and its format's index in `Grid::formats`.
    Number(f64, u16),
    /// `TRUE`, `FALSE`.
    Bool(bool),
    /// An error value (`#N/A`) in text store.
    Error(Span),
}

/// A non-empty cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) column: u32,
    pub(crate) value: Value,
}

/// A row that has at least one cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// From 0.
    pub(crate) number: u32,
    pub(crate) hidden: bool,
    pub(crate) outline: u8,
    cells: Range<u32>,
}

/// A merged range; all four from 0 and inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) top: u32,
    pub(crate) left: u32,
    pub(crate) bottom: u32,
    pub(crate) right: u32,
}

/// Where a row of a PDF's table stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowPlace {
    /// From 1.
    pub(crate) page: u32,
    /// From 1, over all tables of the page.
    pub(crate) row: u32,
    /// The left top corner of each cell's text, in points.
    pub(crate) cells: Vec<Option<(f32, f32)>>,
}

/// Something that went wrong with one cell while the format was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CellFault {
    pub(crate) row: u32,
    pub(crate) column: u32,
    pub(crate) text: String,
    pub(crate) message: String,
}

/// The cells of a sheet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grid {
    /// The sheet's name in a workbook.
    pub(crate) name: Option<String>,
    /// The page in a PDF, from 1.
    pub(crate) page: Option<u32>,
    pub(crate) visibility: Visibility,
    pub(crate) merges: Vec<Merge>,
    pub(crate) faults: Vec<CellFault>,
    pub(crate) hidden_columns: Vec<Range<u32>>,
    /// Of a table from a PDF: for each row (by number) its page and its number among the page's rows.
    pub(crate) places: Vec<RowPlace>,
    /// Of a table from a PDF: the lines of text that stand beside the tables of its page, and of the first.
    pub(crate) notes: Vec<String>,
    /// Of a table in a PDF: the heading above it, which says what its items are, or is the list's title.
    pub(crate) caption: Option<String>,
    /// How many tables of the file have one.
    pub(crate) captions: usize,
    /// Rows and columns have been exchanged; names of cells are given as they are in the file.
    pub(crate) is_transposed: bool,
    rows: Vec<Row>,
    cells: Vec<Cell>,
    text: String,
    shared: Arc<str>,
    formats: Vec<NumberFormat>,
    columns: u32,
}

impl Grid {
    /// How many rows have a cell.
    pub(crate) fn height(&self) -> usize {
        self.rows.len()
    }

    /// One past the last column that has a cell.
    pub(crate) fn width(&self) -> u32 {
        self.columns
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn row(&self, index: usize) -> Option<&Row> {
        self.rows.get(index)
    }

    /// The cells of the row at `index` (not its number), by column.
    pub(crate) fn cells(&self, index: usize) -> &[Cell] {
        self.rows
            .get(index)
            .and_then(|row| self.cells.get(row.cells.start as usize..row.cells.end as usize))
            .unwrap_or_default()
    }

    /// The cell at row `index` and `column`.
    pub(crate) fn cell(&self, index: usize, column: u32) -> Option<&Cell> {
        Self::in_column(self.cells(index), column)
    }

    /// The one of a row's cells that stands in the column.
    #[inline]
    pub(crate) fn in_column(cells: &[Cell], column: u32) -> Option<&Cell> {
        // Where a row has no gaps, a cell stands at its column's place.
        if let Some(cell) = cells.get(column as usize).filter(|cell| cell.column == column) {
            return Some(cell);
        }
        cells
            .binary_search_by_key(&column, |cell| cell.column)
            .ok()
            .and_then(|at| cells.get(at))
    }

    /// The text of a cell whose text this grid keeps, as it keeps that of all cells of a text file.
    #[inline(always)]
    pub(crate) fn kept(&self, cell: &Cell) -> Option<&str> {
        match cell.value {
            Value::Text(span) => Some(slice(&self.text, span)),
            _ => None,
        }
    }

    /// The text of a cell as a person sees it, untrimmed.
    #[inline]
    pub(crate) fn shown<'a>(&'a self, cell: &Cell) -> Cow<'a, str> {
        match cell.value {
            Value::Text(span) | Value::Error(span) => Cow::Borrowed(slice(&self.text, span)),
            Value::Shared(span) => Cow::Borrowed(slice(&self.shared, span)),
            Value::Number(number, format) => Cow::Owned(self.shown_number(number, format)),
            Value::Bool(value) => Cow::Borrowed(if value { "TRUE" } else { "FALSE" }),
        }
    }

    #[inline(never)]
    fn shown_number(&self, number: f64, format: u16) -> String {
        self.format(format).show(number)
    }

    /// The shown text at row `index` and `column`; empty where there is no cell.
    pub(crate) fn text_at(&self, index: usize, column: u32) -> Cow<'_, str> {
        self.cell(index, column)
            .map_or(Cow::Borrowed(""), |cell| self.shown(cell))
    }

    /// The number format with this index.
    pub(crate) fn format(&self, index: u16) -> &NumberFormat {
        self.formats.get(usize::from(index)).unwrap_or(&NumberFormat::GENERAL)
    }

    /// The cell's value as a decimal, where the cell itself is a number.
    pub(crate) fn number(&self, cell: &Cell) -> Option<Decimal> {
        match cell.value {
            Value::Number(number, format) if !self.format(format).is_date() => crate::number_format::decimal(number),
            _ => None,
        }
    }

    /// Where the row at `index` stands, as a person counts.
    pub(crate) fn position(&self, index: usize) -> Position {
        let number = self.rows.get(index).map_or(0, |row| row.number);
        match self.places.get(number as usize) {
            Some(place) => Position {
                sheet: None,
                page: Some(place.page),
                row: place.row,
            },
            None => Position {
                sheet: self.name.as_deref().map(Text::new),
                page: self.page,
                row: number.saturating_add(1),
            },
        }
    }

    /// Whether something went wrong with the cell at row `index` and `column` while the format was read.
    pub(crate) fn has_fault(&self, index: usize, column: u32) -> bool {
        let number = self.rows.get(index).map(|row| row.number);
        let mut faults = self.faults.iter();
        faults.any(|fault| Some(fault.row) == number && fault.column == column)
    }

    /// Whether cells are named by the rows and columns in which they stand.
    pub(crate) fn is_plain(&self) -> bool {
        self.places.is_empty() && !self.is_transposed
    }

    /// The name of a cell.
    pub(crate) fn cell_name(&self, index: usize, column: u32) -> CellName {
        let row = self.rows.get(index).map_or(0, |row| row.number);
        match self.places.get(row as usize) {
            Some(place) => match place.cells.get(column as usize) {
                Some(Some((x, y))) => CellName::Place {
                    page: place.page,
                    x: x.round_ties_even() as i32,
                    y: y.round_ties_even() as i32,
                },
                _ => CellName::Page { page: place.page },
            },
            None if self.is_transposed => CellName::Sheet {
                row: column,
                column: row,
            },
            None => CellName::Sheet { row, column },
        }
    }

    /// Whether the cell is blank to the eye.
    #[inline]
    pub(crate) fn is_blank(&self, cell: &Cell) -> bool {
        match cell.value {
            Value::Text(span) => is_blank(slice(&self.text, span)),
            Value::Shared(span) => is_blank(slice(&self.shared, span)),
            _ => false,
        }
    }

    /// Copies the value of every merged range that spans rows to the rows it spans, in its first column and in rows
    /// that hold anything: one price over many items, one name over many packs, a category over its rows.
    pub(crate) fn spread_down(&mut self, limits: &Limits) -> Result<(), ReadError> {
        let mut copies: Vec<(usize, Cell)> = Vec::new();
        for merge in &self.merges {
            if merge.bottom <= merge.top {
                continue;
            }
            let top = self.rows.partition_point(|row| row.number < merge.top);
            if self.rows.get(top).is_none_or(|row| row.number != merge.top) {
                continue;
            }
            let Some(cell) = self.cell(top, merge.left).copied().filter(|cell| !self.is_blank(cell)) else {
                continue;
            };
            for index in top + 1..self.rows.len() {
                if self.rows.get(index).is_none_or(|row| row.number > merge.bottom) {
                    break;
                }
                if self.cell(index, merge.left).is_none_or(|below| self.is_blank(below)) {
                    copies.push((index, cell));
                }
            }
            Limits::hold("cells", (self.cells.len() + copies.len()) as u64, limits.cells as u64)?;
        }
        if copies.is_empty() {
            return Ok(());
        }
        copies.sort_by_key(|(index, cell)| (*index, cell.column));
        copies.dedup_by_key(|(index, cell)| (*index, cell.column));
        let mut cells = Vec::with_capacity(self.cells.len() + copies.len());
        let mut copies = copies.into_iter().peekable();
        for (index, row) in self.rows.iter_mut().enumerate() {
            let start = cells.len();
            let old = self
                .cells
                .get(row.cells.start as usize..row.cells.end as usize)
                .unwrap_or_default();
            let mut added: Vec<Cell> = Vec::new();
            while let Some((_, cell)) = copies.next_if(|(at, _)| *at == index) {
                added.push(cell);
            }
            if added.is_empty() {
                cells.extend_from_slice(old);
            } else {
                let taken: Vec<u32> = added.iter().map(|cell| cell.column).collect();
                added.extend(old.iter().filter(|cell| !taken.contains(&cell.column)));
                added.sort_by_key(|cell| cell.column);
                cells.append(&mut added);
            }
            row.cells = start as u32..cells.len() as u32;
        }
        self.cells = cells;
        Ok(())
    }

    /// The same cells with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Grid {
        let mut flipped: Vec<(u32, u32, Value)> = Vec::with_capacity(self.cells.len());
        for (index, row) in self.rows.iter().enumerate() {
            flipped.extend(
                self.cells(index)
                    .iter()
                    .map(|cell| (cell.column, row.number, cell.value)),
            );
        }
        flipped.sort_by_key(|(row, column, _)| (*row, *column));
        let mut grid = Grid {
            rows: Vec::new(),
            cells: Vec::with_capacity(flipped.len()),
            merges: Vec::new(),
            is_transposed: true,
            ..self.clone()
        };
        grid.columns = 0;
        for (row, column, value) in flipped {
            let at = grid.cells.len() as u32;
            if grid.rows.last().is_none_or(|last| last.number != row) {
                grid.rows.push(Row {
                    number: row,
                    hidden: false,
                    outline: 0,
                    cells: at..at,
                });
            }
            grid.cells.push(Cell { column, value });
            grid.columns = grid.columns.max(column + 1);
            if let Some(last) = grid.rows.last_mut() {
                last.cells.end = at + 1;
            }
        }
        grid
    }
}

#[inline]
fn is_blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty()
}

#[inline]
fn slice(store: &str, span: Span) -> &str {
    store
        .get(span.start as usize..(span.start as usize).saturating_add(span.len as usize))
        .unwrap_or_default()
}

/// Text stored once for all sheets of a workbook.
#[derive(Debug, Default)]
pub(crate) struct SharedText {
    text: String,
    spans: Vec<Span>,
}

impl SharedText {
    /// Adds the next string.
    pub(crate) fn push(&mut self, text: &str, limits: &Limits) -> Result<(), ReadError> {
        let start = self.text.len();
        Limits::hold("bytes of text", (start + text.len()) as u64, limits.text_bytes as u64)?;
        self.text.push_str(text);
        self.spans.push(Span {
            start: start as u32,
            len: text.len() as u32,
        });
        Limits::hold("shared strings", self.spans.len() as u64, limits.cells as u64)
    }

    pub(crate) fn get(&self, index: usize) -> Option<Span> {
        self.spans.get(index).copied()
    }

    /// The store, to be given to each sheet's builder.
    pub(crate) fn share(&mut self) -> Arc<str> {
        Arc::from(std::mem::take(&mut self.text))
    }
}

/// `B7` for column 1 and row 6.
pub(crate) fn address(row: u32, column: u32) -> String {
    CellName::Sheet { row, column }.to_string()
}

/// Row and column from 0 of an address such as `B7` or `$B$7`.
pub(crate) fn parse_address(text: &str) -> Option<(u32, u32)> {
    let (mut column, mut row, mut digits) = (0u32, 0u32, false);
    for byte in text.bytes() {
        match byte {
            b'$' => {}
            b'A'..=b'Z' | b'a'..=b'z' if !digits => {
                column = column
                    .checked_mul(26)?
                    .checked_add(u32::from(byte.to_ascii_uppercase() - b'A') + 1)?;
            }
            b'0'..=b'9' => {
                digits = true;
                row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            }
            _ => return None,
        }
    }
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

/// What a formula of but a text says: programs write `="0123"` so that spreadsheets keep the zero.
#[inline]
pub(crate) fn without_formula(text: &str) -> &str {
    if !text.starts_with('=') {
        return text;
    }
    let said = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    said.filter(|said| !said.is_empty() && !said.contains('"'))
        .unwrap_or(text)
}
