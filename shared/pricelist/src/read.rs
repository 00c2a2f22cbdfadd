//! The way from bytes to items: what the file is, its grids, their tables, the tables' columns, the rows' items.

mod mapped;
mod opening;
mod rows;

use std::io::{self, Read, Seek};

use domain::{Currency, ListItem, Position, RowError, Text};
use serde::{Deserialize, Serialize};

use crate::{
    FileError, Limits, ReadError, ReadingReport, Sniffed, Visibility,
    columns::{self, Columns},
    currency,
    grid::{Grid, address},
    items::{self, Sink, TableReader},
    portable::PageTable,
    remembered::{self, Remembered, RememberedTable},
    report::{SheetReport, TableReport, Verdict, quoted},
    rest_of_text::{self, WINDOW},
    sections::Sections,
    sniff,
    structure::{self, Table},
};

pub use mapped::read_mapped;
use opening::{Source, open, open_parts};
pub use rows::{TableDump, TextDialect, table};

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

/// Records of a text read on at once, when its columns are known: few enough to stay in a processor's cache.
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

/// Reads a price list from where it lies, as [`read_with`] does from memory. A long text in UTF-8 is never held whole: it
/// is gone through twice, and of it some thousand rows are held. Everything else is read into memory first.
///
/// # Errors
/// As for [`read`], and where the file's bytes cannot be had.
pub fn read_file<F: Read + Seek>(
    mut file: F,
    options: &ReadOptions,
    sink: &mut dyn FnMut(ListItem),
) -> Result<Reading, FileError> {
    let limits = &options.limits;
    let mut head = Vec::new();
    file.by_ref().take(WINDOW as u64).read_to_end(&mut head)?;
    let is_long_text = head.len() == WINDOW && sniff(&head) == Sniffed::Text;
    if is_long_text {
        file.rewind()?;
        if rest_of_text::is_plain_utf8(&mut file, limits)?? {
            file.rewind()?;
            let mut noting = Noting { file, failure: None };
            let outcome = open_parts(&mut noting, limits).and_then(|source| interpret(source, options, sink));
            return match noting.failure {
                Some(failure) => Err(failure.into()),
                None => Ok(outcome?),
            };
        }
        head.clear();
        file.rewind()?;
    }
    let most = limits.file_bytes.saturating_sub(head.len() as u64).saturating_add(1);
    file.take(most).read_to_end(&mut head)?;
    Ok(read_with(&head, options, sink)?)
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

/// A table with its columns known.
struct Understood {
    table: Table,
    columns: Columns,
}

impl Understood {
    /// Whether it gives items, and a header says so: beside such a table, others of the file are no price lists.
    fn is_named(&self) -> bool {
        self.columns.gives_items() && self.table.has_header() && self.columns.has_named_price()
    }
}

/// Finds the tables of every grid and what their columns hold. A table of a PDF that has no header of its own but the
/// width of the one before it continues that one.
fn understand(grids: &mut [Grid], remembered: Option<&Remembered>) -> Vec<Vec<Understood>> {
    let mut all: Vec<Vec<Understood>> = Vec::with_capacity(grids.len());
    for grid in grids {
        if let Some((flipped, tables)) = as_transposed(grid, remembered) {
            *grid = flipped;
            all.push(tables);
            continue;
        }
        let mut tables = Vec::new();
        for mut table in structure::find_tables(grid) {
            if !grid.places.is_empty() && !table.has_header() {
                let before = all.iter().flatten().rev().find(|before| before.columns.gives_items());
                if let Some(before) = before.filter(|before| before.table.columns == table.columns) {
                    table.headers.clone_from(&before.table.headers);
                }
            }
            let columns = columns::assign(grid, &table, known_table(grid, &table, remembered));
            tables.push(Understood { table, columns });
        }
        all.push(tables);
    }
    all
}

/// The sheet with rows and columns exchanged, where only so it has a header with a price and something to call items by.
fn as_transposed(grid: &Grid, remembered: Option<&Remembered>) -> Option<(Grid, Vec<Understood>)> {
    const MOST_FIELDS: usize = 40;
    if grid.height() > MOST_FIELDS || grid.height() < 2 || grid.width() < 3 || !grid.places.is_empty() {
        return None;
    }
    let headed = |tables: &[Understood]| tables.iter().any(|u| u.table.has_header() && u.columns.gives_items());
    if headed(&understand_tables(grid, remembered)) {
        return None;
    }
    let flipped = grid.transposed();
    let tables = understand_tables(&flipped, remembered);
    let starts_with_header = tables
        .iter()
        .any(|u| u.table.has_header() && u.columns.gives_items() && u.table.header_rows.start == 0);
    starts_with_header.then_some((flipped, tables))
}

fn understand_tables(grid: &Grid, remembered: Option<&Remembered>) -> Vec<Understood> {
    structure::find_tables(grid)
        .into_iter()
        .map(|table| {
            let columns = columns::assign(grid, &table, known_table(grid, &table, remembered));
            Understood { table, columns }
        })
        .collect()
}

/// The table of the supplier's list before that this one most likely is.
fn known_table<'r>(grid: &Grid, table: &Table, remembered: Option<&'r Remembered>) -> Option<&'r RememberedTable> {
    remembered?.table_like(grid.name.as_deref(), table)
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
                let mut chunk = Grid::default();
                while !tail.is_done() {
                    chunk = tail.chunk_into(chunk, NEXT_CHUNK, &options.limits)?;
                    open = reader.go_on(&chunk, open);
                }
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

