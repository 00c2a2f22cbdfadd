//! Records as nearly all are: no quotes but around whole fields. Their ends and those of their fields are found for 64 bytes
//! at once, and their text stays where it is. What is not plain is left to [`super::Records`].

use super::{Dialect, dialect::Padding};

/// Bytes looked at together, one bit of a word each.
const BLOCK: usize = 64;

/// The place of a field's text, without quotes around it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A record whose fields are told by their places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainRow<'t> {
    /// The text that the places are in.
    pub(crate) text: &'t str,
    pub(crate) fields: &'t [Place],
    /// Which record of the text it is, from 0.
    pub(crate) number: u32,
    /// Whether every field starts with a printed ASCII character, as nearly all do.
    pub(crate) is_full: bool,
    /// Whether it is known to be printed ASCII throughout, without two blanks beside each other.
    pub(crate) is_tidy: bool,
}

impl<'t> PlainRow<'t> {
    /// The text of a field, untrimmed; empty where there is none.
    #[inline]
    pub(crate) fn field(self, column: u32) -> &'t str {
        self.fields
            .get(column as usize)
            .and_then(|field| self.text.get(field.start as usize..field.end as usize))
            .unwrap_or_default()
    }
}

/// Reads plain records.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainRecords {
    delimiter: u8,
    /// What fields are quoted with; without quoting, what the careful reader looks for in vain.
    quote: u8,
    is_quoting: bool,
}

/// A whole record, as it is told.
pub(super) struct Told<'f> {
    pub(super) fields: &'f [Place],
    /// Whether every field starts with a printed ASCII character.
    pub(super) is_full: bool,
    /// Whether it is known to be printed ASCII throughout, without two blanks beside each other.
    pub(super) is_tidy: bool,
    /// Where the record after it starts.
    pub(super) next: usize,
}

/// Where reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At a record that is not plain or was not wanted.
    Record,
    /// Where the text ends, or so near to its end that what comes next may be cut off.
    EndOfText,
}

impl PlainRecords {
    /// None for dialects that only the careful reader knows.
    pub(super) fn of(dialect: &Dialect) -> Option<Self> {
        let [delimiter] = dialect.delimiter.as_bytes() else {
            return None;
        };
        let is_plain = dialect.escape.is_none()
            && dialect.comment.is_none()
            && dialect.padding == Padding::None
            && matches!(dialect.quote, None | Some('"'));
        is_plain.then_some(Self {
            delimiter: *delimiter,
            quote: b'"',
            is_quoting: dialect.quote.is_some(),
        })
    }

