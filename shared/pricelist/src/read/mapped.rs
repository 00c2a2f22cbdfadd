//! Reading by fixed columns: a person has said which column holds what, and nothing is inferred.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{Field, FieldCells, LegacyColumn, LegacyMapping, ListItem, NamedPrice, Position, Price, RowError, Text};

use super::{ReadOptions, Reading, Source, open};
use crate::{
    ReadError, ReadingReport, Remembered,
    amount::{self, DecimalMark},
    availability, currency,
    grid::Grid,
    items::first_number,
    unit,
};

/// Headers are looked for in this many rows.
const HEADER_WITHIN: usize = 200;

/// Reads a price list by the columns of `mapping`. A row without an identifier, price and name is passed over; one whose
/// cells cannot be read is a row error, and loses nothing else.
///
/// # Errors
/// Where the file as a whole cannot be read, or has no such sheet or header; see [`ReadError`].
pub fn read_mapped(bytes: &[u8], options: &ReadOptions, mapping: &LegacyMapping) -> Result<Reading, ReadError> {
    let source = open(bytes, options, usize::MAX)?;
    let grids = chosen(&source, mapping)?;
    let mut read = Read {
        options,
        items: Vec::new(),
        errors: Vec::new(),
    };
    let mut found: Option<Columns> = None;
    for grid in grids {
        // The pages of a PDF and the like are tables of one list: the first header counts for all.
        let columns = match Columns::find(grid, mapping) {
            Ok(columns) => columns,
            Err(_) if found.is_some() => Columns {
                first: 0,
                ..found.clone().unwrap_or_default()
            },
            Err(missing) => return Err(missing),
        };
        read.grid(grid, &columns);
        found = Some(columns);
    }
    let mut errors = source.errors;
    errors.append(&mut read.errors);
    Ok(Reading {
        remembered: Remembered::default(),
        kind: source.kind,
        items: read.items,
        errors,
        report: ReadingReport {
            drift: Vec::new(),
            kind: source.kind,
            encoding: source.encoding,
            dialect: source.dialect,
            sheets: Vec::new(),
            warnings: source.warnings.into_iter().chain([said(mapping)]).collect(),
            confidence: 1.0,
        },
        tables: source.tables,
    })
}

fn said(mapping: &LegacyMapping) -> String {
    let column = |(field, column): (&Field, &LegacyColumn)| match column {
        LegacyColumn::Header(text) => format!("{} from “{text}”", field.as_str()),
        LegacyColumn::Letter(letter) => format!("{} from column {letter}", field.as_str()),
    };
    let columns: Vec<_> = mapping.columns.iter().map(column).collect();
    format!(
        "the list was read by the supplier's fixed columns: {}",
        columns.join(", ")
    )
}

fn chosen<'s>(source: &'s Source<'_>, mapping: &LegacyMapping) -> Result<Vec<&'s Grid>, ReadError> {
    let filled = || source.grids.iter().filter(|grid| grid.height() > 0);
    if let Some(wanted) = &mapping.sheet {
        let named = filled().find(|grid| grid.name.as_deref().is_some_and(|name| same_text(name, wanted)));
        let grid = named.ok_or_else(|| ReadError::MappingDoesNotFit {
            reason: format!("there is no sheet “{wanted}” with rows"),
        })?;
        return Ok(vec![grid]);
    }
    let is_paged = filled().any(|grid| !grid.places.is_empty() || grid.page.is_some());
    Ok(match is_paged {
        true => filled().collect(),
        false => filled().take(1).collect(),
    })
}

/// Where the fields are in a grid.
#[derive(Debug, Clone, Default)]
struct Columns {
    of: BTreeMap<Field, (u32, Option<String>)>,
    /// Index of the first row with an item.
    first: usize,
}

impl Columns {
    fn find(grid: &Grid, mapping: &LegacyMapping) -> Result<Self, ReadError> {
        let headers = |(field, column): (&Field, &LegacyColumn)| match column {
            LegacyColumn::Header(text) => Some((*field, text.clone())),
            LegacyColumn::Letter(_) => None,
        };
        let wanted: Vec<(Field, String)> = mapping.columns.iter().filter_map(headers).collect();
        let mut columns = Self::default();
        if !wanted.is_empty() {
            let row = header_row(grid, &wanted)?;
            columns.first = row + 1;
            for (field, text) in wanted {
                if let Some(column) = column_of(grid, row, &text) {
                    columns.of.insert(field, (column, Some(text)));
                }
            }
        }
        for (field, column) in &mapping.columns {
            if let LegacyColumn::Letter(letter) = column {
                let index = u32::try_from(letter.index()).unwrap_or(u32::MAX);
                columns.of.insert(*field, (index, None));
            }
        }
        if let Some(first_row) = mapping.first_row {
            columns.first = (0..grid.height())
                .find(|row| grid.position(*row).row >= first_row)
                .unwrap_or(grid.height());
        }
        Ok(columns)
    }

