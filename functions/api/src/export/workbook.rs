//! Items as a workbook of one sheet (Office Open XML), written row by row to a temporary file.

use std::{
    fs::File,
    io::{BufWriter, Seek},
};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use rust_xlsxwriter::{Format, Workbook};

use super::{COLUMNS, Cell, ExportError, ItemFile, cell::harmless};

/// Most characters in a cell ("Excel specifications and limits").
const MAX_TEXT: usize = 32_767;

/// Significant digits that a spreadsheet keeps of a number ("Excel specifications and limits").
const DIGITS: u32 = 15;

/// A workbook in the making.
pub(super) struct WorkbookFile {
    workbook: Workbook,
    items: usize,
}

impl WorkbookFile {
    /// A workbook with a sheet and its header.
    pub(super) fn begin() -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Items")?.set_freeze_panes(1, 0)?;
        for (column, header) in (0..).zip(COLUMNS) {
            let width = match header {
                "name" | "description" | "other_prices" => 40.0,
                _ => 16.0,
            };
            sheet.set_column_width(column, width)?;
            sheet.write_string_with_format(0, column, header, &bold)?;
        }
        Ok(Self { workbook, items: 0 })
    }
}

impl ItemFile for WorkbookFile {
    fn add(&mut self, cells: &[Cell<'_>; COLUMNS.len()]) -> Result<(), ExportError> {
        let row = u32::try_from(self.items + 1).unwrap_or(u32::MAX);
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => continue,
                Cell::Number(number) => match exactly(*number) {
                    Some(exact) => sheet.write_number(row, column, exact)?,
                    None => sheet.write_string(row, column, number.to_string())?,
                },
                Cell::Text(text) => sheet.write_string(row, column, fitting(&harmless(text)))?,
            };
        }
        self.items += 1;
        Ok(())
    }

    fn items(&self) -> usize {
        self.items
    }

    fn finish(mut self: Box<Self>) -> Result<(usize, File), ExportError> {
        let mut file = tempfile::tempfile()?;
        self.workbook.save_to_writer(BufWriter::new(&mut file))?;
        file.rewind()?;
        Ok((self.items, file))
    }
}

/// The number as a workbook stores it, where that has the same digits. A longer one is written as text rather than rounded.
fn exactly(number: Decimal) -> Option<f64> {
    let number = number.normalize();
    let digits = number
        .mantissa()
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| log + 1);
    number.to_f64().filter(|_| digits <= DIGITS)
}

fn fitting(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;
    use crate::export::{cells, tests::item};

    #[test]
    fn a_workbook_reads_back() {
        let mut file = Box::new(WorkbookFile::begin().unwrap());
        file.add(&cells(&item(), None)).unwrap();
        let (items, mut content) = file.finish().unwrap();
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        let read = pricelist::read(&bytes, &pricelist::ReadOptions::default()).unwrap();
        assert_eq!((items, read.items.len()), (1, 1));
        let (read, item) = (&read.items[0], item());
        assert_eq!(read.price, item.price);
        assert_eq!(
            read.name.as_deref(),
            Some("'=HYPERLINK(\"https://evil.example\"), Чайник")
        );
    }

    #[test]
    fn an_over_long_text_is_cut_between_characters() {
        assert_eq!(fitting(&"ж".repeat(MAX_TEXT + 1)), "ж".repeat(MAX_TEXT));
        assert_eq!(fitting("ж"), "ж");
    }

    #[test]
    fn a_number_that_would_be_rounded_is_no_number() {
        assert_eq!(
            exactly(Decimal::new(123_456_789_012_345, 2)),
            Some(1_234_567_890_123.45)
        );
        assert_eq!(exactly(Decimal::new(1_234_567_890_123_456, 2)), None);
        assert_eq!(exactly(Decimal::ZERO), Some(0.0));
    }

    proptest! {
        /// The shortest digits that stand for the stored number, which are what a file has, are the decimal's.
        #[test]
        fn a_number_keeps_its_digits(mantissa in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u32..=12) {
            let number = Decimal::new(mantissa, scale).normalize();
            let stored = exactly(number).unwrap();
            prop_assert_eq!(stored.to_string().parse::<Decimal>().unwrap().normalize(), number);
        }
    }
}
