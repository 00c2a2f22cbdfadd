//! Fixed columns: the legacy way of reading a supplier's list.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Field;

/// Which column of a list carries what, said by a person once and never inferred. Items are found in the catalogue by
/// equality of SKU or barcode, whichever of the two has a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LegacyMapping {
    /// The sheet of a workbook, by name; none: the first one that has rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The first row with an item, counted from 1; none: the row after the headers, or 1 where columns are all given by
    /// letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_row: Option<u32>,
    /// The column of each field that is read.
    pub columns: BTreeMap<Field, LegacyColumn>,
}

/// A column: `{"header": "Price net"}` or `{"letter": "C"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LegacyColumn {
    /// By its header's text, whatever the case and the white space around it.
    Header(String),
    /// By its letters, as a spreadsheet has them; in text files and tables of pages the first column is `A`.
    Letter(ColumnLetter),
}

/// The letters of a column, `A` to `XFD`, kept as its place from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ColumnLetter(u16);

/// Why a mapping is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidMapping {
    /// No column of a price.
    #[error("legacy.columns: a column of \"price\" is needed")]
    NoPrice,
    /// Nothing to find an item in the catalogue by.
    #[error("legacy.columns: a column of \"sku\" or \"barcode\" is needed; items are found in the catalogue by it")]
    NoIdentifier,
    /// A header without text.
    #[error("legacy.columns.{0}: the header's text is empty")]
    EmptyHeader(String),
    /// Rows count from 1.
    #[error("legacy.first_row: rows are counted from 1")]
    FirstRow,
}

/// Not the letters of a column.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("legacy.columns: {0:?} is no column from \"A\" to \"XFD\"")]
pub struct InvalidLetter(String);

impl LegacyMapping {
    /// Checks what the shape alone cannot say.
    ///
    /// # Errors
    /// The first part that cannot be used.
    pub fn check(&self) -> Result<(), InvalidMapping> {
        if self.first_row == Some(0) {
            return Err(InvalidMapping::FirstRow);
        }
        if !self.columns.contains_key(&Field::Price) {
            return Err(InvalidMapping::NoPrice);
        }
        if !self.columns.contains_key(&Field::Sku) && !self.columns.contains_key(&Field::Barcode) {
            return Err(InvalidMapping::NoIdentifier);
        }
        for (field, column) in &self.columns {
            if matches!(column, LegacyColumn::Header(text) if text.trim().is_empty()) {
                return Err(InvalidMapping::EmptyHeader(field.as_str().to_owned()));
            }
        }
        Ok(())
    }
}

impl ColumnLetter {
    /// The last column of a spreadsheet (ECMA-376): XFD.
    const COLUMNS: u16 = 16_384;

    /// Its place, from 0.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl FromStr for ColumnLetter {
    type Err = InvalidLetter;

    fn from_str(text: &str) -> Result<Self, InvalidLetter> {
        let invalid = || InvalidLetter(text.chars().take(20).collect());
        if text.is_empty() || text.len() > 3 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(invalid());
        }
        let number = text.bytes().fold(0_u16, |number, byte| {
            number * 26 + u16::from(byte.to_ascii_uppercase() - b'A') + 1
        });
        match number <= Self::COLUMNS {
            true => Ok(Self(number - 1)),
            false => Err(invalid()),
        }
    }
}

impl fmt::Display for ColumnLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0 + 1;
        let mut letters = Vec::new();
        while rest > 0 {
            let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
            letters.push(char::from(b'A' + digit));
            rest = (rest - 1) / 26;
        }
        letters.iter().rev().try_for_each(|letter| write!(f, "{letter}"))
    }
}

impl TryFrom<String> for ColumnLetter {
    type Error = InvalidLetter;
    fn try_from(text: String) -> Result<Self, InvalidLetter> {
        text.parse()
    }
}

impl From<ColumnLetter> for String {
    fn from(letter: ColumnLetter) -> Self {
        letter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_as_in_a_spreadsheet() {
        for (letters, index) in [
            ("A", 0),
            ("z", 25),
            ("AA", 26),
            ("AZ", 51),
            ("ZZ", 701),
            ("XFD", 16_383),
        ] {
            let column: ColumnLetter = letters.parse().unwrap();
            assert_eq!((column.index(), column.to_string()), (index, letters.to_uppercase()));
        }
        for text in ["", "A1", "XFE", "AAAA", "é"] {
            assert!(text.parse::<ColumnLetter>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mapping_is_checked() {
        let mapping = |json: &str| serde_json::from_str::<LegacyMapping>(json).unwrap();
        let good = r#"{"columns":{"sku":{"letter":"A"},"price":{"header":"Price net"}}}"#;
        assert_eq!(mapping(good).check(), Ok(()));
        assert_eq!(serde_json::to_string(&mapping(good)).unwrap(), good);
        for (json, error) in [
            (r#"{"columns":{"sku":{"letter":"A"}}}"#, InvalidMapping::NoPrice),
            (r#"{"columns":{"price":{"letter":"A"}}}"#, InvalidMapping::NoIdentifier),
            (
                r#"{"columns":{"sku":{"header":" "},"price":{"letter":"B"}}}"#,
                InvalidMapping::EmptyHeader("sku".into()),
            ),
            (
                r#"{"first_row":0,"columns":{"sku":{"letter":"A"},"price":{"letter":"B"}}}"#,
                InvalidMapping::FirstRow,
            ),
        ] {
            assert_eq!(mapping(json).check(), Err(error));
        }
    }
}
