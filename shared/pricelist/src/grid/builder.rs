//! Grids while they are read.

use std::{ops::Range, sync::Arc};

use super::{Cell, CellFault, Grid, Merge, Row, Span, Value, Visibility, without_formula};
use crate::{Limits, ReadError, number_format::NumberFormat};

/// Collects a grid cell by cell and holds the limits while it grows.
#[derive(Debug)]
pub(crate) struct GridBuilder<'l> {
    grid: Grid,
    limits: &'l Limits,
    sorted: bool,
    /// Cells of the sheets read before.
    cells_before: usize,
}

impl<'l> GridBuilder<'l> {
    pub(crate) fn new(limits: &'l Limits, cells_before: usize) -> Self {
        Self {
            grid: Grid::default(),
            limits,
            sorted: true,
            cells_before,
        }
    }

    /// A grid in the memory of one that is no longer needed.
    pub(crate) fn reusing(used: Grid, limits: &'l Limits) -> Self {
        let mut builder = Self::new(limits, 0);
        let Grid {
            mut rows,
            mut cells,
            mut text,
            ..
        } = used;
        rows.clear();
        cells.clear();
        text.clear();
        (builder.grid.rows, builder.grid.cells, builder.grid.text) = (rows, cells, text);
        builder
    }

    /// Takes cells whose text lies as one in a longer text, from `start` on.
    pub(crate) fn region(&mut self, start: usize) -> Region<'_, 'l> {
        if self.grid.rows.last().is_some_and(|row| row.cells.is_empty()) {
            self.grid.rows.pop();
        }
        Region {
            row: self.grid.cells.len(),
            stored: self.grid.text.len(),
            builder: self,
            start,
            end: start,
            width: 0,
        }
    }

    pub(crate) fn name(mut self, name: impl Into<String>, visibility: Visibility) -> Self {
        self.grid.name = Some(name.into());
        self.grid.visibility = visibility;
        self
    }

    pub(crate) fn page(mut self, page: u32) -> Self {
        self.grid.page = Some(page);
        self
    }

    pub(crate) fn shared(mut self, shared: Arc<str>) -> Self {
        self.grid.shared = shared;
        self
    }

    pub(crate) fn formats(mut self, formats: Vec<NumberFormat>) -> Self {
        self.grid.formats = formats;
        self
    }

    /// Starts the row with this number from 0.
    pub(crate) fn row(&mut self, number: u32, hidden: bool, outline: u8) -> Result<(), ReadError> {
        Limits::hold("rows", u64::from(number) + 1, u64::from(self.limits.rows))?;
        let at = self.grid.cells.len() as u32;
        if let Some(last) = self.grid.rows.last_mut()
            && last.cells.is_empty()
        {
            *last = Row {
                number,
                hidden,
                outline,
                cells: at..at,
            };
            self.check_order();
            return Ok(());
        }
        self.grid.rows.push(Row {
            number,
            hidden,
            outline,
            cells: at..at,
        });
        self.check_order();
        Ok(())
    }

    fn check_order(&mut self) {
        if let [.., before, last] = self.grid.rows.as_slice() {
            self.sorted &= before.number < last.number;
        }
    }

    /// Adds a cell to the row started last.
    pub(crate) fn cell(&mut self, column: u32, value: Value) -> Result<(), ReadError> {
        Limits::hold("columns", u64::from(column) + 1, u64::from(self.limits.columns))?;
        let count = self.grid.cells.len() + 1;
        Limits::hold("cells", (self.cells_before + count) as u64, self.limits.cells as u64)?;
        let Some(row) = self.grid.rows.last_mut() else {
            return Ok(());
        };
        if let Some(before) = self.grid.cells.last().filter(|_| !row.cells.is_empty()) {
            self.sorted &= before.column < column;
        }
        self.grid.cells.push(Cell { column, value });
        row.cells.end = count as u32;
        self.grid.columns = self.grid.columns.max(column + 1);
        Ok(())
    }

    /// Stores text and gives its span.
    pub(crate) fn store(&mut self, text: &str) -> Result<Span, ReadError> {
        Limits::hold("bytes in one cell", text.len() as u64, self.limits.cell_bytes as u64)?;
        let start = self.grid.text.len();
        Limits::hold(
            "bytes of text",
            (start + text.len()) as u64,
            self.limits.text_bytes as u64,
        )?;
        self.grid.text.push_str(text);
        Ok(Span {
            start: start as u32,
            len: text.len() as u32,
        })
    }

    /// Adds a text cell; empty text adds nothing.
    pub(crate) fn text(&mut self, column: u32, text: &str) -> Result<(), ReadError> {
        if text.is_empty() {
            return Ok(());
        }
        let span = self.store(without_formula(text))?;
        self.cell(column, Value::Text(span))
    }

    /// The index of a number format, added if it is new.
    pub(crate) fn format(&mut self, format: NumberFormat) -> u16 {
        if let Some(at) = self.grid.formats.iter().position(|known| *known == format) {
            return at as u16;
        }
        if self.grid.formats.len() >= usize::from(u16::MAX) {
            return 0;
        }
        self.grid.formats.push(format);
        (self.grid.formats.len() - 1) as u16
    }

