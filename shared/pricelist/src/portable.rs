//! PDFs: the tables that `pdf` finds become grids, and are read like sheets.

use domain::{Position, RowError};
use serde::{Deserialize, Serialize};

use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, RowPlace},
};

/// A table of a PDF as read, before any meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageTable {
    /// The page on which it stands, or begins.
    pub page: u32,
    /// Its cells' texts.
    pub rows: Vec<Vec<String>>,
}

/// What a PDF gives.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pub(crate) grids: Vec<Grid>,
    pub(crate) tables: Vec<PageTable>,
    /// Pages that could not be read.
    pub(crate) errors: Vec<RowError>,
}

/// Reads a PDF's tables.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Pages, ReadError> {
    let document = pdf::read(bytes, &pdf::Limits::default()).map_err(refusal)?;
    let mut pages = Pages::default();
    let mut cells = 0;
    // Rows are counted over all tables of a page.
    let mut rows_of_page = std::collections::BTreeMap::<u32, u32>::new();
    for table in &document.tables {
        let mut builder = GridBuilder::new(limits, cells).page(table.page);
        let mut places = Vec::with_capacity(table.rows.len());
        for (number, row) in table.rows.iter().enumerate() {
            builder.row(number as u32, false, 0)?;
            for (column, cell) in row.cells.iter().enumerate() {
                builder.text(column as u32, &cell.text)?;
            }
            let count = rows_of_page.entry(row.page).or_insert(0);
            *count += 1;
            let corners = row
                .cells
                .iter()
                .map(|cell| cell.bbox.as_ref().map(|bbox| (bbox.x0, bbox.y0)))
                .collect();
            places.push(RowPlace {
                page: row.page,
                row: *count,
                cells: corners,
            });
        }
        let mut grid = builder.finish();
        grid.places = places;
        cells += (0..grid.height()).map(|row| grid.cells(row).len()).sum::<usize>();
        pages.grids.push(grid);
        pages.tables.extend(by_page(table));
    }
    pages.errors = document
        .missing
        .iter()
        .map(|missing| RowError {
            position: Position {
                sheet: None,
                page: Some(missing.page),
                row: 0,
            },
            cell: None,
            text: String::new(),
            message: missing.to_string(),
        })
        .collect();
    Ok(pages)
}

/// A table that runs over pages, page by page.
fn by_page(table: &pdf::Table) -> Vec<PageTable> {
    let mut parts: Vec<PageTable> = Vec::new();
    for row in &table.rows {
        let texts = row.cells.iter().map(|cell| cell.text.clone()).collect();
        match parts.last_mut().filter(|part| part.page == row.page) {
            Some(part) => part.rows.push(texts),
            None => parts.push(PageTable {
                page: row.page,
                rows: vec![texts],
            }),
        }
    }
    parts
}

fn refusal(error: pdf::PdfError) -> ReadError {
    match error {
        pdf::PdfError::Password | pdf::PdfError::Encryption { .. } => ReadError::PasswordProtected,
        pdf::PdfError::NoTextLayer { .. } => ReadError::NoTextLayer,
        pdf::PdfError::TooLarge { what, limit, .. } => ReadError::TooLarge { what, limit },
        error => ReadError::damaged(Sniffed::Pdf, error),
    }
}
