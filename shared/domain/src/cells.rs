//! Where in a file each field of an item was read.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
};
use thiserror::Error;

use crate::Field;

/// A cell of the file. Written as people name it: `B7` in a sheet or text, `page 2: 31,118` in a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CellName {
    /// Row and column, both from 0.
    Sheet {
        /// From 0.
        row: u32,
        /// From 0.
        column: u32,
    },
    /// Somewhere on a page.
    Page {
        /// From 1.
        page: u32,
    },
    /// On a page, with the left upper corner of the cell's text in points.
    Place {
        /// From 1.
        page: u32,
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Sheet { row, column } => {
                let mut letters = [0u8; 7];
                let mut at = letters.len();
                let mut rest = u64::from(column) + 1;
                while rest > 0 {
                    at = at.saturating_sub(1);
                    if let Some(slot) = letters.get_mut(at) {
                        *slot = b'A' + ((rest - 1) % 26) as u8;
                    }
                    rest = (rest - 1) / 26;
                }
                let letters = letters.get(at..).and_then(|letters| std::str::from_utf8(letters).ok());
                write!(f, "{}{}", letters.unwrap_or_default(), u64::from(row) + 1)
            }
            Self::Page { page } => write!(f, "page {page}"),
            Self::Place { page, x, y } => write!(f, "page {page}: {x},{y}"),
        }
    }
}

/// Why a text names no cell.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a cell is named as in \"B7\" or \"page 2: 31,118\": {0:?}")]
pub struct InvalidCellName(pub String);

impl FromStr for CellName {
    type Err = InvalidCellName;

    fn from_str(text: &str) -> Result<Self, InvalidCellName> {
        parse_page(text)
            .or_else(|| parse_sheet(text))
            .ok_or_else(|| InvalidCellName(text.to_owned()))
    }
}

fn parse_page(text: &str) -> Option<CellName> {
    let text = text.strip_prefix("page ")?;
    let Some((page, place)) = text.split_once(": ") else {
        return Some(CellName::Page {
            page: text.parse().ok()?,
        });
    };
    let (x, y) = place.split_once(',')?;
    Some(CellName::Place {
        page: page.parse().ok()?,
        x: x.parse().ok()?,
        y: y.parse().ok()?,
    })
}

fn parse_sheet(text: &str) -> Option<CellName> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (letters, digits) = text.split_at_checked(letters)?;
    let column = letters.bytes().try_fold(0u32, |column, letter| {
        column.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1)
    })?;
    Some(CellName::Sheet {
        row: digits.parse::<u32>().ok()?.checked_sub(1)?,
        column: column.checked_sub(1)?,
    })
}

/// The cell of each field that was read, at most one per field. Serialises as a map from field to the cell's name.
#[derive(Debug, Clone, Default)]
pub struct FieldCells(Cells);

/// Fields of one row, as nearly every item's are, take no allocation.
#[derive(Debug, Clone)]
enum Cells {
    /// The column of each field, by the field's number, in one row of a sheet; none before the first field.
    Row {
        row: Option<u32>,
        columns: [u16; Field::ALL.len()],
    },
    /// Any cells, in the order of the fields.
    Anywhere(Vec<(Field, CellName)>),
}

/// In `Cells::Row`, that a field was read nowhere.
const NOWHERE: u16 = u16::MAX;

impl Default for Cells {
    fn default() -> Self {
        Self::Row {
            row: None,
            columns: [NOWHERE; Field::ALL.len()],
        }
    }
}

impl Cells {
    /// Notes the cells of another row in this one; false where they do not fit.
    fn insert_all_in_row(&mut self, others: &Self, at: u32) -> bool {
        let (Self::Row { row: known, columns }, Self::Row { columns: others, .. }) = (self, others) else {
            return false;
        };
        let is_fitting = known.is_none_or(|known| known == at);
        if is_fitting {
            *known = Some(at);
            for (slot, other) in columns.iter_mut().zip(others) {
                *slot = if *other == NOWHERE { *slot } else { *other };
            }
        }
        is_fitting
    }

    /// Notes a cell of the one row; false where it does not fit.
    fn insert_in_row(&mut self, field: Field, cell: CellName) -> bool {
        let (Self::Row { row: known, columns }, CellName::Sheet { row, column }) = (self, cell) else {
            return false;
        };
        let is_fitting = column < u32::from(NOWHERE) && known.is_none_or(|known| known == row);
        if is_fitting && let Some(slot) = columns.get_mut(field as usize) {
            *known = Some(row);
            *slot = column as u16;
        }
        is_fitting
    }
}

impl FieldCells {
    /// Notes where a field was read; the note before is replaced.
    #[inline]
    pub fn insert(&mut self, field: Field, cell: CellName) {
        if self.0.insert_in_row(field, cell) {
            return;
        }
        if let Cells::Row { .. } = self.0 {
            self.0 = Cells::Anywhere(self.iter().collect());
        }
        if let Cells::Anywhere(cells) = &mut self.0 {
            match cells.binary_search_by_key(&field, |(known, _)| *known) {
                Ok(at) => {
                    if let Some(known) = cells.get_mut(at) {
                        known.1 = cell;
                    }
                }
                Err(at) => cells.insert(at, (field, cell)),
            }
        }
    }

    /// Notes that fields were read in the columns where they were in another row of a sheet, and in this row, from 0; of
    /// cells that are in no sheet, it notes them as they are.
    #[inline]
    pub fn insert_row(&mut self, others: &Self, row: u32) {
        if self.0.insert_all_in_row(&others.0, row) {
            return;
        }
        for (field, cell) in others.iter() {
            let cell = match cell {
                CellName::Sheet { column, .. } => CellName::Sheet { row, column },
                elsewhere => elsewhere,
            };
            self.insert(field, cell);
        }
    }

