//! Text with delimiters, in any dialect: which one it is, and its records.

mod dialect;
mod records;

pub use dialect::Dialect;
pub(crate) use dialect::detect;
pub(crate) use records::Records;

use crate::{
    Limits, ReadError,
    grid::{Grid, GridBuilder},
    text::Decoded,
};

/// Reads a text file's records into a grid; row numbers count records.
pub(crate) fn read(decoded: &Decoded<'_>, limits: &Limits) -> Result<(Grid, Dialect), ReadError> {
    let dialect = detect(&decoded.text);
    let mut builder = GridBuilder::new(limits, 0);
    let mut records = Records::new(&decoded.text, &dialect);
    let mut fields = Vec::new();
    let mut number = 0;
    while let Some(record) = records.next_into(&mut fields) {
        if dialect.is_comment(&fields) || (number == 0 && record.is_separator_line) {
            continue;
        }
        builder.row(number, false, 0)?;
        for (column, field) in fields.iter().enumerate() {
            Limits::hold("columns", column as u64 + 1, u64::from(limits.columns))?;
            builder.text(column as u32, field)?;
        }
        let stray = fields
            .iter()
            .any(|field| field.starts_with('"') && field.matches('"').count() % 2 == 1);
        let text = record
            .unterminated
            .or(stray.then(|| fields.first().map(AsRef::as_ref).unwrap_or_default()));
        if let Some(text) = text {
            builder.fault(
                number,
                0,
                text,
                "a quote is opened and never closed; it was read as part of the text",
            );
        }
        number += 1;
    }
    Ok((builder.finish(), dialect))
}
