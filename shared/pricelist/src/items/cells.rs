//! The cells of one row, as the reader of items looks at them.

use std::borrow::Cow;

use crate::{
    amount::{self, DecimalMark, Reading},
    columns::number_currency,
    grid::{Cell, Grid, Value},
};

/// The cells of one row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'g> {
    grid: &'g Grid,
    cells: &'g [Cell],
}

impl<'g> Cells<'g> {
    pub(super) fn of(grid: &'g Grid, row: usize) -> Self {
        Self {
            grid,
            cells: grid.cells(row),
        }
    }

    #[inline]
    pub(super) fn is_filled(self, column: u32) -> bool {
        Grid::in_column(self.cells, column).is_some_and(|cell| {
            let starts_printed = |text: &str| text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
            self.grid.kept(cell).is_some_and(starts_printed) || !self.grid.is_blank(cell)
        })
    }

    /// The trimmed text of a cell that is not blank.
    #[inline]
    pub(super) fn text(self, column: u32) -> Option<Cow<'g, str>> {
        let cell = Grid::in_column(self.cells, column)?;
        if let Some(text) = self.grid.kept(cell) {
            return Some(trimmed(text)).filter(|text| !text.is_empty()).map(Cow::Borrowed);
        }
        let text = match self.grid.shown(cell) {
            Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
            Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The price cell's reading.
    pub(super) fn price(self, column: u32, mark: Option<DecimalMark>) -> Reading {
        let Some(cell) = Grid::in_column(self.cells, column) else {
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
