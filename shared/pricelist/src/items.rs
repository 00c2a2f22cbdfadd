//! From the rows of a table, whose columns are known, to items, row errors and sections.

mod cells;
mod fields;

use std::{borrow::Cow, collections::HashSet};

use domain::{CellName, Currency, Field, ListItem, NamedPrice, Position, Price, RowError, Text, Unit};

pub(crate) use self::fields::first_number;
use self::{
    cells::Cells,
    fields::{Known, fields, set, squeeze},
};
use crate::{
    amount::{Amount, DecimalMark, Reading},
    columns::{Columns, Profile},
    currency,
    dictionary::{self, PriceKind, Role},
    grid::{Grid, Value, address},
    report::{TableReport, quoted},
    sections::Sections,
    structure::Table,
    unit,
};

/// Below this a price is a placeholder (0, 0.001, 0.01 beside prices in hundreds).
const PLACEHOLDER: (i64, u32) = (1, 2);
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

/// What a row is.
enum Kind {
    Blank,
    Item,
    Section(u32, String),
    Footer,
    Note,
}

/// A price column with what its header and its cells say once for all rows.
struct PriceColumn {
    column: u32,
    name: Text,
    currency: Option<Currency>,
    unit: Option<Unit>,
    is_old: bool,
    mark: Option<DecimalMark>,
    median: f64,
}

impl PriceColumn {
    fn new(column: u32, table: &Table, columns: &Columns) -> Self {
        let name = table
            .header(column)
            .map(|header| header.text.clone())
            .unwrap_or_default();
        let profile = columns.profile(column);
        Self {
            column,
            currency: currency::in_text(&name),
            unit: unit::after_slash(&name),
            is_old: columns.role(column) == Some(Role::Price(PriceKind::Old)),
            mark: profile.and_then(|profile| profile.mark),
            median: profile.map_or(0.0, |profile| profile.median),
            name: name.into(),
        }
    }

    fn is_placeholder(&self, amount: &Amount) -> bool {
        if amount.value.is_zero() {
            return true;
        }
        let least = rust_decimal::Decimal::new(PLACEHOLDER.0, PLACEHOLDER.1);
        amount.value <= least && self.median >= 10.0
    }
}

/// Reads one table's rows.
pub(crate) struct TableReader<'g> {
    grid: &'g Grid,
    table: &'g Table,
    columns: &'g Columns,
    /// The currency of rows that state none.
    currency: Option<Currency>,
    /// The unit that the header of the price states.
    unit: Option<Unit>,
    sections: Sections,
    prices: Vec<PriceColumn>,
    /// The columns that fill a field, prices apart.
    fields: Vec<(u32, Role, Field)>,
    known: Known,
    repeated: HashSet<String>,
    key: Option<u32>,
    /// Codes that are barcodes by their check digits.
    key_is_barcode: bool,
    /// The name, or where there is none the code.
    title: Option<u32>,
    /// Columns that nearly all rows fill.
    usual: Vec<u32>,
}

impl<'g> TableReader<'g> {
    pub(crate) fn new(
        grid: &'g Grid,
        table: &'g Table,
        columns: &'g Columns,
        currency: Option<Currency>,
        sections: Sections,
    ) -> Self {
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
        Self {
            grid,
            table,
            columns,
            currency,
            unit: price_header.and_then(unit::of_price),
            sections,
            prices: columns
                .prices
                .iter()
                .map(|column| PriceColumn::new(*column, table, columns))
                .collect(),
            fields: fields(columns),
            known: Known::default(),
            repeated: header_texts,
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
            title: columns
                .of(Role::Name)
                .or(columns.of(Role::Sku))
                .or(columns.of(Role::Barcode)),
        }
    }

    /// Gives every row's item to the sink and counts into the report.
    /// Gives back the sections that the last row stands in.
    pub(crate) fn read(mut self, sink: &mut Sink<'_>, report: &mut TableReport) -> Sections {
        self.enter_caption();
        let table = self.table;
        for row in table.rows() {
            let price = self.plain_item(row);
            let kind = match price {
                Some(_) => Kind::Item,
                None => self.kind(row),
            };
            match kind {
                Kind::Blank => {}
                Kind::Footer => report.footers += 1,
                Kind::Note => report.notes += 1,
                Kind::Section(column, text) => {
                    report.sections += 1;
                    self.sections.enter(self.grid, row, column, &text);
                }
                Kind::Item if !self.columns.variants.is_empty() => {
                    self.variants(row, price, sink, report);
                    self.sections.item();
                }
                Kind::Item => match self.item(row, price, sink) {
                    Some(item) => {
                        if item.price.is_some() {
                            report.priced += 1;
                        } else {
                            report.unpriced += 1;
                        }
                        self.sections.item();
                        (sink.items)(item);
                    }
                    None => self.sections.item(),
                },
            }
        }
        self.sections
    }

