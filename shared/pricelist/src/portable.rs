//! PDFs: the tables that `pdf` finds become grids, and are read like sheets.

use domain::{Position, RowError};
use serde::{Deserialize, Serialize};

use crate::{
    Limits, ReadError, Sniffed,
    grid::{Grid, GridBuilder, RowPlace},
};

/// More lines than this beside a table are a text of their own.
const MAX_NOTES: usize = 80;

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
    let captions = document.tables.iter().filter(|table| table.caption.is_some()).count();
    for table in &document.tables {
        let mut builder = GridBuilder::new(limits, cells).page(table.page);
        let mut places = Vec::with_capacity(table.rows.len());
        let levels = HeadingLevels::of(table);
        for (number, row) in table.rows.iter().enumerate() {
            builder.row(number as u32, false, levels.level(row))?;
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
        grid.notes = notes(&document, table);
        grid.caption = table.caption.clone();
        grid.captions = captions;
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

/// The ways in which a table's section headings are set, the outermost first: larger letters stand above smaller ones, and
/// of equal letters those further left.
struct HeadingLevels(Vec<(f32, f32)>);

impl HeadingLevels {
    /// Letters and places that differ by less than this, in points, are the same.
    const SLACK: f32 = 0.8;
    /// Texts in more ways than this are no headings of levels.
    const MOST: usize = 5;

    fn of(table: &pdf::Table) -> Self {
        let mut styles: Vec<(f32, f32)> = Vec::new();
        for style in table.rows.iter().filter_map(Self::style) {
            if !styles.iter().any(|known| Self::same(*known, style)) {
                styles.push(style);
            }
        }
        styles.sort_by(|a, b| {
            if (a.0 - b.0).abs() > Self::SLACK {
                b.0.total_cmp(&a.0)
            } else {
                a.1.total_cmp(&b.1)
            }
        });
        if styles.len() > Self::MOST {
            styles.clear();
        }
        Self(styles)
    }

    /// The level of a row that is a heading, from 1; 0 of any other.
    fn level(&self, row: &pdf::Row) -> u8 {
        Self::style(row)
            .and_then(|style| self.0.iter().position(|known| Self::same(*known, style)))
            .map_or(0, |at| at as u8 + 1)
    }

    /// Height of the letters and left edge of a row with one text.
    fn style(row: &pdf::Row) -> Option<(f32, f32)> {
        let bbox = row.cells.iter().find_map(|cell| cell.bbox)?;
        (row.filled() == 1).then_some((bbox.y1 - bbox.y0, bbox.x0))
    }

    fn same(a: (f32, f32), b: (f32, f32)) -> bool {
        (a.0 - b.0).abs() <= Self::SLACK && (a.1 - b.1).abs() <= Self::SLACK
    }
}

/// What stands beside the tables, on the page where this one begins and on the first: it holds for all prices.
fn notes(document: &pdf::Document, table: &pdf::Table) -> Vec<String> {
    let first = (table.page > 1).then_some(1);
    std::iter::once(table.page)
        .chain(first)
        .flat_map(|page| document.notes(page))
        .map(|line| line.text)
        .take(MAX_NOTES)
        .collect()
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