    fn column(&self, field: Field) -> Option<u32> {
        self.of.get(&field).map(|(column, _)| *column)
    }
}

/// The first row that has all wanted headers.
fn header_row(grid: &Grid, wanted: &[(Field, String)]) -> Result<usize, ReadError> {
    let missing_in = |row: usize| -> Vec<&str> {
        let missing = wanted.iter().filter(|(_, text)| column_of(grid, row, text).is_none());
        missing.map(|(_, text)| text.as_str()).collect()
    };
    let rows = 0..grid.height().min(HEADER_WITHIN);
    let nearest = rows
        .map(|row| (row, missing_in(row)))
        .min_by_key(|(_, missing)| missing.len());
    match nearest {
        Some((row, missing)) if missing.is_empty() => Ok(row),
        Some((_, missing)) => Err(ReadError::MappingDoesNotFit {
            reason: format!("no row has the header “{}”", missing.join("” and “")),
        }),
        None => Err(ReadError::MappingDoesNotFit {
            reason: "the sheet has no rows".to_owned(),
        }),
    }
}

fn column_of(grid: &Grid, row: usize, header: &str) -> Option<u32> {
    let cells = grid.cells(row).iter();
    cells
        .into_iter()
        .find(|cell| same_text(&grid.shown(cell), header))
        .map(|cell| cell.column)
}

/// Equal but for case and white space.
fn same_text(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(one) == words(other)
}

struct Read<'o> {
    options: &'o ReadOptions,
    items: Vec<ListItem>,
    errors: Vec<RowError>,
}

impl Read<'_> {
    fn grid(&mut self, grid: &Grid, columns: &Columns) {
        let mark = columns
            .column(Field::Price)
            .and_then(|column| decimal_mark(grid, columns.first, column));
        for row in columns.first..grid.height() {
            let cells = Row { grid, row, columns };
            if cells.is_passed_over() {
                continue;
            }
            match self.item(&cells, mark) {
                Ok(item) => self.items.push(item),
                Err(error) => self.errors.push(*error),
            }
        }
    }

    fn item(&self, cells: &Row<'_>, mark: Option<DecimalMark>) -> Result<ListItem, Box<RowError>> {
        let mut item = ListItem {
            position: cells.position(),
            sku: cells.text(Field::Sku),
            barcode: cells.text(Field::Barcode).map(|text| text.split_whitespace().collect()),
            name: cells.text(Field::Name),
            brand: cells.text(Field::Brand),
            category: cells.text(Field::Category),
            description: cells.text(Field::Description),
            unit: cells.text(Field::Unit).and_then(|text| unit::read(&text)),
            pack_size: cells.text(Field::PackSize).and_then(|text| first_number(&text, mark)),
            minimum_order: cells
                .text(Field::MinimumOrder)
                .and_then(|text| first_number(&text, mark)),
            availability: cells
                .text(Field::Availability)
                .and_then(|text| availability::read(&text)),
            cells: cells.names(),
            ..ListItem::default()
        };
        if item.sku.is_none() && item.barcode.is_none() {
            return Err(cells.error(None, "the row has neither SKU nor barcode"));
        }
        self.price(&mut item, cells, mark)?;
        Ok(item)
    }

    fn price(&self, item: &mut ListItem, cells: &Row<'_>, mark: Option<DecimalMark>) -> Result<(), Box<RowError>> {
        let amount = match cells.price(mark) {
            amount::Reading::Amount(amount) => amount,
            amount::Reading::Blank | amount::Reading::OnRequest => return Ok(()),
            amount::Reading::Negative => return Err(cells.error(Some(Field::Price), "the price is below zero")),
            amount::Reading::Unreadable => return Err(cells.error(Some(Field::Price), "this is no price")),
        };
        let price = Price::try_from(amount.value)
            .map_err(|_| cells.error(Some(Field::Price), "this is no price that can be kept"))?;
        let stated = cells.text(Field::Currency).and_then(|text| currency::exactly(&text));
        let currency = stated.or(amount.currency).or(self.options.default_currency);
        let (_, header) = cells.columns.of.get(&Field::Price).cloned().unwrap_or_default();
        item.prices = vec![NamedPrice {
            name: header.unwrap_or_default().into(),
            price,
            currency,
        }];
        (item.price, item.currency) = (Some(price), currency);
        Ok(())
    }
}

/// The mark that the price column proves to use; of a cell that could be either, nothing else tells.
fn decimal_mark(grid: &Grid, first: usize, column: u32) -> Option<DecimalMark> {
    (first..grid.height())
        .filter_map(|row| grid.cell(row, column))
        .filter(|cell| grid.number(cell).is_none())
        .find_map(|cell| amount::proves_mark(&grid.shown(cell)))
}

/// A row under the mapping.
struct Row<'g> {
    grid: &'g Grid,
    row: usize,
    columns: &'g Columns,
}