    /// Tells the records from `start` on, until one is not plain, the text is nearly at its end, or `tell` gives false.
    /// `fields` is the memory that their places are kept in. Gives why it stopped.
    pub(super) fn read<E>(
        self,
        text: &str,
        start: usize,
        fields: &mut Vec<Place>,
        mut tell: impl FnMut(Told<'_>) -> Result<bool, E>,
    ) -> Result<Stop, E> {
        // Places are kept in 32 bits; what is held of a text in parts is far below.
        let Ok(_) = u32::try_from(text.len()) else {
            return Ok(Stop::Record);
        };
        let bytes = text.as_bytes();
        fields.clear();
        // Where the field starts; whether its quote is open; how many bytes of a closing quote stand before its end.
        let (mut field, mut is_open, mut closing) = (start, false, 0);
        let (mut is_full, mut is_tidy, mut ends_blank) = (true, true, false);
        let starts_printed = |place: Place| {
            let first = bytes.get(place.start as usize).filter(|_| place.start < place.end);
            first.is_some_and(u8::is_ascii_graphic)
        };
        let blocks = bytes.get(start..).unwrap_or_default().as_chunks::<BLOCK>().0;
        for (number, block) in blocks.iter().enumerate() {
            let from = start + number * BLOCK;
            let Seen {
                mut stops,
                blanks,
                is_printed,
            } = self.look(block);
            let is_block_tidy = is_printed && blanks & (blanks << 1 | u64::from(ends_blank)) == 0;
            ends_blank = blanks >> (BLOCK - 1) == 1;
            is_tidy &= is_block_tidy;
            while stops != 0 {
                let at = from + stops.trailing_zeros() as usize;
                stops &= stops - 1;
                let byte = bytes.get(at).copied().unwrap_or_default();
                let place = Place {
                    start: field as u32,
                    end: (at - closing) as u32,
                };
                if byte == self.delimiter {
                    if !is_open {
                        is_full &= starts_printed(place);
                        fields.push(place);
                        (field, closing) = (at + 1, 0);
                    }
                    continue;
                }
                if byte == self.quote {
                    match self.quote_at(bytes, at, field, is_open) {
                        Quote::Opens => (field, is_open) = (at + 1, true),
                        Quote::Closes => (is_open, closing) = (false, 1),
                        Quote::IsText => {}
                        Quote::IsNotPlain => return Ok(Stop::Record),
                    }
                    continue;
                }
                let next = match (byte, bytes.get(at + 1)) {
                    // The end of a line that ended at the byte before.
                    (b'\n', _) if at < field => continue,
                    // A field of several lines.
                    _ if is_open => return Ok(Stop::Record),
                    (b'\n', _) => at + 1,
                    (b'\r', Some(b'\n')) => at + 2,
                    (b'\r', Some(_)) => at + 1,
                    // A line end of which the second byte may still come.
                    _ => return Ok(Stop::EndOfText),
                };
                is_full &= starts_printed(place);
                fields.push(place);
                let told = Told {
                    fields,
                    is_full,
                    is_tidy,
                    next,
                };
                if !tell(told)? {
                    return Ok(Stop::Record);
                }
                fields.clear();
                (field, closing, is_full, is_tidy) = (next, 0, true, is_block_tidy);
            }
        }
        Ok(Stop::EndOfText)
    }

    /// What the quote at `at` is to the field that starts at `field`.
    fn quote_at(self, bytes: &[u8], at: usize, field: usize, is_open: bool) -> Quote {
        if is_open {
            return match bytes.get(at + 1) {
                Some(next) if *next == self.delimiter || matches!(next, b'\n' | b'\r') => Quote::Closes,
                // Doubled, or followed by text.
                _ => Quote::IsNotPlain,
            };
        }
        match bytes.get(field) {
            _ if at == field => match self.is_quoting {
                true => Quote::Opens,
                false => Quote::IsNotPlain,
            },
            // Blanks may stand before an opening quote.
            Some(b' ') => Quote::IsNotPlain,
            _ => Quote::IsText,
        }
    }

    #[inline]
    fn look(self, block: &[u8; BLOCK]) -> Seen {
        // The loop is one that compilers turn into vectors.
        let (mut stops, mut blanks, mut odd) = ([0u8; BLOCK], [0u8; BLOCK], [false; BLOCK]);
        let found = stops.iter_mut().zip(&mut blanks).zip(&mut odd);
        for (((stop, blank), odd), (byte, bit)) in found.zip(block.iter().zip(&BIT_IN_EIGHT)) {
            let is_stop = (*byte == self.delimiter) | (*byte == b'\n') | (*byte == b'\r') | (*byte == self.quote);
            *stop = if is_stop { *bit } else { 0 };
            *blank = if *byte == b' ' { *bit } else { 0 };
            *odd = !is_stop & !(b' '..0x7F).contains(byte);
        }
        Seen {
            stops: gathered(&stops),
            blanks: gathered(&blanks),
            is_printed: odd == [false; BLOCK],
        }
    }
}

/// What is seen of a block.
struct Seen {
    /// A bit for each byte that may end something or is a quote.
    stops: u64,
    /// A bit for each blank.
    blanks: u64,
    /// Whether all else is printed ASCII.
    is_printed: bool,
}

/// The bits of all bytes, each of which is its own among eight.
#[inline]
fn gathered(bits: &[u8; BLOCK]) -> u64 {
    /// Brings eight bytes that have no bit in common together in the highest.
    const GATHER: u64 = 0x0101_0101_0101_0101;
    let words = bits.as_chunks::<8>().0.iter().enumerate();
    words.fold(0, |gathered, (at, word)| {
        gathered | (u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56) << (at * 8)
    })
}

/// For each byte of a block the bit that stands for it among its eight.
const BIT_IN_EIGHT: [u8; BLOCK] = {
    let mut bits = [1u8; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        bits[at] <<= at % 8;
        at += 1;
    }
    bits
};

/// What a quote is to the field it is in.
enum Quote {
    Opens,
    Closes,
    /// As in `19" monitor`.
    IsText,
    IsNotPlain,
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
        let (mut rows, mut end) = (Vec::new(), 0);
        let Some(records) = PlainRecords::of(dialect) else {
            return (rows, end);
        };
        let told: Result<_, ()> = records.read(text, 0, &mut Vec::new(), |told| {
            let Told {
                fields,
                is_full,
                is_tidy,
                next,
            } = told;
            let row = PlainRow {
                text,
                fields,
                is_full,
                is_tidy,
                number: 0,
            };
            let starts_printed = |text: &str| text.starts_with(|char: char| char.is_ascii_graphic());
            let columns = 0..fields.len() as u32;
            let is_printed = |text: &str| text.bytes().all(|byte| (b' '..0x7F).contains(&byte)) && !text.contains("  ");
            assert!(!is_tidy || columns.clone().all(|column| is_printed(row.field(column))));
            assert_eq!(is_full, columns.map(|column| row.field(column)).all(starts_printed));
            rows.push(
                (0..fields.len() as u32)
                    .map(|column| row.field(column).to_owned())
                    .collect(),
            );
            end = next;
            Ok(true)
        });
        told.unwrap();
        (rows, end)
    }

