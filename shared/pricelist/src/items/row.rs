//! One row of a table, as the reader of items looks at it.

use std::borrow::Cow;

use domain::{CellName, Position};

use crate::{
    amount::{self, DecimalMark, Reading},
    columns::number_currency,
    delimited::PlainRow,
    grid::{Cell, Grid, Value},
};

/// A row of a grid, or a record of a text whose fields are told by their places and have not been made cells. The same
/// cells make the same item, whichever of the two holds them.
pub(crate) trait Row<'t>: Copy {
    /// Whether the cell in the column is there and not blank.
    fn is_filled(self, column: u32) -> bool;

    /// The same of all of some columns, which are given in ascending order.
    fn are_filled(self, columns: &[u32]) -> bool {
        columns.iter().all(|column| self.is_filled(*column))
    }

    /// The trimmed text of a cell that is not blank.
    fn text(self, column: u32) -> Option<Cow<'t, str>>;

    /// Whether the texts are known to be printed ASCII without two blanks beside each other.
    fn is_tidy(self) -> bool {
        false
    }

    /// What the cell in a price's column says.
    fn price(self, column: u32, mark: Option<DecimalMark>) -> Reading;

    /// Where the row stands, as a person counts.
    fn position(self) -> Position;

    /// The row's number from 0.
    fn number(self) -> u32;

    /// The name of a cell of the row.
    fn cell_name(self, column: u32) -> CellName;

    /// Whether something went wrong with the cell while the format was read.
    fn has_fault(self, column: u32) -> bool;

    /// The text of a cell that is a number of more digits than it can keep.
    fn lost_digits(self, column: u32) -> Option<Cow<'t, str>>;
}

/// A row of a grid.
#[derive(Clone, Copy)]
pub(super) struct GridRow<'g> {
    pub(super) grid: &'g Grid,
    /// Among the grid's rows.
    pub(super) index: usize,
    cells: &'g [Cell],
}

impl<'g> GridRow<'g> {
    pub(super) fn of(grid: &'g Grid, index: usize) -> Self {
        Self {
            grid,
            index,
            cells: grid.cells(index),
        }
    }

    pub(super) fn cell(self, column: u32) -> Option<&'g Cell> {
        Grid::in_column(self.cells, column)
    }

    pub(super) fn cells(self) -> &'g [Cell] {
        self.cells
    }
}

impl<'g> Row<'g> for GridRow<'g> {
    #[inline]
    fn is_filled(self, column: u32) -> bool {
        self.cell(column).is_some_and(|cell| {
            let starts_printed = |text: &str| text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
            self.grid.kept(cell).is_some_and(starts_printed) || !self.grid.is_blank(cell)
        })
    }

    #[inline]
    fn text(self, column: u32) -> Option<Cow<'g, str>> {
        let cell = self.cell(column)?;
        if let Some(text) = self.grid.kept(cell) {
            return Some(trimmed(text)).filter(|text| !text.is_empty()).map(Cow::Borrowed);
        }
        let text = match self.grid.shown(cell) {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
        };
        (!text.is_empty()).then_some(text)
    }

    fn price(self, column: u32, mark: Option<DecimalMark>) -> Reading {
        let Some(cell) = self.cell(column) else {
            return Reading::Blank;
        };
        match cell.value {
            Value::Number(_, format) if self.grid.format(format).is_percent() => return Reading::Unreadable,
            Value::Error(_) | Value::Bool(_) => return Reading::Unreadable,
            _ => {}
        }
        match self.grid.number(cell) {
            Some(number) => amount::from_number(number, number_currency(self.grid, cell.value)),
            None => amount::read(&self.grid.shown(cell), mark),
        }
    }

    fn position(self) -> Position {
        self.grid.position(self.index)
    }

    fn number(self) -> u32 {
        self.grid.row(self.index).map_or(0, |row| row.number)
    }

    fn cell_name(self, column: u32) -> CellName {
        self.grid.cell_name(self.index, column)
    }

    fn has_fault(self, column: u32) -> bool {
        self.grid.has_fault(self.index, column)
    }

    fn lost_digits(self, column: u32) -> Option<Cow<'g, str>> {
        let cell = self.cell(column)?;
        let is_beyond = matches!(cell.value, Value::Number(number, _) if number.abs() >= 1.0e15);
        is_beyond.then(|| self.grid.shown(cell))
    }
}

impl<'t> Row<'t> for PlainRow<'t> {
    #[inline]
    fn is_filled(self, column: u32) -> bool {
        let text = self.field(column);
        text.as_bytes().first().is_some_and(u8::is_ascii_graphic) || !text.trim().is_empty()
    }

    #[inline]
    fn are_filled(self, columns: &[u32]) -> bool {
        let reaches = |last: &u32| (*last as usize) < self.fields.len();
        self.is_full && columns.last().is_none_or(reaches) || columns.iter().all(|column| self.is_filled(*column))
    }

    #[inline]
    fn text(self, column: u32) -> Option<Cow<'t, str>> {
        let text = trimmed(self.field(column));
        (!text.is_empty()).then_some(Cow::Borrowed(text))
    }

    #[inline]
    fn is_tidy(self) -> bool {
        self.is_tidy
    }

    #[inline]
    fn price(self, column: u32, mark: Option<DecimalMark>) -> Reading {
        match self.field(column) {
            "" => Reading::Blank,
            text => amount::read(text, mark),
        }
    }

    #[inline]
    fn position(self) -> Position {
        Position {
            sheet: None,
            page: None,
            row: self.number.saturating_add(1),
        }
    }

    #[inline]
    fn number(self) -> u32 {
        self.number
    }

    #[inline]
    fn cell_name(self, column: u32) -> CellName {
        CellName::Sheet {
            row: self.number,
            column,
        }
    }

    #[inline]
    fn has_fault(self, _column: u32) -> bool {
        false
    }

    #[inline]
    fn lost_digits(self, _column: u32) -> Option<Cow<'t, str>> {
        None
    }
}

/// The text without blanks around it; most have none.
#[inline(always)]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}
