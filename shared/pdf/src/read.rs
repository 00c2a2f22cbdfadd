//! From bytes to a [`Document`].

use crate::continuation;
use crate::error::{MissingPage, MissingReason, PdfError};
use crate::furniture;
use crate::hayro_source::HayroSource;
use crate::limits::Limits;
use crate::open::open;
use crate::page::{PageTable, find_tables};
use crate::rules::Rules;
use crate::source::{Glyph, GlyphText, PageFailure, PageSource};
use crate::stream::go_on;
use crate::table::{Document, Method, Sheet, Table};
use crate::words::{Word, read_words};
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
    let mut words = 0;
    for page in 1..=count {
        let read = if page > limits.pages || words > limits.words {
            Err(MissingReason::OverBudget)
        } else {
            read_sheet(source, page)
        };
        match read {
            Ok(sheet) => {
                words += sheet.words.len();
                document.sheets.push(sheet);
            }
            Err(reason) => document.missing.push(MissingPage { page, reason }),
        }
    }
    let any_text = document.sheets.iter().any(|sheet| !sheet.words.is_empty());
    let images: Vec<u32> = missing_for(&document, MissingReason::NoTextLayer);
    if !any_text && !images.is_empty() {
        return Err(PdfError::NoTextLayer { pages: count, images });
    }
    if !any_text && document.missing.len() == count as usize {
        return Err(unreadable(&document));
    }
    document.tables = tables(&document.sheets, &mut document.missing);
    Ok(document)
}

/// The tables of all pages, without page furniture, joined where they go on.
fn tables(sheets: &[Sheet], missing: &mut Vec<MissingPage>) -> Vec<Table> {
    let furniture = furniture::find(sheets);
    let mut parts: Vec<(u32, PageTable)> = Vec::new();
    for (sheet, furniture) in sheets.iter().zip(furniture) {
        let is_furniture = |word: &&Word| furniture.iter().any(|line| line.words.contains(word));
        let words: Vec<Word> = sheet.words.iter().filter(|word| !is_furniture(word)).cloned().collect();
        let before = parts
            .last()
            .filter(|(page, table)| page + 1 == sheet.page && table.method == Method::Aligned)
            .map(|(_, table)| table);
        let found = catch_unwind(AssertUnwindSafe(|| {
            let tables = find_tables(&words, &sheet.rules);
            match before {
                Some(before) if tables.is_empty() => go_on(&words, &sheet.rules, before).into_iter().collect(),
                _ => tables,
            }
        }));
        match found {
            Ok(tables) => parts.extend(tables.into_iter().map(|table| (sheet.page, table))),
            Err(_) => missing.push(MissingPage {
                page: sheet.page,
                reason: MissingReason::Damaged,
            }),
        }
    }
    missing.sort_by_key(|missing| missing.page);
    continuation::join(parts)
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

fn read_sheet(source: &mut dyn PageSource, page: u32) -> Result<Sheet, MissingReason> {
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
        Sheet {
            page,
            width: content.width,
            height: content.height,
            words,
            rules,
        }
    }))
    .map_err(|_| MissingReason::Damaged)
}