impl Row<'_> {
    fn shown(&self, field: Field) -> Cow<'_, str> {
        let column = self.columns.column(field);
        column.map_or(Cow::Borrowed(""), |column| self.grid.text_at(self.row, column))
    }

    fn text(&self, field: Field) -> Option<Text> {
        let shown = self.shown(field);
        let text = shown.trim();
        (!text.is_empty()).then(|| text.into())
    }

    /// Titles, sections and blank rows: nothing to find an item by and no price.
    fn is_passed_over(&self) -> bool {
        [Field::Sku, Field::Barcode, Field::Price]
            .into_iter()
            .all(|field| self.text(field).is_none())
    }

    fn price(&self, mark: Option<DecimalMark>) -> amount::Reading {
        let Some(cell) = self
            .columns
            .column(Field::Price)
            .and_then(|column| self.grid.cell(self.row, column))
        else {
            return amount::Reading::Blank;
        };
        match self.grid.number(cell) {
            Some(number) => amount::from_number(number, None),
            None => amount::read(&self.grid.shown(cell), mark),
        }
    }

    fn position(&self) -> Position {
        self.grid.position(self.row)
    }

    /// The cell of each field that the row has.
    fn names(&self) -> FieldCells {
        let mut names = FieldCells::default();
        for (field, (column, _)) in &self.columns.of {
            if self.text(*field).is_some() {
                names.insert(*field, self.grid.cell_name(self.row, *column));
            }
        }
        names
    }

    fn error(&self, field: Option<Field>, message: &str) -> Box<RowError> {
        let cell = field.and_then(|field| self.columns.column(field));
        let text = match field {
            Some(field) => self.shown(field).trim().to_owned(),
            None => {
                let cells = self.grid.cells(self.row).iter();
                cells
                    .map(|cell| self.grid.shown(cell).trim().to_owned())
                    .collect::<Vec<_>>()
                    .join(" | ")
            }
        };
        Box::new(RowError {
            position: self.position(),
            cell: cell.map(|column| self.grid.cell_name(self.row, column).to_string()),
            text: text.chars().take(200).collect(),
            message: message.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(json: serde_json::Value) -> LegacyMapping {
        serde_json::from_value(json).unwrap()
    }

    fn read(text: &str, json: serde_json::Value) -> Result<Reading, ReadError> {
        read_mapped(text.as_bytes(), &ReadOptions::default(), &mapping(json))
    }

    const LIST: &str = "Price list;;;\nArt. No.;EAN;Bezeichnung;Preis  netto\nA-1;4006381333931;Stift;1.234,50\n\
                        Marker;;;\nA-2;;Marker rot;n/a?\n;;Marker blau;2,00\nA-3;;Marker grau;3,5\n";

    #[test]
    fn columns_are_found_by_header_and_by_letter() {
        let by_header = serde_json::json!({"columns": {"sku": {"header": "art. no."}, "name": {"header": "Bezeichnung"},
            "barcode": {"header": "EAN"}, "price": {"header": "preis netto"}}});
        let by_letter = serde_json::json!({"first_row": 3, "columns": {"sku": {"letter": "A"}, "barcode": {"letter": "B"},
            "name": {"letter": "C"}, "price": {"letter": "D"}}});
        for columns in [by_header, by_letter] {
            let reading = read(LIST, columns).unwrap();
            let said: Vec<_> = reading
                .items
                .iter()
                .map(|item| {
                    (
                        item.sku.as_deref().unwrap_or(""),
                        item.price.map(|price| price.to_string()),
                        item.position.row,
                    )
                })
                .collect();
            assert_eq!(
                said,
                [
                    ("A-1", Some("1234.5".to_owned()), 3),
                    ("Marker", None, 4),
                    ("A-3", Some("3.5".to_owned()), 7)
                ]
            );
            assert_eq!(reading.items[0].cells.get(Field::Price).unwrap().to_string(), "D3");
            let errors: Vec<_> = reading
                .errors
                .iter()
                .map(|error| (error.position.row, error.cell.as_deref(), error.message.as_str()))
                .collect();
            assert_eq!(
                errors,
                [
                    (5, Some("D5"), "this is no price"),
                    (6, None, "the row has neither SKU nor barcode")
                ]
            );
        }
    }

    #[test]
    fn a_mapping_that_does_not_fit_says_what_is_missing() {
        let header = serde_json::json!({"columns": {"sku": {"header": "Code"}, "price": {"header": "Preis netto"}}});
        let error = read(LIST, header).unwrap_err();
        assert_eq!(error.code(), "mapping_does_not_fit");
        assert!(error.to_string().contains("“Code”"), "{error}");
        let sheet =
            serde_json::json!({"sheet": "Prices", "columns": {"sku": {"letter": "A"}, "price": {"letter": "D"}}});
        assert!(read(LIST, sheet).unwrap_err().to_string().contains("“Prices”"));
    }
}
