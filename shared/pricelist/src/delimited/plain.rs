//! Records without quotes, as nearly all are: their ends and those of their fields are found for 64 bytes at once, and
//! their text is not copied field by field. What is not plain is left to [`super::Records`].

use std::ops::Range;

use super::{Dialect, dialect::Padding};

/// Bytes looked at together, one bit of a word each.
const BLOCK: usize = 64;

/// What ends a field or makes a record one for the careful reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainRecords {
    delimiter: u8,
    /// Each byte sought, eight times: the delimiter, both line ends, the quote.
    sought: [u64; 4],
}

/// What is told of a record, in the order of the text.
pub(super) enum Part {
    /// A field's bytes, and its number from 0.
    Field(u32, Range<usize>),
    /// The record is whole; the next one starts here.
    End(usize),
}

impl PlainRecords {
    /// None for dialects that only the careful reader knows.
    pub(super) fn of(dialect: &Dialect) -> Option<Self> {
        let [delimiter] = dialect.delimiter.as_bytes() else {
            return None;
        };
        let is_plain = dialect.escape.is_none() && dialect.comment.is_none() && dialect.padding == Padding::None;
        let quote = match dialect.quote {
            Some(quote) => u8::try_from(quote).ok().filter(u8::is_ascii)?,
            None => b'\n',
        };
        let eightfold = |byte: u8| u64::from_ne_bytes([byte; 8]);
        is_plain.then(|| Self {
            delimiter: *delimiter,
            sought: [*delimiter, b'\n', b'\r', quote].map(eightfold),
        })
    }

    /// Tells the parts of the records from `start` on, until one is not plain, the text is nearly at its end, or `tell`
    /// asks to stop by giving false. The parts of a record without its `End` are to be forgotten.
    pub(super) fn read<E>(
        self,
        text: &str,
        start: usize,
        mut tell: impl FnMut(Part) -> Result<bool, E>,
    ) -> Result<(), E> {
        let bytes = text.as_bytes();
        let (mut field, mut column) = (start, 0u32);
        let blocks = bytes.get(start..).unwrap_or_default().as_chunks::<BLOCK>().0;
        for (number, block) in blocks.iter().enumerate() {
            let from = start + number * BLOCK;
            let mut stops = self.stops(block);
            while stops != 0 {
                let at = from + stops.trailing_zeros() as usize;
                stops &= stops - 1;
                let byte = bytes.get(at).copied().unwrap_or_default();
                if byte == self.delimiter {
                    if !tell(Part::Field(column, field..at))? {
                        return Ok(());
                    }
                    (field, column) = (at + 1, column + 1);
                    continue;
                }
                let next = match (byte, bytes.get(at + 1)) {
                    // The end of a line that ended at the byte before.
                    (b'\n', _) if at < field => continue,
                    (b'\n', _) => at + 1,
                    (b'\r', Some(b'\n')) => at + 2,
                    (b'\r', Some(_)) => at + 1,
                    // A quote, or a line end of which the second byte may still come.
                    _ => return Ok(()),
                };
                if !tell(Part::Field(column, field..at))? || !tell(Part::End(next))? {
                    return Ok(());
                }
                (field, column) = (next, 0);
            }
        }
        Ok(())
    }

    /// A bit for each byte of the block that is sought.
    fn stops(self, block: &[u8; BLOCK]) -> u64 {
        const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
        /// Brings the lowest bits of eight bytes together in the highest byte.
        const GATHER: u64 = 0x0102_0408_1020_4080;
        let [delimiter, line_feed, carriage_return, quote] = self.sought;
        let mut stops = 0;
        for (at, word) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // The highest bit of each byte that differs from the one sought.
            let other = |sought: u64| {
                let difference = word ^ sought;
                ((difference & LOW) + LOW) | difference
            };
            let found = !(other(delimiter) & other(line_feed) & other(carriage_return) & other(quote)) & !LOW;
            stops |= ((found >> 7).wrapping_mul(GATHER) >> 56) << (at * 8);
        }
        stops
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Records;
    use super::*;

    fn dialect(delimiter: &str, quote: Option<char>) -> Dialect {
        Dialect {
            delimiter: delimiter.to_owned(),
            quote,
            escape: None,
            comment: None,
            padding: Padding::None,
        }
    }

    /// The whole records that are read as plain, and where reading stops.
    fn plain(text: &str, dialect: &Dialect) -> (Vec<Vec<String>>, usize) {
        let (mut rows, mut row, mut end) = (Vec::new(), Vec::new(), 0);
        let Some(records) = PlainRecords::of(dialect) else {
            return (rows, end);
        };
        let told: Result<(), ()> = records.read(text, 0, |part| {
            match part {
                Part::Field(_, range) => row.push(text[range].to_owned()),
                Part::End(next) => {
                    rows.push(std::mem::take(&mut row));
                    end = next;
                }
            }
            Ok(true)
        });
        told.unwrap();
        (rows, end)
    }

    #[test]
    fn quotes_and_the_last_block_are_left_to_the_careful_reader() {
        let text = "a;b\r\nc;\"d\"\n".to_owned() + &"e;f\n".repeat(40);
        let (rows, end) = plain(&text, &dialect(";", Some('"')));
        assert_eq!(rows, [["a", "b"]]);
        assert_eq!(end, 5);
        assert_eq!(plain("a;b\nc;d\n", &dialect(";", None)).0.len(), 0);
        assert!(PlainRecords::of(&dialect("||", None)).is_none());
        assert!(PlainRecords::of(&dialect(";", Some('“'))).is_none());
    }

    proptest! {
        #[test]
        fn plain_records_are_those_of_the_careful_reader(
            text in proptest::collection::vec(
                prop_oneof![
                    4 => "[a-zé€0-9 .]{0,9}", 4 => Just(";".to_owned()), 2 => Just("\n".to_owned()),
                    1 => Just("\r\n".to_owned()), 1 => Just("\r".to_owned()), 1 => Just("\"".to_owned()),
                ],
                0..300,
            ),
            quote in prop_oneof![Just(Some('"')), Just(None)],
        ) {
            let text = text.concat();
            let dialect = dialect(";", quote);
            let (rows, end) = plain(&text, &dialect);
            let (mut records, mut fields) = (Records::new(&text, &dialect), Vec::new());
            for row in rows {
                records.next_into(&mut fields).unwrap();
                prop_assert_eq!(row, fields.clone());
            }
            prop_assert_eq!(records.position(), end);
        }
    }
}
