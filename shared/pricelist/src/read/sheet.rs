//! One sheet's tables, read row by row.

use std::borrow::Cow;

use domain::{Currency, ListItem, Position, RowError, Text};

use super::{ReadOptions, tables::Understood};
use crate::{
    columns::Columns,
    currency,
    delimited::PlainRow,
    grid::{Grid, address},
    items::{self, Money, Sink, TableReader},
    remembered::Remembered,
    report::{SheetReport, TableReport, quoted},
    structure::{self, Table},
    unit,
};

/// Reads the tables of one sheet.
pub(super) struct SheetReader<'s, 'r> {
    pub(super) tables: &'s [Understood],
    pub(super) file_currency: Option<&'s (Currency, String)>,
    pub(super) options: &'s ReadOptions,
    pub(super) sink: &'r mut dyn FnMut(ListItem),
    pub(super) errors: &'r mut Vec<RowError>,
    pub(super) sheet: &'r mut SheetReport,
    pub(super) confidence: &'r mut f64,
    pub(super) remembered: &'r mut Remembered,
}

/// A table that reaches the end of what has been read.
pub(super) struct OpenTable<'s> {
    reader: TableReader<'s>,
    /// Among the report's tables.
    report: usize,
}

impl<'s> SheetReader<'s, '_> {
    /// Reads every table of the sheet; gives those that a further chunk of rows goes on with.
    pub(super) fn read(&mut self, grid: &Grid) -> Vec<OpenTable<'s>> {
        self.faults(grid, u32::MAX);
        let mut open = Vec::new();
        let any_named = self.tables.iter().any(Understood::is_named);
        let mut starts = self.tables.iter().map(|understood| understood.table.header_rows.start);
        let is_stacked = starts.next().is_some_and(|first| starts.any(|start| start != first));
        for understood in self.tables {
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
            let is_dollar_usual = is_dollar_usual(grid, understood)
                && !self.options.default_currency.is_some_and(currency::is_dollar_or_peso);
            let money = Money {
                currency,
                is_dollar_usual,
            };
            let unit = structure::preamble(grid, table).find_map(|note| unit::price_basis::in_note(&note));
            let mut reader = TableReader::new(grid, table, columns, money)
                .priced_per(unit)
                .stacked(is_stacked);
            reader.read(
                grid,
                &mut Sink {
                    items: self.sink,
                    errors: self.errors,
                },
                &mut report,
            );
            *self.confidence = self.confidence.min(items::confidence(columns));
            if table.body.last().is_some_and(|body| body.end == grid.height()) {
                open.push(OpenTable {
                    reader,
                    report: self.sheet.tables.len(),
                });
            }
            self.sheet.tables.push(report);
        }
        open
    }

    /// Reads a further chunk of rows, those from `next` on left out, into the tables that are open.
    pub(super) fn go_on(&mut self, grid: &Grid, next: u32, open: &mut [OpenTable<'s>]) {
        self.faults(grid, next);
        let rows = grid.rows().partition_point(|row| row.number < next);
        let last = rows.checked_sub(1).and_then(|last| grid.row(last));
        for table in open {
            let Some(report) = self.sheet.tables.get_mut(table.report) else {
                continue;
            };
            let mut sink = Sink {
                items: self.sink,
                errors: self.errors,
            };
            table.reader.go_on(grid, 0..rows, &mut sink, report);
            if let Some(last) = last {
                report.rows.1 = last.number.saturating_add(1);
            }
        }
    }

    /// Reads a record into the table that is open, if it is plainly an item there; else gives false and does nothing.
    #[inline]
    pub(super) fn take_plain(&mut self, row: PlainRow<'_>, table: &mut OpenTable<'s>) -> bool {
        let Some(report) = self.sheet.tables.get_mut(table.report) else {
            return false;
        };
        let mut sink = Sink {
            items: self.sink,
            errors: self.errors,
        };
        let is_taken = table.reader.take_plain(row, &mut sink, report);
        if is_taken {
            report.rows.1 = row.number.saturating_add(1);
        }
        is_taken
    }

    /// Notes what went wrong with the rows before `next`.
    fn faults(&mut self, grid: &Grid, next: u32) {
        let faults = grid.faults.iter().filter(|fault| fault.row < next);
        self.errors.extend(faults.map(|fault| RowError {
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

/// The currency of a table's prices where its rows do not state one: in a price's header, or in the notes above and below.
pub(super) fn stated_currency(grid: &Grid, understood: &Understood) -> Option<(Currency, String)> {
    let Understood { table, columns } = understood;
    let is_usual = is_dollar_usual(grid, understood);
    let says = |text: &str| is_usual || !currency::is_bare_dollar(text);
    let header = columns
        .prices
        .iter()
        .filter_map(|column| table.header(*column))
        .filter(|header| says(&header.text))
        .find_map(|header| {
            Some((
                currency::in_text(&header.text)?,
                format!("from the header {}", quoted(&header.text)),
            ))
        });
    let note = |text: Cow<'_, str>| {
        let currency = currency::in_prose(&text).filter(|_| says(&text))?;
        let start: String = text.trim().chars().take(80).collect();
        Some((currency, format!("from the note {}", quoted(&start))))
    };
    header
        .or_else(|| structure::preamble(grid, table).find_map(note))
        .or_else(|| structure::notes_below(grid, table).find_map(note))
        .or_else(|| crowns(grid, understood))
}

/// Whose crowns the prices are, where a header, a note or a price says `kr`.
fn crowns(grid: &Grid, understood: &Understood) -> Option<(Currency, String)> {
    const ROWS: usize = 200;
    let Understood { table, columns } = understood;
    let headers = table.headers.iter().map(|header| Cow::Borrowed(header.text.as_str()));
    let notes = structure::preamble(grid, table).chain(structure::notes_below(grid, table));
    let around: Vec<Cow<'_, str>> = headers.chain(notes).collect();
    let cells = |row: usize| {
        grid.cells(row)
            .iter()
            .filter(|cell| table.columns.contains(&cell.column))
    };
    let is_price = |column: u32| columns.prices.contains(&column);
    let says_so = around.iter().any(|text| currency::says_crowns(text))
        || table
            .rows()
            .take(ROWS)
            .any(|row| cells(row).any(|cell| is_price(cell.column) && currency::says_crowns(&grid.shown(cell))));
    if !says_so {
        return None;
    }
    let goods: Vec<Cow<'_, str>> = table
        .rows()
        .take(ROWS)
        .flat_map(|row| cells(row).map(|cell| grid.shown(cell)))
        .collect();
    let whose = currency::whose_crowns(around.iter().chain(&goods).map(AsRef::as_ref))?;
    Some((whose, "crowns, by the language beside them".to_owned()))
}

/// Whether `$` is the US dollar in a table, as it is unless what stands around it speaks of another country's.
fn is_dollar_usual(grid: &Grid, understood: &Understood) -> bool {
    let Understood { table, columns } = understood;
    let mut notes = structure::preamble(grid, table).chain(structure::notes_below(grid, table));
    let says_other = notes.any(|note| {
        currency::speaks_of_other_dollars(&note)
            || columns.prices.iter().all(|column| table.header(*column).is_none())
                && currency::is_in_language_of_pesos(&note)
            || !currency::is_bare_dollar(&note) && currency::in_prose(&note).is_some_and(currency::is_dollar_or_peso)
    });
    let headers = || table.headers.iter().map(|header| header.text.as_str());
    let has_other = headers().any(|header| currency::in_text(header).is_some_and(currency::is_dollar_or_peso));
    let is_foreign = headers().any(currency::is_in_language_of_pesos);
    !says_other && !has_other && !is_foreign
}

pub(super) fn table_report(grid: &Grid, table: &Table, columns: &Columns) -> TableReport {
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