    #[test]
    fn odd_quotes_and_the_last_block_are_left_to_the_careful_reader() {
        let rest = "e;f\n".repeat(40);
        let text = format!("a;b\r\n19\" screen;\"d;d\"\nc;\"d\"\"\"\n{rest}");
        let (rows, end) = plain(&text, &dialect(";", Some('"')));
        assert_eq!(rows, [["a", "b"], ["19\" screen", "d;d"]]);
        assert_eq!(end, 22);
        for odd in ["\"c\nd\";e", "\"c\" ;d", " \"c\";d"] {
            let text = format!("a;b\n{odd}\n{rest}");
            assert_eq!(plain(&text, &dialect(";", Some('"'))).1, 4, "{odd}");
        }
        assert_eq!(plain(&format!("a;b\n\"c\";d\n{rest}"), &dialect(";", None)).1, 4);
        assert_eq!(plain("a;b\nc;d\n", &dialect(";", None)).0.len(), 0);
        assert!(PlainRecords::of(&dialect("||", None)).is_none());
        assert!(PlainRecords::of(&dialect(";", Some('\''))).is_none());
    }

    proptest! {
        #[test]
        fn plain_records_are_those_of_the_careful_reader(
            text in proptest::collection::vec(
                prop_oneof![
                    4 => "[a-zé€0-9 .]{0,9}", 4 => Just(";".to_owned()), 2 => Just("\n".to_owned()),
                    1 => Just("\r\n".to_owned()), 1 => Just("\r".to_owned()), 1 => Just("\"".to_owned()),
                    2 => "\"[a-z;€]{0,9}\";", 1 => "\"[a-z ]{0,9}\"\n",
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
                let record = records.next_into(&mut fields).unwrap();
                prop_assert_eq!(record.unterminated, None);
                prop_assert_eq!(row, fields.clone());
            }
            prop_assert_eq!(records.position(), end);
        }
    }
}
