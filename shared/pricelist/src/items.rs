//! From the rows of a table, whose columns are known, to items, row errors and sections.

mod fields;
mod kind;
mod prices;
mod row;
mod variants;

use std::{collections::HashSet, ops::Range};

use domain::{CellName, Currency, Field, FieldCells, ListItem, RowError, Text, Unit};

pub(crate) use self::{fields::first_number, kind::ROWS_AHEAD};
use self::{
    fields::{Known, fields, set, squeeze},
    kind::Kind,
    prices::{PriceColumn, UnitOfPrice},
    row::{GridRow, Row},
};
use crate::{
    amount::Reading,
    columns::{CodedName, Columns, Profile},
    delimited::PlainRow,
    dictionary::{PriceKind, Role},
    grid::{Grid, address},
    report::{TableReport, quoted},
    sections::Sections,
    structure::Table,
    unit,
};

const MOST_ERRORS: usize = 10_000;

/// Where items and errors go.
pub(crate) struct Sink<'s> {
    pub(crate) items: &'s mut dyn FnMut(ListItem),
    pub(crate) errors: &'s mut Vec<RowError>,
}

impl Sink<'_> {
    fn error(&mut self, error: RowError) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(error);
        }
    }
}

/// What is known of a table's prices before its rows are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Money {
    /// The currency of rows that state none.
    pub(crate) currency: Option<Currency>,
    /// Whether `$` is the US dollar; else it says no more than that currency.
    pub(crate) is_dollar_usual: bool,
}

/// Reads one table's rows, which may come in several grids, and of a text as records that are no cells of any.
pub(crate) struct TableReader<'u> {
    table: &'u Table,
    columns: &'u Columns,
    money: Money,
    /// The unit that the header of the price states, or a note for all prices.
    unit: Option<Unit>,
    /// The column that says for how many units the price is.
    basis: Option<u32>,
    sections: Sections,
    prices: Vec<PriceColumn>,
    /// The columns that fill a field, prices apart.
    fields: Vec<(u32, Role, Field)>,
    /// The cells of all of them in any row of a sheet; none where cells are named otherwise.
    cells_of_fields: Option<FieldCells>,
    known: Known,
    repeated: HashSet<String>,
    key: Option<u32>,
    /// Whether rows may lack the name that the row above has, in a table that has no codes.
    names_go_on: bool,
    /// The name of the last item and its row.
    last_name: Option<(Text, u32)>,
    /// Codes that are barcodes by their check digits.
    key_is_barcode: bool,
    /// The name, or where there is none the code.
    title: Option<u32>,
    /// Columns that nearly all rows fill.
    usual: Vec<u32>,
    /// Whether other tables of the sheet have headers of their own.
    is_stacked: bool,
}

impl<'u> TableReader<'u> {
    /// A reader for a table of `grid`.
    pub(crate) fn new(grid: &Grid, table: &'u Table, columns: &'u Columns, money: Money) -> Self {
        let price_header = columns
            .prices
            .first()
            .and_then(|column| table.header(*column))
            .map(|header| header.text.as_str());
        let header_texts = table
            .headers
            .iter()
            .map(|header| header.text.clone())
            .filter(|text| !text.is_empty())
            .collect();
        let key = columns.of(Role::Sku);
        let fields = fields(columns);
        let cells_of_fields = grid.is_plain().then(|| {
            let mut cells = FieldCells::default();
            for (column, _, field) in &fields {
                cells.insert(
                    *field,
                    CellName::Sheet {
                        row: 0,
                        column: *column,
                    },
                );
            }
            cells
        });
        Self {
            table,
            columns,
            money,
            unit: price_header.and_then(unit::price_basis::of_price),
            basis: columns.of(Role::PriceBasis),
            sections: Sections::default(),
            prices: columns
                .prices
                .iter()
                .map(|column| PriceColumn::new(*column, table, columns, money))
                .collect(),
            fields,
            cells_of_fields,
            known: Known::of_prices(columns),
            repeated: header_texts,
            is_stacked: false,
            usual: columns
                .profiles
                .iter()
                .filter(|profile| profile.fill() > 0.8)
                .map(|profile| profile.column)
                .collect(),
            key,
            key_is_barcode: key
                .and_then(|column| columns.profile(column))
                .is_some_and(|profile| profile.gtin_share() > 0.5),
            names_go_on: key.is_none()
                && columns
                    .of(Role::Name)
                    .and_then(|column| columns.profile(column))
                    .is_some_and(|profile| profile.fill() < 0.98),
            last_name: None,
            title: columns
                .of(Role::Name)
                .or(columns.of(Role::Sku))
                .or(columns.of(Role::Barcode)),
        }
    }

    /// Reads the table where it starts: gives every row's item to the sink and counts into the report.
    pub(crate) fn read(&mut self, grid: &Grid, sink: &mut Sink<'_>, report: &mut TableReport) {
        self.enter_caption(grid);
        for row in self.table.rows() {
            self.read_row(grid, row, sink, report);
        }
    }

