//! The way from bytes to items: what the file is, its grids, their tables, the tables' columns, the rows' items.

mod mapped;
mod opening;
mod rows;
mod sheet;
mod tables;
#[cfg(test)]
mod where_they_lie;

use std::{
    cell::Cell,
    io::{self, Read, Seek},
};

use domain::{Currency, ListItem, RowError};
use serde::{Deserialize, Serialize};

use crate::{
    FileError, Limits, ReadError, ReadingReport, Sniffed, Visibility,
    delimited::Delimited,
    grid::Grid,
    items::ROWS_AHEAD,
    portable::PageTable,
    remembered::{self, Remembered},
    report::{SheetReport, Verdict},
    rest_of_text::{self, WINDOW},
    sniff,
};

pub use mapped::read_mapped;
use opening::{Source, open, open_parts};
pub use rows::{TableDump, TextDialect, table};
use sheet::{OpenTable, SheetReader, stated_currency};
use tables::{Understood, understand};

/// What the caller knows of the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// The name it came under; used in messages, never to tell what it is.
    pub file_name: Option<String>,
    /// What reading may cost.
    pub limits: Limits,
    /// The supplier's currency, for lists that state none.
    pub default_currency: Option<Currency>,
    /// What came out with the supplier's list before: the choice that words and contents leave open is made as it was.
    pub remembered: Option<Remembered>,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// What the file is.
    pub kind: Sniffed,
    /// The items in the file's order.
    pub items: Vec<ListItem>,
    /// Rows that could not be read.
    pub errors: Vec<RowError>,
    /// How it was read.
    pub report: ReadingReport,
    /// The tables of a PDF as read, before any meaning.
    pub tables: Vec<PageTable>,
    /// What to keep for the supplier's next list.
    pub remembered: Remembered,
}

impl Reading {
    /// A reading that another service made of `bytes`; without a report of its own the report says `note`.
    pub fn brought(
        bytes: &[u8],
        items: Vec<ListItem>,
        told: Option<(ReadingReport, Vec<RowError>)>,
        note: impl FnOnce() -> String,
    ) -> Self {
        let kind = sniff::sniff(bytes);
        let (report, errors) = told.unwrap_or_else(|| {
            let report = ReadingReport {
                kind,
                encoding: None,
                dialect: None,
                sheets: Vec::new(),
                warnings: vec![note()],
                drift: Vec::new(),
                confidence: 0.0,
            };
            (report, Vec::new())
        });
        Self {
            kind,
            items,
            errors,
            report,
            tables: Vec::new(),
            remembered: Remembered::default(),
        }
    }
}

/// Records of a text that are understood at once; its columns are told by the first of these.
const CHUNK: usize = 20_000;

/// Most records of a text that are made cells at once when its columns are known: few enough to stay in a processor's cache.
const NEXT_CHUNK: usize = 2_000;

/// Reads a price list.
///
/// # Errors
/// Where the file as a whole cannot be read; see [`ReadError`]. Bad rows never fail a file.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    let mut items = Vec::new();
    let mut reading = read_with(bytes, options, &mut |item| items.push(item))?;
    reading.items = items;
    Ok(reading)
}

/// Reads a price list and hands over each item as it is read; the reading's own list of items stays empty. Of a long text
/// no more is held than the bytes given and some thousand rows.
///
/// # Errors
/// As for [`read`]; items handed over before the error are to be thrown away.
pub fn read_with(bytes: &[u8], options: &ReadOptions, sink: &mut dyn FnMut(ListItem)) -> Result<Reading, ReadError> {
    interpret(open(bytes, options, CHUNK)?, options, sink)
}

/// Where the items of a list go as they are read from a file.
pub trait ItemSink {
    /// Takes the next item.
    fn take(&mut self, item: ListItem);

    /// Forgets every item taken: the list turned out to be in another encoding, and is read from its start.
    fn start_over(&mut self);
}

impl ItemSink for Vec<ListItem> {
    fn take(&mut self, item: ListItem) {
        self.push(item);
    }

    fn start_over(&mut self) {
        self.clear();
    }
}

/// Reads a price list from where it lies, as [`read_with`] does from memory. A long text in UTF-8 is never held whole: of it
/// some thousand rows are held. Everything else is read into memory first; so is a long text that starts in UTF-8 and does
/// not go on so, for which the sink starts over.
///
/// # Errors
/// As for [`read`], and where the file's bytes cannot be had.
pub fn read_file<F: Read + Seek>(
    mut file: F,
    options: &ReadOptions,
    sink: &mut impl ItemSink,
) -> Result<Reading, FileError> {
    let limits = &options.limits;
    let mut head = Vec::new();
    file.by_ref().take(WINDOW as u64).read_to_end(&mut head)?;
    if head.len() == WINDOW && sniff(&head) == Sniffed::Text && rest_of_text::starts_plain(&head) {
        let is_other = Cell::new(false);
        let mut noting = Noting {
            file: head.as_slice().chain(&mut file),
            failure: None,
        };
        let outcome = open_parts(&mut noting, &is_other, limits)
            .and_then(|source| interpret(source, options, &mut |item| sink.take(item)));
        if let Some(failure) = noting.failure {
            return Err(failure.into());
        }
        if !is_other.get() {
            return Ok(outcome?);
        }
        sink.start_over();
        head.clear();
        file.rewind()?;
    }
    let most = limits.file_bytes.saturating_sub(head.len() as u64).saturating_add(1);
    file.take(most).read_to_end(&mut head)?;
    Ok(read_with(&head, options, &mut |item| sink.take(item))?)
}