    pub(crate) fn merge(&mut self, merge: Merge) -> Result<(), ReadError> {
        self.grid.merges.push(merge);
        Limits::hold(
            "merged ranges",
            self.grid.merges.len() as u64,
            self.limits.merges as u64,
        )
    }

    pub(crate) fn hide_columns(&mut self, columns: Range<u32>) {
        if self.grid.hidden_columns.len() < 1_000 {
            self.grid.hidden_columns.push(columns);
        }
    }

    /// Notes a fault; only the first thousand are kept.
    pub(crate) fn fault(&mut self, row: u32, column: u32, text: &str, message: &str) {
        if self.grid.faults.len() < 1_000 {
            let text = text.chars().take(120).collect();
            self.grid.faults.push(CellFault {
                row,
                column,
                text,
                message: message.to_owned(),
            });
        }
    }

    /// The grid, rows and cells in order, the last of cells given twice kept.
    pub(crate) fn finish(mut self) -> Grid {
        if self.grid.rows.last().is_some_and(|row| row.cells.is_empty()) {
            self.grid.rows.pop();
        }
        if !self.sorted {
            self.sort();
        }
        self.grid
    }

    fn sort(&mut self) {
        let grid = &mut self.grid;
        let mut all: Vec<(u32, bool, u8, Cell)> = Vec::with_capacity(grid.cells.len());
        for row in &grid.rows {
            let cells = grid
                .cells
                .get(row.cells.start as usize..row.cells.end as usize)
                .unwrap_or_default();
            all.extend(cells.iter().map(|cell| (row.number, row.hidden, row.outline, *cell)));
        }
        all.sort_by_key(|(row, _, _, cell)| (*row, cell.column));
        grid.rows.clear();
        grid.cells.clear();
        for (number, hidden, outline, cell) in all {
            let at = grid.cells.len() as u32;
            match grid.rows.last_mut() {
                Some(row) if row.number == number => {
                    if let Some(last) = grid.cells.last_mut().filter(|last| last.column == cell.column) {
                        *last = cell;
                        continue;
                    }
                    row.cells.end = at + 1;
                }
                _ => grid.rows.push(Row {
                    number,
                    hidden,
                    outline,
                    cells: at..at + 1,
                }),
            }
            grid.cells.push(cell);
        }
    }
}

/// Rows of which the text is stored in one piece, when all are told.
#[derive(Debug)]
pub(crate) struct Region<'b, 'l> {
    builder: &'b mut GridBuilder<'l>,
    /// Bytes of text that the grid had before.
    stored: usize,
    /// The part of the longer text that is told so far.
    start: usize,
    end: usize,
    /// Where the cells of the row that is being told start.
    row: usize,
    /// One past that row's last column that has a cell.
    width: u32,
}

impl Region<'_, '_> {
    /// Adds the cell whose text these bytes of the longer text are; without any it adds nothing.
    pub(crate) fn cell(&mut self, column: u32, bytes: Range<usize>) -> Result<(), ReadError> {
        let limits = self.builder.limits;
        Limits::hold("columns", u64::from(column) + 1, u64::from(limits.columns))?;
        let len = bytes.len();
        if len == 0 {
            return Ok(());
        }
        Limits::hold("bytes in one cell", len as u64, limits.cell_bytes as u64)?;
        let span = Span {
            start: (self.stored + bytes.start - self.start) as u32,
            len: len as u32,
        };
        self.width = column + 1;
        self.builder.grid.cells.push(Cell {
            column,
            value: Value::Text(span),
        });
        Ok(())
    }

    /// Ends the row that was told; the next one starts at `next` in the longer text.
    pub(crate) fn end_row(&mut self, number: u32, next: usize) -> Result<(), ReadError> {
        let GridBuilder { grid, limits, .. } = &mut *self.builder;
        Limits::hold("rows", u64::from(number) + 1, u64::from(limits.rows))?;
        Limits::hold("cells", grid.cells.len() as u64, limits.cells as u64)?;
        let text = self.stored + next - self.start;
        Limits::hold("bytes of text", text as u64, limits.text_bytes as u64)?;
        if grid.cells.len() > self.row {
            grid.rows.push(Row {
                number,
                hidden: false,
                outline: 0,
                cells: self.row as u32..grid.cells.len() as u32,
            });
            self.builder.check_order();
        }
        let grid = &mut self.builder.grid;
        grid.columns = grid.columns.max(self.width);
        (self.row, self.width, self.end) = (grid.cells.len(), 0, next);
        Ok(())
    }

    /// Stores the text of the rows that were told to their ends.
    pub(crate) fn finish(self, longer: &str) {
        let grid = &mut self.builder.grid;
        grid.cells.truncate(self.row);
        grid.text.push_str(longer.get(self.start..self.end).unwrap_or_default());
    }
}
