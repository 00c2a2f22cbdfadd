//! The way from bytes to items: what the file is, its grids, their tables, the tables' columns, the rows' items.

use std::borrow::Cow;

use domain::{Currency, ListItem, Position, RowError};
use serde::{Deserialize, Serialize};

use crate::{
    Dialect, Limits, ReadError, ReadingReport, Sniffed, Visibility,
    columns::{self, Columns},
    currency, delimited,
    grid::{Grid, address},
    html,
    items::{self, Sink, TableReader},
    portable::{self, PageTable},
    report::{SheetReport, TableReport, Verdict},
    sniff,
    structure::{self, Table},
    text, workbook,
};

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
}

/// A file as grids, before any meaning.
pub(crate) struct Source {
    kind: Sniffed,
    encoding: Option<String>,
    dialect: Option<Dialect>,
    grids: Vec<Grid>,
    warnings: Vec<String>,
    errors: Vec<RowError>,
    tables: Vec<PageTable>,
}

/// Reads a price list.
///
/// # Errors
/// Where the file as a whole cannot be read; see [`ReadError`]. Bad rows never fail a file.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    let source = open(bytes, options)?;
    Ok(interpret(source, options))
}

/// Rows as read, before any meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableDump {
    /// How the text is written; of a workbook all three are none.
    pub dialect: TextDialect,
    /// Every row with its cells as shown; of a workbook the first sheet that has any.
    pub rows: Vec<Vec<String>>,
}

/// The dialect of a text file as programs name it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextDialect {
    /// `utf-8`, `windows-1251`.
    pub encoding: Option<String>,
    /// Between fields.
    pub delimiter: Option<String>,
    /// Around fields.
    pub quotechar: Option<String>,
    /// Before a delimiter or quote that is text.
    pub escapechar: Option<String>,
}

/// Gives the rows of a file as read.
///
/// # Errors
/// Where the file as a whole cannot be read; see [`ReadError`].
pub fn table(bytes: &[u8], options: &ReadOptions) -> Result<TableDump, ReadError> {
    let source = open(bytes, options)?;
    let dialect = TextDialect {
        encoding: source.encoding,
        delimiter: source
            .dialect
            .as_ref()
            .map(|dialect| dialect.delimiter.clone())
            .filter(|delimiter| !delimiter.is_empty()),
        quotechar: source
            .dialect
            .as_ref()
            .and_then(|dialect| dialect.quote)
            .map(String::from),
        escapechar: source
            .dialect
            .as_ref()
            .and_then(|dialect| dialect.escape)
            .map(String::from),
    };
    let grid = source.grids.iter().find(|grid| grid.height() > 0);
    let rows = grid
        .map(|grid| (0..grid.height()).map(|row| full_row(grid, row)).collect())
        .unwrap_or_default();
    Ok(TableDump { dialect, rows })
}

fn full_row(grid: &Grid, row: usize) -> Vec<String> {
    let cells = grid.cells(row);
    let width = cells.last().map_or(0, |cell| cell.column as usize + 1).min(16_384);
    let mut texts = vec![String::new(); width];
    for cell in cells {
        if let Some(text) = texts.get_mut(cell.column as usize) {
            *text = grid.shown(cell).into_owned();
        }
    }
    texts
}

fn open(bytes: &[u8], options: &ReadOptions) -> Result<Source, ReadError> {
    let limits = &options.limits;
    Limits::hold("bytes", bytes.len() as u64, limits.file_bytes)?;
    let kind = sniff(bytes);
    let mut source = Source {
        kind,
        encoding: None,
        dialect: None,
        grids: Vec::new(),
        warnings: Vec::new(),
        errors: Vec::new(),
        tables: Vec::new(),
    };
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
        Sniffed::SpreadsheetMl | Sniffed::Html | Sniffed::Text => open_text(bytes, kind, limits, &mut source)?,
        Sniffed::Encrypted => return Err(ReadError::PasswordProtected),
        seen => return Err(ReadError::UnsupportedFormat { seen }),
    }
    for grid in &mut source.grids {
        grid.spread_down(limits)?;
    }
    Ok(source)
}

fn open_text(bytes: &[u8], kind: Sniffed, limits: &Limits, source: &mut Source) -> Result<(), ReadError> {
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
            let (grid, dialect) = delimited::read(&decoded, limits)?;
            source.grids = vec![grid];
            source.dialect = Some(dialect);
        }
    }
    source.encoding = Some(decoded_name(bytes));
    Ok(())
}

fn decoded_name(bytes: &[u8]) -> String {
    text::detect(bytes).0.name().to_ascii_lowercase()
}

