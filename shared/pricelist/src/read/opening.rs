//! From bytes to grids: what the file is, and the reader that it takes.

use std::{borrow::Cow, cell::Cell, io::Read};

use domain::RowError;

use super::{CHUNK, ReadOptions};
use crate::{
    Dialect, Limits, ReadError, Sniffed, cut_decimals,
    delimited::Delimited,
    grid::Grid,
    html, leaders,
    portable::{self, PageTable},
    quoted_lines,
    rest_of_text::RestOfText,
    sniff, text, workbook,
};

/// A file as grids, before any meaning.
pub(super) struct Source<'b> {
    pub(super) kind: Sniffed,
    pub(super) encoding: Option<String>,
    pub(super) dialect: Option<Dialect>,
    pub(super) grids: Vec<Grid>,
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<RowError>,
    pub(super) tables: Vec<PageTable>,
    /// What of a long text is still to be read.
    pub(super) tail: Option<Delimited<'b>>,
}

impl Source<'_> {
    /// Nothing yet.
    fn new(kind: Sniffed) -> Self {
        Self {
            kind,
            encoding: None,
            dialect: None,
            grids: Vec::new(),
            warnings: Vec::new(),
            errors: Vec::new(),
            tables: Vec::new(),
            tail: None,
        }
    }
}

/// Opens a long text that starts in UTF-8 without zero bytes. `is_other` is set when it turns out not to go on so: then
/// there is an error too, and the text is to be read whole.
pub(super) fn open_parts<'f>(
    file: &'f mut dyn Read,
    is_other: &'f Cell<bool>,
    limits: &Limits,
) -> Result<Source<'f>, ReadError> {
    let mut rest = RestOfText::new(file, is_other);
    let mut first = String::new();
    rest.append_to(&mut first, limits)?;
    if first.starts_with('\u{feff}') {
        first.remove(0);
    }
    let mut text = Delimited::in_parts(first, rest);
    let grid = text.chunk(CHUNK, limits)?;
    Ok(Source {
        encoding: Some("utf-8".to_owned()),
        dialect: Some(text.dialect().clone()),
        grids: vec![grid],
        tail: (!text.is_done()).then_some(text),
        ..Source::new(Sniffed::Text)
    })
}

/// Reads the grids of a file; of a text the first `chunk` records.
pub(super) fn open<'b>(bytes: &'b [u8], options: &ReadOptions, chunk: usize) -> Result<Source<'b>, ReadError> {
    let limits = &options.limits;
    Limits::hold("bytes", bytes.len() as u64, limits.file_bytes)?;
    let kind = sniff(bytes);
    let mut source = Source::new(kind);
    match kind {
        Sniffed::Empty => source.warnings.push("the file is empty".to_owned()),
        Sniffed::Xlsx => source.grids = workbook::read_xlsx(bytes, limits)?,
        Sniffed::Xlsb => source.grids = workbook::read_xlsb(bytes, limits)?,
        Sniffed::Xls => source.grids = workbook::read_xls(bytes, limits)?,
        Sniffed::Ods => source.grids = workbook::read_ods(bytes, limits)?,
        Sniffed::Zip => return open_archive(bytes, options),
        Sniffed::Pdf => {
            let pages = portable::read(bytes, limits)?;
            (source.grids, source.tables, source.errors) = (pages.grids, pages.tables, pages.errors);
        }
        Sniffed::SpreadsheetMl | Sniffed::Html | Sniffed::Text => open_text(bytes, kind, limits, chunk, &mut source)?,
        Sniffed::Encrypted => return Err(ReadError::PasswordProtected),
        seen => return Err(ReadError::UnsupportedFormat { seen }),
    }
    for grid in &mut source.grids {
        if let Some(parted) = leaders::of_grid(grid, limits) {
            *grid = parted?;
        }
        grid.spread_down(limits)?;
    }
    Ok(source)
}

fn open_text<'b>(
    bytes: &'b [u8],
    kind: Sniffed,
    limits: &Limits,
    chunk: usize,
    source: &mut Source<'b>,
) -> Result<(), ReadError> {
    let decoded = text::decode(bytes);
    if decoded.replaced > 0 {
        source.warnings.push(format!(
            "{} characters could not be decoded as {}",
            decoded.replaced, decoded.encoding
        ));
    }
    match kind {
        Sniffed::SpreadsheetMl => source.grids = workbook::read_spreadsheet_ml(&decoded, limits)?,
        Sniffed::Html => source.grids = vec![html::read(&decoded, limits)?],
        _ => {
            let mut decoded = decoded;
            if decoded.text.contains('\0') {
                source
                    .warnings
                    .push("the text holds zero bytes; they were left out".to_owned());
                decoded.text = Cow::Owned(decoded.text.replace('\0', ""));
            }
            source.encoding = Some(decoded.encoding);
            if let Some(grid) = leaders::of_text(&decoded.text, limits) {
                source.grids = vec![grid?];
                return Ok(());
            }
            if let Some(bare) = quoted_lines::taken_off(&decoded.text) {
                source
                    .warnings
                    .push("each line of the text stood in quotes as a whole; they were taken off".to_owned());
                decoded.text = Cow::Owned(bare);
            }
            if let Some(whole) = cut_decimals::mended(&decoded.text) {
                source.warnings.push(
                    "decimal commas stood between commas without quotes; the amounts were put together".to_owned(),
                );
                decoded.text = Cow::Owned(whole);
            }
            let mut text = Delimited::new(decoded.text);
            source.grids = vec![text.chunk(chunk, limits)?];
            source.dialect = Some(text.dialect().clone());
            source.tail = (!text.is_done()).then_some(text);
            return Ok(());
        }
    }
    source.encoding = Some(decoded.encoding);
    Ok(())
}

/// A ZIP with one list inside.
fn open_archive<'b>(bytes: &[u8], options: &ReadOptions) -> Result<Source<'b>, ReadError> {
    let mut archive = workbook::Archive::open(bytes, &options.limits, Sniffed::Zip)?;
    let names: Vec<String> = archive
        .names()
        .into_iter()
        .filter(|name| {
            !name.ends_with('/')
                && !name.starts_with("__MACOSX")
                && !name.rsplit('/').next().unwrap_or_default().starts_with('.')
        })
        .collect();
    let [name] = names.as_slice() else {
        return Err(ReadError::NotAPriceList {
            seen: Sniffed::Zip,
            reason: format!("it holds {} files where one price list was expected", names.len()),
        });
    };
    let inner = archive.bytes(name, options.limits.file_bytes)?.unwrap_or_default();
    if sniff(&inner) == Sniffed::Zip {
        return Err(ReadError::NotAPriceList {
            seen: Sniffed::Zip,
            reason: "it holds another archive".to_owned(),
        });
    }
    let Source {
        kind,
        encoding,
        dialect,
        grids,
        warnings,
        errors,
        tables,
        tail: _,
    } = open(&inner, options, usize::MAX)?;
    let mut source = Source {
        kind,
        encoding,
        dialect,
        grids,
        warnings,
        errors,
        tables,
        tail: None,
    };
    source
        .warnings
        .push(format!("the list was read from “{name}” inside a ZIP archive"));
    let is_list = source.kind != Sniffed::Text || source.grids.iter().any(|grid| grid.width() > 1);
    if !is_list {
        return Err(ReadError::NotAPriceList {
            seen: Sniffed::Zip,
            reason: format!("its only file “{name}” has no table"),
        });
    }
    Ok(source)
}
