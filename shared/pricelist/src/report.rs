//! How a file was read: what was chosen, why, what was left out and how sure that is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Dialect, Drift, Sniffed, Visibility, columns::ColumnReading};

/// The report on one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadingReport {
    /// What the file is.
    pub kind: Sniffed,
    /// The encoding of a text file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The dialect of a text file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
    /// Each sheet, or the one table of a text file, or each page.
    pub sheets: Vec<SheetReport>,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// What is read otherwise than in the supplier's list before; empty where none is remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// How sure the reading is, from 0 to 1: that of the least sure of name, code and price.
    pub confidence: f64,
}

/// The report on one sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SheetReport {
    /// The sheet's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The page of a PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Whether it is shown in the workbook.
    pub visibility: Visibility,
    /// Whether its rows were taken, and if not, why.
    pub verdict: Verdict,
    /// Its tables.
    pub tables: Vec<TableReport>,
    /// Rows that the author hid; they are read like the others.
    pub hidden_rows: usize,
    /// Columns that the author hid; they are read like the others.
    pub hidden_columns: usize,
}

/// What became of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its tables gave items.
    Read,
    /// It has no cell.
    Empty,
    /// No table with a price and a name or code.
    NoPrices,
    /// Hidden, and another sheet has prices.
    Hidden,
    /// It repeats another sheet.
    Duplicate,
}

/// The report on one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableReport {
    /// The header's rows, from 1; empty where there is none.
    pub header_rows: Vec<u32>,
    /// First and last column, by letter.
    pub columns: String,
    /// First and last row, from 1.
    pub rows: (u32, u32),
    /// What each column holds.
    pub roles: Vec<ColumnReading>,
    /// Columns left without a role, by letter and header.
    pub unused: Vec<String>,
    /// The column of *the* price and why it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// The currency of rows that state none, and where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Items with a price.
    pub priced: usize,
    /// Items without.
    pub unpriced: usize,
    /// Rows that name a section.
    pub sections: usize,
    /// Totals and footers passed over.
    pub footers: usize,
    /// Notes passed over.
    pub notes: usize,
    /// Headers said again.
    pub repeated_headers: usize,
}

impl fmt::Display for ReadingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "This is {}", self.kind)?;
        if let Some(encoding) = &self.encoding {
            write!(f, " in {encoding}")?;
        }
        if let Some(dialect) = &self.dialect {
            write!(f, ", fields between {:?}", dialect.delimiter)?;
            if let Some(quote) = dialect.quote {
                write!(f, ", quoted with {quote}")?;
            }
        }
        writeln!(f, ". Confidence {:.2}.", self.confidence)?;
        for sheet in &self.sheets {
            match (&sheet.name, sheet.page) {
                (Some(name), _) => write!(f, "Sheet “{name}”: ")?,
                (None, Some(page)) => write!(f, "Page {page}: ")?,
                (None, None) => write!(f, "The table: ")?,
            }
            writeln!(
                f,
                "{}",
                match sheet.verdict {
                    Verdict::Read => "read.",
                    Verdict::Empty => "empty.",
                    Verdict::NoPrices => "left out, it has no table with prices.",
                    Verdict::Hidden => "left out, it is hidden and others have prices.",
                    Verdict::Duplicate => "left out, it repeats another sheet.",
                }
            )?;
            if sheet.verdict == Verdict::Read && sheet.hidden_rows + sheet.hidden_columns > 0 {
                writeln!(
                    f,
                    "  {} rows and {} columns are hidden; they were read like the others.",
                    sheet.hidden_rows, sheet.hidden_columns
                )?;
            }
            for table in &sheet.tables {
                write!(f, "{table}")?;
            }
        }
        for warning in &self.warnings {
            writeln!(f, "Note: {warning}")?;
        }
        for drift in &self.drift {
            writeln!(f, "Changed since the list before: {drift}.")?;
        }
        Ok(())
    }
}

impl fmt::Display for TableReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  Table {}, rows {}–{}, ", self.columns, self.rows.0, self.rows.1)?;
        match self.header_rows.as_slice() {
            [] => writeln!(f, "no header: told by content alone.")?,
            rows => writeln!(
                f,
                "header in row {}.",
                rows.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
            )?,
        }
        for reading in &self.roles {
            let letter = crate::grid::address(0, reading.column);
            writeln!(
                f,
                "    {} {} → {:?} ({:.2}, by {})",
                letter.trim_end_matches('1'),
                quoted(&reading.header),
                reading.role,
                reading.confidence,
                if reading.evidence.is_empty() {
                    "elimination".to_owned()
                } else {
                    reading.evidence.join(" and ")
                }
            )?;
        }
        if let Some(price) = &self.price {
            writeln!(f, "    The price: {price}")?;
        }
        if let Some(currency) = &self.currency {
            writeln!(f, "    Currency: {currency}")?;
        }
        writeln!(
            f,
            "    {} items with a price, {} without; {} sections, {} totals or footers, {} notes, {} repeated headers.",
            self.priced, self.unpriced, self.sections, self.footers, self.notes, self.repeated_headers
        )
    }
}

/// A text of the file within a sentence: between quotes, on one line.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['\n', '\r', '\t'], " "))
}