    /// Reads rows of a grid that go on with the table; of those after them it only sees what they are.
    pub(crate) fn go_on(&mut self, grid: &Grid, rows: Range<usize>, sink: &mut Sink<'_>, report: &mut TableReport) {
        for row in rows {
            self.read_row(grid, row, sink, report);
        }
    }

    /// Reads a record that goes on with the table, if it is plainly an item; else gives false and does nothing.
    #[inline]
    pub(crate) fn take_plain(&mut self, row: PlainRow<'_>, sink: &mut Sink<'_>, report: &mut TableReport) -> bool {
        let Some(price) = self.plain_item(row) else {
            return false;
        };
        self.read_item(row, Some(&price), sink, report);
        true
    }

    fn read_row(&mut self, grid: &Grid, row: usize, sink: &mut Sink<'_>, report: &mut TableReport) {
        let cells = GridRow::of(grid, row);
        let price = self.plain_item(cells);
        let kind = match price {
            Some(_) => Kind::Item,
            None => self.kind(grid, row),
        };
        match kind {
            Kind::Blank => {}
            Kind::Footer => report.footers += 1,
            Kind::Note => report.notes += 1,
            Kind::Section(column, text) => {
                report.sections += 1;
                self.sections.enter(grid, row, column, &text);
            }
            Kind::Item => self.read_item(cells, price.as_ref(), sink, report),
        }
    }

    /// Reads the item of a row, or its items. The reading of the first price is given where it is known.
    fn read_item<'t>(
        &mut self,
        row: impl Row<'t>,
        first_price: Option<&Reading>,
        sink: &mut Sink<'_>,
        report: &mut TableReport,
    ) {
        if !self.columns.variants.is_empty() {
            self.variants(row, first_price, sink, report);
        } else {
            let mut item = ListItem::default();
            if self.item(row, first_price, &mut item, sink) {
                match item.price {
                    Some(_) => report.priced += 1,
                    None => report.unpriced += 1,
                }
                (sink.items)(item);
            }
        }
        self.sections.item();
    }

    /// The heading above a table of a page is its outermost section. Of stacked tables, the lone text above the first header
    /// is the first section, as those above the others are.
    fn enter_caption(&mut self, grid: &Grid) {
        // The heading above the only table is the title of the list, unless there are others within the table.
        let is_section = grid.captions > 1 || self.table.repeated_headers > 0;
        if let Some(caption) = grid.caption.as_ref().filter(|_| is_section) {
            self.sections
                .begin_under(&squeeze(caption), self.table.repeated_headers > 0);
            return;
        }
        if self.table.repeated_headers == 0 && !self.is_stacked {
            return;
        }
        let Some(above) = self.table.header_rows.start.checked_sub(1) else {
            return;
        };
        if let [(column, text)] = self.texts(GridRow::of(grid, above)).as_slice() {
            self.sections.enter(grid, above, *column, &squeeze(text));
            self.sections.item();
        }
    }

    /// The non-blank cells of a row within the table: column and trimmed text.
    fn texts(&self, row: GridRow<'_>) -> Vec<(u32, String)> {
        row.cells()
            .iter()
            .filter(|cell| self.table.columns.contains(&cell.column))
            .map(|cell| (cell.column, row.grid.shown(cell).trim().to_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }

    /// As one of several tables that stand below each other.
    pub(crate) fn stacked(mut self, is_stacked: bool) -> Self {
        self.is_stacked = is_stacked;
        self
    }

    /// With the unit that a note states for all prices, where the price's header states none.
    pub(crate) fn priced_per(mut self, unit: Option<Unit>) -> Self {
        self.unit = self.unit.or(unit);
        self
    }

    /// Reads the item of a row; false where the row is faulty, which is reported. The reading of the first price is given
    /// where it is known.
    fn item<'t>(
        &mut self,
        row: impl Row<'t>,
        first_price: Option<&Reading>,
        item: &mut ListItem,
        sink: &mut Sink<'_>,
    ) -> bool {
        item.position = row.position();
        let mut unit_of_price = UnitOfPrice::default();
        if !self.read_prices(row, first_price, item, &mut unit_of_price, sink) {
            return false;
        }
        let mut missing = false;
        for (column, role, _) in &self.fields {
            match row.text(*column) {
                Some(text) => set(&mut self.known, item, *role, &text, row.is_tidy()),
                None => missing = true,
            }
        }
        match &self.cells_of_fields {
            Some(all) if !missing => item.cells.insert_row(all, row.number()),
            _ => self.note_cells(row, item),
        }
        let name = item.name.clone().filter(|_| self.names_go_on);
        self.complete(row, item, unit_of_price, sink);
        // The row below may go on with a name that this one went on with.
        let name = name.or_else(|| self.name_above(row).cloned().filter(|_| self.names_go_on));
        self.last_name = name.map(|name| (name, row.number()));
        true
    }

    /// Notes the cell of each field that the row has.
    fn note_cells<'t>(&self, row: impl Row<'t>, item: &mut ListItem) {
        for (column, _, field) in &self.fields {
            if row.text(*column).is_some() {
                item.cells.insert(*field, row.cell_name(*column));
            }
        }
    }

    /// What follows from the row as a whole.
    fn complete<'t>(&self, row: impl Row<'t>, item: &mut ListItem, unit_of_price: UnitOfPrice, sink: &mut Sink<'_>) {
        let UnitOfPrice { unit, basis } = unit_of_price;
        // "Bag 25 kg" beside a price per kg is how it is packed, not what the price is for.
        let is_measured = unit.as_ref().is_some_and(unit::is_measure);
        if is_measured && item.unit.as_ref().is_some_and(unit::is_package) {
            item.unit = unit;
            if let Some(cell) = item.cells.get(Field::Price) {
                item.cells.insert(Field::Unit, cell);
            }
        } else if item.unit.is_none() {
            item.unit = unit.or_else(|| self.unit.clone());
        }
        let in_row = self
            .basis
            .and_then(|column| row.text(column))
            .and_then(|text| unit::price_basis::Basis::of_count(&text));
        if let Some(basis) = in_row.or(basis) {
            item.unit = Some(basis.applied(item.unit.as_ref()));
        }
        if let Some(way) = self.columns.coded_name {
            part_code(way, item);
        }
        let is_called = item.sku.is_some() || item.barcode.is_some();
        if item.name.is_none() && self.columns.of(Role::Name).is_none() {
            item.name = self.name_without_column(row);
        } else if item.name.is_none() && !is_called {
            item.name = self.name_gone_on_with(row).or_else(|| self.name_by_other_words(row));
        }
        if let Some(name) = item.name.as_mut().filter(|name| self.columns.telling.repeats(name)) {
            for column in &self.columns.telling.columns {
                if let Some(text) = row.text(*column) {
                    name.push(' ');
                    name.push_str(&squeeze(&text));
                }
            }
        }
        if let Some(section) = self.sections.path() {
            item.category = Some(match item.category.take() {
                Some(own) if !section.contains(own.as_str()) => compact_str::format_compact!("{section} > {own}"),
                _ => section.clone(),
            });
        }
        // A code that is a barcode is both.
        if self.key_is_barcode && item.barcode.is_none() {
            item.barcode = item.sku.clone().filter(|sku| crate::columns::is_gtin(sku));
        }
        if let Some(column) = self.key
            && let Some(text) = row.lost_digits(column)
        {
            sink.error(RowError {
                position: row.position(),
                cell: Some(row.cell_name(column).to_string()),
                text: text.into_owned(),
                message: "this code is kept as a number and has lost its last digits; ask for it as text".to_owned(),
            });
        }
    }
}

