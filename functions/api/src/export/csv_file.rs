//! Items as CSV (RFC 4180): UTF-8 with a byte order mark, without which Excel takes it for the machine's old code page.

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use super::{COLUMNS, Cell, ExportError, ItemFile, cell::harmless};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A CSV file in the making.
pub(super) struct CsvFile {
    writer: csv::Writer<BufWriter<File>>,
    items: usize,
}

impl CsvFile {
    /// A temporary file with its header.
    pub(super) fn begin() -> Result<Self, ExportError> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        file.write_all(BYTE_ORDER_MARK.as_bytes())?;
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(file);
        writer.write_record(COLUMNS)?;
        Ok(Self { writer, items: 0 })
    }
}

impl ItemFile for CsvFile {
    fn add(&mut self, cells: &[Cell<'_>; COLUMNS.len()]) -> Result<(), ExportError> {
        for cell in cells {
            match cell {
                Cell::Empty => self.writer.write_field("")?,
                Cell::Text(text) => self.writer.write_field(harmless(text).as_ref())?,
                Cell::Number(number) => self.writer.write_field(number.to_string())?,
            }
        }
        self.writer.write_record(None::<&[u8]>)?;
        self.items += 1;
        Ok(())
    }

    fn items(&self) -> usize {
        self.items
    }

    fn finish(self: Box<Self>) -> Result<(usize, File), ExportError> {
        let buffered = self.writer.into_inner().map_err(|error| error.into_error())?;
        let mut file = buffered.into_inner().map_err(|error| error.into_error())?;
        file.rewind()?;
        Ok((self.items, file))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, io::Read};

    use super::*;
    use crate::export::{cells, tests::item};

    #[test]
    fn text_is_harmless_and_numbers_stay_numbers() {
        let mut file = Box::new(CsvFile::begin().unwrap());
        file.add(&cells(&item(), None)).unwrap();
        let (items, mut content) = file.finish().unwrap();
        let mut text = String::new();
        content.read_to_string(&mut text).unwrap();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row: HashMap<String, String> = reader.deserialize().next().unwrap().unwrap();
        assert_eq!(items, 1);
        assert_eq!(row["sku"], "'-0102");
        assert_eq!(row["name"], "'=HYPERLINK(\"https://evil.example\"), Чайник");
        assert_eq!((row["price"].as_str(), row["brand"].as_str()), ("12.5", ""));
    }
}