    /// The heading above a table of a page is its outermost section. Of stacked tables, the lone text above the first header
    /// is the first section, as those above the others are.
    fn enter_caption(&mut self) {
        // The heading above the only table is the title of the list, unless there are others within the table.
        let is_section = self.grid.captions > 1 || self.table.repeated_headers > 0;
        if let Some(caption) = self.grid.caption.as_ref().filter(|_| is_section) {
            self.sections
                .begin_under(&squeeze(caption), self.table.repeated_headers > 0);
            return;
        }
        if self.table.repeated_headers == 0 {
            return;
        }
        let Some(above) = self.table.header_rows.start.checked_sub(1) else {
            return;
        };
        if let [(column, text)] = self.texts(above).as_slice() {
            self.sections.enter(self.grid, above, *column, &squeeze(text));
            self.sections.item();
        }
    }

    /// The non-blank cells of a row within the table: column and trimmed text.
    fn texts(&self, row: usize) -> Vec<(u32, String)> {
        self.grid
            .cells(row)
            .iter()
            .filter(|cell| self.table.columns.contains(&cell.column))
            .map(|cell| (cell.column, self.grid.shown(cell).trim().to_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }

    /// The trimmed text of a cell that is not blank.
    fn text(&self, row: usize, column: Option<u32>) -> Option<Cow<'g, str>> {
        Cells::of(self.grid, row).text(column?)
    }

    /// Most rows, told without more ado: a price in the price's column, a name, and every cell that items usually have.
    /// Gives that price's reading.
    fn plain_item(&self, row: usize) -> Option<Reading> {
        let cells = Cells::of(self.grid, row);
        let is_item = self.usual.len() >= 4
            && self.title.is_some_and(|column| cells.is_filled(column))
            && self.usual.iter().all(|column| cells.is_filled(*column));
        let price = self.prices.first().filter(|_| is_item)?;
        let reading = cells.price(price.column, price.mark);
        matches!(&reading, Reading::Amount(amount) if !amount.value.is_zero()).then_some(reading)
    }

    fn kind(&self, row: usize) -> Kind {
        let texts = self.texts(row);
        let Some((first_column, first)) = texts.first() else {
            return Kind::Blank;
        };
        if texts.len() >= 2
            && texts
                .iter()
                .filter(|(_, text)| self.repeated.contains(squeeze(text).as_ref()))
                .count()
                * 2
                > texts.len()
        {
            return Kind::Note;
        }
        let prices: Vec<Reading> = self
            .prices
            .iter()
            .map(|price| self.price_at(row, price.column, price.mark))
            .collect();
        let has_amount = prices
            .iter()
            .any(|reading| matches!(reading, Reading::Amount(amount) if !amount.value.is_zero()));
        let says_something = prices.iter().any(|reading| !matches!(reading, Reading::Blank));
        let title = self.text(row, self.title);
        let key = self.text(row, self.key);
        let identity = [title.as_deref(), key.as_deref(), Some(first.as_str())];
        if identity.into_iter().flatten().any(dictionary::is_footer_word)
            && ((texts.len() <= 3 && (title.is_none() || key.is_none())) || self.lacks_usual_cells(&texts))
        {
            return Kind::Footer;
        }
        if has_amount {
            return if title.is_none()
                && key.is_none()
                && self
                    .columns
                    .of(Role::Barcode)
                    .is_none_or(|column| self.text(row, Some(column)).is_none())
            {
                // An amount with nothing to call it by is a subtotal.
                Kind::Footer
            } else {
                Kind::Item
            };
        }
        // From here on the row has no price above zero.
        if says_something && (title.is_some() && (key.is_some() || self.key.is_none())) && !self.is_lone_text(&texts) {
            return Kind::Item;
        }
        let named = key.is_some() && title.is_some() && self.key.is_some() && self.key != self.title;
        let only_labels = texts.iter().all(|(column, _)| {
            Some(*column) == self.title
                || Some(*column) == self.key
                || *column == *first_column
                || matches!(
                    self.columns.role(*column),
                    Some(Role::RowNumber | Role::Total | Role::OrderQuantity | Role::Availability)
                )
                || self
                    .grid
                    .cell(row, *column)
                    .is_some_and(|cell| self.grid.number(cell).is_some())
        });
        if named && (texts.len() >= 3 || !self.lacks_usual_cells(&texts)) {
            return Kind::Item;
        }
        let label = texts
            .iter()
            .filter(|(_, text)| text.chars().any(char::is_alphabetic))
            .find(|(column, _)| Some(*column) == self.title)
            .or_else(|| {
                texts
                    .iter()
                    .find(|(_, text)| text.chars().filter(|char| char.is_alphabetic()).count() >= 2)
            });
        match label {
            Some((column, text)) if texts.len() == 1 || only_labels => {
                if is_note(text) {
                    return Kind::Note;
                }
                Kind::Section(*column, squeeze(text).into_owned())
            }
            Some(_) if named || (title.is_some() && texts.len() >= 2) => Kind::Item,
            _ => Kind::Note,
        }
    }

    fn is_lone_text(&self, texts: &[(u32, String)]) -> bool {
        let distinct: HashSet<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
        distinct.len() <= 1
    }

    /// Whether cells are empty that nearly all items have: then a row that speaks of totals is one.
    fn lacks_usual_cells(&self, texts: &[(u32, String)]) -> bool {
        self.columns
            .profiles
            .iter()
            .filter(|profile| profile.fill() > 0.8)
            .filter(|profile| Some(profile.column) != self.title && Some(profile.column) != self.key)
            .filter(|profile| !self.columns.role(profile.column).is_some_and(Role::is_price))
            .any(|profile| !texts.iter().any(|(column, _)| *column == profile.column))
    }

    /// The price cell's reading.
    fn price_at(&self, row: usize, column: u32, mark: Option<DecimalMark>) -> Reading {
        Cells::of(self.grid, row).price(column, mark)
    }

    fn position(&self, row: usize) -> Position {
        self.grid.position(row)
    }

    fn cell_name(&self, row: usize, column: u32) -> CellName {
        self.grid.cell_name(row, column)
    }

    /// The item of a row; none where the row is faulty, which is reported. The reading of the first price is given where
    /// it is known.
    fn item(&mut self, row: usize, first_price: Option<Reading>, sink: &mut Sink<'_>) -> Option<ListItem> {
        let mut item = ListItem {
            position: self.position(row),
            ..ListItem::default()
        };
        let mut unit_of_price = None;
        if !self.read_prices(row, first_price, &mut item, &mut unit_of_price, sink) {
            return None;
        }
        let cells = Cells::of(self.grid, row);
        for (column, role, field) in &self.fields {
            if let Some(text) = cells.text(*column)
                && set(&mut self.known, &mut item, *role, text)
            {
                item.cells.insert(*field, self.grid.cell_name(row, *column));
            }
        }
        self.complete(row, &mut item, unit_of_price, sink);
        Some(item)
    }

    /// The items of a row whose prices stand in one column per size or colour.
    fn variants(&mut self, row: usize, first_price: Option<Reading>, sink: &mut Sink<'_>, report: &mut TableReport) {
        let Some(mut whole) = self.item(row, first_price, sink) else {
            return;
        };
        if let Some(name) = whole.name.as_mut() {
            self.tell_apart(row, name);
        }
        for (column, label) in &self.columns.variants {
            let mark = self.columns.profile(*column).and_then(|profile| profile.mark);
            let Reading::Amount(amount) = self.price_at(row, *column, mark) else {
                continue;
            };
            let Ok(price) = Price::try_from(amount.value) else {
                continue;
            };
            if amount.value.is_zero() {
                continue;
            }
            let mut item = whole.clone();
            item.name = Some(item.name.map_or_else(
                || Text::from(label.as_str()),
                |name| compact_str::format_compact!("{name} {label}"),
            ));
            item.currency = amount
                .currency
                .or_else(|| self.header_currency(*column))
                .or(self.currency);
            item.price = Some(price);
            item.prices.clear();
            item.cells.insert(Field::Price, self.cell_name(row, *column));
            report.priced += 1;
            (sink.items)(item);
        }
    }

    /// Adds to a name that several rows have what else the row says of its item: the colour where sizes have columns.
    fn tell_apart(&self, row: usize, name: &mut Text) {
        let repeats = self
            .columns
            .of(Role::Name)
            .and_then(|column| self.columns.profile(column))
            .is_some_and(|profile| profile.distinct_share() < 1.0);
        if !repeats {
            return;
        }
        for reading in self
            .columns
            .readings
            .iter()
            .filter(|reading| reading.role == Role::Attribute)
        {
            if let Some(text) = self.text(row, Some(reading.column)) {
                name.push(' ');
                name.push_str(&squeeze(&text));
            }
        }
    }

    /// Reads every price of the row and chooses *the* price; false where the row is to be reported instead of read.
    fn read_prices(
        &self,
        row: usize,
        mut first_price: Option<Reading>,
        item: &mut ListItem,
        unit_of_price: &mut Option<Unit>,
        sink: &mut Sink<'_>,
    ) -> bool {
        let cells = Cells::of(self.grid, row);
        let mut faults: Vec<RowError> = Vec::new();
        for price_column in &self.prices {
            let column = price_column.column;
            let reading = first_price
                .take()
                .unwrap_or_else(|| cells.price(column, price_column.mark));
            let fault = |message: &str| RowError {
                position: self.position(row),
                cell: Some(self.cell_name(row, column).to_string()),
                text: self
                    .text(row, Some(column))
                    .unwrap_or_default()
                    .chars()
                    .take(120)
                    .collect(),
                message: message.to_owned(),
            };
            match reading {
                Reading::Amount(amount) => {
                    if price_column.is_placeholder(&amount) {
                        continue;
                    }
                    let Ok(price) = Price::try_from(amount.value) else {
                        continue;
                    };
                    let currency = amount.currency.or(price_column.currency).or(self.currency);
                    if item.price.is_none() && !price_column.is_old {
                        item.price = Some(price);
                        item.currency = currency;
                        item.cells.insert(Field::Price, self.cell_name(row, column));
                        *unit_of_price = amount.unit.or_else(|| price_column.unit.clone());
                    }
                    if self.prices.len() > 1 {
                        item.prices.push(NamedPrice {
                            name: price_column.name.clone(),
                            price,
                            currency,
                        });
                    }
                }
                Reading::Negative => faults.push(fault("a price cannot be negative")),
                Reading::Unreadable => faults.push(fault("this is not a price")),
                Reading::OnRequest | Reading::Blank => {}
            }
        }
        let main = self.prices.first();
        // What is wrong with a cell that could not be had has been said.
        let is_lost = main.is_some_and(|price| self.grid.has_fault(row, price.column));
        let is_missing = item.price.is_none() && faults.is_empty() && !is_lost;
        if is_missing && main.is_some_and(|price| self.misses_usual_price(row, price)) {
            sink.error(RowError {
                position: self.position(row),
                cell: main.map(|price| self.cell_name(row, price.column).to_string()),
                text: item.name.as_deref().unwrap_or_default().to_owned(),
                message: "this row has no price; it was kept as an item without one".to_owned(),
            });
        }
        let main_fails = item.price.is_none() && (is_lost || !faults.is_empty());
        for fault in faults {
            sink.error(fault);
        }
        !main_fails
    }

    /// The name of an item whose table has no names: the heading it stands under, and what its row says of its size.
    fn name_from_section(&self, row: usize) -> Option<Text> {
        let mut name = Text::from(self.sections.innermost()?);
        let sizes = self
            .columns
            .readings
            .iter()
            .filter(|reading| matches!(reading.role, Role::Attribute | Role::Measure | Role::Description));
        for reading in sizes {
            if let Some(text) = self.text(row, Some(reading.column)) {
                name.push(' ');
                name.push_str(&squeeze(&text));
            }
        }
        Some(name)
    }

    /// Whether the price cell is empty where nearly all rows have one.
    fn misses_usual_price(&self, row: usize, price: &PriceColumn) -> bool {
        matches!(self.price_at(row, price.column, price.mark), Reading::Blank)
            && self
                .columns
                .profile(price.column)
                .is_some_and(|profile| profile.fill() > 0.6)
    }

    fn header_currency(&self, column: u32) -> Option<Currency> {
        self.table
            .header(column)
            .and_then(|header| currency::in_text(&header.text))
    }

    /// What follows from the row as a whole.
    fn complete(&self, row: usize, item: &mut ListItem, unit_of_price: Option<Unit>, sink: &mut Sink<'_>) {
        if item.unit.is_none() {
            item.unit = unit_of_price.or_else(|| self.unit.clone());
        }
        if item.name.is_none() && self.columns.of(Role::Name).is_none() {
            item.name = self.name_from_section(row);
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
        if let Some(cell) = self.key.and_then(|column| self.grid.cell(row, column))
            && matches!(cell.value, Value::Number(number, _) if number.abs() >= 1.0e15)
        {
            sink.error(RowError {
                position: self.position(row),
                cell: Some(self.cell_name(row, cell.column).to_string()),
                text: self.grid.shown(cell).into_owned(),
                message: "this code is kept as a number and has lost its last digits; ask for it as text".to_owned(),
            });
        }
    }
}

/// Whether a lone text is a remark rather than a section's name.
fn is_note(text: &str) -> bool {
    let length = text.chars().count();
    length > 150
        || text.starts_with('*')
        || (length > 60 && text.ends_with(['.', '!', ';']))
        || text.contains("http")
        || text.contains('@')
        || text.contains("www.")
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