    /// Where a field was read.
    pub fn get(&self, field: Field) -> Option<CellName> {
        self.iter().find(|(known, _)| *known == field).map(|(_, cell)| cell)
    }

    /// Every field with its cell, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (Field, CellName)> + '_ {
        let (row, columns, cells) = match &self.0 {
            Cells::Row { row, columns } => (row.unwrap_or(0), columns.as_slice(), [].as_slice()),
            Cells::Anywhere(cells) => (0, [].as_slice(), cells.as_slice()),
        };
        let in_row = Field::ALL
            .into_iter()
            .zip(columns)
            .filter(|(_, column)| **column != NOWHERE)
            .map(move |(field, column)| {
                let column = u32::from(*column);
                (field, CellName::Sheet { row, column })
            });
        in_row.chain(cells.iter().copied())
    }

    /// Whether no field was read anywhere.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Cells::Row { row, .. } => row.is_none(),
            Cells::Anywhere(cells) => cells.is_empty(),
        }
    }
}

impl PartialEq for FieldCells {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for FieldCells {}

impl Serialize for FieldCells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Shown(CellName);
        impl Serialize for Shown {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        serializer.collect_map(self.iter().map(|(field, cell)| (field, Shown(cell))))
    }
}

impl<'de> Deserialize<'de> for FieldCells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = FieldCells;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from fields to names of cells")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldCells, A::Error> {
                let mut cells = FieldCells::default();
                while let Some((field, name)) = map.next_entry::<Field, String>()? {
                    cells.insert(field, name.parse().map_err(de::Error::custom)?);
                }
                Ok(cells)
            }
        }
        deserializer.deserialize_map(Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_another_row_are_noted_in_this_one() {
        let mut others = FieldCells::default();
        others.insert(Field::Sku, CellName::Sheet { row: 0, column: 2 });
        others.insert(Field::Name, CellName::Sheet { row: 0, column: 70_000 });
        let mut cells = FieldCells::default();
        cells.insert(Field::Price, CellName::Sheet { row: 6, column: 4 });
        cells.insert_row(&others, 6);
        assert_eq!(cells.get(Field::Sku), Some(CellName::Sheet { row: 6, column: 2 }));
        assert_eq!(cells.get(Field::Name), Some(CellName::Sheet { row: 6, column: 70_000 }));
        assert_eq!(cells.get(Field::Price), Some(CellName::Sheet { row: 6, column: 4 }));
        let mut narrow = FieldCells::default();
        narrow.insert(Field::Sku, CellName::Sheet { row: 0, column: 1 });
        cells.insert_row(&narrow, 6);
        assert_eq!(cells.get(Field::Sku), Some(CellName::Sheet { row: 6, column: 1 }));
        let mut plain = FieldCells::default();
        plain.insert_row(&narrow, 9);
        assert_eq!(
            plain.iter().collect::<Vec<_>>(),
            [(Field::Sku, CellName::Sheet { row: 9, column: 1 })]
        );
    }

    #[test]
    fn cells_are_named_as_people_do_and_read_back() {
        for (cell, name) in [
            (CellName::Sheet { row: 6, column: 1 }, "B7"),
            (CellName::Sheet { row: 0, column: 25 }, "Z1"),
            (CellName::Sheet { row: 99, column: 26 }, "AA100"),
            (
                CellName::Sheet {
                    row: 1_048_575,
                    column: 16_383,
                },
                "XFD1048576",
            ),
            (CellName::Page { page: 3 }, "page 3"),
            (CellName::Place { page: 2, x: 31, y: 118 }, "page 2: 31,118"),
        ] {
            assert_eq!(cell.to_string(), name);
            assert_eq!(name.parse(), Ok(cell));
        }
        for text in ["", "7", "B", "B0", "page", "page x", "page 1: 2", "b7", "B7x"] {
            assert!(text.parse::<CellName>().is_err(), "{text}");
        }
    }

    #[test]
    fn fields_are_kept_in_order_and_stored_as_a_map() {
        let mut cells = FieldCells::default();
        cells.insert(Field::Price, CellName::Sheet { row: 1, column: 2 });
        cells.insert(Field::Sku, CellName::Sheet { row: 1, column: 0 });
        cells.insert(Field::Price, CellName::Sheet { row: 1, column: 3 });
        let json = serde_json::to_string(&cells).unwrap();
        assert_eq!(json, r#"{"sku":"A2","price":"D2"}"#);
        assert_eq!(serde_json::from_str::<FieldCells>(&json).unwrap(), cells);
    }

    #[test]
    fn cells_of_several_rows_and_pages_and_far_columns_are_kept() {
        let mut cells = FieldCells::default();
        assert!(cells.is_empty());
        cells.insert(Field::Name, CellName::Sheet { row: 5, column: 1 });
        assert_eq!(cells.get(Field::Name), Some(CellName::Sheet { row: 5, column: 1 }));
        cells.insert(Field::Sku, CellName::Sheet { row: 4, column: 70_000 });
        cells.insert(Field::Price, CellName::Page { page: 2 });
        cells.insert(Field::Name, CellName::Sheet { row: 6, column: 1 });
        let json = serde_json::to_string(&cells).unwrap();
        assert_eq!(json, r#"{"sku":"CYNI5","name":"B7","price":"page 2"}"#);
        assert_eq!(serde_json::from_str::<FieldCells>(&json).unwrap(), cells);
        assert_eq!(cells.get(Field::Unit), None);
    }
}
