//! Text with delimiters, in any dialect: which one it is, and its records.

mod dialect;
mod records;
mod rows;

pub(crate) use dialect::detect;
pub use dialect::{Dialect, Padding};
pub(crate) use records::Records;
pub(crate) use rows::TextRows;
pub use rows::{Aside, LeftOut};

use std::borrow::Cow;

use crate::{
    Limits, ReadError,
    grid::{Grid, GridBuilder},
};

/// Delimited text read chunk by chunk: what is held at once is one chunk's cells, however long the text is.
#[derive(Debug)]
pub(crate) struct Delimited<'t> {
    text: Cow<'t, str>,
    dialect: Dialect,
    /// Where the next record starts, in bytes.
    at: usize,
    /// The next record's number, from 0.
    number: u32,
}

impl<'t> Delimited<'t> {
    pub(crate) fn new(text: Cow<'t, str>) -> Self {
        let dialect = detect(&text);
        Self {
            text,
            dialect,
            at: 0,
            number: 0,
        }
    }

    pub(crate) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Whether every record has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Every record as read, those of the table apart from what stands around it.
    pub(crate) fn rows(&self) -> TextRows {
        rows::read(&self.text, &self.dialect)
    }

    /// The next `most` records; row numbers count records over the whole text.
    pub(crate) fn chunk(&mut self, most: usize, limits: &Limits) -> Result<Grid, ReadError> {
        let limits = &Limits {
            rows: limits.records,
            ..limits.clone()
        };
        let mut builder = GridBuilder::new(limits, 0);
        let mut records = Records::starting_at(&self.text, &self.dialect, self.at);
        let mut fields = Vec::new();
        let mut count = 0;
        while count < most {
            let Some(record) = records.next_into(&mut fields) else {
                break;
            };
            if self.dialect.is_comment(&fields) || (self.number == 0 && record.is_separator_line) {
                continue;
            }
            builder.row(self.number, false, 0)?;
            for (column, field) in fields.iter().enumerate() {
                Limits::hold("columns", column as u64 + 1, u64::from(limits.columns))?;
                builder.text(column as u32, field)?;
            }
            let stray = || {
                fields
                    .iter()
                    .any(|field| field.starts_with('"') && field.matches('"').count() % 2 == 1)
            };
            let text = record
                .unterminated
                .or_else(|| stray().then(|| fields.first().map_or("", AsRef::as_ref)));
            if let Some(text) = text {
                builder.fault(
                    self.number,
                    0,
                    text,
                    "a quote is opened and never closed; it was read as part of the text",
                );
            }
            self.number = self.number.saturating_add(1);
            count += 1;
        }
        self.at = records.position();
        Ok(builder.finish())
    }
}
