//! From bytes to a [`Document`].

use crate::error::{MissingPage, MissingReason, PdfError};
use crate::hayro_source::HayroSource;
use crate::limits::Limits;
use crate::open::open;
use crate::page::{PageTable, find_tables};
use crate::rules::Rules;
use crate::source::{Glyph, GlyphText, PageFailure, PageSource};
use crate::table::{Document, Row, Sheet, Table};
use crate::words::read_words;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads the tables of a PDF.
///
/// A page that cannot be read costs that page: it is listed in [`Document::missing`]. A file with text but without a
/// table gives a document without tables.
///
/// # Errors
/// [`PdfError`] if nothing of the file can be used.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, PdfError> {
    let pdf = open(bytes, limits)?;
    read_pages(&mut HayroSource::new(&pdf, limits), limits)
}

fn read_pages(source: &mut dyn PageSource, limits: &Limits) -> Result<Document, PdfError> {
    let count = u32::try_from(source.page_count()).unwrap_or(u32::MAX);
    if count == 0 {
        return Err(PdfError::NoPages);
    }
    let mut document = Document {
        pages: count,
        ..Document::default()
    };
    let mut any_text = false;
    for page in 1..=count {
        if page > limits.pages {
            document.missing.push(MissingPage {
                page,
                reason: MissingReason::OverBudget,
            });
            continue;
        }
        match read_page(source, page) {
            Ok((sheet, tables)) => {
                any_text |= !sheet.words.is_empty();
                document.sheets.push(sheet);
                document
                    .tables
                    .extend(tables.into_iter().map(|table| into_table(table, page)));
            }
            Err(reason) => document.missing.push(MissingPage { page, reason }),
        }
    }
    let images: Vec<u32> = missing_for(&document, MissingReason::NoTextLayer);
    if !any_text && !images.is_empty() {
        return Err(PdfError::NoTextLayer { pages: count, images });
    }
    if !any_text && document.missing.len() == count as usize {
        return Err(unreadable(&document));
    }
    Ok(document)
}

fn missing_for(document: &Document, reason: MissingReason) -> Vec<u32> {
    document
        .missing
        .iter()
        .filter(|missing| missing.reason == reason)
        .map(|missing| missing.page)
        .collect()
}

fn unreadable(document: &Document) -> PdfError {
    let detail = document.missing.first().map_or_else(String::new, |missing| {
        if document.missing.len() == 1 {
            format!("page {}: {}", missing.page, missing.reason)
        } else {
            format!(
                "none of its {} pages; page {}: {}",
                document.pages, missing.page, missing.reason
            )
        }
    });
    PdfError::Damaged { detail }
}

fn read_page(source: &mut dyn PageSource, page: u32) -> Result<(Sheet, Vec<PageTable>), MissingReason> {
    let mut content = source.page(page as usize - 1).map_err(|failure| match failure {
        PageFailure::Damaged => MissingReason::Damaged,
        PageFailure::OverBudget => MissingReason::OverBudget,
    })?;
    let is_ink = |glyph: &Glyph| match &glyph.text {
        GlyphText::Char(c) => !c.is_whitespace(),
        GlyphText::Text(text) => !text.trim().is_empty(),
    };
    if !content.glyphs.iter().any(is_ink) {
        if content.unknown_glyphs > 0 {
            return Err(MissingReason::UnknownCharacters);
        }
        // An empty page is not missing: there was nothing to read.
        let drawn = content.image_share > 0.05 || content.strokes.len() + content.fills.len() > 50;
        if drawn {
            return Err(MissingReason::NoTextLayer);
        }
    }
    catch_unwind(AssertUnwindSafe(|| {
        let words = read_words(&mut content);
        let rules = Rules::find(&content.strokes, &content.fills);
        let tables = find_tables(&words, &rules);
        (
            Sheet {
                page,
                width: content.width,
                height: content.height,
                words,
                rules,
            },
            tables,
        )
    }))
    .map_err(|_| MissingReason::Damaged)
}

fn into_table(table: PageTable, page: u32) -> Table {
    let rows = table
        .rows
        .into_iter()
        .map(|cells| Row {
            cells,
            page,
            repeats_header: false,
        })
        .collect();
    Table {
        page,
        rows,
        method: table.method,
    }
}
