//! A text too long to be held: what of it is still to come.

use std::{
    cell::Cell,
    io::{self, Read},
};

use crate::{Limits, ReadError, Sniffed};

/// From this length on a text is read in parts and never held whole.
pub(crate) const WINDOW: usize = 1 << 20;

/// How much of the rest is read at a time: little enough to stay in a processor's cache until it is understood.
const PART: usize = 256 << 10;

/// What is still to come of a text that has been UTF-8 without zero bytes so far. Only such a text is read in parts, for
/// what the encoding of another is, the whole of it tells.
pub(crate) struct RestOfText<'r> {
    bytes: &'r mut dyn Read,
    /// Set when a part of the text is something else.
    is_other: &'r Cell<bool>,
    buffer: Vec<u8>,
    /// Bytes at the buffer's start: a character of which the end is still to come.
    cut: usize,
    /// Bytes read so far.
    length: u64,
}

impl<'r> RestOfText<'r> {
    pub(crate) fn new(bytes: &'r mut dyn Read, is_other: &'r Cell<bool>) -> Self {
        Self {
            bytes,
            is_other,
            buffer: vec![0; PART],
            cut: 0,
            length: 0,
        }
    }

    /// Appends the next part of the text; false at its end.
    ///
    /// # Errors
    /// Where the bytes cannot be had, are more than the limit, or are no UTF-8 or hold zeros, which is noted too.
    pub(crate) fn append_to(&mut self, text: &mut String, limits: &Limits) -> Result<bool, ReadError> {
        let damaged = |reason: &dyn ToString| ReadError::damaged(Sniffed::Text, reason.to_string());
        let mut filled = self.cut;
        while let Some(free) = self.buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.bytes.read(free) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        self.length += (filled - self.cut) as u64;
        Limits::hold("bytes", self.length, limits.file_bytes)?;
        let is_at_end = filled == self.cut;
        let bytes = self.buffer.get(..filled).unwrap_or_default();
        let whole = whole_characters(bytes);
        match plain_utf8(bytes.get(..whole).unwrap_or_default()) {
            Some(part) if !(is_at_end && whole < filled) => text.push_str(part),
            _ => {
                self.is_other.set(true);
                return Err(damaged(&"it is not UTF-8 throughout"));
            }
        }
        self.buffer.copy_within(whole..filled, 0);
        self.cut = filled - whole;
        Ok(!is_at_end)
    }
}

/// Whether the start of a text may be read in parts: it is UTF-8 without zero bytes, but for a character cut off at its end.
pub(crate) fn starts_plain(bytes: &[u8]) -> bool {
    plain_utf8(bytes.get(..whole_characters(bytes)).unwrap_or_default()).is_some()
}

fn plain_utf8(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    memchr::memchr(0, bytes).is_none().then_some(text)
}

/// How many of the bytes are left when a character that is cut off at their end is taken away.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let start = bytes
        .get(tail..)
        .unwrap_or_default()
        .iter()
        .rposition(|byte| *byte >= 0xC0)
        .map(|at| tail + at);
    match start {
        Some(start) => {
            let length = match bytes.get(start) {
                Some(0xF0..) => 4,
                Some(0xE0..) => 3,
                _ => 2,
            };
            if start + length > bytes.len() {
                start
            } else {
                bytes.len()
            }
        }
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_cut() {
        let text = "a€😀é".as_bytes();
        for length in 0..=text.len() {
            let whole = whole_characters(&text[..length]);
            assert!(std::str::from_utf8(&text[..whole]).is_ok(), "{length}");
            assert!(length - whole < 4);
        }
        assert_eq!(whole_characters(text), text.len());
    }

    /// The text that comes of the bytes, and whether they are something else.
    fn read(mut bytes: &[u8], limits: &Limits) -> (Result<String, ReadError>, bool) {
        let is_other = Cell::new(false);
        let mut rest = RestOfText::new(&mut bytes, &is_other);
        let mut text = String::new();
        let read = loop {
            match rest.append_to(&mut text, limits) {
                Ok(true) => {}
                Ok(false) => break Ok(text),
                Err(error) => break Err(error),
            }
        };
        (read, is_other.get())
    }

    #[test]
    fn only_whole_utf8_without_zeros_is_read_in_parts() {
        let limits = Limits::default();
        let long = "Preis €".repeat(60_000);
        assert!(long.len() > 2 * PART);
        assert_eq!(read(long.as_bytes(), &limits), (Ok(long.clone()), false));
        let cut_off = long.as_bytes().split_last().unwrap().1;
        for bytes in [cut_off, b"a\0b", b"caf\xe9", b"caf\xe9 noir"] {
            let (outcome, is_other) = read(bytes, &limits);
            assert!(outcome.is_err() && is_other);
        }
        assert!(starts_plain(cut_off) && !starts_plain(b"a\0b") && !starts_plain(b"caf\xe9 noir"));
        let limits = Limits {
            file_bytes: 10,
            ..Limits::default()
        };
        let (outcome, is_other) = read(b"more than ten bytes", &limits);
        assert_eq!(outcome.unwrap_err().code(), "too_large");
        assert!(!is_other);
    }
}