/// Keeps the failure of a reader whose user reports faults of lists only.
struct Noting<F> {
    file: F,
    failure: Option<io::Error>,
}

impl<F: Read> Read for Noting<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|error| {
            let told = error.kind().into();
            if error.kind() != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            told
        })
    }
}

fn interpret(
    mut source: Source<'_>,
    options: &ReadOptions,
    sink: &mut dyn FnMut(ListItem),
) -> Result<Reading, ReadError> {
    let understood = understand(&mut source.grids, options.remembered.as_ref());
    let gives = |tables: &[Understood]| tables.iter().any(|understood| understood.columns.gives_items());
    let headed = |tables: &[Understood]| tables.iter().any(Understood::is_named);
    let any_visible = source
        .grids
        .iter()
        .zip(&understood)
        .any(|(grid, tables)| grid.visibility == Visibility::Visible && gives(tables));
    let any_headed = understood.iter().any(|tables| headed(tables));
    let file_currency = understood
        .iter()
        .zip(&source.grids)
        .flat_map(|(tables, grid)| tables.iter().map(move |understood| (grid, understood)))
        .filter(|(_, understood)| understood.columns.gives_items())
        .find_map(|(grid, understood)| stated_currency(grid, understood));
    let mut errors = source.errors;
    let mut report = ReadingReport {
        kind: source.kind,
        encoding: source.encoding,
        dialect: source.dialect,
        sheets: Vec::new(),
        warnings: source.warnings,
        drift: Vec::new(),
        confidence: 1.0,
    };
    let mut remembered = Remembered {
        dialect: report.dialect.clone(),
        ..Remembered::default()
    };
    let mut seen_sheets: Vec<(u64, usize)> = Vec::new();
    for (grid, tables) in source.grids.iter().zip(&understood) {
        let fingerprint = fingerprint(grid);
        let verdict = if grid.height() == 0 {
            Verdict::Empty
        } else if !gives(tables) || (any_headed && !headed(tables)) {
            Verdict::NoPrices
        } else if grid.visibility != Visibility::Visible && any_visible {
            Verdict::Hidden
        } else if seen_sheets.contains(&fingerprint) {
            Verdict::Duplicate
        } else {
            Verdict::Read
        };
        seen_sheets.push(fingerprint);
        let mut sheet = SheetReport {
            name: grid.name.clone(),
            page: grid.page,
            visibility: grid.visibility,
            verdict,
            tables: Vec::new(),
            hidden_rows: grid.rows().iter().filter(|row| row.hidden).count(),
            hidden_columns: grid
                .hidden_columns
                .iter()
                .map(|range| range.end.min(grid.width()).saturating_sub(range.start) as usize)
                .sum(),
        };
        if verdict == Verdict::Read {
            let mut reader = SheetReader {
                tables,
                file_currency: file_currency.as_ref(),
                options,
                sink,
                errors: &mut errors,
                sheet: &mut sheet,
                confidence: &mut report.confidence,
                remembered: &mut remembered,
            };
            let mut open = reader.read(grid);
            if let Some(tail) = source.tail.as_mut() {
                read_on(tail, &mut reader, &mut open, &options.limits)?;
            }
        }
        report.sheets.push(sheet);
    }
    let gives_none = report
        .sheets
        .iter()
        .flat_map(|sheet| &sheet.tables)
        .all(|table| table.priced + table.unpriced == 0);
    if gives_none {
        report.confidence = 0.0;
        report.warnings.push(match source.kind {
            Sniffed::Empty => "there is nothing to read".to_owned(),
            _ => "there is no price list in it: no table with a name or code and a price was found".to_owned(),
        });
    }
    if let Some(before) = &options.remembered {
        report.drift = remembered::between(before, &remembered);
    }
    Ok(Reading {
        kind: source.kind,
        items: Vec::new(),
        errors,
        report,
        tables: source.tables,
        remembered,
    })
}

/// Reads a text on. Records that are plainly items are read where they lie. One that is not is made cells, with those below
/// it that tell what it is; and the more often that happens, the more at once.
fn read_on<'s>(
    tail: &mut Delimited<'_>,
    reader: &mut SheetReader<'s, '_>,
    open: &mut [OpenTable<'s>],
    limits: &Limits,
) -> Result<(), ReadError> {
    /// While there are that many records in between that are plainly items, nothing is gained by reading more with care.
    const SELDOM: u32 = 16;
    let mut chunk = Grid::default();
    let mut at_once = 1;
    while !tail.is_done() {
        let before = tail.number();
        if let [table] = open {
            tail.plain_rows(limits, |row| reader.take_plain(row, table))?;
        }
        let is_seldom = tail.number() - before >= SELDOM;
        at_once = if is_seldom { 1 } else { (at_once * 2).min(NEXT_CHUNK) };
        if !tail.is_done() {
            chunk = tail.chunk_ahead(chunk, at_once, ROWS_AHEAD, limits)?;
            reader.go_on(&chunk, tail.number(), open);
        }
    }
    Ok(())
}

/// A hash of the first rows and the number of rows: sheets that repeat another are read once.
fn fingerprint(grid: &Grid) -> (u64, usize) {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for row in 0..grid.height() {
        for cell in grid.cells(row) {
            cell.column.hash(&mut hasher);
            grid.shown(cell).hash(&mut hasher);
        }
    }
    (hasher.finish(), grid.height())
}