/// Reads the tables of one sheet.
struct SheetReader<'s, 'r> {
    tables: &'s [Understood],
    file_currency: Option<&'s (Currency, String)>,
    options: &'s ReadOptions,
    sink: &'r mut dyn FnMut(ListItem),
    errors: &'r mut Vec<RowError>,
    sheet: &'r mut SheetReport,
    confidence: &'r mut f64,
    remembered: &'r mut Remembered,
}

/// A table that reaches the end of what has been read.
struct OpenTable {
    /// Among the sheet's tables.
    table: usize,
    /// Among the report's tables.
    report: usize,
    currency: Option<Currency>,
    sections: Sections,
}

impl SheetReader<'_, '_> {
    /// Reads every table of the sheet; gives those that a further chunk of rows goes on with.
    fn read(&mut self, grid: &Grid) -> Vec<OpenTable> {
        self.faults(grid);
        let mut open = Vec::new();
        let any_named = self.tables.iter().any(Understood::is_named);
        for (at, understood) in self.tables.iter().enumerate() {
            let Understood { table, columns } = understood;
            if !columns.gives_items() || (any_named && !understood.is_named()) {
                continue;
            }
            let default = self
                .options
                .default_currency
                .map(|currency| (currency, "the supplier's".to_owned()));
            let stated = stated_currency(grid, understood)
                .or_else(|| self.file_currency.cloned())
                .or(default);
            self.remembered.add(grid.name.as_deref(), table, columns);
            let mut report = table_report(grid, table, columns);
            report.currency = stated.as_ref().map(|(currency, place)| format!("{currency}, {place}"));
            let currency = stated.map(|(currency, _)| currency);
            let reader = TableReader::new(grid, table, columns, currency, Sections::default());
            let sections = reader.read(
                &mut Sink {
                    items: self.sink,
                    errors: self.errors,
                },
                &mut report,
            );
            *self.confidence = self.confidence.min(items::confidence(columns));
            if table.body.last().is_some_and(|body| body.end == grid.height()) {
                open.push(OpenTable {
                    table: at,
                    report: self.sheet.tables.len(),
                    currency,
                    sections,
                });
            }
            self.sheet.tables.push(report);
        }
        open
    }

    /// Reads a further chunk of rows into the tables that are open.
    fn go_on(&mut self, grid: &Grid, open: Vec<OpenTable>) -> Vec<OpenTable> {
        self.faults(grid);
        let mut still_open = Vec::new();
        for mut table in open {
            let (Some(understood), Some(report)) =
                (self.tables.get(table.table), self.sheet.tables.get_mut(table.report))
            else {
                continue;
            };
            let continued = understood.table.continued(grid);
            let reader = TableReader::new(grid, &continued, &understood.columns, table.currency, table.sections);
            table.sections = reader.read(
                &mut Sink {
                    items: self.sink,
                    errors: self.errors,
                },
                report,
            );
            report.rows.1 = grid
                .rows()
                .last()
                .map_or(report.rows.1, |row| row.number.saturating_add(1));
            still_open.push(table);
        }
        still_open
    }

    fn faults(&mut self, grid: &Grid) {
        self.errors.extend(grid.faults.iter().map(|fault| RowError {
            position: Position {
                sheet: grid.name.as_deref().map(Text::new),
                page: grid.page,
                row: fault.row.saturating_add(1),
            },
            cell: Some(address(fault.row, fault.column)),
            text: fault.text.clone(),
            message: fault.message.clone(),
        }));
    }
}

/// The currency of a table's prices where its rows do not state one: in a price's header, or in the notes above.
fn stated_currency(grid: &Grid, understood: &Understood) -> Option<(Currency, String)> {
    let Understood { table, columns } = understood;
    let header = columns
        .prices
        .iter()
        .filter_map(|column| table.header(*column))
        .find_map(|header| {
            Some((
                currency::in_text(&header.text)?,
                format!("from the header {}", quoted(&header.text)),
            ))
        });
    header.or_else(|| {
        structure::preamble(grid, table).find_map(|text| {
            Some((
                currency::in_prose(&text)?,
                format!(
                    "from the note {}",
                    quoted(&text.trim().chars().take(80).collect::<String>())
                ),
            ))
        })
    })
}

fn table_report(grid: &Grid, table: &Table, columns: &Columns) -> TableReport {
    let number = |row: usize| grid.row(row).map_or(0, |row| row.number.saturating_add(1));
    let first = table.body.first().map_or(0, |range| range.start);
    let last = table.body.last().map_or(0, |range| range.end.saturating_sub(1));
    let letter = |column: u32| address(0, column).trim_end_matches('1').to_owned();
    TableReport {
        header_rows: table.header_rows.clone().map(number).collect(),
        columns: format!(
            "{}:{}",
            letter(table.columns.start),
            letter(table.columns.end.saturating_sub(1).max(table.columns.start))
        ),
        rows: (number(first), number(last)),
        roles: columns.readings.clone(),
        unused: columns
            .profiles
            .iter()
            .filter(|profile| profile.filled > 0 && columns.role(profile.column).is_none())
            .map(|profile| {
                let header = table
                    .header(profile.column)
                    .map(|header| header.text.as_str())
                    .unwrap_or_default();
                format!("{} {}", letter(profile.column), quoted(header))
            })
            .collect(),
        price: items::price_reason(columns, table),
        currency: None,
        priced: 0,
        unpriced: 0,
        sections: 0,
        footers: 0,
        notes: 0,
        repeated_headers: table.repeated_headers,
    }
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