/// A ZIP with one list inside.
fn open_archive(bytes: &[u8], options: &ReadOptions) -> Result<Source, ReadError> {
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
    let mut source = open(&inner, options)?;
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

/// A table with its columns known.
struct Understood {
    table: Table,
    columns: Columns,
}

/// Finds the tables of every grid and what their columns hold. A table of a PDF that has no header of its own but the
/// width of the one before it continues that one.
fn understand(grids: &mut [Grid]) -> Vec<Vec<Understood>> {
    let mut all: Vec<Vec<Understood>> = Vec::with_capacity(grids.len());
    for grid in grids {
        if let Some((flipped, tables)) = as_transposed(grid) {
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
            let columns = columns::assign(grid, &table);
            tables.push(Understood { table, columns });
        }
        all.push(tables);
    }
    all
}

/// The sheet with rows and columns exchanged, where only so it has a header with a price and something to call items by.
fn as_transposed(grid: &Grid) -> Option<(Grid, Vec<Understood>)> {
    const MOST_FIELDS: usize = 40;
    if grid.height() > MOST_FIELDS || grid.height() < 2 || grid.width() < 3 || !grid.places.is_empty() {
        return None;
    }
    let headed = |tables: &[Understood]| tables.iter().any(|u| u.table.has_header() && u.columns.gives_items());
    if headed(&understand_tables(grid)) {
        return None;
    }
    let flipped = grid.transposed();
    let tables = understand_tables(&flipped);
    let starts_with_header = tables
        .iter()
        .any(|u| u.table.has_header() && u.columns.gives_items() && u.table.header_rows.start == 0);
    starts_with_header.then_some((flipped, tables))
}

fn understand_tables(grid: &Grid) -> Vec<Understood> {
    structure::find_tables(grid)
        .into_iter()
        .map(|table| {
            let columns = columns::assign(grid, &table);
            Understood { table, columns }
        })
        .collect()
}

fn interpret(source: Source, options: &ReadOptions) -> Reading {
    let mut source = source;
    let understood = understand(&mut source.grids);
    let gives = |tables: &[Understood]| tables.iter().any(|understood| understood.columns.gives_items());
    let headed = |tables: &[Understood]| tables.iter().any(|u| u.columns.gives_items() && u.table.has_header());
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
    let mut items = Vec::new();
    let mut errors = source.errors;
    let mut report = ReadingReport {
        kind: source.kind,
        encoding: source.encoding,
        dialect: source.dialect,
        sheets: Vec::new(),
        warnings: source.warnings,
        confidence: 1.0,
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
            read_sheet(
                grid,
                tables,
                file_currency.as_ref(),
                options,
                &mut items,
                &mut errors,
                &mut sheet,
                &mut report,
            );
        }
        report.sheets.push(sheet);
    }
    if items.is_empty() {
        report.confidence = 0.0;
        report.warnings.push(match source.kind {
            Sniffed::Empty => "there is nothing to read".to_owned(),
            _ => "no table with a name or code and a price was found".to_owned(),
        });
    }
    Reading {
        kind: source.kind,
        items,
        errors,
        report,
        tables: source.tables,
    }
}

#[allow(clippy::too_many_arguments)]
fn read_sheet(
    grid: &Grid,
    tables: &[Understood],
    file_currency: Option<&(Currency, String)>,
    options: &ReadOptions,
    items: &mut Vec<ListItem>,
    errors: &mut Vec<RowError>,
    sheet: &mut SheetReport,
    report: &mut ReadingReport,
) {
    for fault in &grid.faults {
        errors.push(RowError {
            position: Position {
                sheet: grid.name.clone(),
                page: grid.page,
                row: fault.row.saturating_add(1),
            },
            cell: Some(address(fault.row, fault.column)),
            text: fault.text.clone(),
            message: fault.message.clone(),
        });
    }
    let any_headed = tables
        .iter()
        .any(|understood| understood.columns.gives_items() && understood.table.has_header());
    for understood in tables.iter().filter(|understood| understood.columns.gives_items()) {
        let Understood { table, columns } = understood;
        if any_headed && !table.has_header() {
            continue;
        }
        let stated = stated_currency(grid, understood)
            .or_else(|| file_currency.cloned())
            .or_else(|| {
                options
                    .default_currency
                    .map(|currency| (currency, "the supplier's".to_owned()))
            });
        let mut table_report = table_report(grid, table, columns);
        table_report.currency = stated.as_ref().map(|(currency, place)| format!("{currency}, {place}"));
        let reader = TableReader::new(grid, table, columns, stated.map(|(currency, _)| currency));
        let mut push = |item: ListItem| items.push(item);
        reader.read(
            &mut Sink {
                items: &mut push,
                errors,
            },
            &mut table_report,
        );
        report.confidence = report.confidence.min(items::confidence(columns));
        sheet.tables.push(table_report);
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
                format!("from the header {:?}", header.text),
            ))
        });
    header.or_else(|| {
        structure::preamble(grid, table).find_map(|text| {
            Some((
                currency::in_prose(&text)?,
                format!("from the note {:?}", text.trim().chars().take(80).collect::<String>()),
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
                format!("{} {header:?}", letter(profile.column))
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
