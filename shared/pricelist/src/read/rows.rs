//! A file's rows as read, before any meaning.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{ReadOptions, open};
use crate::{
    Dialect, Limits, ReadError, Sniffed,
    delimited::{Delimited, LeftOut, Padding, TextRows},
    grid::Grid,
    sniff, text,
};

/// Rows as read, before any meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableDump {
    /// How the text is written; of a workbook nothing of it is known.
    pub dialect: TextDialect,
    /// Every row of the table with its cells as shown, the header first where there is one. A row has the fields that it
    /// has in the file, be they more or fewer than in others. Of a workbook the rows of the first sheet that has any.
    pub rows: Vec<Vec<String>>,
    /// Records of a text that are no rows of its table: blank lines, comments, titles above it, notes below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// The dialect of a text file as programs name it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextDialect {
    /// `utf-8`, `windows-1251`.
    pub encoding: Option<String>,
    /// Between fields.
    pub delimiter: Option<String>,
    /// Around fields; none where no field is quoted.
    pub quotechar: Option<String>,
    /// Before a delimiter or quote that is text; none where a quote is doubled.
    pub escapechar: Option<String>,
    /// At the start of lines that are comments.
    #[serde(default)]
    pub comment: Option<String>,
    /// Whether the blanks after every delimiter are no part of the fields.
    #[serde(default)]
    pub skipinitialspace: bool,
}

/// Gives the rows of a file as read.
///
/// # Errors
/// Where the file as a whole cannot be read; see [`ReadError`].
pub fn table(bytes: &[u8], options: &ReadOptions) -> Result<TableDump, ReadError> {
    if sniff(bytes) == Sniffed::Text {
        Limits::hold("bytes", bytes.len() as u64, options.limits.file_bytes)?;
        let mut decoded = text::decode(bytes);
        if decoded.text.contains('\0') {
            decoded.text = Cow::Owned(decoded.text.replace('\0', ""));
        }
        let text = Delimited::new(decoded.text);
        let dialect = text_dialect(Some(decoded.encoding), Some(text.dialect()));
        let TextRows { rows, left_out } = text.rows();
        return Ok(TableDump {
            dialect,
            rows,
            left_out,
        });
    }
    let source = open(bytes, options, usize::MAX)?;
    let dialect = text_dialect(source.encoding, source.dialect.as_ref());
    let grid = source.grids.iter().find(|grid| grid.height() > 0);
    let rows = grid
        .map(|grid| (0..grid.height()).map(|row| full_row(grid, row)).collect())
        .unwrap_or_default();
    Ok(TableDump {
        dialect,
        rows,
        left_out: Vec::new(),
    })
}

fn text_dialect(encoding: Option<String>, dialect: Option<&Dialect>) -> TextDialect {
    TextDialect {
        encoding,
        delimiter: dialect
            .map(|dialect| dialect.delimiter.clone())
            .filter(|delimiter| !delimiter.is_empty()),
        quotechar: dialect.and_then(|dialect| dialect.quote).map(String::from),
        escapechar: dialect.and_then(|dialect| dialect.escape).map(String::from),
        comment: dialect.and_then(|dialect| dialect.comment).map(String::from),
        skipinitialspace: dialect.is_some_and(|dialect| dialect.padding != Padding::None),
    }
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
