//! What reading may cost: checked while reading, never taken from what a file claims of itself.

use serde::{Deserialize, Serialize};

use crate::ReadError;

/// Bounds on one file. The defaults read a list of a million rows and refuse what only an attack needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of the file as received.
    pub file_bytes: u64,
    /// Entries in a ZIP container (XLSX, ODS, ZIP). A workbook of 255 sheets has fewer than 2,000.
    pub zip_entries: usize,
    /// Bytes that one ZIP entry may inflate to, counted while inflating.
    pub entry_bytes: u64,
    /// Bytes of text of all cells together.
    pub text_bytes: usize,
    /// Bytes of one cell. Excel's own limit is 32,767 characters.
    pub cell_bytes: usize,
    /// Rows of one sheet. Excel's own limit.
    pub rows: u32,
    /// Records of a delimited text.
    pub records: u32,
    /// Columns of one sheet. Excel's own limit.
    pub columns: u32,
    /// Non-empty cells of all sheets together.
    pub cells: usize,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// Merged ranges of one sheet.
    pub merges: usize,
    /// Nesting of elements in XML and HTML.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 256 << 20,
            zip_entries: 10_000,
            entry_bytes: 1 << 30,
            text_bytes: 160 << 20,
            cell_bytes: 1 << 20,
            rows: 1_048_576,
            records: 20_000_000,
            columns: 16_384,
            cells: 12_000_000,
            sheets: 1_000,
            merges: 1_000_000,
            depth: 256,
        }
    }
}

impl Limits {
    /// `TooLarge` where `found` is above `limit`.
    pub(crate) fn hold(what: &'static str, found: u64, limit: u64) -> Result<(), ReadError> {
        if found > limit {
            Err(ReadError::TooLarge { what, limit })
        } else {
            Ok(())
        }
    }
}