/// Parts the code from a name that says both.
fn part_code(way: CodedName, item: &mut ListItem) {
    let parts = item.name.as_deref().and_then(|name| way.split(name));
    let Some((code, name)) = parts.map(|(code, name)| (Text::from(code), Text::from(name))) else {
        return;
    };
    item.sku = Some(code);
    item.name = Some(name);
    if let Some(cell) = item.cells.get(Field::Name) {
        item.cells.insert(Field::Sku, cell);
    }
}

/// The confidence of a table's reading: that of the least sure of what an item needs.
pub(crate) fn confidence(columns: &Columns) -> f64 {
    let of = |column: Option<u32>| {
        column
            .and_then(|column| columns.readings.iter().find(|reading| reading.column == column))
            .map(|r| r.confidence)
    };
    let price = of(columns.prices.first().copied()).unwrap_or(0.0);
    let identity = of(columns.of(Role::Name))
        .into_iter()
        .chain(of(columns.of(Role::Sku)))
        .fold(0.0, f64::max);
    price.min(identity)
}

/// Why the first of the price columns is *the* price.
pub(crate) fn price_reason(columns: &Columns, table: &Table) -> Option<String> {
    let column = columns.prices.first()?;
    let name = address(0, *column);
    let header = table
        .header(*column)
        .map(|header| header.text.clone())
        .unwrap_or_default();
    let kind = match columns.role(*column) {
        Some(Role::Price(kind)) => kind,
        _ => PriceKind::Plain,
    };
    let others = columns.prices.len() - 1;
    let fill = columns.profile(*column).map_or(0.0, Profile::fill) * 100.0;
    let among = if others == 0 {
        "the only price column".to_owned()
    } else {
        format!("first of {} by rule ({kind:?})", others + 1)
    };
    Some(format!(
        "{} {}, {among}, filled in {fill:.0} % of rows",
        name.trim_end_matches('1'),
        quoted(&header)
    ))
}
